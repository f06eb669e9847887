"""Whether somebody has changed a file since we wrote it.

Told by the fraction of a second of its last change: whoever saves it leaves another one there. It needs no memory of
the files that were written, and holds after a restart, on another account, and for files that were moved.
"""

import os
import stat
import time
from pathlib import Path
from typing import Final

_SECOND: Final = 10**9
_MARK: Final = 424_242_400
"""Nanoseconds; a multiple of 100, which is as fine as Windows keeps them."""


def leave_mark(path: Path) -> None:
    """Let a file that was just written be known as such."""
    now = time.time_ns()
    os.utime(path, ns=(now, now - now % _SECOND + _MARK))


def is_edited(path: Path) -> bool:
    """Whether a file is there that is not as we left it.

    Where only whole seconds are kept, nobody can tell, and it counts as ours.
    """
    try:
        about = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(about.st_mode) and about.st_mtime_ns % _SECOND not in (0, _MARK)
