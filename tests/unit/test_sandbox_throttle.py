"""The limits, on a clock that the test turns."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.pacing import Pacer, Waits
from importer.sandbox import NO_LIMITS, Counting, Limits
from importer.sandbox.throttle import Throttle
from importer.settings import Limits as OurLimits


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def change(self) -> None:
        pass


def test_the_published_limits_are_the_usual_ones() -> None:
    assert (Limits().writes_per_minute, Limits().requests_per_minute, Limits().writes_per_day) == (60, 120, 5000)


def test_the_sixty_first_write_waits_for_the_first_to_be_a_minute_old() -> None:
    clock = Clock()
    throttle = Throttle(Limits(), clock)
    assert [throttle.admit("POST") for _ in range(60)] == [0.0] * 60
    clock.now += 20
    assert throttle.admit("DELETE") == 40
    assert throttle.admit("GET") == 0
    clock.now += 40
    assert throttle.admit("PUT") == 0


def test_what_is_refused_does_not_count() -> None:
    clock = Clock()
    throttle = Throttle(replace(NO_LIMITS, requests_per_minute=1), clock)
    throttle.admit("GET")
    clock.now += 59
    assert throttle.admit("GET") == 1
    clock.now += 1
    assert throttle.admit("GET") == 0


@pytest.mark.parametrize(
    ("limits", "wait"),
    [
        (replace(NO_LIMITS, writes_per_minute=2), 60),
        (replace(NO_LIMITS, writes_per_day=2), 86_400),
        (replace(NO_LIMITS, requests_per_minute=2), 60),
        (replace(NO_LIMITS, requests_per_hour=2), 3_600),
        (replace(NO_LIMITS, requests_per_day=2), 86_400),
        (replace(NO_LIMITS, writes_per_minute=2, writes_per_day=2), 86_400),
    ],
)
def test_each_limit_has_its_window(limits: Limits, wait: float) -> None:
    throttle = Throttle(limits, Clock())
    assert [throttle.admit("POST") for _ in range(3)] == [0, 0, wait]


def test_the_interval_counts_only_where_asked_for() -> None:
    clock = Clock()
    throttle = Throttle(replace(NO_LIMITS, min_interval=0.1), clock)
    assert throttle.admit("GET") == 0
    assert throttle.admit("GET") == pytest.approx(0.1)
    clock.now += 0.2
    assert throttle.admit("GET") == 0


def test_without_limits_everything_passes() -> None:
    throttle = Throttle(NO_LIMITS, Clock())
    assert not any(throttle.admit("POST") for _ in range(10_000))


@given(st.lists(st.floats(0, 40), max_size=60), st.integers(1, 5))
def test_no_minute_ever_holds_more_than_the_limit(gaps: list[float], most: int) -> None:
    clock, passed = Clock(), []
    throttle = Throttle(replace(NO_LIMITS, writes_per_minute=most), clock)
    for gap in gaps:
        clock.now += gap
        if throttle.admit("POST") == 0:
            passed.append(clock.now)
    assert all(later - first > 59.999 for first, later in zip(passed, passed[most:], strict=False))


@pytest.mark.parametrize(
    ("counting", "waits"),
    [(Counting.SLIDING, [0, 0, 60, 50]), (Counting.FIXED, [0, 0, 20, 10]), (Counting.BUCKET, [0, 0, 30, 20])],
)
def test_a_limit_can_be_counted_in_several_ways(counting: Counting, waits: list[float]) -> None:
    clock = Clock()
    throttle = Throttle(replace(NO_LIMITS, writes_per_minute=2, counting=counting), clock)
    found = [throttle.admit("POST") for _ in range(3)]
    clock.now += 10
    assert [*found, throttle.admit("POST")] == pytest.approx(waits)
    clock.now += waits[-1]
    assert throttle.admit("POST") == 0


def test_each_address_can_have_limits_of_its_own() -> None:
    throttle = Throttle(replace(NO_LIMITS, writes_per_minute=1, by_path=True), Clock())
    assert [throttle.admit("POST", path) for path in ("/a", "/b", "/a")] == [0, 0, 60]


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("counting", Counting)
@given(
    delays=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=7), writes=st.sampled_from([1, 3])
)
@settings(max_examples=15, deadline=None)
def test_the_pace_of_a_run_is_never_throttled_however_the_service_counts(
    counting: Counting, by_path: bool, delays: list[tuple[float, float]], writes: int
) -> None:
    clock, arrived, refused = Clock(), list[float](), 0
    throttle = Throttle(Limits(counting=counting, by_path=by_path), clock)
    pacer = Pacer(OurLimits(), clock=clock, waits=Waits(clock.sleep, clock.change, lambda: None, lambda: False))
    for number in range(400):
        write = number % (writes + 1) > 0
        clock.now += pacer.wait(write=write)
        slot = pacer.take(write=write)
        there, back = delays[number % len(delays)]
        clock.now += there
        refused += throttle.admit("POST" if write else "GET", f"/{number % 2}") > 0
        arrived += [clock.now] * write
        clock.now += back
        slot.answered()
    assert refused == 0
    assert all(later - first > 59.999 for first, later in zip(arrived, arrived[60:], strict=False))
