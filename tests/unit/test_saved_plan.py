"""Saved plans: what is written is read again, what is the same is not refused, what is not the same is named."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import DISPLAY_ORDER, LESSON, SECTION, SECTION_ID, TITLE, UNLOCK_TYPE, UPDATED_ON
from importer.errors import PlanFileError
from importer.model import Directory, Held, Operation, Outcome, Row, RowKey, Verb, Verdict
from importer.problems import Code, Problem
from importer.saved_plan import Present, SavedPlan, differences, keep, steps_of
from importer.saved_plan.file import read_plan
from importer.saved_plan.form import FORMAT, VERSION, SavedFile, SavedRow, seen
from importer.saved_plan.making import MATTERS, lists_of, place_of, step_of
from importer.settings import Settings
from tests.builders import operation_of

FILES = {"course.xlsx": "a" * 64}
NUMBERS = {"course.xlsx": 0}
FREE = {
    "settings that say who signs in and where, of which a plan has its own": "token username password totp base_url",
    "of how a command answers": "yes lang quiet verbose as_json report_dir output force plan verify",
    "of how fast it sends": "concurrency writes_per_minute writes_per_day requests_per_minute requests_per_hour "
    "min_interval settle",
    "of this machine": "journal state_dir journal_address sandbox trust_env connect_timeout read_timeout "
    "answer_timeout",
    "of how large a file may be": "max_file_mb max_unpacked_mb max_ratio max_entries max_rows max_columns max_cells "
    "max_characters max_memory_mb max_seconds",
    "of check alone": "suggest_mapping",
    "of undo alone": "dry_run",
}
"""Settings that a run of a plan may have otherwise than the plan."""


def row_of(operation: Operation, outcome: Outcome = Outcome.PENDING, id: int | None = None) -> Row:
    verdict = Verdict(outcome=outcome, id=id)
    return Row(
        key=operation.key,
        place=operation.place,
        kind=operation.entity.kind,
        title=operation.title,
        verdict=verdict,
    )


def present(operations: Sequence[Operation], *others: Row, held: Sequence[Held] = (), **more: Any) -> Present:
    return Present(
        files=more.pop("files", FILES),
        others={},
        rows=(*map(row_of, operations), *others),
        operations={one.key: one for one in operations},
        directory=Directory(records={(LESSON.kind, 101): held, (SECTION.kind, 101): ()}, courses={101: "Welcome"}),
        **more,
    )


def saved(now: Present) -> SavedPlan:
    """A plan that was saved when things stood like this."""
    rows = [
        SavedRow(
            place=place_of(row.key, NUMBERS),
            outcome=row.verdict.outcome,
            id=row.verdict.id,
            step=step_of(now.operations[row.key], NUMBERS) if row.key in now.operations else None,
        )
        for row in now.rows
    ]
    return SavedPlan(
        format=FORMAT,
        version=VERSION,
        made=datetime(2026, 7, 1, tzinfo=UTC),
        run="0123456789ab",
        service="https://spaces.nexudus.com",
        account=None,
        options={},
        mapping_sha256=None,
        files=tuple(SavedFile(name=name, sha256=digest) for name, digest in now.files.items()),
        courses=None if now.directory.courses is None else dict(now.directory.courses),
        lists=lists_of(now.directory, {101}),
        rows=tuple(rows),
    )


def told(before: Present, after: Present) -> dict[int, str]:
    """What is said of each row, where the plan was saved before."""
    return {key.row: problem.message for key, problem in differences(saved(before), after).rows.items()}


def lesson(row: int = 2) -> Operation:
    return operation_of(f"Lesson {row}", row=row)


def with_unlock(value: object) -> Operation:
    return replace(lesson(), payload={**lesson().payload, UNLOCK_TYPE.name: value})


def edited(row: int = 2, more: Mapping[str, object] = MappingProxyType({})) -> Operation:
    """A row that changes a record; `more` goes into what the record held."""
    before = {TITLE.name: "Keys", UPDATED_ON.name: "2026-07-01T10:00:00Z", "Views": row, **more}
    return replace(lesson(row), verb=Verb.UPDATE, id=70 + row, payload={DISPLAY_ORDER: 3}, before=before)


def done(row: int, id: int, outcome: Outcome = Outcome.EXISTS) -> Row:
    return row_of(lesson(row), outcome, id)


@st.composite
def moments(draw: st.DrawFn) -> Present:
    """Some rows to be sent, some not, and what the course holds."""
    values = st.one_of(st.none(), st.booleans(), st.integers(), st.text())
    operations = [
        replace(draw(st.sampled_from([lesson, edited]))(row), payload=draw(st.dictionaries(st.text(), values)))
        for row in range(2, 2 + draw(st.integers(0, 4)))
    ]
    outcomes = st.sampled_from([Outcome.EXISTS, Outcome.INVALID, Outcome.BLOCKED, Outcome.PENDING])
    others = [done(row, row, draw(outcomes)) for row in range(20, 20 + draw(st.integers(0, 3)))]
    held = [Held(id=n, title=draw(st.text()), course=101, parent=7) for n in range(1, 1 + draw(st.integers(0, 3)))]
    return present(operations, *others, held=held)


@given(moments())
def test_what_is_as_it_was_is_no_difference_also_after_reading_it_again(now: Present) -> None:
    plan = SavedPlan.model_validate_json(saved(now).model_dump_json())
    assert plan == saved(now)
    assert not differences(plan, now)
    assert steps_of(plan, list(FILES)) == set(now.operations)


@given(moments(), st.data())
def test_each_row_that_would_be_sent_otherwise_is_named(now: Present, data: st.DataObject) -> None:
    if not now.operations:
        return
    key = data.draw(st.sampled_from(sorted(now.operations)))
    name = data.draw(st.sampled_from([UNLOCK_TYPE.name, "Whatever"]))
    payload = {**now.operations[key].payload, name: data.draw(st.sampled_from(["", 9, True, "text"]))}
    after = replace(now, operations={**now.operations, key: replace(now.operations[key], payload=payload)})
    assert set(differences(saved(now), after).rows) == {key}


@pytest.mark.parametrize(("then", "now"), [(1, True), (0, False), (None, 0), ("1", 1), ([1], [2]), (1.5, 1.25)])
def test_values_that_are_not_the_same_do_not_look_the_same(then: object, now: object) -> None:
    assert told(present([with_unlock(then)]), present([with_unlock(now)]))


def test_a_row_that_does_something_else_now_is_told_by_both() -> None:
    assert told(present([lesson()]), present([], done(2, 7)))[2].startswith(
        "Lessons, row 2: in the plan: create; now: exists 7. "
    )
    assert "in the plan: exists 7; now: create." in told(present([], done(2, 7)), present([lesson()]))[2]
    assert "in the plan: exists 7; now: exists 8." in told(present([], done(2, 7)), present([], done(2, 8)))[2]
    assert "in the plan: create; now: update 72." in told(present([lesson()]), present([edited()]))[2]
    assert "in the plan: update 72; now: exists 72." in told(present([edited()]), present([], done(2, 72)))[2]


def test_what_was_left_for_later_is_not_what_a_plan_is_about() -> None:
    before = present([], done(2, 7, Outcome.PENDING))
    assert told(before, present([lesson()])) == {}
    assert steps_of(saved(before), list(FILES)) == frozenset()


def test_a_record_that_was_edited_is_told_and_what_no_sheet_can_say_does_not_count() -> None:
    later = edited(more={UPDATED_ON.name: "2026-07-02T10:00:00Z", TITLE.name: "Doors"})
    assert (
        f"number 72 was edited in Nexudus since ({TITLE.name}, {UPDATED_ON.name})."
        in told(present([edited()]), present([later]))[2]
    )
    assert told(present([edited()]), present([edited(more={"Views": 9})])) == {}


def test_what_runs_of_the_plan_have_done_is_no_difference() -> None:
    own = {(LESSON.kind, 7), (LESSON.kind, 73)}
    before = present([lesson(2), edited(3), lesson(4)], held=[Held(id=73, title="Keys", course=101)])
    held = [Held(id=7, title="Lesson 2", course=101), Held(id=73, title="Doors", course=101)]
    after = present([lesson(4)], done(2, 7), done(3, 73), held=held, done=own)
    assert told(before, after) == {}
    assert set(told(before, replace(after, done=frozenset()))) == {2, 3, 4}


def test_the_record_of_a_row_in_doubt_may_be_there() -> None:
    held = [Held(id=7, title="Lesson 2", course=101)]
    before, after = present([lesson(2), lesson(3)]), present([lesson(2), lesson(3)], held=held)
    assert set(told(before, after)) == {2, 3}
    assert told(before, replace(after, in_doubt={lesson(2).key})) == {}
    assert set(told(before, replace(after, in_doubt={lesson(3).key}))) == {2, 3}


def test_a_section_that_the_plan_made_stands_above_its_lessons() -> None:
    section = operation_of("Week 1", row=3, entity=SECTION)
    below = operation_of("Keys", row=2, section_row=3)
    before = present([section, replace(below, payload={**below.payload, SECTION_ID.name: None})])
    made = replace(below, payload={**below.payload, SECTION_ID.name: 9}, parents={})
    after = present([made], row_of(section, Outcome.EXISTS, 9), done={(SECTION.kind, 9)})
    assert told(before, after) == {}
    other = replace(made, payload={**made.payload, SECTION_ID.name: 8})
    assert SECTION_ID.name in told(before, replace(after, operations={other.key: other}))[2]


def test_many_changes_of_a_course_are_told_by_a_few() -> None:
    held = [Held(id=n, title=f"New {n}", course=101) for n in range(1, 9)]
    message = told(present([lesson()]), present([lesson()], held=held))[2]
    assert '(added: "New 1" 1, "New 2" 2, "New 3" 3, "New 4" 4, "New 5" 5, …; gone: -; changed: -)' in message


def test_a_course_that_has_another_title_is_not_as_it_was() -> None:
    now = present([lesson()])
    renamed = replace(now, directory=replace(now.directory, courses={101: "Hello"}))
    assert 'changed: "Hello" 101)' in told(now, renamed)[2]
    assert told(now, replace(now, directory=replace(now.directory, courses=None))) == {}


def test_files_and_rows_that_changed_are_told() -> None:
    found = differences(saved(present([lesson(2), lesson(3)])), present([lesson(2)], files={"new.xlsx": "b" * 64}))
    codes = [problem.code for problem in found.problems]
    assert codes == [Code.PLAN_FILE_CHANGED, Code.PLAN_ROWS_GONE]
    assert found.problems[0] == Problem(code=Code.PLAN_FILE_CHANGED, value="new.xlsx")
    assert RowKey("course.xlsx", LESSON.sheet, 2) in found.rows


def test_texts_are_kept_as_fingerprints_only() -> None:
    kept: Mapping[str, object] = {"text": seen("secret"), "number": seen(7), "yes": seen(True), "blank": seen(None)}
    assert "secret" not in json.dumps(kept)
    assert [kept["number"], kept["yes"], kept["blank"]] == [7, True, None]


def test_every_setting_either_holds_for_a_plan_or_is_free() -> None:
    free = {name for names in FREE.values() for name in names.split()}
    assert free | set(MATTERS) == set(Settings.model_fields)
    assert not free & set(MATTERS)


def test_a_plan_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    plan, path = saved(present([lesson()])), tmp_path / "a.plan.json"
    keep(plan, path, force=False)
    assert read_plan(path) == plan
    with pytest.raises(PlanFileError, match="is there already"):
        keep(plan, path, force=False)
    path.unlink()
    path.mkdir()
    with pytest.raises(PlanFileError):
        keep(plan, path, force=True)
    assert [one.name for one in tmp_path.iterdir()] == ["a.plan.json"]
