"""The protocol: requests to the letter, and what each answer means."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.answers import (
    Ambiguous,
    Closed,
    Created,
    NoAnswer,
    NotSent,
    NotSignedIn,
    Page,
    Refused,
    Reply,
    Throttled,
    Unsent,
    Unusable,
)
from importer.api import (
    create,
    list_page,
    read_created,
    read_page,
    throttle_wait,
)
from importer.entities import COURSE, EVERYWHERE, LESSON, SECTION, Entity
from importer.model import Held

SUCCESS = {"Status": 200, "Value": {"Id": 87654321}, "Errors": None, "WasSuccessful": True}
FAULT = {"AttemptedValue": None, "Message": "is a required field", "PropertyName": "Title"}
REFUSAL = {"Message": "Title: is a required field", "Value": None, "Errors": [FAULT], "WasSuccessful": False}
DEEP = b"[" * 100_000

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(SUCCESS) | st.just(REFUSAL),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*SUCCESS, *REFUSAL, "Id"]), inner),
    max_leaves=10,
)
BODIES = st.binary() | st.just(DEEP) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(st.sampled_from(["retry-after", "date", "content-type"]), st.text())
REPLIES = st.builds(Reply, st.integers(100, 599) | st.sampled_from([200, 201, 400, 409, 503]), HEADERS, BODIES)


def reply(answer: object = None, status: int = 200, **headers: str) -> Reply:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


# --- requests -------------------------------------------------------------------------------------------


def test_creating_sends_the_payload_as_it_is() -> None:
    request = create(LESSON, {"CourseId": 101, "Title": "Schlüssel", "Active": True})
    assert (request.method, request.path, request.is_write) == ("POST", "/api/content/courselessons", True)
    assert request.content_type == "application/json"
    assert json.loads(request.body or b"") == {"CourseId": 101, "Title": "Schlüssel", "Active": True}


def test_lists_are_asked_for_by_course_in_the_order_of_ids() -> None:
    request = list_page(SECTION, 101, 3)
    assert not request.is_write
    assert request.path == "/api/content/coursesections?CourseSection_Course=101&page=3&size=500&orderBy=Id&dir=1"


@pytest.mark.parametrize(("entity", "course"), [(COURSE, EVERYWHERE), (SECTION, EVERYWHERE)])
def test_all_records_are_asked_for_without_a_course(entity: Entity, course: int) -> None:
    request = list_page(entity, course, 1)
    assert request.path == f"/api/content/{entity.path}?page=1&size=500&orderBy=Id&dir=1"


# --- the answer to a create -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
def test_only_the_services_own_word_makes_it_created(status: int) -> None:
    assert read_created(reply(SUCCESS, status)) == Created(87654321)


@pytest.mark.parametrize(
    "answer",
    [
        reply(SUCCESS, 202),
        reply(SUCCESS, 204),
        reply(SUCCESS, 500),
        reply(SUCCESS, 400),
        reply(SUCCESS | {"WasSuccessful": 1}),
        reply(SUCCESS | {"WasSuccessful": "true"}),
        reply(SUCCESS | {"WasSuccessful": None}),
        reply(SUCCESS | {"Value": None}),
        reply(SUCCESS | {"Value": 7}),
        reply(SUCCESS | {"Value": {}}),
        *(reply(SUCCESS | {"Value": {"Id": id}}) for id in (0, -1, True, "7", 7.0, None, 2**63)),
        reply([SUCCESS]),
        reply(b""),
        reply(b"<html>"),
        reply(b'{"Status":200,"Value":{"Id":1'),
        reply(b"\xff"),
        reply(b'{"Value": {"Id": ' + b"9" * 5000),
        reply(DEEP),
    ],
)
def test_a_success_in_doubt_is_ambiguous(answer: Reply) -> None:
    assert isinstance(read_created(answer), Ambiguous)


@pytest.mark.parametrize(
    "answer",
    [
        reply(REFUSAL, 400),
        reply(REFUSAL | {"Status": 400}, 200),
        reply(REFUSAL | {"Status": 400}, 201),
        reply(REFUSAL | {"Status": 499}, 200),
        reply(REFUSAL | {"Errors": [None, 7, {}, FAULT]}, 400),
    ],
)
def test_a_refusal_has_an_envelope_and_errors(answer: Reply) -> None:
    refused = read_created(answer)
    assert isinstance(refused, Refused)
    assert [(fault.name, fault.message) for fault in refused.faults] == [("Title", "is a required field")]


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"<html>Bad Request</html>", 400),
        reply(REFUSAL | {"Errors": None}, 400),
        reply(REFUSAL | {"Errors": []}, 400),
        reply(REFUSAL | {"Errors": [{"PropertyName": "Title"}]}, 400),
        reply(REFUSAL | {"WasSuccessful": None}, 400),
        reply(REFUSAL, 200),
        *(reply(REFUSAL | {"Status": inner}, 200) for inner in (None, 200, 204, 302, 399, 500, "400", 400.0, True)),
        reply(REFUSAL | {"Status": 200}, 201),
        reply(REFUSAL | {"Status": 400}, 202),
        reply(REFUSAL, 409),
        reply(REFUSAL, 408),
        reply(REFUSAL, 422),
        reply(REFUSAL, 500),
        reply(REFUSAL, 503),
    ],
)
def test_what_might_not_be_a_refusal_is_ambiguous(answer: Reply) -> None:
    assert isinstance(read_created(answer), Ambiguous)


def test_what_the_service_says_in_a_doubtful_refusal_is_told() -> None:
    answer = read_created(reply(REFUSAL, 200))
    assert answer == Ambiguous("the answer (status 200) says that it failed: Title: is a required field")


def test_every_error_of_a_refusal_is_kept_as_words_that_can_be_stored() -> None:
    odd = {"PropertyName": "Ti\ud800tle\x1b[1m", "Message": "is\r\n \x00bad\ud800" + "!" * 500}
    refused = read_created(reply(REFUSAL | {"Errors": [FAULT, odd, {"PropertyName": "", "Message": "no"}]}, 400))
    assert isinstance(refused, Refused)
    names = [fault.name for fault in refused.faults]
    assert names == ["Title", "Ti tle [1m", None]
    assert refused.faults[1].message.startswith("is bad !!!")
    assert len(refused.faults[1].message) == 300
    "".join(fault.message for fault in refused.faults).encode()


@pytest.mark.parametrize("status", [301, 302, 307, 403, 404, 405, 413, 415, 431])
def test_a_closed_door_is_not_the_rows_fault(status: int) -> None:
    assert read_created(reply(REFUSAL, status)) == Closed(status)


def test_what_is_told_without_an_answer() -> None:
    assert read_created(NotSent("no")) == Unsent("no")
    assert read_created(NoAnswer("no")) == Ambiguous("no")
    assert read_created(reply(SUCCESS, 401)) == NotSignedIn()


@given(REPLIES)
def test_the_whitelist_holds_whatever_comes(answer: Reply) -> None:
    match read_created(answer):
        case Created(id=number):
            envelope = json.loads(answer.body)
            assert answer.status in (200, 201)
            assert envelope["WasSuccessful"] is True
            assert type(number) is int
            assert number == envelope["Value"]["Id"] > 0
        case Refused(faults=faults):
            envelope = json.loads(answer.body)
            assert answer.status == 400 or (answer.status in (200, 201) and 400 <= envelope["Status"] <= 499)
            assert envelope["WasSuccessful"] is False
            assert len(faults) > 0
        case Throttled():
            assert answer.status in (409, 429, 503)


LITTLE_ROOM = """
import resource
from pathlib import Path
from importer.answers import Ambiguous, Reply
from importer.api import read_created

body = b"[" + b"[]," * 1_600_000 + b"[]]"
pages = int(Path("/proc/self/statm").read_text().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 30_000_000, resource.RLIM_INFINITY))
print(isinstance(read_created(Reply(200, {}, body)), Ambiguous))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to such a limit")
def test_an_answer_that_there_is_no_room_for_is_ambiguous() -> None:
    done = subprocess.run([sys.executable, "-c", LITTLE_ROOM], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


# --- throttling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (reply(b"", 409), 60.0),
        (reply(b" \r\n", 409, retry_after="7"), 7.0),
        (reply(b"<html>Slow down</html>", 409, retry_after="7"), 7.0),
        (reply(b"", 409, retry_after="soon"), 60.0),
        (reply(b"", 429), 60.0),
        (reply({"error": "slow"}, 429, retry_after="3"), 3.0),
        (reply(b"", 503, retry_after="9"), 9.0),
        (
            reply(b"", 409, retry_after="Wed, 21 Oct 2015 07:28:30 GMT", date="Wed, 21 Oct 2015 07:28:00 GMT"),
            30.0,
        ),
    ],
)
def test_a_throttle_says_how_long_to_wait(answer: Reply, seconds: float) -> None:
    assert throttle_wait(answer) == seconds
    assert read_created(answer) == Throttled(seconds)


@pytest.mark.parametrize(
    "answer",
    [
        reply(REFUSAL, 409, retry_after="7"),
        reply([], 409, retry_after="7"),
        reply("taken", 409, retry_after="7"),
        reply({}, 409),
        reply(b"<html>Conflict</html>", 409),
        reply(b"<html>Conflict</html>", 409, retry_after="soon"),
        reply(b"", 503),
        reply(b"", 500, retry_after="7"),
    ],
)
def test_a_conflict_and_a_broken_service_are_no_throttle(answer: Reply) -> None:
    assert throttle_wait(answer) is None
    assert isinstance(read_created(answer), Ambiguous)


# --- reads ----------------------------------------------------------------------------------------------


def listed(*records: object, **envelope: Any) -> Reply:
    return reply({"Records": records, "HasNextPage": False, "TotalItems": len(records)} | envelope)


def test_a_page_holds_what_later_stages_need() -> None:
    page = read_page(
        listed({"Id": 5, "Title": "Keys", "CourseId": 101, "SectionId": 7, "New": []}, HasNextPage=True), LESSON, 101
    )
    held = Held(id=5, title="Keys", course=101, parent=7)
    assert page == Page(ids=(5,), records=(held,), has_next=True, total=1)


def test_records_of_other_courses_count_but_are_not_ours() -> None:
    page = read_page(listed({"Id": 5, "Title": "A", "CourseId": 102}, {"Id": 6, "Title": "B"}), SECTION, 101)
    assert isinstance(page, Page)
    assert (page.ids, [one.id for one in page.records], page.total) == ((5, 6), [6], 2)


def test_ids_may_come_as_text() -> None:
    record = {"Id": "5", "Title": "A", "CourseId": "102", "SectionId": "7"}
    page = read_page(listed(record), LESSON, 102)
    assert isinstance(page, Page)
    assert page.records == (Held(id=5, title="A", course=102, parent=7),)
    assert read_page(listed(record), LESSON, 101) == Page(ids=(5,), records=(), has_next=False, total=1)


@pytest.mark.parametrize("title", [None, 7, ["x"], "half a \ud800 character"])
def test_an_odd_title_is_read_all_the_same(title: object) -> None:
    page = read_page(listed({"Id": 5, "Title": title, "CourseId": 101, "SectionId": 0}), LESSON, 101)
    assert isinstance(page, Page)
    assert page.records[0].parent is None
    page.records[0].title.encode()


@pytest.mark.parametrize(
    "answer",
    [
        listed({"Title": "no id"}),
        *(listed({"Id": id}) for id in (0, -1, None, True, 1.5, "x", "²", "9" * 30, 2**63)),
        listed("record"),
        listed(HasNextPage=True),
        listed(HasNextPage=None),
        listed(Records=None),
        reply([]),
        reply(b""),
        reply(DEEP),
        reply(SUCCESS, 404),
        reply(b"", 302),
    ],
)
def test_a_list_that_cannot_be_trusted_is_unusable(answer: Reply) -> None:
    assert isinstance(read_page(answer, SECTION, 101), Unusable)


def test_where_no_nexudus_seems_to_be_the_address_is_asked_about() -> None:
    found = read_page(reply(b"", 404), SECTION, 101)
    assert isinstance(found, Unusable) and found.reason.endswith("see whether the address is right")


@given(REPLIES)
def test_no_answer_to_a_read_raises(answer: Reply) -> None:
    read_page(answer, LESSON, 101)
    throttle_wait(answer)
