"""A workbook that is written anew: our three columns, and the offending cells marked and explained."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.columns import folded_heading
from importer.entities import OUR_HEADINGS
from importer.model import Book
from importer.problems import Place, Problem
from importer.report import marks
from importer.report.cells import Looks, own, put, put_text, set_width, share_looks
from importer.report.opening import opened, worksheet
from importer.report.remarks import Remark, Remarks
from importer.report.words import for_xml

_NOTE_WIDTH: Final = 320
_NOTE_LINE: Final = 20


def annotated(book: Book, remarks: Mapping[Place, Remarks], *, changed: bool) -> Workbook:
    """The values of the input with an answer on every data row.

    Where the file has `changed` since it was read, it is the cells that are known of it.
    """
    workbook = opened(book, changed=changed)
    for sheet in book.sheets:
        _annotate(worksheet(workbook, sheet), sheet.header_row, remarks.get(sheet.place, {}))
    return workbook


def our_columns(sheet: Worksheet, header_row: int) -> tuple[int | None, ...]:
    """Where a sheet has our columns already; None for each that it has not."""
    headings = {folded_heading(str(cell.value)): cell.column for cell in reversed(sheet[header_row]) if cell.value}
    return tuple(headings.get(folded_heading(heading)) for heading in OUR_HEADINGS)


def _annotate(sheet: Worksheet, header_row: int, remarks: Remarks) -> None:
    present = our_columns(sheet, header_row)
    columns = _head_columns(sheet, header_row, present)
    looks = Looks()
    for row, remark in remarks.items():
        _write_remark(sheet, row, columns, remark, looks)
        if remark.problems:
            _mark_cells(sheet, row, remark.problems, looks)


def _head_columns(sheet: Worksheet, header_row: int, present: Iterable[int | None]) -> tuple[int, ...]:
    """Put our headings in, those that are missing after everything else, and give their columns."""
    free = _last_column(sheet) + 1
    neighbour = _last_heading(sheet, header_row)
    columns = []
    for heading, column, width in zip(OUR_HEADINGS, present, marks.WIDTHS, strict=True):
        if column is None:
            column, free = free, free + 1
            cell = own(sheet, header_row, column)
            if cell is not None:
                cell.value = heading
                if neighbour is not None:
                    share_looks(neighbour, cell)
            set_width(sheet, column, width)
        columns.append(column)
    return tuple(columns)


def _cells(sheet: Worksheet) -> Iterable[Any]:
    # iter_rows() would make every cell up to the last column that anything was ever formatted in.
    return list(sheet._cells.values())


def _last_column(sheet: Worksheet) -> int:
    used = max((cell.column for cell in _cells(sheet) if cell.value is not None), default=0)
    merged = max((area.max_col for area in sheet.merged_cells.ranges), default=0)
    return max(used, merged)


def _last_heading(sheet: Worksheet, header_row: int) -> Cell | None:
    """The last heading that has looks of its own."""
    headings = [cell for cell in sheet[header_row] if isinstance(cell, Cell) and cell.value is not None]
    return next((cell for cell in reversed(headings) if cell.has_style), None)


def _write_remark(sheet: Worksheet, row: int, columns: tuple[int, ...], remark: Remark, looks: Looks) -> None:
    status, error, record = (own(sheet, row, column) for column in columns)
    if status is not None:
        put_text(status, remark.status)
        looks.fill(status, marks.COLOURS[remark.outcome])
    if error is not None:
        error.value = None
        if remark.error:
            put_text(error, remark.error)
            looks.wrap(error)
            _make_room(sheet, row, remark.error)
    if record is not None:
        record.value = None
        put(record, int(remark.id) if remark.id else None)


def _make_room(sheet: Worksheet, row: int, message: str) -> None:
    height = marks.height(message)
    dimension = sheet.row_dimensions[row]
    if (dimension.height or marks.LINE) < height:
        dimension.height = height


def _mark_cells(sheet: Worksheet, row: int, problems: Iterable[Problem], looks: Looks) -> None:
    for letter, found in marks.by_letter(problems, row).items():
        cell = own(sheet, row, column_index_from_string(letter))
        if cell is not None:
            _mark(cell, found, looks)


def _mark(cell: Cell, problems: Sequence[Problem], looks: Looks) -> None:
    looks.fill(cell, marks.colour_of(problems))
    text = marks.note(problems)
    cell.comment = _note(text)


def _note(text: str) -> Comment:
    height = _NOTE_LINE * (marks.note_lines(text) + 1)
    return Comment(for_xml(text), marks.AUTHOR, height=height, width=_NOTE_WIDTH)
