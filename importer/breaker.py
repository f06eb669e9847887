"""When a service that fails is left alone: after failures in succession nothing is written for a while.

Pure: times are seconds on the run's clock. While it is open, only a read may try whether the service is back; when
one succeeds, writing goes on. Each further failure doubles the wait, up to ten minutes.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

IN_SUCCESSION: Final = 5
OF_THE_LAST: Final = 20
SHARE: Final = 0.5
FIRST_WAIT: Final = 60.0
LONGEST_WAIT: Final = 600.0
PATIENCE: Final = 1800.0
"""Seconds that it may stay open before the run stops."""


@dataclass(slots=True)
class Breaker:
    """Counts how requests end. A throttle answer is neither success nor failure."""

    opened_at: float | None = None
    retry_at: float = 0.0
    _wait: float = FIRST_WAIT
    _in_succession: int = 0
    _last: deque[bool] = field(default_factory=lambda: deque(maxlen=OF_THE_LAST))

    @property
    def is_open(self) -> bool:
        """Whether nothing may be written."""
        return self.opened_at is not None

    def succeeded(self) -> None:
        """A request got a clear answer: what was open closes."""
        self._in_succession = 0
        self._last.append(True)
        if self.opened_at is not None:
            self.opened_at = None
            self._wait = FIRST_WAIT
            self._last.clear()

    def failed(self, now: float) -> None:
        """A request got none."""
        self._in_succession += 1
        self._last.append(False)
        if self.opened_at is not None:
            self._wait = min(LONGEST_WAIT, self._wait * 2)
            self.retry_at = now + self._wait
        elif self._is_too_much:
            self.opened_at = now
            self.retry_at = now + self._wait

    @property
    def _is_too_much(self) -> bool:
        full = len(self._last) == OF_THE_LAST
        return self._in_succession >= IN_SUCCESSION or (full and self._last.count(False) >= SHARE * OF_THE_LAST)

    def gives_up(self, now: float) -> bool:
        """Whether it has been open for longer than a run waits."""
        return self.opened_at is not None and now - self.opened_at >= PATIENCE
