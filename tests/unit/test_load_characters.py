"""Characters that belong to no text: their rows are told, and the others are read."""

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from importer.load import load
from importer.load.clean import is_clean_utf8
from importer.model import Table
from importer.normalise import normalise
from importer.problems import Code

HEADINGS = "CourseId,Title,DisplayOrder,UnlockType,SectionContents"
ODD = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), 0xFFFD, 0xFFFE, 0xFFFF]))
MOST_SECONDS = 10.0

Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_(content: bytes, encoding: str | None = None) -> Table:
        path = tmp_path / "sections.csv"
        path.write_bytes(content)
        (sheet,) = load(str(path), kind="sections", encoding=encoding).sheets
        return normalise(sheet, {})

    return read_


def found(table: Table) -> list[tuple[Code, int | None]]:
    return [(problem.code, problem.row) for problem in (*table.sheet.problems, *table.problems)]


def lines(*rows: str) -> str:
    return "\n".join([HEADINGS, *rows])


@pytest.mark.parametrize("cell", ["a\0b", "a\x0bb", "\x1b[31m", "a\x85b"])
@pytest.mark.parametrize("row", ["101,{},1,Timed,", "101,a,1,Timed,{}"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_control_character_is_the_problem_of_its_row(read: Read, cell: str, row: str, encoding: str) -> None:
    text = lines("101,fine,1,Timed,<p>é</p>", row.format(cell))
    assert found(read(text.encode(encoding))) == [(Code.CONTROL_CHARACTER, 3)]


def test_a_control_character_far_into_a_text(read: Read) -> None:
    text = lines(*["101,fine,1,Timed,<p>é</p>"] * 40_000, "101,a\0b,1,Timed,")
    assert found(read(text.encode())) == [(Code.CONTROL_CHARACTER, 40_002)]


def test_a_few_bytes_that_are_not_utf8_are_the_problem_of_their_row(read: Read) -> None:
    content = lines("101,Café Zürich Ærø,1,Timed,").encode() + b'\n101,"two\nlines",1,Timed,\n101,\xe9t,1,Timed,x'
    table = read(content)
    assert found(table) == [(Code.UNREADABLE_CHARACTER, 4)]
    assert 'at "[byte E9]t"' in table.problems[0].message
    assert table.rows["Title"].tolist()[:2] == ["Café Zürich Ærø", "two\nlines"]


def test_half_a_character_of_utf16_is_the_problem_of_its_row(read: Read) -> None:
    content = lines("101,fine,1,Timed,", "101,a").encode("utf-16") + b"\x00\xd8" + ",1,Timed,".encode("utf-16-le")
    assert found(read(content)) == [(Code.UNREADABLE_CHARACTER, 3)]


def test_a_character_that_got_lost_is_never_sent(read: Read) -> None:
    assert found(read(lines("101,Caf\ufffd,1,Timed,", "101,a,1,Timed,Caf\ufffd").encode())) == [
        (Code.LOST_CHARACTER, 2),
        (Code.LOST_CHARACTER, 3),
    ]


def test_an_encoding_that_was_guessed_is_said_with_a_word_of_it(read: Read) -> None:
    table = read(lines("101,plain,1,Timed,", "101,Zażółć gęślą jaźń,1,Timed,").encode("cp1250"))
    (problem,) = table.sheet.problems
    assert problem.code is Code.ENCODING_GUESSED
    assert 'as Windows-1250 it reads "Zażółć"' in problem.message


@pytest.mark.parametrize(
    "before", ["", "a" * 300_000, "a" * 300_000 + ",1,Timed,\n101,"], ids=["none", "beside", "above"]
)
def test_a_word_is_found_at_once_behind_a_long_one(read: Read, before: str) -> None:
    started = time.perf_counter()
    (problem,) = read(lines(f"101,{before} Grüße,1,Timed,").encode("cp1252")).sheet.problems
    assert 'it reads "Grüße"' in problem.message
    assert time.perf_counter() - started < MOST_SECONDS


def test_a_word_without_an_end_is_shortened(read: Read) -> None:
    (problem,) = read(lines(f"101,{'a' * 300_000}é,1,Timed,").encode("cp1252")).sheet.problems
    assert 'it reads "aaaa' in problem.message and len(problem.message) < 1000


def test_an_encoding_that_was_given_is_not_guessed(read: Read) -> None:
    assert found(read(lines("101,Grüße,1,Timed,").encode("cp1252"), encoding="cp1252")) == []


@pytest.mark.parametrize("escape", ["_x0001_", "_x000B_", "_x001F_"])
def test_a_control_character_of_a_workbook(tmp_path: Path, escape: str) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS.split(","))
    sheet.append([101, f"a{escape}b", 1, "Timed", None])
    book.save(tmp_path / "book.xlsx")
    (loaded,) = load(str(tmp_path / "book.xlsx"), kind="sections").sheets
    assert found(normalise(loaded, {})) == [(Code.CONTROL_CHARACTER, 2)]


@given(before=st.text(max_size=5), odd=st.sampled_from(ODD), after=st.text(max_size=5))
def test_bytes_with_an_odd_character_are_never_clean(before: str, odd: str, after: str) -> None:
    data = (before + odd + after).encode()
    assert not is_clean_utf8(data)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=ODD)))
def test_bytes_of_ordinary_text_are_clean(text: str) -> None:
    assert is_clean_utf8((text + "\t\r\n").encode())


@given(
    cells=st.lists(st.text(st.characters(exclude_characters='",\r\n', codec="utf-8"), min_size=1), min_size=1),
    odd=st.sampled_from(ODD),
)
def test_exactly_the_rows_with_an_odd_character_are_told(cells: list[str], odd: str) -> None:
    rows = [cell if at % 2 else f"x{cell}{odd}" for at, cell in enumerate(cells)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "sections.csv")
        path.write_text(lines(*(f"101,{row},1,Immediate,-" for row in rows)), encoding="utf-8-sig", newline="")
        (sheet,) = load(str(path)).sheets
    told = {one.row for one in normalise(sheet, {}).problems if one.code is not Code.NOTHING_SEEN}
    # What is nothing but characters that count as blanks is a blank cell.
    assert told == {number for number, row in enumerate(rows, start=2) if set(row) & set(ODD) and row.strip()}
