"""An outline as text: what a console shows of it."""

from collections.abc import Iterator

from importer.languages import say
from importer.outline.model import Course, Lesson, Outline, Part, Section
from importer.outline.words import early, heading, left_out, milestones, rule, size, title_of
from importer.problems import shown


def tree(outline: Outline) -> str:
    """The courses one below the other: sections and lessons by their places, each with its rule."""
    courses = ["\n".join(_course(course)) for course in outline.courses]
    return "\n\n".join([*courses, *left_out(outline)]) or say("Nothing to show.")


def _course(course: Course) -> Iterator[str]:
    yield f"{shown(heading(course))}: {size(course)}"
    for section in course.sections:
        yield "  " + "  ".join(_section(section))
        yield from ("    " + "  ".join(_lesson(lesson, section)) for lesson in section.lessons)
    if course.sections:
        yield from (f"  {line}" for line in milestones(course))


def _section(section: Section) -> Iterator[str]:
    yield _named(section.part)
    if section.part is not None:
        yield f"[{rule(section.part.unlock)}]"
        if section.part.is_later(section.opens):
            yield say("from day {day}", day=section.opens.day)
        if section.is_hidden:
            yield say("(hidden)")


def _lesson(lesson: Lesson, section: Section) -> Iterator[str]:
    part = lesson.part
    completion = f"; {part.completion.name}" if part.completion else ""
    yield _named(part)
    yield f"[{rule(part.unlock)}{completion}]"
    if lesson.is_early:
        yield f"! {early(section)}"
    elif part.is_later(lesson.opens):
        yield say("from day {day}", day=lesson.opens.day)
    if part.active is False:
        yield say("(hidden)")


def _named(part: Part | None) -> str:
    place = "" if part is None or part.order is None else f"{part.order}. "
    return place + shown(title_of(part))
