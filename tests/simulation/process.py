"""One start of the program: it has effects, and can be killed at any of them."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.delivery import State
from importer.journal import (
    About,
    Answered,
    Asking,
    Conclusion,
    Ended,
    Entry,
    Journal,
    LeftChange,
    LeftInDoubt,
    Moved,
    Part,
    Run,
    Sending,
    Throttled,
)
from importer.journal.history import History
from importer.model import Operation, Outcome, Row, Status
from importer.pacing import DAY, Past
from importer.service import Halt
from tests.simulation.sheets import Import

MOST_EFFECTS: Final = 20_000
"""Effects after which a process will never end."""


_OPEN: Final = {State.INFLIGHT, State.UNKNOWN, State.FAILED}
_OPEN_OUTCOMES: Final = (Outcome.PENDING, Outcome.UNKNOWN, Outcome.FAILED)


class KilledError(SystemExit):
    """The process is killed here. As a `SystemExit` it leaves the event loop at once, without any clearing up."""


@dataclass(slots=True)
class Process:
    """A run of the program, and what the simulation knows of it."""

    number: int
    work: Import
    now: Callable[[], float]
    """The time at the service."""
    started_at: float
    killed_at: int | None = None
    """The number of the effect at which it is killed."""
    alive: bool = True
    died_at: float | None = None
    effects: int = 0
    quiet_until: float = 0.0
    """When the service last said that everybody may go on."""
    kept_quiet_until: float = 0.0
    """The same, as far as the journal has it for the processes that follow."""
    asked_to_wait: float | None = None
    """Seconds that the service asks it to wait, in an answer that has not come yet."""
    halt: Halt = field(default_factory=Halt)
    posts: int = 0
    written_at: float | None = None
    """When it last wrote into its journal."""
    disk_failed: bool = False
    is_completed: bool = False
    """Whether the journal has it that the run was completed, and left nothing open."""

    def effect(self) -> None:
        """Something that can be seen from outside happens; raises `KilledError` where the process ends here."""
        if not self.alive:
            raise KilledError
        self.effects += 1
        if self.effects == self.killed_at or self.effects > MOST_EFFECTS:
            self.alive = False
            raise KilledError

    def wrote(self) -> None:
        """It wrote into its journal, which is an effect too."""
        self.written_at = self.now()
        self.effect()


class SeenHistory(History):
    """The real history, whose writes are effects too."""

    def __init__(self, connection: sqlite3.Connection, path: Path, effect: Callable[[], None]) -> None:
        super().__init__(connection, path)
        self._effect = effect

    def open(self, run_id: str, about: About, parts: Iterable[Part]) -> None:
        self._effect()
        super().open(run_id, about, parts)
        self._effect()

    def answer(self, run_id: str, rows: Iterable[Row]) -> None:
        self._effect()
        super().answer(run_id, rows)
        self._effect()


class SeenJournal(Journal):
    """The real journal. Its writes are effects, and the moves of rows are counted."""

    process: Process
    moves: Counter[tuple[State, State]]
    in_doubt: Callable[[Operation], None]
    """Told of each row that falls into doubt and has others below it."""
    states: dict[int, State] = {}  # noqa: RUF012  # each run begins with one of its own
    above: dict[int, Operation]
    throttled = False
    quiet_until = 0.0

    def start(self, run: Run, now: float, clock: float) -> Past:
        self.process.effect()
        past = super().start(run, now, clock)
        self.process.wrote()
        return past

    def begin(
        self,
        run: Run,
        operations: Sequence[Operation],
        *,
        baselines: Mapping[tuple[str, int], Iterable[int]] | None = None,
        taken_up: Mapping[int, LeftInDoubt | LeftChange] | None = None,
    ) -> None:
        self.process.effect()
        super().begin(run, operations, baselines=baselines, taken_up=taken_up)
        self.states = {
            number: State.UNKNOWN if number in (taken_up or {}) else State.PENDING for number in range(len(operations))
        }
        parents = {key for one in operations for key in one.parents.values()}
        self.above = {number: one for number, one in enumerate(operations) if one.key in parents}
        self.process.wrote()

    @property
    def history(self) -> "SeenHistory":
        return SeenHistory(self._connection, self.path, self.process.wrote)

    def end(
        self, run_id: str, status: str, now: float, rows: Iterable[Row] = (), conclusion: Conclusion | None = None
    ) -> None:
        self.process.effect()
        super().end(run_id, status, now, rows, conclusion)
        self.process.is_completed = status == Status.COMPLETED and not self._is_open(conclusion)
        self.process.wrote()

    def _is_open(self, conclusion: Conclusion | None) -> bool:
        """Whether rows are left that are to be sent again, or nobody knows of."""
        told = conclusion is not None and any(conclusion.counts.get(outcome) for outcome in _OPEN_OUTCOMES)
        return told or any(state in _OPEN for state in self.states.values())

    def stage(self, run_id: str, entries: Iterable[Entry]) -> None:
        self.process.effect()
        entries = list(entries)
        super().stage(run_id, entries)
        for entry in entries:
            self._moved(entry)

    def _moved(self, entry: Entry) -> None:
        match entry:
            case Sending(row=row, was=was):
                state = State.INFLIGHT
                if was is State.UNKNOWN:
                    self.moves[was, State.PENDING] += 1
                    self.states[row] = State.PENDING
            case Ended(row=row, state=state) | Moved(row=row, state=state):
                pass
            case Throttled():
                # What is asked for longer than that, the service is asked about again after about a day.
                self.throttled = True
                self.quiet_until = min(self.process.quiet_until, self.process.now() + DAY - 60.0)
                return
            case Asking() | Answered():
                return
        self.moves[self.states[row], state] += 1
        self.states[row] = state
        if state is State.UNKNOWN and row in self.above:
            self.in_doubt(self.above[row])

    def commit(self) -> None:
        self.process.effect()
        super().commit()
        if self.throttled:
            self.process.kept_quiet_until = self.quiet_until
        self.process.wrote()
