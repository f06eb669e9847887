"""What the sandbox refuses, and what it lets through."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import COURSE, LESSON, SECTION, SERVED, Entity
from importer.sandbox.checks import check
from importer.sandbox.records import Record, accepted, refusal

COURSE_BODY = {"BusinessId": 1, "HostId": 301, "Title": "Any", "DisplayOrder": 1, "Visibility": 1}
SECTION_BODY = {"CourseId": 1, "Title": "Start", "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
LESSON_BODY = {**SECTION_BODY, "SectionId": 10, "CompletionType": 2}
HELD = {("courses", 1): {}, ("courses", 2): {}, ("sections", 10): {"CourseId": 1}, ("sections", 20): {"CourseId": 2}}


def find(entity: Entity, id: int) -> Record | None:
    found = HELD.get((entity.kind, id))
    return None if found is None else dict(found)


def faults(entity: Entity, body: Mapping[str, object]) -> dict[str, str]:
    return {each.property: each.message for each in check(entity, body, find)}


def test_whole_bodies_are_accepted() -> None:
    assert faults(COURSE, COURSE_BODY) == {}
    assert faults(SECTION, SECTION_BODY) == {}
    assert faults(LESSON, LESSON_BODY) == {}


def test_unknown_keys_are_ignored_and_optional_ones_may_be_null() -> None:
    nulls = {"SectionId": None, "Active": None, "SummaryText": None, "NewImageUrl": None, "ClearImageFile": None}
    assert faults(LESSON, LESSON_BODY | nulls | {"Colour": 7}) == {}


def test_everything_that_is_missing_is_told_at_once() -> None:
    assert set(faults(LESSON, {})) == {
        "CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays", "CompletionType",
    }  # fmt: skip
    assert set(faults(LESSON, {}).values()) == {"is a required field"}


@pytest.mark.parametrize("title", [None, "", " \t"])
def test_a_blank_title_is_missing(title: str | None) -> None:
    assert faults(SECTION, SECTION_BODY | {"Title": title}) == {"Title": "is a required field"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CourseId", "1"), ("CourseId", True), ("CourseId", 1.0), ("DisplayOrder", "3"), ("UnlockAfterDays", False),
        ("UnlockAfterDays", 2**31), ("UnlockType", "Timed"), ("UnlockType", 0), ("UnlockType", 4), ("UnlockType", True),
        ("CompletionType", 5), ("Title", 7), ("Title", "\ud800"), ("Active", "true"), ("Active", 1),
        ("SummaryText", 1), ("LessonContents", ["x"]), ("NewImageUrl", {}), ("ClearImageFile", 0), ("SystemId", 5),
    ],
)  # fmt: skip
def test_a_wrong_type_or_number_is_refused_where_it_stands(name: str, value: object) -> None:
    assert set(faults(LESSON, LESSON_BODY | {name: value})) == {name}


def test_days_are_stored_whatever_the_unlock_type() -> None:
    assert faults(SECTION, SECTION_BODY | {"UnlockAfterDays": 9}) == {}
    assert faults(SECTION, SECTION_BODY | {"UnlockType": 3, "UnlockAfterDays": 0}) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"CourseId": 9, "SectionId": None}, {"CourseId": "there is no Course 9"}),
        ({"SectionId": 11}, {"SectionId": "there is no CourseSection 11"}),
        ({"SectionId": 20}, {"SectionId": "CourseSection 20 belongs to another Course"}),
        ({"CourseId": 2, "SectionId": 20}, {}),
        ({"CourseId": None, "SectionId": 20}, {"CourseId": "is a required field"}),
    ],
)
def test_parents_have_to_be_there_and_to_fit(changes: Record, expected: dict[str, str]) -> None:
    assert faults(LESSON, LESSON_BODY | changes) == expected


@pytest.mark.parametrize(
    ("contents", "accepted"),
    [
        ('<iframe src="https://www.youtube.com/embed/abc"></iframe>', True),
        ("https://youtu.be/abc", True),
        ("//www.youtube-nocookie.com/embed/abc", True),
        ("https://vimeo.com/1", False),
        ("https://notyoutube.com/1", False),
        ("watch it on YouTube", False),
        (None, False),
    ],
)
def test_video_needs_youtube(contents: str | None, accepted: bool) -> None:
    found = faults(LESSON, LESSON_BODY | {"CompletionType": 4, "LessonContents": contents})
    assert list(found) == ([] if accepted else ["LessonContents"])


def test_a_refusal_reads_as_the_service_writes_it() -> None:
    body = {name: value for name, value in SECTION_BODY.items() if name != "Title"}
    assert refusal(check(SECTION, body, find)) == {
        "Message": "Title: is a required field",
        "Value": None,
        "Errors": [{"AttemptedValue": None, "Message": "is a required field", "PropertyName": "Title"}],
        "WasSuccessful": False,
    }


def test_several_refusals_stand_in_one_message_with_what_was_attempted() -> None:
    answer = refusal(check(SECTION, SECTION_BODY | {"Title": "", "DisplayOrder": "3"}, find))
    assert answer["Message"] == "Title: is a required field, DisplayOrder: must be a whole number"
    assert isinstance(answer["Errors"], list)
    assert [error["AttemptedValue"] for error in answer["Errors"]] == ["", "3"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.data(), st.sampled_from(SERVED))
def test_no_body_makes_a_check_fail(data: st.DataObject, entity: Entity) -> None:
    names = [field.name for field in accepted(entity)]
    body = data.draw(st.dictionaries(st.sampled_from(names), JSON))
    assert set(faults(entity, body)) <= set(names)
