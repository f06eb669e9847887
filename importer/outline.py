"""The outline of a course as the service holds it: its sections and lessons in order, as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from importer.answers import Unusable
from importer.api import list_page, read_list
from importer.entities import (
    COMPLETION_TYPE,
    DISPLAY_ORDER,
    ID,
    LESSON,
    SECTION,
    SECTION_ID,
    TIMED_NEEDS_DAYS,
    TITLE,
    UNLOCK_TYPE,
    Entity,
    Field,
)
from importer.languages import Language, say, speaking
from importer.problems import counted, shown
from importer.service import Service

_Record = Mapping[str, Any]


async def outline(service: Service, courses: Mapping[int, str], language: Language = Language.ENGLISH) -> str:
    """The outlines of some courses, given their titles by id. Lists are read anew, page by page."""
    parts = []
    for course, title in sorted(courses.items()):
        sections = await _records(service, SECTION, course)
        lessons = await _records(service, LESSON, course)
        with speaking(language):
            parts.append("\n".join(_lines(course, title, sections, lessons)))
    return "\n\n".join(parts)


async def _records(service: Service, entity: Entity, course: int) -> list[_Record]:
    records: dict[object, _Record] = {}
    page, has_next = 1, True
    while has_next:
        envelope = read_list(await service.read(list_page(entity, course, page), entity.record))
        if isinstance(envelope, Unusable):
            break
        new = {one.get(ID): one for one in envelope["Records"] if isinstance(one, dict)}
        # A page that brings nothing new is no page.
        has_next = envelope["HasNextPage"] and not new.keys() <= records.keys()
        records |= new
        page += 1
    above = entity.scope.id if entity.scope else ""
    ours = [one for one in records.values() if one.get(above, course) == course]
    return sorted(ours, key=lambda one: (_number(one.get(DISPLAY_ORDER)), _number(one.get(ID))))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _lines(course: int, title: str, sections: list[_Record], lessons: list[_Record]) -> Iterator[str]:
    yield say(
        "Course {course} {title}: {sections}, {lessons}",
        course=course,
        title=shown(title),
        sections=counted(len(sections), SECTION.singular),
        lessons=counted(len(lessons), LESSON.singular),
    )
    parent = SECTION_ID.name
    for section in sections:
        yield f"  {_named(section)}  [{_unlock(section)}]"
        yield from (_lesson(one, 4) for one in lessons if one.get(parent) == section.get(ID))
    known = {section.get(ID) for section in sections}
    loose = [one for one in lessons if one.get(parent) not in known]
    if loose and sections:
        yield "  " + say("(without a section)")
    yield from (_lesson(one, 4) for one in loose)


def _lesson(record: _Record, indent: int) -> str:
    return f"{' ' * indent}{_named(record)}  [{_unlock(record)}; {_choice(record, COMPLETION_TYPE)}]"


def _named(record: _Record) -> str:
    return f"{record.get(DISPLAY_ORDER)}. {shown(record.get(TITLE.name) or '')}"


def _unlock(record: _Record) -> str:
    name = _choice(record, UNLOCK_TYPE)
    days = record.get(TIMED_NEEDS_DAYS.number)
    if name != TIMED_NEEDS_DAYS.choice.name:
        return name
    return say("{unlock} after {days}", unlock=name, days=counted(_number(days), "day"))


def _choice(record: _Record, field: Field) -> str:
    number = record.get(field.name)
    return next((choice.name for choice in field.choices if choice.number == number), str(number))
