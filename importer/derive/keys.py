"""What tells two records apart: titles folded for comparison."""

import unicodedata

from importer.derive.lookalikes import without_unseen

__all__ = ["folded"]


def folded(title: str) -> str:
    """The title as it is compared: as it looks (Unicode NFC, nothing that takes no room), case kept.

    Each run of white space is one blank, and there is none at the ends.
    """
    text = title if title.isascii() else unicodedata.normalize("NFC", without_unseen(title))
    return " ".join(text.split())
