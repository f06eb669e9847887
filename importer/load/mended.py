"""A workbook whose XML is right, but not as the fast reader wants it, written anew: slower, so only where it has to.

There are errors that it does not know (`#SPILL!`), texts quoted as XML can, other encodings than UTF-8.
"""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final, cast

from lxml import etree

from importer.derive.safe_xml import elements, whole
from importer.load.relations import sheet_parts

_IN_MEMORY: Final = 2**24
_WHOLE: Final = frozenset(
    {
        "[content_types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "content.xml",
        "meta-inf/manifest.xml",
    }
)
"""Parts besides the sheets of an .xlsx and their texts that the fast reader looks at."""
_TYPE: Final = "mimetype"
_STRINGS: Final = "xl/sharedstrings.xml"
_OF_CELL: Final = ("v", "f", "is")
_KINDS: Final = frozenset({"b", "d", "e", "inlineStr", "n", "s", "str"})
_MAIN: Final = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KNOWN: Final = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
"""Errors; what a cell with another shows is looked up in the workbook itself."""


def mended(path: Path) -> IO[bytes]:
    """A copy of an .xlsx, .xlsm or .ods with the cells of its sheets, to be read from its beginning and closed.

    Raises what `reading.DAMAGE` names where the XML is no XML.
    """
    sink = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY))
    try:
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(sink, "w") as copy:
            _copy(archive, copy)
    except BaseException:
        sink.close()
        raise
    sink.seek(0)
    return sink


def _copy(archive: zipfile.ZipFile, copy: zipfile.ZipFile) -> None:
    is_opendocument = _TYPE in archive.namelist()
    sheets = frozenset(() if is_opendocument else sheet_parts(archive).values())
    for part in archive.namelist():
        if part == _TYPE:
            copy.writestr(part, archive.read(part))
        elif part in sheets:
            _write(archive, copy, part, _of_sheet)
        elif part.lower() == _STRINGS:
            _write(archive, copy, part, _of_strings)
        elif part.lower() in _WHOLE:
            copy.writestr(part, etree.tostring(whole(archive.read(part)), encoding="UTF-8"))


def _write(
    archive: zipfile.ZipFile, copy: zipfile.ZipFile, part: str, pieces: Callable[[IO[bytes]], Iterator[bytes]]
) -> None:
    with archive.open(part) as source, copy.open(part, "w") as sink:
        for piece in pieces(source):
            sink.write(piece)


def _of_strings(source: IO[bytes]) -> Iterator[bytes]:
    yield b'<sst xmlns="%s">' % _MAIN
    for node in elements(source, "si"):
        yield _written(node)
    yield b"</sst>"


def _of_sheet(source: IO[bytes]) -> Iterator[bytes]:
    """The rows of a sheet, and which of its cells are merged."""
    after = b""
    yield b'<worksheet xmlns="%s"><sheetData>' % _MAIN
    for node in elements(source, "row", "mergeCell"):
        if etree.QName(node).localname == "mergeCell":
            after += _written(node)
        else:
            for cell in node.iterfind("{*}c"):
                _mend(cell)
            yield _written(node)
    yield b"</sheetData><mergeCells>" + after + b"</mergeCells></worksheet>"


def _written(node: etree._Element) -> bytes:
    return bytes(etree.tostring(node, encoding="UTF-8", with_tail=False, xml_declaration=False))


def _mend(cell: etree._Element) -> None:
    """Leave of a cell what the fast reader knows."""
    for node in [*cell]:
        if etree.QName(node).localname not in _OF_CELL:
            cell.remove(node)
    kind, value = cell.get("t", "n"), cell.find("{*}v")
    if kind not in _KINDS:
        cell.set("t", "str")
    elif kind == "e" and (value is None or (value.text or "").strip() not in _KNOWN):
        cell.attrib.pop("t")
    elif value is not None and kind != "str":
        value.text = (value.text or "").strip()
