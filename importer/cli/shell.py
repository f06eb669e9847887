"""What commands share: what stops one, printing that steers no terminal, and the sandbox in place of the service."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from importer.answer_form import asks_for_json
from importer.errors import ImporterError, OutOfMemoryError
from importer.languages import Language, say, speaking, told
from importer.model import Report, Status
from importer.pacing import StoppedError
from importer.report import document
from importer.report.words import for_terminal, plain
from importer.settings import Settings, read_settings


def guarded(perform: Callable[[Settings], int], options: Mapping[str, Any]) -> int:
    """Do what a command does, and say what stops it; the exit code."""
    as_json, language = asks_for_json(options), Language.ENGLISH
    try:
        settings = read_settings(options)
        as_json, language = settings.as_json, settings.lang
        with speaking(language):
            return perform(settings)
    except ImporterError as error:
        stop, status, code = error, Status.REFUSED, error.exit_code
    except MemoryError:
        stop, status, code = OutOfMemoryError(), Status.STOPPED, OutOfMemoryError.exit_code
    except (KeyboardInterrupt, StoppedError):
        stop, status, code = ImporterError("Stopped on request."), Status.STOPPED, 130
    if as_json:
        report = Report(run_id="", command="", status=status, rows=(), stop=stop, interrupted=code == 130)
        write_out(for_terminal(json.dumps(document(report), ensure_ascii=False)), sys.stdout)
    with speaking(language):
        tell(told(stop.message))
    return code


@contextlib.contextmanager
def service_for(settings: Settings) -> Iterator[Settings]:
    """The settings of the service: those given, or of a sandbox that is served meanwhile. Raises `JournalError`."""
    if not settings.sandbox:
        yield settings
        return
    # A server and its framework, which nothing else needs.
    from importer.cli.embedded import embedded_sandbox, sandbox_path

    with embedded_sandbox(settings) as with_sandbox:
        if not (settings.quiet or settings.as_json):
            with speaking(settings.lang):
                tell(
                    say(
                        "Rehearsal: a sandbox on this machine stands in for Nexudus; "
                        "it remembers what it gets in {path}.",
                        path=sandbox_path(settings),
                    )
                )
        yield with_sandbox


def tell(text: str, stream: TextIO | None = None) -> None:
    """Print a text for a person, without anything in it that could steer the terminal."""
    write_out(plain(text), stream or sys.stderr)


def write_out(text: str, stream: TextIO) -> None:
    """Print; a reader that went away, a terminal that closed or a full disk is no reason to stop."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        pass
    except OSError as error:
        if stream is sys.stdout:
            tell(f"The answer could not be printed: {(error.strerror or str(error)).lower()}.")
