"""The cells of an .ods file that the fast reader gives otherwise: errors, percentages, tabs in texts."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import IO, Final

from lxml import etree

from importer.derive.error_words import is_error_word
from importer.derive.safe_xml import elements
from importer.load.extent import Area, blocks
from importer.load.extent_ods import CONTENT
from importer.load.scaled import percentage, scaled, shown
from importer.model import ErrorCell, FormulaCell, ScaledCell

_MARKS: Final = (
    b":formula=",
    b'value-type="error"',
    b'value-type="percentage"',
    b'value-type="time"',
    b":tab/>",
    b":line-break/>",
)
_DURATION: Final = re.compile(r"(-?)PT([0-9]{1,7})H([0-9]{1,2})M([0-9]{1,2})(?:[.,]([0-9]{1,6})[0-9]*)?S")
_DAY: Final = timedelta(days=1)
_NUMBERS: Final = ("float", "currency")
_NOTHING: Final = ";;;"
_FORMATTED: Final = re.compile(rb'<style:style style:name="([^"]+)"[^>]*\sstyle:data-style-name="(?!N0")')
_UNSEEN: Final = (b':visibility="collapse"', b':visibility="filter"')
_SPANS: Final = (b"-rows-spanned=", b"-columns-spanned=")
_WHITE: Final = {"tab": "\t", "line-break": "\n"}
"""White space within a paragraph that the fast reader leaves out."""
_CELLS: Final = ("table-cell", "covered-table-cell")
_MOST_REPEATED: Final = 1000
"""Repeats of an error cell that are noted: more are an empty area that was filled in one go."""

_Told = ErrorCell | FormulaCell | ScaledCell | str | time | timedelta
_Hidden = dict[int, dict[int, _Told]]


def hidden_in_opendocument(archive: zipfile.ZipFile, sheets: Sequence[str]) -> Mapping[str, _Hidden]:
    """The hidden cells of each of the sheets, by row number and position of the column."""
    if not _has(archive, (*_MARKS, *_formatted(archive))):
        return {}
    with archive.open(CONTENT) as stream:
        return {name: _hidden_in_table(table) for name, table in _tables(stream) if name in sheets}


def _formatted(archive: zipfile.ZipFile) -> Iterator[bytes]:
    """Marks of cells whose number may show as something else, by a style of their own or one that has a name."""
    yield b" style:data-style-name="
    if "styles.xml" in archive.namelist():
        for name in _FORMATTED.findall(archive.read("styles.xml")):
            yield b'table:style-name="%s"' % name


def merged_in_opendocument(archive: zipfile.ZipFile, sheets: Sequence[str]) -> Mapping[str, Sequence[Area]]:
    """The merged areas of each of the sheets."""
    if not _has(archive, _SPANS):
        return {}
    with archive.open(CONTENT) as stream:
        return {name: [*_merged(table)] for name, table in _tables(stream) if name in sheets}


def hidden_rows_in_opendocument(archive: zipfile.ZipFile, sheets: Sequence[str]) -> Mapping[str, frozenset[int]]:
    """The numbers of the rows of each of the sheets that are hidden, by hand or by a filter."""
    if not _has(archive, _UNSEEN):
        return {}
    with archive.open(CONTENT) as stream:
        return {name: frozenset(_hidden_rows(table)) for name, table in _tables(stream) if name in sheets}


def _hidden_rows(table: etree._Element) -> Iterator[int]:
    for at, repeated, row in _rows(table):
        if _attribute(row, "visibility") in ("collapse", "filter"):
            yield from range(at + 1, at + 1 + min(repeated, _MOST_REPEATED))


def _merged(table: etree._Element) -> Iterator[Area]:
    for top, _, row in _rows(table):
        for left, _, cell in _cells(row):
            high = int(_attribute(cell, "number-rows-spanned") or 1)
            wide = int(_attribute(cell, "number-columns-spanned") or 1)
            if high > 1 or wide > 1:
                yield (top, left), (top + high - 1, left + wide - 1)


def _tables(stream: IO[bytes]) -> Iterator[tuple[str, etree._Element]]:
    return ((_attribute(table, "name") or "", table) for table in elements(stream, "table"))


def _rows(table: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
    """Each row: its position from 0, its repeats, its element."""
    at = 0
    for row in table.iter("{*}table-row"):
        repeated = int(_attribute(row, "number-rows-repeated") or 1)
        yield at, repeated, row
        at += repeated


def _cells(row: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
    """Each cell: its position from 0, its repeats, its element."""
    at = 0
    for cell in row:
        if isinstance(cell.tag, str) and etree.QName(cell).localname in _CELLS:
            repeated = int(_attribute(cell, "number-columns-repeated") or 1)
            yield at, repeated, cell
            at += repeated


def _has(archive: zipfile.ZipFile, marks: Sequence[bytes]) -> bool:
    with archive.open(CONTENT) as stream:
        return any(mark in block for block in blocks(stream) for mark in marks)


def _attribute(node: etree._Element, name: str, space: str = "") -> str | None:
    """An attribute by its local name, and by the end of its name space where several have that name."""
    for key, value in node.attrib.items():
        uri, _, local = str(key).rpartition("}")
        if local == name and (not space or space in uri):
            return str(value)
    return None


def _hidden_in_table(table: etree._Element) -> _Hidden:
    hidden: _Hidden = {}
    for at, repeated, row in _rows(table):
        cells = _hidden_in_row(row)
        if cells:
            hidden.update({at + 1 + extra: cells for extra in range(min(repeated, _MOST_REPEATED))})
    return hidden


def _hidden_in_row(row: etree._Element) -> dict[int, _Told]:
    hidden: dict[int, _Told] = {}
    for at, repeated, cell in _cells(row):
        told = _told(cell)
        if told is not None:
            hidden.update(dict.fromkeys(range(at, at + min(repeated, _MOST_REPEATED)), told))
    return hidden


def _told(cell: etree._Element) -> _Told | None:
    text = "\n".join("".join(_pieces(paragraph)) for paragraph in _paragraphs(cell)).strip()
    kind = _attribute(cell, "value-type", "office")
    if kind == "percentage":
        return percentage(float(_attribute(cell, "value", "office") or 0), text)
    if kind == "time":
        return _duration(_attribute(cell, "time-value", "office") or "")
    if _attribute(cell, "value-type", "calcext") == "error":
        return ErrorCell(text or "#ERROR")
    if kind in _NUMBERS and not is_error_word(text):
        number = float(_attribute(cell, "value", "office") or 0)
        return scaled(number, _NOTHING) if not text and _paragraphs(cell) else shown(number, text)
    if _attribute(cell, "formula") is None:
        return _text(cell) if kind == "string" else None
    if kind is None and not text:
        return FormulaCell()
    return ErrorCell(text) if is_error_word(text) else None


def _duration(text: str) -> time | timedelta | None:
    """A time as workbooks of other kinds have it: that of a day, or a length where it is none."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    hours, minutes, seconds = map(int, found.group(2, 3, 4))
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=int((found[5] or "").ljust(6, "0")))
    if found[1]:
        return -length
    return (datetime.min + length).time() if length < _DAY else length


def _text(cell: etree._Element) -> str | None:
    """The text of a cell with white space that has marks of its own; None where there is none such."""
    paragraphs = _paragraphs(cell)
    if not any(_local(node) in _WHITE for paragraph in paragraphs for node in paragraph.iter()):
        return None
    return "\n".join("".join(_pieces(paragraph)) for paragraph in paragraphs)


def _paragraphs(cell: etree._Element) -> list[etree._Element]:
    """What a cell shows; notes have paragraphs of their own."""
    return [node for node in cell if _local(node) == "p"]


def _pieces(node: etree._Element) -> Iterator[str]:
    local = _local(node)
    yield _WHITE.get(local, "")
    if local == "s":
        yield " " * min(int(_attribute(node, "c") or 1), _MOST_REPEATED)
    yield node.text or ""
    for child in node:
        yield from _pieces(child)
        yield child.tail or ""


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""
