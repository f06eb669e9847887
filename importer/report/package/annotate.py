"""The annotated copy of a workbook: only the parts that have to change are written, all others are copied."""

import shutil
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final

from importer.model import Book
from importer.problems import Place
from importer.report.package import sheets
from importer.report.package.book import BookPart
from importer.report.package.frame import deselected, is_selected
from importer.report.package.parts import TYPES, ContentTypes, Package, relations_of
from importer.report.package.styles import Styles
from importer.report.package.summary import summary
from importer.report.package.survey import Setting
from importer.report.remarks import Remarks

WORKSHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
STYLES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
Source = Path | IO[bytes]
"""A package: the input, or a file that was made of it."""
_HEAD: Final = 2**16
"""Bytes in which a sheet says whether it is the one shown."""


def annotated(source: Source, book: Book, remarks: Mapping[Place, Remarks], sink: BinaryIO) -> None:
    """Write a package as it is, with an answer on every data row and a summary before its first sheet.

    Raises a `ValueError` of ours, or what `opening.CANNOT_KEEP` names, for a package that is not as Excel wants it.
    """
    with zipfile.ZipFile(source) as archive, ExitStack() as files:
        package = Package(archive)
        setting = setting_of(package, files)
        signed = _drop_signature(package, setting.types)
        _add_summary(setting, book, remarks, signed=signed)
        for place, sheet in {sheet.place: sheet for sheet in book.sheets}.items():
            sheets.annotate(setting, sheet, remarks.get(place, {}))
        _finish(setting)
        package.write(sink)


def setting_of(package: Package, files: ExitStack) -> Setting:
    """What the sheets of a package share."""
    book, types = BookPart(package), ContentTypes(package.read(TYPES))
    part = book.target("styles")
    styles = Styles(None if part is None else package.read(part), book.main)
    return Setting(package=package, book=book, types=types, styles=styles, files=files)


def _drop_signature(package: Package, types: ContentTypes) -> bool:
    """Leave the signature out, which would call the copy forged; whether there was one."""
    links = package.relations("")
    origins = [part for _, part in links.targets("origin")]
    for origin in origins:
        for part in (origin, *(part for _, part in package.relations(origin).targets("signature"))):
            package.drop(part)
            types.drop(part)
        links.drop(origin)
    if origins:
        package.change(relations_of(""), links.xml())
    return bool(origins)


def _add_summary(setting: Setting, book: Book, remarks: Mapping[Place, Remarks], *, signed: bool) -> None:
    package = setting.package
    part, is_new = setting.book.put_first()
    if is_new:
        setting.types.override(part, WORKSHEET)
    else:
        package.drop(relations_of(part))
    for other in set(setting.book.sheets.values()) - {part}:
        _deselect(package, other)
    package.change(part, summary(book, remarks, setting.styles, setting.book.main, signed=signed))


def _deselect(package: Package, part: str) -> None:
    """Let a sheet not be the one shown; two sheets that are selected together would be edited as one."""
    with package.open(part) as stream:
        head = stream.read(_HEAD)
    if is_selected(head):
        package.change(part, partial(_copy_deselected, package, part))


def _copy_deselected(package: Package, part: str, sink: IO[bytes]) -> None:
    with package.open(part) as stream:
        sink.write(deselected(stream.read(_HEAD)))
        shutil.copyfileobj(stream, sink)


def _finish(setting: Setting) -> None:
    """Register the parts that everything else had a say in; the styles last, as rows ask for them when written."""
    package, book, types, styles = setting.package, setting.book, setting.types, setting.styles
    part = book.target("styles")
    if part is None:
        part = book.new_styles()
        types.override(part, STYLES)
    types.no_template()
    package.change(TYPES, types.xml())
    package.change(book.part, book.xml())
    package.change(relations_of(book.part), book.links())

    def fill(sink: IO[bytes]) -> None:
        sink.write(styles.xml())

    package.change(part, fill)
