"""How an entry becomes rows of the journal's tables."""

import sqlite3

from importer.delivery import State
from importer.entities import EVERYWHERE
from importer.journal.changing import payload_text
from importer.journal.entries import Answered, Asking, Ended, Entry, Moved, Sending, Throttled
from importer.pacing import DAY


def put(connection: sqlite3.Connection, boot: str | None, run_id: str, entry: Entry) -> None:
    """Put an entry of a run into the open transaction; `boot` names the start of the machine."""
    match entry:
        case Sending():
            _ask(connection, boot, run_id, entry)
            _send(connection, run_id, entry)
            _place(connection, run_id, entry)
        case Ended():
            _answer(connection, run_id, entry, entry.state)
            move(connection, run_id, entry)
        case Moved():
            move(connection, run_id, entry)
        case Asking():
            _ask(connection, boot, run_id, entry)
        case Answered():
            _answer(connection, run_id, entry, None)
        case Throttled():
            # No limit has a window of more than a day: what asks for longer cannot be meant, and would never end.
            connection.execute(
                "INSERT INTO throttle (run_id, at, clock, boot, seconds) VALUES (?, ?, ?, ?, ?)",
                (run_id, entry.at, entry.clock, boot, min(entry.seconds, DAY)),
            )


def _ask(connection: sqlite3.Connection, boot: str | None, run_id: str, entry: Sending | Asking) -> None:
    of_a_row = (entry.row, 1, entry.body_sha256, entry.numbers) if isinstance(entry, Sending) else (None, 0, None, None)
    connection.execute(
        "INSERT INTO attempt (run_id, number, row, is_write, body_sha256, numbers, sent_at, sent_clock, boot)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run_id, entry.attempt, *of_a_row, entry.at, entry.clock, boot),
    )


def _place(connection: sqlite3.Connection, run_id: str, entry: Sending) -> None:
    """A row has the ids now of what the run made first above it."""
    if entry.course != EVERYWHERE:
        connection.execute(
            "UPDATE row SET course = ? WHERE run_id = ? AND number = ?", (entry.course, run_id, entry.row)
        )
    if entry.payload is not None:
        connection.execute(
            "UPDATE row SET payload = ? WHERE run_id = ? AND number = ?",
            (payload_text(entry.payload), run_id, entry.row),
        )


def _answer(connection: sqlite3.Connection, run_id: str, entry: Ended | Answered, result: State | None) -> None:
    connection.execute(
        "UPDATE attempt SET answered_at = ?, answered_clock = ?, is_used = ?, result = ?"
        " WHERE run_id = ? AND number = ?",
        (entry.at, entry.clock, entry.is_used, result, run_id, entry.attempt),
    )


def _send(connection: sqlite3.Connection, run_id: str, entry: Sending) -> None:
    # One in doubt is pending for that moment: what is sent again is never on its way twice.
    states = (State.INFLIGHT,) if entry.was is State.PENDING else (State.PENDING, State.INFLIGHT)
    for state in states:
        connection.execute(
            "UPDATE row SET state = ?, reason = NULL WHERE run_id = ? AND number = ?", (state, run_id, entry.row)
        )
    if entry.image is not None:
        connection.execute(
            "UPDATE row SET before = ? WHERE run_id = ? AND number = ?", (entry.image, run_id, entry.row)
        )


def move(connection: sqlite3.Connection, run_id: str, to: Ended | Moved) -> None:
    """Let a row be where it is now."""
    if to.takes_over:
        _let_go(connection, run_id, to)
    connection.execute(
        "UPDATE row SET state = ?, remote_id = ?, stamp = ?, reason = ? WHERE run_id = ? AND number = ?",
        (to.state, to.id, to.stamp, to.reason, run_id, to.row),
    )


def _let_go(connection: sqlite3.Connection, run_id: str, to: Ended | Moved) -> None:
    """No row of an earlier run has the id any more that this row gets."""
    connection.execute(
        "UPDATE row SET remote_id = NULL WHERE remote_id = ? AND run_id <> ?"
        " AND (target, kind) = (SELECT target, kind FROM row WHERE run_id = ? AND number = ?)",
        (to.id, run_id, run_id, to.row),
    )
