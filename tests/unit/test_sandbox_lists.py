"""What a list's query string means, and the envelope of its page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import COURSE, LESSON, SECTION
from importer.sandbox import Query
from importer.sandbox.lists import page_of, read_query, without_texts


def test_nothing_asked_is_the_first_page_of_25_by_id() -> None:
    assert read_query(COURSE, {}, page_cap=100) == Query(size=25)


def test_everything_can_be_asked() -> None:
    asked = {
        "CourseLesson_Course": "7", "CourseLesson_Section": "9", "CourseLesson_Title": "Key", "orderBy": "DisplayOrder",
        "dir": "-1", "page": "3", "size": "50",
    }  # fmt: skip
    assert read_query(LESSON, asked, page_cap=100) == Query(
        equal={"CourseId": 7, "SectionId": 9}, title="Key", order="DisplayOrder", descending=True, page=3, size=50
    )


def test_filters_of_another_entity_are_ignored() -> None:
    assert read_query(SECTION, {"CourseLesson_Course": "7", "Course_Title": "x"}, page_cap=100) == Query(size=25)


def test_a_filter_that_is_no_number_matches_nothing() -> None:
    assert read_query(SECTION, {"CourseSection_Course": "seven"}, page_cap=100).equal == {"CourseId": -1}


@pytest.mark.parametrize(("size", "given"), [("5000", 100), ("100", 100), ("1", 1), ("0", 1), ("many", 25)])
def test_the_size_is_capped(size: str, given: int) -> None:
    assert read_query(COURSE, {"size": size}, page_cap=100).size == given


@given(st.dictionaries(st.sampled_from(["page", "size", "dir", "orderBy", "CourseLesson_Course"]), st.text()))
def test_any_query_string_can_be_read(asked: dict[str, str]) -> None:
    query = read_query(LESSON, asked, page_cap=100)
    assert query.page >= 1
    assert 1 <= query.size <= 100


def test_the_envelope_is_the_services() -> None:
    assert page_of(Query(size=25), [{}] * 25, 40) == {
        "Records": [{}] * 25, "CurrentPage": 1, "CurrentPageSize": 25, "CurrentOrderField": "Id",
        "CurrentSortDirection": 1, "FirstItem": 1, "LastItem": 25, "TotalItems": 40, "TotalPages": 2,
        "HasNextPage": True, "HasPreviousPage": False,
    }  # fmt: skip


def test_the_last_page_and_an_empty_list_have_no_next() -> None:
    last = page_of(Query(size=25, page=2), [{}] * 15, 40)
    assert (last["FirstItem"], last["LastItem"], last["HasNextPage"], last["HasPreviousPage"]) == (26, 40, False, True)
    empty = page_of(Query(size=25), [], 0)
    assert (empty["TotalPages"], empty["LastItem"], empty["HasNextPage"]) == (0, 0, False)


def test_long_texts_are_left_out_and_the_record_is_not_changed() -> None:
    record: dict[str, object] = {"LessonContents": "<p>", "SummaryText": "short"}
    assert without_texts(LESSON, [record]) == [{"LessonContents": None, "SummaryText": "short"}]
    assert record["LessonContents"] == "<p>"
