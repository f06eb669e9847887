"""How a release calendar looks: its sizes and colours, and the parts that it is put together from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from importer.entities import IMMEDIATE, SEQUENTIAL, TIMED, Choice
from importer.outline.svg import element, hatching, text

WIDTH: Final = 1120
MARGIN: Final = 28
BARS: Final = 404
"""Where the days begin, right of the titles."""

INK: Final = "#1f2933"
MUTED: Final = "#52606d"
PAPER: Final = "#ffffff"
LINE: Final = "#dde3ea"
MILESTONE: Final = "#9aa5b1"
BAND: Final = "#f0f3f7"
ALARM: Final = "#b33c00"
COLOURS: Final[dict[Choice | None, str]] = {
    IMMEDIATE: "#00875f",
    TIMED: "#0b65b0",
    SEQUENTIAL: "#b76e00",
    None: "#7b8794",
}
"""Of each rule; none is told by its colour alone."""
SOFT: Final = "0.2"
"""How strong the colour of a bar is below words."""

HATCHES: Final = {choice: f"in-turn-{number}" for number, choice in enumerate(COLOURS)}
SHARE: Final = "share"
"""The hatching of what comes in turn in a bar of shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a drawing, which begins at 0: how high it is, and its elements."""

    height: float
    content: tuple[str, ...]


def stacked(blocks: Iterable[Block]) -> Iterator[str]:
    """Blocks one below the other."""
    down = 0.0
    for block in blocks:
        yield element("g", *block.content, transform=f"translate(0 {down:g})") if down else "".join(block.content)
        down += block.height


def patterns() -> str:
    """The hatchings, which other elements name."""
    of_rules = (hatching(HATCHES[choice], colour) for choice, colour in COLOURS.items())
    return element("defs", *of_rules, hatching(SHARE, INK))


def alarm(x: float, y: float) -> str:
    """A mark that says: look here."""
    mark = element("path", d=f"M{x:.1f} {y - 8:g}l8 14h-16z", fill=ALARM)
    return mark + text(x, y + 4.5, "!", font_size=10, font_weight="bold", fill=PAPER, text_anchor="middle")
