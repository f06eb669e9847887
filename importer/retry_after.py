"""How long a `Retry-After` header asks to wait (RFC 9110, 10.2.3): a number of seconds, or a date."""

import re
from email.utils import parsedate_to_datetime
from typing import Final

DEFAULT_WAIT: Final = 60.0
"""Seconds to wait where an answer asks for it and does not say how long."""

_LONGEST: Final = "9" * 9
_ONE: Final = re.compile(r"\s*[A-Za-z]+,[^,]*|[^,]+")
"""One of several values that are joined by commas: a date has a comma after its weekday."""


def retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds to wait; None where that cannot be read.

    A date is measured by that of the answer, never by the clock of this machine. Several headers come joined by
    commas: the largest counts, and what cannot be read beside others counts as a minute.
    """
    waits = [_one_wait(part.strip(), date) for part in _ONE.findall(value or "")]
    known = [wait for wait in waits if wait is not None]
    if not known:
        return None
    return max(known) if len(known) == len(waits) else max(DEFAULT_WAIT, *known)


def _one_wait(value: str, date: str | None) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value if len(value) <= len(_LONGEST) else _LONGEST)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(date or "")
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
