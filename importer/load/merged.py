"""Cells that a merged one covers: the file has nothing for them, though the sheet shows a value there."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from importer.derive.columns import letter
from importer.model import Sheet
from importer.problems import Code, Problem

Corner = tuple[int, int]
"""Row and column, both counted from 0."""


def about_merged(sheet: Sheet, areas: Iterable[tuple[Corner, Corner]]) -> Iterator[Problem]:
    """The problems of the cells under a merged one that is filled, in the rows and columns that are imported."""
    rows: list[int] = sheet.cells.index.tolist()
    columns = {column.letter: column for column in sheet.columns if column.field}
    for (top, left), (bottom, right) in areas:
        anchor = columns.get(letter(left))
        value = sheet.cells[anchor.field].get(top + 1) if anchor else None
        if value is None:
            continue
        for at in range(left, right + 1):
            column = columns.get(letter(at))
            for row in rows[bisect_left(rows, top + 1) : bisect_right(rows, bottom + 1)] if column else ():
                if (row, at) != (top + 1, left):
                    details = {"anchor": f"{letter(left)}{top + 1}"}
                    place = sheet.place
                    yield Problem(
                        code=Code.MERGED_CELL, place=place, row=row, column=column, value=value, details=details
                    )
