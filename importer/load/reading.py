"""The bytes of a file, and what is said of one that cannot be read to its end."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

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


def damaged(name: str) -> NotASpreadsheetError:
    """What is said of a workbook that cannot be read to its end."""
    return NotASpreadsheetError(
        name, "the file is damaged or incomplete; get it again, or open it in Excel and save it as a new workbook"
    )


def locked(name: str) -> NotASpreadsheetError:
    """What is said of a file that needs a password."""
    return NotASpreadsheetError(name, "the file is locked with a password; save it without one and try again")
