"""`importer undo`: what a run did is taken back, and nothing else is touched."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from importer.entities import COURSE, ENTITIES, ID, LESSON, SECTION, SECTION_ID, TITLE, UPDATED_ON, Entity
from importer.sandbox import Drop, Fault, Server
from tests.flow.commands import Answer, Record, Run, ended, posix_only, running, until, write_csv

LESSONS = "/api/content/courselessons"
HEADINGS = ("Course", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active")


def academy(folder: Path, lessons: int = 4) -> tuple[str, ...]:
    """A course with two sections, and some lessons: two in the course itself, the others in the sections."""
    whole = ("BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "Active")
    write_csv(folder / "c.csv", whole, [[1, 301, "Baking", 1, "Public", "yes"]])
    write_csv(
        folder / "s.csv",
        ("Course", "Title", "DisplayOrder", "UnlockType", "Active"),
        [["Baking", f"Section {n}", n, "Immediate", "yes"] for n in (1, 2)],
    )
    rows = [
        ["Baking", "" if n < 3 else f"Section {n % 2 + 1}", f"Lesson {n}", n, "Immediate", "Visited", "yes"]
        for n in range(1, lessons + 1)
    ]
    write_csv(folder / "l.csv", HEADINGS, rows)
    return ("c.csv", "s.csv", "l.csv")


def content(server: Server) -> dict[str, dict[int, Record]]:
    """Every record that the service holds, but for when it was written."""
    return {
        entity.kind: {
            int(str(record[ID])): {name: value for name, value in record.items() if name != UPDATED_ON.name}
            for record in server.store.get_many(entity, [int(str(one[ID])) for one in server.store.find(entity)[0]])
        }
        for entity in ENTITIES
    }


def named(server: Server, entity: Entity, title: str) -> Record:
    return next(record for record in server.store.find(entity)[0] if record[TITLE.name] == title)


def imported(importer: Run, *files: str, counts: dict[str, int] | None = None) -> Answer:
    answer = importer("run", *files, "--json", "--settle", 0)
    assert counts is None or answer.counts == counts, answer
    return answer


def undone(importer: Run, name: str = "last") -> Answer:
    return importer("undo", name, "--yes", "--json", "--settle", 0)


def test_what_a_run_made_is_deleted_and_a_later_import_makes_it_anew(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    before = content(service)
    files = academy(tmp_path)
    ran = imported(importer, *files, counts={"created": 7})
    service.log.clear()
    answer = undone(importer)
    assert (answer.code, answer.counts) == (0, {"deleted": 7}), answer
    assert content(service) == before
    deletes = [entry.path.split("/")[3] for entry in service.log.entries if entry.method == "DELETE"]
    assert deletes == ["courselessons"] * 4 + ["coursesections"] * 2 + ["courses"]
    runs = json.loads(importer("runs", "--json").stdout)["runs"]
    assert [(one["command"], one["of_run"]) for one in runs] == [("undo", ran.document["run_id"]), ("run", None)]
    (report,) = map(Path, answer.document["reports"])
    rows = list(load_workbook(tmp_path / report).worksheets[0].iter_rows(values_only=True))
    assert report.name == f"c.run-{answer.document['run_id']}.xlsx"
    assert [row[5] for row in rows[2:]] == ["deleted"] * 7
    numbers = [row["id"] for row in ran.document["rows"]]
    assert [row["id"] for row in answer.document["rows"]] == [row[7] for row in rows[2:]] == numbers
    told = importer("report", answer.document["run_id"], "--json")
    assert [row["id"] for row in told.document["rows"]] == numbers

    again = undone(importer)
    assert (again.code, again.counts, again.document["requests"]["writes"]) == (0, {"deleted": 7}, 0)
    nothing_left = f"Nothing is left to do for the run {ran.document['run_id']}."
    assert f"{nothing_left} Where an earlier one is meant, importer runs lists them all." in again.messages
    imported(importer, *files, counts={"created": 7})


def test_nothing_is_taken_back_without_being_asked(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    before, requests = content(service), service.log.count()
    refused = importer("undo", "last")
    assert (refused.code, service.log.count()) == (2, requests)
    assert "Add --yes, or look with --dry-run." in refused.stderr
    looked = importer("undo", "last", "--dry-run")
    assert looked.code == 0 and "Would delete 1 course, 2 sections and 4 lessons: 7 writes" in looked.stdout
    assert "7 rows: 7 not taken back yet." in looked.stdout
    assert content(service) == before
    assert len(json.loads(importer("runs", "--json").stdout)["runs"]) == 1


def test_where_its_report_cannot_be_written_nothing_is_taken_back(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    before, requests = content(service), service.log.count()
    refused = importer("undo", "last", "--yes", "--report-dir", "nowhere")
    said = "The report cannot be written to nowhere: there is no such folder. Choose another folder with --report-dir."
    assert (refused.code, refused.stderr.strip()) == (2, said)
    assert (content(service), service.log.count()) == (before, requests)
    assert importer("undo", "last", "--dry-run", "--report-dir", "nowhere").code == 0


def test_where_the_folder_goes_meanwhile_it_says_what_it_did(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    (tmp_path / "there").mkdir()
    delete = service.store.delete

    def and_go(entity: Entity, id: int) -> bool:
        if entity is COURSE:
            (tmp_path / "there").rmdir()
        return delete(entity, id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.store, "delete", and_go)
        answer = importer("undo", "last", "--yes", "--json", "--settle", 0, "--report-dir", "there")
    codes = {problem["code"] for problem in answer.document["problems"]}
    assert (answer.code, answer.counts, "report-not-written" in codes) == (0, {"deleted": 7}, True), answer


@pytest.mark.parametrize("words", [("--dry-run",), ("--yes",)], ids=lambda words: words[0])
def test_where_a_run_did_nothing_that_is_said(
    words: tuple[str, ...], importer: Run, service: Server, tmp_path: Path
) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    imported(importer, *academy(tmp_path), counts={"exists": 7})
    answer = importer("undo", "last", *words)
    assert answer.code == 0 and "Nothing is left to do for the run" in answer.stdout, answer


def test_only_looking_can_be_asked_for_by_the_environment(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    before = content(service)
    monkeypatch.setenv("IMPORTER_DRY_RUN", "yes")
    looked = importer("undo", "last", "--yes")
    assert looked.code == 0 and "7 rows: 7 not taken back yet." in looked.stdout
    assert content(service) == before
    monkeypatch.setenv("IMPORTER_DRY_RUN", "perhaps")
    assert importer("undo", "last", "--yes").code == 2
    assert content(service) == before


def test_what_was_changed_is_put_back(importer: Run, service: Server, tmp_path: Path) -> None:
    files = academy(tmp_path)
    imported(importer, *files, counts={"created": 7})
    before = content(service)
    text = (tmp_path / "l.csv").read_text("utf-8")
    (tmp_path / "l.csv").write_text(text.replace("Visited", "Button", 2).replace(",4,Imm", ",9,Imm"), "utf-8")
    ran = importer("run", *files, "--on-existing", "update", "--json")
    assert (ran.code, ran.counts) == (0, {"updated": 3, "exists": 4})
    assert content(service) != before
    answer = undone(importer)
    assert (answer.code, answer.counts) == (0, {"updated": 3}), answer
    assert content(service) == before
    assert undone(importer).counts == {"exists": 3}


def test_it_shows_what_it_would_put_back_and_delete(importer: Run, service: Server, tmp_path: Path) -> None:
    files = academy(tmp_path, 30)
    imported(importer, *files, counts={"created": 33})
    first = json.loads(importer("runs", "--json").stdout)["runs"][0]["run_id"]
    numbers = [named(service, LESSON, f"Lesson {n}")[ID] for n in (4, 5)]
    changes = [[numbers[0], "Baking", "", "Lesson 4", 9], [numbers[1], "Baking", "Section 1", "", ""]]
    write_csv(tmp_path / "m.csv", ("Id", "Course", "Section", "Title", "DisplayOrder"), changes)
    assert importer("run", "m.csv", "--kind", "lessons", "--on-existing", "update", "--json").counts == {"updated": 2}
    looked = importer("undo", "last", "--dry-run")
    for line in (
        "Changes",
        '  m.csv, column E "DisplayOrder": 1 cell changed',
        "    row 2: 9 → 4",
        '  m.csv, column C "Section": 1 cell changed',
        '    row 3: "Section 1" → "Section 2"',
    ):
        assert line in looked.stdout.splitlines(), looked.stdout
    rows = importer("undo", "last", "--dry-run", "--json").document["rows"]
    assert [(row["title"], row["changes"]) for row in rows] == [
        ("Lesson 4", [{"column": "E DisplayOrder", "field": "DisplayOrder", "old": 9, "new": 4}]),
        ("Lesson 5", [{"column": "C Section", "field": "Section", "old": "Section 1", "new": "Section 2"}]),
    ]
    answer = undone(importer)
    assert [row["changes"] for row in answer.document["rows"]] == [row["changes"] for row in rows]
    report = load_workbook(tmp_path / answer.document["reports"][0]).worksheets[0]
    assert [row[6] for row in report.iter_rows(min_row=3, values_only=True)] == [
        "Changed: DisplayOrder: 9 → 4",
        'Changed: Section: "Section 1" → "Section 2"',
    ]

    short, whole = (importer("undo", first, "--dry-run", *words).stdout for words in ((), ("--verbose",)))
    assert "and 13 more" in short and '"Lesson 1"' not in short
    assert "more" not in whole and all(f'row {n + 1}: "Lesson {n}"' in whole for n in range(1, 31))


def test_a_lesson_that_was_moved_goes_back_and_its_new_section_goes(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    before, lesson = content(service), named(service, LESSON, "Lesson 4")[ID]
    write_csv(
        tmp_path / "n.csv", ("Course", "Title", "DisplayOrder", "UnlockType"), [["Baking", "New", 3, "Immediate"]]
    )
    write_csv(tmp_path / "m.csv", ("Id", "Course", "Section", "Title"), [[lesson, "Baking", "New", "Lesson 4"]])
    ran = importer("run", "n.csv", "m.csv", "--on-existing", "update", "--json")
    assert ran.counts == {"created": 1, "updated": 1}, ran
    looked = importer("undo", "last", "--dry-run")
    assert "Would update 1 lesson and delete 1 section: 2 writes" in looked.stdout, looked
    answer = undone(importer)
    assert (answer.code, answer.counts) == (0, {"updated": 1, "deleted": 1}), answer
    assert content(service) == before


def test_a_lesson_whose_section_was_deleted_is_left_where_it_is(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    sections = {n: named(service, SECTION, f"Section {n}")[ID] for n in (1, 2)}
    moved = [record for record in service.store.find(LESSON)[0] if record[SECTION_ID.name] == sections[1]]
    assert moved
    write_csv(tmp_path / "s2.csv", ("Id", "Course", "Title", "Action"), [[sections[1], "Baking", "", "delete"]])
    rows = [[record[ID], "Baking", "Section 2", ""] for record in moved]
    write_csv(tmp_path / "l2.csv", ("Id", "Course", "Section", "CompletionType"), rows)
    words = ("s2.csv", "l2.csv", "--on-existing", "update", "--allow-delete", "--json")
    ran = importer("run", *words)
    assert ran.counts == {"deleted": 1, "updated": len(moved)}, ran.stdout
    for answer in (importer("undo", "last", "--dry-run", "--json"), undone(importer)):
        assert (answer.code, answer.counts) == (1, {"failed": 1 + len(moved)}), answer
        assert {row["kind"]: row["problems"][0]["code"] for row in answer.document["rows"]} == {
            "sections": "not-taken-back",
            "lessons": "left-parent-gone",
        }
        assert answer.document["requests"]["writes"] == 0


def test_an_export_that_was_changed_and_taken_back_is_the_export_again(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    importer("export", "--all", "-o", "first.xlsx")
    book = load_workbook(tmp_path / "first.xlsx")
    for row in book["Lessons"].iter_rows(min_row=2, max_row=6):
        next(cell for cell in row if cell.column == _column(book["Lessons"], TITLE.name)).value = f"New {row[0].row}"
    book.save(tmp_path / "changed.xlsx")
    planned = importer("plan", "changed.xlsx", "--on-existing", "update", "--json")
    assert planned.counts["pending"] == 5
    ran = importer("run", "changed.xlsx", "--on-existing", "update", "--verify", "--json")
    assert (ran.code, ran.counts["updated"]) == (0, 5)
    assert undone(importer).counts == {"updated": 5}
    importer("export", "--all", "-o", "second.xlsx")
    assert _cells(tmp_path / "first.xlsx") == _cells(tmp_path / "second.xlsx")


def _column(sheet: Any, heading: str) -> int:
    return int(next(cell.column for cell in sheet[1] if str(cell.value).rstrip("*") == heading))


def _cells(path: Path) -> list[list[list[object]]]:
    """All cells but those that say when a record was written last."""
    book = load_workbook(path)
    sheets = [book[entity.sheet] for entity in ENTITIES]
    stamps = [_column(sheet, UPDATED_ON.name) for sheet in sheets]
    return [
        [[cell.value for cell in row if cell.column != stamp] for row in sheet.iter_rows()]
        for sheet, stamp in zip(sheets, stamps, strict=True)
    ]


def test_what_was_edited_since_is_left_and_named(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    lesson = named(service, LESSON, "Lesson 4")
    time.sleep(1.1)  # the service's stamps are whole seconds
    service.store.update(LESSON, int(lesson[ID]), {**lesson, "DisplayOrder": 77})
    answer = undone(importer)
    assert (answer.code, answer.counts) == (1, {"deleted": 4, "failed": 3}), answer
    left = {row["title"]: row["problems"][0] for row in answer.document["rows"] if row["outcome"] == "failed"}
    assert {title: problem["code"] for title, problem in left.items()} == {
        "Lesson 4": "left-edited",
        "Section 1": "left-with-content",
        "Baking": "left-with-content",
    }
    assert '"Lesson 4"' in left["Section 1"]["message"]
    assert named(service, LESSON, "Lesson 4")["DisplayOrder"] == 77


def test_runs_that_built_upon_each_other_are_taken_back_one_after_the_other(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    before = content(service)
    files = academy(tmp_path)
    first = imported(importer, *files, counts={"created": 7}).document["run_id"]
    time.sleep(1.1)  # the service's stamps are whole seconds
    text = (tmp_path / "l.csv").read_text("utf-8")
    (tmp_path / "l.csv").write_text(text.replace("Visited", "Button", 2), "utf-8")
    later = importer("run", *files, "--on-existing", "update", "--json")
    assert later.counts == {"updated": 2, "exists": 5}
    time.sleep(1.1)
    assert undone(importer, later.document["run_id"]).counts == {"updated": 2}
    assert undone(importer, first).counts == {"deleted": 7}
    assert content(service) == before


def test_an_import_that_took_several_runs_is_named_as_a_whole(importer: Run, service: Server, tmp_path: Path) -> None:
    before = content(service)
    files = academy(tmp_path)
    service.faults.add(Fault(method="POST", path=LESSONS, nth=3, times=99, work=False, status=404))
    first = imported(importer, *files).document["run_id"]
    service.faults.clear()
    second = imported(importer, *files).document["run_id"]
    for answer in (importer("undo", "last", "--dry-run", "--json"), undone(importer)):
        assert answer.code == 0, answer
        (named,) = [one for one in answer.document["problems"] if one["code"] == "other-runs-of-import"]
        assert named["message"].endswith(f"For the rest of it: importer undo {first}."), named
    answer = undone(importer, first)
    assert (answer.code, content(service)) == (0, before), answer
    for name in (first, second):
        codes = {one["code"] for one in undone(importer, name).document["problems"]}
        assert codes == {"nothing-left", "report-of-undo"}


def test_what_holds_the_work_of_others_is_left(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    section = named(service, SECTION, "Section 2")
    theirs = {**named(service, LESSON, "Lesson 3"), TITLE.name: "Theirs", SECTION_ID.name: section[ID]}
    service.store.create(LESSON, theirs)
    before = len(content(service)["lessons"])
    answer = undone(importer)
    assert (answer.code, answer.counts) == (1, {"deleted": 5, "failed": 2}), answer
    assert len(content(service)["lessons"]) == before - 4
    assert named(service, SECTION, "Section 2") and named(service, COURSE, "Baking")


def test_content_that_comes_while_it_is_taken_back_is_seen(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    section, lesson = named(service, SECTION, "Section 1"), named(service, LESSON, "Lesson 4")
    theirs = {**lesson, TITLE.name: "Theirs", SECTION_ID.name: section[ID]}
    delete = service.store.delete

    def and_add(entity: Entity, id: int) -> bool:
        if id == lesson[ID]:
            service.store.create(LESSON, theirs)
        return delete(entity, id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.store, "delete", and_add)
        answer = undone(importer)
    assert (answer.code, answer.counts) == (1, {"deleted": 5, "failed": 2}), answer
    assert named(service, LESSON, "Theirs")["CourseId"] == named(service, COURSE, "Baking")[ID]


def test_answers_that_get_lost_do_no_harm(importer: Run, service: Server, tmp_path: Path) -> None:
    before = content(service)
    imported(importer, *academy(tmp_path, 8), counts={"created": 11})
    service.faults.add(
        Fault(method="DELETE", nth=2, drop=Drop.RESET),
        Fault(method="DELETE", nth=4, status=500, work=False),
        Fault(method="DELETE", nth=6, status=502),
    )
    answer = undone(importer)
    assert (answer.code, answer.counts) == (0, {"deleted": 11}), answer
    assert content(service) == before


def test_what_nobody_knows_is_left_to_a_retry(importer: Run, service: Server, tmp_path: Path) -> None:
    files = academy(tmp_path)
    service.faults.add(Fault(method="POST", path=LESSONS, nth=2, drop=Drop.RESET, colleague=True))
    assert imported(importer, *files).counts["unknown"] == 1
    answer = undone(importer)
    assert answer.code == 5 and answer.counts["unknown"] == 1
    told = next(row for row in answer.document["rows"] if row["outcome"] == "unknown")
    assert told["problems"][0]["code"] == "left-in-doubt"


def test_a_run_that_took_back_another_is_not_taken_back(importer: Run, service: Server, tmp_path: Path) -> None:
    imported(importer, *academy(tmp_path), counts={"created": 7})
    own = undone(importer).document["run_id"]
    for command in ("undo", "retry"):
        refused = importer(command, own, "--yes")
        assert (refused.code, f'Run "{own}" took back another one' in refused.stderr) == (2, True)
    told = importer("report", own, "--json")
    assert (told.code, told.counts) == (0, {"deleted": 7})


@pytest.mark.parametrize(
    ("nth", "pending", "said"),
    [(1, 7, "Nothing was sent"), (3, 3, "Run the same command again later: it goes on where it stopped.")],
)
def test_a_list_that_cannot_be_had_any_more_stops_an_undo_that_says_truly_what_it_did(
    nth: int, pending: int, said: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    imported(importer, *academy(tmp_path))
    service.faults.add(
        Fault(method="GET", path="/api/content/courselessons", nth=nth, times=99, work=False, status=500)
    )
    answer = undone(importer)
    assert (answer.code, answer.counts["pending"], said in answer.stderr) == (4, pending, True), answer
    assert answer.counts.get("deleted", 0) == 7 - pending
    service.faults.clear()
    assert undone(importer).code == 0


@posix_only
@pytest.mark.parametrize("after", [1, 4, 6])
def test_a_run_and_its_undo_that_are_killed_leave_nothing(
    after: int, importer: Run, own_service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    before = content(own_service)
    files = academy(tmp_path)
    own_service.faults.add(
        Fault(method="DELETE", wait_before=0.2, wait_after=0.2), Fault(method="POST", path="*course*", wait_after=0.1)
    )
    with running("run", *files, "--settle", 0, cwd=tmp_path) as started:
        until(own_service, after)
        started.kill()
        started.wait(timeout=20)
    first = json.loads(importer("runs", "--json").stdout)["runs"][0]["run_id"]
    imported(importer, *files)
    second = json.loads(importer("runs", "--json").stdout)["runs"][0]["run_id"]
    for name in (second, first):
        _killed_in_the_middle(name, own_service, after, tmp_path)
        own_service.faults.clear()
        assert undone(importer, name).code in (0, 1)
        if name == second:
            own_service.faults.add(Fault(method="DELETE", wait_before=0.2, wait_after=0.2))
    undone(importer, second)
    assert content(own_service) == before


def _killed_in_the_middle(name: str, service: Server, after: int, tmp_path: Path) -> None:
    gone = service.log.count("DELETE")
    with running("undo", name, "--yes", "--settle", 0, cwd=tmp_path) as started:
        while started.poll() is None and service.log.count("DELETE") < gone + after:
            pass
        started.kill()
        ended(started)
