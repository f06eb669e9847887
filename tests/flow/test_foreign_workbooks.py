"""Workbooks that nobody made for the importer: sheets of any name, hidden rows, sections among the lessons."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Server
from tests.flow.commands import LESSON_HEADINGS, Run, held, lessons_csv, titles

SECTIONS = [["CourseId", "Title", "DisplayOrder", "UnlockType", "Active"], [104, "Start", 1, "Immediate", "yes"]]


def lesson(title: str, section: str = "Start") -> list[object]:
    return [104, section, title, 1, "Immediate", "Visited", "yes"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in (
        ("Parts = plan", SECTIONS),
        ("Week by week", [[*LESSON_HEADINGS], lesson("Keys"), lesson("Wi-Fi"), lesson("Coffee")]),
        ("Old", [["a"], ["b"]]),
    ):
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook["Week by week"].sheet_state = "hidden"
    for row in (3, 4, 9):
        workbook["Week by week"].row_dimensions[row].hidden = True
    path = tmp_path / "a.xlsx"
    workbook.save(path)
    return path


def test_sheets_of_any_name_are_imported(importer: Run, service: Server, book: Path) -> None:
    chosen = ("--sheet", "parts = Plan=sections", "--sheet", "Week by week=LESSONS")
    answer = importer("run", "a.xlsx", *chosen, "--json")
    assert (answer.code, answer.counts) == (0, {"created": 4})
    assert titles(service, SECTION) == ["Start"]
    assert [one["message"] for one in answer.document["problems"]] == [
        "Old: this sheet was not read. What was read: Parts = plan, Week by week.",
        "Week by week: the sheet is hidden, and is imported all the same. Delete it, or give it another name, if it "
        "should not be.",
        "Week by week: 2 rows hidden or filtered out: imported all the same (rows: 3, 4). Delete what should not be.",
    ]


def test_without_being_told_the_command_says_how_to_tell_it(importer: Run, book: Path) -> None:
    answer = importer("check", "a.xlsx")
    assert answer.code == 2
    assert answer.stderr.strip() == (
        'a.xlsx: no sheet is called Courses, Sections or Lessons (found: "Parts = plan", "Week by week", "Old"); '
        'give the sheet to import one of these names, or say what it holds: --sheet "NAME=lessons".'
    )


def test_a_sheet_that_is_not_there_and_a_kind_that_is_none(importer: Run, book: Path, tmp_path: Path) -> None:
    answer = importer("check", "a.xlsx", "--sheet", "Week=lessons")
    assert answer.stderr.strip() == 'a.xlsx: no sheet is called "Week" (found: "Parts = plan", "Week by week", "Old").'
    lessons_csv(tmp_path / "b.csv", 1)
    answer = importer("check", "b.csv", "a.xlsx", "--sheet", "Old=lessons", "--sheet", "No=lessons")
    assert answer.code == 2
    answer = importer("check", "a.xlsx", "--sheet", "Old=coworkers")
    assert answer.stderr.strip() == (
        '--sheet cannot be used: expected NAME=KIND, such as Week plan=lessons, found "Old=coworkers".'
    )


def test_sections_among_the_lessons_are_created_first(importer: Run, service: Server, tmp_path: Path) -> None:
    workbook = Workbook()
    (sheet,) = workbook.worksheets
    for row in (
        LESSON_HEADINGS,
        [104, "Start", None, 1, "Immediate", None, "yes"],
        lesson("Keys"),
        [104, "", "Where?", 2, "Immediate", "Visited", "yes"],
        [104, "Next", None, 2, "Immediate", None, "yes"],
        lesson("Wi-Fi", "Next"),
    ):
        sheet.append(row)
    workbook.save(tmp_path / "a.xlsx")
    answer = importer("run", "a.xlsx", "--json")
    assert (answer.code, answer.counts) == (1, {"created": 4, "invalid": 1})
    assert answer.by_row("sections").keys() == {2, 5}
    (asked,) = answer.by_row()[4]["problems"]
    assert asked["code"] == "section-of-lesson"
    ids = {one["Title"]: one["Id"] for one in held(service, SECTION, 104)}
    assert {one["Title"]: one["SectionId"] for one in held(service, LESSON, 104)} == {
        "Keys": ids["Start"],
        "Wi-Fi": ids["Next"],
    }
    again = importer("run", "a.xlsx", "--json")
    assert again.counts == {"exists": 4, "invalid": 1}
    (said,) = [one for one in again.document["problems"] if one["code"] == "sections-among-lessons"]
    assert "2 rows" in said["message"]
