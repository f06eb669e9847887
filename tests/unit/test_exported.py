"""Exported files say what the records say, to the letter, when the importer reads them again."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.derive.compare import differing
from importer.derive.exported import count_formulas, exported_csv, exported_workbook
from importer.derive.present import Presented, present
from importer.entities import COURSE, ENTITIES, LESSON, SECTION, Entity, Field, Kind
from importer.load import load
from importer.normalise import normalise

LETTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd\ufffe\uffff", include_characters="\n\t"
)
ODD = [
    "=1+1",
    "'7",
    '"',
    '""',
    '"a" b',
    "a,b;c|d\te",
    "x\r\ny",
    "x\ry",
    " x ",
    "_x0041_",
    "_x000D_",
    "#N/A",
    "007",
    "NULL",
]
TEXTS = st.text(LETTERS, max_size=12) | st.sampled_from(ODD)


def values(entity: Entity, field: Field) -> st.SearchStrategy[object]:
    """What the service may hold in a field."""
    if field.choices:
        return st.sampled_from([choice.number for choice in field.choices])
    if field.kind is Kind.YES_NO:
        return st.none() | st.booleans()
    if field.kind is Kind.WHOLE:
        return st.integers(field.minimum or 0, 10**9)
    return st.just("x") if field.name == entity.natural_key[-1] else st.none() | TEXTS


@st.composite
def records(draw: st.DrawFn, entity: Entity) -> list[dict[str, Any]]:
    fields = {field.name: values(entity, field) for field in entity.fields if field.sent}
    found = draw(st.lists(st.fixed_dictionaries(fields), min_size=1, max_size=3))
    return [{**one, "Id": number, "UpdatedOn": "2026-01-05T10:00:00Z"} for number, one in enumerate(found, start=1)]


def read(path: Path, entity: Entity) -> list[dict[str, object]]:
    """The typed rows of an exported file."""
    sheets = [sheet for sheet in load(str(path), kind=None).sheets if sheet.entity is entity]
    table = normalise(sheets[0], {})
    assert not any(problem.is_error for problem in table.problems)
    frame = table.rows.astype(object)
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def written(folder: str, entity: Entity, presented: Presented, *, is_csv: bool) -> Path:
    path = Path(folder, "a.csv" if is_csv else "a.xlsx")
    rows = presented.rows
    one = exported_csv(entity, rows[entity.kind], with_ids=True)
    path.write_bytes(one if is_csv else exported_workbook(ENTITIES, rows, with_ids=True))
    return path


def says_the_same(entity: Entity, some: list[dict[str, Any]], *, is_csv: bool) -> None:
    presented = present({entity.kind: some})
    with TemporaryDirectory() as folder:
        rows = {row["Id"]: row for row in read(written(folder, entity, presented, is_csv=is_csv), entity)}
    for record in some:
        row = rows[record["Id"]]
        days_count = record.get("UnlockType") == 3
        held = record if days_count or "UnlockAfterDays" not in record else {**record, "UnlockAfterDays": 0}
        assert [field.name for field in differing(entity, row, held)] == []
        bodies = [field.name for field in entity.fields if field.kind is Kind.BODY]
        # What differs only in line ends counts as the same above, and is exported to the letter all the same.
        assert [row[name] for name in bodies] == [_or_none(record[name]) for name in bodies]
        assert row["UpdatedOn"] == record["UpdatedOn"]


def _or_none(text: str | None) -> str | None:
    return text if text and not text.isspace() else None


@settings(max_examples=25, deadline=None)
@given(some=records(COURSE), is_csv=st.booleans())
def test_courses(some: list[dict[str, Any]], is_csv: bool) -> None:
    says_the_same(COURSE, some, is_csv=is_csv)


@settings(max_examples=25, deadline=None)
@given(some=records(SECTION), is_csv=st.booleans())
def test_sections(some: list[dict[str, Any]], is_csv: bool) -> None:
    says_the_same(SECTION, some, is_csv=is_csv)


@settings(max_examples=40, deadline=None)
@given(some=records(LESSON), is_csv=st.booleans())
def test_lessons(some: list[dict[str, Any]], is_csv: bool) -> None:
    says_the_same(LESSON, some, is_csv=is_csv)


def test_the_same_rows_are_the_same_bytes() -> None:
    rows = present({SECTION.kind: [{"Id": 1, "Title": "A", "CourseId": 5}]}).rows
    assert exported_workbook(ENTITIES, rows, with_ids=True) == exported_workbook(ENTITIES, rows, with_ids=True)
    without = exported_csv(SECTION, rows[SECTION.kind], with_ids=False).decode("utf-8-sig").splitlines()[0]
    assert without.split(",") == [field.name for field in SECTION.fields]


def test_texts_that_begin_like_formulas_are_counted() -> None:
    rows = present({SECTION.kind: [{"Id": 1, "Title": "=A", "SectionContents": "-x"}, {"Id": 2, "Title": "A=1"}]}).rows
    assert count_formulas(rows[SECTION.kind]) == 2
