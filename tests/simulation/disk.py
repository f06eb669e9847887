"""The disk under the journal of a simulated world: it may fill up, and a commit may fail."""

import sqlite3
from collections.abc import Callable
from typing import Any


class ShakyDisk:
    """Stands in for the journal's connection to SQLite, and does what that does as long as the disk is well.

    A failed sync is as bad as it can be: nobody knows whether the commit is there, and asking for it again gives
    an OK that means nothing.
    """

    def __init__(self, connection: sqlite3.Connection, failed: Callable[[], None]) -> None:
        self._connection = connection
        self._failed = failed
        self._commits_left: int | None = None
        self._is_stored = False
        self._is_gone = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def fill_up(self) -> None:
        """From now on the file cannot grow."""
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages}")

    def fail_after(self, commits: int, *, stored: bool) -> None:
        """Let the sync of a commit fail, after so many that succeed; `stored` is whether it is there all the same."""
        self._commits_left, self._is_stored = commits, stored

    def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
        """What SQLite makes of a statement."""
        if sql != "COMMIT":
            return self._run(sql, *given)
        if self._is_gone and not self._connection.in_transaction:
            return self._connection.execute("SELECT 1")
        if self._commits_left == 0:
            self._commits_left, self._is_gone = None, True
            self._connection.execute("COMMIT" if self._is_stored else "ROLLBACK")
            self._failed()
            raise sqlite3.OperationalError("disk I/O error")
        if self._commits_left is not None:
            self._commits_left -= 1
        return self._run(sql)

    def _run(self, sql: str, *given: Any) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, *given)
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                self._failed()
            raise

    def executemany(self, sql: str, given: Any) -> sqlite3.Cursor:
        """What SQLite makes of a statement for many rows."""
        try:
            return self._connection.executemany(sql, given)
        except sqlite3.OperationalError as error:
            if "full" in str(error):
                self._failed()
            raise
