"""One start of the program: it has effects, and can be killed at any of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from importer.delivery import State
from importer.journal import Answered, Asking, Ended, Entry, Journal, LeftInDoubt, Moved, Run, Sending, Throttled
from importer.model import Operation
from importer.pacing import Past
from importer.service import Halt
from tests.simulation.clock import Clock


class KilledError(SystemExit):
    """The process is killed here. As a `SystemExit` it leaves the event loop at once, without any clearing up."""


@dataclass(slots=True)
class Process:
    """A run of the program, and what the simulation knows of it. `born` is the start of the machine's clock."""

    number: int
    clock: Clock
    born: float
    killed_at: int | None = None
    """The number of the effect at which it is killed."""
    alive: bool = True
    effects: int = 0
    quiet_until: float = 0.0
    """When the service last said that everybody may go on."""
    kept_quiet_until: float = 0.0
    """The same, as far as the journal has it for the processes that follow."""
    words: set[int] = field(default_factory=set)
    """The ids of which the service said that it created them."""
    halt: Halt = field(default_factory=Halt)
    posts: int = 0

    def effect(self) -> None:
        """Something that can be seen from outside happens; raises `KilledError` where the process ends here."""
        if not self.alive:
            raise KilledError
        self.effects += 1
        if self.effects == self.killed_at:
            self.alive = False
            raise KilledError


class SeenJournal(Journal):
    """The real journal. Its writes are effects, and the moves of rows are counted."""

    process: Process
    moves: Counter[tuple[State, State]]
    states: dict[int, State]
    throttled = False

    def start(self, run: Run, now: float, clock: float) -> Past:
        self.process.effect()
        past = super().start(run, now, clock)
        self.process.effect()
        return past

    def begin(
        self,
        run: Run,
        operations: Sequence[Operation],
        *,
        baselines: Mapping[tuple[str, int], Iterable[int]] | None = None,
        taken_up: Mapping[int, LeftInDoubt] | None = None,
    ) -> None:
        self.process.effect()
        super().begin(run, operations, baselines=baselines, taken_up=taken_up)
        self.states = {
            number: State.UNKNOWN if number in (taken_up or {}) else State.PENDING for number in range(len(operations))
        }
        self.process.effect()

    def end(self, run_id: str, status: str, now: float) -> None:
        self.process.effect()
        super().end(run_id, status, now)
        self.process.effect()

    def stage(self, run_id: str, entries: Iterable[Entry]) -> None:
        self.process.effect()
        entries = list(entries)
        super().stage(run_id, entries)
        for entry in entries:
            match entry:
                case Sending(row=row):
                    state = State.INFLIGHT
                case Ended(row=row, state=state) | Moved(row=row, state=state):
                    pass
                case Throttled():
                    self.throttled = True
                    continue
                case Asking() | Answered():
                    continue
            self.moves[self.states[row], state] += 1
            self.states[row] = state

    def commit(self) -> None:
        self.process.effect()
        super().commit()
        if self.throttled:
            self.process.kept_quiet_until = self.process.quiet_until
        self.process.effect()
