"""One transaction of the journal: all of it or nothing, and what goes wrong in it as an error of ours."""

import sqlite3
from pathlib import Path
from typing import Final

from importer.errors import JournalError
from importer.journal.opening import in_words

FAULTS: Final = (sqlite3.Error, OverflowError, UnicodeError)
"""What sqlite3 raises: for the file, for a number of more than 64 bits, for a text that is none."""


class Transaction:
    """Committed at the end of the block, or undone. Raises `JournalError` for what the database refuses."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise JournalError(str(self._path), in_words(error)) from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            # Where the disk is full, SQLite has undone it already.
            if kind is None or self._connection.in_transaction:
                self._connection.execute("ROLLBACK" if kind else "COMMIT")
        except sqlite3.Error as fault:
            raise JournalError(str(self._path), in_words(fault)) from None
        if isinstance(error, FAULTS):
            raise JournalError(str(self._path), in_words(error)) from None
