"""Cells of an old workbook (.xls) that show an error: the fast reader gives them as blank."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlrd
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet

from importer.model import ErrorCell


def hidden_in_xls(path: Path, sheets: Sequence[str]) -> Mapping[str, Mapping[int, Mapping[int, ErrorCell]]]:
    """The cells with errors of each of the sheets: by row number as Excel shows it, then position of the column.

    A workbook that this reader cannot make sense of, though the fast one can, counts as having none.
    """
    try:
        with xlrd.open_workbook(str(path), on_demand=True, logfile=Nowhere()) as book:
            return {name: _errors(book.sheet_by_name(name)) for name in sheets}
    except (XLRDError, CompDocError, AssertionError, LookupError, ValueError):
        return {}


class Nowhere:
    """Where xlrd may write what it finds odd."""

    def write(self, _text: str) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Nothing to do."""


def _errors(sheet: Sheet) -> dict[int, dict[int, ErrorCell]]:
    found: dict[int, dict[int, ErrorCell]] = {}
    for row in range(sheet.nrows):
        for at, kind in enumerate(sheet.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                text = xlrd.error_text_from_code.get(int(sheet.cell_value(row, at)), "#ERROR")
                found.setdefault(row + 1, {})[at] = ErrorCell(text)
    return found
