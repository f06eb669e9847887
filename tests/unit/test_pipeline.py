"""A run as a whole: whatever fails after sending takes nothing away from what was sent."""

import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from importer.ending import Desk
from importer.errors import JournalBrokeError
from importer.model import Outcome, Report
from importer.pipeline import run
from importer.sandbox import NO_LIMITS, OPS, Fault, Server
from tests.builders import Watcher, settings_for

ROWS = 12


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "lessons.csv"
    rows = (f"101,Lesson {number},{number},Immediate,Visited" for number in range(ROWS))
    path.write_text("\n".join(["CourseId,Title,DisplayOrder,UnlockType,CompletionType", *rows]))
    return path


def run_with(server: Server, sheet: Path, at: Callable[[int], None]) -> Report:
    sign_in = {"username": OPS.name, "password": OPS.password}
    settings = settings_for(server, **sign_in, journal=sheet.with_name("journal.sqlite3"), concurrency=1)
    return run([str(sheet)], settings, Desk(progress=Watcher(at), show_outline=True))


def test_a_journal_that_breaks_leaves_every_outcome_in_the_report(sheet: Path) -> None:
    def break_it(done: int) -> None:
        if done == 5:
            with sqlite3.connect(sheet.with_name("journal.sqlite3")) as other:
                other.execute("CREATE TRIGGER full BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'full'); END")
            other.close()

    with Server(limits=NO_LIMITS) as server:
        report = run_with(server, sheet, break_it)
    assert (report.counts[Outcome.CREATED], report.counts[Outcome.PENDING]) == (5, ROWS - 5)
    assert isinstance(report.stop, JournalBrokeError)
    assert len(report.files) > 0


def test_an_interrupt_leaves_every_outcome_in_the_report(sheet: Path) -> None:
    def interrupt(done: int) -> None:
        if done == 5:
            signal.raise_signal(signal.SIGINT)

    with Server(limits=NO_LIMITS) as server:
        report = run_with(server, sheet, interrupt)
    assert report.interrupted
    assert 5 <= report.counts[Outcome.CREATED] <= 6
    assert sum(report.counts.values()) == ROWS


def test_an_outline_that_cannot_be_had_spoils_nothing(sheet: Path) -> None:
    with Server(limits=NO_LIMITS) as server:
        fault = Fault(method="GET", work=False, status=403)
        report = run_with(server, sheet, lambda done: server.faults.add(*[fault] * (done == ROWS)))
    assert (report.counts[Outcome.CREATED], report.stop, report.outline) == (ROWS, None, "")
