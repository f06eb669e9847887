"""Files that would cost too much: refused by what they say of themselves, before anything makes room for them."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence, Sized
from pathlib import Path
from typing import Final, TypeVar

from importer.derive.columns import letter
from importer.derive.longest import CUT_SHORT, LONGEST_CELL
from importer.errors import NotASpreadsheetError, TooLargeError
from importer.load.reading import chunks
from importer.problems import Code, Column, Place, Problem
from importer.settings import FileLimits

_Row = TypeVar("_Row", bound=Sized)

DEFAULT_LIMITS: Final = FileLimits()
MIB: Final = 2**20
SMALL: Final = 64 * MIB
"""Bytes up to which a workbook may be unpacked however well it was packed."""

_ENTRY: Final = b"PK\x01\x02"
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SPLIT: Final = "split it into smaller files"


def refuse_large(path: Path, name: str, limits: FileLimits) -> None:
    """Refuse a file by its size on disk."""
    megabytes = path.stat().st_size / MIB
    if megabytes > limits.max_file_mb:
        reason = f"the file has {megabytes:,.0f} MB, and at most {limits.max_file_mb:,} are read"
        raise TooLargeError(name, reason, SPLIT, "max_file_mb")


def refuse_many_entries(path: Path, name: str, limits: FileLimits) -> None:
    """Refuse a packed file by the number of its parts, before its list of them is read."""
    entries = sum(chunk.count(_ENTRY) for chunk in chunks(path))
    if entries > limits.max_entries:
        reason = f"{entries:,} files are packed in it, and at most {limits.max_entries:,} are taken for a workbook"
        raise TooLargeError(name, reason, "save it as a new workbook", "max_entries")


def refuse_bomb(archive: zipfile.ZipFile, name: str, limits: FileLimits) -> None:
    """Refuse a packed file by what it says its parts have when they are unpacked.

    No reader here unpacks more of a part than that. Raises `TooLargeError`, and `NotASpreadsheetError` for a way
    of packing that no workbook has.
    """
    parts = archive.infolist()
    if len({part.filename for part in parts}) < len(parts):
        raise NotASpreadsheetError(name, "two of the files packed in it have the same name; save it as a new workbook")
    if any(part.compress_type not in _PACKINGS for part in parts):
        raise NotASpreadsheetError(name, "it is packed in a way that no workbook is; save it as a new workbook")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.max_unpacked_mb * MIB:
        reason = f"unpacked it has {unpacked / MIB:,.0f} MB, and at most {limits.max_unpacked_mb:,} are read"
        raise TooLargeError(name, reason, SPLIT, "max_unpacked_mb")
    packed = sum(part.compress_size for part in parts)
    if unpacked > max(SMALL, packed * limits.max_ratio):
        reason = f"unpacked it is {unpacked // max(1, packed):,} times as large, as no ordinary workbook is"
        raise TooLargeError(name, reason, "save it as a new workbook", "max_ratio")


def refuse_far(place: str, rows: int, columns: int, limits: FileLimits) -> None:
    """Refuse a sheet whose cells reach so far."""
    if columns > limits.max_columns:
        reason = f"its cells reach to column {letter(columns - 1)}, and at most {limits.max_columns:,} columns are read"
        raise TooLargeError(place, reason, "delete the columns behind the last heading", "max_columns")
    if rows > limits.max_rows:
        reason = f"its cells reach to row {rows:,}, and at most {limits.max_rows:,} rows are read"
        raise TooLargeError(place, reason, SPLIT, "max_rows")
    if rows * columns > limits.max_cells:
        reason = f"its cells reach to {letter(columns - 1)}{rows}, too far for the {limits.max_cells:,} that are read"
        raise TooLargeError(place, reason, "delete the rows and columns outside the list", "max_cells")


def refuse_many_cells(name: str, cells: int, limits: FileLimits) -> None:
    """Refuse a workbook whose sheets reach over so many cells together: its report has a copy of them all."""
    if cells > limits.max_cells:
        reason = f"its sheets together reach over {cells:,} cells, and at most {limits.max_cells:,} are read"
        raise TooLargeError(name, reason, "delete the sheets that are not imported", "max_cells")


def within(rows: Iterable[_Row], place: str, limits: FileLimits) -> Iterator[_Row]:
    """The rows of a sheet as they come, up to the first that reaches too far."""
    for number, row in enumerate(rows, start=1):
        if number > limits.max_rows or len(row) > limits.max_columns:
            refuse_far(place, number, len(row), limits)
        yield row


def longest_piece(limits: FileLimits) -> int:
    """Bytes of a line of a text, and characters of a cell in it, that are read at all: some cells fit into a line."""
    return min(2**31 - 1, max(MIB, limits.max_characters * 16))


def too_long(name: str, what: str, longest: int) -> TooLargeError:
    """What is said of a text with a line or a cell that is not read to its end."""
    reason = f"{what} of more than {longest:,} characters"
    return TooLargeError(name, reason, 'look for a quote (") that is never closed', "max_characters")


def cut_cells(rows: Sequence[int], cells: Sequence[object], column: Column | None, place: Place) -> Iterator[Problem]:
    """The problems of the cells of a column whose texts a report of ours had to cut."""
    for row, cell in zip(rows, cells, strict=True):
        if isinstance(cell, str) and cell.endswith(CUT_SHORT):
            details = {"most": f"{LONGEST_CELL:,}"}
            yield Problem(code=Code.TEXT_CUT, place=place, row=row, column=column, details=details)


def long_cells(
    rows: Sequence[int], cells: Sequence[object], column: Column | None, place: Place, most: int
) -> Iterator[Problem]:
    """The problems of the cells of a column that have more than `most` characters."""
    for row, cell in zip(rows, cells, strict=True):
        if isinstance(cell, str) and len(cell) > most:
            details = {"characters": f"{len(cell):,}", "most": f"{most:,}"}
            yield Problem(code=Code.TEXT_TOO_LONG, place=place, row=row, column=column, details=details)
