"""The pace of sending: no window at the service ever sees more requests than its limit.

A request takes a slot of every limit that it counts for and holds it from the moment it is sent until the
limit's window has passed since its answer came. Whenever in between the service counted it, the window that
it counts in holds no more than the limit. After the first throttle answer the pace becomes even spacing.

Two commands of one account can go on at the same time only if all but one are plans. Each then knows what the others
had used when it began, and not what they use meanwhile.
"""

import heapq
import math
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from importer.errors import TryLaterError
from importer.problems import counted
from importer.settings import Limits
from importer.window import Window

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
PATIENCE: Final = 900.0
"""Seconds that a run waits for a slot or for throttles to end; beyond that it stops and can be taken up later."""
_WITHOUT_ASKING: Final = 10
"""Throttle answers in succession after which each further one makes the run wait longer, whatever it asks for."""


class LimitSpentError(TryLaterError):
    """A limit of the account, or the service itself, allows nothing more for longer than a run waits."""

    code = "limit-spent"

    def __init__(self, seconds: float, limit: Window | None = None) -> None:
        hours, minutes = divmod(math.ceil(seconds / MINUTE), 60)
        wait = f"{counted(hours, 'hour')} {counted(minutes, 'minute')}" if hours else counted(minutes, "minute")
        super().__init__(
            f"The limit of {limit.what} ({limit.limit:,}) is used up for now. "
            f"Run the same command again in {wait}: it goes on where it stopped."
            if limit
            else f"Nexudus allows this account nothing more for now. "
            f"Run the same command again in {wait}: it goes on where it stopped."
        )
        self.seconds = seconds


class StoppedError(Exception):
    """The user asked to stop while a request waited for its turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A request of an earlier run: how many seconds ago its answer came, and whether it was a write.

    The age is negative where the request may still be on its way: the seconds until it surely has ended.
    """

    age: float
    write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What earlier runs leave to this one: what they used, and the seconds that all were asked to wait still."""

    used: tuple[Used, ...] = ()
    rest: float = 0.0


class Slot:
    """The leave to send one request. Whoever has one says when its answer came (or that there will be none)."""

    __slots__ = ("_pacer", "_windows")

    def __init__(self, pacer: "Pacer", windows: tuple[Window, ...]) -> None:
        self._pacer = pacer
        self._windows = windows

    def answered(self) -> None:
        """The answer came, or can no longer come."""
        now = self._pacer.clock()
        for window in self._windows:
            window.open -= 1
            heapq.heappush(window.held, now + window.seconds)
        self._windows = ()
        self._pacer.changed()

    def end(self, *, is_used: bool) -> None:
        """The request is over, and left this machine or did not."""
        if is_used:
            self.answered()
        else:
            self.unused()

    def unused(self) -> None:
        """Nothing was sent."""
        for window in self._windows:
            window.open -= 1
        self._windows = ()
        self._pacer.changed()


@dataclass(frozen=True, slots=True)
class Waits:
    """How the pacer waits, so that tests can do it in no time.

    `sleep` waits that many seconds, or shorter when the run is to stop. `change` waits until an answer came,
    `changed` says that one did.
    """

    sleep: Callable[[float], Awaitable[None]]
    change: Callable[[], Awaitable[None]]
    changed: Callable[[], None]
    stopped: Callable[[], bool]


class Pacer:
    """The slots of every limit, on a given clock (seconds that only rise)."""

    def __init__(self, limits: Limits, *, clock: Callable[[], float], waits: Waits, past: Past | None = None) -> None:
        past = past or Past()
        self.clock = clock
        self.changed = waits.changed
        self._waits = waits
        self._limits = limits
        self._windows = tuple(
            Window(what=what, limit=limit, seconds=seconds, writes_only=writes_only)
            for what, limit, seconds, writes_only in (
                ("writes per minute", limits.writes_per_minute, MINUTE, True),
                ("writes per day", limits.writes_per_day, DAY, True),
                ("requests per minute", limits.requests_per_minute, MINUTE, False),
                ("requests per hour", limits.requests_per_hour, HOUR, False),
            )
            if limit
        )
        now = clock()
        self._not_before = now + past.rest if past.rest else -math.inf
        self._spaced = past.rest > 0
        self._shut_since = now
        """When the first of the throttle answers in succession came."""
        self._in_succession = 0
        self._last = {True: -math.inf, False: -math.inf}
        self.throttled = 0
        for request in past.used:
            for window in self._windows:
                if request.age < window.seconds and (request.write or not window.writes_only):
                    heapq.heappush(window.held, now + window.seconds - request.age)

    def wait(self, *, write: bool) -> float:
        """Seconds until a request may be sent: 0 if at once, infinite if that depends on an answer."""
        now = self.clock()
        waits = [window.wait(now) for window in self._counting(write=write)]
        return max(0.0, self._not_before - now, self._next(write=write) - now, *waits)

    def _counting(self, *, write: bool) -> tuple[Window, ...]:
        """The limits that a request counts for."""
        return tuple(window for window in self._windows if write or not window.writes_only)

    def _next(self, *, write: bool) -> float:
        """When the interval since the last sending has passed."""
        anything = max(self._last.values()) + self._limits.min_interval
        if not self._spaced:
            return anything
        per_minute = self._limits.writes_per_minute if write else self._limits.requests_per_minute
        return max(anything, self._last[write] + (MINUTE / per_minute if per_minute else 0.0))

    def take(self, *, write: bool) -> Slot:
        """A slot, which has to be free."""
        self._last[write] = self.clock()
        windows = self._counting(write=write)
        for window in windows:
            window.open += 1
        return Slot(self, windows)

    async def slot(self, *, write: bool) -> Slot:
        """A slot as soon as there is one.

        Raises `LimitSpentError` where that is longer than a run waits, `StoppedError` where the run is to stop.
        """
        while True:
            if self._waits.stopped():
                raise StoppedError
            seconds = self.wait(write=write)
            if seconds == 0.0:
                return self.take(write=write)
            if math.isinf(seconds) or (seconds > PATIENCE and write and self._is_writing):
                await self._waits.change()
            elif seconds > PATIENCE:
                raise LimitSpentError(seconds, self._spent(write=write))
            else:
                self._give_up_in_time()
                await self._waits.sleep(seconds)

    @property
    def _is_writing(self) -> bool:
        """Whether a write has a slot and no answer yet.

        To stop the run now would hold it back, though it is allowed. A read does not wait for that: it may be the one
        that the write waits for.
        """
        return any(window.open for window in self._windows if window.writes_only)

    def _spent(self, *, write: bool) -> Window | None:
        """The limit that has to be waited for the longest; None where the service itself asked for as long a wait."""
        now = self.clock()
        longest = max(self._counting(write=write), key=lambda window: window.wait(now), default=None)
        return longest if longest and longest.wait(now) > self.rest else None

    async def spaced(self) -> None:
        """Return when the smallest interval has passed, for who has a slot to write and has read something since."""
        while not self._waits.stopped():
            seconds = max(self._last.values()) + self._limits.min_interval - self.clock()
            if seconds <= 0.0:
                break
            await self._waits.sleep(seconds)
        self._last[True] = self.clock()

    @property
    def on_hold(self) -> bool:
        """Whether the service asked everybody to wait, and it is not over."""
        return self.rest > 0.0

    @property
    def rest(self) -> float:
        """Seconds that everybody is still asked to wait."""
        return max(0.0, self._not_before - self.clock())

    async def quiet(self) -> None:
        """Return when nobody is asked to wait any more; for what counts for no limit. Raises as `slot` does."""
        while (seconds := self.rest) > 0.0:
            if self._waits.stopped():
                raise StoppedError
            if seconds > PATIENCE:
                raise LimitSpentError(seconds)
            self._give_up_in_time()
            await self._waits.sleep(seconds)

    def throttle(self, seconds: float) -> None:
        """The service asked everybody to wait; from now on the pace is even.

        A service that goes on asking and lets nothing through is asked less and less often, then no more.
        """
        now = self.clock()
        self.throttled += 1
        self._spaced = True
        if not self._in_succession:
            self._shut_since = now
        # Those that were on their way together are told together, which is no succession.
        self._in_succession += not self.on_hold
        least = 2.0 ** (self._in_succession - _WITHOUT_ASKING - 1) if self._in_succession > _WITHOUT_ASKING else 0.0
        self._not_before = max(self._not_before, now + max(seconds, min(least, MINUTE)))

    def let_through(self) -> None:
        """The service worked on a request."""
        self._in_succession = 0

    def _give_up_in_time(self) -> None:
        """Raise `LimitSpentError` where the service goes on asking for patience and lets nothing through."""
        if self._in_succession and self._not_before - self._shut_since > PATIENCE:
            raise LimitSpentError(max(self.rest, PATIENCE))


def most_requests(limits: Limits) -> int:
    """How many requests every window allows."""
    return min(
        (limit for limit in (limits.requests_per_minute, limits.requests_per_hour) if limit), default=sys.maxsize
    )


def seconds_for(writes: int, limits: Limits, *, reads: int = 0) -> float:
    """How long that many writes, and reads among them, take under the limits (the day's apart), answers at once."""
    requests = writes + reads
    if requests <= 0:
        return 0.0
    windows = (
        (writes, limits.writes_per_minute, MINUTE),
        (requests, limits.requests_per_minute, MINUTE),
        (requests, limits.requests_per_hour, HOUR),
    )
    by_window = [max(0, count - 1) // limit * seconds for count, limit, seconds in windows if limit]
    return max([(requests - 1) * limits.min_interval, *by_window])
