"""What runs were about and what they answered for each row: entered as they go on, read again at any later time."""

import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from importer.errors import JournalError
from importer.journal.answers import columns_of, columns_text, problems_of, problems_text
from importer.journal.cut_off import LEFT, changes_of, row_left
from importer.journal.deeds import CHANGED, DEEDS, PUT_BACK, Deed, deed, put_back
from importer.journal.entries import Account, LateChange
from importer.journal.late import LATE, late_change
from importer.journal.opening import in_words
from importer.journal.past import About, Conclusion, Part, PastRun, about_text, end_text, past_run
from importer.journal.transaction import FAULTS, Transaction
from importer.model import Outcome, Row, RowKey, Verdict
from importer.problems import Column, Place

LONGEST_TITLE: Final = 1000
"""Characters of a title that are kept; what can be sent has fewer."""

_RUNS: Final = """
SELECT * FROM run WHERE NOT is_plan AND substr(id, 1, length(:beginning)) = :beginning
    AND (about IS NOT NULL OR EXISTS (SELECT 1 FROM row WHERE row.run_id = run.id))
ORDER BY rowid DESC LIMIT :limit
"""

_OF_ONE_IMPORT: Final = """
SELECT * FROM run WHERE NOT is_plan AND about IS NOT NULL AND root = ? AND address = ? AND account = ? AND id <> ?
ORDER BY rowid DESC
"""


class History:
    """The runs of an open journal. Its methods commit before they return, and raise `JournalError`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def open(self, run_id: str, about: About, parts: Iterable[Part]) -> None:
        """A run that the journal knows begins with its files."""
        values = (
            (run_id, json.dumps(one.place.file), one.place.sheet, one.kind, columns_text(one.columns)) for one in parts
        )
        with Transaction(self._connection, self._path):
            self._connection.execute(
                "UPDATE run SET command = ?, about = ? WHERE id = ?", (about.command, about_text(about), run_id)
            )
            self._connection.executemany(
                "INSERT INTO part (run_id, file, sheet, kind, columns) VALUES (?, ?, ?, ?, ?)", values
            )

    def answer(self, run_id: str, rows: Iterable[Row]) -> None:
        """What the run answers for some of its rows."""
        with Transaction(self._connection, self._path):
            self._answer(run_id, rows)

    def end(self, run_id: str, status: str, now: float, rows: Iterable[Row], end: Conclusion | None) -> None:
        """The run ended at `now`, with these last answers."""
        with Transaction(self._connection, self._path):
            self._answer(run_id, rows)
            self._connection.execute(
                "UPDATE run SET ended_at = ?, status = ?, ending = ? WHERE id = ?",
                (now, status, None if end is None else end_text(end), run_id),
            )

    def _answer(self, run_id: str, rows: Iterable[Row]) -> None:
        with self._sound():
            parts = {(place, kind): (number, named) for number, place, kind, named in self._parts(run_id)}
            self._connection.executemany(
                "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?)",
                (_line(one, *parts[one.place, one.kind]) for one in rows),
            )

    def runs(self, limit: int, beginning: str = "") -> list[PastRun]:
        """The last runs that did anything, newest first; those whose id has that beginning."""
        with self._sound():
            return [past_run(row) for row in self._read(_RUNS, {"limit": limit, "beginning": beginning})]

    def others(self, run: PastRun) -> list[PastRun]:
        """The other runs of the same import: those that went on with each other, newest first."""
        with self._sound():
            given = (run.root, run.account.address, run.account.name, run.id)
            return [past_run(row) for row in self._read(_OF_ONE_IMPORT, given)]

    def rows(self, run: PastRun) -> tuple[Row, ...]:
        """Every row of a run that has an answer, or that a run was to send which was cut off, in their order."""
        with self._sound():
            return self._rows(run)

    def _rows(self, run: PastRun) -> tuple[Row, ...]:
        amongs = {one.name: one.among for one in run.about.inputs}
        found: dict[tuple[int, int], Row] = {}
        parts: dict[tuple[str, str, str], int] = {}
        named: dict[int, Sequence[Column]] = {}
        for number, place, kind, columns in self._parts(run.id):
            told = replace(place, among=amongs.get(place.file, ""))
            parts[place.file, place.sheet or "", kind], named[number] = number, columns
            for one in self._read("SELECT * FROM answer WHERE part = ?", (number,)):
                found[number, one["row"]] = _row(one, told, kind, columns)
        left: dict[tuple[int, int], Any] = {}
        for one in self._read(LEFT, (run.id,)):
            number = parts.setdefault((one["file"], one["sheet"], one["kind"]), len(parts))
            left[number, one["row"]] = one
            found.setdefault((number, one["row"]), row_left(one, amongs.get(one["file"], "")))
        titles = {(row.kind, row.verdict.id): row.title for row in found.values() if row.verdict.id is not None}
        for where, one in left.items():
            found[where] = replace(found[where], changes=changes_of(one, named.get(where[0], ()), titles))
        return tuple(row for _, row in sorted(found.items(), key=lambda item: item[0]))

    def deeds(self, run: PastRun) -> list[Deed]:
        """What a run did to records, or may have, and no later run has taken up."""
        with self._sound():
            undone = self._read(PUT_BACK, (run.account.address, run.account.name))
            back = put_back(undone, lambda of_run: self._read(CHANGED, (of_run,)))
            columns = {(place.file, place.sheet or "", kind): some for _, place, kind, some in self._parts(run.id)}
            return [deed(row, back, columns) for row in self._read(DEEDS, (run.id,))]

    def late(self, account: Account, *, now: float, clock: float, boot: str | None, settle: float) -> list[LateChange]:
        """What runs sent to change records that may still be done, as it ended less than `settle` seconds ago."""
        who = {"address": account.address, "account": account.name}
        when = {"now": now, "clock": clock, "boot": boot, "settle": settle}
        with self._sound():
            return [late_change(row) for row in self._read(LATE, {**who, **when})]

    def counts(self, run: PastRun) -> Mapping[Outcome, int]:
        """How many rows have each outcome that occurs."""
        known = run.end.counts if run.end else {}
        return known or Counter(row.verdict.outcome for row in self.rows(run))

    def _parts(self, run_id: str) -> Iterator[tuple[int, Place, str, Sequence[Column]]]:
        sql = "SELECT number, file, sheet, kind, columns FROM part WHERE run_id = ? ORDER BY number"
        for number, file, sheet, kind, columns in self._read(sql, (run_id,)):
            yield number, Place(file=json.loads(file), sheet=sheet), kind, columns_of(columns)

    def _read(self, sql: str, parameters: tuple[object, ...] | dict[str, object]) -> list[Any]:
        cursor = self._connection.cursor()
        cursor.row_factory = sqlite3.Row
        return cursor.execute(sql, parameters).fetchall()

    @contextlib.contextmanager
    def _sound(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            raise JournalError(str(self._path), in_words(error)) from None
        except (ValueError, LookupError, TypeError, RecursionError):
            raise JournalError(str(self._path), "it is damaged") from None


def _line(row: Row, part: int, columns: Sequence[Column]) -> tuple[object, ...]:
    # Only a title that cannot be sent is too long, or holds halves of characters.
    title = row.title[:LONGEST_TITLE].encode("utf-8", "replace").decode()
    verdict = row.verdict
    return part, row.key.row, title, verdict.outcome.value, verdict.id, problems_text(verdict.problems, columns)


def _row(found: sqlite3.Row, place: Place, kind: str, columns: Sequence[Column]) -> Row:
    row = found["row"]
    problems = problems_of(found["problems"], columns, place, row)
    return Row(
        key=RowKey(place.file, place.sheet or "", row),
        place=place,
        kind=kind,
        title=found["title"],
        verdict=Verdict(outcome=Outcome(found["outcome"]), id=found["remote_id"], problems=problems),
    )
