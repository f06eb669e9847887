"""What a packed workbook would make its readers do, found out from its bytes: XML bombs, and cells far away.

A reader makes room for the whole rectangle that the cells of a sheet span, and for every cell's own copy of a text
that many share. A few hundred bytes can so ask for more memory than there is.
"""

import re
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Final

import numpy as np

from importer.errors import NotASpreadsheetError, TooLargeError
from importer.load.binary import extents_of_binary
from importer.load.extent import Extent, blocks, extent_of
from importer.load.extent_ods import CONTENT, extents_of_opendocument
from importer.load.limits import MIB, refuse_far, refuse_many_cells
from importer.load.records import binary_book
from importer.load.relations import sheet_parts
from importer.load.signs import Signs
from importer.model import Format
from importer.settings import FileLimits

_PROLOG: Final = 2**16
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BEFORE_ROOT: Final = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ROOT: Final = re.compile(rb"<[^\s!?/>]")
_NOT_PARSED: Final = re.compile(r"\.(?:svg|html?|png|jpe?g|gif|emf|wmf|bin|txt|rdf)\Z", re.IGNORECASE)
_TEXT_END: Final = re.compile(rb"</(?:[\w.-]+:)?si\s*>")
_SHARED: Final = re.compile(
    rb"""\st\s*=\s*["']s["'][^>]*>\s*(?:<(?:[\w.-]+:)?f\b[^>]*(?:/>|>[^<]*</[^>]*>)\s*)?<(?:[\w.-]+:)?v\b[^>]*>\s*([0-9]{1,9})\s*<"""
)


def refuse_types_of_document(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse XML that brings declarations of its own: no program writes them, and entities can grow without end."""
    for part in archive.infolist():
        if _NOT_PARSED.search(part.filename):
            continue
        with archive.open(part) as stream:
            head = stream.read(_PROLOG)
        if _declares(head):
            raise NotASpreadsheetError(
                name,
                f"{part.filename} in it holds declarations (DOCTYPE), which no spreadsheet program writes; "
                "open it in Excel and save it as a new workbook",
            )


def _declares(head: bytes) -> bool:
    """Whether XML does not come to its root element by the shortest way."""
    for mark in _MARKS:
        head = head.removeprefix(mark)
    head = head.replace(b"\0", b"")  # of UTF-16 what is left is ASCII
    if not head.lstrip().startswith(b"<"):
        return False
    before = _BEFORE_ROOT.match(head)
    return _ROOT.match(head, before.end() if before else 0) is None


def refuse_far_cells(archive: zipfile.ZipFile, form: Format, name: str, limits: FileLimits) -> Mapping[str, Signs]:
    """Refuse a workbook with a sheet whose cells reach too far, or whose texts become too many when written out.

    Otherwise the signs that were seen on the way, by the parts of an .xlsx, .xlsm or .ods.
    """
    if form is Format.ODS:
        seen = Signs()
        with closing(_seen(archive, CONTENT, seen)) as read:
            tables = extents_of_opendocument(read)
            _refuse_any(((f"{name}, sheet {sheet}", extent) for sheet, extent in tables), name, limits)
        return {CONTENT: seen}
    if form is Format.XLSB:
        titles = {part: sheet for sheet, part in binary_book(archive).parts.items()}
        parts = extents_of_binary(archive)
        placed = ((f"{name}, sheet {titles[part]}" if part in titles else name, extent) for part, extent in parts)
        _refuse_any(placed, name, limits)
        return {}
    names = {part: sheet for sheet, part in sheet_parts(archive).items()}
    strings = next((part for part in archive.namelist() if part.lower() == "xl/sharedstrings.xml"), None)
    sheets = [part for part in archive.namelist() if part in names or not (part == strings or _NOT_PARSED.search(part))]
    signs = {part: Signs() for part in sheets}
    for part in sheets:
        extent = extent_of(partial(_seen, archive, part, signs[part]), lambda one: _fits(one, limits))
        _refuse(extent, f"{name}, sheet {names[part]}" if part in names else name, limits)
    if strings is not None:
        _refuse_texts(archive, strings, sheets, name, limits)
    return signs


def _seen(archive: zipfile.ZipFile, part: str, signs: Signs) -> Generator[bytes, None, None]:
    with archive.open(part) as stream:
        for block in blocks(stream):
            signs.look(block)
            yield block


def _fits(extent: Extent, limits: FileLimits) -> bool:
    try:
        _refuse(extent, "", limits)
    except TooLargeError:
        return False
    return True


def _refuse_any(sheets: Iterable[tuple[str, Extent]], name: str, limits: FileLimits) -> None:
    """Refuse a workbook that has a sheet of which too much would be read, or too much in all of them together."""
    cells = repeated = 0
    for place, extent in sheets:
        _refuse(extent, place, limits)
        cells += extent.rows * extent.columns
        repeated += extent.repeated
    refuse_many_cells(name, cells, limits)
    _refuse_written_out(name, repeated, limits)


def _refuse(extent: Extent, place: str, limits: FileLimits) -> None:
    refuse_far(place, extent.rows, extent.columns, limits)
    if extent.spanned > limits.max_cells:
        reason = f"its merged cells and links span {extent.spanned:,} cells"
        raise TooLargeError(place, reason, "take them back", "max_cells")
    _refuse_written_out(place, extent.repeated, limits)


def _refuse_texts(archive: zipfile.ZipFile, strings: str, sheets: list[str], name: str, limits: FileLimits) -> None:
    """Refuse texts that are stored once and stand in so many cells that each with its own would fill the memory."""
    lengths = np.fromiter(_lengths(archive, strings), dtype=np.int64)
    longest = int(lengths.max(initial=0))
    for sheet in sheets:
        # Nearly always so little that the cells need not be looked at one by one.
        if longest * _count(archive, sheet, b't="s"', b"t='s'", b"t =") <= limits.max_unpacked_mb * MIB:
            continue
        total = sum(int(lengths[found[found < len(lengths)]].sum()) for found in _referred(archive, sheet))
        _refuse_written_out(name, total, limits)


def _refuse_written_out(place: str, total: int, limits: FileLimits) -> None:
    most = limits.max_unpacked_mb
    if total > most * MIB:
        reason = f"with every cell's text written out it has {total / MIB:,.0f} MB, and at most {most:,} are read"
        raise TooLargeError(place, reason, "split it into smaller files", "max_unpacked_mb")


def _lengths(archive: zipfile.ZipFile, strings: str) -> Iterator[int]:
    """Bytes of each shared text, its marks included."""
    begun = 0
    with archive.open(strings) as stream:
        for block in blocks(stream):
            at = 0
            for found in _TEXT_END.finditer(block):
                yield begun + found.end() - at
                begun, at = 0, found.end()
            begun += len(block) - at
    if begun:
        yield begun


def _count(archive: zipfile.ZipFile, part: str, *marks: bytes) -> int:
    with archive.open(part) as stream:
        return sum(block.count(mark) for block in blocks(stream) for mark in marks)


def _referred(archive: zipfile.ZipFile, part: str) -> Iterator["np.ndarray[tuple[int], np.dtype[np.int64]]"]:
    """The numbers of the shared texts that stand in a sheet's cells."""
    with archive.open(part) as stream:
        for block in blocks(stream):
            yield np.array(_SHARED.findall(block), dtype=np.int64)
