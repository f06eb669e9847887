"""Sections typed only beside their first lessons: where that is told, and where it is not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from importer import pipeline
from importer.derive.filled_once import left_below
from importer.problems import Code, Place
from importer.settings import read_settings
from tests.builders import sheet_of

HEADINGS = ["Id", "CourseId", "Section", "SectionId", "Title"]


def told(*rows: Sequence[object]) -> list[tuple[int | None, object, object]]:
    """Each row that is told, with the row and the title above it."""
    sheet = sheet_of([HEADINGS, *rows], Place(file="a.csv", sheet=None))
    found = [*left_below(sheet)]
    assert {problem.code for problem in found} <= {Code.SECTION_BLANK}
    return [(problem.row, problem.details["above"], problem.details["title"]) for problem in found]


def lesson(section: str | None = None, course: int = 101, **other: object) -> list[object]:
    return [other.get("Id"), course, section, other.get("SectionId"), "x"]


def test_lessons_below_the_first_of_their_section_are_told() -> None:
    rows = [lesson(), lesson(" One"), lesson(), lesson(), lesson("Two"), lesson(), lesson("Three")]
    assert told(*rows) == [(4, 3, '"One"'), (5, 3, '"One"'), (7, 6, '"Two"')]


def test_sections_named_by_number_are_sections_too() -> None:
    assert told(lesson(SectionId=7), lesson(), lesson("Two", SectionId=8), lesson()) == [
        (3, 2, '"7"'),
        (5, 4, '"Two"'),
    ]


def test_each_course_is_looked_at_by_itself() -> None:
    rows = [lesson("One"), lesson(), lesson("One", 102), lesson(None, 102), lesson("Two", 102), lesson(None, 102)]
    assert [row for row, _, _ in told(*rows)] == [5, 7]


def test_a_course_with_one_section_typed_beside_its_first_lesson_alone_is_told() -> None:
    assert told(lesson("One"), lesson(), lesson()) == [(3, 2, '"One"'), (4, 2, '"One"')]


@pytest.mark.parametrize(
    "rows",
    [
        [lesson(), lesson(), lesson("One"), lesson("One"), lesson("Two")],  # as an export is sorted
        [lesson("One"), lesson("Two"), lesson(), lesson()],  # all of no section at the end
        [lesson("One"), lesson(), lesson("Two"), lesson(), lesson("One")],  # typed beside more than the first
        [lesson("One"), lesson()],
        [lesson(), lesson("One"), lesson(), lesson()],  # the one section is not typed beside the first lesson
        [lesson("One"), lesson(Id=5), lesson("Two"), lesson(Id=6)],
        [lesson(), lesson()],
        [],
    ],
)
def test_no_habit_is_no_warning(rows: list[list[object]]) -> None:
    assert told(*rows) == []


def test_a_sheet_without_the_column_or_without_courses() -> None:
    assert [*left_below(sheet_of([["Title"], ["x"]], Place(file="a.csv", sheet=None)))] == []
    rows: list[list[object]] = [["Section", "Title"], ["One", "x"], [None, "x"], ["Two", "x"], [None, "x"]]
    assert len([*left_below(sheet_of(rows, Place(file="a.csv", sheet=None)))]) == 2


def lines(tmp_path: Path) -> str:
    path = tmp_path / "lessons.csv"
    rows = ("One,a", ",b", "Two,c", ",d")
    text = "\n".join(f"101,{row},1,Immediate,None" for row in rows)
    path.write_text(f"CourseId,Section,Title,DisplayOrder,UnlockType,CompletionType\n{text}\n")
    return str(path)


def test_check_warns_of_them_and_they_go_in(tmp_path: Path) -> None:
    report = pipeline.check([lines(tmp_path)], read_settings({}))
    found = [[problem.code for problem in row.verdict.problems] for row in report.rows]
    assert found == [[], [Code.SECTION_BLANK], [], [Code.SECTION_BLANK]]
    assert not any(problem.is_error for row in report.rows for problem in row.verdict.problems)


def test_an_option_for_blank_cells_leaves_nothing_to_warn_of(tmp_path: Path) -> None:
    report = pipeline.check([lines(tmp_path)], read_settings({"default": ["SectionId=7"]}))
    assert not any(row.verdict.problems for row in report.rows)
