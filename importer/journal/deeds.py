"""What a run did to records: what it made, changed and deleted, or may have."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from importer.delivery import State
from importer.journal.contents import record_in
from importer.model import Verb

DEEDS: Final = """
SELECT * FROM row WHERE run_id = ? AND taken_up_by IS NULL
    AND state IN ('inflight', 'unknown', 'done', 'adopted') ORDER BY number
"""
"""Without those that a later run has taken up: what became of them is that run's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One row of a run: what was done to which record. Without an `id` nobody knows whether there is one.

    `payload` is what an update changed, `before` the record as it was (None where that is not known), `stamp` when the
    service says that it was done.
    """

    number: int
    kind: str
    file: str
    sheet: str
    row: int
    course: int
    title: str
    identity: str
    verb: Verb
    is_sure: bool
    id: int | None
    stamp: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)
    before: Mapping[str, Any] | None = field(default=None, repr=False)


def deed(row: sqlite3.Row) -> Deed:
    """A line of `DEEDS`. Raises `ValueError` where it says anything else."""
    verb = Verb(row["verb"])
    return Deed(
        number=row["number"],
        kind=row["kind"],
        file=row["file"],
        sheet=row["sheet"],
        row=row["row"],
        course=row["course"],
        title=row["title"],
        identity=row["identity"],
        verb=verb,
        is_sure=State(row["state"]) in (State.DONE, State.ADOPTED),
        id=row["remote_id"] if verb is Verb.CREATE else row["subject"],
        stamp=row["stamp"],
        payload=record_in(row["payload"] or "{}"),
        before=record_in(row["before"]) if row["before"] else None,
    )
