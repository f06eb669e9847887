"""Text made fit for where it is shown: a console, a cell that we write, an encoding.

Only what we write ourselves passes through here; the user's own cells go back as they came.
"""

import re
from typing import Final

from importer.derive.longest import LONGEST_CELL

_CUT: Final = "… (cut)"
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d\n]*(?:\x07|\x1b\\|\x9c)"  # window titles, links
    r"|\x1b[ -/]*[0-~]"
)
_LINE_ENDS: Final = re.compile(r"\r\n|[\r\u2028\u2029]")
SURROGATES: Final = re.compile("[\ud800-\udfff]")
"""Halves of a character pair: bytes that could not be decoded. No encoding takes them."""

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # controls and directions
)
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "|", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PLAIN_FORMS: Final = str.maketrans(
    {
        "…": "...",
        "⏎": "/",
        "⇥": " ",
        "·": " ",
        "\u201c": '"',
        "\u201d": '"',
        "\u2018": "'",
        "\u2019": "'",
        "\u2013": "-",
        "\u2014": "-",
        "\ufffd": "?",
    }
)


def plain(text: str) -> str:
    """Without anything that steers a terminal or turns the direction of writing; line breaks stay."""
    if text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", _SEQUENCE.sub("", text)).replace("\t", " ")
    return SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def one_line(text: str) -> str:
    """As `plain`, on a single line."""
    return " ".join(plain(text).split())


def for_terminal(document: str) -> str:
    """A JSON document whose texts cannot steer a terminal that it is printed on; it still says the same."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def own_cell(text: str) -> str:
    """A cell of ours: plain, and never begun as a formula would be (a file may be called `=x.csv`)."""
    text = plain(text).strip()
    return f"In {text}" if text.startswith(_FORMULA_STARTS) else text


def encodable(text: str, encoding: str) -> str:
    """The text in characters that the encoding has: first simpler forms of ours, then question marks."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN_FORMS).encode(encoding, errors="replace").decode(encoding)
    return text


def cut(text: str, longest: int = LONGEST_CELL) -> str:
    """At most so many characters, and where some are missing it shows."""
    return text if len(text) <= longest else text[: longest - len(_CUT)] + _CUT
