"""How long an answer asks to wait."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.retry_after import retry_after

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
LATER = "Wed, 21 Oct 2015 07:28:30 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("1000000000", 999_999_999.0),
        ("9" * 5000, 999_999_999.0),
        ("5, 7", 7.0),
        (LATER, 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        (f"{DATE}, {LATER}", 30.0),
        (f"{LATER}, 90", 90.0),
        ("5, soon", 60.0),
        ("5, 90, soon", 90.0),
    ],
)
def test_numbers_and_dates_are_read(value: str, seconds: float) -> None:
    assert retry_after(value, DATE) == seconds


@pytest.mark.parametrize("value", [None, "", ",", "soon", "-5", "1.5", "²", "٣", "1e3", "Wed, 99 Foo 2015", "0x10"])
def test_anything_else_cannot_be_read(value: str | None) -> None:
    assert retry_after(value, DATE) is None


@pytest.mark.parametrize("date", [None, "", "today", "Wed, 21 Oct 2015 07:28:00 -0000", f"{DATE[:-3]}+{'9' * 30}"])
def test_a_date_is_never_measured_by_our_own_clock(date: str | None) -> None:
    assert retry_after(LATER, date) is None


@given(value=st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [+-]?\w+"), date=st.text() | st.just(DATE))
def test_no_header_raises(value: str, date: str) -> None:
    wait = retry_after(value, date)
    assert wait is None or (wait >= 0 and math.isfinite(wait))
