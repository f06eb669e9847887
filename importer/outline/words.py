"""What is said of an outline, whatever draws it."""

from collections.abc import Iterator

from importer.entities import ACTIVE, LESSON, SECTION, TIMED
from importer.languages import say
from importer.outline.model import MILESTONES, Course, Open, Outline, Part, Section
from importer.outline.opening import Opening, Unlock
from importer.problems import counted


def heading(course: Course) -> str:
    """What a course is called, new or not, with its number where that is known."""
    if course.is_new:
        return say("New course {title}", title=course.title)
    if course.number is None:
        return say("Course {title}", title=course.title)
    return say("Course {course} {title}", course=course.number, title=course.title).strip()


def size(course: Course) -> str:
    """How much a course holds."""
    return f"{counted(len(course.named_sections), SECTION.singular)}, {counted(len(course.lessons), LESSON.singular)}"


def title_of(part: Part | None) -> str:
    """The title of a section or lesson, or what stands for it."""
    if part is None:
        return say("(without a section)")
    if part.title or part.number is None:
        return part.title
    return say("number {number}", number=part.number)


def rule(unlock: Unlock) -> str:
    """The rule by which something opens."""
    if unlock.choice is None:
        return say("rule not known")
    if unlock.choice is not TIMED:
        return unlock.choice.name
    return say("{unlock} after {days}", unlock=unlock.choice.name, days=counted(unlock.days, "day"))


def when(opens: Opening) -> str:
    """The day on which something opens."""
    if opens.waits:
        return say("in turn, from day {day}", day=opens.day)
    return say("day {day}", day=opens.day)


def early(section: Section) -> str:
    """What is said of a lesson whose rule opens it before its section."""
    return say("before its section, which opens on day {day}", day=section.opens.day)


def is_open(course: Course, there: Open) -> str:
    """What a member can do on a day, in one sentence."""
    sentence = say(
        "Day {day}: {sections} and {lessons} open",
        day=there.day,
        sections=counted(there.sections, SECTION.singular),
        lessons=counted(there.lessons, LESSON.singular),
    )
    return ", ".join([sentence, *not_yet(course, there)]) + "."


def not_yet(course: Course, there: Open) -> Iterator[str]:
    """What of a course is not open on a day."""
    later = len(course.lessons) - course.hidden - there.lessons - there.in_turn
    if there.in_turn:
        yield say("{count:,} more in turn", count=there.in_turn)
    if later:
        yield say("{count:,} later", count=later)


def milestones(course: Course) -> Iterator[str]:
    """What a member can do on each of the days that count, and what is to be known of that."""
    yield from (is_open(course, course.open_on(day)) for day in MILESTONES)
    yield from remarks(course)


def remarks(course: Course) -> Iterator[str]:
    """What has to be known of what is told of a course."""
    if any(lesson.opens.waits for lesson in course.lessons):
        yield say("In turn: when the one before is done, on that day at the earliest.")
    unseen = ((len(course.hidden_sections), SECTION), (course.hidden, LESSON))
    if any(count for count, _ in unseen):
        hidden = ", ".join(counted(count, kind.singular) for count, kind in unseen if count)
        yield say("Hidden from members, and not counted: {hidden}.", hidden=hidden)
    blank = sum(lesson.part.active is None for lesson in course.lessons)
    if blank:
        lessons = counted(blank, LESSON.singular)
        yield say(
            "{heading} is left blank on {lessons}: what members see then is Nexudus's own choice.",
            heading=ACTIVE.name,
            lessons=lessons,
        )
    unknown = sum(1 for one in course.sections if one.part is not None and one.part.unlock.choice is None)
    if unknown:
        sections = counted(unknown, SECTION.singular)
        yield say(
            "The rule of {sections} is not known here: lessons in there are shown by their own.", sections=sections
        )


def left_out(outline: Outline) -> Iterator[str]:
    """How many rows are missing, if any are."""
    if outline.left_out:
        rows = counted(outline.left_out, "row")
        yield say("Left out: {rows} with errors; importer check says what is wrong.", rows=rows)
