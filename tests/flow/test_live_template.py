"""Templates that begin with what a course holds."""

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Server
from tests.flow.commands import Run, held, process, sent, titles

COURSE = 102


def rows(book: Workbook, sheet: str) -> list[dict[str, object]]:
    headings, *cells = book[sheet].iter_rows(values_only=True)
    return [dict(zip((str(one).rstrip("*") for one in headings), row, strict=True)) for row in cells]


def begin(importer: Run, *words: object) -> Workbook:
    answer = importer("template", "course", "-o", "a.xlsx", "--course-id", COURSE, *words)
    assert answer.code == 0, answer.stderr
    return load_workbook("a.xlsx")


def test_the_sections_of_the_course_can_be_chosen(importer: Run, service: Server) -> None:
    book = begin(importer)
    (check,) = [one for one in book["Lessons"].data_validations.dataValidation if str(one.sqref) == "C2:C2000"]
    there = titles(service, SECTION, COURSE)
    assert check.formula1 == f"OFFSET('Instructions'!$AA$1,0,0,{len(there)}+COUNTA('Sections'!$C$2:$C$2000),1)"
    listed = book["Instructions"]["AA"]
    assert [cell.value for cell in listed[: len(there)]] == there
    assert listed[len(there)].value == "='Sections'!C2"
    assert book["Instructions"].column_dimensions["AA"].hidden
    assert book["Lessons"].max_row == book["Sections"].max_row == 1
    assert sent(service) == []


def test_what_is_there_is_carried_and_imported_again_without_a_write(importer: Run, service: Server) -> None:
    book = begin(importer, "--with-content")
    assert {row["Title"] for row in rows(book, "Sections")} == set(titles(service, SECTION, COURSE))
    lessons = {str(row["NexudusId"]): row for row in rows(book, "Lessons")}
    there = {str(record["Id"]): record for record in held(service, LESSON, COURSE)}
    assert lessons.keys() == there.keys()
    assert [lessons[number]["LessonContents"] for number in there] == [
        record["LessonContents"] or None for record in there.values()
    ]
    planned = importer("plan", "a.xlsx", "--json")
    assert planned.code == 0, planned.messages
    assert planned.counts == {"exists": len(lessons) + len(rows(book, "Sections"))}
    assert importer("run", "a.xlsx", "--json").counts == planned.counts
    assert sent(service) == []


def test_a_new_lesson_below_them_is_the_only_one_sent(importer: Run, service: Server, tmp_path: Path) -> None:
    book = begin(importer, "--with-content")
    section = titles(service, SECTION, COURSE)[0]
    book["Lessons"].append([COURSE, None, section, None, "Brand new", 99, "Immediate", None, "Visited"])
    book.save(tmp_path / "a.xlsx")
    assert importer("run", "a.xlsx", "--json").counts["created"] == 1
    assert len(sent(service)) == 1


def test_texts_that_look_like_formulas_stay_texts_and_twins_are_left_out(importer: Run, service: Server) -> None:
    base = {"CourseId": 104, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2}
    for title in ("=1+1", "Twin", "Twin", "Long"):
        text = "x" * 40_000 if title == "Long" else "=A1"
        service.store.create(LESSON, {**base, "Title": title, "LessonContents": text}, by="test")
    answer = importer("template", "course", "-o", "a.xlsx", "--course-id", 104, "--with-content")
    assert answer.stdout.splitlines() == [
        "a.xlsx offers 0 sections of course 104.",
        "It begins with 2 rows that are there; importing them again sends nothing.",
        "Left out: 2 records with a title that is there twice, or a text that no cell holds.",
        "Then: importer check a.xlsx --course-id 104",
    ]
    carried = rows(load_workbook("a.xlsx"), "Lessons")
    assert [(row["Title"], row["LessonContents"]) for row in carried] == [("=1+1", "=A1"), ("Twin", "=A1")]
    planned = importer("plan", "a.xlsx", "--json")
    assert (planned.code, planned.counts) == (0, {"exists": 2})


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("course", "--course-id", 999), 2, "There is no course 999 in Nexudus, or this account cannot see it."),
        (("lessons", "--course-id", 102), 2, "only be offered in the template course"),
        (("course", "--with-content"), 2, "--with-content needs the course, such as --course-id 101."),
    ],
)
def test_what_cannot_be_begun_is_said(
    words: tuple[object, ...], code: int, message: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    answer = importer("template", *words, "-o", "a.xlsx")
    assert (answer.code, answer.stdout) == (code, "")
    assert message in answer.stderr
    assert not (tmp_path / "a.xlsx").exists()


def test_a_wrong_sign_in_ends_with_its_own_code(
    importer: Run, service: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUDUS_PASSWORD", "wrong")
    answer = importer("template", "course", "-o", "a.xlsx", "--course-id", COURSE)
    assert answer.code == 3
    assert "refused the sign-in" in answer.stderr


def test_the_sandbox_can_be_asked_without_an_account(tmp_path: Path) -> None:
    words = ("template", "course", "-o", "a.xlsx", "--course-id", COURSE, "--with-content", "--sandbox")
    answer = process(*words, cwd=tmp_path, env={"IMPORTER_STATE_DIR": str(tmp_path), "IMPORTER_MIN_INTERVAL": "0"})
    assert answer.code == 0, answer.stderr
    assert "offers" in answer.stdout and (tmp_path / "a.xlsx").exists()
