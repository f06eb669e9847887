"""Take away the errors file of an earlier run where there is nothing left to correct."""

import contextlib
import re
import zipfile
import zlib
from pathlib import Path
from typing import Final

from importer.entities import OUR_HEADINGS
from importer.model import Book

_HEAD: Final = 2**16
_PART_HEAD: Final = 2**20
_HOLDS_TEXTS: Final = re.compile(r"xl/(?:sharedStrings|worksheets/sheet[0-9]{1,3})\.xml\Z", re.IGNORECASE)


def remove_stale(errors: Path, book: Book) -> None:
    """Remove an errors file that an earlier run of the same file left.

    Left alone it would say that rows are still to be corrected. It is removed only if it is certainly ours:
    it has the very name that this run would have given it (so it is not an input either), it is a file and
    not a link, and our three headings stand in it. Whatever cannot be read or removed stays.
    """
    with contextlib.suppress(OSError, ValueError, LookupError, RuntimeError, zipfile.BadZipFile, zlib.error):
        if errors.is_file() and not errors.is_symlink() and _is_ours(errors, book):
            errors.unlink()


def _is_ours(errors: Path, book: Book) -> bool:
    if book.dialect is None:
        return _has_headings(errors)
    with errors.open("rb") as file:
        text = file.read(_HEAD).decode(book.dialect.encoding, errors="replace")
    return all(heading in text for heading in OUR_HEADINGS)


def _has_headings(errors: Path) -> bool:
    """Whether our headings stand at the beginning of a sheet or of the shared texts.

    Looked for in the XML as it is: a reader of workbooks would trust a file that anybody may have put there.
    """
    with zipfile.ZipFile(errors) as archive:
        heads = [_head(archive, name) for name in archive.namelist() if _HOLDS_TEXTS.match(name)]
    return any(all(heading.encode() in head for heading in OUR_HEADINGS) for head in heads)


def _head(archive: zipfile.ZipFile, part: str) -> bytes:
    with archive.open(part) as stream:
        return stream.read(_PART_HEAD)
