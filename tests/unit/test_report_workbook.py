"""The workbook report: the workbook as it was, every row answered, offending cells marked."""

import hashlib
import time
import zipfile
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from importer import pipeline, report
from importer.derive.longest import CUT_SHORT, fits
from importer.entities import ACTIVE, LESSON, OUR_HEADINGS, SECTION, SUMMARY_SHEET, TITLE, Kind
from importer.load import load
from importer.model import Book, ErrorCell, FormulaCell, Outcome, Row, Sheet
from importer.problems import Code, Problem
from importer.report.cells import put
from importer.settings import read_settings
from tests.builders import problem_at, row_of, rows_of, saved_book, sheet_of
from tests.hostile import many_tables
from tests.samples.binary import BinarySheet
from tests.samples.binary import Cell as Value
from tests.samples.binary import write as write_binary
from tests.samples.make import HIDDEN_ROW

SAMPLES = Path(__file__).parents[1] / "samples"


def sheet_named(workbook: Workbook, name: str) -> Worksheet:
    found = workbook[name]
    assert isinstance(found, Worksheet)
    return found


def lessons(*rows: list[object]) -> tuple[Workbook, Worksheet]:
    workbook = Workbook()
    del workbook["Sheet"]
    sheet = workbook.create_sheet(LESSON.sheet)
    for row in ([TITLE.name, ACTIVE.name, "Remark"], *rows):
        sheet.append(row)
    return workbook, sheet


def saved(path: Path, workbook: Workbook) -> Book:
    return saved_book(path / "in.xlsx", workbook, {LESSON.sheet: LESSON})


def written(book: Book, rows: list[Row]) -> list[Worksheet]:
    done = report.write([book], rows, report.places([book], None))
    assert done.problems == ()
    return [sheet_named(load_workbook(path), LESSON.sheet) for path in done.files]


def values(sheet: Worksheet) -> list[list[object]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def bad(sheet: Sheet, row: int, value: object = "perhaps") -> Row:
    return row_of(sheet, row, Outcome.INVALID, problem_at(sheet, row, sheet.column(ACTIVE.name), value))


def test_every_data_row_has_its_answer(tmp_path: Path) -> None:
    workbook, _ = lessons(["A", "yes", "x"], [None, None, None], ["B", "no", None])
    book = saved(tmp_path, workbook)
    (found,) = written(book, rows_of(book.sheets[0]))
    assert values(found) == [
        [TITLE.name, ACTIVE.name, "Remark", *OUR_HEADINGS],
        ["A", "yes", "x", "created", None, 1002],
        [None] * 6,
        ["B", "no", None, "created", None, 1004],
    ]


def test_the_offending_cell_is_marked_and_explained(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "perhaps", "x"])
    sheet["B2"].comment = Comment("Ask Ann", "Bob")
    book = saved(tmp_path, workbook)
    found = written(book, [bad(book.sheets[0], 2)])[0]
    note = found["B2"].comment
    assert note is not None
    assert note.text.startswith('Ask Ann\n\nImport:\n"perhaps" is neither yes nor no.')
    assert found["B2"].fill.fgColor.rgb == found["D2"].fill.fgColor.rgb == "FFF8CBAD"
    assert (found["A2"].comment, found["A2"].fill.fill_type) == (None, None)
    assert str(found["E2"].value).startswith('Lessons, row 2, column B "Active": "perhaps" is')


def test_what_an_earlier_report_marked_is_taken_out_again(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "perhaps", "x"])
    sheet["B2"].comment = Comment("Ask Ann", "Bob")
    book = saved(tmp_path, workbook)
    sheet = written(book, [bad(book.sheets[0], 2)])[0]
    assert isinstance(sheet.parent, Workbook)
    again = saved(tmp_path, sheet.parent)
    (found,) = written(again, rows_of(again.sheets[0]))
    assert values(found)[1:] == [["A", "perhaps", "x", "created", None, 1002]]
    assert found["B2"].comment is not None
    assert found["B2"].comment.text == "Ask Ann"
    assert found["B2"].fill.fill_type is None


def test_the_rest_of_the_workbook_stays(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "yes", "=1+1"])
    workbook.create_sheet("Notes")["C3"] = "kept"
    sheet.column_dimensions["A"].width = 44
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = "A1:C2"
    sheet["A1"].font = sheet["C1"].font = Font(bold=True)
    sheet.add_data_validation(DataValidation(type="list", formula1='"yes,no"', sqref="B2:B9"))
    book = saved(tmp_path, workbook)
    (found,) = written(book, rows_of(book.sheets[0]))
    assert (found["C2"].value, found.freeze_panes, found.auto_filter.ref) == ("=1+1", "B2", "A1:C2")
    assert (found.column_dimensions["A"].width, found["F1"].font.b) == (44, True)
    assert [str(rule.sqref) for rule in found.data_validations.dataValidation] == ["B2:B9"]
    assert isinstance(found.parent, Workbook)
    assert found.parent["Notes"]["C3"].value == "kept"


def test_our_columns_stand_after_all_others_and_no_widths_overlap(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "yes", None, None, "a note without a heading"])
    sheet.column_dimensions.group("D", "Z", outline_level=0)
    book = saved(tmp_path, workbook)
    (found,) = written(book, rows_of(book.sheets[0]))
    assert [found.cell(1, column).value for column in range(6, 9)] == list(OUR_HEADINGS)
    spans = sorted((span.min or 0, span.max or 0) for span in found.column_dimensions.values())
    assert all(before[1] < after[0] for before, after in pairwise(spans))


def test_text_like_a_formula_or_an_error_stays_text(tmp_path: Path) -> None:
    workbook, sheet = lessons(["=1+1", "#N/A", "x"])
    sheet["A2"].data_type = sheet["B2"].data_type = "s"
    book = saved(tmp_path, workbook)
    report_sheet, errors = written(book, [bad(book.sheets[0], 2, "#N/A")])
    for found in (report_sheet, errors):
        assert [(cell.value, cell.data_type) for cell in found[2][:2]] == [("=1+1", "s"), ("#N/A", "s")]


def test_an_errors_file_holds_values_and_only_the_rows_to_correct(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "yes", "x"], ["B", "perhaps", datetime(2026, 3, 1)], ["C", "no", "=A1"])
    sheet.insert_rows(1)
    sheet["A1"] = "Our lessons"
    sheet["A2"].font = sheet["C2"].font = Font(italic=True)
    sheet.column_dimensions["C"].width = 33
    saved(tmp_path, workbook)
    book = load_like(tmp_path / "in.xlsx", 2)
    (only,) = book.sheets
    _, found = written(book, [row_of(only, 3, Outcome.CREATED, id=1), bad(only, 4), bad(only, 5)])
    assert [row[:4] for row in values(found)] == [
        [TITLE.name, ACTIVE.name, "Remark", OUR_HEADINGS[0]],
        ["B", "perhaps", datetime(2026, 3, 1), "invalid"],
        ["C", "no", "#N/A", "invalid"],
    ]
    assert (found.column_dimensions["C"].width, found["A1"].font.i, found["D1"].font.i) == (33, True, True)
    assert found["B2"].comment is not None


def load_like(path: Path, header_row: int) -> Book:
    """The workbook as it would be loaded with its headings in another row."""
    workbook = load_workbook(path)
    book = saved_book(path, workbook, {LESSON.sheet: LESSON})
    grid = values(sheet_named(workbook, LESSON.sheet))
    return replace(book, sheets=(sheet_of(grid, book.sheets[0].place, LESSON, header_row),))


def test_errors_and_formulas_without_a_value_are_not_blank_in_an_errors_file(tmp_path: Path) -> None:
    sheet = Workbook().create_sheet()
    for column, value in enumerate([ErrorCell("#REF!"), FormulaCell(), ErrorCell("#ODD!")], start=1):
        cell = sheet.cell(1, column)
        assert isinstance(cell, Cell)
        put(cell, value)
    assert [(cell.value, cell.data_type) for cell in sheet[1]] == [("#REF!", "e"), ("#N/A", "e"), ("#N/A", "e")]


def test_merged_cells_and_control_characters_do_not_raise(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "yes", "x"], ["B", "no", "y"])
    sheet.merge_cells("B2:B3")
    book = saved(tmp_path, workbook)
    problem = Problem(code=Code.REFUSED, place=book.sheets[0].place, row=3, details={"reason": "\x1b[31m\x01\ud800red"})
    found = written(book, [bad(book.sheets[0], 2), row_of(book.sheets[0], 3, Outcome.REJECTED, problem)])[0]
    assert found["E3"].value == "Lessons, row 3: Nexudus refused it: \ufffdred. " + problem.finding.partition(". ")[2]


def test_a_workbook_that_was_changed_meanwhile_gets_its_report_from_what_was_read(tmp_path: Path) -> None:
    workbook, _ = lessons(["A", "perhaps", "x"])
    book = saved(tmp_path, workbook)
    book.path.write_bytes(b"something else")
    done = report.write([book], [bad(book.sheets[0], 2)], report.places([book], None))
    assert [problem.code for problem in done.problems] == [Code.INPUT_CHANGED]
    for path in done.files:
        assert values(sheet_named(load_workbook(path), LESSON.sheet))[1][:3] == ["A", "perhaps", "invalid"]


def test_a_row_of_which_nothing_was_imported_has_its_answer_too(tmp_path: Path) -> None:
    workbook, _ = lessons(["A", "yes", "x"], [None, None, "only a remark"], ["B", "no", "x"])
    book = saved(tmp_path, workbook)
    book.path.write_bytes(b"something else")
    (path,) = report.write([book], rows_of(book.sheets[0]), report.places([book], None)).files
    assert [row[2] for row in values(sheet_named(load_workbook(path), LESSON.sheet))[1:]] == ["created"] * 3


def test_an_errors_workbook_can_be_imported_as_it_is(tmp_path: Path) -> None:
    workbook = Workbook()
    del workbook["Sheet"]
    for entity in (LESSON, SECTION):
        headings = [field.name for field in entity.needed]
        sheet = workbook.create_sheet(entity.sheet)
        sheet.append(headings)
        for title in ("first", "second"):
            sheet.append([title if name == TITLE.name else 1 for name in headings])
    workbook.save(tmp_path / "in.xlsx")
    book = load(str(tmp_path / "in.xlsx"))
    rows = [row_of(sheet, 3, Outcome.BLOCKED) for sheet in book.sheets]
    _, errors = report.write([book], rows, report.places([book], None)).files
    again = load(str(errors))
    assert [(sheet.place.sheet, list(sheet.cells[TITLE.name])) for sheet in again.sheets] == [
        (SECTION.sheet, ["second"]),
        (LESSON.sheet, ["second"]),
    ]
    assert [sheet.problems for sheet in again.sheets] == [(), ()]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("=_x\x00\x01\r\n"), min_size=1, max_size=12)


@given(text=TEXTS | st.sampled_from(["=1+1", "#REF!", "_x000D_", "\x0b", "\ufffe", "x" * 40_000]))
def test_any_text_can_be_put_and_read_again(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("cell") / "x.xlsx"
    workbook = Workbook()
    cell = sheet_named(workbook, "Sheet")["A1"]
    put(cell, text)
    workbook.save(path)
    (row,) = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python() or [[""]]
    if len(text) > 32_767:
        assert str(row[0]).endswith(CUT_SHORT)
    elif text.isprintable():
        assert row[0] == text


ODS_CONTENT = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"""


def opendocument(path: Path, tables: dict[str, list[list[str]]]) -> None:
    """A small .ods of texts."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>{}</table:table-row>"
    table = '<table:table table:name="{}">{}</table:table>'
    xml = "".join(
        table.format(name, "".join(row.format("".join(map(cell.format, cells))) for cells in rows))
        for name, rows in tables.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS_CONTENT.format(tables=xml))


def test_an_opendocument_gets_a_workbook_with_all_its_sheets(tmp_path: Path) -> None:
    headings = [field.name for field in SECTION.needed]
    rows = [[*headings, "Other"], ["101", "=A", "1", "Timed", "x"], ["101", "B", "1", "Timed", "=y"]]
    opendocument(tmp_path / "in.ods", {SECTION.sheet: rows, "Notes": [["kept"]]})
    book = load(str(tmp_path / "in.ods"))
    done = report.write([book], rows_of(book.sheets[0], [Outcome.CREATED, Outcome.FAILED]), report.places([book], None))
    whole, errors = (load_workbook(path) for path in done.files)
    assert values(sheet_named(whole, SECTION.sheet))[1] == [*rows[1], "created", None, 1002]
    assert values(sheet_named(errors, SECTION.sheet))[1] == [*rows[2], "failed", None, None]
    assert whole.sheetnames == [SUMMARY_SHEET, SECTION.sheet, "Notes"]
    assert whole["Notes"]["A1"].value == "kept"
    assert [cell.data_type for cell in sheet_named(whole, SECTION.sheet)[2][:5]] == ["s"] * 5


def test_a_sheet_with_more_cells_than_a_copy_is_given_says_so_in_it(tmp_path: Path) -> None:
    many_tables(tmp_path / "in.ods", 3, columns=1000, rows=1001)
    book = load(str(tmp_path / "in.ods"))
    started = time.perf_counter()
    (path,) = report.write([book], rows_of(book.sheets[0]), report.places([book], None)).files
    assert time.perf_counter() - started < 10
    whole = load_workbook(path)
    assert whole.sheetnames == [SUMMARY_SHEET, *book.sheet_names]
    said = f"This sheet is not copied, as it has more cells than a report is given: see {tmp_path / 'in.ods'}."
    assert [values(sheet_named(whole, f"N{number}")) for number in range(3)] == [[[said]]] * 3


def test_a_workbook_at_which_the_reader_breaks_is_reported_as_far_as_it_was_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = bytearray((SAMPLES / "messy.xls").read_bytes())
    content[4480] = 48  # makes a formula longer than its record
    (tmp_path / "in.xls").write_bytes(content)
    book = load(str(SAMPLES / "messy.xls"))
    broken = replace(book, path=tmp_path / "in.xls", sha256=hashlib.sha256(content).hexdigest())
    done = report.write([broken], rows_of(book.sheets[0]), report.places([broken], tmp_path))
    assert load_workbook(done.files[0]).sheetnames == [SUMMARY_SHEET, *(sheet.place.sheet for sheet in book.sheets)]
    assert capfd.readouterr().err == ""


def test_an_opendocument_with_quoted_texts_keeps_what_is_imported(tmp_path: Path) -> None:
    headings, cells = [field.name for field in SECTION.needed], ["101", "A", "1", "Timed"]
    quoted = [[f"<![CDATA[{text}]]>" for text in row] for row in (headings, cells)]
    opendocument(tmp_path / "in.ods", {SECTION.sheet: quoted})
    book = load(str(tmp_path / "in.ods"))
    for path in report.write([book], rows_of(book.sheets[0], [Outcome.FAILED]), report.places([book], None)).files:
        head, row = values(sheet_named(load_workbook(path), SECTION.sheet))
        assert (head[:4], row[:4]) == (headings, cells)


@pytest.mark.parametrize(("letter", "most"), [("x", 32_767), ("\N{SCROLL}", 16_383)])
def test_a_text_that_was_cut_is_never_imported_as_it_is(tmp_path: Path, letter: str, most: int) -> None:
    body = next(field.name for field in SECTION.fields if field.kind is Kind.BODY)
    rows = [
        [*(field.name for field in SECTION.needed), body],
        *(["wrong", title, "1", "Timed", letter * size] for title, size in (("A", most), ("B", most + 1))),
    ]
    opendocument(tmp_path / "in.ods", {SECTION.sheet: rows})
    first = pipeline.check([str(tmp_path / "in.ods")], read_settings({}))
    assert [Code.TEXT_CUT in codes_of(row) for row in first.rows] == [False, False]
    for path in first.files:
        again = pipeline.check([str(path)], read_settings({}))
        assert [Code.TEXT_CUT in codes_of(row) for row in again.rows] == [False, True]
        (sheet,) = load(str(path)).sheets
        whole, cut = sheet.cells[body].tolist()
        assert whole == letter * most and cut.endswith(CUT_SHORT) and fits(cut)


def codes_of(row: Row) -> set[Code]:
    return {problem.code for problem in row.verdict.problems}


def test_a_sheet_name_that_excel_does_not_allow_is_made_one_that_it_does(tmp_path: Path) -> None:
    headings = [field.name for field in SECTION.needed]
    opendocument(tmp_path / "in.ods", {"2026/27: " + "x" * 40: [headings, ["101", "A", "1", "Timed"]]})
    book = load(str(tmp_path / "in.ods"))
    (path,) = report.write([book], rows_of(book.sheets[0]), report.places([book], None)).files
    assert load_workbook(path).sheetnames == [SUMMARY_SHEET, "2026_27_ " + "x" * 22]


HEADINGS_OF_SECTIONS: list[Value] = ["CourseId", "Title", "DisplayOrder", "UnlockType"]


def test_what_nobody_sees_in_a_workbook_that_is_copied_is_not_shown_in_its_report(tmp_path: Path) -> None:
    sections: list[list[Value]] = [HEADINGS_OF_SECTIONS, [101, "A", 1, "Timed"], [101, "B", 2, "Immediate"]]
    write_binary(
        tmp_path / "in.xlsb",
        {
            SECTION.sheet: BinarySheet(sections, hidden=frozenset({2})),
            "Salaries": BinarySheet([["secret"]], state=1),
            "Keys": BinarySheet([["secret"]], state=2),
            "Notes": BinarySheet([["a"], ["b"]], hidden=frozenset({1})),
        },
    )
    done = pipeline.check([str(tmp_path / "in.xlsb")], read_settings({}))
    shown = load_workbook(done.files[0])
    assert {sheet.title: sheet.sheet_state for sheet in shown.worksheets} == {
        SUMMARY_SHEET: "visible",
        SECTION.sheet: "visible",
        "Salaries": "hidden",
        "Keys": "veryHidden",
        "Notes": "visible",
    }
    hidden = {(sheet.title, at) for sheet in shown.worksheets for at, row in sheet.row_dimensions.items() if row.hidden}
    assert hidden == {(SECTION.sheet, 3), ("Notes", 2)}


@pytest.mark.parametrize("ending", ["xls", "ods", "xlsb"])
def test_rows_that_are_hidden_stay_hidden_in_the_report(tmp_path: Path, ending: str) -> None:
    done = pipeline.check([str(SAMPLES / f"messy.{ending}")], read_settings({"report_dir": tmp_path}))
    sheet = sheet_named(load_workbook(done.files[0]), SECTION.sheet)
    assert [at for at, row in sheet.row_dimensions.items() if row.hidden] == [HIDDEN_ROW]


def test_a_workbook_without_a_sheet_that_is_shown_is_reported_all_the_same(tmp_path: Path) -> None:
    write_binary(
        tmp_path / "in.xlsb", {SECTION.sheet: BinarySheet([HEADINGS_OF_SECTIONS, [101, "A", 1, "Timed"]], state=1)}
    )
    done = pipeline.check([str(tmp_path / "in.xlsb")], read_settings({}))
    assert load_workbook(done.files[0]).sheetnames == [SUMMARY_SHEET, SECTION.sheet]


def test_a_workbook_that_is_not_a_whole_package_still_gets_its_report(tmp_path: Path) -> None:
    workbook, _ = lessons(["A", "yes", "x"])
    book = saved(tmp_path, workbook)
    with zipfile.ZipFile(book.path) as source:
        parts = {name: source.read(name) for name in source.namelist() if name != "[Content_Types].xml"}
    with zipfile.ZipFile(book.path, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    book = replace(book, sha256=hashlib.sha256(book.path.read_bytes()).hexdigest())
    done = report.write([book], rows_of(book.sheets[0]), report.places([book], None))
    assert [problem.code for problem in done.problems] == [Code.INPUT_CHANGED]
    assert sheet_named(load_workbook(done.files[0]), LESSON.sheet)["C2"].value == "created"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.report.xlsx", "in.xlsx"]


def test_a_row_is_high_enough_for_its_message(tmp_path: Path) -> None:
    workbook, sheet = lessons(["A", "perhaps", "x"], ["B", "perhaps", "x"], ["C", "yes", "x"])
    sheet.row_dimensions[3].height = 99.0
    book = saved(tmp_path, workbook)
    found = written(book, [bad(book.sheets[0], 2), bad(book.sheets[0], 3), row_of(book.sheets[0], 4, Outcome.CREATED)])
    heights = [found[0].row_dimensions[row].height for row in (2, 3, 4)]
    assert (heights[0], *heights[1:]) == (45.0, 99.0, None)
