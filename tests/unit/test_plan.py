"""The plan: waves, bodies and what they cost."""

from dataclasses import replace

import pytest

from importer.entities import LESSON, SECTION, Entity
from importer.model import Cost, Directory, Operation, Plan, RowKey, Table, Verb
from importer.normalise import normalise
from importer.plan import make_plan, part_of, plan_of
from importer.problems import Place
from importer.resolve import Policy, resolve
from importer.settings import Limits
from tests.builders import Grid, operation_of, sheet_of

SECTIONS: Grid = [
    ["CourseId", "Title", "DisplayOrder", "UnlockType"],
    [101, "Week 1", 1, "Immediate"],
    [101, "Week 2", 2, "Sequential"],
]
LESSONS: Grid = [
    ["Title", "CourseId", "Section", "DisplayOrder", "UnlockType", "CompletionType"],
    ["Keys", 101, "Week 2", 1, 1, 2],
    ["Doors", 101, None, 2, 1, 2],
]
LIMITS = Limits(writes_per_minute=2, writes_per_day=10, requests_per_minute=0, min_interval=0)


def tables(*, file: str = "course.xlsx") -> list[Table]:
    grids = {SECTION: SECTIONS, LESSON: LESSONS}
    return [normalise(sheet_of(grids[one], Place(file=file, sheet=one.sheet), one), {}) for one in (LESSON, SECTION)]


def planned(limits: Limits = LIMITS, *, written_today: int = 0) -> Plan:
    given = tables()
    resolution = resolve(given, {}, Directory(records={}, courses=None), Policy())
    return make_plan(given, resolution, limits, written_today=written_today)


def test_sections_come_before_lessons_each_in_the_order_of_the_sheet() -> None:
    waves = planned().waves
    assert [[one.title for one in wave] for wave in waves] == [["Week 1", "Week 2"], ["Keys", "Doors"]]
    assert [wave[0].entity for wave in waves] == [SECTION, LESSON]


def test_the_row_of_a_section_is_named_where_its_number_will_stand() -> None:
    keys, doors = planned().waves[1]
    assert keys.parents == {"SectionId": RowKey("course.xlsx", "Sections", 3)}
    assert list(keys.payload.items())[:3] == [("CourseId", 101), ("SectionId", None), ("Title", "Keys")]
    assert (doors.parents, "SectionId" in doors.payload) == ({}, False)


def test_columns_are_the_users_own() -> None:
    columns = planned().waves[1][0].columns
    assert (columns["CourseId"].letter, columns["Section"].label, columns["Active"].letter) == ("B", "C Section", None)


@pytest.mark.parametrize(("written", "left"), [(0, 10), (7, 3), (99, 0)])
def test_the_cost_is_told_before_anything_is_sent(written: int, left: int) -> None:
    assert planned(written_today=written).cost == Cost(writes=4, reads=0, seconds=60, left_today=left)


def test_without_a_limit_of_the_day_nothing_is_counted_down() -> None:
    assert planned(LIMITS.model_copy(update={"writes_per_day": 0})).cost.left_today is None


def test_nothing_to_send_is_an_empty_plan() -> None:
    given = tables()
    resolution = resolve(given, {}, Directory(records={}, courses={}), Policy())
    assert make_plan(given, resolution, LIMITS) == Plan(
        waves=(), cost=Cost(writes=0, reads=0, seconds=0, left_today=10)
    )


def test_the_same_input_gives_the_same_plan() -> None:
    assert planned() == planned()


def changes(count: int, verb: Verb, entity: Entity = LESSON) -> list[Operation]:
    first = 100 * [*Verb].index(verb)
    rows = range(first, first + count)
    return [replace(operation_of(f"{verb} {row}", row=row, entity=entity), verb=verb, id=row) for row in rows]


def test_what_changes_is_read_first_and_that_costs_a_read_each() -> None:
    limits = LIMITS.model_copy(update={"writes_per_minute": 0, "requests_per_minute": 2})
    plan = plan_of([operation_of("New"), *changes(2, Verb.UPDATE), *changes(1, Verb.DELETE)], limits, reads=5)
    assert (plan.cost.writes, plan.cost.reads, plan.cost.seconds) == (4, 8, 180)
    part = part_of(plan, {one.key for one in plan.operations if one.verb is Verb.UPDATE}, limits)
    assert (part.cost.writes, part.cost.reads, part.cost.seconds) == (2, 7, 60)


def test_what_is_deleted_goes_last_and_from_the_bottom() -> None:
    given = [
        *changes(1, Verb.DELETE, SECTION),
        *changes(1, Verb.DELETE),
        *changes(1, Verb.UPDATE),
        *changes(1, Verb.UPDATE, SECTION),
    ]
    found = [(one.verb, one.entity.kind) for one in plan_of(given, LIMITS).operations]
    assert found == [
        (Verb.UPDATE, SECTION.kind),
        (Verb.UPDATE, LESSON.kind),
        (Verb.DELETE, LESSON.kind),
        (Verb.DELETE, SECTION.kind),
    ]
