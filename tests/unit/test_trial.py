"""Trial slices: as many rows as asked for, with all that they need, differing as far as they can."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import (
    COMPLETION_TYPE,
    COURSE,
    COURSE_ID,
    LESSON,
    LESSON_CONTENTS,
    SECTION,
    SECTION_ID,
    UNLOCK_TYPE,
    Entity,
)
from importer.model import Operation, Outcome, RowKey, Verb
from importer.problems import Code
from importer.trial import left_for_later, look_of, trial
from tests.builders import operation_of


def row(
    number: int,
    entity: Entity = LESSON,
    below: Operation | None = None,
    more: Mapping[str, object] = MappingProxyType({}),
) -> Operation:
    """A row of the import; below a course or a section that the import creates too, if one is given."""
    one = operation_of(f"Title {number}", row=number, entity=entity)
    one = replace(one, payload={**one.payload, **more})
    if below is None:
        return one
    name = {COURSE.kind: COURSE_ID, SECTION.kind: SECTION_ID}[below.entity.kind].name
    parents = {**(below.parents if below.entity is SECTION else {}), name: below.key}
    return replace(one, parents=parents, payload={**one.payload, **dict.fromkeys(parents)})


def in_waves(*operations: Operation) -> tuple[Operation, ...]:
    kinds = [COURSE, SECTION, LESSON]
    return tuple(one for entity in kinds for one in operations if one.entity is entity)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Operation, ...]:
    """Courses, sections and lessons with some choices and texts, below each other or in a course that is there."""
    made: list[Operation] = []
    for entity in (COURSE, SECTION, LESSON):
        for _ in range(draw(st.integers(0, 8))):
            above = [None, *(one for one in made if one.entity is not entity)]
            below = draw(st.sampled_from(above if entity is not COURSE else [None]))
            more: dict[str, object] = {UNLOCK_TYPE.name: draw(st.integers(1, 3))}
            if entity is LESSON:
                more[COMPLETION_TYPE.name] = draw(st.integers(1, 4))
                more |= draw(st.sampled_from([{}, {LESSON_CONTENTS.name: "<p>é</p>"}]))
            made.append(row(len(made) + 2, entity, below, more))
    return tuple(made)


def rows_of(operations: Sequence[Operation], most: int, first: Sequence[RowKey] = ()) -> list[int]:
    """The numbers of the rows that are taken, in the order of the plan."""
    taken = trial(operations, most, first)
    return [one.key.row for one in operations if one.key in taken]


@given(plans(), st.integers(1, 30), st.data())
def test_a_slice_has_as_many_rows_as_asked_for_and_all_that_stand_above_them(
    operations: tuple[Operation, ...], most: int, data: st.DataObject
) -> None:
    keys = [one.key for one in operations]
    first = data.draw(st.lists(st.sampled_from(keys), max_size=3)) if keys else []
    taken = trial(operations, most, first)
    assert len(taken) == min(most, len(operations))
    assert taken <= set(keys)
    assert {above for one in operations if one.key in taken for above in one.parents.values()} <= taken


@given(plans(), st.integers(1, 30))
def test_the_same_plan_gives_the_same_slice_whatever_the_order_of_its_mappings(
    operations: tuple[Operation, ...], most: int
) -> None:
    again = [replace(one, payload=dict(reversed([*one.payload.items()]))) for one in operations]
    assert trial(operations, most) == trial(again, most)


@given(plans())
def test_with_room_for_it_every_look_is_there(operations: tuple[Operation, ...]) -> None:
    looks = {look_of(one) for one in operations}
    # Each look needs a row, and that at most two rows above it.
    taken = trial(operations, 3 * len(looks) + 1)
    assert {look_of(one) for one in operations if one.key in taken} == looks


@given(plans(), st.integers(1, 30))
def test_no_row_is_taken_for_nothing_while_a_combination_is_missing(
    operations: tuple[Operation, ...], most: int
) -> None:
    taken = trial(operations, most)
    shown = {look_of(one).combination for one in operations if one.key in taken}
    missing = {look_of(one).combination for one in operations} - shown
    if missing:
        assert 3 * len(shown) + 2 >= len(taken)


def test_each_combination_of_choices_comes_before_a_second_of_its_like() -> None:
    lessons = [
        row(number, more={UNLOCK_TYPE.name: unlock, COMPLETION_TYPE.name: completion})
        for number, (unlock, completion) in enumerate(
            [(1, 1), (1, 1), (2, 1), (1, 1), (2, 1), (2, 2), (1, 2), (1, 2)], start=2
        )
    ]
    assert rows_of(lessons, 4) == [2, 4, 7, 8]


def test_a_section_comes_with_some_of_its_lessons() -> None:
    first, second = row(2, SECTION), row(3, SECTION)
    lessons = [row(number, below=second if number % 2 else first) for number in range(12, 20)]
    assert rows_of(in_waves(first, second, *lessons), 4) == [2, 12, 14, 16]


def test_it_goes_all_the_way_down_first() -> None:
    course = row(2, COURSE)
    section = row(3, SECTION, course)
    lesson = row(4, LESSON, section)
    others = [row(number, COURSE, more={UNLOCK_TYPE.name: number % 3}) for number in range(10, 16)]
    assert rows_of(in_waves(*others, course, section, lesson), 3) == [2, 3, 4]


def test_a_column_that_is_seldom_filled_is_shown() -> None:
    lessons = [row(number) for number in range(2, 40)]
    lessons.append(row(40, more={LESSON_CONTENTS.name: "<p>Where the keys are.</p>"}))
    assert 40 in rows_of(lessons, 2)


def test_the_longest_text_is_shown() -> None:
    lengths = [50, 60, 20_000, 70]
    lessons = [row(number, more={LESSON_CONTENTS.name: "x" * size}) for number, size in enumerate(lengths, start=2)]
    assert rows_of(lessons, 2) == [2, 4]


def test_each_thing_that_is_done_is_shown() -> None:
    lessons = [row(number) for number in range(2, 12)]
    lessons[7] = replace(lessons[7], verb=Verb.UPDATE, id=7)
    lessons[9] = replace(lessons[9], verb=Verb.DELETE, id=9, payload={})
    assert rows_of(lessons, 3) == [2, 9, 11]


def test_a_section_is_deleted_with_its_lessons_or_not_at_all() -> None:
    def deleted(number: int, entity: Entity = LESSON, section: int | None = None) -> Operation:
        before = {COURSE_ID.name: 101, SECTION_ID.name: section}
        return replace(row(number, entity), verb=Verb.DELETE, id=number, payload={}, before=before)

    lessons = [deleted(number, section=30) for number in range(2, 5)]
    operations = [*lessons, deleted(5), deleted(30, SECTION)]
    assert rows_of(operations, 4) == [2, 3, 4, 30]
    assert 30 not in rows_of(operations, 3) and len(rows_of(operations, 3)) == 3


def test_what_is_in_doubt_comes_first_with_what_stands_above_it() -> None:
    section = row(2, SECTION)
    lessons = [*(row(number) for number in range(12, 20)), row(20, below=section)]
    operations = in_waves(section, *lessons)
    assert rows_of(operations, 2, [lessons[-1].key]) == [2, 20]
    assert rows_of(operations, 1, [lessons[-1].key]) == [12]


def test_a_slice_of_a_large_import_takes_no_time() -> None:
    sections = [row(number, SECTION) for number in range(1000)]
    lessons = [
        row(
            number, below=sections[number % 1000], more={UNLOCK_TYPE.name: number % 3, COMPLETION_TYPE.name: number % 4}
        )
        for number in range(1000, 20_000)
    ]
    assert len(trial(in_waves(*sections, *lessons), 15_000)) == 15_000


@pytest.mark.parametrize("most", [1, 3])
def test_of_the_others_it_is_said_that_they_are_left(most: int) -> None:
    (key, verdict), *_ = left_for_later([row(7), row(8)], most).items()
    assert (key.row, verdict.outcome, verdict.id) == (7, Outcome.PENDING, None)
    (problem,) = verdict.problems
    assert (problem.code, problem.row, problem.details) == (Code.LEFT_FOR_LATER, 7, {"limit": most})
