"""A journal that cannot be written: at any of its operations, for a moment or for good, and on a disk that is full."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from importer import pipeline
from importer.ending import Desk
from importer.entities import ID, LESSON
from importer.errors import ImporterError, JournalBrokeError, JournalError
from importer.journal.ballast import SIZE
from importer.model import Outcome, Report, Status
from importer.problems import Code
from importer.sandbox import Fault, Server
from importer.settings import Settings, read_settings
from tests.flow.commands import Answer, environment, lessons_csv, process, sent, titles, until

ROWS = 3


class Disk:
    """Refuses operations on one database from the `first` on, counted from 1; so many of them, or all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.struck = False
        """Whether it refused anything since it was last told to."""
        self.break_at(10**9)

    def heal(self) -> None:
        self.first = 10**9

    def break_at(self, first: int, *, times: int = 10**9, only: str = "", durable: bool = False) -> None:
        self.first, self.times, self.only, self.durable = first, times, only, durable
        self.seen, self.struck = 0, False

    def operation(self, sql: str) -> bool:
        """Whether this one is refused."""
        self.seen += self.only in sql
        strikes = self.only in sql and self.first <= self.seen < self.first + self.times
        self.struck |= strikes
        return strikes

    def perform(self, execute: Callable[..., sqlite3.Cursor], sql: str, *args: Any) -> sqlite3.Cursor:
        if not self.operation(sql):
            return execute(sql, *args)
        if self.durable:
            execute(sql, *args)
        raise sqlite3.OperationalError("database or disk is full" if "INSERT" in sql else "disk I/O error")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Disk:
    """The disk of the journal, whose file only it knows: everything else is on a sound one."""
    disk = Disk(tmp_path / "state" / "journal.sqlite3")
    connect = sqlite3.connect

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = ()) -> "Cursor":
            disk.perform(super().execute, sql, parameters)
            return self

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
            return disk.perform(super().execute, sql, parameters)

        def executemany(self, sql: str, parameters: Any) -> sqlite3.Cursor:
            return disk.perform(super().executemany, sql, parameters)

    def opened(path: Any, **options: Any) -> sqlite3.Connection:
        factory = Connection if Path(path) == disk.path else sqlite3.Connection
        return connect(path, factory=factory, **options)

    monkeypatch.setattr(sqlite3, "connect", opened)
    return disk


@pytest.fixture
def settings(service: Server, tmp_path: Path) -> Settings:
    return read_settings({"state_dir": tmp_path / "state", "settle": 0, "concurrency": 2})


def attempt(file: Path, settings: Settings, desk: Desk | None = None) -> Report | None:
    """The report of a run; None where it was refused before anything was sent."""
    try:
        return pipeline.run([str(file)], settings, desk)
    except ImporterError as error:
        assert error.exit_code == 2 and "disk" in error.message
        return None


def empty(service: Server) -> None:
    for record in service.store.find(LESSON)[0]:
        service.store.delete(LESSON, int(str(record[ID])))
    service.log.clear()


def each_failure(disk: Disk, tmp_path: Path, **how: Any) -> Iterator[int]:
    """The disk refuses at the first operation, the second, …, until a run is through before it comes to that."""
    for number in range(1, 400):
        for path in tmp_path.glob("state/*"):
            path.unlink()
        for path in tmp_path.glob("a.*.csv"):
            path.unlink()
        disk.break_at(number, **how)
        yield number
        if not disk.struck:
            return
    pytest.fail("the run never came to an end")


@pytest.mark.parametrize(
    "how",
    [
        {"times": 1},
        {},
        {"only": "COMMIT"},
        {"only": "COMMIT", "times": 1, "durable": True},
        {"only": "UPDATE row SET state"},
    ],
    ids=["once", "for good", "no commit", "a commit that is durable after all", "no outcome"],
)
def test_wherever_the_disk_fails_no_row_is_lost_or_made_twice(
    how: dict[str, Any], disk: Disk, settings: Settings, service: Server, tmp_path: Path
) -> None:
    file = lessons_csv(tmp_path / "a.csv", ROWS)
    expected = Counter(f"Lesson {n}" for n in range(1, ROWS + 1))
    stopped = 0
    for number in each_failure(disk, tmp_path, **how):
        empty(service)
        report = attempt(file, settings)
        made = titles(service, LESSON)
        assert report is not None or made == [], number
        if report is not None:
            assert sum(report.counts.values()) == ROWS, number
            assert report.counts[Outcome.CREATED] == len(made), number
            refused = isinstance(report.stop, JournalError) and made == []
            assert report.status is Status.COMPLETED or refused or isinstance(report.stop, JournalBrokeError), number
            stopped += report.status is not Status.COMPLETED
        disk.heal()
        again = attempt(file, settings)
        assert again is not None and again.status is Status.COMPLETED, number
        assert set(again.counts[one] for one in (Outcome.CREATED, Outcome.EXISTS)) != {0}
        assert again.counts[Outcome.CREATED] + again.counts[Outcome.EXISTS] == ROWS, number
        assert Counter(titles(service, LESSON)) == expected, number
        assert len(sent(service)) == ROWS, number
    assert stopped > 2


def test_a_failure_that_passes_leaves_every_outcome_in_the_journal(
    disk: Disk, settings: Settings, service: Server, tmp_path: Path
) -> None:
    disk.break_at(3, times=1, only="UPDATE row SET state")
    report = attempt(lessons_csv(tmp_path / "a.csv", ROWS), settings)
    assert report is not None and isinstance(report.stop, JournalBrokeError)
    with contextlib.closing(sqlite3.connect(disk.path)) as opened:
        states = Counter(state for (state,) in opened.execute("SELECT state FROM row"))
    made = len(titles(service, LESSON))
    assert states == {"done": made, "pending": ROWS - made} and made
    assert list(tmp_path.glob("importer-rescue-*")) == []


def test_outcomes_that_no_journal_takes_are_told_and_kept_and_taken_up(
    disk: Disk, settings: Settings, service: Server, tmp_path: Path
) -> None:
    file = lessons_csv(tmp_path / "a.csv", ROWS)
    told: list[str] = []
    disk.break_at(3, only="UPDATE row SET state")
    report = attempt(file, settings, Desk(alarm=told.append))
    assert report is not None
    made = {row.verdict.id: row for row in report.rows if row.verdict.outcome is Outcome.CREATED}
    assert made and all(any(f"created, number {id}" in line for line in told) for id in made)
    assert [problem.code for problem in report.problems] == [Code.OUTCOMES_NOT_STORED]
    (kept,) = tmp_path.glob("importer-rescue-*.json")
    assert str(kept) in report.problems[0].message
    assert {row["id"] for row in json.loads(kept.read_text())["rows"]} == set(made)
    # With lists that lag, nothing but what was kept says that these rows are there.
    disk.heal()
    service.faults.list_lag = 3600
    again = attempt(file, settings)
    assert again is not None
    assert again.counts[Outcome.EXISTS] == len(made) and again.counts[Outcome.CREATED] == ROWS - len(made)
    assert not kept.exists()
    assert len(titles(service, LESSON)) == len(sent(service)) == ROWS


def test_there_is_ballast_beside_the_journal(settings: Settings, service: Server, tmp_path: Path) -> None:
    attempt(lessons_csv(tmp_path / "a.csv", 1), settings)
    assert (tmp_path / "state" / "journal.sqlite3.ballast").stat().st_size == SIZE


# --- a disk that is really full -------------------------------------------------------------------------------


ALONE = (["unshare", "-rm"], ["sudo", "-n", "-E", "unshare", "-m"])
"""How to have mounts that only one process sees."""

ON_A_SMALL_DISK = """
mount -t tmpfs -o size=12m none "$1" || exit 99
"$2" -m importer run a.csv --json & run=$!
until [ -e go ]; do sleep 0.02; done
cat /dev/zero > "$1/filler" 2> /dev/null
wait $run; code=$?
rm "$1/filler"; mkdir after; cp "$1"/* after/
exit $code
"""


def alone() -> list[str]:
    for words in ALONE:
        with contextlib.suppress(OSError):
            if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
                return words
    return []


@pytest.mark.slow  # not for its time: few places let a test mount a disk, and full ones are put in its way above
@pytest.mark.skipif(sys.platform != "linux", reason="a disk of the test's own needs the namespaces of Linux")
def test_on_a_full_disk_the_ballast_makes_room_for_the_last_outcomes(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = alone()
    if not words and not os.environ.get("CI"):
        pytest.skip("nobody here may mount a disk of their own")
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "2")
    service.faults.add(Fault(method="POST", path="*lessons", wait_after=0.1))
    lessons_csv(tmp_path / "a.csv", 40)
    (tmp_path / "state").mkdir()
    line = [*words, "sh", "-c", ON_A_SMALL_DISK, "sh", str(tmp_path / "state"), sys.executable]
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stdout=-1, stderr=-1, encoding="utf-8") as started:
        try:
            until(service, 6)
        finally:
            (tmp_path / "go").touch()
        stdout, stderr = started.communicate(timeout=60)
    answer, made = Answer(started.returncode, stdout, stderr), len(titles(service, LESSON))
    assert (answer.code, answer.counts) == (4, {"created": made, "pending": 40 - made}), answer
    assert 6 <= made < 40 and "full" in answer.stderr and "Traceback" not in answer.stderr
    assert not (tmp_path / "after" / "journal.sqlite3.ballast").exists()
    with contextlib.closing(sqlite3.connect(tmp_path / "after" / "journal.sqlite3")) as opened:
        states = Counter(state for (state,) in opened.execute("SELECT state FROM row"))
    assert states == {"done": made, "pending": 40 - made}
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "after"))
    assert process("run", "a.csv", "--json", cwd=tmp_path).counts == {"exists": made, "created": 40 - made}
    assert (tmp_path / "after" / "journal.sqlite3.ballast").exists()
