"""Write a value into a cell of a workbook so that it is the value, and never a formula."""

from copy import copy
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from openpyxl.cell.cell import ERROR_CODES, Cell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.worksheet.worksheet import Worksheet

from importer.model import ErrorCell, FormulaCell
from importer.report.words import cut, for_xml

_NOT_AVAILABLE: Final = "#N/A"
_TEXT: Final = "s"
_ERROR: Final = "e"
_PARTS: Final = ("font", "fill", "border", "alignment", "number_format", "protection")


def put(cell: Cell, value: object) -> None:
    """Write a value as it is in the sheet; what a formula without a result stands for is not available."""
    if value is None or value == "":
        return
    if isinstance(value, FormulaCell):
        _put_error(cell, _NOT_AVAILABLE)
    elif isinstance(value, ErrorCell):
        _put_error(cell, value.text)
    elif isinstance(value, CellRichText):
        cell.value = value
    elif isinstance(value, bool | int | float | datetime | date | time | timedelta):
        cell.value = int(value) if isinstance(value, float) and value.is_integer() else value
    else:
        put_text(cell, str(value))


def put_text(cell: Cell, text: str) -> None:
    """Write text as text, whatever it begins with; what Excel cannot hold is cut, and shows it."""
    cell.value = cut(for_xml(text))
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


def copy_style(source: Cell, target: Cell) -> None:
    """Give a cell the looks of one that may be of another workbook."""
    if source.has_style:
        for part in _PARTS:
            looks: Any = getattr(source, part)
            setattr(target, part, copy(looks))


def is_formula(cell: Cell) -> bool:
    """Whether the cell holds a formula."""
    return cell.data_type == "f"
