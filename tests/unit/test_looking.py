"""Rows in doubt: found by looking, proven absent and sent again, or left for a person."""

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from importer.api import body_sha256, create
from importer.choices import Existing
from importer.doubts import MOST_OPEN, Doubt
from importer.entities import LESSON
from importer.errors import JournalBrokeError, TryLaterError
from importer.model import Held, Operation, Outcome, Sent
from importer.problems import Code
from importer.sandbox import NO_LIMITS, Drop, Fault, Faults, Garble, Server, Store, throttled
from importer.send import Known
from tests.builders import Hasty, operation_of
from tests.sending import Sending, lessons, only_problem, outcomes, section

FAST = 100
FIRST = Fault(method="POST", nth=1)
NOT_MADE = replace(FIRST, work=False, drop=Drop.RESET)
"""The first row gets no answer, and no record."""
MADE = replace(FIRST, drop=Drop.RESET)
"""The first row gets no answer, though its record is there."""


@pytest.fixture
def speed() -> int:
    return FAST


# --- what an unclear answer comes to --------------------------------------------------------------------

UNCLEAR = [
    Fault(drop=Drop.RESET),
    Fault(drop=Drop.CLOSE),
    Fault(drop=Drop.RESET, work=False),
    Fault(drop=Drop.CLOSE, work=False),
    Fault(truncate=20),
    Fault(truncate=0),
    *(Fault(garble=how) for how in Garble),
    *(Fault(status=status) for status in (200, 408, 500, 502, 503, 504)),
    *(Fault(status=status, work=False) for status in (500, 503)),
    Fault(status=400, garble=Garble.HTML),
    Fault(status=409, body='{"Message": "conflict"}'),
    Fault(status=409, body='{"Message": "conflict"}', headers=(("Retry-After", "0"),)),
]


@pytest.mark.parametrize("fault", UNCLEAR)
def test_what_is_unclear_is_found_or_sent_again_and_never_there_twice(sending: Sending, fault: Fault) -> None:
    sending.server.faults.add(replace(fault, method="POST", nth=1))
    first, second = lessons(2)
    sent = sending([first, second], settle=20)
    assert set(outcomes(sent)) == {Outcome.CREATED}
    assert sending.titles == Counter([first.title, second.title])
    assert {str(verdict.id) for verdict in sent.verdicts.values()} == set(ids(sending))
    assert sending.posts == (2 if fault.work else 3)
    assert sending.stored() == ["adopted" if fault.work else "done", "done"]


def ids(sending: Sending, title: str | None = None) -> list[str]:
    found = sending.server.store.find(LESSON)[0]
    return [str(record["Id"]) for record in found if title in (None, record["Title"])]


def test_a_record_found_by_looking_is_said_to_be(sending: Sending) -> None:
    sending.server.faults.add(MADE)
    (one,) = lessons(1)
    assert only_problem(sending([one]), one)[0] is Code.FOUND_BY_LOOKING


def test_nothing_is_sent_again_before_it_is_settled(sending: Sending) -> None:
    sending.server.faults.add(NOT_MADE)
    sending(lessons(1), settle=100)
    first, second = [one.at for one in sending.server.log.entries if one.method == "POST" and "content" in one.path]
    assert second - first >= 1.0
    assert sending.watcher.settlings == [1]


def test_a_record_that_the_lists_show_late_is_found(sending: Sending) -> None:
    sending.server.faults.replace([MADE], list_lag=0.3)
    sent = sending(lessons(1), settle=100)
    assert (outcomes(sent), sending.posts, sending.stored()) == ([Outcome.CREATED], 1, ["adopted"])


def test_a_record_that_is_made_long_after_the_answer_was_given_up_is_found(path: Path) -> None:
    with Server(limits=NO_LIMITS, faults=Faults(replace(FIRST, wait_before=1.4))) as server:
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(2), answer_timeout=1.0, settle=300)
        sending.journal.close()
    assert (set(outcomes(sent)), sending.posts) == ({Outcome.CREATED}, 2)
    assert sending.titles == Counter(["Lesson 0", "Lesson 1"])
    assert sending.stored() == ["adopted", "done"]


class Belated(Faults):
    """The first row gets no answer, and its record is made when the row is sent again, or some requests later."""

    def __init__(self, *more: Fault, later: int = 0) -> None:
        super().__init__(NOT_MADE, *more)
        self.store: Store | None = None
        self._later = later
        self._posts = 0
        self._since = -1

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        self._posts += method == "POST" and "/content/" in path
        self._since += self._posts == 2
        if self._since == self._later and self.store is not None:
            self.store.create(LESSON, lessons(1)[0].payload)
        return super().take(method, path, body)


def send_belated(path: Path, *more: Fault, later: int = 0, blank: str = " ") -> tuple[Sent, list[str]]:
    """What sending a single row gives, and the ids that it has then, under a title with another `blank`."""
    belated = Belated(*more, later=later)
    with Server(limits=NO_LIMITS, faults=belated) as server:
        belated.store = server.store
        server.store._connection.execute(
            "CREATE TRIGGER written_otherwise AFTER INSERT ON courselessons BEGIN UPDATE courselessons"
            f" SET Title = replace(Title, ' ', '{blank}') WHERE Id = new.Id; END"
        )
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(1), settle=5)
        sending.journal.close()
        return sent, ids(sending, lessons(1)[0].title.replace(" ", blank))


def test_a_record_that_is_made_after_all_is_told_as_a_twin(path: Path) -> None:
    sent, made = send_belated(path)
    assert (len(made), outcomes(sent)) == (2, [Outcome.UNKNOWN])
    assert all(number in only_problem(sent, lessons(1)[0])[1] for number in made)


def test_so_it_is_where_the_service_writes_titles_otherwise(path: Path) -> None:
    sent, made = send_belated(path, blank="&nbsp;")
    assert (len(made), outcomes(sent)) == (2, [Outcome.UNKNOWN])
    message = only_problem(sent, lessons(1)[0])[1]
    assert "under another title" in message and all(number in message for number in made)


def test_a_record_whose_title_is_written_otherwise_is_no_twin_of_itself(path: Path) -> None:
    sent, made = send_belated(path, later=99, blank="&nbsp;")
    assert (len(made), outcomes(sent)) == (1, [Outcome.CREATED])


def test_several_records_are_left_to_a_person(sending: Sending) -> None:
    sending.server.faults.add(replace(MADE, colleague=True))
    one, other = lessons(2)
    sent = sending([one, other])
    assert outcomes(sent) == [Outcome.UNKNOWN, Outcome.CREATED]
    assert all(number in only_problem(sent, one)[1] for number in ids(sending)[:2])
    assert (sending.posts, sending.stored()) == (2, ["unknown", "done"])


class Colleague(Faults):
    """Adds a record with other numbers while the first row is on its way."""

    def __init__(self) -> None:
        super().__init__(NOT_MADE)
        self.store: Store | None = None

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        struck = super().take(method, path, body)
        if struck is not None and self.store is not None:
            self.store.create(LESSON, {**lessons(1)[0].payload, "DisplayOrder": 77})
        return struck


@pytest.mark.parametrize(
    ("policy", "outcome", "code"),
    [
        (Existing.SKIP, Outcome.EXISTS, Code.ADDED_MEANWHILE),
        (Existing.CREATE, Outcome.UNKNOWN, Code.MAY_EXIST),
    ],
)
def test_a_record_with_other_numbers_is_somebody_elses(
    path: Path, policy: Existing, outcome: Outcome, code: Code
) -> None:
    colleague = Colleague()
    with Server(limits=NO_LIMITS, faults=colleague) as server:
        colleague.store = server.store
        sending = Sending(server, path, speed=FAST)
        (one,) = lessons(1)
        sent = sending([one], settle=20, on_existing=policy)
        sending.journal.close()
    assert (sent.verdicts[one.key].outcome, only_problem(sent, one)[0]) == (outcome, code)
    assert (sending.posts, sending.titles[one.title]) == (1, 1)


class Renumbering(Faults):
    """A service that gives lessons an order of its own."""

    store: Store | None = None

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        if self.store is not None and method == "GET":
            for record in self.store.find(LESSON)[0]:
                number = int(str(record["Id"]))
                self.store.update(LESSON, number, {**record, "DisplayOrder": 1000 + number})
        return super().take(method, path, body)


def test_a_number_that_the_service_changes_in_every_record_tells_nothing(path: Path) -> None:
    renumbering = Renumbering(replace(MADE, nth=2))
    with Server(limits=NO_LIMITS, faults=renumbering) as server:
        renumbering.store = server.store
        sending = Sending(server, path, speed=FAST)
        one, other = lessons(2)
        sent = sending([one, other], settle=5)
        sending.journal.close()
    assert (outcomes(sent), sending.posts) == ([Outcome.CREATED] * 2, 2)
    assert only_problem(sent, other)[0] is Code.FOUND_BY_LOOKING


# --- what waits for a row in doubt ----------------------------------------------------------------------


@pytest.mark.parametrize("fault", [MADE, NOT_MADE])
def test_lessons_wait_for_their_section_and_the_others_go_on(sending: Sending, fault: Fault) -> None:
    sending.server.faults.add(fault)
    below, loose = operation_of("Below", section_row=2), operation_of("Loose", row=3)
    sent = sending([section()], [below, loose], settle=20, concurrency=4)
    assert set(outcomes(sent)) == {Outcome.CREATED}
    held = {record["Title"]: record["SectionId"] for record in sending.server.store.find(LESSON)[0]}
    assert held["Below"] == sent.verdicts[section().key].id
    assert list(held) == ["Loose", "Below"]


def test_lessons_of_a_section_that_stays_in_doubt_are_blocked(sending: Sending) -> None:
    sending.server.faults.add(replace(MADE, colleague=True))
    below = operation_of("Below", section_row=2)
    sent = sending([section()], [below])
    assert outcomes(sent) == [Outcome.UNKNOWN, Outcome.BLOCKED]
    assert "may or may not have been created" in only_problem(sent, below)[1]


def test_a_row_waits_for_its_twin_on_the_sheet(sending: Sending) -> None:
    sending.server.faults.add(MADE)
    twins = [operation_of("Twin"), operation_of("Twin", row=3)]
    sent = sending(twins, concurrency=4)
    assert [verdict.id for verdict in sent.verdicts.values()] == [int(number) for number in ids(sending)]
    assert sending.stored() == ["adopted", "done"]


def test_an_interrupt_leaves_doubts_unknown_and_lessons_below_blocked(sending: Sending) -> None:
    sending.server.faults.add(NOT_MADE)
    below, loose = operation_of("Below", section_row=2), operation_of("Loose", row=3)
    sent = sending([section()], [below, loose], settle=1000, act=lambda halt, done: halt.interrupt())
    assert [sent.verdicts[one.key].outcome for one in (section(), below, loose)] == [
        Outcome.UNKNOWN,
        Outcome.BLOCKED,
        Outcome.CREATED,
    ]
    assert (sent.interrupted, sending.stored()) == (True, ["unknown", "pending", "done"])


def soon(seconds: float = 0.1) -> Callable[[Hasty, int], None]:
    """Stops the run so many seconds after a row got its outcome."""

    def act(halt: Hasty, done: int) -> None:
        asyncio.get_running_loop().call_later(seconds, halt.interrupt)

    return act


class Counting(Faults):
    """Leaves rows in doubt; `open` says of each one how many others the journal has in doubt when it arrives."""

    def __init__(self, path: Path) -> None:
        # Long enough for those that left together to arrive before the first of them gets its answer.
        super().__init__(Fault(method="POST", nth=3, times=8, work=False, drop=Drop.CLOSE, wait_after=0.1))
        self.most = 0
        self._path = path

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        if method == "POST" and "/content/" in path:
            with contextlib.closing(sqlite3.connect(self._path)) as connection:
                (count,) = connection.execute("SELECT count(*) FROM row WHERE state = 'unknown'").fetchone()
            self.most = max(self.most, count)
        return super().take(method, path, body)


@pytest.mark.parametrize("concurrency", [1, 4, 8])
def test_no_row_leaves_while_three_others_are_in_doubt(path: Path, concurrency: int) -> None:
    counting = Counting(path)
    with Server(limits=NO_LIMITS, faults=counting) as server:
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(12), settle=5, concurrency=concurrency)
        sending.journal.close()
    assert set(outcomes(sent)) == {Outcome.CREATED}
    assert set(sending.titles.values()) == {1}
    assert counting.most < MOST_OPEN


def test_a_row_that_may_be_sent_again_waits_while_others_are_in_doubt(path: Path) -> None:
    """Three rows get no answer, then the fourth, which was on its way with them, is throttled."""
    with Server(limits=NO_LIMITS) as server:
        unanswered = Fault(method="POST", times=3, work=False, drop=Drop.CLOSE, wait_after=0.1)
        late = replace(throttled("0", nth=4), method="POST", path="/api/content/*", wait_after=0.3)
        server.faults.add(replace(unanswered, nth=1), late)
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(4), settle=60, concurrency=4)
        sending.journal.close()
    assert set(outcomes(sent)) == {Outcome.CREATED}
    came = sorted(one.at for one in server.log.entries if one.method == "POST" and "content" in one.path)
    assert len(came) == 8
    assert came[4] - came[3] >= 60 / FAST  # nobody leaves before the others are proven to be absent


def test_each_row_in_doubt_is_looked_for_at_its_own_moments(path: Path) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(NOT_MADE, replace(NOT_MADE, nth=2, wait_after=0.1))
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(2), settle=100)
        sending.journal.close()
    assert set(outcomes(sent)) == {Outcome.CREATED}
    looks_of_one, twins = 4, 1
    assert server.log.count("GET") >= 2 * looks_of_one - 1 + twins


@pytest.mark.parametrize(("limit", "most"), [(10**6, MOST_OPEN), (0, 16)])
def test_at_most_as_many_rows_are_in_doubt_as_were_on_their_way_when_it_began(
    limit: int, most: int, path: Path
) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(method="POST", nth=5, times=10**6, work=False, drop=Drop.CLOSE, wait_after=0.05))
        sending = Sending(server, path, speed=1000)
        sent = sending(lessons(60), act=soon(1.0), settle=10**6, concurrency=16, writes_per_minute=limit)
        sending.journal.close()
    counted = Counter(outcomes(sent))
    assert counted[Outcome.CREATED] == 4
    assert MOST_OPEN <= counted[Outcome.UNKNOWN] <= most
    assert sending.posts == 4 + counted[Outcome.UNKNOWN]


# --- a run that is to stop while it looks ---------------------------------------------------------------


def test_a_stop_while_a_list_is_read_leaves_the_row_in_doubt(path: Path) -> None:
    with Server(limits=NO_LIMITS, page_cap=1) as server:
        server.faults.add(NOT_MADE, Fault(method="GET", wait_after=0.3))
        for other in lessons(5)[3:]:
            server.store.create(LESSON, dict(other.payload))
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(3), act=soon(), settle=60)
        sending.journal.close()
    assert (outcomes(sent)[0], sent.interrupted, sent.stop) == (Outcome.UNKNOWN, True, None)
    assert server.log.count("GET") == 1


def test_a_stop_while_twins_are_looked_for_loses_nothing(path: Path) -> None:
    with Server(limits=NO_LIMITS, page_cap=1) as server:
        server.faults.add(NOT_MADE, Fault(method="GET", wait_after=0.1))
        sending = Sending(server, path, speed=FAST)
        one, other = lessons(2)
        act = soon(0.05)
        sent = sending([one, other], settle=5, act=lambda halt, done: act(halt, done) if done == 2 else None)
        sending.journal.close()
    assert (outcomes(sent), sent.interrupted) == ([Outcome.CREATED] * 2, True)
    assert server.log.entries[-1].method == "GET"
    assert sending.titles[one.title] == 1


def test_a_journal_that_breaks_while_twins_are_looked_for_stops_the_run(path: Path) -> None:
    def fill(halt: Hasty, done: int) -> None:
        if done == 2:
            no_more = "CREATE TRIGGER full BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, 'full'); END"
            sending.journal._connection.execute(no_more)

    with Server(limits=NO_LIMITS) as server:
        server.faults.add(NOT_MADE)
        sending = Sending(server, path, speed=FAST)
        sent = sending(lessons(2), settle=5, act=fill)
        sending.journal.close()
    assert isinstance(sent.stop, JournalBrokeError)
    assert outcomes(sent) == [Outcome.CREATED] * 2


REFUSAL = json.dumps({"WasSuccessful": False, "Errors": [{"Message": "is taken", "PropertyName": "Title"}]})
REFUSED_AGAIN = Fault(method="POST", nth=2, work=False, status=400, body=REFUSAL)


def test_a_row_that_is_refused_when_sent_again_is_looked_for_once_more(sending: Sending) -> None:
    sending.server.faults.add(NOT_MADE, REFUSED_AGAIN)
    sent = sending(lessons(1), settle=5)
    assert (outcomes(sent), sending.stored()) == ([Outcome.REJECTED], ["rejected"])
    *_, refused, looked, at_the_end = sending.server.log.entries
    assert (refused.method, looked.method, at_the_end.method) == ("POST", "GET", "GET")


def test_a_row_that_is_refused_for_its_own_record_is_found(path: Path) -> None:
    sent, (made,) = send_belated(path, REFUSED_AGAIN)
    assert (outcomes(sent), str(sent.verdicts[lessons(1)[0].key].id)) == ([Outcome.CREATED], made)
    assert only_problem(sent, lessons(1)[0])[0] is Code.FOUND_BY_LOOKING


def test_a_record_that_is_made_after_its_row_was_refused_is_found_at_the_end(path: Path) -> None:
    sent, (made,) = send_belated(path, REFUSED_AGAIN, later=2)
    assert (outcomes(sent), str(sent.verdicts[lessons(1)[0].key].id)) == ([Outcome.CREATED], made)
    assert only_problem(sent, lessons(1)[0])[0] is Code.FOUND_BY_LOOKING
    assert rows_in(path) == [("adopted", int(made), True)]


def rows_in(path: Path) -> list[tuple[str, int, bool]]:
    """What the journal has of each row: its state, its record, and whether it knows when that was made."""
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT state, remote_id, stamp FROM row ORDER BY number").fetchall()
    connection.close()
    return [(state, number, stamp is not None) for state, number, stamp in found]


class AtLast(Faults):
    """The record of the first row is made just before the second look at the lists."""

    store: Store | None = None
    looks = 0

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        self.looks += method == "GET"
        if self.looks == 2 and self.store is not None:
            self.store.create(LESSON, lessons(1)[0].payload)
        return super().take(method, path, body)


def test_a_record_that_is_made_after_its_row_could_not_be_sent_again_is_named_at_the_end(path: Path) -> None:
    faults, one = AtLast(NOT_MADE), lessons(1)[0]
    with Server(limits=NO_LIMITS, faults=faults) as server:
        sending = Sending(server, path, speed=FAST)
        faults.store, sending.unreachable = server.store, Server()
        sending.unreachable.stop()
        doubt = Doubt(operation=one, parent=None, numbers={}, baseline=frozenset(), ended_at=-1e6, reason="reset")
        listings: dict[tuple[str, int], list[Held]] = {doubt.key: []}
        known = Known(listings=listings, listed_at=sending.now(), is_proof=True, doubts={one.key: doubt})
        sent = sending([one], known=known)
        sending.journal.close()
        (made,) = ids(sending, one.title)
    assert outcomes(sent) == [Outcome.UNKNOWN]
    assert f"Nexudus holds a record that may be this row's (number {made})" in only_problem(sent, one)[1]


def test_a_row_that_is_refused_when_sent_again_is_in_doubt_while_nobody_can_look(path: Path) -> None:
    unreadable = Fault(method="GET", nth=3, times=4, work=False, status=500)
    sent, (made,) = send_belated(path, REFUSED_AGAIN, unreadable)
    assert (outcomes(sent), str(sent.verdicts[lessons(1)[0].key].id)) == ([Outcome.CREATED], made)


@pytest.mark.parametrize("fault", [Fault(work=False, status=500), throttled("1")])
def test_a_list_of_which_a_page_failed_or_was_throttled_proves_nothing(sending: Sending, fault: Fault) -> None:
    # Both looks that would prove it meet with a failure on their way; those after them do not.
    sending.server.faults.add(NOT_MADE, *(replace(fault, method="GET", nth=nth, times=1) for nth in (1, 3)))
    sent = sending(lessons(1), settle=5)
    methods = [one.method for one in sending.server.log.entries if "content" in one.path]
    assert (outcomes(sent), methods[: methods.index("POST", 1)]) == ([Outcome.CREATED], ["POST", *["GET"] * 6])


@pytest.mark.parametrize(("is_proof", "looks"), [(True, 1), (False, 2)])
def test_a_look_up_with_a_failure_in_between_is_no_first_look(sending: Sending, is_proof: bool, looks: int) -> None:
    one = lessons(1)[0]
    doubt = Doubt(operation=one, parent=None, numbers={}, baseline=frozenset(), ended_at=-1e6, reason="reset")
    listings: dict[tuple[str, int], list[Held]] = {doubt.key: []}
    known = Known(listings=listings, listed_at=sending.now(), is_proof=is_proof, doubts={one.key: doubt})
    assert outcomes(sending([one], known=known)) == [Outcome.CREATED]
    # Besides, there is the look at the end of the run.
    assert sending.server.log.count("GET") == looks + 1


def test_lists_that_never_prove_anything_stop_the_run(sending: Sending) -> None:
    sending.speed = 1000
    faults = (Fault(method="GET", nth=nth, times=1, work=False, status=500) for nth in range(1, 2000, 2))
    sending.server.faults.add(NOT_MADE, *faults)
    sent = sending(lessons(1), settle=5)
    assert (outcomes(sent), type(sent.stop)) == ([Outcome.UNKNOWN], TryLaterError)


@pytest.mark.parametrize("refused", [False, True])
def test_a_last_look_that_cannot_be_had_is_told_on_its_row_and_stops_nothing(sending: Sending, refused: bool) -> None:
    sending.server.faults.add(NOT_MADE, Fault(method="GET", nth=4 if refused else 3, times=99, work=False, status=500))
    sending.server.faults.add(*[REFUSED_AGAIN] * refused)
    one = lessons(1)[0]
    sent = sending([one], settle=5)
    assert (outcomes(sent), sent.stop) == ([Outcome.REJECTED if refused else Outcome.CREATED], None)
    problem = sent.verdicts[one.key].problems[-1]
    assert (problem.code, "Nothing" in problem.message) == (Code.LAST_LOOK_MISSED, False)


def test_stopped_before_the_last_look_the_row_says_so(sending: Sending) -> None:
    sending.server.faults.add(NOT_MADE)
    one = lessons(1)[0]
    sent = sending([one], settle=5, act=lambda halt, done: halt.interrupt())
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([Outcome.CREATED], Code.LAST_LOOK_MISSED)


def test_stopped_amid_the_last_look_the_row_says_so(sending: Sending) -> None:
    sending.server.faults.add(NOT_MADE, replace(throttled("600", nth=3), method="GET"))
    one = lessons(1)[0]

    def soon(halt: Hasty, done: int) -> None:
        asyncio.get_running_loop().call_later(0.5, halt.interrupt)

    sent = sending([one], settle=5, act=soon)
    assert (outcomes(sent), only_problem(sent, one)[0]) == ([Outcome.CREATED], Code.LAST_LOOK_MISSED)
    assert (sent.interrupted, sending.server.log.entries[-1].status) == (True, 409)


# --- a service that goes away ---------------------------------------------------------------------------


def test_a_service_that_fails_is_left_alone_until_a_read_succeeds(sending: Sending) -> None:
    sending.server.faults.add(Fault(nth=6, times=12, work=False, status=503))
    sent = sending(lessons(8), settle=5)
    assert set(outcomes(sent)) == {Outcome.CREATED}
    assert set(sending.titles.values()) == {1}
    entries = [one for one in sending.server.log.entries if "content" in one.path]
    gap, after = max((later.at - earlier.at, later) for earlier, later in pairwise(entries))
    assert (gap >= 60 / FAST, after.method) == (True, "GET")


def test_a_service_that_stays_away_stops_the_run(sending: Sending) -> None:
    sending.server.faults.add(Fault(nth=4, times=10**6, work=False, status=500))
    sending.speed = 1000
    sent = sending(lessons(8), settle=5)
    assert Counter(outcomes(sent)) == {Outcome.CREATED: 3, Outcome.UNKNOWN: 3, Outcome.PENDING: 2}
    assert isinstance(sent.stop, TryLaterError)


def test_a_service_that_answers_and_takes_no_row_stops_the_run_too(sending: Sending) -> None:
    sending.server.faults.add(Fault(method="POST", nth=4, times=10**6, work=False, status=500))
    sending.speed = 1000
    sent = sending(lessons(8), settle=5)
    counted = Counter(outcomes(sent))
    assert (counted[Outcome.CREATED], counted[Outcome.UNKNOWN] + counted[Outcome.PENDING]) == (3, 5)
    assert isinstance(sent.stop, TryLaterError)
    # Five that failed, and then one or few each time that a read had said that it is back.
    assert sending.posts < 30


# --- what an earlier run left ---------------------------------------------------------------------------


FOUND_OTHERWISE = (Code.FOUND_BY_LOOKING, Code.CHANGED_SINCE_SENT)


def left(operation: Operation, *before: int) -> Doubt:
    return Doubt(
        operation=operation,
        parent=None,
        numbers={},
        baseline=frozenset(before),
        ended_at=0.0,
        reason="an earlier run ended",
    )


def held(id: int, title: str) -> Held:
    return Held(id=id, title=title, course=101)


def test_a_record_of_an_earlier_run_is_found_in_the_first_lists(sending: Sending) -> None:
    one, other = lessons(2)
    known = Known(listings={(LESSON.kind, 101): [held(7, one.title)]}, doubts={one.key: left(one)})
    sent = sending([one, other], known=known)
    assert (sent.verdicts[one.key].id, sending.posts) == (7, 1)


ONE = operation_of("One")
SENT = body_sha256(create(ONE.entity, ONE.payload))


@pytest.mark.parametrize(
    ("digest", "operation", "codes"),
    [
        (SENT, ONE, [Code.FOUND_BY_LOOKING]),
        ("", replace(ONE, payload={}), [Code.FOUND_BY_LOOKING]),
        (SENT, replace(ONE, payload={**ONE.payload, "SummaryText": "new"}), [*FOUND_OTHERWISE]),
        (SENT, operation_of("One", section_row=99), [Code.FOUND_BY_LOOKING]),
    ],
    ids=["as it was sent", "not known", "changed", "its section is not there"],
)
def test_a_record_that_is_found_is_said_to_lack_what_the_row_has_got_since(
    sending: Sending, digest: str, operation: Operation, codes: list[Code]
) -> None:
    doubt = replace(left(operation), digest=digest)
    known = Known(listings={(LESSON.kind, 101): [held(7, "One")]}, doubts={operation.key: doubt})
    verdict = sending([operation], known=known).verdicts[operation.key]
    assert [problem.code for problem in verdict.problems] == codes


def test_what_was_there_before_or_is_claimed_is_not_found(sending: Sending) -> None:
    one = operation_of("One")
    listing = [held(7, one.title), held(8, one.title)]
    known = Known(listings={(LESSON.kind, 101): listing}, claimed={LESSON.kind: {8}}, doubts={one.key: left(one, 7)})
    sent = sending([one], known=known)
    assert (outcomes(sent), sending.posts) == ([Outcome.CREATED], 1)
    assert sent.verdicts[one.key].id not in (7, 8)


def test_what_may_be_there_under_another_title_is_named_and_not_sent_again(sending: Sending) -> None:
    one = operation_of("Q & A")
    sending.server.store.create(LESSON, {**one.payload, "Title": "Q &amp; A"})
    sending.server.faults.add(NOT_MADE)
    there = int(ids(sending)[0])
    sent = sending([one], settle=5)
    code, message = only_problem(sent, one)
    assert (outcomes(sent), code, sending.posts) == ([Outcome.UNKNOWN], Code.MAY_EXIST, 1)
    assert f"Nexudus holds what may be this row's under another title (numbers {there}; if it is, make the" in message
    assert sending.stored() == ["unknown"]


def test_lists_that_nobody_has_read_prove_nothing(sending: Sending) -> None:
    one = operation_of("One")
    sent = sending([one], known=Known(doubts={one.key: left(one)}))
    assert (outcomes(sent), sending.posts) == ([Outcome.CREATED], 1)
    asked = [entry.method for entry in sending.server.log.entries if "/content/courselessons" in entry.path]
    assert asked[:2] == ["GET", "GET"] and asked.index("POST") >= 2
