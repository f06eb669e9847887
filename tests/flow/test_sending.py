"""What the service sees of a run, and what becomes of rows whose answers are odd."""

import contextlib
import itertools
import json
import os
import signal
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, Drop, Fault, Garble, Limits, Server, throttled
from tests.flow.commands import (
    LESSON_HEADINGS,
    Run,
    ended,
    held,
    lessons_csv,
    posix_only,
    process,
    running,
    sections_csv,
    sent,
    titles,
    write_csv,
)
from tests.flow.conftest import sign_in

LESSONS = "/api/content/courselessons"
SECTIONS = "/api/content/coursesections"


def lesson_fault(nth: int, **what: object) -> Fault:
    return Fault(method="POST", path=LESSONS, nth=nth, **what)  # type: ignore[arg-type]  # each as Fault has it


def refusal(name: str | None, message: str) -> str:
    error = {"AttemptedValue": "", "Message": message, "PropertyName": name}
    return json.dumps({"Status": 400, "Message": message, "Value": None, "WasSuccessful": False, "Errors": [error]})


# --- order and number ----------------------------------------------------------------------------------------


def test_sections_are_there_before_the_first_lesson_is_sent(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", path=SECTIONS, nth=2, wait_after=0.3))
    sections_csv(tmp_path / "s.csv", 3)
    lessons_csv(tmp_path / "l.csv", 4, section="Section 1")
    assert importer("run", "l.csv", "s.csv").code == 0
    assert sent(service) == [SECTIONS] * 3 + [LESSONS] * 4
    came = {
        path: [one.at for one in service.log.entries if one.path == path and one.method == "POST"]
        for path in (SECTIONS, LESSONS)
    }
    assert min(came[LESSONS]) > max(came[SECTIONS])


@pytest.mark.parametrize("workers", [1, 3])
def test_no_more_requests_are_in_flight_than_concurrency_says(
    workers: int, importer: Run, service: Server, tmp_path: Path
) -> None:
    service.faults.add(Fault(method="POST", path=LESSONS, wait_before=0.1))
    lessons_csv(tmp_path / "a.csv", 7)
    assert importer("run", "a.csv", "--concurrency", workers).code == 0
    came = sorted(one.at for one in service.log.entries if one.path == LESSONS and one.method == "POST")
    # Each is held for a tenth of a second, so as many are in flight as come within that time.
    together = max(sum(first <= at < first + 0.1 for at in came) for first in came)
    assert together == workers


def test_reads_are_those_of_the_courses_and_none_a_row(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    few = importer("run", "a.csv", "--json").document["requests"]["reads"]
    lessons_csv(tmp_path / "b.csv", 90, course=101)
    many = importer("run", "b.csv", "--json").document["requests"]
    assert (many["reads"], many["writes"]) == (few, 90)


def test_requests_are_counted_as_the_service_counts_them(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 5)
    counted = importer("run", "a.csv", "--json").document["requests"]
    assert counted == {"writes": 5, "reads": service.log.count("GET"), "throttled": 0}


# --- limits -----------------------------------------------------------------------------------------------------


def test_within_the_same_limits_as_the_service_nothing_is_throttled(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(writes_per_minute=12, requests_per_minute=18, writes_per_day=20)
    words = ["--writes-per-minute", 12, "--requests-per-minute", 18, "--writes-per-day", 20, "--min-interval", 0.03]
    lessons_csv(tmp_path / "a.csv", 12)
    with Server(limits=limits) as server:
        sign_in(monkeypatch, server)
        answer = importer("run", "a.csv", "--json", *words)
    assert (answer.code, answer.counts) == (0, {"created": 12})
    assert answer.document["requests"]["throttled"] == server.log.count(status=409) == 0
    assert answer.document["elapsed_s"] < 10


def test_what_an_earlier_run_used_of_the_day_is_known(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "a.csv", 4)
    lessons_csv(tmp_path / "b.csv", 4, course=101)
    with Server(limits=Limits(writes_per_day=6)) as server:
        sign_in(monkeypatch, server)
        assert importer("run", "a.csv", "--writes-per-day", 6).code == 0
        answer = importer("run", "b.csv", "--writes-per-day", 6, "--json", "--concurrency", 1)
    assert (answer.code, answer.counts, answer.document["status"]) == (4, {"created": 2, "pending": 2}, "stopped")
    assert server.log.count(status=409) == 0
    assert "23 hours" in answer.stderr or "24 hours" in answer.stderr


def test_the_last_write_of_the_day_is_used_however_many_rows_wait_for_it(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 20)
    planned = importer("plan", "a.csv", "--writes-per-day", 5)
    answer = importer("run", "a.csv", "--writes-per-day", 5, "--json")
    assert "Today's limit still allows 5 writes" in planned.stdout
    assert (answer.code, answer.counts, len(sent(service))) == (4, {"created": 5, "pending": 15}, 5)
    assert "The limit of writes per day (5) is used up for now." in answer.stderr


def a_day_passes(journal: Path) -> None:
    """Everything that is in the journal was a day earlier."""
    with contextlib.closing(sqlite3.connect(journal)) as connection, connection:
        connection.execute(
            "UPDATE attempt SET answered_at = answered_at - 86400, answered_clock = answered_clock - 86400"
        )


def test_a_days_budget_that_is_spent_stops_the_run_and_the_next_day_it_goes_on(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 10)
    words = ("run", "a.csv", "--json", "--writes-per-day", 4, "--journal", "j.db")
    for there in (0, 4):
        answer = importer(*words)
        assert (answer.code, answer.document["status"]) == (4, "stopped")
        assert answer.counts == {"created": 4, "pending": 6 - there} | ({"exists": there} if there else {})
        assert "Run the same command again in 24 hours" in answer.stderr
        # Not before that: the same command at once sends nothing, and says when to come back.
        at_once = importer(*words)
        assert (at_once.code, at_once.counts) == (4, {"exists": 4 + there, "pending": 6 - there})
        assert len(sent(service)) == 4 + there
        a_day_passes(tmp_path / "j.db")
    assert importer(*words).counts == {"exists": 8, "created": 2}
    assert sorted(titles(service, LESSON)) == sorted(f"Lesson {n}" for n in range(1, 11))


def test_what_a_run_was_asked_to_wait_the_next_command_waits_too(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    service.faults.add(replace(throttled("1000", nth=4), method="POST", path=LESSONS))
    lessons_csv(tmp_path / "a.csv", 8)
    first = importer("run", "a.csv", "--json", "--concurrency", 1)
    assert (first.code, first.counts) == (4, {"created": 3, "pending": 5})
    assert "Run the same command again in 1" in first.stderr
    before = service.log.count()
    for command in ("run", "plan"):
        again = importer(command, "a.csv", "--json")
        assert (again.code, "Run the same command again in 1" in again.stderr) == (4, True)
    assert service.log.count() == before  # not even a sign-in


def test_a_plan_uses_the_limits_that_a_run_has(importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans read, too: three of them, and the limit of the hour allows no fourth, nor a run."""
    lessons_csv(tmp_path / "a.csv", 1)
    with Server(limits=Limits(requests_per_hour=9)) as server:
        sign_in(monkeypatch, server)
        monkeypatch.setenv("IMPORTER_REQUESTS_PER_HOUR", "9")
        assert [importer("plan", "a.csv").code for _ in range(3)] == [0, 0, 0]
        assert server.log.count("GET") == 9
        stopped = [importer(command, "a.csv") for command in ("plan", "run")]
        assert server.log.count(status=409) == 0
    assert [answer.code for answer in stopped] == [4, 4]
    assert ["again in 1 hour" in answer.stdout for answer in stopped] == [True, True], stopped


def test_throttle_answers_are_waited_out(importer: Run, service: Server, tmp_path: Path) -> None:
    """Each kind of them, none longer than a second; no row is the worse for it."""
    service.faults.add(throttled("1", nth=4), throttled("0", status=429, nth=7), throttled("0", status=503, nth=9))
    lessons_csv(tmp_path / "a.csv", 8)
    answer = importer("run", "a.csv", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 8})
    assert answer.document["requests"]["throttled"] == 3
    assert answer.document["elapsed_s"] > 1
    assert sorted(titles(service, LESSON)) == [f"Lesson {n}" for n in range(1, 9)]
    came = sorted(one.at for one in service.log.entries if one.path.startswith("/api/content"))
    assert max(b - a for a, b in itertools.pairwise(came)) > 0.9  # everybody waited


# --- odd answers ------------------------------------------------------------------------------------------------


AMBIGUOUS: dict[str, dict[str, object]] = {
    "reset": {"drop": Drop.RESET},
    "close": {"drop": Drop.CLOSE},
    "cut": {"truncate": 20},
    "web page": {"garble": Garble.HTML},
    "half": {"garble": Garble.HALF},
    "no id": {"garble": Garble.NO_ID},
    "zero": {"garble": Garble.ZERO_ID},
    "text": {"garble": Garble.TEXT_ID},
    "500": {"status": 500},
    "502": {"status": 502, "work": False},
}


@pytest.mark.parametrize("names", [[*AMBIGUOUS][::2], [*AMBIGUOUS][1::2]])  # ten at once would open the breaker
def test_rows_without_a_clear_answer_are_found_or_sent_again(
    names: list[str], importer: Run, service: Server, tmp_path: Path
) -> None:
    for number, name in enumerate(names, start=1):
        service.faults.add(lesson_fault(2 * number, **AMBIGUOUS[name]))
    count = 2 * len(names) + 1
    lessons_csv(tmp_path / "a.csv", count)
    answer = importer("run", "a.csv", "--json", "--concurrency", 1, "--settle", 0.2)
    assert (answer.code, answer.counts) == (0, {"created": count})
    found = [row["row"] for row in answer.document["rows"] if row["problems"]]
    made = [AMBIGUOUS[name].get("work", True) for name in names]
    assert found == [2 * number + 1 for number, was_made in enumerate(made, start=1) if was_made]
    assert len(sent(service)) == count + made.count(False)
    assert sorted(titles(service, LESSON)) == sorted(f"Lesson {n}" for n in range(1, count + 1))


def test_a_run_goes_on_when_the_service_is_well_again(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", path=LESSONS, work=False, status=500, nth=1, times=4))
    lessons_csv(tmp_path / "a.csv", 9)
    answer = importer("run", "a.csv", "--json", "--concurrency", 1, "--settle", 0)
    assert (answer.code, answer.counts, len(sent(service))) == (0, {"created": 9}, 13)
    assert sorted(titles(service, LESSON)) == [f"Lesson {n}" for n in range(1, 10)]


def test_a_token_that_runs_out_is_renewed_once(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(lesson_fault(3, expire_tokens=True))
    lessons_csv(tmp_path / "a.csv", 6)
    answer = importer("run", "a.csv", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 6})
    assert service.log.count("POST", "/api/token") == 2
    assert len(titles(service, LESSON)) == 6


def test_a_refusal_is_mapped_to_the_user_s_own_column(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(
        lesson_fault(1, work=False, status=400, body=refusal("DisplayOrder", "is taken already.")),
        lesson_fault(2, work=False, status=400, body=refusal("BusinessId", "is missing")),
    )
    headings = ("name", "ORDER", "unlock", "Course no", "completed by", "active")
    rows = [[f"Lesson {n}", n, "immediate", 104, "visited", "y"] for n in range(1, 4)]
    write_csv(tmp_path / "a.csv", headings, rows)
    answer = importer("run", "a.csv", "--json", "--concurrency", 1)
    assert (answer.code, answer.counts) == (1, {"rejected": 2, "created": 1})
    mapped, other, _ = (row["problems"] for row in answer.document["rows"])
    assert (mapped[0]["column"], mapped[0]["field"], mapped[0]["value"]) == ("B ORDER", "DisplayOrder", 1)
    assert mapped[0]["message"].startswith('a.csv, row 2, column B "ORDER": Nexudus refused it: is taken already.')
    assert (other[0]["column"], other[0]["field"]) == (None, None)
    assert "BusinessId is missing" in other[0]["message"]


def test_a_conflict_is_a_doubt_and_not_a_throttle(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(lesson_fault(1, work=False, status=409, body=refusal(None, "was changed by somebody else")))
    lessons_csv(tmp_path / "a.csv", 2)
    answer = importer("run", "a.csv", "--json", "--concurrency", 1, "--settle", 0)
    assert (answer.counts, answer.document["requests"]["throttled"], len(sent(service))) == ({"created": 2}, 0, 3)


def test_lessons_of_a_section_that_did_not_come_to_be_are_blocked(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    service.faults.add(
        Fault(method="POST", containing="Section 1", work=False, status=400, body=refusal("Title", "is rude")),
        Fault(method="POST", containing="Section 2", path=SECTIONS, drop=Drop.RESET, colleague=True),
    )
    sections_csv(tmp_path / "s.csv", 3)
    rows = [[104, f"Section {n}", f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in (1, 2, 3)]
    write_csv(tmp_path / "l.csv", LESSON_HEADINGS, rows)
    answer = importer("run", "l.csv", "s.csv", "--json", "--concurrency", 1, "--settle", 0)
    assert answer.code == 5
    assert answer.counts == {"rejected": 1, "unknown": 1, "created": 2, "blocked": 2}
    first, second = (answer.by_row()[number]["problems"][0]["message"] for number in (2, 3))
    assert '"Section 1" (s.csv, row 2) was refused' in first
    assert '"Section 2" (s.csv, row 3) may or may not have been created' in second
    (lesson,) = held(service, LESSON, 104)
    assert lesson["Title"] == "Lesson 3"


def damage(journal: Path) -> None:
    """As if it had been damaged a while ago."""
    journal.write_bytes(journal.read_bytes()[:-5000])
    os.utime(journal, (time.time() - 298, time.time() - 298))


def test_a_damaged_journal_is_put_aside_and_the_run_says_so(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("run", "a.csv", "--journal", "j.sqlite3").code == 0
    damage(tmp_path / "j.sqlite3")
    again = importer("run", "a.csv", "--journal", "j.sqlite3", "--json", "--settle", 298)
    assert (again.code, again.counts) == (0, {"exists": 2})
    assert any("The journal was damaged" in message for message in again.messages)
    assert len(list(tmp_path.glob("j.sqlite3.damaged-*"))) == 1


def is_in_flight(journal: Path) -> bool:
    """Whether, within ten seconds, a row is on its way."""
    for _ in range(1000):
        time.sleep(0.01)
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(journal)) as connection:
            if connection.execute("SELECT 1 FROM row WHERE state = 'inflight'").fetchone():
                time.sleep(0.3)
                return True
    return False


@pytest.mark.parametrize("planned", [False, True])
def test_after_damage_nothing_is_sent_before_what_is_on_its_way_has_come(
    importer: Run, own_service: Server, tmp_path: Path, planned: bool
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    own_service.faults.add(Fault(method="POST", path=LESSONS, wait_before=3, nth=1))
    with running("run", "a.csv", "--concurrency", 1, "--journal", "j.sqlite3", cwd=tmp_path) as first:
        assert is_in_flight(tmp_path / "j.sqlite3")
        first.kill()
    damage(tmp_path / "j.sqlite3")
    if planned:
        assert importer("plan", "a.csv", "--journal", "j.sqlite3", "--json").code == 0
    answer = importer("run", "a.csv", "--journal", "j.sqlite3", "--settle", 302, "--json")
    assert (answer.counts, titles(own_service, LESSON)) == ({"exists": 1, "created": 1}, ["Lesson 1", "Lesson 2"])
    (said,) = answer.stderr.splitlines()
    assert said.startswith("The journal was damaged, so what is still on its way is not known. Waiting until ")
    again = importer("run", "a.csv", "--journal", "j.sqlite3", "--settle", 302, "--json")
    assert (again.counts, again.stderr) == ({"exists": 2}, "")


@posix_only
def test_the_wait_after_damage_can_be_stopped_and_is_not_forgotten(service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    process("plan", "a.csv", "--journal", "j.sqlite3", cwd=tmp_path)
    damage(tmp_path / "j.sqlite3")
    for _ in range(2):
        with running("run", "a.csv", "--journal", "j.sqlite3", "--settle", 600, cwd=tmp_path) as started:
            assert started.stderr is not None
            assert "The journal was damaged" in started.stderr.readline()
            started.send_signal(signal.SIGINT)
            assert ended(started).code == 130
    assert sent(service) == []


def test_where_lists_lag_a_rerun_makes_no_twins(importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    with Server(limits=NO_LIMITS) as server:
        sign_in(monkeypatch, server)
        server.faults.list_lag = 60
        assert importer("run", "a.csv", "--json").counts == {"created": 3}
        again = importer("run", "a.csv", "--json")
    assert (again.code, again.counts) == (0, {"exists": 3})
    assert sorted(titles(server, LESSON)) == ["Lesson 1", "Lesson 2", "Lesson 3"]


def test_a_run_says_that_it_waits_to_find_something_out(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", path=LESSONS, work=False, status=500, nth=1))
    lessons_csv(tmp_path / "a.csv", 2)
    waits = "Finding out what became of 1 row: up to"
    answer = importer("run", "a.csv", "--concurrency", 1, "--settle", 0.5)
    assert (answer.code, answer.stderr.count(waits)) == (0, 1)
    service.faults.add(Fault(method="POST", path=LESSONS, work=False, status=500, nth=1))
    lessons_csv(tmp_path / "b.csv", 2, course=101)
    quiet = importer("run", "b.csv", "--quiet", "--concurrency", 1, "--settle", 0.5)
    assert (quiet.code, quiet.stderr) == (0, "")
