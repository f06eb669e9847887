"""What tells one start of the machine from another, and the clock that counts from it and that nobody can set."""

import time
from pathlib import Path
from typing import Final

_LINUX: Final = Path("/proc/sys/kernel/random/boot_id")
_COUNTS_SLEEP: Final = getattr(time, "CLOCK_BOOTTIME", None)
"""It goes on while the machine sleeps, as the service's limits do; the monotonic one of Linux stands still."""


def since_boot() -> float:
    """Seconds since the machine started, those that it slept among them, where the system tells."""
    return time.monotonic() if _COUNTS_SLEEP is None else time.clock_gettime(_COUNTS_SLEEP)


def boot_id() -> str | None:
    """The name of this start of the machine; None where the system does not tell."""
    try:
        return _LINUX.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeError):
        return None
