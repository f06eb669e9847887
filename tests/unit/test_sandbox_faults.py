"""Which request a fault strikes, how it is written down, and what becomes of a body."""

import json
from dataclasses import fields

import pytest

from importer.sandbox import Drop, Fault, Faults, Garble, throttled
from importer.sandbox.faults import FaultUnreadableError, garbled

LESSONS = "/api/content/courselessons"
ANSWER = b'{"Status":200,"Value":{"Id":7},"WasSuccessful":true}'


def struck(faults: Faults, requests: int, method: str = "POST", path: str = LESSONS, body: bytes = b"") -> list[int]:
    """The numbers of the requests, from 1, that any fault strikes."""
    return [number for number in range(1, requests + 1) if faults.take(method, path, body)]


def test_a_fault_strikes_every_request_or_some() -> None:
    assert struck(Faults(Fault(status=500)), 3) == [1, 2, 3]
    assert struck(Faults(Fault(status=500, nth=2)), 4) == [2]
    assert struck(Faults(Fault(status=500, nth=2, times=2)), 4) == [2, 3]


def test_only_requests_that_it_concerns_are_counted() -> None:
    faults = Faults(Fault(method="POST", path=LESSONS, containing="Keys", nth=2, status=500))
    assert struck(faults, 3, method="GET", body=b"Keys") == []
    assert struck(faults, 3, path=f"{LESSONS}/5", body=b"Keys") == []
    assert struck(faults, 3, body=b"Doors") == []
    assert struck(faults, 3, body=b"the Keys") == [2]


def test_signing_in_fails_only_where_it_is_named() -> None:
    assert struck(Faults(Fault(status=500)), 1, path="/api/token") == []
    assert struck(Faults(Fault(path="/api/token", status=500)), 1, path="/api/token") == [1]


def test_the_first_of_several_strikes_and_all_count() -> None:
    first, second = Fault(status=500, nth=1), Fault(status=503, nth=2)
    faults = Faults(first, second)
    assert [faults.take("GET", LESSONS, b"") for _ in range(3)] == [first, second, None]


def test_replacing_counts_afresh() -> None:
    faults = Faults(Fault(status=500, nth=2))
    faults.take("GET", LESSONS, b"")
    faults.replace(faults.present, list_lag=3)
    assert (struck(faults, 2), faults.list_lag) == ([2], 3)
    faults.clear()
    assert (struck(faults, 2), faults.list_lag) == ([], 0)


def test_throttle_answers_come_in_every_form() -> None:
    assert (throttled().status, throttled().headers, throttled().work) == (409, (("Retry-After", "1"),), False)
    assert throttled(None, status=503).headers == ()
    assert throttled("Sat, 21 Nov 2026 10:00:00 GMT", status=429).status == 429


def test_a_fault_comes_back_from_its_json() -> None:
    fault = Fault(method="POST", nth=2, headers=(("Retry-After", "3"),), garble=Garble.HALF, wait_after=1.5, work=True)
    assert Fault.from_json(json.loads(json.dumps(fault.as_json()))) == fault
    assert Fault.from_json({"drop": "reset", "work": False, "wait_before": 2}).drop is Drop.RESET
    assert Fault.from_json({"headers": {"A": "b"}}).headers == (("A", "b"),)


@pytest.mark.parametrize(
    "given",
    [
        {"colour": "red"},
        {"status": "500"},
        {"nth": True},
        {"work": 1},
        {"work": False},
        {"drop": "gently"},
        {"garble": 5},
        {"headers": "Retry-After: 3"},
        {"headers": [["only one"]]},
        {"method": 5},
        [],
        None,
    ],
)
def test_json_that_is_no_fault_says_what_is_expected(given: object) -> None:
    with pytest.raises(FaultUnreadableError, match="expected"):
        Fault.from_json(given)


def test_every_field_can_be_written_as_json() -> None:
    plain = Fault().as_json()
    assert set(plain) == {field.name for field in fields(Fault)}
    assert Fault.from_json(json.loads(json.dumps(plain))) == Fault()


@pytest.mark.parametrize(
    ("how", "value"),
    [(Garble.NO_ID, {}), (Garble.ZERO_ID, {"Id": 0}), (Garble.TEXT_ID, {"Id": "7"}), (Garble.REFUSED, {"Id": 7})],
)
def test_an_answer_keeps_its_form_and_loses_its_sense(how: Garble, value: object) -> None:
    answer = json.loads(garbled(ANSWER, how))
    assert answer["Value"] == value
    assert answer["WasSuccessful"] is (how is not Garble.REFUSED)


def test_a_body_can_stop_being_json() -> None:
    assert garbled(ANSWER, Garble.EMPTY) == b""
    assert b"<html>" in garbled(ANSWER, Garble.HTML)
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(garbled(ANSWER, Garble.HALF))


@pytest.mark.parametrize("body", [b"", b"[1]", b'{"Value":null}'])
def test_a_body_without_a_value_is_left_alone(body: bytes) -> None:
    assert (json.loads(garbled(body, Garble.NO_ID)) if body else b"") == (json.loads(body) if body else b"")
