"""Files made to cost whoever reads them time or memory, each a few kilobytes on disk unless it says otherwise."""

import io
import re
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from openpyxl import Workbook

Make = Callable[[Path], None]

SHEET: Final = "xl/worksheets/sheet1.xml"
STRINGS: Final = "xl/sharedStrings.xml"
CONTENT: Final = "content.xml"
MAIN: Final = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADINGS: Final = ("CourseId", "Title", "DisplayOrder", "UnlockType")
ROW: Final = (101, "Welcome", 1, "Immediate")
BIG: Final = 500 * 10**6
LAUGHS: Final = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
QUADRATIC: Final = f'<!DOCTYPE x [<!ENTITY j "{"A" * 50_000}">]>'
EXTERNAL: Final = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
REMOTE: Final = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'


def workbook() -> dict[str, bytes]:
    """The parts of a sound workbook with one sheet of sections, its texts shared as Excel shares them."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sections"
    sheet.append(list(HEADINGS))
    sheet.append(list(ROW))
    held = io.BytesIO()
    book.save(held)
    with zipfile.ZipFile(held) as archive:
        return _sharing({name: archive.read(name) for name in archive.namelist()})


def _sharing(parts: dict[str, bytes]) -> dict[str, bytes]:
    texts: list[bytes] = []

    def share(found: "re.Match[bytes]") -> bytes:
        texts.append(found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    sheet = re.sub(rb't="inlineStr"><is><t>(.*?)</t></is>', share, parts[SHEET])
    strings = b"".join(b"<si><t>" + text + b"</t></si>" for text in texts)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    types, relations = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    return parts | {
        SHEET: sheet,
        STRINGS: b'<?xml version="1.0" encoding="UTF-8"?>\n<sst xmlns="%s">%s</sst>' % (MAIN, strings),
        types: parts[types].replace(
            b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
        ),
        relations: parts[relations].replace(
            b"</Relationships>",
            b'<Relationship Id="texts" Type="%s" Target="/xl/sharedStrings.xml"/></Relationships>' % relation,
        ),
    }


def opendocument(content: bytes | None = None) -> dict[str, bytes]:
    """The parts of a sound .ods file."""
    with zipfile.ZipFile(Path(__file__).parent / "samples" / "outline.ods") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return parts if content is None else {**parts, CONTENT: content}


def pack(path: Path, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def with_cells(path: Path, cells: str) -> None:
    """A workbook with more cells, after those that it has."""
    parts = workbook()
    pack(path, {**parts, SHEET: parts[SHEET].replace(b"</sheetData>", cells.encode() + b"</sheetData>")})


def with_cell(path: Path, reference: str) -> None:
    with_cells(path, f'<row><c r="{reference}" t="inlineStr"><is><t>far</t></is></c></row>')


def disguised(path: Path) -> None:
    """A far cell in a sheet whose part has the name of a picture."""
    with_cell(path, "XFD1048576")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = SHEET.replace(".xml", ".png")
    pack(
        path,
        {
            part.replace(SHEET, name): content.replace(
                SHEET.removeprefix("xl/").encode(), name.removeprefix("xl/").encode()
            )
            for part, content in parts.items()
        },
    )


def with_span(path: Path, element: str) -> None:
    parts = workbook()
    pack(path, {**parts, SHEET: parts[SHEET].replace(b"</sheetData>", b"</sheetData>" + element.encode())})


def with_dimension(path: Path, says: str) -> None:
    parts = workbook()
    pack(
        path, {**parts, SHEET: re.sub(b'<dimension ref="[^"]*"', b'<dimension ref="%s"' % says.encode(), parts[SHEET])}
    )


def with_declarations(path: Path, part: str, declarations: str, entity: str = "") -> None:
    """A workbook of which one part has declarations of its own before its root, and an entity in its texts."""
    parts = opendocument() if part == CONTENT else workbook()
    text = parts[part].decode()
    before, mark, rest = text.rpartition("?>") if text.startswith("<?xml") and text.count("?>") == 1 else ("", "", text)
    pack(path, {**parts, part: (before + mark + declarations + rest.replace("Welcome", entity or "Welcome")).encode()})


def swollen(path: Path) -> None:
    """Half a gigabyte of one letter, 490 KB on disk."""
    parts = workbook()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=False) as part:
                for piece in _swollen(content) if name == STRINGS else (content,):
                    part.write(piece)


def _swollen(content: bytes) -> Iterator[bytes]:
    before, mark, after = content.partition(b"Welcome")
    yield before + mark
    piece = b"A" * 10**6
    yield from (piece for _ in range(BIG // len(piece)))
    yield after


def lying(path: Path) -> None:
    """The same, and it says of itself that it has 300 bytes."""
    swollen(path)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(STRINGS)
        at = archive.start_dir
    struct.pack_into("<I", raw, info.header_offset + 22, 300)
    while raw[at + 46 : at + 46 + len(STRINGS)] != STRINGS.encode():
        at = raw.find(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", raw, at + 24, 300)
    path.write_bytes(raw)


def crowded(path: Path) -> None:
    """A workbook with 20,000 empty files beside its parts."""
    pack(path, {**workbook(), **{f"docProps/{number}.xml": b"" for number in range(20_000)}})


def twins(path: Path) -> None:
    """Two sheets of one name: which of them is read, depends on the reader."""
    parts = workbook()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*parts.items(), ("xl/worksheets/sheet2.xml", parts[SHEET])):
            archive.writestr(name, content)
    path.write_bytes(path.read_bytes().replace(b"xl/worksheets/sheet2.xml", SHEET.encode()))


def echoing(path: Path) -> None:
    """A thousand cells that share one text of a million characters and ten thousand that share it again."""
    parts = workbook()
    strings = parts[STRINGS].replace(b"Welcome", b"A" * 10**6)
    cells = "".join(f'<row r="{row}"><c r="B{row}" t="s"><v>4</v></c></row>' for row in range(3, 11_003))
    sheet = parts[SHEET].replace(b"</sheetData>", cells.encode() + b"</sheetData>")
    pack(path, {**parts, STRINGS: strings, SHEET: sheet})


def repeating(path: Path, columns: int, rows: int) -> None:
    """An .ods whose last cell is filled, and repeated over so many columns and rows."""
    text = opendocument()[CONTENT].decode()
    cell = f'table:table-cell table:number-columns-repeated="{columns}" office:value-type="string"'
    cell = f"<{cell}><text:p>x</text:p></table:table-cell>"
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    pack(path, opendocument(text.replace("</table:table>", row + "</table:table>", 1).encode()))


def many_tables(path: Path, tables: int, columns: int, rows: int) -> None:
    """An .ods with so many more tables, each of one cell repeated over so many columns and rows."""
    cell = f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="float" office:value="1"/>'
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    more = "".join(f'<table:table table:name="N{number}">{row}</table:table>' for number in range(tables))
    before, mark, after = opendocument()[CONTENT].decode().rpartition("</table:table>")
    pack(path, opendocument((before + mark + more + after).encode()))


def long_line(path: Path, size: int) -> None:
    """A CSV with a cell of so many characters, as large on disk."""
    with path.open("wb") as file:
        file.write((",".join(HEADINGS) + "\n101,").encode())
        for _ in range(size // 10**6):
            file.write(b"A" * 10**6)
        file.write(b",1,Immediate\n")


def unclosed(path: Path, lines: int) -> None:
    """A CSV with a quote that opens on line 3 and is never closed."""
    row = ",".join(map(str, ROW)) + "\n"
    path.write_text(",".join(HEADINGS) + "\n" + row + '101,"open,1,Immediate\n' + row * lines, encoding="utf-8")


REFUSED: Final[Mapping[str, tuple[str, Make]]] = {
    "zip bomb.xlsx": ("times as large", swollen),
    "lying header.xlsx": ("damaged", lying),
    "20,000 parts.xlsx": ("20,0", crowded),
    "two parts of one name.xlsx": ("the same name", twins),
    "billion laughs in the sheet.xlsx": ("DOCTYPE", partial(with_declarations, part=SHEET, declarations=LAUGHS)),
    "billion laughs in the texts.xlsx": (
        "DOCTYPE",
        partial(with_declarations, part=STRINGS, declarations=LAUGHS, entity="&j;"),
    ),
    "quadratic entities.xlsx": (
        "DOCTYPE",
        partial(with_declarations, part=STRINGS, declarations=QUADRATIC, entity="&j;" * 10_000),
    ),
    "external entity.xlsx": (
        "DOCTYPE",
        partial(with_declarations, part=STRINGS, declarations=EXTERNAL, entity="&j;"),
    ),
    "remote declarations.xlsx": ("DOCTYPE", partial(with_declarations, part="xl/workbook.xml", declarations=REMOTE)),
    "laughs in the styles.xlsx": ("DOCTYPE", partial(with_declarations, part="xl/styles.xml", declarations=LAUGHS)),
    "laughs behind a remark.xlsx": (
        "DOCTYPE",
        partial(with_declarations, part=SHEET, declarations="<!-- <x> -->" + LAUGHS),
    ),
    "laughs.ods": ("DOCTYPE", partial(with_declarations, part=CONTENT, declarations=LAUGHS, entity="&j;")),
    "one cell at XFD1048576.xlsx": ("column XFD", partial(with_cell, reference="XFD1048576")),
    "a far cell in what is called a picture.xlsx": ("column XFD", disguised),
    "one cell at ALL1048576.xlsx": ("too far", partial(with_cell, reference="ALL1048576")),
    "one cell at row 20,000,000.xlsx": ("row 20,000,000", partial(with_cell, reference="A20000000")),
    "a merged cell over everything.xlsx": (
        "merged cells",
        partial(with_span, element='<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    ),
    "one text in 11,000 cells.xlsx": ("written out", echoing),
    "a cell repeated 16,384 times 1,048,576.ods": ("column", partial(repeating, columns=16_384, rows=1_048_576)),
    "a row repeated 900 million times.ods": ("row", partial(repeating, columns=1, rows=900_000_000)),
    "21 tables of a million cells each.ods": ("together", partial(many_tables, tables=21, columns=1000, rows=1000)),
    "a line of 60 million characters.csv": ("a line of more than", partial(long_line, size=60 * 10**6)),
    "a quote never closed, 60 MB.csv": ("begins on line 3", partial(unclosed, lines=2_500_000)),
}
"""By its name: a part of what is said of it, and what makes it."""

READ: Final[Mapping[str, Make]] = {
    "one cell at A1048576.xlsx": partial(with_cell, reference="A1048576"),
    "one cell at ALL9.xlsx": partial(with_cell, reference="ALL9"),
    "a dimension that says too little.xlsx": partial(with_dimension, says="A1"),
    "a dimension that says too much.xlsx": partial(with_dimension, says="A1:XFD1048576"),
    "a cell of 5 million characters.csv": partial(long_line, size=5 * 10**6),
}
"""Odd files that are read all the same, and what is odd in them is a problem of its row at most."""
