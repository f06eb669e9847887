"""Give a CSV back as it came, byte for byte, with our three columns on every data row.

The file is read again record by record. What a record looks like is kept as text, so that its quotes, line
breaks and line end go back untouched; only a record that our cells cannot simply follow is written anew.
"""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple, TextIO

from importer.derive.columns import folded_heading
from importer.entities import OUR_HEADINGS
from importer.model import Book, Dialect, Sheet
from importer.report.remarks import Remark, Remarks
from importer.report.saving import Fill
from importer.report.words import encodable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; the longer before those that they begin with."""

_UNMARKED: Final = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_INSTRUCTION: Final = re.compile(r'"?sep=."?(?:\r\n|\n|\r)?', re.IGNORECASE)
"""A first line that tells Excel the delimiter; it is not counted as a row."""

_LONGEST_CELL: Final = 2**31 - 1
"""The most that the csv module can be told on every system."""

_BUFFER: Final = 2**20


class _Record(NamedTuple):
    number: int
    cells: list[str]
    body: str
    """Its text without the line end."""
    end: str


class _Same:
    """A file whose `write` gives the text back: then so does a csv writer's `writerow`."""

    @staticmethod
    def write(text: str) -> str:
        return text


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where our columns are: how many cells the header has, and which of ours stand among them already."""

    width: int
    present: tuple[int | None, ...]

    @property
    def all_appended(self) -> bool:
        return not any(position is not None for position in self.present)

    def placed(self, cells: Sequence[str], ours: Sequence[str]) -> list[str]:
        """The cells with ours in their columns.

        A short record is filled up. What a long one has beyond the header comes after our columns: ours stay
        under their headings, and the record stays as visibly too long as it was.
        """
        row = [*cells[: self.width], *[""] * (self.width - len(cells))]
        appended = []
        for position, cell in zip(self.present, ours, strict=True):
            if position is None:
                appended.append(cell)
            else:
                row[position] = cell
        return [*row, *appended, *cells[self.width :]]


def report(book: Book, remarks: Remarks, *, changed: bool) -> Fill:
    """The whole file. Where it has `changed` since it was read, the cells that are known of it."""
    return _filler(book, remarks, changed=changed, only_to_correct=False)


def errors(book: Book, remarks: Remarks, *, changed: bool) -> Fill:
    """The header and the rows that are left to correct."""
    wanted = {number: remark for number, remark in remarks.items() if remark.to_correct}
    return _filler(book, wanted, changed=changed, only_to_correct=True)


def _filler(book: Book, remarks: Remarks, *, changed: bool, only_to_correct: bool) -> Fill:
    dialect = book.dialect
    assert dialect is not None  # every CSV has one
    (sheet,) = book.sheets
    mark, encoding = _encoding("".encode(dialect.encoding) if changed else _head(book), dialect.encoding)
    policy = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    writer = _Writer(dialect, encoding, sheet.header_row, remarks, only_to_correct=only_to_correct)

    def fill(sink: BinaryIO) -> None:
        text = io.TextIOWrapper(sink, encoding=encoding, errors=policy, newline="")
        sink.write(mark)
        if changed:
            writer.write(_remembered(sheet, dialect), text)
        else:
            with book.path.open("rb", buffering=_BUFFER) as source:
                source.seek(len(mark))
                lines = io.TextIOWrapper(source, encoding=encoding, errors=policy, newline="")
                writer.write(lines, text)
        text.flush()
        text.detach()

    return fill


class _Writer:
    """Writes the records of one file, one after another."""

    def __init__(
        self, dialect: Dialect, encoding: str, header_row: int, remarks: Remarks, *, only_to_correct: bool
    ) -> None:
        self._dialect = dialect
        self._encoding = encoding
        self._header_row = header_row
        self._remarks = remarks
        self._only_to_correct = only_to_correct
        # With this line end, either character of it is put between quotes on every version of Python.
        self._writer = csv.writer(_Same(), delimiter=dialect.delimiter, lineterminator="\r\n")
        self._ends = dialect.line_end if only_to_correct else ""

    def write(self, lines: Iterator[str], sink: TextIO) -> None:
        first = next(lines, "")
        if _INSTRUCTION.fullmatch(first):
            sink.write(first)
            first = ""
        layout = _Layout(width=0, present=(None,) * len(OUR_HEADINGS))
        for record in _records(itertools.chain([first] if first else [], lines), self._dialect.delimiter):
            if record.number == self._header_row:
                layout = _layout(record.cells)
                sink.write(self._joined(record, layout, OUR_HEADINGS))
            elif (remark := self._remarks.get(record.number)) is not None:
                sink.write(self._remarked(record, layout, remark))
            elif not self._only_to_correct:
                sink.write(record.body + record.end)

    def _remarked(self, record: _Record, layout: _Layout, remark: Remark) -> str:
        ours = (remark.status, encodable(remark.error, self._encoding), remark.id)
        return self._joined(record, layout, ours)

    def _joined(self, record: _Record, layout: _Layout, ours: Sequence[str]) -> str:
        end = record.end or self._ends
        if layout.all_appended and len(record.cells) == layout.width:
            return record.body + self._dialect.delimiter + self._text(ours) + end
        return self._text(layout.placed(record.cells, ours)) + end

    def _text(self, cells: Sequence[str]) -> str:
        text: str = self._writer.writerow(cells)
        return text[:-2]


def _records(lines: Iterable[str], delimiter: str) -> Iterator[_Record]:
    """The records, numbered from 1, blank ones included."""
    csv.field_size_limit(_LONGEST_CELL)
    taken: list[str] = []

    def kept() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    for number, cells in enumerate(csv.reader(kept(), delimiter=delimiter), start=1):
        text = "".join(taken)
        taken.clear()
        length = len(text) - (text.endswith(("\n", "\r")) + text.endswith("\r\n"))
        yield _Record(number, cells, text[:length], text[length:])


def _layout(headings: Sequence[str]) -> _Layout:
    folded = [folded_heading(heading) for heading in headings]
    ours = (folded_heading(heading) for heading in OUR_HEADINGS)
    return _Layout(width=len(headings), present=tuple(folded.index(name) if name in folded else None for name in ours))


def _head(book: Book) -> bytes:
    with book.path.open("rb") as source:
        return source.read(4)


def _encoding(head: bytes, encoding: str) -> tuple[bytes, str]:
    """The byte order mark that the file begins with, and the encoding of what comes after it."""
    name = codecs.lookup(encoding).name
    for mark, marked in _MARKS:
        if head.startswith(mark) and _UNMARKED.get(name, name)[:6] == marked[:6]:
            return mark, marked
    return b"", _UNMARKED.get(name, name)


def _remembered(sheet: Sheet, dialect: Dialect) -> Iterator[str]:
    """The file written anew from the cells that were read: the columns that are imported, on their rows."""
    writer = csv.writer(_Same(), delimiter=dialect.delimiter, lineterminator="\r\n")
    end = dialect.line_end
    row = 1
    headings = [sheet.column(str(name)).heading for name in sheet.cells.columns]
    rows = zip(sheet.cells.index, sheet.cells.itertuples(index=False, name=None), strict=True)
    for number, cells in itertools.chain([(sheet.header_row, headings)], rows):
        yield from [end] * (number - row)
        row = number + 1
        text: str = writer.writerow(["" if cell is None else cell for cell in cells])
        yield text[:-2] + end
