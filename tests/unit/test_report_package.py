"""The annotated workbook as a package: little is changed, nothing is lost."""

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from importer import pipeline, report
from importer.derive.outcomes import MEANINGS
from importer.entities import ACTIVE, LESSON, OUR_HEADINGS, SUMMARY_SHEET
from importer.load import load
from importer.model import Book, Format, Outcome, Row
from importer.problems import Code
from importer.report.cells import put
from importer.settings import read_settings
from tests.builders import problem_at, row_of, rows_of
from tests.samples.rich import EXTRA, HEADINGS, ROWS, edit, rich_workbook, share_texts, write_package

CHANGED = {
    "[Content_Types].xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/worksheets/sheet1.xml",  # the front page is not the sheet that is shown first any more
    "xl/worksheets/sheet2.xml",
    "xl/worksheets/_rels/sheet2.xml.rels",
    "xl/comments/comment1.xml",
    "xl/drawings/commentsDrawing1.vml",
}


def answered(book: Book) -> list[Row]:
    """An answer on each row: two of them have an offending cell, of which one has a note and one a thread."""
    (sheet,) = book.sheets
    active, title = sheet.column(ACTIVE.name), sheet.columns[2]
    rows = {row.key.row: row for row in rows_of(sheet)}
    for row, column in ((3, active), (4, title), (6, active)):
        rows[row] = row_of(sheet, row, Outcome.INVALID, problem_at(sheet, row, column, "perhaps"))
    return list(rows.values())


def reported(path: Path, rows: Callable[[Book], list[Row]] = answered) -> Path:
    book = load(str(path))
    about = [*book.problems, *(problem for sheet in book.sheets for problem in sheet.problems)]
    done = report.write([book], rows(book), report.places([book], None), about)
    assert done.problems == ()
    return done.files[0]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A rich workbook with macros, and its report."""
    path = rich_workbook(tmp_path_factory.mktemp("rich") / "in.xlsm")
    return path, reported(path)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheet_of(path: Path, name: str = LESSON.sheet) -> Worksheet:
    found = load_workbook(path)[name]
    assert isinstance(found, Worksheet)
    return found


def repacked(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    parts = parts_of(path)
    change(parts)
    write_package(path, parts)
    return path


def rich_text(sheet: Worksheet, place: str) -> str:
    note = sheet[place].comment
    return "" if note is None else note.text


def packed(path: Path) -> dict[str, bytes]:
    """The bytes of each member as they are packed."""
    found = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for info in archive.infolist():
            file.seek(info.header_offset)
            header = file.read(30)
            file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
            found[info.filename] = file.read(info.compress_size)
    return found


def test_every_part_that_need_not_change_is_the_same_byte_for_byte(pair: tuple[Path, Path]) -> None:
    before, after = map(parts_of, pair)
    assert {name for name in before if after.get(name) != before[name]} == CHANGED
    assert after.keys() - before.keys() == {"xl/worksheets/importSummary1.xml"}
    assert {name for name, data in packed(pair[0]).items() if packed(pair[1])[name] != data} == CHANGED


def test_a_workbook_with_macros_keeps_them_and_its_ending(pair: tuple[Path, Path]) -> None:
    assert pair[1].name == "in.report.xlsm"
    assert load(str(pair[1])).format is Format.XLSM
    assert load_workbook(pair[1], keep_vba=True).vba_archive is not None


def test_the_rows_that_are_read_from_a_report_are_those_of_the_input(pair: tuple[Path, Path]) -> None:
    before, after = (load(str(path)) for path in pair)
    assert before.sheets[0].cells.equals(after.sheets[0].cells)
    warned = [[problem.value for problem in (*book.sheets[0].problems, *book.problems)] for book in (before, after)]
    assert warned[0] == warned[1]


def test_each_row_has_its_answer_after_all_other_columns(pair: tuple[Path, Path]) -> None:
    found = sheet_of(pair[1])
    assert [found.cell(1, column).value for column in range(11, 14)] == list(OUR_HEADINGS)
    assert [found.cell(row, 11).value for row in (2, 3, 5)] == ["created", "invalid", "created"]
    assert [found.cell(row, 13).value for row in (2, 3, 5)] == [1002, None, 1005]
    assert str(found["L3"].value).startswith('Lessons, row 3, column G "Active"')
    assert {cell.data_type for cell in found["K"][: ROWS + 1]} == {"s"}
    assert found["K1"].font.b
    assert found["K1"].fill.fgColor.rgb == "FF1F4E78"


def test_an_offending_cell_keeps_all_its_looks_but_the_fill(pair: tuple[Path, Path]) -> None:
    before, after = (sheet_of(path)["G3"] for path in pair)
    assert after.fill.fgColor.rgb == "FFF8CBAD"
    assert (after.border.left.style, after.font.name) == (before.border.left.style, before.font.name)
    assert sheet_of(pair[1])["G2"].fill.fill_type is None


def test_notes_say_what_is_wrong_after_what_they_said_and_threads_are_left_alone(pair: tuple[Path, Path]) -> None:
    found = sheet_of(pair[1])
    assert rich_text(found, "G3").startswith('Ask Bob\n\nImport:\n"perhaps" is neither')
    assert rich_text(found, "G6").startswith('Import:\n"perhaps" is neither')
    assert rich_text(found, "C4") == "thread"
    boxes = parts_of(pair[1])["xl/drawings/commentsDrawing1.vml"]
    assert boxes.count(b"<x:ClientData") + boxes.count(b"<ns0:ClientData") >= 2
    assert b'ObjectType="Checkbox"' in boxes


def test_the_rest_of_the_sheet_stands_where_it_stood(pair: tuple[Path, Path]) -> None:
    before, after = (parts_of(path)["xl/worksheets/sheet2.xml"] for path in pair)
    assert before[before.index(b"</sheetData>") :] == after[after.index(b"</sheetData>") :]
    found = sheet_of(pair[1])
    assert found["J2"].value == "=I2*2"
    assert (found.row_dimensions[5].hidden, found.row_dimensions[7].height) == (True, 33)
    assert [found.column_dimensions[letter].width for letter in "CKL"] == [30, 14, 70]


def test_names_follow_their_sheets_to_the_right(pair: tuple[Path, Path]) -> None:
    book = load_workbook(pair[1])
    assert book.sheetnames == [SUMMARY_SHEET, "Front page", LESSON.sheet, "Numbers"]
    assert (book.active, book["Numbers"].sheet_state) == (book[SUMMARY_SHEET], "hidden")
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected] == [SUMMARY_SHEET]
    assert (sheet_of(pair[1]).print_area, sheet_of(pair[1]).print_title_rows) == ("'Lessons'!$A$1:$J$13", "$1:$1")


def test_the_summary_counts_all_rows_and_links_to_the_cells(pair: tuple[Path, Path]) -> None:
    found = sheet_of(pair[1], SUMMARY_SHEET)
    words = [[cell for cell in row if cell is not None] for row in found.iter_rows(values_only=True)]
    assert ["created", ROWS - 3, MEANINGS[Outcome.CREATED]] in words
    assert ["all", ROWS] in [row[:2] for row in words]
    links = {cell.value: cell.hyperlink.location for row in found for cell in row if cell.hyperlink is not None}
    assert links == {place: f"'Lessons'!{place}" for place in ("G3", "G6", "C4", "A1", "H1", "I1", "J1")}


def test_a_report_that_is_imported_again_has_one_summary_and_no_old_marks(pair: tuple[Path, Path]) -> None:
    again = reported(pair[1], lambda book: rows_of(book.sheets[0]))
    assert again.name == "in.report-2.xlsm"
    assert load_workbook(again).sheetnames == [SUMMARY_SHEET, "Front page", LESSON.sheet, "Numbers"]
    found = sheet_of(again)
    assert [rich_text(found, place) for place in ("G3", "G6", "C4")] == ["Ask Bob", "", "thread"]
    assert [found[place].fill.fill_type for place in ("G3", "G6", "C4")] == [None, None, None]
    assert [found.cell(3, column).value for column in range(11, 15)] == ["created", None, 1003, None]
    assert (found.print_area, found["G3"].border.left.style) == ("'Lessons'!$A$1:$J$13", "thin")
    third = reported(again)
    assert parts_of(third).keys() == parts_of(again).keys()


def test_a_sheet_of_the_users_that_is_called_like_ours_stays(tmp_path: Path) -> None:
    def rename(parts: dict[str, bytes]) -> None:
        edit(parts, "xl/workbook.xml", 'name="Front page"', f'name="{SUMMARY_SHEET}"')

    path = reported(repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), rename))
    assert load_workbook(path).sheetnames == [f"{SUMMARY_SHEET} (2)", SUMMARY_SHEET, LESSON.sheet, "Numbers"]


def strict(parts: dict[str, bytes]) -> None:
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and not name.startswith("[Content"):
            data = data.replace(
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            )
            parts[name] = data.replace(
                b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
                b"http://purl.oclc.org/ooxml/officeDocument/relationships",
            )


def with_prefixes(parts: dict[str, bytes]) -> None:
    xml = parts["xl/worksheets/sheet2.xml"].decode()
    xml = xml.replace("<worksheet xmlns=", "<worksheet xmlns:x=", 1)
    for (
        name
    ) in "sheetData row c v f is t worksheet sheetPr outlinePr pageSetUpPr dimension sheetViews sheetView".split():
        xml = xml.replace(f"<{name}>", f"<x:{name}>").replace(f"<{name} ", f"<x:{name} ")
        xml = xml.replace(f"<{name}/>", f"<x:{name}/>").replace(f"</{name}>", f"</x:{name}>")
    start, end = xml.index("<pane"), xml.index("</x:sheetView>")
    xml = xml[:start] + xml[end:]
    start, end = xml.index("<sheetFormatPr"), xml.index("<x:sheetData")
    xml = xml[:start] + xml[end:]
    start, end = xml.index("<mergeCells"), xml.index("</x:worksheet>")
    parts["xl/worksheets/sheet2.xml"] = (xml[:start] + xml[end:]).encode()


def with_comments_and_cdata(parts: dict[str, bytes]) -> None:
    xml = parts["xl/worksheets/sheet2.xml"]
    xml = xml.replace(b"<sheetData>", b"<sheetData><!-- <row r='9'></row> -->")
    parts["xl/worksheets/sheet2.xml"] = xml.replace(b"<t>Lesson 7</t>", b"<t><![CDATA[Lesson 7]]></t>")


def moved(parts: dict[str, bytes]) -> None:
    """Nothing stands where Excel puts it, and names are written as some programs write them."""
    for part in ("worksheets/sheet2.xml", "worksheets/_rels/sheet2.xml.rels"):
        parts["xl/" + part.replace("worksheets/", "tabs/")] = parts.pop("xl/" + part)
    for part in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        edit(parts, part, "/xl/worksheets/sheet2.xml", "/xl/Tabs/sheet2.xml")


@pytest.mark.parametrize("change", [strict, with_prefixes, with_comments_and_cdata, moved, share_texts])
def test_packages_of_other_programs_are_annotated_too(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    path = repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), change)
    before = load(str(path)).sheets[0].cells
    done = reported(path)
    after = load(str(done))
    assert before.equals(after.sheets[0].cells)
    names = [column.heading for column in after.sheets[0].columns]
    assert names[-3:] == list(OUR_HEADINGS)
    left = load(str(done.with_name("in.errors.xlsx"))).sheets[0].cells
    assert left.to_dict("list") == before.loc[[3, 4, 6]].to_dict("list")


def without_styles(parts: dict[str, bytes]) -> None:
    """As programs write it that know of values only."""
    del parts["xl/styles.xml"]
    parts["xl/_rels/workbook.xml.rels"] = re.sub(rb"<[^>]*/styles\"[^>]*>", b"", parts["xl/_rels/workbook.xml.rels"])
    kinds = re.sub(rb"<Override[^>]*styles.xml[^>]*>", b"", parts["[Content_Types].xml"])
    parts["[Content_Types].xml"] = kinds
    for name in (name for name in parts if name.startswith("xl/worksheets/sheet")):
        plain = re.sub(rb"<conditionalFormatting.*?</conditionalFormatting>", b"", parts[name], flags=re.DOTALL)
        parts[name] = re.sub(rb'(<(?:c|row)\b[^>]*?) s="[0-9]+"', rb"\1", plain)


def test_the_report_of_a_workbook_without_styles_is_opened_by_others(tmp_path: Path) -> None:
    path = repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), without_styles)
    sheet = sheet_of(reported(path))
    assert OUR_HEADINGS[0] in [cell.value for cell in sheet[1]]
    assert sheet["G3"].fill.fgColor.rgb == "FFF8CBAD"


def test_a_signature_is_left_out_as_it_would_not_be_true(tmp_path: Path) -> None:
    def sign(parts: dict[str, bytes]) -> None:
        kinds = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
        parts["_xmlsignatures/origin.sigs"] = b""
        parts["_xmlsignatures/sig1.xml"] = b"<Signature/>"
        parts["_xmlsignatures/_rels/origin.sigs.rels"] = (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kinds}/signature" Target="sig1.xml"/></Relationships>'
        ).encode()
        link = f'<Relationship Id="rSig" Type="{kinds}/origin" Target="_xmlsignatures/origin.sigs"/></Relationships>'
        edit(parts, "_rels/.rels", "</Relationships>", link)

    done = reported(repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), sign))
    assert [name for name in parts_of(done) if "sig" in name.lower()] == []
    assert b"signature" not in parts_of(done)["_rels/.rels"]
    assert "was signed" in str(sheet_of(done, SUMMARY_SHEET)["A3"].value)


def test_a_template_becomes_a_workbook(tmp_path: Path) -> None:
    def as_template(parts: dict[str, bytes]) -> None:
        edit(parts, "[Content_Types].xml", "spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")

    done = reported(repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), as_template))
    types = parts_of(done)["[Content_Types].xml"]
    assert b"sheet.main+xml" in types
    assert b"template" not in types


def test_a_report_without_the_macros_that_are_gone_has_the_ending_of_one(tmp_path: Path) -> None:
    path = rich_workbook(tmp_path / "in.xlsm")
    book = load(str(path))
    path.write_bytes(b"something else")
    done = report.write([book], answered(book), report.places([book], None))
    assert [problem.code for problem in done.problems] == [Code.INPUT_CHANGED]
    assert [file.name for file in done.files] == ["in.report.xlsx", "in.errors.xlsx"]


def test_a_workbook_of_one_sheet_and_its_report_hold_the_same_lessons(tmp_path: Path) -> None:
    rich_workbook(tmp_path / "rich.xlsx", macros=False)
    book = load_workbook(tmp_path / "rich.xlsx")
    for name in book.sheetnames:
        if name != LESSON.sheet:
            del book[name]
    book[LESSON.sheet].title = "Plan of the year"
    book.save(tmp_path / "in.xlsx")
    assert isinstance(book, Workbook)
    again = load(str(reported(tmp_path / "in.xlsx")))
    assert [sheet.place.sheet for sheet in again.sheets] == ["Plan of the year"]


def test_an_errors_file_has_the_looks_of_the_input(tmp_path: Path) -> None:
    path = repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), share_texts)
    found = sheet_of(reported(path).with_name("in.errors.xlsx"))
    assert [found.cell(1, column).value for column in range(1, 14)] == [*HEADINGS, *EXTRA, *OUR_HEADINGS]
    assert [found.cell(row, 3).value for row in (2, 3, 4, 5)] == ["Lesson 3", "Lesson 4", "Lesson 6", None]
    assert (found["I2"].value, found["I2"].number_format) == (37.5, "#,##0.00 €")
    assert (found["J2"].value, found["J2"].data_type) == ("#N/A", "e")  # a formula whose result was not stored
    assert (found["G2"].border.left.style, found["G2"].fill.fgColor.rgb) == ("thin", "FFF8CBAD")
    assert [found.column_dimensions[letter].width for letter in "CKL"] == [30, 14, 70]
    assert [str(rule.sqref) for rule in found.data_validations.dataValidation] == ["G2:G4"]
    assert (found["A1"].font.b, found.freeze_panes) == (True, "A2")
    notes = [rich_text(found, place).partition("\n\n")[0] for place in ("G2", "G4", "C3")]
    assert notes[0] == "Ask Bob"
    assert notes[1].startswith("Import:")


def test_an_errors_file_keeps_the_colours_within_a_text(tmp_path: Path) -> None:
    path = repacked(rich_workbook(tmp_path / "in.xlsx", macros=False), share_texts)
    xml = parts_of(reported(path).with_name("in.errors.xlsx"))["xl/worksheets/sheet1.xml"]
    assert b'<rPr><b/><color rgb="FFFF0000"/></rPr><t xml:space="preserve"> 4</t>' in xml
    assert b"<f>" not in xml


def test_dates_are_counted_from_the_same_day_in_an_errors_file(tmp_path: Path) -> None:
    book = load_workbook(rich_workbook(tmp_path / "rich.xlsx", macros=False))
    book.epoch = CALENDAR_MAC_1904
    book[LESSON.sheet]["H3"] = datetime(2026, 3, 1)
    book.save(tmp_path / "in.xlsx")
    found = sheet_of(reported(tmp_path / "in.xlsx").with_name("in.errors.xlsx"))
    assert found["H2"].value == datetime(2026, 3, 1)


CELLS = (
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=_x\x00\x01\r\n\t <&\"']"), max_size=12)
    | st.sampled_from(["=1+1", "#REF!", "_x000D_", "]]>", " both ends ", "x" * 32_767, 'r="B2"'])
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)


@given(rows=st.lists(st.tuples(CELLS, CELLS, st.integers(0, 3), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=30)
def test_whatever_the_cells_hold_report_and_errors_file_hold_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, object, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "in.xlsx"
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = LESSON.sheet
    sheet.append([*HEADINGS, "Other"])
    for number, (first, other, look, _) in enumerate(rows, start=2):
        for column, value in enumerate(
            [101, "Week 1", f"Lesson {number}", 1, "Timed", "Button", first, other], start=1
        ):
            cell = sheet.cell(number, column)
            assert isinstance(cell, Cell)
            put(cell, value)
            cell.font = Font(bold=look > 1, italic=look % 2 > 0)
    book.save(path)

    def answers(given: Book) -> list[Row]:
        only = given.sheets[0]
        marked = [problem_at(only, at, only.column(ACTIVE.name), "x") for at in range(2, len(rows) + 2)]
        return [
            row_of(only, problem.row or 0, Outcome.INVALID if bad else Outcome.CREATED, *([problem] if bad else []))
            for problem, (_, _, _, bad) in zip(marked, rows, strict=True)
        ]

    done = reported(path, answers)
    bad = [number for number, row in enumerate(rows, start=2) if row[3]]
    before = grid(path)
    assert [row[:8] for row in grid(done)] == before
    if bad:
        assert [row[:8] for row in grid(done.with_name("in.errors.xlsx"))] == [
            before[0],
            *(before[at - 1] for at in bad),
        ]
    fonts = [(sheet_of(file)[f"G{at}"].font.b, sheet_of(file)[f"G{at}"].font.i) for file in (path, done) for at in bad]
    assert fonts[: len(bad)] == fonts[len(bad) :]


def grid(path: Path) -> list[list[object]]:
    with CalamineWorkbook.from_path(str(path)) as book:
        return [list(row) for row in book.get_sheet_by_name(LESSON.sheet).to_python()]


def test_what_is_said_of_covered_cells_stands_on_the_merged_one_that_is_seen(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    headings: list[object] = ["CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType"]
    lesson: list[object] = [101, "Welcome", "A", 1, "Immediate", "None"]
    rows: list[list[object]] = [headings, lesson, [101, None, "B", *lesson[3:]], ["Week 2", None, None, None, None]]
    for row in rows:
        sheet.append(row)
    for area in ("B2:B3", "A4:E4", "F2:F3"):
        sheet.merge_cells(area)
    book.save(tmp_path / "in.xlsx")
    done = pipeline.check([str(tmp_path / "in.xlsx")], read_settings({}))
    codes = {code: [one.code for one in row.verdict.problems] for code, row in enumerate(done.rows, start=2)}
    assert codes[3] == [Code.MERGED_CELL, Code.MERGED_CELL]
    assert codes[4] == [Code.NOT_WHOLE, *[Code.MERGED_CELL] * 4, Code.MISSING]
    annotated, errors = (load_workbook(path).worksheets[-1] for path in done.files)
    noted = {cell.coordinate: cell.comment.text for row in annotated for cell in row if cell.comment}
    assert set(noted) == {"B2", "F2", "A4", "F4"}
    assert noted["B2"].startswith("Import:\nB3: the cell is merged with B2")
    assert [line[:3] for line in noted["A4"].split("\n")[1:]] == ['"We', "B4:", "C4:", "D4:", "E4:"]
    red = {cell.coordinate for row in annotated for cell in row if cell.fill.fgColor.rgb == "FFF8CBAD"}
    assert red - {"G3", "G4"} == set(noted)
    assert {cell.coordinate for row in errors for cell in row if cell.comment} >= {"B2", "F2", "A3", "B3", "F3"}
