"""Sending over real HTTP, with every way in which it can go wrong."""

import asyncio
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from importer.auth import Credentials
from importer.entities import LESSON, SECTION
from importer.errors import ImporterError, JournalBrokeError, SignInError, TryLaterError
from importer.model import Claim, Held, Outcome, Verdict
from importer.pacing import LimitSpentError
from importer.problems import Code, Column
from importer.sandbox import NO_LIMITS, OPS, Fault, Faults, Garble, Limits, Server, User, throttled
from importer.send import Known
from tests.builders import Hasty, operation_of
from tests.sending import Sending, lessons, only_problem, outcomes, section

NEVER = Fault(nth=10**9, garble=Garble.EMPTY)
"""Strikes nothing, but has every request looked at."""


# --- each outcome ---------------------------------------------------------------------------------------


def test_rows_are_created_with_the_ids_that_the_service_gave(sending: Sending) -> None:
    sent = sending(lessons(3))
    assert outcomes(sent) == [Outcome.CREATED] * 3
    held = {record["Id"]: record["Title"] for record in sending.server.store.find(LESSON)[0]}
    assert [held[verdict.id or 0] for verdict in sent.verdicts.values()] == ["Lesson 0", "Lesson 1", "Lesson 2"]
    assert (sending.stored(), sent.stop) == (["done"] * 3, None)


def test_a_lesson_gets_the_id_of_its_section(sending: Sending) -> None:
    first, second = section(), section("Week 2", row=3)
    below = [operation_of("A", row=2, section_row=3), operation_of("B", row=3, section_row=2)]
    sent = sending([first, second], below, concurrency=4)
    held = {record["Title"]: record["SectionId"] for record in sending.server.store.find(LESSON)[0]}
    assert (held["A"], held["B"]) == (sent.verdicts[second.key].id, sent.verdicts[first.key].id)


def test_no_lesson_is_sent_before_all_sections_have_their_answer(sending: Sending) -> None:
    sending.server.faults.add(Fault(path="*sections", wait_after=0.1))
    sending([section(row=row, title=str(row)) for row in range(2, 8)], lessons(4, section_row=2), concurrency=4)
    kinds = [one.path for one in sending.server.log.entries if "content" in one.path]
    assert kinds == sorted(kinds, reverse=True)


def test_a_refusal_is_told_at_the_users_own_column(sending: Sending) -> None:
    bad = operation_of("Bad", UnlockType=9)
    own = Column(letter="F", heading="Release", field="UnlockType")
    sent = sending([replace(bad, columns={**bad.columns, "UnlockType": own})])
    (problem,) = sent.verdicts[bad.key].problems
    assert (outcomes(sent), problem.code, problem.column, problem.value) == ([Outcome.REJECTED], Code.REFUSED, own, 9)
    assert sending.stored() == ["rejected"]


def test_a_refused_section_number_is_told_at_the_column_that_named_it(sending: Sending) -> None:
    bad = operation_of("Bad", SectionId=999)
    numbers = Column(letter=None, heading="SectionId", field="SectionId")
    sent = sending([replace(bad, columns={**bad.columns, "SectionId": numbers})])
    (problem,) = sent.verdicts[bad.key].problems
    assert problem.column is not None
    assert problem.column.field == "Section"


def test_every_error_of_a_refusal_is_told_also_of_what_has_no_column(sending: Sending) -> None:
    faults = [{"PropertyName": "Title", "Message": "is taken."}, {"PropertyName": "Quota", "Message": "is used up"}]
    body = json.dumps({"WasSuccessful": False, "Errors": [*faults, {"Message": "Sorry"}]})
    sending.server.faults.add(Fault(work=False, status=400, body=body))
    (verdict,) = sending(lessons(1)).verdicts.values()
    said = [(one.column.field if one.column else None, one.details["reason"]) for one in verdict.problems]
    assert said == [("Title", "is taken"), (None, "Quota is used up"), (None, "Sorry")]


def test_lessons_of_a_refused_section_are_blocked_and_name_it(sending: Sending) -> None:
    bad, below = section(unlock=9), operation_of("Below", section_row=2)
    sent = sending([bad], [below, operation_of("Loose", row=3)])
    assert outcomes(sent) == [Outcome.REJECTED, Outcome.BLOCKED, Outcome.CREATED]
    code, message = only_problem(sent, below)
    assert code is Code.SECTION_NOT_CREATED
    assert 'its section "Week 1" (Sections, row 2) was refused by Nexudus' in message
    assert (sending.stored(), sending.posts) == (["rejected", "blocked", "done"], 2)


def test_lessons_of_a_section_that_somebody_deletes_are_not_all_sent(sending: Sending) -> None:
    week = sending.server.store.create(SECTION, dict(section().payload), by="a colleague")
    below = [operation_of(f"Lesson {row}", row=row, SectionId=week) for row in range(2, 12)]
    loose = operation_of("Loose", row=12)

    def delete(_halt: Hasty, done: int) -> None:
        if done == 1:
            for lesson in sending.server.store.find(LESSON)[0]:
                sending.server.store.delete(LESSON, int(str(lesson["Id"])))
            sending.server.store.delete(SECTION, week)

    sent = sending([*below, loose], act=delete)
    expected = [Outcome.CREATED, *[Outcome.REJECTED] * 5, *[Outcome.BLOCKED] * 4, Outcome.CREATED]
    assert (outcomes(sent), sending.posts) == (expected, 7)
    code, message = only_problem(sent, below[-1])
    assert code is Code.PARENT_GONE
    assert f"its section (number {week}) is no longer in Nexudus" in message
    assert sending.stored() == ["done", *["rejected"] * 5, *["blocked"] * 4, "done"]


def test_rows_are_sent_as_before_where_nobody_can_say_whether_their_section_is_gone(sending: Sending) -> None:
    sending.server.faults.add(Fault(method="GET", path="*sections*", work=False, status=500, times=10**6))
    below = [operation_of(f"Lesson {row}", row=row, SectionId=999) for row in range(2, 9)]
    sent = sending(below)
    assert (outcomes(sent), sent.stop) == ([Outcome.REJECTED] * 7, None)


def test_what_never_left_is_tried_again_and_then_failed(path: Path) -> None:
    server = Server()
    server.stop()
    sending = Sending(server, path)
    one = operation_of("One")
    sent = sending([one], given=Credentials(token="fixed"))
    assert outcomes(sent) == [Outcome.FAILED]
    assert only_problem(sent, one)[0] is Code.NOT_DELIVERED
    assert sending.stored("SELECT result FROM attempt") == ["pending"] * 4 + ["failed"]
    sending.journal.close()


# --- what stops a run -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "error"), [(403, SignInError), (404, TryLaterError), (302, TryLaterError)])
def test_a_closed_door_stops_the_run_and_blames_no_row(
    sending: Sending, status: int, error: type[ImporterError]
) -> None:
    sending.server.faults.add(Fault(method="POST", path="/api/content/*", work=False, status=status))
    sent = sending(lessons(5))
    assert (set(outcomes(sent)), type(sent.stop)) == ({Outcome.PENDING}, error)
    assert (sending.posts, sending.stored()) == (1, ["pending"] * 5)


def test_a_missing_role_stops_the_run_and_is_named(path: Path) -> None:
    user = User(name=OPS.name, password=OPS.password, missing_roles=frozenset({"CourseLesson-Create"}))
    with Server(limits=NO_LIMITS, users=(user,)) as server:
        sending = Sending(server, path)
        sent = sending([section()], lessons(3))
        sending.journal.close()
    assert outcomes(sent) == [Outcome.CREATED, *[Outcome.PENDING] * 3]
    assert isinstance(sent.stop, SignInError)
    assert "CourseLesson-Create" in sent.stop.message
    assert (sending.posts, server.log.count(path="/api/token")) == (3, 2)


def test_a_token_that_runs_out_is_renewed_and_the_row_sent_once_more(sending: Sending) -> None:
    expire = Fault(method="POST", path="/api/content/*", nth=3, expire_tokens=True)
    sending.server.faults.add(expire)
    sent = sending(lessons(6))
    assert set(outcomes(sent)) == {Outcome.CREATED}
    assert (sending.posts, sending.server.log.count(path="/api/token")) == (7, 2)
    assert set(sending.titles.values()) == {1}


def test_workers_share_one_renewal(sending: Sending) -> None:
    sending.server.faults.add(
        Fault(method="POST", path="/api/content/*", nth=5, expire_tokens=True),
        Fault(method="POST", path="/api/content/*", wait_before=0.01),
    )
    assert set(outcomes(sending(lessons(20), concurrency=4))) == {Outcome.CREATED}
    assert sending.server.log.count(path="/api/token") == 2


def test_a_token_that_cannot_be_renewed_is_not_tried_twice(sending: Sending) -> None:
    sent = sending(lessons(3), given=Credentials(token="stale"))
    assert (set(outcomes(sent)), sending.posts) == ({Outcome.PENDING}, 1)
    assert isinstance(sent.stop, SignInError)


def test_a_renewal_that_fails_claims_nothing_about_what_was_sent(sending: Sending) -> None:
    sending.server.faults.add(
        Fault(method="POST", path="/api/content/*", nth=2, expire_tokens=True),
        Fault(path="/api/token", nth=2, times=9, work=False, status=500),
    )
    sent = sending(lessons(3))
    assert outcomes(sent) == [Outcome.CREATED, Outcome.PENDING, Outcome.PENDING]
    assert isinstance(sent.stop, TryLaterError)
    assert "Nothing was sent" not in sent.stop.message


def test_a_throttle_is_waited_out_and_costs_nothing(sending: Sending) -> None:
    sending.server.faults.add(replace(throttled("0", nth=2, times=9), method="POST", path="/api/content/*"))
    sent = sending(lessons(4))
    assert set(outcomes(sent)) == {Outcome.CREATED}
    assert (sending.watcher.waits, set(sending.titles.values())) == ([0.0] * 9, {1})


class SlowingTheDisk(Faults):
    """Keeps the journal from committing for a while after the fifth row arrived, which is throttled."""

    def __init__(self, path: Path) -> None:
        super().__init__(replace(throttled("1", nth=5), method="POST", path="/api/content/*", wait_after=0.1))
        self._path = path

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        struck = super().take(method, path, body)
        if struck is not None:
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM row").fetchone()
            threading.Timer(0.2, connection.close).start()
        return struck


def test_nothing_at_all_is_sent_during_a_throttle(path: Path) -> None:
    with Server(limits=NO_LIMITS, faults=SlowingTheDisk(path)) as server:
        sending = Sending(server, path)
        assert set(outcomes(sending(lessons(20), concurrency=4))) == {Outcome.CREATED}
        sending.journal.close()
    rows = [one for one in server.log.entries if "content" in one.path]
    (throttle,) = (one.at for one in rows if one.status == 409)
    # What was on its way already may still arrive; then there is a pause.
    later = [one.at - throttle for one in rows if one.at > throttle + 0.6]
    assert min(later) >= 1.1


def test_a_throttle_without_end_stops_the_run_in_time(path: Path) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(replace(throttled("60", nth=3, times=10**6), method="POST", path="/api/content/*"))
        sending = Sending(server, path, speed=1000)
        sent = sending(lessons(5), concurrency=2)
        sending.journal.close()
    assert Counter(outcomes(sent)) == {Outcome.CREATED: 2, Outcome.PENDING: 3}
    assert isinstance(sent.stop, LimitSpentError)
    assert "again in 15 minutes" in sent.stop.message
    assert (sending.posts < 40, set(sending.stored())) == (True, {"done", "pending"})


def test_a_throttle_that_is_too_long_stops_the_run(sending: Sending) -> None:
    sending.server.faults.add(replace(throttled("5000", nth=3), method="POST", path="/api/content/*"))
    sent = sending(lessons(5))
    assert Counter(outcomes(sent)) == {Outcome.CREATED: 2, Outcome.PENDING: 3}
    assert isinstance(sent.stop, LimitSpentError)


def test_under_the_services_own_limits_nothing_is_throttled(path: Path) -> None:
    with Server(limits=replace(Limits(), writes_per_minute=5)) as server:
        sending = Sending(server, path)
        sent = sending(lessons(9), act=lambda halt, done: halt.interrupt() if done == 5 else None, writes_per_minute=5)
        sending.journal.close()
    assert (Counter(outcomes(sent))[Outcome.CREATED], server.log.count(status=409)) == (5, 0)


# --- stopping, and the journal --------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_interrupt_finishes_what_is_in_flight_and_every_row_has_a_verdict(
    sending: Sending, concurrency: int
) -> None:
    sent = sending(
        [section()],
        lessons(60, section_row=2),
        act=lambda halt, done: halt.interrupt() if done == 20 else None,
        concurrency=concurrency,
    )
    counts = Counter(outcomes(sent))
    assert (sent.interrupted, sent.stop, counts.total()) == (True, None, 61)
    assert set(counts) == {Outcome.CREATED, Outcome.PENDING}
    assert 20 <= counts[Outcome.CREATED] < 20 + concurrency
    assert sending.titles.total() == counts[Outcome.CREATED] == sending.stored().count("done")
    assert "inflight" not in sending.stored()


def test_an_interrupt_ends_a_wait(sending: Sending) -> None:
    sending.server.faults.add(replace(throttled("800", nth=2), method="POST", path="/api/content/*"))

    def stop_soon(halt: Hasty, done: int) -> None:
        asyncio.get_running_loop().call_later(0.2, halt.interrupt)

    sent = sending(lessons(4), act=stop_soon)
    assert Counter(outcomes(sent)) == {Outcome.CREATED: 1, Outcome.PENDING: 3}


class Watching(Faults):
    """Looks into the journal whenever a row arrives; `states` are what it saw."""

    def __init__(self, path: Path) -> None:
        super().__init__(NEVER)
        self.states: list[list[str]] = []
        self._path = path

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        if method == "POST" and "/content/" in path:
            connection = sqlite3.connect(self._path)
            found = connection.execute("SELECT state FROM row WHERE title = ?", (json.loads(body)["Title"],))
            self.states.append([state for (state,) in found])
            connection.close()
        return super().take(method, path, body)


def test_no_row_arrives_before_it_is_in_flight_in_the_journal(path: Path) -> None:
    watching = Watching(path)
    with Server(limits=NO_LIMITS, faults=watching) as server:
        sending = Sending(server, path)
        sending([section()], lessons(30, section_row=2), concurrency=4)
        sending.journal.close()
    assert watching.states == [["inflight"]] * 31


def test_no_lesson_arrives_before_its_section_is_done_in_the_journal(path: Path) -> None:
    class WatchingSections(Watching):
        def take(self, method: str, path: str, body: bytes) -> Fault | None:
            return super().take(method, path, b'{"Title": "Week 1"}' if path.endswith("lessons") else b'{"Title": ""}')

    watching = WatchingSections(path)
    with Server(limits=NO_LIMITS, faults=watching) as server:
        sending = Sending(server, path)
        sending([section()], lessons(5, section_row=2), concurrency=4)
        sending.journal.close()
    assert watching.states[1:] == [["done"]] * 5


def test_a_full_disk_in_the_middle_stops_sending_and_nothing_goes_out_without_its_intent(sending: Sending) -> None:
    def fill(halt: Hasty, done: int) -> None:
        if done == 10:
            (pages,) = sending.journal._connection.execute("PRAGMA page_count").fetchone()
            sending.journal._connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    sent = sending(lessons(400), act=fill, concurrency=4)
    counts = Counter(outcomes(sent))
    assert isinstance(sent.stop, JournalBrokeError)
    assert counts.total() == 400
    assert 10 < counts[Outcome.CREATED] < 400
    assert sending.titles.total() == counts[Outcome.CREATED]
    sent_rows = set(sending.stored("SELECT title FROM row JOIN attempt ON attempt.row = row.number"))
    assert set(sending.titles) <= sent_rows


# --- how many at a time ---------------------------------------------------------------------------------


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_are_on_their_way_than_there_are_lines(sending: Sending, concurrency: int) -> None:
    sending.server.faults.add(Fault(method="POST", path="/api/content/*", wait_before=0.1))
    sending(lessons(6), concurrency=concurrency)
    came = [one.at for one in sending.server.log.entries if "content" in one.path]
    assert all(later - earlier > 0.09 for earlier, later in zip(came, came[concurrency:], strict=False))
    assert came[concurrency - 1] - came[0] < 0.09


def test_progress_is_told_row_by_row(sending: Sending) -> None:
    sending(lessons(3), min_interval=0.1)
    assert sending.watcher.outcomes == [Outcome.CREATED] * 3
    assert sending.watcher.left == [0.1, 0, 0]


def test_nothing_to_send_is_sent_at_once(sending: Sending) -> None:
    assert sending().verdicts == {}
    assert sending.server.log.entries == ()


# --- what should not happen -----------------------------------------------------------------------------


def test_a_row_whose_section_is_not_part_of_the_run_stays_pending(sending: Sending) -> None:
    sent = sending([operation_of("Below", section_row=99), operation_of("Loose", row=3)])
    assert outcomes(sent) == [Outcome.PENDING, Outcome.CREATED]
    assert (sending.posts, sent.stop) == (1, None)


@pytest.mark.parametrize("of_this_run", [True, False])
def test_the_number_of_another_row_is_not_taken_for_the_rows_own(
    sending: Sending, path: Path, of_this_run: bool
) -> None:
    first, second = lessons(2)
    made = sending([first]).verdicts[first.key].id
    answer = json.dumps({"Status": 200, "WasSuccessful": True, "Value": {"Id": made}})
    sending.server.faults.add(Fault(method="POST", path="/api/content/*", body=answer))
    later = Sending(sending.server, path.with_name("later.sqlite3"))
    known = Known(claimed={LESSON.kind: [made or 0]}) if of_this_run else claimed_by(first.title, made)
    sent = later([second], known=known)
    later.journal.close()
    assert sent.verdicts[second.key].outcome is Outcome.CREATED
    assert sent.verdicts[second.key].id not in (None, made)
    assert only_problem(sent, second)[0] is Code.FOUND_BY_LOOKING


def claimed_by(title: str, id: int | None) -> Known:
    return Known(earlier={LESSON.kind: {id or 0: Claim(identity="earlier", title=title)}})


def next_number(sending: Sending) -> int:
    """The number that the service gives to the next lesson."""
    gone = sending.server.store.create(LESSON, {"CourseId": 101, "Title": "Gone"})
    sending.server.store.delete(LESSON, gone)
    return gone + 1


def test_a_number_that_the_service_gives_anew_is_the_rows_where_its_record_is(sending: Sending) -> None:
    (one,) = lessons(1)
    number = next_number(sending)
    sent = sending([one], known=claimed_by("Another", number))
    assert sent.verdicts[one.key] == Verdict(outcome=Outcome.CREATED, id=number)
    assert (sending.posts, sending.stored()) == (1, ["done"])


def anew(**more: str) -> str:
    """What the service says of a new record that is number 7."""
    return json.dumps({"Status": 200, "WasSuccessful": True, "Value": {"Id": 7}, **more})


ANEW = Fault(method="POST", path="/api/content/*", nth=1)
GONE = Fault(method="GET", path="/api/content/courselessons/7", status=404, work=False)
UNREAD = replace(GONE, status=400)


def shown(**record: object) -> Fault:
    """What the service shows as number 7."""
    return replace(GONE, status=200, body=json.dumps({"Id": 7, "CourseId": 101, "Title": "Lesson 0", **record}))


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (anew(), GONE),
        (anew(), UNREAD),
        (anew(), shown(Title="Lesson 1")),
        (anew(), shown(SectionId=3)),
        (anew(UpdatedOn="now"), shown(CreatedOn="before", UpdatedOn="before")),
    ],
    ids=["gone", "not to be read", "another title", "another section", "made before"],
)
def test_where_it_is_not_the_rows_the_row_is_in_doubt(sending: Sending, answer: str, read: Fault) -> None:
    sending.server.faults.replace([replace(ANEW, body=answer), read])
    (one,) = lessons(1)
    sent = sending([one], known=claimed_by("Another", 7))
    assert (only_problem(sent, one)[0], sending.stored()) == (Code.FOUND_BY_LOOKING, ["adopted"])


@pytest.mark.parametrize("stamp", [{}, {"UpdatedOn": "now"}])
def test_where_it_was_made_just_now_it_is_the_rows(sending: Sending, stamp: dict[str, str]) -> None:
    sending.server.faults.replace([replace(ANEW, body=anew(**stamp)), shown(CreatedOn="now", UpdatedOn="later")])
    (one,) = lessons(1)
    assert sending([one], known=claimed_by("Another", 7)).verdicts[one.key].id == 7


def test_a_number_that_the_lists_showed_before_is_not_given_anew(sending: Sending) -> None:
    sending.server.faults.replace([replace(ANEW, body=anew()), shown()])
    (one,) = lessons(1)
    known = claimed_by("Another", 7)
    listing = {(LESSON.kind, 101): [Held(id=7, title="Lesson 0", course=101)]}
    assert sending([one], known=replace(known, listings=listing)).verdicts[one.key].id != 7


def test_a_stop_that_comes_while_the_intent_is_stored_holds_the_row_back(
    sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop: list[Callable[[], object]] = []
    commit = sending.journal.commit

    def after_first(halt: Hasty, _done: int) -> None:
        stop.append(partial(asyncio.get_running_loop().call_soon_threadsafe, halt.interrupt))

    def stopped_meanwhile() -> None:
        if stop:
            stop[0]()
        commit()

    monkeypatch.setattr(sending.journal, "commit", stopped_meanwhile)
    sent = sending(lessons(3), act=after_first)
    assert (outcomes(sent), sent.interrupted) == ([Outcome.CREATED, Outcome.PENDING, Outcome.PENDING], True)
    assert (sending.posts, sending.stored()) == (1, ["done", "pending", "pending"])
