"""Write a value into a cell of a workbook so that it is the value, and never a formula."""

from datetime import date, datetime, time, timedelta
from typing import Final

from openpyxl.cell.cell import ERROR_CODES, Cell
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.escapes import for_xml
from importer.derive.longest import cut_short
from importer.model import ErrorCell, FormulaCell, ScaledCell

_NOT_AVAILABLE: Final = "#N/A"
_TEXT: Final = "s"
_ERROR: Final = "e"


def put(cell: Cell, value: object) -> None:
    """Write a value as it is in the sheet; what a formula without a result stands for is not available."""
    if value is None or value == "":
        return
    if isinstance(value, FormulaCell):
        _put_error(cell, _NOT_AVAILABLE)
    elif isinstance(value, ErrorCell):
        _put_error(cell, value.text)
    elif isinstance(value, ScaledCell):
        cell.value, cell.number_format = value.number, value.form
    elif isinstance(value, bool | int | float | datetime | date | time | timedelta):
        cell.value = int(value) if isinstance(value, float) and value.is_integer() else value
    else:
        _put_text(cell, str(value))


def _put_text(cell: Cell, text: str) -> None:
    """Write text as text, whatever it begins with; of what a cell cannot hold, the end is missing, which it says."""
    cell.value = cut_short(for_xml(text))
    cell.data_type = _TEXT
    if text.startswith("="):
        cell.quotePrefix = True


def _put_error(cell: Cell, text: str) -> None:
    cell.value = text if text in ERROR_CODES else _NOT_AVAILABLE  # Excel takes another text for damage
    cell.data_type = _ERROR


def own(sheet: Worksheet, row: int, column: int) -> Cell | None:
    """The cell itself; None where it is hidden under a merged one."""
    cell = sheet.cell(row, column)
    return cell if isinstance(cell, Cell) else None
