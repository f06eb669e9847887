"""The outline of the courses that an import would make, from its rows alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from importer.derive.keys import folded
from importer.entities import (
    ACTION,
    ACTIVE,
    COMPLETION_TYPE,
    COMPLETION_TYPES,
    COURSE_ID,
    COURSE_TITLE,
    DELETE,
    DISPLAY_ORDER,
    ENTITIES,
    ID,
    SECTION_ID,
    SECTION_TITLE,
    SKIP,
    TIMED,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
    Entity,
)
from importer.model import RowKey, Table
from importer.outline.model import Course, Outline, Part, arranged
from importer.outline.opening import NOT_KNOWN, unlock_of

_NAMES = (
    ID,
    COURSE_ID.name,
    COURSE_TITLE.name,
    SECTION_ID.name,
    SECTION_TITLE.name,
    TITLE.name,
    DISPLAY_ORDER,
    UNLOCK_TYPE.name,
    UNLOCK_AFTER_DAYS.name,
    COMPLETION_TYPE.name,
    ACTIVE.name,
)


_Name = int | str
"""What stands for a course or a section that rows name: its number, or its folded title."""


class _Row(NamedTuple):
    """What an outline needs of a row, in the order of `_NAMES`; None where the cell is blank, but for the title.

    A row that changes a record may say no more than what changes.
    """

    key: RowKey
    number: int | None
    course_number: int | None
    course_title: str | None
    section_number: int | None
    section_title: str | None
    title: str
    order: int | None
    unlock: int | None
    days: int | None
    completion: int | None
    active: bool | None

    @property
    def section(self) -> _Name | None:
        """What it says of its section: the folded title, or else the number."""
        return folded(self.section_title) if self.section_title else self.section_number

    @property
    def part(self) -> Part:
        is_told = self.unlock != TIMED.number or bool(self.days)
        completion = next((one for one in COMPLETION_TYPES if one.number == self.completion), None)
        return Part(
            title=self.title,
            unlock=unlock_of(self.unlock, self.days) if is_told else NOT_KNOWN,
            order=self.order,
            completion=completion,
            active=self.active,
            number=self.number,
            key=self.key,
        )


def outline_of_tables(tables: Sequence[Table], is_good: Callable[[RowKey], bool]) -> Outline:
    """The courses that the good rows tell of, in the order in which they are first named.

    A section that lessons name and no good row makes is there without its rule.
    """
    every = [list(_rows(tables, one)) for one in ENTITIES]
    good = [[row for row in rows if is_good(row.key)] for rows in every]
    courses, sections, lessons = good
    numbers = _numbers(good)
    made = [(row.number or _name(row.title, numbers), row) for row in courses]
    titles: dict[_Name, str] = {name: row.title for name, row in made if row.title}
    held: dict[_Name, tuple[list[_Row], list[_Row]]] = {name: ([], []) for name, _ in made}
    new = {name for name, _ in made if not isinstance(name, int)}
    for at, below in enumerate((sections, lessons)):
        for row in below:
            name = row.course_number or _name(row.course_title or "", numbers)
            held.setdefault(name, ([], []))[at].append(row)
            if row.course_title:
                titles.setdefault(name, row.course_title)
    return Outline(
        courses=tuple(
            Course(
                number=name if isinstance(name, int) else None,
                title=titles.get(name, ""),
                sections=arranged(_contents(*of)),
                is_new=name in new,
            )
            for name, of in held.items()
        ),
        left_out=sum(map(len, every)) - sum(map(len, good)),
    )


def _rows(tables: Sequence[Table], entity: Entity) -> Iterator[_Row]:
    """The rows of a kind, but for those that say themselves that they bring nothing."""
    for table in tables:
        if table.entity is entity:
            rows = table.rows[~table.rows[ACTION.name].isin((SKIP.number, DELETE.number)).astype(bool)]
            columns = [_values(rows[name]) if name in rows else [None] * len(rows) for name in _NAMES]
            columns[_NAMES.index(TITLE.name)] = rows[TITLE.name].fillna("").tolist()
            for number, *cells in zip(rows.index.tolist(), *columns, strict=True):
                yield _Row(table.key(number), *cells)


def _values(column: "pd.Series[Any]") -> list[Any]:
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _numbers(good: Sequence[Sequence[_Row]]) -> Mapping[str, int]:
    """The numbers of courses that any row tells, by folded title; the row of a course itself knows best."""
    courses, *below = good
    named = [(row.course_title, row.course_number) for rows in below for row in rows]
    told = [*named, *((row.title, row.number) for row in courses)]
    return {folded(title): number for title, number in told if title and number}


def _name(title: str, numbers: Mapping[str, int]) -> _Name:
    """What stands for a course that a row names by its title."""
    return numbers.get(folded(title), folded(title))


def _contents(sections: Sequence[_Row], lessons: Sequence[_Row]) -> list[tuple[Part | None, list[Part]]]:
    below: defaultdict[_Name | None, list[_Row]] = defaultdict(list)
    for lesson in _in_order(lessons):
        below[lesson.section].append(lesson)
    contents: list[tuple[Part | None, list[Part]]] = [
        (section.part, [one.part for one in _of(section, below)]) for section in _in_order(sections)
    ]
    loose = below.pop(None, [])
    contents += [(_elsewhere(some[0]), [one.part for one in some]) for some in below.values()]
    return [*contents, (None, [one.part for one in loose])] if loose else contents


def _of(section: _Row, below: dict[_Name | None, list[_Row]]) -> Sequence[_Row]:
    """The lessons that name a section, by its title or by its number; they are taken out of `below`."""
    by_number = below.pop(section.number, []) if section.number is not None else []
    by_title = below.pop(folded(section.title), [])
    return _in_order([*by_title, *by_number]) if by_number else by_title


def _in_order(rows: Sequence[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: row.order or 0)


def _elsewhere(lesson: _Row) -> Part:
    """The section that a lesson names, where no row makes it."""
    return Part(title=lesson.section_title or "", unlock=NOT_KNOWN, number=lesson.section_number)
