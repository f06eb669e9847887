"""Changes and deletions in the journal."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer.delivery import State
from importer.entities import LESSON
from importer.errors import JournalError
from importer.journal import Account, Ended, Entry, Journal, LateChange, LeftChange, Moved, Run, Sending
from importer.journal.schema import VERSION
from importer.model import Operation, Verb
from tests.builders import operation_of

OURS = Account(address="https://one.example", name="ops@example.com")
KEY = (LESSON.kind, 7)
UPDATE = replace(
    operation_of("One"), verb=Verb.UPDATE, id=7, before={"Title": "One"}, payload={"Title": "Two", "SummaryText": None}
)
DELETE = replace(UPDATE, verb=Verb.DELETE, payload={})
IMAGE = '{"Id": 7, "Title": "One"}'


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path, "boot")
    yield opened
    opened.close()


def begin(journal: Journal, id: str, one: Operation = UPDATE, up: LeftChange | None = None) -> None:
    run = Run(id=id, account=OURS, files="f", started_at=1.0, root=id)
    journal.begin(run, [one], taken_up={} if up is None else {0: up})


def put(journal: Journal, run: str, *entries: Entry) -> None:
    journal.stage(run, entries)
    journal.commit()


def sending(image: str | None = IMAGE, attempt: int = 1, was: State = State.PENDING) -> Sending:
    return Sending(
        attempt=attempt, row=0, at=2.0, clock=20.0, body_sha256="", numbers="{}", course=101, image=image, was=was
    )


def ended(state: State, attempt: int = 1, stamp: str | None = None) -> Ended:
    return Ended(attempt=attempt, row=0, at=3.0, clock=30.0, state=state, stamp=stamp, reason="reset")


def look(path: Path, sql: str = "SELECT state, before, stamp FROM row ORDER BY run_id") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def test_a_row_says_what_is_done_to_which_record(journal: Journal, path: Path) -> None:
    begin(journal, "a", UPDATE)
    begin(journal, "b", DELETE)
    begin(journal, "c", operation_of("New"))
    (update, delete, create) = look(path, "SELECT verb, subject, payload, remote_id FROM row ORDER BY run_id")
    assert update == ("update", 7, '{"Title":"Two","SummaryText":null}', None)
    assert (delete, create) == (("delete", 7, None, None), ("create", None, None, None))


def test_the_image_is_durable_with_the_intent_and_stays_with_the_outcome(journal: Journal, path: Path) -> None:
    begin(journal, "a")
    put(journal, "a", sending())
    assert look(path) == [("inflight", IMAGE, None)]
    put(journal, "a", ended(State.DONE, stamp="now"))
    assert look(path) == [("done", IMAGE, "now")]
    assert journal.changes(OURS) == {}


def test_what_was_not_known_of_a_change_before_is_kept_with_the_intent(journal: Journal, path: Path) -> None:
    begin(journal, "a", replace(UPDATE, payload={"SectionId": None}))
    put(journal, "a", replace(sending(), payload={"SectionId": 21}), ended(State.UNKNOWN))
    assert look(path, "SELECT payload FROM row") == [('{"SectionId":21}',)]
    assert journal.changes(OURS)[KEY].payload == {"SectionId": 21}


def test_a_change_in_doubt_is_told_to_the_next_run_and_is_no_doubt_of_a_create(journal: Journal) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    assert journal.doubts(OURS) == {}
    (left,) = journal.changes(OURS).values()
    assert (left.verb, left.subject, left.payload, left.reason) == (Verb.UPDATE, 7, UPDATE.payload, "reset")
    assert (left.image, left.origin, list(journal.changes(OURS))) == (IMAGE, ("a", 0), [KEY])
    assert journal.changes(replace(OURS, name="other")) == {}


def test_a_change_that_was_on_its_way_at_a_crash_is_in_doubt(journal: Journal) -> None:
    begin(journal, "a", DELETE)
    put(journal, "a", sending())
    left = journal.changes(OURS)[KEY]
    assert (left.verb, left.reason) == (Verb.DELETE, "an earlier run ended while it was on its way")


def test_a_change_that_is_taken_up_keeps_its_first_image(journal: Journal, path: Path) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    begin(journal, "b", up=journal.changes(OURS)[KEY])
    assert look(path)[1] == ("unknown", IMAGE, None)
    put(journal, "b", sending(image=None, was=State.UNKNOWN))
    assert look(path)[1] == ("inflight", IMAGE, None)
    put(journal, "b", ended(State.UNKNOWN))
    assert journal.changes(OURS)[KEY].origin == ("b", 0)
    put(journal, "b", Moved(row=0, state=State.ADOPTED, stamp="later"))
    assert (look(path)[1], journal.changes(OURS)) == (("adopted", IMAGE, "later"), {})


def test_of_a_row_that_took_up_another_change_and_did_not_come_to_send_its_own_the_other_is_told(
    journal: Journal,
) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    other = replace(UPDATE, payload={"Title": "Three"})
    begin(journal, "b", other, up=journal.changes(OURS)[KEY])
    never = replace(ended(State.UNKNOWN), is_used=False)
    put(journal, "b", sending(image=None, was=State.UNKNOWN), never)
    left = journal.changes(OURS)[KEY]
    assert (left.run_id, left.origin, left.payload) == ("b", ("a", 0), UPDATE.payload)
    put(journal, "b", sending(image=None, attempt=2, was=State.UNKNOWN), ended(State.UNKNOWN, 2))
    left = journal.changes(OURS)[KEY]
    assert (left.run_id, left.origin, left.payload) == ("b", ("b", 0), other.payload)


@pytest.mark.parametrize("state", [State.PENDING, State.REJECTED])
def test_of_a_row_that_took_up_another_change_and_surely_did_nothing_the_other_is_in_doubt_as_before(
    journal: Journal, path: Path, state: State
) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    other = replace(UPDATE, payload={"Title": "Three"})
    begin(journal, "b", other, up=journal.changes(OURS)[KEY])
    put(journal, "b", sending(image=None, was=State.UNKNOWN), ended(state))
    left = journal.changes(OURS)[KEY]
    assert (left.run_id, left.origin, left.payload, left.image) == ("a", ("a", 0), UPDATE.payload, IMAGE)
    (run,) = journal.history.runs(9, "a")
    assert [one.id for one in journal.history.deeds(run)] == [7]
    begin(journal, "c", other, up=left)
    put(journal, "c", sending(image=None, was=State.UNKNOWN), ended(State.DONE, stamp="now"))
    assert (look(path)[2], journal.changes(OURS)) == (("done", IMAGE, "now"), {})
    assert journal.history.deeds(run) == []


def test_the_same_change_that_was_refused_in_the_end_leaves_nothing_in_doubt(journal: Journal) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    begin(journal, "b", up=journal.changes(OURS)[KEY])
    put(journal, "b", sending(image=None, was=State.UNKNOWN), ended(State.REJECTED))
    assert journal.changes(OURS) == {}


def late(journal: Journal, *, now: float = 100.0, clock: float = 120.0, boot: str = "boot") -> list[LateChange]:
    return journal.history.late(OURS, now=now, clock=clock, boot=boot, settle=100.0)


def test_a_request_without_a_clear_answer_may_still_be_done_though_its_row_is(journal: Journal) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    put(journal, "a", sending(attempt=2, was=State.UNKNOWN), ended(State.DONE, 2))
    begin(journal, "b", DELETE)
    put(journal, "b", sending())
    first, second = late(journal, clock=119.0)
    assert (first.kind, first.subject, first.verb, first.payload) == (*KEY, Verb.UPDATE, UPDATE.payload)
    assert (first.age, second.age, second.verb, second.payload) == (89.0, 99.0, Verb.DELETE, {})


@pytest.mark.parametrize(
    ("entries", "is_late"),
    [
        ([], True),
        ([ended(State.UNKNOWN)], True),
        ([ended(State.REJECTED)], False),
        ([ended(State.PENDING)], False),
        ([replace(ended(State.UNKNOWN), is_used=False)], False),
    ],
)
def test_what_surely_had_no_effect_or_never_left_will_have_none(
    journal: Journal, entries: list[Entry], is_late: bool
) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), *entries)
    assert bool(late(journal, clock=100.0)) is is_late
    assert late(journal, clock=500.0) == []
    assert journal.history.late(replace(OURS, name="other"), now=5, clock=25, boot="boot", settle=100.0) == []


def test_after_a_restart_the_wall_clock_is_asked_and_no_age_is_below_zero(journal: Journal) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    assert [one.age for one in late(journal, now=40.0, boot="next")] == [37.0]
    assert [one.age for one in late(journal, now=-1e6, boot="next")] == [0.0]
    assert late(journal, now=1e6, boot="next") == []


@pytest.mark.parametrize(("entries", "state"), [([], "done"), ([ended(State.UNKNOWN)], "adopted")])
def test_a_change_that_nobody_takes_up_can_be_settled(
    journal: Journal, path: Path, entries: list[Entry], state: str
) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), *entries)
    journal.settle(journal.changes(OURS)[KEY], "then")
    assert (look(path), journal.changes(OURS)) == ([(state, IMAGE, "then")], {})


def test_what_was_never_sent_after_a_failure_is_back_where_it_was(journal: Journal, path: Path) -> None:
    begin(journal, "a")
    put(journal, "a", sending(), ended(State.UNKNOWN))
    again = sending(image=None, attempt=2, was=State.UNKNOWN)
    put(journal, "a", again)
    assert journal.recover("a", [again]) == []
    assert look(path) == [("unknown", IMAGE, None)]
    assert look(path, "SELECT result FROM attempt ORDER BY number") == [("unknown",), ("unknown",)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE row SET verb = 'create or not'",
        "UPDATE row SET subject = NULL",
        "UPDATE row SET subject = 'seven'",
        "UPDATE row SET before = '[7]'",
        "UPDATE row SET payload = '{'",
    ],
)
def test_a_journal_with_nonsense_about_a_change_in_doubt_is_not_believed(
    journal: Journal, path: Path, damage: str
) -> None:
    begin(journal, "a")
    put(journal, "a", sending())
    journal.close()
    with sqlite3.connect(path) as other:
        other.execute(damage)
    other.close()
    opened = Journal.open(path)
    assert opened.moved_aside is not None
    opened.close()


def test_nonsense_that_comes_while_it_is_open_is_told(journal: Journal) -> None:
    begin(journal, "a")
    put(journal, "a", sending())
    journal._connection.execute("UPDATE row SET payload = '{'")
    with pytest.raises(JournalError):
        journal.changes(OURS)


FOURTH_VERSION = Path(__file__).parents[1] / "samples" / "journal-4.sqlite3"
"""A journal that the importer of the fourth version left: four rows done, one in doubt."""


@pytest.mark.parametrize("version", [3, 4])
def test_an_older_journal_knows_only_creates(path: Path, version: int) -> None:
    shutil.copy(FOURTH_VERSION.with_name(f"journal-{version}.sqlite3"), path)
    journal = Journal.open(path)
    assert look(path, "PRAGMA user_version") == [(VERSION,)]
    assert look(path, "SELECT DISTINCT verb, subject, payload, before, stamp FROM row") == [
        ("create", None, None, None, None)
    ]
    assert journal.changes(OURS) == {}
    begin(journal, "new")
    put(journal, "new", sending(), ended(State.DONE, stamp="now"))
    assert json.loads(str(look(path, "SELECT before FROM row WHERE run_id = 'new'")[0][0]))["Title"] == "One"
    journal.close()
