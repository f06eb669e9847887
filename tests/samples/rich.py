"""A workbook with all that people put into theirs, most of which no library keeps: made by openpyxl and by hand."""

import base64
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from importer.entities import (
    ACTIVE,
    COMPLETION_TYPE,
    COURSE_ID,
    DISPLAY_ORDER,
    LESSON,
    SECTION_TITLE,
    TITLE,
    UNLOCK_TYPE,
)

HEADINGS: Final = (
    COURSE_ID.name,
    SECTION_TITLE.name,
    TITLE.name,
    DISPLAY_ORDER,
    UNLOCK_TYPE.name,
    COMPLETION_TYPE.name,
    ACTIVE.name,
)
EXTRA: Final = ("Owner", "Cost", "Twice")
ROWS: Final = 12
_PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MICROSOFT: Final = "http://schemas.microsoft.com/office"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET: Final = "xl/worksheets/sheet2.xml"
_BOOK: Final = "xl/workbook.xml"
_NOTES: Final = "xl/drawings/commentsDrawing1.vml"
_LINK: Final = '<Relationship Id="{}" Type="{}" Target="{}"/></Relationships>'

_CONTROL: Final = (
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
    'Requires="x14" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"><controls>'
    f'<control shapeId="1030" xmlns:r="{_DOCUMENT}" r:id="rIdControl" name="Check Box 1"/>'
    "</controls></mc:Choice></mc:AlternateContent>"
)
_CHECK_BOX: Final = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'id="_x0000_s1030" style="position:absolute;width:80pt;height:15pt"><v:textbox>Done</v:textbox>'
    '<x:ClientData ObjectType="Checkbox"><x:Anchor>9, 0, 3, 0, 11, 0, 4, 0</x:Anchor></x:ClientData></v:shape>'
)
_PIVOT: Final = (
    f'<pivotCacheDefinition xmlns="{_MAIN}" refreshOnLoad="1" recordCount="0"><cacheSource type="worksheet">'
    '<worksheetSource ref="A1:G13" sheet="Lessons"/></cacheSource><cacheFields count="0"/></pivotCacheDefinition>'
)
_THREAD: Final = (
    f'<ThreadedComments xmlns="{_MICROSOFT}/spreadsheetml/2018/threadedcomments"><threadedComment ref="C4" '
    'dT="2026-01-01T10:00:00.00" personId="{00000000-0000-0000-0000-000000000001}" '
    'id="{00000000-0000-0000-0000-000000000002}"><text>Is this right?</text></threadedComment></ThreadedComments>'
)
_PERSONS: Final = (
    f'<personList xmlns="{_MICROSOFT}/spreadsheetml/2018/threadedcomments"><person displayName="Ann" '
    'id="{00000000-0000-0000-0000-000000000001}" userId="ann" providerId="None"/></personList>'
)


def rich_workbook(path: Path, *, macros: bool = True) -> Path:
    """Write it. Its lessons have their headings in row 1 and `ROWS` rows under them, one of them hidden."""
    made = io.BytesIO()
    _by_openpyxl().save(made)
    with zipfile.ZipFile(made) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts |= _further_parts(macros)
    _register(parts, macros)
    _add_controls(parts)
    write_package(path, parts)
    return path


def share_texts(parts: dict[str, bytes]) -> None:
    """Let the cells of the lessons share their texts, as Excel writes them; one of them in two colours."""
    texts: dict[bytes, int] = {}

    def number(found: re.Match[bytes]) -> bytes:
        return b't="s"><v>%d</v>' % texts.setdefault(found[1], len(texts))

    parts[_SHEET] = re.sub(rb't="inlineStr"><is>(.*?)</is>', number, parts[_SHEET])
    two = b'<r><t>Lesson</t></r><r><rPr><b/><color rgb="FFFF0000"/></rPr><t xml:space="preserve"> 4</t></r>'
    items = b"".join(b"<si>%s</si>" % (two if text == b"<t>Lesson 4</t>" else text) for text in texts)
    parts["xl/sharedStrings.xml"] = f'<?xml version="1.0"?><sst xmlns="{_MAIN}">'.encode() + items + b"</sst>"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    edit(parts, "[Content_Types].xml", "</Types>", override)
    _link(parts, _BOOK, "rIdTexts", f"{_DOCUMENT}/sharedStrings", "sharedStrings.xml")


def write_package(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write parts as a package, some of them packed and some not."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            packed = zipfile.ZIP_STORED if name.endswith((".png", ".bin")) else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data, packed)


def _by_openpyxl() -> Workbook:
    workbook = Workbook()
    front = workbook.active
    assert isinstance(front, Worksheet)
    front.title = "Front page"
    front.sheet_view.tabSelected = True
    front["A1"] = "Academy"
    lessons = workbook.create_sheet(LESSON.sheet)
    lessons.append([*HEADINGS, *EXTRA])
    for row in range(2, ROWS + 2):
        extra = ("Ann", 12.5 * row, f"=I{row}*2")
        lessons.append([101, "Week 1", f"Lesson {row}", row, "Immediate", "Button", "yes", *extra])
    _dress(lessons)
    numbers = workbook.create_sheet("Numbers")
    numbers.append(["a", 1])
    numbers.sheet_state = "hidden"
    chart = BarChart()
    chart.add_data(Reference(lessons, min_col=9, min_row=1, max_row=ROWS + 1), titles_from_data=True)
    lessons.add_chart(chart, "L16")
    workbook.defined_names["Everything"] = DefinedName("Everything", attr_text="Lessons!$A$1:$J$13")
    return workbook


def _dress(sheet: Worksheet) -> None:
    thin = Side(style="thin", color="FF808080")
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", fgColor="FF1F4E78")
        cell.border, cell.alignment = Border(bottom=thin), Alignment(horizontal="center")
    for row in range(2, ROWS + 2):
        sheet.cell(row, 9).number_format = "#,##0.00 €"
        sheet.cell(row, 7).border = Border(left=thin, right=thin)
    sheet.column_dimensions["C"].width = 30
    sheet.column_dimensions.group("K", "P", outline_level=1)
    sheet.row_dimensions[5].hidden = True
    sheet.row_dimensions[7].height = 33
    sheet.freeze_panes = "B2"
    sheet.print_title_rows, sheet.print_area = "1:1", "A1:J13"
    sheet.page_setup.orientation = "landscape"
    sheet.merge_cells("A15:C15")
    sheet["A15"] = None
    sheet["H2"].hyperlink = "https://example.com/ann"
    sheet["G3"].comment, sheet["C4"].comment = Comment("Ask Bob", "Bob"), Comment("thread", "tc={1}")
    sheet.add_table(Table(displayName="Course", ref=f"A1:J{ROWS + 1}"))
    sheet.conditional_formatting.add("I2:I13", _dear())
    rule = DataValidation(type="list", formula1='"yes,no"', sqref="G2:G100")
    sheet.add_data_validation(rule)


def _dear() -> Rule:
    return Rule(type="cellIs", operator="greaterThan", formula=["100"], dxf=DifferentialStyle(font=Font(b=True)))


def _further_parts(macros: bool) -> dict[str, bytes]:
    parts = {
        "customXml/item1.xml": b"<course>101</course>",
        "xl/ctrlProps/ctrlProp1.xml": (
            f'<formControlPr xmlns="{_MICROSOFT}/spreadsheetml/2009/9/main" objectType="CheckBox"/>'
        ).encode(),
        "xl/pivotCache/pivotCacheDefinition1.xml": _PIVOT.encode(),
        "xl/threadedComments/threadedComment1.xml": _THREAD.encode(),
        "xl/persons/person.xml": _PERSONS.encode(),
        "xl/media/image1.png": _PNG,
    }
    return parts | ({"xl/vbaProject.bin": bytes(range(256)) * 8} if macros else {})


def _register(parts: dict[str, bytes], macros: bool) -> None:
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types = {
        "/xl/ctrlProps/ctrlProp1.xml": "application/vnd.ms-excel.controlproperties+xml",
        "/xl/pivotCache/pivotCacheDefinition1.xml": f"{kinds}.pivotCacheDefinition+xml",
        "/xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
        "/xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
    }
    more = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in types.items())
    more += '<Default Extension="png" ContentType="image/png"/>'
    if macros:
        more += '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        edit(
            parts,
            "[Content_Types].xml",
            f"{kinds}.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        )
        _link(parts, _BOOK, "rIdMacros", f"{_MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin")
    edit(parts, "[Content_Types].xml", "</Types>", f"{more}</Types>")
    _link(parts, "", "rIdCustom", f"{_DOCUMENT}/customXml", "customXml/item1.xml")
    _link(parts, _BOOK, "rIdPivot", f"{_DOCUMENT}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml")
    _link(parts, _BOOK, "rIdPersons", f"{_MICROSOFT}/2017/10/relationships/person", "persons/person.xml")
    pivots = f'<pivotCaches><pivotCache cacheId="1" xmlns:r="{_DOCUMENT}" r:id="rIdPivot"/></pivotCaches></workbook>'
    edit(parts, _BOOK, "</workbook>", pivots)
    thread = f"{_MICROSOFT}/2017/10/relationships/threadedComment"
    _link(parts, _SHEET, "rIdThread", thread, "../threadedComments/threadedComment1.xml")
    _link(parts, _SHEET, "rIdControl", f"{_DOCUMENT}/ctrlProp", "../ctrlProps/ctrlProp1.xml")


def _add_controls(parts: dict[str, bytes]) -> None:
    edit(parts, _SHEET, "<tableParts", f"{_CONTROL}<tableParts")
    boxes = next(name for name in parts if name.endswith(".vml"))
    edit(parts, boxes, "</xml>", f"{_CHECK_BOX}</xml>")


def _link(parts: dict[str, bytes], part: str, name: str, kind: str, target: str) -> None:
    folder, _, file = part.rpartition("/")
    edit(parts, f"{folder}/_rels/{file}.rels".lstrip("/"), "</Relationships>", _LINK.format(name, kind, target))


def edit(parts: dict[str, bytes], part: str, old: str, new: str) -> None:
    """Replace a text that is there once in a part."""
    assert parts[part].count(old.encode()) == 1, (part, old)
    parts[part] = parts[part].replace(old.encode(), new.encode())
