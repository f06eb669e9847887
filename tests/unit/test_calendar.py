"""The release calendar: what is in it, and that anything that a person can type may be in it."""

import os
import struct
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from importer.entities import IMMEDIATE, SEQUENTIAL, TIMED
from importer.errors import DrawingError
from importer.languages import Language, speaking
from importer.outline import Outline, drawn
from importer.outline.axis import axis_for
from importer.outline.drawing import calendar
from importer.outline.image import fineness
from importer.outline.model import MILESTONES, Course, Part, arranged
from importer.outline.opening import NOT_KNOWN, Unlock
from importer.outline.svg import width_of, wrapped

SVG, HTML, PNG = Path("a.svg"), Path("a.HTML"), Path("a.png")
TEXT = "{http://www.w3.org/2000/svg}text"


AT_ONCE = Unlock(IMMEDIATE)


def part(title: str, unlock: Unlock = AT_ONCE, *, active: bool | None = True) -> Part:
    return Part(title=title, unlock=unlock, order=1, active=active)


def outline(*sections: tuple[Part | None, list[Part]], title: str = "Cooking", left_out: int = 0) -> Outline:
    return Outline(courses=(Course(number=7, title=title, sections=arranged(sections)),), left_out=left_out)


WHOLE = outline(
    (part("Start"), [part("Hello"), part("Next", Unlock(SEQUENTIAL))]),
    (part("Later", Unlock(TIMED, 14)), [part("Early", Unlock(TIMED, 3)), part("Unseen", active=False)]),
    (part("Elsewhere", NOT_KNOWN), [part("There", Unlock(TIMED, 20))]),
    (None, [part("Loose")]),
    left_out=3,
)


def words(one: Outline) -> list[str]:
    return ["".join(text.itertext()) for text in etree.fromstring(drawn(one, SVG)).iter(TEXT)]


def test_everything_is_named_with_its_rule_and_its_day() -> None:
    said = words(WHOLE)
    assert said[:2] == [
        "Course 7 Cooking",
        "Release calendar: what opens when, in days after enrolment. 3 sections, 6 lessons",
    ]
    titles = {
        "Start",
        "Hello",
        "Next",
        "Later",
        "Early",
        "Unseen",
        "Elsewhere",
        "There",
        "(without a section)",
        "Loose",
    }
    assert titles <= set(said)
    rules = {
        "Immediate",
        "Sequential",
        "Timed after 14 days",
        "Timed after 3 days: before its section",
        "rule not known",
    }
    assert rules <= set(said)
    assert "Immediate, from day 14 (hidden)" not in said and "Immediate: before its section" in said
    assert said[-1] == "Left out: 3 rows with errors; importer check says what is wrong."


def test_a_section_that_nobody_sees_is_none_of_those_that_open() -> None:
    said = words(outline((part("Seen"), [part("One")]), (part("Unseen", active=False), [part("Two", active=False)])))
    assert "1 of 1 section open" in said
    assert "Hidden from members, and not counted: 1 section, 1 lesson." in said
    assert [text for text in said if text.endswith("(hidden)")] == ["Immediate (hidden)"] * 2


def test_the_days_that_count_say_how_much_is_open() -> None:
    said = words(WHOLE)
    cards = [at for at, text in enumerate(said) if text in ("Day 0", "Day 7", "Day 30")]
    assert [said[at : at + 4] for at in cards] == [
        ["Day 0", "1 of 3 sections open", "2 lessons open", "1 more in turn, 2 later"],
        ["Day 7", "1 of 3 sections open", "2 lessons open", "1 more in turn, 2 later"],
        ["Day 30", "2 of 3 sections open", "4 lessons open", "1 more in turn"],
    ]
    assert {"day 0", "day 7", "day 30", "days after enrolment"} <= set(said)


def test_a_course_without_lessons_says_so_and_one_that_is_open_too() -> None:
    assert words(outline((part("Empty"), []))).count("no lessons to see") == 3
    assert words(outline((part("Hidden"), [part("Unseen", active=False)]))).count("no lessons to see") == 3
    assert words(outline((part("Open"), [part("Seen")]))).count("no more to come") == 3


def test_what_is_in_turn_is_hatched_and_not_only_coloured() -> None:
    drawing = drawn(WHOLE, SVG).decode()
    assert drawing.count('fill="url(#in-turn-2)"') == 2  # in the legend and on the lesson
    assert drawing.count(">!<") == 3  # in the legend and on two lessons
    assert ">!<" not in drawn(outline((part("A"), [part("B")])), SVG).decode()


def test_the_same_outline_is_the_same_drawing() -> None:
    assert drawn(WHOLE, SVG) == drawn(WHOLE, SVG)
    assert drawn(WHOLE, HTML) == drawn(WHOLE, HTML)


def test_it_speaks_the_language_that_is_asked_for() -> None:
    with speaking(Language.SPANISH):
        assert "días tras la inscripción" in words(WHOLE)
        assert '<html lang="es">' in drawn(WHOLE, HTML).decode()


def test_the_page_has_the_same_as_a_table() -> None:
    page = html.fromstring(drawn(WHOLE, HTML).decode())
    rows = [[cell.text_content() for cell in row] for row in page.iter("tr")]
    assert rows[0] == ["Lesson", "Rule", "Opens", "CompletionType"]
    assert ["Early", "Timed after 3 days", "day 14 (before its section, which opens on day 14)", ""] in rows
    assert ["Next", "Sequential", "in turn, from day 0", ""] in rows
    assert len(rows) == 1 + 4 + 6
    assert "Left out: 3 rows" in page.text_content()


def test_several_courses_stand_one_below_the_other() -> None:
    both = Outline(courses=(*WHOLE.courses, Course(number=None, title="New & shiny", sections=(), is_new=True)))
    assert {"Course 7 Cooking", "New course New & shiny"} <= set(words(both))
    assert len(html.fromstring(drawn(both, HTML).decode()).findall(".//article")) == 2


TITLES = st.text(st.characters() | st.sampled_from("<>&\"'\u202e\u0000\ufffe漢字אב"), max_size=300)


@given(TITLES, TITLES)
@example("\ufffe", "\x0b<b>")
def test_any_title_can_be_drawn_and_none_becomes_markup(section: str, lesson: str) -> None:
    one = outline((part(section), [part(lesson, Unlock(TIMED, 9))]), title=lesson)
    plain = outline((part("a"), [part("b", Unlock(TIMED, 9))]), title="c")
    kinds = {element.tag for element in etree.fromstring(drawn(one, SVG)).iter()}
    assert kinds <= {element.tag for element in etree.fromstring(drawn(plain, SVG)).iter()}
    page = html.fromstring(drawn(one, HTML).decode())
    assert {element.tag for element in page.iter()} <= {
        element.tag for element in html.fromstring(drawn(plain, HTML)).iter()
    }


@given(st.text(max_size=200), st.integers(1, 3), st.floats(60, 400))
def test_lines_fit_their_room_and_a_cut_shows(content: str, lines: int, room: float) -> None:
    found = wrapped(content, 12, room, lines=lines)
    assert 1 <= len(found) <= lines
    assert all(width_of(line, 12) <= room for line in found)
    if "…" not in "".join(found):
        assert "".join("".join(found).split()) == "".join("".join(wrapped(content, 12, 1e9, lines=1)).split())


@given(st.integers(0, 10**9))
def test_days_go_from_left_to_right_and_their_names_stand_apart(last: int) -> None:
    axis = axis_for(last, 400, 1000)
    days = sorted({*MILESTONES, last, last // 2, axis.last})
    places = [axis.at(day) for day in days]
    assert places[0] == 400 and places[-1] <= 1000.01 and places == sorted(places)
    ticks = sorted(axis.at(day) for day in axis.ticks())
    assert len(ticks) <= 14 and all(after - before >= 44 for before, after in pairwise(ticks))


# --- as a picture ---------------------------------------------------------------------------------------


def has_fonts() -> bool:
    try:
        drawn(WHOLE, PNG)
    except DrawingError:
        return False
    return True


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG")
    wide, high = struct.unpack(">II", picture[16:24])
    return wide, high


def many(count: int) -> Outline:
    return outline((part("All"), [part(f"Lesson {number}") for number in range(count)]))


def test_a_png_is_sharp_and_coarser_where_it_is_long() -> None:
    if not (has_fonts() or os.environ.get("CI")):
        pytest.skip("this machine has no fonts")
    assert size(drawn(WHOLE, PNG))[0] == 2240
    assert 1 < fineness(calendar(many(400))) < 2


@pytest.mark.parametrize(
    ("one", "path", "reason"),
    [
        (many(9000), PNG, "it is too large for a PNG; choose .svg or .html"),
        (WHOLE, Path("a.gif"), "its name has to end in .html, .svg or .png"),
        (Outline(courses=()), SVG, "there is nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_said(one: Outline, path: Path, reason: str) -> None:
    with pytest.raises(DrawingError) as raised:
        drawn(one, path)
    assert raised.value.message == f"The outline cannot be drawn to {path}: {reason}."


def test_a_png_without_the_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DrawingError) as raised:
        drawn(WHOLE, PNG)
    assert "PNG needs the package resvg-py (pip install resvg-py, or pipx inject" in raised.value.message


def test_a_png_is_not_made_without_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    import resvg_py

    with_fonts = resvg_py.svg_to_bytes
    monkeypatch.setattr(resvg_py, "svg_to_bytes", lambda **given: with_fonts(skip_system_fonts=True, **given))
    with pytest.raises(DrawingError, match="has no font"):
        drawn(WHOLE, PNG)
