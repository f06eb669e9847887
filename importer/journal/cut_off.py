"""The rows of a run that was cut off before it could answer: what the journal knows of each of them by itself."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final

from importer.delivery import State, outcome_of
from importer.derive.told_changes import told_change
from importer.entities import ENTITIES, EVERYWHERE, TITLE, entity
from importer.journal.contents import record_in
from importer.model import Change, Outcome, Row, RowKey, Verb, Verdict
from importer.problems import Code, Column, Place, Problem

LEFT: Final = "SELECT * FROM row WHERE run_id = ?"

_ON_ITS_WAY: Final = "the run ended while it was on its way"
_CODES: Final = {
    Outcome.REJECTED: Code.REFUSED,
    Outcome.FAILED: Code.NOT_DELIVERED,
    Outcome.BLOCKED: Code.STOPPED,
    Outcome.PENDING: Code.NOT_REACHED,
    Outcome.UNKNOWN: Code.MAY_EXIST,
}
_CODES_OF_CHANGES: Final = _CODES | {
    Outcome.REJECTED: Code.CHANGE_REFUSED,
    Outcome.FAILED: Code.CHANGE_NOT_DELIVERED,
    Outcome.UNKNOWN: Code.MAY_BE_CHANGED,
}
_DONE: Final = {Verb.CREATE: "created", Verb.UPDATE: "changed", Verb.DELETE: "deleted"}
_SINGULARS: Final = {entity.kind: entity.singular for entity in ENTITIES}


def row_left(found: sqlite3.Row, among: str) -> Row:
    """A row as the run left it in the journal. Raises `ValueError` where that is no state."""
    place = Place(file=found["file"], sheet=found["sheet"] or None, among=among)
    verb = Verb(found["verb"])
    outcome = outcome_of(State(found["state"]), verb)
    code = (_CODES if verb is Verb.CREATE else _CODES_OF_CHANGES).get(outcome)
    in_course = f", course {found['course']}," if found["course"] != EVERYWHERE else ""
    details = {
        "reason": (found["reason"] or _ON_ITS_WAY).rstrip(". "),
        "in_course": in_course,
        "singular": _SINGULARS.get(found["kind"], found["kind"]),
        "done": _DONE[verb],
        "id": found["subject"],
    }
    said = [Problem(code=code, place=place, row=found["row"], value=found["title"], details=details)] if code else []
    return Row(
        key=RowKey(found["file"], found["sheet"], found["row"]),
        place=place,
        kind=found["kind"],
        title=found["title"],
        verdict=Verdict(outcome=outcome, id=_id(found), problems=tuple(said)),
    )


def _id(found: sqlite3.Row) -> int | None:
    """The id of the row's record: the one that it made, or was of."""
    id: int | None = found["remote_id"] if found["subject"] is None else found["subject"]
    return id


def changes_of(
    found: sqlite3.Row, columns: Sequence[Column], titles: Mapping[tuple[str, int], str]
) -> tuple[Change, ...]:
    """What a row changed, where that was sent: then its record as it was is kept. Raises as `record_in` does.

    `titles` are those of records above it, as far as they are known, by kind and id.
    """
    if found["verb"] != Verb.UPDATE or not found["payload"] or not found["before"]:
        return ()
    kind, before = entity(found["kind"]), record_in(found["before"])
    payload: dict[str, Any] = record_in(found["payload"])
    named = {column.field: column for column in columns if column.field}
    above = {
        f"{one.filter_name}{TITLE.name}": titles.get((one.kind, payload[one.id]))
        for one in kind.parents
        if one.id in payload and one.title in named
    }
    known = {field.name for field in kind.fields}
    return tuple(told_change(kind, name, before, payload | above, named) for name in payload if name in known)
