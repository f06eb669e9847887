"""Changes and deletions in the journal that got no clear answer and may still be done."""

import sqlite3
from typing import Final

from importer.delivery import State
from importer.journal.contents import record_in
from importer.journal.entries import LateChange
from importer.model import Verb

LATE: Final = f"""
SELECT kind, subject, verb, payload, max(0.0, CASE WHEN attempt.boot = :boot AND :clock IS NOT NULL
    THEN :clock - coalesce(answered_clock, sent_clock) ELSE :now - coalesce(answered_at, sent_at) END) AS age
FROM attempt JOIN run ON run.id = attempt.run_id
JOIN row ON row.run_id = attempt.run_id AND row.number = attempt.row
WHERE address = :address AND run.account = :account AND verb <> '{Verb.CREATE}' AND is_used
    AND (result IS NULL OR result = '{State.UNKNOWN}') AND age < :settle
ORDER BY attempt.sent_at
"""
"""Each request of any run that ended less than `settle` seconds ago; where no end is known, it ended when it was sent.

Ages are told as in `limits`. That the row has its outcome by now is of no matter: an earlier request of it may still be
on its way.
"""


def late_change(row: sqlite3.Row) -> LateChange:
    """A line of `LATE`. Raises `ValueError` where it says anything else."""
    return LateChange(
        kind=row["kind"],
        subject=row["subject"],
        verb=Verb(row["verb"]),
        payload=record_in(row["payload"] or "{}"),
        age=row["age"],
    )
