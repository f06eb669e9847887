"""Quotes in a CSV that do not close where they should: texts that go on after one, and cells that took in rows."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Final

from importer.derive.cells import Reader, reader_of
from importer.derive.columns import letter
from importer.entities import Kind
from importer.load.text import LINE_END
from importer.model import Dialect, Sheet
from importer.problems import Code, Problem

_SHORT: Final = frozenset({Kind.TEXT, Kind.WEB_ADDRESS})
_TEXTS: Final = _SHORT | {Kind.BODY}
_MANY: Final = 1000
_ONE_OF: Final = 10
"""Where more bodies than that, or than one of so many, have several lines, they have them each between quotes of
its own: a quote that was forgotten then shows by the text after the next one, and they need not be looked through."""
_SURE: Final = 2
"""Cells that are neither blank nor text, and right for their columns, that make lines look like rows."""


class Watch:
    """Looks at the lines of each record again, for a text that goes on after the quote that closes it.

    `astray` has the first line of each such record by its number, `begun` the first line of the one that is next.
    """

    def __init__(self) -> None:
        self.astray: dict[int, int] = {}
        self.begun = 1
        self._lines: list[str] = []

    def over(self, lines: Iterable[str]) -> Iterator[str]:
        """The same lines."""
        for line in lines:
            self._lines.append(line)
            yield line

    def note(self, number: int, delimiter: str) -> None:
        """Look at the lines of the record that was read last."""
        if _goes_on(self._lines, delimiter):
            self.astray[number] = self.begun
        self.begun += len(self._lines)
        self._lines = []


def _goes_on(lines: Sequence[str], delimiter: str) -> bool:
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return True
    return False


def about_quotes(sheet: Sheet, dialect: Dialect, astray: Mapping[int, int]) -> Iterator[Problem]:
    """The problems of the rows; `astray` has the line on which each record begins in which a text goes on."""
    for row in sheet.cells.index.tolist() if astray else ():
        if row in astray:
            yield Problem(code=Code.TEXT_AFTER_QUOTE, place=sheet.place, row=row, details={"line": astray[row]})
    if dialect.heights or dialect.newline:
        yield from _about_rows_in_cells(sheet, dialect)


def _about_rows_in_cells(sheet: Sheet, dialect: Dialect) -> Iterator[Problem]:
    readers = _readers(sheet, dialect)
    for column in sheet.columns:
        if column.field is None or sheet.entity.field(column.field).kind not in _TEXTS:
            continue
        at = next(at for at in range(len(readers)) if letter(at) == column.letter)
        for row, cell in _of_several_lines(sheet, column.field):
            if _takes_in_rows(cell, at, readers, dialect.delimiter):
                yield Problem(code=Code.ROWS_IN_CELL, place=sheet.place, row=row, column=column, value=cell)


def _of_several_lines(sheet: Sheet, name: str) -> Sequence[tuple[int, str]]:
    """The rows of a field's cells that have several lines, and those cells; none of bodies if they have so many."""
    cells: list[str | None] = sheet.cells[name].tolist()
    most = len(cells)
    if sheet.entity.field(name).kind is Kind.BODY:
        most = max(_MANY, most // _ONE_OF)
    elif not _has_lines("".join(filter(None, cells))):
        return ()
    rows = zip(sheet.cells.index.tolist(), cells, strict=True)
    found = tuple(islice(((row, cell) for row, cell in rows if cell and _has_lines(cell)), most + 1))
    return found if len(found) <= most else ()


def _has_lines(text: str) -> bool:
    return "\n" in text or "\r" in text


def _readers(sheet: Sheet, dialect: Dialect) -> list[Reader | None]:
    """For each column what reads its cells; None for texts, which may be anything."""
    width = dialect.widths[max(number for number in dialect.widths if number <= sheet.header_row)]
    fields = {column.letter: column.field for column in sheet.columns if column.field}
    kept = [sheet.entity.field(fields[letter(at)]) if letter(at) in fields else None for at in range(width)]
    return [reader_of(field) if field and field.kind not in _TEXTS else None for field in kept]


def _takes_in_rows(cell: str, at: int, readers: Sequence[Reader | None], delimiter: str) -> bool:
    """Whether on some line a row ends and on the next another one begins, as their cells show."""
    after = len(readers) - at - 1
    for above, below in pairwise(LINE_END.split(cell)):
        ending, beginning = above.split(delimiter), below.split(delimiter)
        if len(ending) > after and len(beginning) > 1:
            found = _fitting(ending[len(ending) - after :], readers[at + 1 :]), _fitting(beginning, readers)
            if min(found) >= 0 and sum(found) >= _SURE:
                return True
    return False


def _fitting(cells: Sequence[str], readers: Sequence[Reader | None]) -> int:
    """How many cells are right for columns that are no text; -1 where one is wrong."""
    readings = [read(cell.strip().strip('"')) for cell, read in zip(cells, readers, strict=False) if read]
    if any(reading.code for reading in readings):
        return -1
    return sum(reading.value is not None for reading in readings)
