"""The bytes of a file, and what is said of one that cannot be read to its end."""

import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from importer.errors import NotASpreadsheetError

_CHUNK: Final = 2**20
_CONSOLE: Final = 2
_PANIC: Final = re.compile(
    rb"\n?thread '[^\n]*' (?:\([0-9]+\) )?panicked at [^\n]*:[0-9]+:[0-9]+:\n[^\n]*\n"
    rb"(?:stack backtrace:\n(?: [^\n]*\n)*)?(?:note: [^\n]*RUST_BACKTRACE[^\n]*\n)?"
)
_NO_OBJECT: Final = "PyObject pointer is null"
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
    """Refuse a file at which the fast reader breaks: what it raises then is no `Exception`, and it prints of it.

    Raises `MemoryError` where there was no memory for an object of Python's, at which it breaks too.
    """
    try:
        with _without_words_of_panic():
            yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # its class cannot be imported
            raise
        if _NO_OBJECT in str(error):
            raise MemoryError from None
        raise damaged(name) from None


@contextmanager
def _without_words_of_panic() -> Iterator[None]:
    """Keep what the fast reader prints where it breaks from the console: it says nothing to who reads it there.

    It writes to the descriptor itself. What others write there meanwhile comes a little later.
    """
    try:
        console = os.dup(_CONSOLE)
    except OSError:  # started without one, as a scheduler may do
        yield
        return
    with open(console, "wb", buffering=0) as shown, tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _CONSOLE)
        try:
            yield
        finally:
            os.dup2(console, _CONSOLE)
            held.seek(0)
            with suppress(OSError):
                shown.write(_PANIC.sub(b"", held.read()))


def damaged(name: str) -> NotASpreadsheetError:
    """What is said of a workbook that cannot be read to its end."""
    return NotASpreadsheetError(
        name, "the file is damaged or incomplete; get it again, or open it in Excel and save it as a new workbook"
    )


def locked(name: str) -> NotASpreadsheetError:
    """What is said of a file that needs a password."""
    return NotASpreadsheetError(name, "the file is locked with a password; save it without one and try again")
