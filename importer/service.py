"""The service as a run sees it: lines, sign-in and pace together, and reads that mend themselves."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from importer.answers import NoAnswer, NotSent, Reply, Request, Result
from importer.api import throttle_wait, unusable
from importer.auth import Credentials, SignIn
from importer.boot import since_boot
from importer.client import Line, open_lines
from importer.delivery import role_missing
from importer.errors import ImporterError, UnreachableError
from importer.journal import Answered, Asking, Entry, Throttled
from importer.pacing import Pacer, Past, StoppedError, Waits
from importer.settings import Settings

READ_TRIES: Final = 4
"""How often a read is tried that gets no usable answer."""


class Halt:
    """Whether the run is to stop: asked by the user, or because something stops it."""

    def __init__(self) -> None:
        self.interrupted = False
        self.reason: ImporterError | None = None
        self._event = asyncio.Event()

    @property
    def asked(self) -> bool:
        """Whether anything asked to stop."""
        return self._event.is_set()

    def interrupt(self) -> None:
        """The user asks to stop."""
        self.interrupted = True
        self._event.set()

    def because(self, reason: ImporterError) -> None:
        """Something stops the run; the first reason counts."""
        self.reason = self.reason or reason
        self._event.set()

    async def sleep(self, seconds: float) -> None:
        """Wait that long, or until somebody asks to stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)


class Change:
    """Lets waiters know that something happened: an answer came, a row was settled."""

    def __init__(self, halt: Halt) -> None:
        self._halt = halt
        self._event = asyncio.Event()

    def happened(self) -> None:
        """Wake everybody who waits."""
        # The next change gets an event of its own: one that is cleared again could be missed.
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float = 3600.0) -> None:
        """Wait until something happens, the run is to stop, or that many seconds have passed."""
        waits = [asyncio.ensure_future(self._event.wait()), asyncio.ensure_future(self._halt.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


class Record(Protocol):
    """Where requests are recorded, so that later runs know of them."""

    def note(self, entry: Entry) -> None:
        """An entry that becomes durable with a later one, at the latest at the end."""

    async def write(self, entry: Entry) -> None:
        """Return when the entry, and all before it, are durable. Raises `JournalBrokeError`."""


@dataclass(slots=True)
class Service:
    """What a run needs of the service. `reads` are those that were sent, `writes` the rows.

    Each worker has one of the `lines`, reads have `reader`; all together have at most `concurrency` requests on the
    way. Every read is on `record` before it leaves.
    """

    address: str
    lines: Sequence[Line]
    reader: Line
    sign_in: SignIn
    pacer: Pacer
    record: Record
    halt: Halt
    change: Change
    wall: Callable[[], float] = time.time
    reads: int = 0
    writes: int = 0
    stumbles: int = 0
    """How often a read had to be asked again, as it failed or everybody was asked to wait."""
    _asked: int = 0
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._gate = asyncio.Semaphore(len(self.lines))

    async def perform(
        self, line: Line, request: Request, token: str, may_go: Callable[[], bool] = lambda: True
    ) -> Result | None:
        """Send the request once on a line, when there is room for one more on the way.

        None where it was held back: while it waited for room, everybody was asked to wait, or it may no longer go.
        """
        async with self._gate:
            if self.pacer.on_hold or not may_go():
                return None
            return await line.perform(request, token)

    async def read(self, request: Request, record: str, tries_left: int = READ_TRIES) -> Reply:
        """The answer (status 200, or 4xx that is the caller's to judge) to a read, tried again as far as sensible.

        Raises `SignInError` where the account may not list or read `record`, `UnreachableError` where no usable answer
        comes, `LimitSpentError` and `StoppedError` as `Pacer.slot` does, `JournalBrokeError`.
        """
        tries, renewed = 0, False
        token = await self.sign_in.token()
        while True:
            result = await self._ask(request, token)
            reason = result.reason if isinstance(result, NotSent | NoAnswer) else ""
            if isinstance(result, Reply):
                wait = throttle_wait(result)
                if wait is not None:
                    self.stumbles += 1
                    await self.throttled(wait)
                    continue
                self.pacer.let_through()
                if result.status in (401, 403):
                    fresh = None if renewed or result.status == 403 else await self.sign_in.renewed(token)
                    if fresh is None:
                        raise role_missing(record, request.role)
                    token, renewed = fresh, True
                    continue
                fault = unusable(result)
                if result.status < 300 or not fault.again:
                    return result
                reason = fault.reason
            tries += 1
            self.stumbles += 1
            if tries >= tries_left:
                raise UnreachableError(self.address, reason)
            await self.halt.sleep(0.25 * 2.0**tries)

    async def _ask(self, request: Request, token: str) -> Result:
        result = None
        while result is None:
            slot = await self.pacer.slot(write=False)
            self._asked += 1
            attempt = -self._asked
            try:
                await self.record.write(Asking(attempt=attempt, at=self.wall(), clock=self.pacer.clock()))
            except ImporterError:
                slot.unused()
                raise
            result = await self.perform(self.reader, request, token)
            is_used = result is not None and not isinstance(result, NotSent)
            self.reads += is_used
            slot.end(is_used=is_used)
            now = self.pacer.clock()
            self.record.note(Answered(attempt=attempt, at=self.wall(), clock=now, is_used=is_used))
        return result

    async def throttled(self, seconds: float) -> None:
        """The service asked everybody to wait: this run does, and those after it."""
        await _rest(self.pacer, self.record, self.wall, seconds)


async def _rest(pacer: Pacer, record: Record, wall: Callable[[], float], seconds: float) -> None:
    pacer.throttle(seconds)
    await record.write(Throttled(at=wall(), clock=pacer.clock(), seconds=pacer.rest))


def when_quiet(
    line: Line, pacer: Pacer, record: Record, wall: Callable[[], float] = time.time
) -> Callable[[Request], Awaitable[Result]]:
    """How to sign in: on a line, without a slot, but not while everybody is asked to wait."""

    async def ask(request: Request) -> Result:
        while True:
            await pacer.quiet()
            result = await line.perform(request)
            wait = throttle_wait(result) if isinstance(result, Reply) else None
            if wait is None:
                return result
            await _rest(pacer, record, wall, wait)

    return ask


@contextlib.asynccontextmanager
async def open_service(
    settings: Settings, credentials: Credentials, halt: Halt, record: Record, past: Past | None = None
) -> AsyncIterator[Service]:
    """The service at the address of the settings, with a line for each worker, after what earlier runs left."""
    change = Change(halt)
    waits = Waits(sleep=halt.sleep, change=change.wait, changed=change.happened, stopped=lambda: halt.asked)
    pacer = Pacer(settings, clock=since_boot, waits=waits, past=past)
    async with open_lines(settings, settings.concurrency + 1) as (*lines, reader):
        sign_in = SignIn(credentials, settings.base_url, when_quiet(reader, pacer, record))
        yield Service(settings.base_url, lines, reader, sign_in, pacer, record, halt, change)


__all__ = ["Halt", "Record", "Service", "StoppedError", "open_service"]
