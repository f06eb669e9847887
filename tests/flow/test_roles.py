"""The roles that the README names are enough for each thing to do, and none of them is too many."""

from pathlib import Path

import pytest

from importer.entities import SERVED
from importer.sandbox import NO_LIMITS, OPS, Server, User
from tests.flow.commands import LESSON_HEADINGS, Run, lessons_csv, sections_csv, write_csv
from tests.flow.conftest import sign_in

EVERY = frozenset(
    [f"{entity.record}-{right}" for entity in SERVED for right in ("List", "Read", "Create", "Edit", "Delete")]
    + ["Coworker-List"]
)
LISTS = ("CourseSection-List", "CourseLesson-List")
READS = ("Course-Read", "CourseSection-Read", "CourseLesson-Read")

BELOW = ("CourseId", "Section", "Title", "Action")

CASES = {
    "sections": (("run", "sections.csv"), (*LISTS, "Course-Read", "CourseSection-Create")),
    "lessons": (("run", "lessons.csv"), (*LISTS, "Course-Read", "CourseLesson-Create")),
    "courses": (("run", "courses.csv"), ("Course-List", "Course-Create")),
    "by title": (("run", "titled.csv"), (*LISTS, "Course-List", "CourseLesson-Create")),
    "update": (
        ("run", "change.csv", "--on-existing", "update"),
        (*LISTS, "Course-Read", "CourseLesson-Read", "CourseLesson-Edit"),
    ),
    "delete": (
        ("run", "delete.csv", "--allow-delete"),
        (*LISTS, "Course-Read", "CourseLesson-Read", "CourseLesson-Delete"),
    ),
    "verify": (
        ("run", "lessons.csv", "--verify"),
        (*LISTS, "Course-Read", "CourseLesson-Create", "CourseLesson-Read"),
    ),
    "instructor": (
        ("run", "instructor.csv"),
        (*LISTS, "Course-Read", "CourseLesson-Create", "Coworker-List"),
    ),
    "offer": (("template", "course", "-o", "t.xlsx", "--course-id", 102), ("CourseSection-List",)),
    "begin": (("template", "course", "-o", "t.xlsx", "--course-id", 102, "--with-content"), (*LISTS, *READS[1:])),
    "outline": (("outline", "--course-id", 102), LISTS),
    "export": (("export", "--course-id", 102, "-o", "e.xlsx"), (*LISTS, *READS)),
    "export all": (("export", "--all", "-o", "e.xlsx"), ("Course-List", *LISTS, *READS)),
    "show": (("show", "lessons", 5001), ("CourseLesson-Read",)),
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    lesson = [104, "", "New", 1, "Immediate", "Visited", "yes"]
    sections_csv(tmp_path / "sections.csv", 1)
    lessons_csv(tmp_path / "lessons.csv", 1)
    whole = ("BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "Active")
    write_csv(tmp_path / "courses.csv", whole, [[1, 301, "Baking", 1, "Public", "yes"]])
    write_csv(tmp_path / "titled.csv", ("Course", *LESSON_HEADINGS[1:]), [["Food safety", *lesson[1:]]])
    write_csv(tmp_path / "change.csv", ("CourseId", "Title", "SummaryText"), [[102, "About this course", "New"]])
    write_csv(tmp_path / "delete.csv", BELOW, [[102, "Before you cook", "What to wear", "delete"]])
    write_csv(tmp_path / "instructor.csv", (*LESSON_HEADINGS, "InstructorEmail"), [[*lesson, "ben@example.com"]])
    return tmp_path


def with_roles(roles: frozenset[str]) -> Server:
    user = User(name=OPS.name, password=OPS.password, missing_roles=EVERY - roles)
    return Server(limits=NO_LIMITS, users=(user,))


@pytest.mark.parametrize("case", CASES)
def test_the_roles_that_are_named_are_enough(
    case: str, importer: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, needed = CASES[case]
    with with_roles(frozenset(needed)) as server:
        sign_in(monkeypatch, server)
        answer = importer(*words)
    assert answer.code == 0 and "lacks the role" not in answer.stdout, answer


@pytest.mark.parametrize(("case", "lacking"), [(case, role) for case, (_, roles) in CASES.items() for role in roles])
def test_without_one_of_them_it_stops_or_says_what_it_could_not_find_out(
    case: str, lacking: str, importer: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, needed = CASES[case]
    with with_roles(frozenset(needed) - {lacking}) as server:
        sign_in(monkeypatch, server)
        answer = importer(*words)
    assert answer.code == 3 or lacking in answer.stdout, answer


def test_a_role_that_lacks_in_the_middle_of_a_run_stops_it(
    importer: Run, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with with_roles(EVERY - {"CourseLesson-Create"}) as server:
        sign_in(monkeypatch, server)
        answer = importer("run", "sections.csv", "lessons.csv", "--json")
        told = importer("run", "lessons.csv")
    assert (answer.code, answer.counts) == (3, {"created": 1, "pending": 1})
    assert answer.document["status"] == "stopped"
    assert told.code == 3 and "Not done: " in told.stdout


def test_the_middle_of_a_run_is_called_so(importer: Run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_roles(EVERY - {"CourseLesson-Create"}) as server:
        sign_in(monkeypatch, server)
        answer = importer("run", "sections.csv", "lessons.csv")
    assert "Stopped early: " in answer.stdout and "Not done: " not in answer.stdout
    assert "Run the same command again later: it goes on where it stopped." in answer.stdout
