"""The bytes of a text on their way to whoever reads it: what they tell is noted as they pass."""

import hashlib
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Final

from importer.load.clean import is_clean_utf8
from importer.load.limits import too_long

_CHUNK: Final = 2**16
"""More at a time would not stay near the processor, and take twice as long to decode."""
_BEFORE: Final = 2
"""Bytes of a character that the next chunk may end."""


class Passing(BufferedReader):
    """A file that is read once, from its beginning to its end.

    `digest` is the SHA-256 of what was read of it, `is_clean` whether that, as UTF-8, holds nothing that belongs
    to no text.
    """

    def __init__(self, path: Path, name: str, longest_line: int) -> None:
        super().__init__(FileIO(path))
        self.digest = hashlib.sha256()
        self.is_clean = True
        self._tail = b""
        self._name = name
        self._longest_line = longest_line
        self._line = 0

    def read1(self, size: int = -1, /) -> bytes:
        """The next bytes, in pieces of one size, whatever is asked for. Raises `TooLargeError`."""
        chunk = super().read1(_CHUNK)
        self._refuse_long_line(chunk)
        self.digest.update(chunk)
        self.is_clean = self.is_clean and is_clean_utf8(self._tail + chunk)
        self._tail = chunk[-_BEFORE:]
        return chunk

    def _refuse_long_line(self, chunk: bytes) -> None:
        """Refuse a line so long that it would be read as one piece."""
        first = min(at for at in (chunk.find(b"\n"), chunk.find(b"\r"), len(chunk)) if at >= 0)
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        if self._line + first > self._longest_line:
            raise too_long(self._name, "it has a line", self._longest_line)
        self._line = self._line + len(chunk) if last < 0 else len(chunk) - last - 1
