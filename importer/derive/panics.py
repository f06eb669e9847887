"""Where the fast reader of workbooks breaks: what it raises then is no `Exception`, and it prints of it."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

CONSOLE: Final = 2
"""The descriptor on which the fast reader tells where it breaks."""
_PANIC: Final = re.compile(
    rb"\n?thread '[^\n]*' (?:\([0-9]+\) )?panicked at [^\n]*:[0-9]+:[0-9]+:\n[^\n]*\n"
    rb"(?:stack backtrace:\n(?: [^\n]*\n)*)?(?:note: [^\n]*RUST_BACKTRACE[^\n]*\n)?"
)
_NO_OBJECT: Final = "PyObject pointer is null"


class PanicError(Exception):
    """The fast reader broke."""


@contextmanager
def raising_panics() -> Iterator[None]:
    """Raise an exception like others where the fast reader breaks, and keep what it prints of it from the console.

    Raises `PanicError`, and `MemoryError` where there was no memory for an object of Python's, at which it breaks too.
    """
    try:
        with _without_words_of_panic():
            yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # its class cannot be imported
            raise
        if _NO_OBJECT in str(error):
            raise MemoryError from None
        raise PanicError from None


@contextmanager
def _without_words_of_panic() -> Iterator[None]:
    """Keep what the fast reader prints where it breaks from the console: it says nothing to who reads it there.

    It writes to the descriptor itself. What others write there meanwhile comes a little later.
    """
    try:
        console = os.dup(CONSOLE)
    except OSError:  # started without one, as a scheduler may do
        yield
        return
    with open(console, "wb", buffering=0) as shown, tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), CONSOLE)
        try:
            yield
        finally:
            os.dup2(console, CONSOLE)
            held.seek(0)
            with suppress(OSError):
                shown.write(_PANIC.sub(b"", held.read()))
