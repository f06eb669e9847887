"""The reference pages of the documentation, written from the declarations: columns, messages, exit codes."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from importer.derive.examples import EXAMPLES
from importer.derive.outcomes import MEANINGS
from importer.derive.words import limits, needed, rules
from importer.entities import (
    ACTION,
    CLEAR,
    ENTITIES,
    FILL_IN,
    IS_SECTION,
    LESSON,
    RECORD_ID,
    UNLOCK_TYPE,
    UPDATED_ON,
    Entity,
    Field,
)
from importer.errors import ImporterError
from importer.model import Outcome
from importer.problems import WORDINGS, Code, quoted

GENERATED: Final = "<!-- Written by tools/generate.py; changes belong into the declarations it reads. -->"


def fields_page() -> str:
    """`docs/fields.md`: the columns and rules of every sheet."""
    introduction = (
        "# Columns\n\n"
        f"{GENERATED}\n\n"
        "A heading is understood in any case, with or without spaces, `_`, `-` and a trailing `*`: "
        f"{code(UNLOCK_TYPE.name.lower() + ' *')} is {code(UNLOCK_TYPE.name)}. Other columns are ignored, with a "
        "warning. Columns that need no value may be missing."
    )
    return _page([introduction, *(_fields_section(entity) for entity in ENTITIES), _record_section()])


def fields_block() -> str:
    """The same tables for another page, which has an introduction of its own."""
    return "\n\n".join([*(_fields_section(entity, level=3) for entity in ENTITIES), _record_section(level=3)])


def _record_section(level: int = 2) -> str:
    """The columns that every sheet can have besides."""
    introduction = (
        "Every sheet can also have these columns, which are not in the empty templates (the address of the "
        "instructor is for lessons only). What they hold is never sent."
    )
    columns = table(
        ("Column", "What it holds", "May hold", "Also understood"),
        (
            (code(field.name), field.help, _held(field), ", ".join(field.spellings))
            for field in (RECORD_ID, ACTION, *(one.column for one in LESSON.lookups), UPDATED_ON)
        ),
    )
    rule = (
        f"- A row with {code(RECORD_ID.name)} means that record, which has to be there and to be of that kind and "
        f"course; no other row may mean it. With `--on-existing create` {code(RECORD_ID.name)} is not looked at.\n"
        f"- The word {code(CLEAR)}, in any case and alone in its cell, empties the field of a record that is there "
        "(`--on-existing update`); a blank cell leaves it as it is. In a new row the word counts as a blank cell. What "
        "every record needs cannot be emptied.\n"
        f"- The word {code(FILL_IN)} stands in an errors file where a cell had no value of its own, as it was merged "
        "with others or it could not be told to which section the lesson belongs; and for the title, or number, that "
        "another row has too (the file that was given still has it). Until it is replaced, the row is not sent.\n"
        f"- The word {code(IS_SECTION)} stands there for the title of a section that stood among lessons, as these may "
        "not be there: its row is still that of a section.\n"
        f"- {code(ACTION.name)} says what is to happen to a row, whatever `--on-existing` says: "
        f"{', '.join(code(choice.name) for choice in ACTION.choices)}. Deletions come last, what is below a record "
        "before the record; one with records below it that no row deletes or moves is left alone."
    )
    return f"{'#' * level} On every sheet\n\n{introduction}\n\n{columns}\n\n{rule}"


def _fields_section(entity: Entity, level: int = 2) -> str:
    sentences = "\n".join(f"- {sentence}" for sentence in rules(entity))
    return f"{'#' * level} {entity.sheet}\n\n{fields_table(entity)}\n\n{sentences}"


def fields_table(entity: Entity) -> str:
    """A Markdown table of the columns of an entity."""
    return table(
        ("Column", "What it holds", "Needed", "May hold", "Example", "Also understood"),
        (_field_row(entity, field) for field in entity.fields),
    )


def _field_row(entity: Entity, field: Field) -> tuple[str, ...]:
    return (
        code(field.name),
        field.help,
        needed(entity, field),
        _held(field),
        code(field.example) if field.example else "",
        ", ".join(field.spellings),
    )


def _held(field: Field) -> str:
    if field.words_only:
        return "<br>".join(f"{code(choice.name)}: {choice.help}" for choice in field.choices)
    if field.choices:
        return "<br>".join(f"{code(choice.name)} or {choice.number}: {choice.help}" for choice in field.choices)
    return limits(field)


def problems_page(stops: Iterable[type[ImporterError]]) -> str:
    """`docs/problems.md`: every message that a row, a sheet or a file can get, and what `stops` a whole command."""
    introduction = (
        "# Messages\n\n"
        f"{GENERATED}\n\n"
        "What the report can say, a code each. The codes stay the same from version to version; the words may get "
        "better. An error keeps its row from being sent, or says why it was not done. A warning finds nothing that "
        "has to be corrected; some say why a row waits or is left out all the same."
    )
    overview = table(
        ("Code", "Severity", "What to do"),
        ((f"[`{one.value}`](#{one.value})", WORDINGS[one].severity.value, _what_to_do(one)) for one in Code),
    )
    return _page([introduction, overview, _stops_section(stops), *(_problem_section(one) for one in Code)])


def _stops_section(stops: Iterable[type[ImporterError]]) -> str:
    introduction = (
        "## What ends a whole command\n\n"
        "Then the message stands on standard error, and with `--json` under `problems` with one of these codes."
    )
    by_exit_code = sorted(stops, key=lambda one: (one.exit_code, one.code))
    rows = ((code(one.code), str(one.exit_code), inspect.getdoc(one) or "") for one in by_exit_code)
    return f"{introduction}\n\n{table(('Code', 'Exit code', 'What it means'), rows)}"


def _what_to_do(one: Code) -> str:
    """The last part of the message of the example, which has no words of its own."""
    problem = EXAMPLES[one]
    heading = problem.column.heading if problem.column else ""
    return WORDINGS[one].do.format(value=quoted(problem.value), heading=heading, **problem.details)


def _problem_section(one: Code) -> str:
    severity = WORDINGS[one].severity.value.capitalize()
    return f"## {one.value}\n\n{severity}. For example:\n\n> {_safe(EXAMPLES[one].message)}"


EXIT_CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "Every row is created, updated, deleted, there already or skipped; `check`, `plan`: no row has an error.",
        1: "Some rows are invalid, rejected, blocked or failed: correct `….errors` and import it.",
        2: "The command, a file or a setting cannot be used, or a saved plan no longer holds. Nothing was sent.",
        3: "Nexudus refused the sign-in, or the account lacks a role.",
        4: "Rows are still to send: it stopped early, or another run is writing (run the same command again later), or "
        "`--limit` left them for later.",
        5: "Of some rows nobody knows whether they were done: look at them in Nexudus.",
        130: "Stopped by Ctrl-C or SIGTERM; the same command goes on from there.",
    }
)
"""What the command line ends with; of several, the first of 3, 130, 5, 4, 1."""


def outcomes_block() -> str:
    """The words of `ImportStatus` for another page."""
    return table(("Word", "What it means"), ((code(word.value), MEANINGS[word]) for word in Outcome))


def exit_codes_block() -> str:
    """The exit codes for another page."""
    return table(("Exit code", "Meaning"), ((str(number), meaning) for number, meaning in EXIT_CODES.items()))


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown, apart from `|` and line breaks."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """The text as it is, in Markdown."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def _safe(text: str) -> str:
    """Text that Markdown would take for a tag or an emphasis, made harmless."""
    return text.replace("<", "&lt;").replace("*", "\\*")


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
