"""Made-up problems of rows that change or delete a record, for the catalogue of messages."""

from typing import Final

from importer.entities import ACTION, DELETE, INSTRUCTOR, LESSON, RECORD_ID, SECTION, TITLE, Field
from importer.problems import Code, Column, Place, Problem, counted

_PLACE: Final = Place(file="academy.xlsx", sheet=LESSON.sheet)
_ID: Final = 3007
_ADDRESS: Final = "ana@example.com"


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
        _cell(Code.NOT_NEW, TITLE, "Keys and lockers", id=_ID),
        _cell(Code.NOTHING_TO_UPDATE, TITLE, "Keys and lockers", singular=LESSON.singular),
        _cell(Code.NOTHING_TO_DELETE, RECORD_ID, _ID, singular=LESSON.singular),
        _cell(Code.DELETE_NOT_ALLOWED, ACTION, DELETE.name),
        _cell(
            Code.RECORDS_BELOW,
            ACTION,
            DELETE.name,
            singular=SECTION.singular,
            records=counted(2, "record"),
            inside='"Keys and lockers" (number 3007), "First aid" (row 20)',
        ),
        _cell(Code.COWORKER_UNKNOWN, INSTRUCTOR.column, _ADDRESS),
        _cell(Code.COWORKER_AMBIGUOUS, INSTRUCTOR.column, _ADDRESS, ids="301, 302", id_heading=INSTRUCTOR.gives),
        _cell(Code.COWORKER_DISAGREES, INSTRUCTOR.column, _ADDRESS, id=301, other=302, id_heading=INSTRUCTOR.gives),
        _cell(Code.COWORKER_NOT_SEEN, INSTRUCTOR.column, _ADDRESS, reason="the account lacks the role Coworker-List"),
        _row(Code.STILL_BELOW, below="Lessons, row 9", status="rejected"),
    )


def _row(code: Code, **details: object) -> Problem:
    return Problem(code=code, place=_PLACE, row=14, value="Keys and lockers", details=details)


def _cell(code: Code, field: Field, value: object, **details: object) -> Problem:
    column = Column(letter="A", heading=field.name, field=field.name)
    return Problem(code=code, place=_PLACE, row=14, column=column, value=value, details=details)
