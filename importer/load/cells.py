"""Raw cells: which are blank, and which are one and the same written twice."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

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


class _Texts(dict[str, str | None]):
    """The cells of a text file's column: a blank is None, and cells that are alike are one and the same object."""

    def __missing__(self, cell: str) -> str | None:
        self[cell] = kept = cell if cell and not cell.isspace() else None
        return kept


def cleaner(field: Field, *, text: bool) -> Callable[[Iterable[Any]], Iterable[object]]:
    """What makes the cells of a column blank or leaves them as they are; `text` is true for those of a text file."""
    # Bodies hardly ever repeat, so looking them up would only cost time and memory.
    one = _Texts().__getitem__ if text and field.kind is not Kind.BODY else cleaned
    return partial(map, one)


def is_blank_row(row: Cells) -> bool:
    """Whether nothing stands in a row."""
    return not row or (cleaned(row[0]) is None and all(cleaned(cell) is None for cell in row))
