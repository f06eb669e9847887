"""The input as a workbook that can be written: loaded, copied, or rebuilt from what is known of it."""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final
from xml.etree.ElementTree import ParseError
from xml.sax import SAXException

from lxml.etree import XMLSyntaxError
from openpyxl import DEFUSEDXML, Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineError, CalamineWorkbook

from importer.model import Book, Format, Sheet
from importer.report.cells import own, put
from importer.report.words import for_xml

if not DEFUSEDXML:
    _UNGUARDED = "openpyxl reads XML without defusedxml: install it, and do not set OPENPYXL_DEFUSEDXML"
    raise ImportError(_UNGUARDED)

PACKAGES: Final = (Format.XLSX, Format.XLSM)
"""The formats that are packages of XML parts."""
CANNOT_KEEP: Final = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    XMLSyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    SAXException,
    EOFError,
    zlib.error,
)
"""What is raised on workbooks that other programs read, but that are not as they should be."""

_NOT_IN_TITLES: Final = re.compile(r"[\\*?:/\[\]]")
_LONGEST_TITLE: Final = 31

_CANNOT_COPY: Final = (CalamineError, ValueError, LookupError)


class Values:
    """The values that formulas of the input have, read when they are first asked for."""

    def __init__(self, book: Book, sheet: str) -> None:
        self._book = book
        self._sheet = sheet

    @cached_property
    def _rows(self) -> Sequence[Sequence[object]]:
        try:
            return _rows(self._book, self._sheet)
        except (*_CANNOT_COPY, OSError):
            return []

    def at(self, row: int, column: int) -> object:
        """The value at a row and column, both counted from 1; None where there is none."""
        try:
            return self._rows[row - 1][column - 1]
        except IndexError:
            return None


def opened(book: Book, *, changed: bool) -> Workbook:
    """The input, with every sheet that is imported at its rows and columns.

    An .xlsx or .xlsm keeps all that openpyxl keeps (macros not); of an .xls or .ods all cells are copied. Of
    a file that has `changed` since it was read there are the cells of the columns that are imported.
    """
    if changed:
        return _rebuilt(book)
    if book.format in PACKAGES:
        try:
            workbook = load_workbook(book.path, rich_text=True)
        except CANNOT_KEEP:
            return _copied_or_rebuilt(book)
        if _has_sheets(workbook, book):
            return workbook
    return _copied_or_rebuilt(book)


def worksheet(workbook: Workbook, sheet: Sheet) -> Worksheet:
    """The worksheet that a sheet of the import is."""
    name = sheet.place.sheet or ""
    found = workbook[name if name in workbook.sheetnames else _title(name)]
    assert isinstance(found, Worksheet)  # it holds cells, as it was imported
    return found


def known(sheet: Sheet) -> Mapping[int, str]:
    """The columns that are imported: position from 1, and the API name that the cells go by."""
    columns = (sheet.column(str(name)) for name in sheet.cells.columns)
    return {
        column_index_from_string(column.letter): column.field
        for column in columns
        if column.letter is not None and column.field is not None
    }


def empty() -> Workbook:
    """A workbook without a sheet."""
    workbook = Workbook()
    del workbook[workbook.sheetnames[0]]
    return workbook


def _title(name: str) -> str:
    """The name of a sheet as Excel allows it; other programs allow more."""
    return _NOT_IN_TITLES.sub("_", for_xml(name))[:_LONGEST_TITLE] or "_"


def _has_sheets(workbook: Workbook, book: Book) -> bool:
    names = {sheet.title for sheet in workbook.worksheets}
    return all(sheet.place.sheet in names for sheet in book.sheets)


def _copied_or_rebuilt(book: Book) -> Workbook:
    try:
        return _copied(book)
    except _CANNOT_COPY:
        return _rebuilt(book)


def _copied(book: Book) -> Workbook:
    workbook = empty()
    imported = {sheet.place.sheet: sheet for sheet in book.sheets}
    with CalamineWorkbook.from_path(str(book.path)) as source:
        names = source.sheet_names
    for name in names:
        target = workbook.create_sheet(_title(name))
        for row, cells in enumerate(_rows(book, name), start=1):
            for position, value in enumerate(cells, start=1):
                _fill(target, row, position, value)
        if name in imported:
            _fill_known(target, imported[name])
    return workbook


def _rebuilt(book: Book) -> Workbook:
    workbook = empty()
    for sheet in book.sheets:
        target = workbook.create_sheet(_title(sheet.place.sheet or ""))
        for position, name in known(sheet).items():
            _fill(target, sheet.header_row, position, sheet.column(name).heading)
        _fill_known(target, sheet)
    return workbook


def _fill_known(target: Worksheet, sheet: Sheet) -> None:
    """The cells as they were read, errors and formulas told apart."""
    for position, name in known(sheet).items():
        for row, value in sheet.cells[name].items():
            _fill(target, int(str(row)), position, value)


def _fill(target: Worksheet, row: int, position: int, value: object) -> None:
    cell: Cell | None = own(target, row, position) if value is not None and value != "" else None
    if cell is not None:
        put(cell, value)


def _rows(book: Book, sheet: str) -> Sequence[Sequence[object]]:
    with CalamineWorkbook.from_path(str(book.path)) as source:
        return source.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
