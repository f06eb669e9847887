"""Ctrl-C, SIGTERM and a terminal that closes: the first asks to stop, the second ends the process at once.

Ending at once is as safe as a crash. On Windows a console that closes, Ctrl-Break and the end of the session all come
as SIGBREAK; the system then leaves a process a few seconds.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from importer.stop_signals import stop_signals


@contextlib.contextmanager
def first_interrupt(ask_to_stop: Callable[[], None], *, report_follows: bool = False) -> Iterator[None]:
    """While the loop runs, hand the first signal to `ask_to_stop`; outside the main thread signals are left alone.

    Where a report follows, which is to be written whatever comes, a first signal after the loop is only noted, and
    `signals_given_back` ends that. The second one ends the process, whenever it comes.
    """
    loop = asyncio.get_running_loop()

    def stop(number: int, _frame: FrameType | None) -> None:
        _let_go()
        loop.call_soon_threadsafe(ask_to_stop)

    before = _handled_by(stop)
    try:
        yield
    finally:
        for name, handler in before.items():
            if not report_follows:
                signal.signal(name, handler)
            elif signal.getsignal(name) is stop:
                signal.signal(name, _noted)


@contextlib.contextmanager
def signals_given_back() -> Iterator[None]:
    """Give signals back afterwards to whoever handles them now."""
    before = {name: signal.getsignal(name) for name in stop_signals()}
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):  # not the main thread, where nobody took them
            for name, handler in before.items():
                signal.signal(name, handler or signal.SIG_DFL)


def _handled_by(handler: Callable[[int, FrameType | None], None]) -> dict[signal.Signals, Any]:
    """Take the signals over; gives what handled them before."""
    before: dict[signal.Signals, Any] = {}
    with contextlib.suppress(ValueError):  # not the main thread: whoever runs us there handles signals
        for name in stop_signals():
            before[name] = signal.signal(name, handler) or signal.SIG_DFL
    return before


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The first signal while a report is written: it ends soon anyway."""
    _let_go()


def _let_go() -> None:
    """From now on a signal ends the process at once."""
    for name in stop_signals():
        signal.signal(name, signal.SIG_DFL)


@contextlib.contextmanager
def raised_here() -> Iterator[None]:
    """While somebody is asked, which no loop can break off, let a signal raise `KeyboardInterrupt`."""
    before = {name: signal.signal(name, signal.default_int_handler) for name in stop_signals()}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
