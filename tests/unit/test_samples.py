import csv
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from importer.entities import (
    COMPLETION_TYPE,
    COURSE_ID,
    ENTITIES,
    ID,
    LESSON,
    SECTION,
    SECTION_ID,
    TITLE,
    UNLOCK_TYPE,
    Entity,
    Field,
)
from importer.model import Directory, Held, RowKey
from importer.prepare import Prepared, prepare
from importer.problems import Code, Problem
from importer.resolve import Policy, resolve
from importer.sandbox.seed import COURSES, seed
from importer.sandbox.store import Query, Store
from importer.settings import read_settings
from tools.generate import same
from tools.samples import course_rows, mistakes, sample_files

Finding = tuple[str, int, str]
"""Kind, row and code."""


Prepare = Callable[..., Prepared]


@pytest.fixture
def ready(root: Path, tmp_path: Path) -> Prepare:
    def read(*names: str) -> Prepared:
        return prepare([str(root / "sample_data" / name) for name in names], read_settings({"report_dir": tmp_path}))

    return read


def expected(found: str) -> set[Finding]:
    """The mistakes of rows that are found at that stage."""
    return {
        (one.kind, row, notes["code"])
        for one, row, notes in mistakes()
        if notes["found"] == found and notes["code"] != Code.UNKNOWN_COLUMN
    }


def findings(ready: Prepared, problems: Mapping[RowKey, Sequence[Problem]]) -> list[Finding]:
    kinds = {table.sheet.place.sheet: table.entity.kind for table in ready.tables}
    return [(kinds[key.sheet], key.row, problem.code.value) for key, found in problems.items() for problem in found]


@pytest.fixture
def sandbox() -> Iterator[Directory]:
    """What the sandbox holds when it starts."""
    with closing(seed(Store())) as store:
        records = {
            (one.kind, course): [
                held(one, record) for record in store.find(one, Query(equal={COURSE_ID.name: course}))[0]
            ]
            for one in ENTITIES
            if one.scope is not None
            for course in COURSES
        }
        yield Directory(records=records, courses=COURSES)


def held(one: Entity, record: Mapping[str, Any]) -> Held:
    parent = record[SECTION_ID.name] if one is LESSON else None
    return Held(id=record[ID], title=record[TITLE.name], course=record[COURSE_ID.name], parent=parent)


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.name)
def test_the_committed_sample_is_the_generated_one(path: Path) -> None:
    assert same(path, sample_files()[path])


def test_the_course_is_a_whole_one() -> None:
    rows = course_rows()
    assert len(rows[SECTION.kind]) >= 6
    assert len(rows[LESSON.kind]) >= 44
    assert {row[COURSE_ID.name] for kind in rows.values() for row in kind} == {101}


@pytest.mark.parametrize("field", [UNLOCK_TYPE, COMPLETION_TYPE], ids=lambda field: field.name)
def test_the_course_uses_every_choice_of_a_lesson(field: Field) -> None:
    used = {row[field.name] for row in course_rows()[LESSON.kind]}
    assert used == {choice.name for choice in field.choices}


@pytest.mark.parametrize(
    "names", [["onboarding.xlsx"], ["onboarding-sections.csv", "onboarding-lessons.csv"]], ids=["xlsx", "csv"]
)
def test_the_course_has_no_problem(ready: Prepare, names: list[str]) -> None:
    course = ready(*names)
    assert course.found == {}
    assert sum(len(table.rows) for table in course.tables) == sum(len(rows) for rows in course_rows().values())


@pytest.mark.parametrize(
    "names", [["onboarding.xlsx"], ["onboarding-sections.csv", "onboarding-lessons.csv"]], ids=["xlsx", "csv"]
)
def test_every_row_of_the_course_can_be_sent_to_the_sandbox(
    ready: Prepare, sandbox: Directory, names: list[str]
) -> None:
    course = ready(*names)
    assert resolve(course.tables, course.found, sandbox, Policy()).verdicts == {}


@pytest.mark.parametrize("one", [SECTION, LESSON], ids=lambda one: one.kind)
def test_the_csv_and_the_workbook_hold_the_same(root: Path, one: Entity) -> None:
    folder = root / "sample_data"
    with (folder / f"onboarding-{one.kind}.csv").open(encoding="utf-8-sig", newline="") as lines:
        told = list(csv.reader(lines))[1:]
    sheet = load_workbook(folder / "onboarding.xlsx")[one.sheet]
    cells = [
        ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)
    ]
    assert cells == told


def test_check_finds_each_mistake_that_the_file_shows_and_no_other(ready: Prepare) -> None:
    wrong = ready("with_mistakes.xlsx")
    found = findings(wrong, wrong.found)
    assert len(found) == len(expected("check"))
    assert set(found) == expected("check")


def test_a_message_points_at_the_column_of_the_mistake(ready: Prepare) -> None:
    noted = {(one.sheet, row): notes["column"] for one, row, notes in mistakes()}
    for key, problems in ready("with_mistakes.xlsx").found.items():
        assert [problem.column and problem.column.field for problem in problems] == [noted[key.sheet, key.row]]


def test_check_warns_of_the_unknown_column(ready: Prepare) -> None:
    warned = [problem for problem in ready("with_mistakes.xlsx").problems if problem.code is Code.UNKNOWN_COLUMN]
    assert [problem.value for problem in warned] == ["Colour"]


def test_plan_finds_the_mistakes_that_take_a_look_into_the_sandbox(ready: Prepare, sandbox: Directory) -> None:
    wrong = ready("with_mistakes.xlsx")
    verdicts = resolve(wrong.tables, wrong.found, sandbox, Policy()).verdicts
    found = findings(wrong, {key: verdict.problems for key, verdict in verdicts.items() if key not in wrong.found})
    assert len(found) == len(expected("plan"))
    assert set(found) == expected("plan")


def test_every_mistake_is_noted_where_it_is(root: Path) -> None:
    text = (root / "sample_data" / "README.md").read_text(encoding="utf-8")
    for one, row, notes in mistakes():
        assert f"| {one.sheet} | {row} | {notes['column']} | {notes['mistake']} |" in text


def test_a_mistake_is_there_once(root: Path) -> None:
    told = tomllib.loads((root / "sample_data" / "with_mistakes.toml").read_text(encoding="utf-8"))
    rows = [row for one in ENTITIES for row in told.get(one.kind, ())]
    seen = Counter((row["code"], row["mistake"]) for row in rows if "mistake" in row)
    assert set(seen.values()) == {1}
