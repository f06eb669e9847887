"""The command line: arguments in, a printed answer and an exit code out."""

import contextlib
import gc
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperCommand

from importer.cli.options import (
    CHECK,
    COMMAND_LINE_ONLY,
    EXPORT,
    FILES_IF_ANY,
    IDS,
    KIND,
    NAMED_RUN,
    OUTLINE,
    PLAN,
    REPORT,
    RETRY,
    RUN,
    RUNS,
    SHOW,
    UNDO,
    takes,
)
from importer.stop_signals import stop_signals

_LAST_PORT: Final = 65535
_ABOUT = f"""\
Bring a spreadsheet of courses, sections and lessons into Nexudus, and get it back, each row with an answer.

Sign in with NEXUDUS_USERNAME and NEXUDUS_PASSWORD, or NEXUDUS_TOKEN, in the environment or in a file named .env.
Options can be set there, too: --course-id 101 as IMPORTER_COURSE_ID=101. Only here: --output (but for that of plan),
--course-id of template, {", ".join(COMMAND_LINE_ONLY)}."""


_NO_MARKS: Final = str.maketrans("", "", "{}[]")


class _Command(TyperCommand):
    """A command whose usage names its arguments without the marks of a grammar."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        options, *arguments = super().collect_usage_pieces(ctx)
        return [options, *(piece.translate(_NO_MARKS) for piece in arguments)]


app = typer.Typer(
    help=_ABOUT,
    epilog="Example:  importer check outline.xlsx",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(cls=_Command, epilog="Example:  importer check outline.xlsx")
@takes(CHECK)
def check(files: list[str], **options: Any) -> None:
    """Say everything that is wrong with the files.

    Works offline and sends nothing. Several files are one import: lessons may name sections of another one.
    """
    _answer("check", files, options)


@app.command(cls=_Command, epilog="Example:  importer plan outline.xlsx --course-id 101")
@takes(PLAN)
def plan(files: list[str], **options: Any) -> None:
    """Say what a run would do, and how long it takes.

    Signs in and only reads. Several files are one import: lessons may name sections of another one.
    """
    _answer("plan", files, options)


@app.command(cls=_Command, epilog="Example:  importer run sections.csv lessons.csv --default Active=yes")
@takes(RUN, (FILES_IF_ANY,))
def run(files: list[str] | None, **options: Any) -> None:
    """Import the files, and write a report of each.

    Sends what is right and is not there yet; the report beside each file has an answer on every row. On a terminal the
    plan is shown first, and nothing is sent before a yes. Several files are one import: lessons may name sections of
    another one; a saved plan knows its files.
    """
    _answer("run", files or [], options)


@app.command(cls=_Command, epilog="Example:  importer template course -o outline.xlsx")
def template(
    kind: Annotated[str, typer.Argument(metavar="KIND", hidden=True)],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, .xlsx or .csv.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    course_id: Annotated[
        str | None, typer.Option(help="Offer the sections of this course, read from Nexudus.", metavar="N")
    ] = None,
    with_content: Annotated[
        bool, typer.Option("--with-content", help="Begin with the sections and lessons of the course.")
    ] = False,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Ask the sandbox on this machine instead.")] = False,
) -> None:
    """Write a spreadsheet to fill in.

    KIND is courses, sections, lessons, or course for all in one workbook. It is empty, or begins with what
    a course has.
    """
    from importer.cli.templates import template

    raise typer.Exit(template(kind, output, course_id, whole=with_content, force=force, sandbox=sandbox))


@app.command(cls=_Command, epilog="Example:  importer outline outline.xlsx -o calendar.html")
@takes(OUTLINE, (FILES_IF_ANY,))
def outline(files: list[str] | None, **options: Any) -> None:
    """Show courses as a tree, and draw what of them opens when.

    What the files would make, offline; without a file, what the course of --course-id holds in Nexudus.
    """
    from importer.cli.outlines import outline

    raise typer.Exit(outline(files or [], _given(options)))


@app.command(cls=_Command, epilog="Example:  importer export --course-id 101 -o course.xlsx")
@takes(EXPORT, ())
def export(**options: Any) -> None:
    """Write whole courses to a spreadsheet.

    It holds all their sections and lessons, in the shape of the templates, and can be imported again: change it, and
    --on-existing update sends what differs. Broken off, the same command goes on with what it has read.
    """
    from importer.cli.exporting import export

    raise typer.Exit(export(_given(options)))


@app.command(cls=_Command, epilog="Example:  importer show lessons 3007 3008")
@takes(SHOW, (KIND, IDS))
def show(kind: str, ids: list[str], **options: Any) -> None:
    """Show single records as Nexudus has them.

    KIND is courses, sections or lessons; each ID is the number of one.
    """
    from importer.cli.exporting import show

    raise typer.Exit(show(kind, ids, _given(options)))


@app.command(cls=_Command, epilog="Example:  importer sandbox --port 8080")
def sandbox(
    port: Annotated[str, typer.Option(help="Port on this machine; 0 takes a free one.", metavar="N")] = "0",
    db: Annotated[
        Path | None, typer.Option(help="File that keeps its records; without one they go with it.", metavar="FILE")
    ] = None,
) -> None:
    """Serve a stand-in of Nexudus on this machine.

    It takes what the service would take, and goes on until Ctrl-C. For a rehearsal in one go: importer run --sandbox.
    """
    from importer.cli.embedded import serve

    if not (port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT):
        typer.echo(f'--port cannot be used: expected a whole number from 0 to {_LAST_PORT}, found "{port}".', err=True)
        raise typer.Exit(2)
    raise typer.Exit(serve(int(port), db, say=typer.echo, complain=partial(typer.echo, err=True)))


@app.command(cls=_Command, epilog="Example:  importer runs --limit 5")
@takes(RUNS, ())
def runs(**options: Any) -> None:
    """List the last runs.

    When it began, its files and account, what became of the rows, how it ended, and its number, newest first.

    Works offline: the journal on this machine knows them.
    """
    from importer.cli.past import list_runs

    raise typer.Exit(list_runs(_given(options)))


@app.command(cls=_Command, epilog="Example:  importer report last")
@takes(REPORT, (NAMED_RUN,))
def report(of_run: str, **options: Any) -> None:
    """Write the report of an earlier run again.

    RUN is its number in importer runs, the beginning of that, or last. Works offline. Where the spreadsheet has changed
    since, or is gone, the report is a list of the rows.
    """
    _answer("report", [of_run], options)


@app.command(cls=_Command, epilog="Example:  importer retry last")
@takes(RETRY, (NAMED_RUN,))
def retry(of_run: str, **options: Any) -> None:
    """Send again what an earlier run did not bring in.

    RUN is its number in importer runs, the beginning of that, or last. Sends the rows that are failed, blocked, unknown
    or pending, and no others, with the options that the run had. The spreadsheet has to be as it was.
    """
    _answer("retry", [of_run], options)


@app.command(cls=_Command, epilog="Example:  importer undo last --dry-run")
@takes(UNDO, (NAMED_RUN,))
def undo(of_run: str, **options: Any) -> None:
    """Take back what an earlier run did.

    RUN is its number in importer runs, the beginning of that, or last. Deletes the records that the run made and puts
    back those that it changed; what was edited since, or holds what others made, is left and named. Shows what it would
    do and asks first. The same command goes on where it was stopped.
    """
    _answer("undo", [of_run], options)


def _answer(command: str, files: list[str], options: dict[str, Any]) -> None:
    # Only what a command needs is loaded, so that --help answers at once.
    from importer.cli.console import answer

    raise typer.Exit(answer(command, files, _given(options)))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given. By identity: the number 0 is an answer ("no limit"), and equal to False."""
    return {name: value for name, value in options.items() if value is not None and value is not False and value != []}


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    _be_ready()
    try:
        code = app(standalone_mode=False)
    except Exception as error:  # noqa: BLE001  # only usage errors are answered here, everything else goes on
        code = _usage(error)
    _flush()
    sys.exit(code if isinstance(code, int) else 0)


def _flush() -> None:
    """Print what is left. Where nobody can take it, the interpreter is kept from trying once more at its end."""
    try:
        sys.stdout.flush()
    except ValueError:  # it is closed
        pass
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage(error: Exception) -> int:
    """The answer to a command that was not typed right; also as a document where one was asked for."""
    show = getattr(error, "show", None)
    if show is None:
        raise error
    if type(error).__name__ == "NoArgsIsHelpError":
        show()
        return 2
    show()
    from importer.answer_form import asks_for_json

    if asks_for_json({"as_json": "--json" in sys.argv}):
        from importer.cli.console import refusal

        typer.echo(json.dumps(refusal(error.format_message())))  # type: ignore[attr-defined]  # as what has show() has
    return 2


def _be_ready() -> None:
    """A console that lacks a character shows another one, and SIGTERM or a hang-up ends a command like Ctrl-C.

    Hundreds of thousands of cells are made and kept, none of them in a cycle: looking for cycles after every 700
    costs a tenth of a command's time.
    """
    gc.set_threshold(100_000, 20, 100)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # started without it, as a scheduler may do
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with contextlib.suppress(ValueError):
        for one in stop_signals():
            signal.signal(one, signal.default_int_handler)
