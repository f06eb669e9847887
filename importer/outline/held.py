"""The outline of courses that the service holds, from its lists."""

from collections.abc import Iterable, Sequence

from importer.entities import (
    COMPLETION_TYPE,
    COMPLETION_TYPES,
    DISPLAY_ORDER,
    LESSON,
    SECTION,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
)
from importer.model import Directory, Held
from importer.outline.model import Course, Outline, Part, arranged
from importer.outline.opening import unlock_of


def outline_of_directory(directory: Directory) -> Outline:
    """The courses whose lists a directory has, in the order of their numbers."""
    titles = directory.courses or {}
    listed = sorted({course for kind, course in directory.records if kind == LESSON.kind})
    return Outline(courses=tuple(_course(course, titles.get(course, ""), directory) for course in listed))


def _course(course: int, title: str, directory: Directory) -> Course:
    sections, lessons = (_in_order(directory.records.get((one.kind, course), ())) for one in (SECTION, LESSON))
    known = {section.id for section in sections}
    contents: list[tuple[Part | None, list[Part]]] = [
        (_part(section), [_part(lesson) for lesson in lessons if lesson.parent == section.id]) for section in sections
    ]
    if loose := [_part(lesson) for lesson in lessons if lesson.parent not in known]:
        contents.append((None, loose))
    return Course(number=course, title=title, sections=arranged(contents))


def _in_order(records: Iterable[Held]) -> Sequence[Held]:
    return sorted(records, key=lambda held: (held.numbers.get(DISPLAY_ORDER, 0), held.id))


def _part(held: Held) -> Part:
    completion = held.numbers.get(COMPLETION_TYPE.name)
    return Part(
        title=held.title,
        unlock=unlock_of(held.numbers.get(UNLOCK_TYPE.name), held.numbers.get(UNLOCK_AFTER_DAYS.name)),
        order=held.numbers.get(DISPLAY_ORDER),
        completion=next((one for one in COMPLETION_TYPES if one.number == completion), None),
        active=held.active,
        number=held.id,
    )
