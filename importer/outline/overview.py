"""The head of a release calendar: what course it is, what a member can do on the days that count, and the legend."""

from collections.abc import Iterable, Iterator

from importer.entities import IMMEDIATE, LESSON, SECTION, SEQUENTIAL, TIMED
from importer.languages import say
from importer.outline.look import (
    BAND,
    COLOURS,
    HATCHES,
    INK,
    LINE,
    MARGIN,
    MUTED,
    PAPER,
    SHARE,
    SOFT,
    WIDTH,
    Block,
    alarm,
)
from importer.outline.model import MILESTONES, Course, Open
from importer.outline.svg import element, text, width_of, wrapped
from importer.outline.words import heading, not_yet, remarks, size
from importer.problems import counted

_GAP = 16
_CARD = (WIDTH - 2 * MARGIN - _GAP * (len(MILESTONES) - 1)) / len(MILESTONES)
_CARD_HEIGHT = 104


def head(course: Course) -> Block:
    """Title, cards and legend."""
    lines = wrapped(heading(course), 22, WIDTH - 2 * MARGIN, lines=2, bold=True)
    below = 30 + 28 * len(lines)
    title = [
        text(MARGIN, 36 + 28 * at, line, font_size=22, font_weight="bold", fill=INK) for at, line in enumerate(lines)
    ]
    kind = say("Release calendar: what opens when, in days after enrolment. {size}", size=size(course))
    cards = "".join(_card(course, course.open_on(day), at) for at, day in enumerate(MILESTONES))
    legend = tuple(_legend(course, below + 24 + _CARD_HEIGHT + 28))
    return Block(
        height=below + 24 + _CARD_HEIGHT + 56,
        content=(
            *title,
            text(MARGIN, below + 4, kind, font_size=13, fill=MUTED),
            element("g", cards, transform=f"translate(0 {below + 24:g})"),
            *legend,
        ),
    )


def _card(course: Course, there: Open, at: int) -> str:
    x = MARGIN + at * (_CARD + _GAP)
    of_all = counted(len(course.named_sections) - len(course.hidden_sections), SECTION.singular)
    sections = say("{count:,} of {sections} open", count=there.sections, sections=of_all)
    lessons = say("{lessons} open", lessons=counted(there.lessons, LESSON.singular))
    seen = len(course.lessons) - course.hidden
    more = ", ".join(not_yet(course, there)) or (say("no more to come") if seen else say("no lessons to see"))
    return "".join(
        (
            element("rect", x=x, y=0, width=_CARD, height=_CARD_HEIGHT, rx=6, fill=PAPER, stroke=LINE),
            text(x + 14, 24, say("Day {day}", day=there.day), font_size=13, font_weight="bold", fill=MUTED),
            text(x + _CARD - 14, 24, sections, font_size=12, fill=MUTED, text_anchor="end"),
            text(x + 14, 52, lessons, font_size=20, font_weight="bold", fill=INK),
            *_share(x + 14, 64, _CARD - 28, there, seen),
            text(x + 14, 93, more, font_size=12, fill=MUTED),
        )
    )


def _share(x: float, y: float, width: float, there: Open, seen: int) -> Iterator[str]:
    """How much of the course is open, comes in turn, and is to come."""
    one = width / max(seen, 1)
    yield element("rect", x=x, y=y, width=width, height=10, fill=BAND)
    if there.lessons:
        yield element("rect", x=x, y=y, width=one * there.lessons, height=10, fill=INK)
    if there.in_turn:
        yield element(
            "rect", x=x + one * there.lessons, y=y, width=one * there.in_turn, height=10, fill=f"url(#{SHARE})"
        )


def _legend(course: Course, y: float) -> Iterator[str]:
    x = float(MARGIN)
    for swatch, words in _swatches(course):
        yield element("g", swatch, transform=f"translate({x:.1f} {y:g})")
        yield text(x + 32, y + 4, words, font_size=12, fill=INK)
        x += 32 + width_of(words, 12) + 18


def _swatches(course: Course) -> Iterator[tuple[str, str]]:
    yield _swatch(COLOURS[IMMEDIATE]), f"{IMMEDIATE.name}: {say('from enrolment on')}"
    yield _swatch(COLOURS[TIMED]), f"{TIMED.name}: {say('from its day on')}"
    yield (
        _swatch(COLOURS[SEQUENTIAL], HATCHES[SEQUENTIAL]),
        f"{SEQUENTIAL.name}: {say('in turn, on that day at the earliest')}",
    )
    if any(lesson.is_early for lesson in course.lessons):
        yield alarm(12, 0), say("before its section")


def _swatch(colour: str, hatch: str | None = None) -> str:
    fill = f"url(#{hatch})" if hatch else colour
    body = element("rect", x=0, y=-7, width=26, height=14, fill=fill, fill_opacity=None if hatch else SOFT)
    return body + element("rect", x=0, y=-8, width=4, height=16, rx=1, fill=colour)


def foot(course: Course) -> Block:
    """What has to be known of the drawing."""
    return lines(remarks(course))


def lines(sentences: Iterable[str]) -> Block:
    """Sentences one below the other."""
    some = [line for sentence in sentences for line in wrapped(sentence, 12, WIDTH - 2 * MARGIN, lines=3)]
    return Block(
        height=16 + 17 * len(some),
        content=tuple(text(MARGIN, 14 + 17 * at, line, font_size=12, fill=MUTED) for at, line in enumerate(some)),
    )
