"""Small imports for the simulation: prepared once a process, as preparing takes longer than a simulated hour."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from importer.derive.columns import columns_of
from importer.entities import LESSON, SECTION, Entity
from importer.model import Book, Format, RowKey, Sheet
from importer.normalise import normalise
from importer.prepare import Prepared
from importer.problems import Place
from importer.report.targets import Places
from importer.validate import validate

COURSE = 101
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


@cache
def shape(number: int, edition: int = 0) -> Import:
    """The import of that number; later editions are the same sheet after somebody worked on it."""
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
    return _prepared(f"shape {number}, edition {edition}", sections, lessons, first, twice=twice)


def _prepared(
    name: str, sections: Sequence[str], lessons: Sequence[tuple[str, str]], first: int, *, twice: bool
) -> Import:
    section_rows: list[list[object]] = [
        [COURSE, title, order, "Immediate", True] for order, title in enumerate(sections, first)
    ]
    lesson_rows: list[list[object]] = [
        [COURSE, section or None, title, order, "Immediate", "Button", True]
        for order, (section, title) in zip(_orders(len(lessons), first, alike=twice), lessons, strict=True)
    ]
    headings = ["CourseId", "Title", "DisplayOrder", "UnlockType", "Active"]
    more = ["CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active"]
    sheets = (_sheet(SECTION, headings, section_rows), _sheet(LESSON, more, lesson_rows))
    tables = tuple(normalise(sheet, {}) for sheet in sheets)
    assert not [one for one in validate(tables, allow_duplicates=True) if one.is_error]
    book = Book(path=Path("course.xlsx"), name="course.xlsx", format=Format.XLSX, sha256=name, sheets=sheets)
    prepared = Prepared(
        books=(book,), places=Places(targets=(), taken=frozenset()), tables=tables, found={}, problems=()
    )
    keys = {tables[0].key(row): (SECTION.kind, "", title) for row, title in enumerate(sections, 2)}
    keys |= {tables[1].key(row): (LESSON.kind, *names) for row, names in enumerate(lessons, 2)}
    return Import(prepared=prepared, keys=keys, twice=twice)


def _orders(count: int, first: int, *, alike: bool) -> list[int]:
    """The places of lessons; alike, so that nothing tells the records of equal rows apart."""
    return [first] * count if alike else list(range(first, first + count))


def _sheet(entity: Entity, headings: list[str], rows: list[list[object]]) -> Sheet:
    columns = tuple(column for column in columns_of(headings, entity) if column is not None)
    names = [column.field or "" for column in columns]
    cells = pd.DataFrame(rows, index=pd.RangeIndex(2, 2 + len(rows), name="row"), columns=names, dtype=object)
    place = Place(file="course.xlsx", sheet=entity.sheet)
    return Sheet(place=place, entity=entity, columns=columns, header_row=1, cells=cells, blank_rows=0)
