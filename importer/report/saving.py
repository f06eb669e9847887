"""Put a file in its place whole or not at all, and take away one that would mislead."""

import contextlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Final

from importer.report.edited import leave_mark

Fill = Callable[[BinaryIO], None]
"""Writes the content of a file."""
Sleep = Callable[[float], None]

_PREFIX: Final = ".importer-"
_SUFFIX: Final = ".tmp"
_DAY: Final = 24 * 3600.0
_BUFFER: Final = 2**20
_TRIES: Final = 11
_PAUSE: Final = 0.2
"""Seconds between tries: two in all, which a virus scanner or a preview needs, but not an open Excel."""


def save(target: Path, fill: Fill, *, instead: Iterable[Path], sleep: Sleep) -> Path:
    """Write a file beside its target, sync it, move it there, and say where it is.

    Where the target cannot be replaced (Excel has it open on Windows; a folder has that name), it goes to the
    first of `instead` that is not there yet. A link at the target is replaced, not followed. Nobody but its owner
    may read the file, and `is_edited` tells later whether anybody has changed it.

    Raises:
        OSError: it could not be written at all. Nothing is left behind.
    """
    _clear_leftovers(target.parent)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_PREFIX, suffix=_SUFFIX)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb", buffering=_BUFFER) as sink:
            fill(sink)
            sink.flush()
            os.fsync(sink.fileno())
        leave_mark(temporary)
        placed = _put(temporary, target, instead, sleep)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return placed


def _clear_leftovers(folder: Path) -> None:
    """Take away what a killed process left behind; so old that no process writes it any more."""
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            about = path.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_mtime < time.time() - _DAY:
                path.unlink()


def _put(temporary: Path, target: Path, instead: Iterable[Path], sleep: Sleep) -> Path:
    for _ in range(_TRIES):
        try:
            os.replace(temporary, target)
        except IsADirectoryError as error:
            refusal: OSError = error
            break
        except PermissionError as error:
            refusal = error
            sleep(_PAUSE)
        else:
            return target
    for path in instead:
        if not os.path.lexists(path):
            os.replace(temporary, path)
            return path
    raise refusal


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such call."""
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
