"""What is read is what other readers read, and an errors file holds what its input held, to the character."""

import csv
import datetime
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from importer import pipeline
from importer.load import load
from importer.settings import read_settings

HEADINGS = ["CourseId", "Title", "DisplayOrder", "UnlockType", "SectionContents"]
WRONG = "wrong"
"""A course that no row can have, so that every row is left to correct."""

ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
PLAIN = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff"),
    max_size=30,
)
"""Texts that XML can hold."""
ODD = st.sampled_from(
    ["=1+1", "'7", "+1", "@x", '"', '""', '"a" b', "a,b;c|d\te", "x\r\ny", " x ", "_x0041_", "#N/A", "007"]
)
Way = tuple[str, str, str, Literal[0, 1, 2]]
DIALECTS: st.SearchStrategy[Way] = st.tuples(
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
NUMBERS = st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14).map(lambda number: float(f"{number:.10g}"))
DATES = st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
Value = bool | int | float | str | datetime.datetime | None
VALUES: st.SearchStrategy[Value] = st.none() | st.booleans() | NUMBERS | DATES | ODD | PLAIN


def cells(path: Path) -> list[list[object]]:
    (sheet,) = load(str(path), kind="sections").sheets
    return [list(row) for row in sheet.cells.astype(object).to_numpy()]


def errors_of(path: Path) -> Path:
    report = pipeline.check([str(path)], read_settings({"kind": "sections"}))
    (errors,) = [file for file in report.files if ".errors" in file.name]
    return errors


def is_left(path: Path) -> bool:
    """Whether a row still names no course."""
    report = pipeline.check([str(path)], read_settings({"kind": "sections"}))
    fields = {
        problem.column.field for row in report.rows for problem in row.verdict.problems if problem.column is not None
    }
    return "CourseId" in fields


def write_csv(path: Path, rows: list[list[str]], dialect: Way) -> None:
    delimiter, encoding, end, quoting = dialect
    text = io.StringIO(newline="")
    if end == "\n" and quoting == csv.QUOTE_MINIMAL:
        quoting = csv.QUOTE_ALL  # the csv module forgets the quotes round a lone carriage return
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([HEADINGS, *rows])
    path.write_bytes(text.getvalue().encode(encoding))


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.tuples(ANY | ODD, ANY | ODD), min_size=1, max_size=6), dialect=DIALECTS)
def test_the_errors_file_of_a_csv_holds_what_the_csv_module_wrote(rows: list[tuple[str, str]], dialect: Way) -> None:
    grid = [[WRONG, title, "1", "Timed", body] for title, body in rows]
    with TemporaryDirectory() as folder:
        path = Path(folder, "in.csv")
        write_csv(path, grid, dialect)
        read = [["" if cell is None else cell for cell in row] for row in cells(path)]
        blank = [["" if cell.isspace() else cell for cell in row] for row in grid]
        assert read == blank
        errors = errors_of(path)
        assert cells(errors) == cells(path)
        text = errors.read_bytes().decode(dialect[1])
        errors.write_bytes(text.replace(WRONG, "101").encode(dialect[1]))
        assert not is_left(errors)


@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=5))
def test_a_workbook_is_read_as_openpyxl_reads_it_and_its_errors_file_is_the_same(
    rows: list[tuple[Value, Value, Value]],
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS)
    for number, (title, order, body) in enumerate(rows, start=2):
        for column, value in enumerate([WRONG, title, order, "Timed", body], start=1):
            cell = sheet.cell(row=number, column=column, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
    with TemporaryDirectory() as folder:
        path = Path(folder, "in.xlsx")
        book.save(path)
        read = cells(path)
        assert [[same(cell) for cell in row] for row in read] == by_openpyxl(path)
        errors = errors_of(path)
        assert cells(errors) == read
        corrected = load_workbook(errors)
        for row in corrected.worksheets[0].iter_rows(min_row=2, max_col=1):
            row[0].value = 101
        corrected.save(errors)
        assert not is_left(errors)


def by_openpyxl(path: Path) -> list[list[object]]:
    (sheet,) = load_workbook(path, data_only=True).worksheets
    shown = (
        [unescape(cell) if isinstance(cell, str) else cell for cell in row]
        for row in sheet.iter_rows(min_row=2, values_only=True)
    )
    return [[same(cell) for cell in row] for row in shown]


def same(cell: object) -> object:
    """A cell in the one of several forms that readers give it."""
    if isinstance(cell, str):
        return None if not cell or cell.isspace() else cell.replace("\r\n", "\n")
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
        return datetime.datetime.combine(cell, datetime.time())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    return cell
