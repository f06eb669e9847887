"""Validate: what is wrong with typed rows, by their fields, across fields and across rows."""

from collections.abc import Sequence

from importer.derive.bulk import uncollected
from importer.entities import ID, TITLE
from importer.model import Table
from importer.problems import Code, Problem
from importer.validate.faults import Faults
from importer.validate.partial import made_wrong, only_if_new
from importer.validate.rows import check_rows
from importer.validate.twins import BY_ID, BY_NATURAL_KEY, check_duplicates

__all__ = ["made_wrong", "only_if_new", "validate"]


@uncollected
def validate(tables: Sequence[Table], *, allow_duplicates: bool = False) -> tuple[Problem, ...]:
    """Everything that is wrong with the rows of an import, besides what `normalise` found; one problem a cell.

    Ordered by table, row and column. Rows with one natural key are problems over all tables of a kind, unless
    `allow_duplicates`.
    """
    faults = [Faults(table) for table in tables]
    for fault in faults:
        check_rows(fault)
    if any(fault.has_column(ID) for fault in faults):
        check_duplicates(faults, BY_ID, ID, Code.DUPLICATE_RECORD)
    if not allow_duplicates:
        check_duplicates(faults, BY_NATURAL_KEY, TITLE.name, Code.DUPLICATE_ROW)
    return tuple(problem for fault in faults for problem in fault.in_order())
