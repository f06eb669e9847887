"""The sheet of a template that tells how to fill it in."""

from collections.abc import Iterable, Sequence
from typing import Final

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.words import both, limits, needed, rules
from importer.entities import (
    CLEAR,
    ENTITIES,
    ERROR_HEADING,
    INSTRUCTIONS_SHEET,
    RECORD_HEADING,
    STATUS_HEADING,
    Entity,
    Field,
)

_COLUMNS: Final = (("Column", 19.0), ("What it holds", 62.0), ("Needed", 10.0), ("May hold", 46.0), ("Example", 44.0))
FONT: Final = "Calibri"
BLUE: Final = "1F4E79"
PALE: Final = "DDE8F3"
_LINE: Final = Border(bottom=Side("thin", color="C9D6E4"))
_HEADING_FILL: Final = PatternFill("solid", fgColor=PALE)


def add_instructions(sheet: Worksheet, entities: Sequence[Entity]) -> None:
    """Fill an empty sheet with the steps, the columns of each entity and their rules."""
    sheet.title = INSTRUCTIONS_SHEET
    sheet.sheet_view.showGridLines = False
    for letter, (_, width) in zip("ABCDE", _COLUMNS, strict=True):
        sheet.column_dimensions[letter].width = width
    kinds = both(tuple(entity.kind for entity in entities))
    _line(sheet, f"How to bring {kinds} into Nexudus", Font(name=FONT, bold=True, size=16, color=BLUE), height=30)
    for number, step in enumerate(_steps(entities), start=1):
        _line(sheet, f"{number}.  {step}", height=18)
    _line(sheet, "")
    _line(sheet, f"This sheet is not imported. A heading that ends in * needs a value in every row. {_more(entities)}")
    _line(
        sheet,
        "To change what is there: importer run FILE.xlsx --on-existing update. "
        f"A blank cell then leaves its field as it is, and the word {CLEAR} empties it.",
    )
    for entity in entities:
        _add_entity(sheet, entity)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _steps(entities: Sequence[Entity]) -> tuple[str, ...]:
    sheets = both(tuple(entity.sheet for entity in entities))
    return (
        f"Fill in: one row for each {_each(entities)} on the sheet{'s' * (len(entities) > 1)} {sheets}. "
        f"Point at a heading to read what belongs there. Save the file.",
        "Check: importer check FILE.xlsx   finds mistakes. Nothing is sent. Correct them and check again.",
        "Plan: importer plan FILE.xlsx   shows what would be created and how long it takes. Nothing is sent.",
        "Run: importer run FILE.xlsx   creates everything that is right. What is there already is not made twice.",
        f"Read the report: FILE.report.xlsx is your file with {STATUS_HEADING}, {ERROR_HEADING} and {RECORD_HEADING} "
        f"on every row; FILE.errors.xlsx has only the rows to correct. Correct them there and run that file.",
    )


def _each(entities: Sequence[Entity]) -> str:
    return " and each ".join(entity.singular for entity in entities)


def _more(entities: Sequence[Entity]) -> str:
    if entities == ENTITIES:
        return (
            "Sections and lessons may name courses and sections of this workbook, or those that are there already; a "
            "sheet that you do not need may stay empty."
        )
    return "Columns that you do not need may be deleted, unless they are marked with *."


def _add_entity(sheet: Worksheet, entity: Entity) -> None:
    _line(sheet, "")
    _line(sheet, f"The sheet {entity.sheet}", Font(name=FONT, bold=True, size=13, color=BLUE), height=24)
    row = sheet.max_row + 1
    _cells(sheet, row, [title for title, _ in _COLUMNS], Font(name=FONT, bold=True, color=BLUE))
    for cell in sheet[row]:
        cell.fill = _HEADING_FILL
    for field in entity.fields:
        _add_field(sheet, entity, field)
    _line(sheet, "")
    for sentence in rules(entity):
        _line(sheet, f"•  {sentence}", height=18)


def _add_field(sheet: Worksheet, entity: Entity, field: Field) -> None:
    row = sheet.max_row + 1
    _cells(sheet, row, [field.name, field.help, needed(entity, field), _held(field), field.example])
    sheet.cell(row=row, column=1).font = Font(name=FONT, bold=True)
    longest = max(len(field.help) / 62, len(_held(field)) / 46, 1 + len(field.choices))
    sheet.row_dimensions[row].height = 16 * max(1, -int(-longest // 1)) + 4


def _held(field: Field) -> str:
    if not field.choices:
        return limits(field)
    return "\n".join(["one of:", *(f"{choice.name}: {choice.help}" for choice in field.choices)])


def _cells(sheet: Worksheet, row: int, texts: Iterable[str], font: Font | None = None) -> None:
    for index, text in enumerate(texts, start=1):
        cell = sheet.cell(row=row, column=index, value=text)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        cell.border = _LINE
        cell.number_format = "@"
        if font is not None:
            cell.font = font


def _line(sheet: Worksheet, text: str, font: Font | None = None, height: float = 15) -> None:
    row = 1 if sheet["A1"].value is None else sheet.max_row + 1
    sheet.cell(row=row, column=1, value=text).font = font or Font(name=FONT)
    sheet.row_dimensions[row].height = height
