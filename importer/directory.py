"""What the service already holds for the courses concerned: reads by the page of a course, never by the row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from importer.answers import Unusable
from importer.api import AT_ONCE, read_held
from importer.by_id import read_courses, records_by_id
from importer.derive.keys import folded
from importer.entities import COURSE, ENTITIES, EVERYWHERE, Entity
from importer.errors import SignInError
from importer.listing import batches, complete_list
from importer.model import Directory, Held, Wanted
from importer.problems import Code, Problem
from importer.records import whole_records
from importer.service import Service

_BAD_REQUEST: Final = 400
"""The status of a request that the service does not take as it is put."""
_NONE: Final[Mapping[int, str]] = MappingProxyType({})


async def look_up(service: Service, wanted: Wanted, made: Mapping[int, str] = _NONE) -> Directory:
    """The records that rows name outright, those of the courses that are wanted, and which of those are there.

    The course of a record that is named is wanted too. `made` are the titles of courses that earlier runs made, by id:
    lists may not show them yet. Courses are listed only where a title has to be found among them. Raises `SignInError`
    where the account may not list or read something that is needed, `UnreachableError` where the service gives no
    usable answer.
    """
    named = {
        (entity.kind, held.id): held
        for entity in ENTITIES
        for held in await _named(service, entity, {number for kind, number in wanted.records if kind == entity.kind})
    }
    above = {held.course for held in named.values()} - {EVERYWHERE}
    directory = await _look_up(service, replace(wanted, courses=wanted.courses | above), made)
    return replace(directory, named=named)


async def _named(service: Service, entity: Entity, ids: Collection[int]) -> list[Held]:
    """Those of the records that are there."""
    # What they hold in long texts is nobody's concern here, so it need not be there.
    records = await whole_records(service, entity, ids, texts={})
    return [held for record in records.values() if (held := read_held(record, entity)) is not None]


async def _look_up(service: Service, wanted: Wanted, made: Mapping[int, str]) -> Directory:
    if not wanted.by_title:
        known, problems = await _by_id(service, wanted.courses)
        there = wanted.courses if known is None else known.keys() & wanted.courses
        return Directory(records=await _below(service, there), courses=known, problems=problems)
    whole = await _all(service, wanted.courses, made)
    titles = {held.id: held.title for held in whole if held.id in wanted.courses or folded(held.title) in wanted.titles}
    records = {(COURSE.kind, EVERYWHERE): whole, **await _below(service, titles)}
    return Directory(records=records, courses=titles)


async def _below(service: Service, courses: Collection[int]) -> dict[tuple[str, int], Sequence[Held]]:
    """The records below some courses, by kind and course."""
    below = [entity for entity in ENTITIES if entity.scope is not None]
    return {
        (entity.kind, course): await complete_list(service, entity, course)
        for entity in below
        for course in sorted(courses)
    }


async def _all(service: Service, courses: Collection[int], made: Mapping[int, str]) -> tuple[Held, ...]:
    """All courses: those that the list shows, and of the others that are known those that are there all the same."""
    listed = await complete_list(service, COURSE, EVERYWHERE)
    shown = {held.id for held in listed}
    titles: dict[int, str] = {}
    for some in batches(sorted({*courses, *made} - shown), AT_ONCE):
        found, _ = await _by_id(service, some)
        # What cannot be asked for counts as there if it was: to make it once more would be worse.
        titles |= found if found is not None else {id: made[id] for id in some if id in made}
    return (*listed, *(Held(id=id, title=title, course=EVERYWHERE) for id, title in titles.items()))


async def _by_id(service: Service, courses: Collection[int]) -> tuple[dict[int, str] | None, tuple[Problem, ...]]:
    """The titles of those of the courses that are there; None, and a word about it, where that cannot be asked.

    Where it cannot be asked of single ones only, these count as there, without a title.
    """
    titles: dict[int, str] = {}
    problems: tuple[Problem, ...] = ()
    for some in batches(sorted(courses), AT_ONCE):
        found, refused = await _titles(service, some)
        if refused:
            problems = (Problem(code=Code.COURSES_NOT_SEEN, details={"reason": next(iter(refused.values()))}),)
        if len(refused) == len(some):
            return None, problems
        titles |= {id: title for id, title in found.items() if id in some} | dict.fromkeys(refused, "")
    return titles, problems


async def _titles(service: Service, ids: Sequence[int]) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """The titles of those of the courses that are there, and of those that cannot be asked for why not."""
    try:
        reply = await service.read(records_by_id(COURSE, ids), COURSE.record)
    except SignInError:
        return {}, dict.fromkeys(ids, f"the account lacks the role {COURSE.record}-Read")
    answer = read_courses(reply)
    if not isinstance(answer, Unusable):
        return answer.courses, {}
    if reply.status != _BAD_REQUEST or len(ids) == 1:
        return {}, dict.fromkeys(ids, answer.reason)
    # One number that the service does not take makes it refuse the others with it.
    found: dict[int, str] = {}
    refused: dict[int, str] = {}
    for id in ids:
        one, why_not = await _titles(service, [id])
        found, refused = {**found, **one}, {**refused, **why_not}
    return found, refused
