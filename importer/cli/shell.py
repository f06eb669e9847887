"""What commands share: printing to a terminal that nothing can steer, and the sandbox in the place of the service."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TextIO

from importer.languages import say, speaking
from importer.report.words import plain
from importer.settings import Settings


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
