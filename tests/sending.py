"""Sending some rows to a sandbox, with a journal."""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from importer.auth import Credentials
from importer.client import open_lines
from importer.entities import LESSON, SECTION
from importer.group_commit import group_commits
from importer.journal import Account, Journal, LeftChange, LeftInDoubt, Run
from importer.model import Operation, Outcome, Sent
from importer.problems import Code
from importer.sandbox import Server
from importer.send import Known, send
from importer.service import open_service
from tests.builders import BY_PASSWORD, Hasty, Watcher, operation_of, plan_of, settings_for


class Sending:
    """A server, a journal, and what sending to the one with the other gives."""

    def __init__(self, server: Server, path: Path, *, speed: int = 1) -> None:
        self.server = server
        self.path = path
        self.speed = speed
        """How much faster the clock of the run goes, whose sleeps are as much shorter."""
        self.unreachable: Server | None = None
        """Where the writes go instead, while reads still reach the server."""
        self.watcher = Watcher()
        self.journal = Journal.open(path)

    def now(self) -> float:
        """Seconds on the clock of the run."""
        return time.monotonic() * self.speed

    def __call__(
        self,
        *waves: Sequence[Operation],
        given: Credentials = BY_PASSWORD,
        act: Callable[[Hasty, int], None] = lambda halt, done: None,
        known: Known | None = None,
        image: str | None = None,
        **options: object,
    ) -> Sent:
        """Send some waves; `act` is called with how many rows have their outcome, `image` is that of an earlier run."""
        plan = plan_of(*waves)
        run = Run(id="run", account=Account(address="here", name="ops"), files="", started_at=0, root="run")
        known = known or Known()
        self.journal.begin(
            run, plan.operations, taken_up=_taken_up(plan.operations, known) | _changes(plan.operations, known, image)
        )

        async def sending() -> Sent:
            halt = Hasty(max(100, self.speed))
            self.watcher = Watcher(lambda done: act(halt, done))
            settings = settings_for(self.server, **{"concurrency": 1, "settle": 0, **options})
            async with (
                group_commits(self.journal, "run") as group,
                open_service(settings, given, halt, group) as service,
                open_lines(settings_for(self.unreachable or self.server), len(service.lines)) as lines,
            ):
                service.lines = lines if self.unreachable else service.lines
                service.pacer.clock = self.now
                return await send(
                    *(plan, service, group, settings, self.watcher),
                    *(known, random.Random(0), time.time),
                )

        return asyncio.run(asyncio.wait_for(sending(), 60))

    @property
    def posts(self) -> int:
        """How many times a row was sent."""
        return sum(one.method == "POST" and "/content/" in one.path for one in self.server.log.entries)

    @property
    def titles(self) -> Counter[str]:
        """The titles that course 101 has."""
        records = [*self.server.store.find(SECTION)[0], *self.server.store.find(LESSON)[0]]
        return Counter(str(record["Title"]) for record in records if record["CourseId"] == 101)

    def empty(self) -> None:
        """Make the server as if nobody had sent to it."""
        self.server.faults.clear()
        self.server.log.clear()
        for entity in (LESSON, SECTION):
            for record in self.server.store.find(entity)[0]:
                self.server.store.delete(entity, int(str(record["Id"])))

    def stored(self, sql: str = "SELECT state FROM row ORDER BY number") -> list[str]:
        """What the journal holds, seen from outside."""
        connection = sqlite3.connect(self.path)
        found = [one for (one,) in connection.execute(sql)]
        connection.close()
        return found


def _taken_up(operations: Sequence[Operation], known: Known) -> dict[int, LeftInDoubt | LeftChange]:
    return {
        number: LeftInDoubt(
            run_id="earlier",
            number=0,
            origin=("run", number),
            identity=one.identity,
            reason="",
            numbers={},
            baseline=frozenset(),
            clock=None,
            boot=None,
        )
        for number, one in enumerate(operations)
        if one.key in known.doubts
    }


def _changes(operations: Sequence[Operation], known: Known, image: str | None) -> dict[int, LeftChange]:
    return {
        number: LeftChange(
            run_id="earlier",
            number=0,
            origin=("run", number),
            key=one.key,
            title=one.title,
            kind=one.entity.kind,
            subject=one.id or 0,
            verb=one.verb,
            payload=one.payload,
            image=image,
            reason=known.unclear[one.key],
        )
        for number, one in enumerate(operations)
        if one.key in known.unclear
    }


def lessons(count: int, *, section_row: int | None = None) -> list[Operation]:
    return [operation_of(f"Lesson {number}", row=number + 2, section_row=section_row) for number in range(count)]


def section(title: str = "Week 1", row: int = 2, unlock: int = 1) -> Operation:
    return operation_of(title, row=row, entity=SECTION, UnlockType=unlock)


def outcomes(sent: Sent) -> list[Outcome]:
    return [verdict.outcome for verdict in sent.verdicts.values()]


def only_problem(sent: Sent, operation: Operation) -> tuple[Code, str]:
    (problem,) = sent.verdicts[operation.key].problems
    return problem.code, problem.message
