"""The outline of courses: what opens when, from files and from the service, as text."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.directory import look_up
from importer.entities import IMMEDIATE, SEQUENTIAL, TIMED, UNLOCK_TYPES, Choice
from importer.errors import UnreachableError
from importer.model import Wanted
from importer.outline import Outline, outline_of_directory, outline_of_tables, tree
from importer.outline.model import Course, Part, arranged
from importer.outline.opening import NOT_KNOWN, Opening, Unlock, unlock_of
from importer.outline.words import remarks
from importer.prepare import Prepared, prepare
from importer.problems import Code
from importer.sandbox import NO_LIMITS, Fault, Server
from importer.settings import read_settings
from tests.builders import service_of
from tests.flow.commands import write_csv


def part(choice: Choice | None = IMMEDIATE, days: int = 0, *, active: bool | None = True) -> Part:
    return Part(title="Any", unlock=Unlock(choice, days), active=active)


def course(*sections: tuple[Part | None, list[Part]]) -> Course:
    return Course(number=1, title="", sections=arranged(sections))


def openings(one: Course) -> list[Opening]:
    return [lesson.opens for lesson in one.lessons]


# --- when things open -----------------------------------------------------------------------------------


def test_each_rule_has_its_day() -> None:
    one = course((part(), [part(), part(TIMED, 3), part(SEQUENTIAL), part()]))
    assert openings(one) == [Opening(0), Opening(3), Opening(3, waits=True), Opening(0)]


def test_nothing_opens_before_its_section() -> None:
    one = course((part(TIMED, 14), [part(), part(TIMED, 3), part(TIMED, 20), part(SEQUENTIAL)]))
    assert openings(one) == [Opening(14), Opening(14), Opening(20), Opening(20, waits=True)]
    assert [lesson.is_early for lesson in one.lessons] == [True, True, False, False]


def test_what_is_first_waits_for_nothing() -> None:
    one = course((part(SEQUENTIAL), [part(SEQUENTIAL)]), (None, [part(SEQUENTIAL)]))
    assert openings(one) == [Opening(0), Opening(0)]


def test_a_section_in_turn_waits_for_all_lessons_of_the_one_before() -> None:
    one = course((part(), [part(TIMED, 9), part()]), (part(SEQUENTIAL), [part(), part(TIMED, 12)]))
    assert one.sections[1].opens == Opening(9, waits=True)
    assert openings(one)[2:] == [Opening(9, waits=True), Opening(12, waits=True)]


def test_what_members_cannot_see_keeps_nobody_waiting_and_does_not_count() -> None:
    hidden = part(TIMED, 90, active=False)
    one = course((part(), [part(), hidden, part(SEQUENTIAL)]), (part(active=False), [part()]), (part(SEQUENTIAL), []))
    assert openings(one)[2] == Opening(0, waits=True)
    assert one.sections[2].opens == Opening(0, waits=True)
    assert (one.hidden, len(one.hidden_sections)) == (2, 1)
    assert "Hidden from members, and not counted: 1 section, 2 lessons." in list(remarks(one))
    assert (one.open_on(0).sections, one.open_on(0).lessons, one.open_on(0).in_turn) == (1, 1, 1)


def test_what_is_hidden_by_itself_is_told_in_a_hidden_section_too() -> None:
    secret = (part(active=False), [part(active=False), part()])
    lines = tree(Outline(courses=(course(secret),))).splitlines()
    assert [line.endswith("(hidden)") for line in lines[1:4]] == [True, True, False]


@pytest.mark.parametrize(("number", "days"), [(9, 3), (None, None), ("Timed", 3), (3, "soon"), (3, -1)])
def test_rules_that_mean_nothing_open_at_once(number: object, days: object) -> None:
    assert (unlock_of(number, days).own_day or 0) == 0


UNLOCKS = st.builds(Unlock, st.sampled_from([None, *UNLOCK_TYPES]), st.integers(0, 500))
PARTS = st.builds(Part, title=st.just("Any"), unlock=UNLOCKS, active=st.sampled_from([True, False, None]))
COURSES = st.lists(st.tuples(st.none() | PARTS, st.lists(PARTS, max_size=6)), max_size=5).map(
    lambda some: course(*some)
)


@given(COURSES, st.integers(0, 600), st.integers(0, 600))
def test_no_lesson_is_before_its_section_and_what_is_open_stays_open(one: Course, day: int, later: int) -> None:
    assert all(lesson.opens.day >= section.opens.day for section in one.sections for lesson in section.lessons)
    first, second = one.open_on(min(day, later)), one.open_on(max(day, later))
    assert (first.sections, first.lessons, first.in_turn) <= (second.sections, second.lessons, second.in_turn)
    last = one.open_on(one.last_day)
    assert last.lessons + last.in_turn + one.hidden == len(one.lessons)


# --- of files -------------------------------------------------------------------------------------------

SECTIONS = ("CourseId", "Course", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays", "Active")
LESSONS = ("CourseId", "Course", "Section", "SectionId", "Title", *SECTIONS[3:6], "CompletionType", "Active")


def ready(folder: Path, sections: Sequence[Sequence[object]], lessons: Sequence[Sequence[object]]) -> Prepared:
    files = [
        write_csv(folder / "sections.csv", SECTIONS, sections),
        write_csv(folder / "lessons.csv", LESSONS, lessons),
    ]
    return prepare([str(file) for file in files], read_settings())


def outlined(prepared: Prepared) -> Outline:
    return outline_of_tables(prepared.tables, prepared.is_good)


def lesson(
    title: str, section: str = "", *, course: object = 7, order: object = 1, days: object = ""
) -> tuple[object, ...]:
    return (course, "", section, "", title, order, "Timed" if days else "Immediate", days, "Visited", "yes")


def test_rows_stand_by_their_places_below_their_sections(tmp_path: Path) -> None:
    sections = [(7, "", "B", 2, "Immediate", "", "yes"), (7, "", "A", 1, "Timed", 5, "yes")]
    lessons = [lesson("b", "B"), lesson("a2", " A ", order=2), lesson("a1", "A", days=5), lesson("loose")]
    assert tree(outlined(ready(tmp_path, sections, lessons))).splitlines()[:7] == [
        "Course 7: 2 sections, 4 lessons",
        "  1. A  [Timed after 5 days]",
        "    1. a1  [Timed after 5 days; Visited]",
        "    2. a2  [Immediate; Visited]  ! before its section, which opens on day 5",
        "  2. B  [Immediate]",
        "    1. b  [Immediate; Visited]",
        "  (without a section)",
    ]


def test_rows_with_errors_are_left_out_and_counted_and_their_lessons_are_there(tmp_path: Path) -> None:
    sections = [(7, "", "Bad", 1, "Whenever", "", "yes")]
    text = tree(outlined(ready(tmp_path, sections, [lesson("a", "Bad", days=2), lesson("worse", order="first")])))
    assert "  Bad  [rule not known]\n    1. a  [Timed after 2 days; Visited]" in text
    assert "The rule of 1 section is not known here" in text
    assert text.endswith("Left out: 2 rows with errors; importer check says what is wrong.")


def test_a_section_that_only_has_a_number_is_called_by_it(tmp_path: Path) -> None:
    by_number = (7, "", "", 2001, "a", 1, "Immediate", "", "Visited", "")
    other = (8, "", "B", 1, "Immediate", "", "yes")
    text = tree(outlined(ready(tmp_path, [other], [by_number])))
    assert "  number 2001  [rule not known]" in text
    assert "Active is left blank on 1 lesson" in text


def test_a_course_that_rows_name_in_both_ways_is_one(tmp_path: Path) -> None:
    sections = [(7, "Cooking", "A", 1, "Immediate", "", "yes")]
    lessons = [("", "cooking", "A", "", "x", 1, "Immediate", "", "Visited", "yes"), lesson("y", "A", order=2)]
    lessons.append(("", "Cooking", "A", "", "z", 3, "Immediate", "", "Visited", "yes"))
    outline = outlined(ready(tmp_path, sections, lessons))
    assert [(one.number, one.title, len(one.lessons)) for one in outline.courses] == [
        (7, "Cooking", 2),
        (None, "cooking", 1),
    ]
    assert "Course cooking: 1 section, 1 lesson" in tree(outline)


COURSES_SHEET = ("Id", "Title", "BusinessId", "HostId", "DisplayOrder", "Visibility")


def outlined_with_courses(folder: Path, *courses: Sequence[object], lessons: Sequence[Sequence[object]]) -> list[str]:
    """The lines about courses."""
    files = [
        write_csv(folder / "courses.csv", COURSES_SHEET, [(*one, 1, 1, 1, "Public") for one in courses]),
        write_csv(folder / "lessons.csv", LESSONS, lessons),
    ]
    prepared = prepare([str(file) for file in files], read_settings({"on_existing": "update"}))
    assert prepared.found == {}
    return [line for line in tree(outlined(prepared)).splitlines() if "ourse " in line]


def by_title(title: str, course: str, number: object = "") -> tuple[object, ...]:
    return (number, course, "", "", title, 1, "Immediate", "", "Visited", "yes")


def test_a_row_of_a_course_with_its_number_is_that_course_and_no_new_one(tmp_path: Path) -> None:
    told = outlined_with_courses(
        tmp_path,
        (102, "Food safety"),
        ("", "Baking"),
        lessons=[by_title("a", "", 102), by_title("b", "Food safety"), by_title("c", "Baking")],
    )
    assert told == [
        "Course 102 Food safety: 0 sections, 2 lessons",
        "New course Baking: 0 sections, 1 lesson",
    ]


def test_a_course_that_rows_only_name_is_not_called_new(tmp_path: Path) -> None:
    assert outlined_with_courses(tmp_path, (102, "Food safety"), lessons=[by_title("a", "Cooking")]) == [
        "Course 102 Food safety: 0 sections, 0 lessons",
        "Course Cooking: 0 sections, 1 lesson",
    ]


def test_a_course_of_which_only_a_change_is_told_goes_by_its_number(tmp_path: Path) -> None:
    assert outlined_with_courses(tmp_path, (102, ""), lessons=[by_title("a", "", 102), by_title("b", "Baking")]) == [
        "Course 102: 0 sections, 1 lesson",
        "Course Baking: 0 sections, 1 lesson",
    ]


def test_rows_that_only_change_something_are_shown_as_far_as_they_say_what_they_are(tmp_path: Path) -> None:
    headings = ("Id", *LESSONS[:1], *LESSONS[2:3], *LESSONS[4:8])
    rows = [
        (5001, 102, "A", "Known", "", "", ""),
        (5002, 102, "A", "", 1, "Timed", ""),
        (5003, 102, "A", "New days", "", "", 3),
    ]
    lessons = write_csv(tmp_path / "lessons.csv", headings, rows)
    section = write_csv(tmp_path / "sections.csv", SECTIONS, [(102, "", "A", 1, "Timed", 5, "yes")])
    prepared = prepare([str(section), str(lessons)], read_settings({"on_existing": "update"}))
    assert prepared.found == {}
    lines = tree(outlined(prepared)).splitlines()
    assert lines[2:5] == [
        "    Known  [rule not known]  from day 5",
        "    New days  [rule not known]  from day 5",
        "    1. number 5002  [rule not known]  from day 5",
    ]


def test_rows_that_are_to_be_skipped_or_deleted_are_not_there_and_are_no_errors(tmp_path: Path) -> None:
    section = write_csv(tmp_path / "s.csv", SECTIONS, [(7, "", "A", 1, "Timed", 5, "yes")])
    rows = [(action, *lesson(action or "left blank", "A")) for action in ("", "upsert", "skip", "delete")]
    lessons = write_csv(tmp_path / "l.csv", ("Action", *LESSONS), rows)
    prepared = prepare([str(section), str(lessons)], read_settings())
    outline = outlined(prepared)
    assert [one.part.title for one in outline.courses[0].lessons] == ["left blank", "upsert"]
    assert outline.left_out == 0
    early = [key.row for key, some in prepared.found.items() for one in some if one.code is Code.BEFORE_ITS_SECTION]
    assert early == [2, 3]


def test_lessons_find_a_section_of_the_files_by_its_number_too(tmp_path: Path) -> None:
    sections = write_csv(tmp_path / "s.csv", ("Id", *SECTIONS), [(2001, 7, "", "A", 1, "Timed", 5, "yes")])
    by_number = (7, "", "", 2001, "a", 1, "Immediate", "", "Visited", "yes")
    lessons = write_csv(tmp_path / "l.csv", LESSONS, [lesson("b", "A", order=2, days=5), by_number])
    lines = tree(outlined(prepare([str(sections), str(lessons)], read_settings()))).splitlines()
    assert lines[1:4] == [
        "  1. A  [Timed after 5 days]",
        "    1. a  [Immediate; Visited]  ! before its section, which opens on day 5",
        "    2. b  [Timed after 5 days; Visited]",
    ]


def test_nothing_good_is_nothing_to_show(tmp_path: Path) -> None:
    assert tree(Outline(courses=())) == "Nothing to show."


# --- too early ------------------------------------------------------------------------------------------


def test_a_lesson_before_its_section_is_a_warning_on_the_cell_that_says_so(tmp_path: Path) -> None:
    sections = [(7, "", "A", 1, "Timed", 5, "yes"), (8, "", "A", 1, "Immediate", "", "yes")]
    lessons = [lesson("0", "A"), lesson("4", "A", days=4), lesson("5", "A", days=5), lesson("other", "A", course=8)]
    lessons.append((7, "", "A", "", "in turn", 9, "Sequential", "", "Visited", "yes"))
    found = ready(tmp_path, sections, lessons).found
    assert [(key.row, one.column and one.column.field, one.value) for key, some in found.items() for one in some] == [
        (2, "UnlockType", "Immediate"),
        (3, "UnlockAfterDays", 4),
    ]
    assert {one.code for some in found.values() for one in some} == {Code.BEFORE_ITS_SECTION}


def test_a_lesson_of_a_section_with_an_error_is_no_warning(tmp_path: Path) -> None:
    sections = [(7, "", "A", 1, "Timed", 5, "perhaps"), (7, "", "B", 1, "Timed", 5, "yes")]
    prepared = ready(tmp_path, sections, [lesson("0", "A")])
    assert [one.code for some in prepared.found.values() for one in some] == [Code.NOT_YES_NO]


# --- of the service -------------------------------------------------------------------------------------


def held(server: Server, *courses: int) -> str:
    async def outlining() -> str:
        async with service_of(server) as service:
            return tree(outline_of_directory(await look_up(service, Wanted(courses=frozenset(courses)))))

    return asyncio.run(asyncio.wait_for(outlining(), 30))


def test_sections_and_lessons_stand_in_their_order_with_their_rules() -> None:
    with Server(limits=NO_LIMITS, page_cap=2) as server:
        lines = held(server, 102).splitlines()
    assert lines[0] == "Course 102 Food safety: 3 sections, 8 lessons"
    assert lines[1] == "  1. Before you cook  [Immediate]"
    assert lines[2] == "    1. Washing hands  [Immediate; Video]"
    assert "    2. Fridge temperatures  [Timed after 3 days; Visited]" in lines
    assert "    2. Whom to call  [Immediate; None]  ! before its section, which opens on day 14" in lines
    assert lines[11:] == [
        "  (without a section)",
        "    1. About this course  [Immediate; None]",
        "  Day 0: 1 section and 3 lessons open, 2 more in turn, 3 later.",
        "  Day 7: 1 section and 3 lessons open, 3 more in turn, 2 later.",
        "  Day 30: 2 sections and 5 lessons open, 3 more in turn.",
        "  In turn: when the one before is done, on that day at the earliest.",
    ]


def test_courses_stand_one_below_the_other() -> None:
    with Server(limits=NO_LIMITS) as server:
        text = held(server, 104, 101)
    assert text == (
        "Course 101 Welcome to Riverside Hub: 0 sections, 0 lessons\n\n"
        "Course 104 Meeting rooms and events: 0 sections, 0 lessons"
    )


ODD = {"Id": 5, "Title": None, "DisplayOrder": "first", "UnlockType": 3, "UnlockAfterDays": "soon", "Active": "maybe"}


def test_records_that_say_odd_things_are_shown_as_far_as_they_mean_something() -> None:
    with Server(limits=NO_LIMITS) as server:
        records = [ODD, {"Id": 6, "Title": "Odd", "UnlockType": 77, "DisplayOrder": 2}]
        body = json.dumps({"Records": records, "HasNextPage": False})
        server.faults.add(Fault(path="/api/content/coursesections", body=body, method="GET", times=9))
        lines = held(server, 101).splitlines()
    assert lines[1:3] == ["  number 5  [Timed after 0 days]", "  2. Odd  [rule not known]"]


def test_lists_that_cannot_be_read_are_no_outline() -> None:
    with Server(limits=NO_LIMITS) as server:
        server.faults.add(Fault(path="/api/content/coursesections", body="[]", method="GET", times=9))
        with pytest.raises(UnreachableError):
            held(server, 101)


def test_what_is_not_known_has_no_day() -> None:
    assert NOT_KNOWN.own_day is None
