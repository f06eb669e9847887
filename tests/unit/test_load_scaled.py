"""Numbers that a workbook shows as other numbers: told, and never taken for what is not seen."""

import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from importer.derive.cells import number_as_text, reader_of
from importer.entities import Field, Kind
from importer.load import load
from importer.load.legacy import hidden_rows_in_xls
from importer.load.scaled import scaled, scales, scaling_styles, shown
from importer.model import ScaledCell, Sheet
from importer.normalise import normalise
from importer.problems import Code, quoted
from importer.report.cells import own, put

HEADINGS = ["CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays"]


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (1, "0%", "100%"),
        (0.07, "0.00%", "7.00%"),
        (0, "0%", "0%"),
        (-0.5, '0%;[Red]"minus "0.0%', "minus 50.0%"),
        (0.5, "0%%", "5000%%"),
        (1, '0.0\\ %;-0.0\\ %;"none"', "100.0 %"),
        (1_500_000, "#,##0,", "1,500"),
        (12_345_678, '0.0,,"M"', "12.3M"),
        (7, '0" % of days"', "7 % of days"),
        (7, "0\\%", "7%"),
        (0, "#,##0,", None),
        (7000, "#,##0", "7,000"),
        (700, "#,##0", None),
        (0, '0%;-0%;"none"', "none"),
        (7, "General", None),
        (0.1 + 0.2, "General", None),
        (7, '0"%', "7%"),
        (7, "000", "007"),
        (2.5, "0", "3"),
        (5, "0.00", "5.00"),
        (5, "0.##", "5."),
        (-5, '[$€-407]#,##0.00_);("EUR "0)', "(EUR 5)"),
        (5, "[$€-407] 0_)", "€ 5"),
        (7, 'General" days"', "7 days"),
        (0.5, "# ?/?", "0.5 (# ?/?)"),
        (3, ";;;", "3 (;;;)"),
        (7, "# ?/?", None),
        (-7, "# ??/??", None),
        (7, '# ?/?" days"', "7  days"),
        (7, "?/?", "7 (?/?)"),
        (7, "0 0/0", "7 (0 0/0)"),
        (7, "0.00E+00", "7 (0.00E+00)"),
    ],
)
def test_what_a_number_format_shows(number: float, form: str, shown: str | None) -> None:
    cell = scaled(number, form)
    assert (cell and str(cell)) == shown


@given(st.floats(allow_nan=False), st.text('0#?.,%;"[]\\_*E+-/ aym@G', max_size=12))
def test_no_number_format_is_too_odd(number: float, form: str) -> None:
    cell = scaled(number, form)
    assert cell is None or cell.number == number


def percent_book(path: Path, *forms: str, value: bool | int | str | None = 1) -> str:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    for row, form in enumerate(forms, start=2):
        sheet.append([101, "Welcome", 1, "Timed", value])
        sheet.cell(row=row, column=5).number_format = form
    book.save(path)
    return str(path)


def days(path: str) -> tuple[list[object], list[tuple[int | None, Code, object]]]:
    sheet: Sheet = load(path, kind="sections").sheets[0]
    problems = normalise(sheet, {}).problems
    return sheet.cells["UnlockAfterDays"].tolist(), [(one.row, one.code, str(one.value)) for one in problems]


def test_a_percentage_in_a_workbook_is_a_problem_that_says_what_is_seen(tmp_path: Path) -> None:
    cells, problems = days(percent_book(tmp_path / "x.xlsx", "0%", "0", "0.00%", "#,##0,", '0" days"'))
    assert [str(cell) for cell in cells] == ["100%", "1", "100.00%", "0", "1 days"]
    assert problems == [(row, Code.SHOWN_OTHERWISE, shown) for row, shown in ((2, "100%"), (4, "100.00%"), (5, "0"))]


def test_texts_and_yes_or_no_under_a_percentage_are_what_they_are(tmp_path: Path) -> None:
    assert days(percent_book(tmp_path / "x.xlsx", "0%", value="7")) == (["7"], [])
    assert days(percent_book(tmp_path / "y.xlsx", "0%", value=None))[0] == [None]
    assert days(percent_book(tmp_path / "z.xlsx", "0%", value=True))[0] == [True]


@pytest.mark.parametrize(
    ("pattern", "by"),
    [(r' r="[A-Z]+[0-9]+"', ""), (r'r="E2" s="\d+"', 'r="E2"'), (r'r="E2" s="(\d+)"', r"s='\1' r='E2'")],
    ids=["no references", "the style of all cells", "another order"],
)
def test_a_percentage_is_found_however_the_cell_is_written(tmp_path: Path, pattern: str, by: str) -> None:
    source = percent_book(tmp_path / "x.xlsx", "0%")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "y.xlsx", "w") as new:
        for member in old.namelist():
            content = old.read(member).decode()
            if member.endswith("sheet1.xml"):
                content = re.sub(pattern, by, content)
            if member.endswith("styles.xml") and by == 'r="E2"':
                content = re.sub(r'(<cellXfs[^>]*><xf numFmtId=)"0"', r'\1"9"', content)
            new.writestr(member, content)
    assert str(days(str(tmp_path / "y.xlsx"))[0][0]) == "100%"


def test_the_result_of_a_formula_is_a_percentage_too(tmp_path: Path) -> None:
    source = percent_book(tmp_path / "x.xlsx", "0%", value="=3/4")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "y.xlsx", "w") as new:
        for member in old.namelist():
            new.writestr(member, re.sub(rb"<v ?/>|<v></v>", b"<v>0.75</v>", old.read(member)))
    assert [str(cell) for cell in days(str(tmp_path / "y.xlsx"))[0]] == ["75%"]


def test_an_ordinary_workbook_has_no_such_styles(root: Path) -> None:
    with zipfile.ZipFile(root / "sample_data/onboarding.xlsx") as archive:
        assert scaling_styles(archive) == {}


FORMS: dict[str, tuple[float, str, str]] = {
    "007": (7, "000", "seven"),
    "5 kg": (5, '0" kg"', "five"),
    "3.14": (3.14159, "0.00", "pi"),
    "$5.00": (5, '"$"0.00', "five dollars"),
}


def titled(path: Path) -> str:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    for row, (number, form, _) in enumerate(FORMS.values(), start=2):
        sheet.append([101, number, row, "Timed", 7])
        sheet.cell(row, 2).number_format = form
        sheet.cell(row, 5).number_format = '0" days"'
    book.save(path)
    return str(path)


def test_a_number_that_looks_otherwise_is_no_text_until_somebody_says_which(tmp_path: Path) -> None:
    (sheet,) = load(titled(tmp_path / "x.xlsx"), kind="sections").sheets
    problems = normalise(sheet, {}).problems
    assert [(one.code, one.column and one.column.field, str(one.value)) for one in problems] == [
        (Code.SHOWN_OTHERWISE, "Title", shown) for shown in FORMS
    ]
    assert problems[0].finding == (
        "the cell shows 007, but holds the number 7. Which of the two is meant is not guessed. "
        "Format the cell as Text and type again what is meant."
    )


@pytest.mark.parametrize(
    ("number", "text", "kind", "value"),
    [
        (7, "7 days", Kind.WHOLE, 7),
        (1000, "1,000", Kind.WHOLE, 1000),
        (1000, "1.000,00 €", Kind.WHOLE, 1000),
        (7, "007", Kind.WHOLE, 7),
        (-7, "-7 days", Kind.WHOLE, -7),
        (1, "TRUE", Kind.WHOLE, None),
        (2.4, "2", Kind.WHOLE, None),
        (-3, "3", Kind.WHOLE, None),
        (1, "WAHR", Kind.YES_NO, True),
        (1, "Yes", Kind.YES_NO, True),
        (1, "100", Kind.YES_NO, None),
        (5, "5.00", Kind.TEXT, None),
    ],
)
def test_a_number_is_taken_where_a_person_reads_the_same(number: float, text: str, kind: Kind, value: object) -> None:
    cell = shown(number, text)
    assert cell is not None
    reading = reader_of(Field(name="A", kind=kind, help="", example=""))(cell)
    assert reading.value == value
    assert (reading.code is Code.SHOWN_OTHERWISE) == (value is None)
    again = scaled(number, cell.form)
    assert again is not None
    assert (again.is_dressed, again.text) == (cell.is_dressed, text.replace("1.000,00", "1,000.00"))


@pytest.mark.parametrize(
    ("number", "text", "form"),
    [
        (7.4, "7", "0"),
        (7.38, "7.4", "0.0"),
        (7.38, "7,4", "0.0"),
        (1234.4, "1,234", "#,##0"),
        (1.2344, "1.234", "0.000"),
        (1234.567, "1.234,57 €", "#,##0.00\\ \\€"),
        (7.4, "seven", "[=7.4]\\s\\e\\v\\e\\n;General"),
        (7, "8", "[=7]\\8;General"),
        (0, "none", "[=0]\\n\\o\\n\\e;General"),
    ],
)
def test_a_cell_whose_text_is_known_can_be_corrected(number: float, text: str, form: str) -> None:
    cell = shown(number, text)
    assert cell is not None and cell.form == form
    assert scaled(number, form) is not None
    assert scaled(8, form) is None or "0" in form
    assert (scaled(8, form) or cell).is_dressed == ("0.0" in form or "€" in form)


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (3, "[<5]0;0.0", None),
        (5, "[<5]0;0.0", "5.0"),
        (7, "[=1]0;[=7]00;0.0", "07"),
        (8, "[=1]0;[=7]00;0.0", "8.0"),
        (8, "[=1]0;[=7]00", "8 ([=1]0;[=7]00)"),
        (8, "[=x]0;0", "8 ([=x]0;0)"),
        (-8, "[<5]0;0.0", "-8 ([<5]0;0.0)"),
    ],
)
def test_what_a_number_format_with_conditions_shows(number: float, form: str, shown: str | None) -> None:
    cell = scaled(number, form)
    assert (cell and str(cell)) == shown


@pytest.mark.parametrize("begun", ["[", "[$", "[$-", "[<"])
def test_a_number_format_without_an_end_is_read_at_once(begun: str) -> None:
    started = time.perf_counter()
    form = begun * 100_000
    assert scales(form) and scaled(7, form) is not None
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("form", ["# ?/?", ";;;", "0.00E+00"])
@pytest.mark.parametrize("kind", [Kind.WHOLE, Kind.TEXT, Kind.YES_NO])
def test_of_a_format_that_is_not_worked_out_only_that_is_said(form: str, kind: Kind) -> None:
    cell = scaled(7.5, form)
    assert cell is not None
    reading = reader_of(Field(name="A", kind=kind, help="", example=""))(cell)
    assert (reading.code, reading.details["form"]) == (Code.FORMAT_UNCLEAR, quoted(form))


ODS_CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:automatic-styles>'
    '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N85"/></office:automatic-styles>'
    "<office:body><office:spreadsheet>"
    '<table:table table:name="Sections">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


@pytest.mark.parametrize(("paragraph", "read"), [("<text:p/>", []), ("", [7]), ("<text:p>7</text:p>", [7])])
def test_a_number_of_which_an_opendocument_shows_nothing_is_not_taken(
    tmp_path: Path, paragraph: str, read: list[object]
) -> None:
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    heads, values = ("".join(map(text.format, cells)) for cells in (HEADINGS, (101, "A", 1, "Timed")))
    seven = 'table:style-name="ce1" office:value-type="float" office:value="7"'
    number = f"<table:table-cell {seven}>{paragraph}</table:table-cell>"
    rows = f"<table:table-row>{heads}</table:table-row><table:table-row>{values}{number}</table:table-row>"
    with zipfile.ZipFile(tmp_path / "x.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS_CONTENT.format(rows))
    cells, problems = days(str(tmp_path / "x.ods"))
    assert [cell for cell in cells if isinstance(cell, int | float)] == read
    assert [code for _, code, _ in problems] == ([] if read else [Code.FORMAT_UNCLEAR])


def test_general_numbers_are_texts_of_fifteen_digits() -> None:
    assert number_as_text(0.1 + 0.2) == "0.3"
    assert number_as_text(3.14159265358979) == "3.14159265358979"


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_percentages_of_other_kinds_of_workbook_are_told(root: Path, ending: str) -> None:
    (sheet,) = load(str(root / f"tests/samples/percentages.{ending}")).sheets
    assert [str(cell) for cell in sheet.cells["UnlockAfterDays"]] == ["7", "100%", "12.5%", "7 days", "7"]
    problems = [(one.row, one.column and one.column.field, str(one.value)) for one in normalise(sheet, {}).problems]
    assert problems[2:] == [(5, "Title", "007"), (6, "Title", "8 kg")]


def test_the_cell_is_written_as_it_was() -> None:
    cell = own(Workbook().worksheets[0], 1, 1)
    assert cell is not None
    put(cell, ScaledCell(number=0.5, text="50%", form="0%"))
    assert (cell.value, cell.number_format) == (0.5, "0%")


@pytest.mark.parametrize(("at", "byte"), [(14207, 5), (20684, 145)])
def test_an_old_workbook_that_only_the_fast_reader_understands_has_nothing_hidden(
    root: Path, tmp_path: Path, at: int, byte: int
) -> None:
    content = bytearray((root / "tests/samples/messy.xls").read_bytes())
    content[at] = byte  # a record too short, a number too large
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    assert hidden_rows_in_xls(path, ["Sections"]) == {}
