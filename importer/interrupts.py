"""Ctrl-C, SIGTERM and a terminal that closes: the first asks to stop, the second ends the process at once.

Ending at once is as safe as a crash. On Windows a console that closes, Ctrl-Break and the end of the session all come
as SIGBREAK; the system then leaves a process a few seconds.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from importer.stop_signals import stop_signals


@contextlib.contextmanager
def first_interrupt(ask_to_stop: Callable[[], None]) -> Iterator[None]:
    """While the loop runs, hand the first signal to `ask_to_stop`; outside the main thread signals are left alone."""
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, object] = {}

    def stop(number: int, _frame: FrameType | None) -> None:
        for name in before:
            signal.signal(name, signal.SIG_DFL)
        loop.call_soon_threadsafe(ask_to_stop)

    try:
        for name in stop_signals():
            before[name] = signal.signal(name, stop)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        before.clear()
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler or signal.SIG_DFL)  # type: ignore[arg-type]  # what signal.signal gave is what it takes


@contextlib.contextmanager
def raised_here() -> Iterator[None]:
    """While somebody is asked, which no loop can break off, let a signal raise `KeyboardInterrupt`."""
    before = {name: signal.signal(name, signal.default_int_handler) for name in stop_signals()}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
