"""A plain report: a list of rows with their answers, for files that are not what they were."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from importer.derive.longest import cut_short
from importer.entities import OUR_HEADINGS, TITLE
from importer.languages import say
from importer.model import Row
from importer.problems import Code, Problem
from importer.report.remarks import remark
from importer.report.saving import save
from importer.report.targets import numbered, reason
from importer.report.words import plain
from importer.report.writing import Written

_BOLD: Final = Font(bold=True)
_PLAIN: Final = Font()
_WIDTHS: Final = (24, 14, 8, 12, 40, 14, 80, 12)


def write_plain(rows: Sequence[Row], target: Path, note: Problem) -> Written:
    """Write the list, with a note why it is one. Never raises for what the file system refuses."""

    def fill(sink: BinaryIO) -> None:
        _workbook(rows, note).save(sink)

    try:
        written = save(target, fill, instead=numbered(target), sleep=time.sleep)
    except OSError as error:
        failed = Problem(code=Code.REPORT_NOT_WRITTEN, value=target.name, details={"reason": reason(error)})
        return Written(files=(), problems=(note, failed))
    return Written(files=(written,), problems=(note,))


def _workbook(rows: Sequence[Row], note: Problem) -> Workbook:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(say("Rows"))
    sheet.freeze_panes = "A3"
    for at, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[at]].width = width
    for number, cells in enumerate(_lines(rows, note)):
        sheet.append([_text(sheet, cell, bold=number < 2) if isinstance(cell, str) else cell for cell in cells])
    return book


def _lines(rows: Sequence[Row], note: Problem) -> Iterator[list[str | int | None]]:
    yield [note.message]
    yield ["File", "Sheet", "Row", "Kind", TITLE.name, *OUR_HEADINGS]
    for row in rows:
        said = remark(row)
        where: list[str | int | None] = [row.key.file, row.key.sheet, row.key.row, row.kind, row.title]
        yield [*where, said.status, said.error, row.verdict.id]


def _text(sheet: Any, text: str, *, bold: bool) -> Any:
    """A cell that is a text whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=cut_short(plain(text)))
    cell.data_type = "s"
    cell.font = _BOLD if bold else _PLAIN
    return cell
