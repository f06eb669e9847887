"""How a report shows what became of a row: colours, widths, heights and the words of a note."""

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from importer.model import Outcome
from importer.problems import Column, Problem
from importer.report.words import cut, plain

GREEN: Final = "FFE2F0D9"
YELLOW: Final = "FFFFF2CC"
RED: Final = "FFF8CBAD"
GREY: Final = "FFEDEDED"
BLUE: Final = "FFDDEBF7"
COLOURS: Final = {
    Outcome.CREATED: GREEN,
    Outcome.UPDATED: GREEN,
    Outcome.DELETED: GREEN,
    Outcome.EXISTS: GREEN,
    Outcome.SKIPPED: GREEN,
    Outcome.INVALID: RED,
    Outcome.REJECTED: RED,
    Outcome.BLOCKED: RED,
    Outcome.FAILED: RED,
    Outcome.UNKNOWN: YELLOW,
    Outcome.PENDING: GREY,
}
BY_WEIGHT: Final = (BLUE, YELLOW, RED)
"""The colours of cells that change something, and of offending ones; the worst is the last."""
MARKS: Final = frozenset(BY_WEIGHT)

WIDTHS: Final = (14.0, 70.0, 14.0)
"""Of our columns, in characters."""
_FILLED: Final = 0.9
"""How much of a line words fill."""
LINE: Final = 15.0
_HIGHEST: Final = 300.0
"""Points: the height of a line, and the most that a row is given."""

AUTHOR: Final = "Importer"
HEAD: Final = "Import:\n"
"""What our part of a note begins with, so that the next report can take it out again."""
_LONGEST_NOTE: Final = 2_000
_CHARACTERS_A_LINE: Final = 45


def colour_of(problems: Iterable[Problem]) -> str:
    """The colour of a cell with problems."""
    return RED if any(problem.is_error for problem in problems) else YELLOW


def note(lines: Iterable[str]) -> str:
    """Our part of a cell's note."""
    return cut(HEAD + "\n".join(map(capitalised, map(plain, lines))), _LONGEST_NOTE)


def note_lines(text: str) -> int:
    """How many lines a note needs."""
    return sum(1 + len(line) // _CHARACTERS_A_LINE for line in text.split("\n"))


def height(message: str, width: float = WIDTHS[1]) -> float:
    """The height in points that a row needs for a message in a column; not every program finds it by itself."""
    lines = sum(math.ceil(max(1, len(line)) / (width * _FILLED)) for line in message.split("\n"))
    return min(_HIGHEST, LINE * lines)


class Mark(NamedTuple):
    """How a cell is marked: its colour, and what its note says."""

    colour: str
    lines: tuple[str, ...]


def by_letter(problems: Iterable[Problem], row: int, changes: Iterable[tuple[Column, str]] = ()) -> Mapping[str, Mark]:
    """The marks of a row's cells, those with problems and those that change something, by the letter of the column."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.column is not None and problem.column.letter is not None and problem.row == row:
            found.setdefault(problem.column.letter, []).append(problem)
    marks = {
        letter: Mark(colour_of(some), tuple(problem.finding for problem in some)) for letter, some in found.items()
    }
    for column, text in changes:
        if column.letter is not None:
            colour, lines = marks.get(column.letter, Mark(BLUE, ()))
            marks[column.letter] = Mark(colour, (*lines, text))
    return marks


def capitalised(text: str) -> str:
    """With a large first letter."""
    return text[:1].upper() + text[1:]
