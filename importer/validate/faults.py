"""The problems of one table while it is looked through."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import pandas as pd

from importer.model import Table
from importer.problems import Code, Problem


class Faults:
    """The problems of one table, one a cell: what was found first stands."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._found: dict[str, list[Problem]] = {field.name: [] for field in table.entity.columns}
        self._bad: dict[str, set[int]] = {name: set() for name in self._found}
        for problem in (*table.sheet.problems, *table.problems):
            if problem.is_error and problem.row is not None and problem.column is not None and problem.column.field:
                self._bad[problem.column.field].add(problem.row)

    def label(self, name: str) -> str:
        """How a message calls the column of a field."""
        return self.table.sheet.column(name).label

    def has_column(self, name: str) -> bool:
        """Whether the sheet has a column for a field."""
        return name in self.table.sheet.cells.columns

    def cells(self, name: str, rows: Sequence[int]) -> list[object]:
        """The raw cells of some rows; None where they are blank or the sheet has no column for the field."""
        if not self.has_column(name):
            return [None] * len(rows)
        cells = self.table.sheet.cells
        found: list[object] = cells[name].to_numpy()[cells.index.get_indexer(pd.Index(rows))].tolist()
        return found

    def sound(self, *names: str) -> "pd.Series[bool]":
        """Which rows have no problem in any of these fields."""
        bad = set().union(*(self._bad[name] for name in names))
        index = self.table.rows.index
        return pd.Series(~index.isin(bad), index=index) if bad else pd.Series(True, index=index)

    def add(self, name: str, code: Code, rows: Sequence[int], details: Iterable[Mapping[str, object]]) -> None:
        """Note a problem of a field in some rows, leaving out cells that have one; `details` has one for each row."""
        bad, found = self._bad[name], self._found[name]
        place, column = self.table.sheet.place, self.table.sheet.column(name)
        for row, value, about in zip(rows, self._values(name, code, rows), details, strict=False):
            if row not in bad:
                bad.add(row)
                found.append(Problem(code=code, place=place, row=row, column=column, value=value, details=about))

    def _values(self, name: str, code: Code, rows: Sequence[int]) -> list[object]:
        """What messages quote: the raw cells, or where one is blank what an option put there."""
        values = self.cells(name, rows)
        if code not in (Code.MISSING, Code.DAYS_NEEDED) and None in values:
            typed = self.table.rows[name].loc[list(rows)].tolist()
            return [b if a is None and b is not pd.NA else a for a, b in zip(values, typed, strict=True)]
        return values

    def in_order(self) -> tuple[Problem, ...]:
        """All of them, by row, then in the order of the sheet's columns."""
        places = {column.field: at for at, column in enumerate(self.table.sheet.columns)}
        names = sorted(self._found, key=lambda name: places.get(name, len(places)))
        return tuple(sorted((problem for name in names for problem in self._found[name]), key=attrgetter("row")))


def objects(column: "pd.Series[Any]") -> list[object]:
    """The values of a column, None where they are missing."""
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    objects: list[object] = values.tolist()
    return objects
