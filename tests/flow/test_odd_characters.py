"""Rows with characters that belong to no text are told; the reports are written all the same, and lose nothing."""

from pathlib import Path

from openpyxl import Workbook, load_workbook

from tests.flow.commands import Run

HEADINGS = "CourseId,Title,DisplayOrder,UnlockType"


def test_a_csv_goes_back_byte_for_byte(importer: Run, tmp_path: Path) -> None:
    rows = [b"101,Caf\xc3\xa9 \xc3\xb1,1,Immediate", b"101,a\xe9b,1,Immediate", b"101,a\0b,1,Immediate"]
    (tmp_path / "messy.csv").write_bytes(b"\n".join([HEADINGS.encode(), *rows]) + b"\n")
    answer = importer("check", str(tmp_path / "messy.csv"), "--json")
    assert answer.code == 1
    outcomes = {number: row["outcome"] for number, row in answer.by_row("sections").items()}
    assert outcomes == {2: "pending", 3: "invalid", 4: "invalid"}
    written = (tmp_path / "messy.report.csv").read_bytes().splitlines()[1:]
    assert all(line.startswith(row) for line, row in zip(written, rows, strict=True))
    errors = (tmp_path / "messy.errors.csv").read_bytes()
    assert rows[1] in errors and rows[2] in errors and rows[0] not in errors


def test_a_workbook_keeps_them_as_excel_writes_them(importer: Run, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADINGS.split(","))
    sheet.append([101, "a_x0001_b", 1, "Immediate"])
    book.save(tmp_path / "messy.xlsx")
    answer = importer("check", str(tmp_path / "messy.xlsx"), "--json")
    assert [problem["code"] for problem in answer.by_row("sections")[2]["problems"]] == ["control-character"]
    for name in ("messy.report.xlsx", "messy.errors.xlsx"):
        again = load_workbook(tmp_path / name)[sheet.title]
        assert again["B2"].value == "a_x0001_b"


def test_the_words_of_a_guessed_encoding_are_shown(importer: Run, tmp_path: Path) -> None:
    (tmp_path / "messy.csv").write_bytes(f"{HEADINGS}\n101,Grüße,1,Immediate\n".encode("mac_roman"))
    answer = importer("check", str(tmp_path / "messy.csv"))
    assert answer.code == 0
    assert 'as Mac Roman it reads "Grüße"' in answer.stdout + answer.stderr
