import datetime
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.derive.mapping import Words
from importer.entities import ENTITIES, LESSON, Entity, Kind
from importer.errors import DefaultError
from importer.model import ErrorCell, FormulaCell, Sheet, Table
from importer.normalise import normalise, read_default
from importer.problems import Code, Column, Place
from importer.validate import validate
from tests.builders import sheet_of

CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        ["yes", "1", "3.0", " 7 ", "Timed", "none", "2.5", "1e3", "\0", "https://a.b/c.png", "٣", "9" * 5000]
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.just(FormulaCell()),
    st.builds(ErrorCell, st.text(max_size=5)),
)


def sheet(columns: Mapping[str, list[object]], entity: Entity = LESSON, first: int = 2) -> Sheet:
    length = len(next(iter(columns.values())))
    index = pd.Index(np.arange(first, first + length, dtype=np.int64), name="row")
    series = {name: pd.Series(cells, index=index, dtype=object) for name, cells in columns.items()}
    return Sheet(
        place=Place(file="lessons.csv", sheet=None),
        entity=entity,
        columns=tuple(Column(letter=chr(65 + at), heading=name, field=name) for at, name in enumerate(columns)),
        header_row=1,
        cells=pd.DataFrame(series, index=index, dtype=object),
        blank_rows=0,
    )


def read(name: str, *cells: object, default: object = None) -> Table:
    return normalise(sheet({name: list(cells)}), {} if default is None else {name: default})


def values(table: Table, name: str) -> list[object]:
    return [None if value is pd.NA else value for value in table.rows[name].tolist()]


def codes(table: Table) -> list[tuple[int | None, Code]]:
    return [(problem.row, problem.code) for problem in table.problems]


@pytest.mark.parametrize("cell", [3, 3.0, "3", "3.0", " 3 ", "+3", "003", "3.", "\u00a03\u200b", "\u200e3", "３"])
def test_whole_numbers(cell: object) -> None:
    table = read("DisplayOrder", cell)
    assert (values(table, "DisplayOrder"), table.problems) == ([3], ())


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (2.5, Code.NOT_WHOLE),
        ("2.5", Code.NOT_WHOLE),
        ("7 days", Code.NOT_WHOLE),
        ("1e3", Code.NOT_WHOLE),
        ("1,000", Code.SEPARATED_NUMBER),
        ("1.000", Code.SEPARATED_NUMBER),
        ("1\u202f000", Code.SEPARATED_NUMBER),
        ("-12'345'678", Code.SEPARATED_NUMBER),
        ("1,00", Code.NOT_WHOLE),
        ("1,000.000", Code.NOT_WHOLE),
        ("12%", Code.NOT_WHOLE),
        ("٣", Code.NOT_WHOLE),
        ("²", Code.NOT_WHOLE),
        (True, Code.NOT_WHOLE),
        (float("nan"), Code.NOT_WHOLE),
        (datetime.date(2026, 3, 1), Code.DATE_FOR_NUMBER),
        (datetime.time(9, 30), Code.DATE_FOR_NUMBER),
        (ErrorCell("#REF!"), Code.ERROR_CELL),
        (FormulaCell(), Code.FORMULA_WITHOUT_VALUE),
        (2**31, Code.TOO_LARGE),
        (10**15, Code.TOO_LARGE),
        (-1e16, Code.TOO_SMALL),
        (2**63, Code.TOO_LARGE),
        (1e300, Code.TOO_LARGE),
        ("9" * 5000, Code.TOO_LARGE),
        ("-" + "9" * 5000, Code.TOO_SMALL),
    ],
)
def test_what_is_no_whole_number(cell: object, code: Code) -> None:
    table = read("DisplayOrder", cell)
    assert (values(table, "DisplayOrder"), codes(table)) == ([None], [(2, code)])
    assert table.problems[0].value is cell
    assert table.problems[0].message.startswith('lessons.csv, row 2, column A "DisplayOrder": ')


@pytest.mark.parametrize("field", ["Title", "LessonContents"])
@pytest.mark.parametrize("cell", ["#REF!", " #N/A", "Err:502"])
def test_the_word_of_an_error_is_a_text_and_warned_of(cell: str, field: str) -> None:
    table = read(field, cell, "Lesson #1", "#REF! again", "Err: no")
    assert values(table, field) == [cell.strip(), "Lesson #1", "#REF! again", "Err: no"]
    assert codes(table) == [(2, Code.ERROR_AS_TEXT)]


UNSEEN = ["\u200b", "\u00ad", "\u2800", "\u3164", "\ufe0f", "\u200e\u00a0", " \u200b\n"]


@pytest.mark.parametrize("field", ["Title", "Section"])
@pytest.mark.parametrize("cell", UNSEEN)
def test_a_text_that_nobody_sees_is_none(cell: str, field: str) -> None:
    table = read(field, cell, "Caf\u00e9", " Caf\u00e9\u200b", "\u200bCaf\u00e9", "\u2800\u2801", "e\ufe0f", "\u3000")
    assert codes(table) == [(2, Code.NOTHING_SEEN)]
    read_ = ["Caf\u00e9", "Caf\u00e9\u200b", "\u200bCaf\u00e9", "\u2800\u2801", "e\ufe0f", None]
    assert values(table, field) == [None, *read_]


@pytest.mark.parametrize("cell", UNSEEN)
def test_a_body_is_sent_whatever_is_seen_of_it(cell: str) -> None:
    assert codes(read("LessonContents", cell)) == []


@pytest.mark.parametrize("cell", [True, "true", "YES", " y ", "1", 1, 1.0])
def test_yes(cell: object) -> None:
    assert values(read("Active", cell), "Active") == [True]


@pytest.mark.parametrize("cell", [False, "False", "no", "N", "0", 0, 0.0])
def test_no(cell: object) -> None:
    assert values(read("Active", cell), "Active") == [False]


@pytest.mark.parametrize("cell", ["maybe", 2, 0.5, "1.0", datetime.date(2026, 1, 1)])
def test_neither_yes_nor_no(cell: object) -> None:
    assert codes(read("Active", cell)) == [(2, Code.NOT_YES_NO)]


@pytest.mark.parametrize("cell", ["None", "NONE", " none ", 1, 1.0, "1", "1.0"])
def test_choices_by_name_or_number(cell: object) -> None:
    assert values(read("CompletionType", cell), "CompletionType") == [1]


@pytest.mark.parametrize("cell", ["Buton", 5, "0", 1.5, True, datetime.date(2026, 1, 1)])
def test_what_is_no_choice(cell: object) -> None:
    assert codes(read("CompletionType", cell)) == [(2, Code.NOT_A_CHOICE)]


def test_the_nearest_choice_and_all_choices_are_named() -> None:
    message = read("UnlockType", "Timd").problems[0].message
    assert 'Did you mean "Timed"? Choices: Immediate (1), Sequential (2), Timed (3).' in message
    assert "Did you mean" not in read("UnlockType", "whenever").problems[0].message


def test_letters_by_which_a_cell_only_looks_like_a_choice_are_named() -> None:
    message = read("CompletionType", "Vіѕіtеd").problems[0].message
    letters = '"і", "ѕ", "е"'
    assert f'Did you mean "Visited"? Letters that only look like Latin ones: {letters}. Choices:' in message


@pytest.mark.parametrize("word", ["None", "NA", "NULL", "null", "nan", "true", "007", "1e5", "#N/A"])
def test_words_that_look_like_something_else_are_text(word: str) -> None:
    assert values(read("Title", f" {word} "), "Title") == [word]


@pytest.mark.parametrize(
    ("cell", "text"),
    [(7, "7"), (7.0, "7"), (0.1, "0.1"), (True, "TRUE"), (False, "FALSE"), (10**15 - 1, "999999999999999")],
)
def test_numbers_in_text_columns_are_text(cell: object, text: str) -> None:
    assert values(read("Title", cell), "Title") == [text]


def test_numbers_that_spreadsheets_round_are_told_in_text_columns() -> None:
    assert codes(read("Title", 2**53)) == [(2, Code.NUMBER_ROUNDED)]


def test_what_a_separated_number_may_mean_is_said() -> None:
    assert "Type 1000 if that is what it means." in read("DisplayOrder", "1\u00a0000").problems[0].message


WORDS = ("Timed", "timed\u00a0", "\u200bTimed", "\u202aTi\u00admed\u202c", "Ｔｉｍｅｄ")


@pytest.mark.parametrize("cell", WORDS)
def test_what_nobody_sees_does_not_matter_in_a_choice(cell: str) -> None:
    assert values(read("UnlockType", cell), "UnlockType") == [3]


@pytest.mark.parametrize("cell", ["\u200byes", "yes\ufeff", "ＹＥＳ", "\u00a0Yes\u2060"])
def test_what_nobody_sees_does_not_matter_in_a_yes(cell: str) -> None:
    assert values(read("Active", cell), "Active") == [True]


def test_dates_in_text_columns_are_told() -> None:
    assert codes(read("Title", datetime.date(2026, 3, 1))) == [(2, Code.NOT_TEXT)]


def test_bodies_are_verbatim_unless_blank() -> None:
    assert values(read("LessonContents", "  <p>x</p>\r\n ", " \n ", 7), "LessonContents") == [
        "  <p>x</p>\r\n ",
        None,
        "7",
    ]


def test_equal_cells_of_different_types_are_read_apart() -> None:
    table = read("DisplayOrder", 1, True, 1.0, "1")
    assert (values(table, "DisplayOrder"), codes(table)) == ([1, None, 1, 1], [(3, Code.NOT_WHOLE)])


def test_blank_cells_take_the_options_value_then_the_fields() -> None:
    assert values(read("UnlockAfterDays", None, "  ", "5"), "UnlockAfterDays") == [0, 0, 5]
    assert values(read("UnlockAfterDays", None, "5", default=7), "UnlockAfterDays") == [7, 5]
    assert values(read("Active", None, "x", default=True), "Active") == [True, None]
    assert values(read("Title", None, " a", default="Title"), "Title") == ["Title", "a"]


def test_a_default_for_days_is_for_the_rows_that_need_days() -> None:
    cells: dict[str, list[object]] = {
        "UnlockType": ["Immediate", "Timed", "Timed", "Sequential", "perhaps"],
        "UnlockAfterDays": [None, None, 3, 5, None],
    }
    table = normalise(sheet(cells), {"UnlockAfterDays": 7})
    assert values(table, "UnlockAfterDays") == [0, 7, 3, 5, 7]
    del cells["UnlockAfterDays"]
    assert values(normalise(sheet(cells), {"UnlockAfterDays": 7}), "UnlockAfterDays") == [0, 7, 7, 0, 7]


@pytest.mark.parametrize("default", [{"CourseId": 101}, {"Course": "Welcome"}])
def test_a_default_for_the_course_is_for_rows_that_name_none(default: dict[str, object]) -> None:
    table = normalise(sheet({"CourseId": [7, None, None], "Course": [None, "Own", None]}), default)
    assert values(table, "CourseId") == [7, None, default.get("CourseId")]
    assert values(table, "Course") == [None, "Own", default.get("Course")]


def test_fields_without_a_column_are_there_all_the_same() -> None:
    table = normalise(sheet({"Title": ["a", "b"]}), {"CourseId": 101})
    assert values(table, "CourseId") == [101, 101]
    assert values(table, "UnlockAfterDays") == [0, 0]
    assert values(table, "Active") == [None, None]


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.kind)
def test_columns_are_typed_even_without_rows(entity: Entity) -> None:
    empty: list[object] = []
    table = normalise(sheet({"Title": empty}, entity), {})
    assert list(table.rows.columns) == [field.name for field in entity.columns]
    dtypes = {Kind.WHOLE: "Int64", Kind.CHOICE: "Int64", Kind.YES_NO: "boolean"}
    for field in entity.columns:
        assert table.rows[field.name].dtype.name == dtypes.get(field.kind, "string")
    assert validate([table]) == ()


def test_problems_are_in_the_order_of_rows() -> None:
    table = normalise(sheet({"Active": ["x", "yes", "x"], "DisplayOrder": ["x", "x", "x"]}), {})
    assert [problem.row for problem in table.problems] == [2, 2, 3, 4, 4]


@settings(max_examples=60)
@given(st.lists(st.tuples(*[CELLS] * len(LESSON.columns)), max_size=4))
def test_no_cell_ever_raises(rows: list[tuple[object, ...]]) -> None:
    columns = {field.name: [row[at] for row in rows] for at, field in enumerate(LESSON.columns)}
    given_sheet = sheet(columns)
    before = given_sheet.cells.map(id)
    table = normalise(given_sheet, {})
    problems = [*table.problems, *validate([table])]
    assert all(problem.message for problem in problems)
    assert before.equals(given_sheet.cells.map(id))
    places = [(problem.row, problem.column) for problem in problems]
    assert len(places) == len(set(places)), "one problem a cell"


@given(st.tuples(*[CELLS] * len(LESSON.columns)))
def test_normalising_twice_is_normalising_once(cells: tuple[object, ...]) -> None:
    once = normalise(sheet({field.name: [cells[at]] for at, field in enumerate(LESSON.columns)}), {})
    again = normalise(sheet({field.name: values(once, field.name) for field in LESSON.columns}), {})
    assert again.problems == ()
    # What could not be read is blank the second time, and a blank may stand for a value.
    read_ = [name for name in once.rows.columns if name not in {p.column.field for p in once.problems if p.column}]
    pd.testing.assert_frame_equal(again.rows[read_], once.rows[read_])


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("Active=yes", ("Active", True)),
        ("published = No", ("Active", False)),
        ("unlock type=timed", ("UnlockType", 3)),
        ("CourseId= 101 ", ("CourseId", 101)),
        ("Title=a=b", ("Title", "a=b")),
    ],
)
def test_a_default_is_read_like_a_heading_and_a_cell(option: str, expected: tuple[str, object]) -> None:
    assert read_default(option) == expected


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("Active", "expected FIELD=VALUE"),
        ("Active=", "expected FIELD=VALUE"),
        ("Activ=yes", 'there is no field "Activ"'),
        ("Contents=x", "SectionContents or LessonContents"),
        ("Active=perhaps", "Active takes yes or no"),
        ("CourseId=0", "CourseId takes a whole number of 1 or more"),
        ("UnlockType=later", r"UnlockType takes one of Immediate \(1\), Sequential \(2\), Timed \(3\)"),
    ],
)
def test_a_default_that_cannot_be_used(option: str, reason: str) -> None:
    with pytest.raises(DefaultError, match=reason):
        read_default(option)


def test_a_mapped_word_counts_as_what_it_means_and_messages_quote_the_cell() -> None:
    words: Words = {
        "UnlockType": {"drip": "Timed", "no": 1},
        "UnlockAfterDays": {"one week": 7},
        "Title": {"intro": "Hello"},
    }
    grid = [["Title", "UnlockType", "UnlockAfterDays"], ["Intro", " DRIP ", "one week"], ["Intro 2", "Drop", "two"]]
    table = normalise(sheet_of(grid, Place(file="a.csv", sheet=None)), {}, words)
    assert [table.rows[name].tolist()[0] for name in words] == [3, 7, "Hello"]
    assert [(problem.row, problem.value) for problem in table.problems] == [(3, "Drop"), (3, "two")]
    assert table.sheet.cells.to_numpy().tolist() == grid[1:]
