"""The rows of a workbook that nobody sees: hidden by hand, or by a filter."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from importer.load.binary import hidden_rows
from importer.load.legacy import hidden_rows_in_xls
from importer.load.opendocument import hidden_rows_in_opendocument
from importer.load.reading import DAMAGE
from importer.load.relations import sheet_parts
from importer.load.signs import Signs
from importer.model import Format

_CHUNK: Final = 2**22
_OVERLAP: Final = 4096
"""Bytes that a row's own tag never exceeds."""

_HIDDEN_ROW: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?row(?=\s)([^<>]*\shidden\s*=\s*[\"'](?:1|true)[\"'][^<>]*)>")
_NUMBER: Final = re.compile(rb"\sr\s*=\s*[\"'](\d{1,7})[\"']")


def unseen_rows(
    path: Path, form: Format, sheets: Sequence[str], signs: Mapping[str, Signs]
) -> Mapping[str, frozenset[int]]:
    """The numbers of the hidden rows of each of the sheets.

    A row without a number of its own is not looked at: hidden or not, it is imported all the same.
    """
    if form is Format.XLS:
        return hidden_rows_in_xls(path, sheets)
    try:
        with zipfile.ZipFile(path) as archive:
            if form is Format.XLSB:
                return hidden_rows(archive, sheets)
            if form is Format.ODS:
                return hidden_rows_in_opendocument(archive, sheets)
            parts = sheet_parts(archive)
            looked_at = {name: parts[name] for name in sheets if name in parts and signs[parts[name]].rows}
            return {name: frozenset(_hidden(archive, part)) for name, part in looked_at.items()}
    except DAMAGE:
        return {}


def _hidden(archive: zipfile.ZipFile, part: str) -> Iterator[int]:
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            block = tail + chunk
            for found in _HIDDEN_ROW.finditer(block):
                number = _NUMBER.search(found[1])
                if number:
                    yield int(number[1])
            tail = block[-_OVERLAP:]
