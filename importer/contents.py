"""What a course holds already, for a template to begin with: its sections and, where wanted, whole records."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.answers import Unusable
from importer.by_id import read_courses, records_by_id
from importer.entities import COURSE, ENTITIES, SECTION
from importer.errors import CourseMissingError, SignInError
from importer.listing import complete_list
from importer.model import Held
from importer.records import Record, whole_records
from importer.service import Service


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
        found = await whole_records(service, entity, [one.id for one in held])
        records[entity.kind] = tuple(found[one.id] for one in held if one.id in found)
    return Contents(course=course, sections=sections, records=records)


async def _ensure_there(service: Service, course: int) -> None:
    """Say of a course that is not there that it is not; where that cannot be asked, its lists will be empty."""
    try:
        answer = read_courses(await service.read(records_by_id(COURSE, [course]), COURSE.record))
    except SignInError:
        return
    if not isinstance(answer, Unusable) and course not in answer.courses:
        raise CourseMissingError(course)
