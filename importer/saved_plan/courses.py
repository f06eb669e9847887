"""How the courses of a saved plan have changed since: what was added to them, taken away and edited. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from importer.derive.keys import folded
from importer.entities import COURSE, EVERYWHERE
from importer.model import Directory, Operation
from importer.problems import quoted
from importer.saved_plan.form import SavedPlan, SavedRecord
from importer.saved_plan.making import lists_of

_MOST: Final = 5
"""Records that a message names."""
_NONE: Final = "-"

_Records = Mapping[tuple[str, int], SavedRecord]
"""By kind and id."""


def changed_courses(
    saved: SavedPlan, now: Directory, done: Collection[tuple[str, int]], doubtful: Iterable[Operation]
) -> dict[int, dict[str, object]]:
    """The courses that are not as they were, with the details of a message about that.

    What runs of this plan have `done` (by kind and id) is no change, nor what may be the record of a row in doubt.
    """
    courses = {row.step.course for row in saved.rows if row.step is not None} - {EVERYWHERE}
    ours = {(one.entity.kind, one.course, folded(one.title)) for one in doubtful}
    changed = {}
    for course in courses:
        before = {
            (one.kind, record.id): record for one in saved.lists if one.course == course for record in one.records
        }
        after = {(one.kind, record.id): record for one in lists_of(now, {course}) for record in one.records}
        if saved.courses is not None and now.courses is not None:
            before |= _itself(saved.courses, course)
            after |= _itself(now.courses, course)
        after = {
            (kind, number): record
            for (kind, number), record in after.items()
            if (kind, number) in before
            or ((kind, number) not in done and (kind, course, folded(record.title)) not in ours)
        }
        details = _details(before, after, set(done))
        if details:
            changed[course] = {"course": course, **details}
    return changed


def _details(before: _Records, after: _Records, done: set[tuple[str, int]]) -> dict[str, object]:
    """What was added, is gone and was edited, in words; empty where nothing is different."""
    both = before.keys() & after.keys() - done
    found = {
        "added": [after[key] for key in after.keys() - before.keys()],
        "gone": [before[key] for key in before.keys() - after.keys() - done],
        "changed": [after[key] for key in both if after[key] != before[key]],
    }
    return {name: _named(records) for name, records in found.items()} if any(found.values()) else {}


def _itself(courses: Mapping[int, str], course: int) -> _Records:
    """The course as a record."""
    if course not in courses:
        return {}
    return {(COURSE.kind, course): SavedRecord(id=course, title=courses[course], parent=None, numbers={})}


def _named(records: list[SavedRecord]) -> str:
    """The titles and numbers of a few records."""
    records = sorted(records, key=lambda one: one.id)
    named = [f"{quoted(one.title)} {one.id}" for one in records[:_MOST]]
    return ", ".join([*named, "…"] if len(records) > _MOST else named) or _NONE
