"""What is stored again after a commit failed, whether it was durable after all or not."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.delivery import State
from importer.errors import JournalBrokeError
from importer.journal import Answered, Asking, Ended, Entry, Journal, Moved, Sending, Throttled
from tests.builders import run_named
from tests.unit.test_journal import NOW, OURS, begin, ended, look, put, sending

ATTEMPTS = "SELECT number, result FROM attempt WHERE is_write ORDER BY number"
ROWS = "SELECT state, remote_id FROM row ORDER BY number"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    begin(opened, 3)
    put(opened, sending(0), sending(1))
    yield opened
    opened.close()


LOST: list[Entry] = [
    ended(0, State.DONE, id=7),
    ended(1, State.UNKNOWN),
    Moved(row=1, state=State.ADOPTED, id=8),
    sending(2),
]


@pytest.mark.parametrize("durable", [False, True], ids=["undone", "durable after all"])
def test_what_a_failed_commit_lost_is_stored_once(journal: Journal, path: Path, durable: bool) -> None:
    journal.stage("run", LOST)
    if durable:
        journal._connection.execute("COMMIT")
    assert journal.recover("run", LOST) == []
    assert look(path, ROWS) == [("done", 7), ("adopted", 8), ("pending", None)]
    never_sent = [(2, "pending")] if durable else []
    assert look(path, ATTEMPTS) == [(0, "done"), (1, "unknown"), *never_sent]


def test_recovering_twice_changes_nothing(journal: Journal, path: Path) -> None:
    journal.recover("run", LOST)
    before = look(path, "SELECT * FROM row") + look(path, "SELECT * FROM attempt")
    assert journal.recover("run", LOST) == []
    assert look(path, "SELECT * FROM row") + look(path, "SELECT * FROM attempt") == before


@pytest.mark.parametrize("poison", [ended(0, State.DONE, id=2**70), ended(0, State.REJECTED, reason="\ud800")])
def test_one_entry_that_cannot_be_stored_keeps_none_of_the_others_out(
    journal: Journal, path: Path, poison: Ended
) -> None:
    assert journal.recover("run", [poison, ended(1, State.DONE, id=8)]) == [poison]
    assert look(path, ROWS) == [("inflight", None), ("done", 8), ("pending", None)]


def test_a_record_that_another_row_has_stays_that_rows(journal: Journal, path: Path) -> None:
    put(journal, ended(0, State.DONE, id=7))
    twin = ended(1, State.DONE, id=7)
    assert journal.recover("run", [twin]) == [twin]
    assert look(path, ROWS)[1] == ("inflight", None)


@pytest.mark.parametrize("ruin", [Path.unlink, lambda path: path.write_bytes(b"x" * 9000)])
def test_a_journal_that_is_gone_or_ruined_is_told_and_left_alone(journal: Journal, path: Path, ruin: object) -> None:
    assert callable(ruin)
    ruin(path)
    with pytest.raises(JournalBrokeError):
        journal.recover("run", LOST)
    assert list(path.parent.glob("*.damaged-*")) == []
    with pytest.raises(JournalBrokeError):
        journal.end("run", "stopped", 1.0)


# --- what is learned otherwise --------------------------------------------------------------------------------


def test_an_id_that_is_learned_settles_its_row(journal: Journal, path: Path) -> None:
    put(journal, ended(1, State.UNKNOWN))
    assert journal.learn("run", {0: 7, 1: 8, 2: 9, 99: 10})
    assert look(path, ROWS) == [("done", 7), ("adopted", 8), ("pending", None)]
    assert journal.doubts(OURS) == {}


def test_of_a_run_that_it_does_not_know_nothing_is_learned(journal: Journal, path: Path) -> None:
    assert not journal.learn("other", {0: 7})
    assert look(path, ROWS)[0] == ("inflight", None)


def test_what_is_settled_or_another_rows_is_not_changed(journal: Journal, path: Path) -> None:
    put(journal, ended(0, State.DONE, id=7))
    assert journal.learn("run", {0: 8, 1: 7})
    assert look(path, ROWS)[:2] == [("done", 7), ("inflight", None)]


def test_a_row_that_a_later_run_took_up_is_left_to_it(journal: Journal, path: Path) -> None:
    left = journal.doubts(OURS)
    begin(journal, id="next", rows=0)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE row SET taken_up_by = 'next' WHERE number = 0")
    other.close()
    assert len(left) == 2
    assert journal.learn("run", {0: 7, 1: 8})
    assert look(path, ROWS)[:2] == [("inflight", None), ("done", 8)]


def test_a_sending_that_was_durable_after_all_is_no_doubt(journal: Journal, path: Path) -> None:
    put(journal, sending(2))
    again = Sending(attempt=2, row=2, at=1.0, clock=1.0, body_sha256="", numbers="{}")
    journal.recover("run", [again])
    assert look(path, ROWS)[2] == ("pending", None)


@pytest.mark.parametrize("durable", [False, True], ids=["undone", "durable after all"])
def test_what_limits_have_used_is_stored_again(journal: Journal, durable: bool) -> None:
    put(journal, Asking(attempt=-2, at=NOW, clock=50.0))
    lost: list[Entry] = [
        Answered(attempt=-2, at=NOW + 1, clock=51.0, is_used=True),
        Asking(attempt=-3, at=NOW, clock=50.0),
        Throttled(at=NOW + 1, clock=51.0, seconds=30.0),
    ]
    journal.stage("run", lost)
    if durable:
        journal.commit()
    assert journal.recover("run", lost) == []
    # The read that waited for its entry never left.
    reads = [used.age for used in journal.used(OURS, NOW + 10) if not used.write]
    assert reads == [9, 15]
    assert journal.start(run_named("next", OURS), NOW + 10, 60.0).rest == 21


def test_what_belongs_to_no_run_is_given_back(journal: Journal) -> None:
    assert journal.recover("another", LOST) == LOST


def test_nothing_is_stored_again_in_a_journal_that_is_damaged(journal: Journal, path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("UPDATE run SET started_at = 'once'")
    other.close()
    with pytest.raises(JournalBrokeError, match="it is damaged"):
        journal.recover("run", LOST)
