"""Sections typed only beside their first lessons: blank cells below one may mean it, and may mean none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from importer.derive.keys import folded
from importer.entities import COURSE_ID, COURSE_TITLE, ID, LESSON, SECTION, SECTION_ID, SECTION_TITLE
from importer.model import Sheet, Table
from importer.problems import Code, Problem, quoted

_FEWEST: Final = 2
"""Sections with blank cells below them that make a habit of it."""


class _Lesson(NamedTuple):
    row: int
    section: object
    """What it names of its section; None where it names none."""


def sections_left_blank(tables: Sequence[Table], defaults: Mapping[str, object]) -> list[Problem]:
    """The warnings of lessons that may belong to the section above them, where no default says to which they belong.

    Where the sections stand among the lessons, it is asked already.
    """
    if {SECTION_TITLE.name, SECTION_ID.name} & defaults.keys():
        return []
    sections = {table.sheet.place for table in tables if table.entity is SECTION}
    lessons = [table.sheet for table in tables if table.entity is LESSON and table.sheet.place not in sections]
    return [problem for sheet in lessons for problem in left_below(sheet)]


def left_below(sheet: Sheet) -> Iterator[Problem]:
    """A warning for each lesson that names no section and stands below one that does, where that seems to be a habit.

    A sheet in which lessons of no section stand together, as an export writes it, has none. Rows that name their record
    do not count: there a blank cell changes nothing.
    """
    for lessons in _by_course(sheet):
        if _is_habit(lessons):
            yield from _told(sheet, lessons)


def _is_habit(lessons: Sequence[_Lesson]) -> bool:
    """Whether a course has no section in two rows, and at least two of them have lessons below that name none.

    Where it has one section alone, that has to stand beside the first lesson, and be blank at least twice below.
    """
    named = Counter(one.section for one in lessons if one.section is not None)
    if max(named.values(), default=0) != 1:
        return False
    if len(named) == 1:
        return lessons[0].section is not None and len(lessons) > _FEWEST
    return sum(upper.section is not None and lower.section is None for upper, lower in pairwise(lessons)) >= _FEWEST


def _by_course(sheet: Sheet) -> list[list[_Lesson]]:
    """The lessons of each course in their order, if any lesson of no section stands below one of a section."""
    cells = sheet.cells
    names = [name for name in (SECTION_TITLE.name, SECTION_ID.name) if name in cells.columns]
    if SECTION_TITLE.name not in names:
        return []
    blank = cells[names].isna().all(axis=1).to_numpy()
    if not (blank[1:] & ~blank[:-1]).any():
        return []
    if ID in cells.columns:
        cells = cells[cells[ID].isna()]
    courses = [name for name in (COURSE_ID.name, COURSE_TITLE.name) if name in cells.columns]
    found: dict[tuple[str, ...], list[_Lesson]] = {}
    keys = zip(*(map(str, cells[name].tolist()) for name in courses), strict=True) if courses else [()] * len(cells)
    named = zip(*(cells[name].tolist() for name in names), strict=True)
    for row, course, cell in zip(cells.index.tolist(), keys, named, strict=True):
        section = next((folded(str(one)) for one in cell if one is not None), None)
        found.setdefault(course, []).append(_Lesson(row, section))
    return list(found.values())


def _told(sheet: Sheet, lessons: Sequence[_Lesson]) -> Iterator[Problem]:
    column = sheet.column(SECTION_TITLE.name)
    told = {problem.row for problem in sheet.problems if problem.column == column}
    above: _Lesson | None = None
    for lesson in lessons:
        if lesson.section is not None:
            above = lesson
        elif above is not None and lesson.row not in told:
            title = sheet.cells[SECTION_TITLE.name].get(above.row)
            named = above.section if title is None else str(title).strip()
            details = {"above": above.row, "title": quoted(named)}
            yield Problem(code=Code.SECTION_BLANK, place=sheet.place, row=lesson.row, column=column, details=details)
