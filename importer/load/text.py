"""How a text file is written: its encoding, its delimiter, its line ends."""

import codecs
import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Final

from importer.errors import NotASpreadsheetError
from importer.load.codepages import likely_page
from importer.load.header import SEARCHED, known_headings
from importer.load.reading import chunks

_DELIMITERS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 2**16
_SAMPLE_ROWS: Final = 2 * SEARCHED
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FEW: Final = 2
_FEW_OF_MANY: Final = 0.005
"""Controls in the beginning of what still is a text, as such, and as a part of its bytes."""

_QUOTED: Final = re.compile(r'"[^"]*(?:"|\Z)')
LINE_END: Final = re.compile(r"\r\n|\n|\r")
_INSTRUCTION: Final = re.compile(r'"?sep=(.)"?\1*(?:\r\n|\n|\r|\Z)', re.IGNORECASE)
"""Delimiters after it are those of the columns to which Excel widened it when it saved the file."""


def likely_encoding(head: bytes, name: str) -> str:
    """The encoding that the beginning of a text shows, UTF-8 if nothing is against it.

    Raises `NotASpreadsheetError` where it is no text.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    return _without_bom(head, name) if b"\0" in head else "utf-8"


def is_utf8(encoding: str) -> bool:
    """Whether it is a name of UTF-8, with a mark at the beginning or without."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def code_page(path: Path) -> str:
    """The encoding of a text that is not UTF-8."""
    return likely_page(next((chunk for chunk in chunks(path) if not chunk.isascii()), b""))


def _without_bom(head: bytes, name: str) -> str:
    """UTF-16 without a mark: of each two bytes, nearly always the same one is NUL. Single ones may be in any text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd * 2 > len(head) * 0.6 and even * 20 < odd:
        return "utf-16-le"
    if even * 2 > len(head) * 0.6 and odd * 20 < even:
        return "utf-16-be"
    if len(_CONTROLS.findall(head)) <= _FEW + len(head) * _FEW_OF_MANY:
        return "utf-8"
    raise NotASpreadsheetError(
        name, "this is neither a workbook nor a text; save it as an Excel workbook (.xlsx) or as CSV"
    )


def is_mostly_utf8(path: Path) -> bool:
    """Whether nearly all of a text is UTF-8: read in another encoding, every accent would be wrong."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    for chunk in chunks(path):
        text = decoder.decode(chunk)
        if not text.isascii():
            escaped = sum("\udc80" <= c <= "\udcff" for c in text)
            bad += escaped
            good += sum(c > "\x7f" for c in text) - escaped
    return good > bad


def _undecodable(name: str, encoding: str, line: int) -> NotASpreadsheetError:
    return NotASpreadsheetError(
        name,
        f"line {line} cannot be read as {encoding}; save the file as CSV UTF-8, or name its encoding with --encoding",
    )


def undecodable(path: Path, encoding: str, name: str) -> NotASpreadsheetError:
    """What is said of a text that is not written in an encoding, naming the first line that shows it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for chunk in (*chunks(path), b""):
        try:
            line += decoder.decode(chunk, final=not chunk).count("\n")
        except UnicodeDecodeError as error:
            return _undecodable(name, encoding, line + error.object[: error.start].count(b"\n"))
        except UnicodeError:
            break
    return _undecodable(name, encoding, line)


def instruction(head: str) -> tuple[str, int] | None:
    """The delimiter that a first line such as `sep=;` orders, and where the text goes on; None without one."""
    found = _INSTRUCTION.match(head)
    return (found[1], found.end()) if found else None


def tell_delimiter(head: str) -> str:
    """The delimiter of a text: that which gives known headings, then rows of one length, then most columns.

    The headings may stand below a title, in any of the first rows.
    """
    return max(_DELIMITERS, key=lambda delimiter: _likeness(_sample(head, delimiter)))


def _sample(head: str, delimiter: str) -> list[list[str]]:
    rows = (row for row in csv.reader(StringIO(head, newline=""), delimiter=delimiter) if row)
    return [row for row, _ in zip(rows, range(_SAMPLE_ROWS + 1), strict=False)]


def _likeness(rows: list[list[str]]) -> tuple[int, float, int]:
    known = [known_headings(row) for row in rows[:SEARCHED]]
    top = known.index(max(known)) if rows else 0
    if not rows or len(rows[top]) < 2:
        return (0, 0.0, 0)
    # The last record may be cut off where the sample ends.
    body: Iterable[list[str]] = rows[top + 1 : -1] or rows[top + 1 :]
    lengths = [len(row) == len(rows[top]) for row in body]
    return (known[top], sum(lengths) / len(lengths) if lengths else 1.0, len(rows[top]))


def line_end(head: str) -> str:
    """The first line end that is not inside quotes."""
    found = LINE_END.search(_QUOTED.sub("", head))
    return found[0] if found else "\n"
