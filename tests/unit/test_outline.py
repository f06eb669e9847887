"""The outline of a course."""

import asyncio
import json

import pytest

from importer.outline import outline
from importer.sandbox import NO_LIMITS, Fault, Server
from tests.builders import service_of


def outlined(server: Server, courses: dict[int, str]) -> str:
    async def outlining() -> str:
        async with service_of(server) as service:
            return await outline(service, courses)

    return asyncio.run(asyncio.wait_for(outlining(), 30))


def test_sections_and_lessons_stand_in_their_order_with_their_rules() -> None:
    with Server(limits=NO_LIMITS, page_cap=2) as server:
        lines = outlined(server, {102: "Food safety"}).splitlines()
    assert lines[0] == "Course 102 Food safety: 3 sections, 8 lessons"
    assert lines[1] == "  1. Before you cook  [Immediate]"
    assert lines[2] == "    1. Washing hands  [Immediate; Video]"
    assert "    2. Fridge temperatures  [Timed after 3 days; Visited]" in lines
    assert lines[-2:] == ["  (without a section)", "    1. About this course  [Immediate; None]"]


def test_courses_stand_one_below_the_other() -> None:
    with Server(limits=NO_LIMITS) as server:
        text = outlined(server, {104: "B", 101: "A"})
    assert text == "Course 101 A: 0 sections, 0 lessons\n\nCourse 104 B: 0 sections, 0 lessons"


ODD = {"Id": "x", "Title": None, "DisplayOrder": "first", "UnlockType": 3, "UnlockAfterDays": "soon"}


@pytest.mark.parametrize(
    "answer",
    [
        {"Records": [ODD, {"Id": 2, "DisplayOrder": 1}, 7], "HasNextPage": False},
        {"Records": [{"Id": 1}], "HasNextPage": True},
        {"Records": [], "HasNextPage": True},
        [],
    ],
)
def test_odd_lists_never_fail_it(answer: object) -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="*", body=json.dumps(answer), method="GET"))
        assert outlined(server, {101: "A"}).startswith("Course 101 A: ")
