"""The CSV report: everything as it came, and our three columns on every data row."""

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import report
from importer.entities import ACTIVE, OUR_HEADINGS, SECTION, TITLE
from importer.load import load
from importer.model import Book, Outcome, Row
from importer.problems import Code, Problem
from tests.builders import csv_book, problem_at, row_of, rows_of

OURS = ",".join(OUR_HEADINGS)


def written(book: Book, rows: list[Row]) -> list[bytes]:
    places = report.places([book], None)
    done = report.write([book], rows, places)
    assert done.problems == ()
    return [path.read_bytes() for path in done.files]


def cells(data: bytes, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def annotated(path: Path, data: bytes, *outcomes: Outcome, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    book = csv_book(path / "in.csv", data, encoding=encoding, delimiter=delimiter)
    return written(book, rows_of(book.sheets[0], outcomes))[0]


def test_every_data_row_has_its_answer_and_all_else_is_untouched(tmp_path: Path) -> None:
    data = b'Title,Active\r\n"A ""1""", "yes"\r\n\r\n=B,no\r\n'
    assert annotated(tmp_path, data) == (
        f'Title,Active,{OURS}\r\n"A ""1""", "yes",created,,1002\r\n\r\n=B,no,created,,1004\r\n'.encode()
    )


def test_a_last_line_without_an_end_stays_so(tmp_path: Path) -> None:
    assert annotated(tmp_path, b"Title\nA") == f"Title,{OURS}\nA,created,,1002".encode()


def test_a_separator_line_stays_first_and_is_not_counted(tmp_path: Path) -> None:
    found = annotated(tmp_path, b"sep=;\nTitle;Active\nA;yes\n", delimiter=";")
    assert found.decode().splitlines() == ["sep=;", "Title;Active;" + ";".join(OUR_HEADINGS), "A;yes;created;;1002"]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8-sig"),
        (b"", "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (b"", "utf-16-be"),
        (b"", "cp1252"),
    ],
)
def test_the_byte_order_mark_and_encoding_stay(tmp_path: Path, mark: bytes, encoding: str) -> None:
    plain = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(
        mark, encoding.removesuffix("-sig")
    )
    found = annotated(tmp_path, mark + "Title\néß\n".encode(plain), encoding=encoding)
    assert found == mark + f"Title,{OURS}\néß,created,,1002\n".encode(plain)


def test_short_and_long_rows_have_the_answer_under_its_headings(tmp_path: Path) -> None:
    found = cells(annotated(tmp_path, b"Title,Active\nA\nB,no,extra\n"))
    assert found[1:] == [["A", "", "created", "", "1002"], ["B", "no", "created", "", "1003", "extra"]]


def test_a_report_that_is_imported_again_gets_its_columns_replaced(tmp_path: Path) -> None:
    data = b"Import Status,Title,importerror,Active\nold,A,old,yes\nold,B\n"
    found = cells(annotated(tmp_path, data))
    record = OUR_HEADINGS[2]
    assert found[0] == [OUR_HEADINGS[0], "Title", OUR_HEADINGS[1], "Active", record]
    assert found[1:] == [["created", "A", "", "yes", "1002"], ["created", "B", "", "", "1003"]]


def test_errors_are_whole_messages_and_warnings_are_notes(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title,Active\nA,perhaps\n")
    (sheet,) = book.sheets
    problem = problem_at(sheet, 2, sheet.column(ACTIVE.name), "perhaps")
    note = Problem(code=Code.NOT_REACHED, place=sheet.place, row=2)
    found = cells(written(book, [row_of(sheet, 2, Outcome.INVALID, note, problem)])[0])
    assert found[1][2:] == ["invalid", f"{problem.message}\nNote: {note.message}", ""]


def test_the_errors_file_has_only_the_rows_to_correct(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\nA\nB\nC\nD\nE\nF\nG\nH\nI\nJ\nK\n")
    (sheet,) = book.sheets
    _, errors = written(book, rows_of(sheet, Outcome))
    assert [row[:2] for row in cells(errors)[1:]] == [
        ["F", "invalid"],
        ["G", "rejected"],
        ["H", "blocked"],
        ["I", "failed"],
    ]


def test_an_errors_file_of_a_file_without_a_last_line_end_has_one(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\r\nA", end="\r\n")
    _, errors = written(book, rows_of(book.sheets[0], [Outcome.FAILED]))
    assert errors == f"Title,{OURS}\r\nA,failed,,\r\n".encode()


def test_a_message_never_begins_like_a_formula_and_never_fails_to_encode(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "=x.csv", b"Title,Active\nA,yes\n", encoding="ascii")
    (sheet,) = book.sheets
    problem = problem_at(sheet, 2, sheet.column(ACTIVE.name), "\u4e2d…\u202e")
    found = cells(written(book, [row_of(sheet, 2, Outcome.INVALID, problem)])[0], "ascii")
    assert found[1][3].startswith('In =x.csv, row 2, column B "Active": "?...')


def test_a_file_that_was_changed_meanwhile_gets_its_report_from_what_was_read(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", codecs.BOM_UTF8 + b"Title,Other\n\nA,b\n", encoding="utf-8-sig")
    book.path.write_bytes(b"Other,Title\nx,y\n")
    done = report.write([book], rows_of(book.sheets[0]), report.places([book], None))
    assert [problem.code for problem in done.problems] == [Code.INPUT_CHANGED]
    assert done.files[0].read_bytes() == codecs.BOM_UTF8 + f"Title,{OURS}\n\nA,created,,1003\n".encode()


def test_a_loaded_file_is_answered_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    headings = ",".join(field.name for field in SECTION.needed)
    path.write_bytes(f'\r\n{headings}\r\n,,,\r\n101,"a\nb",1,Timed\r\n101,c,2,Timed\r\n'.encode())
    book = load(str(path))
    found = cells(written(book, rows_of(book.sheets[0]))[0])
    assert [row[-1] for row in found if len(row) > 4] == [OUR_HEADINGS[2], "1004", "1005"]
    assert load(str(report.places([book], None).targets[0].report)).sheets[0].cells.equals(book.sheets[0].cells)


SCRAPS = st.lists(st.sampled_from(["a", ",", "\n", "\r", "\r\n", '"\r\n,b"', '"x\ny"']), max_size=15)


@given(SCRAPS)
def test_answers_are_on_the_rows_that_were_read_whatever_their_lines_end_in(
    tmp_path_factory: pytest.TempPathFactory, scraps: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "in.csv"
    headings = ",".join(field.name for field in SECTION.needed)
    path.write_bytes(f"{headings}\r\n101,x,1,Timed\r\n{''.join(scraps)}".encode())
    book = load(str(path))
    before, after = cells(path.read_bytes()), cells(written(book, rows_of(book.sheets[0]))[0])
    answered = [number for number, row in enumerate(after, start=1) if f"{number + 1000}" in row]
    assert (len(after), answered) == (len(before), book.sheets[0].cells.index.tolist())
    assert [[cell for cell in row if cell.strip()] for row in before] == [
        [cell for cell in row if cell.strip() and cell not in {*OUR_HEADINGS, "created", f"{number + 1000}"}]
        for number, row in enumerate(after, start=1)
    ]


CELLS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('",;\r\n\t =+-@\0'), max_size=8)
GRIDS = st.lists(st.lists(CELLS, max_size=4), max_size=5)


@given(grid=GRIDS, end=st.sampled_from(["\n", "\r\n", "\r"]), quoted=st.booleans())
def test_no_cell_changes_and_no_row_moves(
    tmp_path_factory: pytest.TempPathFactory, grid: list[list[str]], end: str, quoted: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([[TITLE.name, ACTIVE.name], *grid])
    book = csv_book(tmp_path_factory.mktemp("csv") / "in.csv", text.getvalue().replace("\r\n", end).encode())
    before = cells(book.path.read_bytes())
    after = cells(written(book, rows_of(book.sheets[0]))[0])
    rows = set(book.sheets[0].cells.index) | {1}
    assert len(after) == len(before)
    for number, (was, now) in enumerate(zip(before, after, strict=True), start=1):
        assert (now[:2] + now[5:] if number in rows else now) == (
            was + [""] * (2 - len(was)) if number in rows else was
        )


@given(grid=GRIDS)
def test_a_second_report_of_a_report_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, grid: list[list[str]]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[TITLE.name, ACTIVE.name], *grid])
    folder = tmp_path_factory.mktemp("csv")
    once = annotated(folder, text.getvalue().encode())
    assert cells(annotated(folder, once)) == cells(once)
