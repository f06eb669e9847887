"""What tells two records apart: titles folded for comparison."""

import html
import unicodedata
from collections.abc import Sequence
from typing import Final

from importer.derive.lookalikes import without_unseen

__all__ = ["above_in_words", "are_alike", "each_folded", "folded", "identity_of", "in_course", "title_of"]

_TELLING: Final = 20
"""Characters of the beginning of a title that tell it from others."""

_PARTS: Final = "\x1f"
_INNER: Final = "\x1e"
"""Between the parts of a course's identity, where that stands for its id. White space, so no folded title has it."""


def folded(title: str) -> str:
    """The title as it is compared: as it looks (Unicode NFC, nothing that takes no room), case kept.

    Each run of white space is one blank, and there is none at the ends.
    """
    text = title if title.isascii() else unicodedata.normalize("NFC", without_unseen(title))
    if "  " not in text and text.isprintable():  # then no other white space is in it either, as in nearly all
        return text.strip()
    return " ".join(text.split())


def are_alike(one: str, other: str) -> bool:
    """Whether a service that makes something else of titles may have made one of the other: by writing characters in
    another way, by leaving white space out, or by cutting it short.
    """
    short, long = sorted((_loosely(one), _loosely(other)), key=len)
    return short == long or (len(short) >= _TELLING and long.startswith(short))


def _loosely(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", html.unescape(folded(title))).casefold().split())


def each_folded(titles: Sequence[object]) -> list[str | None]:
    """Titles as they are compared, None for what is no text."""
    found = {title: folded(title) if isinstance(title, str) else None for title in dict.fromkeys(titles)}
    return list(map(found.__getitem__, titles))


def identity_of(kind: str, course: str, section: str, title: str) -> str:
    """What makes a row itself in every run, its number among several apart: its natural key in words."""
    return _PARTS.join([kind, course, section, title])


def title_of(identity: str) -> str:
    """The folded title in an identity."""
    return identity.split(_PARTS)[3]


def above_in_words(identity: str) -> str:
    """How the identities of rows below name a course that has no id yet: by its own identity."""
    return identity.replace(_PARTS, _INNER)


def in_course(identity: str, course: int) -> str:
    """The identity of a row whose course has that id by now: the one that it has in every later run."""
    kind, _, below = identity.partition(_PARTS)
    named, _, rest = below.partition(_PARTS)
    return _PARTS.join([kind, str(course), rest]) if _INNER in named else identity
