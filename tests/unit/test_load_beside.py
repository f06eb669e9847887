"""Rows with a text beside the columns that are imported and nothing in those."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from importer import pipeline
from importer.errors import EmptyFileError
from importer.load import load
from importer.model import Report
from importer.problems import Code
from importer.settings import read_settings

HEADINGS = ["Week", "CourseId", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Legend"]
ROW = ["1", 101, "Keys", 1, "Immediate", "None", "Timed = days"]


def workbook(path: Path, *rows: list[object]) -> str:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return str(path)


def csv(path: Path, *lines: str) -> str:
    path.write_text("\n".join([",".join(HEADINGS), *lines]) + "\n")
    return str(path)


def checked(path: str) -> Report:
    return pipeline.check([path], read_settings({}))


def skipped(report: Report) -> list[tuple[object, object]]:
    return [(one.details["rows"], one.details["numbers"]) for one in report.problems if one.code is Code.TEXT_BESIDE]


def test_they_are_skipped_counted_and_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*ROW], [], ["Week 2"], [*[None] * 6, "Ask Ana"], [None, None, "Tour"])
    report = checked(path)
    assert skipped(report) == [("2 rows", "4, 5")]
    assert (report.blank_rows, [(row.key.row, row.title) for row in report.rows]) == (3, [(2, "Keys"), (6, "Tour")])
    assert {problem.row for row in report.rows for problem in row.verdict.problems} == {6}


def test_they_are_skipped_in_a_csv(tmp_path: Path) -> None:
    report = checked(csv(tmp_path / "a.csv", "1,101,Keys,1,Immediate,None,x", ",,,,,,Ask Ana", ",,,,,,"))
    assert skipped(report) == [("1 row", "3")]
    assert (report.blank_rows, len(report.rows)) == (2, 1)


@pytest.mark.parametrize("line", [',,,,,,"Ask\n1,101,Ana,1,Immediate,None,x"', ',,,,,,"Ask" x', ",,,,,,Ask,Ana"])
def test_a_row_of_a_csv_of_which_something_may_be_wrong_is_told(tmp_path: Path, line: str) -> None:
    report = checked(csv(tmp_path / "a.csv", "1,101,Keys,1,Immediate,None,x", line))
    assert skipped(report) == []
    assert [any(one.is_error for one in row.verdict.problems) for row in report.rows] == [False, True]


def test_what_is_said_of_a_short_row_is_said_once(tmp_path: Path) -> None:
    report = checked(csv(tmp_path / "a.csv", "1,101,Keys,1,Immediate,None,x", "Ask"))
    assert skipped(report) == [("1 row", "3")]
    (sheet,) = load(str(tmp_path / "a.csv")).sheets
    assert [problem.row for problem in sheet.problems] == [None] * len(sheet.problems)


def test_an_errors_file_and_a_report_leave_them_as_they_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*ROW], ["Week 2"], [None, None, "Tour"])
    for file in checked(path).files:
        again = checked(str(file))
        assert skipped(again) == ([] if ".errors" in file.name else [("1 row", "3")])
        assert again.rows[-1].title == "Tour"


def test_nothing_but_such_rows_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(EmptyFileError):
        load(workbook(tmp_path / "a.xlsx", ["Week 1"], ["Week 2"]))


def test_who_is_about_to_map_the_columns_sees_all_rows(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [*ROW], ["Week 2"])
    assert len(load(path, tolerant=True).sheets[0].cells) == 2
