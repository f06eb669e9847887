"""How far the cells of an old workbook (.xls) reach, told from its records without making room for them."""

from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final

from xlrd.compdoc import CompDoc, CompDocError

from importer.load.extent import Extent
from importer.load.legacy import Nowhere

_STREAMS: Final = ("Workbook", "Book")
_HEAD: Final = Struct("<HH")
_PLACE: Final = Struct("<HH")
_LAST: Final = Struct("<H")
_CELLS: Final = frozenset({0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E})
"""Formula, rich text, shared text, number, text, yes/no or error, short number: each begins with its place."""
_CELLS_IN_A_ROW: Final = 0x00BD
"""Several short numbers; ends with their last column."""
_SHEET_BEGINS: Final = 0x0809


def extents_of_xls(path: Path) -> Iterator[Extent]:
    """The extent of each sheet.

    Raises `ValueError` for a directory that makes no sense: the fast reader may follow it in a circle until the memory
    is full.
    """
    try:
        whole = CompDoc(path.read_bytes(), logfile=Nowhere())
        found = next((one for name in _STREAMS if (one := whole.locate_named_stream(name))[0] is not None), None)
    except (CompDocError, AssertionError, LookupError, ValueError):
        raise ValueError(path.name) from None
    data, start, length = found or (None, 0, 0)
    if data is not None:
        yield from _extents(memoryview(data)[start : start + length])


def _extents(records: memoryview) -> Iterator[Extent]:
    extent = Extent()
    at = 0
    while at + 4 <= len(records):
        kind, length = _HEAD.unpack_from(records, at)
        at += 4
        if kind in _CELLS or kind == _CELLS_IN_A_ROW:
            if at + 4 > len(records):
                break
            row, column = _PLACE.unpack_from(records, at)
            if kind == _CELLS_IN_A_ROW and length >= 6 and at + length <= len(records):
                (column,) = _LAST.unpack_from(records, at + length - 2)
            extent.rows = max(extent.rows, row + 1)
            extent.columns = max(extent.columns, column + 1)
        elif kind == _SHEET_BEGINS:
            yield extent
            extent = Extent()
        at += length
    yield extent
