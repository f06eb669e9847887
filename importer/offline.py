"""What can be told of rows without the service: which are new for sure, and which could not be if they were."""

from collections.abc import Callable, Sequence

from importer.entities import ACTION, CREATE, ID
from importer.model import Outcome, RowKey, Table, Verdict
from importer.prepare import Prepared
from importer.problems import Code, Problem


def surely_new(prepared: Prepared) -> Callable[[RowKey], bool]:
    """What tells, without the service, whether a row is sent to create its record."""
    new = {
        table.key(row)
        for table in prepared.tables
        for row, action, is_named in zip(
            table.rows.index.tolist(),
            table.rows[ACTION.name].fillna(0).tolist(),
            table.rows[ID].notna().tolist(),
            strict=True,
        )
        if action == CREATE.number or not (action or is_named or prepared.is_partial)
    }
    return lambda key: prepared.is_good(key) and key in new


def undecided(prepared: Prepared) -> dict[RowKey, Verdict]:
    """What can be said of rows that could not be created as they stand, and may be there already."""
    return {
        table.key(row): Verdict(outcome=Outcome.PENDING, problems=(_needed_if_new(table, row, problems),))
        for table in prepared.tables
        for row in table.rows.index[table.rows[ID].isna()].tolist()
        if (problems := prepared.if_new.get(table.key(row)))
    }


def _needed_if_new(table: Table, row: int, problems: Sequence[Problem]) -> Problem:
    columns = dict.fromkeys(problem.column.label for problem in problems if problem.column)
    details = {"singular": table.entity.singular, "columns": ", ".join(columns)}
    return Problem(code=Code.NEEDED_IF_NEW, place=table.sheet.place, row=row, details=details)
