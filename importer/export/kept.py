"""What an export that was broken off had read already, so that the same command goes on with it."""

import contextlib
import glob
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from importer.derive.present import Record
from importer.entities import ID, UPDATED_ON, Entity
from importer.model import Held

_MARK: Final = ".export-"
_LARGEST: Final = 512 * 2**20
"""Bytes of such a file; what comes after them is read again."""
_WEEK: Final = 7 * 24 * 3600.0
"""Seconds after which a file that nobody came back for is taken away."""
_OWN: Final = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Kept:
    """The records of an export that have been read so far, in a file beside the journal that only its owner may read.

    One that cannot be read or written is no reason to stop: then records are read again.
    """

    def __init__(self, journal: Path, account: tuple[str, str], output: Path) -> None:
        told = "\n".join([*account, str(output.absolute())]).encode("utf-8", "surrogateescape")
        self._path = journal.with_suffix(f"{_MARK}{hashlib.sha256(told).hexdigest()[:16]}.jsonl")
        self._records: dict[tuple[str, int], Record] = {}
        self._sink: BinaryIO | None = None
        self._room = 0

    def __enter__(self) -> "Kept":
        _clear_leftovers(self._path)
        with contextlib.suppress(OSError):
            self._sink = os.fdopen(os.open(self._path, _OWN, 0o600), "ab")
            # A line that a killed process could not end must not begin ours.
            self._sink.write(b"\n")
            self._records = _read(self._path)
            self._room = _LARGEST - self._path.stat().st_size
        return self

    def __exit__(self, *_: object) -> None:
        if self._sink is not None:
            with contextlib.suppress(OSError):
                self._sink.close()
            self._sink = None

    def unchanged(self, entity: Entity, listed: Iterable[Held]) -> dict[int, Record]:
        """Those of the listed records that were read and have not been changed since; with no word of that, none."""
        found = ((held, self._records.get((entity.kind, held.id))) for held in listed)
        return {
            held.id: record
            for held, record in found
            if record is not None and held.updated_on and held.updated_on == record.get(UPDATED_ON.name)
        }

    def add(self, entity: Entity, records: Mapping[int, Record]) -> None:
        """Keep records that were just read."""
        lines = b"".join(json.dumps([entity.kind, record]).encode() + b"\n" for record in records.values())
        self._room -= len(lines)
        if self._sink is None or self._room < 0:
            return
        try:
            self._sink.write(lines)
            self._sink.flush()
        except OSError:
            self.__exit__()

    def done(self) -> None:
        """All of it is where it should be: nothing needs to be kept any more."""
        self.__exit__()
        with contextlib.suppress(OSError):
            self._path.unlink()


def _read(path: Path) -> dict[tuple[str, int], Record]:
    """The records by kind and id; a later one counts."""
    found: dict[tuple[str, int], Record] = {}
    with path.open("rb") as source:
        for line in source:
            kind, record = _line(line)
            if kind:
                found[kind, record[ID]] = record
    return found


def _line(line: bytes) -> tuple[str, Any]:
    """The kind and the record of a line; no kind where it was not written to its end."""
    try:
        kind, record = json.loads(line)
        whole = isinstance(kind, str) and type(record[ID]) is int
    except (ValueError, TypeError, LookupError, RecursionError):
        return "", None
    return (kind, record) if whole else ("", None)


def _clear_leftovers(path: Path) -> None:
    """Take away what nobody came back for."""
    for one in path.parent.glob(f"{glob.escape(path.name.rpartition(_MARK)[0])}{_MARK}*.jsonl"):
        with contextlib.suppress(OSError):
            about = one.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_mtime < time.time() - _WEEK:
                one.unlink()
