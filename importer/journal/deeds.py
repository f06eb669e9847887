"""What a run did to records: what it made, changed and deleted, or may have."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from importer.changes import stamp_of
from importer.delivery import State
from importer.journal.changing import IS_OPEN
from importer.journal.contents import record_in
from importer.journal.past import about_of
from importer.model import UNDO, Verb
from importer.problems import Column

DEEDS: Final = f"""
SELECT * FROM row WHERE run_id = ? AND iif(verb = 'create', taken_up_by IS NULL, {IS_OPEN})
    AND state IN ('inflight', 'unknown', 'done', 'adopted') ORDER BY number
"""
"""Without those that a later run has taken up: what became of them is that run's."""

PUT_BACK: Final = f"""
SELECT run.about, row.kind, row.subject, row.stamp FROM row JOIN run ON run.id = row.run_id
WHERE run.command = '{UNDO}' AND run.address = ? AND run.account = ?
    AND row.verb = 'update' AND row.state IN ('done', 'adopted') AND row.stamp IS NOT NULL
"""
"""The changes that were taken back, with what the run that did it says of itself."""

CHANGED: Final = "SELECT kind, subject, before FROM row WHERE run_id = ? AND verb = 'update' AND before IS NOT NULL"
"""What a run changed, with what that was before."""

Subject = tuple[str, int]
"""The kind and the id of a record."""


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
    put_back: Mapping[str, str] = field(default_factory=dict)
    """Where later changes of the record were taken back: the stamp it got by that, and the one it had before them."""
    columns: Mapping[str, Column] = field(default_factory=dict, repr=False)
    """The columns of the sheet, by the API name of what they hold."""


def put_back(
    undone: Iterable[sqlite3.Row], changed_by: Callable[[str], Iterable[sqlite3.Row]]
) -> Mapping[Subject, Mapping[str, str]]:
    """What `Deed.put_back` is for each record, from lines of `PUT_BACK` and, by run, of `CHANGED`."""
    before: dict[str, dict[Subject, str | None]] = {}
    found: dict[Subject, dict[str, str]] = {}
    for row in undone:
        of_run, subject = about_of(row["about"]).of_run or "", (row["kind"], row["subject"])
        if of_run not in before:
            changes = changed_by(of_run)
            before[of_run] = {(one["kind"], one["subject"]): stamp_of(record_in(one["before"])) for one in changes}
        if stamp := before[of_run].get(subject):
            found.setdefault(subject, {})[row["stamp"]] = stamp
    return found


def deed(
    row: sqlite3.Row,
    put_back: Mapping[Subject, Mapping[str, str]],
    columns: Mapping[tuple[str, str, str], Sequence[Column]],
) -> Deed:
    """A line of `DEEDS`; `columns` are those of each part by file, sheet and kind.

    Raises `ValueError` where the line says anything else.
    """
    verb = Verb(row["verb"])
    id = row["remote_id"] if verb is Verb.CREATE else row["subject"]
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
        id=id,
        stamp=row["stamp"],
        payload=record_in(row["payload"] or "{}"),
        before=record_in(row["before"]) if row["before"] else None,
        put_back=put_back.get((row["kind"], id), {}),
        columns={one.field: one for one in columns.get((row["file"], row["sheet"], row["kind"]), ()) if one.field},
    )
