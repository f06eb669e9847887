"""The parts of a package: found through relationships, copied as they are, replaced or added."""

import posixpath
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Final
from urllib.parse import unquote

from importer.report.package.xml import BadPartError, added, declared, local, parsed, written

Fill = Callable[[IO[bytes]], None]
"""Writes the content of a part."""

_LEVEL: Final = 3
"""How hard parts that change are packed: two fifths of the time that the usual level takes, for a fifth more bytes."""

_LOCAL_HEADER: Final = 30
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES: Final = "[Content_Types].xml"


def relations_of(part: str) -> str:
    """The name of the part that holds the relationships of another; of the package itself where it is empty."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


class Relations:
    """The relationships of one part, by their ids."""

    def __init__(self, part: str, data: bytes | None) -> None:
        self._part = part
        self._root = parsed(data or declared(f'<Relationships xmlns="{_RELATIONSHIPS}"/>'))

    def targets(self, kind: str) -> Iterator[tuple[str, str]]:
        """Id and target part of each relationship whose type ends like this; addresses outside are left out."""
        for node in self._nodes():
            if node.get("Type", "").rpartition("/")[2] == kind and node.get("TargetMode") != "External":
                yield node.get("Id", ""), self._resolved(node.get("Target", ""))

    def target(self, kind: str) -> str | None:
        """The only target of a kind."""
        return next((part for _, part in self.targets(kind)), None)

    def add(self, kind: str, part: str) -> str:
        """A new relationship, and its id."""
        taken = {node.get("Id") for node in self._nodes()}
        name = next(name for number in range(1, len(taken) + 2) if (name := f"rId{number}") not in taken)
        added(self._root, "Relationship", Id=name, Type=kind, Target=f"/{part}")
        return name

    def drop(self, part: str) -> None:
        """Take out the relationships that lead to a part."""
        for node in list(self._nodes()):
            if node.get("TargetMode") != "External" and self._resolved(node.get("Target", "")) == part:
                self._root.remove(node)

    def xml(self) -> bytes:
        """The part that holds them."""
        return written(self._root)

    def _nodes(self) -> Iterator[Any]:
        return (node for node in self._root if local(node) == "Relationship")

    def _resolved(self, target: str) -> str:
        folder = posixpath.dirname(self._part)
        return posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")


class ContentTypes:
    """What each part is, as the package says."""

    def __init__(self, data: bytes) -> None:
        self._root = parsed(data)

    def override(self, part: str, kind: str) -> None:
        """Say what a new part is."""
        added(self._root, "Override", PartName=f"/{part}", ContentType=kind)

    def default(self, ending: str, kind: str) -> None:
        """Say what all parts of an ending are, unless the package does already."""
        if not any(node.get("Extension", "").lower() == ending for node in self._root):
            node = added(self._root, "Default", Extension=ending, ContentType=kind)
            self._root.insert(0, node)

    def drop(self, part: str) -> None:
        """Forget a part."""
        for node in list(self._root):
            if node.get("PartName", "").lstrip("/").lower() == part.lower():
                self._root.remove(node)

    def no_template(self) -> None:
        """Call a template the workbook that it is a template of, as the ending of the report says."""
        for node in self._root:
            kind = node.get("ContentType", "")
            if kind.endswith("main+xml"):
                node.set("ContentType", kind.replace(".template.", ".sheet."))

    def xml(self) -> bytes:
        """The part that holds them."""
        return written(self._root)


@dataclass(slots=True)
class Package:
    """A package that is read, and what is to become of its parts when it is written again."""

    archive: zipfile.ZipFile
    changed: dict[str, bytes | Fill] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)

    def name(self, part: str) -> str:
        """The name of a part as the archive spells it: case does not count in a package."""
        wanted = part.lower()
        return next((name for name in self.archive.namelist() if name.replace("\\", "/").lower() == wanted), part)

    def has(self, part: str) -> bool:
        """Whether there is such a part, or will be."""
        return part in self.changed or self.name(part) in self.archive.NameToInfo

    def read(self, part: str) -> bytes:
        """The content of a part, as far as it is known changed. Raises `BadPartError` where it is not there."""
        known = self.changed.get(part)
        if isinstance(known, bytes):
            return known
        try:
            return self.archive.read(self.name(part))
        except KeyError:
            raise BadPartError(part) from None

    def open(self, part: str) -> IO[bytes]:
        """The content of a part as a stream."""
        return self.archive.open(self.name(part))

    def relations(self, part: str) -> Relations:
        """The relationships of a part; there may be none."""
        of = relations_of(part)
        return Relations(part, self.read(of) if self.has(of) else None)

    def change(self, part: str, content: bytes | Fill) -> None:
        """Replace a part, or add it."""
        self.changed[self.name(part)] = content
        self.dropped.discard(self.name(part))

    def drop(self, part: str) -> None:
        """Leave a part and its relationships out."""
        self.dropped |= {self.name(part), self.name(relations_of(part))}

    def free(self, pattern: str) -> str:
        """The first name of a pattern with a number in it that no part has."""
        taken = {name.lower() for name in (*self.archive.namelist(), *self.changed)}
        return next(
            name for number in range(1, len(taken) + 2) if (name := pattern.format(number)).lower() not in taken
        )

    def write(self, sink: BinaryIO) -> None:
        """Write the package: first, in their order, the parts that stay, with the very bytes they were packed in.

        What is known of a change as a stream comes in the order in which it was asked for.
        """
        left = dict(self.changed)
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
            for info in self.archive.infolist():
                if info.filename in self.dropped:
                    continue
                content = left.get(info.filename)
                if content is None:
                    _copy(self.archive, info, target)
                elif isinstance(content, bytes):
                    _write(target, info.filename, left.pop(info.filename))
            for name, content in left.items():
                _write(target, name, content)


def write_parts(sink: BinaryIO, parts: Iterable[tuple[str, bytes | Fill]]) -> None:
    """Write a package of parts, each made when its turn comes."""
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target:
        for name, content in parts:
            _write(target, name, content)


def _write(target: zipfile.ZipFile, name: str, content: bytes | Fill) -> None:
    # The fixed time makes the same report of the same input.
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    # Under this name in every version of Python; the level given to the archive is not that of a member with an info.
    info._compresslevel = _LEVEL  # type: ignore[attr-defined]
    with target.open(info, "w") as part:
        if isinstance(content, bytes):
            part.write(content)
        else:
            content(part)


def _copy(source: zipfile.ZipFile, info: zipfile.ZipInfo, target: zipfile.ZipFile) -> None:
    """Copy a member without unpacking it, which `zipfile` offers no call for."""
    packed, file = source.fp, target.fp
    if packed is None or file is None:
        raise BadPartError(info.filename)
    packed.seek(info.header_offset)
    header = packed.read(_LOCAL_HEADER)
    packed.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    entry = copy(info)
    entry.flag_bits &= ~0x08  # sizes stand before the bytes now, not after them
    entry.extra = b""
    file.seek(target.start_dir)
    entry.header_offset = file.tell()
    file.write(entry.FileHeader(zip64=None))
    _copy_bytes(packed, file, info.compress_size)
    target.filelist.append(entry)
    target.NameToInfo[entry.filename] = entry
    target.start_dir = file.tell()


def _copy_bytes(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        chunk = source.read(min(size, shutil.COPY_BUFSIZE))  # type: ignore[attr-defined]
        if not chunk:
            raise BadPartError
        target.write(chunk)
        size -= len(chunk)
