"""The tables of the journal, and how an older journal becomes one of today."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from importer.delivery import MOVES, State

VERSION: Final = 7
TABLES: Final = {"run", "row", "attempt"}

PRAGMAS: Final = {"journal_mode": "delete", "synchronous": 3, "fullfsync": 1, "foreign_keys": 1}
"""EXTRA syncs the folder too, without which a commit can come undone when the power fails. On macOS an ordinary sync
ends in the cache of the disk."""

_FIRST: Final = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, account TEXT NOT NULL, files TEXT NOT NULL,
    started_at REAL NOT NULL, ended_at REAL, status TEXT
);
CREATE TABLE row (
    run_id TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, identity TEXT NOT NULL, kind TEXT NOT NULL,
    file TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL, course INTEGER NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, remote_id INTEGER, reason TEXT, PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX one_row_a_record ON row (run_id, kind, remote_id) WHERE remote_id IS NOT NULL;
CREATE TABLE attempt (
    run_id TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, row INTEGER, is_write INTEGER NOT NULL,
    body_sha256 TEXT, sent_at REAL NOT NULL, answered_at REAL, result TEXT, PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE INDEX recent ON attempt (sent_at);
"""

_SECOND: Final = f"""
ALTER TABLE run ADD COLUMN root TEXT;
UPDATE run SET root = id;
ALTER TABLE row ADD COLUMN target TEXT;
UPDATE row SET target = (SELECT address || char(10) || account FROM run WHERE run.id = row.run_id);
ALTER TABLE row ADD COLUMN taken_up_by TEXT REFERENCES run (id);
ALTER TABLE row ADD COLUMN origin_run TEXT REFERENCES run (id);
ALTER TABLE row ADD COLUMN origin_number INTEGER;
ALTER TABLE attempt ADD COLUMN numbers TEXT;
ALTER TABLE attempt ADD COLUMN sent_clock REAL;
ALTER TABLE attempt ADD COLUMN answered_clock REAL;
ALTER TABLE attempt ADD COLUMN boot TEXT;
CREATE TABLE listing (
    run_id TEXT NOT NULL REFERENCES run (id), kind TEXT NOT NULL, course INTEGER NOT NULL, ids TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, course)
) WITHOUT ROWID;
DROP INDEX one_row_a_record;
CREATE UNIQUE INDEX one_row_a_record ON row (target, kind, remote_id) WHERE remote_id IS NOT NULL;
DROP INDEX IF EXISTS unsettled;
CREATE INDEX unsettled ON row (target) WHERE state IN ('{State.INFLIGHT}', '{State.UNKNOWN}');
CREATE INDEX made ON row (target, kind, course) WHERE remote_id IS NOT NULL;
"""

_THIRD: Final = """
ALTER TABLE run ADD COLUMN is_plan INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN is_used INTEGER NOT NULL DEFAULT 1;
DROP INDEX recent;
CREATE TABLE throttle (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL REFERENCES run (id), at REAL NOT NULL, clock REAL NOT NULL,
    boot TEXT, seconds REAL NOT NULL
);
"""

_FOURTH: Final = """
ALTER TABLE run ADD COLUMN command TEXT;
ALTER TABLE run ADD COLUMN about TEXT;
ALTER TABLE run ADD COLUMN ending TEXT;
CREATE TABLE part (
    number INTEGER PRIMARY KEY, run_id TEXT NOT NULL REFERENCES run (id), file TEXT NOT NULL, sheet TEXT,
    kind TEXT NOT NULL, columns TEXT NOT NULL
);
CREATE INDEX parts ON part (run_id);
CREATE TABLE answer (
    part INTEGER NOT NULL REFERENCES part (number), row INTEGER NOT NULL, title TEXT NOT NULL, outcome TEXT NOT NULL,
    remote_id INTEGER, problems TEXT, PRIMARY KEY (part, row)
) WITHOUT ROWID;
"""
"""What runs answered: a part is what one sheet holds of one kind, and an answer has as its row that of the sheet."""

_FIFTH: Final = """
ALTER TABLE row ADD COLUMN verb TEXT NOT NULL DEFAULT 'create';
ALTER TABLE row ADD COLUMN subject INTEGER;
ALTER TABLE row ADD COLUMN payload TEXT;
ALTER TABLE row ADD COLUMN before TEXT;
ALTER TABLE row ADD COLUMN stamp TEXT;
"""
"""What is done to a record: of an update or a delete the record's id, what was to be changed and what it was before, as
JSON; of all, when the service says it was done. Only a create has a `remote_id`: that of the record which it made, or,
where it is `exists`, of the one that somebody else made meanwhile."""

_SIXTH: Final = """
CREATE TABLE lost (
    number INTEGER PRIMARY KEY, written_at REAL NOT NULL, age REAL, at REAL, clock REAL, boot TEXT
);
"""
"""Journals that were damaged: when the last entry was made that nobody can read any more, by the wall clock. From the
first command on that began without it, how many seconds before it that was, and when it began."""

_SEVENTH: Final = ""
"""What was refused when it was sent again may be found after all: only the guard of the moves is another."""

_LEGAL: Final = " OR ".join(f"(OLD.state = '{before}' AND NEW.state = '{after}')" for before, after in sorted(MOVES))

_GUARD: Final = f"""
DROP TRIGGER IF EXISTS legal_moves;
CREATE TRIGGER legal_moves BEFORE UPDATE OF state ON row WHEN NOT ({_LEGAL})
BEGIN SELECT RAISE(ABORT, 'a row cannot move like this'); END;
PRAGMA user_version = {VERSION};
"""

_STEPS: Final = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH)
"""What makes a journal of version n out of one of version n - 1."""


def migrate(connection: sqlite3.Connection, lost_at: float | None = None) -> None:
    """Bring a journal to today's version, in one transaction; a new file counts as version 0.

    `lost_at` is when one was last written that a new one stands for.
    """
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:
        for script in (*_STEPS[version:], _GUARD):
            for statement in _statements(script):
                connection.execute(statement)
    if version == 0 and lost_at is not None:
        connection.execute("INSERT INTO lost (written_at) VALUES (?)", (lost_at,))
    connection.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
