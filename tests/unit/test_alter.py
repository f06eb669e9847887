"""The requests that change and delete records, and what their answers mean."""

import json

import pytest

from importer.alter import delete, read_changed, update
from importer.answers import (
    Ambiguous,
    Changed,
    Closed,
    Fault,
    Gone,
    NoAnswer,
    NotSent,
    NotSignedIn,
    Refused,
    Reply,
    Throttled,
    Unsent,
)
from importer.entities import LESSON, SECTION

SUCCESS = {"Status": 200, "Value": {"Id": 7}, "UpdatedOn": "2026-01-02T03:04:05Z", "WasSuccessful": True}
ERRORS = [{"Message": "is taken", "PropertyName": "Title"}]
REFUSAL = {"WasSuccessful": False, "Value": None, "Errors": ERRORS, "Message": "Title: is taken"}
WORDS = REFUSAL | {"Errors": None, "Message": " It has\nmembers. "}
TAKEN = (Fault("Title", "is taken"),)


def reply(body: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_an_update_sends_the_whole_record_to_the_address_of_its_kind() -> None:
    request = update(LESSON, {"Id": 7, "Title": "Keys", "UpdatedBy": None})
    assert (request.method, request.path, request.is_write) == ("PUT", "/api/content/courselessons", True)
    assert json.loads(request.body or b"") == {"Id": 7, "Title": "Keys", "UpdatedBy": None}


def test_a_deletion_names_its_record_in_the_address() -> None:
    request = delete(SECTION, 7)
    assert (request.method, request.path, request.body) == ("DELETE", "/api/content/coursesections/7", None)
    assert request.is_write


@pytest.mark.parametrize(
    "answer",
    [
        reply(SUCCESS),
        reply(SUCCESS, 201),
        reply(SUCCESS | {"Value": None}),
        reply(SUCCESS | {"Value": {}}),
        reply(SUCCESS | {"Value": "done"}),
        reply(b"", 204),
    ],
)
def test_a_success_is_sure(answer: Reply) -> None:
    assert read_changed(answer, 7) == Changed()


def test_a_success_says_when_it_was_done() -> None:
    answer = read_changed(reply(SUCCESS), 7)
    assert isinstance(answer, Changed)
    assert answer.stamp == SUCCESS["UpdatedOn"]
    silent = read_changed(reply(SUCCESS | {"UpdatedOn": 5}), 7)
    assert isinstance(silent, Changed)
    assert silent.stamp is None


@pytest.mark.parametrize("answer", [reply(REFUSAL, 400), reply(REFUSAL | {"Status": 400})])
def test_a_refusal_with_its_errors_is_sure(answer: Reply) -> None:
    assert read_changed(answer, 7) == Refused(TAKEN)


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        (reply(WORDS, 400), (Fault(None, "It has members."),)),
        (reply(WORDS, 409), (Fault(None, "It has members."),)),
        (reply(REFUSAL, 409), TAKEN),
        (reply(WORDS | {"Message": None}, 400), ()),
        (reply(WORDS | {"Message": " "}, 400), ()),
        (reply(WORDS), ()),
        *((reply(REFUSAL | {"Status": inner}), ()) for inner in (None, 200, 302, 399, 500)),
        (reply(REFUSAL), ()),
        (reply(REFUSAL, 500), ()),
    ],
)
def test_what_is_said_against_it_counts_once_reading_has_shown_that_it_was_not_done(
    answer: Reply, faults: tuple[Fault, ...]
) -> None:
    found = read_changed(answer, 7)
    assert isinstance(found, Ambiguous)
    assert found.faults == faults


@pytest.mark.parametrize(
    "answer",
    [
        reply(SUCCESS | {"Value": {"Id": 8}}),
        reply(SUCCESS | {"Value": {"Id": "7"}}),
        reply(SUCCESS, 202),
        reply(SUCCESS, 400),
        reply(SUCCESS, 500),
        reply(SUCCESS | {"WasSuccessful": 1}),
        reply(b""),
        reply(b"<html>", 400),
        reply(b"", 408),
        reply([SUCCESS]),
        NoAnswer("reset"),
    ],
)
def test_everything_else_is_ambiguous(answer: Reply | NoAnswer) -> None:
    assert isinstance(read_changed(answer, 7), Ambiguous)


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        (NotSent("no line"), Unsent("no line")),
        (reply(b"", 409, **{"retry-after": "5"}), Throttled(5.0)),
        (reply(b"", 429), Throttled(60.0)),
        (reply(REFUSAL, 401), NotSignedIn()),
        (reply(b"", 404), Gone()),
        (reply(REFUSAL, 403), Closed(403)),
        (reply(b"", 302), Closed(302)),
    ],
)
def test_what_surely_had_no_effect(answer: Reply | NotSent, means: object) -> None:
    assert read_changed(answer, 7) == means
