"""New records in the journal: what earlier runs made, and rows of which nobody knows whether theirs was."""

import sqlite3
from typing import Final

from importer.derive.keys import in_course
from importer.journal.changing import ON_ITS_WAY
from importer.journal.contents import ids_in, numbers_in
from importer.journal.entries import LeftInDoubt, Made

DOUBTS: Final = """
SELECT row.run_id, row.number, row.identity, row.course, row.reason, ids, last.numbers, last.body_sha256,
    last.answered_clock, last.boot,
    coalesce(row.origin_run, row.run_id) AS first_run, coalesce(row.origin_number, row.number) AS first_number
FROM row JOIN run ON run.id = row.run_id
LEFT JOIN attempt AS last ON (last.run_id, last.number) = (
    SELECT sent.run_id, sent.number FROM (
        SELECT row.run_id AS run_id, row.number AS number UNION SELECT row.origin_run, row.origin_number
        UNION SELECT run_id, number FROM row AS other
        WHERE (other.origin_run, other.origin_number) = (row.origin_run, row.origin_number)
    ) AS one CROSS JOIN run AS its CROSS JOIN attempt AS sent
    WHERE its.id = one.run_id AND sent.run_id = one.run_id AND sent.row = one.number
    ORDER BY sent.is_used DESC, its.rowid DESC, sent.number DESC LIMIT 1
)
LEFT JOIN listing ON listing.run_id = coalesce(row.origin_run, row.run_id)
    AND listing.kind = row.kind AND listing.course = row.course
WHERE state IN (?, ?) AND target = ? AND verb = 'create' AND taken_up_by IS NULL
ORDER BY run.rowid
"""
"""The rows in doubt with the last attempt that may have reached the service, and the list from before the first one.

Runs between may have taken a doubt up and only looked, so the attempt is looked for in all that go back to one origin.
Runs come in the order in which they began; their times would not tell, as a wall clock can be set back.
"""

MADE: Final = """
WITH sent AS (
    SELECT coalesce(row.origin_run, row.run_id) AS first_run, coalesce(row.origin_number, row.number) AS first_number,
        body_sha256, max(run.rowid * 1000000000 + attempt.number)
    FROM attempt JOIN run ON run.id = attempt.run_id
    JOIN row ON row.run_id = attempt.run_id AND row.number = attempt.row
    WHERE target = :target AND verb = 'create' AND is_used GROUP BY first_run, first_number
), altered AS (
    SELECT DISTINCT kind, subject FROM row
    WHERE target = :target AND verb = 'update' AND state IN ('done', 'adopted', 'inflight', 'unknown')
)
SELECT identity, row.kind, course, title, remote_id, stamp,
    iif(state IN ('done', 'adopted') AND altered.subject IS NULL, body_sha256, NULL) AS digest
FROM row JOIN run ON run.id = row.run_id
LEFT JOIN sent ON (first_run, first_number)
    = (coalesce(row.origin_run, row.run_id), coalesce(row.origin_number, row.number))
LEFT JOIN altered ON (altered.kind, altered.subject) = (row.kind, row.remote_id)
WHERE target = :target AND remote_id IS NOT NULL ORDER BY run.rowid
"""
"""The rows that have a record, with what was last sent of each, unless a run of ours has changed the record since."""


def made(row: sqlite3.Row) -> Made:
    """A record that a row is known to have made."""
    return Made(
        kind=row["kind"],
        course=row["course"],
        id=row["remote_id"],
        title=row["title"],
        stamp=row["stamp"],
        digest=row["digest"] or "",
    )


def left_in_doubt(row: sqlite3.Row) -> LeftInDoubt:
    """A row of `DOUBTS`. Raises `ValueError` where it says anything else."""
    return LeftInDoubt(
        run_id=row["run_id"],
        number=row["number"],
        origin=(row["first_run"], row["first_number"]),
        identity=in_course(row["identity"], row["course"]),
        reason=row["reason"] or ON_ITS_WAY,
        numbers=numbers_in(row["numbers"] or "{}"),
        baseline=ids_in(row["ids"] or "[]"),
        clock=row["answered_clock"],
        boot=row["boot"],
        digest=row["body_sha256"] or "",
    )
