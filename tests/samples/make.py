"""Makes the workbooks of this folder that only an office program can write. Needs `soffice` (LibreOffice) at hand.

python tests/samples/make.py
"""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
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
    """Write outline and formulas as .xls and .ods, and locked.xlsx."""
    with tempfile.TemporaryDirectory() as folder:
        profile, source = Path(folder, "profile"), Path(folder, "outline.xlsx")
        _book({"Sections": SECTIONS, "Lessons": LESSONS}).save(source)
        formulas = Path(folder, "formulas.xlsx")
        _book({"Sections": FORMULAS}).save(formulas)
        for ending in ("xls:MS Excel 97", "ods:calc8"):
            for file in (source, formulas):
                _office(profile, "--convert-to", ending, "--outdir", str(FOLDER), str(file))
        (profile / "user/basic/Standard/Module1.xba").write_text(_MACRO, encoding="utf-8")
        locked = (FOLDER / "locked.xlsx").as_uri()
        _office(profile, f'macro:///Standard.Module1.SaveLocked("{source.as_uri()}", "{locked}")')


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
