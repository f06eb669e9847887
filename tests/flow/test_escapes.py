"""What steers a terminal never reaches it: from cells, file names, sheet names, headings and the service's messages."""

import json
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from importer.sandbox import Fault, Server
from tests.flow.commands import LESSON_HEADINGS, Answer, Run, lessons_csv, write_csv

CANARY = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202e\u2066\x00\x08"
"""Colours, a window's title, a cleared screen, a turned direction, a NUL, a backspace."""
SEEN = "".join(character for character in CANARY if character not in "\x00")
OUTPUTS: tuple[list[str], ...] = ([], ["--verbose"], ["--json"], ["--quiet"])

ROWS = (
    [104, SEEN + "section", "A", 1, "Immediate", "Visited", "yes"],
    [SEEN, "", SEEN + "title", SEEN, SEEN, SEEN, SEEN],
    [104, "", SEEN + "good", 3, "Immediate", "Visited", "yes"],
)


def only_seen(answer: Answer) -> bool:
    """Whether all that was printed can be seen, line ends apart."""
    return all(character.isprintable() or character == "\n" for character in answer.stdout + answer.stderr)


def words_of(workbook: Path) -> set[object]:
    """Every cell of a workbook."""
    sheets = load_workbook(workbook).worksheets
    return {cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}


def sheet(folder: Path, name: str = "a.csv") -> Path:
    return write_csv(folder / name, [*LESSON_HEADINGS, SEEN + "notes"], [[*row, SEEN] for row in ROWS])


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_nothing_of_a_sheet_steers_the_terminal(command: str, importer: Run, service: Server, tmp_path: Path) -> None:
    sheet(tmp_path)
    for more in OUTPUTS:
        answer = importer(command, "a.csv", *more)
        assert answer.code == 1
        assert only_seen(answer), answer
    if command == "check":
        assert "␛" in answer.stdout + importer("check", "a.csv").stdout


def test_a_document_still_says_what_the_cells_hold(importer: Run, tmp_path: Path) -> None:
    sheet(tmp_path)
    document = importer("check", "a.csv", "--json").document
    assert document["rows"][1]["title"] == SEEN + "title"


def test_the_users_own_cells_go_back_as_they_came(importer: Run, tmp_path: Path) -> None:
    lines = sheet(tmp_path).read_bytes().splitlines()
    assert importer("check", "a.csv").code == 1
    written = (tmp_path / "a.report.csv").read_bytes().splitlines()
    assert [given for given in lines if not any(line.startswith(given) for line in written)] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
@pytest.mark.parametrize("there", [True, False])
def test_nor_does_the_name_of_a_file(there: bool, importer: Run, tmp_path: Path) -> None:
    name = SEEN.replace("/", "") + ".csv"
    if there:
        sheet(tmp_path, name)
    for more in OUTPUTS:
        answer = importer("check", name, *more)
        assert answer.code == (1 if there else 2)
        assert only_seen(answer), answer


def test_nor_does_anything_of_a_workbook_and_its_report_still_opens(importer: Run, tmp_path: Path) -> None:
    book = Workbook()
    lessons = book.worksheets[0]
    lessons.title = "Lessons"
    lessons.append(list(LESSON_HEADINGS))
    lessons.append([104, "", "_x001B_[31m title", "_x001B_", "Immediate", "Visited", "\u202eyes"])
    book.create_sheet("\u202eOther _x001B_")
    book.save(tmp_path / "a.xlsx")
    for more in OUTPUTS:
        answer = importer("check", "a.xlsx", *more)
        assert answer.code == 1
        assert only_seen(answer), answer
    assert "invalid" in words_of(tmp_path / "a.report.xlsx")
    assert (tmp_path / "a.errors.xlsx").exists()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_nor_does_a_message_of_the_service(ending: str, importer: Run, service: Server, tmp_path: Path) -> None:
    envelope = {
        "Status": 400,
        "Message": CANARY + "refused",
        "Value": None,
        "WasSuccessful": False,
        "Errors": [{"AttemptedValue": CANARY, "Message": CANARY + "is bad", "PropertyName": CANARY}],
    }
    lessons_csv(tmp_path / "a.csv", 2)
    if ending == "xlsx":
        book = Workbook()
        book.worksheets[0].append(list(LESSON_HEADINGS))
        book.worksheets[0].append([104, "", "Lesson 1", 1, "Immediate", "Visited", "yes"])
        book.save(tmp_path / "a.xlsx")
    for more in OUTPUTS:
        service.faults.clear()
        service.faults.add(Fault(method="POST", work=False, status=400, body=json.dumps(envelope)))
        answer = importer("run", f"a.{ending}", *more)
        assert answer.code == 1
        assert only_seen(answer), answer
    report = (tmp_path / f"a.report.{ending}").read_bytes()
    assert ending == "xlsx" or b"\x1b" not in report
    if ending == "xlsx":
        assert "rejected" in [
            cell.value for row in load_workbook(tmp_path / "a.report.xlsx").active or () for cell in row
        ]
