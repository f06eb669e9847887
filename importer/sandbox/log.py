"""What was asked of the sandbox, in order."""

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

KEPT: Final = 200_000
"""Requests that are remembered; older ones are forgotten, and no longer counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request: when it came (seconds of the sandbox's clock), and its answer's status, None if it got none."""

    method: str
    path: str
    query: str
    status: int | None
    at: float


class Log:
    """The requests of a sandbox; from any thread. An entry is there before its answer leaves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(self, entry: Entry) -> None:
        """Remember a request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All requests, in the order in which they were answered."""
        with self._lock:
            return tuple(self._entries)

    def count(self, method: str | None = None, path: str | None = None, status: int | None = None) -> int:
        """How many requests had that method, path and status; None stands for any."""
        return sum(
            method in (None, entry.method) and path in (None, entry.path) and status in (None, entry.status)
            for entry in self.entries
        )

    @property
    def counts(self) -> dict[str, int]:
        """How often each method, path and status came up, such as "POST /api/token 200"."""
        return dict(Counter(f"{entry.method} {entry.path} {entry.status or 'dropped'}" for entry in self.entries))
