"""Whole records: read by their ids, in batches as far as the service gives them whole."""

import asyncio
import json
from collections.abc import Collection, Mapping

import pytest

from importer.entities import LESSON, SECTION, Entity
from importer.errors import SignInError, UnreachableError
from importer.records import CONVINCING, Record, one_record, whole_records
from importer.sandbox import NO_LIMITS, OPS, Drop, Fault, Garble, Server, User
from tests.builders import service_of

LESSONS, PATH = range(5001, 5009), "/api/content/courselessons"


def whole(server: Server, ids: Collection[int] = LESSONS, entity: Entity = LESSON) -> Mapping[int, Record]:
    async def reading() -> Mapping[int, Record]:
        async with service_of(server) as service:
            return await whole_records(service, entity, ids)

    return asyncio.run(asyncio.wait_for(reading(), 30))


def held(server: Server) -> dict[int, Record]:
    return {int(str(record["Id"])): record for record in server.store.find(LESSON)[0]}


def more(server: Server, count: int, contents: str | None) -> list[int]:
    body = {"CourseId": 104, "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0, "CompletionType": 2}
    return [
        server.store.create(LESSON, {**body, "Title": f"Lesson {n}", "LessonContents": contents}) for n in range(count)
    ]


def ones(server: Server) -> int:
    return sum(entry.path.startswith(f"{PATH}/") for entry in server.log.entries)


def test_records_are_read_whole_in_batches() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids = more(server, 60, "<p>text</p>")
        assert whole(server, ids) == {id: held(server)[id] for id in ids}
        assert (server.log.count("GET", PATH), ones(server)) == (2, 0)


def test_each_batch_that_is_done_is_told() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids, told = more(server, 60, "<p>text</p>"), list[int]()

        async def reading() -> None:
            async with service_of(server) as service:
                await whole_records(service, LESSON, [*ids, *ids, 9999], told.append)

        asyncio.run(reading())
    assert told == [50, 11]


def test_long_texts_that_batches_leave_out_are_read_one_by_one() -> None:
    with Server(limits=NO_LIMITS, full_batches=False) as server:
        ids = more(server, 3, "<p>text</p>")
        assert whole(server, ids) == {id: held(server)[id] for id in ids}
        assert (server.log.count("GET", PATH), ones(server)) == (1, 3)


def test_blank_texts_are_believed_once_batches_have_shown_to_carry_that_text() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids = more(server, 1, "<p>text</p>") + more(server, 2 * CONVINCING, None)
        assert whole(server, ids) == {id: held(server)[id] for id in ids}
        assert ones(server) == CONVINCING


def test_blank_texts_of_batches_that_never_showed_one_are_never_believed() -> None:
    with Server(limits=NO_LIMITS, full_batches=False) as server:
        ids = more(server, 2 * CONVINCING, None) + more(server, 1, "<p>text</p>")
        assert whole(server, ids)[ids[-1]]["LessonContents"] == "<p>text</p>"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(path=PATH, work=False, status=400),
        Fault(path=PATH, work=False, status=404),
        Fault(path=PATH, work=False, status=500),
        Fault(path=PATH, garble=Garble.HTML),
        Fault(path=PATH, body=json.dumps({"Records": [], "HasNextPage": True})),
        Fault(path=PATH, drop=Drop.RESET),
    ],
)
def test_where_a_batch_cannot_be_had_records_are_read_one_by_one(fault: Fault) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(fault)
        ids = [*LESSONS, *more(server, 50, "<p>text</p>")]
        assert whole(server, ids) == {id: held(server)[id] for id in ids}
        assert ones(server) == len(ids)
        assert server.log.count("GET", PATH) <= 4


def test_what_a_short_batch_does_not_show_is_asked_for_and_may_be_gone() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids = more(server, 3, "<p>text</p>")
        server.faults.add(Fault(path=PATH, body=json.dumps([held(server)[ids[0]]])))
        server.store.delete(LESSON, ids[1])
        assert whole(server, ids).keys() == {ids[0], ids[2]}


def test_nothing_is_read_for_no_ids() -> None:
    with Server(limits=NO_LIMITS) as server:
        assert whole(server, []) == {}
    assert server.log.count("GET") == 0


def test_a_missing_role_is_named() -> None:
    users = (User(name=OPS.name, password=OPS.password, missing_roles=frozenset({"CourseSection-Read"})),)
    with Server(limits=NO_LIMITS, users=users) as server, pytest.raises(SignInError, match="CourseSection-Read"):
        whole(server, [2001], SECTION)


@pytest.mark.parametrize("body", [json.dumps({"Id": 5002}), json.dumps({"Message": "?"}), "[]", "<html>"])
def test_an_answer_that_is_not_the_record_is_none(body: str) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path=f"{PATH}/*", body=body))

        async def reading() -> None:
            async with service_of(server) as service:
                await one_record(service, LESSON, 5001)

        with pytest.raises(UnreachableError, match="read lesson 5001"):
            asyncio.run(reading())


def test_numbers_that_no_record_has_are_asked_for_one_by_one_until_batches_are_believed() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids = more(server, 60, "<p>text</p>")
        assert whole(server, [*range(100_001, 100_301), *ids]) == {id: held(server)[id] for id in ids}
        assert ones(server) == CONVINCING


def test_batches_that_were_cut_short_once_are_never_believed() -> None:
    with Server(limits=NO_LIMITS) as server:
        ids = more(server, 2, "<p>text</p>")
        server.faults.replace([Fault(method="GET", path=PATH, status=200, body="[]", work=False, times=1)])
        gone = range(200_001, 200_001 + 2 * CONVINCING)
        assert set(whole(server, [*ids, *gone])) == set(ids)
        assert ones(server) == 2 + len(gone)
