"""The sample files, made from the readable `sample_data/*.toml`."""

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.docs import GENERATED, code, table
from importer.derive.workbook import blank_workbook, workbook_bytes
from importer.entities import COURSE_ID, DISPLAY_ORDER, ENTITIES, LESSON, SECTION, SECTION_TITLE, TITLE, Entity
from tools.foreign import foreign_workbook

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "sample_data"

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]
"""The rows of each kind, by API name or, for a column that is not ours, by its heading."""

_NOTES: Final = ("mistake", "column", "code", "found")
_FIRST_ROW: Final = 2
_ROW_HEIGHT: Final = 48


def sample_files() -> dict[Path, bytes]:
    """Every file of the folder that is made from another one, with its content."""
    course = course_rows()
    return {
        FOLDER / "onboarding.xlsx": _workbook(course),
        FOLDER / "onboarding-sections.csv": _csv(SECTION, course),
        FOLDER / "onboarding-lessons.csv": _csv(LESSON, course),
        FOLDER / "with_mistakes.xlsx": _workbook(mistaken_rows()),
        FOLDER / "academy.xlsx": foreign_workbook(_read("academy.toml")),
        FOLDER / "README.md": _readme().encode(),
    }


def course_rows() -> Rows:
    """The onboarding course: its sections and lessons, in order."""
    told = _read("onboarding.toml")
    course = {COURSE_ID.name: told[COURSE_ID.name]}
    sections: list[Row] = []
    lessons: list[Row] = []
    for section in _numbered(told[SECTION.kind]):
        under = _numbered(section.pop(LESSON.kind))
        sections.append(course | section)
        lessons += [course | {SECTION_TITLE.name: section[TITLE.name]} | lesson for lesson in under]
    lessons += [course | lesson for lesson in _numbered(told[LESSON.kind])]
    return {SECTION.kind: sections, LESSON.kind: lessons}


def mistaken_rows() -> Rows:
    """The rows of the file with mistakes, with their notes."""
    told = _read("with_mistakes.toml")
    return {
        entity.kind: [told["usual"][entity.kind] | row for row in _numbered(told.get(entity.kind, ()))]
        for entity in ENTITIES
    }


def mistakes() -> list[tuple[Entity, int, Row]]:
    """The rows that have a mistake: their entity, the row number that Excel shows, and the row with its notes."""
    return [
        (entity, number, row)
        for entity in ENTITIES
        for number, row in enumerate(mistaken_rows()[entity.kind], start=_FIRST_ROW)
        if "mistake" in row
    ]


def _read(name: str) -> Row:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _numbered(rows: Iterable[Row]) -> list[Row]:
    return [{DISPLAY_ORDER: number} | row for number, row in enumerate(rows, start=1)]


def _workbook(rows: Rows) -> bytes:
    """A template that has been filled in."""
    entities = [entity for entity in ENTITIES if rows.get(entity.kind)]
    book = blank_workbook(entities)
    for entity in entities:
        _fill(book, entity, rows[entity.kind])
    book.active = book.sheetnames.index(SECTION.sheet)
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == SECTION.sheet
    return workbook_bytes(book)


def _fill(book: Workbook, entity: Entity, rows: Sequence[Row]) -> None:
    sheet = next(sheet for sheet in book.worksheets if sheet.title == entity.sheet)
    names = [field.name for field in entity.fields]
    strange = dict.fromkeys(name for row in rows for name in row if name not in (*names, *_NOTES))
    for index, heading in enumerate(strange, start=len(names) + 1):
        sheet.cell(row=1, column=index, value=heading)
    for number, row in enumerate(rows, start=_FIRST_ROW):
        for index, name in enumerate([*names, *strange], start=1):
            if row.get(name, "") != "":
                _put(sheet, number, index, row[name])
        sheet.row_dimensions[number].height = _ROW_HEIGHT


def _put(sheet: Worksheet, row: int, index: int, value: Any) -> None:
    cell = sheet.cell(row=row, column=index, value=_typed(value))
    column = sheet.column_dimensions[get_column_letter(index)]
    usual = column.alignment
    cell.alignment = Alignment(horizontal=usual.horizontal, vertical=usual.vertical, wrap_text=usual.wrap_text)
    if isinstance(value, str):
        cell.number_format = column.number_format


def _typed(value: Any) -> str | int | float | date:
    """The value as a cell holds it; openpyxl tells errors and formulas by their text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return str(value.get("error") or value["formula"])
    if isinstance(value, str | int | float | date):
        return value
    raise TypeError(f"no cell can hold {value!r}")


def _csv(entity: Entity, rows: Rows) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [field.name for field in entity.fields]
    writer.writerow(names)
    writer.writerows([_typed(row.get(name, "")) for name in names] for row in rows[entity.kind])
    return text.getvalue().encode("utf-8-sig")


def _readme() -> str:
    course = course_rows()
    listed = table(
        ("Sheet", "Row", "Column", "What is wrong", "Message", "Found by"),
        (
            (
                entity.sheet,
                str(number),
                row["column"],
                row["mistake"],
                f"[{code(row['code'])}](../docs/problems.md#{row['code']})",
                code(row["found"]),
            )
            for entity, number, row in mistakes()
        ),
    )
    return f"""# Sample files

{GENERATED}

- `onboarding.xlsx`: the course "Welcome to Riverside Hub", with which a coworking space receives new members:
  {len(course[SECTION.kind])} sections and {len(course[LESSON.kind])} lessons for course 101, with every way to
  unlock and to complete a lesson. The sandbox has that course, empty.
- `onboarding-sections.csv`, `onboarding-lessons.csv`: the same as two CSV files, to be imported together.
- `with_mistakes.xlsx`: each mistake that a sheet can have, once, on a row of its own among good rows.
- `academy.xlsx`: what another system exported of two courses, with sheets, headings and words of its own;
  `academy.mapping.toml` says what they mean. [docs/migration.md](../docs/migration.md) brings it in.
- `onboarding.toml`, `with_mistakes.toml`, `academy.toml`: what these files are made from.

## The mistakes

{listed}

What `check` finds, the file alone shows. What `plan` finds takes a look into Nexudus, or at the other rows: \
`importer plan sample_data/with_mistakes.xlsx --sandbox`.
"""
