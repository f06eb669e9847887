"""Raw cells: which are blank, and which are one and the same written twice."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from importer.entities import Field, Kind

Cells = Sequence[object]
"""One row of a file, from its first column on."""

_WHOLE_UP_TO: Final = 2.0**63


def cleaned(cell: object) -> object:
    """The cell as it is, but None for a blank one, and a whole number as such however it is stored."""
    if type(cell) is str:
        return None if not cell or cell.isspace() else cell
    if type(cell) is float and cell.is_integer() and abs(cell) < _WHOLE_UP_TO:
        return int(cell)
    return cell


class _Distinct(dict[object, object]):
    """The cells of a column, cleaned: those that are alike are looked at once, and are one and the same object."""

    def __missing__(self, cell: object) -> object:
        self[cell] = kept = cleaned(cell)
        return kept


_NEVER_EQUAL: Final = frozenset({str, float, type(None)})
"""Kinds of cells of which none is equal to one of another kind, as yes and 1 are."""


class Cleaner:
    """Makes the cells of a column blank or leaves them as they are; `text` is true for those of a text file."""

    def __init__(self, field: Field, *, text: bool) -> None:
        self._only_texts = text
        # Bodies hardly ever repeat, so looking them up would only cost time and memory.
        self._distinct = _Distinct() if field.kind is not Kind.BODY else None

    def cleaned(self, cells: Sequence[Any]) -> Iterable[object]:
        """Some of the column's cells."""
        if self._distinct is not None and (self._only_texts or _NEVER_EQUAL.issuperset(map(type, cells))):
            return map(self._distinct.__getitem__, cells)
        return map(cleaned, cells)

    def longest(self, cells: Iterable[object]) -> int:
        """The characters of the longest text among all the cells that were cleaned."""
        distinct = self._distinct.values() if self._only_texts and self._distinct is not None else cells
        return max(map(len, [cell for cell in distinct if type(cell) is str]), default=0)


def are_filled(rows: Sequence[Cells]) -> list[bool]:
    """Whether something stands in each row."""
    first = [row[0] if row else None for row in rows]
    # Nearly always something stands in the first cell of every row, which numbers and texts show at once.
    kinds = set(map(type, first))
    if kinds == {float} or (kinds == {str} and all(map(str.strip, cast("list[str]", first)))):
        return [True] * len(rows)
    return [not is_blank_row(row) for row in rows]


def is_blank_row(row: Cells) -> bool:
    """Whether nothing stands in a row."""
    return not row or (cleaned(row[0]) is None and all(cleaned(cell) is None for cell in row))
