"""The sample of another system's export, made from the readable `sample_data/academy.toml`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Font

from importer.derive.workbook import workbook_bytes

_MAPPING: Final = Path(__file__).parent.parent / "sample_data" / "academy.mapping.toml"
_WIDTHS: Final = (30, 24, 26, 8, 16, 14, 14, 40, 60, 10, 12)
"""Of the columns, as wide as their longest sheet needs."""


def foreign_workbook(told: Mapping[str, Any]) -> bytes:
    """A workbook with the sheets that the other system exports."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in told["sheets"]:
        _fill(book, sheet["name"], sheet["rows"])
    return workbook_bytes(book)


def _fill(book: Workbook, name: str, rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append([None if value == "" else value for value in row])
    for number, cell in enumerate(sheet[1]):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS[number]


def academy_mapping_block() -> str:
    """What its headings and words mean, for the documentation."""
    return f"```toml\n{_MAPPING.read_text(encoding='utf-8')}```"
