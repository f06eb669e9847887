"""Courses as what stands above: named by number or title, there already, or made by the run itself."""

import pytest

from importer.choices import Existing
from importer.derive.keys import in_course
from importer.entities import COURSE, EVERYWHERE, LESSON, SECTION, Entity
from importer.model import Directory, Held, Outcome, Reference, Resolution, RowKey, Table, Verdict
from importer.plan import make_plan
from importer.problems import Code, Problem
from importer.resolve import Policy, resolve
from importer.settings import Limits
from tests.unit.test_resolve import of, table

NEW = "Getting started"
WHOLE = {"BusinessId": 1, "HostId": 301, "Visibility": "Public"}


def courses(*titles: str, business: int = 1) -> Table:
    return table(COURSE, *({**WHOLE, "BusinessId": business, "Title": title} for title in titles))


def below(entity: Entity, course: object, title: str = "Week 1", **more: object) -> Table:
    """One row that names its course by title, or by number."""
    named = {"CourseId": course} if isinstance(course, int) else {"CourseId": None, "Course": course}
    return table(entity, {"Title": title, **named, **more})


def account(*held: Held, below: dict[tuple[str, int], list[Held]] | None = None) -> Directory:
    there = {one.id: one.title for one in held}
    return Directory(records={(COURSE.kind, EVERYWHERE): held, **(below or {})}, courses=there)


def course(id: int, title: str = NEW, business: int | None = 1) -> Held:
    numbers = {} if business is None else {"BusinessId": business}
    return Held(id=id, title=title, course=EVERYWHERE, numbers=numbers)


def decide(*tables: Table, there: Directory | None = None, **policy: object) -> Resolution:
    return resolve(tables, {}, there or account(), Policy(**policy))  # type: ignore[arg-type]  # its fields by name


def problem(verdict: Verdict) -> Problem:
    (found,) = verdict.problems
    return found


def test_a_new_course_and_everything_below_it_are_sent_wave_after_wave() -> None:
    tables = courses(NEW), below(SECTION, NEW), below(LESSON, NEW, "Keys", Section="Week 1")
    resolution = decide(*tables)
    assert resolution.verdicts == {}
    assert resolution.references[of(LESSON, 2)].rows == {"CourseId": of(COURSE, 2), "SectionId": of(SECTION, 2)}
    waves = make_plan(tables, resolution, Limits()).waves
    assert [wave[0].entity for wave in waves] == [COURSE, SECTION, LESSON]
    assert [wave[0].course for wave in waves] == [EVERYWHERE] * 3
    assert list(waves[2][0].payload.items())[:3] == [("CourseId", None), ("SectionId", None), ("Title", "Keys")]
    assert waves[2][0].parents == {"CourseId": of(COURSE, 2), "SectionId": of(SECTION, 2)}


def test_a_title_finds_a_course_of_the_service_and_what_it_holds() -> None:
    there = account(course(7), below={("sections", 7): [Held(id=70, title="Week 1", course=7)]})
    resolution = decide(below(SECTION, NEW), below(LESSON, NEW, Section="Week 1"), there=there)
    assert resolution.verdicts[of(SECTION, 2)] == Verdict(outcome=Outcome.EXISTS, id=70)
    assert resolution.references[of(LESSON, 2)].ids == {"CourseId": 7, "SectionId": 70}


def test_a_course_that_is_there_already_exists_and_takes_what_is_new_below_it() -> None:
    resolution = decide(courses(NEW), below(SECTION, NEW), there=account(course(7)))
    assert resolution.verdicts[of(COURSE, 2)] == Verdict(outcome=Outcome.EXISTS, id=7)
    assert resolution.references[of(SECTION, 2)].ids == {"CourseId": 7}


def test_rows_that_name_one_course_in_two_ways_are_one() -> None:
    rows = table(SECTION, {"Title": "A", "CourseId": 7}, {"Title": "A", "CourseId": None, "Course": NEW})
    resolution = decide(rows, there=account(course(7)))
    assert problem(resolution.verdicts[of(SECTION, 3)]).code is Code.DUPLICATE_ROW


def test_two_locations_may_each_have_a_course_of_one_title() -> None:
    resolution = decide(courses(NEW, business=2), there=account(course(7)))
    assert of(COURSE, 2) in resolution.references


def test_a_list_that_does_not_show_the_location_tells_no_two_courses_apart() -> None:
    resolution = decide(courses(NEW, business=2), there=account(course(7, business=None)))
    assert resolution.verdicts[of(COURSE, 2)].id == 7


@pytest.mark.parametrize(
    ("named", "code"),
    [("Geting started", Code.COURSE_UNKNOWN), (9, Code.COURSE_UNKNOWN), ("Twice", Code.COURSE_AMBIGUOUS)],
)
def test_a_course_that_cannot_be_told_is_a_problem_of_the_row(named: object, code: Code) -> None:
    there = account(course(7), course(8, "Twice"), course(9000, "Twice"))
    assert problem(decide(below(SECTION, named), there=there).verdicts[of(SECTION, 2)]).code is code


def test_number_and_title_have_to_agree() -> None:
    there = account(course(7), course(8, "Food safety"))
    good, bad = {"CourseId": 7, "Course": "Getting  started "}, {"CourseId": 8, "Course": NEW}
    resolution = decide(table(SECTION, {"Title": "A", **good}, {"Title": "B", **bad}), there=there)
    assert resolution.references[of(SECTION, 2)].ids == {"CourseId": 7}
    found = problem(resolution.verdicts[of(SECTION, 3)])
    assert (found.code, "Food safety" in found.message) == (Code.COURSE_DISAGREES, True)


def test_what_is_below_a_course_that_is_not_right_is_blocked_and_names_it() -> None:
    wrong = Problem(code=Code.MISSING, details={"such_as": ""})
    tables = courses(NEW), below(SECTION, NEW), below(LESSON, NEW, Section="Week 1")
    verdicts = resolve(tables, {of(COURSE, 2): (wrong,)}, account(), Policy()).verdicts
    for entity in (SECTION, LESSON):
        assert verdicts[of(entity, 2)].outcome is Outcome.BLOCKED
        assert "Courses, row 2" in problem(verdicts[of(entity, 2)]).message


def test_a_section_is_looked_for_in_the_course_that_the_run_makes() -> None:
    there = account(course(7, "Other"), below={("sections", 7): [Held(id=70, title="Week 1", course=7)]})
    verdict = decide(courses(NEW), below(LESSON, NEW, Section="Week 9"), there=there).verdicts[of(LESSON, 2)]
    assert f'course "{NEW}" has no section "Week 9"' in problem(verdict).message


# --- from one run to the next ---------------------------------------------------------------------------

TABLES = courses(NEW), below(SECTION, NEW), below(LESSON, NEW, "Keys", Section="Week 1")


def references() -> list[Reference]:
    first = decide(*TABLES).references
    return [first[of(entity, 2)] for entity in (COURSE, SECTION, LESSON)]


def test_what_an_earlier_run_made_below_a_course_of_its_own_is_known_again() -> None:
    made = {in_course(one.identity, at): 10 + at for at, one in zip((EVERYWHERE, 7, 7), references(), strict=True)}
    made[references()[0].identity] = 7
    resolution = decide(*TABLES, made=made)
    assert resolution.references == {}
    assert [resolution.verdicts[of(entity, 2)].id for entity in (COURSE, SECTION, LESSON)] == [7, 17, 17]


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_doubt_below_a_course_of_an_earlier_run_is_taken_up(is_listed: bool) -> None:
    whole, section, _ = references()
    resolution = decide(
        *TABLES,
        there=account(*[course(7)] * is_listed),
        made={whole.identity: 7},
        doubts={in_course(section.identity, 7)},
    )
    taken = resolution.references[of(SECTION, 2)]
    assert (taken.in_doubt, taken.ids) == (True, {"CourseId": 7})
    assert resolution.references[of(LESSON, 2)].rows == {"SectionId": of(SECTION, 2)}


def test_what_is_below_a_course_in_doubt_waits_for_it() -> None:
    resolution = decide(*TABLES, there=account(course(7)), doubts={references()[0].identity})
    assert resolution.references[of(COURSE, 2)].in_doubt
    assert resolution.references[of(SECTION, 2)].rows == {"CourseId": of(COURSE, 2)}


def test_below_a_course_in_doubt_that_is_there_nothing_is_made_twice() -> None:
    there = account(course(7), below={("sections", 7): [Held(id=70, title="Week 1", course=7)]})
    resolution = decide(*TABLES, there=there, doubts={references()[0].identity})
    assert resolution.verdicts[of(SECTION, 2)].id == 70


def test_a_course_that_is_created_again_has_everything_below_it_anew() -> None:
    there = account(course(7), below={("sections", 7): [Held(id=70, title="Week 1", course=7)]})
    resolution = decide(*TABLES, there=there, on_existing=Existing.CREATE)
    assert resolution.references[of(SECTION, 2)].rows == {"CourseId": RowKey("course.xlsx", COURSE.sheet, 2)}


def test_an_identity_without_a_course_of_its_own_stays_as_it_is() -> None:
    known = decide(below(SECTION, 7), there=account(course(7))).references[of(SECTION, 2)].identity
    assert in_course(known, 9) == known
