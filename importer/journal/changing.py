"""Changes and deletions in the journal: what is kept of them besides what is kept of every row."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Final

from importer.delivery import State
from importer.journal.contents import record_in
from importer.journal.entries import LeftChange
from importer.model import Operation, RowKey, Verb

ON_ITS_WAY: Final = "an earlier run ended while it was on its way"

IS_OPEN: Final = """
NOT EXISTS (
    SELECT 1 FROM row AS later WHERE later.run_id = row.taken_up_by AND later.verb <> 'create'
        AND (later.kind, later.subject) = (row.kind, row.subject)
        AND (later.state NOT IN ('pending', 'rejected', 'failed')
             OR (later.verb, later.payload) IS (row.verb, row.payload))
)
"""
"""Whether what a row did to its record is its own affair, and that of no later run.

It is so again where a later run that took it up wanted something else of the record, and surely did nothing to it.
"""

LEFT: Final = f"""
SELECT row.*, sent.run_id AS sent_run, sent.number AS sent_number, sent.verb AS sent_verb, sent.payload AS sent_payload
FROM row JOIN run ON run.id = row.run_id
LEFT JOIN attempt ON attempt.run_id = row.run_id AND attempt.number =
    (SELECT max(number) FROM attempt AS own WHERE own.run_id = row.run_id AND own.row = row.number AND own.is_used)
JOIN row AS sent ON sent.run_id = iif(attempt.number IS NULL, coalesce(row.origin_run, row.run_id), row.run_id)
    AND sent.number = iif(attempt.number IS NULL, coalesce(row.origin_number, row.number), row.number)
WHERE row.state IN (?, ?) AND row.target = ? AND row.verb <> 'create' AND {IS_OPEN}
ORDER BY run.rowid
"""
"""The rows in doubt that were to change or delete a record, in the order in which their runs began.

Each with the row that sent something last: itself, or the one of an earlier run that it took up.
"""


def of(operation: Operation) -> tuple[str, int | None, str | None]:
    """What is done, to which record, and what changes, as JSON."""
    return operation.verb, operation.id, payload_text(operation.payload) if operation.verb is Verb.UPDATE else None


def payload_text(payload: Mapping[str, object]) -> str:
    """What changes, as JSON."""
    return json.dumps(payload, separators=(",", ":"))


def left_change(row: sqlite3.Row) -> LeftChange:
    """A row of `LEFT`. Raises `ValueError` where it says anything else."""
    return LeftChange(
        run_id=row["run_id"],
        number=row["number"],
        origin=(row["sent_run"], row["sent_number"]),
        key=RowKey(row["file"], row["sheet"], row["row"]),
        title=row["title"],
        kind=row["kind"],
        subject=row["subject"],
        verb=Verb(row["sent_verb"]),
        payload=record_in(row["sent_payload"] or "{}"),
        image=row["before"],
        reason=row["reason"] or ON_ITS_WAY,
    )


def settle(connection: sqlite3.Connection, left: LeftChange, stamp: str | None) -> None:
    """A row in doubt was done, unless a later run has taken it up."""
    for before, after in ((State.INFLIGHT, State.DONE), (State.UNKNOWN, State.ADOPTED)):
        connection.execute(
            f"UPDATE row SET state = ?, stamp = ? WHERE run_id = ? AND number = ? AND state = ? AND {IS_OPEN}",
            (after, stamp, left.run_id, left.number, before),
        )
