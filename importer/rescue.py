"""The second way for outcomes that the journal could not store: a file beside the report, which the next run takes up.

Where it cannot be beside a report, it is beside the journal.

Only what was surely created is taken from such a file, and only for rows that the journal has on their way; whether the
record is there is then asked of the service. Every other row stays in doubt, and is looked for.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from importer.delivery import State, outcome_of
from importer.errors import JournalBrokeError
from importer.journal import Ended, Entry, Journal, Moved
from importer.model import Operation
from importer.problems import Code, Problem, counted, quoted, where
from importer.report.saving import save

_PREFIX: Final = "importer-rescue-"
_LARGEST: Final = 64 * 1024 * 1024
"""Bytes of such a file that are read."""


def secure(
    journal: Journal,
    run_id: str,
    unsaved: Sequence[Entry],
    operations: Sequence[Operation],
    reports: Sequence[Path],
    alarm: Callable[[str], None],
) -> Problem | None:
    """Store what a journal that failed may have lost; what it cannot take is told at once, and kept in a file."""
    try:
        left = journal.recover(run_id, unsaved) if unsaved else []
    except JournalBrokeError:
        left = list(unsaved)
    told = lines(left, operations)
    if not told:
        return None
    for line in told:
        alarm(f"Not in the journal: {line}")
    path = keep(run_id, left, operations, folders(journal.path, reports)) or next(iter(reports), journal.path)
    return Problem(code=Code.OUTCOMES_NOT_STORED, details={"rows": counted(len(told), "row"), "path": str(path)})


def folders(journal: Path, reports: Iterable[Path]) -> list[Path]:
    """Where such files may be, each folder once."""
    return list(dict.fromkeys(one.parent for one in (*reports, journal)))


def lines(entries: Iterable[Entry], operations: Sequence[Operation]) -> list[str]:
    """What became of each row, for people."""
    return [_line(entry, operations[number]) for number, entry in _last(entries).items()]


def _line(entry: Ended | Moved, one: Operation) -> str:
    record = f", number {entry.id}" if entry.id is not None else ""
    return f"{where(one.place, one.key.row)}, {quoted(one.title)}: {outcome_of(entry.state, one.verb)}{record}"


def keep(run_id: str, entries: Iterable[Entry], operations: Sequence[Operation], places: Iterable[Path]) -> Path | None:
    """Write the outcomes into the first of the folders that takes them; None where none does."""
    rows = [_row(number, entry, operations[number]) for number, entry in _last(entries).items()]
    content = json.dumps({"run": run_id, "rows": rows}, indent=1).encode()

    def fill(sink: BinaryIO) -> None:
        sink.write(content)

    for folder in places:
        with contextlib.suppress(OSError):
            return save(folder / f"{_PREFIX}{run_id}.json", fill, instead=(), sleep=time.sleep)
    return None


def _row(number: int, entry: Ended | Moved, one: Operation) -> dict[str, object]:
    file, sheet, row = one.key
    told = {"file": file, "sheet": sheet, "row": row, "title": one.title}
    return {"number": number, "state": entry.state, "id": entry.id, "reason": entry.reason, **told}


def _last(entries: Iterable[Entry]) -> dict[int, Ended | Moved]:
    """The last that is known of each row; that a request was about to leave says nothing."""
    return {entry.row: entry for entry in entries if isinstance(entry, Ended | Moved)}


def take_up(journal: Journal, reports: Iterable[Path]) -> None:
    """Tell the journal what earlier runs kept beside their reports; a file that it knows the run of is done with.

    Raises `JournalError` where the journal cannot be written.
    """
    for folder in folders(journal.path, reports):
        for path in sorted(folder.glob(f"{_PREFIX}*.json")):
            found = _read(path)
            if found is not None and journal.learn(*found):
                with contextlib.suppress(OSError):
                    path.unlink()


def _read(path: Path) -> tuple[str, Mapping[int, int]] | None:
    """The run and the ids of its rows by number; None where the file is none of ours."""
    try:
        if path.is_symlink() or path.stat().st_size > _LARGEST:
            return None
        found = json.loads(path.read_bytes())
        run_id, rows = found["run"], found["rows"]
        ids = {row["number"]: row["id"] for row in rows if _is_created(row)}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return (run_id, ids) if isinstance(run_id, str) else None


def _is_created(row: Mapping[str, Any]) -> bool:
    made = row["state"] in (State.DONE, State.ADOPTED)
    return made and all(type(row[name]) is int and 0 <= row[name] < 2**63 for name in ("number", "id"))
