"""What the service already holds for the courses concerned: reads by the page of a course, never by the row."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from importer.answers import Page, Unusable
from importer.api import courses_by_id, list_page, read_courses, read_page
from importer.entities import COURSE, ENTITIES, Entity
from importer.errors import SignInError, UnreachableError
from importer.model import Directory, Held
from importer.problems import Code, Problem
from importer.service import Service

LISTINGS: Final = 3
"""How often a list is read that changes while it is read."""

COURSES_AT_ONCE: Final = 50


async def look_up(service: Service, courses: Collection[int]) -> Directory:
    """The records of `courses`, and which of the courses are there.

    Raises `SignInError` where the account may not list sections or lessons, `UnreachableError` where the service
    gives no usable answer.
    """
    known, problems = await _courses(service, courses)
    there = sorted(courses if known is None else known.keys() & set(courses))
    records = {
        (entity.kind, course): await _complete_list(service, entity, course) for entity in ENTITIES for course in there
    }
    return Directory(records=records, courses=known, problems=problems)


async def _courses(service: Service, courses: Collection[int]) -> tuple[dict[int, str] | None, tuple[Problem, ...]]:
    titles: dict[int, str] = {}
    for some in _batches(sorted(courses), COURSES_AT_ONCE):
        try:
            answer = read_courses(await service.read(courses_by_id(some), COURSE.record))
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


async def _complete_list(service: Service, entity: Entity, course: int) -> tuple[Held, ...]:
    for _ in range(LISTINGS):
        pages = await _pages(service, entity, course)
        ids = [number for page in pages for number in page.ids]
        total = pages[-1].total
        if len(set(ids)) == len(ids) and total in (None, len(ids)):
            return tuple(held for page in pages for held in page.records)
    raise UnreachableError(service.address, f"the {entity.kind} of course {course} kept changing while they were read")


async def _pages(service: Service, entity: Entity, course: int) -> list[Page]:
    pages: list[Page] = []
    seen: set[int] = set()
    # A page that brings nothing new is no page: its records count twice, so that the list is read again.
    while not pages or (pages[-1].has_next and not seen.issuperset(pages[-1].ids)):
        seen.update(pages[-1].ids if pages else ())
        request = list_page(entity, course, len(pages) + 1)
        page = read_page(await service.read(request, entity.record), entity, course)
        if isinstance(page, Unusable):
            raise UnreachableError(service.address, f"asked to {request.what}, {page.reason}")
        pages.append(page)
    return pages
