"""Virtual time: it stands still while anything is ready, and jumps to the next event when nothing is."""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any, Final

Deed = Callable[[], None]

_TURN: Final = 1e-6
"""Seconds that a turn of the loop takes."""


class NothingWillHappenError(Exception):
    """Everybody waits for something that will never come."""


class Clock:
    """The time of a world, and what will happen there whether or not a process is alive to see it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asleep = 0.0
        """Seconds that the machine of the program slept: its own clock stood still, and the service's did not."""
        self._coming: list[tuple[float, int, Deed]] = []
        self._number = 0

    def at(self, when: float, deed: Deed) -> None:
        """Have something happen at a time."""
        self._number += 1
        heapq.heappush(self._coming, (max(when, self.now), self._number, deed))

    def pass_until(self, when: float | None) -> bool:
        """Go to the next event, at the latest to `when`; false where there is neither."""
        if self._coming and (when is None or self._coming[0][0] <= when):
            self.now, _, deed = heapq.heappop(self._coming)
            deed()
        elif when is not None:
            self.now = max(self.now, when)
        else:
            return False
        return True

    def wait(self, seconds: float) -> None:
        """Let time pass while no process is alive."""
        until = self.now + seconds
        while self.now < until:
            self.pass_until(until)

    def sleep(self, seconds: float) -> None:
        """Let the machine of the program sleep."""
        self.wait(seconds)
        self.asleep += seconds

    @property
    def awake(self) -> float:
        """The time on a clock that stands still while the machine sleeps."""
        return self.now - self.asleep

    def come_to_rest(self) -> None:
        """Let everything happen that is on its way."""
        while self._coming:
            self.pass_until(None)


class _Selector:
    """Stands in for the selector of an event loop: waiting lets virtual time pass."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def select(self, timeout: float | None) -> list[Any]:
        # Work takes a little time too: who waits for less than the clock can tell would wait for ever.
        if not self._clock.pass_until(None if timeout is None else self._clock.now + max(timeout, _TURN)):
            raise NothingWillHappenError
        return []

    def close(self) -> None:
        pass


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop of one process: no sockets, no signals, no threads, and time from a clock of ours."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._selector = _Selector(clock)
        self._clock_resolution = 0.0

    def time(self) -> float:
        return self._clock.awake

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def die(self) -> None:
        """End like a killed process: nothing that waits goes on."""
        self.set_exception_handler(lambda loop, context: None)
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # nobody is to be told of these
            coroutine = task.get_coro()
            assert coroutine is not None
            coroutine.close()
        self._ready.clear()  # type: ignore[attr-defined]
        self._scheduled.clear()  # type: ignore[attr-defined]
        self.close()
