"""Limits, faults and the log, over real HTTP."""

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, Drop, Fault, Garble, Limits, Query, Server, throttled

LESSONS = "/api/content/courselessons"
HEADERS = {"Authorization": "Bearer fixed"}
BODY = {
    "CourseId": 104, "Title": "Keys", "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2,
}  # fmt: skip
MINE = Query(equal={"CourseId": 104})


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(limits=NO_LIMITS, token="fixed") as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.base_url, headers=HEADERS) as signed_in:
        yield signed_in


def made(server: Server) -> int:
    """How many lessons the test has created."""
    return server.store.find(LESSON, MINE)[1]


def test_over_the_limit_is_409_without_a_body() -> None:
    now = [0.0]
    with Server(limits=Limits(writes_per_minute=2), token="fixed", clock=lambda: now[0]) as server:
        with httpx.Client(base_url=server.base_url, headers=HEADERS) as client:
            replies = [client.post(LESSONS, json=BODY) for _ in range(3)]
            assert [reply.status_code for reply in replies] == [200, 200, 409]
            assert (replies[2].content, replies[2].headers["Retry-After"]) == (b"", "60")
            assert client.get(LESSONS).status_code == 200
            now[0] = 60
            assert client.post(LESSONS, json=BODY).status_code == 200
            assert made(server) == 3


def test_signing_in_counts_towards_no_limit() -> None:
    with Server(limits=replace(NO_LIMITS, requests_per_minute=1)) as server:
        replies = [httpx.post(f"{server.base_url}/api/token") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [400] * 3


def test_the_log_knows_every_request(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(method="DELETE", drop=Drop.CLOSE))
    client.post(LESSONS, json=BODY)
    client.get(f"{LESSONS}?page=2")
    with pytest.raises(httpx.RemoteProtocolError):
        client.delete(f"{LESSONS}/1")
    seen = [(entry.method, entry.path, entry.query, entry.status) for entry in server.log.entries]
    assert seen == [
        ("POST", LESSONS, "", 200), ("GET", LESSONS, "page=2", 200), ("DELETE", f"{LESSONS}/1", "", None),
    ]  # fmt: skip
    assert sorted(entry.at for entry in server.log.entries) == [entry.at for entry in server.log.entries]
    assert (server.log.count(method="POST"), server.log.count(status=200)) == (1, 2)


@pytest.mark.parametrize("work", [True, False])
@pytest.mark.parametrize(("drop", "error"), [(Drop.CLOSE, httpx.RemoteProtocolError), (Drop.RESET, httpx.NetworkError)])
def test_a_connection_ends_without_an_answer(
    server: Server, client: httpx.Client, drop: Drop, error: type[Exception], work: bool
) -> None:
    server.faults.add(Fault(method="POST", drop=drop, work=work, nth=1))
    with pytest.raises(error):
        client.post(LESSONS, json=BODY)
    assert made(server) == work
    assert client.post(LESSONS, json=BODY).status_code == 200


@pytest.mark.parametrize("work", [True, False])
def test_a_status_in_place_of_the_answer(server: Server, client: httpx.Client, work: bool) -> None:
    server.faults.add(Fault(method="POST", status=502, work=work, nth=2, body="<html>", headers=(("X-Who", "me"),)))
    replies = [client.post(LESSONS, json=BODY) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 502, 200]
    assert (replies[1].text, replies[1].headers["X-Who"]) == ("<html>", "me")
    assert made(server) == 2 + work


def test_a_truncated_body_breaks_the_answer_off(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(method="POST", truncate=20))
    with pytest.raises(httpx.RemoteProtocolError, match="received 20 bytes"):
        client.post(LESSONS, json=BODY)
    assert made(server) == 1


@pytest.mark.parametrize("garble", list(Garble))
def test_a_garbled_answer_is_still_a_whole_answer(server: Server, client: httpx.Client, garble: Garble) -> None:
    server.faults.add(Fault(method="POST", garble=garble))
    reply = client.post(LESSONS, json=BODY)
    assert (reply.status_code, made(server)) == (200, 1)
    assert reply.headers["Content-Type"].startswith("text/html" if garble is Garble.HTML else "application/json")
    assert int(reply.headers["Content-Length"]) == len(reply.content)


def test_a_delay_outlasts_the_client_and_the_work_is_done_all_the_same(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(method="POST", wait_before=0.2))
    with pytest.raises(httpx.ReadTimeout):
        client.post(LESSONS, json=BODY, timeout=0.05)
    assert made(server) == 0
    time.sleep(0.4)
    assert made(server) == 1


def test_a_delay_after_the_work_leaves_the_record(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(method="POST", wait_after=30))
    with pytest.raises(httpx.ReadTimeout):
        client.post(LESSONS, json=BODY, timeout=0.2)
    assert made(server) == 1


def test_an_answer_can_drip(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(drip=0.01, body="0123456789"))
    begin = time.monotonic()
    assert client.get(LESSONS).text == "0123456789"
    assert time.monotonic() - begin > 0.09


@pytest.mark.parametrize("retry_after", ["3", "Sat, 21 Nov 2026 10:00:00 GMT", None])
def test_throttle_answers_can_be_ordered(server: Server, client: httpx.Client, retry_after: str | None) -> None:
    server.faults.add(throttled(retry_after, status=429))
    reply = client.post(LESSONS, json=BODY)
    assert (reply.status_code, reply.content, reply.headers.get("Retry-After")) == (429, b"", retry_after)
    assert made(server) == 0


def test_a_colleague_sends_the_same(server: Server, client: httpx.Client) -> None:
    server.faults.add(Fault(method="POST", colleague=True))
    assert client.post(LESSONS, json=BODY).status_code == 200
    assert made(server) == 2


def test_tokens_expire_when_told_to() -> None:
    form = {"grant_type": "password", "username": "ops@example.com", "password": "sandbox"}
    with Server(limits=NO_LIMITS) as server:
        token = httpx.post(f"{server.base_url}/api/token", data=form).json()["access_token"]
        with httpx.Client(base_url=server.base_url, headers={"Authorization": f"Bearer {token}"}) as client:
            server.faults.add(Fault(method="POST", expire_tokens=True))
            statuses = [client.request(method, LESSONS, json=BODY).status_code for method in ("GET", "POST", "GET")]
    assert statuses == [200, 401, 401]


def test_lists_lag_and_reading_by_id_does_not(server: Server, client: httpx.Client) -> None:
    server.faults.list_lag = 60
    id = client.post(LESSONS, json=BODY).json()["Value"]["Id"]
    assert client.get(LESSONS, params={"CourseLesson_Course": 104}).json()["TotalItems"] == 0
    assert client.get(f"{LESSONS}/{id}").status_code == 200
    server.faults.list_lag = 0
    assert client.get(LESSONS, params={"CourseLesson_Course": 104}).json()["TotalItems"] == 1
