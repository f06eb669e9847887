"""When a service that fails is left alone: after failures in succession nothing is written for a while.

Pure: times are seconds on the run's clock. While it is open, only a read may try whether the service is back; when one
succeeds, writing is tried again. Should that fail, it opens at once and for twice as long, up to ten minutes.

A read that succeeds is no success here, whether it tries the service or looks at a list: a service may show what it
holds and take nothing, and each row that it fails to take costs a person's time. Only a write that got a clear answer
ends a succession of failures, and the half hour after which the run stops. A read that fails is a failure like others.
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
"""Seconds from when it first opened that pass without a success before the run stops."""


@dataclass(slots=True)
class Breaker:
    """Counts how requests end. A throttle answer is neither success nor failure."""

    is_open: bool = False
    """Whether nothing may be written (as current does not flow where a breaker is open)."""
    opened_at: float | None = None
    """When it first opened since a write succeeded; None where it has not."""
    retry_at: float = 0.0
    _wait: float = FIRST_WAIT
    _in_succession: int = 0
    _last: deque[bool] = field(default_factory=lambda: deque(maxlen=OF_THE_LAST))

    def succeeded(self) -> None:
        """A write got a clear answer: all is well."""
        self.is_open = False
        self._in_succession = 0
        self._last.append(True)
        if self.opened_at is not None:
            self.opened_at = None
            self._wait = FIRST_WAIT
            self._last.clear()

    def answered(self) -> None:
        """A read that tried the service got an answer: writing may be tried."""
        self.is_open = False

    def failed(self, now: float) -> None:
        """A request got none."""
        self._in_succession += 1
        self._last.append(False)
        if self.is_open and now < self.retry_at:
            # It was on its way already when the service was left alone.
            return
        if self.opened_at is not None:
            self._wait = min(LONGEST_WAIT, self._wait * 2)
        elif self._is_too_much:
            self.opened_at = now
        else:
            return
        self.is_open = True
        self.retry_at = now + self._wait

    @property
    def _is_too_much(self) -> bool:
        full = len(self._last) == OF_THE_LAST
        return self._in_succession >= IN_SUCCESSION or (full and self._last.count(False) >= SHARE * OF_THE_LAST)

    def gives_up(self, now: float) -> bool:
        """Whether it is open, and nothing has succeeded for longer than a run waits."""
        return self.is_open and self.opened_at is not None and now - self.opened_at >= PATIENCE
