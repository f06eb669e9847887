"""Words as they are typed at the prompt of this system."""

import os
import re
import shlex
from typing import Final

_PLAIN: Final = re.compile(r"[\w.,:/\\=-]+")


def typed(word: str) -> str:
    """A word as it is typed at the prompt, where nothing in it is to mean anything else."""
    if os.name != "nt":
        return shlex.quote(word)
    return word if _PLAIN.fullmatch(word) else f'"{word}"'
