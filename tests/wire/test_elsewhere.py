"""A service that sends its clients to another host, or that is not there: nobody else hears a word."""

from collections import Counter
from pathlib import Path

import pytest

from importer.errors import UnreachableError
from importer.sandbox import Fault, Server
from tests.wire.engine import ROWS, outcomes, run
from tests.wire.peer import Connection, Peer, answer


def welcomes(connection: Connection) -> None:
    """What whoever wants a token would say to anything."""
    while True:
        connection.hear()
        connection.say(answer(b'{"access_token": "t", "Status": 200, "WasSuccessful": true, "Value": {"Id": 9}}'))


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize(
    ("method", "path", "arrive"),
    [
        ("POST", "/api/token", {"sign-ins": 1}),
        (
            "GET",
            "/api/content/*",
            {"sign-ins": 1, "reads": 2},
        ),  # the titles of the courses, which it can do without, and a list
        ("POST", "/api/content/*", {"sign-ins": 1, "reads": 3, "rows": 1}),
    ],
)
def test_where_a_redirect_leads_nobody_hears_a_word(
    status: int,
    method: str,
    path: str,
    arrive: dict[str, int],
    service: Server,
    arrivals: Counter[str],
    tmp_path: Path,
) -> None:
    with Peer(welcomes) as canary:
        headers = (("Location", f"{canary.base_url}/api/content/courselessons"),)
        service.faults.add(Fault(method=method, path=path, work=False, status=status, headers=headers))
        report = run(service.base_url, tmp_path)
    assert (canary.connections, canary.heard) == (0, [])
    assert arrivals == arrive
    assert outcomes(report) == ["pending"] * ROWS
    assert report.stop is not None


def test_where_nobody_listens_every_row_is_left_for_later(tmp_path: Path) -> None:
    with Peer(welcomes) as peer:
        address = peer.base_url
    report = run(address, tmp_path)
    assert outcomes(report) == ["pending"] * ROWS
    assert isinstance(report.stop, UnreachableError)


def test_a_host_that_talks_something_else_is_asked_once_and_left(tmp_path: Path) -> None:
    def junk(connection: Connection) -> None:
        connection.hear()
        connection.say(b"220 ready to receive mail\r\n")

    with Peer(junk) as peer:
        report = run(peer.base_url, tmp_path)
    assert outcomes(report) == ["pending"] * ROWS
    assert [one.split()[1] for one in peer.heard] == [b"/api/token"]
