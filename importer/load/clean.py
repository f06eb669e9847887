"""Bytes that show a text to be clean: free of controls and of what stands for lost characters."""

from typing import Final

import numpy as np

_WHITE: Final = (b"\t", b"\n", b"\r")
_DELETE: Final = b"\x7f"
_LAST: Final = "\uffff".encode()[:2]
_LOST: Final = tuple(map(str.encode, "\N{REPLACEMENT CHARACTER}\ufffe\uffff"))
_LEAD: Final = 0xC2
"""In UTF-8, the byte before the second half of the controls, and before half of Latin-1."""


def is_clean_utf8(data: bytes) -> bool:
    """Whether there are no characters in UTF-8 data that belong to no text. The work is done without the lock."""
    codes = np.frombuffer(data, dtype=np.uint8)
    controls = int(np.count_nonzero(codes < ord(" "))) - sum(map(data.count, _WHITE))
    if controls or _DELETE in data:
        return False
    if data.isascii():
        return True
    return not (_LAST in data and any(lost in data for lost in _LOST)) and not _has_late_controls(codes)


def _has_late_controls(codes: "np.ndarray[tuple[int], np.dtype[np.uint8]]") -> bool:
    leads = np.flatnonzero(codes[:-1] == _LEAD)
    return bool((codes[leads + 1] < 0xA0).any())
