"""The errors file of a workbook: the rows left to correct, as a small workbook with the looks of the input."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, BinaryIO, Final

from openpyxl.utils import column_index_from_string

from importer.model import Book, Sheet
from importer.problems import Place
from importer.report.package import leftover
from importer.report.package.annotate import STYLES, WORKSHEET, Source, setting_of
from importer.report.package.parts import TYPES, Fill, Package, write_parts
from importer.report.package.rows import RowWriter
from importer.report.package.sheets import BOXES, COMMENTS, in_large_pieces
from importer.report.package.survey import Prepared, Setting, prepare
from importer.report.package.texts import shared_texts
from importer.report.package.xml import attribute, declared
from importer.report.remarks import Remarks

_KINDS: Final = "application/vnd.openxmlformats-officedocument"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
Part = tuple[str, bytes | Fill]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tab:
    """A sheet of the errors file, and the rows that it takes from the input: their number there and here."""

    name: str
    number: int
    ready: Prepared
    rows: Mapping[int, int]
    words: Mapping[int, Mapping[int, str]]
    """What cells say here and not in the input: by the row there, and the position of the column."""

    @property
    def part(self) -> str:
        return f"xl/worksheets/sheet{self.number}.xml"

    @property
    def has_notes(self) -> bool:
        return not self.ready.notes.is_empty


def left_to_correct(source: Source, book: Book, remarks: Mapping[Place, Remarks], sink: BinaryIO) -> None:
    """Write the headings and the rows to correct in their order, sheet by sheet, importable as they are.

    Rows above the headings are left out, and a sheet without a row to correct is not there. Cells keep their
    looks, columns their widths and the drop-down lists that hold their choices themselves.
    """
    with zipfile.ZipFile(source) as archive, ExitStack() as files:
        setting = setting_of(Package(archive), files)
        sheets = {sheet.place: sheet for sheet in book.sheets}.items()
        found = (_tab(setting, sheet, remarks.get(place, {})) for place, sheet in sheets)
        tabs = [tab for tab in found if tab is not None]
        numbered = [replace(tab, number=at) for at, tab in enumerate(tabs, 1)]
        write_parts(sink, _parts(setting, numbered))


def _tab(setting: Setting, sheet: Sheet, remarks: Remarks) -> _Tab | None:
    wanted = {row: remark.elsewhere for row, remark in remarks.items() if remark.to_correct}
    if not wanted:
        return None
    ready = prepare(setting, sheet, wanted, in_place=False)
    rows = {row: number for number, row in enumerate([sheet.header_row, *wanted], start=1)}
    ready.notes.move(rows)
    return _Tab(name=sheet.place.sheet or "", number=0, ready=ready, rows=rows, words=_words(sheet, wanted))


def _parts(setting: Setting, tabs: list[_Tab]) -> Iterator[Part]:
    theme = setting.book.target("theme")
    yield TYPES, _types(tabs, has_theme=theme is not None)
    yield "_rels/.rels", _links({"rId1": (setting.book.kind("officeDocument"), "xl/workbook.xml")})
    yield "xl/workbook.xml", _workbook(setting, tabs)
    kind = setting.book.kind
    links = {f"rId{tab.number}": (kind("worksheet"), tab.part) for tab in tabs}
    links["rIdStyles"] = (kind("styles"), "xl/styles.xml")
    if theme is not None:
        links["rIdTheme"] = (kind("theme"), "xl/theme/theme1.xml")
        yield "xl/theme/theme1.xml", setting.package.read(theme)
    yield "xl/_rels/workbook.xml.rels", _links(links)
    for tab in tabs:
        yield tab.part, partial(_fill, setting, tab)
        if tab.has_notes:
            yield from _note_parts(setting, tab)
    yield "xl/styles.xml", setting.styles.xml()


def _note_parts(setting: Setting, tab: _Tab) -> Iterator[Part]:
    texts, boxes = f"xl/comments{tab.number}.xml", f"xl/drawings/vmlDrawing{tab.number}.vml"
    links = {"rId1": (setting.book.kind("comments"), texts), "rId2": (setting.book.kind("vmlDrawing"), boxes)}
    yield f"xl/worksheets/_rels/sheet{tab.number}.xml.rels", _links(links)
    yield texts, tab.ready.notes.texts()
    yield boxes, tab.ready.notes.boxes()


def _fill(setting: Setting, tab: _Tab, sink: IO[bytes]) -> None:
    reader = tab.ready.source.reader()
    mover = leftover.Mover(reader, _texts(setting, tab), tab.words)
    writer = RowWriter(reader, tab.ready.plan, setting.styles)
    sink.write(leftover.head(reader, tab.ready.plan.widths, setting.book.main))
    rows = (mover.xml(row, tab.rows[row.number]) for row in writer.answered(tab.rows.keys()))
    for piece in in_large_pieces(rows):
        sink.write(piece)
    notes = f'<legacyDrawing xmlns:r={attribute(setting.book.relations)} r:id="rId2"/>' if tab.has_notes else ""
    sink.write(b"</sheetData>" + leftover.drop_downs(reader.tail, len(tab.rows)) + f"{notes}</worksheet>".encode())


def _words(sheet: Sheet, remarks: Remarks) -> Mapping[int, Mapping[int, str]]:
    return {
        row: {column_index_from_string(column.letter): word for column, word in words if column.letter is not None}
        for row, remark in remarks.items()
        if (words := remark.words(sheet))
    }


def _texts(setting: Setting, tab: _Tab) -> Mapping[int, bytes]:
    part = setting.book.target("sharedStrings")
    if part is None:
        return {}
    reader = tab.ready.source.reader()
    wanted = {number for row in reader.rows() if row.number in tab.rows for number in leftover.shared_in(reader, row)}
    return shared_texts(setting.package, part, wanted)


def _types(tabs: list[_Tab], *, has_theme: bool) -> bytes:
    kinds = {"xl/workbook.xml": f"{_KINDS}.spreadsheetml.sheet.main+xml", "xl/styles.xml": STYLES}
    kinds |= {tab.part: WORKSHEET for tab in tabs}
    kinds |= {f"xl/comments{tab.number}.xml": COMMENTS for tab in tabs if tab.has_notes}
    kinds |= {"xl/theme/theme1.xml": f"{_KINDS}.theme+xml"} if has_theme else {}
    overrides = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in kinds.items())
    return declared(
        f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="vml" ContentType="{BOXES}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _links(links: Mapping[str, tuple[str, str]]) -> bytes:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target="/{part}"/>' for name, (kind, part) in links.items()
    )
    return declared(f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>')


def _workbook(setting: Setting, tabs: list[_Tab]) -> bytes:
    dates = '<workbookPr date1904="1"/>' if setting.book.counts_from_1904 else ""
    sheets = "".join(
        f'<sheet name={attribute(tab.name)} sheetId="{tab.number}" r:id="rId{tab.number}"/>' for tab in tabs
    )
    spaces = f"xmlns={attribute(setting.book.main)} xmlns:r={attribute(setting.book.relations)}"
    return declared(f"<workbook {spaces}>{dates}<sheets>{sheets}</sheets></workbook>")
