"""What tells two records apart: titles folded for comparison."""

import unicodedata

__all__ = ["folded"]


def folded(title: str) -> str:
    """The title as it is compared: Unicode NFC, each run of white space one blank, trimmed, case kept."""
    text = title if title.isascii() else unicodedata.normalize("NFC", title)
    return " ".join(text.split())
