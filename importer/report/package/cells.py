"""Cells of ours as XML: texts that are texts whatever they begin with, and numbers."""

from typing import Final

from openpyxl.utils import get_column_letter

from importer.report.package.xml import text
from importer.report.words import cut

LAST_COLUMN: Final = 16_384


def place(row: int, column: int) -> str:
    """What a cell is called, such as B12."""
    return f"{get_column_letter(column)}{row}"


def quoted(sheet: str) -> str:
    """The name of a sheet as it stands before a cell's in a formula or a link."""
    return "'" + sheet.replace("'", "''") + "'"


def words(row: int, column: int, value: str, style: int, prefix: str = "") -> bytes:
    """A cell with a text."""
    p = prefix
    return (
        f'<{p}c r="{place(row, column)}" s="{style}" t="inlineStr"><{p}is><{p}t xml:space="preserve">{text(cut(value))}'
        f"</{p}t></{p}is></{p}c>"
    ).encode()


def number(row: int, column: int, value: int, style: int, prefix: str = "") -> bytes:
    """A cell with a whole number."""
    return f'<{prefix}c r="{place(row, column)}" s="{style}"><{prefix}v>{value}</{prefix}v></{prefix}c>'.encode()


def blank(row: int, column: int, style: int, prefix: str = "") -> bytes:
    """A cell with nothing but looks."""
    return f'<{prefix}c r="{place(row, column)}" s="{style}"/>'.encode()
