"""What is marked in a sheet: of merged cells, the one that is seen stands for those that it covers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from openpyxl.utils import column_index_from_string, get_column_letter

from importer.report.marks import BY_WEIGHT, Mark, by_letter
from importer.report.package.frame import Area
from importer.report.remarks import Remarks

_NONE: Final[Mapping[str, Mark]] = MappingProxyType({})


class Marks:
    """The marks of the rows of one sheet."""

    def __init__(self, remarks: Remarks, merged: Iterable[Area]) -> None:
        self._remarks = remarks
        self._moved: dict[int, dict[str, Mark]] = {}
        areas = [area for area in merged if area.top in remarks]
        rows = [row for row, remark in remarks.items() if remark.problems or remark.changes] if areas else []
        for area in areas:
            self._move(area, rows[bisect_left(rows, area.top) : bisect_right(rows, area.bottom)])

    def of(self, row: int) -> Mapping[str, Mark]:
        """The marks of a row, by the letters of their columns."""
        if row in self._moved:
            return self._moved[row]
        remark = self._remarks[row]
        if not (remark.problems or remark.changes):
            return _NONE
        return by_letter(remark.problems, row, remark.changes)

    def _move(self, area: Area, rows: Iterable[int]) -> None:
        """Let what is said of the cells that the area covers in some rows be said of its first one."""
        first = get_column_letter(area.left)
        colours, lines = [], []
        for row in rows:
            of_row = self._own(row)
            for letters, mark in [*of_row.items()]:
                if (row, letters) != (area.top, first) and area.left <= column_index_from_string(letters) <= area.right:
                    del of_row[letters]
                    colours.append(mark.colour)
                    lines += [f"{letters}{row}: {line}" for line in mark.lines]
        if colours:
            seen = self._own(area.top)
            told = seen.get(first, Mark(colours[0], ()))
            seen[first] = Mark(max(told.colour, *colours, key=BY_WEIGHT.index), (*told.lines, *lines))

    def _own(self, row: int) -> dict[str, Mark]:
        """The marks of a row, to be changed."""
        if row not in self._moved:
            self._moved[row] = dict(self.of(row))
        return self._moved[row]
