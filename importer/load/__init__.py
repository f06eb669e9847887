"""Load: a file becomes a `Book` of sheets, with untouched cells, known headings and the row numbers of Excel."""

import hashlib
from collections.abc import Mapping, Set
from functools import partial
from pathlib import Path
from typing import Final

from importer.derive.bulk import uncollected
from importer.derive.columns import NOTHING_GIVEN, Given
from importer.errors import EmptyFileError, MemoryForFileError
from importer.load.apart import can_be_apart, done_apart
from importer.load.container import beginning, is_text, open_file
from importer.load.delimited import load_text
from importer.load.limits import DEFAULT_LIMITS
from importer.load.sheets import Wanted
from importer.load.workbook import load_workbook
from importer.model import Book, Format, Sheet
from importer.problems import Problem
from importer.settings import FileLimits

__all__ = ["load"]

NOTHING_CHOSEN: Final[Mapping[str, str]] = {}


@uncollected
def load(
    path_as_given: str,
    *,
    among: str = "",
    kind: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    provided: Set[str] = frozenset(),
    given: Given = NOTHING_GIVEN,
    tolerant: bool = False,
    partial: bool = False,
    chosen: Mapping[str, str] = NOTHING_CHOSEN,
    limits: FileLimits = DEFAULT_LIMITS,
) -> Book:
    """Read a spreadsheet; what it is, is told by its content and not by its ending.

    `among` is how messages tell it from other files, where there are some.
    `kind` says what a file with one sheet holds, `encoding` and `delimiter` how a CSV is written; `provided`
    has the API names of the fields whose blanks options fill, so that their columns may be missing; `given`
    has the headings of a mapping file. `chosen` has the kinds of the
    sheets to import, by name. `tolerant` also reads sheets whose headings could not be imported, `partial` those that
    hold no more than what changes of records that are there. What is larger than the `limits` is refused before it is
    read.

    Raises a `FileError` for a file that cannot be used as a whole; whatever is wrong with a row is a problem.
    """
    wanted = Wanted(
        file=path_as_given,
        among=among,
        kind=kind,
        provided=frozenset(provided),
        given=given,
        tolerant=tolerant,
        partial=partial,
        chosen=chosen,
        limits=limits,
    )
    try:
        return _load(wanted, encoding, delimiter)
    except MemoryError:
        raise MemoryForFileError(path_as_given) from None


def _load(wanted: Wanted, encoding: str | None, delimiter: str | None) -> Book:
    path = Path(wanted.file)
    head = beginning(path, wanted.file, wanted.limits)
    work = partial(_read, path, head, wanted, encoding, delimiter)
    # A text is read by nothing but code of ours and Python's, which raises where it cannot go on.
    return work() if is_text(head) or not can_be_apart() else done_apart(work, wanted.file, wanted.limits)


def _read(path: Path, head: bytes, wanted: Wanted, encoding: str | None, delimiter: str | None) -> Book:
    opened = open_file(path, head, wanted.file, wanted.limits)
    sheets: tuple[Sheet, ...]
    problems: tuple[Problem, ...] = ()
    names: tuple[str, ...] = ()
    hidden: Mapping[str, frozenset[int]] = {}
    dialect = None
    if opened.format is Format.CSV:
        text = load_text(path, opened.head, wanted, encoding=encoding, delimiter=delimiter)
        sheets, dialect, sha256 = (text.sheet,), text.dialect, text.sha256
    else:
        sheets, problems, names, hidden = load_workbook(path, opened, wanted)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if not any(len(sheet.cells) for sheet in sheets):
        raise EmptyFileError(wanted.file, "there are headings, but no rows under them")
    return Book(
        path=path,
        name=wanted.file,
        format=opened.format,
        sha256=sha256,
        sheets=sheets,
        dialect=dialect,
        problems=problems,
        sheet_names=names,
        hidden_rows=hidden,
    )
