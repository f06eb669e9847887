"""The longest text that a cell of a workbook holds, and how a longer one is cut so that nobody takes it for whole."""

from typing import Final

LONGEST_CELL: Final = 32_767
"""Characters, of which some count twice."""
CUT_SHORT: Final = f"… (cut: a cell of a workbook holds no more than {LONGEST_CELL:,} characters)"
"""Ends a text of the user's that was cut. It is looked for when a report is imported, so no language changes it."""
NEARLY: Final = LONGEST_CELL // 2 - 2_000
"""Characters from which a text is looked at for that end: all may count twice, and a few be taken away since."""


def fits(text: str) -> bool:
    """Whether a cell can hold a text."""
    return len(text) <= LONGEST_CELL // 2 or len(text.encode("utf-16-le", "surrogatepass")) // 2 <= LONGEST_CELL


def cut_short(text: str) -> str:
    """As much of a text as a cell can hold, and that it is cut."""
    if fits(text):
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * (LONGEST_CELL - len(CUT_SHORT))]
    return units.decode("utf-16-le", "ignore") + CUT_SHORT
