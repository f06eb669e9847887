"""The service as a run sees it: stopping, waiting for answers, reads that mend themselves."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from importer.answers import Page
from importer.api import list_page, read_page
from importer.auth import Credentials
from importer.entities import SECTION
from importer.errors import JournalBrokeError, SignInError, TryLaterError, UnreachableError
from importer.pacing import PATIENCE, LimitSpentError, StoppedError
from importer.sandbox import NO_LIMITS, OPS, Drop, Fault, Garble, Server, User, throttled
from importer.service import Change, Halt, Service
from importer.settings import Settings
from tests.builders import BY_PASSWORD, service_of, settings_for

T = TypeVar("T")
SECTIONS = list_page(SECTION, 102, 1)


def ask(
    server: Server,
    work: Callable[[Service], Awaitable[T]],
    given: Credentials = BY_PASSWORD,
    settings: Settings | None = None,
) -> T:
    async def asking() -> T:
        async with service_of(server, given=given, settings=settings) as service:
            return await work(service)

    return asyncio.run(asking())


async def read(service: Service) -> int:
    """How many sections course 102 has."""
    page = read_page(await service.read(SECTIONS, SECTION.record), SECTION, 102)
    assert isinstance(page, Page)
    return len(page.records)


# --- stopping and waiting -------------------------------------------------------------------------------


def test_the_first_reason_to_stop_counts() -> None:
    async def stop() -> Halt:
        halt = Halt()
        assert not halt.asked
        halt.because(TryLaterError("first"))
        halt.because(TryLaterError("second"))
        return halt

    halt = asyncio.run(stop())
    assert (halt.asked, str(halt.reason), halt.interrupted) == (True, "first", False)


def test_a_sleep_ends_when_the_run_is_to_stop() -> None:
    async def sleep() -> float:
        halt = Halt()
        asyncio.get_running_loop().call_later(0.01, halt.interrupt)
        start = time.monotonic()
        await asyncio.gather(halt.sleep(60), halt.sleep(60))
        return time.monotonic() - start

    assert asyncio.run(sleep()) < 10


def test_an_answer_wakes_everybody_who_waits_for_one() -> None:
    async def wait() -> None:
        change = Change(Halt())
        waiters = [asyncio.create_task(change.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        change.happened()
        await asyncio.wait_for(asyncio.gather(*waiters), 5)

    asyncio.run(wait())


def test_a_waiter_is_woken_though_another_begins_to_wait_right_after_the_answer() -> None:
    async def wait() -> None:
        change = Change(Halt())
        first = asyncio.create_task(change.wait())
        asyncio.get_running_loop().call_soon(change.happened)
        second = asyncio.create_task(change.wait())
        await asyncio.wait_for(first, 1)
        second.cancel()

    asyncio.run(wait())


def test_who_waits_for_an_answer_is_woken_by_a_stop() -> None:
    async def wait() -> None:
        halt = Halt()
        waiter = asyncio.create_task(Change(halt).wait())
        await asyncio.sleep(0)
        halt.interrupt()
        await asyncio.wait_for(waiter, 5)

    asyncio.run(wait())


# --- reads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(nth=1, times=3, work=False, status=500),
        Fault(nth=1, times=3, work=False, status=503),
        Fault(nth=1, times=3, drop=Drop.RESET),
        Fault(nth=1, times=3, drop=Drop.CLOSE),
        Fault(nth=1, times=3, truncate=5),
        throttled("0", nth=1, times=9),
        throttled("0", status=429, nth=1, times=9),
    ],
)
def test_a_read_that_fails_is_tried_again(fault: Fault) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(fault)
        assert ask(server, read) == 3


@pytest.mark.parametrize("fault", [Fault(work=False, status=502), Fault(drop=Drop.CLOSE)])
def test_a_read_that_never_succeeds_ends_with_the_address(fault: Fault) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(fault)
        with pytest.raises(UnreachableError, match=server.base_url):
            ask(server, read)
        assert server.log.count("GET") == 4


def test_nobody_there_is_told_as_such() -> None:
    server = Server()
    server.stop()
    with pytest.raises(UnreachableError, match="no connection could be made"):
        ask(server, read)


def test_a_refused_read_is_the_callers_to_judge() -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(work=False, status=404))
        status = ask(server, lambda service: service.read(SECTIONS, SECTION.record)).status
    assert (status, server.log.count("GET")) == (404, 1)


def test_an_expired_token_is_renewed_once_and_everybody_goes_on_with_the_new_one() -> None:
    async def several(service: Service) -> list[int]:
        await read(service)
        server.faults.expire_tokens()
        return [await read(service), *await asyncio.gather(read(service), read(service))]

    with Server(limits=NO_LIMITS) as server:
        assert ask(server, several) == [3, 3, 3]
    assert (server.log.count(path="/api/token"), server.log.count(status=401)) == (2, 1)


def test_a_missing_role_is_named_after_one_renewal() -> None:
    user = User(name=OPS.name, password=OPS.password, missing_roles=frozenset({"CourseSection-List"}))
    with Server(limits=NO_LIMITS, users=(user,)) as server, pytest.raises(SignInError, match="CourseSection-List"):
        ask(server, read)
    assert (server.log.count(path="/api/token"), server.log.count(status=401)) == (2, 2)


def test_a_forbidden_read_names_the_role_at_once() -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(work=False, status=403))
        with pytest.raises(SignInError, match="CourseSection-List"):
            ask(server, read)
    assert server.log.counts == {"POST /api/token 200": 1, "GET /api/content/coursesections 403": 1}


def test_a_token_that_cannot_be_renewed_ends_it() -> None:
    with Server(limits=NO_LIMITS) as server, pytest.raises(SignInError):
        ask(server, read, Credentials(token="old"))
    assert server.log.counts == {"GET /api/content/coursesections 401": 1}


def test_a_long_throttle_is_told_instead_of_waited() -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(throttled(str(PATIENCE + 60)[:-2]))
        with pytest.raises(LimitSpentError):
            ask(server, read)
    assert server.log.count("GET") == 1


def test_a_stop_ends_reading() -> None:
    async def stopped(service: Service) -> int:
        service.halt.interrupt()
        return await read(service)

    with Server(limits=NO_LIMITS) as server, pytest.raises(StoppedError):
        ask(server, stopped)
    assert server.log.count("GET") == 0


def test_every_read_that_was_sent_is_counted() -> None:
    async def counted(service: Service) -> tuple[int, int]:
        await read(service)
        return service.reads, service.writes

    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(nth=1, garble=Garble.EMPTY, status=500))
        assert ask(server, counted) == (2, 0)


def test_a_sign_in_that_is_throttled_is_waited_out() -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(replace(throttled("0", nth=1, times=2), method="POST", path="/api/token"))
        assert ask(server, read) == 3
    assert (server.log.count(path="/api/token"), server.log.count("GET")) == (3, 1)


# --- the record of reads --------------------------------------------------------------------------------


def test_a_read_that_cannot_be_recorded_is_not_sent(tmp_path: Path) -> None:
    async def without_a_table(server: Server) -> None:
        async with service_of(server, journal=tmp_path / "journal.sqlite3") as service:
            with contextlib.closing(sqlite3.connect(tmp_path / "journal.sqlite3")) as other:
                other.execute("DROP TABLE attempt")
            await read(service)

    with Server(limits=NO_LIMITS) as server, pytest.raises(JournalBrokeError):
        asyncio.run(without_a_table(server))
    assert server.log.count("GET") == 0


def test_what_one_run_read_the_next_one_knows(tmp_path: Path) -> None:
    async def run(id: str, server: Server) -> float:
        settings = settings_for(server, requests_per_minute=2)
        async with service_of(server, settings=settings, journal=tmp_path / "journal.sqlite3", run=id) as service:
            await read(service)
            return service.pacer.wait(write=False)

    with Server(limits=NO_LIMITS) as server:
        assert asyncio.run(run("first", server)) == 0
        assert 50 < asyncio.run(run("second", server)) <= 60
