"""The durable record of runs, their rows and every request: one SQLite file.

A row is recorded as in flight, in one commit, before its bytes leave, and its outcome after the answer. The
requests that it holds are also the record of what the account's limits have used. It never holds a token, a
password or the body of an answer.
"""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from importer.delivery import MOVES, State
from importer.errors import JournalBrokeError, JournalError
from importer.model import Operation
from importer.pacing import DAY, Used

VERSION: Final = 1

_PRAGMAS: Final = {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1}
"""EXTRA syncs the folder too, without which a commit can come undone when the power fails."""

_TABLES: Final = {"run", "row", "attempt"}
_FAULTS: Final = (sqlite3.Error, OverflowError, UnicodeError)
"""What sqlite3 raises: for the file, for a number of more than 64 bits, for a text that is none."""

_LEGAL: Final = " OR ".join(f"(OLD.state = '{before}' AND NEW.state = '{after}')" for before, after in sorted(MOVES))

_SCHEMA: Final = f"""
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
CREATE INDEX unsettled ON row (identity) WHERE state IN ('{State.INFLIGHT}', '{State.UNKNOWN}');
CREATE TABLE attempt (
    run_id TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, row INTEGER, is_write INTEGER NOT NULL,
    body_sha256 TEXT, sent_at REAL NOT NULL, answered_at REAL, result TEXT, PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE INDEX recent ON attempt (sent_at);
CREATE TRIGGER legal_moves BEFORE UPDATE OF state ON row WHEN NOT ({_LEGAL})
BEGIN SELECT RAISE(ABORT, 'a row cannot move like this'); END;
PRAGMA user_version = {VERSION};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose limits and doubts: the address of the service and the account there."""

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: its files with their fingerprints as text, and when it started (seconds since 1970)."""

    id: str
    account: Account
    files: str
    started_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A row's request is about to leave. `row` is the row's number in the run, `at` seconds since 1970."""

    attempt: int
    row: int
    at: float
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The request ended, and its row is where `state` says."""

    attempt: int
    row: int
    at: float
    state: State
    id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverSent:
    """A row that will not be sent in this run."""

    row: int
    state: State
    reason: str


Entry = Sending | Ended | NeverSent


class Journal:
    """An open journal. Its methods commit before they return."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """Open or make the journal at `path`. Raises `JournalError` where it cannot be relied on."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(str(path), _in_words(error)) from None
        journal = cls(connection, path)
        try:
            journal._prepare()
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.Error):
                raise JournalError(str(path), _in_words(error)) from None
            raise
        return journal

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise JournalError(str(self._path), "another version of the importer made it")
        tables = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if (version == 0 and tables) or (version == VERSION and not tables >= _TABLES):
            raise JournalError(str(self._path), "it is not a journal")
        for name, wanted in _PRAGMAS.items():
            self._connection.execute(f"PRAGMA {name} = {wanted}")
            (found,) = self._connection.execute(f"PRAGMA {name}").fetchone()
            if found != wanted:
                raise JournalError(str(self._path), f"the setting {name} could not be made {wanted}")
        if self._connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise JournalError(str(self._path), "it is damaged")
        self._connection.execute("BEGIN IMMEDIATE")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in _statements(_SCHEMA):
                self._connection.execute(statement)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def begin(self, run: Run, operations: Sequence[Operation], reads: Sequence[float]) -> None:
        """A run begins, with all its rows pending; a row's number is its place among `operations`.

        `reads` are the times at which the answers to its reads came.
        """
        with self._transaction():
            self._connection.execute(
                "INSERT INTO run (id, address, account, files, started_at) VALUES (?, ?, ?, ?, ?)",
                (run.id, run.account.address, run.account.name, run.files, run.started_at),
            )
            self._connection.executemany(
                "INSERT INTO attempt (run_id, number, is_write, sent_at, answered_at) VALUES (?, ?, 0, ?, ?)",
                ((run.id, -1 - number, at, at) for number, at in enumerate(reads)),
            )
            self._connection.executemany(
                "INSERT INTO row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
                (
                    (run.id, number, one.identity, one.entity.kind, *one.key, one.course, one.title, State.PENDING)
                    for number, one in enumerate(operations)
                ),
            )

    def end(self, run_id: str, status: str, now: float) -> None:
        """A run ended. Raises `JournalBrokeError`."""
        try:
            with self._transaction():
                self._connection.execute("UPDATE run SET ended_at = ?, status = ? WHERE id = ?", (now, status, run_id))
        except JournalError as error:
            raise JournalBrokeError(str(self._path), error.reason) from None

    def stage(self, run_id: str, entries: Iterable[Entry]) -> None:
        """Open a transaction and put the entries into it; `commit` makes them durable. Raises `JournalBrokeError`."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for entry in entries:
                self._put(run_id, entry)
        except _FAULTS as error:
            raise JournalBrokeError(str(self._path), _in_words(error)) from None

    def commit(self) -> None:
        """Make what was staged durable. Raises `JournalBrokeError`; a failed commit is never tried again."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise JournalBrokeError(str(self._path), _in_words(error)) from None

    def _put(self, run_id: str, entry: Entry) -> None:
        execute = self._connection.execute
        match entry:
            case Sending():
                execute(
                    "INSERT INTO attempt (run_id, number, row, is_write, body_sha256, sent_at)"
                    " VALUES (?, ?, ?, 1, ?, ?)",
                    (run_id, entry.attempt, entry.row, entry.body_sha256, entry.at),
                )
                execute("UPDATE row SET state = ? WHERE run_id = ? AND number = ?", (State.INFLIGHT, run_id, entry.row))
            case Ended():
                execute(
                    "UPDATE attempt SET answered_at = ?, result = ? WHERE run_id = ? AND number = ?",
                    (entry.at, entry.state, run_id, entry.attempt),
                )
                execute(
                    "UPDATE row SET state = ?, remote_id = ?, reason = ? WHERE run_id = ? AND number = ?",
                    (entry.state, entry.id, entry.reason, run_id, entry.row),
                )
            case NeverSent():
                execute(
                    "UPDATE row SET state = ?, reason = ? WHERE run_id = ? AND number = ?",
                    (entry.state, entry.reason, run_id, entry.row),
                )

    def used(self, account: Account, now: float) -> list[Used]:
        """The requests of the last 24 hours. One without an answer counts as if it had been answered now."""
        rows = self._rows(
            "SELECT CAST(coalesce(answered_at, ?) AS REAL), is_write FROM attempt JOIN run ON run.id = attempt.run_id"
            " WHERE address = ? AND account = ? AND coalesce(answered_at, sent_at + 150) > ?",
            (now, account.address, account.name, now - DAY),
        )
        return [Used(age=max(0.0, now - at), write=bool(is_write)) for at, is_write in rows]

    def doubts(self, account: Account) -> frozenset[str]:
        """The identities of rows that were sent and of which nobody knows what became."""
        rows = self._rows(
            "SELECT DISTINCT identity FROM row JOIN run ON run.id = row.run_id"
            " WHERE state IN (?, ?) AND address = ? AND account = ?",
            (State.INFLIGHT, State.UNKNOWN, account.address, account.name),
        )
        return frozenset(identity for (identity,) in rows)

    def _rows(self, sql: str, parameters: tuple[object, ...]) -> list[Any]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise JournalError(str(self._path), _in_words(error)) from None

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection, self._path)


class _Transaction:
    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise JournalError(str(self._path), _in_words(error)) from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self._connection.execute("ROLLBACK" if kind else "COMMIT")
        except sqlite3.Error as fault:
            raise JournalError(str(self._path), _in_words(fault)) from None
        if isinstance(error, _FAULTS):
            raise JournalError(str(self._path), _in_words(error)) from None


def _statements(script: str) -> Iterable[str]:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _in_words(error: Exception) -> str:
    if isinstance(error, sqlite3.DatabaseError) and ("not a database" in str(error) or "malformed" in str(error)):
        return "it is not a journal, or it is damaged"
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return "another run is using it"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (reason or "it could not be opened").lower()
