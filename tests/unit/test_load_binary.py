"""Binary workbooks (.xlsb): read as the others are, and refused where they would break or burden the reader."""

import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from importer import pipeline
from importer.errors import FileError, NotASpreadsheetError, TooLargeError
from importer.load import load
from importer.model import Book, ErrorCell, Format
from importer.problems import Code
from importer.settings import FileLimits, read_settings
from tests.hostile import pack as pack_parts
from tests.samples.binary import (
    DATE,
    PERCENT,
    THOUSANDS,
    BinarySheet,
    Cell,
    cell,
    record,
    row_head,
    text,
    write,
)

HEADINGS: list[Cell] = ["CourseId", "Title", "DisplayOrder", "UnlockType", "SectionContents"]
ROW: list[Cell] = [101, "Welcome", 1, "Timed", None]
WORKBOOK = Path(__file__).parents[1] / "samples" / "messy.xlsb"
PARTS = ("xl/workbook.bin", "xl/styles.bin", "xl/sharedStrings.bin", "xl/worksheets/sheet1.bin")


def loaded(path: Path, sheet: BinarySheet, *, from_1904: bool = False) -> Book:
    write(path, {"Sections": sheet}, from_1904=from_1904)
    return load(str(path))


def cells(book: Book) -> dict[int, list[object]]:
    (sheet,) = book.sheets
    return {int(row): list(values) for row, values in zip(sheet.cells.index, sheet.cells.to_numpy(), strict=True)}


def test_it_is_told_by_content_and_rows_are_those_of_excel(tmp_path: Path) -> None:
    book = loaded(tmp_path / "x.csv", BinarySheet([[], [None, *HEADINGS], [], [None, *ROW], [None], [None, 7]]))
    assert book.format is Format.XLSB
    assert cells(book) == {4: ROW, 6: [7, None, None, None, None]}
    assert [column.letter for column in book.sheets[0].columns] == ["B", "C", "D", "E", "F"]


def test_errors_formulas_and_rich_texts_are_what_they_show(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [HEADINGS, ["=1/0", "None", "=3+4", True, "007"]]
    more = row_head(2) + cell(3, 0, b"\x2a") + cell(62, 1, b"\x00" + text("Rich")) + cell(6, 4, text("a\nb"))
    assert cells(loaded(tmp_path / "x.xlsb", BinarySheet(rows, more=more))) == {
        2: [ErrorCell("#DIV/0!"), "None", 7, True, "007"],
        3: [ErrorCell("#N/A"), "Rich", None, None, "a\nb"],
    }


@pytest.mark.parametrize(("from_1904", "day"), [(False, date(2026, 3, 1)), (True, date(2030, 3, 2))])
def test_days_are_days_however_they_are_stored(tmp_path: Path, from_1904: bool, day: date) -> None:
    rows: list[list[Cell]] = [HEADINGS, [*ROW[:2], date(2026, 3, 1)], [*ROW[:2], 46082.5]]
    found = cells(loaded(tmp_path / "x.xlsb", BinarySheet(rows, styles={(2, 2): DATE}), from_1904=from_1904))
    assert [found[2][2], found[3][2]] == [day, datetime.combine(day, time(12))]


def test_numbers_that_are_shown_otherwise_are_told(tmp_path: Path) -> None:
    numbers: list[float] = [1, 0.5, 1_500_000, 7]
    rows: list[Sequence[Cell]] = [HEADINGS, *((101, "Welcome", number, "Timed") for number in numbers)]
    styles = {(1, 2): PERCENT, (2, 2): PERCENT, (3, 2): THOUSANDS}
    found = cells(loaded(tmp_path / "x.xlsb", BinarySheet(rows, styles=styles)))
    assert [str(row[2]) for row in found.values()] == ["100%", "50%", "1,500", "7"]


def test_short_numbers_of_every_kind(tmp_path: Path) -> None:
    fraction = pack("<i", 0x40040000)  # the upper half of 2.5, with its two lowest bits free
    hundredth = pack("<i", 250 << 2 | 0b11)
    rows: list[list[Cell]] = [HEADINGS, *[ROW[:2]] * 3]
    heads = [cell(2, 2, fraction, PERCENT), cell(2, 2, hundredth, PERCENT), cell(2, 2, hundredth)]
    more = b"".join(row_head(at) + one for at, one in enumerate(heads, 4))
    found = cells(loaded(tmp_path / "x.xlsb", BinarySheet(rows, more=more)))
    assert [str(found[row][2]) for row in (5, 6, 7)] == ["250%", "250%", "2.5"]


def test_hidden_sheets_and_rows_are_imported_and_told(tmp_path: Path) -> None:
    book = loaded(tmp_path / "x.xlsb", BinarySheet([HEADINGS, ROW, ROW], hidden=frozenset({2}), state=1))
    assert list(cells(book)) == [2, 3]
    assert {problem.code for problem in book.problems} == {Code.HIDDEN_SHEET, Code.HIDDEN_ROWS}


def test_cells_under_a_merged_one_are_told(tmp_path: Path) -> None:
    after = record(176, pack("<IIII", 1, 2, 3, 3))
    book = loaded(tmp_path / "x.xlsb", BinarySheet([HEADINGS, ROW, [*ROW[:3], None]], after=after))
    (problem,) = book.sheets[0].problems
    assert (problem.code, problem.row, problem.value) == (Code.MERGED_CELL, 3, "Timed")


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        (FileLimits(max_rows=1), "sheet Sections: its cells reach to row 2, and"),
        (FileLimits(max_columns=3), "to column D"),
        (FileLimits(max_cells=7), "to D2, too far"),
    ],
)
def test_it_has_the_same_limits(tmp_path: Path, limits: FileLimits, part: str) -> None:
    write(tmp_path / "x.xlsb", {"Sections": BinarySheet([HEADINGS[:4], ROW])})
    with pytest.raises(TooLargeError, match=part):
        load(str(tmp_path / "x.xlsb"), limits=limits)
    assert load(str(tmp_path / "x.xlsb")).sheets


def test_its_sheets_count_together(tmp_path: Path) -> None:
    write(tmp_path / "x.xlsb", {"Sections": BinarySheet([HEADINGS[:4], ROW]), "Notes": BinarySheet([HEADINGS[:4]])})
    with pytest.raises(TooLargeError, match=r"x\.xlsb: its sheets together reach over 12 cells"):
        load(str(tmp_path / "x.xlsb"), limits=FileLimits(max_cells=11))
    assert load(str(tmp_path / "x.xlsb"), limits=FileLimits(max_cells=12)).sheets


def test_a_cell_far_away_and_one_text_in_many_cells_are_refused(tmp_path: Path) -> None:
    far = row_head(1_000_000) + cell(4, 2**31, b"\x01")
    with pytest.raises(TooLargeError, match="columns are read"):
        loaded(tmp_path / "x.xlsb", BinarySheet([HEADINGS, ROW], more=far))
    long: list[Cell] = [101, "A" * 10**6]
    rows = [HEADINGS, *[long] * 1100]
    with pytest.raises(TooLargeError, match="written out"):
        loaded(tmp_path / "y.xlsb", BinarySheet(rows))


@pytest.mark.parametrize(
    "odd",
    [
        row_head(0),
        cell(2, 0, b""),
        cell(3, 0, b""),
        cell(62, 0, b"\x00\xff\xff\xff\x00"),
        cell(13, 0, bytes(4)),
        b"\x02\xff\xff\x7f",
        b"\x02",
    ],
    ids=["a row again", "no number", "no error", "a text cut off", "no column", "a record cut off", "no length"],
)
def test_records_that_the_fast_reader_would_break_at_are_refused(tmp_path: Path, odd: bytes) -> None:
    with pytest.raises(NotASpreadsheetError, match="damaged"):
        loaded(tmp_path / "x.xlsb", BinarySheet([HEADINGS, ROW], more=odd))


@settings(max_examples=60, deadline=None)
@given(at=st.lists(st.integers(0, 10**4), min_size=1, max_size=10), part=st.sampled_from(PARTS))
def test_wrong_bytes_are_read_or_refused(at: list[int], part: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("x") / "x.xlsb"
    with zipfile.ZipFile(WORKBOOK) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = bytearray(parts[part])
    for place in at:
        content[place % len(content)] ^= 0x55
    pack_parts(path, {**parts, part: bytes(content)})
    with suppress(FileError):
        assert load(str(path)).sheets


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14) | st.text(max_size=9),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_cells_are_what_the_fast_reader_gives(tmp_path_factory: pytest.TempPathFactory, rows: list[list[Cell]]) -> None:
    path = tmp_path_factory.mktemp("x") / "x.xlsb"
    write(path, {"Sections": BinarySheet([HEADINGS, *rows, ROW])})
    with CalamineWorkbook.from_path(path) as book:
        given_ = book.get_sheet_by_name("Sections").to_python()[1:]
    found = cells(load(str(path)))
    for number, row in enumerate(given_, start=2):
        kept = [None if isinstance(one, str) and not one.strip() else one for one in row]
        assert found.get(number, [None] * 5) == kept


def test_the_report_is_an_xlsx_with_its_values(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [HEADINGS, ["wrong", "=1+1", date(2026, 3, 1), "=1/0"], ROW]
    write(tmp_path / "in.xlsb", {"Sections": BinarySheet(rows), "Notes": BinarySheet([["kept"]])})
    report = pipeline.check([str(tmp_path / "in.xlsb")], read_settings({}))
    assert [file.name for file in report.files] == ["in.report.xlsx", "in.errors.xlsx"]
    book = load_workbook(report.files[0])
    assert book["Notes"]["A1"].value == "kept"
    written = [one.value for one in book["Sections"][2]][:4]
    assert written == ["wrong", "=1+1", datetime(2026, 3, 1), "#DIV/0!"]
    assert book["Sections"]["B2"].data_type == "s"
    assert cells(load(str(report.files[1])))[2][:4] == ["wrong", "=1+1", date(2026, 3, 1), ErrorCell("#DIV/0!")]
