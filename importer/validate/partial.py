"""Rows that say no more than what changes of their records: what of their problems counts only where there is none."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import pandas as pd

from importer.entities import ACTION, CREATE, DELETE, ID, SKIP, UPSERT
from importer.model import Table
from importer.problems import Code, Place, Problem
from importer.validate.faults import Faults
from importer.validate.rows import check_rows

_HELD: Final = frozenset(
    {Code.MISSING, Code.DAYS_NEEDED, Code.DAYS_NOT_USED, Code.VIDEO_NEEDED, Code.NEEDED_WITH_CHOICE}
)
"""What may be right all the same, together with what the record holds."""
_MAY_CREATE: Final = (None, UPSERT.number)
"""The actions with which a row may turn out to be new."""


class _Row(NamedTuple):
    """What a row says of its record: the number of what is to happen, and whether it names it outright."""

    action: int | None
    is_named: bool


def only_if_new(
    tables: Sequence[Table], problems: Iterable[Problem], *, updates: bool
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The problems that count in any case, and those that count only for rows whose records are not there.

    What tells records apart has to be there in any case, unless the row has the number of its record. Of a row that
    deletes its record nothing else counts, and of one that is left out nothing at all. `updates` is whether rows that
    do not say what is to happen change what is there.
    """
    rows: dict[Place, dict[int, _Row]] = {}
    for table in tables:
        rows.setdefault(table.sheet.place, {}).update(_rows_of(table))
    identifying = {table.sheet.place: table.entity.identifying for table in tables}
    always: list[Problem] = []
    if_new: list[Problem] = []
    for problem in problems:
        place, field = problem.place, problem.column.field if problem.column else None
        row = rows.get(place, {}).get(problem.row or 0) if place is not None else None
        is_key = place is not None and field in identifying.get(place, ())
        if row is None or field == ACTION.name or _counts(problem.code, row, field, is_key, updates=updates):
            always.append(problem)
        elif row.action in _MAY_CREATE and problem.code in _HELD:
            if_new.append(problem)
    return tuple(always), tuple(if_new)


def _rows_of(table: Table) -> dict[int, _Row]:
    actions = (None if action is pd.NA else int(action) for action in table.rows[ACTION.name].tolist())
    named = table.rows[ID].notna().tolist()
    rows = zip(table.rows.index.tolist(), actions, named, strict=True)
    return {row: _Row(action, is_named) for row, action, is_named in rows}


def _counts(code: Code, row: _Row, field: str | None, is_key: bool, *, updates: bool) -> bool:
    """Whether a problem counts, be the record there or not."""
    if row.action == SKIP.number:
        return False
    if row.action == DELETE.number:
        return field == ID or (is_key and not row.is_named)
    if row.action == CREATE.number or (row.action is None and not updates):
        return True
    return code not in _HELD or (is_key and not row.is_named)


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
