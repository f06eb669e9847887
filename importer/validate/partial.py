"""Rows that say no more than what changes of their records: what of their problems counts only where there is none."""

from collections.abc import Iterable, Sequence
from typing import Final

from importer.entities import ID
from importer.model import Table
from importer.problems import Code, Place, Problem
from importer.validate.faults import Faults
from importer.validate.rows import check_rows

_HELD: Final = frozenset(
    {Code.MISSING, Code.DAYS_NEEDED, Code.DAYS_NOT_USED, Code.VIDEO_NEEDED, Code.NEEDED_WITH_CHOICE}
)
"""What may be right all the same, together with what the record holds."""


def only_if_new(
    tables: Sequence[Table], problems: Iterable[Problem]
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The problems that count in any case, and those that count only for rows whose records are not there.

    What tells records apart has to be there in any case, unless the row has the number of its record.
    """
    named = {(table.sheet.place, int(row)) for table in tables for row in table.rows.index[table.rows[ID].notna()]}
    always: list[Problem] = []
    if_new: list[Problem] = []
    identifying: dict[Place | None, frozenset[str]] = {table.sheet.place: table.entity.identifying for table in tables}
    for problem in problems:
        field = problem.column.field if problem.column else None
        place = problem.place
        is_held = problem.code in _HELD and place is not None and problem.row is not None
        if is_held and ((place, problem.row) in named or field not in identifying.get(place, ())):
            if_new.append(problem)
        else:
            always.append(problem)
    return tuple(always), tuple(if_new)


def made_wrong(as_it_is: Table, as_it_will_be: Table) -> tuple[Problem, ...]:
    """What is wrong with rows of records as they will be, and is not wrong with them as they are.

    Whatever a record holds that no row could bring, the service took: only what a row makes of it is the row's doing.
    """
    found = _of_what_is_held(as_it_will_be)
    before = {(one.row, one.code, one.column) for one in _of_what_is_held(as_it_is)} if found else ()
    return tuple(one for one in found if (one.row, one.code, one.column) not in before)


def _of_what_is_held(table: Table) -> tuple[Problem, ...]:
    faults = Faults(table)
    check_rows(faults)
    return tuple(one for one in faults.in_order() if one.code in _HELD)
