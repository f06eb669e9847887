"""Two texts shortened to where they differ, so that a message can show both."""

from itertools import zip_longest
from typing import Final

_BEFORE: Final = 15
"""Characters that are shown before the first that differs."""
_LONGEST: Final = 45
"""Of what is shown; a little less than a message shows of any value."""


def excerpts(one: str, other: str) -> tuple[str, str]:
    """Both from shortly before where they begin to differ; whole where they are short."""
    if max(len(one), len(other)) <= _LONGEST:
        return one, other
    pairs = enumerate(zip_longest(one, other))
    at = next((at for at, (mine, theirs) in pairs if mine != theirs), 0)
    start = max(0, at - _BEFORE)
    return _from(one, start), _from(other, start)


def _from(text: str, start: int) -> str:
    end = start + _LONGEST
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
