"""The bytes of a text on their way to whoever reads it: what they tell is noted as they pass."""

import hashlib
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final

from importer.load.clean import is_clean_utf8

_CHUNK: Final = 2**16
"""More at a time would not stay near the processor, and take twice as long to decode."""
_BEFORE: Final = 2
"""Bytes of a character that the next chunk may end."""


class Passing(BufferedReader):
    """A file that is read once, from its beginning to its end.

    `digest` is the SHA-256 of what was read of it, `is_clean` whether that, as UTF-8, holds nothing that belongs
    to no text.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path))
        self.digest = hashlib.sha256()
        self.is_clean = True
        self._tail = b""

    def read1(self, size: int = -1, /) -> bytes:
        """The next bytes, in pieces of one size, whatever is asked for."""
        chunk = super().read1(_CHUNK)
        self.digest.update(chunk)
        self.is_clean = self.is_clean and is_clean_utf8(self._tail + chunk)
        self._tail = chunk[-_BEFORE:]
        return chunk
