"""A template workbook that begins with what a course holds: its rows, and the titles of its sections to choose from."""

from collections.abc import Mapping, Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.escapes import for_xml
from importer.derive.instructions import BLUE, FONT, PALE
from importer.derive.present import Rows
from importer.derive.workbook import LAST_ROW, title_column
from importer.entities import ENTITIES, INSTRUCTIONS_SHEET, LESSON, SECTION, SECTION_TITLE

_LISTED_IN: Final = "AA"
"""The hidden column of the instructions that holds the titles to choose from."""
_WIDTH: Final = 24.0
"""Of a column of ours, in characters."""
FORMULA_STARTS: Final = ("=", "+", "-", "@")
_ROOM: Final = 500
"""Titles typed on the sheet of sections that can be chosen besides."""


def fill(book: Workbook, rows: Mapping[str, Rows], extra: Mapping[str, str]) -> None:
    """Put the rows of each kind below its headings, and further columns behind those: API names by their headings."""
    for entity in ENTITIES:
        present = rows.get(entity.kind, ())
        if not present:
            continue
        sheet: Worksheet = book[entity.sheet]
        names = [field.name for field in entity.fields]
        for column, heading in enumerate(extra, start=len(names) + 1):
            _head(sheet, column, heading)
        for at, cells in enumerate(present, start=2):
            for column, name in enumerate([*names, *extra.values()], start=1):
                _put(sheet, at, column, cells[name])


def _head(sheet: Worksheet, column: int, heading: str) -> None:
    cell = sheet.cell(row=1, column=column, value=heading)
    cell.font, cell.fill = Font(name=FONT, bold=True, color=BLUE), PatternFill("solid", fgColor=PALE)
    sheet.column_dimensions[get_column_letter(column)].width = _WIDTH


def _put(sheet: Worksheet, row: int, column: int, value: object) -> None:
    if isinstance(value, int):
        sheet.cell(row=row, column=column, value=value)
    elif isinstance(value, str):
        cell = sheet.cell(row=row, column=column, value=for_xml(value))
        # Otherwise a text that begins with an equals sign becomes a formula, here or when it is edited in Excel.
        cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", value.startswith(FORMULA_STARTS)


def offer(book: Workbook, titles: Sequence[str]) -> None:
    """Let lessons choose from these titles of sections, and from those typed on the sheet of sections."""
    if not titles:
        return
    instructions: Worksheet = book[INSTRUCTIONS_SHEET]
    for at, title in enumerate(titles, start=1):
        _put(instructions, at, column_index_from_string(_LISTED_IN), title)
    typed = title_column(SECTION)
    sheet = quote_sheetname(SECTION.sheet)
    for at in range(_ROOM):
        instructions[f"{_LISTED_IN}{len(titles) + 1 + at}"] = f"={sheet}!{typed}{2 + at}"
    instructions.column_dimensions[_LISTED_IN].hidden = True
    first = f"{quote_sheetname(INSTRUCTIONS_SHEET)}!${_LISTED_IN}$1"
    listed = f"OFFSET({first},0,0,{len(titles)}+COUNTA({sheet}!${typed}$2:${typed}${LAST_ROW}),1)"
    _choose_from(book, listed)


def _choose_from(book: Workbook, listed: str) -> None:
    """Put another list in the place of the one that the column for sections has."""
    sheet = book[LESSON.sheet]
    letter = get_column_letter(1 + LESSON.fields.index(SECTION_TITLE))
    area = f"{letter}2:{letter}{LAST_ROW}"
    checks = sheet.data_validations.dataValidation
    sheet.data_validations.dataValidation = [one for one in checks if str(one.sqref) != area]
    check = DataValidation(type="list", formula1=listed, allow_blank=True, showErrorMessage=False)
    check.add(area)
    sheet.add_data_validation(check)
