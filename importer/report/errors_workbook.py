"""The rows that are left to correct, as a workbook of their own that can be imported as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importer.model import Book, Sheet
from importer.problems import Place
from importer.report.cells import Looks, own, put, widths
from importer.report.opening import empty, known, worksheet
from importer.report.remarks import Remarks


@dataclass(frozen=True, slots=True)
class _Source:
    """An annotated sheet, and the cells that were imported of it."""

    sheet: Worksheet
    cells: Mapping[int, Mapping[Any, object]]
    """By column position, then by row."""
    looks: Looks

    def value(self, cell: Cell) -> object:
        """What stands in the cell, as it was read."""
        if cell.column in self.cells and cell.row in self.cells[cell.column]:
            return self.cells[cell.column][cell.row]
        return cell.value


def left_to_correct(book: Book, report: Workbook, remarks: Mapping[Place, Remarks]) -> Workbook:
    """The headings, with their looks and widths, and the rows to correct in their order, sheet by sheet.

    `report` is the annotated workbook: our columns and the marks come from it. Rows above the headings are
    left out, and a sheet without a row to correct is not there.
    """
    workbook = empty()
    looks = Looks()
    for sheet in book.sheets:
        rows = [row for row, remark in remarks.get(sheet.place, {}).items() if remark.to_correct]
        if rows:
            source = _source(sheet, worksheet(report, sheet), looks)
            _fill(workbook.create_sheet(source.sheet.title), source, sheet.header_row, rows)
    return workbook


def _source(sheet: Sheet, report: Worksheet, looks: Looks) -> _Source:
    cells = {position: sheet.cells[name].to_dict() for position, name in known(sheet).items()}
    return _Source(report, cells, looks)


def _fill(target: Worksheet, source: _Source, header_row: int, rows: list[int]) -> None:
    width = max(cell.column for cell in source.sheet[header_row] if cell.value is not None)
    for position, given in widths(source.sheet).items():
        target.column_dimensions[get_column_letter(position)].width = given
    for number, row in enumerate([header_row, *rows], start=1):
        for position in range(1, width + 1):
            _copy(source, row, position, target, number)
    target.freeze_panes = "A2"


def _copy(source: _Source, row: int, position: int, target: Worksheet, number: int) -> None:
    found = own(source.sheet, row, position)
    cell = own(target, number, position)
    if found is None or cell is None:
        return
    source.looks.copy(found, cell)
    put(cell, source.value(found))
    if found.comment is not None:
        cell.comment = type(found.comment)(
            found.comment.text, found.comment.author, found.comment.height, found.comment.width
        )
