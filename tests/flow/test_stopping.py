"""Runs that are stopped: by Ctrl-C, by SIGTERM, by force; and a second run beside the first."""

import contextlib
import csv
import os
import platform
import signal
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.entities import LESSON
from importer.sandbox import Drop, Fault, Server
from importer.stop_signals import stop_signals
from tests.flow.commands import (
    Run,
    ended,
    lessons_csv,
    posix_only,
    process,
    running,
    sent,
    titles,
    until,
)

ROWS = 30


@pytest.fixture
def service(own_service: Server) -> Server:
    return own_service


@pytest.fixture
def outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Server) -> Path:
    """A file whose import takes a second and a half, as each answer is slow."""
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "2")
    service.faults.add(Fault(method="POST", path="*lessons", wait_after=0.1))
    return lessons_csv(tmp_path / "a.csv", ROWS)


@posix_only
@pytest.mark.parametrize("number", stop_signals(), ids=lambda number: number.name)
def test_a_signal_finishes_what_is_in_flight_and_the_same_command_goes_on(
    number: signal.Signals, outline: Path, service: Server, tmp_path: Path
) -> None:
    with running("run", "a.csv", "--json", cwd=tmp_path) as started:
        until(service, 6)
        started.send_signal(number)
        answer = ended(started)
    made = len(titles(service, LESSON))
    assert (answer.code, answer.document["status"]) == (130, "stopped"), answer
    assert answer.counts == {"created": made, "pending": ROWS - made}
    assert 6 <= made < ROWS
    assert "Traceback" not in answer.stderr
    report = (tmp_path / "a.report.csv").read_text(encoding="utf-8")
    assert (report.count(",created,"), report.count(",pending,")) == (made, ROWS - made)
    again = process("run", "a.csv", "--json", cwd=tmp_path)
    assert (again.code, again.counts) == (0, {"exists": made, "created": ROWS - made})
    assert sorted(Counter(titles(service, LESSON)).values()) == [1] * ROWS


def test_a_row_that_was_corrected_after_a_crash_is_said_not_to_be_in_its_record(
    service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    service.faults.add(Fault(method="POST", path="*lessons", wait_after=2, nth=1))
    with running("run", "a.csv", "--concurrency", 1, cwd=tmp_path) as started:
        while not titles(service, LESSON):
            time.sleep(0.05)
        started.kill()
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    (tmp_path / "a.csv").write_text(text.replace("Immediate,Visited", "Immediate,Button"), encoding="utf-8")
    again = process("run", "a.csv", "--json", cwd=tmp_path)
    assert (again.code, again.counts) == (0, {"created": 2})
    codes = [[problem["code"] for problem in row["problems"]] for row in again.document["rows"]]
    assert codes == [["found-by-looking", "changed-since-sent"], []]


@posix_only
def test_ctrl_c_is_answered_in_words(outline: Path, service: Server, tmp_path: Path) -> None:
    with running("run", "a.csv", cwd=tmp_path) as started:
        until(service, 2)
        started.send_signal(signal.SIGINT)
        answer = ended(started)
    assert answer.code == 130
    assert "Stopped on request." in answer.stdout and "Run the same command again" in answer.stdout
    assert answer.stderr == ""


@posix_only
def test_ctrl_c_while_the_report_is_written_takes_no_answer_away(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "16")
    rows = 400
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    with lessons_csv(tmp_path / "a.csv", rows).open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    reports = tmp_path / "reports"
    reports.mkdir()
    with running("run", "a.xlsx", "--json", "--report-dir", "reports", cwd=tmp_path) as started:
        until(service, rows)
        until_written(reports)
        started.send_signal(signal.SIGINT)
        answer = ended(started)
    assert (answer.code, answer.counts) == (0, {"created": rows}), answer
    assert [path.name for path in reports.iterdir()] == ["a.report.xlsx"]


def until_written(folder: Path) -> None:
    """Wait until something is about to be written into a folder."""
    for _ in range(10_000):
        if any(folder.iterdir()):
            return
        time.sleep(0.001)
    pytest.fail("nothing was written within 10 seconds")


@posix_only
def test_a_second_ctrl_c_ends_it_at_once(outline: Path, service: Server, tmp_path: Path) -> None:
    service.faults.replace([Fault(method="POST", path="*lessons", nth=5, wait_after=30)])
    with running("run", "a.csv", "--concurrency", 1, cwd=tmp_path) as started:
        until(service, 4)
        for _ in range(2):
            time.sleep(0.3)
            started.send_signal(signal.SIGINT)
        assert started.wait(timeout=5) != 0
    service.faults.clear()
    again = process("run", "a.csv", "--json", cwd=tmp_path)
    assert again.counts == {"exists": 4, "created": 26}
    assert "looking in Nexudus found the record" in again.by_row()[6]["problems"][0]["message"]
    assert max(Counter(titles(service, LESSON)).values()) == 1


@posix_only
@pytest.mark.parametrize("while_reading", [True, False], ids=["while it reads", "while it signs in"])
def test_ctrl_c_before_the_first_write_sends_nothing(
    while_reading: bool, outline: Path, service: Server, tmp_path: Path
) -> None:
    path = "*lessons" if while_reading else "*token"
    service.faults.replace([Fault(path=path, wait_before=1)])
    with running("run", "a.csv", "--json", cwd=tmp_path) as started:
        for _ in range(1000):
            if service.faults._seen or started.poll() is not None:
                break
            time.sleep(0.01)
        started.send_signal(signal.SIGINT)
        answer = ended(started)
    assert (answer.code, answer.counts, sent(service)) == (130, {"pending": ROWS}, [])


@posix_only
def test_ctrl_c_while_files_are_read_is_answered_too(importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 40_000)
    importer("check", "a.csv")  # loads modules, which the second time need not be loaded
    began = time.monotonic()
    assert importer("check", "a.csv").code == 0
    timer = threading.Timer((time.monotonic() - began) * 0.4, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    answer = importer("check", "a.csv", "--json")
    timer.join()
    assert (answer.code, answer.document["status"], answer.document["rows"]) == (130, "stopped", [])
    assert answer.stderr.startswith("Stopped on request. ") and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("after", [1, 9])
def test_after_a_crash_the_same_command_makes_no_twins(
    after: int, outline: Path, service: Server, tmp_path: Path
) -> None:
    with running("run", "a.csv", cwd=tmp_path) as started:
        until(service, after)
        started.kill()
        started.wait(timeout=20)
    again = process("run", "a.csv", "--settle", 1, "--json", cwd=tmp_path)
    assert again.code == 0
    assert sum(again.counts.values()) == ROWS
    assert set(again.counts) <= {"exists", "created"}
    assert Counter(titles(service, LESSON)) == Counter(f"Lesson {n}" for n in range(1, ROWS + 1))


def test_a_row_that_a_crash_left_in_flight_is_sent_again_once_it_is_proven_absent(
    outline: Path, service: Server, importer: Run, tmp_path: Path
) -> None:
    service.faults.replace([Fault(method="POST", path="*lessons", nth=3, wait_before=60)])
    with running("run", "a.csv", "--concurrency", 1, cwd=tmp_path) as started:
        until(service, 2)
        time.sleep(0.5)
        started.kill()
        started.wait(timeout=20)
    service.faults.clear()
    again = importer("run", "a.csv", "--settle", 1, "--json")
    assert (again.code, again.counts) == (0, {"exists": 2, "created": ROWS - 2})
    assert again.document["elapsed_s"] >= 1
    assert titles(service, LESSON).count("Lesson 3") == 1


@posix_only
def test_a_row_that_is_in_doubt_when_the_run_is_stopped_is_settled_by_the_next(
    outline: Path, service: Server, importer: Run, tmp_path: Path
) -> None:
    service.faults.replace([Fault(method="POST", path="*lessons", nth=3, work=False, drop=Drop.RESET)])
    with running("run", "a.csv", "--json", cwd=tmp_path) as started:
        until(service, ROWS - 1)
        time.sleep(0.5)
        started.send_signal(signal.SIGINT)
        answer = ended(started)
    assert (answer.code, answer.counts) == (130, {"created": ROWS - 1, "unknown": 1})
    again = importer("run", "a.csv", "--settle", 1, "--json")
    assert (again.code, again.counts) == (0, {"exists": ROWS - 1, "created": 1})
    assert Counter(titles(service, LESSON)) == Counter(f"Lesson {n}" for n in range(1, ROWS + 1))


# --- two at once -------------------------------------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize("file", ["a.csv", "b.csv"])
def test_a_second_run_of_the_account_sends_no_request_at_all(
    file: str, outline: Path, service: Server, importer: Run, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "b.csv", 2, course=101)
    with running("run", "a.csv", "--json", cwd=tmp_path) as started:
        until(service, 2)
        # So that whatever comes now is the second one's.
        started.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        before = service.log.count()
        second = importer("run", file, "--json")
        after = service.log.count()
        started.send_signal(signal.SIGCONT)
        assert (second.code, "Another run is writing" in second.stderr) == (4, True)
        assert after == before > 0
        assert ended(started).code == 0


def test_a_second_run_of_the_account_is_told_who_writes(
    outline: Path, service: Server, importer: Run, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "b.csv", 2, course=101)
    with running("run", "a.csv", "--json", cwd=tmp_path) as started:
        until(service, 2)
        second = importer("run", "b.csv", "--json")
        assert (second.code, second.counts, second.document["status"]) == (4, {"pending": 2}, "stopped")
        assert "Another run is writing with this account" in second.stderr
        assert f"process {started.pid} on {platform.node()}, since 20" in second.stderr
        assert "importing a.csv)" in second.stderr
        other = importer("run", "b.csv", "--json", "--journal", tmp_path / "elsewhere.sqlite3")
        assert (other.code, f"process {started.pid}" in other.stderr) == (4, True)
        assert titles(service, LESSON, 101) == []
        assert importer("plan", "b.csv", "--json").code == 0
        assert ended(started).code == 0
    assert importer("run", "b.csv", "--json").counts == {"created": 2}


def test_the_lock_goes_with_its_process(outline: Path, service: Server, importer: Run, tmp_path: Path) -> None:
    with running("run", "a.csv", cwd=tmp_path) as started:
        until(service, 1)
        started.kill()
        started.wait(timeout=20)
    lessons_csv(tmp_path / "b.csv", 2, course=101)
    assert importer("run", "b.csv", "--json").counts == {"created": 2}


def test_the_journal_has_every_row_before_and_after(
    outline: Path, service: Server, importer: Run, tmp_path: Path
) -> None:
    service.faults.clear()
    assert importer("run", "a.csv").code == 0
    (journal,) = (tmp_path / "state").glob("*.sqlite3")
    with contextlib.closing(sqlite3.connect(journal)) as opened:
        rows = opened.execute("SELECT state, remote_id IS NOT NULL, count(*) FROM row GROUP BY 1, 2").fetchall()
        ((attempts, answered),) = opened.execute("SELECT count(*), count(answered_at) FROM attempt WHERE is_write")
    assert rows == [("done", 1, ROWS)]
    assert attempts == answered == ROWS
