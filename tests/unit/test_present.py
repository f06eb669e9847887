"""Records of the service as rows of a sheet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.derive.present import Presented, fit_to_begin, present
from importer.entities import LESSON, SECTION

TIMED, SEQUENTIAL = 3, 2


def section(number: int, title: str, order: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": number, "CourseId": 101, "Title": title, "DisplayOrder": order, "UnlockType": TIMED, **more}


def lesson(number: int, title: str, above: int | None, order: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": number, "CourseId": 101, "SectionId": above, "Title": title, "DisplayOrder": order, **more}


def rows(sections: list[dict[str, Any]], lessons: list[dict[str, Any]]) -> list[Any]:
    found = fit_to_begin(present({SECTION.kind: sections, LESSON.kind: lessons}))
    return [*found[SECTION.kind], *found[LESSON.kind]]


def test_cells_say_what_a_person_would_type() -> None:
    (row,) = rows([section(7, "A", UnlockAfterDays=5, Active=False, SectionContents="")], [])
    assert {name: cell for name, cell in row.items() if cell is not None} == {
        "Id": 7,
        "CourseId": 101,
        "Title": "A",
        "DisplayOrder": 1,
        "UnlockType": "Timed",
        "UnlockAfterDays": 5,
        "Active": "no",
    }


def test_days_that_do_not_count_are_left_out() -> None:
    (row,) = rows([section(7, "A", UnlockType=SEQUENTIAL, UnlockAfterDays=5)], [])
    assert (row["UnlockType"], row["UnlockAfterDays"]) == ("Sequential", None)


def test_a_section_is_named_by_its_title_and_where_two_have_it_by_its_number() -> None:
    found = rows(
        [section(7, "A"), section(8, "B"), section(9, "B")],
        [lesson(1, "x", 7), lesson(2, "y", 9), lesson(3, "z", None)],
    )
    lessons = {row["Id"]: (row["Section"], row["SectionId"]) for row in found if "Section" in row}
    assert lessons == {1: ("A", None), 2: (None, 9), 3: (None, None)}
    assert [row["Id"] for row in found if "Section" not in row] == [7, 8]


def test_rows_are_in_the_order_of_the_course() -> None:
    found = rows([section(7, "B", 2), section(8, "A", 1)], [lesson(1, "x", 7), lesson(2, "y", 8, 2), lesson(3, "z", 8)])
    assert [row["Id"] for row in found] == [8, 7, 3, 2, 1]


@given(st.text(max_size=5), st.sampled_from([None, 0, -1, 2**40, "7", True, 1.5]))
def test_any_record_is_a_row_or_left_out(title: str, value: object) -> None:
    found = rows([section(7, title, UnlockAfterDays=value)], [lesson(1, title, 7, InstructorId=value)])
    assert {row["Id"] for row in found} <= {1, 7}


def course(number: int, title: str, order: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": number, "Title": title, "DisplayOrder": order, "Visibility": 1, **more}


def whole(*, with_ids: bool = True, **records: list[dict[str, Any]]) -> Presented:
    return present(records, with_ids=with_ids)


def test_courses_are_rows_too_and_order_what_is_below_them() -> None:
    found = whole(
        courses=[course(101, "A", 2), course(102, "B", 1)],
        sections=[section(7, "In A"), section(8, "In B", CourseId=102)],
        lessons=[lesson(1, "a", 7), lesson(2, "b", 8, CourseId=102), lesson(3, "c", None, CourseId=102)],
    )
    assert [[row["Id"] for row in rows] for rows in found.rows.values()] == [[102, 101], [8, 7], [3, 2, 1]]
    assert [(row["CourseId"], row["Course"]) for row in found.rows["sections"]] == [(102, None), (101, None)]


def test_one_title_in_two_courses_names_a_section_in_each() -> None:
    found = whole(
        sections=[section(7, "A"), section(8, "A", CourseId=102)],
        lessons=[lesson(1, "a", 7), lesson(2, "b", 8, CourseId=102)],
    )
    assert [row["Section"] for row in found.rows["lessons"]] == ["A", "A"]
    assert found.twins == ()


def test_without_ids_everything_is_named_by_its_title() -> None:
    found = whole(
        with_ids=False,
        courses=[course(101, "Hub")],
        sections=[section(7, "B"), section(8, "B ")],
        lessons=[lesson(1, "x", 8), lesson(2, "y", None)],
    )
    names = ("CourseId", "Course", "SectionId", "Section")
    assert [tuple(row.get(name) for name in names) for row in found.rows["lessons"]] == [
        (None, "Hub", None, None),
        (None, "Hub", None, "B "),
    ]
    assert [cell.id for cell in found.twins] == [7, 8]


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"UnlockType": 9}, ["UnlockType"]),
        ({"SectionContents": "a\x00"}, ["SectionContents"]),
        ({"DisplayOrder": -1}, ["DisplayOrder"]),
        ({"UnlockType": SEQUENTIAL, "UnlockAfterDays": 5}, []),
        ({"SectionContents": "", "Active": None, "NewImageUrl": "https://www.example.com/a.png"}, []),
    ],
)
def test_what_no_cell_can_say_is_named(more: dict[str, Any], names: list[str]) -> None:
    found = whole(sections=[section(7, "A", **{**{"UnlockType": TIMED}, **more})])
    assert [cell.field.name for cell in found.unsaid] == names
    assert {found.rows["sections"][0][name] for name in names} <= {None}


def test_what_only_a_csv_can_hold_is_named() -> None:
    found = whole(
        sections=[section(7, "A", SectionContents="x" * 32_767), section(8, "B", SectionContents="x" * 32_768)]
    )
    assert [(cell.id, cell.field.name) for cell in found.long] == [(8, "SectionContents")]
