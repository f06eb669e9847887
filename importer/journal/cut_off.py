"""The rows of a run that was cut off before it could answer: what the journal knows of each of them by itself."""

import sqlite3
from typing import Final

from importer.delivery import OUTCOMES, State
from importer.entities import ENTITIES, EVERYWHERE
from importer.model import Outcome, Row, RowKey, Verdict
from importer.problems import Code, Place, Problem

LEFT: Final = "SELECT * FROM row WHERE run_id = ?"

_OUTCOMES: Final = {
    **OUTCOMES,
    State.INFLIGHT: Outcome.UNKNOWN,
    State.ADOPTED: Outcome.CREATED,
    State.EXISTS: Outcome.EXISTS,
}
_ON_ITS_WAY: Final = "the run ended while it was on its way"
_CODES: Final = {
    Outcome.REJECTED: Code.REFUSED,
    Outcome.FAILED: Code.NOT_DELIVERED,
    Outcome.BLOCKED: Code.STOPPED,
    Outcome.PENDING: Code.NOT_REACHED,
    Outcome.UNKNOWN: Code.MAY_EXIST,
}
_SINGULARS: Final = {entity.kind: entity.singular for entity in ENTITIES}


def row_left(found: sqlite3.Row, among: str) -> Row:
    """A row as the run left it in the journal. Raises `ValueError` where that is no state."""
    place = Place(file=found["file"], sheet=found["sheet"] or None, among=among)
    outcome = _OUTCOMES[State(found["state"])]
    code = _CODES.get(outcome)
    in_course = f", course {found['course']}," if found["course"] != EVERYWHERE else ""
    details = {
        "reason": (found["reason"] or _ON_ITS_WAY).rstrip(". "),
        "in_course": in_course,
        "singular": _SINGULARS.get(found["kind"], found["kind"]),
    }
    said = [Problem(code=code, place=place, row=found["row"], value=found["title"], details=details)] if code else []
    return Row(
        key=RowKey(found["file"], found["sheet"], found["row"]),
        place=place,
        kind=found["kind"],
        title=found["title"],
        verdict=Verdict(outcome=outcome, id=found["remote_id"], problems=tuple(said)),
    )
