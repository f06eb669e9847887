"""Courses that an import brings with it: created first, named by title, blocked with what is below them."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.entities import COURSE, LESSON, SECTION
from importer.sandbox import Fault, Garble, Server
from tests.flow.commands import Run, sent, titles, write_csv

WHOLE = ("BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "TariffId", "Active")
BELOW = ("Course", "Title", "DisplayOrder", "UnlockType", "Active")
DEEP = ("Course", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active")


@pytest.fixture
def academy(tmp_path: Path) -> list[Path]:
    """Two courses that are new, with a section and a lesson each."""
    names = ("New here", "For trainers")
    whole = [[1, 301, name, 5, "Public", "", "yes"] for name in names]
    sections = [[name, "Week 1", 1, "Immediate", "yes"] for name in names]
    lessons = [[name, "Week 1", "Keys", 1, "Immediate", "Visited", "yes"] for name in names]
    return [
        write_csv(tmp_path / "lessons.csv", DEEP, lessons),
        write_csv(tmp_path / "sections.csv", BELOW, sections),
        write_csv(tmp_path / "courses.csv", WHOLE, whole),
    ]


def course_ids(service: Server, *names: str) -> list[int]:
    found = {record["Title"]: int(str(record["Id"])) for record in service.store.find(COURSE)[0]}
    return [found[name] for name in names]


def test_a_whole_academy_is_created_once(importer: Run, service: Server, academy: list[Path]) -> None:
    planned = importer("plan", *academy).stdout
    assert "Would create 2 courses, 2 sections and 2 lessons" in planned and "into course" not in planned
    assert planned.count("into the new course") == 2
    first = importer("run", *academy, "--json")
    assert (first.code, first.counts) == (0, {"created": 6})
    paths = [path.rpartition("/")[2] for path in sent(service)]
    assert paths == ["courses"] * 2 + ["coursesections"] * 2 + ["courselessons"] * 2
    for number in course_ids(service, "New here", "For trainers"):
        assert titles(service, SECTION, number) == ["Week 1"]
        assert titles(service, LESSON, number) == ["Keys"]
    again = importer("run", *academy, "--json")
    assert (again.counts, again.document["requests"]["writes"]) == ({"exists": 6}, 0)


def test_titles_find_courses_and_sections_that_are_there(importer: Run, service: Server, tmp_path: Path) -> None:
    row = ["Food safety", "In the kitchen", "New lesson", 9, "Immediate", "Visited", "yes"]
    path = write_csv(tmp_path / "lessons.csv", DEEP, [row])
    assert importer("run", path, "--json").counts == {"created": 1}
    assert "New lesson" in titles(service, LESSON, 102)


def test_what_is_below_a_course_that_was_refused_is_blocked(
    importer: Run, service: Server, academy: list[Path], tmp_path: Path
) -> None:
    body = json.dumps({"Errors": [{"Message": "is not a host", "PropertyName": "HostId"}], "WasSuccessful": False})
    service.faults.add(Fault(method="POST", path="*/courses", work=False, status=400, body=body))
    rows = [[1, 999, "New here", 5, "Public", "", "yes"], [1, 301, "For trainers", 5, "Paid", "", "yes"]]
    write_csv(tmp_path / "courses.csv", WHOLE, rows)
    answer = importer("run", *academy, "--json")
    assert answer.counts == {"rejected": 1, "invalid": 1, "blocked": 4}
    assert [path.rpartition("/")[2] for path in sent(service)] == ["courses"]
    below = [row["problems"][0] for row in answer.document["rows"] if row["outcome"] == "blocked"]
    assert {problem["code"] for problem in below} == {"course-not-created"}
    assert any("courses.csv, row 2" in problem["message"] for problem in below)


def test_the_option_for_the_course_is_for_rows_that_name_none(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [["Food safety", "A", 8, "Immediate", "yes"], ["", "B", 9, "Immediate", "yes"]]
    path = write_csv(tmp_path / "sections.csv", BELOW, rows)
    assert importer("run", path, "--course-id", "104", "--json").counts == {"created": 2}
    assert ("A" in titles(service, SECTION, 102), titles(service, SECTION, 104)) == (True, ["B"])


def test_a_course_whose_answer_got_lost_is_found_and_not_made_twice(
    importer: Run, service: Server, academy: list[Path]
) -> None:
    service.faults.replace([Fault(method="POST", path="*/courses", garble=Garble.EMPTY, times=1)])
    answer = importer("run", *academy, "--json", "--settle", "3")
    assert answer.counts == {"created": 6}
    assert len(service.store.find(COURSE)[0]) == 6
    for number in course_ids(service, "New here", "For trainers"):
        assert titles(service, LESSON, number) == ["Keys"]


def test_a_row_without_any_course_is_told(importer: Run, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "sections.csv", BELOW, [["", "A", 8, "Immediate", "yes"]])
    answer = importer("check", path, "--json")
    (problem,) = answer.by_row("sections")[2]["problems"]
    assert (problem["code"], problem["column"]) == ("missing", "A Course")
    assert "such as Getting started" in problem["message"]


def test_the_template_of_courses_is_filled_in_and_imported(importer: Run, service: Server, tmp_path: Path) -> None:
    path = tmp_path / "academy.xlsx"
    assert importer("template", "course", "-o", path).code == 0
    book = load_workbook(path)
    filled: dict[str, dict[str, str | int]] = {
        "Courses": {"BusinessId": 1, "HostId": 301, "Title": "New here", "DisplayOrder": 1, "Visibility": "Public"},
        "Sections": {"Course": "New here", "Title": "Week 1", "DisplayOrder": 1, "UnlockType": "Immediate"},
        "Lessons": {
            "Course": "New here", "Section": "Week 1", "Title": "Keys", "DisplayOrder": 1, "UnlockType": "Immediate",
            "CompletionType": "Visited",
        },
    }  # fmt: skip
    for sheet, cells in filled.items():
        headings = [str(cell.value).rstrip("*") for cell in book[sheet][1]]
        for name, value in cells.items():
            book[sheet].cell(row=2, column=1 + headings.index(name), value=value)
    book.save(path)
    assert importer("run", path, "--json").counts == {"created": 3}
    assert titles(service, LESSON, *course_ids(service, "New here")) == ["Keys"]
