"""A file beside the journal that is given up when the disk is full, so that the last outcomes still fit."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

SIZE: Final = 1024 * 1024
"""Bytes."""
_ROOM: Final = 8 * SIZE
"""Bytes that have to be free for it: where less is, the journal needs them more."""


def lay(journal: Path) -> None:
    """Lay the ballast of a journal if it is not there and there is room. Never raises for what the disk does."""
    path = _beside(journal)
    with contextlib.suppress(OSError):
        if (path.is_file() and path.stat().st_size == SIZE) or shutil.disk_usage(path.parent).free < _ROOM:
            return
        path.unlink(missing_ok=True)
        _fill(path)


def give_up(journal: Path) -> None:
    """Let the journal have the room. Never raises for what the disk does."""
    with contextlib.suppress(OSError):
        _beside(journal).unlink(missing_ok=True)


def _fill(path: Path) -> None:
    """Random bytes, as a file system may store zeros without giving them any room."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _beside(journal: Path) -> Path:
    return journal.with_name(journal.name + ".ballast")
