"""Small imports for the simulation: prepared once a process, as preparing takes longer than a simulated hour."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from importer.derive.columns import columns_of
from importer.entities import COURSE as COURSES
from importer.entities import LESSON, SECTION, Entity
from importer.model import Book, Format, RowKey, Sheet
from importer.normalise import normalise
from importer.prepare import Prepared
from importer.problems import Place
from importer.report.targets import Places

COURSE = 101
ACADEMY = "Academy"
"""The title of the course that some imports bring with them."""
SHAPES = 40

NaturalKey = tuple[str, str, str]
"""Kind, title of the section (empty for sections and loose lessons), title."""


@dataclass(frozen=True)
class Import:
    """A prepared import and the natural key of each of its rows."""

    prepared: Prepared
    keys: dict[RowKey, NaturalKey]
    twice: bool
    """Whether some natural key has several rows, which are wanted."""
    has_course: bool = False
    """Whether it brings its course with it."""


@cache
def shape(number: int, edition: int = 0, *, has_course: bool = False) -> Import:
    """The import of that number; later editions are the same sheet after somebody worked on it.

    Its rows name their course by its number, or by the title that its own row gives it.
    """
    chance = random.Random(number)
    twice = number % 4 == 3
    sections = [f"Week {n}" for n in range(chance.randint(1, 4))]
    names = [f"Lesson {n}" for n in range(9)]
    lessons = [(chance.choice([*sections, ""]), chance.choice(names)) for _ in range(chance.randint(1, 12))]
    first = 1
    if edition:
        hand = random.Random(f"{number} {edition}")
        sections = [*sections, "Week 9"] if hand.random() < 0.5 else sections
        more = [(hand.choice([*sections, ""]), hand.choice(names)) for _ in range(3)]
        lessons = [*hand.sample(lessons, k=hand.randint(1, len(lessons))), *more]
        first = hand.choice((1, 1, 5))
    lessons = [*lessons, *lessons[:3]] if twice else list(dict.fromkeys(lessons))
    name = f"shape {number}, edition {edition}"
    return _prepared(name, sections, lessons, first, twice=twice, has_course=has_course)


def _prepared(
    name: str,
    sections: Sequence[str],
    lessons: Sequence[tuple[str, str]],
    first: int,
    *,
    twice: bool,
    has_course: bool,
) -> Import:
    course: object = ACADEMY if has_course else COURSE
    above = "Course" if has_course else "CourseId"
    section_rows: list[list[object]] = [
        [course, title, order, "Immediate", True] for order, title in enumerate(sections, first)
    ]
    lesson_rows: list[list[object]] = [
        [course, section or None, title, order, "Immediate", "Button", True]
        for order, (section, title) in zip(_orders(len(lessons), first, alike=twice), lessons, strict=True)
    ]
    headings = [above, "Title", "DisplayOrder", "UnlockType", "Active"]
    more = [above, "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active"]
    sheets: tuple[Sheet, ...] = (_sheet(SECTION, headings, section_rows), _sheet(LESSON, more, lesson_rows))
    if has_course:
        whole = ["BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "Active"]
        sheets = (_sheet(COURSES, whole, [[1, 301, ACADEMY, first, "Public", True]]), *sheets)
    tables = tuple(normalise(sheet, {}) for sheet in sheets)
    book = Book(path=Path("course.xlsx"), name="course.xlsx", format=Format.XLSX, sha256=name, sheets=sheets)
    prepared = Prepared(
        books=(book,), places=Places(targets=(), taken=frozenset()), tables=tables, found={}, problems=()
    )
    keys: dict[RowKey, NaturalKey] = {table.key(2): (COURSES.kind, "", ACADEMY) for table in tables[:-2]}
    keys |= {tables[-2].key(row): (SECTION.kind, "", title) for row, title in enumerate(sections, 2)}
    keys |= {tables[-1].key(row): (LESSON.kind, *names) for row, names in enumerate(lessons, 2)}
    return Import(prepared=prepared, keys=keys, twice=twice, has_course=has_course)


def _orders(count: int, first: int, *, alike: bool) -> list[int]:
    """The places of lessons; alike, so that nothing tells the records of equal rows apart."""
    return [first] * count if alike else list(range(first, first + count))


def _sheet(entity: Entity, headings: list[str], rows: list[list[object]]) -> Sheet:
    columns = tuple(column for column in columns_of(headings, entity) if column is not None)
    names = [column.field or "" for column in columns]
    cells = pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="row"), columns=names, dtype=object)
    place = Place(file="course.xlsx", sheet=entity.sheet)
    return Sheet(place=place, entity=entity, columns=columns, header_row=1, cells=cells, blank_rows=0)
