"""The sheets of a binary workbook (.xlsb): how far their cells reach, and what the fast reader gives otherwise.

There a formula always has its result with it.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from struct import Struct
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel
from xlrd import error_text_from_code

from importer.derive.error_words import is_error_word
from importer.load.extent import Area, Extent
from importer.load.records import BinaryBook, Is, binary_book, number_at, records, text_at
from importer.load.scaled import is_date, scaled, scales
from importer.model import ErrorCell, ScaledCell

Found = ErrorCell | ScaledCell | str | date | time | timedelta

_TEXTS: Final = "xl/sharedstrings.bin"
_STYLES: Final = "xl/styles.bin"
_FOLDERS: Final = ("xl/worksheets/", "xl/chartsheets/", "xl/dialogsheets/")
_FILLED: Final = frozenset({*range(Is.SHORT_NUMBER, Is.SHORT_FORMS), Is.RICH_TEXT})
_WITHOUT_COLUMN: Final = range(Is.SHORT_FORMS, Is.SHARED)
_NUMBERS: Final = (Is.SHORT_NUMBER, Is.NUMBER, Is.RESULT_NUMBER)
_ERRORS: Final = (Is.ERROR, Is.RESULT_ERROR)
_HIDDEN: Final = 0x10
_VALUE: Final = 8
"""Where in a cell's record its value begins: behind its column and its style."""
_LEAST: Final[Mapping[int, int]] = {Is.SHORT_NUMBER: 12, Is.SHARED_TEXT: 12, **dict.fromkeys(_NUMBERS[1:], 16)}
"""Bytes of the records whose values have more than one."""

_REAL: Final = Struct("<d")
_SIGNED: Final = Struct("<i")


def extents_of_binary(archive: zipfile.ZipFile) -> Iterator[tuple[str, Extent]]:
    """The part and the extent of each sheet; `repeated` has the bytes of its shared texts, each written out."""
    texts = next((part for part in archive.namelist() if part.lower() == _TEXTS), None)
    kept = records(archive, texts) if texts is not None else ()
    lengths = [len(content) for kind, content in kept if kind == Is.SHARED]
    for part in archive.namelist():
        if part.lower().startswith(_FOLDERS) and part.lower().endswith(".bin"):
            yield part, _extent(archive, part, lengths)


def _extent(archive: zipfile.ZipFile, part: str, lengths: Sequence[int]) -> Extent:
    extent = Extent()
    for row, kind, content in _cells(archive, part):
        extent.rows = row
        extent.columns = max(extent.columns, number_at(content) + 1)
        if kind == Is.SHARED_TEXT:
            at = number_at(content, _VALUE)
            extent.repeated += lengths[at] if at < len(lengths) else 0
    return extent


def _cells(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, int, memoryview]]:
    """Each filled cell: the number of its row, its kind, its record."""
    row = 0
    inside = False
    for kind, content in records(archive, part):
        if kind in (Is.SHEET_DATA, Is.SHEET_DATA_END):
            inside = kind == Is.SHEET_DATA
        elif inside and kind == Is.ROW:
            # The fast reader takes the last row for the lowest, and gives nothing for cells without a column.
            if number_at(content) + 1 < row:
                raise ValueError(part)
            row = number_at(content) + 1
        elif inside and kind in _FILLED:
            if len(content) < _LEAST.get(kind, _VALUE + 1):
                raise ValueError(part)
            yield row, kind, content
        elif inside and kind in _WITHOUT_COLUMN:
            raise ValueError(part)


def hidden_in_binary(
    archive: zipfile.ZipFile, sheets: Sequence[str]
) -> Mapping[str, Mapping[int, Mapping[int, Found]]]:
    """The cells of each of the sheets, by row number and position of the column."""
    book = binary_book(archive)
    forms = _number_formats(archive)
    telling = _Telling(book, forms, frozenset(at for at, form in enumerate(forms) if scales(form)))
    return {name: _hidden(archive, book.parts[name], telling) for name in sheets if name in book.parts}


def hidden_rows(archive: zipfile.ZipFile, sheets: Sequence[str]) -> Mapping[str, frozenset[int]]:
    """The numbers of the rows of each of the sheets that are hidden."""
    parts = binary_book(archive).parts
    return {name: frozenset(_hidden_rows(archive, parts[name])) for name in sheets if name in parts}


def merged_in_binary(archive: zipfile.ZipFile, sheets: Sequence[str]) -> Mapping[str, Sequence[Area]]:
    """The merged areas of each of the sheets."""
    parts = binary_book(archive).parts
    return {name: [*_merged(archive, parts[name])] for name in sheets if name in parts}


def _merged(archive: zipfile.ZipFile, part: str) -> Iterator[Area]:
    for kind, content in records(archive, part):
        if kind == Is.MERGED:
            top, bottom, left, right = (number_at(content, at) for at in range(0, 16, 4))
            yield (top, left), (bottom, right)


def _hidden_rows(archive: zipfile.ZipFile, part: str) -> Iterator[int]:
    for kind, content in records(archive, part):
        if kind == Is.ROW and len(content) > 11 and content[11] & _HIDDEN:
            yield number_at(content) + 1


def _hidden(archive: zipfile.ZipFile, part: str, telling: "_Telling") -> Mapping[int, Mapping[int, Found]]:
    hidden: dict[int, dict[int, Found]] = {}
    for row, kind, content in _cells(archive, part):
        cell = telling.told(kind, content)
        if cell is not None:
            hidden.setdefault(row, {})[number_at(content)] = cell
    return hidden


@dataclass(frozen=True, slots=True)
class _Telling:
    book: BinaryBook
    forms: Sequence[str]
    """The number format of each style."""
    scaling: frozenset[int]

    def told(self, kind: int, content: memoryview) -> Found | None:
        """What a cell shows; None where the fast reader gives just that."""
        if kind in _NUMBERS:
            return self._number(kind, content)
        if kind in _ERRORS:
            return ErrorCell(error_text_from_code.get(content[_VALUE], "#ERROR"))
        if kind == Is.RESULT_TEXT:
            text = text_at(content, _VALUE)[0]
            return ErrorCell(text) if is_error_word(text) else None
        return text_at(content, _VALUE + 1)[0] if kind == Is.RICH_TEXT else None

    def _number(self, kind: int, content: memoryview) -> Found | None:
        style = number_at(content, 4) & 0xFFFFFF
        if style in self.scaling:
            return scaled(_number_of(kind, content), self.forms[style])
        # Days that are stored as whole numbers, and are given as such.
        is_short = kind == Is.SHORT_NUMBER and content[_VALUE] & 0b11 == 0b10
        if is_short and style < len(self.forms) and is_date(self.forms[style]):
            return self._day(_number_of(kind, content))
        return None

    def _day(self, number: float) -> date | time | timedelta | None:
        try:
            moment = from_excel(number, MAC_EPOCH if self.book.from_1904 else WINDOWS_EPOCH)
        except (ValueError, OverflowError):
            return None
        return moment.date() if isinstance(moment, datetime) else moment


def _number_of(kind: int, content: memoryview) -> float:
    if kind != Is.SHORT_NUMBER:
        return float(_REAL.unpack_from(content, _VALUE)[0])
    whole = int(_SIGNED.unpack_from(content, _VALUE)[0])
    number = whole >> 2 if whole & 0b10 else _REAL.unpack(bytes(4) + _SIGNED.pack(whole & ~0b11))[0]
    return float(number / 100 if whole & 1 else number)


def _number_formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format of each cell style."""
    part = next((name for name in archive.namelist() if name.lower() == _STYLES), None)
    forms: dict[int, str] = dict(BUILTIN_FORMATS)
    used: list[str] = []
    inside = False
    for kind, content in records(archive, part) if part is not None else ():
        if kind in (Is.STYLES, Is.STYLES_END):
            inside = kind == Is.STYLES
        elif kind == Is.NUMBER_FORMAT:
            forms[number_at(content) & 0xFFFF] = text_at(content, 2)[0]
        elif inside and kind == Is.STYLE:
            used.append(forms.get(number_at(content) >> 16, ""))
    return used
