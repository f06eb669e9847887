"""Rows with a text beside the columns that are imported and nothing in those: a legend, a remark, no record."""

from collections.abc import Set
from dataclasses import replace
from typing import Final

from importer.derive.combined import numbered
from importer.model import Sheet
from importer.problems import Code, Problem, counted

_NONE: Final[Set[int]] = frozenset()


def without_beside(sheet: Sheet, kept: Set[int] = _NONE) -> Sheet:
    """The sheet without the rows that have nothing in any column that is imported; they are counted and named.

    Those of which something is wrong are `kept`, as far as it is known, so that it is told.
    """
    rows = _beside(sheet)
    if rows:
        wrong = {problem.row for problem in sheet.problems if problem.is_error}
        rows = [row for row in rows if row not in wrong and row not in kept]
    if not rows:
        return sheet
    gone = frozenset(rows)
    details = {"rows": counted(len(rows), "row"), "numbers": numbered(rows)}
    return replace(
        sheet,
        cells=sheet.cells.drop(index=rows),
        blank_rows=sheet.blank_rows + len(rows),
        problems=(
            *(problem for problem in sheet.problems if problem.row not in gone),
            Problem(code=Code.TEXT_BESIDE, place=sheet.place, details=details),
        ),
    )


def _beside(sheet: Sheet) -> list[int]:
    needed = [field.name for field in sheet.entity.required]
    # A column that every row needs shows nearly always at once that there is no such row.
    names = sorted(map(str, sheet.cells.columns), key=lambda name: name not in needed)
    cells = sheet.cells
    for name in names:
        cells = cells[cells[name].isna()]
        if cells.empty:
            return []
    rows: list[int] = cells.index.tolist()
    return rows if names else []
