"""Words as they are typed at the prompt of a system."""

import os
import re
import shlex
from typing import Final

_PLAIN: Final = re.compile(r"[\w.,:/\\=-]+")


def typed(word: str, *, on_windows: bool = os.name == "nt") -> str:
    """A word as it is typed at the prompt, where nothing in it is to mean anything else."""
    if not on_windows:
        return shlex.quote(word)
    return word if _PLAIN.fullmatch(word) else f'"{word}"'
