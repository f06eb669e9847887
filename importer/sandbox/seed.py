"""The courses that a new sandbox has."""

from typing import Final, NamedTuple

from importer.entities import (
    ACTIVE,
    BUSINESS_ID,
    BUTTON,
    COMPLETION_TYPE,
    COURSE,
    COURSE_ID,
    DISPLAY_ORDER,
    HOST_ID,
    IMMEDIATE,
    LESSON,
    LESSON_CONTENTS,
    NOTHING,
    PUBLIC,
    SECTION,
    SECTION_ID,
    SEQUENTIAL,
    TIMED,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
    VIDEO,
    VISIBILITY,
    VISITED,
    Choice,
)
from importer.sandbox.records import Record
from importer.sandbox.store import Store

SEEDED_BY: Final = "admin@example.com"
BUSINESS: Final = 1
HOST: Final = 301
COWORKERS: Final = (
    (301, "Ana Ruiz", "ana@example.com"),
    (302, "Ben Okafor", "ben@example.com"),
    (303, "Anabel Diaz", "diana@example.com"),
    (304, "Front desk", "desk@example.com"),
    (305, "Back office", "Desk@example.com"),
)
"""Number, name and e-mail address; two of them share one."""
FIRST_SECTION: Final = 2001
FIRST_LESSON: Final = 5001

COURSES: Final = {
    101: "Welcome to Riverside Hub",
    102: "Food safety",
    103: "Fire safety",
    104: "Meeting rooms and events",
}
"""101 and 104 are empty; 102 has sections and lessons of every sort; 103 has one section title twice."""


class _Section(NamedTuple):
    course: int
    title: str
    order: int
    unlock: Choice = IMMEDIATE
    days: int = 0


class _Lesson(NamedTuple):
    section: int | None
    title: str
    order: int
    unlock: Choice
    completion: Choice
    contents: str
    days: int = 0
    course: int = 102


SECTIONS: Final = (
    _Section(102, "Before you cook", 1),
    _Section(102, "In the kitchen", 2, SEQUENTIAL),
    _Section(102, "When something goes wrong", 3, TIMED, 14),
    _Section(103, "Escape routes", 1),
    _Section(103, "Escape routes", 2),
)
_VIDEO: Final = '<iframe src="https://www.youtube.com/embed/aqz-KE-bpKQ" title="Film"></iframe>'
LESSONS: Final = (
    _Lesson(0, "Washing hands", 1, IMMEDIATE, VIDEO, f"<p>Twenty seconds, with soap.</p>{_VIDEO}"),
    _Lesson(0, "What to wear", 2, IMMEDIATE, VISITED, "<p>Apron, closed shoes, hair tied back.</p>"),
    _Lesson(0, "Ten allergens to know", 3, SEQUENTIAL, BUTTON, "<ol><li>Nuts</li><li>Milk</li><li>Eggs</li></ol>"),
    _Lesson(1, "Raw and cooked apart", 1, SEQUENTIAL, BUTTON, "<p>Two boards, two knives, two shelves.</p>"),
    _Lesson(1, "Fridge temperatures", 2, TIMED, VISITED, "<p>Five degrees or less. Write it down daily.</p>", 3),
    _Lesson(2, "Recalling a batch", 1, TIMED, BUTTON, "<p>Set it aside, label it, tell the manager.</p>", 14),
    _Lesson(2, "Whom to call", 2, IMMEDIATE, NOTHING, "<p>The numbers hang beside the telephone.</p>"),
    _Lesson(None, "About this course", 1, IMMEDIATE, NOTHING, "<p>Half an hour in all, at your own pace.</p>"),
    _Lesson(3, "The doors to the yard", 1, IMMEDIATE, VISITED, "<p>Never locked, never blocked.</p>", course=103),
)


def seed(store: Store) -> Store:
    """Fill a store that has no course yet; gives the same store."""
    if store.count(COURSE):
        return store
    for id, title in COURSES.items():
        store.create(COURSE, _course(title, id - min(COURSES) + 1), by=SEEDED_BY, id=id)
    for id, section in enumerate(SECTIONS, FIRST_SECTION):
        store.create(SECTION, _section(section), by=SEEDED_BY, id=id)
    for id, lesson in enumerate(LESSONS, FIRST_LESSON):
        store.create(LESSON, _lesson(lesson), by=SEEDED_BY, id=id)
    return store


def _course(title: str, order: int) -> Record:
    return {
        BUSINESS_ID.name: BUSINESS,
        HOST_ID.name: HOST,
        TITLE.name: title,
        DISPLAY_ORDER: order,
        VISIBILITY.name: PUBLIC.number,
        ACTIVE.name: True,
    }


def _section(section: _Section) -> Record:
    return {
        COURSE_ID.name: section.course,
        TITLE.name: section.title,
        DISPLAY_ORDER: section.order,
        UNLOCK_TYPE.name: section.unlock.number,
        UNLOCK_AFTER_DAYS.name: section.days,
        ACTIVE.name: True,
    }


def _lesson(lesson: _Lesson) -> Record:
    return {
        COURSE_ID.name: lesson.course,
        SECTION_ID.name: None if lesson.section is None else FIRST_SECTION + lesson.section,
        TITLE.name: lesson.title,
        DISPLAY_ORDER: lesson.order,
        UNLOCK_TYPE.name: lesson.unlock.number,
        UNLOCK_AFTER_DAYS.name: lesson.days,
        COMPLETION_TYPE.name: lesson.completion.number,
        LESSON_CONTENTS.name: lesson.contents,
        ACTIVE.name: True,
    }
