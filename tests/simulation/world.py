"""One world of a seed: an import that is run, killed, stopped and run again until it is done."""

import asyncio
import contextlib
import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from importer.answers import Request, Result
from importer.auth import Credentials, SignIn
from importer.delivery import State
from importer.ending import Desk, Ending
from importer.entities import SECTION
from importer.errors import ImporterError
from importer.group_commit import GroupCommit
from importer.journal import Account, Journal, Run
from importer.model import Outcome, Status
from importer.online import Work, agree_and_send, look_and_plan, run_of
from importer.pacing import DAY, HOUR, LimitSpentError, Pacer, Past, StoppedError, Waits
from importer.sandbox import OPS
from importer.service import Change, Service, when_quiet
from importer.settings import Settings, read_settings
from tests.simulation.clock import Clock, VirtualLoop
from tests.simulation.faults import Kind, Weather
from tests.simulation.process import KilledError, Process, SeenJournal
from tests.simulation.promises import Promises
from tests.simulation.service import SimulatedService
from tests.simulation.sheets import SHAPES, Import, shape

ADDRESS: Final = "https://sandbox.example.com"
_GIVEN: Final = Credentials(username=OPS.name, password=OPS.password)
_ACCOUNT: Final = Account(address=ADDRESS, name=OPS.name)
_OUTAGE: Final = (Kind.CONNECT, Kind.ERROR_BEFORE, Kind.SWALLOWED, Kind.RESET_BEFORE)
_LIMITS: Final = (
    *((60, 120, 5000, 5000), (60, 120, 0, 0), (10, 120, 0, 0), (6, 30, 0, 0), (4, 12, 0, 0), (3, 20, 0, 0)),
    *((0, 0, 0, 0), (60, 120, 60, 0), (20, 60, 0, 8)),
)
"""Writes and requests a minute, requests an hour, writes a day."""
_LONGEST: Final = 4 * HOUR
"""Seconds within which everything has to be done once nothing goes wrong any more."""


@dataclass(slots=True)
class Tale:
    """What happened in a world."""

    seed: int
    broken: list[str] = field(default_factory=list)
    faults: Counter[Kind] = field(default_factory=Counter)
    moves: Counter[tuple[State, State]] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    runs: int = 0
    effects: int = 0
    posts: int = 0
    twins: int = 0
    """Records that were made once too often and that no row tells of."""
    seconds: float = 0.0


@dataclass(frozen=True)
class _Line:
    world: "World"
    process: Process

    async def perform(self, request: Request, token: str | None = None) -> Result:
        self.process.effect()
        self.world.promises.leaving(self.process, request)
        return await self.world.service.perform(self.process, request, token)

    async def hang_up(self) -> None:
        pass


@cache
def _settings(concurrency: int, limits: tuple[int, int, int, int], allow_duplicates: bool) -> Settings:
    writes, requests, hourly, daily = limits
    return read_settings(
        {
            "base_url": ADDRESS,
            "username": OPS.name,
            "password": OPS.password,
            "concurrency": concurrency,
            "writes_per_minute": writes,
            "requests_per_minute": requests,
            "requests_per_hour": hourly,
            "writes_per_day": daily,
            "allow_duplicates": allow_duplicates,
        }
    )


class World:
    """The world of a seed; with `weather` given, that one."""

    def __init__(
        self,
        seed: int,
        folder: Path,
        *,
        weather: Weather | None = None,
        beyond: bool = False,
        work: Import | None = None,
    ) -> None:
        chance = self.chance = random.Random(f"world {seed}")
        self.tale = Tale(seed)
        self.clock = Clock()
        self.born = self.clock.awake - 500.0
        self.boots = 1
        self.wall_offset = 1.7e9
        self.quiet_until = 0.0
        """As far as the journal has it."""
        self.work = work or shape(chance.randrange(SHAPES))
        self.weather = weather or Weather.of(chance, beyond=beyond)
        self.settings = _settings(
            chance.choice((1, 2, 4, 4, 8)),
            chance.choice(_LIMITS),
            self.work.twice,
        )
        self.service = SimulatedService(self.clock, chance, self.weather, self.work)
        self.service.faults.list_lag = self.weather.lag
        self.tale.faults[Kind.LAG] += self.weather.lag > 0
        self.journal = folder / f"journal-{seed}.sqlite3"
        self.promises = Promises(self.service, self.settings, self.work, self.journal, beyond)
        self._add_what_is_there()

    def _add_what_is_there(self) -> None:
        """Some of the sections are there already, long since, made by somebody else."""
        now, self.clock.now = self.clock.now, 0.0
        for kind, _, title in self.work.keys.values():
            if kind == SECTION.kind and self.chance.random() < 0.2:
                body = {"CourseId": 101, "Title": title, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
                self.service.store.create(SECTION, body, by="before@example.com")
        self.clock.now = now

    # --- one process ------------------------------------------------------------------------------------

    def start(self, *, killed_at: int | None = None, interrupt_after: float | None = None) -> Ending | None:
        """Run the import once; None where the process was killed."""
        self.tale.runs += 1
        process = Process(number=self.tale.runs, clock=self.clock, born=self.born, killed_at=killed_at)
        process.quiet_until = process.kept_quiet_until = self.quiet_until
        loop = VirtualLoop(self.clock)
        if interrupt_after is not None:
            self._interrupt(process, interrupt_after)
        journal = SeenJournal.open(self.journal, f"boot {self.boots}")
        assert isinstance(journal, SeenJournal)
        journal.process, journal.moves, journal.states = process, self.tale.moves, {}
        try:
            ending = loop.run_until_complete(self._live(process, journal))
        except KilledError:
            self.tale.faults[Kind.CRASH] += 1
            ending = None
        finally:
            process.alive = False
            self.quiet_until = process.kept_quiet_until
            self.tale.effects += process.effects
            self.tale.posts += process.posts
            self.service.died(process)
            loop.die()
            journal.close()
        if ending is not None:
            self.promises.ended(process, ending)
        self.last = process
        return ending

    def _interrupt(self, process: Process, seconds: float) -> None:
        def interrupt() -> None:
            if process.alive:
                self.tale.faults[Kind.INTERRUPT] += 1
                process.halt.interrupt()

        self.clock.at(self.clock.now + seconds, interrupt)

    async def _live(self, process: Process, journal: Journal) -> Ending:
        ending = Ending(run_id=f"run {process.number:03}")
        run = run_of(journal, _ACCOUNT, self.work.prepared, self.settings, ending.run_id, at=self.wall())
        past = journal.start(run, self.wall(), self.clock.awake - process.born)
        async with self._commits(journal, run.id) as group:
            work = self._work(process, journal, group, run, past)
            try:
                ending = await look_and_plan(work, ending)
                return await agree_and_send(work, ending, Desk())
            except StoppedError:
                return ending.by_user()
            except ImporterError as error:
                return ending.because(error)

    def _work(self, process: Process, journal: Journal, group: GroupCommit, run: Run, past: Past) -> Work:
        halt = process.halt
        change = Change(halt)
        waits = Waits(sleep=halt.sleep, change=change.wait, changed=change.happened, stopped=lambda: halt.asked)
        clock = self.clock
        pacer = Pacer(
            self.settings,
            clock=lambda: clock.awake - process.born,
            waits=waits,
            past=past,
        )
        *lines, reader = [_Line(self, process) for _ in range(self.settings.concurrency + 1)]
        sign_in = SignIn(_GIVEN, ADDRESS, when_quiet(reader, pacer, group, self.wall))  # type: ignore[arg-type]  # a line of ours
        service = Service(ADDRESS, lines, reader, sign_in, pacer, group, halt, change, wall=self.wall)  # type: ignore[arg-type]  # lines of ours
        return Work(
            prepared=self.work.prepared,
            settings=self.settings,
            service=service,
            journal=journal,
            group=group,
            run=run,
            boot=f"boot {self.boots}",
            wall=self.wall,
            chance=random.Random(process.number),
        )

    @contextlib.asynccontextmanager
    async def _commits(self, journal: Journal, run_id: str) -> AsyncIterator[GroupCommit]:
        async def commit() -> None:
            await asyncio.sleep(self.chance.choice((0.0, 0.001, 0.05)))
            journal.commit()

        group = GroupCommit(journal, run_id, commit)
        yield group
        with contextlib.suppress(ImporterError):
            await group.settled()

    def wall(self) -> float:
        """The wall clock."""
        return self.wall_offset + self.clock.now

    # --- its life ---------------------------------------------------------------------------------------

    def live(self, killed_at: int | None = None) -> Tale:
        """Run the import in bad weather, or once until it is killed, then in fair weather until it is done."""
        try:
            if killed_at is None:
                self._bad_days()
            else:
                self.start(killed_at=killed_at)
            self._good_days()
        finally:
            self.promises.close()
            self.service.store.close()
            self.journal.unlink(missing_ok=True)
        self.tale.broken = self.promises.broken
        self.tale.faults += self.service.seen.faults
        self.tale.twins = self.promises.twins
        self.tale.seconds = self.clock.now
        return self.tale

    def _bad_days(self) -> None:
        chance, kinds = self.chance, self.weather.kinds
        for _ in range(chance.randint(1, 4)):
            if Kind.OUTAGE in kinds and chance.random() < 0.5:
                self.tale.faults[Kind.OUTAGE] += 1
                self.service.ways = chance.choice(((Kind.CONNECT,), _OUTAGE))
                begin = self.clock.now + chance.uniform(0, 30)
                self.service.outage = (begin, begin + chance.choice((5.0, 60.0, 900.0, 3000.0)))
            killed_at = chance.randint(1, 80) if Kind.CRASH in kinds and chance.random() < 0.7 else None
            after = chance.uniform(0, chance.choice((5, 60, 600)))
            interrupt = after if Kind.INTERRUPT in kinds and chance.random() < 0.5 else None
            if Kind.JUMP in kinds:
                self.clock.at(self.clock.now + chance.uniform(0, 60), self._set_the_clock)
            if Kind.SUSPEND in kinds:
                self.clock.at(self.clock.now + chance.uniform(0, 60), self._suspend)
            ending = self.start(killed_at=killed_at, interrupt_after=interrupt)
            self.clock.wait(chance.choice((0.0, 0.5, 0.5, 5.0, 60.0, 400.0)))
            if Kind.REBOOT in kinds and chance.random() < 0.3:
                self.tale.faults[Kind.REBOOT] += 1
                self.clock.wait(20.0)
                self.boots += 1
                self.born = self.clock.awake
                self._forget_what_cannot_be_known()
            if Kind.JUMP in kinds and chance.random() < 0.5:
                self._set_the_clock()
            if ending is not None and ending.status is Status.COMPLETED and chance.random() < 0.7:
                break

    def _suspend(self) -> None:
        self.tale.faults[Kind.SUSPEND] += 1
        self.clock.suspend(HOUR)

    def _set_the_clock(self) -> None:
        self.tale.faults[Kind.JUMP] += 1
        self._forget_what_cannot_be_known()
        self.wall_offset += self.chance.choice((-172_800.0, -3600.0, -30.0, 30.0, 3600.0, 172_800.0))

    def _forget_what_cannot_be_known(self) -> None:
        """With the clock set and the machine started anew, nobody can tell how long ago something was said."""
        if self.tale.faults[Kind.JUMP] and self.tale.faults[Kind.REBOOT]:
            self.quiet_until = 0.0

    def _good_days(self) -> None:
        self.service.calm_down()
        if self.promises.beyond:
            self.clock.come_to_rest()
        began = self.clock.now
        ending = self._to_its_end()
        if self.clock.now - began > _LONGEST + (8 * DAY if self.settings.writes_per_day else 0.0):
            self.promises.breaks("liveness", f"it took {self.clock.now - began:.0f} seconds")
        self.tale.outcomes += Counter(verdict.outcome for verdict in ending.verdicts.values())
        self.clock.come_to_rest()
        self.promises.all_is_done(ending)
        if self.settings.requests_per_hour:
            self.clock.wait(HOUR)
        again = self._to_its_end(1)
        self.promises.nothing_more(self.last, self.weather.kinds)
        self.promises.all_is_done(again)
        self.promises.windows(lost_time=bool(self.tale.faults[Kind.JUMP] and self.tale.faults[Kind.REBOOT]))

    def _to_its_end(self, most: int = 10) -> Ending:
        """Run until nothing stops the run any more."""
        while True:
            ending = self.start()
            assert ending is not None, "nobody kills it in fair weather"
            most -= 1
            if ending.status is Status.COMPLETED:
                return ending
            if not most:
                self.promises.breaks("liveness", f"the import does not come to an end: {ending.stop}")
                return ending
            # The next moment at which it makes sense, as the run itself says.
            self.clock.wait(ending.stop.seconds if isinstance(ending.stop, LimitSpentError) else 30.0)


def simulate(seed: int, *, weather: Weather | None = None, beyond: bool = False, killed_at: int | None = None) -> Tale:
    """Live through the world of a seed."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="simulation-") as folder:
        return World(seed, Path(folder), weather=weather, beyond=beyond).live(killed_at)
