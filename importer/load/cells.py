"""Raw cells: which are blank, and which are one and the same written twice."""

from collections.abc import Sequence
from typing import Final

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


def is_blank_row(row: Cells) -> bool:
    """Whether nothing stands in a row."""
    if row and (first := row[0]) and type(first) is str and not first.isspace():
        return False
    return all(cleaned(cell) is None for cell in row)
