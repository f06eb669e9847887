"""The parts of a package one by one: rows as a stream, frames, notes, styles, names of sheets."""

import io
import time
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.model import Outcome
from importer.problems import Code, Column, Place, Problem
from importer.report.package import frame
from importer.report.package.book import BookPart
from importer.report.package.marking import Marks
from importer.report.package.notes import Notes
from importer.report.package.parts import Package, write_parts
from importer.report.package.plain import plainly
from importer.report.package.scan import Row, SheetReader, UnusualError, children
from importer.report.package.styles import Change, Styles
from importer.report.remarks import Remark

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<worksheet xmlns="{MAIN}"><sheetData>'
TAIL = "</sheetData><pageMargins/></worksheet>"


class Drip(io.BytesIO):
    """Gives what is read in small pieces, after a first one that has the beginning."""

    def __init__(self, data: str, size: int) -> None:
        super().__init__(data.encode())
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(max(200, self._size) if self.tell() == 0 else self._size) if size != -1 else super().read()


def read(data: str, size: int = 2**20) -> tuple[SheetReader, list[Row]]:
    reader = SheetReader(cast(IO[bytes], Drip(data, size)))
    return reader, list(reader.rows())


ROWS = st.lists(
    st.sampled_from(
        [
            "<row/>",
            '<row r="{}" ht="20"/>',
            '<row r="{}"></row>',
            '<row r="{}"><c r="A{}"><v>1</v></c></row>',
            "<row r='{}' custom=\"a>b\"><c r='B{}' t=\"str\"><v>x &gt; y</v></c></row>",
            '<row r="{}"><c r="A{}" t="inlineStr"><is><t>a > b r="A1"</t></is></c><c/></row>',
        ]
    ),
    max_size=12,
)


@given(rows=ROWS, size=st.integers(1, 60))
def test_rows_are_the_same_in_whatever_pieces_they_come(rows: list[str], size: int) -> None:
    body = "".join(row.format(number, number) for number, row in enumerate(rows, start=1))
    whole, found = read(HEAD + body + TAIL)
    dripped, again = read(HEAD + body + TAIL, size)
    assert [row.number for row in found] == list(range(1, len(rows) + 1))
    assert again == found
    assert (dripped.head, dripped.tail) == (whole.head, whole.tail)
    assert whole.head.decode().endswith("<sheetData>")
    assert whole.tail.decode() == TAIL


@pytest.mark.parametrize(
    "body", ["<!-- a -->", "<![CDATA[x]]>", "<?pi?>", '<row r="1">', "<row r='1'><row r='2'></row></row>", "\0"]
)
def test_xml_that_could_be_misread_is_not_read(body: str) -> None:
    with pytest.raises(UnusualError):
        read(HEAD + body + TAIL)
    with pytest.raises(UnusualError):
        read(HEAD.replace("UTF-8", "ISO-8859-2") + TAIL)


def test_xml_is_written_plainly_with_all_it_holds() -> None:
    body = '<row r="1"><!-- no --><c t="str"><v><![CDATA[a<b]]>&#13;&amp;</v></c></row>'
    with plainly(io.BytesIO((HEAD + body + TAIL).encode())) as plain:
        _, (row,) = read(plain.read().decode())
    assert row.content == b'<c t="str"><v>a&lt;b&#13;&amp;</v></c>'
    with pytest.raises(ValueError, match="DTD"):
        plainly(io.BytesIO(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'))


def test_cells_without_a_reference_are_counted_and_get_one() -> None:
    reader, (row,) = read(HEAD + '<row r="7"><c><v>1</v></c><c r="D7"/><c s="3"/></row>' + TAIL)
    cells, rest = reader.cells(row)
    assert [(cell.column, cell.attributes) for cell in cells] == [
        (1, b' r="A7"'),
        (4, b' r="D7"'),
        (5, b' r="E7" s="3"'),
    ]
    assert (rest, reader.last(row), reader.last_filled(row, 0)) == (b"", 5, 1)


def test_children_are_found_at_their_depth() -> None:
    assert [part.name for part in children(b"<a><b/><x:c><b/></x:c></a><d e='>'/>")] == ["a", "d"]
    assert [part.name for part in children(b"<a><b/><x:c><b/></x:c></a>", 1)] == ["b", "c"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '<cols><col min="5" max="5" width="9" customWidth="1"/></cols>'),
        (
            '<cols><col min="1" max="9" width="20" style="3"/></cols>',
            '<cols><col min="1" max="4" width="20" style="3"/><col min="5" max="5" width="9" customWidth="1"/>'
            '<col min="6" max="9" width="20" style="3"/></cols>',
        ),
        (
            '<cols><col min="5" max="5" hidden="1"/></cols>',
            '<cols><col min="5" max="5" width="9" customWidth="1"/></cols>',
        ),
    ],
)
def test_new_columns_have_their_width_and_no_settings_overlap(before: str, after: str) -> None:
    head = f'<worksheet><dimension ref="A1:C9"/>{before}<sheetData>'
    expected = f'<worksheet><dimension ref="A1:E9"/>{after}<sheetData>'
    assert frame.widened(head.encode(), b"", {5: 9.0}).decode() == expected


@pytest.mark.parametrize(
    ("tail", "place"),
    [
        ("<drawing/>", "<drawing/>*"),
        ("<drawing/><tableParts><tablePart/></tableParts>", "<drawing/>*<tableParts>"),
        ("<x14:y><extLst/></x14:y><extLst/>", "</x14:y>*<extLst/>"),
        ("<mc:AlternateContent><controls/></mc:AlternateContent>", "</sheetData>*<mc:"),
    ],
)
def test_what_leads_to_notes_stands_where_its_kind_has_to(tail: str, place: str) -> None:
    found = frame.with_notes(f"</sheetData>{tail}</worksheet>".encode(), b"", "rId7", "n").decode()
    assert place.replace("*", '<legacyDrawing xmlns:r="n" r:id="rId7"/>') in found
    assert frame.notes_relation(found.encode()) == "rId7"


def test_boxes_of_new_notes_have_numbers_of_their_own() -> None:
    boxes = b'<xml><v:shape id="_x0000_s2049"><x:ClientData ObjectType="Drop"/></v:shape></xml>'
    notes = Notes(None, boxes, MAIN)
    assert notes.add("B2", "one")
    assert notes.add("AA30", "two")
    written = notes.boxes()
    assert b'id="_x0000_s2050"' in written
    assert b'id="_x0000_s2051"' in written
    assert b"<x:Row>29</x:Row><x:Column>26</x:Column>" in written


def test_notes_that_were_there_without_boxes_get_some() -> None:
    note = '<comment ref="{}" authorId="{}"><text><t>mine</t></text></comment>'.format
    authors = "<authors><author>Ann</author><author>tc=1</author></authors>"
    listed = f"<commentList>{note('C4', 0)}{note('D4', 1)}</commentList>"
    notes = Notes(f'<comments xmlns="{MAIN}">{authors}{listed}</comments>'.encode(), None, MAIN)
    notes.add("B2", "one")
    assert notes.boxes().count(b'ObjectType="Note"') == 2
    assert b"<x:Row>3</x:Row><x:Column>2</x:Column>" in notes.boxes()


BOX = '<{0}shape id="_x0000_s1"><x:ClientData><x:Row>{1}</x:Row><x:Column>1</x:Column></x:ClientData></{0}shape >'


@pytest.mark.parametrize("prefix", ["v:", "ns0:", ""])
def test_the_box_goes_with_a_note_of_ours_and_no_other(prefix: str) -> None:
    note = '<comment ref="{}" authorId="0"><text><t>{}</t></text></comment>'.format
    listed = f"<commentList>{note('B2', 'Import:&#10;wrong')}{note('B3', 'mine')}</commentList>"
    texts = f'<comments xmlns="{MAIN}"><authors><author>Importer</author></authors>{listed}</comments>'
    kept = BOX.format(prefix, 2)
    notes = Notes(texts.encode(), f"<xml><x/>{BOX.format(prefix, 1)} {kept}</xml>".encode(), MAIN)
    assert notes.take_ours_out() == {"B2"}
    written = notes.boxes()
    assert written.startswith(b"<xml><x/> " + kept.encode()) and written.count(b"<x:Row>") == 1


@pytest.mark.parametrize("tag", ["<v:shape>", "<v:shape "])
def test_boxes_that_never_end_are_looked_through_once(tag: str) -> None:
    started = time.perf_counter()
    assert Notes(None, f"<xml>{tag * 100_000}</xml>".encode(), MAIN).take_ours_out() == frozenset()
    assert time.perf_counter() - started < 5


def test_notes_of_many_authors_are_gone_through_once() -> None:
    count = 30_000
    authors = f"<authors>{'<author/>' * count}</authors>"
    notes = "".join(f'<comment ref="A{row}" authorId="{count // 2}"/>' for row in range(1, count))
    texts = f'<comments xmlns="{MAIN}">{authors}<commentList>{notes}</commentList></comments>'
    started = time.perf_counter()
    found = Notes(texts.encode(), None, MAIN)
    assert all(found.add(f"B{row}", "wrong") for row in range(1, count))
    assert time.perf_counter() - started < 5
    assert found.texts().count(b"<author>Importer</author>") == 1
    assert found.texts().count(b'authorId="%d"' % count) == count - 1


def test_one_tall_merged_cell_is_marked_once_with_all_that_is_said_of_it() -> None:
    place, last = Place(file="x.xlsx", sheet="Lessons"), 80_000
    column = Column(letter="B", heading="Section", field="SectionId")
    told = {
        row: Problem(code=Code.MERGED_CELL, place=place, row=row, column=column, details={"anchor": "B2"})
        for row in range(3, last)
    }
    remarks = {row: remark_with(*([told[row]] if row in told else [])) for row in range(2, last)}
    started = time.perf_counter()
    marks = Marks(remarks, [frame.Area(top=2, left=2, bottom=last, right=2)])
    assert time.perf_counter() - started < 5
    assert [row for row in remarks if marks.of(row)] == [2]
    assert [line[:7] for line in (marks.of(2)["B"].lines[at] for at in (0, -1))] == ["B3: the", "B79999:"]


def remark_with(*problems: Problem) -> Remark:
    return Remark(status="", error="", id="", outcome=Outcome.INVALID, problems=problems, kind="sections")


def test_a_style_is_added_once_and_keeps_the_rest() -> None:
    styles = Styles(None, MAIN)
    first = styles.like(0, Change(fill="FFF8CBAD"))
    assert styles.like(0, Change(fill="FFF8CBAD")) == first
    assert styles.fill(first) == ("FFF8CBAD", True)
    assert styles.fill(styles.like(first, Change(fill=""))) == ("", False)
    assert styles.xml().count(b"FFF8CBAD") == 2  # the colour before and behind


def package_of(parts: Mapping[str, str]) -> Package:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return Package(zipfile.ZipFile(file))


def relations(links: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for name, (kind, target) in links.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
    )


def test_our_sheet_becomes_the_first_and_what_goes_by_position_follows() -> None:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><bookViews>'
        '<workbookView activeTab="1" firstSheet="1"/></bookViews>'
        '<sheets><sheet name="A &amp; B" sheetId="4" r:id="rId2"/><sheet name="C" sheetId="2" r:id="rId1"/></sheets>'
        '<definedNames><definedName name="_xlnm.Print_Area" localSheetId="1">C!$A$1</definedName></definedNames>'
        "<calcPr/></workbook>"
    )
    package = package_of(
        {
            "_rels/.rels": relations({"rId1": ("officeDocument", "/work%20book/main.xml")}),
            "work book/main.xml": book,
            "work book/_rels/main.xml.rels": relations(
                {"rId1": ("worksheet", "one.xml"), "rId2": ("worksheet", "../two.xml")}
            ),
        }
    )
    part = BookPart(package)
    assert part.sheets == {"A & B": "two.xml", "C": "work book/one.xml"}
    place, new = part.put_first()
    assert new
    assert next(iter(part.sheets.items())) == ("Import summary", place)
    written = part.xml()
    assert b'localSheetId="2"' in written
    assert b"activeTab" not in written
    assert b'sheetId="5"' in written
    assert part.summary() == ("Import summary", place)
    assert part.put_first() == (place, False)
    assert b'localSheetId="2"' in part.xml()


def test_a_part_of_any_case_is_found(tmp_path: Path) -> None:
    package = package_of({"XL/Styles.xml": "x"})
    assert package.has("xl/styles.xml")
    assert package.read("xl/styles.xml") == b"x"
    assert package.free("xl/styles{}.xml") == "xl/styles1.xml"


@pytest.mark.parametrize("as_stream", [False, True])
def test_parts_are_packed_at_the_quick_level(as_stream: bool) -> None:
    content = "".join(f"<c r='A{number}'><v>{number * number}</v></c>" for number in range(20_000)).encode()

    def fill(sink: IO[bytes]) -> None:
        sink.write(content)

    target = io.BytesIO()
    write_parts(target, [("xl/worksheets/sheet1.xml", fill if as_stream else content)])
    quick = zlib.compressobj(3, zlib.DEFLATED, -15)
    packed = len(quick.compress(content) + quick.flush())
    with zipfile.ZipFile(target) as archive:
        assert archive.getinfo("xl/worksheets/sheet1.xml").compress_size == packed
        assert archive.read("xl/worksheets/sheet1.xml") == content
