"""An errors file that nobody corrected has every error that its input had, those of where a row stood too."""

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from importer import pipeline
from importer.load import load
from importer.model import Outcome, Report
from importer.problems import Code, Place
from importer.report import csv_report
from importer.report.remarks import by_sheet
from importer.settings import read_settings

HEADINGS = ["CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays", "CompletionType"]
ROW = [101, "Welcome", "Keys", 1, "Immediate", None, "None"]
MARK = "<fill in>"
SECTION_MARK = "<a section>"
Rows = Sequence[Sequence[object]]


def lesson(title: str, section: str | None = None) -> list[object]:
    return [101, section, title, 1, "Immediate", None, "None"]


def checked(path: Path) -> Report:
    return pipeline.check([str(path)], read_settings({}))


def errors_of(report: Report) -> Path:
    (path,) = [file for file in report.files if ".errors" in file.name]
    return path


def wrong(report: Report) -> dict[str, set[str | None]]:
    """The columns in which each row has an error, by the title of the row."""
    return {
        row.title: {one.column.field for one in row.verdict.problems if one.is_error and one.column}
        for row in report.rows
        if any(one.is_error for one in row.verdict.problems)
    }


def saved(path: Path, rows: Rows, *merged: str) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Outline"
    for row in rows:
        sheet.append([*row])
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)
    return path


def assert_nothing_is_lost(path: Path) -> Path:
    """Check an input and its errors file, and that again; the first errors file."""
    first = checked(path)
    errors = errors_of(first)
    second = checked(errors)
    third = checked(errors_of(second))
    assert wrong(first)
    assert wrong(first) == wrong(second) == wrong(third)
    return errors


def test_a_merged_cell_is_still_asked_about(tmp_path: Path) -> None:
    rows: Rows = [HEADINGS, lesson("A", "Welcome"), lesson("B"), [None, None, "C", 1, "Immediate", None, "None"]]
    path = saved(tmp_path / "merged.xlsx", rows, "B2:B4", "A3:A4", "E3:F3")
    errors = assert_nothing_is_lost(path)
    sheet = load_workbook(errors).worksheets[0]
    assert [[cell.value for cell in row[:2]] for row in sheet.iter_rows(min_row=2)] == [[101, MARK], [MARK, MARK]]


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_row_that_was_there_twice_is_not_right_because_the_other_one_is_gone(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"lessons{ending}"
    rows: Rows = [HEADINGS, lesson("A", "Welcome"), lesson("A", "Welcome")]
    if ending == ".csv":
        path.write_text("\n".join(",".join(str(cell or "") for cell in row) for row in rows), encoding="utf-8")
    else:
        saved(path, rows)
    (row,) = checked(errors_of(checked(path))).rows
    assert (row.verdict.outcome, [one.code for one in row.verdict.problems]) == (
        Outcome.INVALID,
        [Code.LEFT_TO_FILL_IN],
    )


def test_the_section_of_a_lesson_is_still_asked_about(tmp_path: Path) -> None:
    rows: Rows = [HEADINGS, [101, "Welcome", None, 1, "Immediate"], lesson("A"), lesson("B", "Welcome")]
    errors = assert_nothing_is_lost(saved(tmp_path / "outline.xlsx", rows))
    book = load_workbook(errors)
    assert book.worksheets[0]["B2"].value == MARK
    book.worksheets[0]["B2"].value = "Welcome"
    book.save(errors)
    assert wrong(checked(errors)) == {}


SECTIONS: Rows = [
    HEADINGS,
    [101, "Welcome", None, "x", "Immediate"],
    lesson("A", "Welcome"),
    [101, "Tour", None, 2, "Immediate"],
    [101, "Tour", "B", "y", "Immediate", None, "None"],
]


def test_a_section_is_still_one_without_its_lessons(tmp_path: Path) -> None:
    errors = assert_nothing_is_lost(saved(tmp_path / "outline.xlsx", SECTIONS))
    book = load_workbook(errors)
    assert book.worksheets[0]["C2"].value == SECTION_MARK
    book.worksheets[0]["D2"].value = 1
    book.save(errors)
    assert {row.title: row.kind for row in checked(errors).rows} == {"Welcome": "sections", "B": "lessons"}
    assert wrong(checked(errors)) == {"B": {"DisplayOrder"}}


@pytest.mark.parametrize("size", [3, 5])
def test_a_section_is_still_one_without_its_lessons_in_a_csv(tmp_path: Path, size: int) -> None:
    path = tmp_path / "outline.csv"
    path.write_text("\n".join(",".join(str(cell or "") for cell in row) for row in SECTIONS[:size]))
    errors = assert_nothing_is_lost(path)
    assert errors.read_text().splitlines()[1].startswith(f"101,Welcome,{SECTION_MARK},x,Immediate,,,invalid,")
    errors.write_text(errors.read_text().replace(",x,", ",1,"))
    assert next(row.kind for row in checked(errors).rows) == "sections"
    assert "Welcome" not in wrong(checked(errors))


@pytest.mark.parametrize("name", ["laid-out.xlsx", "laid-out.xls", "laid-out.ods", "percentages.ods", "formulas.xls"])
def test_nothing_is_lost_of_what_other_programs_wrote(root: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((root / "tests/samples" / name).read_bytes())
    assert_nothing_is_lost(path)


def test_a_formula_without_a_result_is_told_as_what_is_left_of_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "formula.xlsx", [HEADINGS, [*ROW[:2], "=A1&B1", "one", *ROW[4:]], lesson("B")])
    report = checked(path)
    sheet = load_workbook(assert_nothing_is_lost(path)).worksheets[0]
    noted, answer = sheet["C2"].comment, sheet["I2"].value
    assert sheet["C2"].value == "#N/A"
    assert noted is not None and noted.text.startswith("Import:\nA formula stood here whose result was not stored")
    assert "a formula stood here" in answer and "is not a whole number" in answer
    assert "holds a formula" in str(load_workbook(report.files[0]).worksheets[-1]["I2"].value)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_the_section_of_a_lesson_is_still_asked_about_in_a_csv(tmp_path: Path, end: str) -> None:
    lines = [
        ",".join(HEADINGS),
        "101,Welcome,,1,Immediate,,",
        '101,,"A, b",1,Immediate,,None',
        "101,,B,1,Immediate,,No",
    ]
    path = tmp_path / "outline.csv"
    path.write_bytes(((end or "\n").join(lines) + end).encode())
    errors = assert_nothing_is_lost(path)
    assert errors.read_text().splitlines()[1].startswith(f'101,{MARK},"A, b",1,Immediate,,None,invalid,')


def test_a_csv_that_changed_meanwhile_is_marked_all_the_same(tmp_path: Path) -> None:
    lines = ["Note," + ",".join(HEADINGS), ",101,Welcome,,1,Immediate,,", "x,101,,A,1,Immediate,,None"]
    path = tmp_path / "outline.csv"
    path.write_text("\n".join(lines))
    remarks = by_sheet(checked(path).rows)
    sink = io.BytesIO()
    csv_report.errors(load(str(path)), remarks[Place(file=str(path), sheet=None)], changed=True)(sink)
    assert sink.getvalue().decode().splitlines()[1].startswith(f"101,{MARK},A,1,Immediate,,None,invalid,")


@pytest.mark.parametrize("mark", [MARK, " <Fill In> ", SECTION_MARK])
@pytest.mark.parametrize("column", range(len(HEADINGS)))
def test_what_is_left_to_fill_in_is_an_error_in_any_column(tmp_path: Path, mark: str, column: int) -> None:
    row: list[object] = [*ROW]
    row[column] = mark
    assert list(wrong(checked(saved(tmp_path / "in.xlsx", [HEADINGS, row]))).values()) == [{HEADINGS[column]}]
