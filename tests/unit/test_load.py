import csv
import hashlib
import io
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import HeadingError, NotASpreadsheetError
from importer.load import load
from importer.model import Book, Format, Sheet
from importer.problems import Code

HEADINGS = "CourseId,Title,DisplayOrder,UnlockType"
ROW = "101,Welcome,1,Timed"

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_(text: str | bytes, encoding: str = "utf-8", name: str = "sections.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return str(path)

    return write_


def only(book: Book) -> Sheet:
    (sheet,) = book.sheets
    return sheet


def rows(sheet: Sheet) -> list[int]:
    return [int(row) for row in sheet.cells.index]


def codes(sheet: Sheet) -> list[tuple[Code, int | None]]:
    return [(problem.code, problem.row) for problem in sheet.problems]


def test_a_csv_keeps_every_cell_as_text(write: Write) -> None:
    name = write(f"{HEADINGS}\n 101 ,None,1.0,007\n1e5,NA,nan,TRUE\n")
    assert only(load(name)).cells.to_numpy().tolist() == [[" 101 ", "None", "1.0", "007"], ["1e5", "NA", "nan", "TRUE"]]


def test_a_book_knows_its_file(write: Write) -> None:
    name = write(f"{HEADINGS}\r\n{ROW}\r\n")
    book = load(name)
    assert (book.name, book.format, book.path) == (name, Format.CSV, Path(name))
    assert book.sha256 == hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert book.dialect is not None and book.dialect.line_end == "\r\n"


def test_rows_have_the_numbers_that_excel_shows(write: Write) -> None:
    sheet = only(load(write(f'\n{HEADINGS}\n{ROW}\n\n101,"two\nlines",1,Timed\n , ,,\n{ROW}\n')))
    assert (sheet.header_row, rows(sheet), sheet.blank_rows) == (2, [3, 5, 7], 2)
    assert sheet.cells.index.name == "row"


@given(st.lists(st.sampled_from([ROW, "", " ,, ,", '101,"a\nb",1,Timed', "101"])).filter(lambda lines: ROW in lines))
def test_blank_rows_never_move_the_others(lines: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sections.csv"
        path.write_text("\n".join([HEADINGS, *lines]) + "\n", encoding="utf-8", newline="")
        sheet = only(load(str(path)))
    filled = [number for number, line in enumerate(lines, start=2) if line.strip(" ,")]
    assert rows(sheet) == filled
    assert len(filled) + sheet.blank_rows == len(lines)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told(write: Write, delimiter: str) -> None:
    body = '101;"a, b; c | d";1;Timed'
    text = f"{HEADINGS}\n{ROW}\n".replace(",", delimiter) + body.replace(";", delimiter, 1).replace(
        '";1;', f'"{delimiter}1{delimiter}'
    )
    book = load(write(text))
    assert book.dialect is not None and book.dialect.delimiter == delimiter
    assert only(book).cells.iloc[1].tolist() == ["101", "a, b; c | d", "1", "Timed"]


def test_commas_in_texts_do_not_make_them_the_delimiter(write: Write) -> None:
    heading = HEADINGS.replace(",", ";")
    book = load(write(f"{heading};Section Contents\n101;a, b, c, d;1;Timed;x, y, z, a, b, c, d\n"))
    assert book.dialect is not None and book.dialect.delimiter == ";"


def test_an_instruction_names_the_delimiter_and_is_no_row(write: Write) -> None:
    sheet = only(load(write(f"sep=|\r\n{HEADINGS}\r\n{ROW}\r\n".replace(",", "|"))))
    assert (sheet.header_row, rows(sheet)) == (1, [2])


def test_an_instruction_that_excel_widened_is_one_too(write: Write) -> None:
    sheet = only(load(write(f"sep=;;;;\n{HEADINGS}\n{ROW}\n".replace(",", ";"))))
    assert (sheet.header_row, rows(sheet)) == (1, [2])


TITLES = ["Course outline 2026\n", "Course outline, first version\n\n", ",,,\nSections,of,2026,\n", "Title,,,\n,\n"]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_headings_are_found_below_a_title(write: Write, title: str, delimiter: str) -> None:
    sheet = only(load(write(title + f"{HEADINGS}\n{ROW}\n\n{ROW}\n".replace(",", delimiter))))
    at = title.count("\n") + 1
    assert (sheet.header_row, rows(sheet), sheet.blank_rows) == (at, [at + 1, at + 3], 1)
    (said,) = sheet.problems
    assert (said.code, said.details) == (Code.HEADINGS_BELOW, {"header_row": at})


def test_a_row_that_repeats_the_headings_is_a_row(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS}\n{ROW}\n{HEADINGS}\n{ROW}\n")))
    assert (sheet.header_row, rows(sheet), sheet.problems) == (1, [2, 3, 4], ())


def test_headings_far_below_are_not_looked_for(write: Write) -> None:
    with pytest.raises(HeadingError, match="its first row"):
        load(write("Outline\n" * 20 + f"{HEADINGS}\n{ROW}\n"))


@given(above=st.lists(st.sampled_from(["", ",,,", "Outline", "A,B", '"Two\nlines"']), max_size=19))
def test_rows_above_the_headings_never_move_the_others(above: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "sections.csv")
        path.write_text("\n".join([*above, HEADINGS, ROW, "", ROW]), encoding="utf-8")
        sheet = only(load(str(path)))
    assert (sheet.header_row, rows(sheet)) == (len(above) + 1, [len(above) + 2, len(above) + 4])
    assert bool(sheet.problems) == any(row.strip(",") for row in above)


def test_the_delimiter_can_be_given(write: Write) -> None:
    assert rows(only(load(write(f"{HEADINGS}\n{ROW}\n".replace(",", "~")), delimiter="~"))) == [2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_the_encoding_is_told(write: Write, encoding: str) -> None:
    sheet = only(load(write(f"{HEADINGS}\n101,Café,1,Timed\n", encoding)))
    assert sheet.cells["Title"].tolist() == ["Café"]
    assert sheet.columns[0].heading == "CourseId"


def test_cyrillic_is_not_taken_for_western(write: Write) -> None:
    text = "Добро пожаловать в наше рабочее пространство, здесь есть столы и переговорные комнаты"
    sheet = only(load(write(f'{HEADINGS}\n101,"{text}",1,Timed\n', "cp1251")))
    assert sheet.cells["Title"].tolist() == [text]


def test_an_accent_after_much_plain_text_is_read_right(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS}\n" + f"{ROW}\n" * 20_000 + "101,Café,1,Timed\n", "cp1252")))
    assert sheet.cells["Title"].iloc[-1] == "Café"


def test_the_encoding_can_be_given(write: Write) -> None:
    book = load(write(f"{HEADINGS}\n101,Õlu,1,Timed\n", "cp1257"), encoding="cp1257")
    assert only(book).cells["Title"].tolist() == ["Õlu"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(write: Write, ends: str) -> None:
    book = load(write(ends.join([HEADINGS, ROW, ROW])))
    assert rows(only(book)) == [2, 3]
    assert book.dialect is not None and book.dialect.line_end == ends


SCRAPS = st.lists(st.sampled_from(["a", ",", "\n", "\r", "\r\n", '"', '""', '"\r\n,b"', '"x\ny"']), max_size=15)


@given(SCRAPS)
def test_rows_are_those_of_the_csv_module_whatever_their_lines_end_in(scraps: list[str]) -> None:
    text = f"{HEADINGS}\r\n{ROW}\r\n" + "".join(scraps)
    records = list(csv.reader(chain(io.StringIO(text, newline=""), ["#"])))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sections.csv"
        path.write_bytes(text.encode())
        if records.pop() != ["#"]:
            with pytest.raises(NotASpreadsheetError, match=r"on line \d+ is never closed"):
                load(str(path))
            return
        sheet = only(load(str(path)))
    width = len(HEADINGS.split(","))
    filled = {at: [cell if cell.strip() else None for cell in cells] for at, cells in enumerate(records, start=1)}
    filled = {at: [*cells, *[None] * width][:width] for at, cells in filled.items() if any(cells) and at > 1}
    assert dict(zip(rows(sheet), sheet.cells.to_numpy().tolist(), strict=True)) == filled
    assert sheet.blank_rows == len(records) - 1 - len(filled)


def test_a_line_that_ends_twice_in_a_row_that_does_not(write: Write) -> None:
    sheet = only(load(write(f'{HEADINGS}\r\n101,"a\n\r\nb",1,Timed\r\n\r\n{ROW}\n\r\n{ROW}\r\n')))
    assert (rows(sheet), sheet.blank_rows) == ([2, 4, 6], 2)


def test_the_line_end_is_not_told_from_inside_quotes(write: Write) -> None:
    book = load(write(f'"Section\nContents",{HEADINGS}\r\n"a\nb",{ROW}\r\n'))
    assert book.dialect is not None and book.dialect.line_end == "\r\n"


def test_a_very_long_cell_is_read(write: Write) -> None:
    sheet = only(load(write(f'{HEADINGS},SectionContents\n{ROW},"{"x" * 300_000}"\n')))
    assert len(sheet.cells["SectionContents"].iloc[0]) == 300_000


def test_too_long_and_too_short_rows_are_kept_and_told(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS}\n{ROW},extra\n101,Welcome\n{ROW},,\n{ROW}\n")))
    assert codes(sheet) == [(Code.TOO_MANY_CELLS, 2), (Code.TOO_FEW_CELLS, 3)]
    assert rows(sheet) == [2, 3, 4, 5]
    assert "the row has more cells (5) than there are headings (4)" in sheet.problems[0].message
    assert list(sheet.cells.loc[3]) == ["101", "Welcome", None, None]


@given(st.lists(st.integers(min_value=1, max_value=7), min_size=1, max_size=8))
def test_ragged_rows_never_shift(lengths: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sections.csv"
        lines = [",".join(str(at) for at in range(length)) for length in lengths]
        path.write_text("\n".join([HEADINGS, *lines]), encoding="utf-8")
        sheet = only(load(str(path), delimiter=","))
    for row, length in zip(rows(sheet), lengths, strict=True):
        assert list(sheet.cells.loc[row]) == [str(at) if at < length else None for at in range(4)]
    wrong = {number for number, length in enumerate(lengths, start=2) if length != 4}
    assert {row for _, row in codes(sheet)} == wrong


def test_unknown_columns_are_named_with_the_nearest(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS},Notes,Activ\n{ROW},x,yes\n")))
    assert [problem.message for problem in sheet.problems] == [
        'sections.csv, column E "Notes": this column is not known and was ignored.',
        'sections.csv, column F "Activ": this column is not known and was ignored. Did you mean "Active"?',
    ]
    assert [column.heading for column in sheet.columns] == [*HEADINGS.split(","), "Notes", "Activ"]


def test_a_column_without_heading_is_told_only_if_it_holds_something(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS},,\n{ROW},,stray\n")))
    assert [problem.message for problem in sheet.problems] == [
        "sections.csv: column F has no heading and was ignored. Give it a heading in row 1."
    ]


def test_the_columns_of_a_report_are_ignored_without_a_word(write: Write) -> None:
    sheet = only(load(write(f"{HEADINGS},ImportStatus,ImportError,NexudusId\n{ROW},invalid,why,7\n")))
    assert sheet.problems == ()
    assert list(sheet.cells.columns) == HEADINGS.split(",")


def test_the_kind_can_be_given_or_is_told_by_the_columns(write: Write) -> None:
    assert only(load(write(f"{HEADINGS}\n{ROW}\n"))).entity.kind == "sections"
    assert only(load(write(f"{HEADINGS},CompletionType\n{ROW},None\n"))).entity.kind == "lessons"
    given_ = load(write(f"{HEADINGS},CompletionType\n{ROW},None\n"), kind="sections")
    assert only(given_).entity.kind == "sections"


def test_a_required_column_may_be_missing_where_an_option_provides_it(write: Write) -> None:
    text = f"{HEADINGS}\n{ROW}\n".replace("CourseId,", "").replace("101,", "")
    assert "CourseId" not in only(load(write(text), provided=frozenset({"CourseId"}))).cells.columns
