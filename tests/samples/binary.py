"""Writes binary workbooks (.xlsb), which no program at hand can save: record by record, as Excel does.

python -m tests.samples.binary
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from struct import pack
from typing import Final

from tests.samples.make import FOLDER, FORMATTED_ROWS, HIDDEN_ROW, MESSY

Cell = bool | int | float | str | date | None

GENERAL, DATE, PERCENT, THOUSANDS = range(4)
_STYLES: Final = {GENERAL: 0, DATE: 14, PERCENT: 9, THOUSANDS: 164}
"""The number format of each cell style."""
_RESULTS: Final = {
    "=1/0": (11, b"\x07", b"\x1e\x01\x00\x1e\x00\x00\x06"),
    "=3+4": (9, pack("<d", 7), b"\x1e\x03\x00\x1e\x04\x00\x03"),
}
"""The kind of record that a formula has, its result, and the formula."""
_TYPES: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/>
<Override PartName="/xl/sharedStrings.bin" ContentType="application/vnd.ms-excel.sharedStrings"/>
{sheets}</Types>"""
_SHEET_TYPE: Final = '<Override PartName="/xl/{part}" ContentType="application/vnd.ms-excel.worksheet"/>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"""
_RELATION: Final = '<Relationship Id="{id}" Type="{type}" Target="{part}"/>'
_EPOCH: Final = date(1899, 12, 30)


def record(kind: int, content: bytes = b"") -> bytes:
    """One record: its kind, its length, its content."""
    kinds = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, lengths = len(content), bytearray()
    while length > 0x7F:
        lengths.append(length & 0x7F | 0x80)
        length >>= 7
    return kinds + bytes([*lengths, length]) + content


def text(value: str) -> bytes:
    """A text with its length before it."""
    encoded = value.encode("utf-16-le", "surrogatepass")
    return pack("<I", len(encoded) // 2) + encoded


@dataclass
class BinarySheet:
    """What stands on a sheet. `styles` has the cell styles by row and column, both from 0; `state` 1 hides it."""

    rows: Sequence[Sequence[Cell]]
    hidden: frozenset[int] = frozenset()
    styles: Mapping[tuple[int, int], int] = field(default_factory=dict)
    more: bytes = b""
    """Records after those of the rows."""
    after: bytes = b""
    """Records after the rows."""
    state: int = 0


def write(path: Path, sheets: Mapping[str, BinarySheet], *, from_1904: bool = False) -> None:
    """Write a workbook; texts without a line break are shared, others stand in their cells."""
    shared: dict[str, int] = {}
    parts = {f"worksheets/sheet{number}.bin": _sheet(one, shared) for number, one in enumerate(sheets.values(), 1)}
    bundles = b"".join(
        record(156, pack("<II", one.state, number) + text(f"rId{number}") + text(name))
        for number, (name, one) in enumerate(sheets.items(), 1)
    )
    book = record(131) + record(153, pack("<III", 0x10020 | from_1904, 0, 0)) + record(143) + bundles + record(144)
    types = [f"{_OFFICE}/worksheet"] * len(parts) + [f"{_OFFICE}/styles", f"{_OFFICE}/sharedStrings"]
    related = [*parts, "styles.bin", "sharedStrings.bin"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        packed: dict[str, str | bytes] = {
            "[Content_Types].xml": _TYPES.format(sheets="".join(_SHEET_TYPE.format(part=part) for part in parts)),
            "_rels/.rels": _relations([f"{_OFFICE}/officeDocument"], ["xl/workbook.bin"]),
            "xl/workbook.bin": book + record(157, bytes(26)) + record(132),
            "xl/_rels/workbook.bin.rels": _relations(types, related),
            "xl/styles.bin": _styles(),
            "xl/sharedStrings.bin": _shared(shared),
            **{f"xl/{part}": content for part, content in parts.items()},
        }
        for name, content in packed.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _relations(types: Sequence[str], parts: Sequence[str]) -> str:
    pairs = enumerate(zip(types, parts, strict=True), 1)
    return _RELATIONS.format(
        relations="".join(_RELATION.format(id=f"rId{number}", type=type_, part=part) for number, (type_, part) in pairs)
    )


def _shared(shared: Mapping[str, int]) -> bytes:
    items = b"".join(record(19, b"\x00" + text(one)) for one in shared)
    return record(159, pack("<II", len(shared), len(shared))) + items + record(160)


def _styles() -> bytes:
    custom = record(615, pack("<I", 1)) + record(44, pack("<H", 164) + text("#,##0,")) + record(616)
    plain = record(47, pack("<HHHHH", 0xFFFF, 0, 0, 0, 0) + bytes(6))
    used = b"".join(record(47, pack("<HHHHH", 0, form, 0, 0, 0) + bytes(6)) for form in _STYLES.values())
    styles = record(626, pack("<I", 1)) + plain + record(627)
    return record(278) + custom + styles + record(617, pack("<I", len(_STYLES))) + used + record(618) + record(279)


def _sheet(sheet: BinarySheet, shared: dict[str, int]) -> bytes:
    width = max(map(len, sheet.rows), default=1)
    size = record(148, pack("<IIII", 0, max(0, len(sheet.rows) - 1), 0, max(0, width - 1)))
    cells = b"".join(_rows(sheet, shared)) + sheet.more
    return record(129) + size + record(145) + cells + record(146) + sheet.after + record(130)


def _rows(sheet: BinarySheet, shared: dict[str, int]) -> Iterator[bytes]:
    for at, row in enumerate(sheet.rows):
        yield row_head(at, hidden=at in sheet.hidden)
        for column, value in enumerate(row):
            yield _cell(column, value, sheet.styles.get((at, column), GENERAL), shared)


def row_head(at: int, *, hidden: bool = False) -> bytes:
    """The record that begins a row."""
    return record(0, pack("<IIHBBBI", at, 0, 300, 0, 0x10 if hidden else 0, 0, 0))


def cell(kind: int, column: int, value: bytes, style: int = GENERAL) -> bytes:
    """The record of a cell."""
    return record(kind, pack("<II", column, style) + value)


def _cell(column: int, value: Cell, style: int, shared: dict[str, int]) -> bytes:
    if isinstance(value, str) and value in _RESULTS:
        kind, result, formula = _RESULTS[value]
        return cell(kind, column, result + pack("<HI", 0, len(formula)) + formula + pack("<I", 0))
    if isinstance(value, str):
        if "\n" in value:
            return cell(6, column, text(value))
        return cell(7, column, pack("<I", shared.setdefault(value, len(shared))))
    if isinstance(value, date):
        return cell(2, column, _short((value - _EPOCH).days), DATE)
    if isinstance(value, bool):
        return cell(4, column, bytes([value]))
    if isinstance(value, int) and abs(value) < 2**29:
        return cell(2, column, _short(value), style)
    return cell(1, column, b"", style) if value is None else cell(5, column, pack("<d", value), style)


def _short(number: int) -> bytes:
    return pack("<i", number << 2 | 0b10)


def main() -> None:
    """Write the samples."""
    rows: list[Sequence[Cell]] = [
        [one.removeprefix("'") if isinstance(one, str) else one for one in row] for row in MESSY
    ]
    rows += [[None]] * (FORMATTED_ROWS - 1)
    write(FOLDER / "messy.xlsb", {"Sections": BinarySheet(rows, hidden=frozenset({HIDDEN_ROW - 1}))})


if __name__ == "__main__":
    main()
