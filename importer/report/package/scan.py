"""The XML of a sheet as it stands, in pieces: what is before its rows, the rows, what is after them.

Nothing is parsed and written again, so what is not changed keeps its very bytes, and a sheet of any length takes
little memory. XML that this could get wrong (comments, CDATA, other encodings) is written plainly first.
"""

import re
from collections.abc import Iterator
from typing import IO, Final, NamedTuple

from openpyxl.utils import column_index_from_string, get_column_letter

_CHUNK: Final = 2**20
_ATTRIBUTES: Final = rb"""((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*"""
_TAG: Final = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*)" + _ATTRIBUTES + rb"(/?)>")
_ROOT: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData[\s/>]")
_DECLARATION: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")
_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["'](?:utf-8|us-ascii)["']""", re.IGNORECASE)
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})[0-9]+["']""")
_NUMBER: Final = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")


class UnusualError(ValueError):
    """The XML is written in a way that has to be made plain first."""


class Row(NamedTuple):
    """A row: its number, the attributes of its tag and what is in it."""

    number: int
    attributes: bytes
    content: bytes


class Cell(NamedTuple):
    """A cell: its column from 1, the attributes of its tag and what is in it."""

    column: int
    attributes: bytes
    content: bytes


class Child(NamedTuple):
    """An element at the top of a piece: its name without a prefix and where it stands."""

    name: str
    start: int
    end: int


class SheetReader:
    """Reads a sheet piece by piece. Raises `UnusualError` for what has to be written plainly first."""

    def __init__(self, stream: IO[bytes], *, known_plain: bool = False) -> None:
        self._stream = stream
        self._known_plain = known_plain
        self._held = stream.read(_CHUNK)
        declaration = _DECLARATION.match(self._held)
        if declaration is not None and b"encoding" in declaration[0] and not _ENCODING.search(declaration[0]):
            raise UnusualError
        self._ensure_plain(self._held[declaration.end() if declaration else 0 :])
        while not (found := _ROOT.search(self._held)):
            self._more()
        opening = _TAG.match(self._held, found.start())
        if opening is None or opening[4]:
            raise UnusualError
        self.head, self._held = self._held[: opening.end()], self._held[opening.end() :]
        self.tail = b""
        self.prefix = found[1]
        self._row = re.compile(rb"<" + re.escape(self.prefix) + rb"row" + _ATTRIBUTES + rb"(/?)>")
        self._cell = re.compile(rb"<" + re.escape(self.prefix) + rb"c" + _ATTRIBUTES + rb"(/?)>")
        self._row_start, self._row_end = b"<" + self.prefix + b"row ", b"</" + self.prefix + b"row>"
        self._cell_start, self._cell_end = b"<" + self.prefix + b"c", b"</" + self.prefix + b"c>"

    def _more(self) -> None:
        chunk = self._stream.read(_CHUNK)
        if not chunk:
            raise UnusualError
        self._ensure_plain(self._held[-1:] + chunk)
        self._held += chunk

    def _ensure_plain(self, data: bytes) -> None:
        if not self._known_plain and (b"<!" in data or b"<?" in data or b"\0" in data):
            raise UnusualError

    def rows(self) -> Iterator[Row]:
        """The rows one after another; after them `tail` has the rest, from the end tag of the rows on."""
        end = b"</" + self.prefix + b"sheetData>"
        number = 0
        while True:
            stop = self._held.find(end)
            last = self._held.rfind(self._row_end)
            whole = stop if stop >= 0 else last + len(self._row_end) if last >= 0 else 0
            for row in self._in_block(self._held[:whole], number):
                number = row.number
                yield row
            self._held = self._held[whole:]
            if stop >= 0:
                break
            self._more()
        rest = self._stream.read()
        self._ensure_plain(self._held[-1:] + rest)
        self.tail = self._held + rest

    def _in_block(self, block: bytes, number: int) -> Iterator[Row]:
        at = 0
        while found := self._row.search(block, at):
            given = _NUMBER.search(found[1])
            number = int(given[1]) if given else number + 1
            at = found.end()
            content = b""
            if not found[2]:
                end = block.find(self._row_end, at)
                content = block[at:end]
                if end < 0 or self._row_start in content:
                    raise UnusualError
                at = end + len(self._row_end)
            yield Row(number, found[1], content)

    def cells(self, row: Row) -> tuple[list[Cell], bytes]:
        """The cells of a row from left to right, and what stands after them."""
        cells: list[Cell] = []
        at = column = 0
        while found := self._cell.search(row.content, at):
            place = _REFERENCE.search(found[1])
            column = column_index_from_string(place[1].decode()) if place else column + 1
            at = found.end()
            content = b""
            if not found[2]:
                end = row.content.find(self._cell_end, at)
                if end < 0:
                    raise UnusualError
                content, at = row.content[at:end], end + len(self._cell_end)
            reference = b"" if place else f' r="{get_column_letter(column)}{row.number}"'.encode()
            cells.append(Cell(column, reference + found[1], content))
        return cells, row.content[at:].strip()

    def tag(self, content: bytes, place: str) -> re.Match[bytes] | None:
        """The tag of one cell, with its attributes; None where it is not there, or not found by a quick look."""
        at = content.find(f'r="{place}"'.encode())
        found = None if at < 0 else self._cell.match(content, content.rfind(b"<", 0, at))
        return found if found is not None and found.end() > at else None

    def last(self, row: Row) -> int:
        """The column of the last cell of a row, 0 where there is none."""
        end = len(row.content)
        while (start := row.content.rfind(self._cell_start, 0, end)) >= 0:
            found = self._cell.match(row.content, start)
            if found is not None:
                place = _REFERENCE.search(found[1])
                if place is None:
                    return max(cell.column for cell in self.cells(row)[0])
                return column_index_from_string(place[1].decode())
            end = start
        return 0

    def has_more(self, row: Row) -> bool:
        """Whether anything but cells may stand in a row."""
        return b"extLst" in row.content

    def last_filled(self, row: Row, beyond: int) -> int:
        """The column of the last cell that holds anything, if it is `beyond` a column; else that column."""
        if self.last(row) <= beyond:
            return beyond
        return max((cell.column for cell in self.cells(row)[0] if b"<" in cell.content), default=beyond)


def children(data: bytes, depth: int = 0) -> list[Child]:
    """The elements of a piece that are `depth` deep in it, in their order."""
    found: list[Child] = []
    level = start = 0
    for tag in _TAG.finditer(data):
        if tag[1]:
            level -= 1
        elif level == depth:
            start = tag.start()
        if level == depth and (tag[1] or tag[4]):
            name = tag[2].rpartition(b":")[2].decode()
            found.append(Child(name, start, tag.end()))
        if not tag[1] and not tag[4]:
            level += 1
    return found
