"""`importer runs`, `importer report` and `importer retry`: what earlier runs came to, and what is left of them."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from importer.entities import ID, LESSON, SECTION
from importer.sandbox import Drop, Fault, Server
from tests.flow.commands import (
    LESSON_HEADINGS,
    Answer,
    Run,
    ended,
    lessons_csv,
    posix_only,
    running,
    sections_csv,
    sent,
    titles,
    until,
    write_csv,
)

LESSONS = "/api/content/courselessons"
THIRD_VERSION = Path(__file__).parents[1] / "samples" / "journal-3.sqlite3"


def refusal(message: str) -> str:
    error = {"AttemptedValue": "", "Message": message, "PropertyName": "Title"}
    return json.dumps({"Status": 400, "Message": message, "Value": None, "WasSuccessful": False, "Errors": [error]})


def refused(containing: str) -> Fault:
    return Fault(method="POST", containing=containing, work=False, status=400, body=refusal("is rude"))


def closed(nth: int) -> Fault:
    """The service takes nothing from that row on."""
    return Fault(method="POST", path=LESSONS, nth=nth, times=99, work=False, status=404)


def mixed(tmp_path: Path) -> None:
    """Ten lessons, the third of them with a mistake, the fifth with an odd title."""
    rows: list[list[Any]] = [[104, "", f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in range(1, 11)]
    rows[2][4] = "Sometimes"
    rows[4][2] = "=1+1; größer"
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)


def listed(importer: Run, *words: object) -> list[dict[str, Any]]:
    answer = importer("runs", "--json", *words)
    assert (answer.code, answer.stderr) == (0, "")
    found = json.loads(answer.stdout)["runs"]
    assert isinstance(found, list)
    return found


def counts(run: dict[str, Any]) -> dict[str, int]:
    return {outcome: count for outcome, count in run["counts"].items() if count}


# --- runs -------------------------------------------------------------------------------------------------


def test_runs_are_listed_with_what_became_of_them(importer: Run, service: Server, tmp_path: Path) -> None:
    assert importer("runs").stdout == "No run is known yet.\n"
    mixed(tmp_path)
    sections_csv(tmp_path / "b.csv", 2)
    importer("plan", "a.csv", "b.csv")
    service.faults.add(closed(4))
    first = importer("run", "a.csv", "b.csv", "--json", "--concurrency", 1, "--default", "Active=no")
    importer("run", "b.csv", "--json")
    second, stopped = listed(importer)
    assert (stopped["run_id"], stopped["status"]) == (first.document["run_id"], "stopped")
    assert second["status"] == "completed"
    assert (stopped["files"], counts(stopped)) == (["a.csv", "b.csv"], {"created": 5, "invalid": 1, "pending": 6})
    assert (stopped["account"], stopped["address"]) == ("ops@example.com", service.base_url)
    assert (stopped["options"]["default"], stopped["options"]["concurrency"]) == (["Active=no"], 1)
    assert "status 404" in stopped["stop"]
    assert (counts(second), second["command"], second["of_run"]) == ({"exists": 2}, "run", None)
    assert [one["run_id"] for one in listed(importer, "--limit", 1)] == [second["run_id"]]
    heads, newest, oldest = importer("runs").stdout.splitlines()
    assert heads.split() == ["Started", "Files", "Account", "Rows", "Ended", "Run"]
    assert newest.split()[-4:] == ["2", "exists", "completed", second["run_id"]]
    assert "a.csv, b.csv" in oldest and "5 created, 1 invalid, 6 pending  stopped    " in oldest


def test_more_runs_than_any_journal_holds_are_all_of_them(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    importer("run", "a.csv")
    answer = importer("runs", "--limit", 10**20)
    assert (answer.code, answer.stderr, len(answer.stdout.splitlines())) == (0, "", 2)


def test_no_secret_is_among_the_options(importer: Run, service: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUDUS_PASSWORD", os.environ["NEXUDUS_PASSWORD"])
    lessons_csv(Path("a.csv"), 1)
    importer("run", "a.csv", "--yes", "--quiet")
    (run,) = listed(importer)
    names = "token username password totp yes quiet".split()
    assert [name for name in names if name in run["options"]] == []
    assert os.environ["NEXUDUS_PASSWORD"] not in json.dumps(run)


@pytest.mark.parametrize("command", ["report", "retry"])
def test_a_run_that_is_not_known_is_told(command: str, importer: Run, service: Server, tmp_path: Path) -> None:
    nothing = importer(command, "last")
    assert (nothing.code, nothing.stderr) == (2, 'Run "last": no run is known yet.\n')
    lessons_csv(tmp_path / "a.csv", 1)
    importer("run", "a.csv")
    wrong = importer(command, "zz")
    assert (wrong.code, wrong.stderr) == (2, 'Run "zz": no run is known by that.\n')
    for letter in "0123456789abcdef" * 5:
        importer("run", "a.csv")
        if len([one for one in listed(importer) if one["run_id"].startswith(letter)]) > 1:
            several = importer(command, letter)
            assert (several.code, several.stderr) == (2, f'Run "{letter}": more than one run begins with it.\n')
            return


# --- report -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_report_is_written_again_as_it_was(ending: str, importer: Run, service: Server, tmp_path: Path) -> None:
    mixed(tmp_path)
    if ending == "xlsx":
        importer("template", "course", "-o", "a.xlsx")
        book = load_workbook(tmp_path / "a.xlsx")
        for n, completed in enumerate(("None", "Sometimes", "Button"), start=1):
            book["Lessons"].append([104, None, f"Lesson {n}", None, "Hi", n, "Immediate", None, completed])
        book.save(tmp_path / "a.xlsx")
    service.faults.add(refused("Lesson 1"))
    ran = importer("run", f"a.{ending}", "--json")
    reports = [Path(name) for name in ran.document["reports"]]
    before = [_content(path) for path in reports]
    assert len(before) == 2
    for path in reports:
        path.unlink()
    requests = service.log.count()
    told = importer("report", ran.document["run_id"][:5], "--json")
    assert (told.code, told.stderr, service.log.count()) == (0, "", requests)
    assert told_of(told) == told_of(ran)
    same = ("run_id", "status", "counts", "reports", "requests", "problems")
    assert [told.document[name] for name in same] == [ran.document[name] for name in same]
    assert [_content(path) for path in reports] == before


def test_a_report_of_changes_is_written_again_as_it_was(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    importer("run", "a.csv")
    text = (tmp_path / "a.csv").read_text("utf-8")
    (tmp_path / "a.csv").write_text(text.replace("Visited", "Button", 2).replace(",2,", ",9,"), "utf-8")
    ran = importer("run", "a.csv", "--on-existing", "update", "--json")
    assert (ran.code, ran.counts) == (0, {"updated": 2, "exists": 1})
    report = tmp_path / "a.report.csv"
    before = report.read_bytes()
    assert "Visited → Button" in before.decode()
    report.unlink()
    told = importer("report", "last", "--json")
    assert (told.code, told.document["rows"]) == (0, ran.document["rows"])
    assert report.read_bytes() == before


def test_a_report_tells_again_into_which_section_a_lesson_was_moved(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    headings = ("CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType")
    section = ("CourseId", "Title", "DisplayOrder", "UnlockType")
    write_csv(tmp_path / "s.csv", section, [[104, "Old", 1, "Immediate"]])
    write_csv(tmp_path / "l.csv", headings, [[104, "Old", "Keys", 1, "Immediate", "Visited"]])
    made = importer("run", "s.csv", "l.csv", "--json").document["rows"]
    write_csv(tmp_path / "s.csv", section, [[104, "New", 2, "Immediate"]])
    write_csv(tmp_path / "l.csv", ("Id", *headings[:3]), [[made[1]["id"], 104, "New", "Keys"]])
    ran = importer("run", "s.csv", "l.csv", "--on-existing", "update", "--json")
    assert (ran.code, ran.counts) == (0, {"created": 1, "updated": 1}), ran
    told = importer("report", "last", "--json")
    assert (told.code, told.document["rows"]) == (0, ran.document["rows"])
    assert 'Section: ""Old"" → ""New""' in (tmp_path / "l.report.csv").read_text("utf-8")


def told_of(answer: Answer) -> list[dict[str, Any]]:
    """The rows; of a cell that its message does not quote, the journal keeps nothing."""
    return [
        {**row, "problems": [{**problem, "value": None} for problem in row["problems"]]}
        for row in answer.document["rows"]
    ]


def _content(path: Path) -> object:
    if path.suffix == ".csv":
        return path.read_bytes()
    return [[[cell.value for cell in row] for row in sheet] for sheet in load_workbook(path)]


@pytest.mark.parametrize("gone", [True, False])
def test_without_its_file_a_report_is_a_list(gone: bool, importer: Run, service: Server, tmp_path: Path) -> None:
    mixed(tmp_path)
    ran = importer("run", "a.csv", "--json")
    before = (tmp_path / "a.report.csv").read_bytes()
    if gone:
        (tmp_path / "a.csv").unlink()
    else:
        lessons_csv(tmp_path / "a.csv", 3)
    answer = importer("report", "last", "--json")
    assert answer.code == 0
    (path,) = map(Path, answer.document["reports"])
    assert path.name == f"a.run-{ran.document['run_id']}.xlsx"
    assert (tmp_path / "a.report.csv").read_bytes() == before
    (note,) = answer.document["problems"]
    assert note["code"] == "report-plain"
    assert ("a.csv cannot be read any more" if gone else "a.csv has changed since the run") in note["message"]
    assert answer.document["rows"] == ran.document["rows"]
    head, headings, *rows = load_workbook(tmp_path / path).worksheets[0].iter_rows(values_only=True)
    assert head[0] == note["message"]
    assert headings == ("File", "Sheet", "Row", "Kind", "Title", "ImportStatus", "ImportError", "NexudusId")
    assert [(row[2], row[4], row[5]) for row in rows] == [
        (one["row"], one["title"], one["outcome"]) for one in ran.document["rows"]
    ]
    assert rows[2][6] == ran.document["rows"][2]["problems"][0]["message"]


def test_a_report_goes_where_it_is_told(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    importer("run", "a.csv")
    (tmp_path / "there").mkdir()
    assert importer("report", "last", "--report-dir", "there").code == 0
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["a.report.csv"]
    missing = importer("report", "last", "--report-dir", "nowhere")
    assert (missing.code, "nowhere" in missing.stderr) == (2, True)


def test_a_report_is_found_from_another_folder(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(tmp_path)
    importer("run", "a.csv")
    before = (tmp_path / "a.report.csv").read_bytes()
    (tmp_path / "a.report.csv").unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert importer("report", "last").code == 0
    assert (tmp_path / "a.report.csv").read_bytes() == before


def test_a_run_of_an_older_importer_has_a_list_of_what_it_sent(importer: Run, tmp_path: Path) -> None:
    shutil.copy(THIRD_VERSION, tmp_path / "old.sqlite3")
    answer = importer("report", "af7e", "--json", "--journal", "old.sqlite3")
    assert (answer.code, answer.counts) == (0, {"created": 2})
    assert "an older version of the importer made the run" in answer.messages[0]
    refused = importer("retry", "af7e", "--journal", "old.sqlite3")
    assert (refused.code, "kept only the rows that it sent" in refused.stderr) == (2, True)


def test_a_report_can_be_in_another_language(importer: Run, service: Server, tmp_path: Path) -> None:
    mixed(tmp_path)
    importer("run", "a.csv")
    told = importer("report", "last", "--lang", "es")
    assert (told.code, "no es una de las opciones" in (tmp_path / "a.report.csv").read_text("utf-8")) == (0, True)


# --- retry ------------------------------------------------------------------------------------------------


def retry(importer: Run, *words: object) -> Answer:
    return importer("retry", "last", "--json", "--settle", 0, *words)


def test_what_was_not_reached_is_sent_and_nothing_else(importer: Run, service: Server, tmp_path: Path) -> None:
    mixed(tmp_path)
    service.faults.add(refused("Lesson 2"), closed(4))
    ran = importer("run", "a.csv", "--json", "--concurrency", 1, "--default", "Active=no")
    assert (ran.code, ran.counts) == (4, {"created": 2, "rejected": 1, "invalid": 1, "pending": 6})
    service.faults.clear()
    for record in [one for one in service.store.find(LESSON)[0] if one["Title"] == "Lesson 1"]:
        service.store.delete(LESSON, int(str(record[ID])))
    before = len(sent(service))
    again = retry(importer)
    assert (again.code, again.counts) == (1, {"created": 8, "rejected": 1, "invalid": 1})
    assert len(sent(service)) == before + 6
    assert "Lesson 1" not in titles(service, LESSON) and "Lesson 2" not in titles(service, LESSON)
    kept = [row for row in told_of(ran) if row["outcome"] != "pending"]
    assert [row for row in told_of(again) if row["row"] in {one["row"] for one in kept}] == kept
    assert "created" in (tmp_path / "a.report.csv").read_text("utf-8").splitlines()[10]
    newest, oldest = listed(importer)
    assert (newest["command"], newest["of_run"], counts(newest)) == ("retry", oldest["run_id"], again.counts)
    assert newest["options"]["default"] == ["Active=no"]
    nothing = importer("retry", "last")
    assert nothing.code == 1 and f"Nothing is left to do for the run {newest['run_id']}." in nothing.stdout
    assert len(sent(service)) == before + 6 and len(listed(importer)) == 2


def test_a_row_in_doubt_is_found_and_not_made_twice(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 4)
    service.faults.add(Fault(method="POST", path=LESSONS, nth=2, drop=Drop.RESET, colleague=True))
    ran = importer("run", "a.csv", "--json", "--concurrency", 1, "--settle", 0)
    assert (ran.code, ran.counts) == (5, {"created": 3, "unknown": 1})
    still = retry(importer)
    assert (still.code, still.counts) == (5, ran.counts)
    twin = next(one for one in service.store.find(LESSON)[0] if one["Title"] == "Lesson 2")
    service.store.delete(LESSON, int(str(twin[ID])))
    again = retry(importer)
    assert (again.code, again.counts) == (0, {"created": 4})
    assert sorted(titles(service, LESSON)) == [f"Lesson {n}" for n in range(1, 5)]


def test_what_stands_below_a_row_that_is_not_sent_again_is_blocked(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    sections_csv(tmp_path / "s.csv", 2)
    rows = [[104, f"Section {n}", f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in (1, 2)]
    write_csv(tmp_path / "l.csv", LESSON_HEADINGS, rows)
    service.faults.add(refused("Section 1"), closed(1))
    ran = importer("run", "s.csv", "l.csv", "--json", "--concurrency", 1)
    assert ran.counts == {"created": 1, "rejected": 1, "pending": 1, "blocked": 1}
    service.faults.clear()
    again = retry(importer)
    assert (again.code, again.counts) == (1, {"created": 2, "rejected": 1, "blocked": 1})
    assert '"Section 1" (s.csv, row 2) was refused by Nexudus' in again.by_row()[2]["problems"][0]["message"]
    assert titles(service, SECTION) == ["Section 2"]


def test_a_file_that_changed_is_not_taken_up(importer: Run, service: Server, tmp_path: Path) -> None:
    mixed(tmp_path)
    service.faults.add(closed(2))
    importer("run", "a.csv", "--concurrency", 1)
    service.faults.clear()
    before = len(sent(service))
    text = (tmp_path / "a.csv").read_text("utf-8")
    (tmp_path / "a.csv").write_text(text.replace("Lesson 9", "Lesson nine"), "utf-8")
    changed = importer("retry", "last")
    assert (changed.code, "a.csv has changed since the run. Import the file with" in changed.stderr) == (2, True)
    (tmp_path / "a.csv").unlink()
    gone = importer("retry", "last")
    assert (gone.code, "a.csv cannot be read any more" in gone.stderr) == (2, True)
    assert len(sent(service)) == before


def test_another_account_does_not_take_up_a_run(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed(tmp_path)
    service.faults.add(closed(2))
    importer("run", "a.csv", "--concurrency", 1)
    monkeypatch.setenv("NEXUDUS_USERNAME", "somebody@example.com")
    answer = importer("retry", "last")
    assert (answer.code, "another account (ops@example.com," in answer.stderr) == (2, True)


def test_records_that_are_created_whatever_is_there_are_not_made_twice(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    mixed(tmp_path)
    service.faults.add(closed(4))
    importer("run", "a.csv", "--on-existing", "create", "--concurrency", 1)
    service.faults.clear()
    assert retry(importer).counts == {"created": 9, "invalid": 1}
    assert len(titles(service, LESSON)) == 9


@posix_only
def test_a_run_that_is_still_going_is_told_so_and_left_to_itself(
    importer: Run, own_service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    mixed(tmp_path)
    own_service.faults.add(Fault(method="POST", path=LESSONS, nth=4, wait_before=8))
    with running("run", "a.csv", "--concurrency", 1, cwd=tmp_path) as started:
        until(own_service, 3)
        (run,) = listed(importer)
        assert (run["status"], counts(run)) == ("running", {"created": 3, "invalid": 1, "pending": 6})
        table = importer("runs").stdout
        assert "  running  " in table and "cut off" not in table
        told = importer("report", "last", "--json")
        assert (told.code, told.counts) == (0, counts(run))
        assert f"The run is still going (run {run['run_id']}, process {started.pid} on " in told.messages[-1]
        assert "the run ended while it was on its way" not in told.stdout and "stopped before" not in told.stdout
        again = importer("retry", "last", "--json")
        assert (again.code, again.document["status"], again.document["rows"]) == (4, "stopped", [])
        assert f"process {started.pid} on " in again.messages[-1]
        assert ended(started).code == 1
    assert [one["status"] for one in listed(importer)] == ["completed"]


@posix_only
def test_a_run_that_was_killed_is_told_of_and_taken_up(
    importer: Run, own_service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    mixed(tmp_path)
    own_service.faults.add(Fault(method="POST", path=LESSONS, nth=4, times=99, wait_before=3))
    with running("run", "a.csv", "--concurrency", 1, cwd=tmp_path) as started:
        until(own_service, 3)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    (run,) = listed(importer)
    assert (run["status"], run["counts"]["invalid"], sum(run["counts"].values())) == (None, 1, 10)
    assert "cut off" in importer("runs").stdout
    told = importer("report", "last", "--json")
    assert (told.code, told.counts) == (0, counts(run))
    assert "The run was cut off." in told.messages[-1]
    again = retry(importer)
    assert (again.code, again.counts) == (1, {"created": 9, "invalid": 1})
    assert len(titles(own_service, LESSON)) == len(set(titles(own_service, LESSON))) == 9
