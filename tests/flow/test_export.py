"""`importer export`: whole courses out of the service, and in again."""

import csv
import json
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from importer.entities import COURSE, ENTITIES, LESSON, SECTION, Entity
from importer.sandbox import NO_LIMITS, OPS, Fault, Server, Store, User, throttled
from tests.flow.commands import Answer, Record, Run, command_line, environment, posix_only, process, sent
from tests.flow.conftest import sign_in

COURSE_ID = 102
AMBIGUOUS = "Fire safety"
"""A course with two sections of one title."""
LESSON_BODY = {"CourseId": 104, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2}
SECTION_BODY = {"CourseId": 104, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
OWN = ("UniqueId", "CreatedOn", "UpdatedOn", "UpdatedBy")


def add(service: Server, entity: Entity, title: str, **more: object) -> int:
    body = SECTION_BODY if entity is SECTION else LESSON_BODY
    return service.store.create(entity, {**body, "Title": title, **more})


def exported(importer: Run, *words: object, code: int = 0) -> Answer:
    answer = importer("export", *words)
    assert answer.code == code, answer.stderr
    return answer


def sheet(path: str, name: str) -> list[Record]:
    headings, *rows = load_workbook(path)[name].iter_rows(values_only=True)
    names = [str(heading).rstrip("*") for heading in headings]
    return [dict(zip(names, row, strict=True)) for row in rows]


def cells(path: Path) -> list[Record]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def records(store: Store, entity: Entity) -> list[Record]:
    return store.find(entity)[0]


# --- what is written ------------------------------------------------------------------------------------


def test_a_course_is_written_in_the_shape_of_the_template(importer: Run, service: Server) -> None:
    answer = exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx")
    assert answer.stdout.splitlines() == [
        "Exported 1 course, 3 sections, 8 lessons: a.xlsx",
        "Then: importer plan a.xlsx --on-existing update",
    ]
    assert load_workbook("a.xlsx").sheetnames == ["Instructions", "Courses", "Sections", "Lessons"]
    (course,) = sheet("a.xlsx", "Courses")
    assert (course["Id"], course["Title"], course["Visibility"]) == (COURSE_ID, "Food safety", "Public")
    lessons = {row["Id"]: row for row in sheet("a.xlsx", "Lessons")}
    held = {record["Id"]: record for record in records(service.store, LESSON) if record["CourseId"] == COURSE_ID}
    assert lessons.keys() == held.keys()
    for id, row in lessons.items():
        assert row["UpdatedOn"] == held[id]["UpdatedOn"]
        assert row["LessonContents"] == held[id]["LessonContents"] or None
        assert (row["Section"], row["SectionId"]) == (held[id]["SectionTitle"], None)
    assert sent(service) == []


def test_all_courses_and_courses_by_their_titles_can_be_exported(importer: Run, service: Server) -> None:
    exported(importer, "--all", "-o", "all/")
    assert [row["Id"] for row in cells(Path("all/courses.csv"))] == [
        str(one["Id"]) for one in records(service.store, COURSE)
    ]
    exported(importer, "--course", "Food  safety", "--course-id", 101, "-o", "two.xlsx")
    assert {row["Id"] for row in sheet("two.xlsx", "Courses")} == {101, COURSE_ID}


def test_the_course_of_the_environment_is_exported_where_none_is_named(
    importer: Run, service: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_COURSE_ID", "104")
    exported(importer, "-o", "a.xlsx", "--quiet")
    assert [row["Id"] for row in sheet("a.xlsx", "Courses")] == [104]
    exported(importer, "--course-id", COURSE_ID, "-o", "b.xlsx")
    assert [row["Id"] for row in sheet("b.xlsx", "Courses")] == [COURSE_ID]


def test_a_section_whose_title_another_one_has_is_named_by_its_number(importer: Run, service: Server) -> None:
    _, other = (add(service, SECTION, title) for title in ("Twice", "Twice "))
    add(service, LESSON, "In the other", SectionId=other)
    exported(importer, "--course-id", 104, "-o", "a.xlsx")
    (lesson,) = sheet("a.xlsx", "Lessons")
    assert (lesson["Section"], lesson["SectionId"]) == (None, other)


def test_texts_that_look_like_formulas_stay_texts(importer: Run, service: Server) -> None:
    looks = ["=1+1", "+1", "-1", "@SUM(A1)", "_x0041_", "007", "1e5"]
    for text in looks:
        add(service, LESSON, text, LessonContents=f"{text}\r\n{text}")
    exported(importer, "--course-id", 104, "-o", "a.xlsx")
    book = load_workbook("a.xlsx")["Lessons"]
    assert {cell.data_type for row in book["E2:K8"] for cell in row if isinstance(cell.value, str)} == {"s"}
    assert [cell.quotePrefix for (cell,) in book["E2:E8"]] == [text[0] in "=+-@" for text in looks]
    planned = importer("plan", "a.xlsx", "--json")
    assert (planned.code, planned.counts) == (0, {"exists": 1 + len(looks)})
    folder = exported(importer, "--course-id", 104, "-o", "csv/")
    assert "Excel takes 8 texts for formulas where it opens a CSV" in folder.stderr


def test_what_is_too_long_for_a_workbook_goes_to_a_folder(importer: Run, service: Server) -> None:
    add(service, LESSON, "Long", LessonContents="x" * 40_000)
    answer = exported(importer, "--course-id", 104, "-o", "a.xlsx")
    assert answer.stdout.startswith("Exported 1 course, 0 sections, 1 lesson: a/courses.csv a/lessons.csv")
    assert "at most 32,767 characters: LessonContents (lesson " in answer.stderr
    assert not Path("a.xlsx").exists()
    (row,) = cells(Path("a/lessons.csv"))
    assert row["LessonContents"] == "x" * 40_000
    document = exported(importer, "--course-id", 104, "-o", "a.xlsx", "--json", "--force").document
    assert [one["field"] for one in document["too_long_for_a_workbook"]] == ["LessonContents"]


def test_what_no_cell_can_say_is_left_blank_and_named(importer: Run, service: Server) -> None:
    add(service, LESSON, "Bell", LessonContents="a\x07b", SummaryText="fine")
    answer = exported(importer, "--course-id", 104, "-o", "a.xlsx")
    assert "Left blank, as no cell can say what Nexudus holds there: LessonContents (lesson" in answer.stderr
    (row,) = sheet("a.xlsx", "Lessons")
    assert (row["LessonContents"], row["SummaryText"]) == (None, "fine")


def test_the_document_says_what_was_written(importer: Run, service: Server) -> None:
    document = exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx", "--json").document
    assert document["status"] == "completed"
    assert document["counts"] == {"courses": 1, "sections": 3, "lessons": 8}
    assert document["courses"] == [{"id": COURSE_ID, "title": "Food safety"}]
    assert document["files"] == ["a.xlsx"]
    assert document["requests"]["writes"] == 0 < document["requests"]["reads"]


def test_bodies_that_lists_and_batches_leave_out_are_there(importer: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(limits=NO_LIMITS, full_batches=False) as server:
        sign_in(monkeypatch, server)
        exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx")
        held = {one["Id"]: one["LessonContents"] or None for one in records(server.store, LESSON)}
    assert {row["Id"]: row["LessonContents"] for row in sheet("a.xlsx", "Lessons")}.items() <= held.items()


# --- in again -------------------------------------------------------------------------------------------


def test_an_export_imported_into_the_same_account_finds_every_record(importer: Run, service: Server) -> None:
    add(service, SECTION, "Twice")
    add(service, LESSON, "In the other", SectionId=add(service, SECTION, "Twice"))
    exported(importer, "--all", "-o", "a.xlsx")
    planned = importer("plan", "a.xlsx", "--json")
    assert planned.counts == {"exists": sum(service.store.count(entity) for entity in ENTITIES)}, planned.messages


def comparable(server: Server, entity: Entity) -> list[Record]:
    """What a person entered of each record, and the titles of what is above it; numbers differ between accounts."""
    ids = {"Id", *(parent.id for parent in entity.parents)}
    found = [
        {name: value for name, value in one.items() if name not in {*ids, *OWN}}
        for one in records(server.store, entity)
    ]
    return sorted(found, key=lambda one: json.dumps(one, sort_keys=True))


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """Another account, in which there is nothing."""
    with Server(Store(), limits=NO_LIMITS) as server:
        yield server
    server.store.close()


@pytest.mark.parametrize("output", ["a.xlsx", "a/"])
def test_an_export_without_ids_gives_the_same_courses_in_an_empty_account(
    output: str, importer: Run, service: Server, elsewhere: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(service, SECTION, "Formula", SectionContents="=1+1\r\n<p>")
    add(service, LESSON, "Below", SectionId=add(service, SECTION, "Above"), LessonContents="-x")
    courses = [word for number in (101, 102, 104) for word in ("--course-id", number)]
    answer = exported(importer, *courses, "--without-ids", "-o", output)
    files = answer.stdout.splitlines()[0].partition(": ")[2].split()
    sign_in(monkeypatch, elsewhere)
    imported = importer("run", *files, "--json")
    assert imported.code == 0, imported.messages
    for entity in ENTITIES:
        there = [one for one in comparable(service, entity) if AMBIGUOUS not in (one["Title"], one.get("CourseTitle"))]
        assert comparable(elsewhere, entity) == there


def test_what_only_numbers_tell_apart_is_named_where_there_are_none(importer: Run, service: Server) -> None:
    answer = exported(importer, "--course", AMBIGUOUS, "--without-ids", "-o", "a.xlsx")
    assert "nothing tells these apart: Title (section 2004, " in answer.stderr
    document = exported(importer, "--course", AMBIGUOUS, "--without-ids", "-o", "b.xlsx", "--json").document
    assert [one["id"] for one in document["not_told_apart"]] == [2004, 2005]
    checked = importer("check", "a.xlsx", "--json")
    assert (checked.code, checked.counts["invalid"]) == (1, 1)


# --- broken off -----------------------------------------------------------------------------------------


LESSONS = "/api/content/courselessons"


def many(service: Server, count: int) -> None:
    for number in range(count):
        add(service, LESSON, f"Lesson {number}", LessonContents=f"<p>{number}</p>")


def kept() -> list[Path]:
    return list(Path(os.environ["IMPORTER_STATE_DIR"]).glob("*.export-*"))


def break_off(importer: Run, service: Server) -> None:
    """An export of 60 lessons that gets 50 of them."""
    many(service, 60)
    service.faults.add(Fault(path=f"{LESSONS}*", nth=3, times=1000, work=False, status=500))
    answer = exported(importer, "--course-id", 104, "-o", "a.xlsx", code=4)
    assert "could not be reached" in answer.stderr
    assert not Path("a.xlsx").exists()
    service.faults.clear()
    service.log.clear()


def test_an_export_that_was_broken_off_goes_on_with_what_it_has(importer: Run, service: Server) -> None:
    break_off(importer, service)
    (file,) = kept()
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    answer = exported(importer, "--course-id", 104, "-o", "a.xlsx")
    assert "50 records of them had been read before." in answer.stdout
    assert service.log.count("GET", LESSONS) == 2
    assert [row["LessonContents"] for row in sheet("a.xlsx", "Lessons")] == [f"<p>{number}</p>" for number in range(60)]
    assert kept() == []
    if os.name != "nt":
        assert stat.S_IMODE(Path("a.xlsx").stat().st_mode) == 0o600


def test_what_was_changed_since_is_read_again(importer: Run, service: Server) -> None:
    break_off(importer, service)
    first = next(one for one in records(service.store, LESSON) if one["Title"] == "Lesson 0")
    stamp = first["UpdatedOn"]
    while stamp == first["UpdatedOn"]:  # it is told to the second
        service.store.update(LESSON, first["Id"], {**first, "LessonContents": "<p>new</p>"})
        (first,) = service.store.get_many(LESSON, [first["Id"]])
    exported(importer, "--course-id", 104, "-o", "a.xlsx")
    assert sheet("a.xlsx", "Lessons")[0]["LessonContents"] == "<p>new</p>"


def test_an_export_that_was_killed_goes_on_with_what_it_has(importer: Run, service: Server, tmp_path: Path) -> None:
    many(service, 60)
    service.faults.add(Fault(path=LESSONS, nth=3, wait_before=30))
    line = command_line("export", "--course-id", 104, "-o", "a.xlsx")
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL) as running:
        until_kept()
        running.kill()
    assert not Path("a.xlsx").exists()
    service.faults.clear()
    assert "50 records of them" in exported(importer, "--course-id", 104, "-o", "a.xlsx").stdout
    assert kept() == []


def until_kept() -> None:
    for _ in range(1000):
        if any(file.read_bytes().count(b"\n") > 50 for file in kept()):
            return
        time.sleep(0.02)
    pytest.fail("nothing was kept within 20 seconds")


@posix_only
def test_ctrl_c_is_answered_in_words_and_keeps_what_was_read(importer: Run, service: Server, tmp_path: Path) -> None:
    many(service, 120)
    # Two pages of the list and a batch are answered at once, the two batches that are left are not.
    service.faults.add(Fault(path=LESSONS, nth=4, times=2, wait_before=3))
    line = command_line("export", "--course-id", 104, "-o", "a.xlsx")
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) as running:
        until_kept()
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (130, "Stopped on request.\n")
    assert not Path("a.xlsx").exists()
    service.faults.clear()
    again = exported(importer, "--course-id", 104, "-o", "a.xlsx").stdout
    found = re.search(r"(\d+) records of them had been read before", again)
    assert found is not None and int(found[1]) >= 50


def test_a_throttle_is_waited_for(importer: Run, service: Server) -> None:
    service.faults.add(throttled("1", nth=2))
    assert exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx", "--json").document["requests"]["throttled"] == 1


# --- what cannot be -------------------------------------------------------------------------------------


def test_a_file_is_not_replaced_unless_forced(importer: Run, service: Server) -> None:
    Path("a.xlsx").write_text("mine")
    answer = exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx", code=2)
    assert answer.stderr == "a.xlsx is there already; --force replaces it.\n"
    assert Path("a.xlsx").read_text() == "mine"
    assert service.log.count("GET") == 0
    exported(importer, "--course-id", COURSE_ID, "-o", "a.xlsx", "--force")
    assert len(sheet("a.xlsx", "Lessons")) == 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "a.xlsx"), "Say which courses: --course-id N, --course TITLE, or --all."),
        (("--course-id", "x", "-o", "a.xlsx"), '"x" is not the number of a record'),
        (("--course-id", 2**31, "-o", "a.xlsx"), '"2147483648" is not the number of a record'),
        (("--course-id", 999, "-o", "a.xlsx"), "There is no course 999 in Nexudus"),
        (("--course", "Nobody", "-o", "a.xlsx"), 'There is no course "Nobody" in Nexudus'),
        (("--all", "-o", "a.pdf"), "It cannot be written to a.pdf: the name has to end in .xlsx"),
        (("--all", "-o", "gone/a.xlsx"), "It cannot be written to gone/a.xlsx: there is no such folder."),
    ],
)
def test_what_cannot_be_exported_is_said(
    words: tuple[object, ...], message: str, importer: Run, service: Server
) -> None:
    answer = exported(importer, *words, code=2)
    assert message in answer.stderr and answer.stdout == ""
    document = exported(importer, *words, "--json", code=2).document
    assert document["status"] == "refused"
    assert message in document["problems"][0]["message"]


def test_a_missing_role_is_named(importer: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    users = (User(name=OPS.name, password=OPS.password, missing_roles=frozenset({"CourseLesson-Read"})),)
    with Server(limits=NO_LIMITS, users=users) as server:
        sign_in(monkeypatch, server)
        assert "CourseLesson-Read" in exported(importer, "--course-id", 102, "-o", "a.xlsx", code=3).stderr


def test_a_folder_is_replaced_as_a_whole(importer: Run, service: Server) -> None:
    exported(importer, "--course-id", 102, "-o", "a/")
    assert "a/courses.csv is there already" in exported(importer, "--course-id", 104, "-o", "a/", code=2).stderr
    exported(importer, "--course-id", 104, "-o", "a/", "--force")
    assert [path.name for path in Path("a").iterdir()] == ["courses.csv"]
    Path("b").write_text("mine")
    assert "a file of that name is there" in exported(importer, "--course-id", 104, "-o", "b", code=2).stderr


@posix_only
def test_what_cannot_be_put_in_its_place_is_said_and_what_was_read_is_kept(importer: Run, service: Server) -> None:
    Path("a.xlsx").mkdir()
    Path("a.xlsx/courses.csv").mkdir()
    answer = exported(importer, "--course-id", 102, "-o", "a.xlsx", "--force", code=2)
    assert answer.stderr == "It cannot be written to a.xlsx: is a directory.\n"
    assert len(kept()) == 1


def test_courses_with_one_title_cannot_be_told_apart_by_it(importer: Run, service: Server) -> None:
    (first,) = service.store.get_many(COURSE, [COURSE_ID])
    service.store.create(COURSE, {**first, "Title": "Food  safety"})
    assert "Several courses are called" in exported(importer, "--course", "Food safety", "-o", "a.xlsx", code=2).stderr
    assert "one by one" in exported(importer, "--all", "--without-ids", "-o", "a.xlsx", code=2).stderr
    assert not Path("a.xlsx").exists()


# --- single records -------------------------------------------------------------------------------------


def test_single_records_are_shown(importer: Run, service: Server) -> None:
    answer = importer("show", "lessons", 5001)
    assert answer.code == 0
    lines = dict(line.split(maxsplit=1) for line in answer.stdout.splitlines())
    assert (lines["Id"], lines["Title"], lines["CompletionType"]) == ("5001", "Washing hands", "Video")
    assert service.log.count("GET", f"{LESSONS}/5001") == 1 == service.log.count("GET")


def test_records_that_are_not_there_are_named(importer: Run, service: Server) -> None:
    answer = importer("show", "section", 2001, 9999, "--json")
    assert (answer.code, answer.stderr) == (1, "There is no section 9999 in Nexudus.\n")
    assert [record["Id"] for record in answer.document["records"]] == [2001]
    assert answer.document["missing"] == [9999]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_single_records_can_be_written_to_a_sheet_that_finds_them_again(
    name: str, importer: Run, service: Server
) -> None:
    assert importer("show", "lessons", 5001, 5002, "-o", name).stdout == f"2 lessons: {name}\n"
    assert importer("plan", name, "--json").counts == {"exists": 2}
    assert "--force" in importer("show", "lessons", 5001, "-o", name).stderr


def test_what_no_cell_can_say_of_a_single_record_is_named(importer: Run, service: Server) -> None:
    number = add(service, LESSON, "Bell", LessonContents="a\x07b", SummaryText="x" * 40_000)
    answer = importer("show", "lessons", number, "-o", "a.xlsx")
    assert "LessonContents (lesson" in answer.stderr and "SummaryText (lesson" in answer.stderr
    (row,) = sheet("a.xlsx", "Lessons")
    assert (row["Title"], row["LessonContents"], row["SummaryText"]) == ("Bell", None, None)
    assert "SummaryText" not in importer("show", "lessons", number, "-o", "a.csv").stderr


def test_records_of_another_kind_cannot_be_shown(importer: Run, service: Server) -> None:
    answer = importer("show", "chapters", 1)
    assert (answer.code, answer.stderr) == (
        2,
        'There are no records called "chapters": expected courses, sections or lessons.\n',
    )


def test_a_rehearsal_needs_no_account(tmp_path: Path) -> None:
    own = {"IMPORTER_STATE_DIR": str(tmp_path), "IMPORTER_MIN_INTERVAL": "0"}
    answer = process("export", "--course-id", COURSE_ID, "-o", "a.xlsx", "--sandbox", cwd=tmp_path, env=own)
    assert answer.code == 0, answer.stderr
    assert answer.stdout.endswith("Then: importer plan a.xlsx --on-existing update --sandbox\n")
    assert (tmp_path / "a.xlsx").exists()
