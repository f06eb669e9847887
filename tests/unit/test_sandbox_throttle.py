"""The limits, on a clock that the test turns."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.sandbox import NO_LIMITS, Limits
from importer.sandbox.throttle import Throttle


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


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
