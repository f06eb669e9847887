"""How far the cells of a sheet reach, told from its XML without making room for them."""

import re
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import IO, Final

Corner = tuple[int, int]
"""Row and column, both counted from 0."""
Area = tuple[Corner, Corner]

_CHUNK: Final = 2**22
_LONGEST_TAG: Final = 2**20

# Searched for one after the other: an alternative of both would take three times as long.
_ODD: Final = re.compile(rb"""<c(?! r="[A-Z]{1,3}[0-9]{1,7}")(?=[\s/>])""")
"""A cell that is not written as nearly every program does."""
_FAR: Final = re.compile(rb"""<c(?! r="[A-T][0-9]{1,6}")(?=[\s/>])""")
"""That, or a cell behind column T or below row 999,999."""
_PREFIXED: Final = re.compile(rb":c[\s/>]")
"""A cell whose name has a prefix."""
_LETTERS: Final = re.compile(rb' r="([A-Z]+)')
_NUMBERS: Final = re.compile(rb' r="[A-Z]+([0-9]+)')
_TAG: Final = re.compile(rb"""<(?:[\w.-]+:)?(row|c)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>""")
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)([0-9]*)""")
_MAY_SPAN: Final = (re.compile(rb"<[mh]"), re.compile(rb":[mh][ey]\w+\s"))
_SPAN: Final = re.compile(
    rb"""<(?:[\w.-]+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref\s*=\s*["']\$?([A-Za-z]+)\$?([0-9]+):\$?([A-Za-z]+)\$?([0-9]+)["']"""
)


def blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """XML in large pieces that no tag is cut by. Raises `ValueError` for a tag longer than any program writes."""
    held = b""
    while chunk := stream.read(_CHUNK):
        block = held + (chunk.replace(b"\0", b"") if b"\0" in chunk else chunk)  # of UTF-16 what is left is ASCII
        begun = block.rfind(b"<")
        held = b"" if begun < 0 or block.find(b">", begun) >= 0 else block[begun:]
        if len(held) > _LONGEST_TAG:
            message = "a tag without an end"
            raise ValueError(message)
        yield block[: len(block) - len(held)]
    if held:
        yield held


def position(letters: bytes) -> int:
    """The number of a column from 1, by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


@dataclass(slots=True)
class Extent:
    """The last row and column with a cell, and what is written once but counts many times.

    `spanned` has the cells under merged ones and links, `repeated` the bytes of XML with every repeat written out.
    """

    rows: int = 0
    columns: int = 0
    spanned: int = 0
    repeated: int = 0


_NEAR: Final = Extent(rows=999_999, columns=20)


def extent_of(sheet: Callable[[], Iterator[bytes]], fits: Callable[[Extent], bool]) -> Extent:
    """The extent of a sheet, whose blocks are read once or several times; what is no sheet, has none.

    It is exact where it does not fit. Where it does, it may be larger: to look at each cell by itself takes as long
    as reading the sheet.
    """
    for measure in (_near, _at_a_glance):
        extent = measure(sheet())
        if extent is not None and fits(extent):
            return extent
    return _exactly(sheet())


def _near(sheet: Iterable[bytes]) -> Extent | None:
    """A sheet that ends before T999999; None if it does not."""
    extent = copy(_NEAR)
    for block in sheet:
        if _FAR.search(block) or _PREFIXED.search(block):
            return None
        _count_spans(block, extent)
    return extent


def _at_a_glance(sheet: Iterable[bytes]) -> Extent | None:
    """Where the cells end, also those that are only formatted; None where they are not written as programs do."""
    extent = Extent()
    for block in sheet:
        if _ODD.search(block) or _PREFIXED.search(block):
            return None
        _count_spans(block, extent)
        extent.columns = max(extent.columns, max(map(position, set(_LETTERS.findall(block))), default=0))
        extent.rows = max(extent.rows, max(map(int, _NUMBERS.findall(block)), default=0))
    return extent


def _exactly(sheet: Iterable[bytes]) -> Extent:
    extent = Extent()
    at_row = at_column = 0
    for block in sheet:
        _count_spans(block, extent)
        for found in _TAG.finditer(block):
            place = _REFERENCE.search(found[2])
            row = int(place[2]) if place and place[2] else None
            if found[1] == b"row":
                at_row, at_column = row or at_row + 1, 0
                continue
            at_column = position(place[1]) if place and place[1] else at_column + 1
            if not found[2].endswith(b"/"):
                extent.columns = max(extent.columns, at_column)
                extent.rows = max(extent.rows, row or at_row)
    return extent


def _count_spans(block: bytes, extent: Extent) -> None:
    if any(begun.search(block) for begun in _MAY_SPAN):
        for first, top, last, bottom in _SPAN.findall(block):
            wide, high = abs(position(last) - position(first)) + 1, abs(int(bottom) - int(top)) + 1
            extent.spanned += wide * high
