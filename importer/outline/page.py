"""A release calendar as a page to read and to print (HTML): drawings, and beside each course the same as a table."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import count
from typing import Final

from importer.entities import COMPLETION_TYPE
from importer.languages import say, spoken
from importer.outline.calendar import axis_of, days, section_block
from importer.outline.look import BAND, INK, LINE, MUTED, PAPER, WIDTH, Block, patterns, stacked
from importer.outline.model import Course, Lesson, Outline, Section
from importer.outline.overview import foot, head
from importer.outline.svg import clean, picture
from importer.outline.words import early, heading, left_out, milestones, rule, size, title_of, when

_STYLE: Final = f"""
html {{ background: {PAPER}; color-scheme: light; }}
body {{ margin: 0 auto; max-width: {WIDTH}px; padding: 8px; color: {INK}; font: 14px/1.5 sans-serif; }}
svg {{ display: block; width: 100%; height: auto; break-inside: avoid; print-color-adjust: exact; }}
article + article {{ break-before: page; margin-top: 48px; }}
details {{ margin: 16px 28px; }}
summary {{ cursor: pointer; color: {MUTED}; }}
table {{ border-collapse: collapse; width: 100%; margin-top: 8px; }}
th, td {{ border-bottom: 1px solid {LINE}; padding: 4px 8px; text-align: start; vertical-align: top; }}
tbody th {{ background: {BAND}; }}
@page {{ margin: 12mm; }}
@media print {{ body {{ padding: 0; }} details:not([open]) {{ display: none; }} }}
"""


def html(outline: Outline) -> str:
    """The whole page, which needs no other file."""
    names = ", ".join(heading(course) for course in outline.courses)
    title = say("Release calendar: {what}", what=names)
    articles = [_article(course, is_first=at == 0) for at, course in enumerate(outline.courses)]
    notes = [f"<p>{_text(line)}</p>" for line in left_out(outline)]
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{spoken().value}">',
            f'<head><meta charset="utf-8"><title>{_text(title)}</title><style>{_STYLE}</style></head>',
            "<body>",
            *articles,
            *notes,
            "</body>",
            "</html>",
            "",
        )
    )


def _text(content: str) -> str:
    return escape(clean(content))


def _article(course: Course, *, is_first: bool) -> str:
    axis, name = axis_of(course), heading(course)
    sections = [(title_of(one.part), (days(axis), section_block(one, axis))) for one in course.sections]
    # The patterns are defined once, and then known on the whole page.
    first = _figure(name + ". " + " ".join(milestones(course)), (head(course),), patterns() if is_first else "")
    return "\n".join(
        (
            f'<article aria-label="{_text(name)}">',
            first,
            *(_figure(title, blocks) for title, blocks in sections),
            _figure(name, (foot(course),)),
            *_table(course),
            "</article>",
        )
    )


def _figure(label: str, blocks: Iterable[Block], before: str = "") -> str:
    some = tuple(blocks)
    return picture(WIDTH, sum(block.height for block in some), [before, *stacked(some)], label=label)


def _table(course: Course) -> Iterator[str]:
    """What the drawings show, for whoever cannot see them or wants to copy it."""
    heads = (say("Lesson"), say("Rule"), say("Opens"), COMPLETION_TYPE.name)
    yield f"<details><summary>{_text(say('The same as a table'))}</summary><table>"
    yield f"<caption>{_text(heading(course))}: {_text(size(course))}</caption>"
    yield "<thead><tr>" + "".join(f'<th scope="col">{_text(one)}</th>' for one in heads) + "</tr></thead>"
    for section in course.sections:
        yield "<tbody>"
        yield _row("th", _section_cells(section), "rowgroup")
        yield from (_row("td", _lesson_cells(lesson, section)) for lesson in section.lessons)
        yield "</tbody>"
    yield "</table></details>"


def _row(tag: str, cells: Iterable[str], scope: str = "") -> str:
    first = f' scope="{scope}"' if scope else ""
    # A title in Arabic or Hebrew begins at the right.
    begins = (f'<{tag} dir="auto"{"" if at else first}>' for at in count())
    return (
        "<tr>" + "".join(f"{begin}{_text(cell)}</{tag}>" for begin, cell in zip(begins, cells, strict=False)) + "</tr>"
    )


def _section_cells(section: Section) -> tuple[str, ...]:
    if section.part is None:
        return (title_of(None), "", "", "")
    hidden = " " + say("(hidden)") if section.is_hidden else ""
    return (title_of(section.part) + hidden, rule(section.part.unlock), when(section.opens), "")


def _lesson_cells(lesson: Lesson, section: Section) -> tuple[str, ...]:
    opens = when(lesson.opens) + (f" ({early(section)})" if lesson.is_early else "")
    hidden = " " + say("(hidden)") if lesson.is_hidden else ""
    done = lesson.part.completion.name if lesson.part.completion else ""
    return (title_of(lesson.part) + hidden, rule(lesson.part.unlock), opens, done)
