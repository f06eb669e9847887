"""Bodies, to the letter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.cells import is_clean
from importer.derive.payload import sent_values, with_parents
from importer.entities import LARGEST_WHOLE, LESSON, SECTION, Entity
from importer.model import Reference, RowKey
from importer.normalise import normalise
from importer.problems import Place
from tests.builders import sheet_of

FULL_LESSON = {
    "CourseId": "101", "Section": "Week 1", "SectionId": 7.0, "Title": " 007 ", "DisplayOrder": " 3 ",
    "UnlockType": "timed", "UnlockAfterDays": "14", "CompletionType": "Video", "SummaryText": "None",
    "LessonContents": " <p>https://youtu.be/aqz-KE-bpKQ</p>\n", "InstructorId": 9, "Active": "yes",
    "NewImageUrl": "https://example.com/a.png", "ClearImageFile": "No",
}  # fmt: skip
LESSON_BODY = (
    '{"CourseId": 101, "SectionId": 7, "Title": "007", "DisplayOrder": 3, "UnlockType": 3, "UnlockAfterDays": 14,'
    ' "CompletionType": 4, "SummaryText": "None", "LessonContents": " <p>https://youtu.be/aqz-KE-bpKQ</p>\\n",'
    ' "InstructorId": 9, "Active": true, "NewImageUrl": "https://example.com/a.png", "ClearImageFile": false}'
)
FULL_SECTION = {
    "CourseId": 101, "Title": "Week 1", "DisplayOrder": 0, "UnlockType": 2, "UnlockAfterDays": None,
    "SectionContents": "<p>\u00fc</p>", "Active": 0, "NewImageUrl": None, "ClearImageFile": True,
}  # fmt: skip
SECTION_BODY = (
    '{"CourseId": 101, "Title": "Week 1", "DisplayOrder": 0, "UnlockType": 2, "UnlockAfterDays": 0,'
    ' "SectionContents": "<p>\\u00fc</p>", "Active": false, "ClearImageFile": true}'
)


def bodies(entity: Entity, *rows: dict[str, object]) -> dict[int, dict[str, object]]:
    names = list(rows[0])
    sheet = sheet_of([names, *([row[name] for name in names] for row in rows)], Place(file="f", sheet="s"), entity)
    return dict(sent_values(entity, normalise(sheet, {}).rows))


@pytest.mark.parametrize(
    ("entity", "row", "body"), [(LESSON, FULL_LESSON, LESSON_BODY), (SECTION, FULL_SECTION, SECTION_BODY)]
)
def test_a_full_row_is_sent_as_the_service_wants_it(entity: Entity, row: dict[str, object], body: str) -> None:
    assert json.dumps(bodies(entity, row)[2]) == body


def test_blank_optional_cells_are_left_out_and_days_are_always_sent() -> None:
    row = {"CourseId": 101, "Title": "Keys", "DisplayOrder": 1, "UnlockType": 1, "CompletionType": 1}
    optional = dict.fromkeys(["SummaryText", "LessonContents", "Active", "InstructorId", "NewImageUrl"])
    assert bodies(LESSON, row)[2] == bodies(LESSON, row | optional)[2] == row | {"UnlockAfterDays": 0}


def test_one_gap_in_a_column_leaves_the_others_their_types() -> None:
    full = bodies(LESSON, FULL_LESSON, FULL_LESSON | {"SectionId": None, "Active": None, "InstructorId": None})
    assert json.dumps(full[2]) == LESSON_BODY
    assert {type(value) for value in full[3].values()} == {int, str, bool}


@given(st.integers(1, LARGEST_WHOLE), st.booleans(), st.text(min_size=1).filter(str.strip).filter(is_clean))
def test_values_are_plain_whatever_they_were_read_from(number: int, flag: bool, text: str) -> None:
    row = FULL_LESSON | {"InstructorId": number, "Active": flag, "LessonContents": text}
    body = bodies(LESSON, row)[2]
    assert {type(value) for value in body.values()} == {int, str, bool}
    assert (body["InstructorId"], body["Active"], body["LessonContents"]) == (number, flag, text)


def test_ids_of_parents_stand_in_their_place_and_those_to_come_are_open() -> None:
    body = bodies(LESSON, {name: FULL_LESSON[name] for name in ("CourseId", "Title")})[2]
    known = with_parents(LESSON, body, Reference(ids={"SectionId": 7}))
    to_come = with_parents(LESSON, body, Reference(ids={}, rows={"SectionId": RowKey("f", "s", 2)}))
    assert list(known.items())[:3] == [("CourseId", 101), ("SectionId", 7), ("Title", "007")]
    assert to_come["SectionId"] is None
    assert "SectionId" not in with_parents(LESSON, body, Reference(ids={}))
