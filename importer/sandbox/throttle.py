"""The service's limits. How it counts them is published nowhere, so there are several ways."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

WRITES: Final = frozenset(("POST", "PUT", "DELETE"))


class Counting(StrEnum):
    """How a limit is counted."""

    SLIDING = "sliding"
    """In any time of that length."""
    FIXED = "fixed"
    """In each minute, hour and day of the clock."""
    BUCKET = "bucket"
    """By what is left of a store that fills again evenly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account may do, as the service publishes it; 0 means no limit."""

    writes_per_minute: int = 60
    writes_per_day: int = 5_000
    requests_per_minute: int = 120
    requests_per_hour: int = 5_000
    requests_per_day: int = 200_000
    min_interval: float = 0.0
    """Seconds between two requests; the published 0.1 is not enforced unless asked for."""
    counting: Counting = Counting.SLIDING
    by_path: bool = False
    """Whether each address has limits of its own."""


NO_LIMITS: Final = Limits(
    writes_per_minute=0, writes_per_day=0, requests_per_minute=0, requests_per_hour=0, requests_per_day=0
)


class _Limit(Protocol):
    """A limit that is counted in some way."""

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0 where there is."""

    def count(self, now: float) -> None:
        """A request was let through."""


class _Sliding:
    """At most `most` requests in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def wait(self, now: float) -> float:
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        return self._times[0] + self._seconds - now if len(self._times) >= self._most else 0.0

    def count(self, now: float) -> None:
        self._times.append(now)


class _Fixed:
    """At most `most` requests from one multiple of `seconds` to the next."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._number, self._counted = 0, 0

    def wait(self, now: float) -> float:
        if now // self._seconds != self._number:
            self._number, self._counted = int(now // self._seconds), 0
        return (self._number + 1) * self._seconds - now if self._counted >= self._most else 0.0

    def count(self, now: float) -> None:
        self._counted += 1


class _Bucket:
    """Room for `most` requests, which fills again within `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._room, self._at = float(most), 0.0

    def wait(self, now: float) -> float:
        self._room = min(self._most, self._room + (now - self._at) * self._most / self._seconds)
        self._at = now
        return max(0.0, (1.0 - self._room) * self._seconds / self._most)

    def count(self, now: float) -> None:
        self._room -= 1.0


_WAYS: Final[dict[Counting, Callable[[int, float], _Limit]]] = {
    Counting.SLIDING: _Sliding,
    Counting.FIXED: _Fixed,
    Counting.BUCKET: _Bucket,
}


class Throttle:
    """Counts requests against the limits; one that is refused does not count. For one thread."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limits = limits
        self._counted: dict[str, list[tuple[_Limit, bool]]] = {}

    def admit(self, method: str, path: str = "") -> float:
        """Count a request and give 0; or, where a limit is reached, the seconds until it would be let through."""
        now, address = self._clock(), path if self._limits.by_path else ""
        if address not in self._counted:
            self._counted[address] = self._new()
        concerned = [limit for limit, writes_only in self._counted[address] if method in WRITES or not writes_only]
        wait = max((limit.wait(now) for limit in concerned), default=0.0)
        if wait <= 0:
            for limit in concerned:
                limit.count(now)
        return wait

    def _new(self) -> list[tuple[_Limit, bool]]:
        """Each limit, and whether it counts writes alone."""
        limits, way = self._limits, _WAYS[self._limits.counting]
        found = (
            (limits.writes_per_minute, 60.0, True),
            (limits.writes_per_day, 86_400.0, True),
            (limits.requests_per_minute, 60.0, False),
            (limits.requests_per_hour, 3_600.0, False),
            (limits.requests_per_day, 86_400.0, False),
        )
        counted = [(way(most, seconds), writes_only) for most, seconds, writes_only in found if most]
        return [*counted, (_Sliding(1, limits.min_interval), False)] if limits.min_interval else counted
