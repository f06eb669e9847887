"""One world: a service, a machine with a journal, and an import that is started there again and again."""

import asyncio
import contextlib
import os
import random
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.answers import Request, Result
from importer.auth import Credentials, SignIn
from importer.choices import Existing
from importer.ending import Desk, Ending
from importer.entities import COURSE as COURSES
from importer.entities import LESSON, SECTION
from importer.errors import BusyError, ImporterError
from importer.group_commit import GroupCommit
from importer.journal import Account, Journal, Run
from importer.lock import only_writer
from importer.online import remembered
from importer.pacing import Pacer, Past, StoppedError, Waits
from importer.sandbox import OPS
from importer.service import Change, Service, when_quiet
from importer.work import Work, run_of
from tests.simulation.choices import ADDRESS, LIMITS, settings_of
from tests.simulation.clock import Clock, NothingWillHappenError, VirtualLoop
from tests.simulation.disk import ShakyDisk
from tests.simulation.faults import OF_THE_SHEET, Kind, Weather
from tests.simulation.process import MOST_EFFECTS, KilledError, Process, SeenJournal
from tests.simulation.promises import Promises
from tests.simulation.service import SimulatedService
from tests.simulation.sheets import COURSE, SHAPES, Import, shape
from tests.simulation.tale import Tale

_GIVEN: Final = Credentials(username=OPS.name, password=OPS.password)
ACCOUNT: Final = Account(address=ADDRESS, name=OPS.name)
EDITIONS: Final = 3


@dataclass(frozen=True)
class _Line:
    world: "World"
    process: Process

    async def perform(self, request: Request, token: str | None = None) -> Result:
        self.process.effect()
        self.world.promises.leaving(self.process, request)
        return await self.world.service.perform(self.process, request, token)

    async def hang_up(self) -> None:
        """Nothing: requests are not sent on connections here."""


class World:
    """The world of a seed; with `weather` given, that one."""

    def __init__(self, seed: int, folder: Path, *, weather: Weather | None = None, beyond: bool = False) -> None:
        chance = self.chance = random.Random(f"world {seed}")
        self.tale = Tale(seed)
        self.clock = Clock()
        self.counts_sleep = seed % 2 == 0
        self.born = self._ticks() - 500.0
        self.boots = 1
        self.wall_offset = 1.7e9
        self.quiet_until = 0.0
        """When everybody may go on, as far as the journal has it."""
        number = chance.randrange(SHAPES)
        self.has_course = random.Random(f"course of world {seed}").random() < 0.3
        self.work = shape(number, has_course=self.has_course)
        weather = weather or Weather.of(chance, beyond=beyond)
        if self.work.twice or Kind.CREATE_ANYWAY in weather.kinds:
            # Which of several equal rows, or of several runs, a row of another sheet would be is not defined.
            weather.kinds -= OF_THE_SHEET
        self.weather = weather
        self.editions = [
            shape(number, edition, has_course=self.has_course) for edition in range(1, EDITIONS) if not self.work.twice
        ]
        other = (number + 1) % SHAPES if number % 4 != 2 else number - 1
        self.other = shape(other, has_course=self.has_course)
        spent, create = Kind.DAY_SPENT in weather.kinds, Kind.CREATE_ANYWAY in weather.kinds
        self.settings = settings_of(
            chance.choice((1, 2, 4, 4, 8)),
            chance.choice(LIMITS),
            chance.choice((4, 9)) if spent else None,
            Existing.CREATE if create else Existing.SKIP,
            self.work.twice,
        )
        self.service = SimulatedService(self.clock, chance, weather)
        self.service.wants([self.work])
        self.service.faults.list_lag = weather.lag
        self.tale.faults[Kind.LAG] += weather.lag > 0
        self.tale.faults[Kind.CREATE_ANYWAY] += create
        self.journal = folder / f"journal-{seed}.sqlite3"
        self.promises = Promises(self.service, self.settings, self.journal, beyond)
        self.process: Process | None = None
        """The one that is alive."""
        self._disk: ShakyDisk | None = None
        self._add_what_is_there()

    def _add_what_is_there(self) -> None:
        """Some of the sections are there already, long since, made by somebody else."""
        titles = [title for kind, _, title in self.work.keys.values() if kind == SECTION.kind]
        self.service.people.fill_another_course(titles)
        share = 0.6 if self.settings.on_existing is Existing.CREATE else 0.2
        course: int | None = COURSE
        if self.has_course:
            self.service.people.drifting = self.chance.choice((LESSON, COURSES))
            course = self.service.people.add_course_before() if self.chance.random() < share else None
        for order, title in enumerate(titles, 1):
            if course is not None and self.chance.random() < share:
                self.service.people.add_section_before(course, title, order)

    # --- one process ------------------------------------------------------------------------------------

    def start(self, *, killed_at: int | None = None, work: Import | None = None) -> Ending | None:
        """Run the import once; None where the process was killed."""
        self.tale.runs += 1
        work = work or self.work
        self.process = process = Process(
            number=self.tale.runs,
            work=work,
            now=lambda: self.clock.now,
            started_at=self.clock.now,
            killed_at=killed_at,
        )
        process.quiet_until = process.kept_quiet_until = self.quiet_until
        if self.settings.on_existing is Existing.CREATE and self.last is not None and self.last.is_completed:
            self.service.truth.generation += 1
        self.last = process
        self.is_damaged = False
        with only_writer(self.journal.parent, ACCOUNT.address, ACCOUNT.name):
            ending = self._run(process)
        self.process = None
        if process.effects > MOST_EFFECTS:
            self.promises.breaks("liveness", "a run goes on and on")
        if ending is not None:
            self.promises.ended(process, ending)
        return ending

    last: Process | None = None
    """The one that was started last."""
    written_at = 0.0
    """When the journal was last written."""
    is_damaged = False
    """Whether the journal is damaged, and nobody has seen it yet."""

    def _run(self, process: Process) -> Ending | None:
        loop = VirtualLoop(self.clock)
        journal = self._open(process)
        try:
            return loop.run_until_complete(self._live(process, journal))
        except KilledError:
            self.tale.faults[Kind.CRASH] += 1
        except NothingWillHappenError:
            self.promises.breaks("liveness", "everybody waits for what will never come")
        finally:
            process.alive, process.died_at = False, self.clock.now
            self.quiet_until = process.kept_quiet_until
            self.written_at = process.written_at or self.written_at
            self.tale.effects += process.effects
            self.tale.posts += process.posts
            self.service.truth.died(process.number)
            loop.die()
            journal.close()
        return None

    def _open(self, process: Process) -> SeenJournal:
        journal = SeenJournal.open(self.journal, f"boot {self.boots}")
        assert isinstance(journal, SeenJournal)

        def failed() -> None:
            process.disk_failed = True

        def in_doubt(_: object) -> None:
            self.tale.faults[Kind.SECTION_IN_DOUBT] += 1

        self._disk = ShakyDisk(journal._connection, failed)
        journal._connection = self._disk  # type: ignore[assignment]  # it stands in for the connection
        journal.process, journal.moves, journal.in_doubt = process, self.tale.moves, in_doubt
        return journal

    async def _live(self, process: Process, journal: Journal) -> Ending:
        ending = Ending(run_id=f"run {process.number:03}")
        try:
            run = run_of(journal, ACCOUNT, process.work.prepared, self.settings, ending.run_id, at=self.wall())
            past = journal.start(run, self.wall(), self.uptime())
            async with self._commits(journal, run.id) as group:
                work = self._work(process, journal, group, run, past)
                return await remembered(work, ending, Desk())
        except StoppedError:
            return ending.by_user()
        except ImporterError as error:
            return ending.because(error)

    def _work(self, process: Process, journal: Journal, group: GroupCommit, run: Run, past: Past) -> Work:
        halt = process.halt
        change = Change(halt)
        waits = Waits(sleep=halt.sleep, change=change.wait, changed=change.happened, stopped=lambda: halt.asked)
        pacer = Pacer(
            self.settings,
            clock=self.uptime,
            waits=waits,
            past=past,
        )
        *lines, reader = [_Line(self, process) for _ in range(self.settings.concurrency + 1)]
        sign_in = SignIn(_GIVEN, ADDRESS, when_quiet(reader, pacer, group, self.wall))  # type: ignore[arg-type]  # a line of ours
        service = Service(ADDRESS, lines, reader, sign_in, pacer, group, halt, change, wall=self.wall)  # type: ignore[arg-type]  # lines of ours
        return Work(
            prepared=process.work.prepared,
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

    def _ticks(self) -> float:
        """A clock that nobody can set: on some systems it stands still while the machine sleeps."""
        return self.clock.now if self.counts_sleep else self.clock.awake

    def uptime(self) -> float:
        """Seconds since the machine was started, as it counts them."""
        return self._ticks() - self.born

    def wall(self) -> float:
        """The wall clock."""
        return self.wall_offset + self.clock.now

    # --- what happens while it runs ---------------------------------------------------------------------

    def after(self, seconds: float, deed: Callable[[], None]) -> None:
        """Have something happen so many seconds after now, while the next run goes on; if it has ended, never."""
        number = self.tale.runs + 1

        def happen() -> None:
            if self.process is not None and self.process.number == number:
                deed()

        self.clock.at(self.clock.now + seconds, happen)

    def interrupt(self) -> None:
        """Ctrl-C; the second one of a run ends it at once."""
        assert self.process is not None
        if self.process.halt.interrupted:
            self.tale.faults[Kind.INTERRUPTED_TWICE] += 1
            self.process.killed_at = self.process.effects + 1
        else:
            self.tale.faults[Kind.INTERRUPT] += 1
            self.process.halt.interrupt()

    def start_another(self) -> None:
        """A second command for the same account, while the first one runs."""
        self.tale.faults[Kind.SECOND_COMMAND] += 1
        with contextlib.suppress(BusyError), only_writer(self.journal.parent, ACCOUNT.address, ACCOUNT.name):
            self.promises.breaks("P10", "two runs may write for one account at the same time")

    def fill_the_disk(self) -> None:
        """The journal cannot grow any more, until the run has ended."""
        assert self._disk is not None
        self.tale.faults[Kind.DISK_FULL] += 1
        self._disk.fill_up()

    def fail_a_commit(self, commits: int, *, stored: bool) -> None:
        """A commit of the journal fails, after so many that succeed."""
        assert self._disk is not None
        self.tale.faults[Kind.DISK_ERROR] += 1
        self._disk.fail_after(commits, stored=stored)

    def set_the_clock(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.tale.faults[Kind.JUMP] += 1
        self._forget_what_cannot_be_known()
        if self.is_damaged:
            self._come_to_rest()
        self.wall_offset += seconds

    def sleep(self, seconds: float) -> None:
        """The machine sleeps: nothing goes on there, and at the service everything does."""
        self.tale.faults[Kind.SUSPENDED] += 1
        self.clock.sleep(seconds)

    # --- what happens between two runs ------------------------------------------------------------------

    def reboot(self) -> None:
        """The machine starts anew."""
        self.tale.faults[Kind.REBOOT] += 1
        self.clock.wait(20.0)
        self.boots += 1
        self.born = self._ticks()
        self._forget_what_cannot_be_known()

    def _forget_what_cannot_be_known(self) -> None:
        """With the clock set and the machine started anew, nobody can tell how long ago something was said."""
        if self.tale.faults[Kind.JUMP] and self.tale.faults[Kind.REBOOT]:
            self.quiet_until = 0.0

    def edit_the_sheet(self) -> None:
        """Somebody corrects the sheet: from now on that one is imported."""
        self.tale.faults[Kind.SHEET_EDITED] += 1
        self.service.wants(self.editions)
        self.work = self.chance.choice(self.editions)

    def import_another(self) -> None:
        """Somebody imports another sheet into the same course."""
        self.tale.faults[Kind.OTHER_SHEET] += 1
        self.service.wants([self.other])
        self.start(work=self.other)

    def back_up(self) -> None:
        """Somebody copies the journal."""
        if self.journal.exists():
            shutil.copy(self.journal, self.journal.with_suffix(".backup"))

    def lose_the_journal(self, how: Kind) -> None:
        """The journal is gone, damaged, or that of an earlier day.

        One that is gone or of an earlier day is so when everything has long come to rest: sooner nothing could keep
        twins from being made, as what is not in the lists yet is known to the journal alone. That one is damaged can be
        seen, and how old it is be told, unless the wall clock is set.
        """
        backup = self.journal.with_suffix(".backup")
        if not self.journal.exists() or (how is Kind.JOURNAL_RESTORED and not backup.exists()):
            return
        self.is_damaged = how is Kind.JOURNAL_DAMAGED and not self.tale.faults[Kind.JUMP]
        if not self.is_damaged:
            self._come_to_rest()
        self.service.truth.damaged_at = self.clock.now
        self.promises.close()
        self.tale.faults[how] += 1
        self.quiet_until = 0.0
        if how is Kind.JOURNAL_RESTORED:
            shutil.copy(backup, self.journal)
        elif how is Kind.JOURNAL_DAMAGED:
            _damage(self.journal)
            written_at = self.wall_offset + (self.written_at if self.is_damaged else self.clock.now)
            os.utime(self.journal, (written_at, written_at))
        else:
            self.journal.unlink()

    def _come_to_rest(self) -> None:
        """Let everything come to rest, and into the lists, before the journal is forgotten."""
        self.clock.come_to_rest()
        self.clock.wait(self.service.faults.list_lag + 61.0)
        self.service.truth.forgot_at = self.clock.now


def _damage(journal: Path) -> None:
    """Make a journal of today one whose pages are nonsense."""
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(journal.read_bytes())
    content[size:] = b"\xa5" * (len(content) - size)
    journal.write_bytes(content)
