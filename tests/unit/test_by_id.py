"""Records that are asked for by their ids: the calls, and what their answers mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.answers import Reply, Titles, Unusable
from importer.by_id import read_courses, read_record, record_by_id, records_by_id
from importer.entities import COURSE, LESSON

DEEP = b"[" * 100_000

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["Id", "Records"]), inner),
    max_leaves=10,
)
BODIES = st.binary() | st.just(DEEP) | JSON.map(lambda value: json.dumps(value).encode())
REPLIES = st.builds(Reply, st.sampled_from([200, 201, 400, 404, 409, 500, 503]), st.just({}), BODIES)


def reply(answer: object = None, status: int = 200) -> Reply:
    return Reply(status, {}, answer if isinstance(answer, bytes) else json.dumps(answer).encode())


def listed(*records: object, has_next: bool = False) -> Reply:
    return reply({"Records": records, "HasNextPage": has_next, "TotalItems": len(records)})


def test_several_are_asked_for_in_one_call_and_one_in_a_call_of_its_own() -> None:
    assert records_by_id(COURSE, [102, 101]).path == "/api/content/courses?id=%5B101%2C102%5D"
    assert record_by_id(LESSON, 7).path == "/api/content/courselessons/7"
    assert {records_by_id(COURSE, [1]).role, record_by_id(LESSON, 7).role} == {"Read"}


def test_courses_are_read_from_an_array_or_a_whole_list() -> None:
    records = [{"Id": 101, "Title": "Hub"}, {"Id": "102", "Title": None}, {"Id": 0}, 7]
    titles = Titles({101: "Hub", 102: ""})
    assert read_courses(reply(records)) == titles
    assert read_courses(listed(*records)) == titles


@pytest.mark.parametrize("answer", [reply(b""), reply(DEEP), reply(7), reply(b"", 403), listed(has_next=True)])
def test_courses_that_may_be_incomplete_are_unusable(answer: Reply) -> None:
    assert isinstance(read_courses(answer), Unusable)


def test_a_record_is_read_with_all_that_it_holds_or_is_gone() -> None:
    record = {"Id": 7, "Title": "Keys", "Odd": [1]}
    assert read_record(reply(record), 7) == record
    assert read_record(reply({**record, "Id": "7"}), 7) == record
    assert read_record(reply({"Message": "There is none."}, 404), 7) is None


@pytest.mark.parametrize(
    "answer", [reply({"Id": 8}), reply({}), reply([{"Id": 7}]), reply(b"<"), reply({"Id": 7}, 400)]
)
def test_what_is_not_the_record_is_unusable(answer: Reply) -> None:
    assert isinstance(read_record(answer, 7), Unusable)


@given(REPLIES)
def test_no_answer_raises(answer: Reply) -> None:
    read_courses(answer)
    read_record(answer, 7)
