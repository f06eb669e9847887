"""Plans that are saved and run later: exactly as saved, or not at all."""

import json
import os
import stat
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Fault, Server
from tests.flow.commands import (
    LESSON_HEADINGS,
    SECTION_HEADINGS,
    Run,
    held,
    lessons_csv,
    running,
    sections_csv,
    sent,
    titles,
    until,
    write_csv,
)

COURSE = 101


@pytest.fixture
def book(sample_data: Path, tmp_path: Path) -> str:
    """The sample course, by its name in the folder of the test."""
    (tmp_path / "course.xlsx").write_bytes((sample_data / "onboarding.xlsx").read_bytes())
    return "course.xlsx"


def codes(rows: list[Any]) -> set[str]:
    return {problem["code"] for row in rows for problem in row["problems"]}


def test_exactly_what_was_saved_is_done(importer: Run, service: Server, book: str, tmp_path: Path) -> None:
    planned = importer("plan", book, "-o", "a.plan.json")
    assert (planned.code, sent(service)) == (0, [])
    assert "importer run --plan a.plan.json does exactly this for the 52 rows still waiting." in planned.stdout
    assert "with run in place of plan" not in planned.stdout
    done = importer("run", "--plan", "a.plan.json", "--json")
    assert (done.code, done.counts) == (0, {"created": 52})
    assert (len(held(service, SECTION, COURSE)), len(held(service, LESSON, COURSE))) == (7, 45)


def test_the_options_that_it_was_made_with_hold(importer: Run, service: Server, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS[2:6], [["Keys", 1, "Immediate", "Visited"]])
    options = ("--course-id", 104, "--default", "Active=yes", "--on-existing", "error", "--kind", "lessons")
    assert importer("plan", "a.csv", *options, "-o", "a.plan.json").code == 0
    other = importer("run", "--plan", "a.plan.json", "--course-id", 103)
    assert (other.code, sent(service)) == (2, [])
    assert "it was made with another --course-id; leave that out, or plan again." in other.stderr
    assert importer("run", "--plan", "a.plan.json", "--course-id", 104).code == 0
    (lesson,) = held(service, LESSON, 104)
    assert (lesson["Title"], lesson["Active"]) == ("Keys", True)


def test_a_trial_slice_can_be_saved(importer: Run, service: Server, book: str) -> None:
    planned = importer("plan", book, "--limit", 6, "-o", "a.plan.json", "--json")
    done = importer("run", "--plan", "a.plan.json", "--json")
    assert (done.code, done.counts) == (4, {"created": 6, "pending": 46})
    slices = [
        [(row["kind"], row["row"]) for row in answer.document["rows"] if not row["problems"]]
        for answer in (planned, done)
    ]
    assert slices[0] == slices[1]
    again = importer("run", "--plan", "a.plan.json", "--json")
    assert (again.code, again.counts) == (4, {"exists": 6, "pending": 46})
    assert importer("run", book, "--json").counts == {"exists": 6, "created": 46}


def test_a_file_that_was_changed_is_refused_and_its_rows_are_named(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    path = lessons_csv(tmp_path / "a.csv", 6)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace("Immediate", "Sequential").replace(",yes", ",no")
    path.write_text("\n".join([*lines[:6], "104,,New,9,Immediate,Visited,yes", lines[6]]))
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, answer.document["status"], sent(service)) == (2, "refused", [])
    found = {row: one["problems"][0]["message"] for row, one in answer.by_row().items() if one["problems"]}
    assert set(found) == {4, 7, 8}
    assert "a.csv, row 4: what would be sent is not what was planned (E UnlockType, G Active)." in found[4]
    assert "a.csv, row 8: the row is not in the plan." in found[8]
    assert '"a.csv" is not as it was when the plan was saved.' in " ".join(answer.messages)
    assert "Nothing was sent: a.plan.json was planned from what was there then" in answer.stderr


def test_rows_that_were_taken_away_are_named(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 6)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    lessons_csv(tmp_path / "a.csv", 4)
    answer = importer("run", "--plan", "a.plan.json")
    assert (answer.code, sent(service)) == (2, [])
    assert "a.csv: rows of the plan are not there any more (6, 7)." in answer.stdout


def add(service: Server, **values: object) -> None:
    body = {"CourseId": 104, "Title": "Wi-Fi", "DisplayOrder": 1, "UnlockType": 1, "CompletionType": 1}
    body |= {"UnlockAfterDays": 0, **values}
    service.store.create(LESSON, body, by="somebody")


def edit(service: Server, **values: object) -> None:
    (lesson, *_) = held(service, LESSON, 104)
    service.store.update(LESSON, int(lesson["Id"]), {**lesson, **values}, by="somebody")


def remove(service: Server) -> None:
    service.store.delete(LESSON, int(held(service, LESSON, 104)[0]["Id"]))


@pytest.mark.parametrize(
    ("change", "rows", "message"),
    [
        (lambda service: add(service, Title="Lesson 2"), {3: "in the plan: create; now: exists "}, ""),
        (add, {}, 'course 104 is not as it was when the plan was saved (added: "Wi-Fi" '),
        (lambda service: edit(service, DisplayOrder=9), {}, "(added: -; gone: -; changed: "),
        (lambda service: edit(service, Title="Doors"), {}, 'changed: "Doors" '),
        (remove, {}, "(added: -; gone: "),
    ],
    ids=["a row is there", "a lesson was added", "a lesson was moved", "a lesson was renamed", "a lesson was deleted"],
)
def test_a_course_that_changed_is_refused_and_the_rows_are_named(
    change: Callable[[Server], None],
    rows: dict[int, str],
    message: str,
    importer: Run,
    service: Server,
    tmp_path: Path,
) -> None:
    add(service, Title="Keys")
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    change(service)
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, answer.document["status"], sent(service)) == (2, "refused", [])
    found = answer.by_row()
    assert sorted(found) == [2, 3, 4]
    for number, row in found.items():
        expected = rows.get(number, message)
        assert any(expected in problem["message"] for problem in row["problems"])


def test_what_changed_elsewhere_is_no_matter(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    service.store.create(SECTION, {"CourseId": 103, "Title": "X", "DisplayOrder": 1, "UnlockType": 1}, by="somebody")
    assert importer("run", "--plan", "a.plan.json", "--json").counts == {"created": 3}


def test_a_run_of_the_same_file_in_between_is_a_change(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    assert importer("run", "a.csv").code == 0
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, answer.counts) == (2, {"exists": 3})
    assert codes(answer.document["rows"]) == {"not-as-planned"}


@pytest.mark.parametrize("options", [(), ("--on-existing=create",), ("--allow-duplicates",)], ids=str)
@pytest.mark.parametrize("after", [1, 5])
def test_a_run_of_a_plan_that_was_killed_goes_on(
    after: int, options: tuple[str, ...], own_service: Server, importer: Run, tmp_path: Path
) -> None:
    sections_csv(tmp_path / "s.csv", 3)
    rows = [[104, f"Section {n % 3 + 1}", f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in range(9)]
    write_csv(tmp_path / "l.csv", LESSON_HEADINGS, rows)
    own_service.faults.add(Fault(method="POST", path="*", times=1000, wait_after=0.1))
    assert importer("plan", "s.csv", "l.csv", *options, "-o", "a.plan.json").code == 0
    with running("run", "--plan", "a.plan.json", "--concurrency", 2, cwd=tmp_path) as started:
        until(own_service, after)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    again = importer("run", "--plan", "a.plan.json", "--settle", 1, "--json")
    assert (again.code, sum(again.counts.values()), set(again.counts) <= {"exists", "created"}) == (0, 12, True), again
    assert Counter(titles(own_service, SECTION)) == Counter(f"Section {n}" for n in range(1, 4))
    assert Counter(titles(own_service, LESSON)) == Counter(f"Lesson {n}" for n in range(9))
    assert importer("run", "--plan", "a.plan.json", "--json").counts == {"exists": 12}


def test_courses_that_the_plan_makes_are_its_own_when_it_goes_on(
    own_service: Server, importer: Run, tmp_path: Path
) -> None:
    headings = ("BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "Active")
    write_csv(tmp_path / "c.csv", headings, [[1, 301, "Safety", 1, "Public", "yes"]])
    rows = [["Safety", f"Week {n}", n, "Immediate", "", "yes"] for n in range(1, 7)]
    write_csv(tmp_path / "s.csv", ("Course", *SECTION_HEADINGS[1:]), rows)
    assert importer("plan", "c.csv", "s.csv", "-o", "a.plan.json").code == 0
    own_service.faults.add(Fault(method="POST", path="*", times=1000, wait_after=0.1))
    with running("run", "--plan", "a.plan.json", "--concurrency", 1, cwd=tmp_path) as started:
        until(own_service, 3)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    again = importer("run", "--plan", "a.plan.json", "--settle", 1, "--json")
    assert (again.code, sum(again.counts.values())) == (0, 7), again
    made = [str(one["Title"]) for one in own_service.store.find(SECTION)[0]]
    assert sorted(title for title in made if title.startswith("Week")) == [f"Week {n}" for n in range(1, 7)]


def test_rows_with_mistakes_stay_out_of_it(importer: Run, service: Server, tmp_path: Path) -> None:
    good, bad = [
        [104, "", title, 1, unlock, "Visited", "yes"] for title, unlock in [("A", "Timed"), ("B", "Immediate")]
    ]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, [good, bad])
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 1
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, answer.counts) == (1, {"invalid": 1, "created": 1})


def test_the_file_is_its_owners_and_holds_no_text_of_the_sheet(importer: Run, service: Server, tmp_path: Path) -> None:
    picture = "https://ann:secret-of-the-picture@www.example.com/a.png"
    headings = (*LESSON_HEADINGS, "LessonContents", "NewImageUrl")
    write_csv(tmp_path / "a.csv", headings, [[104, "", "A", 1, 1, 1, "yes", "<p>long text</p>", picture]])
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    path = tmp_path / "a.plan.json"
    text = path.read_text(encoding="utf-8")
    assert "secret" not in text and "long text" not in text
    assert os.environ["NEXUDUS_PASSWORD"] not in text
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_file_is_replaced_unless_forced(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    (tmp_path / "a.plan.json").write_text("mine", encoding="utf-8")
    refused = importer("plan", "a.csv", "-o", "a.plan.json")
    assert (refused.code, service.log.count()) == (2, 0)
    assert "a file of that name is there already; --force replaces it." in refused.stderr
    assert (tmp_path / "a.plan.json").read_text(encoding="utf-8") == "mine"
    assert importer("plan", "a.csv", "-o", "a.plan.json", "--force").code == 0
    assert importer("run", "--plan", "a.plan.json").code == 0


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.csv", "its name has to end in .plan.json"),
        (".plan.json", "its name has to end in .plan.json"),
        ("gone/a.plan.json", "there is no such folder"),
    ],
)
def test_a_plan_is_saved_under_a_name_of_its_own(
    name: str, reason: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    before = lessons_csv(tmp_path / "a.csv", 3).read_bytes()
    answer = importer("plan", "a.csv", "-o", name, "--force")
    assert (answer.code, answer.stderr) == (2, f"The plan {Path(name)} cannot be used: {reason}.\n")
    assert (tmp_path / "a.csv").read_bytes() == before


def test_a_plan_for_another_service_is_refused(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    answer = importer("run", "--plan", "a.plan.json", "--sandbox")
    assert (answer.code, "it was made for the service http://127.0.0.1:" in answer.stderr) == (2, True)


def test_a_plan_by_somebody_else_is_refused(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    monkeypatch.setenv("NEXUDUS_USERNAME", "other@example.com")
    answer = importer("run", "--plan", "a.plan.json")
    assert (answer.code, "and other@example.com signs in now" in answer.stderr) == (2, True)


def test_the_files_may_have_been_moved(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    missing = importer("run", "--plan", "a.plan.json")
    assert (missing.code, "a.csv: " in missing.stderr) == (2, True)
    two = importer("run", "b.csv", "b.csv", "--plan", "a.plan.json")
    assert (two.code, "from another number of files than are given (1)" in two.stderr) == (2, True)
    assert importer("run", "b.csv", "--plan", "a.plan.json", "--json").counts == {"created": 3}


def test_a_mapping_that_changed_is_refused(importer: Run, service: Server, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ("CourseId", "Title", "Order", "Opens", "CompletionType"), [[104, "A", 1, "now", 1]])
    mapping = '[lessons.columns]\nOpens = "UnlockType"\n[lessons.values.UnlockType]\nnow = "Immediate"\n'
    (tmp_path / "m.toml").write_text(mapping, encoding="utf-8")
    assert importer("plan", "a.csv", "--mapping", "m.toml", "-o", "a.plan.json").code == 0
    (tmp_path / "m.toml").write_text(mapping.replace("Immediate", "Sequential"), encoding="utf-8")
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, codes(answer.document["rows"]), sent(service)) == (2, {"not-as-planned"}, [])
    assert '"m.toml" is not as it was when the plan was saved.' in " ".join(answer.messages)


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(plan: dict[str, Any]) -> None:
        del plan[name]

    return change


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    '("files": it is missing)': _without("files"),
    '("rows.0.place.row": it is not what it should be)': lambda plan: plan["rows"][0]["place"].update(row="2"),
    '("rows.0.outcome": it is not what it should be)': lambda plan: plan["rows"][0].update(outcome="done"),
    '("rows.0.step.values.DisplayOrder': lambda plan: plan["rows"][0]["step"]["values"].update(DisplayOrder=1.5),
    '("token": nothing is known by that name)': lambda plan: plan.update(token="x"),
    '("run": it is not what it should be)': lambda plan: plan.update(run="../../etc"),
    "another version of the importer saved it; plan again": lambda plan: plan.update(version=2),
    "it is not a plan that importer plan -o has saved": lambda plan: plan.update(format="terraform"),
    "another version of the importer saved it": lambda plan: plan["options"].update(colour="red"),
}


@pytest.mark.parametrize("message", DAMAGE)
def test_a_damaged_plan_is_refused(message: str, importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("plan", "a.csv", "-o", "a.plan.json").code == 0
    path = tmp_path / "a.plan.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    DAMAGE[message](plan)
    path.write_text(json.dumps(plan), encoding="utf-8")
    answer = importer("run", "--plan", "a.plan.json")
    assert (answer.code, sent(service)) == (2, [])
    assert message in answer.stderr and "The plan a.plan.json cannot be used: " in answer.stderr


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"[]", b"null", b'{"format": "importer plan", "ver', b"[" * 100_000, b"PK\x03\x04"]
)
def test_a_foreign_file_is_refused(content: bytes, importer: Run, service: Server, tmp_path: Path) -> None:
    (tmp_path / "a.plan.json").write_bytes(content)
    answer = importer("run", "--plan", "a.plan.json")
    assert (answer.code, len(answer.stderr.splitlines()), "Traceback" in answer.stderr) == (2, 1, False)
    assert "The plan a.plan.json cannot be used: it is" in answer.stderr


def test_a_plan_that_is_not_there_is_said_to_be(importer: Run, service: Server) -> None:
    answer = importer("run", "--plan", "a.plan.json")
    assert (answer.code, answer.stderr) == (
        2,
        "The plan a.plan.json cannot be used: no such file or directory.\n",
    )


def test_without_files_and_plan_there_is_nothing_to_run(importer: Run, service: Server) -> None:
    answer = importer("run")
    assert (answer.code, "No file was given." in answer.stderr) == (2, True)


# --- records that are there ---------------------------------------------------------------------------------------


@pytest.fixture
def changes(own_service: Server, tmp_path: Path) -> Path:
    """Four lessons that are there, and a file that changes three of them and adds one."""
    for number in range(1, 5):
        add(own_service, Title=f"Lesson {number}", DisplayOrder=number)
    rows = [[104, f"Lesson {n}", n if n == 4 else n + 10, 1, 1] for n in range(1, 6)]
    headings = ("CourseId", "Title", "DisplayOrder", "UnlockType", "CompletionType")
    return write_csv(tmp_path / "a.csv", headings, rows)


def orders(service: Server) -> dict[str, int]:
    return {one["Title"]: one["DisplayOrder"] for one in held(service, LESSON, 104)}


WANTED = {"Lesson 1": 11, "Lesson 2": 12, "Lesson 3": 13, "Lesson 4": 4, "Lesson 5": 15}


def test_changes_are_saved_and_made(changes: Path, own_service: Server, importer: Run) -> None:
    assert importer("plan", "a.csv", "--on-existing", "update", "-o", "a.plan.json").code == 0
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 1, "updated": 3, "exists": 1})
    assert orders(own_service) == WANTED


def test_a_record_that_was_edited_since_is_named(changes: Path, own_service: Server, importer: Run) -> None:
    assert importer("plan", "a.csv", "--on-existing", "update", "-o", "a.plan.json").code == 0
    lesson = held(own_service, LESSON, 104)[1]
    body = {**lesson, "LessonContents": "<p>Edited in a text that no list shows.</p>"}
    own_service.store.update(LESSON, int(lesson["Id"]), body, by="somebody")
    answer = importer("run", "--plan", "a.plan.json", "--json")
    assert (answer.code, sent(own_service)) == (2, [])
    rows = [row for row, one in answer.by_row().items() if "not-as-planned" in codes([one])]
    assert rows == [3]
    message = answer.by_row()[3]["problems"][0]["message"]
    assert f"number {lesson['Id']} was edited in Nexudus since (LessonContents" in message


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_run_of_saved_changes_that_was_killed_goes_on(
    after: int, changes: Path, own_service: Server, importer: Run, tmp_path: Path
) -> None:
    assert importer("plan", "a.csv", "--on-existing", "update", "-o", "a.plan.json").code == 0
    own_service.faults.add(Fault(method="PUT", path="*", times=1000, wait_after=0.2))
    own_service.faults.add(Fault(method="POST", path="*", times=1000, wait_after=0.2))
    with running("run", "--plan", "a.plan.json", "--concurrency", 2, cwd=tmp_path) as started:
        until(own_service, after)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    again = importer("run", "--plan", "a.plan.json", "--settle", 1, "--json")
    assert (again.code, sum(again.counts.values())) == (0, 5), again
    assert set(again.counts) <= {"created", "updated", "exists"}
    assert orders(own_service) == WANTED
    assert len(held(own_service, LESSON, 104)) == 5


@pytest.fixture
def deletions(own_service: Server, tmp_path: Path) -> Path:
    """Course 102, of which a file deletes a section with its lessons and changes a lesson."""
    lessons = held(own_service, LESSON, 102)
    section = held(own_service, SECTION, 102)[0]["Id"]
    gone = [one for one in lessons if one["SectionId"] == section]
    other = next(one for one in lessons if one["SectionId"] not in (None, section))
    rows = [[one["Id"], "delete", ""] for one in gone] + [[other["Id"], "update", "Renamed"]]
    book = Workbook()
    for name, cells in ((SECTION.sheet, [[section, "delete", ""]]), (LESSON.sheet, rows)):
        sheet = book.create_sheet(name)
        for row in [["Id", "Action", "Title"], *cells]:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


OPTIONS = ("--allow-delete", "--course-id", "102")


@pytest.mark.parametrize("after", [None, 1, 2, 3])
def test_deletions_are_saved_and_made(
    after: int | None, deletions: Path, own_service: Server, importer: Run, tmp_path: Path
) -> None:
    before = len(held(own_service, LESSON, 102))
    planned = importer("plan", "a.xlsx", *OPTIONS, "-o", "a.plan.json", "--json")
    assert planned.code == 0, planned.messages
    if after is not None:
        own_service.faults.add(Fault(method="DELETE", path="*", times=1000, wait_after=0.2))
        own_service.faults.add(Fault(method="PUT", path="*", times=1000, wait_after=0.2))
        with running("run", "--plan", "a.plan.json", "--concurrency", 1, cwd=tmp_path) as started:
            until_written(own_service, after)
            started.kill()
            started.wait(timeout=20)
        own_service.faults.clear()
    answer = importer("run", "--plan", "a.plan.json", "--settle", 1, "--json")
    assert (answer.code, set(answer.counts) - {"deleted", "updated", "exists", "skipped"}) == (0, set()), (
        answer.messages
    )
    assert sum(answer.counts.values()) == len(planned.document["rows"])
    assert len(held(own_service, SECTION, 102)) == 2
    left = held(own_service, LESSON, 102)
    assert len(left) == before - (len(planned.document["rows"]) - 2)
    assert "Renamed" in [one["Title"] for one in left]


def until_written(service: Server, count: int) -> None:
    """Wait until so many records were changed or deleted."""
    for _ in range(1000):
        if sum(entry.method in ("PUT", "DELETE") for entry in service.log.entries) >= count:
            return
        time.sleep(0.02)
    pytest.fail("nothing is written")
