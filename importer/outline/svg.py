"""SVG, as far as a calendar needs it: elements as text, and how much room a line of text takes."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

FONT: Final = "'Segoe UI', 'Helvetica Neue', Arial, 'Noto Sans', 'DejaVu Sans', sans-serif"

_NEVER: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and what turns the direction of a whole line."""

_NARROW: Final = frozenset("iIjl.,:;'|!()[]{}ftr -\u2010\u2011\u2013")
_BROAD: Final = frozenset("mwMW@%\u2014\u2026")


def clean(text: str) -> str:
    """The text on one line, without what no drawing can hold."""
    return " ".join(_NEVER.sub("", text).split())


def element(name: str, *content: str, **attributes: object) -> str:
    """An element; `_` in the name of an attribute stands for `-`. The content is SVG, not text."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(content)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def _plain(value: object) -> str:
    return f"{round(value, 2):g}" if isinstance(value, float) else str(value)


def text(x: float, y: float, content: str, **attributes: object) -> str:
    """A line of text whose base line begins at a point."""
    return element("text", escape(clean(content), quote=False), x=x, y=y, **attributes)


def titled(title: str, *content: str) -> str:
    """A group that says something of itself where the pointer rests."""
    return element("g", element("title", escape(clean(title), quote=False)), *content)


def width_of(content: str, size: float, *, bold: bool = False) -> float:
    """About how wide a line is, rather too wide than too narrow: fonts differ from machine to machine."""
    return sum(map(_em, content)) * size * (1.1 if bold else 1.0)


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.38
    if character in _BROAD:
        return 0.98
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.02
    return 0.72 if character.isupper() else 0.62


def wrapped(content: str, size: float, room: float, *, lines: int, bold: bool = False) -> list[str]:
    """The text on at most so many lines, each no wider than the room; what does not fit is cut, and shows it."""
    found: list[str] = []
    rest = clean(content)
    while rest and len(found) < lines:
        is_last = len(found) == lines - 1
        fitting = _fitting(rest, size, room, bold=bold)
        if fitting == len(rest):
            return [*found, rest]
        if is_last:
            cut = _fitting(rest, size, room - width_of("…", size, bold=bold), bold=bold)
            return [*found, rest[:cut].rstrip() + "…"]
        end = rest.rfind(" ", 0, fitting + 1)
        # A break far from the end of the line is worse than one within a word.
        end = end if end > fitting / 2 else max(fitting, 1)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return found or [""]


def _fitting(content: str, size: float, room: float, *, bold: bool) -> int:
    """How many characters fit."""
    width = 0.0
    for at, character in enumerate(content):
        width += width_of(character, size, bold=bold)
        if width > room:
            return at
    return len(content)


def hatching(name: str, colour: str) -> str:
    """A pattern of slanted lines, to be told from plain colour on paper too."""
    ground = element("rect", width=7, height=7, fill=colour, fill_opacity="0.16")
    line = element("path", d="M-2 9L9 -2M-2 2L2 -2M5 9L9 5", stroke=colour, stroke_width=1.6)
    return element("pattern", ground, line, id=name, width=7, height=7, patternUnits="userSpaceOnUse")


def picture(width: float, height: float, content: Iterable[str], *, label: str, told: Sequence[str] = ()) -> str:
    """A whole drawing: on its own a file, and in a page a figure."""
    name = element("title", escape(clean(label), quote=False))
    story = element("desc", "\n".join(escape(clean(line), quote=False) for line in told)) if told else ""
    return element(
        "svg",
        name,
        story,
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_plain(float(width))} {_plain(float(height))}",
        width=width,
        height=height,
        role="img",
        font_family=FONT,
    )
