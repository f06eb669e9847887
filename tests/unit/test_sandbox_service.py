"""The service's calls over real HTTP."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.entities import COURSE, LESSON, SECTION
from importer.sandbox import NO_LIMITS, OPS, Server, User

LESSONS = "/api/content/courselessons"
SECTIONS = "/api/content/coursesections"
COURSES = "/api/content/courses"
BODY = {
    "CourseId": 101, "Title": "Keys", "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2,
}  # fmt: skip
FORM = {"grant_type": "password", "username": OPS.name, "password": OPS.password}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(limits=NO_LIMITS, token="fixed") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers={"Authorization": "Bearer fixed"}) as signed_in:
        yield signed_in


def test_an_answer_says_when_the_record_was_written_and_not_when_it_answered(
    server: Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importer.sandbox.records.now", lambda: "2099-01-01T00:00:00Z")
    made = client.post(LESSONS, json={**BODY, "Title": "Stamped"}).json()
    id = made["Value"]["Id"]
    assert made["UpdatedOn"] == client.get(f"{LESSONS}/{id}").json()["UpdatedOn"] != "2099-01-01T00:00:00Z"
    changed = client.put(LESSONS, json={**BODY, "Title": "Stamped again", "Id": id}).json()
    assert changed["UpdatedOn"] == client.get(f"{LESSONS}/{id}").json()["UpdatedOn"] != "2099-01-01T00:00:00Z"
    assert client.delete(f"{LESSONS}/{id}").json()["UpdatedOn"] == "2099-01-01T00:00:00Z"


def test_a_lesson_is_created_as_the_page_shows(server: Server, client: httpx.Client) -> None:
    reply = client.post(LESSONS, json=BODY)
    answer = reply.json()
    assert reply.status_code == 200
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.pop("UpdatedOn"))
    id = server.store.find(LESSON)[0][-1]["Id"]
    assert answer == {
        "Status": 200, "Message": "CourseLesson was successfully created.", "Value": {"Id": id}, "OpenInDialog": False,
        "OpenInWindow": False, "RedirectURL": None, "JavaScript": None, "UpdatedBy": OPS.name, "Errors": None,
        "WasSuccessful": True,
    }  # fmt: skip


def test_a_refusal_is_400_and_creates_nothing(server: Server, client: httpx.Client) -> None:
    before = server.store.count(LESSON)
    reply = client.post(LESSONS, json=BODY | {"Title": None})
    assert (reply.status_code, server.store.count(LESSON)) == (400, before)
    assert reply.json() == {
        "Message": "Title: is a required field",
        "Value": None,
        "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "Title"}],
        "WasSuccessful": False,
    }


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"DisplayOrder": NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_400(client: httpx.Client, content: bytes) -> None:
    for reply in (client.post(LESSONS, content=content), client.put(LESSONS, content=content)):
        assert (reply.status_code, reply.json()["WasSuccessful"]) == (400, False)


def test_a_record_is_read_edited_and_deleted(client: httpx.Client) -> None:
    id = client.post(LESSONS, json=BODY).json()["Value"]["Id"]
    record = client.get(f"{LESSONS}/{id}").json()
    reply = client.put(LESSONS, json=record | {"Title": "Doors"})
    assert (reply.status_code, reply.json()["Message"]) == (200, "CourseLesson was successfully updated.")
    assert client.get(f"{LESSONS}/{id}").json()["Title"] == "Doors"
    assert client.delete(f"{LESSONS}/{id}").json()["Value"] == {"Id": id}
    assert client.get(f"{LESSONS}/{id}").status_code == 404


@pytest.mark.parametrize(("id", "status"), [(None, 400), ("5001", 400), (True, 400), (10**30, 400), (99, 404)])
def test_an_edit_needs_the_id_of_a_record(client: httpx.Client, id: object, status: int) -> None:
    assert client.put(LESSONS, json=BODY | {"Id": id}).status_code == status


def test_an_edit_is_checked_like_a_new_record(client: httpx.Client) -> None:
    assert client.put(LESSONS, json=BODY | {"Id": 5001, "UnlockType": 9}).json()["Errors"][0]["AttemptedValue"] == 9


@pytest.mark.parametrize("address", [f"{LESSONS}/99", f"{LESSONS}/{10**30}"])
def test_what_is_not_there_is_404(client: httpx.Client, address: str) -> None:
    assert client.get(address).status_code == client.delete(address).status_code == 404


@pytest.mark.parametrize("address", [f"{COURSES}/102", f"{SECTIONS}/2001"])
def test_what_has_records_below_it_is_not_deleted(client: httpx.Client, address: str) -> None:
    assert client.delete(address).status_code == 400
    assert client.get(address).status_code == 200


def test_a_course_can_be_created(server: Server, client: httpx.Client) -> None:
    body = {"BusinessId": 1, "HostId": 301, "Title": "New", "DisplayOrder": 5, "Visibility": 1}
    id = client.post(COURSES, json=body).json()["Value"]["Id"]
    assert (server.store.get(COURSE, id) or {})["Title"] == "New"


def test_a_list_has_the_courses_own_records_without_long_texts(client: httpx.Client) -> None:
    page = client.get(LESSONS, params={"CourseLesson_Course": 102, "size": 3, "page": 2}).json()
    assert (page["TotalItems"], page["TotalPages"], page["HasNextPage"]) == (8, 3, True)
    assert [record["Id"] for record in page["Records"]] == [5004, 5005, 5006]
    assert {record["LessonContents"] for record in page["Records"]} == {None}


def test_a_list_finds_titles_in_part_and_in_any_case(client: httpx.Client) -> None:
    page = client.get(LESSONS, params={"CourseLesson_Title": "WASHING", "CourseLesson_Section": 2001}).json()
    assert [record["Title"] for record in page["Records"]] == ["Washing hands"]


def test_pages_are_capped_and_texts_shown_where_asked_for() -> None:
    with Server(limits=NO_LIMITS, token="fixed", page_cap=2, full_lists=True) as server:
        page = httpx.get(f"{server.base_url}{LESSONS}?size=5000", headers={"Authorization": "Bearer fixed"}).json()
    assert (page["CurrentPageSize"], len(page["Records"]), page["HasNextPage"]) == (2, 2, True)
    assert page["Records"][0]["LessonContents"].startswith("<p>")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_batch_is_a_bare_array_of_what_is_there(client: httpx.Client, slash: str) -> None:
    records = client.get(f"{LESSONS}{slash}", params={"id": "[5002,99,5001]"}).json()
    assert [record["Id"] for record in records] == [5001, 5002]
    assert records[0]["LessonContents"]


@pytest.mark.parametrize("ids", ["5001", "[", "[true]", '["5001"]', ""])
def test_a_batch_of_anything_else_is_400(client: httpx.Client, ids: str) -> None:
    assert client.get(LESSONS, params={"id": ids}).status_code == 400


def test_other_addresses_are_not_there(client: httpx.Client) -> None:
    assert client.get("/api/content/coworkers").status_code == 404
    assert client.get("/sandbox/log").status_code == 404
    assert client.delete(LESSONS).status_code == 405
    assert client.get(f"{LESSONS}/5001/").status_code == 404


def test_signing_in_takes_a_form_and_no_json(server: Server) -> None:
    token = httpx.post(f"{server.base_url}/api/token", data=FORM).json()
    assert set(token) == {"access_token", "token_type", "expires_in", "refresh_token"}
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert httpx.get(server.base_url + COURSES, headers=bearer).status_code == 200
    reply = httpx.post(f"{server.base_url}/api/token", json=FORM)
    assert (reply.status_code, reply.json()["error"]) == (400, "unsupported_grant_type")


def test_a_wrong_password_is_an_invalid_grant(server: Server) -> None:
    reply = httpx.post(f"{server.base_url}/api/token", data=FORM | {"password": "x"})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")
    assert reply.json()["error_description"]


def test_without_a_token_everything_is_401(server: Server) -> None:
    for call in (httpx.get, httpx.post, httpx.put, httpx.delete):
        path = "/5001" if call is httpx.delete else ""
        assert call(f"{server.base_url}{LESSONS}{path}").status_code == 401


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("CourseLesson-Create", "POST", LESSONS),
        ("CourseLesson-Edit", "PUT", LESSONS),
        ("CourseLesson-List", "GET", LESSONS),
        ("CourseLesson-Read", "GET", f"{LESSONS}/5001"),
        ("CourseLesson-Read", "GET", f"{LESSONS}/?id=[5001]"),
        ("CourseLesson-Delete", "DELETE", f"{LESSONS}/5001"),
        ("CourseSection-Create", "POST", SECTIONS),
        ("Course-List", "GET", COURSES),
    ],
)
def test_a_missing_role_is_401_on_its_calls_only(role: str, method: str, path: str) -> None:
    user = User(name="a@example.com", password="p", missing_roles=frozenset({role}))
    with Server(limits=NO_LIMITS, token="fixed", users=(user,)) as server:
        with httpx.Client(base_url=server.base_url, headers={"Authorization": "Bearer fixed"}) as client:
            assert client.request(method, path, json={}).status_code == 401
            assert client.get(f"{SECTIONS}/2001").status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@given(body=st.dictionaries(st.sampled_from([*BODY, "Id", "SectionId", "LessonContents", "Active"]), JSON))
@settings(max_examples=60)
def test_any_body_is_answered(client: httpx.Client, body: dict[str, Any]) -> None:
    for content in (json.dumps(body), json.dumps(BODY | body)):
        assert client.post(LESSONS, content=content).status_code in (200, 400)
        assert client.put(LESSONS, content=content).status_code in (200, 400, 404)


def test_a_half_character_and_a_number_without_end_are_refused(client: httpx.Client) -> None:
    for content in ('{"Title": "\\ud800"}', '{"DisplayOrder": 1e999}'):
        assert client.post(LESSONS, content=content).status_code == 400


def test_new_sections_can_be_filled_at_once(server: Server, client: httpx.Client) -> None:
    section: dict[str, Any] = {key: value for key, value in BODY.items() if key != "CompletionType"}
    id = client.post(SECTIONS, json=section).json()["Value"]["Id"]
    assert client.post(LESSONS, json=BODY | {"SectionId": id}).status_code == 200
    assert server.store.has_children(SECTION, id)
