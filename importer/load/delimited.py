"""A CSV file, streamed: one record at a time, numbered as Excel numbers its rows."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Final, TextIO

from importer.errors import EmptyFileError, NotASpreadsheetError
from importer.load.beside import without_beside
from importer.load.codepages import page_name
from importer.load.limits import longest_piece, too_long, within
from importer.load.passing import Passing
from importer.load.quotes import Watch, about_quotes
from importer.load.sheets import Wanted, read_sheet
from importer.load.text import (
    LINE_END,
    code_page,
    instruction,
    is_mostly_utf8,
    is_utf8,
    likely_encoding,
    line_end,
    tell_delimiter,
    undecodable,
)
from importer.model import Dialect, Sheet
from importer.problems import LONGEST_QUOTE, Code, Problem

_HEAD: Final = 2**16
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]\w*")
_WORD_BEFORE: Final = re.compile(r"\w*\Z")
_SEVERAL: Final = ("\n\r\n", "\r\r\n", "\n\n", "\r\r", "\n\r")
"""What ends a line of which the csv module does not see that it is two; the latter three only at the end of a file."""
_END: Final = "\N{END OF TRANSMISSION}"
"""Comes after the last line: where it ends up inside a cell, a quote was never closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a CSV file holds, how it is written, and the SHA-256 of the bytes that were read."""

    sheet: Sheet
    dialect: Dialect
    sha256: str


def load_text(path: Path, head: bytes, wanted: Wanted, *, encoding: str | None, delimiter: str | None) -> Text:
    """Read a CSV file that begins with these bytes. Raises a `FileError` where it cannot be used as a whole."""
    # The standard limit of 131,072 characters is less than one embedded picture; a C long has 32 bits on Windows.
    csv.field_size_limit(longest_piece(wanted.limits))
    chosen = encoding or likely_encoding(head, wanted.file)
    try:
        return _load_encoded(path, chosen, wanted, delimiter)
    except UnicodeError:
        if encoding is not None:
            raise undecodable(path, chosen, wanted.file) from None
    try:
        return _load_damaged(path, chosen, wanted, delimiter)
    except UnicodeError:
        raise undecodable(path, chosen, wanted.file) from None


def _load_damaged(path: Path, encoding: str, wanted: Wanted, delimiter: str | None) -> Text:
    """Read a text that is not wholly in an encoding: the cells with what is not keep it, so that their rows are told.

    If it is hardly UTF-8 at all, it is in one of the encodings from before.
    """
    if encoding != "utf-8" or is_mostly_utf8(path):
        kept = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
        return _load_encoded(path, encoding, wanted, delimiter, errors=kept)
    page = code_page(path)
    text = _load_encoded(path, page, wanted, delimiter)
    details = {"encoding": page_name(page)}
    place, value = text.sheet.place, _beyond_ascii(path, page)
    guessed = Problem(code=Code.ENCODING_GUESSED, place=place, value=value, details=details)
    return replace(text, sheet=replace(text.sheet, problems=(guessed, *text.sheet.problems)))


def _beyond_ascii(path: Path, page: str) -> str:
    """The first word of a text that another encoding would make something else of."""
    with path.open(encoding=page, newline="") as file:
        line, found = next((line, found) for line in file if (found := _BEYOND_ASCII.search(line)))
    # Looked for in what is shown at most: a long word would be tried at each of its letters.
    before = _WORD_BEFORE.search(line[max(0, found.start() - LONGEST_QUOTE) : found.start()])
    return (before[0] if before else "") + found[0]


def _load_encoded(path: Path, encoding: str, wanted: Wanted, delimiter: str | None, *, errors: str = "strict") -> Text:
    try:
        return _load_records(path, encoding, wanted, delimiter, errors, None)
    except csv.Error:
        watch = Watch()
    try:
        return _load_records(path, encoding, wanted, delimiter, errors, watch)
    except csv.Error:
        what = f"a cell that begins on line {watch.begun} or soon after it has a text"
        raise too_long(wanted.file, what, csv.field_size_limit()) from None


def _load_records(
    path: Path, encoding: str, wanted: Wanted, delimiter: str | None, errors: str, watch: Watch | None
) -> Text:
    """Read all records. Raises `csv.Error` where something is astray and nobody watches."""
    heights: dict[int, int] = {}
    widths: dict[int, int] = {}
    dialect, start = _dialect(path, encoding, delimiter, errors)
    dialect = replace(dialect, newline="" if watch else dialect.newline, heights=heights, widths=widths)
    with (
        Passing(path, wanted.file, longest_piece(wanted.limits)) as passing,
        TextIOWrapper(passing, encoding=encoding, errors=errors, newline=dialect.newline) as file,
    ):
        file.read(start)
        lines = _lines(file) if dialect.newline else file
        records = _records(lines, dialect.delimiter, heights, widths, watch, wanted.file)
        sheet = read_sheet(within(records, wanted.file, wanted.limits), wanted.place(None), wanted, ragged=True)
    if sheet is None:
        raise EmptyFileError(wanted.file, "the file is empty")
    astray = watch.astray if watch else {}
    if not wanted.tolerant:
        # A cell of several lines may have taken in whole rows.
        sheet = without_beside(sheet, kept=heights.keys() | astray.keys())
    problems = (*sheet.problems, *about_quotes(sheet, dialect, astray))
    is_clean = passing.is_clean and errors == "strict" and is_utf8(encoding)
    sheet = replace(sheet, problems=problems, is_clean=is_clean)
    return Text(sheet=sheet, dialect=dialect, sha256=passing.digest.hexdigest())


def _dialect(path: Path, encoding: str, delimiter: str | None, errors: str) -> tuple[Dialect, int]:
    """How a text is written, and how many characters of it only say so."""
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        head = file.read(_HEAD)
    ordered = instruction(head)
    start = ordered[1] if ordered else 0
    delimiter = delimiter or (ordered[0] if ordered else tell_delimiter(head))
    end = line_end(head[start:])
    # Excel ends rows with both characters, and lines inside of cells with one: most of them then take no time.
    newline = end if end == line_end(head) == "\r\n" else ""
    return Dialect(encoding=encoding, delimiter=delimiter, line_end=end, newline=newline), start


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a file that end in both characters. Raises `csv.Error` where others stand among them."""
    most = csv.field_size_limit()
    while line := file.readline(most):
        if len(line) == most or line.endswith(_SEVERAL):
            raise csv.Error
        yield line


def _records(
    lines: Iterable[str],
    delimiter: str,
    heights: dict[int, int],
    widths: dict[int, int],
    watch: Watch | None,
    name: str,
) -> Iterator[list[str]]:
    """The records; what a `Dialect` says of their heights and widths is noted on the way."""
    source = chain(lines, [_END])
    reader = csv.reader(watch.over(source) if watch else source, delimiter=delimiter, strict=watch is None)
    ahead: list[str] | None = None
    width = read = 0
    for number, row in enumerate(reader, start=1):
        if ahead is not None:
            yield ahead
        ahead = row
        if len(row) != width:
            width = widths[number] = len(row)
        if reader.line_num != read + 1:
            heights[number] = reader.line_num - read
        read = reader.line_num
        if watch:
            watch.note(number, delimiter)
    if ahead != [_END]:
        if watch is None:
            raise csv.Error
        raise _unclosed(ahead[-1] if ahead else "", reader.line_num, name)


def _unclosed(cell: str, lines: int, name: str) -> NotASpreadsheetError:
    """A cell that swallowed the rest of the file: the line on which its quote stands is counted back from the end."""
    text = cell.removesuffix(_END)
    ends = len(LINE_END.findall(text))
    begin = lines - ends - (0 if text.endswith(("\n", "\r")) else 1)
    return NotASpreadsheetError(
        name,
        f'a quote (") that opens on line {begin} is never closed; close it, or double it if it belongs to the text',
    )
