"""The outline of courses: their sections and lessons in order, each with the day on which it opens."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from importer.entities import TIMED, Choice
from importer.model import RowKey
from importer.outline.opening import ENROLMENT, Opening, Unlock, opening

MILESTONES: Final = (0, 7, 30)
"""Days after enrolment of which is told what a member can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a source says of a section or a lesson. `number` is its id, where that is all that is known of it."""

    title: str
    unlock: Unlock
    order: int | None = None
    completion: Choice | None = None
    active: bool | None = None
    number: int | None = None
    key: RowKey | None = None
    """The row that it comes from."""

    def is_later(self, opens: Opening) -> bool:
        """Whether it opens later than its own rule says, because of what stands above or before it."""
        return opens.day > (self.unlock.own_day or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson in its place. `is_early` is whether its own rule opens it before its section."""

    part: Part
    opens: Opening
    is_hidden: bool = False
    """Whether members cannot see it."""
    is_early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section in its place with its lessons; without a part it holds those that are in no section."""

    part: Part | None
    opens: Opening
    lessons: tuple[Lesson, ...]
    is_hidden: bool = False

    def is_open(self, day: int) -> bool:
        """Whether it is known to be open on that day, for whoever has done nothing yet."""
        is_known = self.part is not None and self.part.unlock.choice is not None
        return is_known and not self.is_hidden and not self.opens.waits and self.opens.day <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is open on a day: sections and lessons for certain, and lessons `in_turn`, as a member goes on."""

    day: int
    sections: int
    lessons: int
    in_turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course: its number, None where the source does not tell it, and what it holds. New is what a row makes."""

    number: int | None
    title: str
    sections: tuple[Section, ...]
    is_new: bool = False

    @property
    def named_sections(self) -> tuple[Section, ...]:
        """The sections; what is in none is not among them."""
        return tuple(section for section in self.sections if section.part is not None)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons, in order."""
        return tuple(lesson for section in self.sections for lesson in section.lessons)

    @property
    def hidden_sections(self) -> tuple[Section, ...]:
        """The sections that members cannot see."""
        return tuple(section for section in self.named_sections if section.is_hidden)

    @property
    def hidden(self) -> int:
        """How many lessons members cannot see."""
        return sum(lesson.is_hidden for lesson in self.lessons)

    @property
    def last_day(self) -> int:
        """The day from which on nothing opens any more, but for what is in turn."""
        sections = [section.opens.day for section in self.sections]
        return max([0, *sections, *(lesson.opens.day for lesson in self.lessons)])

    def open_on(self, day: int) -> Open:
        """What a member can do that many days after enrolment; what members cannot see does not count."""
        seen = [lesson.opens for lesson in self.lessons if not lesson.is_hidden and lesson.opens.day <= day]
        return Open(
            day=day,
            sections=sum(section.is_open(day) for section in self.sections),
            lessons=sum(not one.waits for one in seen),
            in_turn=sum(one.waits for one in seen),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Some courses, and how many rows are not among them because something is wrong with them."""

    courses: tuple[Course, ...]
    left_out: int = 0


def arranged(contents: Iterable[tuple[Part | None, Sequence[Part]]]) -> tuple[Section, ...]:
    """The sections of a course, from what a source says of each and of its lessons, both in order."""
    return tuple(_arranged(contents))


def _arranged(contents: Iterable[tuple[Part | None, Sequence[Part]]]) -> Iterator[Section]:
    before: Opening | None = None
    for part, below in contents:
        is_hidden = part is not None and part.active is False
        opens = ENROLMENT if part is None else opening(part.unlock, ENROLMENT, before)
        lessons = tuple(_lessons(part, opens, below, is_hidden=is_hidden))
        yield Section(part=part, opens=opens, lessons=lessons, is_hidden=is_hidden)
        if not is_hidden:
            before = Opening(max([opens.day, *(one.opens.day for one in lessons if not one.is_hidden)]))


def _lessons(section: Part | None, within: Opening, parts: Iterable[Part], *, is_hidden: bool) -> Iterator[Lesson]:
    before: Opening | None = None
    for part in parts:
        opens = opening(part.unlock, within, before)
        is_unseen = is_hidden or part.active is False
        yield Lesson(part=part, opens=opens, is_hidden=is_unseen, is_early=_is_early(part, section))
        if part.active is not False:
            before = opens


def _is_early(lesson: Part, section: Part | None) -> bool:
    """Whether a lesson's rule names a day before the one that its section's rule names."""
    if section is None or section.unlock.choice is not TIMED:
        return False
    day = lesson.unlock.own_day
    return day is not None and day < section.unlock.days
