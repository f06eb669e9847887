"""What a course holds already, for a template to begin with: its sections and, where wanted, whole records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from importer.answers import Unusable
from importer.api import read_courses, read_records, records_by_id
from importer.entities import COURSE, ENTITIES, ID, SECTION, Entity
from importer.errors import CourseMissingError, SignInError, UnreachableError
from importer.listing import complete_list
from importer.model import Held
from importer.service import Service

_AT_ONCE: Final = 50
"""Records that are asked for by their ids in one read: lists may leave their long texts out."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A course: the sections that its list shows, and the whole records of each kind, as far as they were asked for."""

    course: int
    sections: tuple[Held, ...]
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)


async def read_contents(service: Service, course: int, *, whole: bool) -> Contents:
    """The sections of a course, and all of its records if wanted. Only reads.

    Raises `CourseMissingError`, `SignInError` where the account may not list or read them, `UnreachableError`.
    """
    await _ensure_there(service, course)
    sections = await complete_list(service, SECTION, course)
    if not whole:
        return Contents(course=course, sections=sections)
    records = {}
    for entity in (one for one in ENTITIES if one.scope is not None):
        held = sections if entity is SECTION else await complete_list(service, entity, course)
        records[entity.kind] = await _whole(service, entity, held)
    return Contents(course=course, sections=sections, records=records)


async def _ensure_there(service: Service, course: int) -> None:
    """Say of a course that is not there that it is not; where that cannot be asked, its lists will be empty."""
    try:
        answer = read_courses(await service.read(records_by_id(COURSE, [course]), COURSE.record))
    except SignInError:
        return
    if not isinstance(answer, Unusable) and course not in answer.courses:
        raise CourseMissingError(course)


async def _whole(service: Service, entity: Entity, held: Sequence[Held]) -> tuple[Record, ...]:
    """The records that a list names, with all that they hold; one that has gone meanwhile is left out."""
    found: dict[object, Record] = {}
    ids = [one.id for one in held]
    for start in range(0, len(ids), _AT_ONCE):
        request = records_by_id(entity, ids[start : start + _AT_ONCE])
        answer = read_records(await service.read(request, entity.record))
        if isinstance(answer, Unusable):
            raise UnreachableError(service.address, f"asked to {request.what}, {answer.reason}")
        found |= {one.get(ID): one for one in answer}
    return tuple(found[number] for number in ids if number in found)
