"""The release calendar: the sections and lessons of a course over the days after enrolment, block below block."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from importer.languages import say
from importer.outline.axis import Axis, axis_for
from importer.outline.look import (
    ALARM,
    BAND,
    BARS,
    COLOURS,
    HATCHES,
    INK,
    LINE,
    MARGIN,
    MILESTONE,
    MUTED,
    PAPER,
    SOFT,
    WIDTH,
    Block,
    alarm,
    stacked,
)
from importer.outline.model import MILESTONES, Course, Lesson, Part, Section
from importer.outline.opening import Opening
from importer.outline.svg import element, text, titled, width_of, wrapped
from importer.outline.words import rule, title_of, when

_BAR: Final = 14
_HALO: Final = {"stroke": PAPER, "stroke_width": 5, "stroke_linejoin": "round", "paint_order": "stroke"}
"""Keeps words apart from lines that they stand on."""


def axis_of(course: Course) -> Axis:
    """The days of a course."""
    return axis_for(course.last_day, BARS, WIDTH - MARGIN)


def days(axis: Axis) -> Block:
    """The names of the days, above what stands on them."""
    named = [
        text(
            axis.at(day),
            18,
            say("day {day}", day=day),
            font_size=11.5,
            font_weight="bold",
            fill=INK,
            text_anchor="middle" if day else "start",
        )
        for day in axis.milestones()
    ]
    others = [text(axis.at(day), 18, str(day), font_size=11, fill=MUTED, text_anchor="middle") for day in axis.ticks()]
    words = say("days after enrolment")
    if axis.is_bent:
        words += say(", closer together from day {day} on", day=MILESTONES[-1])
    head = text(MARGIN, 18, words, font_size=11, fill=MUTED)
    return Block(height=28, content=(head, *named, *others))


def section_block(section: Section, axis: Axis) -> Block:
    """A section with its lessons."""
    rows = [_head(section, axis), *(_row(lesson, section, axis) for lesson in section.lessons)]
    height = sum(row.height for row in rows)
    return Block(height=height + 8, content=(*_grid(axis, height), *stacked(rows)))


def _grid(axis: Axis, height: float) -> Iterator[str]:
    for day in axis.ticks():
        yield _upright(axis.at(day), height, LINE, None)
    for day in MILESTONES:
        yield _upright(axis.at(day), height, MILESTONE, "3 3")


def _upright(x: float, height: float, colour: str, dashes: str | None) -> str:
    return element("path", d=f"M{x:.1f} 0V{height:g}", stroke=colour, stroke_dasharray=dashes)


def _head(section: Section, axis: Axis) -> Block:
    title = _Title(section.part, MARGIN, 13.5, is_bold=True, is_pale=section.is_hidden)
    height = title.height + 14
    band = element("rect", x=MARGIN - 8, y=0, width=WIDTH - 2 * MARGIN + 16, height=height, rx=4, fill=BAND)
    if section.part is None:
        return Block(height=height + 2, content=(band, *title.drawn(height)))
    words = _when(section.part, section.opens, is_hidden=section.is_hidden)
    bar = _Bar(section.part, section.opens, words, axis, height / 2, is_bold=True, is_pale=section.is_hidden)
    tip = f"{title_of(section.part)}: {rule(section.part.unlock)}, {when(section.opens)}"
    return Block(height=height + 2, content=(titled(tip, band, *title.drawn(height), *bar.drawn()),))


def _row(lesson: Lesson, section: Section, axis: Axis) -> Block:
    title = _Title(lesson.part, MARGIN + 14, 12.5, is_pale=lesson.is_hidden)
    height = title.height + 7
    if lesson.is_early:
        words, warning = f"{rule(lesson.part.unlock)}: {say('before its section')}", _warning(lesson, axis, height / 2)
    else:
        words, warning = _when(lesson.part, lesson.opens, is_hidden=lesson.part.active is False), iter(())
    bar = _Bar(lesson.part, lesson.opens, words, axis, height / 2, is_alarm=lesson.is_early, is_pale=lesson.is_hidden)
    tip = f"{title_of(lesson.part)}: {rule(lesson.part.unlock)}, {when(lesson.opens)}"
    return Block(height=height, content=(titled(tip, *title.drawn(height), *warning, *bar.drawn()),))


def _when(part: Part, opens: Opening, *, is_hidden: bool) -> str:
    words = rule(part.unlock)
    if part.is_later(opens):
        words += ", " + say("from day {day}", day=opens.day)
    return words + (" " + say("(hidden)") if is_hidden else "")


@dataclass(frozen=True, slots=True)
class _Title:
    """The place of a section or lesson, and its title beside it on as many lines as it needs, up to two."""

    part: Part | None
    left: float
    size: float
    is_bold: bool = False
    is_pale: bool = False

    @property
    def height(self) -> float:
        """Of its lines."""
        return len(self._lines) * (self.size + 4)

    def drawn(self, room: float) -> Iterator[str]:
        """Its elements, in the middle of a row of that height."""
        look = {"font_size": self.size, "fill": MUTED if self.is_pale else INK}
        if self.is_bold:
            look["font_weight"] = "bold"
        first = (room - self.height) / 2 + self.size
        if self._place:
            yield text(self._start - 6, first, self._place, text_anchor="end", **look)
        for at, line in enumerate(self._lines):
            yield text(self._start, first + at * (self.size + 4), line, **look)

    @property
    def _place(self) -> str:
        return "" if self.part is None or self.part.order is None else f"{self.part.order}."

    @property
    def _start(self) -> float:
        """Of the title: most places have one or two digits, and so stand one below the other."""
        usual = width_of("00.", self.size, bold=self.is_bold)
        room = max(usual, width_of(self._place, self.size, bold=self.is_bold)) + 6
        return self.left + (room if self._place else 0)

    @property
    def _lines(self) -> list[str]:
        return wrapped(title_of(self.part), self.size, BARS - 16 - self._start, lines=2, bold=self.is_bold)


@dataclass(frozen=True, slots=True)
class _Bar:
    """What is open from a day to the end of the line: plain where that day is sure, and hatched where it is in turn."""

    part: Part
    opens: Opening
    words: str
    axis: Axis
    middle: float
    is_bold: bool = False
    is_alarm: bool = False
    is_pale: bool = False

    def drawn(self) -> Iterator[str]:
        """Its elements."""
        shapes = [self._rect(self._x, _BAR, fill=self._colour, fill_opacity="0.34" if self.is_bold else SOFT)]
        if self.opens.waits or self.part.unlock.choice is None:
            # Words are hard to read on hatching, which therefore begins where they end.
            begin = self._x + self._room if self._fits else self._x
            shapes.append(self._rect(begin, _BAR, fill=f"url(#{HATCHES[self.part.unlock.choice]})"))
        shapes.append(self._rect(self._x, _BAR + 2, width=4, rx=1, fill=self._colour))
        yield element("g", *shapes, opacity="0.45" if self.is_pale else None)
        yield text(
            self._x + 10 if self._fits else self._x - 8,
            self.middle + 4,
            self.words,
            font_size=11,
            font_weight="bold" if self.is_bold or self.is_alarm else None,
            fill=ALARM if self.is_alarm else INK,
            text_anchor=None if self._fits else "end",
            **({} if self._fits else _HALO),
        )

    @property
    def _x(self) -> float:
        return self.axis.at(self.opens.day)

    @property
    def _colour(self) -> str:
        return COLOURS[self.part.unlock.choice]

    @property
    def _room(self) -> float:
        """For the words, from its start."""
        return 18 + width_of(self.words, 11, bold=self.is_bold or self.is_alarm)

    @property
    def _fits(self) -> bool:
        """Whether there is room for the words in it; where there is not, they stand left of it."""
        return self._x + self._room <= self.axis.right

    def _rect(self, x: float, height: float, *, width: float | None = None, **more: object) -> str:
        wide = self.axis.right - x if width is None else width
        return element("rect", x=x, y=self.middle - height / 2, width=wide, height=height, **more)


def _warning(lesson: Lesson, axis: Axis, y: float) -> Iterator[str]:
    """A mark on the day that the lesson's own rule names, and a way from there to its section's day."""
    x, there = axis.at(lesson.part.unlock.own_day or 0), axis.at(lesson.opens.day)
    yield element("path", d=f"M{x:.1f} {y:g}H{there:.1f}", stroke=ALARM, stroke_width=1.5, stroke_dasharray="2 3")
    yield alarm(x, y)
