"""What the sandbox holds: one SQLite table per entity, its columns derived from the declared fields."""

import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from importer.entities import ACTIVE, CLEAR_IMAGE, ID, IMAGE_FILE, NEW_IMAGE, SERVED, TITLE, UPDATED_ON, Entity, Kind
from importer.sandbox.records import (
    BY_KIND,
    CREATED_ON,
    STAMPS,
    UNIQUE_ID,
    UPDATED_BY,
    Record,
    accepted,
    complete,
    image_file,
    image_kept,
    now,
    told_of,
    values,
)

BORN: Final = "born"
"""When the record came to be, by the sandbox's clock; null for records of an earlier start."""

_NUMBERS: Final = (Kind.WHOLE, Kind.CHOICE, Kind.YES_NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records a list wants: equal in `equal`, `title` somewhere in the title, born up to `until`."""

    equal: Mapping[str, int] = field(default_factory=dict)
    title: str | None = None
    order: str = ID
    descending: bool = False
    page: int = 1
    size: int = -1
    """Records on a page; -1 for all of them on one."""
    until: float | None = None


ALL: Final = Query()


class Store:
    """Courses, sections and lessons. Every method is one short transaction, from any thread.

    `path` is a file, or ":memory:"; raises `sqlite3.Error` where the file is not a usable database.
    """

    def __init__(self, path: str | Path = ":memory:", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # What is left open is closed with the store, whoever forgot it.
        self._close = weakref.finalize(self, self._connection.close)
        try:
            self._connection.create_function("holds", 2, _holds, deterministic=True)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            for entity in SERVED:
                self._prepare(entity)
        except sqlite3.Error:
            self._close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._close()

    def create(self, entity: Entity, body: Mapping[str, object], *, by: str = "", id: int | None = None) -> int:
        """Add a record without checking it; gives its id."""
        row = _row(entity, body, by) | {UNIQUE_ID: str(uuid4()), CREATED_ON: now(), BORN: self._clock()}
        if id is not None:
            row[ID] = id
        sql = f"INSERT INTO {entity.path} ({_names(row)}) VALUES ({_marks(row)})"
        with self._lock:
            made = self._connection.execute(sql, tuple(row.values())).lastrowid
        assert made is not None
        return made

    def update(self, entity: Entity, id: int, body: Mapping[str, object], *, by: str = "") -> bool:
        """Replace a record's fields; false where it is not there. Its picture stays unless the body says otherwise."""
        row = _row(entity, body, by)
        if not body.get(NEW_IMAGE.name) and not body.get(CLEAR_IMAGE.name):
            row.pop(IMAGE_FILE, None)
        sets = ", ".join(f'"{name}" = ?' for name in row)
        with self._lock:
            done = self._connection.execute(f'UPDATE {entity.path} SET {sets} WHERE "{ID}" = ?', (*row.values(), id))
        return done.rowcount > 0

    def delete(self, entity: Entity, id: int) -> bool:
        """Take a record away; false where it is not there."""
        with self._lock:
            return self._connection.execute(f'DELETE FROM {entity.path} WHERE "{ID}" = ?', (id,)).rowcount > 0

    def get(self, entity: Entity, id: int) -> Record | None:
        """The record with that id, as the service shows it."""
        found = self.get_many(entity, (id,))
        return found[0] if found else None

    def get_many(self, entity: Entity, ids: Sequence[int]) -> list[Record]:
        """The records with those ids that are there, by id."""
        sql = f'{_select(entity)} WHERE r."{ID}" IN ({_marks(ids)}) ORDER BY r."{ID}"'
        return self._records(entity, sql, ids)

    def find(self, entity: Entity, query: Query = ALL) -> tuple[list[Record], int]:
        """One page of the records that a query wants, and how many there are on all pages."""
        where, given = _where(query)
        order = f'r."{query.order}" {"DESC" if query.descending else "ASC"}, r."{ID}"'
        skip = (query.page - 1) * max(query.size, 0)
        sql = f"{_select(entity)}{where} ORDER BY {order} LIMIT ? OFFSET ?"
        with self._lock:
            total = self._connection.execute(f"SELECT count(*) FROM {entity.path} r{where}", given).fetchone()[0]
            return self._records(entity, sql, (*given, query.size, skip)), total

    def count(self, entity: Entity) -> int:
        """How many records of the entity there are."""
        with self._lock:
            total: int = self._connection.execute(f"SELECT count(*) FROM {entity.path}").fetchone()[0]
        return total

    @property
    def changes(self) -> int:
        """How often a record was added, changed or taken away since the store was opened."""
        return self._connection.total_changes

    def has_children(self, entity: Entity, id: int) -> bool:
        """Whether any record stands below this one."""
        below = [
            (child, parent) for child in SERVED for parent in child.parents if BY_KIND[parent.kind].path == entity.path
        ]
        return any(self.find(child, Query(equal={parent.id: id}, size=1))[1] for child, parent in below)

    def _records(self, entity: Entity, sql: str, given: Iterable[object]) -> list[Record]:
        with self._lock:
            cursor = self._connection.execute(sql, tuple(given))
            names = [column[0] for column in cursor.description]
            return [complete(entity, dict(zip(names, row, strict=True))) for row in cursor]

    def _prepare(self, entity: Entity) -> None:
        """Make the table, or give that of an earlier version the columns that it lacks."""
        run = self._connection.execute
        run(f'CREATE TABLE IF NOT EXISTS {entity.path} ("{ID}" INTEGER PRIMARY KEY AUTOINCREMENT, {BORN} REAL)')
        there = {row[1] for row in run(f"PRAGMA table_info({entity.path})")}
        for name, type in _columns(entity).items():
            if name not in there:
                run(f'ALTER TABLE {entity.path} ADD COLUMN "{name}" {type}')
        for parent in entity.parents:
            run(f'CREATE INDEX IF NOT EXISTS {entity.path}_{parent.id} ON {entity.path} ("{parent.id}")')
        run(f"UPDATE {entity.path} SET {BORN} = NULL WHERE {BORN} IS NOT NULL")


def _columns(entity: Entity) -> dict[str, str]:
    """Every column but the id, with its SQLite type."""
    columns = {field.name: "INTEGER" if field.kind in _NUMBERS else "TEXT" for field in accepted(entity)}
    return columns | {name: "TEXT" for name in STAMPS if name != IMAGE_FILE or image_kept(entity)}


def _row(entity: Entity, body: Mapping[str, object], by: str) -> dict[str, object]:
    row = values(entity, body) | {UPDATED_ON.name: now(), UPDATED_BY: by}
    row[ACTIVE.name] = bool(row[ACTIVE.name])
    if image_kept(entity):
        row[IMAGE_FILE] = image_file(row[NEW_IMAGE.name])
    return row


def _select(entity: Entity) -> str:
    shown = [f'r."{name}"' for name in (ID, *_columns(entity))]
    joins = []
    for number, parent in enumerate(entity.parents):
        shown += [f'p{number}."{name}" AS "{key}"' for key, name in told_of(parent).items()]
        joins.append(f' LEFT JOIN {BY_KIND[parent.kind].path} p{number} ON p{number}."{ID}" = r."{parent.id}"')
    return f"SELECT {', '.join(shown)} FROM {entity.path} r{''.join(joins)}"


def _where(query: Query) -> tuple[str, tuple[object, ...]]:
    tests: dict[str, object] = {f'r."{name}" = ?': value for name, value in query.equal.items()}
    if query.title is not None:
        tests[f'holds(r."{TITLE.name}", ?)'] = query.title
    if query.until is not None:
        tests[f"coalesce(r.{BORN} <= ?, 1)"] = query.until
    return (f" WHERE {' AND '.join(tests)}" if tests else ""), tuple(tests.values())


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _holds(text: str | None, part: str) -> bool:
    return part.casefold() in (text or "").casefold()
