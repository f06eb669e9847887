import csv
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from importer.derive.cells import is_clean
from importer.derive.template import KINDS, template_bytes, write_template
from importer.derive.words import options
from importer.entities import (
    COMPLETION_TYPE,
    COURSE_ID,
    COURSE_TITLE,
    ENTITIES,
    INSTRUCTIONS_SHEET,
    LESSON,
    LESSON_CONTENTS,
    SECTION,
    SECTION_TITLE,
    TARIFF_ID,
    TIMED,
    TITLE,
    UNLOCK_AFTER_DAYS,
    UNLOCK_TYPE,
    Entity,
    Field,
    Kind,
    NotWithYes,
)
from importer.errors import SettingError
from importer.load import load
from importer.normalise import normalise
from importer.problems import Problem
from importer.validate import validate
from tests.builders import fill_template
from tools.generate import TEMPLATES, main, same, stale, write

EVERY_ENTITY = pytest.mark.parametrize("one", ENTITIES, ids=lambda one: one.kind)
EVERY_FIELD = pytest.mark.parametrize(
    ("one", "field"),
    [pytest.param(one, field, id=f"{one.kind}-{field.name}") for one in ENTITIES for field in one.fields],
)


@pytest.fixture(scope="module")
def course() -> Workbook:
    return load_workbook(BytesIO(template_bytes("course", Path("course.xlsx"))))


def column(book: Workbook, one: Entity, field: Field) -> tuple[Worksheet, str]:
    sheet: Worksheet = book[one.sheet]
    return sheet, get_column_letter(1 + one.fields.index(field))


def check(book: Workbook, one: Entity, field: Field) -> DataValidation | None:
    sheet, letter = column(book, one, field)
    found = [check for check in sheet.data_validations.dataValidation if f"{letter}2" in check.sqref]
    assert len(found) <= 1
    return found[0] if found else None


def problems(*files: Path) -> list[Problem]:
    sheets = [sheet for file in files for sheet in load(str(file)).sheets]
    tables = [normalise(sheet, {}) for sheet in sheets]
    found = [problem for sheet in sheets for problem in sheet.problems]
    return [*found, *(problem for table in tables for problem in table.problems), *validate(tables)]


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_committed_template_is_the_generated_one(root: Path, name: str) -> None:
    assert same(root / "templates" / name, template_bytes(TEMPLATES[name], Path(name)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_the_same_every_time(tmp_path: Path, kind: str) -> None:
    for name in ("first.xlsx", "second.xlsx"):
        write_template(kind, tmp_path / name)
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_workbook_filled_with_the_examples_has_no_problem(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "filled.xlsx"
    write_template(kind, file)
    assert problems(fill_template(file)) == []


words = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20).filter(str.strip).filter(is_clean)
CELLS: dict[Kind, Callable[[Field], st.SearchStrategy[Any]]] = {
    Kind.TEXT: lambda _: words,
    Kind.BODY: lambda field: words.map(f"{field.example} https://youtu.be/aqz-KE-bpKQ ".__add__),
    Kind.WHOLE: lambda field: st.integers(field.minimum or 0, 10**6),
    Kind.YES_NO: lambda _: st.sampled_from(["yes", "No", "TRUE", "n", True, False, 0]),
    Kind.CHOICE: lambda field: st.sampled_from(
        [how for one in field.choices for how in (one.name.upper(), one.number)]
    ),
    Kind.WEB_ADDRESS: lambda field: st.just(field.example),
}


@st.composite
def good_rows(draw: st.DrawFn, one: Entity) -> list[dict[str, Any]]:
    """Rows that keep every rule, optional cells now and then left blank."""
    rows = []
    for number in range(draw(st.integers(1, 4))):
        row = {
            field.name: draw(CELLS[field.kind](field))
            for field in one.fields
            if field in one.needed or draw(st.booleans())
        }
        row[TITLE.name] = f"{row[TITLE.name]} {number}"
        if one.has(UNLOCK_TYPE.name):
            timed = row[UNLOCK_TYPE.name] in (TIMED.name.upper(), TIMED.number)
            row[UNLOCK_AFTER_DAYS.name] = draw(st.integers(1, 365)) if timed else draw(st.sampled_from([0, None]))
        if one.has(TARIFF_ID.name):
            row.setdefault(TARIFF_ID.name, 7)
        if one.has(COMPLETION_TYPE.name):
            row.setdefault(LESSON_CONTENTS.name, "https://youtu.be/aqz-KE-bpKQ")
        row |= {rule.flag: "no" for rule in one.rules if isinstance(rule, NotWithYes)}
        rows.append(row)
    return rows


@EVERY_ENTITY
@given(data=st.data())
@settings(max_examples=20)
def test_whatever_keeps_the_rules_has_no_problem(
    tmp_path_factory: pytest.TempPathFactory, one: Entity, data: st.DataObject
) -> None:
    book = load_workbook(BytesIO(template_bytes(one.kind, Path("a.xlsx"))))
    for number, row in enumerate(data.draw(good_rows(one)), start=2):
        for index, field in enumerate(one.fields, start=1):
            cell = book[one.sheet].cell(row=number, column=index)
            cell.value = row.get(field.name)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # typed into a cell formatted as text: "=1" is no formula there
    file = tmp_path_factory.mktemp("filled") / "filled.xlsx"
    book.save(file)
    assert problems(file) == []


@EVERY_ENTITY
def test_a_csv_filled_with_the_examples_has_no_problem(tmp_path: Path, one: Entity) -> None:
    file = tmp_path / "filled.csv"
    write_template(one.kind, file)
    with file.open("a", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerow([field.example for field in one.fields])
    assert problems(file) == []


@EVERY_ENTITY
def test_a_csv_is_one_line_of_headings_that_excel_can_read(tmp_path: Path, one: Entity) -> None:
    write_template(one.kind, tmp_path / "empty.CSV")
    content = (tmp_path / "empty.CSV").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == ",".join(field.name for field in one.fields) + "\n"


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        (
            "course",
            "a.csv",
            "a CSV cannot hold courses, sections and lessons together; choose a name that ends in .xlsx.",
        ),
        ("lessons", "a.xls", "its name has to end in .xlsx or .csv."),
        ("lessons", "lessons", "its name has to end in .xlsx or .csv."),
        ("events", "a.xlsx", 'there is no template "events", only courses, sections, lessons and course.'),
        ("lessons", "no/such/folder.xlsx", "there is no such folder."),
    ],
)
def test_what_cannot_be_written_is_one_clear_sentence(tmp_path: Path, kind: str, name: str, reason: str) -> None:
    path = tmp_path / name
    with pytest.raises(SettingError) as caught:
        write_template(kind, path)
    assert caught.value.message == f"The template cannot be written to {path}: {reason}"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    with pytest.raises(SettingError, match="is there already"):
        write_template("lessons", path)
    assert path.read_text() == "mine"


def test_a_file_that_is_there_is_replaced_when_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    write_template("lessons", path, overwrite=True)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.csv"]
    assert path.read_bytes() == template_bytes("lessons", path)


def test_a_course_has_its_instructions_first_and_then_its_sheets(course: Workbook) -> None:
    assert course.sheetnames == [INSTRUCTIONS_SHEET, *(one.sheet for one in ENTITIES)]


@EVERY_ENTITY
def test_headings_stay_in_sight(course: Workbook, one: Entity) -> None:
    assert course[one.sheet].freeze_panes == "A2"


@EVERY_ENTITY
def test_no_row_of_a_template_looks_filled_in(course: Workbook, one: Entity) -> None:
    assert course[one.sheet].max_row == 1


@EVERY_FIELD
def test_required_headings_are_marked_and_coloured(course: Workbook, one: Entity, field: Field) -> None:
    sheet, letter = column(course, one, field)
    plain = next(field for field in one.fields if not field.required)
    other = column(course, one, plain)[1]
    assert sheet[f"{letter}1"].value == field.name + "*" * field.required
    assert (sheet[f"{letter}1"].fill.fgColor.rgb != sheet[f"{other}1"].fill.fgColor.rgb) == field.required


@EVERY_FIELD
def test_a_heading_explains_itself(course: Workbook, one: Entity, field: Field) -> None:
    sheet, letter = column(course, one, field)
    comment = sheet[f"{letter}1"].comment
    assert comment is not None
    for words in (field.help, field.example, *(choice.help for choice in field.choices)):
        assert words in comment.text


@EVERY_FIELD
def test_a_short_list_of_values_is_a_drop_down(course: Workbook, one: Entity, field: Field) -> None:
    if options(field):
        found = check(course, one, field)
        assert found is not None
        assert found.formula1 == f'"{",".join(options(field))}"'
        assert len(found.formula1) <= 255
        assert "2000" in str(found.sqref)


@EVERY_FIELD
def test_a_whole_number_is_checked_while_typing(course: Workbook, one: Entity, field: Field) -> None:
    if field.kind is Kind.WHOLE:
        found = check(course, one, field)
        assert found is not None
        assert (found.type, found.operator, found.formula1) == ("whole", "greaterThanOrEqual", str(field.minimum))
        assert found.showErrorMessage
        assert found.error == f"Type a whole number, {field.minimum} or more, without units."


@EVERY_FIELD
def test_excel_keeps_its_hands_off_text(course: Workbook, one: Entity, field: Field) -> None:
    sheet, letter = column(course, one, field)
    is_text = field.kind in (Kind.TEXT, Kind.BODY, Kind.WEB_ADDRESS)
    assert (sheet.column_dimensions[letter].number_format == "@") == is_text


def test_a_lesson_is_offered_the_titles_of_the_sections(course: Workbook) -> None:
    found = check(course, LESSON, LESSON.field(SECTION_TITLE.name))
    letter = column(course, SECTION, SECTION.field(TITLE.name))[1]
    assert found is not None
    assert f"'{SECTION.sheet}'!${letter}$2:${letter}$2000" in str(found.formula1)
    assert not found.showErrorMessage


def test_lessons_alone_have_no_titles_to_offer() -> None:
    book = load_workbook(BytesIO(template_bytes("lessons", Path("lessons.xlsx"))))
    assert check(book, LESSON, LESSON.field(SECTION_TITLE.name)) is None


@pytest.mark.parametrize("one", [SECTION, LESSON], ids=lambda one: one.kind)
@pytest.mark.parametrize(("field", "other"), [(COURSE_ID, COURSE_TITLE), (COURSE_TITLE, COURSE_ID)])
def test_of_two_columns_of_which_every_row_needs_one_none_is_said_to_be_free(
    course: Workbook, one: Entity, field: Field, other: Field
) -> None:
    sheet, letter = column(course, one, field)
    comment = sheet[f"{letter}1"].comment
    assert comment is not None
    assert f"\nEvery row needs it or {other.name}.\n" in comment.text
    told = [row[:3] for row in course[INSTRUCTIONS_SHEET].iter_rows(values_only=True)]
    assert (field.name, field.help, f"this or {other.name}") in told


def test_the_rows_to_correct_are_not_said_to_be_ready(course: Workbook) -> None:
    told = [str(row[0]) for row in course[INSTRUCTIONS_SHEET].iter_rows(values_only=True)]
    (step,) = [text for text in told if "FILE.errors.xlsx" in text]
    assert step.endswith("FILE.errors.xlsx has only the rows to correct. Correct them there and run that file.")


@EVERY_FIELD
def test_the_instructions_tell_of_every_column(course: Workbook, one: Entity, field: Field) -> None:
    rows = list(course[INSTRUCTIONS_SHEET].iter_rows(values_only=True))
    assert any(row[:2] == (field.name, field.help) for row in rows)


def test_the_instructions_tell_the_five_steps(course: Workbook) -> None:
    lines = [str(row[0].value) for row in course[INSTRUCTIONS_SHEET].iter_rows()]
    assert [line[0] for line in lines if re.match(r"\d\. ", line)] == ["1", "2", "3", "4", "5"]


def test_everything_generated_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_file_is_found_and_written_anew(tmp_path: Path) -> None:
    (tmp_path / "kept.md").write_bytes(b"kept")
    files = {tmp_path / "kept.md": b"kept", tmp_path / "docs" / "page.md": b"new"}
    assert list(stale(files)) == [tmp_path / "docs" / "page.md"]
    write(stale(files))
    assert stale(files) == {}


def test_a_damaged_workbook_is_stale(tmp_path: Path) -> None:
    (tmp_path / "course.xlsx").write_bytes(b"no zip")
    assert not same(tmp_path / "course.xlsx", template_bytes("course", Path("course.xlsx")))
