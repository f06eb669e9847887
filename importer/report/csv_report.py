"""Give a CSV back as it came, byte for byte, with our three columns on every data row.

The file is read again line by line; the loader noted how many of them make up a record. What a record looks like
is kept as it is, so that its quotes, line breaks and line end go back untouched; only a record that our cells cannot
simply follow is taken apart and written anew.
"""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final, NamedTuple, TextIO

from importer.derive.columns import folded_heading
from importer.entities import OUR_HEADINGS
from importer.model import Book, Dialect, Sheet
from importer.problems import Column
from importer.report.remarks import Remarks
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
_INSTRUCTION: Final = re.compile(r'"?sep=(.)"?\1*(?:\r\n|\n|\r)?', re.IGNORECASE)
"""A first line that tells Excel the delimiter; it is not counted as a row."""

_BYTES: Final = "latin-1"
"""Gives each byte as one character and back. So bytes can be handled as lines of text that nobody has to decode."""

_LIKE_ASCII: Final = re.compile(r"utf-8|ascii|cp\d+|iso8859-\d+|koi8-.|mac-.*")
"""Encodings in which a byte that is a line end in ASCII is never anything else."""

_LONGEST_CELL: Final = 2**31 - 1
"""The most that the csv module can be told on every system."""

_BUFFER: Final = 2**20


class _Record(NamedTuple):
    number: int
    width: int
    """How many cells it has."""
    text: str
    """As it stands, with its line end: as a `_Script` holds it."""


class _Same:
    """A file whose `write` gives the text back: then so does a csv writer's `writerow`."""

    @staticmethod
    def write(text: str) -> str:
        return text


class _Script:
    """How a file's lines are held while they are copied: undecoded where its encoding allows that."""

    def __init__(self, encoding: str) -> None:
        as_bytes = _LIKE_ASCII.fullmatch(encoding) and "\r\n".encode(encoding) == b"\r\n"
        self._errors = "surrogatepass" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
        self._encoding = encoding
        self._held = _BYTES if as_bytes else encoding

    def opened(self, file: BinaryIO, newline: str = "") -> io.TextIOWrapper:
        """A file of such lines."""
        return io.TextIOWrapper(file, encoding=self._held, errors=self._errors, newline=newline)

    def held(self, text: str) -> str:
        """A text of ours as it is held."""
        return text.encode(self._encoding, self._errors).decode(_BYTES) if self._held is _BYTES else text

    def read(self, held: str) -> str:
        """The text that is held."""
        return held.encode(_BYTES).decode(self._encoding, self._errors) if self._held is _BYTES else held


@dataclass(frozen=True, slots=True)
class _Layout:
    """The headings as they are compared, and which of our columns stand among them already."""

    headings: Sequence[str]
    present: tuple[int | None, ...]

    @property
    def width(self) -> int:
        """How many cells the header has."""
        return len(self.headings)

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
    script = _Script(encoding)
    known = replace(dialect, heights={}, widths={1: len(sheet.cells.columns)}) if changed else dialect
    writer = _Writer(known, encoding, script, sheet, remarks, only_to_correct=only_to_correct)

    def fill(sink: BinaryIO) -> None:
        sink.write(mark)
        text = script.opened(sink)
        if changed:
            writer.write(map(script.held, _remembered(sheet, dialect)), text)
        else:
            with book.path.open("rb", buffering=_BUFFER) as source:
                source.seek(len(mark))
                lines = script.opened(source, dialect.newline)
                writer.write(lines, text)
        text.flush()
        text.detach()

    return fill


class _Writer:
    """Writes the records of one file, one after another."""

    def __init__(
        self,
        dialect: Dialect,
        encoding: str,
        script: _Script,
        sheet: Sheet,
        remarks: Remarks,
        *,
        only_to_correct: bool,
    ) -> None:
        self._dialect = dialect
        self._encoding = encoding
        self._script = script
        self._sheet = sheet
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
        sink.writelines(self._written(_records(itertools.chain([first] if first else [], lines), self._dialect)))

    def _written(self, records: Iterator[_Record]) -> Iterator[str]:
        layout = _Layout(headings=(), present=(None,) * len(OUR_HEADINGS))
        for record in records:
            if (remark := self._remarks.get(record.number)) is not None:
                words = remark.words(self._sheet) if self._only_to_correct else ()
                answered = self._marked(record, layout, words) if words else record
                ours = (remark.status, encodable(remark.error, self._encoding), remark.id)
                yield self._joined(answered, layout, ours)
            elif record.number == self._sheet.header_row:
                layout = _layout(self._cells(record))
                yield self._joined(record, layout, OUR_HEADINGS)
            elif not self._only_to_correct:
                yield record.text

    def _joined(self, record: _Record, layout: _Layout, ours: Sequence[str]) -> str:
        body = record.text.rstrip("\r\n")
        end = record.text[len(body) :] or self._ends
        if layout.all_appended and record.width == layout.width:
            return body + self._dialect.delimiter + self._text(ours) + end
        return self._text(layout.placed(self._cells(record), ours)) + end

    def _marked(self, record: _Record, layout: _Layout, words: Sequence[tuple[Column, str]]) -> _Record:
        """The record with words of ours in some of its cells."""
        cells = self._cells(record)
        cells += [""] * (layout.width - len(cells))
        for column, word in words:
            cells[layout.headings.index(folded_heading(column.heading))] = word
        return _Record(record.number, len(cells), self._text(cells) + self._dialect.line_end)

    def _cells(self, record: _Record) -> list[str]:
        return next(csv.reader((self._script.read(record.text),), delimiter=self._dialect.delimiter))

    def _text(self, cells: Sequence[str]) -> str:
        text: str = self._writer.writerow(cells)
        return self._script.held(text[:-2])


def _records(lines: Iterator[str], dialect: Dialect) -> Iterator[_Record]:
    """The records, numbered from 1, blank ones included."""
    csv.field_size_limit(_LONGEST_CELL)
    heights, widths = dialect.heights, dialect.widths
    width = 0
    for number, line in enumerate(lines, start=1):
        width = widths.get(number, width)
        height = heights.get(number, 1)
        yield _Record(number, width, line if height == 1 else line + "".join(itertools.islice(lines, height - 1)))


def _layout(headings: Sequence[str]) -> _Layout:
    folded = [folded_heading(heading) for heading in headings]
    ours = (folded_heading(heading) for heading in OUR_HEADINGS)
    return _Layout(headings=folded, present=tuple(folded.index(name) if name in folded else None for name in ours))


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
