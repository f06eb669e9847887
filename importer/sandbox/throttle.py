"""The service's limits, counted over sliding windows."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

WRITES: Final = frozenset(("POST", "PUT", "DELETE"))


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


NO_LIMITS: Final = Limits(
    writes_per_minute=0, writes_per_day=0, requests_per_minute=0, requests_per_hour=0, requests_per_day=0
)


class _Window:
    """At most `most` requests in any `seconds`."""

    def __init__(self, most: int, seconds: float, *, writes_only: bool = False) -> None:
        self.most = most
        self.seconds = seconds
        self.writes_only = writes_only
        self.times: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0 where there is."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return self.times[0] + self.seconds - now if len(self.times) >= self.most else 0.0


class Throttle:
    """Counts requests against the limits; one that is refused does not count. For one thread."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        windows = (
            _Window(limits.writes_per_minute, 60, writes_only=True),
            _Window(limits.writes_per_day, 86_400, writes_only=True),
            _Window(limits.requests_per_minute, 60),
            _Window(limits.requests_per_hour, 3_600),
            _Window(limits.requests_per_day, 86_400),
            _Window(1 if limits.min_interval else 0, limits.min_interval),
        )
        self._windows = [window for window in windows if window.most]

    def admit(self, method: str) -> float:
        """Count a request and give 0; or, where a limit is reached, the seconds until it would be let through."""
        now = self._clock()
        concerned = [window for window in self._windows if method in WRITES or not window.writes_only]
        wait = max((window.wait(now) for window in concerned), default=0.0)
        if wait <= 0:
            for window in concerned:
                window.times.append(now)
        return wait
