"""Write a value into a cell of a workbook so that it is the value, and never a formula."""

from collections.abc import Callable, Mapping
from copy import copy
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final

from openpyxl.cell.cell import ERROR_CODES, Cell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importer.model import ErrorCell, FormulaCell
from importer.report.words import cut, for_xml

_NOT_AVAILABLE: Final = "#N/A"
_TEXT: Final = "s"
_ERROR: Final = "e"
_WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
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


class Looks:
    """Gives cells their looks; each combination is worked out once, as openpyxl takes long over a style."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str], Any] = {}

    def copy(self, source: Cell, target: Cell) -> None:
        """Give a cell the looks of one of another workbook, always of the same one."""
        if source.has_style:
            self._give(target, (_number(source), ""), lambda scratch: _copy_parts(source, scratch))

    def fill(self, cell: Cell, colour: str) -> None:
        """Colour a cell, and leave the rest of its looks."""
        self._give(cell, (_number(cell), colour), lambda scratch: setattr(scratch, "fill", _fill(colour)))

    def wrap(self, cell: Cell) -> None:
        """Show all lines of a cell."""
        self._give(cell, (_number(cell), "wrap"), lambda scratch: setattr(scratch, "alignment", _WRAPPED))

    def _give(self, cell: Any, key: tuple[bytes, str], change: Callable[[Cell], None]) -> None:
        if key not in self._known:
            scratch: Any = Cell(cell.parent, 1, 1)
            scratch._style = copy(cell._style)
            change(scratch)
            self._known[key] = scratch._style
        cell._style = copy(self._known[key])


def share_looks(source: Any, target: Any) -> None:
    """Give a cell the looks of another of its workbook."""
    target._style = copy(source._style)


def _number(cell: Any) -> bytes:
    """What openpyxl knows the looks of a cell by, within a workbook."""
    return b"" if cell._style is None else bytes(cell._style.tobytes())


def _copy_parts(source: Cell, target: Cell) -> None:
    for part in _PARTS:
        setattr(target, part, copy(getattr(source, part)))


@cache
def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=colour)


def widths(sheet: Worksheet) -> Mapping[int, float]:
    """The widths that were set, by column from 1; of a setting up to the last column only what cells may use."""
    return {
        column: span.width
        for letter, span in sheet.column_dimensions.items()
        for column in range(
            span.min or column_index_from_string(letter),
            min(span.max or column_index_from_string(letter), sheet.max_column) + 1,
        )
    }


def set_width(sheet: Worksheet, column: int, width: float) -> None:
    """Set one column's width; a setting that spans it ends before it, as Excel takes overlaps for damage."""
    for span in sheet.column_dimensions.values():
        if span.min and span.max and span.min <= column <= span.max:
            span.max = max(span.min, column - 1)
    sheet.column_dimensions[get_column_letter(column)].width = width
