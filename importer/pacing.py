"""The pace of sending: no window at the service ever sees more requests than its limit.

A request takes a slot of every limit that it counts for and holds it from the moment it is sent until the
limit's window has passed since its answer came. Whenever in between the service counted it, the window that
it counts in holds no more than the limit. After the first throttle answer the pace becomes even spacing.
"""

import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from importer.errors import TryLaterError
from importer.problems import counted
from importer.settings import Limits

MINUTE: Final = 60.0
DAY: Final = 86_400.0
PATIENCE: Final = 900.0
"""Seconds that a run waits for a slot or for a throttle to end; beyond that it stops and can be taken up later."""


class LimitSpentError(TryLaterError):
    """The service allows nothing more for longer than a run waits."""

    code = "limit-spent"

    def __init__(self, seconds: float) -> None:
        hours, minutes = divmod(math.ceil(seconds / MINUTE), 60)
        wait = f"{counted(hours, 'hour')} {counted(minutes, 'minute')}" if hours else counted(minutes, "minute")
        super().__init__(
            f"Nexudus allows this account nothing more for now. "
            f"Run the same command again in {wait}: it goes on where it stopped."
        )
        self.seconds = seconds


class StoppedError(Exception):
    """The user asked to stop while a request waited for its turn."""


@dataclass(slots=True)
class Window:
    """One limit: at most `limit` requests within `seconds`; writes alone if `writes_only`."""

    limit: int
    seconds: float
    writes_only: bool
    open: int = 0
    """Requests whose answer has not come yet."""
    held: deque[float] = field(default_factory=deque)
    """When each slot whose answer came is free again, on the run's clock; rising."""

    def wait(self, now: float) -> float:
        """Seconds until a slot is free: 0 if one is, infinite if that depends on an answer."""
        while self.held and self.held[0] <= now:
            self.held.popleft()
        if self.open + len(self.held) < self.limit:
            return 0.0
        return self.held[0] - now if self.held else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A request of an earlier run: how many seconds ago its answer came, and whether it was a write."""

    age: float
    write: bool


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
            window.held.append(now + window.seconds)
        self._windows = ()
        self._pacer.changed()

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

    def __init__(self, limits: Limits, *, clock: Callable[[], float], waits: Waits, used: Iterable[Used] = ()) -> None:
        self.clock = clock
        self.changed = waits.changed
        self._waits = waits
        self._limits = limits
        self._windows = tuple(
            Window(limit=limit, seconds=seconds, writes_only=writes_only)
            for limit, seconds, writes_only in (
                (limits.writes_per_minute, MINUTE, True),
                (limits.writes_per_day, DAY, True),
                (limits.requests_per_minute, MINUTE, False),
            )
            if limit
        )
        self._not_before = -math.inf
        self._spaced = False
        self._last = {True: -math.inf, False: -math.inf}
        self.throttled = 0
        now = clock()
        for request in sorted(used, key=lambda one: -one.age):
            for window in self._windows:
                if request.age < window.seconds and (request.write or not window.writes_only):
                    window.held.append(now + window.seconds - max(request.age, 0.0))

    def wait(self, *, write: bool) -> float:
        """Seconds until a request may be sent: 0 if at once, infinite if that depends on an answer."""
        now = self.clock()
        waits = [window.wait(now) for window in self._windows if write or not window.writes_only]
        return max(0.0, self._not_before - now, self._next(write=write) - now, *waits)

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
        windows = tuple(window for window in self._windows if write or not window.writes_only)
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
            if math.isinf(seconds):
                await self._waits.change()
            elif seconds > PATIENCE:
                raise LimitSpentError(seconds)
            else:
                await self._waits.sleep(seconds)

    @property
    def on_hold(self) -> bool:
        """Whether the service asked everybody to wait, and it is not over."""
        return self._not_before > self.clock()

    async def quiet(self) -> None:
        """Return when nobody is asked to wait any more; for what counts for no limit. Raises as `slot` does."""
        while self.on_hold:
            seconds = self._not_before - self.clock()
            if self._waits.stopped():
                raise StoppedError
            if seconds > PATIENCE:
                raise LimitSpentError(seconds)
            await self._waits.sleep(seconds)

    def throttle(self, seconds: float) -> None:
        """The service asked everybody to wait; from now on the pace is even."""
        self.throttled += 1
        self._spaced = True
        self._not_before = max(self._not_before, self.clock() + seconds)


def seconds_for(writes: int, limits: Limits, used_this_minute: int = 0) -> float:
    """How long that many writes take under the limits (the day's apart), answers coming at once."""
    if writes <= 0:
        return 0.0
    by_interval = (writes - 1) * limits.min_interval
    per_minute = min(limits.writes_per_minute or math.inf, limits.requests_per_minute or math.inf)
    if math.isinf(per_minute):
        return by_interval
    full_windows = (used_this_minute + writes - 1) // int(per_minute)
    return max(by_interval, full_windows * MINUTE)
