"""Cells that a merged one covers: the file has nothing for them, though the sheet shows a value there."""

import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from importer.derive.columns import letter
from importer.load.binary import merged_in_binary
from importer.load.cells import Cells, cleaned
from importer.load.extent import Area, position
from importer.load.opendocument import merged_in_opendocument
from importer.model import Format, Sheet
from importer.problems import Code, Column, Problem


def merged_areas(path: Path, form: Format, sheets: Sequence[str]) -> Mapping[str, Sequence[Area]]:
    """The merged areas of each of the sheets, of the formats in which the fast reader does not see them."""
    if form not in (Format.ODS, Format.XLSB):
        return {}
    with zipfile.ZipFile(path) as archive:
        return (merged_in_opendocument if form is Format.ODS else merged_in_binary)(archive, sheets)


def about_merged(sheet: Sheet, areas: Iterable[Area], rows: Callable[[], Iterable[Cells]]) -> Iterator[Problem]:
    """The problems of the cells under a merged one that is filled, in the rows and columns that are imported.

    `rows` gives all rows of the sheet: what stands in columns that are not imported has to be looked up in them.
    """
    numbers: list[int] = sheet.cells.index.tolist()
    columns = {
        position(column.letter.encode()) - 1: column for column in sheet.columns if column.field and column.letter
    }
    merged = [area for area in areas if area[0][0] >= sheet.header_row and _reached(area, columns)]
    values = _anchored(sheet, merged, columns, rows)
    for area in merged:
        (top, left), (bottom, _) = area
        value = values.get((top, left))
        if value is None:
            continue
        details = {"anchor": f"{letter(left)}{top + 1}"}
        for at in _reached(area, columns):
            for row in numbers[bisect_left(numbers, top + 1) : bisect_right(numbers, bottom + 1)]:
                if (row, at) != (top + 1, left):
                    place, column = sheet.place, columns[at]
                    yield Problem(
                        code=Code.MERGED_CELL, place=place, row=row, column=column, value=value, details=details
                    )


def _reached(area: Area, columns: Mapping[int, Column]) -> list[int]:
    """The columns that are imported and that an area reaches into."""
    (_, left), (_, right) = area
    return [at for at in columns if left <= at <= right]


def _anchored(
    sheet: Sheet, areas: Sequence[Area], columns: Mapping[int, Column], rows: Callable[[], Iterable[Cells]]
) -> Mapping[tuple[int, int], object]:
    """What stands in the first cell of each area, by its row and column from 0; what is blank is left out."""
    anchors = [first for first, _ in areas]
    known = {(top, left): columns[left].field or "" for top, left in anchors if left in columns}
    values = {at: sheet.cells[name].get(at[0] + 1) for at, name in known.items()}
    others: dict[int, list[int]] = {}
    for top, left in anchors:
        if left not in columns:
            others.setdefault(top, []).append(left)
    for top, row in enumerate(islice(rows(), max(others) + 1)) if others else ():
        values |= {(top, left): cleaned(row[left]) for left in others.get(top, ()) if left < len(row)}
    return values
