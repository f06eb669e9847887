"""The texts that cells share: those of some numbers, as XML for a cell of its own."""

import re
from collections.abc import Iterator, Mapping, Set
from typing import IO, Final

from importer.report.package.parts import Package
from importer.report.package.plain import plainly
from importer.report.package.scan import UnusualError

_CHUNK: Final = 2**20
_ITEM: Final = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)si(?:\s[^>]*)?(?:/>|>(.*?)</\1si>)", re.DOTALL)
_DECLARED: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>")


def shared_texts(package: Package, part: str | None, wanted: Set[int]) -> Mapping[int, bytes]:
    """The content of each shared text that is wanted, by its number."""
    if part is None or not wanted:
        return {}
    try:
        with package.open(part) as stream:
            return _chosen(stream, wanted)
    except UnusualError:
        with package.open(part) as stream, plainly(stream) as plain:
            return _chosen(plain, wanted)


def _chosen(stream: IO[bytes], wanted: Set[int]) -> Mapping[int, bytes]:
    return {number: item for number, item in enumerate(_items(stream)) if number in wanted}


def _items(stream: IO[bytes]) -> Iterator[bytes]:
    held = _DECLARED.sub(b"", stream.read(_CHUNK), count=1)
    while True:
        if b"<!" in held or b"<?" in held or b"\0" in held:
            raise UnusualError
        end = 0
        for found in _ITEM.finditer(held):
            end = found.end()
            yield found[2] or b""
        chunk = stream.read(_CHUNK)
        if not chunk:
            return
        held = held[end:] + chunk
