"""Sections and lessons in one sheet: what is told apart, and what is asked."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.combined import parts_of
from importer.entities import LESSON, SECTION
from importer.model import Sheet
from importer.problems import Code, Place, Problem
from tests.builders import sheet_of

HEADINGS = ["CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType"]
WEEK = [101, "Week 1", None, 1, "Immediate", None]
KEYS = [101, "Week 1", "Keys", 1, "Immediate", "Button"]
OTHER = [101, "Week 2", None, 2, "Timed", None]
LOOSE = [101, None, "Tour", 2, "Immediate", "Button"]


def sheet(*rows: Sequence[object]) -> Sheet:
    return sheet_of([HEADINGS, *rows], Place(file="a.xlsx", sheet="Plan"))


def test_a_row_with_only_a_sections_title_is_a_section() -> None:
    sections, lessons = parts_of(
        sheet(WEEK, KEYS, [101, "Week 2", None, 2, "Timed", None], [101, " Week  2", *KEYS[2:]])
    )
    assert (sections.entity, sections.cells.index.tolist()) == (SECTION, [2, 4])
    assert sections.cells["Title"].tolist() == ["Week 1", "Week 2"]
    assert list(sections.cells.columns) == ["CourseId", "Title", "DisplayOrder", "UnlockType"]
    assert [(column.letter, column.field) for column in sections.columns][1:4] == [
        ("B", "Title"),
        ("C", None),
        ("D", "DisplayOrder"),
    ]
    assert (lessons.entity, lessons.cells.index.tolist()) == (LESSON, [3, 5])
    (said,) = sections.problems
    assert (said.code, said.details) == (Code.SECTIONS_AMONG_LESSONS, {"rows": "2 rows", "numbers": "2, 4"})


def test_what_is_wrong_with_the_row_of_a_section_is_told_of_the_section() -> None:
    plan = sheet(WEEK, KEYS)
    order, section, title = plan.column("DisplayOrder"), plan.column("Section"), plan.column("Title")
    wrong = [Problem(code=Code.MERGED_CELL, place=plan.place, row=2, column=one) for one in (order, section, title)]
    of_lesson = Problem(code=Code.MERGED_CELL, place=plan.place, row=3, column=title)
    sections, lessons = parts_of(replace(plan, problems=(*wrong, of_lesson, Problem(code=Code.HEADINGS_BELOW))))
    told = [(one.row, one.column and one.column.letter, one.column and one.column.field) for one in sections.problems]
    assert told[1:] == [(2, "D", "DisplayOrder"), (2, "B", "Title"), (2, "C", None)]
    assert lessons.problems == (of_lesson, Problem(code=Code.HEADINGS_BELOW))


def test_a_lesson_that_names_no_section_below_one_is_asked_about() -> None:
    _, lessons = parts_of(sheet(LOOSE, WEEK, LOOSE, KEYS, LOOSE))
    assert [(one.code, one.row, one.details["above"]) for one in lessons.problems] == [
        (Code.SECTION_OF_LESSON, 4, 3),
        (Code.SECTION_OF_LESSON, 6, 3),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (KEYS, WEEK, KEYS),  # the section was named above: a lesson whose title was forgotten
        (KEYS, [101, "Week 2", None, 2, "Immediate", None]),  # no lesson belongs to it
        ([101, "Week 1", None, 1, "Immediate", "Button"], KEYS),  # it has something of a lesson
        (KEYS, LOOSE),
    ],
)
def test_a_row_that_may_be_an_unfinished_lesson_stays_one(rows: tuple[Sequence[object], ...]) -> None:
    given = sheet(*rows)
    assert parts_of(given) == (given,)


MARKED = [101, "Week 3", " <A Section> ", 3, "Immediate", None]


def test_a_row_that_says_to_be_a_section_is_one_wherever_it_stands() -> None:
    sections, lessons = parts_of(sheet(KEYS, MARKED, [101, "Week 1", "<a section>", 1, "Immediate", None]))
    assert sections.cells["Title"].tolist() == ["Week 3", "Week 1"]
    assert lessons.cells.index.tolist() == [2]


def test_a_row_that_says_to_be_a_section_and_has_something_of_a_lesson_stays_one() -> None:
    given = sheet([*MARKED[:5], "Button"], KEYS)
    assert parts_of(given) == (given,)


def test_a_sheet_of_sections_stays_as_it_is() -> None:
    given = sheet_of([["Title"], ["Week 1"]], Place(file="a.csv", sheet=None), SECTION)
    assert parts_of(given) == (given,)


CELL = st.sampled_from([None, "a", "A", "b"])


@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8))
def test_no_row_is_lost_and_none_is_there_twice(rows: list[tuple[object, ...]]) -> None:
    given = sheet_of([["Section", "Title", "CompletionType"], *rows], Place(file="a.csv", sheet=None))
    parts = parts_of(given)
    assert sorted(row for part in parts for row in part.cells.index.tolist()) == given.cells.index.tolist()
    assert sum(part.blank_rows for part in parts) == given.blank_rows
