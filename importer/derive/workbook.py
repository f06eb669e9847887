"""The template workbook: headings that explain themselves, drop-downs, and number checks while typing."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from importer.derive.instructions import BLUE, FONT, PALE, add_instructions
from importer.derive.words import alternative, either, limits, options
from importer.entities import ENTITIES, Entity, Field, Kind

LAST_ROW: Final = 2000
"""The last row that drop-downs and number checks reach."""

REQUIRED_MARK: Final = "*"

_EPOCH: Final = datetime(2026, 1, 1)
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

_REQUIRED_FILL: Final = PatternFill("solid", fgColor=BLUE)
_OPTIONAL_FILL: Final = PatternFill("solid", fgColor=PALE)
_HEADING_BORDER: Final = Border(bottom=Side("medium", color=BLUE), right=Side("thin", color="FFFFFF"))

_WIDTHS: Final = {
    Kind.TEXT: 34.0,
    Kind.BODY: 60.0,
    Kind.WHOLE: 13.0,
    Kind.YES_NO: 10.0,
    Kind.CHOICE: 17.0,
    Kind.WEB_ADDRESS: 40.0,
    Kind.MOMENT: 24.0,
}
_TEXT_KINDS: Final = (Kind.TEXT, Kind.BODY, Kind.WEB_ADDRESS)


def blank_workbook(entities: Sequence[Entity]) -> Workbook:
    """A workbook with an instructions sheet, which it opens on, and an empty sheet for each entity."""
    book = Workbook()
    for first in book.worksheets:
        add_instructions(first, entities)
    for entity in entities:
        _add_sheet(book, entity)
    return book


def workbook_bytes(book: Workbook) -> bytes:
    """The workbook as a file: the same bytes for the same content, whenever and wherever it is written."""
    book.properties.created = book.properties.modified = _EPOCH
    book.properties.creator = None
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        # Workbook.save() stamps the present time into the properties.
        ExcelWriter(book, archive).write_data()
    steady = BytesIO()
    with ZipFile(written) as source, ZipFile(steady, "w") as target:
        for name in source.namelist():
            entry = ZipInfo(name, date_time=_ZIP_EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 0
            target.writestr(entry, source.read(name))
    return steady.getvalue()


def _add_sheet(book: Workbook, entity: Entity) -> None:
    sheet = book.create_sheet(entity.sheet)
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 24
    _lay_out_pages(sheet)
    for index, field in enumerate(entity.fields, start=1):
        letter = get_column_letter(index)
        _head(sheet.cell(row=1, column=index), entity, field)
        _format_column(sheet, letter, field)
        check = _check(book, entity, field)
        if check is not None:
            check.add(f"{letter}2:{letter}{LAST_ROW}")
            sheet.add_data_validation(check)


def _lay_out_pages(sheet: Worksheet) -> None:
    """On paper: all columns on one page, the headings on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _head(cell: Cell, entity: Entity, field: Field) -> None:
    cell.value = field.name + REQUIRED_MARK * field.required
    cell.fill = _REQUIRED_FILL if field.required else _OPTIONAL_FILL
    cell.font = Font(name=FONT, bold=True, color="FFFFFF" if field.required else BLUE)
    cell.alignment = Alignment(vertical="center")
    cell.border = _HEADING_BORDER
    cell.comment = _comment(entity, field)


def _comment(entity: Entity, field: Field) -> Comment:
    lines = [field.help, "", _need(entity, field)]
    if field.choices:
        lines += ["", *(f"{choice.name}: {choice.help}" for choice in field.choices)]
    else:
        lines.append(f"Holds: {limits(field)}.")
    if field.example:
        lines += ["", f"Example: {field.example}"]
    text = "\n".join(lines)
    # About 46 characters fit a line of that width; a line is about 17 pixels high.
    height = 16 + sum(17 * (1 + len(line) // 46) for line in lines)
    return Comment(text, "Course importer", width=320, height=height)


def _need(entity: Entity, field: Field) -> str:
    if other := alternative(entity, field):
        return f"Every row needs it or {other}."
    return "Every row needs it." if field.required else "Can be left blank."


def _format_column(sheet: Worksheet, letter: str, field: Field) -> None:
    column = sheet.column_dimensions[letter]
    column.width = max(_WIDTHS[field.kind], len(field.name) * 1.25 + 4)
    column.alignment = Alignment(
        horizontal=None if field.kind in _TEXT_KINDS else "center",
        vertical="top",
        wrap_text=field.kind in (Kind.TEXT, Kind.BODY),
    )
    if field.kind in _TEXT_KINDS:
        # Otherwise Excel makes a date of the title "1-2" and a formula of a line that begins with a dash.
        column.number_format = "@"


def _check(book: Workbook, entity: Entity, field: Field) -> DataValidation | None:
    for parent in entity.named_parents:
        above = next(other for other in ENTITIES if other.kind == parent.kind)
        if field.name == parent.title and above.sheet in book.sheetnames:
            return _titles_of(above)
    if listed := options(field):
        return _list_check(listed)
    if field.kind is Kind.WHOLE:
        return _whole_check(field)
    return None


def title_column(entity: Entity) -> str:
    """The letter of the column that holds the titles of an entity."""
    return get_column_letter(1 + entity.fields.index(entity.field(entity.natural_key[-1])))


def _titles_of(above: Entity) -> DataValidation:
    """A drop-down of the titles typed on the sheet above; any other value may be typed too."""
    letter = title_column(above)
    sheet = quote_sheetname(above.sheet)
    titles = f"{sheet}!${letter}$2:${letter}${LAST_ROW}"
    # A list of the whole range opens at its first blank, below every title.
    formula = f"OFFSET({sheet}!${letter}$2,0,0,MAX(1,COUNTA({titles})),1)"
    return DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)


def _list_check(listed: Sequence[str]) -> DataValidation:
    return DataValidation(
        type="list",
        formula1=f'"{",".join(listed)}"',
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Not in the list",
        error=f"Choose {either(tuple(listed))} from the list.",
    )


def _whole_check(field: Field) -> DataValidation:
    minimum = field.minimum or 0
    return DataValidation(
        type="whole",
        operator="greaterThanOrEqual",
        formula1=str(minimum),
        allow_blank=True,
        showErrorMessage=True,
        errorTitle="Not a whole number",
        error=f"Type a whole number, {minimum} or more, without units.",
    )
