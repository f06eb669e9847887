"""The first sheet of a report says what the console says: every cause once, each with the rows that it has."""

from pathlib import Path

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from importer import pipeline
from importer.entities import LESSON, SUMMARY_SHEET
from importer.settings import read_settings
from tests.flow.commands import LESSON_HEADINGS

ROWS = (
    LESSON_HEADINGS,
    (101, "Welcome", None, 1, "Immediate", None, None),
    (101, "Welcome", "Keys", 1, "Immediate", "Visited", "yes"),
    (101, "Welcome", "Wi-Fi", 2, "Immediate", "Visited", "yes"),
    (101, "Welcome", "Coffee", 3, "Immediate", "Visited", "yes"),
)


def causes(tmp_path: Path, merged: str | None = None) -> list[tuple[object, ...]]:
    """Kind, rows and message of each cause."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = LESSON.sheet
    for row in ROWS:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    workbook.save(tmp_path / "a.xlsx")
    done = pipeline.check([str(tmp_path / "a.xlsx")], read_settings({}))
    with CalamineWorkbook.from_path(str(done.files[0])) as report:
        found = [tuple(row[:4]) for row in report.get_sheet_by_name(SUMMARY_SHEET).to_python()]
    return [*found[[row[0] for row in found].index("Kind") + 1 :]]


def test_a_row_counts_once_for_its_cause(tmp_path: Path) -> None:
    assert causes(tmp_path, "D3:D5")[0][:2] == ("error", 2)


def test_what_is_about_no_sheet_is_not_placed_in_one(tmp_path: Path) -> None:
    assert causes(tmp_path)[1][3] == '"Active"'


def test_it_has_the_warnings_of_the_whole_import_too(tmp_path: Path) -> None:
    found = causes(tmp_path)
    assert [row[0] for row in found] == ["warning", "warning"]
    assert "imported as sections (rows: 2)" in str(found[0][2])
    assert str(found[1][2]).startswith("Left blank on 1 row.")
