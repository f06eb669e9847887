import datetime
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer import pipeline
from importer.errors import HeadingError, NothingToImportError
from importer.load import load
from importer.model import Book, ErrorCell, Format, FormulaCell, Sheet
from importer.problems import Code
from importer.settings import read_settings

HEADINGS = ["CourseId", "Title", "DisplayOrder", "UnlockType"]
ROW = [101, "Welcome", 1, "Timed"]
LESSON_HEADINGS = [*HEADINGS, "CompletionType"]
LESSON_ROW = [*ROW, "None"]

Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make_(sheets: dict[str, Sequence[Sequence[object]]], hidden: str = "") -> str:
        book = Workbook()
        book.remove(book.worksheets[0])
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            for cell in (cell for row in sheet.iter_rows() for cell in row):
                if isinstance(cell.value, str) and cell.value.startswith("#"):
                    cell.data_type = "e"
        if hidden:
            book[hidden].sheet_state = "hidden"
        book.save(tmp_path / "book.xlsx")
        return str(tmp_path / "book.xlsx")

    return make_


def rewritten(path: str, change: Callable[[str], str], part: str = "sheet1.xml", encoding: str = "utf-8") -> str:
    """The same workbook with the XML of one part changed."""
    target = path.replace(".xlsx", "-changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content.decode()).encode(encoding) if member.endswith(part) else content)
    return target


def only(book: Book) -> Sheet:
    (sheet,) = book.sheets
    return sheet


def cells(sheet: Sheet) -> dict[int, list[object]]:
    return {int(row): list(values) for row, values in zip(sheet.cells.index, sheet.cells.to_numpy(), strict=True)}


def test_sections_come_first_and_other_sheets_are_named(make: Make) -> None:
    book = load(make({"Help": [["x"]], " lessons": [LESSON_HEADINGS, LESSON_ROW], "SECTIONS": [HEADINGS, ROW]}))
    assert [(sheet.place.sheet, sheet.entity.kind) for sheet in book.sheets] == [
        ("SECTIONS", "sections"),
        (" lessons", "lessons"),
    ]
    assert [(problem.code, problem.value) for problem in book.problems] == [(Code.IGNORED_SHEET, "Help")]


def test_the_sheets_that_numbers_exports_are_told_by_the_names_of_theirs(make: Make) -> None:
    lessons = [LESSON_HEADINGS, LESSON_ROW]
    book = load(
        make({"Export Summary": [["a"]], "Sections - Table 1": [HEADINGS, ROW], "lessons - Tabelle 1": lessons})
    )
    assert [sheet.entity.kind for sheet in book.sheets] == ["sections", "lessons"]
    assert [problem.value for problem in book.problems] == ["Export Summary"]
    with pytest.raises(NothingToImportError):
        load(make({"Lessons - week 1": [LESSON_HEADINGS], "Lessons - old": [LESSON_HEADINGS]}))


def test_one_sheet_of_another_name_is_told_by_its_columns(make: Make) -> None:
    book = load(make({"Sheet1": [LESSON_HEADINGS, LESSON_ROW], "Lists": [["Timed"]]}, hidden="Lists"))
    assert only(book).entity.kind == "lessons"
    assert [problem.value for problem in book.problems] == ["Lists"]


def test_a_sheet_without_rows_beside_one_with_rows_is_told(make: Make) -> None:
    book = load(make({"Sections": [HEADINGS], "Lessons": [LESSON_HEADINGS, LESSON_ROW]}))
    assert [problem.code for problem in book.problems] == [Code.NO_ROWS]
    assert [len(sheet.cells) for sheet in book.sheets] == [0, 1]


def test_rows_and_letters_are_those_of_excel(make: Make) -> None:
    rows = [[], [None, None, *HEADINGS], [], [None, None, *ROW], [None, "  "], [None, None, 7]]
    sheet = only(load(make({"Sections": rows})))
    assert [column.letter for column in sheet.columns] == ["C", "D", "E", "F"]
    assert (sheet.header_row, sheet.blank_rows, list(cells(sheet))) == (2, 2, [4, 6])


def test_headings_are_found_below_a_title(make: Make) -> None:
    sheet = only(load(make({"Sections": [["Outline"], [], ["by", "Ada"], HEADINGS, ROW]})))
    assert (sheet.header_row, list(cells(sheet))) == (4, [5])
    assert [problem.code for problem in sheet.problems] == [Code.HEADINGS_BELOW]


LESSONS: list[list[object]] = [[*LESSON_HEADINGS, "Section"], [*LESSON_ROW, "Week 1"]]


@pytest.mark.parametrize(
    "above",
    [
        [["Section", None, "Lesson", None, "Completion"]],  # headings of groups
        [["Course", "Title"], [101, "Week plan"], []],  # a small table
        [["Week plan"], ["CourseId", "Title", "Section"], [], ["CourseId", "Title", "DisplayOrder"]],
    ],
)
def test_headings_are_where_all_that_are_needed_stand(make: Make, above: list[list[object]]) -> None:
    sheet = only(load(make({"Outline": [*above, *LESSONS]}), kind="lessons"))
    assert (sheet.header_row, sheet.cells["Title"].tolist()) == (len(above) + 1, ["Welcome"])
    assert [problem.code for problem in sheet.problems] == [Code.HEADINGS_BELOW]
    assert only(load(make({"Outline": [*above, *LESSONS]}))).header_row == sheet.header_row
    assert only(load(make({"Outline": [*above, *LESSONS]}), partial=True)).header_row == sheet.header_row


def test_the_first_of_two_whole_tables_is_read(make: Make) -> None:
    sheet = only(load(make({"Lessons": [*LESSONS, [], [*LESSONS[0], "LessonContents"], [*LESSONS[1], "x"]]})))
    assert sheet.header_row == 1


def test_columns_that_an_option_provides_need_no_heading(make: Make) -> None:
    rows = [["Course", "Title"], [], [heading for heading in LESSON_HEADINGS if heading != "CourseId"], LESSON_ROW[1:]]
    assert only(load(make({"Lessons": rows}), provided={"CourseId"})).header_row == 3


@pytest.mark.parametrize(
    ("headings", "said"),
    [
        (["CourseId", "Title", "DisplayOrder"], 'are missing; every sheet of lessons needs them (found in row 3: "Co'),
        (
            [*LESSON_HEADINGS, "Title"],
            'a heading is given twice for Title in row 3: "Title" (column B) and "Title" (col',
        ),
    ],
)
def test_a_refusal_names_the_row_of_the_headings(make: Make, headings: list[object], said: str) -> None:
    path = make({"Lessons": [["Course", "Title"], [101, "Week plan"], headings, LESSON_ROW]})
    with pytest.raises(HeadingError, match=re.escape(said)):
        load(path)


def test_cells_under_a_merged_one_are_told_where_it_is_filled(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    rows: list[list[object]] = [["Outline"], [*LESSON_HEADINGS, "Section"], *[[*LESSON_ROW, "Week 1"]] * 4]
    for row in rows:
        sheet.append(row)
    for area in ("A1:F1", "F3:F5", "B6:C6", "G3:XFD6"):
        sheet.merge_cells(area)
    book.save(tmp_path / "book.xlsx")
    loaded = only(load(str(tmp_path / "book.xlsx")))
    told = [(one.row, one.column and one.column.letter) for one in loaded.problems if one.code is Code.MERGED_CELL]
    assert set(told) == {(4, "F"), (5, "F"), (6, "C")}
    assert loaded.cells["Section"].tolist() == ["Week 1", None, None, "Week 1"]


def test_a_merged_cell_that_begins_in_a_column_that_is_not_imported_is_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    headings: list[object] = ["Week", "Section", *LESSON_HEADINGS]
    cells: list[list[object]] = [["Week 1", None, *LESSON_ROW], [None, None, *LESSON_ROW], [" ", None, *LESSON_ROW]]
    rows: list[list[object]] = [[None, "Outline"], headings, *cells, [None, None, *LESSON_ROW, "Note"]]
    for row in rows:
        sheet.append(row)
    for area in ("A1:A2", "A3:B4", "A5:B5", "H6:I6"):
        sheet.merge_cells(area)
    book.save(tmp_path / "book.xlsx")
    loaded = only(load(str(tmp_path / "book.xlsx")))
    told = [
        (one.row, one.column and one.column.letter, one.value, one.details["anchor"])
        for one in loaded.problems
        if one.code is Code.MERGED_CELL
    ]
    assert told == [(3, "B", "Week 1", "A3"), (4, "B", "Week 1", "A3")]


def test_merged_cells_that_are_empty_say_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEADINGS, ROW, ROW):
        sheet.append(row)
    sheet["D2"] = None
    sheet.merge_cells("D2:D3")
    book.save(tmp_path / "book.xlsx")
    assert only(load(str(tmp_path / "book.xlsx"), kind="sections")).problems == ()


def test_cells_are_what_the_file_holds(make: Make) -> None:
    day, moment = datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 9, 30)
    rows = [[1.0, "None", 2.5, True], [day, "007", moment, datetime.time(9, 30)], [" ", "NA", "", 2**40]]
    found = cells(only(load(make({"Sections": [HEADINGS, *rows]}))))
    assert found == {
        2: [1, "None", 2.5, True],
        3: [day, "007", moment, datetime.time(9, 30)],
        4: [None, "NA", None, 2**40],
    }
    assert type(found[2][0]) is int


def test_errors_and_formulas_without_value_are_told_apart(make: Make) -> None:
    rows = [["#REF!", "=A1&B1", 1, "Timed"], ["#N/A", None, None, None], ROW, [None, None, None, "=1+1"]]
    assert cells(only(load(make({"Sections": [HEADINGS, *rows]})))) == {
        2: [ErrorCell("#REF!"), FormulaCell(), 1, "Timed"],
        3: [ErrorCell("#N/A"), None, None, None],
        4: ROW,
        5: [None, None, None, FormulaCell()],
    }


def with_title(path: str, cell: str, *, encoding: str = "UTF-8") -> str:
    """The workbook with another cell for its first title."""

    def changed(xml: str) -> str:
        declared = f'<?xml version="1.0" encoding="{encoding}"?>' + re.sub(r"<\?xml.*?\?>", "", xml)
        return re.sub(r'<c r="B2".*?</c>', cell, declared)

    return rewritten(path, changed, encoding=encoding)


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ('<c r="B2" t="str"><f>A9</f></c>', FormulaCell()),
        ('<c r="B2" t="str"><f>A9</f><v></v></c>', None),
        ('<c r="B2" t="str"><f>A9</f><v/></c>', None),
        ('<c r="B2" t="str"><f>A9</f><v xml:space="preserve"> x </v></c>', " x "),
        ('<c t="str"><f>A9</f></c>', FormulaCell()),
    ],
)
def test_a_formula_for_a_text_has_a_result_if_one_is_stored(make: Make, cell: str, title: object) -> None:
    path = with_title(make({"Sections": [HEADINGS, ROW, ROW]}), cell)
    sheet = only(load(path))
    assert sheet.cells["Title"].tolist() == [title, "Welcome"]
    if title == FormulaCell():
        report = pipeline.check([path], read_settings({}))
        (errors,) = [file for file in report.files if ".errors" in file.name]
        assert only(load(str(errors))).cells["Title"].tolist() == [ErrorCell("#N/A"), "Welcome"]


@pytest.mark.parametrize("word", ["#ERROR!", "#REF!", "Err:502", "#N/A", "#NV", "#¡VALOR!"])
def test_a_formula_whose_text_is_an_error_shows_one(make: Make, word: str) -> None:
    cell = f'<c r="B2" t="str"><f>1 &lt; 2 (x</f><v>{word}</v></c>'
    path = with_title(make({"Sections": [HEADINGS, ROW, [101, f"About {word}", 2, "Timed"]]}), cell)
    assert only(load(path)).cells["Title"].tolist() == [ErrorCell(word), f"About {word}"]
    (errors,) = [file for file in pipeline.check([path], read_settings({})).files if ".errors" in file.name]
    known = word if word in ("#REF!", "#N/A") else "#N/A"
    assert only(load(str(errors))).cells["Title"].tolist() == [ErrorCell(known), f"About {word}"]


def test_a_heading_of_which_only_the_formula_is_known_is_none(make: Make) -> None:
    book = load(make({"Sections": [[*HEADINGS, "=A1"], [*ROW, "x"]]}))
    (problem,) = only(book).problems
    assert (problem.code, problem.message) == (
        Code.COLUMN_WITHOUT_HEADING,
        "Sections: column E has no heading and was ignored. Give it a heading in row 1.",
    )


def test_formulas_with_a_stored_value_are_that_value(make: Make) -> None:
    path = make({"Sections": [HEADINGS, ["=100+1", "=B9", "=1", "=D9"]]})
    stored = {"A2": "101", "B2": "", "C2": "1"}

    def fill(xml: str) -> str:
        for reference, value in stored.items():
            kind = ' t="str"' if reference == "B2" else ""
            cell = rf'(<c r="{reference}"[^>]*?)>(<f>.*?</f>)(?:<v ?/>|<v></v>)'
            xml = re.sub(cell, rf"\1{kind}>\2<v>{value}</v>", xml)
        return xml

    assert cells(only(load(rewritten(path, fill)))) == {2: [101, None, 1, FormulaCell()]}


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_cells_without_references_and_with_prefixes(make: Make, prefix: str) -> None:
    path = make({"Sections": [HEADINGS, ["#REF!", "Welcome", "=1+1", "Timed"], ROW]})

    def change(xml: str) -> str:
        xml = re.sub(r'(<(?:row|c)\b[^>]*?) r="[A-Z0-9]+"', r"\1", xml) if not prefix else xml
        return re.sub(r"<(/?)(?=\w)", rf"<\1{prefix}", xml).replace(
            " xmlns=", f" xmlns:{prefix[:-1]}=" if prefix else " xmlns="
        )

    assert cells(only(load(rewritten(path, change))))[2] == [ErrorCell("#REF!"), "Welcome", FormulaCell(), "Timed"]


def test_a_macro_workbook_is_told_by_content(make: Make) -> None:
    path = rewritten(
        make({"Sections": [HEADINGS, ROW]}),
        lambda xml: xml.replace("spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"),
        part="[Content_Types].xml",
    )
    assert load(path).format is Format.XLSM


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" office:version="1.2">
<office:body><office:spreadsheet><table:table table:name="Sections">{rows}</table:table></office:spreadsheet>
</office:body></office:document-content>"""


def ods(tmp_path: Path, *rows: str, encoding: str = "UTF-8") -> str:
    path = tmp_path / "book.ods"
    content = ODS.format(rows="".join(f"<table:table-row>{row}</table:table-row>" for row in rows))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content.replace("UTF-8", encoding).encode(encoding))
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return str(path)


def text(value: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def number(value: float) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


BLANK_ROW = "<table:table-cell/>"
ERROR = (
    '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
    'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
)
SPANNED = '<table:table-cell table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'
COVERED = '<table:covered-table-cell table:number-columns-repeated="{}"/>'
NO_VALUE = '<table:table-cell table:formula="of:=1+1"/>'


def test_open_document_cells_errors_and_formulas(tmp_path: Path) -> None:
    header = "".join(map(text, HEADINGS))
    book = load(ods(tmp_path, header, BLANK_ROW, number(101) + text("None") + ERROR + NO_VALUE))
    assert book.format is Format.ODS
    assert cells(only(book)) == {3: [101, "None", ErrorCell("#DIV/0!"), FormulaCell()]}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("PT30H00M00S", datetime.timedelta(hours=30)),
        ("PT24H00M00S", datetime.timedelta(days=1)),
        ("PT09H30M15.5S", datetime.time(9, 30, 15, 500_000)),
        ("-PT00H05M00S", datetime.timedelta(minutes=-5)),
        ("P1D", "P1D"),
    ],
)
def test_open_document_times_and_lengths_are_none_of_text(tmp_path: Path, written: str, told: object) -> None:
    cell = f'<table:table-cell office:value-type="time" office:time-value="{written}"><text:p>30:00</text:p>'
    row = number(101) + cell + "</table:table-cell>" + number(1) + text("Immediate")
    sheet = only(load(ods(tmp_path, "".join(map(text, HEADINGS)), row)))
    assert cells(sheet) == {2: [101, told, 1, "Immediate"]}
    report = pipeline.check([str(tmp_path / "book.ods")], read_settings({}))
    problems = [problem.code for row in report.rows for problem in row.verdict.problems]
    assert problems == ([] if told == written else [Code.NOT_TEXT])


def test_open_document_texts_keep_their_white_space(tmp_path: Path) -> None:
    inner = 'a<text:tab/><text:span>b<text:s text:c="2"/>c</text:span><text:line-break/>d</text:p><text:p>e'
    book = load(ods(tmp_path, "".join(map(text, HEADINGS)), number(101) + text(inner) + number(1) + text("Timed")))
    assert cells(only(book)) == {2: [101, "a\tb  c\nd\ne", 1, "Timed"]}


QUOTED = "<![CDATA[<p>x & y</p>]]>"


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        (QUOTED, "<p>x & y</p>"),
        (f"a &lt; {QUOTED} b", "a < <p>x & y</p> b"),
        (f"<text:span>{QUOTED}</text:span><text:tab/>b", "<p>x & y</p>\tb"),
        (f"a</text:p><text:p>{QUOTED}", "a\n<p>x & y</p>"),
        ("<![CDATA[&]]><![CDATA[lt;]]>", "&lt;"),
    ],
)
def test_open_document_texts_are_read_however_they_are_quoted(tmp_path: Path, inner: str, shown: str) -> None:
    book = load(ods(tmp_path, "".join(map(text, HEADINGS)), number(101) + text(inner) + number(1) + text("Timed")))
    assert cells(only(book)) == {2: [101, shown, 1, "Timed"]}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16"])
def test_open_documents_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    row = number(101) + text("Café<text:tab/>b") + ERROR + text("Timed")
    book = load(ods(tmp_path, "".join(map(text, HEADINGS)), row, encoding=encoding))
    assert cells(only(book)) == {2: [101, "Café\tb", ErrorCell("#DIV/0!"), "Timed"]}


def test_open_document_cells_under_a_merged_one_are_told(tmp_path: Path) -> None:
    def merged(rows: int, columns: int, cell: str) -> str:
        return cell.replace("<table:table-cell", f"{SPANNED.format(rows=rows, columns=columns)}", 1)

    lesson = number(101) + text("Welcome")
    rows = [
        merged(1, 4, text("Outline")) + COVERED.format(3),
        BLANK_ROW,
        "".join(map(text, HEADINGS)),
        lesson + number(1) + merged(2, 10**9, text("Timed")),
        lesson + number(2) + COVERED.format(1),
        lesson + merged(3, 1, BLANK_ROW) + text("Timed"),
        lesson + COVERED.format(1) + text("Timed"),
    ]
    sheet = only(load(ods(tmp_path, *rows)))
    told = [(one.row, one.column and one.column.letter, one.value) for one in sheet.problems if one.row]
    assert told == [(5, "D", "Timed")]


@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_errors_of_other_kinds_of_workbook_are_errors(root: Path, ending: str) -> None:
    (sheet,) = load(str(root / f"tests/samples/formulas.{ending}")).sheets
    assert sheet.cells["UnlockAfterDays"].tolist() == [ErrorCell("#DIV/0!"), ErrorCell("#N/A"), 7]
