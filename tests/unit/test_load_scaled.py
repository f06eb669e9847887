"""Numbers that a workbook shows as other numbers: told, and never taken for what is not seen."""

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from importer.load import load
from importer.load.scaled import scaled, scaling_styles
from importer.model import ScaledCell, Sheet
from importer.normalise import normalise
from importer.problems import Code
from importer.report.cells import own, put

HEADINGS = ["CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays"]


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (1, "0%", "100%"),
        (0.07, "0.00%", "7.00%"),
        (0, "0%", "0%"),
        (-0.5, '0%;[Red]"minus "0.0%', "-50.0%"),
        (0.5, "0%%", "5000%%"),
        (1, '0.0\\ %;-0.0\\ %;"none"', "100.0%"),
        (1_500_000, "#,##0,", "1,500"),
        (12_345_678, '0.0,,"M"', "12.3"),
        (7, '0" % of days"', None),
        (7, "0\\%", None),
        (0, "#,##0,", None),
        (7000, "#,##0", None),
        (0, '0%;-0%;"none"', None),
        (7, "General", None),
        (7, '0"%', None),
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
    cells, problems = days(percent_book(tmp_path / "x.xlsx", "0%", "0", "0.00%", "#,##0,", '0" %"'))
    assert [str(cell) for cell in cells] == ["100%", "1", "100.00%", "0", "1"]
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
    for name in ("messy.xlsx", "messy-resaved.xlsx"):
        with zipfile.ZipFile(root / "tests/samples" / name) as archive:
            assert scaling_styles(archive) == {}


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_percentages_of_other_kinds_of_workbook_are_told(root: Path, ending: str) -> None:
    (sheet,) = load(str(root / f"tests/samples/percentages.{ending}")).sheets
    assert [str(cell) for cell in sheet.cells["UnlockAfterDays"]] == ["7", "100%", "12.5%"]


def test_the_cell_is_written_as_it_was() -> None:
    cell = own(Workbook().worksheets[0], 1, 1)
    assert cell is not None
    put(cell, ScaledCell(number=0.5, text="50%", form="0%"))
    assert (cell.value, cell.number_format) == (0.5, "0%")
