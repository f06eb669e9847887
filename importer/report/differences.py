"""What changes, in words: old and new value of each cell, long texts shortened around their difference."""

from collections.abc import Iterable, Iterator
from typing import Final

from importer.entities import Entity, Field, Kind
from importer.languages import say
from importer.model import Change
from importer.problems import LONGEST_QUOTE, counted, quoted, shown
from importer.report.words import one_line

ARROW: Final = "→"
_AROUND: Final = 16
"""Characters before a difference that are shown with it."""
_EACH: Final = 5
"""Cells of a column that are shown; the report has the rest."""
_COLUMNS: Final = 20
_LONG: Final = (Kind.TEXT, Kind.BODY)


def in_words(change: Change, entity: Entity) -> str:
    """Old and new, such as `Immediate → Timed`."""
    field = entity.field(change.field)
    old, new = change.old, change.new
    if field.kind in _LONG and isinstance(old, str) and isinstance(new, str):
        old, new = around(old, new)
    return f"{_said(field, old)} {ARROW} {_said(field, new)}"


def with_heading(change: Change, entity: Entity) -> str:
    """As `in_words`, after the column's heading."""
    return f"{change.column.heading}: {in_words(change, entity)}"


def _said(field: Field, value: object) -> str:
    if value is None or value == "":
        return say("empty")
    if field.kind is Kind.YES_NO:
        return say("yes") if value else say("no")
    name = next((choice.name for choice in field.choices if choice.number == value), None)
    return name or (quoted(value) if field.kind in _LONG else shown(value))


def around(old: str, new: str) -> tuple[str, str]:
    """Two texts cut so that what differs is seen: a little of what they begin with alike, and what follows."""
    if max(len(old), len(new)) <= LONGEST_QUOTE:
        return old, new
    shorter = min(len(old), len(new))
    alike = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    start = max(0, alike - _AROUND)
    return _from(old, start), _from(new, start)


def _from(text: str, start: int) -> str:
    return f"…{text[start:]}" if start else text


Changed = tuple[str, Entity, Change, int]
"""A cell that changes: how messages call its place, the kind of its record, the change and the row."""


def grouped_lines(changed: Iterable[Changed], *, whole: bool = False) -> list[str]:
    """The changes by column, with the number of rows and the first of them, or all where `whole`."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for label, entity, change, row in changed:
        groups.setdefault(label, []).append((row, in_words(change, entity)))
    columns, each = (None, None) if whole else (_COLUMNS, _EACH)
    lines = [line for label, cells in list(groups.items())[:columns] for line in _group(label, cells, each)]
    left = 0 if whole else len(groups) - _COLUMNS
    more = ["  " + say("and {columns}: the report has them all", columns=counted(left, "further column"))]
    return lines + (more if left > 0 else [])


def _group(label: str, cells: list[tuple[int, str]], most: int | None) -> Iterator[str]:
    yield "  " + say("{where}: {cells} changed", where=one_line(label), cells=counted(len(cells), "cell"))
    for row, change in cells[:most]:
        yield "    " + say("row {row}", row=row) + f": {one_line(change)}"
    if most is not None and len(cells) > most:
        yield "    " + say("and {rows} more", rows=len(cells) - most)
