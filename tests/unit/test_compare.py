"""What is wanted of a record, compared with what the service holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.compare import differing, same
from importer.entities import COURSE, LESSON, SECTION, Entity

RECORD = {
    "Id": 7,
    "CourseId": 101,
    "SectionId": None,
    "Title": "Keys",
    "DisplayOrder": 3,
    "UnlockType": 1,
    "UnlockAfterDays": None,
    "LessonContents": "<p>a</p>\r\n<p>b</p>",
    "Active": None,
    "NewImageUrl": None,
}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"Title": "Keys", "DisplayOrder": 3, "UnlockType": 1}, []),
        ({"Title": " Keys\n", "CourseId": 101}, []),
        ({"Title": "keys", "DisplayOrder": 4}, ["Title", "DisplayOrder"]),
        ({"SectionId": 0, "UnlockAfterDays": 0, "Active": False, "SummaryText": ""}, []),
        ({"SectionId": 5, "UnlockAfterDays": 2, "Active": True}, ["SectionId", "UnlockAfterDays", "Active"]),
        ({"LessonContents": "<p>a</p>\n<p>b</p>"}, []),
        ({"LessonContents": " <p>a</p>\n<p>b</p>"}, ["LessonContents"]),
        ({"LessonContents": None}, ["LessonContents"]),
        ({"Title": None}, ["Title"]),
        ({"NewImageUrl": "https://www.example.com/a.png", "ClearImageFile": True}, []),
    ],
)
def test_only_what_says_something_else_differs(wanted: dict[str, object], names: list[str]) -> None:
    assert [field.name for field in differing(LESSON, wanted, RECORD)] == names


def test_a_number_may_come_as_text() -> None:
    assert same(LESSON.field("SectionId"), 2001, "2001")
    assert not same(LESSON.field("SectionId"), 2001, "2002")
    assert not same(LESSON.field("DisplayOrder"), 0, None)


@pytest.mark.parametrize("entity", [COURSE, SECTION, LESSON])
@given(data=st.data())
def test_whatever_is_held_a_value_is_the_same_as_itself(entity: Entity, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(entity.fields))
    value = data.draw(st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()))
    assert same(field, value, value)
