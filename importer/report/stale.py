"""Take away the errors file of an earlier run where there is nothing left to correct."""

import contextlib
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from importer.derive.columns import folded_heading
from importer.entities import OUR_HEADINGS
from importer.model import Book

_HEAD: Final = 2**16


def remove_stale(errors: Path, book: Book) -> None:
    """Remove an errors file that an earlier run of the same file left.

    Left alone it would say that rows are still to be corrected. It is removed only if it is certainly ours:
    it has the very name that this run would have given it (so it is not an input either), it is a file and
    not a link, and our three headings stand in it. Whatever cannot be read or removed stays.
    """
    with contextlib.suppress(OSError, CalamineError, ValueError, LookupError):
        if errors.is_file() and not errors.is_symlink() and _is_ours(errors, book):
            errors.unlink()


def _is_ours(errors: Path, book: Book) -> bool:
    if book.dialect is None:
        return _has_headings(errors)
    with errors.open("rb") as file:
        text = file.read(_HEAD).decode(book.dialect.encoding, errors="replace")
    return all(heading in text for heading in OUR_HEADINGS)


def _has_headings(errors: Path) -> bool:
    with CalamineWorkbook.from_path(str(errors)) as workbook:
        heads = [workbook.get_sheet_by_name(name).to_python(nrows=1) for name in workbook.sheet_names]
    ours = {folded_heading(heading) for heading in OUR_HEADINGS}
    return any(ours <= {folded_heading(str(cell)) for cell in row} for rows in heads for row in rows)
