"""Bad lines between the engine and the service: how many requests arrive, and what becomes of the rows."""

from collections import Counter
from pathlib import Path

import pytest

from importer.entities import ID, LESSON
from importer.errors import UnreachableError
from importer.problems import Code
from importer.sandbox import Drop, Fault, Server
from tests.flow.commands import held
from tests.wire.engine import ROWS, outcomes, remarks, run
from tests.wire.proxy import Proxy, Toxic

ROW = b"POST /api/content/"
READS = 3
"""Of an import of lessons where nothing goes wrong: the course, its sections, its lessons."""
FOUND = [[], [Code.FOUND_BY_LOOKING.value], []]


def each_once(service: Server) -> bool:
    made = held(service, LESSON, 104)
    return Counter(one["Title"] for one in made) == Counter(f"Lesson {n}" for n in range(1, ROWS + 1))


@pytest.mark.parametrize(
    "toxic",
    [
        Toxic(latency=0.05),
        Toxic(answers=True, latency=0.05),
        Toxic(slicer=7),
        Toxic(answers=True, slicer=1),
        Toxic(bandwidth=10_000.0),
        Toxic(answers=True, bandwidth=10_000.0),
        Toxic(at=b"GET /api/content/courselessons", nth=1, down=0.2),
    ],
    ids=str,
)
def test_a_slow_line_or_a_closed_door_costs_no_request(
    toxic: Toxic, service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    with Proxy(service.base_url, (toxic,)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert (outcomes(report), remarks(report)) == (["created"] * ROWS, [[]] * ROWS)
    assert arrivals == {"sign-ins": 1, "reads": READS, "rows": ROWS}
    assert each_once(service)


@pytest.mark.parametrize(
    ("toxic", "options"),
    [
        (Toxic(answers=True, reset_peer=0.0), {}),
        (Toxic(answers=True, limit_data=0), {}),
        (Toxic(answers=True, limit_data=30), {}),
        (Toxic(answers=True, limit_data=200), {}),
        (Toxic(answers=True, timeout=0.0), {"read_timeout": 0.2}),
        (Toxic(answers=True, timeout=0.1), {}),
        (Toxic(answers=True, latency=0.5), {"read_timeout": 0.2}),
        (Toxic(answers=True, slicer=1, delay=0.05), {"answer_timeout": 0.4}),
        (Toxic(answers=True, bandwidth=50.0, slicer=5), {"answer_timeout": 0.4}),
        (Toxic(latency=0.3), {"read_timeout": 0.1, "settle": 1.5}),
    ],
    ids=str,
)
def test_a_record_whose_answer_is_lost_is_found_and_its_row_is_sent_once(
    toxic: Toxic, options: dict[str, object], service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    with Proxy(service.base_url, (toxic,)) as proxy:
        report = run(proxy.base_url, tmp_path, **options)
    assert (outcomes(report), remarks(report)) == (["created"] * ROWS, FOUND)
    assert proxy.wrote(ROW) == arrivals["rows"] == ROWS
    assert arrivals == {"sign-ins": 1, "reads": READS + 1, "rows": ROWS}
    assert each_once(service)
    assert {row.verdict.id for row in report.rows} == {one[ID] for one in held(service, LESSON, 104)}


def test_a_connection_that_closes_slowly_instead_of_an_answer_is_no_answer(
    service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    service.faults.add(Fault(method="POST", nth=2, drop=Drop.CLOSE))
    with Proxy(service.base_url, (Toxic(answers=True, slow_close=0.3),)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert (remarks(report), arrivals["rows"], each_once(service)) == (FOUND, ROWS, True)
    assert report.elapsed > 0.3


@pytest.mark.parametrize(
    ("toxic", "arrive"),
    [
        (Toxic(reset_peer=0.0), 3),
        (Toxic(limit_data=0), 3),
        (Toxic(limit_data=100), 3),
        (Toxic(limit_data=360), 4),  # the service has the head, and not all of the body
        (Toxic(timeout=0.2), 3),
    ],
    ids=str,
)
def test_a_row_that_never_arrived_is_sent_again_once_that_is_proven(
    toxic: Toxic, arrive: int, service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    with Proxy(service.base_url, (toxic,)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert (outcomes(report), remarks(report)) == (["created"] * ROWS, [[]] * ROWS)
    assert (proxy.wrote(ROW), arrivals["rows"]) == (ROWS + 1, arrive)
    # Two complete lists prove it, and a third looks for a twin.
    assert (arrivals["sign-ins"], arrivals["reads"]) == (1, READS + 3)
    assert each_once(service)


@pytest.mark.parametrize("toxic", [Toxic(reset_peer=0.0), Toxic(answers=True, limit_data=40)], ids=str)
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_read_that_fails_is_tried_again_and_no_more_than_that(
    toxic: Toxic, nth: int, service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    spoilt = Toxic(at=b"GET ", nth=nth, answers=toxic.answers, reset_peer=toxic.reset_peer, limit_data=toxic.limit_data)
    with Proxy(service.base_url, (spoilt,)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert outcomes(report) == ["created"] * ROWS
    assert (proxy.wrote(b"GET "), proxy.wrote(b"/api/token"), proxy.wrote(ROW)) == (READS + 1, 1, ROWS)


@pytest.mark.parametrize("answers", [False, True])
def test_a_sign_in_that_fails_is_not_tried_again(answers: bool, service: Server, tmp_path: Path) -> None:
    toxic = Toxic(at=b"POST /api/token", nth=1, answers=answers, reset_peer=0.0)
    with Proxy(service.base_url, (toxic,)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert isinstance(report.stop, UnreachableError)
    assert outcomes(report) == ["pending"] * ROWS
    assert [line.split()[1] for line in proxy.requests] == [b"/api/token"]


def test_an_answer_that_comes_twice_is_taken_for_no_other_rows(
    service: Server, arrivals: Counter[str], tmp_path: Path
) -> None:
    # So slow that each answer comes when the next request has left.
    service.faults.add(Fault(method="POST", wait_before=0.05))
    with Proxy(service.base_url, (Toxic(nth=1, answers=True, echo=True),)) as proxy:
        report = run(proxy.base_url, tmp_path)
    assert (remarks(report), arrivals["rows"], each_once(service)) == (FOUND, ROWS, True)
    ids = {one["Title"]: one[ID] for one in held(service, LESSON, 104)}
    assert [row.verdict.id for row in report.rows] == [ids[row.title] for row in report.rows]
