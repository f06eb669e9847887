"""Characters that cannot be seen, and letters of other alphabets that cannot be told from Latin ones by eye."""

import unicodedata
from typing import Final

_LATIN: Final = str.maketrans(
    {
        **dict(zip("АВЕКМНОРСТУХЅІЈԌԚԜ", "ABEKMHOPCTYXSIJGQW", strict=True)),
        **dict(zip("аекморстухѕіјԁԛԝһ", "aekmopctyxsijdqwh", strict=True)),
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),
        **dict(zip("αεικνορτυχ", "aeikvoptux", strict=True)),
        **dict(zip("İı", "Ii", strict=True)),
    }
)
"""Cyrillic, Greek and Turkish letters with the Latin ones that they look like, as far as English words have them."""


def is_unseen(character: str) -> bool:
    """Whether a character takes no room of its own: zero-width, direction, joiner, byte order mark."""
    return unicodedata.category(character) in ("Cf", "Cc") and not character.isspace()


_SHOWN_AS_NOTHING: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Fillers, joiners and variation selectors, and the empty Braille pattern: letters or marks that show nothing."""


def may_be_nothing(character: str) -> bool:
    """Whether a character shows nothing by itself."""
    return character.isspace() or character in _SHOWN_AS_NOTHING or is_unseen(character)


def shows_nothing(text: str) -> bool:
    """Whether there is nothing in a text that can be seen, though it is not blank."""
    return not text.isascii() and not text.isspace() and all(map(may_be_nothing, text))


def without_unseen(text: str) -> str:
    """The text without characters that nobody sees."""
    return text if text.isprintable() else "".join(c for c in text if not is_unseen(c))


def folded_word(cell: object) -> str:
    """A cell as words are compared: without case, white space round it, and what nobody sees."""
    text = without_unseen(unicodedata.normalize("NFKC", str(cell)))
    return " ".join(text.split()).casefold()


def latin(text: str) -> str:
    """The text with Latin letters for those that only look like them."""
    return text if text.isascii() else text.translate(_LATIN)


def only_alike(one: str, other: str) -> tuple[str, ...]:
    """The letters of one of two texts that only look like Latin ones; none where both have such letters."""
    here, there = lookalikes(one), lookalikes(other)
    return () if here and there else here or there


def lookalikes(text: str) -> tuple[str, ...]:
    """The letters of a text that only look like Latin ones, each once."""
    return tuple(dict.fromkeys(c for c in text if ord(c) in _LATIN))
