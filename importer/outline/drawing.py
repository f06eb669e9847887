"""A release calendar as one drawing (SVG)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from importer.languages import say
from importer.outline.calendar import axis_of, days, section_block
from importer.outline.look import PAPER, WIDTH, Block, patterns, stacked
from importer.outline.model import Course, Outline
from importer.outline.overview import foot, head, lines
from importer.outline.svg import element, picture
from importer.outline.words import heading, left_out, milestones

_NAMED_AGAIN: Final = 12
"""Rows after which the days are named again."""
_SPACE: Final = 16


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG, and how large it is in its own pixels."""

    svg: str
    width: float
    height: float


def calendar(outline: Outline) -> Drawing:
    """The courses one below the other."""
    blocks = [block for course in outline.courses for block in _blocks(course)]
    blocks += [lines(left_out(outline))] if outline.left_out else []
    height = sum(block.height for block in blocks) + _SPACE
    ground = element("rect", width=WIDTH, height=height, fill=PAPER)
    label = ", ".join(heading(course) for course in outline.courses)
    story = [" ".join([heading(course) + ":", *milestones(course)]) for course in outline.courses]
    content = [patterns(), ground, *stacked(blocks)]
    whole = picture(WIDTH, height, content, label=say("Release calendar: {what}", what=label), told=story)
    return Drawing(whole + "\n", WIDTH, height)


def _blocks(course: Course) -> Iterator[Block]:
    axis, rows = axis_of(course), _NAMED_AGAIN
    yield head(course)
    for section in course.sections:
        if rows >= _NAMED_AGAIN:
            yield days(axis)
            rows = 0
        yield section_block(section, axis)
        rows += 1 + len(section.lessons)
    yield foot(course)
