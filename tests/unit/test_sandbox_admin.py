"""The sandbox's own addresses."""

from collections.abc import Iterator

import httpx
import pytest

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, Fault, Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(limits=NO_LIMITS, token="fixed", admin=True) as running:
        yield running


@pytest.fixture
def admin(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.base_url}/sandbox") as client:
        yield client


def test_faults_are_set_and_read_back(server: Server, admin: httpx.Client) -> None:
    given = {"faults": [{"method": "POST", "status": 500, "nth": 2}], "list_lag": 1.5}
    assert admin.put("/faults", json=given).status_code == 200
    assert (server.faults.present, server.faults.list_lag) == ((Fault(method="POST", status=500, nth=2),), 1.5)
    assert admin.get("/faults").json()["faults"][0]["status"] == 500


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"faults": [{"colour": 1}]}', '{"faults": [], "list_lag": "x"}'])
def test_faults_that_cannot_be_read_change_nothing(server: Server, admin: httpx.Client, content: str) -> None:
    server.faults.add(Fault(status=500))
    assert "expected" in admin.put("/faults", content=content).json()["error"]
    assert len(server.faults.present) == 1


def test_the_log_is_read_and_cleared(server: Server, admin: httpx.Client) -> None:
    httpx.get(f"{server.base_url}/api/content/courses")
    log = admin.get("/log").json()
    assert log["counts"] == {"GET /api/content/courses 401": 1}
    assert (log["requests"][0]["method"], log["requests"][0]["status"]) == ("GET", 401)
    admin.delete("/log")
    assert admin.get("/log").json()["requests"] == []


def test_tokens_are_ended(server: Server, admin: httpx.Client) -> None:
    assert admin.post("/expire-tokens").status_code == 204
    assert server.faults.generation == 1


def test_a_colleague_adds_a_record(server: Server, admin: httpx.Client) -> None:
    id = admin.post("/records/courselessons", json={"CourseId": 101, "Title": "Theirs"}).json()["Id"]
    assert (server.store.get(LESSON, id) or {})["Title"] == "Theirs"
    assert admin.post("/records/coworkers", json={}).status_code == 404
