"""What rows change of records that are there: blank cells nothing, others what the service would hold otherwise."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import CLEAR, LESSON, SECTION, Entity
from importer.model import Reference, Revision, RowKey, Table
from importer.normalise import normalise
from importer.problems import Code, Place
from importer.revise import as_it_is, as_it_will_be, revise
from importer.validate import made_wrong
from tests.builders import sheet_of

Record = Mapping[str, Any]

LESSON_HELD: Record = {
    "Id": 7,
    "CourseId": 101,
    "SectionId": 20,
    "SectionTitle": "Week 1",
    "Title": "Keys",
    "DisplayOrder": 2,
    "UnlockType": 3,
    "UnlockAfterDays": 4,
    "CompletionType": 2,
    "SummaryText": None,
    "LessonContents": "<p>One</p>\r\n<p>Two</p>",
    "InstructorId": 301,
    "Active": True,
    "ImageFileName": "keys.png",
    "UpdatedOn": "2026-03-01T10:00:00Z",
}


def table(entity: Entity = LESSON, **cells: Any) -> Table:
    """A sheet with one row, which has these cells and no other columns."""
    return normalise(sheet_of([list(cells), list(cells.values())], Place(file="a.csv", sheet=None), entity), {})


def revision(
    held: Record = LESSON_HELD, *, ids: Mapping[str, int] | None = None, overwrite: bool = False, **cells: Any
) -> Revision:
    """What a row changes that names the record outright."""
    one = table(Id=7, **cells)
    reference = Reference(ids={"CourseId": 101, **(ids or {})}, record=7)
    (found,) = revise(one, {one.key(2): reference}, {7: held}, overwrite=overwrite)
    return found


def told(found: Revision) -> list[tuple[str, object, object]]:
    return [(change.field, change.old, change.new) for change in found.changes]


def after(held: Record, found: Revision) -> Record:
    """The record as the service would hold it afterwards."""
    new = {**held, **found.payload}
    address, clear = new.pop("NewImageUrl", None), new.pop("ClearImageFile", None)
    return {**new, "ImageFileName": address.rpartition("/")[2] if address else None if clear else held["ImageFileName"]}


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=9).filter(
    lambda text: text.strip() and text.strip().casefold() != CLEAR
)
CELLS = {
    "Title": TEXT,
    "DisplayOrder": st.integers(0, 99),
    "UnlockType": st.sampled_from(["Immediate", "Sequential", "Timed", 1, 2, 3]),
    "UnlockAfterDays": st.integers(0, 9),
    "CompletionType": st.sampled_from(["None", "Visited", "Button", 4]),
    "SummaryText": TEXT | st.just(CLEAR),
    "LessonContents": TEXT | st.just(" <Clear> "),
    "InstructorId": st.integers(1, 9) | st.just(CLEAR),
    "Active": st.sampled_from(["yes", "no", True, CLEAR]),
    "NewImageUrl": st.sampled_from(["https://a.b/keys.png", "https://a.b/c/d.png?x=1"]),
    "ClearImageFile": st.sampled_from(["yes", "no"]),
}


@given(st.fixed_dictionaries({}, optional={name: cell | st.none() for name, cell in CELLS.items()}))
def test_a_row_that_was_sent_changes_nothing_any_more(cells: Mapping[str, Any]) -> None:
    if cells.get("NewImageUrl"):
        cells = {name: cell for name, cell in cells.items() if name != "ClearImageFile"}
    first = revision(**cells)
    again = revision(after(LESSON_HELD, first), **cells)
    assert told(again) == []
    blank = {name for name, cell in cells.items() if cell is None}
    assert first.payload.keys() <= {*(cells.keys() - blank), "UnlockAfterDays"}


@given(st.sampled_from(sorted(CELLS)), st.data())
def test_each_cell_changes_its_own_field_alone(name: str, data: Any) -> None:
    found = revision(**{name: data.draw(CELLS[name])})
    assert set(found.payload) <= {name} | ({"UnlockAfterDays"} if name == "UnlockType" else set())
    assert [change.field for change in found.changes] == list(found.payload)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("Title", " Keys "),
        ("DisplayOrder", "2.0"),
        ("UnlockType", "timed"),
        ("CompletionType", 2),
        ("LessonContents", "<p>One</p>\n<p>Two</p>"),
        ("SummaryText", CLEAR),
        ("Active", 1),
        ("NewImageUrl", "https://www.example.com/pictures/keys.png"),
        ("ClearImageFile", "no"),
        ("Title", "   "),
        ("Title", None),
    ],
)
def test_what_the_service_holds_is_no_change(name: str, cell: Any) -> None:
    assert revision(**{name: cell}).changes == ()


@pytest.mark.parametrize(
    ("name", "cell", "old", "new"),
    [
        ("Title", "keys", "Keys", "keys"),
        ("LessonContents", "<p>One</p>\n<p>Two</p> ", LESSON_HELD["LessonContents"], "<p>One</p>\n<p>Two</p> "),
        ("LessonContents", " <CLEAR>", LESSON_HELD["LessonContents"], None),
        ("Active", "no", True, False),
        ("Active", CLEAR, True, None),
        ("UnlockAfterDays", CLEAR, 4, 0),
        ("InstructorId", CLEAR, 301, None),
        ("NewImageUrl", "https://a.b/other.png", "keys.png", "https://a.b/other.png"),
        ("ClearImageFile", "yes", "keys.png", True),
    ],
)
def test_what_it_holds_otherwise_is_a_change(name: str, cell: Any, old: object, new: object) -> None:
    found = revision(**{name: cell})
    assert told(found) == [(name, old, new)]
    assert found.payload == {name: new}


def test_a_record_that_tells_of_no_picture_may_have_one() -> None:
    held = {name: value for name, value in LESSON_HELD.items() if name != "ImageFileName"}
    assert revision(held, ClearImageFile="yes").payload == {"ClearImageFile": True}
    assert revision({**held, "ImageFileName": None}, ClearImageFile="yes").payload == {}


def test_days_go_with_the_choice_that_they_count_for() -> None:
    assert revision(UnlockType="Immediate").payload == {"UnlockType": 1, "UnlockAfterDays": 0}
    assert revision(UnlockType="Immediate", UnlockAfterDays=4).payload == {"UnlockType": 1}
    assert revision(UnlockType="Timed").payload == {}


def test_a_lesson_moves_where_the_row_says() -> None:
    assert told(revision(ids={"SectionId": 20}, Section="Week 1")) == []
    moved = revision(ids={"SectionId": 21}, Section="Week 2")
    assert (told(moved), moved.payload) == ([("Section", "Week 1", "Week 2")], {"SectionId": 21})
    assert told(revision(ids={"SectionId": 21}, SectionId=21)) == [("SectionId", 20, 21)]
    out = revision(Section=CLEAR)
    assert (told(out), out.payload) == ([("Section", "Week 1", None)], {"SectionId": None})
    assert revision(ids={"SectionId": 21}).payload == {}


def test_a_lesson_moves_to_a_section_that_is_created_first() -> None:
    one, section = table(Id=7, Section="Week 9"), RowKey("a.csv", "", 9)
    reference = Reference(ids={"CourseId": 101}, rows={"SectionId": section}, record=7)
    (found,) = revise(one, {one.key(2): reference}, {7: LESSON_HELD})
    assert (found.payload, found.parents) == ({"SectionId": None}, {"SectionId": section})
    assert told(found) == [("Section", "Week 1", "Week 9")]


def test_the_title_that_found_a_record_is_no_change_of_it() -> None:
    one = table(CourseId=101, Title="Ke\u0301ys", DisplayOrder=3)
    reference = Reference(ids={"CourseId": 101}, record=7)
    (found,) = revise(one, {one.key(2): reference}, {7: {**LESSON_HELD, "Title": "Kéys"}})
    assert found.payload == {"DisplayOrder": 3}


def test_a_record_that_has_another_title_by_now_is_given_that_of_the_row() -> None:
    one = table(CourseId=101, Title="Keys", SummaryText="New")
    reference = Reference(ids={"CourseId": 101}, record=7)
    (found,) = revise(one, {one.key(2): reference}, {7: {**LESSON_HELD, "Title": "Keys renamed"}})
    assert told(found) == [("Title", "Keys renamed", "Keys"), ("SummaryText", None, "New")]
    assert found.payload == {"Title": "Keys", "SummaryText": "New"}


def test_rows_without_a_record_are_left_alone() -> None:
    one = table(Title="New")
    assert list(revise(one, {one.key(2): Reference(ids={})}, {7: LESSON_HELD})) == []


# --- what was edited since -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "is_same"),
    [
        ("2026-03-01T10:00:00Z", True),
        ("2026-03-01 10:00:00", True),
        ("2026-03-01T11:00:00+01:00", True),
        ("2026-03-01T10:00:01Z", False),
        ("2026-03-02T10:00:00Z", False),
        ("2026-02-01T10:00:00Z", False),
    ],
)
def test_a_row_made_from_another_state_of_the_record_is_told(stamp: str, is_same: bool) -> None:
    found = revision(UpdatedOn=stamp, Title="Other")
    assert [one.code for one in found.problems] == ([] if is_same else [Code.EDITED_SINCE])
    assert revision(UpdatedOn=stamp, Title="Other", overwrite=True).problems == ()


@pytest.mark.parametrize("stamp", ["30/11/2026 19:07", "yesterday"])
def test_a_stamp_that_cannot_be_read_is_told_and_no_edit(stamp: str) -> None:
    found = revision(UpdatedOn=stamp, Title="Other")
    assert [one.code for one in found.problems] == [Code.NOT_A_MOMENT]
    assert revision(UpdatedOn=stamp, Title="Other", overwrite=True).problems == ()


def test_a_row_that_changes_nothing_may_be_of_any_age() -> None:
    assert revision(UpdatedOn="2020-01-01T00:00:00Z", Title="Keys").problems == ()


# --- what a row makes of its record ----------------------------------------------------------------------


def wrong(held: Record = LESSON_HELD, **cells: Any) -> list[tuple[Code, str]]:
    one, found = table(Id=7, **cells), revision(held, **cells)
    problems = made_wrong(as_it_is(one, [found]), as_it_will_be(one, [found]))
    return [(problem.code, problem.column.label if problem.column else "") for problem in problems]


@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        ({"Title": "Other"}, []),
        ({"UnlockType": "Immediate"}, []),
        ({"UnlockType": "Immediate", "UnlockAfterDays": 4}, [(Code.DAYS_NOT_USED, "C UnlockAfterDays")]),
        ({"UnlockAfterDays": 0}, [(Code.DAYS_NEEDED, "B UnlockAfterDays")]),
        ({"CompletionType": "Video"}, [(Code.VIDEO_NEEDED, "LessonContents")]),
        ({"CompletionType": "Video", "LessonContents": "https://youtu.be/dQw4w9WgXcQ"}, []),
    ],
)
def test_rules_hold_for_the_record_as_it_will_be(cells: Mapping[str, Any], problems: list[tuple[Code, str]]) -> None:
    assert wrong(**cells) == problems


def test_what_is_wrong_with_the_record_already_is_not_the_row_s_doing() -> None:
    held = {**LESSON_HELD, "CompletionType": 4, "DisplayOrder": None}
    assert wrong(held, Title="Other") == []
    assert wrong(held, UnlockAfterDays=0) == [(Code.DAYS_NEEDED, "B UnlockAfterDays")]


def test_a_section_has_no_section_of_its_own() -> None:
    one = table(SECTION, Id=20, Title="Week 2")
    held = {"Id": 20, "CourseId": 101, "Title": "Week 1", "DisplayOrder": 1, "UnlockType": 1, "UnlockAfterDays": 0}
    (found,) = revise(one, {one.key(2): Reference(ids={"CourseId": 101}, record=20)}, {20: held})
    assert (found.payload, made_wrong(as_it_is(one, [found]), as_it_will_be(one, [found]))) == ({"Title": "Week 2"}, ())
