"""Makes the spreadsheets of this folder with openpyxl, the csv module and LibreOffice (`soffice` has to be at hand).

What is to be found in each of their rows stands in expected.toml.

python tests/samples/make.py
"""

import csv
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from openpyxl import Workbook

FOLDER = Path(__file__).parent
SECTIONS = (
    ("CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays", "Active"),
    (101, "Welcome", 1, "Immediate", None, "yes"),
    (101, "Second week", 2, "Timed", 7, "yes"),
)
LESSONS = (
    ("CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active"),
    (101, "Welcome", "None", 1, "Immediate", "None", True),
    (101, "Welcome", "Grüße aus Łódź", 2, "Sequential", "Button", True),
    (101, "Second week", "Where to park", 1, "Immediate", "Visited", False),
)
FORMULAS = (
    ("CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays"),
    (101, "Divided by nothing", 1, "Timed", "=1/0"),
    (101, "Not available", 2, "Timed", "=NA()"),
    (101, "Seven", 3, "Timed", "=3+4"),
)
PERCENTAGES = (
    ("CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays"),
    (101, "As many days", 1, "Timed", 7),
    (101, "Percent", 2, "Timed", 1),
    (101, "Parts of percent", 3, "Timed", 0.125),
    (101, 7, 4, "Timed", 7),
    (101, 8, 5, "Timed", 7),
)
PERCENT_FORMATS = {"E3": "0%", "E4": "0.0%", "B5": "000", "E5": '0" days"', "B6": '0" kg"'}
MESSY = (
    ("Course outline 2026",),
    (),
    ("Course ID", "Title *", "Display order", "Unlock type", "Unlock after days", "Active"),
    (101, "Welcome", 1, "Immediate", None, "yes"),
    (),
    (101, "Grüße – Café", 2, "Timed", 7, "yes"),
    (101, "Two\nlines", 3, "sequential", None, "no"),
    (101, "A date", date(2026, 3, 1), "Immediate", None, "yes"),
    (101, "An error", "=1/0", "Immediate", None, "yes"),
    (101, "A formula", "=3+4", "Immediate", None, "yes"),
    (101, "A number as text", "4", "Immediate", None, "yes"),
    (101, "Separated", "1,000", "Immediate", None, "yes"),
    (101, "With a blank that does not break", 5, "Immediate\u00a0", None, "\u00a0yes"),
    (101, "Fußgänger", 6, "Immediate", None, "yes"),
    (101, "Fußgänger ", 7, "Immediate", None, "yes"),
    (101, "None", 8, "Immediate", None, True),
    (101, "'=1+1", 9, "Immediate", None, "yes"),
    (101, "Half", 2.5, "Immediate", None, "yes"),
    (101, 2026, 10, "Immediate", None, "yes"),
    (101, 'Quoted "twice"; with, all | of\tthem', 11, "Immediate", None, "yes"),
)
LAID_OUT = (
    ("Week", "Section", None, "Lesson", None, "Unlock", None, "Completion"),
    ("Week", "CourseId", "Section", "Title", "Order", "UnlockType", "UnlockAfterDays", "CompletionType", "Legend"),
    (1, 101, "Welcome", "Keys", 1, "Immediate", None, "None", "Timed = days"),
    (1, 101, None, timedelta(hours=30), 2, "Immediate", None, "None"),
    (None, None, None, None, None, None, None, None, "Ask Ana"),
    (2, 101, "Second week", "Where to park", 1, "Timed", 7.4, "None"),
    (2, 101, None, "A tour", 2, "Immediate", None, "None"),
    ("Week 3", None, None, "Bicycles", 1, "Immediate", None, "None"),
    (4, 101, "Fourth week", "\u200b", 1, "Immediate", None, "None"),
    (5, 101, "Fifth week", "'#REF!", 1, "Immediate", None, "None"),
)
"""With headings of groups, sections beside their first lessons only, cells that are merged, and a legend."""
LAID_OUT_FORMATS = {"D4": "[h]:mm", "G6": "0"}
MERGED = ("B1:C1", "D1:E1", "F1:G1", "A8:C8")
HIDDEN_ROW = 11
FORMATTED_ROWS = 1000
"""Empty rows below the others that only have a format."""

EXPORTS = {
    "utf-8": "44,34,76",
    "windows-1252": "59,34,1",
    "mac": "59,34,2",
    "utf-16": "9,34,65535",
    "pipe": "124,34,76",
}
"""What LibreOffice is told for a CSV: the codes of the delimiter, of the quote, of the encoding."""

_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">
Sub SaveLocked(source As String, target As String)
  Dim opening(0) As New com.sun.star.beans.PropertyValue
  opening(0).Name = "Hidden" : opening(0).Value = True
  book = StarDesktop.loadComponentFromURL(source, "_blank", 0, opening())
  Dim saving(1) As New com.sun.star.beans.PropertyValue
  saving(0).Name = "FilterName" : saving(0).Value = "Calc MS Excel 2007 XML"
  Dim key(1) As New com.sun.star.beans.NamedValue
  key(0).Name = "OOXPassword" : key(0).Value = "secret"
  key(1).Name = "CryptoType" : key(1).Value = "Standard"
  saving(1).Name = "EncryptionData" : saving(1).Value = key()
  book.storeToURL(target, saving())
  book.close(True)
End Sub
</script:module>
"""


def main() -> None:
    """Write all of them."""
    with tempfile.TemporaryDirectory() as folder:
        profile, source = Path(folder, "profile"), Path(folder, "outline.xlsx")
        _book({"Sections": SECTIONS, "Lessons": LESSONS}).save(source)
        formulas = Path(folder, "formulas.xlsx")
        _book({"Sections": FORMULAS}).save(formulas)
        for ending in ("xls:MS Excel 97", "ods:calc8"):
            for file in (source, formulas, _percentages(folder), _messy(FOLDER / "messy.xlsx"), _laid_out()):
                _office(profile, "--convert-to", ending, "--outdir", str(FOLDER), str(file))
        _resave(profile, Path(folder, "messy-resaved.xlsx"))
        for name, codes in EXPORTS.items():
            _export(profile, Path(folder, f"messy-{name}.xlsx"), codes)
        _write_csv(FOLDER / "messy-csv-module.csv")
        (profile / "user/basic/Standard/Module1.xba").write_text(_MACRO, encoding="utf-8")
        locked = (FOLDER / "locked.xlsx").as_uri()
        _office(profile, f'macro:///Standard.Module1.SaveLocked("{source.as_uri()}", "{locked}")')


def _percentages(folder: str) -> Path:
    path = Path(folder, "percentages.xlsx")
    book = _book({"Sections": PERCENTAGES})
    for place, form in PERCENT_FORMATS.items():
        book["Sections"][place].number_format = form
    book.save(path)
    return path


def _laid_out() -> Path:
    path = FOLDER / "laid-out.xlsx"
    book = _book({"Outline": LAID_OUT})
    sheet = book["Outline"]
    for place, form in LAID_OUT_FORMATS.items():
        sheet[place].number_format = form
    for area in MERGED:
        sheet.merge_cells(area)
    text = sheet.cell(row=10, column=4)
    text.value, text.data_type = str(text.value).removeprefix("'"), "s"
    book.save(path)
    return path


def _messy(path: Path) -> Path:
    book = _book({"Sections": MESSY})
    sheet = book["Sections"]
    sheet.row_dimensions[HIDDEN_ROW].hidden = True
    text = sheet.cell(row=17, column=2)
    text.value, text.data_type = str(text.value).removeprefix("'"), "s"
    for row in range(len(MESSY) + 1, len(MESSY) + FORMATTED_ROWS):
        sheet.cell(row=row, column=1).number_format = "0.00"
    book.save(path)
    return path


def _resave(profile: Path, copy: Path) -> None:
    _messy(copy)
    _office(profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(FOLDER), str(copy))


def _export(profile: Path, copy: Path, codes: str) -> None:
    _messy(copy)
    _office(profile, "--convert-to", f"csv:Text - txt - csv (StarCalc):{codes}", "--outdir", str(FOLDER), str(copy))


def _write_csv(path: Path) -> None:
    """With a `sep=` line, every cell between quotes, and lines that end as on an old Macintosh."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write("sep=;\r")
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r")
        writer.writerows(["" if cell is None else cell for cell in row] for row in MESSY)


def _book(sheets: Mapping[str, Sequence[Sequence[object]]]) -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def _office(profile: Path, *words: str) -> None:
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", *words]
    subprocess.run(command, check=True, timeout=120)


if __name__ == "__main__":
    main()
