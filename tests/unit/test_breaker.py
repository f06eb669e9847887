"""When a service that fails is left alone, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.breaker import FIRST_WAIT, IN_SUCCESSION, LONGEST_WAIT, OF_THE_LAST, PATIENCE, Breaker


def failing(times: int = IN_SUCCESSION, now: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker.failed(now)
    return breaker


def test_five_failures_in_succession_open_it() -> None:
    assert not failing(IN_SUCCESSION - 1).is_open
    breaker = failing()
    assert (breaker.is_open, breaker.retry_at) == (True, 100.0 + FIRST_WAIT)


def test_a_success_in_between_begins_anew() -> None:
    breaker = failing(IN_SUCCESSION - 1)
    breaker.succeeded()
    breaker.failed(100.0)
    assert not breaker.is_open


def test_half_of_the_last_twenty_open_it_and_not_before_there_were_twenty() -> None:
    breaker = Breaker()
    for number in range(OF_THE_LAST):
        assert not breaker.is_open, number
        if number % 2:
            breaker.failed(0.0)
        else:
            breaker.succeeded()
    assert breaker.is_open


def test_less_than_half_of_them_do_not() -> None:
    breaker = Breaker()
    for _ in range(100):
        breaker.succeeded()
        breaker.succeeded()
        breaker.failed(0.0)
    assert not breaker.is_open


@pytest.mark.parametrize("answered", [False, True])
def test_each_try_that_fails_doubles_the_wait_up_to_ten_minutes(answered: bool) -> None:
    """Whether the read that tries gets no answer, or the write after it."""
    breaker = failing()
    waits = []
    for _ in range(6):
        now = breaker.retry_at
        if answered:
            breaker.answered()
            assert not breaker.is_open
        breaker.failed(now)
        waits.append(breaker.retry_at - now)
        assert breaker.is_open
    assert waits == [120.0, 240.0, 480.0, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


def test_what_was_on_its_way_already_doubles_nothing() -> None:
    assert failing(32).retry_at == 100.0 + FIRST_WAIT


def test_a_read_that_succeeds_ends_no_succession_of_failures() -> None:
    breaker = failing(IN_SUCCESSION - 1)
    breaker.answered()
    breaker.failed(100.0)
    assert breaker.is_open


def test_a_service_that_answers_reads_and_takes_nothing_is_given_up_too() -> None:
    breaker = failing()
    now = 100.0
    while not breaker.gives_up(now):
        now = breaker.retry_at
        breaker.answered()
        breaker.failed(now)
    assert PATIENCE <= now - 100.0 <= PATIENCE + LONGEST_WAIT


def test_a_success_closes_it_and_what_was_before_is_forgotten() -> None:
    breaker = failing(8)
    breaker.succeeded()
    assert not breaker.is_open
    for _ in range(IN_SUCCESSION):
        assert not breaker.is_open
        breaker.failed(500.0)
    assert breaker.retry_at == 500.0 + FIRST_WAIT


@pytest.mark.parametrize(("seconds", "gives_up"), [(0.0, False), (PATIENCE - 1, False), (PATIENCE, True)])
def test_it_gives_up_after_half_an_hour(seconds: float, gives_up: bool) -> None:
    assert failing().gives_up(100.0 + seconds) is gives_up
    assert not failing(1).gives_up(100.0 + seconds)


@given(st.lists(st.booleans(), max_size=80))
def test_it_is_closed_after_every_success_and_its_waits_stay_in_bounds(went_well: list[bool]) -> None:
    breaker = Breaker()
    for now, well in enumerate(went_well):
        if well:
            breaker.succeeded()
            assert not breaker.is_open
        else:
            breaker.failed(float(now))
        if breaker.is_open:
            assert FIRST_WAIT <= breaker.retry_at - (breaker.opened_at or 0.0)
            assert breaker.retry_at <= now + LONGEST_WAIT
