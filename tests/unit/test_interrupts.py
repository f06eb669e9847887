"""Ctrl-C and SIGTERM."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from importer.interrupts import first_interrupt, signals_given_back
from importer.stop_signals import stop_signals

ROOT = Path(__file__).parents[2]
CODE = """
import asyncio
from importer.interrupts import first_interrupt

async def main():
    asked = asyncio.Event()
    with first_interrupt(asked.set):
        print("ready", flush=True)
        await asked.wait()
        print("asked", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", stop_signals())
def test_the_first_signal_asks_and_handlers_are_given_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def main() -> None:
        asked = asyncio.Event()
        with first_interrupt(asked.set):
            signal.raise_signal(number)
            await asyncio.wait_for(asked.wait(), 5)
            assert signal.getsignal(number) is signal.SIG_DFL

    asyncio.run(main())
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("is_stopped", [False, True])
def test_while_a_report_is_written_the_first_signal_is_noted_and_the_second_ends_it(is_stopped: bool) -> None:
    before = signal.getsignal(signal.SIGINT)

    async def main() -> None:
        asked = asyncio.Event()
        with first_interrupt(asked.set, report_follows=True):
            if is_stopped:
                signal.raise_signal(signal.SIGINT)
                await asyncio.wait_for(asked.wait(), 5)

    with signals_given_back():
        asyncio.run(main())
        if not is_stopped:
            signal.raise_signal(signal.SIGINT)  # raises nothing
        assert {signal.getsignal(number) for number in stop_signals()} == {signal.SIG_DFL}
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    async def main() -> None:
        with first_interrupt(lambda: None):
            seen.append(signal.getsignal(signal.SIGTERM))

    seen: list[object] = []
    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    thread.join()
    assert seen == [before]


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("number", stop_signals())
def test_the_second_signal_ends_the_process_at_once(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        for word in ("ready\n", "asked\n"):
            assert process.stdout.readline() == word
            process.send_signal(number)
        assert process.wait(10) == -number


@pytest.mark.skipif(os.name == "nt", reason="there is no hang-up there")
def test_a_hang_up_that_nohup_switched_off_stays_off() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        assert signal.SIGHUP in stop_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        assert signal.SIGHUP not in stop_signals()
        assert stop_signals()[:2] == (signal.SIGINT, signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)
