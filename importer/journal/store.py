"""The journal's file: opened with care, written in whole transactions, asked what earlier runs left."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from importer.delivery import State
from importer.derive.keys import in_course
from importer.errors import JournalBrokeError, JournalError
from importer.journal import ballast, changing, creating, limits
from importer.journal.entries import Account, Entry, LeftChange, LeftInDoubt, Made, Run, Throttled
from importer.journal.history import History
from importer.journal.opening import in_words, opened, reopened
from importer.journal.past import Conclusion
from importer.journal.putting import put
from importer.journal.recovery import learn, put_again
from importer.journal.transaction import FAULTS, Transaction
from importer.model import Claim, Operation, Row
from importer.pacing import Past, Used

_OPEN: Final = (State.INFLIGHT, State.UNKNOWN)

_LAST: Final = """
SELECT root, status IS NOT 'completed'
    OR EXISTS (SELECT 1 FROM row WHERE run_id = run.id AND state IN ('inflight', 'unknown', 'failed'))
    OR EXISTS (SELECT 1 FROM part JOIN answer ON part = part.number
        WHERE run_id = run.id AND outcome IN ('pending', 'unknown', 'failed')) AS is_open
FROM run WHERE address = ? AND account = ? AND files = ? AND NOT is_plan ORDER BY rowid DESC LIMIT 1
"""
"""The last run of some files, and whether it stopped, or has rows for which the same command is to be run again.

Its answers say more than the states of its rows: where a late twin turned up, a row is unknown that was done.
"""

_RUN: Final = """
INSERT OR IGNORE INTO run (id, address, account, files, started_at, root, is_plan) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Journal:
    """An open journal. Its methods commit before they return."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, boot: str | None, moved_aside: Path | None = None
    ) -> None:
        self._connection = connection
        self.path = path
        self._boot = boot
        self.moved_aside = moved_aside
        """Where a damaged journal was put that stood in the way of this one."""

    @classmethod
    def open(cls, path: Path, boot: str | None = None) -> "Journal":
        """Open or make the journal at `path`; `boot` names the start of the machine, from which its clock counts.

        A damaged one is moved aside, never deleted and never trusted: what it knew about doubts is lost, so the
        service's lists are all that then keeps twins from being made, once nothing is `unsettled` any more. Raises
        `JournalError` where the journal cannot be used, or where the file is something else.
        """
        connection, aside = opened(path)
        return cls(connection, path, boot, aside)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def history(self) -> History:
        """What runs were about, and what they answered."""
        return History(self._connection, self.path)

    def root_of(self, account: Account, files: str, run_id: str) -> str:
        """The first of the runs with the same files that the new run goes on with: itself, if the last one left nothing
        open.
        """
        rows = self._rows(_LAST, (account.address, account.name, files))
        return str(rows[0]["root"]) if rows and rows[0]["is_open"] else run_id

    def start(self, run: Run, now: float, clock: float) -> Past:
        """A command is about to ask the service: what earlier ones used, and how long everybody still has to wait.

        What is left of a throttle is written down once more as of now: by the clock of this start of the machine it
        ends in time, though the wall clock is set back.
        """
        with self._transaction():
            self._connection.execute(_RUN, _columns(run))
            moment = {"now": now, "clock": clock, "boot": self._boot}
            self._connection.execute(limits.LOST, moment)
            self._connection.execute(limits.SEEN_FROM_THE_FUTURE, moment)
            rest = self._rest(run.account, now, clock)
            if rest:
                put(self._connection, self._boot, run.id, Throttled(at=now, clock=clock, seconds=rest))
        return Past(used=tuple(self.used(run.account, now, clock)), rest=rest)

    def begin(
        self,
        run: Run,
        operations: Sequence[Operation],
        *,
        baselines: Mapping[tuple[str, int], Iterable[int]] | None = None,
        taken_up: Mapping[int, LeftInDoubt | LeftChange] | None = None,
    ) -> None:
        """A run begins to send; a row's number is its place among `operations`.

        Its rows are pending, those of `taken_up` (by number) in doubt as an earlier run left them. `baselines` are
        the ids that the lists showed by kind and course. Of a change that is taken up the image stays the first one.
        """
        target = _target(run.account)
        taken_up = taken_up or {}
        with self._transaction():
            execute, many = self._connection.execute, self._connection.executemany
            execute(_RUN, _columns(run))
            many(
                "INSERT INTO listing VALUES (?, ?, ?, ?)",
                ((run.id, *key, json.dumps(sorted(ids))) for key, ids in (baselines or {}).items()),
            )
            many(
                "INSERT INTO row (run_id, number, identity, kind, file, sheet, row, course, title, verb, subject,"
                " payload, target, state, reason, origin_run, origin_number, before)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (*_who(run.id, number, one), target, *_beginning(taken_up.get(number)))
                    for number, one in enumerate(operations)
                ),
            )
            many(
                "UPDATE row SET taken_up_by = ? WHERE run_id = ? AND number = ?",
                ((run.id, left.run_id, left.number) for left in taken_up.values()),
            )

    def end(
        self, run_id: str, status: str, now: float, rows: Iterable[Row] = (), conclusion: Conclusion | None = None
    ) -> None:
        """A run ended, with these last answers. Raises `JournalBrokeError`."""
        try:
            self.history.end(run_id, status, now, rows, conclusion)
        except JournalError as error:
            raise JournalBrokeError(str(self.path), error.reason) from None

    def stage(self, run_id: str, entries: Iterable[Entry]) -> None:
        """Open a transaction and put the entries into it; `commit` makes them durable. Raises `JournalBrokeError`."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for entry in entries:
                put(self._connection, self._boot, run_id, entry)
        except FAULTS as error:
            raise JournalBrokeError(str(self.path), in_words(error)) from None

    def commit(self) -> None:
        """Make what was staged durable. Raises `JournalBrokeError`; a failed commit is never tried again."""
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise JournalBrokeError(str(self.path), in_words(error)) from None

    def recover(self, run_id: str, entries: Iterable[Entry]) -> list[Entry]:
        """After a failure: leave that connection, read anew what is there, and store what is missing of the entries.

        Returns those that cannot be stored. Raises `JournalBrokeError` where nothing can.
        """
        self._connection.close()
        ballast.give_up(self.path)
        try:
            self._connection = reopened(self.path)
            with self._transaction():
                return put_again(self._connection, self._boot, run_id, entries)
        except JournalError as error:
            raise JournalBrokeError(str(self.path), error.reason) from None

    def learn(self, run_id: str, ids: Mapping[int, int]) -> bool:
        """Rows of an earlier run, by number, were created with these ids; whether the journal knows that run."""
        with self._transaction():
            return learn(self._connection, run_id, ids)

    def used(self, account: Account, now: float, clock: float | None = None) -> list[Used]:
        """The requests of the last 24 hours that count for the account's limits, as `limits.USED` has it."""
        rows = self._rows(limits.USED, self._when(account, now, clock))
        return [Used(age=age, write=bool(is_write)) for age, is_write in rows]

    def unsettled(self, now: float, clock: float, settle: float) -> float:
        """Seconds for which nothing is to be listed or sent: a journal was lost, and what it knew to be on its way may
        still have an effect until it is `settle` seconds old.
        """
        rows = self._rows(limits.UNSETTLED, {"now": now, "clock": clock, "boot": self._boot, "settle": settle})
        return float(rows[0]["rest"]) if rows else 0.0

    def _rest(self, account: Account, now: float, clock: float) -> float:
        """Seconds that everybody still has to wait, because the service asked an earlier run to."""
        rows = self._rows(limits.THROTTLE, self._when(account, now, clock))
        return float(rows[0]["rest"]) if rows else 0.0

    def _when(self, account: Account, now: float, clock: float | None) -> dict[str, object]:
        who = {"address": account.address, "account": account.name}
        return {**who, "now": now, "clock": clock, "boot": self._boot}

    def doubts(self, account: Account) -> dict[str, LeftInDoubt]:
        """The rows that earlier runs left in doubt, by identity; of several with one identity, the last."""
        rows = self._rows(creating.DOUBTS, (*_OPEN, _target(account)))
        try:
            return {one.identity: one for one in map(creating.left_in_doubt, rows)}
        except ValueError:
            raise JournalError(str(self.path), "it is damaged") from None

    def changes(self, account: Account) -> dict[tuple[str, int], LeftChange]:
        """The changes that earlier runs left in doubt, by kind and id of the record; of several, the last."""
        try:
            found = map(changing.left_change, self._rows(changing.LEFT, (*_OPEN, _target(account))))
            return {(one.kind, one.subject): one for one in found}
        except ValueError:
            raise JournalError(str(self.path), "it is damaged") from None

    def settle(self, left: LeftChange, stamp: str | None) -> None:
        """A change that an earlier run left in doubt turned out to be done."""
        with self._transaction():
            changing.settle(self._connection, left, stamp)

    def made(self, account: Account, courses: Iterable[int]) -> dict[str, Made]:
        """The records of some courses that rows of earlier runs are known to have made, by the rows' identity."""
        wanted = set(courses)
        rows = self._rows(creating.MADE, {"target": _target(account)})
        return {
            in_course(row["identity"], row["course"]): creating.made(row) for row in rows if row["course"] in wanted
        }

    def done_under(self, account: Account, root: str) -> set[tuple[str, int]]:
        """Kind and id of the records that the runs which go on with `root` have made, and of those that they have
        changed or deleted, or may have.
        """
        sql = (
            "SELECT kind, coalesce(subject, remote_id) AS record FROM row JOIN run ON run.id = row.run_id"
            " WHERE target = ? AND root = ? AND record IS NOT NULL AND (subject IS NULL OR state IN (?, ?, ?, ?))"
        )
        touched = (State.DONE, State.ADOPTED, State.INFLIGHT, State.UNKNOWN)
        return {(row["kind"], row["record"]) for row in self._rows(sql, (_target(account), root, *touched))}

    def claimed(self, account: Account) -> dict[str, dict[int, Claim]]:
        """The rows of earlier runs that are known to have a record, by its kind and id."""
        sql = "SELECT kind, remote_id, identity, course, title FROM row WHERE target = ? AND remote_id IS NOT NULL"
        claims: dict[str, dict[int, Claim]] = {}
        for row in self._rows(sql, (_target(account),)):
            claim = Claim(identity=in_course(row["identity"], row["course"]), title=row["title"])
            claims.setdefault(row["kind"], {})[row["remote_id"]] = claim
        return claims

    def _rows(self, sql: str, parameters: tuple[object, ...] | dict[str, object]) -> list[Any]:
        try:
            cursor = self._connection.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(sql, parameters).fetchall()
        except FAULTS as error:
            raise JournalError(str(self.path), in_words(error)) from None

    def _transaction(self) -> Transaction:
        return Transaction(self._connection, self.path)


def _target(account: Account) -> str:
    return f"{account.address}\n{account.name}"


def _columns(run: Run) -> tuple[object, ...]:
    return run.id, run.account.address, run.account.name, run.files, run.started_at, run.root, run.is_plan


def _who(run_id: str, number: int, one: Operation) -> tuple[object, ...]:
    return run_id, number, one.identity, one.entity.kind, *one.key, one.course, one.title, *changing.of(one)


def _beginning(left: LeftInDoubt | LeftChange | None) -> tuple[object, ...]:
    """State, reason, origin and image of a row at the beginning of a run."""
    if left is None:
        return State.PENDING, None, None, None, None
    return State.UNKNOWN, left.reason, *left.origin, left.image if isinstance(left, LeftChange) else None
