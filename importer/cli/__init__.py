"""The command line: arguments in, a printed answer and an exit code out."""

import contextlib
import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from importer.cli.options import CHECK, PLAN, RUN, takes
from importer.stop_signals import stop_signals

app = typer.Typer(
    help="Bring a spreadsheet of course sections and lessons into Nexudus, and get it back with an answer on each row.",
    epilog="Example:  importer check outline.xlsx",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(epilog="Example:  importer check outline.xlsx")
@takes(CHECK)
def check(files: list[str], **options: Any) -> None:
    """Say everything that is wrong with the files. Works offline and sends nothing."""
    _answer("check", files, options)


@app.command(epilog="Example:  importer plan outline.xlsx --course-id 101")
@takes(PLAN)
def plan(files: list[str], **options: Any) -> None:
    """Say what a run would do, how many writes and how long. Only reads from the service."""
    _answer("plan", files, options)


@app.command(epilog="Example:  importer run sections.csv lessons.csv --default Active=yes")
@takes(RUN)
def run(files: list[str], **options: Any) -> None:
    """Import the files: send what is right, and give every row an answer in a report beside the file."""
    _answer("run", files, options)


@app.command(epilog="Example:  importer template course -o outline.xlsx")
def template(
    kind: Annotated[str, typer.Argument(help="sections, lessons, or course for both in one workbook.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, .xlsx or .csv.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    course_id: Annotated[
        int | None, typer.Option(help="Offer the sections of this course, read from Nexudus.", metavar="N", min=1)
    ] = None,
    with_content: Annotated[
        bool, typer.Option("--with-content", help="Begin with the sections and lessons of the course.")
    ] = False,
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Ask the sandbox on this machine instead.")] = False,
) -> None:
    """Write an empty spreadsheet to fill in, or one that begins with what a course has."""
    if course_id is not None or with_content:
        from importer.cli.console import begin_template

        raise typer.Exit(begin_template(kind, output, course_id, whole=with_content, force=force, sandbox=sandbox))
    from importer.derive.template import write_template
    from importer.errors import ImporterError

    try:
        write_template(kind, output, overwrite=force)
    except ImporterError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(error.exit_code) from None
    shown = "".join(character if character.isprintable() else "?" for character in str(output))
    typer.echo(f"{shown} is ready to be filled in. Then: importer check {shown}")


@app.command(epilog="Example:  importer sandbox --port 8080")
def sandbox(
    port: Annotated[int, typer.Option(help="Port on this machine; 0 takes a free one.", metavar="N")] = 0,
    db: Annotated[
        Path | None, typer.Option(help="File that keeps its records; without one they go with it.", metavar="FILE")
    ] = None,
) -> None:
    """Serve a stand-in of the service on this machine, until Ctrl-C."""
    from importer.cli.embedded import serve

    raise typer.Exit(serve(port, db, say=typer.echo))


def _answer(command: str, files: list[str], options: dict[str, Any]) -> None:
    # Only what a command needs is loaded, so that --help answers at once.
    from importer.cli.console import answer

    # By identity: the number 0 is an answer ("no limit"), and equal to False.
    given = {name: value for name, value in options.items() if value is not None and value is not False and value != []}
    raise typer.Exit(answer(command, files, given))


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
    if "--json" in sys.argv:
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
