"""The options of the command line, each declared once; the settings say what they mean.

All are taken as text: the settings read a number or a choice, and say in our words what is wrong with one.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Final

import typer

from importer.choices import Existing
from importer.entities import ACTION, ACTIVE, COURSE_ID, DELETE, ENTITIES
from importer.languages import Language


def _option(
    name: str, kind: Any, help: str, *, metavar: str | None = None, flag: str | None = None
) -> inspect.Parameter:
    info = typer.Option(flag or "--" + name.replace("_", "-"), help=help, metavar=metavar, show_default=False)
    default: Any = False if kind is bool else None
    annotation: Any = Annotated[kind if kind is bool else (kind | None), info]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _one_of(choices: Iterable[str]) -> str:
    return "|".join(choices)


FILES: Final = inspect.Parameter(
    "files",
    inspect.Parameter.KEYWORD_ONLY,
    default=...,
    annotation=Annotated[list[str], typer.Argument(metavar="FILE", hidden=True)],
)

NAMED_RUN: Final = inspect.Parameter(
    "of_run",
    inspect.Parameter.KEYWORD_ONLY,
    default=...,
    annotation=Annotated[str, typer.Argument(metavar="RUN", hidden=True)],
)

_READING: Final = (
    _option(
        "kind",
        str,
        "What a CSV, or a workbook with one sheet, holds; usually told by its columns.",
        metavar=_one_of(entity.kind for entity in ENTITIES),
    ),
    _option(
        "sheet",
        list[str],
        "A sheet of a workbook, whatever its name, and what it holds; repeatable, and then only these are imported.",
        metavar="NAME=KIND",
    ),
    _option("course_id", str, f"The course of rows without a {COURSE_ID.name}.", metavar="N"),
    _option("encoding", str, "How a CSV is encoded, where telling it goes wrong.", metavar="NAME"),
    _option("delimiter", str, "What parts the cells of a CSV, where telling it goes wrong.", metavar="C"),
    _option(
        "default",
        list[str],
        f"For the blank cells of a column, such as {ACTIVE.name}=yes; repeatable.",
        metavar="FIELD=VALUE",
    ),
    _option("mapping", str, "What headings and words of your own mean; --suggest-mapping writes one.", metavar="FILE"),
    _option("allow_duplicates", bool, "Take two rows with the same course, section and title as two records."),
)

_EXISTING: Final = (
    _option("on_existing", str, "What to do with rows that are in Nexudus already (skip).", metavar=_one_of(Existing)),
    _option("allow_delete", bool, f"Let rows delete their records, whose {ACTION.name} says {DELETE.name}."),
    _option("update_only", bool, "Create nothing: with --on-existing update, leave out rows that are not in Nexudus."),
)

_PACE: Final = (
    _option("concurrency", str, "Requests at the same time (4).", metavar="N"),
    _option("writes_per_minute", str, "Limit of the account (60); 0 means none.", metavar="N"),
    _option("writes_per_day", str, "Limit of the account (5000); 0 means none.", metavar="N"),
    _option("requests_per_minute", str, "Limit of the account (120); 0 means none.", metavar="N"),
    _option("min_interval", str, "Between two requests (0.1).", metavar="SECONDS"),
    _option("settle", str, "When a record that no list shows is held to be absent (300).", metavar="SECONDS"),
    _option("journal", str, "File that remembers what was sent.", metavar="PATH"),
)

_SERVICE: Final = (
    _option("base_url", str, "Address of the service (https://spaces.nexudus.com).", metavar="URL"),
    _option("sandbox", bool, "Use a stand-in of the service on this machine instead, for a rehearsal."),
    _option("overwrite", bool, "Update also what was edited in Nexudus since the spreadsheet was made."),
    _option("all_or_nothing", bool, "Send nothing if any row has an error."),
    _option("limit", str, "Take only so many rows, those that differ most from each other: a trial.", metavar="N"),
    *_PACE,
)

_ANSWER: Final = (
    _option("report_dir", str, "Folder for the reports, instead of beside the input.", metavar="DIR"),
    _option("as_json", bool, "Print one JSON document and nothing else.", flag="--json"),
    _option(
        "lang",
        str,
        "Language of messages (en); status words, headings, codes and JSON stay English.",
        metavar=_one_of(Language),
    ),
    _option("quiet", bool, "Print only what went wrong."),
    _option("verbose", bool, "Print every message of every row."),
)

_YES: Final = _option("yes", bool, "Do not ask before the first write.")

_VERIFY: Final = _option("verify", bool, "Read back what was written, and warn of rows that are held otherwise.")

_SUGGEST: Final = _option(
    "suggest_mapping", bool, "Only write a mapping to look through, for the headings that are not understood."
)

_SAVED: Final = _option(
    "plan", str, "Do exactly what a saved plan says, or nothing if something changed.", metavar="FILE"
)

_READS: Final = ("base_url", "sandbox", "requests_per_minute", "min_interval", "journal")
"""The options of the service that a command needs which only reads."""

_ASKING: Final = (
    *(option for option in _SERVICE if option.name in _READS),
    *(option for option in _ANSWER if option.name in ("as_json", "lang", "quiet")),
)


def _output(help: str, *, required: bool) -> inspect.Parameter:
    info = typer.Option("-o", "--output", help=help, metavar="FILE", show_default=False)
    annotation: Any = Annotated[str if required else (str | None), info]
    return inspect.Parameter(
        "output", inspect.Parameter.KEYWORD_ONLY, default=... if required else None, annotation=annotation
    )


_FORCE: Final = _option("force", bool, "Replace what is there.")

CHECK: Final = (*_READING, *_EXISTING, _SUGGEST, *_ANSWER)
PLAN: Final = (
    *_READING,
    *_EXISTING,
    *_SERVICE,
    _output("Save the plan, to be run later, as FILE.plan.json.", required=False),
    _FORCE,
    *_ANSWER,
)
RUN: Final = (*_READING, *_EXISTING, *_SERVICE, _SAVED, _VERIFY, _YES, *_ANSWER)
RETRY: Final = (*_PACE, _VERIFY, _YES, *_ANSWER)
UNDO: Final = (
    _option("dry_run", bool, "Only say what would be done."),
    *_PACE,
    _YES,
    *_ANSWER,
)
REPORT: Final = (_PACE[-1], *_ANSWER)
RUNS: Final = (
    _option("limit", str, "How many runs (20).", metavar="N"),
    _PACE[-1],
    *(option for option in _ANSWER if option.name in ("as_json", "lang")),
)
OUTLINE: Final = (
    _output("Draw the release calendar to this file (.html, .svg or .png).", required=False),
    _FORCE,
    *_READING,
    *(option for option in _ASKING if option.name != "as_json"),
)

FILES_IF_ANY: Final = FILES.replace(
    default=None, annotation=Annotated[list[str] | None, typer.Argument(metavar="FILE", hidden=True)]
)

EXPORT: Final = (
    _option("course_id", list[str], "A course to export, by its number; repeatable.", metavar="N"),
    _option("course", list[str], "A course to export, by its title; repeatable.", metavar="TITLE"),
    _option("all_courses", bool, "Export every course.", flag="--all"),
    _output("What to write: a workbook (.xlsx), or a folder (ending in /) for a CSV of each kind.", required=True),
    _FORCE,
    _option("without_ids", bool, "Leave numbers out, so that another account can import it."),
    *_ASKING,
)

SHOW: Final = (
    _output("What to write: a sheet with the records (.xlsx or .csv).", required=False),
    _FORCE,
    *_ASKING,
)

KIND: Final = inspect.Parameter(
    "kind",
    inspect.Parameter.KEYWORD_ONLY,
    default=...,
    annotation=Annotated[str, typer.Argument(metavar="KIND", hidden=True)],
)
IDS: Final = inspect.Parameter(
    "ids",
    inspect.Parameter.KEYWORD_ONLY,
    default=...,
    annotation=Annotated[list[str], typer.Argument(metavar="ID", hidden=True)],
)

COMMAND_LINE_ONLY: Final = ("--course", "--all", "--without-ids", "--with-content", "--port", "--db")
"""Options that say what a single command is about, so that the environment cannot set them."""


def takes(
    options: Sequence[inspect.Parameter], arguments: Sequence[inspect.Parameter] = (FILES,)
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command its arguments, which are files unless said otherwise, and these options."""

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        parameters = [*arguments, *options]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by inspect
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return with_options
