"""Rows of raw cells become a `Sheet`: the header matched, blank rows left out, each cell as it is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import compress, islice, zip_longest
from typing import Final

from importer.derive.columns import (
    NOTHING_GIVEN,
    Given,
    columns_of,
    first_of_each,
    folded_heading,
    headings_of,
    is_known,
    is_ours,
    kind_of,
    letter,
    likeliest_kind,
    nearest_field,
)
from importer.derive.longest import NEARLY
from importer.derive.lookalikes import lookalikes
from importer.entities import Entity, entity
from importer.errors import HeadingError
from importer.load.cells import Cells, Cleaner, are_filled, cleaned, is_blank_row
from importer.load.frames import frame
from importer.load.header import Header, find_header
from importer.load.headings import found, named, refuse_bad_headings, refuse_quoted_headings
from importer.load.limits import DEFAULT_LIMITS, cut_cells, long_cells
from importer.model import Sheet
from importer.problems import Code, Column, Place, Problem, did_you_mean, quoted
from importer.settings import FileLimits

_CHUNK: Final = 256
"""Rows turned into columns at a time: so few that they are gone before the garbage collector has to look at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the caller said about a file: its name, the kind of a single sheet, the fields options provide.

    `among` is what tells it from the other files of a command.
    `given` are the headings of a mapping file. `chosen` has the kinds of the sheets to import, by their names, where
    not those that are called after their kinds. `tolerant` reads what can be read of a sheet whose headings could not
    be imported, for somebody who is about to map them; `partial` takes a sheet that holds no more than what changes.
    """

    file: str
    among: str = ""
    kind: str | None = None
    provided: frozenset[str] = frozenset()
    given: Given = field(default_factory=lambda: NOTHING_GIVEN)
    tolerant: bool = False
    partial: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)
    limits: FileLimits = DEFAULT_LIMITS

    def place(self, sheet: str | None) -> Place:
        """A sheet of the file, or the CSV itself."""
        return Place(file=self.file, sheet=sheet, among=self.among)


@dataclass(slots=True)
class _Gathered:
    """What was found under the headings so far."""

    cells: dict[str, list[object]]
    rows: list[int] = field(default_factory=list)
    blank_rows: int = 0
    unheaded: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_sheet(
    rows: Iterable[Cells], place: Place, wanted: Wanted, *, entity_of_sheet: Entity | None = None, ragged: bool = False
) -> Sheet | None:
    """Read a sheet's rows, numbered from 1; None where it holds nothing at all.

    `ragged` is true for a file whose rows have a length of their own, so that too long and too short ones are
    noticed. Raises `HeadingError` for headings that cannot be used.
    """
    told = entity_of_sheet or (entity(wanted.kind) if wanted.kind else None)
    header = find_header(rows, told, wanted.given, wanted.provided)
    if header is None:
        return None
    if place.sheet is None:
        refuse_quoted_headings(header.headings, place)
    chosen = told or _chosen(header, place, wanted)
    columns = columns_of(header.headings, chosen, wanted.given)
    if wanted.tolerant:
        columns = first_of_each(columns)
    else:
        refuse_bad_headings(columns, chosen, place, header.row, wanted.provided, partial=wanted.partial)
    gathered = _gather(header, columns, chosen, place, ragged=ragged, most=wanted.limits.max_characters)
    return Sheet(
        place=place,
        entity=chosen,
        columns=tuple(column for column in columns if column is not None),
        header_row=header.row,
        cells=frame(gathered.cells, gathered.rows),
        blank_rows=gathered.blank_rows,
        problems=(
            *_about_rows_above(header, place),
            *_about_columns(columns, chosen, place, gathered, header.row, wanted.given),
            *gathered.problems,
        ),
    )


def _chosen(header: Header, place: Place, wanted: Wanted) -> Entity:
    """The entity of a sheet that nobody said the kind of, told by its columns."""
    headings = header.headings
    chosen = kind_of(headings, wanted.provided, wanted.given, partial=wanted.partial)
    if chosen is not None:
        return chosen
    if wanted.tolerant:
        return likeliest_kind(headings)
    if not any(is_known(heading) for heading in headings if heading):
        where = "its first row" if header.row == 1 else f"row {header.row}"
        raise HeadingError(
            named(place),
            f"none of the headings in {where} is known ({found(filter(None, headings))}); "
            "name the columns as importer template does, or map them: importer check FILE --suggest-mapping",
        )
    there = found(filter(None, headings), header.row)
    raise HeadingError(
        named(place),
        f"it cannot be told whether it holds courses, sections or lessons ({there}); "
        "say it with --kind courses, --kind sections or --kind lessons",
    )


def _gather(
    header: Header,
    columns: Sequence[Column | None],
    chosen: Entity,
    place: Place,
    *,
    ragged: bool,
    most: int,
) -> _Gathered:
    held = {at: column.field for at, column in enumerate(columns) if column is not None and column.field}
    cleaners = {at: Cleaner(chosen.field(name), text=ragged) for at, name in held.items()}
    blank = "" if ragged else None
    gathered = _Gathered(cells={name: [] for name in held.values()})
    next_row = header.row + 1
    while rows := list(islice(header.below, _CHUNK)):
        numbers: Sequence[int] = range(next_row, next_row + len(rows))
        next_row += len(rows)
        filled = are_filled(rows)
        if not all(filled):
            gathered.blank_rows += filled.count(False)
            numbers, rows = list(compress(numbers, filled)), list(compress(rows, filled))
        gathered.rows.extend(numbers)
        if ragged:
            _note_ragged(numbers, rows, columns, place, gathered)
        cells_of = list(zip_longest(*rows, fillvalue=blank))
        for at, name in held.items():
            raw = cells_of[at] if at < len(cells_of) else (blank,) * len(rows)
            gathered.cells[name].extend(cleaners[at].cleaned(raw))
        _note_unheaded(cells_of[: len(columns)] if ragged else cells_of, columns, gathered)
    for at, name in held.items():
        cells = gathered.cells[name]
        longest = cleaners[at].longest(cells)
        if longest > most:
            gathered.problems.extend(long_cells(gathered.rows, cells, columns[at], place, most))
        if longest > NEARLY:
            gathered.problems.extend(cut_cells(gathered.rows, cells, columns[at], place))
    return gathered


def _note_ragged(
    numbers: Sequence[int],
    rows: Sequence[Cells],
    columns: Sequence[Column | None],
    place: Place,
    gathered: _Gathered,
) -> None:
    """Note the rows that have cells beyond the header, or end before the last heading."""
    widest = len(columns)
    if set(map(len, rows)) == {widest}:
        return
    needed = max(at for at, column in enumerate(columns) if column is not None) + 1
    for number, row in zip(numbers, rows, strict=True):
        if needed <= len(row) <= widest:
            continue
        if len(row) < needed:
            code = Code.TOO_FEW_CELLS
        elif is_blank_row(row[widest:]):
            continue
        else:
            code = Code.TOO_MANY_CELLS
        details = {"cells": len(row), "headings": needed}
        gathered.problems.append(Problem(code=code, place=place, row=number, details=details))


def _note_unheaded(cells_of: Sequence[Iterable[object]], columns: Sequence[Column | None], gathered: _Gathered) -> None:
    for at, cells in enumerate(cells_of):
        if (at >= len(columns) or columns[at] is None) and any(cleaned(cell) is not None for cell in cells):
            gathered.unheaded.add(at)


def _about_rows_above(header: Header, place: Place) -> Iterator[Problem]:
    if header.rows_above:
        yield Problem(code=Code.HEADINGS_BELOW, place=place, details={"header_row": header.row})


def _about_columns(
    columns: Sequence[Column | None],
    chosen: Entity,
    place: Place,
    gathered: _Gathered,
    header_row: int,
    given: Given,
) -> Iterator[Problem]:
    left_out = given.get(chosen.kind, {})
    taken = {column.field for column in columns if column is not None and column.field}
    for at in range(max(len(columns), max(gathered.unheaded, default=0) + 1)):
        column = columns[at] if at < len(columns) else None
        if at in gathered.unheaded:
            details = {"letter": letter(at), "header_row": header_row}
            yield Problem(code=Code.COLUMN_WITHOUT_HEADING, place=place, details=details)
        elif column is not None and folded_heading(column.heading) not in left_out:
            yield from _about_heading(column, chosen, place, taken)


def _about_heading(column: Column, chosen: Entity, place: Place, taken: Set[str]) -> Iterator[Problem]:
    heading = column.heading
    if column.field is not None:
        if folded_heading(heading) not in headings_of(chosen):
            details = {"letters": ", ".join(map(quoted, lookalikes(heading))), "field": column.field}
            yield Problem(code=Code.LOOKALIKE_HEADING, place=place, column=column, value=heading, details=details)
    elif not is_ours(heading):
        near = did_you_mean(nearest_field(heading, chosen, taken))
        details = {"did_you_mean": near}
        yield Problem(code=Code.UNKNOWN_COLUMN, place=place, column=column, value=heading, details=details)
