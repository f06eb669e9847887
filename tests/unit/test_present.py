"""Records of the service as rows of a sheet."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from importer.derive.present import present_rows
from importer.entities import LESSON, SECTION

TIMED, SEQUENTIAL = 3, 2


def section(number: int, title: str, order: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": number, "CourseId": 101, "Title": title, "DisplayOrder": order, "UnlockType": TIMED, **more}


def lesson(number: int, title: str, above: int | None, order: int = 1, **more: Any) -> dict[str, Any]:
    return {"Id": number, "CourseId": 101, "SectionId": above, "Title": title, "DisplayOrder": order, **more}


def rows(sections: list[dict[str, Any]], lessons: list[dict[str, Any]]) -> list[Any]:
    found = present_rows({SECTION.kind: sections, LESSON.kind: lessons})
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
