"""Signing in, renewing and being refused, in whole commands over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from importer.entities import LESSON, SECTION
from importer.sandbox import NO_LIMITS, OPS, Drop, Fault, Server, User
from tests.flow.commands import Run, lessons_csv, sent, titles
from tests.flow.conftest import sign_in

ROWS = 6
TOKEN = "/api/token"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """A file to import, and an environment that says who signs in."""
    lessons_csv(tmp_path / "a.csv", ROWS)
    yield monkeypatch


def expiring(nth: int, **more: object) -> Fault:
    """The token runs out with one of the rows."""
    return Fault(method="POST", path="*lessons", nth=nth, expire_tokens=True, **more)  # type: ignore[arg-type]  # each as Fault has it


def test_a_token_of_the_environment_is_enough(importer: Run, alone: pytest.MonkeyPatch) -> None:
    with Server(limits=NO_LIMITS, token="given") as server:
        sign_in(alone, server)
        alone.delenv("NEXUDUS_USERNAME")
        alone.delenv("NEXUDUS_PASSWORD")
        alone.setenv("NEXUDUS_TOKEN", "given")
        assert importer("run", "a.csv", "--json").counts == {"created": ROWS}
        assert server.log.count(path=TOKEN) == 0


def test_a_second_factor_goes_with_the_password(importer: Run, alone: pytest.MonkeyPatch) -> None:
    with Server(limits=NO_LIMITS, users=(replace(OPS, totp="123456"),)) as server:
        sign_in(alone, server)
        refused = importer("run", "a.csv", "--json")
        assert (refused.code, refused.counts, sent(server)) == (3, {"pending": ROWS}, [])
        alone.setenv("NEXUDUS_TOTP", "123456")
        assert importer("run", "a.csv", "--json").counts == {"created": ROWS}


@pytest.mark.parametrize(
    "renewal",
    [
        {"work": False, "status": 400, "body": '{"error": "invalid_grant"}'},
        {"drop": Drop.RESET},
        {"drop": Drop.CLOSE},
        {"truncate": 10},
        {"work": False, "status": 500},
    ],
    ids=["refused", "answer lost", "answer lost in order", "answer cut", "failing"],
)
def test_where_the_renewal_fails_the_password_renews(
    renewal: dict[str, object], importer: Run, service: Server, alone: pytest.MonkeyPatch
) -> None:
    """An answer that is lost is the worst: the service has ended the old refresh token, and nobody has the new one."""
    service.faults.add(expiring(3), Fault(path=TOKEN, nth=2, **renewal))  # type: ignore[arg-type]  # each as Fault has it
    answer = importer("run", "a.csv", "--json")
    assert (answer.code, answer.counts) == (0, {"created": ROWS})
    assert service.log.count("POST", TOKEN) == 3
    assert len(titles(service, LESSON)) == ROWS


def test_where_nothing_renews_the_run_stops_and_its_rows_wait(
    importer: Run, service: Server, alone: pytest.MonkeyPatch
) -> None:
    service.faults.add(
        expiring(3), Fault(path=TOKEN, nth=2, times=9, work=False, status=400, body='{"error": "invalid_grant"}')
    )
    answer = importer("run", "a.csv", "--json", "--concurrency", 1)
    assert (answer.code, answer.counts) == (3, {"created": 2, "pending": ROWS - 2})
    service.faults.clear()
    assert importer("run", "a.csv", "--json").counts == {"exists": 2, "created": ROWS - 2}


def test_workers_that_are_refused_at_once_renew_once(importer: Run, service: Server, alone: pytest.MonkeyPatch) -> None:
    service.faults.add(expiring(2), Fault(method="POST", path="*lessons", wait_before=0.1))
    answer = importer("run", "a.csv", "--json", "--concurrency", 4)
    assert (answer.code, answer.counts) == (0, {"created": ROWS})
    assert service.log.count("POST", status=401) >= 2
    assert service.log.count("POST", TOKEN) == 2


@pytest.mark.parametrize(
    ("role", "posts", "renewals"),
    [(f"{LESSON.record}-Create", 2, 1), (f"{LESSON.record}-List", 0, 1), (f"{SECTION.record}-List", 0, 1)],
)
def test_a_missing_role_costs_one_renewal_and_every_row_waits(
    role: str, posts: int, renewals: int, importer: Run, alone: pytest.MonkeyPatch
) -> None:
    user = User(name=OPS.name, password=OPS.password, missing_roles=frozenset({role}))
    with Server(limits=NO_LIMITS, users=(user,)) as server:
        sign_in(alone, server)
        answer = importer("run", "a.csv", "--json", "--concurrency", 1)
        assert (answer.code, answer.counts, answer.document["status"]) == (3, {"pending": ROWS}, "refused")
        assert role in answer.stderr
        assert (len(sent(server)), server.log.count("POST", TOKEN)) == (posts, 1 + renewals)
        assert titles(server, LESSON) == []


def test_each_run_has_a_client_of_its_own(importer: Run, service: Server, alone: pytest.MonkeyPatch) -> None:
    """With one name for all, the renewal of one run would end the refresh token of another."""
    clients: list[str] = []
    take = service.faults.take

    def seen(method: str, path: str, body: bytes) -> Fault | None:
        if path == TOKEN:
            clients.extend(part for part in body.decode().split("&") if part.startswith("client_id="))
        return take(method, path, body)

    alone.setattr(service.faults, "take", seen)
    service.faults.add(expiring(3))
    importer("run", "a.csv")
    importer("plan", "a.csv")
    assert len(clients) == 3
    assert clients[0] == clients[1] != clients[2]
