"""Quotes of a CSV that do not close where they should."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.load import load
from importer.model import Sheet
from importer.problems import Code

HEADINGS = "CourseId,Title,DisplayOrder,UnlockType,SectionContents,Active"
ROW = "101,Welcome,1,Timed,<p>Hello</p>,yes"

Read = Callable[[str], Sheet]


def loaded(folder: Path, text: str) -> Sheet:
    path = folder / "sections.csv"
    path.write_bytes(text.encode())
    (sheet,) = load(str(path)).sheets
    return sheet


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return lambda text: loaded(tmp_path, text)


def found(sheet: Sheet) -> list[tuple[Code, int | None]]:
    return [(problem.code, problem.row) for problem in sheet.problems]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (['101,"open,1,Timed,,yes', ROW, '101,"next",1,Timed,,yes'], Code.TEXT_AFTER_QUOTE),
        (['101,"open,1,Timed,,yes', ROW, '101,19",1,Timed,,yes'], Code.ROWS_IN_CELL),
        (['101,x,1,Timed,"<p>a</p>', "<p>b</p>,yes", ROW, '101,19",yes'], Code.ROWS_IN_CELL),
        (['101,x,1,Timed,"<p>a</p>,yes', '101,y,1,Timed,"<p>b</p>",yes'], Code.TEXT_AFTER_QUOTE),
        (['101,"Say "hello"",1,Timed,,yes'], Code.TEXT_AFTER_QUOTE),
        (['101,"19" screen",1,Timed,,yes'], Code.TEXT_AFTER_QUOTE),
    ],
)
def test_a_quote_that_closes_by_accident_is_the_problem_of_its_row(read: Read, rows: list[str], code: Code) -> None:
    sheet = read("\n".join([HEADINGS, ROW, *rows, ROW]))
    assert (code, 3) in found(sheet)
    assert all(problem.is_error and problem.row == 3 for problem in sheet.problems)
    assert sheet.cells["Title"].tolist()[-1] == "Welcome"


def test_the_line_of_the_file_is_named_where_it_is_not_the_row(read: Read) -> None:
    sheet = read(f'{HEADINGS}\n101,"two\nlines",1,Timed,,yes\n101,"a" b,1,Timed,,yes\n')
    assert "row 3: a text goes on" in sheet.problems[0].message
    assert "on line 4 of the file" in sheet.problems[0].message


@pytest.mark.parametrize(
    "body",
    [
        "<p>Bring a towel, soap, 2 locks</p>\n<p>101 things, 3 of them new</p>",
        "1, 2, 3\n4, 5, 6\n101, 102, yes",
        'He said "yes",\n"no", and 1,\n2',
        "Agenda\n\n1. Welcome, 2. Keys, yes\n101. Course",
        "a,b\r\nc,d\re,f\n",
    ],
)
@pytest.mark.parametrize("heading", ["Title", "SectionContents"])
def test_texts_of_several_lines_are_no_rows(read: Read, body: str, heading: str) -> None:
    text = io.StringIO()
    row = [101, "x", 1, "Timed", "y", "yes"]
    row[HEADINGS.split(",").index(heading)] = body
    csv.writer(text).writerows([HEADINGS.split(","), row, row])
    sheet = read(text.getvalue())
    assert (found(sheet), sheet.cells[heading].tolist()) == ([], [body, body])


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\r\n\t"))


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
def test_what_the_csv_module_writes_has_no_quote_astray(texts: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    rows = [[101, f"x{title}", 1, "Timed", f"y{body}", "yes"] for title, body in texts]
    csv.writer(text).writerows([HEADINGS.split(","), *rows])
    with TemporaryDirectory() as folder:
        sheet = loaded(Path(folder), text.getvalue())
    assert found(sheet) == []
    assert len(sheet.cells) == len(rows)
