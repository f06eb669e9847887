"""What a run finds in the journal that earlier runs left: doubts, records, the run that it goes on with."""

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer.delivery import State
from importer.derive.keys import above_in_words, identity_of
from importer.entities import COURSE, EVERYWHERE, LESSON, SECTION
from importer.errors import JournalBrokeError, JournalError
from importer.journal import About, Account, Asking, Ended, Entry, Journal, LeftInDoubt, Made, Moved, Part, Run, Sending
from importer.journal.schema import VERSION
from importer.model import Claim, Operation, Outcome, Row, Verb, Verdict
from tests.builders import operation_of

OURS = Account(address="https://one.example", name="ops@example.com")
OTHERS = Account(address=OURS.address, name="other")
ONE = operation_of("One")
TWO = operation_of("Two")
BASELINE = {(LESSON.kind, 101): [3, 1, 2]}


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path, "boot")
    yield opened
    opened.close()


def begin(
    journal: Journal,
    id: str,
    *operations: Operation,
    at: float = 1.0,
    lists: dict[tuple[str, int], list[int]] | None = None,
    up: dict[int, LeftInDoubt] | None = None,
    account: Account = OURS,
    root: str = "",
) -> None:
    run = Run(id=id, account=account, files="f", started_at=at, root=root or id)
    journal.begin(run, operations or [ONE], baselines=BASELINE if lists is None else lists, taken_up=up)


def put(journal: Journal, run: str, *entries: Entry) -> None:
    journal.stage(run, entries)
    journal.commit()


def sending(numbers: str = '{"DisplayOrder": 4}', attempt: int = 1, row: int = 0) -> Sending:
    return Sending(attempt=attempt, row=row, at=2.0, clock=20.0, body_sha256="as sent", numbers=numbers)


def ended(state: State, attempt: int = 1, id: int | None = None, clock: float = 30.0, row: int = 0) -> Ended:
    return Ended(attempt=attempt, row=row, at=3.0, clock=clock, state=state, id=id, reason="reset")


def only(journal: Journal) -> LeftInDoubt:
    (left,) = journal.doubts(OURS).values()
    return left


# --- doubts ---------------------------------------------------------------------------------------------


def test_a_doubt_knows_what_was_sent_when_and_what_was_there_before(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN))
    left = only(journal)
    assert (left.numbers, left.baseline) == ({"DisplayOrder": 4}, frozenset({1, 2, 3}))
    assert (left.clock, left.boot, left.digest) == (30.0, "boot", "as sent")
    assert (left.origin, left.identity, left.reason) == (("first", 0), ONE.identity, "reset")


def test_a_row_that_was_killed_on_its_way_is_in_doubt_since_nobody_knows_when(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending())
    assert (only(journal).clock, "on its way" in only(journal).reason) == (None, True)


def test_a_doubt_that_is_taken_up_again_and_again_stays_that_of_the_first_attempt(journal: Journal) -> None:
    begin(journal, "first", operation_of("Zero"), ONE)
    put(journal, "first", sending(row=1), ended(State.UNKNOWN, row=1))
    for at, id in enumerate(["second", "third", "fourth"], start=2):
        begin(journal, id, at=at, lists={(LESSON.kind, 101): [1, 2, 3, 77]}, up={0: only(journal)})
        left = only(journal)
        assert (left.run_id, left.number, left.origin) == (id, 0, ("first", 1))
        assert (left.numbers, left.baseline, left.clock) == ({"DisplayOrder": 4}, frozenset({1, 2, 3}), 30.0)


def test_a_doubt_that_was_sent_again_keeps_the_lists_from_before_its_first_attempt(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN))
    begin(journal, "second", at=2, lists={(LESSON.kind, 101): [1, 2, 3, 77]}, up={0: only(journal)})
    put(journal, "second", Moved(row=0, state=State.PENDING), sending('{"DisplayOrder": 5}'))
    put(journal, "second", ended(State.UNKNOWN, clock=90.0))
    left = only(journal)
    assert (left.baseline, left.numbers, left.clock) == (frozenset({1, 2, 3}), {"DisplayOrder": 5}, 90.0)


AGAIN = sending('{"DisplayOrder": 5}')


@pytest.mark.parametrize(
    ("entries", "clock"),
    [((AGAIN, ended(State.UNKNOWN, clock=90.0)), 90.0), ((AGAIN,), None)],
    ids=["answer lost", "killed"],
)
def test_a_doubt_that_runs_only_look_at_is_that_of_the_last_attempt_whichever_run_made_it(
    journal: Journal, entries: tuple[Entry, ...], clock: float | None
) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN))
    begin(journal, "second", at=2, lists={}, up={0: only(journal)})
    put(journal, "second", Moved(row=0, state=State.PENDING), *entries)
    for at, id in enumerate(["third", "fourth"], start=3):
        begin(journal, id, at=at, lists={}, up={0: only(journal)})
        left = only(journal)
        assert (left.numbers, left.clock, left.boot) == ({"DisplayOrder": 5}, clock, "boot")
        assert (left.origin, left.baseline) == (("first", 0), frozenset({1, 2, 3}))


def test_an_attempt_that_never_left_says_nothing_of_when_a_doubt_began(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), replace(ended(State.PENDING, clock=20.0), is_used=False))
    put(journal, "first", sending(attempt=2), ended(State.UNKNOWN, attempt=2))
    begin(journal, "second", at=2, lists={}, up={0: only(journal)})
    put(journal, "second", Moved(row=0, state=State.PENDING), AGAIN)
    put(journal, "second", replace(ended(State.UNKNOWN, clock=90.0), is_used=False))
    assert (only(journal).clock, only(journal).numbers) == (30.0, {"DisplayOrder": 4})


@pytest.mark.parametrize("state", [State.ADOPTED, State.EXISTS, State.PENDING])
def test_a_doubt_that_was_settled_is_gone(journal: Journal, state: State) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN))
    begin(journal, "second", at=2, up={0: only(journal)})
    put(journal, "second", Moved(row=0, state=state, id=None if state is State.PENDING else 7))
    assert journal.doubts(OURS) == {}


# --- records --------------------------------------------------------------------------------------------


def test_what_rows_made_or_found_is_known_by_course_and_account(journal: Journal) -> None:
    begin(journal, "first", ONE, operation_of("Two", row=3))
    put(journal, "first", sending(), sending(attempt=2, row=1))
    put(journal, "first", ended(State.DONE, id=7), ended(State.UNKNOWN, attempt=2, row=1))
    put(journal, "first", Moved(row=1, state=State.ADOPTED, id=8))
    assert journal.made(OURS, [101])[ONE.identity] == Made(
        kind=LESSON.kind, course=101, id=7, title=ONE.title, digest="as sent"
    )
    assert (journal.made(OURS, [102]), journal.made(OTHERS, [101])) == ({}, {})
    claims = {7: Claim(identity=ONE.identity, title="One"), 8: Claim(identity="lessons Two", title="Two")}
    assert journal.claimed(OURS) == {LESSON.kind: claims}
    assert journal.claimed(OTHERS) == {}


@pytest.mark.parametrize("entry", [ended(State.DONE, id=7), Moved(row=0, state=State.EXISTS, id=7)])
def test_a_number_that_a_service_gives_anew_is_the_later_rows_only_if_that_is_said(
    journal: Journal, entry: Ended | Moved
) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.DONE, id=7))
    begin(journal, "others", account=OTHERS)
    put(journal, "others", sending(), ended(State.DONE, id=7))
    begin(journal, "second", TWO, at=2)
    if isinstance(entry, Ended):
        put(journal, "second", sending())
    with pytest.raises(JournalBrokeError):
        put(journal, "second", entry)
    journal._connection.execute("ROLLBACK")
    put(journal, "second", replace(entry, takes_over=True))
    assert journal.claimed(OURS) == {LESSON.kind: {7: Claim(identity=TWO.identity, title="Two")}}
    assert journal.claimed(OTHERS) == {LESSON.kind: {7: Claim(identity=ONE.identity, title="One")}}
    assert list(journal.made(OURS, [101])) == [TWO.identity]


def digest(journal: Journal) -> str:
    return journal.made(OURS, [101])[ONE.identity].digest


def test_what_a_record_was_made_with_is_what_was_sent_last(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN))
    begin(journal, "second", at=2, up={0: only(journal)})
    again = replace(sending(), body_sha256="sent again")
    put(journal, "second", Moved(row=0, state=State.PENDING), again, ended(State.UNKNOWN))
    begin(journal, "third", at=3, up={0: only(journal)})
    put(journal, "third", Moved(row=0, state=State.ADOPTED, id=7))
    assert digest(journal) == "sent again"


@pytest.mark.parametrize(
    ("state", "is_changed"),
    [(State.DONE, True), (State.UNKNOWN, True), (State.REJECTED, False)],
)
def test_a_record_that_a_run_changed_is_no_longer_what_it_was_made_with(
    journal: Journal, state: State, is_changed: bool
) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.DONE, id=7))
    assert digest(journal) == "as sent"
    begin(journal, "second", replace(ONE, verb=Verb.UPDATE, id=7, identity="change", before={}))
    put(journal, "second", sending(), ended(state))
    assert digest(journal) == ("" if is_changed else "as sent")


def test_what_somebody_else_added_was_not_made_with_anything_of_ours(journal: Journal) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.UNKNOWN), Moved(row=0, state=State.EXISTS, id=7))
    assert digest(journal) == ""


NEW = identity_of("courses", "0/1", "", "New") + "\x1f0"
BELOW = identity_of("sections", above_in_words(NEW), "", "Week 1") + "\x1f0"
AFTERWARDS = identity_of("sections", "7", "", "Week 1") + "\x1f0"


def test_what_was_made_under_a_run_is_known_by_its_root(journal: Journal) -> None:
    for run, root, account in [("a", "a", OURS), ("b", "a", OURS), ("c", "c", OURS), ("d", "a", OTHERS)]:
        begin(journal, run, operation_of(run), root=root, account=account)
        put(journal, run, sending(), ended(State.DONE, id=ord(run)))
    assert journal.done_under(OURS, "a") == {(LESSON.kind, ord("a")), (LESSON.kind, ord("b"))}
    assert journal.done_under(OURS, "b") == set()


@pytest.mark.parametrize(
    ("entries", "is_known"),
    [
        ((), False),
        ((sending(),), True),
        ((sending(), ended(State.DONE)), True),
        ((sending(), ended(State.UNKNOWN)), True),
        ((sending(), ended(State.UNKNOWN), Moved(row=0, state=State.ADOPTED)), True),
        ((sending(), ended(State.REJECTED)), False),
        ((sending(), ended(State.PENDING)), False),
    ],
    ids=["not sent", "on its way", "done", "in doubt", "found", "refused", "not let through"],
)
def test_a_record_that_a_run_has_changed_or_may_have_is_known_by_its_root(
    journal: Journal, entries: tuple[Entry, ...], is_known: bool
) -> None:
    begin(journal, "a", replace(ONE, verb=Verb.UPDATE, id=7, before={}))
    put(journal, "a", *entries)
    assert journal.done_under(OURS, "a") == ({(LESSON.kind, 7)} if is_known else set())


@pytest.fixture
def below_a_new_course(journal: Journal) -> Journal:
    """A section whose course the run made first, on its way."""
    course = replace(operation_of("New", entity=COURSE), identity=NEW, course=EVERYWHERE)
    section = replace(operation_of("Week 1", entity=SECTION, row=3), identity=BELOW, course=EVERYWHERE)
    begin(journal, "first", course, section, lists={})
    put(journal, "first", sending(), ended(State.DONE, id=7))
    put(journal, "first", replace(sending(attempt=2, row=1), course=7))
    return journal


def test_a_doubt_below_a_course_of_its_own_run_is_that_of_a_row_of_that_course(below_a_new_course: Journal) -> None:
    left = only(below_a_new_course)
    assert (left.identity, left.baseline) == (AFTERWARDS, frozenset())


def test_what_was_made_below_a_course_of_its_own_run_is_known_by_that_course(below_a_new_course: Journal) -> None:
    put(below_a_new_course, "first", ended(State.DONE, attempt=2, id=70, row=1))
    made = Made(kind=SECTION.kind, course=7, id=70, title="Week 1", digest="as sent")
    assert below_a_new_course.made(OURS, [7]) == {AFTERWARDS: made}
    assert below_a_new_course.made(OURS, [EVERYWHERE]) == {
        NEW: Made(kind=COURSE.kind, course=EVERYWHERE, id=7, title="New", digest="as sent")
    }


# --- the run that a run goes on with --------------------------------------------------------------------


def test_a_run_that_the_full_disk_does_not_take_leaves_no_trace(journal: Journal) -> None:
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError, match="full"):
        begin(journal, "first", *[operation_of(f"Lesson {n}") for n in range(500)])
    assert journal.root_of(OURS, "f", "second") == "second"


def test_runs_follow_each_other_also_where_the_wall_clock_was_set_back(journal: Journal) -> None:
    begin(journal, "first", at=2.0)
    put(journal, "first", sending(), ended(State.DONE, id=7))
    journal.end("first", "completed", 3.0)
    begin(journal, "second", at=1.0)
    put(journal, "second", sending(), ended(State.DONE, id=8))
    assert journal.made(OURS, [101])[ONE.identity].id == 8
    assert journal.root_of(OURS, "f", "third") == "second"


def test_a_run_goes_on_with_the_last_one_of_the_same_files_that_stopped(journal: Journal) -> None:
    assert journal.root_of(OURS, "f", "first") == "first"
    begin(journal, "first")
    assert journal.root_of(OURS, "f", "second") == "first"
    journal.end("first", "stopped", 2.0)
    begin(journal, "second", at=2, root="first")
    assert journal.root_of(OURS, "f", "third") == "first"
    assert (journal.root_of(OURS, "g", "x"), journal.root_of(OTHERS, "f", "x")) == ("x", "x")
    journal.end("second", "completed", 3.0)
    assert journal.root_of(OURS, "f", "third") == "third"


def completed(journal: Journal, *entries: Entry) -> str:
    """The run that another one of the same files goes on with, after one that did this and completed."""
    begin(journal, "first")
    put(journal, "first", *entries)
    journal.end("first", "completed", 3.0)
    return journal.root_of(OURS, "f", "second")


@pytest.mark.parametrize(
    ("entries", "root"),
    [
        ([ended(State.DONE, id=7)], "second"),
        ([ended(State.REJECTED)], "second"),
        ([ended(State.FAILED)], "first"),
        ([ended(State.UNKNOWN)], "first"),
        ([], "first"),
        ([ended(State.UNKNOWN), Moved(row=0, state=State.ADOPTED, id=7)], "second"),
    ],
)
def test_a_run_goes_on_with_one_that_completed_while_rows_of_that_are_open(
    journal: Journal, entries: list[Entry], root: str
) -> None:
    assert completed(journal, sending(), *entries) == root


@pytest.mark.parametrize(
    ("outcome", "root"), [(Outcome.CREATED, "second"), (Outcome.UNKNOWN, "first"), (Outcome.PENDING, "first")]
)
def test_a_row_is_open_too_that_only_the_answers_of_the_run_call_so(
    journal: Journal, outcome: Outcome, root: str
) -> None:
    begin(journal, "first")
    put(journal, "first", sending(), ended(State.DONE, id=7))
    about = About(command="run", inputs=())
    journal.history.open("first", about, [Part(place=ONE.place, kind=LESSON.kind, columns=())])
    row = Row(key=ONE.key, place=ONE.place, kind=LESSON.kind, title="One", verdict=Verdict(outcome=outcome, id=7))
    journal.end("first", "completed", 3.0, [row])
    assert journal.root_of(OURS, "f", "second") == root


def test_a_plan_is_no_run_to_go_on_with(journal: Journal) -> None:
    journal.start(Run(id="plan", account=OURS, files="f", started_at=9.0, root="plan", is_plan=True), 9.0, 9.0)
    assert journal.root_of(OURS, "f", "run") == "run"


# --- a journal of the first version ---------------------------------------------------------------------

FIRST_VERSION = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, account TEXT NOT NULL, files TEXT NOT NULL,
    started_at REAL NOT NULL, ended_at REAL, status TEXT
);
CREATE TABLE row (
    run_id TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, identity TEXT NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL, course INTEGER NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, remote_id INTEGER, reason TEXT, PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_row_a_record ON row (run_id, kind, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX unsettled ON row (identity) WHERE state IN ('inflight', 'unknown');
CREATE TABLE attempt (
    run_id TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, row INTEGER, is_write INTEGER NOT NULL,
    body_sha256 TEXT, sent_at REAL NOT NULL, answered_at REAL, result TEXT, PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE INDEX recent ON attempt (sent_at);
CREATE TRIGGER legal_moves BEFORE UPDATE OF state ON row WHEN OLD.state = 'unknown'
BEGIN SELECT RAISE(ABORT, 'a row cannot move like this'); END;
PRAGMA user_version = 1;
"""


SECOND_VERSION = Path(__file__).parents[1] / "samples" / "journal-2.sqlite3"
"""A journal that the importer of the second version left: four rows done, one in doubt, three reads."""

SENT_AT = 1_795_211_690.0


def test_a_journal_of_the_second_version_is_brought_to_todays(path: Path) -> None:
    shutil.copy(SECOND_VERSION, path)
    journal = Journal.open(path)
    assert journal._connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    (left,) = journal.doubts(OURS).values()
    assert (left.origin[1], left.numbers["DisplayOrder"], left.reason) == (
        2,
        3,
        "the answer (status 500) could not be read",
    )
    assert sorted(made.id for made in journal.made(OURS, [101]).values()) == [5010, 5011, 5012, 5013]
    used = journal.used(OURS, SENT_AT + 60)
    assert (sum(one.write for one in used), len(used), {int(one.age) for one in used}) == (5, 8, {58, 59})
    run = Run(id="new", account=OURS, files="f", started_at=SENT_AT + 60, root="new")
    assert (len(journal.start(run, SENT_AT + 60, 1.0).used), journal.start(run, SENT_AT + 60, 1.0).rest) == (8, 0)
    put(journal, "new", Asking(attempt=-1, at=SENT_AT + 61, clock=2.0))
    begin(journal, "new", at=SENT_AT + 60, up={0: left})
    put(journal, "new", Moved(row=0, state=State.ADOPTED, id=8))
    assert journal.doubts(OURS) == {}
    journal.close()


def test_what_a_journal_of_the_sixth_version_has_as_refused_can_be_found_after_all(path: Path) -> None:
    shutil.copy(SECOND_VERSION.with_name("journal-6.sqlite3"), path)
    journal = Journal.open(path)
    assert journal._connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    put(journal, "old", Moved(row=0, state=State.ADOPTED, id=8))
    assert [made.id for made in journal.made(OURS, [101]).values()] == [8]
    journal.close()


@pytest.fixture
def old(path: Path) -> Path:
    """A journal of the first version, with one row that is done and one in doubt."""
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_VERSION)
    connection.execute("INSERT INTO run VALUES ('old', ?, ?, 'f', 1.0, 2.0, 'stopped')", (OURS.address, OURS.name))
    rows = [(0, ONE.identity, "done", 7), (1, "doubt", "unknown", None)]
    for number, identity, state, id in rows:
        connection.execute(
            "INSERT INTO row VALUES ('old', ?, ?, ?, 'f', 's', 2, 101, 't', ?, ?, NULL)",
            (number, identity, LESSON.kind, state, id),
        )
        connection.execute("INSERT INTO attempt VALUES ('old', ?, ?, 1, '', 1.0, 2.0, ?)", (number, number, state))
    connection.commit()
    connection.close()
    return path


def test_a_journal_of_the_first_version_is_brought_to_todays(old: Path) -> None:
    journal = Journal.open(old)
    assert journal._connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert journal.made(OURS, [101]) == {ONE.identity: Made(kind=LESSON.kind, course=101, id=7, title="t")}
    assert journal.root_of(OURS, "f", "new") == "old"
    left = journal.doubts(OURS)["doubt"]
    assert (left.numbers, left.baseline, left.clock, left.boot) == ({}, frozenset(), None, None)
    journal.close()


def test_a_doubt_of_the_first_version_can_be_taken_up_and_settled(old: Path) -> None:
    journal = Journal.open(old)
    begin(journal, "new", at=9, up={0: journal.doubts(OURS)["doubt"]})
    put(journal, "new", Moved(row=0, state=State.ADOPTED, id=8))
    assert journal.doubts(OURS) == {}
    journal.close()
