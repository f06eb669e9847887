"""The records that the parts of a binary workbook (.xlsb) are made of."""

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct, error
from typing import Final

from importer.load.relations import targets

_NUMBER: Final = Struct("<I")
_MOST_BYTES: Final = 4
"""Of a length, seven bits in each."""
_BOOK: Final = "xl/workbook.bin"
_NO_TEXT: Final = 0xFFFFFFFF


class Is(IntEnum):
    """The kinds of record that are looked at, by the names that the format's description gives them."""

    ROW = 0
    SHORT_NUMBER = 2
    ERROR = 3
    NUMBER = 5
    SHARED_TEXT = 7
    RESULT_TEXT = 8
    RESULT_NUMBER = 9
    RESULT_ERROR = 11
    SHORT_FORMS = 12
    SHARED = 19
    NUMBER_FORMAT = 44
    STYLE = 47
    RICH_TEXT = 62
    SHEET_DATA = 145
    SHEET_DATA_END = 146
    BOOK_SETTINGS = 153
    SHEET = 156
    MERGED = 176
    STYLES = 617
    STYLES_END = 618


def records(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[int, memoryview]]:
    """The kind and the content of each record of a part. Raises `ValueError` for one that is cut off."""
    data = memoryview(archive.read(part))
    at, end = 0, len(data)
    try:
        while at < end:
            kind = data[at]
            at += 1
            if kind & 0x80:
                kind = (kind & 0x7F) | (data[at] & 0x7F) << 7
                at += 1
            length = 0
            for place in range(_MOST_BYTES):
                byte = data[at]
                at += 1
                length |= (byte & 0x7F) << 7 * place
                if not byte & 0x80:
                    break
            if at + length > end:
                raise ValueError(part)
            yield kind, data[at : at + length]
            at += length
    except IndexError:
        raise ValueError(part) from None


def number_at(content: memoryview, at: int = 0) -> int:
    """A whole number without a sign. Raises `ValueError` where the record ends before it."""
    try:
        return int(_NUMBER.unpack_from(content, at)[0])
    except error:
        raise ValueError(at) from None


def text_at(content: memoryview, at: int) -> tuple[str, int]:
    """A text, empty where there is none, and where what comes after it begins."""
    length = number_at(content, at)
    if length == _NO_TEXT:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(content):
        raise ValueError(at)
    return str(content[at + 4 : end], "utf-16-le", "surrogatepass"), end


@dataclass(frozen=True, slots=True)
class BinaryBook:
    """What a binary workbook says of itself: which part holds each sheet, and from which year its days count."""

    parts: Mapping[str, str]
    from_1904: bool


def binary_book(archive: zipfile.ZipFile) -> BinaryBook:
    """Read what the workbook's own part says."""
    members = {name.lower(): name for name in archive.namelist()}
    held = targets(archive, members, "xl/_rels/workbook.bin.rels")
    parts: dict[str, str] = {}
    from_1904 = False
    for kind, content in records(archive, members[_BOOK]):
        if kind == Is.BOOK_SETTINGS:
            from_1904 = bool(number_at(content) & 1)
        elif kind == Is.SHEET:
            relation, after = text_at(content, 8)
            part = members.get(held.get(relation, "").lower())
            if part is not None:
                parts[text_at(content, after)[0]] = part
    return BinaryBook(parts=parts, from_1904=from_1904)
