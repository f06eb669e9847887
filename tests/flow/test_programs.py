"""What the command line does, done by a program."""

import asyncio
import json
import threading
from pathlib import Path

import pytest

from importer import pipeline
from importer.choices import Existing
from importer.derive.template import write_template
from importer.ending import Desk
from importer.entities import LESSON
from importer.errors import BusyError, FileError, NoCredentialsError, SettingError
from importer.lock import only_writer
from importer.model import Outcome, Report, Status
from importer.report import document, summary
from importer.sandbox import OPS, Fault, Server
from importer.settings import Settings, read_settings
from tests.flow.commands import lessons_csv, sent, titles, write_csv


@pytest.fixture
def settings(service: Server, tmp_path: Path) -> Settings:
    return read_settings({"state_dir": tmp_path / "state"})


def test_check_plan_and_run_are_calls(settings: Settings, service: Server, tmp_path: Path) -> None:
    file = str(lessons_csv(tmp_path / "a.csv", 3))
    checked, planned = pipeline.check([file], settings), pipeline.plan([file], settings)
    assert checked.counts[Outcome.PENDING] == planned.counts[Outcome.PENDING] == 3
    assert planned.plan is not None and planned.plan.cost.writes == 3
    assert sent(service) == []
    ran = pipeline.run([file], settings)
    assert (ran.status, ran.counts[Outcome.CREATED]) == (Status.COMPLETED, 3)
    assert json.loads(json.dumps(document(ran)))["counts"]["created"] == 3
    assert "3 rows: 3 created." in summary(ran)


def test_a_program_is_asked_and_told_of_progress(settings: Settings, service: Server, tmp_path: Path) -> None:
    asked: list[tuple[int, list[int]]] = []
    told: list[object] = []

    class Told:
        def planned(self, writes: int) -> None:
            told.append(writes)

        def advance(self, outcome: Outcome, seconds_left: float) -> None:
            told.append(outcome)

        def waiting(self, seconds: float) -> None:
            told.append(seconds)

        def settling(self, rows: int, seconds: float) -> None:
            told.append(rows)

        def damaged(self, seconds: float) -> None:
            told.append(seconds)

    def agree(foreseen: Report) -> bool:
        assert foreseen.plan is not None
        asked.append((foreseen.plan.cost.writes, sorted(foreseen.courses or {})))
        assert (len(foreseen.rows), foreseen.counts[Outcome.PENDING], foreseen.files) == (2, 2, ())
        return len(asked) > 1

    file = str(lessons_csv(tmp_path / "a.csv", 2))
    desk = Desk(agree=agree, progress=Told())
    declined = pipeline.run([file], settings, desk)
    assert (declined.status, declined.counts[Outcome.PENDING], sent(service)) == (Status.STOPPED, 2, [])
    assert pipeline.run([file], settings, desk).counts[Outcome.CREATED] == 2
    assert asked == [(2, [104]), (2, [104])]
    assert told == [2, Outcome.CREATED, Outcome.CREATED]


def test_what_somebody_adds_while_a_person_thinks_is_seen(settings: Settings, service: Server, tmp_path: Path) -> None:
    asked: list[int] = []
    told: list[str] = []

    def agree(foreseen: Report) -> bool:
        assert foreseen.plan is not None
        asked.append(foreseen.plan.cost.writes)
        if len(asked) == 1:
            body = {"CourseId": 104, "Title": "Lesson 1", "DisplayOrder": 1, "UnlockType": 1, "CompletionType": 2}
            service.store.create(LESSON, body)
        return True

    file = str(lessons_csv(tmp_path / "a.csv", 2))
    desk = Desk(agree=agree, asks=True, changed_meanwhile=lambda: told.append("changed"))
    counts = pipeline.run([file], settings, desk).counts
    assert (counts[Outcome.EXISTS], counts[Outcome.CREATED]) == (1, 1)
    assert (asked, told) == ([2, 1], ["changed"])
    assert sorted(title for title in titles(service, LESSON) if title.startswith("Lesson")) == ["Lesson 1", "Lesson 2"]


def test_what_somebody_edits_while_a_person_thinks_is_shown_before_it_is_written_over(
    service: Server, settings: Settings, tmp_path: Path
) -> None:
    """Both for a record that is to be changed and for one that is to be deleted."""
    path = lessons_csv(tmp_path / "a.csv", 2)
    pipeline.run([str(path)], settings)
    numbers = {str(record["Title"]): int(str(record["Id"])) for record in service.store.find(LESSON)[0]}
    first, second = numbers["Lesson 1"], numbers["Lesson 2"]
    rows = [[first, 104, "Lesson 1", 5, "Immediate", "Visited", ""], [second, 104, *[""] * 4, "delete"]]
    headings = ("Id", "CourseId", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Action")
    write_csv(path, headings, rows)
    shown: list[list[object]] = []

    def agree(foreseen: Report) -> bool:
        shown.append([change.old for row in foreseen.rows for change in row.changes])
        if len(shown) == 1:
            for number in (first, second):
                record = service.store.get(LESSON, number)
                assert record is not None
                service.store.update(LESSON, number, {**record, "DisplayOrder": 77}, by="colleague@example.com")
        return len(shown) == 1

    told: list[str] = []
    desk = Desk(agree=agree, asks=True, changed_meanwhile=lambda: told.append("changed"))
    with_changes = settings.model_copy(update={"on_existing": Existing.UPDATE, "allow_delete": True})
    assert pipeline.run([str(path)], with_changes, desk).status is Status.STOPPED
    assert (len(shown), shown[-1], told) == (2, [77], ["changed"])
    orders = {record["Id"]: record["DisplayOrder"] for record in service.store.find(LESSON)[0]}
    assert (orders[first], orders[second]) == (77, 77)


def test_what_cannot_be_used_is_raised(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FileError):
        pipeline.check([str(tmp_path / "gone.csv")], settings)
    with pytest.raises(SettingError):
        pipeline.check([], settings)
    with pytest.raises(SettingError):
        read_settings({"base_url": "http://example.com"})
    nobody = settings.model_copy(update={"username": None})
    with pytest.raises(NoCredentialsError):
        pipeline.run([str(lessons_csv(tmp_path / "a.csv", 1))], nobody)


def test_a_busy_account_is_a_report_and_not_an_error(settings: Settings, service: Server, tmp_path: Path) -> None:
    file = str(lessons_csv(tmp_path / "a.csv", 2))
    with only_writer(settings.journal_path.parent, settings.base_url, OPS.name):
        report = pipeline.run([file], settings)
    assert isinstance(report.stop, BusyError)
    assert (report.status, report.counts[Outcome.PENDING], service.log.entries) == (Status.STOPPED, 2, ())


def test_it_runs_in_a_thread_beside_a_loop(settings: Settings, service: Server, tmp_path: Path) -> None:
    """As a web page does it: signals are left to whoever has the main thread."""
    file = str(lessons_csv(tmp_path / "a.csv", 2))

    async def page() -> int:
        return (await asyncio.to_thread(pipeline.run, [file], settings)).counts[Outcome.CREATED]

    assert asyncio.run(page()) == 2
    assert threading.active_count() < 10


def test_rows_come_back_in_the_order_of_the_files(settings: Settings, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", containing="Lesson 1", nth=1, wait_after=0.2))
    first, second = (
        str(lessons_csv(tmp_path / f"{name}.csv", 6, course=course)) for name, course in (("b", 104), ("a", 101))
    )
    report = pipeline.run([first, second], settings)
    assert [(row.key.file, row.key.row) for row in report.rows] == [
        (f, n) for f in (first, second) for n in range(2, 8)
    ]
    for row in report.rows:
        record = service.store.get(LESSON, row.verdict.id or 0)
        assert record is not None and record["Title"] == row.title


def test_a_template_is_a_call(tmp_path: Path) -> None:
    write_template("course", tmp_path / "a.xlsx")
    assert (tmp_path / "a.xlsx").stat().st_size > 5000


def test_nothing_is_held_once_a_run_is_over(settings: Settings, service: Server, tmp_path: Path) -> None:
    file = str(lessons_csv(tmp_path / "a.csv", 1))
    for _ in range(2):
        pipeline.run([file], settings)
    assert titles(service, LESSON) == ["Lesson 1"]
    assert list((tmp_path / "state").glob("*.txt")) == []
