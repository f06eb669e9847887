"""Made-up problems of rows that change or delete a record, for the catalogue of messages."""

from typing import Final

from importer.entities import LESSON, TITLE
from importer.problems import Code, Place, Problem

_PLACE: Final = Place(file="academy.xlsx", sheet=LESSON.sheet)
_ID: Final = 3007


def of_changes() -> tuple[Problem, ...]:
    """One of each code that names no cell."""
    return (
        _row(Code.CHANGE_NOT_DELIVERED, reason="Nexudus could not be reached"),
        _row(Code.EDITED_MEANWHILE, id=_ID, fields=TITLE.name),
        _row(Code.RECORD_GONE, id=_ID, singular=LESSON.singular),
        _row(
            Code.MAY_BE_CHANGED,
            reason="the answer (status 502) could not be read",
            singular=LESSON.singular,
            done="changed",
            id=_ID,
        ),
        _row(Code.FOUND_BY_READING, id=_ID, done="changed"),
    )


def _row(code: Code, **details: object) -> Problem:
    return Problem(code=code, place=_PLACE, row=14, value="Keys and lockers", details=details)
