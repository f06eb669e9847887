"""What the fast reader does not tell of an old workbook (.xls): errors, numbers that show as others, hidden rows."""

import contextlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import xlrd
from xlrd.biffh import XLRDError
from xlrd.compdoc import CompDocError
from xlrd.sheet import Sheet

from importer.load.scaled import scaled, scales
from importer.model import ErrorCell, ScaledCell

_UNREADABLE: Final = (
    XLRDError,
    CompDocError,
    AssertionError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    struct.error,
)
"""What the slow reader raises for a workbook that only the fast one can make sense of."""


def hidden_in_xls(
    path: Path, sheets: Sequence[str]
) -> Mapping[str, Mapping[int, Mapping[int, ErrorCell | ScaledCell]]]:
    """The cells of each of the sheets: by row number as Excel shows it, then position of the column.

    A workbook that this reader cannot make sense of, though the fast one can, counts as having none.
    """
    try:
        with _opened(path, formats=False) as book:
            if not _scaling(book):
                return {name: _told(book.sheet_by_name(name), {}) for name in sheets}
        with _opened(path, formats=True) as book:
            return {name: _told(book.sheet_by_name(name), _scaling(book)) for name in sheets}
    except _UNREADABLE:
        return {}


def hidden_rows_in_xls(path: Path, sheets: Sequence[str]) -> Mapping[str, frozenset[int]]:
    """The numbers of the rows of each of the sheets that are hidden, by hand or by a filter."""
    hidden: dict[str, frozenset[int]] = {}
    with contextlib.suppress(*_UNREADABLE), _opened(path, formats=True) as book:
        for name in sheets:
            with contextlib.suppress(*_UNREADABLE):  # a sheet that it cannot read hides nothing of the others
                rows = book.sheet_by_name(name).rowinfo_map
                hidden[name] = frozenset(at + 1 for at, row in rows.items() if row.hidden)
    return hidden


def _opened(path: Path, *, formats: bool) -> xlrd.book.Book:
    return xlrd.open_workbook(str(path), on_demand=True, logfile=Nowhere(), formatting_info=formats)


def _scaling(book: xlrd.book.Book) -> Mapping[int, str]:
    """The number formats that show another number than a cell holds, by the styles that cells can have."""
    forms = {key: form.format_str or "" for key, form in book.format_map.items()}
    used = {at: forms.get(style.format_key, "") for at, style in enumerate(book.xf_list) if not style.is_style}
    return {at: form for at, form in used.items() if scales(form)}


class Nowhere:
    """Where xlrd may write what it finds odd."""

    def write(self, _text: str) -> None:
        """Keep nothing."""

    def flush(self) -> None:
        """Nothing to do."""


def _told(sheet: Sheet, styles: Mapping[int, str]) -> dict[int, dict[int, ErrorCell | ScaledCell]]:
    found: dict[int, dict[int, ErrorCell | ScaledCell]] = {}
    for row in range(sheet.nrows):
        for at, kind in enumerate(sheet.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                text = xlrd.error_text_from_code.get(int(sheet.cell_value(row, at)), "#ERROR")
                found.setdefault(row + 1, {})[at] = ErrorCell(text)
            elif styles and kind == xlrd.XL_CELL_NUMBER:
                form = styles.get(sheet.cell_xf_index(row, at))
                cell = scaled(float(sheet.cell_value(row, at)), form) if form else None
                if cell is not None:
                    found.setdefault(row + 1, {})[at] = cell
    return found
