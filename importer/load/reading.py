"""The bytes of a file, and what is said of one that cannot be read to its end."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from importer.derive.panics import PanicError, raising_panics
from importer.errors import NotASpreadsheetError

_CHUNK: Final = 2**20
DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # what both XML parsers raise for XML that is not well-formed
    ValueError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""What reading a packed file raises where it is damaged."""


def chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, 1 MiB at a time."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


@contextmanager
def refusing_panics(name: str) -> Iterator[None]:
    """Refuse a file at which the fast reader breaks. Raises `MemoryError` where it does for want of memory."""
    try:
        with raising_panics():
            yield
    except PanicError:
        raise damaged(name) from None


def damaged(name: str) -> NotASpreadsheetError:
    """What is said of a workbook that cannot be read to its end."""
    return NotASpreadsheetError(
        name, "the file is damaged or incomplete; get it again, or open it in Excel and save it as a new workbook"
    )


def locked(name: str) -> NotASpreadsheetError:
    """What is said of a file that needs a password."""
    return NotASpreadsheetError(name, "the file is locked with a password; save it without one and try again")
