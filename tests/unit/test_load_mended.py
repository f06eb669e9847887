"""Workbooks that the fast reader refuses, or leaves something of out: read all the same, and slower."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.errors import NotASpreadsheetError
from importer.load import load
from importer.model import ErrorCell, Sheet
from importer.problems import Code

HEADINGS = ["CourseId", "Title", "DisplayOrder", "UnlockType", "Remark"]
ROWS: list[list[object]] = [[101, "Café", 1, "Immediate", "x"], [101, "Keys", 2, "Immediate", None]]


@pytest.fixture
def odd(tmp_path: Path) -> Callable[..., Path]:
    """A workbook of two sections, with parts of its packed XML replaced by others."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sections"
    sheet.append(HEADINGS)
    for row in ROWS:
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    book.save(tmp_path / "plain.xlsx")

    def odd_(*changes: tuple[str, str], encoding: str = "utf-8", part: str = "") -> Path:
        target = tmp_path / "odd.xlsx"
        with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(target, "w") as new:
            for member in old.namelist():
                content = old.read(member)
                if member.endswith(part or "sheet1.xml"):
                    xml = re.sub(r"<\?xml.*?\?>", "", content.decode())
                    for found, instead in changes:
                        assert re.search(found, xml)
                        xml = re.sub(found, instead, xml)
                    content = f'<?xml version="1.0" encoding="{encoding}"?>{xml}'.encode(encoding)
                new.writestr(member, content)
        return target

    return odd_


def only(path: Path) -> Sheet:
    (sheet,) = load(str(path)).sheets
    return sheet


TITLE = '<c r="B2".*?</c>'
REMARK = '<c r="E2".*?</c>'
TEXT = '<c r="B2" t="str"><v>{}</v></c>'
UNKNOWN = ["#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#NV", "Err:502", "#ERROR!"]


@pytest.mark.parametrize("shown", UNKNOWN)
def test_an_error_of_any_name_is_an_error_of_its_cell(odd: Callable[..., Path], shown: str) -> None:
    sheet = only(odd((TITLE, f'<c r="B2" t="e"><f>X()</f><v>{shown}</v></c>')))
    assert sheet.cells["Title"].tolist() == [ErrorCell(shown), "Keys"]
    assert sheet.cells.index.tolist() == [2, 3]


@pytest.mark.parametrize("cell", ["<v>#SPILL!</v>", "<v/>", ""])
def test_an_error_in_a_column_that_is_not_imported_is_nothing(odd: Callable[..., Path], cell: str) -> None:
    sheet = only(odd((REMARK, f'<c r="E2" t="e">{cell}</c>')))
    assert sheet.cells["Title"].tolist() == ["Café", "Keys"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2" t="str"><v><![CDATA[Café]]></v></c>',
        '<c r="B2" t="str"><v>Ca<![CDATA[f]]>é</v></c>',
        '<c r="B2" t="inlineStr"><is><t>Café</t></is><extLst/></c>',
        '<c r="B2" t="odd"><v>Café</v></c>',
    ],
)
def test_a_text_is_read_however_it_is_written(odd: Callable[..., Path], cell: str) -> None:
    assert only(odd((TITLE, cell))).cells["Title"].tolist() == ["Café", "Keys"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "windows-1252"])
@pytest.mark.parametrize("part", ["sheet1.xml", "sharedStrings.xml", "workbook.xml"])
def test_xml_in_other_encodings_is_read(odd: Callable[..., Path], encoding: str, part: str) -> None:
    sheet = only(odd(encoding=encoding, part=part))
    assert sheet.cells["Title"].tolist() == ["Café", "Keys"]


def test_all_else_is_told_as_ever(odd: Callable[..., Path]) -> None:
    order = ('<c r="C2".*?</c>', '<c r="C2"><v> 19 </v><extLst/></c>')
    sheet = only(odd(order, (TITLE, '<c r="B2" t="str"><f>A9</f></c>')))
    assert sheet.cells["DisplayOrder"].tolist() == [19, None]
    assert [(one.code, one.row) for one in sheet.problems if one.row] == [(Code.MERGED_CELL, 3)]


@pytest.mark.parametrize("change", [(TITLE, '<c r="B2" t="e"><v>#SPILL!</c>'), ("<sheetData>", "<sheetData><![CDATA[")])
def test_what_is_no_xml_is_damaged(odd: Callable[..., Path], change: tuple[str, str]) -> None:
    with pytest.raises(NotASpreadsheetError, match="damaged or incomplete"):
        load(str(odd(change)))
