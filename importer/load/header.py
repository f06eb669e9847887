"""Where the headings of a sheet stand: in its first filled row, or below a title or a few remarks."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from importer.derive.columns import Given, columns_of, field_of, is_ours, missing
from importer.entities import ENTITIES, Entity
from importer.load.cells import Cells, cleaned, is_blank_row
from importer.model import FormulaCell

SEARCHED: Final = 20
"""Rows among which the headings are looked for."""

_ENOUGH: Final = 2
"""Known headings that make a row the one with the headings: a title may happen to be one of them."""

_LONGEST: Final = 100
"""Characters of a heading; longer texts are not looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The row of the headings, counted from 1, and the rows below it, which are still to be read."""

    row: int
    headings: tuple[str, ...]
    below: Iterator[Cells]
    rows_above: int
    """Filled rows above it, which are not imported."""


def find_header(
    rows: Iterable[Cells], entity: Entity | None, given: Given, provided: Set[str] = frozenset()
) -> Header | None:
    """Find the headings of an entity, or of any if it is not known yet; None where no row holds anything.

    The first row with all columns that are needed has them, or else the one with the most known headings: above them
    may stand another table, or headings of groups. Without one it is the first filled row that is more than a title.
    """
    coming = iter(rows)
    first = list(islice(coming, SEARCHED))
    filled = [at for at, row in enumerate(first) if not is_blank_row(row)]
    if not filled:
        # What is filled farther below cannot be told from headings by anything that stands above it.
        number, row = next(((n, row) for n, row in enumerate(coming, SEARCHED) if not is_blank_row(row)), (0, ()))
        return _header(number, row, coming, 0) if number else None
    entities = (entity,) if entity else ENTITIES
    at = _best([(at, first[at]) for at in filled], entities, given, provided)
    if at is None:
        at = next((at for at in filled if sum(map(bool, headings_in(first[at]))) > 1), filled[0])
    return _header(at, first[at], chain(first[at + 1 :], coming), filled.index(at))


def _best(
    rows: Sequence[tuple[int, Cells]], entities: Sequence[Entity], given: Given, provided: Set[str]
) -> int | None:
    """Where the row stands that has the headings; None where none has enough of them."""
    most, best = _ENOUGH - 1, None
    for at, row in rows:
        known = known_headings(row, entities, given)
        if known < _ENOUGH:
            continue
        headings = headings_in(row)
        if any(not missing(columns_of(headings, entity, given), entity, provided) for entity in entities):
            return at
        if known > most:
            most, best = known, at
    return best


def headings_in(row: Cells) -> tuple[str, ...]:
    """The cells of a row as headings: each run of white space one blank, empty where nobody knows what a cell shows."""
    return tuple(_heading(cleaned(cell)) for cell in row)


def _heading(cell: object) -> str:
    return "" if cell is None or isinstance(cell, FormulaCell) else " ".join(str(cell).split())


def known_headings(row: Cells, entities: Sequence[Entity] = ENTITIES, given: Given | None = None) -> int:
    """How many different headings of a row mean something, to an entity or to us."""
    known = {heading for heading in headings_in(row) if 0 < len(heading) <= _LONGEST}
    return sum(is_ours(word) or any(field_of(word, entity, given or {}) for entity in entities) for word in known)


def _header(at: int, row: Cells, below: Iterator[Cells], rows_above: int) -> Header:
    return Header(row=at + 1, headings=headings_in(row), below=below, rows_above=rows_above)
