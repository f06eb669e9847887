"""What tells one start of the machine from another: the monotonic clock counts from it."""

from pathlib import Path
from typing import Final

_LINUX: Final = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str | None:
    """The name of this start of the machine; None where the system does not tell."""
    try:
        return _LINUX.read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeError):
        return None
