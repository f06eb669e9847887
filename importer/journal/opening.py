"""The file of the journal: opened with care, examined, and put out of the way where it is damaged."""

import glob
import os
import sqlite3
import stat
from datetime import datetime
from pathlib import Path
from typing import Final

from importer.errors import JournalError
from importer.journal.contents import are_sound
from importer.journal.schema import PRAGMAS, TABLES, VERSION, migrate

_ASIDE: Final = ".damaged-"


class _DamagedError(Exception):
    """The file is no sound database."""


def opened(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """A connection to the journal at `path`, which is made if need be, and where a damaged one was put.

    Raises `JournalError` where it cannot be used, or where the file is something else.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_for_all(path)
        _touch(path)
        try:
            return _connect(path), None
        except _DamagedError:
            aside = _free_name(path)
            path.rename(aside)
            _touch(path)
            return _connect(path), aside
    except (OSError, sqlite3.Error, _DamagedError) as error:
        raise JournalError(str(path), in_words(error)) from None


def reopened(path: Path) -> sqlite3.Connection:
    """Another connection to a journal that is there. Raises `JournalError`, and puts nothing aside."""
    try:
        path.stat()
        return _connect(path)
    except (OSError, sqlite3.Error, _DamagedError) as error:
        raise JournalError(str(path), in_words(error)) from None


def _refuse_for_all(path: Path) -> None:
    """Who may write in a folder may put another journal there, and rows would be made twice."""
    mode = path.parent.stat().st_mode
    if os.name != "nt" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise JournalError(str(path), "everybody may write in its folder; take that right away (chmod o-w)")


def _touch(path: Path) -> None:
    if path.is_symlink():
        # It could lead to any file, and a damaged journal behind it would not go aside with it.
        raise JournalError(str(path), "it is a link; name the file that it leads to")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to a sound journal of today's version. Raises `_DamagedError`, `sqlite3.Error`, `JournalError`."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        _examine(connection, path)
        for name, wanted in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {wanted}")
            (found,) = connection.execute(f"PRAGMA {name}").fetchone()
            if found != wanted:
                raise JournalError(str(path), f"the setting {name} could not be made {wanted}")
        migrate(connection, _lost_at(path))
        if not are_sound(connection):
            raise _DamagedError
    except BaseException as error:
        connection.close()
        if _is_damage(error):
            raise _DamagedError from None
        raise
    return connection


def _examine(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _DamagedError
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version > VERSION:
        raise JournalError(str(path), "a newer version of the importer made it")
    if (version == 0 and tables) or (version > 0 and not tables >= TABLES):
        raise JournalError(str(path), "it is not a journal")


def _is_damage(error: BaseException) -> bool:
    # What is said of the damage may itself be no text.
    words = str(error) if isinstance(error, sqlite3.DatabaseError) else ""
    return isinstance(error, UnicodeError) or "malformed" in words or "Could not decode" in words


def _lost_at(path: Path) -> float | None:
    """When the last of the damaged journals was written that were put aside here; None without any."""
    return max(
        (aside.stat().st_mtime for aside in path.parent.glob(f"{glob.escape(path.name)}{_ASIDE}*")), default=None
    )


def _free_name(path: Path) -> Path:
    stem = f"{path.name}{_ASIDE}{datetime.now():%Y%m%d-%H%M%S}"
    numbers = (f"-{number}" for number in range(2, 1000))
    return next(aside for end in ("", *numbers) if not (aside := path.with_name(stem + end)).exists())


def in_words(error: Exception) -> str:
    """What went wrong, for a message."""
    if isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error):
        # Perhaps a file of the user's own, so it stays where it is.
        return "it is not a journal, or it is damaged"
    if isinstance(error, _DamagedError):
        return "it is damaged"
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return "another run is using it"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (reason or "it could not be opened").lower()
