"""What the service holds already: whole lists, by the page of a course."""

import asyncio
import json
from collections.abc import Collection, Mapping

import pytest

from importer.directory import look_up
from importer.entities import COURSE, LESSON, SECTION
from importer.errors import SignInError, UnreachableError
from importer.model import Directory, Wanted
from importer.problems import Code
from importer.sandbox import NO_LIMITS, OPS, Fault, Server, User
from tests.builders import service_of


def look(server: Server, courses: Collection[int]) -> Directory:
    async def looking() -> Directory:
        async with service_of(server) as service:
            return await look_up(service, Wanted(courses=frozenset(courses)))

    return asyncio.run(asyncio.wait_for(looking(), 30))


def lacking(*roles: str) -> tuple[User, ...]:
    return (User(name=OPS.name, password=OPS.password, missing_roles=frozenset(roles)),)


def test_records_of_the_courses_are_listed_with_their_parents() -> None:
    with Server(limits=NO_LIMITS) as server:
        directory = look(server, [102, 101])
    assert directory.courses == {101: "Welcome to Riverside Hub", 102: "Food safety"}
    assert [one.title for one in directory.records["sections", 102]][:2] == ["Before you cook", "In the kitchen"]
    assert {one.parent for one in directory.records["lessons", 102]} == {2001, 2002, 2003, None}
    assert directory.records["lessons", 101] == ()


def test_reads_are_by_the_page_and_not_by_the_row() -> None:
    with Server(limits=NO_LIMITS, page_cap=3) as server:
        assert len(look(server, [102]).records["lessons", 102]) == 8
    assert server.log.count("GET", "/api/content/courselessons") == 3
    assert server.log.count("GET") == 1 + 1 + 3
    assert server.log.count("POST") == 1


def test_a_course_that_is_not_there_is_not_listed() -> None:
    with Server(limits=NO_LIMITS) as server:
        directory = look(server, [999])
    assert (directory.courses, directory.records, server.log.count("GET")) == ({}, {}, 1)


def test_no_course_costs_no_read() -> None:
    with Server(limits=NO_LIMITS) as server:
        assert look(server, []) == Directory(records={}, courses={})
    assert server.log.count("GET") == 0


@pytest.mark.parametrize("fault", [None, Fault(path="*/courses", work=False, status=404)])
def test_courses_that_cannot_be_looked_up_are_a_warning(fault: Fault | None) -> None:
    with Server(limits=NO_LIMITS, users=lacking("Course-Read")) as server:
        server.faults.add(*[fault] if fault else [])
        directory = look(server, [102])
    assert directory.courses is None
    assert [one.code for one in directory.problems] == [Code.COURSES_NOT_SEEN]
    assert len(directory.records["sections", 102]) == 3


def test_a_number_that_is_refused_leaves_no_other_unchecked() -> None:
    with Server(limits=NO_LIMITS) as server:
        directory = look(server, [102, 999, 2**31])
    assert directory.courses == {102: "Food safety", 2**31: ""}
    assert [one.code for one in directory.problems] == [Code.COURSES_NOT_SEEN]


@pytest.mark.parametrize(("refused", "known"), [(1, {101, 102}), (3, None)])
def test_where_no_number_can_be_asked_for_with_others_each_is_asked_for_alone(
    refused: int, known: Collection[int] | None
) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="*/courses", work=False, status=400, nth=1, times=refused))
        directory = look(server, [101, 102])
    assert (None if directory.courses is None else directory.courses.keys()) == known
    assert [one.code for one in directory.problems] == [Code.COURSES_NOT_SEEN] * (known is None)


@pytest.mark.parametrize("role", ["CourseSection-List", "CourseLesson-List"])
def test_a_missing_role_is_named(role: str) -> None:
    with Server(limits=NO_LIMITS, users=lacking(role)) as server, pytest.raises(SignInError, match=role):
        look(server, [102])


def test_a_list_that_changes_while_it_is_read_is_read_again() -> None:
    short = json.dumps({"Records": [], "HasNextPage": False, "TotalItems": 1})
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="*lessons", nth=1, times=2, body=short))
        assert len(look(server, [102]).records["lessons", 102]) == 8
    assert server.log.count("GET", "/api/content/courselessons") == 3


SAME_PAGE = {"Records": [{"Id": 1, "Title": "A", "CourseId": 102}], "HasNextPage": True, "TotalItems": 2}


@pytest.mark.parametrize(
    "answer",
    [
        {"Records": [], "HasNextPage": False, "TotalItems": 1},
        SAME_PAGE,
        {"Records": [], "HasNextPage": True},
        {"Records": [{"Id": 0}], "HasNextPage": False},
        [],
    ],
)
def test_a_list_that_is_never_whole_stops_the_run_before_it_sends(answer: object) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="*lessons", body=json.dumps(answer)))
        with pytest.raises(UnreachableError, match="lessons of course 102"):
            look(server, [102])
    assert server.log.count("GET", f"/api/content/{LESSON.path}") <= 6


def test_a_filter_that_the_service_ignores_is_applied_here() -> None:
    records = [{"Id": number, "Title": "A", "CourseId": 100 + number} for number in (1, 2, 3)]
    answer = json.dumps({"Records": records, "HasNextPage": False, "TotalItems": 3})
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="*lessons", body=answer))
        assert [one.id for one in look(server, [102]).records["lessons", 102]] == [2]


def look_for(server: Server, *titles: str, made: Mapping[int, str] | None = None) -> Directory:
    async def looking() -> Directory:
        async with service_of(server) as service:
            return await look_up(service, Wanted(titles=frozenset(titles)), made or {})

    return asyncio.run(asyncio.wait_for(looking(), 30))


def test_a_title_is_looked_for_among_all_courses_and_only_what_is_below_it_is_listed() -> None:
    with Server(limits=NO_LIMITS, page_cap=3) as server:
        directory = look_for(server, "Food safety")
        assert server.log.count("GET", "/api/content/courses") == 2
    assert directory.courses == {102: "Food safety"}
    assert {one.numbers["BusinessId"] for one in directory.records["courses", 0]} == {1}
    assert sorted(directory.records) == [("courses", 0), ("lessons", 102), ("sections", 102)]


def test_a_course_that_is_given_by_its_number_needs_no_list() -> None:
    with Server(limits=NO_LIMITS, users=lacking("Course-List")) as server:
        look(server, [102])
        with pytest.raises(SignInError, match="Course-List"):
            look_for(server, "Food safety")


@pytest.mark.parametrize("can_be_asked", [True, False])
def test_a_course_that_was_just_made_is_there_though_no_list_shows_it(can_be_asked: bool) -> None:
    with Server(limits=NO_LIMITS, users=lacking(*[] if can_be_asked else ["Course-Read"])) as server:
        number = server.store.create(COURSE, {"Title": "New"})
        server.store.create(SECTION, {"CourseId": number, "Title": "Week 1"})
        server.faults.list_lag = 0.0
        short = json.dumps({"Records": [], "HasNextPage": False, "TotalItems": 0})
        server.faults.add(Fault(path="*/courses", nth=1, body=short))
        directory = look_for(server, "New", made={number: "New", 999: "Gone"})
    assert [one.title for one in directory.records["sections", number]] == ["Week 1"]
    assert {one.id for one in directory.records["courses", 0]} == ({number} if can_be_asked else {number, 999})


def test_records_that_are_named_are_looked_up_without_their_long_texts() -> None:
    async def looking(server: Server) -> Directory:
        async with service_of(server) as service:
            return await look_up(service, Wanted(records=frozenset({("lessons", 5001), ("lessons", 9999)})))

    with Server(limits=NO_LIMITS, full_batches=False) as server:
        directory = asyncio.run(looking(server))
    assert directory.named.keys() == {("lessons", 5001)}
    ones = [entry.path for entry in server.log.entries if entry.path.startswith("/api/content/courselessons/")]
    assert ones == ["/api/content/courselessons/9999"]
