"""The rows of a sheet with our answer on each: new cells at the end, offending cells with another style."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from openpyxl.utils import column_index_from_string

from importer.entities import OUR_HEADINGS
from importer.report import marks
from importer.report.package.cells import blank, number, place, words
from importer.report.package.frame import Span
from importer.report.package.marking import Marks
from importer.report.package.scan import Cell, Row, SheetReader
from importer.report.package.styles import Change, Styles
from importer.report.package.xml import BadPartError
from importer.report.remarks import Remark, Remarks

_STYLE: Final = re.compile(rb"""\ss\s*=\s*["']([0-9]+)["']""")
_SPANS: Final = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")
_HEIGHT: Final = re.compile(rb"""\sht\s*=\s*["']([0-9.]+)["']""")
_OWN_HEIGHT: Final = re.compile(rb"""\s(?:ht|customHeight)\s*=\s*(?:"[^"]*"|'[^']*')""")
_OWN_FORMAT: Final = re.compile(rb"""\scustomFormat\s*=\s*["'](?:1|true)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be said in a sheet, and where: `columns` are ours, of them those in `new` have no heading yet."""

    header_row: int
    columns: tuple[int, ...]
    new: frozenset[int]
    heading_style: int
    spans: Sequence[Span]
    remarks: Remarks
    marks: Marks
    unnoted: frozenset[str] | None
    """In a report of ours that is imported again, the cells whose note was taken out; None in any other sheet."""

    @property
    def widths(self) -> Mapping[int, float]:
        """The widths of the columns that are new."""
        given = zip(self.columns, marks.WIDTHS, strict=True)
        return {column: width for column, width in given if column in self.new}


class RowWriter:
    """Writes the rows of one sheet."""

    def __init__(self, reader: SheetReader, plan: Plan, styles: Styles) -> None:
        self._reader = reader
        self._plan = plan
        self._styles = styles
        self._prefix = reader.prefix.decode()
        self._first = min(plan.columns)
        self._status = {
            outcome: styles.like(0, Change(fill=colour, wrap=True)) for outcome, colour in marks.COLOURS.items()
        }
        self._wrapped = styles.like(0, Change(wrap=True))
        self._start, self._end = b"<" + reader.prefix + b"row", b"</" + reader.prefix + b"row>"

    def answered(self, only: Set[int] | None = None) -> Iterator[Row]:
        """The rows with our answers, all of them or `only` some; one that has an answer but no cells is made.

        Raises `BadPartError` where rows do not follow each other.
        """
        waiting, last = deque(sorted(self._plan.remarks)), 0
        for row in self._reader.rows():
            if row.number <= last:
                raise BadPartError
            last = row.number
            yield from self._made(waiting, row.number)
            if waiting and waiting[0] == row.number:
                waiting.popleft()
            if only is None or row.number in only:
                yield self._answered(row, self._plan.remarks.get(row.number))
        yield from self._made(waiting, None)

    def _made(self, waiting: deque[int], before: int | None) -> Iterator[Row]:
        """Rows that the sheet does not have, though something is to be said of them."""
        while waiting and (before is None or waiting[0] < before):
            number = waiting.popleft()
            yield self._answered(Row(number, f' r="{number}"'.encode(), b""), self._plan.remarks[number])

    def xml(self, row: Row) -> bytes:
        """A row as it is written."""
        if not row.content:
            return self._start + row.attributes + b"/>"
        return self._start + row.attributes + b">" + row.content + self._end

    def _answered(self, row: Row, remark: Remark | None) -> Row:
        if remark is None and row.number != self._plan.header_row:
            return row
        ours = self._heading() if remark is None else self._answer(row, remark)
        attributes = _SPANS.sub(b"", row.attributes)  # it is a hint for readers, and would not be true any more
        if remark is not None and remark.error:
            attributes = _high_enough(attributes, marks.height(remark.error))
        content = self._marked_in_place(row, remark) if self._is_simple(row) else None
        if content is None:
            return Row(row.number, attributes, self._rebuilt(row, remark, ours))
        return Row(row.number, attributes, content + b"".join(ours.values()))

    def _is_simple(self, row: Row) -> bool:
        """Whether our cells can follow the others as they are."""
        if self._plan.unnoted is not None or self._reader.has_more(row):
            return False
        return self._reader.last(row) < self._first

    def _marked_in_place(self, row: Row, remark: Remark | None) -> bytes | None:
        """The content of a row with its offending cells marked; None where one of them is not in it."""
        content = row.content
        if remark is None:
            return content
        for column, colour in self._colours(row):
            tag = self._reader.tag(content, place(row.number, column))
            if tag is None:
                return None
            style = self._styles.like(_style(tag[1]), Change(fill=colour))
            content = content[: tag.start(1)] + _restyled(tag[1], style) + content[tag.end(1) :]
        return content

    def _heading(self) -> dict[int, bytes]:
        row, style = self._plan.header_row, self._plan.heading_style
        given = zip(self._plan.columns, OUR_HEADINGS, strict=True)
        return {
            column: words(row, column, heading, style, self._prefix)
            for column, heading in sorted(given)
            if column in self._plan.new
        }

    def _answer(self, row: Row, remark: Remark) -> dict[int, bytes]:
        """Our cells of a row, from left to right."""
        status, error, record = self._plan.columns
        at, p = row.number, self._prefix
        ours = {status: words(at, status, remark.status, self._status[remark.outcome], p)}
        if remark.error:
            ours[error] = words(at, error, remark.error, self._wrapped, p)
        if remark.id:
            ours[record] = number(at, record, int(remark.id), self._wrapped, p)
        return ours if status < error < record else dict(sorted(ours.items()))

    def _rebuilt(self, row: Row, remark: Remark | None, ours: Mapping[int, bytes]) -> bytes:
        """The content of a row whose cells have to be looked at one by one."""
        cells, rest = self._reader.cells(row)
        replaced = self._plan.columns if remark is not None else tuple(ours)
        found = {cell.column: self._unmarked(cell, row.number) for cell in cells if cell.column not in replaced}
        written = {column: self._cell(cell) for column, cell in found.items()}
        if remark is not None:
            for column, colour in self._colours(row):
                if column not in ours:
                    written[column] = self._marked(found.get(column), row, column, colour)
        written.update(ours)
        return b"".join(written[column] for column in sorted(written)) + rest

    def _marked(self, cell: Cell | None, row: Row, column: int, colour: str) -> bytes:
        if cell is None:
            style = self._styles.like(self._style_without_cell(row, column), Change(fill=colour))
            return blank(row.number, column, style, self._prefix)
        style = self._styles.like(_style(cell.attributes), Change(fill=colour))
        return self._cell(cell._replace(attributes=_restyled(cell.attributes, style)))

    def _colours(self, row: Row) -> Iterator[tuple[int, str]]:
        for letters, mark in self._plan.marks.of(row.number).items():
            yield column_index_from_string(letters), mark.colour

    def _style_without_cell(self, row: Row, column: int) -> int:
        if _OWN_FORMAT.search(row.attributes):
            return _style(row.attributes)
        spans = (span for span in self._plan.spans if span.first <= column <= span.last)
        return next((int(span.attributes.get("style", "0")) for span in spans), 0)

    def _unmarked(self, cell: Cell, row: int) -> Cell:
        """The cell without the colour that an earlier report gave it."""
        if self._plan.unnoted is None:
            return cell
        style = _style(cell.attributes)
        colour, ours = self._styles.fill(style)
        if colour not in marks.MARKS:
            return cell
        if not ours and place(row, cell.column) not in self._plan.unnoted:
            return cell
        return cell._replace(attributes=_restyled(cell.attributes, self._styles.like(style, Change(fill=""))))

    def _cell(self, cell: Cell) -> bytes:
        prefix = self._reader.prefix
        if not cell.content:
            return b"<%sc%s/>" % (prefix, cell.attributes)
        return b"<%sc%s>%s</%sc>" % (prefix, cell.attributes, cell.content, prefix)


def _style(attributes: bytes) -> int:
    found = _STYLE.search(attributes)
    return int(found[1]) if found else 0


def _restyled(attributes: bytes, style: int) -> bytes:
    return _STYLE.sub(b"", attributes) + f' s="{style}"'.encode()


def _high_enough(attributes: bytes, height: float) -> bytes:
    found = _HEIGHT.search(attributes)
    if (float(found[1]) if found else marks.LINE) >= height:
        return attributes
    return _OWN_HEIGHT.sub(b"", attributes) + f' ht="{height:g}" customHeight="1"'.encode()


def heading_style(reader: SheetReader, row: Row, styles: Styles) -> int:
    """The style of the last heading that has one of its own."""
    cells = [_style(cell.attributes) for cell in reader.cells(row)[0] if cell.content]
    return next((style for style in reversed(cells) if styles.has_look(style)), 0)
