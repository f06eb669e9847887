"""How far the cells of the sheets of an .ods file reach, told from its XML without making room for them.

There a row or a cell is written once, with the number of its repeats; only those with something in them count.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Final

from importer.load.extent import Extent

CONTENT: Final = "content.xml"
"""The part of an .ods file in which all its tables are."""
_TAG: Final = re.compile(
    rb"""<(/?)(?:[\w.-]+:)?(table|table-row|table-cell|covered-table-cell)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>"""
)
_REPEATED: Final = re.compile(rb"""number-(?:rows|columns)-repeated\s*=\s*["']\s*([0-9]+)""")
_NAME: Final = re.compile(rb"""\s(?:[\w.-]+:)?name\s*=\s*["']([^"']*)["']""")
_FILLED: Final = re.compile(rb"value-type|formula\s*=")


class _Tables:
    """Goes through the tags of all tables, and has the extent of each when it ends."""

    def __init__(self) -> None:
        self.name = ""
        self.extent = Extent()
        self._row = 0
        self._repeats = 1
        self._column = 0
        self._last_filled = 0
        self._bytes = 0
        self._cell: tuple[int, int] | None = None
        """Where an open cell began, and its repeats."""

    def take(self, tag: "re.Match[bytes]", offset: int) -> Extent | None:
        """Take a tag that stands at an offset of the whole XML; the extent of the table that ends with it."""
        closes, kind, attributes = bool(tag[1]), tag[2], tag[3]
        at = offset + tag.start()
        empty = attributes.endswith(b"/")
        if kind == b"table":
            if closes:
                return self.extent
            self._begin_table(attributes)
        elif kind == b"table-row":
            if not closes:
                self._begin_row(attributes)
            if closes or empty:
                self._end_row()
        elif closes:
            self._end_cell(at)
        else:
            self._begin_cell(attributes, at, empty)
        return None

    def _begin_table(self, attributes: bytes) -> None:
        named = _NAME.search(attributes)
        self.name = unescape(named[1].decode("utf-8", "replace")) if named else ""
        self.extent = Extent()
        self._row = 0

    def _begin_row(self, attributes: bytes) -> None:
        self._repeats = _repeats(attributes)
        self._column = self._last_filled = self._bytes = 0

    def _end_row(self) -> None:
        self._row += self._repeats
        if self._last_filled:
            self.extent.rows = self._row
            self.extent.columns = max(self.extent.columns, self._last_filled)
            self.extent.repeated += self._bytes * self._repeats

    def _begin_cell(self, attributes: bytes, at: int, empty: bool) -> None:
        repeats = _repeats(attributes)
        self._column += repeats
        if not empty or _FILLED.search(attributes):
            self._last_filled = self._column
            self._bytes += len(attributes) * repeats
        self._cell = None if empty else (at, repeats)

    def _end_cell(self, at: int) -> None:
        if self._cell is not None:
            begun, repeats = self._cell
            self._bytes += (at - begun) * repeats
            self._cell = None


def _repeats(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def extents_of_opendocument(content: Iterable[bytes]) -> Iterator[tuple[str, Extent]]:
    """The name and the extent of each table, given the XML in blocks that no tag is cut by."""
    tables = _Tables()
    offset = 0
    for block in content:
        for tag in _TAG.finditer(block):
            extent = tables.take(tag, offset)
            if extent is not None:
                yield tables.name, extent
        offset += len(block)
