"""What the fast reader gives as blank or as another value than is shown: errors, formulas without result, percentages.

Only where a sheet shows signs of any, they are located in its packed XML.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import IO, Final

from importer.derive.error_words import is_error_word
from importer.derive.safe_xml import elements
from importer.load.binary import Found, hidden_in_binary
from importer.load.legacy import hidden_in_xls
from importer.load.opendocument import hidden_in_opendocument
from importer.load.relations import sheet_parts
from importer.load.scaled import scaled, scaling_styles
from importer.load.signs import Signs
from importer.model import ErrorCell, Format, FormulaCell, ScaledCell

Told = ErrorCell | FormulaCell | ScaledCell
Hidden = Mapping[int, Mapping[int, Told | Found]]
"""Row number as Excel shows it, then position of the column from 0."""

_CHUNK: Final = 2**22
_ROOT: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)sheetData[\s/>]")
_REFERENCE: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{1,3})([0-9]+)["']""")
_TYPE: Final = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_STYLE: Final = re.compile(rb"""\ss\s*=\s*["'](\d+)["']""")

_TEXTS: Final = ("s", "inlineStr")
"""Types of cells whose texts stand elsewhere."""

Styles = Mapping[int, str]
"""The number formats that show another number than the cell holds, by cell style."""


def hidden_cells(path: Path, form: Format, sheets: Sequence[str], signs: Mapping[str, Signs]) -> Mapping[str, Hidden]:
    """The hidden cells of each of the sheets."""
    if form is Format.XLS:
        return hidden_in_xls(path, sheets)
    with zipfile.ZipFile(path) as archive:
        if form is Format.ODS:
            return hidden_in_opendocument(archive, sheets)
        if form is Format.XLSB:
            return hidden_in_binary(archive, sheets)
        parts = sheet_parts(archive)
        styles = scaling_styles(archive)
        looked_at = {name: parts[name] for name in sheets if name in parts and (styles or signs[parts[name]].cells)}
        return {name: _hidden_in_part(archive, part, styles) for name, part in looked_at.items()}


@dataclass(frozen=True, slots=True)
class _Marks:
    """How a sheet's XML writes its cells, given the prefix of its names."""

    row_end: bytes
    cell_end: bytes
    suspicious: re.Pattern[bytes]
    """A cell with a formula, or one that shows an error or has one of the styles."""
    value: re.Pattern[bytes]


def _marks(prefix: bytes, styles: Styles) -> _Marks:
    name = re.escape(prefix)
    error = rb"(?:\s[^>]*)?\st\s*=\s*[\"']e[\"'][^>]*"
    numbers = "|".join(map(str, styles)).encode()
    styled = rb"|(?:\s[^>]*)?\ss\s*=\s*[\"'](?:%s)[\"'][^>]*" % numbers if styles else b""
    unstyled = rb"|(?![^>]*\ss\s*=)[^>]*" if 0 in styles else b""
    return _Marks(
        row_end=b"</" + prefix + b"row>",
        cell_end=b"</" + prefix + b"c>",
        suspicious=re.compile(
            rb"<%(p)sc(\s[^>]*?[^/>]|)>(?=\s*<%(p)sf[\s/>])|<%(p)sc(?=[\s>/])(%(odd)s)>"
            % {b"p": name, b"odd": error + styled + unstyled}
        ),
        value=re.compile(rb"<%(p)sv(?:\s[^>]*?)?(?:/>|>(.*?)</%(p)sv>)" % {b"p": name}, re.DOTALL),
    )


def _hidden_in_part(archive: zipfile.ZipFile, part: str, styles: Styles) -> Hidden:
    try:
        with archive.open(part) as stream:
            return _located(stream, styles)
    except _NeedsParserError:
        with archive.open(part) as stream:
            return _parsed(stream, styles)


class _NeedsParserError(Exception):
    """The XML is written in a way that only a real parser gets right."""


def _blocks(stream: IO[bytes], styles: Styles) -> Iterator[tuple[bytes, _Marks]]:
    """The XML in blocks that end where a row ends."""
    held = stream.read(_CHUNK)
    root = _ROOT.search(held)
    if root is None:
        raise _NeedsParserError
    marks = _marks(root[1], styles)
    while chunk := stream.read(_CHUNK):
        held += chunk
        cut = held.rfind(marks.row_end) + len(marks.row_end)
        if cut >= len(marks.row_end):
            yield held[:cut], marks
            held = held[cut:]
    yield held, marks


def _located(stream: IO[bytes], styles: Styles) -> Hidden:
    """Find the cells by the reference that each carries."""
    hidden: dict[int, dict[int, Told]] = {}
    for block, marks in _blocks(stream, styles):
        for found in marks.suspicious.finditer(block):
            attributes = found[1] if found[1] is not None else found[2]
            content = b"" if attributes.endswith(b"/") else block[found.end() : block.find(marks.cell_end, found.end())]
            value = marks.value.search(content)
            if value is not None and value[1] and b"<" in value[1]:
                raise _NeedsParserError
            kind = _TYPE.search(attributes)
            text = unescape((value[1] or b"").decode("utf-8", "backslashreplace")).strip() if value else None
            style = _STYLE.search(attributes)
            form = styles.get(int(style[1]) if style else 0)
            cell = _told(kind[1].decode() if kind else "n", text, form, has_formula=found[1] is not None)
            if cell is None:
                continue
            place = _REFERENCE.search(attributes)
            if place is None:
                raise _NeedsParserError
            hidden.setdefault(int(place[2]), {})[_position(place[1].decode())] = cell
    return hidden


def _told(kind: str, value: str | None, form: str | None, *, has_formula: bool) -> Told | None:
    """What a suspicious cell hides: None where it shows its value. A text (`str`) that is stored empty is a value."""
    if kind == "e":
        return ErrorCell(value or "#ERROR")
    if not value:
        is_without = has_formula and (value is None if kind == "str" else kind not in _TEXTS)
        return FormulaCell() if is_without else None
    if kind == "str":
        return ErrorCell(value) if has_formula and is_error_word(value) else None
    return scaled(float(value), form) if form and kind == "n" else None


def _position(letters: str) -> int:
    number = 0
    for character in letters.upper():
        number = number * 26 + ord(character) - ord("A") + 1
    return number - 1


def _parsed(stream: IO[bytes], styles: Styles) -> Hidden:
    """Find the cells with a parser, counting rows and cells that carry no reference."""
    hidden: dict[int, dict[int, Told]] = {}
    number = 0
    for row in elements(stream, "row"):
        number = int(row.get("r") or number + 1)
        at = -1
        for cell in row.iterfind("{*}c"):
            reference = (cell.get("r") or "").rstrip("0123456789")
            at = _position(reference) if reference else at + 1
            text, form = cell.findtext("{*}v"), styles.get(int(cell.get("s") or 0))
            value = None if text is None else text.strip()
            told = _told(cell.get("t") or "n", value, form, has_formula=cell.find("{*}f") is not None)
            if told is not None:
                hidden.setdefault(number, {})[at] = told
    return hidden
