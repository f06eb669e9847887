"""What a file is, told by its content; and the files that cannot be used at all."""

import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.errors import EmptyFileError, FileMissingError, NotASpreadsheetError
from importer.load.extent_xls import extents_of_xls
from importer.load.limits import refuse_bomb, refuse_far, refuse_large, refuse_many_cells, refuse_many_entries
from importer.load.package import refuse_far_cells, refuse_types_of_document
from importer.load.reading import DAMAGE, chunks, damaged, locked
from importer.load.signs import Signs
from importer.model import Format
from importer.problems import quoted
from importer.settings import FileLimits

_HEAD: Final = 2**16

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_WEB_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|meta|body|table|div|style)\b", re.IGNORECASE
)
_WEB_ARCHIVE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*MIME-Version:", re.IGNORECASE)
_XML_SPREADSHEET: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?=.{0,4000}urn:schemas-microsoft-com:office:spreadsheet)", re.DOTALL
)
_FLAT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?=.{0,60000}application/vnd\.oasis\.opendocument\.spreadsheet)", re.DOTALL
)
_SYLK: Final = re.compile(rb"ID;P[^\r\n]*[\r\n](?=.{0,60000}?[\r\n]C;[XY][0-9]+;)", re.DOTALL)
_MARKS: Final = (
    (re.compile(rb"%PDF-"), "this is a PDF"),
    (
        re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|BM.{4}\0\0\0\0|RIFF.{4}WEBP|II\*\0|MM\0\*", re.DOTALL),
        "this is a picture",
    ),
    (re.compile(rb"\{\\rtf"), "this is a text document (RTF)"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml"), "this is an XML file"),
    (re.compile(rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ"), "this is a packed archive"),
)
_SAVE_AS: Final = "; save it as an Excel workbook (.xlsx) or as CSV"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a first look at a file tells: its kind, its first 64 KiB, and the signs of the parts that are its sheets."""

    format: Format
    head: bytes
    signs: Mapping[str, Signs] = field(default_factory=dict)


def beginning(path: Path, name: str, limits: FileLimits) -> bytes:
    """The first 64 KiB of a file that can be read and is not too large.

    Raises `FileMissingError`, `EmptyFileError` or `TooLargeError`.
    """
    with _refusing_unreadable(name):
        _refuse_no_file(path, name)
        refuse_large(path, name, limits)
        with path.open("rb") as file:
            return file.read(_HEAD)


def is_text(head: bytes) -> bool:
    """Whether a file with that beginning can only be a text, for which there is no more to look at than its bytes."""
    return not head.startswith((*_ZIP, _OLE))


def open_file(path: Path, head: bytes, name: str, limits: FileLimits) -> Opened:
    """Tell what a file with that beginning is, and refuse it where reading it would cost too much.

    Raises `FileMissingError`, `TooLargeError` or `NotASpreadsheetError`.
    """
    with _refusing_unreadable(name):
        return _opened(path, head, name, limits)


@contextmanager
def _refusing_unreadable(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileMissingError(name, f"the file cannot be read ({error.strerror or type(error).__name__})") from None


def _refuse_no_file(path: Path, name: str) -> None:
    if not name:
        raise FileMissingError(quoted(name), "a file needs a name")
    if path.is_dir():
        raise FileMissingError(name, "this is a folder, not a file")
    if not path.exists():
        raise FileMissingError(name, "there is no such file")
    if not path.is_file():
        raise FileMissingError(name, "this is not a file that can be read twice; save it as a file first")
    if path.stat().st_size == 0:
        raise EmptyFileError(name, "the file is empty")


def _opened(path: Path, head: bytes, name: str, limits: FileLimits) -> Opened:
    if head.startswith(_ZIP):
        form, signs = _zip_format(path, name, limits)
        return Opened(format=form, head=head, signs=signs)
    if head.startswith(_OLE):
        return Opened(format=_ole_format(path, name, limits), head=head)
    _refuse_other_texts(head, name)
    return Opened(format=Format.CSV, head=head)


def _refuse_other_texts(head: bytes, name: str) -> None:
    """Refuse what has a mark of something that is no spreadsheet."""
    if head.startswith(_UTF16):
        head = head[2:].replace(b"\0", b"")  # what markup is made of is left
    if _WEB_PAGE.match(head) or _WEB_ARCHIVE.match(head):
        raise NotASpreadsheetError(
            name,
            "this is a web page, whatever its name says; open it in Excel and save it as an Excel workbook (.xlsx)",
        )
    if _XML_SPREADSHEET.match(head):
        raise NotASpreadsheetError(
            name,
            "this is an XML spreadsheet of 2003, whatever its name says; "
            "open it in Excel and save it as an Excel workbook (.xlsx)",
        )
    if _FLAT.match(head):
        raise NotASpreadsheetError(
            name,
            "this is a flat OpenDocument spreadsheet (.fods); open it in LibreOffice and save it as an Excel workbook "
            "(.xlsx) or as .ods",
        )
    if _SYLK.match(head):
        raise NotASpreadsheetError(
            name, "this is a SYLK file (.slk); open it in Excel and save it as an Excel workbook (.xlsx)"
        )
    for mark, what in _MARKS:
        if mark.match(head):
            raise NotASpreadsheetError(name, f"{what}, not a spreadsheet{_SAVE_AS}")


def _zip_format(path: Path, name: str, limits: FileLimits) -> tuple[Format, Mapping[str, Signs]]:
    refuse_many_entries(path, name, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_bomb(archive, name, limits)
            form = _packed_format(archive, name)
            refuse_types_of_document(archive, name)
            return form, refuse_far_cells(archive, form, name, limits)
    except DAMAGE:
        raise damaged(name) from None


def _packed_format(archive: zipfile.ZipFile, name: str) -> Format:
    members = {member.lower(): member for member in archive.namelist()}
    if "xl/workbook.bin" in members:
        return Format.XLSB
    if "xl/workbook.xml" in members:
        types = archive.read(members["[content_types].xml"]) if "[content_types].xml" in members else b""
        return Format.XLSM if b"macroEnabled" in types else Format.XLSX
    if "mimetype" in members and b"opendocument.spreadsheet" in archive.read(members["mimetype"])[:100]:
        manifest = archive.read(members["meta-inf/manifest.xml"]) if "meta-inf/manifest.xml" in members else b""
        if b"encryption-data" in manifest:
            raise locked(name)
        return Format.ODS
    if "index/document.iwa" in members or "index.zip" in members:
        raise NotASpreadsheetError(name, "this is a file of Apple Numbers; export it there as Excel (.xlsx) or as CSV")
    if "word/document.xml" in members:
        raise NotASpreadsheetError(name, f"this is a Word document, not a spreadsheet{_SAVE_AS}")
    raise NotASpreadsheetError(name, f"this is a packed file without a spreadsheet in it{_SAVE_AS}")


def _ole_format(path: Path, name: str, limits: FileLimits) -> Format:
    directory = {stream: stream.encode("utf-16-le") for stream in ("EncryptedPackage", "Workbook", "Book")}
    found = set()
    carried = b""
    for chunk in chunks(path):
        block = carried + chunk
        found |= {stream for stream, mark in directory.items() if mark in block}
        carried = block[-64:]
    if "EncryptedPackage" in found:
        raise locked(name)
    if not found:
        raise NotASpreadsheetError(name, f"this is an old Office file, but not a workbook{_SAVE_AS}")
    try:
        extents = tuple(extents_of_xls(path))
    except (struct.error, RecursionError, ValueError):  # of its directory, which the fast reader would break at
        raise damaged(name) from None
    for extent in extents:
        refuse_far(name, extent.rows, extent.columns, limits)
    refuse_many_cells(name, sum(extent.rows * extent.columns for extent in extents), limits)
    return Format.XLS
