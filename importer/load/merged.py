"""Cells that a merged one covers: the file has nothing for them, though the sheet shows a value there."""

import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from importer.derive.columns import letter
from importer.load.binary import merged_in_binary
from importer.load.extent import Area, position
from importer.load.opendocument import merged_in_opendocument
from importer.model import Format, Sheet
from importer.problems import Code, Problem


def merged_areas(path: Path, form: Format, sheets: Sequence[str]) -> Mapping[str, Sequence[Area]]:
    """The merged areas of each of the sheets, of the formats in which the fast reader does not see them."""
    if form not in (Format.ODS, Format.XLSB):
        return {}
    with zipfile.ZipFile(path) as archive:
        return (merged_in_opendocument if form is Format.ODS else merged_in_binary)(archive, sheets)


def about_merged(sheet: Sheet, areas: Iterable[Area]) -> Iterator[Problem]:
    """The problems of the cells under a merged one that is filled, in the rows and columns that are imported."""
    rows: list[int] = sheet.cells.index.tolist()
    columns = {
        position(column.letter.encode()) - 1: column for column in sheet.columns if column.field and column.letter
    }
    for (top, left), (bottom, right) in areas:
        anchor = columns.get(left)
        value = sheet.cells[anchor.field].get(top + 1) if anchor else None
        if value is None:
            continue
        for at, column in columns.items():
            within = left <= at <= right
            for row in rows[bisect_left(rows, top + 1) : bisect_right(rows, bottom + 1)] if within else ():
                if (row, at) != (top + 1, left):
                    details = {"anchor": f"{letter(left)}{top + 1}"}
                    place = sheet.place
                    yield Problem(
                        code=Code.MERGED_CELL, place=place, row=row, column=column, value=value, details=details
                    )
