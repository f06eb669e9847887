"""Spreadsheets with random damage: bytes changed, left out, doubled, cut off, in the file or in a packed part."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence

Change = Callable[[random.Random, bytes], bytes]

_TELLING = (
    *(b"\0", b'"', b"\r", b"\n", b",", b";", b"\t", b"\xff", b"\xfe", b"\xef\xbb\xbf", b"\xd8\x00", b"sep=;", b"=1+1"),
    *(b"<", b">", b"&", b"/>", b'r="XFD1048576"', b't="e"', b"<f>", b"999999999999", b"-1", b"_x0000_", b"]]>"),
)
"""What readers look for."""


def damaged(random_: random.Random, data: bytes) -> bytes:
    """The file with some damage; a packed one with its parts damaged, or as a whole."""
    if data.startswith(b"PK") and random_.random() < 0.8:
        return _repacked(random_, data)
    return _changed(random_, data)


def _changed(random_: random.Random, data: bytes) -> bytes:
    for _ in range(random_.choice((1, 1, 2, 5, 20))):
        data = random_.choice(_CHANGES)(random_, data)
    return data


def _repacked(random_: random.Random, data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = set(random_.sample(names, k=min(len(names), random_.choice((1, 1, 2)))))
        for name in names:
            content = old.read(name)
            if name in chosen and random_.random() < 0.05:
                continue
            new.writestr(name, _changed(random_, content) if name in chosen else content)
    return packed.getvalue()


def _flip(random_: random.Random, data: bytes) -> bytes:
    at = random_.randrange(len(data) + 1)
    return data[:at] + bytes([random_.randrange(256)]) + data[at + 1 :]


def _insert(random_: random.Random, data: bytes) -> bytes:
    at = random_.randrange(len(data) + 1)
    return data[:at] + random_.choice(_TELLING) + data[at:]


def _leave_out(random_: random.Random, data: bytes) -> bytes:
    at, length = random_.randrange(len(data) + 1), random_.choice((1, 2, 10, 100))
    return data[:at] + data[at + length :]


def _double(random_: random.Random, data: bytes) -> bytes:
    at, length = random_.randrange(len(data) + 1), random_.choice((1, 10, 100, 1000))
    return data[: at + length] + data[at:]


def _cut_off(random_: random.Random, data: bytes) -> bytes:
    return data[: random_.randrange(len(data) + 1)]


def _swap(random_: random.Random, data: bytes) -> bytes:
    first, second = sorted(random_.randrange(len(data) + 1) for _ in range(2))
    return data[second:] + data[first:second] + data[:first]


_CHANGES: Sequence[Change] = (_flip, _flip, _insert, _insert, _leave_out, _double, _cut_off, _swap)
