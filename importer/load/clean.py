"""Bytes that show a text to be clean: free of controls and of what stands for lost characters."""

from typing import Final

import numpy as np

_FIRST_WHITE: Final = ord("\t")
_FROM_SHIFT_OUT: Final = 14
_CONTROLS_FROM_IT: Final = 18
"""Behind tab, line feed and carriage return, with two controls among them, all are controls up to the blank."""
_SINGLE: Final = (b"\x0b", b"\x0c", b"\x7f")
_LAST: Final = "\uffff".encode()[:2]
_LOST: Final = tuple(map(str.encode, "\N{REPLACEMENT CHARACTER}\ufffe\uffff"))
_LEAD: Final = b"\xc2"
"""In UTF-8, the byte before the second half of the controls, and before half of Latin-1."""
_FIRST_AFTER: Final = 0xA0

_Codes = np.ndarray[tuple[int], np.dtype[np.uint8]]


def is_clean_utf8(data: bytes) -> bool:
    """Whether there are no characters in UTF-8 data that belong to no text."""
    codes: _Codes = np.frombuffer(data, dtype=np.uint8)
    # A difference below zero comes round to a large number, so one comparison finds a whole range.
    if data and (codes.min() < _FIRST_WHITE or (codes - _FROM_SHIFT_OUT < _CONTROLS_FROM_IT).any()):
        return False
    # Here and below, one byte is found many times as fast as two of them.
    if any(one in data for one in _SINGLE):
        return False
    if _LAST[:1] in data and _LAST in data and any(lost in data for lost in _LOST):
        return False
    return _LEAD not in data or not _has_late_controls(codes)


def _has_late_controls(codes: _Codes) -> bool:
    leads = np.flatnonzero(codes[:-1] == _LEAD[0])
    return bool((codes[leads + 1] < _FIRST_AFTER).any())
