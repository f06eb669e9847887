"""The pace, on a clock that only the tests move."""

import asyncio
import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.pacing import (
    DAY,
    HOUR,
    MINUTE,
    PATIENCE,
    LimitSpentError,
    Pacer,
    Past,
    Slot,
    StoppedError,
    Used,
    Waits,
    most_requests,
    seconds_for,
)
from importer.settings import Limits

UNLIMITED = Limits(writes_per_minute=0, writes_per_day=0, requests_per_minute=0, requests_per_hour=0, min_interval=0)


def limits(**given: float) -> Limits:
    return UNLIMITED.model_copy(update=given)


class Clock:
    """Seconds that pass only when somebody waits; `slept` are the waits."""

    def __init__(self, *, on_change: Callable[[], None] = lambda: None) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.stopped = False
        self.changes = 0
        self._on_change = on_change

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def change(self) -> None:
        self._on_change()

    def changed(self) -> None:
        self.changes += 1

    def pacer(self, of: Limits, *used: Used, past: Past | None = None) -> Pacer:
        waits = Waits(sleep=self.sleep, change=self.change, changed=self.changed, stopped=lambda: self.stopped)
        return Pacer(of, clock=self, waits=waits, past=past or Past(used=used))


def take(pacer: Pacer, *, write: bool = True) -> Slot:
    return asyncio.run(pacer.slot(write=write))


# --- the promise ----------------------------------------------------------------------------------------

LIMITS = st.builds(
    Limits,
    writes_per_minute=st.integers(0, 4),
    writes_per_day=st.integers(0, 9),
    requests_per_minute=st.integers(0, 5),
    requests_per_hour=st.integers(0, 9),
    min_interval=st.sampled_from([0.0, 0.1, 3.0]),
)
STEPS = st.lists(
    st.tuples(
        st.booleans(),  # a write?
        st.sampled_from([0, 1, 30, 200]),  # seconds until its answer
        st.sampled_from([0.0, 0.3, 1.0]),  # when in between the service counts it
        st.sampled_from([0, 0, 0, 1, 7, 61]),  # seconds before the next one is asked for
        st.sampled_from(["answered"] * 8 + ["unused", "throttled"]),
    ),
    min_size=5,
    max_size=40,
)


def seen_by_the_service(of: Limits, steps: list[tuple[bool, int, float, int, str]]) -> list[tuple[float, bool]]:
    """When the service counted what, sending as soon as the pacer allows."""
    clock = Clock()
    pacer = clock.pacer(of)
    counted: list[tuple[float, bool]] = []
    pending: list[tuple[float, int, Slot]] = []

    def answer_until(end: float) -> None:
        while pending and min(pending)[0] <= end:
            due = min(pending)
            pending.remove(due)
            clock.now = max(clock.now, due[0])
            due[2].answered()

    for number, (write, answer_in, counted_at, pause, ending) in enumerate(steps):
        answer_until(clock.now + pause)
        clock.now += pause
        while (wait := pacer.wait(write=write)) > 0:
            # Answers that come while it waits may change how long.
            until = min([clock.now + wait, *(due for due, _, _ in pending)])
            assert math.isfinite(until), "nothing to wait for"
            clock.now = max(clock.now, until) + 1e-6
            answer_until(clock.now)
        slot = pacer.take(write=write)
        if ending == "unused":
            slot.unused()
            continue
        if ending == "throttled":
            pacer.throttle(5)
        counted.append((clock.now + answer_in * counted_at, write))
        pending.append((clock.now + answer_in, number, slot))
    return counted


def most_within(times: list[float], seconds: float) -> int:
    return max((sum(start <= one < start + seconds for one in times) for start in times), default=0)


@given(LIMITS, STEPS)
def test_no_window_at_the_service_ever_sees_more_than_its_limit(
    of: Limits, steps: list[tuple[bool, int, float, int, str]]
) -> None:
    counted = seen_by_the_service(of, steps)
    writes = [at for at, write in counted if write]
    anything = [at for at, _ in counted]
    assert most_within(writes, MINUTE) <= (of.writes_per_minute or math.inf)
    assert most_within(writes, DAY) <= (of.writes_per_day or math.inf)
    assert most_within(anything, MINUTE) <= (of.requests_per_minute or math.inf)
    assert most_within(anything, HOUR) <= (of.requests_per_hour or math.inf)


# --- one rule at a time ---------------------------------------------------------------------------------


def test_a_slot_is_held_until_the_window_has_passed_since_the_answer() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=1))
    slot = take(pacer)
    assert pacer.wait(write=True) == math.inf
    clock.now += 30
    slot.answered()
    assert pacer.wait(write=True) == MINUTE
    assert pacer.wait(write=False) == 0


def test_what_was_never_sent_holds_nothing_and_lets_others_know() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=1))
    take(pacer).unused()
    assert (pacer.wait(write=True), clock.changes) == (0, 1)


def test_a_slot_is_given_back_once() -> None:
    pacer = Clock().pacer(limits(writes_per_minute=2))
    slot = take(pacer)
    slot.answered()
    slot.answered()
    slot.unused()
    take(pacer)
    assert pacer.wait(write=True) == MINUTE


def test_reads_count_among_requests_only() -> None:
    pacer = Clock().pacer(limits(writes_per_minute=1, requests_per_minute=2))
    take(pacer, write=False).answered()
    take(pacer, write=True).answered()
    assert pacer.wait(write=False) == MINUTE


@pytest.mark.parametrize(
    ("used", "seconds"),
    [
        (Used(age=0, write=True), 60),
        (Used(age=59, write=True), 1),
        (Used(age=60, write=True), 0),
        (Used(age=-50, write=True), 110),
        (Used(age=1, write=False), 0),
    ],
)
def test_what_earlier_runs_used_counts(used: Used, seconds: float) -> None:
    assert Clock().pacer(limits(writes_per_minute=1), used).wait(write=True) == seconds


def test_what_earlier_runs_used_frees_up_in_its_order() -> None:
    used = [Used(age=age, write=True) for age in (10, 50, 30)]
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=3), *used)
    for _ in range(3):
        take(pacer).answered()
    assert clock.slept == [10, 20, 20]


def test_what_may_still_be_on_its_way_keeps_no_slot_but_its_own() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=2), Used(age=-100, write=True))
    for _ in range(3):
        take(pacer).answered()
    assert clock.slept == [MINUTE, MINUTE]


def test_the_smallest_interval_is_between_sendings() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(min_interval=0.5))
    for _ in range(3):
        take(pacer)
    assert clock.slept == [0.5, 0.5]


def test_after_a_throttle_everybody_waits_and_then_the_pace_is_even() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=60, requests_per_minute=120))
    take(pacer).answered()
    pacer.throttle(7)
    pacer.throttle(3)
    for _ in range(3):
        take(pacer).answered()
    take(pacer, write=False).answered()
    take(pacer, write=False).answered()
    assert clock.slept == [7, 1, 1, 0.5]
    assert pacer.throttled == 2


def test_a_throttle_that_asks_for_a_shorter_wait_shortens_nothing() -> None:
    pacer = Clock().pacer(UNLIMITED)
    pacer.throttle(30)
    pacer.throttle(0)
    assert pacer.wait(write=True) == pacer.wait(write=False) == 30


@pytest.mark.parametrize(("seconds", "words"), [(PATIENCE + 1, "in 16 minutes:"), (7201, "in 2 hours 1 minute:")])
def test_a_wait_that_is_too_long_is_told_instead(seconds: float, words: str) -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    pacer.throttle(seconds)
    with pytest.raises(LimitSpentError, match=words):
        take(pacer)
    assert clock.slept == []


def test_a_spent_day_stops_the_run() -> None:
    used = [Used(age=3600, write=True)] * 3
    with pytest.raises(LimitSpentError) as raised:
        take(Clock().pacer(limits(writes_per_day=3), *used))
    assert raised.value.message == (
        "The limit of writes per day (3) is used up for now. Run the same command again in 23 hours 0 minutes: it goes "
        "on where it stopped."
    )


def test_a_wait_that_the_service_asks_for_is_not_called_a_limit_of_ours() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_day=3, requests_per_hour=5), Used(age=3600, write=True))
    pacer.throttle(PATIENCE + 1)
    with pytest.raises(LimitSpentError) as raised:
        take(pacer)
    assert raised.value.message == (
        "Nexudus allows this account nothing more for now. Run the same command again in 16 minutes: it goes on where "
        "it stopped."
    )


def last_of_the_day(ending: Callable[[Slot], None]) -> Pacer:
    """A pacer whose last slot of the day is still with a row that ends as soon as somebody waits for that."""
    slots: list[Slot] = []
    clock = Clock(on_change=lambda: ending(slots.pop()))
    pacer = clock.pacer(limits(writes_per_day=2), Used(age=60, write=True))
    slots.append(take(pacer))
    return pacer


def test_the_day_is_not_spent_before_the_last_write_of_it_has_its_answer() -> None:
    pacer = last_of_the_day(Slot.answered)
    with pytest.raises(LimitSpentError, match="in 23 hours"):
        take(pacer)
    assert pacer.wait(write=True) == DAY - 60


def test_a_last_write_of_the_day_that_was_never_sent_leaves_its_slot_to_the_next() -> None:
    take(last_of_the_day(Slot.unused))


def test_who_only_reads_waits_for_no_write_whose_row_may_wait_for_that_read() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_day=9, requests_per_hour=2), Used(age=60, write=True))
    take(pacer)
    with pytest.raises(LimitSpentError, match=r"The limit of requests per hour \(2\) is used up"):
        take(pacer, write=False)


def test_a_wait_within_patience_is_waited() -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    pacer.throttle(PATIENCE)
    take(pacer)
    assert clock.slept == [PATIENCE]


# --- a throttle without end ------------------------------------------------------------------------------


def asked_to_wait(seconds: float, *, times: int = 2000) -> tuple[Clock, list[float]]:
    """What becomes of sending to a service that asks to wait each time: the clock, and when it was asked."""
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    asked: list[float] = []
    with pytest.raises(LimitSpentError, match=r"in 1[56] minutes:"):
        for _ in range(times):
            take(pacer).answered()
            asked.append(clock.now - 1000)
            pacer.throttle(seconds)
    return clock, asked


@pytest.mark.parametrize("seconds", [0, 1, 60, 800, PATIENCE])
def test_a_throttle_without_end_stops_the_run_within_its_patience(seconds: float) -> None:
    clock, asked = asked_to_wait(seconds)
    assert max(clock.now - 1000, asked[-1]) <= PATIENCE
    assert len(asked) < 40


def test_a_service_that_goes_on_asking_for_no_time_is_asked_less_and_less_often() -> None:
    _, asked = asked_to_wait(0)
    assert asked[:15] == [0] * 11 + [1, 3, 7, 15]
    assert max(b - a for a, b in itertools.pairwise(asked)) == MINUTE


def test_what_is_let_through_in_between_begins_anew() -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    for _ in range(40):
        take(pacer).answered()
        pacer.throttle(60)
        take(pacer).answered()
        pacer.let_through()
    assert clock.slept == [60] * 40


def test_those_that_are_told_together_are_no_succession() -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    for _ in range(32):
        pacer.throttle(5)
    take(pacer)
    pacer.throttle(5)
    take(pacer)
    assert clock.slept == [5, 5]


def test_a_sign_in_gives_up_on_it_too() -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED)
    with pytest.raises(LimitSpentError, match="in 15 minutes:"):
        while True:
            asyncio.run(pacer.quiet())
            pacer.throttle(100)
    assert clock.slept == [100] * 9


# --- what an earlier run was told ------------------------------------------------------------------------


def test_what_an_earlier_run_was_asked_to_wait_is_waited() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=60), past=Past(rest=40))
    assert (pacer.on_hold, pacer.rest, pacer.throttled) == (True, 40, 0)
    asyncio.run(pacer.quiet())
    take(pacer).answered()
    take(pacer).answered()
    assert clock.slept == [40, 1]


def test_what_an_earlier_run_was_asked_to_wait_for_long_stops_this_one() -> None:
    with pytest.raises(LimitSpentError, match="in 1 hour 0 minutes:"):
        asyncio.run(Clock().pacer(UNLIMITED, past=Past(rest=3600)).quiet())


def test_nobody_gets_a_slot_once_the_run_is_to_stop() -> None:
    clock = Clock()
    clock.stopped = True
    with pytest.raises(StoppedError):
        take(clock.pacer(UNLIMITED))


def test_nobody_waits_to_sign_in_once_the_run_is_to_stop() -> None:
    clock = Clock()
    pacer = clock.pacer(UNLIMITED, past=Past(rest=5))
    clock.stopped = True
    with pytest.raises(StoppedError):
        asyncio.run(pacer.quiet())
    assert clock.slept == []


def test_where_only_an_answer_can_help_it_is_waited_for() -> None:
    slots: list[Slot] = []
    clock = Clock(on_change=lambda: slots.pop().answered())
    pacer = clock.pacer(limits(writes_per_minute=1))
    slots.append(take(pacer))
    take(pacer)
    assert (clock.slept, slots) == ([MINUTE], [])


# --- how long it takes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("writes", "of", "seconds"),
    [
        (0, {}, 0),
        (50, {}, 0),
        (60, {"writes_per_minute": 60}, 0),
        (61, {"writes_per_minute": 60}, 60),
        (900, {"writes_per_minute": 600}, 60),
        (5000, {"writes_per_minute": 60}, 83 * 60),
        (50, {"min_interval": 0.1}, 4.9),
        (61, {"requests_per_minute": 30, "writes_per_minute": 60}, 120),
        (5001, {"requests_per_hour": 5000, "min_interval": 0.1}, 3600),
        (5001, {"requests_per_hour": 5000, "writes_per_minute": 60}, 83 * 60),
    ],
)
def test_the_time_is_told_beforehand(writes: int, of: dict[str, Any], seconds: float) -> None:
    assert seconds_for(writes, limits(**of)) == pytest.approx(seconds)


@given(st.integers(0, 300), st.integers(1, 50))
def test_the_time_that_is_told_is_the_time_that_it_takes(writes: int, per_minute: int) -> None:
    clock = Clock()
    pacer = clock.pacer(limits(writes_per_minute=per_minute))

    async def all_of_them() -> None:
        for _ in range(writes):
            (await pacer.slot(write=True)).answered()

    asyncio.run(all_of_them())
    assert sum(clock.slept) == seconds_for(writes, limits(writes_per_minute=per_minute))


def test_who_read_something_with_a_slot_in_hand_keeps_the_interval_too() -> None:
    clock = Clock()
    pacer = clock.pacer(limits(min_interval=0.5))
    pacer.take(write=True)
    clock.now += 0.1
    pacer.take(write=False)
    asyncio.run(pacer.spaced())
    assert clock.slept == [0.5]
    clock.stopped = True
    asyncio.run(pacer.spaced())
    assert clock.slept == [0.5]


@pytest.mark.parametrize(("given", "most"), [({}, 2**31), ({"requests_per_minute": 3, "requests_per_hour": 2}, 2)])
def test_how_many_requests_every_window_allows(given: dict[str, float], most: int) -> None:
    found = most_requests(limits(**given))
    assert found >= most if not given else found == most


def test_reads_among_the_writes_cost_time_where_requests_are_limited() -> None:
    given = limits(writes_per_minute=60, requests_per_minute=60, requests_per_hour=0)
    assert (seconds_for(60, given), seconds_for(60, given, reads=60), seconds_for(0, given, reads=61)) == (0, 60, 60)
