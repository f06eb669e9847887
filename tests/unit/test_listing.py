"""Single records that lists may not show; complete lists are in test_directory."""

import asyncio
from collections.abc import Collection

import pytest

from importer.entities import LESSON
from importer.errors import UnreachableError
from importer.listing import still_there
from importer.sandbox import NO_LIMITS, Fault, Faults, Garble, Server
from tests.builders import service_of


def still(server: Server, ids: Collection[int]) -> frozenset[int]:
    async def looking() -> frozenset[int]:
        async with service_of(server) as service:
            return await still_there(service, LESSON, ids)

    return asyncio.run(asyncio.wait_for(looking(), 30))


def test_records_that_no_list_shows_are_looked_up_by_number() -> None:
    with Server(limits=NO_LIMITS) as server:
        there = server.store.find(LESSON)[0][0]["Id"]
        assert still(server, [int(str(there)), 999_999]) == {there}


def test_records_count_as_there_where_the_service_cannot_be_asked_by_number() -> None:
    with Server(limits=NO_LIMITS, faults=Faults(Fault(path="*/courselessons", work=False, status=404))) as server:
        assert still(server, [7, 8]) == {7, 8}


@pytest.mark.parametrize(
    "fault",
    [Fault(path="*/courselessons", garble=Garble.HALF), Fault(path="*/courselessons", work=False, status=307)],
)
def test_an_answer_that_is_none_does_not_say_that_a_record_is_there(fault: Fault) -> None:
    with Server(limits=NO_LIMITS, faults=Faults(fault)) as server, pytest.raises(UnreachableError):
        still(server, [999_999])


# --- courses by their titles ----------------------------------------------------------------------------
