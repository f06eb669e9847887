"""Files that cannot be used at all: one clear sentence each."""

import os
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from importer.errors import (
    EmptyFileError,
    FileError,
    FileMissingError,
    HeadingError,
    NotASpreadsheetError,
    NothingToImportError,
    TooLargeError,
)
from importer.load import load
from importer.load.reading import refusing_panics

XML_SPREADSHEET = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
FLAT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<office:document xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'office:mimetype="application/vnd.oasis.opendocument.spreadsheet"/>'
)
HEADINGS = "CourseId,Title,DisplayOrder,UnlockType"
ROW = "101,Welcome,1,Timed"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    """The sentence about a file with this content, after the file's name."""

    def refused_(content: bytes | str, error: type[FileError], name: str = "file.csv", **options: str) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(error) as caught:
            load(str(path), **options)  # type: ignore[arg-type]
        message = caught.value.message
        assert message.startswith(str(path)) and "\n" not in message and message.endswith(".")
        return message.removeprefix(str(path)).lstrip(": ")

    return refused_


def workbook(tmp_path: Path, *sheets: tuple[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "made.xlsx")
    return (tmp_path / "made.xlsx").read_bytes()


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="there is no such file"):
        load(str(tmp_path / "missing.csv"))
    with pytest.raises(FileMissingError, match="a file needs a name"):
        load("")
    with pytest.raises(FileMissingError, match="this is a folder"):
        load(str(tmp_path))


@pytest.mark.parametrize("content", ["", "\n\n \n,,\n", "\ufeff"])
def test_an_empty_file(refused: Refused, content: str) -> None:
    assert refused(content, EmptyFileError) == "the file is empty."


def test_headings_only(refused: Refused) -> None:
    assert refused(f"{HEADINGS}\n\n", EmptyFileError) == "there are headings, but no rows under them."


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "this is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "this is a picture"),
        (b"\xff\xd8\xff\xe0", "this is a picture"),
        (b"{\\rtf1", "this is a text document"),
        (b"\x1f\x8b\x08", "this is a packed archive"),
        (b'<?xml version="1.0"?><x/>', "this is an XML file"),
        (XML_SPREADSHEET.encode(), "this is an XML spreadsheet of 2003"),
        (XML_SPREADSHEET.encode("utf-16"), "this is an XML spreadsheet of 2003"),
        (FLAT.encode(), "this is a flat OpenDocument spreadsheet (.fods); open it in LibreOffice and save it as"),
        (
            b'ID;PCALCOOO32\nB;Y2;X2\nC;X1;Y1;K"CourseId"\nC;X2;Y1;K"Title"\nE\n',
            "this is a SYLK file (.slk); open it in",
        ),
        ("<html><table>".encode("utf-16"), "this is a web page"),
        (b"\r\n<!DOCTYPE html><table>", "this is a web page"),
        (b"<html><body>", "this is a web page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html>", "this is a web page"),
        (b"\x7fELF\x00\x01\x02\x03" * 20, "neither a workbook nor a text"),
        (OLE, "an old Office file, but not a workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
    ],
)
def test_other_kinds_of_file_whatever_they_are_called(refused: Refused, content: bytes, what: str) -> None:
    assert what in refused(content, NotASpreadsheetError, "lessons.xls")


def test_a_truncated_workbook(tmp_path: Path, refused: Refused) -> None:
    whole = workbook(tmp_path, ("Sections", [[*HEADINGS.split(",")], [101, "Welcome", 1, "Timed"]]))
    assert "damaged or incomplete" in refused(whole[: len(whole) // 2], NotASpreadsheetError, "cut.xlsx")


def test_an_old_workbook_with_a_damaged_directory(root: Path, refused: Refused) -> None:
    whole = (root / "tests/samples/formulas.xls").read_bytes()
    assert "damaged or incomplete" in refused(whole[:-70], NotASpreadsheetError, "cut.xls")


def test_an_old_workbook_whose_parts_follow_each_other_in_a_circle(root: Path, refused: Refused) -> None:
    whole = bytearray((root / "tests/samples/formulas.xls").read_bytes())
    (directory,), (sectors,) = (struct.unpack_from("<I", whole, at) for at in (48, 76))
    struct.pack_into("<I", whole, 512 * (sectors + 1) + 4 * directory, directory)  # it is followed by itself
    assert "damaged or incomplete" in refused(bytes(whole), NotASpreadsheetError, "circle.xls")


def test_a_file_at_which_the_reader_breaks() -> None:
    class PanicException(BaseException):
        pass

    with pytest.raises(NotASpreadsheetError, match="damaged"), refusing_panics("book.xls"):
        raise PanicException
    with pytest.raises(MemoryError), refusing_panics("book.xls"):
        raise PanicException("PyObject pointer is null")
    with pytest.raises(KeyboardInterrupt), refusing_panics("book.xls"):
        raise KeyboardInterrupt


def test_what_the_reader_prints_of_its_panic_is_not_shown(capfd: pytest.CaptureFixture[str], root: Path) -> None:
    content = bytearray((root / "tests/samples/messy.xls").read_bytes())
    content[4480] = 48  # makes a formula longer than its record
    with pytest.raises(NotASpreadsheetError, match="damaged"), refusing_panics("book.xls"):
        CalamineWorkbook.from_filelike(BytesIO(content))
    assert capfd.readouterr().err == ""


def test_what_others_print_meanwhile_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    panic = "\nthread 'main' (7) panicked at a.rs:1:2:\nthe message\nnote: run with `RUST_BACKTRACE=1` to see more\n"
    trace = "\nthread '<unnamed>' panicked at a.rs:1:2:\nb\nstack backtrace:\n  0: c\n     at d\n"
    with refusing_panics("book.xls"):
        os.write(2, f"before\n{panic}between\n{trace}after\n".encode())
    assert capfd.readouterr().err == "before\nbetween\nafter\n"


def test_a_workbook_with_a_damaged_sheet(tmp_path: Path, refused: Refused) -> None:
    workbook(tmp_path, ("Sections", [[*HEADINGS.split(",")], [101, "Welcome", 1, "Timed"]]))
    with zipfile.ZipFile(tmp_path / "made.xlsx") as good, zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad:
        for member in good.namelist():
            bad.writestr(member, good.read(member)[: 300 if "sheet1" in member else None])
    assert "damaged" in refused((tmp_path / "bad.xlsx").read_bytes(), NotASpreadsheetError, "bad2.xlsx")


def test_a_zip_without_a_spreadsheet(tmp_path: Path, refused: Refused) -> None:
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        archive.writestr("pictures/a.txt", "<x/>")
    content = (tmp_path / "made.zip").read_bytes()
    assert "a packed file without a spreadsheet" in refused(content, NotASpreadsheetError, "file.xlsx")


@pytest.mark.parametrize(
    ("text", "line"),
    [(f'{HEADINGS}\n{ROW}\n101,"open,1,Timed\n{ROW}\n', 3), (f'{HEADINGS}\n101,"a\nb",1,"Timed', 3)],
)
def test_a_quote_that_is_never_closed(refused: Refused, text: str, line: int) -> None:
    assert f"opens on line {line} is never closed" in refused(text, NotASpreadsheetError)


@pytest.mark.parametrize(
    ("part", "what"),
    [("Index/Document.iwa", "a file of Apple Numbers; export it there"), ("word/document.xml", "a Word document, not")],
)
def test_files_of_other_programs_are_called_what_they_are(
    tmp_path: Path, refused: Refused, part: str, what: str
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(part, "<x/>")
    assert f"this is {what}" in refused((tmp_path / "a.zip").read_bytes(), NotASpreadsheetError, "file.xlsx")


def test_a_wrong_encoding_names_the_line(refused: Refused) -> None:
    content = f"{HEADINGS}\n{ROW}\n101,Café,1,Timed\n".encode()
    assert "line 3 cannot be read as ascii" in refused(content, NotASpreadsheetError, encoding="ascii")


def test_missing_columns_are_named_with_what_was_found(refused: Refused) -> None:
    assert refused("CourseId,Title,CompletionType\n1,a,None\n", HeadingError) == (
        "the columns DisplayOrder, UnlockType are missing; every sheet of lessons needs them "
        '(found: "CourseId", "Title", "CompletionType"). If another heading means one of them: importer check FILE '
        "--suggest-mapping."
    )


def test_a_missing_column_that_is_only_spelled_otherwise(refused: Refused) -> None:
    message = refused("CourseId,Titel,Dispay Order,UnlockType\n1,a,1,Timed\n", HeadingError, kind="sections")
    assert '(found: "CourseId", "Titel" (Title?), "Dispay Order" (DisplayOrder?), "UnlockType")' in message


def test_one_missing_column(refused: Refused) -> None:
    message = refused("CourseId,Title,DisplayOrder\n1,a,1\n", HeadingError, kind="sections")
    assert message.startswith("the column UnlockType is missing; every sheet of sections needs it (found:")


def test_a_heading_given_twice(refused: Refused) -> None:
    assert refused(f"{HEADINGS},Name\n{ROW},x\n", HeadingError) == (
        'a heading is given twice for Title: "Title" (column B) and "Name" (column E); keep one of them, or leave '
        "one out with --mapping."
    )
    assert 'twice: "ImportStatus" (column E) and "importstatus" (column F); keep one of them.' in refused(
        f"{HEADINGS},ImportStatus,importstatus\n{ROW},created,pending\n", HeadingError
    )
    assert 'twice: "Notes" (column E) and "notes" (column F)' in refused(
        f"{HEADINGS},Notes,notes\n{ROW},x,y\n", HeadingError
    )


def test_a_first_row_of_whole_texts_is_told_in_one_sentence_all_the_same(refused: Refused) -> None:
    texts = [f"{n} " + "x" * 5000 for n in range(3)]
    shortened = ", ".join(f'"{text[:59]}…"' for text in texts)
    assert f"(found: {shortened});" in refused(f"{','.join(texts)}\n1,a,b\n", HeadingError)
    message = refused(f"CourseId,{','.join(texts)}\n1,a,b,c\n", HeadingError, kind="sections")
    assert f'(found: "CourseId", {shortened}).' in message


def test_a_csv_that_only_begins_like_a_sylk_file_is_one(refused: Refused) -> None:
    assert "it cannot be told" in refused("ID;Place;CourseId\nB;Y;1\nC;X;2\n", HeadingError)


def test_quotes_behind_blanks_are_told_and_no_kind_is_asked_for(refused: Refused) -> None:
    text = '"CourseId", "Title", "DisplayOrder", "UnlockType"\n101, "A, b", 1, "Timed"\n'
    assert (
        refused(text, HeadingError)
        == refused(text, HeadingError, kind="sections")
        == (
            'blanks stand before quotes (found: "CourseId", ""Title"", ""DisplayOrder"", ""UnlockType""), so that the '
            "quotes count as part of the text; take out these blanks, or save the file as CSV anew."
        )
    )


def test_a_long_heading_given_twice_is_shortened(refused: Refused) -> None:
    note = "n" * 99
    assert f'twice: "{note[:59]}…" (column E) and "{note[:59]}…" (column F);' in refused(
        f"{HEADINGS},{note},{note}\n{ROW},x,y\n", HeadingError
    )


def test_a_kind_that_cannot_be_told(refused: Refused) -> None:
    told = refused("CourseId,Title\n1,a\n", HeadingError)
    assert "say it with --kind courses, --kind sections or --kind lessons" in told
    said = refused("Monday,Tuesday\n1,a\n", HeadingError)
    assert "none of the headings in its first row is known" in said and "importer template" in said


def test_several_sheets_and_none_that_is_imported(tmp_path: Path, refused: Refused) -> None:
    content = workbook(tmp_path, ("One", [[1]]), ("Two", [[2]]))
    assert refused(content, NothingToImportError, "book.xlsx") == (
        'no sheet is called Courses, Sections or Lessons (found: "One", "Two"); give the sheet to import '
        'one of these names, or say what it holds: --sheet "NAME=lessons".'
    )


def test_an_empty_workbook(tmp_path: Path, refused: Refused) -> None:
    assert refused(workbook(tmp_path, ("Lessons", [])), EmptyFileError, "book.xlsx") == 'the sheet "Lessons" is empty.'


def test_headings_of_a_workbook_name_the_sheet(tmp_path: Path, refused: Refused) -> None:
    content = workbook(tmp_path, ("Sections", [["Title"], ["a"]]))
    assert refused(content, HeadingError, "book.xlsx").startswith(", sheet Sections: the columns CourseId")


def test_a_file_too_large(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(512 * 2**20 + 1)
    with pytest.raises(TooLargeError, match="at most 512 are read"):
        load(str(path))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_workbook_with_wrong_bytes_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(workbook(tmp_path, ("Sections", [[*HEADINGS.split(",")], [101, "=1+1", 1, "Timed"]])))
    # The time in it makes a workbook a few bytes longer or shorter, which must not change what is drawn.
    for at in data.draw(st.lists(st.integers(0, 8000), min_size=1, max_size=20)):
        whole[at % len(whole)] ^= 0x55
    (tmp_path / "wrong.xlsx").write_bytes(whole)
    with suppress(FileError):
        assert load(str(tmp_path / "wrong.xlsx")).sheets
