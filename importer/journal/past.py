"""What is known of a run as a whole, and how that becomes text in the journal."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from importer.journal.answers import file_problems_of, file_problems_value
from importer.journal.entries import Account
from importer.model import UNDO, Outcome, Requests
from importer.problems import Column, Place, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file of a run: its name as it was given, where it was, and what tells it from the others in messages."""

    name: str
    path: str = ""
    sha256: str = ""
    among: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a sheet holds of one kind: where it is, and the columns of the sheet."""

    place: Place
    kind: str
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a run is about. `options` are those that were given, as texts, numbers and lists; no secrets."""

    command: str
    inputs: Sequence[Input]
    options: Mapping[str, Any] = field(default_factory=dict)
    blank_rows: int = 0
    of_run: str | None = None
    """The run that it goes back to."""

    @property
    def takes_back(self) -> bool:
        """Whether that run was taken back."""
        return self.command == UNDO


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a run says at its end besides the answers of its rows.

    `elapsed` is in seconds, `stop` the reason that it ended early.
    """

    counts: Mapping[Outcome, int]
    requests: Requests = field(default_factory=Requests)
    elapsed: float = 0.0
    problems: tuple[Problem, ...] = ()
    stop: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that the journal knows. `started_at` is by the wall clock; without a `status` it was cut off.

    An older importer kept only the rows that it sent: such a run is not whole, and has no `end`.
    """

    id: str
    account: Account
    root: str
    started_at: float
    about: About
    status: str | None = None
    end: Conclusion | None = None
    is_whole: bool = True


def about_text(about: About) -> str:
    """For `past_run`."""
    inputs = [[one.name, one.path, one.sha256, one.among] for one in about.inputs]
    return json.dumps([about.command, inputs, dict(about.options), about.blank_rows, about.of_run])


def end_text(end: Conclusion) -> str:
    """For `past_run`."""
    counts = {outcome.value: count for outcome, count in end.counts.items() if count}
    requests = [end.requests.writes, end.requests.reads, end.requests.throttled]
    problems = file_problems_value(end.problems)
    return json.dumps([counts, requests, round(end.elapsed, 3), problems, end.stop, end.interrupted])


def past_run(row: sqlite3.Row) -> PastRun:
    """A run from its line in the journal. Raises `ValueError` where that cannot be read."""
    return PastRun(
        id=row["id"],
        account=Account(address=row["address"], name=row["account"]),
        root=row["root"],
        started_at=row["started_at"],
        about=_of_old(row["files"]) if row["about"] is None else about_of(row["about"]),
        status=row["status"],
        end=None if row["ending"] is None else _end(json.loads(row["ending"])),
        is_whole=row["about"] is not None,
    )


def about_of(text: str) -> About:
    """What `about_text` wrote. Raises `ValueError` where it is anything else."""
    command, inputs, options, blank_rows, of_run = json.loads(text)
    given = tuple(Input(name=name, path=path, sha256=digest, among=among) for name, path, digest, among in inputs)
    return About(command=command, inputs=given, options=options, blank_rows=blank_rows, of_run=of_run)


def _of_old(files: str) -> About:
    """What the fingerprint of an older run's files says: a line with digest and name of each, then an option."""
    lines = [line.partition(" ") for line in files.split("\n")]
    return About(command="run", inputs=[Input(name=name, sha256=digest) for digest, _, name in lines if name])


def _end(found: Any) -> Conclusion:
    counts, requests, elapsed, problems, stop, interrupted = found
    writes, reads, throttled = requests
    return Conclusion(
        counts={Outcome(name): count for name, count in counts.items()},
        requests=Requests(writes=writes, reads=reads, throttled=throttled),
        elapsed=elapsed,
        problems=file_problems_of(problems),
        stop=stop,
        interrupted=interrupted,
    )
