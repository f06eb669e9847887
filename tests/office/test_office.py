"""LibreOffice opens what we write, and finds in it what we put there. Takes half a minute: `make office`."""

import shutil
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from importer import report
from importer.entities import ACTIVE, LESSON, OUR_HEADINGS, SUMMARY_SHEET
from importer.load import load
from importer.model import Outcome
from tests.builders import problem_at, row_of, rows_of
from tests.samples.rich import HEADINGS, ROWS, rich_workbook

OFFICE = shutil.which("soffice")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not here")]

Converted = Callable[[Path, str], Path]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Opens a file in LibreOffice and saves it as another kind."""
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def convert(path: Path, kind: str) -> Path:
        folder = tmp_path_factory.mktemp("out")
        assert OFFICE is not None
        command = [OFFICE, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
        subprocess.run([*command, "--outdir", str(folder), str(path)], check=True, capture_output=True, timeout=180)
        (made,) = folder.iterdir()
        return made

    return convert


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The report and the errors file of a workbook with everything."""
    book = load(str(rich_workbook(tmp_path_factory.mktemp("rich") / "in.xlsx", macros=False)))
    (sheet,) = book.sheets
    rows = rows_of(sheet)
    for at in (3, 6):
        problem = problem_at(sheet, at, sheet.column(ACTIVE.name), "perhaps")
        rows[at - 2] = row_of(sheet, at, Outcome.INVALID, problem)
    done = report.write([book], rows, report.places([book], None))
    assert done.problems == ()
    whole, errors = done.files
    return whole, errors


def sheet_of(path: Path, name: str = LESSON.sheet) -> Worksheet:
    found = load_workbook(path)[name]
    assert isinstance(found, Worksheet)
    return found


def test_a_report_opens_with_its_answers_notes_and_colours(files: tuple[Path, Path], converted: Converted) -> None:
    made = converted(files[0], "xlsx")
    found = sheet_of(made)
    assert [found.cell(1, column).value for column in range(11, 14)] == list(OUR_HEADINGS)
    assert [found.cell(row, 11).value for row in (2, 3)] == ["created", "invalid"]
    assert found["G3"].fill.fgColor.rgb == "FFF8CBAD"
    assert found["G3"].comment is not None
    assert found["G3"].comment.text.startswith("Ask Bob\n\nImport:\n")
    assert load_workbook(made).sheetnames == [SUMMARY_SHEET, "Front page", LESSON.sheet, "Numbers"]


def test_a_report_has_what_the_input_has_in_the_eyes_of_another_program(
    files: tuple[Path, Path], converted: Converted
) -> None:
    before, after = (sheet_of(converted(path, "xlsx")) for path in (files[0].with_name("in.xlsx"), files[0]))
    assert contents(before) == contents(after)
    assert contents(before)[0] == 1


def contents(sheet: Worksheet) -> tuple[object, ...]:
    """The number of charts, then rules, merged cells, hidden rows, formulas and formats of a sheet."""
    cells = [[(cell.value, cell.number_format, cell.font.b) for cell in row] for row in sheet["A1:J13"]]
    return (
        len(sheet._charts),  # type: ignore[attr-defined]
        [str(rule.sqref) for rule in sheet.data_validations.dataValidation],
        [str(area.sqref) for area in sheet.conditional_formatting],
        [str(area) for area in sheet.merged_cells.ranges],
        [row for row, dimension in sheet.row_dimensions.items() if dimension.hidden],
        [(table.name, table.ref) for table in sheet.tables.values()],
        cells,
    )


def test_the_links_of_the_summary_lead_to_cells(files: tuple[Path, Path], converted: Converted) -> None:
    found = sheet_of(converted(files[0], "xlsx"), SUMMARY_SHEET)
    links = [str(cell.hyperlink.location) for row in found for cell in row if cell.hyperlink is not None]
    assert [link.replace("'", "").replace("$", "") for link in links][:2] == ["Lessons!G3", "Lessons!G6"]


def test_an_errors_file_opens_and_its_rows_are_imported_again(files: tuple[Path, Path], converted: Converted) -> None:
    made = converted(files[1], "xlsx")
    before, after = (load(str(path)).sheets[0].cells for path in (files[1], made))
    assert before.equals(after)
    assert len(after) == 2


def test_a_report_that_another_program_saved_is_answered_anew(files: tuple[Path, Path], converted: Converted) -> None:
    book = load(str(converted(files[0], "xlsx")))
    (done,) = report.write([book], rows_of(book.sheets[0]), report.places([book], None)).files
    found = sheet_of(done)
    assert [cell.value for cell in found[1]] == [*HEADINGS, "Owner", "Cost", "Twice", *OUR_HEADINGS]
    assert load_workbook(done).sheetnames == [SUMMARY_SHEET, "Front page", LESSON.sheet, "Numbers"]
    assert found["G6"].comment is None
    assert found["G6"].fill.fill_type is None
    assert [found.cell(row, 11).value for row in range(2, ROWS + 2)] == ["created"] * ROWS


FORMS = (
    "0",
    "0.00",
    "#,##0",
    "#,##0.00",
    "000",
    "0%",
    "0.0%",
    "[$€-407]#,##0.00",
    "#,##0_);(#,##0)",
    "#,##0,",
    "+0;-0;0",
    "[Blue]0",
    "0\\ \\k\\g",
    '"$"#,##0.00',
    '0" kg"',
    '"No. "0',
    '0.0,,"M"',
    '0;-0;"none"',
    'General" x"',
)
NUMBERS = (0, 1, 7, 5.5, 2.5, -2.5, 0.125, 1234, -1234.567, 1234567.891, 0.07, 3.14159, 99.995)


def test_numbers_show_what_another_program_shows(tmp_path: Path, converted: Converted) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["CourseId", "Title", "DisplayOrder", "UnlockType"])
    for row, (number, form) in enumerate(product(NUMBERS, FORMS), start=2):
        sheet.append([101, number, 1, "Timed"])
        sheet.cell(row, 2).number_format = form
    sheet.column_dimensions["B"].width = 40
    path = tmp_path / "numbers.xlsx"
    book.save(path)
    ours, theirs = (
        [str(cell).replace("-0", "0") for cell in load(str(one)).sheets[0].cells["Title"]]
        for one in (path, converted(path, "ods"))
    )
    assert ours == theirs
