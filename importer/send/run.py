"""A run while it goes on: what is left, what is in doubt, and what each row came to."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from importer.answers import Ambiguous, Answer, Throttled, Unsent
from importer.breaker import PATIENCE, Breaker
from importer.delivery import State
from importer.doubts import MOST_OPEN, Doubt
from importer.entities import Entity
from importer.errors import TryLaterError
from importer.group_commit import GroupCommit
from importer.journal import Moved
from importer.model import Claim, Held, Operation, RowKey, Verb, Verdict
from importer.pacing import most_requests, seconds_for
from importer.progress import Progress
from importer.send.above import Above
from importer.send.late import Late, Record, may_go_at, record_of
from importer.send.queue import Queue
from importer.service import Service
from importer.settings import Settings

_BREAKER_OPEN_TOO_LONG: Final = (
    "Nexudus has taken no row for half an hour, so nothing more was sent. Run the same command again later: it goes on "
    "where it stopped."
)


Hold = Callable[[Operation, Mapping[RowKey, Verdict]], Awaitable[Verdict | None]]
"""Why a record is not to be changed or deleted after all, asked just before; the verdicts are those of rows so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was known before the first row was sent.

    `listings` are the complete lists by kind and course, asked for at `listed_at` or later, which prove that what they
    do not show was absent only if `is_proof`, as no reading failed in between; `claimed` the ids that rows of this run
    have already, by kind, `earlier` the rows of earlier runs by the ids that they have; `doubts` the rows of this run
    that an earlier one left in doubt, `unclear` those of them that change or delete a record, and why; of those in
    `replaced` that was another change than theirs. `late` is what earlier runs sent to records that may still be done.
    `hold` is asked about each change and deletion.
    """

    listings: Mapping[tuple[str, int], Sequence[Held]] = field(default_factory=dict)
    listed_at: float = 0.0
    is_proof: bool = True
    claimed: Mapping[str, Collection[int]] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[int, Claim]] = field(default_factory=dict)
    doubts: Mapping[RowKey, Doubt] = field(default_factory=dict)
    unclear: Mapping[RowKey, str] = field(default_factory=dict)
    replaced: Collection[RowKey] = ()
    late: Mapping[Record, Sequence[Late]] = field(default_factory=dict)
    hold: Hold | None = None

    def baseline(self, kind: str, course: int) -> frozenset[int]:
        """The ids that were there before."""
        return frozenset(held.id for held in self.listings.get((kind, course), ()))


@dataclass(slots=True, kw_only=True)
class Run:
    """Everything about a run that changes. Only the workers and the watcher of the run touch it."""

    service: Service
    journal: GroupCommit
    settings: Settings
    progress: Progress
    queue: Queue
    known: Known
    operations: Mapping[RowKey, Operation]
    numbers: Mapping[RowKey, int]
    wall: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)
    verdicts: dict[RowKey, Verdict] = field(default_factory=dict)
    doubts: dict[RowKey, Doubt] = field(default_factory=dict)
    unclear: dict[RowKey, str] = field(default_factory=dict)
    """Changes that may have been done, and why nobody knows; their workers find out."""
    late: dict[Record, tuple[Late, ...]] = field(default_factory=dict)
    """What was sent to records and may still be done, though it got no clear answer."""
    claimed: dict[str, set[int]] = field(default_factory=dict)
    resent: dict[RowKey, Doubt] = field(default_factory=dict)
    """Rows that were sent again after their absence had been proven, with the doubt that they were in."""
    breaker: Breaker = field(default_factory=Breaker)
    above: Above = field(default_factory=Above)
    unseen_since: float | None = None
    """Since when no list could be read that rows in doubt need; None where the last one could."""
    attempts: int = 0
    on_the_way: int = 0
    """Rows that are with the service just now."""
    reading: asyncio.Semaphore = field(init=False)
    """Few may read with a slot for a write in hand: those slots would leave none for the reading."""
    reads_left: int = field(init=False)
    """Records that are still to be read before they change."""

    def __post_init__(self) -> None:
        self.reading = asyncio.Semaphore(max(1, most_requests(self.settings) // 2))
        self.late |= {record: tuple(late) for record, late in self.known.late.items()}
        self.reads_left = sum(one.verb is not Verb.CREATE for one in self.operations.values())

    @property
    def now(self) -> float:
        """Seconds on the run's clock."""
        return self.service.pacer.clock()

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to send or to find out."""
        return self.queue.is_empty and not self.doubts and not self.queue.moments

    @property
    def may_write(self) -> bool:
        """Whether a row may leave now: not while the service is left alone, and few at a time."""
        return self._leaves_room_for(self.on_the_way)

    @property
    def may_change(self) -> bool:
        """Whether a record may be changed now; no twin can come of that, however many rows are in doubt."""
        return not self.breaker.is_open and not self.service.halt.asked

    @property
    def may_still_write(self) -> bool:
        """Whether a row that is counted as on the way already may really leave."""
        return not self.service.halt.asked and self._leaves_room_for(self.on_the_way - 1)

    def _leaves_room_for(self, rows: int) -> bool:
        """Whether one row more may be under way besides so many others, should all of them end in doubt.

        Only where no limit holds the pace back, and so no account is at stake, may more leave while none is in doubt.
        """
        is_few = len(self.doubts) + rows < MOST_OPEN
        return not self.breaker.is_open and (is_few or not (self.doubts or self.settings.writes_per_minute))

    async def next(self) -> Operation | None:
        """The next row to send, as soon as there is one; None when none will come any more."""
        while not self.service.halt.asked:
            self.queue.wake(self.now)
            if self._leaves_room_for(self.queue.in_flight) and (operation := self.queue.take()) is not None:
                if self._may_leave(operation):
                    return operation
                continue
            if self.is_finished:
                return None
            await self.service.change.wait(min(self.queue.moments, default=self.now + 3600.0) - self.now)
        return None

    def _may_leave(self, operation: Operation) -> bool:
        """Whether nothing that was sent to its record before could still be done after it; if so, the row rests."""
        until = may_go_at(operation, self.sent_to(operation))
        if until <= self.now:
            return True
        self.queue.rests(operation, until)
        self.service.change.happened()
        return False

    def sent_to(self, operation: Operation) -> Sequence[Late]:
        """What was sent to the record of an operation without a clear answer, by this and earlier runs."""
        return self.late.get(record_of(operation), ())

    def may_come_late(self, operation: Operation, until: float) -> None:
        """What was sent got no clear answer, and may still be done until then."""
        late = Late(verb=operation.verb, payload=operation.payload, until=until)
        self.late[record_of(operation)] = (*self.sent_to(operation), late)

    async def until_writing_may_go_on(self) -> None:
        """Wait while the service is left alone, or enough rows are in doubt."""
        while not self.may_write and not self.service.halt.asked:
            await self.service.change.wait()

    async def until_changing_may_go_on(self) -> None:
        """Wait while the service is left alone."""
        while self.breaker.is_open and not self.service.halt.asked:
            await self.service.change.wait()

    def settle(self, operation: Operation, verdict: Verdict) -> None:
        """A row that was sent, or could not be, has its outcome."""
        self.queue.settled(operation)
        self._record(operation, verdict)

    def doubt(self, doubt: Doubt) -> None:
        """A row that was sent got no clear answer."""
        self.doubts[doubt.operation.key] = doubt
        self.queue.doubted(doubt.operation)
        self.service.change.happened()

    def clear(self, doubt: Doubt, verdict: Verdict, state: State | None, stamp: str | None = None) -> None:
        """A row in doubt has its outcome; `state` is where the journal has it now, None where it stays in doubt."""
        operation = doubt.operation
        del self.doubts[operation.key]
        if state is not None:
            self.note(operation, state, id=verdict.id, stamp=stamp)
        self.queue.cleared(operation, again=False)
        self._record(operation, verdict)

    def send_again(self, doubt: Doubt) -> None:
        """A row's record is proven to be absent."""
        operation = doubt.operation
        del self.doubts[operation.key]
        self.resent[operation.key] = doubt
        self.note(operation, State.PENDING, reason="proven to be absent")
        self.queue.cleared(operation, again=True)
        self.service.change.happened()

    def note(
        self,
        operation: Operation,
        state: State,
        *,
        id: int | None = None,
        stamp: str | None = None,
        reason: str = "",
    ) -> None:
        """Let the journal know where a row is now."""
        number, takes_over = self.numbers[operation.key], id in self.earlier(operation.entity)
        self.journal.note(Moved(row=number, state=state, id=id, stamp=stamp, reason=reason, takes_over=takes_over))

    def _record(self, operation: Operation, verdict: Verdict) -> None:
        self.verdicts[operation.key] = verdict
        self.unclear.pop(operation.key, None)
        if verdict.id is not None:
            self.claims(operation.entity).add(verdict.id)
        left = len(self.operations) - len(self.verdicts)
        self.reads_left -= operation.verb is not Verb.CREATE
        self.progress.advance(verdict.outcome, seconds_for(left, self.settings, reads=self.reads_left))
        self.service.change.happened()

    def claims(self, entity: Entity) -> set[int]:
        """The ids that rows of this run have."""
        if entity.kind not in self.claimed:
            self.claimed[entity.kind] = set(self.known.claimed.get(entity.kind, ()))
        return self.claimed[entity.kind]

    def earlier(self, entity: Entity) -> Mapping[int, Claim]:
        """The rows of earlier runs by the ids that they have."""
        return self.known.earlier.get(entity.kind, {})

    def health(self, answer: Answer) -> None:
        """Count how a request ended; a service that says what it has against a row works."""
        if isinstance(answer, Unsent) or (isinstance(answer, Ambiguous) and not answer.faults):
            self.breaker.failed(self.now)
        elif not isinstance(answer, Throttled):
            self.service.pacer.let_through()
            self.breaker.succeeded()
        self.service.change.happened()

    def give_up_in_time(self) -> None:
        """Raise `TryLaterError` where the service has been away for longer than a run waits."""
        unseen = self.unseen_since is not None and self.now - self.unseen_since >= PATIENCE
        if self.breaker.gives_up(self.now) or unseen:
            raise TryLaterError(_BREAKER_OPEN_TOO_LONG)

    def placed(self, operation: Operation) -> Operation | RowKey:
        """The operation with the ids of the records above it, or the row above that has none."""
        if not operation.parents:
            return operation
        ids: dict[str, int] = {}
        for name, key in operation.parents.items():
            above = self.verdicts.get(key)
            if above is None or above.id is None:
                return key
            ids[name] = above.id
        scope = operation.entity.scope
        course = ids.get(scope.id, operation.course) if scope else operation.course
        return replace(operation, course=course, payload={**operation.payload, **ids})
