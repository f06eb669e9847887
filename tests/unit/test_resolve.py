"""Which record stands above each row, and which rows are there already."""

import copy
import unicodedata
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.choices import Existing
from importer.entities import CLEAR, COURSE_ID, ENTITIES, LESSON, SECTION, Entity
from importer.model import Directory, Held, Outcome, Reference, Resolution, Revision, RowKey, Table, Verdict
from importer.normalise import normalise
from importer.problems import Code, Place, Problem
from importer.resolve import Policy, emptied, resolve
from importer.resolve.below import Emptied
from tests.builders import Grid, sheet_of

COURSE = 101
REQUIRED = {"DisplayOrder": 1, "UnlockType": "Immediate", "CompletionType": "Visited", "CourseId": COURSE}


def table(entity: Entity, *rows: Mapping[str, object], file: str = "course.xlsx") -> Table:
    """A table whose first row is row 2; required cells that are not given are filled."""
    names = [field.name for field in entity.columns]
    filled = [REQUIRED | dict(row) for row in rows]
    grid: Grid = [names, *([row.get(name) for name in names] for row in filled)]
    return normalise(sheet_of(grid, Place(file=file, sheet=entity.sheet), entity), {})


def sections(*titles: str, **more: object) -> Table:
    return table(SECTION, *({"Title": title, **more} for title in titles))


def lessons(*rows: Mapping[str, object], file: str = "course.xlsx") -> Table:
    return table(LESSON, *({"Title": f"Lesson {number}", **row} for number, row in enumerate(rows)), file=file)


def directory(*held: tuple[Entity, Held], courses: tuple[int, ...] = (COURSE, 102)) -> Directory:
    records = {
        (entity.kind, course): [one for kind, one in held if kind is entity and one.course == course]
        for entity in ENTITIES
        for course in courses
    }
    named = {(kind.kind, one.id): one for kind, one in held}
    return Directory(records=records, courses={course: "Hub" for course in courses}, named=named)


def section(id: int, title: str, course: int = COURSE) -> tuple[Entity, Held]:
    return SECTION, Held(id=id, title=title, course=course)


def lesson(id: int, title: str, parent: int | None = None) -> tuple[Entity, Held]:
    return LESSON, Held(id=id, title=title, course=COURSE, parent=parent)


def of(entity: Entity, row: int, file: str = "course.xlsx") -> RowKey:
    return RowKey(file, entity.sheet, row)


def decide(*tables: Table, there: Directory | None = None, **policy: object) -> Resolution:
    return resolve(tables, {}, there or directory(), Policy(**policy))  # type: ignore[arg-type]  # its fields by name


def refused(resolution: Resolution, row: int = 2, entity: Entity = LESSON) -> Problem:
    verdict = resolution.verdicts[of(entity, row)]
    assert verdict.outcome is Outcome.INVALID
    (problem,) = verdict.problems
    return problem


# --- the section of a lesson ----------------------------------------------------------------------------


def test_a_lesson_needs_no_section() -> None:
    assert decide(lessons({})).references[of(LESSON, 2)] == Reference(
        ids={"CourseId": 101}, identity="lessons\x1f101\x1f\x1fLesson 0\x1f0"
    )


def test_a_title_finds_the_section_of_this_import() -> None:
    resolution = decide(sections("Week 1", "Week 2"), lessons({"Section": "Week 2"}))
    assert resolution.references[of(LESSON, 2)].rows == {"SectionId": of(SECTION, 3)}


def test_a_title_finds_a_section_of_the_service() -> None:
    resolution = decide(lessons({"Section": "Week 1"}), there=directory(section(7, "Week 1")))
    assert resolution.references[of(LESSON, 2)].ids == {"CourseId": COURSE, "SectionId": 7}


def test_a_title_finds_a_section_of_another_file() -> None:
    resolution = decide(sections("Week 1"), lessons({"Section": "Week 1"}, file="more.csv"))
    assert resolution.references[of(LESSON, 2, "more.csv")].rows == {"SectionId": of(SECTION, 2)}


def test_a_number_finds_the_section() -> None:
    resolution = decide(lessons({"SectionId": 7}), there=directory(section(7, "Week 1")))
    assert resolution.references[of(LESSON, 2)].ids == {"CourseId": COURSE, "SectionId": 7}


@pytest.mark.parametrize("typed", ["  Café  1 ", "Café\u00a01", "Cafe\u0301 1", "Café\t1"])
def test_titles_are_compared_composed_and_with_white_space_folded(typed: str) -> None:
    there = directory(section(7, "Café 1"))
    assert decide(lessons({"Section": typed}), there=there).references[of(LESSON, 2)].ids == {
        "CourseId": COURSE,
        "SectionId": 7,
    }


@pytest.mark.parametrize("typed", ["week 1", "Week 10", "Week", "Week1"])
def test_titles_are_compared_in_full_and_with_case(typed: str) -> None:
    problem = refused(decide(lessons({"Section": typed}), there=directory(section(7, "Week 1"))))
    assert problem.code is Code.SECTION_UNKNOWN


def test_an_unknown_title_comes_with_the_nearest() -> None:
    problem = refused(decide(sections("Week 1"), lessons({"Section": "Wek 1"})))
    assert problem.code is Code.SECTION_UNKNOWN
    assert problem.column is not None
    assert problem.column.field == "Section"
    assert 'no section "Wek 1"' in problem.message
    assert 'Did you mean "Week 1"?' in problem.message


@pytest.mark.parametrize(("typed", "there"), [("Wеlсоmе", "Welcome"), ("Welcome", "Wеlсоmе")])
def test_letters_by_which_a_title_only_looks_like_another_are_named(typed: str, there: str) -> None:
    message = refused(decide(sections(there), lessons({"Section": typed}))).message
    assert f'Did you mean "{there}"? Letters that only look like Latin ones: "е", "с", "о".' in message


def test_titles_of_another_alphabet_are_told_apart_without_such_a_word() -> None:
    message = refused(decide(sections("Неделя 1"), lessons({"Section": "Неделя 2"}))).message
    assert 'Did you mean "Неделя 1"? Expected' in message


def test_an_unknown_title_that_is_like_no_other_suggests_nothing() -> None:
    assert "Did you mean" not in refused(decide(sections("Week 1"), lessons({"Section": "Kitchen"}))).message


def test_an_unknown_number_is_told_at_its_column() -> None:
    problem = refused(decide(lessons({"SectionId": 8})))
    assert (problem.code, problem.column and problem.column.field) == (Code.SECTION_UNKNOWN, "SectionId")


@pytest.mark.parametrize("row", [{"SectionId": 9}, {"Section": "Kitchen"}])
def test_a_section_of_another_course_is_told_as_such(row: dict[str, object]) -> None:
    problem = refused(decide(lessons(row), there=directory(section(9, "Kitchen", course=102))))
    assert problem.code is Code.SECTION_ELSEWHERE
    assert "belongs to course 102" in problem.message


def test_a_section_row_of_another_course_is_not_taken() -> None:
    problem = refused(decide(sections("Kitchen", CourseId=102), lessons({"Section": "Kitchen"})))
    assert problem.code is Code.SECTION_ELSEWHERE


def test_two_sections_in_the_service_are_ambiguous_and_both_named() -> None:
    there = directory(section(7, "Doors"), section(8, "Doors"))
    problem = refused(decide(lessons({"Section": "Doors"}), there=there))
    assert problem.code is Code.SECTION_AMBIGUOUS
    assert "number 7 in Nexudus, number 8 in Nexudus" in problem.message


def test_two_sections_in_the_workbook_are_ambiguous() -> None:
    resolution = decide(sections("Doors", "Doors"), lessons({"Section": "Doors"}), allow_duplicates=True)
    problem = refused(resolution)
    assert problem.code is Code.SECTION_AMBIGUOUS
    assert "Sections, row 2, Sections, row 3" in problem.message


def test_a_section_in_both_places_is_ambiguous() -> None:
    there = directory(section(7, "Doors"))
    resolution = decide(sections("Doors", "Doors"), lessons({"Section": "Doors"}), there=there, allow_duplicates=True)
    assert refused(resolution).code is Code.SECTION_AMBIGUOUS


def test_a_number_settles_which_of_two_is_meant() -> None:
    there = directory(section(7, "Doors"), section(8, "Doors"))
    resolution = decide(lessons({"Section": "Doors", "SectionId": 8}), there=there)
    assert resolution.references[of(LESSON, 2)].ids == {"CourseId": COURSE, "SectionId": 8}


def test_title_and_number_have_to_agree() -> None:
    problem = refused(decide(lessons({"Section": "Week 2", "SectionId": 7}), there=directory(section(7, "Week 1"))))
    assert problem.code is Code.SECTION_DISAGREES
    assert 'number 7 is called "Week 1"' in problem.message


# --- a section that does not come to be -----------------------------------------------------------------


def test_lessons_of_a_section_with_an_error_are_blocked_and_name_it() -> None:
    wrong = Problem(code=Code.MISSING, place=Place(file="course.xlsx", sheet="Sections"), row=2)
    tables = (sections("Week 1"), lessons({"Section": "Week 1"}))
    resolution = resolve(tables, {of(SECTION, 2): (wrong,)}, directory(), Policy())
    assert resolution.verdicts[of(SECTION, 2)] == Verdict(outcome=Outcome.INVALID, problems=(wrong,))
    verdict = resolution.verdicts[of(LESSON, 2)]
    assert verdict.outcome is Outcome.BLOCKED
    assert '"Week 1" (Sections, row 2) has to be corrected' in verdict.problems[0].message


def test_a_warning_keeps_no_row_from_being_sent() -> None:
    tables = (sections("Week 1"),)
    warning = Problem(code=Code.TOO_FEW_CELLS, row=2)
    assert of(SECTION, 2) in resolve(tables, {of(SECTION, 2): (warning,)}, directory(), Policy()).references


def test_lessons_of_a_section_in_doubt_wait_for_it() -> None:
    tables = (sections("Week 1"), lessons({"Section": "Week 1"}))
    doubt = decide(*tables).references[of(SECTION, 2)].identity
    references = decide(*tables, doubts={doubt}).references
    assert references[of(SECTION, 2)].in_doubt
    assert references[of(LESSON, 2)].rows == {"SectionId": of(SECTION, 2)}


def test_lessons_that_are_below_a_section_in_doubt_are_there() -> None:
    tables = (sections("Week 1"), lessons({"Section": "Week 1", "Title": "Keys"}))
    doubt = decide(*tables).references[of(SECTION, 2)].identity
    there = directory(section(7, "Week 1"), lesson(70, "Keys", 7))
    assert decide(*tables, there=there, doubts={doubt}).verdicts[of(LESSON, 2)].id == 70


# --- what is there already ------------------------------------------------------------------------------

THERE = directory(section(7, "Week 1"), lesson(70, "Keys", 7), lesson(71, "Doors"))
TABLES = (sections("Week  1"), lessons({"Section": "Week 1", "Title": "Keys"}, {"Title": "Doors"}, {"Title": "Keys"}))


def test_what_is_there_is_skipped_with_its_number() -> None:
    resolution = decide(*TABLES, there=THERE)
    assert {key.row: verdict.id for key, verdict in resolution.verdicts.items() if key.sheet == "Lessons"} == {
        2: 70,
        3: 71,
    }
    assert resolution.verdicts[of(SECTION, 2)] == Verdict(outcome=Outcome.EXISTS, id=7)
    assert list(resolution.references) == [of(LESSON, 4)]


def test_what_is_there_is_an_error_if_the_user_says_so() -> None:
    resolution = decide(*TABLES, there=THERE, on_existing=Existing.ERROR)
    assert refused(resolution, 2, SECTION).code is refused(resolution, 3).code is Code.EXISTS_ALREADY
    assert "number 71" in refused(resolution, 3).message


def test_what_is_there_is_created_again_if_the_user_says_so() -> None:
    resolution = decide(*TABLES, there=THERE, on_existing=Existing.CREATE)
    assert resolution.verdicts == {}
    assert resolution.references[of(LESSON, 2)].rows == {"SectionId": of(SECTION, 2)}


def test_what_is_created_again_goes_on_below_the_section_that_the_stopped_run_made() -> None:
    made = {decide(*TABLES, there=THERE, on_existing=Existing.CREATE).references[of(SECTION, 2)].identity: 8}
    there = directory(section(7, "Week 1"), section(8, "Week 1"))
    resolution = decide(*TABLES, there=there, on_existing=Existing.CREATE, made=made)
    assert resolution.references[of(LESSON, 2)].ids == {"CourseId": COURSE, "SectionId": 8}


def test_what_is_there_twice_is_told() -> None:
    verdict = decide(lessons({"Title": "Keys"}), there=directory(lesson(5, "Keys"), lesson(6, "Keys"))).verdicts[
        of(LESSON, 2)
    ]
    assert (verdict.outcome, verdict.id, [one.code for one in verdict.problems]) == (
        Outcome.EXISTS,
        5,
        [Code.EXISTS_TWICE],
    )


def test_with_duplicates_allowed_each_row_takes_one_record() -> None:
    rows = lessons(*[{"Title": "Keys"}] * 3)
    resolution = decide(rows, there=directory(lesson(6, "Keys"), lesson(5, "Keys")), allow_duplicates=True)
    assert [verdict.id for verdict in resolution.verdicts.values()] == [5, 6]
    assert list(resolution.references) == [of(LESSON, 4)]


def test_one_title_in_two_sections_is_no_duplicate() -> None:
    resolution = decide(
        sections("A", "B"), lessons(*({"Title": "Keys", **row} for row in ({}, {"Section": "A"}, {"Section": "B"})))
    )
    assert resolution.verdicts == {}
    assert len({one.identity for one in resolution.references.values()}) == 5


def test_a_duplicate_may_only_show_once_the_section_is_known() -> None:
    rows = lessons({"Title": "Keys", "Section": "Week 1"}, {"Title": "Keys", "SectionId": 7})
    problem = refused(decide(rows, there=directory(section(7, "Week 1"))), 3)
    assert problem.code is Code.DUPLICATE_ROW
    assert "Lessons, row 2" in problem.message


def test_a_row_that_an_earlier_run_left_in_doubt_is_marked() -> None:
    rows = lessons({"Section": "Week 1"}, {})
    there = directory(section(7, "Week 1"))
    doubt = decide(rows, there=there).references[of(LESSON, 2)].identity
    resolution = decide(rows, there=there, doubts={doubt})
    assert {key.row: reference.in_doubt for key, reference in resolution.references.items()} == {2: True, 3: False}


def test_a_doubt_is_the_same_however_the_row_names_its_section() -> None:
    rows = (lessons({"Section": "Week 1"}), lessons({"SectionId": 7}), lessons({"Section": " Week  1"}))
    there = directory(section(7, "Week 1"))
    identities = [decide(one, there=there).references[of(LESSON, 2)].identity for one in rows]
    new = decide(sections("Week 1"), rows[0]).references[of(LESSON, 2)].identity
    assert {*identities, new} == {new}


def test_a_doubt_is_looked_into_also_where_a_record_is_there() -> None:
    rows = lessons({"Title": "Keys"})
    doubt = decide(rows).references[of(LESSON, 2)].identity
    resolution = decide(rows, there=directory(lesson(5, "Keys")), doubts={doubt})
    assert resolution.references[of(LESSON, 2)].in_doubt


def test_a_record_that_an_earlier_run_made_is_there_also_where_no_list_shows_it() -> None:
    rows = lessons({"Title": "Keys"})
    made = {decide(rows).references[of(LESSON, 2)].identity: 5}
    assert decide(rows, made=made).verdicts[of(LESSON, 2)] == Verdict(outcome=Outcome.EXISTS, id=5)


# --- courses --------------------------------------------------------------------------------------------


def test_a_course_that_is_not_there_is_told() -> None:
    problem = refused(decide(lessons({"CourseId": 999})))
    assert (problem.code, "999" in problem.message) == (Code.COURSE_UNKNOWN, True)


def test_a_course_that_an_option_gave_is_named_in_the_message() -> None:
    place = Place(file="lessons.csv", sheet=None)
    grid: Grid = [["Title", "CourseId", "DisplayOrder", "UnlockType", "CompletionType"], ["Keys", None, 1, 1, 1]]
    given = normalise(sheet_of(grid, place), {COURSE_ID.name: 999})
    problem = refused_in(decide(given), RowKey("lessons.csv", "", 2))
    assert "there is no course 999" in problem.message


def refused_in(resolution: Resolution, key: RowKey) -> Problem:
    return resolution.verdicts[key].problems[0]


def test_courses_that_could_not_be_looked_up_are_trusted() -> None:
    unseen = Directory(records={}, courses=None)
    assert decide(lessons({"CourseId": 999}), there=unseen).verdicts == {}


# --- in general -----------------------------------------------------------------------------------------

TITLES = st.sampled_from(["Keys", "Doors", "Week 1", "week 1", unicodedata.normalize("NFD", "Café"), "Café", " Keys "])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"Title": TITLES},
        optional={"Section": TITLES, "SectionId": st.integers(5, 9), "CourseId": st.sampled_from([101, 102, 103])},
    ),
    max_size=12,
)
HELD = st.lists(
    st.one_of(
        st.builds(section, st.integers(5, 9), TITLES, st.sampled_from([101, 102])),
        st.builds(lesson, st.integers(50, 60), TITLES, st.none() | st.integers(5, 9)),
    ),
    max_size=8,
    unique_by=lambda one: one[1].id,
)


@given(ROWS, ROWS, HELD, st.builds(Policy, on_existing=st.sampled_from(Existing), allow_duplicates=st.booleans()))
def test_every_row_has_one_answer_and_nothing_that_went_in_is_changed(
    above: list[dict[str, object]], below: list[dict[str, object]], held: list[tuple[Entity, Held]], policy: Policy
) -> None:
    tables = [table(SECTION, *above), table(LESSON, *below)]
    there = directory(*held)
    before = [one.rows.copy(deep=True) for one in tables], copy.deepcopy(there)
    resolution = resolve(tables, {}, there, policy)
    keys = [one.key(row) for one in tables for row in one.rows.index]
    assert sorted([*resolution.references, *resolution.verdicts]) == sorted(keys)
    assert all(resolution.references[key] for one in resolution.references.values() for key in one.rows.values())
    identities = [one.identity for one in resolution.references.values()]
    assert len(set(identities)) == len(identities)
    for one, was in zip(tables, before[0], strict=True):
        pd.testing.assert_frame_equal(one.rows, was)
    assert there == before[1]
    assert resolve(tables, {}, there, policy) == resolution


# --- rows that name their record outright ---------------------------------------------------------------


def test_a_number_finds_the_record_whatever_its_title() -> None:
    resolution = decide(lessons({"Id": 7, "Title": "Other"}), there=directory(lesson(7, "Lesson")))
    assert resolution.verdicts == {of(LESSON, 2): Verdict(outcome=Outcome.EXISTS, id=7)}


def test_a_number_tells_the_course() -> None:
    resolution = decide(lessons({"Id": 7, "CourseId": None}), there=directory(lesson(7, "Lesson")))
    assert resolution.verdicts[of(LESSON, 2)].id == 7


def test_a_number_that_nothing_of_the_kind_has() -> None:
    problem = refused(decide(lessons({"Id": 7}), there=directory(section(7, "Week 1"))))
    assert (problem.code, problem.column and problem.column.field, problem.value) == (Code.RECORD_UNKNOWN, "Id", 7)


def test_a_number_of_another_course() -> None:
    problem = refused(decide(lessons({"Id": 7, "CourseId": 102}), there=directory(lesson(7, "Lesson"))))
    assert (problem.code, problem.details["course"], problem.details["other_course"]) == (
        Code.RECORD_ELSEWHERE,
        102,
        101,
    )


def test_numbers_find_records_of_one_title_apart() -> None:
    there = directory(lesson(7, "A"), lesson(8, "A"))
    resolution = decide(lessons({"Id": 8, "Title": "A"}, {"Id": 7, "Title": "A"}), there=there)
    assert [verdict.id for verdict in resolution.verdicts.values()] == [8, 7]


@pytest.mark.parametrize("order", [1, -1])
def test_a_row_without_a_number_cannot_mean_the_record_of_another_row(order: int) -> None:
    rows: list[dict[str, object]] = [{"Id": 7, "Title": "A"}, {"Title": "A"}]
    rows = rows[::order]
    resolution = decide(lessons(*rows), there=directory(lesson(7, "A")))
    problem = refused(resolution, 3 if order == 1 else 2)
    assert (problem.code, problem.details["first"]) == (Code.DUPLICATE_ROW, f"Lessons, row {2 if order == 1 else 3}")
    both = decide(lessons(*rows), there=directory(lesson(7, "A")), allow_duplicates=True)
    assert (len(both.references), [verdict.id for verdict in both.verdicts.values()]) == (1, [7])


def test_a_number_counts_for_nothing_where_all_is_created() -> None:
    resolution = decide(lessons({"Id": 7}), on_existing=Existing.CREATE)
    assert [*resolution.references] == [of(LESSON, 2)]


def test_lessons_find_a_section_by_the_title_that_its_row_gives_it() -> None:
    renamed = table(SECTION, {"Id": 7, "Title": "New name"})
    there = directory(section(7, "Old name"))
    for title in ("New name", "Old name"):
        resolution = decide(renamed, lessons({"Section": title}), there=there)
        assert resolution.references[of(LESSON, 2)].ids["SectionId"] == 7


# --- rows that change what is there ---------------------------------------------------------------------

TO_UPDATE: dict[str, Any] = {"on_existing": Existing.UPDATE}


def changed(resolution: Resolution, entity: Entity = LESSON) -> dict[int, int | None]:
    """The record of each row that is to change one, by the number of the row."""
    return {key.row: one.record for key, one in resolution.references.items() if key.sheet == entity.sheet}


def test_rows_stand_for_the_records_with_their_number_or_title() -> None:
    there = directory(section(7, "Week 1"), lesson(20, "A", 7), lesson(21, "B"))
    rows = lessons({"Title": "A", "Section": "Week 1"}, {"Title": "B"}, {"Id": 21, "Title": "Z"}, {"Title": "New"})
    resolution = decide(rows, there=there, **TO_UPDATE)
    assert changed(resolution) == {2: 20, 4: 21, 5: None}
    assert refused(resolution, 3).code is Code.DUPLICATE_ROW


def test_a_lesson_that_names_no_section_is_looked_for_in_its_course() -> None:
    weeks = section(7, "Week 1"), section(8, "Week 2")
    there = directory(*weeks, lesson(20, "A", 7), lesson(21, "B", 7), lesson(22, "B", 8))
    rows = lessons({"Title": "A"}, {"Title": "B"}, {"Title": "A", "Section": "Week 2"})
    resolution = decide(rows, there=there, **TO_UPDATE)
    assert changed(resolution) == {2: 20, 4: None}
    assert (refused(resolution, 3).code, refused(resolution, 3).details["ids"]) == (Code.RECORD_AMBIGUOUS, "21, 22")
    assert changed(decide(lessons({"Title": "A", "Section": CLEAR}), there=there, **TO_UPDATE)) == {2: None}


def test_titles_that_change_places_are_asked_about() -> None:
    swapped = table(SECTION, {"Id": 7, "Title": "B"}, {"Id": 8, "Title": "A"})
    there = directory(section(7, "A"), section(8, "B"))
    resolution = decide(swapped, lessons({"Section": "A"}, {"SectionId": 7, "Section": "B"}), there=there, **TO_UPDATE)
    assert refused(resolution, 2).code is Code.SECTION_AMBIGUOUS
    assert resolution.references[of(LESSON, 3)].ids["SectionId"] == 7


def test_what_a_new_row_needs_is_asked_of_new_rows_alone() -> None:
    rows = lessons({"Title": "A"}, {"Title": "New"}, {"Title": "Below", "Section": "New section"})
    above = sections("New section")
    missing = {key: (Problem(code=Code.MISSING),) for key in (of(LESSON, 2), of(LESSON, 3), of(SECTION, 2))}
    policy = Policy(on_existing=Existing.UPDATE)
    resolution = resolve([rows, above], {}, directory(lesson(20, "A")), policy, missing)
    assert changed(resolution) == {2: 20}
    outcomes = {key: verdict.outcome for key, verdict in resolution.verdicts.items()}
    assert outcomes == {
        of(SECTION, 2): Outcome.INVALID,
        of(LESSON, 3): Outcome.INVALID,
        of(LESSON, 4): Outcome.BLOCKED,
    }


def test_a_record_that_no_list_shows_yet_is_changed_all_the_same() -> None:
    made = {"lessons\x1f101\x1f\x1fA\x1f0": 30}
    assert changed(decide(lessons({"Title": "A"}), made=made, **TO_UPDATE)) == {2: 30}


@pytest.mark.parametrize(
    ("action", "title", "code"),
    [
        ("create", "A", Code.NOT_NEW),
        ("create", "New", None),
        ("update", "A", None),
        ("update", "New", Code.NOTHING_TO_UPDATE),
        ("upsert", "New", None),
        ("delete", "A", Code.DELETE_NOT_ALLOWED),
    ],
)
@pytest.mark.parametrize("on_existing", [Existing.SKIP, Existing.UPDATE, Existing.ERROR])
def test_what_a_row_says_goes_before_what_the_command_says(
    action: str, title: str, code: Code | None, on_existing: Existing
) -> None:
    rows = lessons({"Title": title, "Action": action})
    resolution = decide(rows, there=directory(lesson(20, "A")), on_existing=on_existing)
    if code is not None:
        assert refused(resolution).code is code
    else:
        assert changed(resolution) == {2: 20 if title == "A" else None}


def test_rows_that_are_left_out_take_nothing_from_others() -> None:
    rows = lessons({"Id": 20, "Action": "skip"}, {"Title": "A"}, {"Title": "A", "Action": "skip"})
    resolution = decide(rows, there=directory(lesson(20, "A")), **TO_UPDATE)
    assert changed(resolution) == {3: 20}
    assert {verdict.outcome for verdict in resolution.verdicts.values()} == {Outcome.SKIPPED}


# --- what is below a record that is deleted -------------------------------------------------------------


def emptied_of(*tables: Table, there: Directory, moved: Mapping[RowKey, Revision] | None = None) -> Emptied:
    resolution = decide(*tables, there=there, allow_delete=True)
    return emptied(tables, resolution, there, moved or {})


def test_all_that_is_below_goes_first_or_nothing_goes() -> None:
    there = directory(section(7, "A"), lesson(20, "X", 7), lesson(21, "Y", 7))
    gone = table(SECTION, {"Id": 7, "Action": "delete"})
    both = emptied_of(gone, lessons({"Id": 20, "Action": "delete"}, {"Id": 21, "Action": "delete"}), there=there)
    assert both.after[of(SECTION, 2)] == (of(LESSON, 2), of(LESSON, 3))
    one = emptied_of(gone, lessons({"Id": 20, "Action": "delete"}), there=there)
    (problem,) = one.resolution.verdicts[of(SECTION, 2)].problems
    assert (problem.code, problem.details["records"]) == (Code.RECORDS_BELOW, "1 record")
    assert problem.details["inside"] == '"Y" (number 21)'
    assert of(LESSON, 2) in one.resolution.references


def test_what_comes_to_stand_below_keeps_a_record() -> None:
    gone = table(SECTION, {"Id": 7, "Action": "delete"})
    new = emptied_of(gone, lessons({"Title": "New", "SectionId": 7}), there=directory(section(7, "A")))
    (problem,) = new.resolution.verdicts[of(SECTION, 2)].problems
    assert (new.resolution.verdicts[of(SECTION, 2)].outcome, problem.details["inside"]) == (
        Outcome.INVALID,
        '"New" (row 2)',
    )
    moved = Revision(row=2, before={}, changes=(), payload={"SectionId": 7})
    into = lessons({"Id": 20, "SectionId": 7, "Action": "update"})
    there = directory(section(7, "A"), section(8, "B"), lesson(20, "X", 8))
    came = emptied_of(gone, into, there=there, moved={of(LESSON, 2): moved})
    (problem,) = came.resolution.verdicts[of(SECTION, 2)].problems
    assert problem.details["inside"] == "number 20 (row 2)"


def test_what_is_moved_away_does_not() -> None:
    there = directory(section(7, "A"), section(8, "B"), lesson(20, "X", 7))
    tables = table(SECTION, {"Id": 7, "Action": "delete"}), lessons({"Id": 20, "Section": "B", "Action": "update"})
    moved = Revision(row=2, before={}, changes=(), payload={"SectionId": 8})
    assert emptied_of(*tables, there=there, moved={of(LESSON, 2): moved}).after[of(SECTION, 2)] == (of(LESSON, 2),)
    assert emptied_of(*tables, there=there).resolution.verdicts[of(SECTION, 2)].outcome is Outcome.INVALID
