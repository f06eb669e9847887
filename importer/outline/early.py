"""The lessons of an import whose own rule opens them before their section."""

from collections.abc import Callable, Sequence

from importer.entities import IMMEDIATE, LESSON, SECTION, TIMED, UNLOCK_AFTER_DAYS, UNLOCK_TYPE
from importer.model import RowKey, Sheet, Table
from importer.outline.model import Part
from importer.outline.tables import outline_of_tables
from importer.problems import Code, Problem, quoted


def early_lessons(tables: Sequence[Table], is_good: Callable[[RowKey], bool]) -> tuple[Problem, ...]:
    """A warning for each of them that is good, on the cell that says when it opens."""
    # Most imports have no section that waits for a day, so that nothing can be before one.
    if not any((table.rows[UNLOCK_TYPE.name] == TIMED.number).any() for table in tables if table.entity is SECTION):
        return ()
    sheets = {table.key(0)[:2]: table.sheet for table in tables if table.entity is LESSON}
    return tuple(
        _problem(lesson.part, lesson.part.key, section.part, sheets[lesson.part.key[:2]])
        for course in outline_of_tables(tables, is_good).courses
        for section in course.sections
        for lesson in section.lessons
        if lesson.is_early and lesson.part.key and section.part
    )


def _problem(lesson: Part, key: RowKey, section: Part, sheet: Sheet) -> Problem:
    is_timed = lesson.unlock.choice is TIMED
    return Problem(
        code=Code.BEFORE_ITS_SECTION,
        place=sheet.place,
        row=key.row,
        column=sheet.column(UNLOCK_AFTER_DAYS.name if is_timed else UNLOCK_TYPE.name),
        value=lesson.unlock.days if is_timed else IMMEDIATE.name,
        details={
            "day": lesson.unlock.own_day,
            "by": "" if is_timed else f" ({quoted(IMMEDIATE.name)})",
            "section": quoted(section.title),
            "section_day": section.unlock.days,
            "timed": TIMED.name,
        },
    )
