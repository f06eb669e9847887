"""What the console says of a plan: what a run would do, in which courses, and what it costs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from importer.entities import COURSE, ENTITIES, EVERYWHERE
from importer.languages import say
from importer.model import Plan, Verb
from importer.problems import counted, quoted, where
from importer.report.differences import grouped_lines
from importer.report.times import duration
from importer.report.words import one_line

_NAMED: Final = 20
"""New courses, and records to be deleted, that are named; how many there are besides is counted."""


def planned(plan: Plan, courses: Mapping[int, str] | None = None, *, whole: bool = False) -> list[str]:
    """What a run would do, in which courses, and what it costs, as lines; every change, where `whole`."""
    cost = plan.cost
    if not cost.writes:
        return [say("Nothing would be sent.")]
    effort = say(
        "Would {deeds}: {writes}, {reads}, {time} under the limits.",
        deeds=both(list(_deeds(plan))),
        writes=counted(cost.writes, "write"),
        reads=counted(cost.reads + (cost.read_back or 0), "read"),
        time=duration(cost.seconds),
    )
    return [
        effort,
        *_allowance(cost.writes, cost.left_today),
        *_concerned(plan, courses or {}),
        *_new_courses(plan),
        *_changed(plan, whole=whole),
        *_deleted(plan, whole=whole),
    ]


def _concerned(plan: Plan, courses: Mapping[int, str]) -> list[str]:
    """The courses that are there in which something is done."""
    there = sorted({one.course for one in plan.operations} - {EVERYWHERE})
    growing = {one.course for one in plan.operations if one.verb is Verb.CREATE}
    return [_in_course(course, courses.get(course), grows=course in growing) for course in there]


def _in_course(course: int, title: str | None, *, grows: bool) -> str:
    named = say("into course {course}", course=course) if grows else say("in course {course}", course=course)
    return f"  {named}" + (f' "{one_line(title)}"' if title else "")


def _new_courses(plan: Plan) -> list[str]:
    """The courses that are created, the first of them."""
    new = [one for one in plan.operations if one.verb is Verb.CREATE and one.entity.kind == COURSE.kind]
    lines = ["  " + say("into the new course {course}", course=quoted(one_line(one.title))) for one in new[:_NAMED]]
    left = len(new) - _NAMED
    return [*lines, "  " + say("and {rows} more", rows=left)] if left > 0 else lines


def _deeds(plan: Plan) -> Iterator[str]:
    """How many records are created, and how many updated."""
    if creates := _records(plan, Verb.CREATE):
        yield say("create {records}", records=creates)
    if updates := _records(plan, Verb.UPDATE):
        yield say("update {records}", records=updates)
    if deletes := _records(plan, Verb.DELETE):
        yield say("delete {records}", records=deletes)


def _records(plan: Plan, verb: Verb) -> str:
    """How many records something is done to; empty where there are none."""
    kinds = Counter(one.entity.kind for one in plan.operations if one.verb is verb)
    counts = [counted(kinds[entity.kind], entity.singular) for entity in ENTITIES if kinds[entity.kind]]
    return both(counts) if counts else ""


def _deleted(plan: Plan, *, whole: bool) -> list[str]:
    """The records that are deleted, the first of them or all."""
    deleted = [one for one in plan.operations if one.verb is Verb.DELETE]
    most = len(deleted) if whole else _NAMED
    named = ((where(one.place, one.key.row), quoted(one_line(one.title)), one.id) for one in deleted[:most])
    lines = [f"  {place}: {title} ({number})" for place, title, number in named]
    left = len(deleted) - most
    more = ["  " + say("and {rows} more", rows=left)] if left > 0 else []
    more.append("  " + say("What is deleted cannot be taken back."))
    return [say("To be deleted"), *lines, *more] if deleted else []


def _changed(plan: Plan, *, whole: bool) -> list[str]:
    """What changes of records that are there, by column."""
    changed = (
        (where(one.place, None, change.column), one.entity, change, one.key.row)
        for one in plan.operations
        for change in one.changes
    )
    lines = grouped_lines(changed, whole=whole)
    return [say("Changes"), *lines] if lines else []


def both(words: list[str]) -> str:
    """`a, b and c`, in the language that is spoken."""
    *others, last = words
    return say("{first} and {last}", first=", ".join(others), last=last) if others else last


def _allowance(writes: int, left: int | None) -> list[str]:
    if left is None:
        return []
    if writes > left:
        return [
            say(
                "Today's limit still allows {writes}: the same command goes on with the rest tomorrow.",
                writes=counted(left, "write"),
            )
        ]
    rest = left - writes
    return [
        say("Today's limit still allows {writes}, and {rest:,} after this.", writes=counted(left, "write"), rest=rest)
    ]
