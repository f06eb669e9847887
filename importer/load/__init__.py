"""Load: a file becomes a `Book` of sheets, with untouched cells, known headings and the row numbers of Excel."""

from collections.abc import Set
from pathlib import Path

from importer.errors import EmptyFileError
from importer.load.container import open_file
from importer.load.delimited import load_text
from importer.load.sheets import Wanted
from importer.load.workbook import load_workbook
from importer.model import Book, Format

__all__ = ["load"]


def load(
    path_as_given: str,
    *,
    kind: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    provided: Set[str] = frozenset(),
) -> Book:
    """Read a spreadsheet; what it is, is told by its content and not by its ending.

    `kind` says what a file with one sheet holds, `encoding` and `delimiter` how a CSV is written; `provided`
    has the API names of the fields whose blanks options fill, so that their columns may be missing.

    Raises a `FileError` for a file that cannot be used as a whole; whatever is wrong with a row is a problem.
    """
    path = Path(path_as_given)
    opened = open_file(path, path_as_given)
    wanted = Wanted(file=path_as_given, kind=kind, provided=frozenset(provided))
    dialect = None
    if opened.format is Format.CSV:
        sheets, problems, dialect = load_text(path, opened, wanted, encoding=encoding, delimiter=delimiter)
    else:
        sheets, problems = load_workbook(path, opened.format, wanted)
    if all(sheet.cells.empty for sheet in sheets):
        raise EmptyFileError(path_as_given, "there are headings, but no rows under them")
    return Book(
        path=path,
        name=path_as_given,
        format=opened.format,
        sha256=opened.sha256,
        sheets=sheets,
        dialect=dialect,
        problems=problems,
    )
