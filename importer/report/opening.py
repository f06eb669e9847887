"""What is no package of its own, as one: copied cell by cell, or rebuilt from what is known of it."""

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import IO, Final, cast
from xml.sax import SAXException

from lxml.etree import XMLSyntaxError
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from importer.derive.escapes import for_xml
from importer.derive.panics import PanicError, raising_panics
from importer.languages import say
from importer.model import Book, Format, Sheet
from importer.problems import Place
from importer.report.cells import own, put
from importer.report.remarks import Remarks

PACKAGES: Final = (Format.XLSX, Format.XLSM)
"""The formats that are packages of XML parts."""
CANNOT_KEEP: Final = (
    zipfile.BadZipFile,
    XMLSyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    SAXException,
    EOFError,
    zlib.error,
    RuntimeError,
)
"""What is raised on packages that other programs read, but that are not as they should be."""

_NOT_IN_TITLES: Final = re.compile(r"[\\*?:/\[\]]")
_LONGEST_TITLE: Final = 31
_IN_MEMORY: Final = 2**24

_MOST_COPIED: Final = 1_000_000
"""Cells of sheets that are not imported, all of these together: a copy takes 300 bytes and 20 microseconds of each."""
_CANNOT_COPY: Final = (CalamineError, PanicError, ValueError, LookupError)


def written_anew(book: Book, *, changed: bool) -> IO[bytes]:
    """A file with a package of all cells of an .xlsb, .xls or .ods, as values, at their rows and columns.

    Of a book that has `changed` since it was read, or cannot be copied, there are the cells that are imported.
    """
    workbook = _opened(book, changed=changed)
    # One sheet has to be shown, and opened, until the summary is there.
    shown = next((at for at, sheet in enumerate(workbook.worksheets) if sheet.sheet_state == "visible"), 0)
    workbook.worksheets[shown].sheet_state = "visible"
    workbook.active = shown
    file = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
    workbook.save(file)
    file.seek(0)
    return file


def renamed(book: Book) -> Book:
    """The book with its sheets called as they are in the package."""
    return replace(
        book,
        sheets=tuple(replace(sheet, place=_new_place(sheet.place)) for sheet in book.sheets),
        problems=tuple(replace(one, place=one.place and _new_place(one.place)) for one in book.problems),
    )


def by_new_name(remarks: Mapping[Place, Remarks]) -> Mapping[Place, Remarks]:
    """The remarks by the places that the sheets have in the package."""
    return {_new_place(place): of_sheet for place, of_sheet in remarks.items()}


def _new_place(place: Place) -> Place:
    return Place(file=place.file, sheet=place.sheet and _title(place.sheet))


def _opened(book: Book, *, changed: bool) -> Workbook:
    if changed or _is_quoted(book):
        return _rebuilt(book)
    try:
        return _copied(book)
    except _CANNOT_COPY:
        return _rebuilt(book)


def _is_quoted(book: Book) -> bool:
    """Whether texts of it are quoted as XML can: a copy would have them blank."""
    if book.format is not Format.ODS:
        return False
    with zipfile.ZipFile(book.path) as archive:
        return b"<![CDATA[" in archive.read("content.xml")


def _known(sheet: Sheet) -> Mapping[int, str]:
    """The columns that are imported: position from 1, and the API name that the cells go by."""
    columns = (sheet.column(str(name)) for name in sheet.cells.columns)
    return {
        column_index_from_string(column.letter): column.field
        for column in columns
        if column.letter is not None and column.field is not None
    }


def _empty() -> Workbook:
    workbook = Workbook()
    del workbook[workbook.sheetnames[0]]
    return workbook


def _title(name: str) -> str:
    """The name of a sheet as Excel allows it; other programs allow more."""
    return _NOT_IN_TITLES.sub("_", for_xml(name))[:_LONGEST_TITLE] or "_"


def _copied(book: Book) -> Workbook:
    workbook = _empty()
    imported = {sheet.place.sheet: sheet for sheet in book.sheets}
    room = _MOST_COPIED
    with raising_panics(), CalamineWorkbook.from_path(str(book.path)) as source:
        for name, state in [(sheet.name, _state(sheet.visible)) for sheet in source.sheets_metadata]:
            target = workbook.create_sheet(_title(name))
            target.sheet_state = state
            sheet = source.get_sheet_by_name(name)
            size = 0 if name in imported else sum(1 for _ in islice(_filled(sheet), room + 1))
            if size > room:
                _fill(target, 1, 1, _not_copied(book))
                continue
            room -= size
            for row, position, value in _filled(sheet):
                _fill(target, row, position, value)
            if name in imported:
                _fill_known(target, imported[name])
            _hide(target, book.hidden_rows.get(name, ()))
    return workbook


def _not_copied(book: Book) -> str:
    return say("This sheet is not copied, as it has more cells than a report is given: see {file}.", file=book.name)


def _filled(sheet: CalamineSheet) -> Iterator[tuple[int, int, object]]:
    """The cells with something in them: row and column, both counted from 1, and what it is."""
    first = sheet.start[1] + 1 if sheet.start else 1
    for row, cells in enumerate(sheet.iter_rows(), start=1):
        for position, value in enumerate(cells, start=first):
            if value != "":
                yield row, position, value


def _rebuilt(book: Book) -> Workbook:
    workbook = _empty()
    for sheet in book.sheets:
        target = workbook.create_sheet(_title(sheet.place.sheet or ""))
        for position, name in _known(sheet).items():
            _fill(target, sheet.header_row, position, sheet.column(name).heading)
        _fill_known(target, sheet)
        _hide(target, book.hidden_rows.get(sheet.place.sheet or "", ()))
    return workbook


def _state(visible: SheetVisibleEnum) -> str:
    # Its members cannot be keys, as they have no hash.
    if visible == SheetVisibleEnum.Visible:
        return "visible"
    return "hidden" if visible == SheetVisibleEnum.Hidden else "veryHidden"


def _hide(target: Worksheet, rows: Iterable[int]) -> None:
    for row in rows:
        target.row_dimensions[row].hidden = True


def _fill_known(target: Worksheet, sheet: Sheet) -> None:
    """The cells as they were read, errors and formulas told apart."""
    for position, name in _known(sheet).items():
        for row, value in sheet.cells[name].items():
            _fill(target, int(str(row)), position, value)


def _fill(target: Worksheet, row: int, position: int, value: object) -> None:
    cell: Cell | None = own(target, row, position) if value is not None and value != "" else None
    if cell is not None:
        put(cell, value)
