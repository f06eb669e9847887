"""What the service already holds for the courses concerned: reads by the page of a course, never by the row."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from importer.answers import Unusable
from importer.api import read_courses, records_by_id
from importer.entities import COURSE, ENTITIES, Entity
from importer.errors import SignInError, UnreachableError
from importer.listing import complete_list
from importer.model import Directory
from importer.problems import Code, Problem
from importer.service import Service

AT_ONCE: Final = 50
"""Records that are asked for by their ids in one read."""


async def look_up(service: Service, courses: Collection[int]) -> Directory:
    """The records of `courses`, and which of the courses are there.

    Raises `SignInError` where the account may not list sections or lessons, `UnreachableError` where the service
    gives no usable answer.
    """
    known, problems = await _courses(service, courses)
    there = sorted(courses if known is None else known.keys() & set(courses))
    records = {
        (entity.kind, course): await complete_list(service, entity, course) for entity in ENTITIES for course in there
    }
    return Directory(records=records, courses=known, problems=problems)


async def _courses(service: Service, courses: Collection[int]) -> tuple[dict[int, str] | None, tuple[Problem, ...]]:
    titles: dict[int, str] = {}
    for some in _batches(sorted(courses), AT_ONCE):
        try:
            answer = read_courses(await service.read(records_by_id(COURSE, some), COURSE.record))
        except SignInError:
            answer = Unusable(f"the account lacks the role {COURSE.record}-Read", again=False)
        if isinstance(answer, Unusable):
            return None, (Problem(code=Code.COURSES_NOT_SEEN, details={"reason": answer.reason}),)
        titles |= answer.courses
    return titles, ()


def _batches(items: list[int], size: int) -> Iterator[list[int]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


async def still_there(service: Service, entity: Entity, ids: Collection[int]) -> frozenset[int]:
    """Which of the records that no list shows are there all the same: lists may lag behind what was just made.

    Where the service cannot be asked like this they count as there, as sending them again could make them twice.
    Raises `UnreachableError` where the answer is none.
    """
    found: set[int] = set()
    for some in _batches(sorted(ids), AT_ONCE):
        request = records_by_id(entity, some)
        reply = await service.read(request, entity.record)
        answer = read_courses(reply)
        if isinstance(answer, Unusable) and (answer.again or 300 <= reply.status < 400):
            raise UnreachableError(service.address, f"asked to {request.what}, {answer.reason}")
        found |= set(some) if isinstance(answer, Unusable) else answer.courses.keys() & set(some)
    return frozenset(found)
