"""Old and new value of a cell in words, and texts cut around what differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.entities import LESSON
from importer.languages import Language, speaking
from importer.model import Change
from importer.problems import Column
from importer.report.differences import around, grouped_lines, in_words, with_heading


def change(field: str, old: object, new: object) -> Change:
    return Change(column=Column(letter="B", heading=f"My {field}", field=field), field=field, old=old, new=new)


@pytest.mark.parametrize(
    ("field", "old", "new", "words"),
    [
        ("Title", "A", "B", '"A" → "B"'),
        ("Title", None, "B", 'empty → "B"'),
        ("SummaryText", "A", None, '"A" → empty'),
        ("UnlockType", 1, 3, "Immediate → Timed"),
        ("UnlockType", 9, 1, "9 → Immediate"),
        ("Active", True, False, "yes → no"),
        ("Active", None, True, "empty → yes"),
        ("DisplayOrder", 0, 12, "0 → 12"),
        ("NewImageUrl", "a.png", "https://a.b/c.png", "a.png → https://a.b/c.png"),
        ("LessonContents", "x" * 70 + "one" + "y" * 70, "x" * 70 + "two" + "y" * 70, None),
    ],
)
def test_values_are_said_as_a_sheet_says_them(field: str, old: object, new: object, words: str | None) -> None:
    said = in_words(change(field, old, new), LESSON)
    assert said == (words or f'"…{"x" * 16}one{"y" * 39}…" → "…{"x" * 16}two{"y" * 39}…"')


def test_the_heading_is_the_user_s_and_the_language_the_reader_s() -> None:
    assert with_heading(change("Active", None, True), LESSON) == "My Active: empty → yes"
    with speaking(Language.SPANISH):
        assert in_words(change("Active", None, True), LESSON) == "vacío → sí"


SHORT = st.text("ab<>\n", max_size=80)


@given(SHORT, SHORT, SHORT, SHORT)
def test_what_differs_is_always_seen(before: str, old: str, new: str, after: str) -> None:
    one, other = around(before + old + after, before + new + after)
    assert (one == other) == (old == new)
    if old != new:
        assert in_words(change("LessonContents", before + old + after, before + new + after), LESSON).count("→") == 1


def test_changes_are_told_by_column_the_first_of_each() -> None:
    many = [("Lessons, column B", LESSON, change("DisplayOrder", row, row + 1), row) for row in range(2, 9)]
    lines = grouped_lines([*many, ("Lessons, column C", LESSON, change("Title", "A", "B"), 2)])
    assert lines[0] == "  Lessons, column B: 7 cells changed"
    assert lines[1:6] == [f"    row {row}: {row} → {row + 1}" for row in range(2, 7)]
    assert lines[6:] == ["    and 2 more", "  Lessons, column C: 1 cell changed", '    row 2: "A" → "B"']


def test_the_last_columns_of_very_many_are_counted() -> None:
    many = [(f"Sheet {number}", LESSON, change("Title", "A", "B"), 2) for number in range(23)]
    assert grouped_lines(many)[-1] == "  and 3 further columns: the report has them all"
