"""Texts that mean something else than themselves, whatever column they stand in."""

from collections.abc import Iterable
from typing import Final

from importer.derive.error_words import ERRORS_BEGIN, is_error_word
from importer.derive.lookalikes import may_be_nothing, shows_nothing
from importer.entities import CLEAR, FILL_IN, IS_SECTION

_LONGEST_WORD: Final = 100
"""Characters of a cell, blanks and all, that may be a word of ours."""
_WORDS: Final = (CLEAR, FILL_IN, IS_SECTION)
_WORDS_BEGIN: Final = CLEAR[0]


def word_of(cell: str) -> str | None:
    """The word of ours that a text is; None where it is none, or more."""
    if len(cell) >= _LONGEST_WORD or _WORDS_BEGIN not in cell:
        return None
    return next((word for word in _WORDS if cell.strip().casefold() == word), None)


def is_word(cell: str) -> bool:
    """Whether a text is a word of ours, which means something else than itself in any column."""
    return word_of(cell) is not None


def are_plain(cells: Iterable[str | None]) -> bool:
    """Whether none of the texts is such a word, that of an error, or nothing that can be seen."""
    short = [cell for cell in cells if cell and len(cell) < _LONGEST_WORD]
    # Hardly any text has what these begin with, which all together show at once.
    together = "".join(short)
    if _WORDS_BEGIN in together and any(map(is_word, short)):
        return False
    if any(begin in together for begin in ERRORS_BEGIN) and any(map(is_error_word, short)):
        return False
    if together.isascii():
        return True
    unseen = {first for first in {cell[0] for cell in short} if may_be_nothing(first)}
    return not unseen or not any(cell[0] in unseen and shows_nothing(cell) for cell in short)
