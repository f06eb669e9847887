"""Storing what a failed commit may have lost: it may also have been stored, so each entry is compared first."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from importer.delivery import MOVES, State
from importer.journal.entries import Answered, Asking, Ended, Entry, Moved, Sending, Throttled
from importer.journal.putting import move, put

_CANNOT_BE: Final = (sqlite3.IntegrityError, OverflowError, UnicodeError)
"""What is wrong with one entry, and not with the file."""


def put_again(connection: sqlite3.Connection, boot: str | None, run_id: str, entries: Iterable[Entry]) -> list[Entry]:
    """Put what is missing of the entries into the open transaction; those that the journal cannot take are returned.

    A request is only sent once its entry is durable. One whose entry failed was not, so its row is as before.
    """
    if not _is_known(connection, run_id):
        return list(entries)
    left = []
    for entry in entries:
        connection.execute("SAVEPOINT entry")
        try:
            _put_again(connection, boot, run_id, entry)
        except _CANNOT_BE:
            connection.execute("ROLLBACK TO entry")
            left.append(entry)
        connection.execute("RELEASE entry")
    return left


def _put_again(connection: sqlite3.Connection, boot: str | None, run_id: str, entry: Entry) -> None:
    match entry:
        case Sending(attempt=attempt, row=row, at=at, clock=clock, was=was):
            if _close_attempt(connection, run_id, attempt, (at, clock, False, was)):
                move(connection, run_id, Moved(row=row, state=was, reason="never sent"))
        case Ended(attempt=attempt, at=at, clock=clock, is_used=is_used, state=state):
            if _close_attempt(connection, run_id, attempt, (at, clock, is_used, state)):
                move(connection, run_id, entry)
        case Moved():
            _move_from_where_it_is(connection, run_id, entry)
        case Asking(attempt=attempt, at=at, clock=clock) | Answered(attempt=attempt, at=at, clock=clock):
            is_used = isinstance(entry, Answered) and entry.is_used
            _close_attempt(connection, run_id, attempt, (at, clock, is_used, None))
        case Throttled():
            # Should it be there already, the last one counts.
            put(connection, boot, run_id, entry)


def _close_attempt(
    connection: sqlite3.Connection, run_id: str, attempt: int, end: tuple[float, float, bool, State | None]
) -> bool:
    """Enter how an attempt ended; whether it is there and had no end."""
    changed = connection.execute(
        "UPDATE attempt SET answered_at = ?, answered_clock = ?, is_used = ?, result = ?"
        " WHERE run_id = ? AND number = ? AND result IS NULL",
        (*end, run_id, attempt),
    )
    return changed.rowcount == 1


def _move_from_where_it_is(connection: sqlite3.Connection, run_id: str, to: Moved) -> None:
    (now,) = connection.execute("SELECT state FROM row WHERE run_id = ? AND number = ?", (run_id, to.row)).fetchone()
    if (now, to.state) in MOVES:
        move(connection, run_id, to)


_SETTLED: Final = {State.INFLIGHT: State.DONE, State.UNKNOWN: State.ADOPTED}


def learn(connection: sqlite3.Connection, run_id: str, ids: Mapping[int, int]) -> bool:
    """Settle rows of a run that are in doubt and that no later run has taken up; whether the run is known."""
    for number, id in ids.items():
        for before, after in _SETTLED.items():
            # A record that another row has already stays that row's.
            connection.execute(
                "UPDATE OR IGNORE row SET state = ?, remote_id = ?"
                " WHERE run_id = ? AND number = ? AND state = ? AND taken_up_by IS NULL",
                (after, id, run_id, number, before),
            )
    return _is_known(connection, run_id)


def _is_known(connection: sqlite3.Connection, run_id: str) -> bool:
    return connection.execute("SELECT 1 FROM run WHERE id = ?", (run_id,)).fetchone() is not None
