"""What stands in a sheet before and after its rows: the few places that our columns and notes change there."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.cell import range_boundaries

from importer.report.package.scan import Child, children
from importer.report.package.xml import attribute

_SELECTED: Final = re.compile(rb"""(\stabSelected\s*=\s*)(?:"[^"]*"|'[^']*')""")
_DIMENSION: Final = re.compile(rb"""(<(?:[\w.-]+:)?dimension\s+ref\s*=\s*["'])([A-Z]+[0-9]+)(?::([A-Z]+)([0-9]+))?""")
_COLUMN: Final = re.compile(rb"<(?:[\w.-]+:)?col\s[^>]*?/?>(?:</(?:[\w.-]+:)?col>)?")
_MERGED: Final = re.compile(rb"""mergeCell\s+ref\s*=\s*["']([A-Z0-9:$]+)["']""")
_RELATION: Final = re.compile(rb"""\s[\w.-]+:id\s*=\s*["']([^"']*)["']""")
_PAIR: Final = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_AFTER_NOTES: Final = frozenset(
    {
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "webPublishItems",
        "tableParts",
        "extLst",
    }
)
"""The elements of a worksheet that come after the one that leads to its notes."""


class Area(NamedTuple):
    """Cells that are merged: the first and the last row and column, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


class Span(NamedTuple):
    """The settings of columns next to each other: first, last, and all attributes."""

    first: int
    last: int
    attributes: Mapping[str, str]


def spans(head: bytes) -> list[Span]:
    """The settings of the columns."""
    found = []
    for tag in _COLUMN.finditer(head):
        pairs = attributes_of(tag[0])
        found.append(Span(int(pairs["min"]), int(pairs["max"]), pairs))
    return found


def attributes_of(tag: bytes) -> dict[str, str]:
    """The attributes of a tag, their values as they are written."""
    return {name.decode(): (one or other).decode() for name, one, other in _PAIR.findall(tag)}


def deselected(head: bytes) -> bytes:
    """The head of a sheet that is not the one shown first: two selected sheets would be edited as one."""
    return _SELECTED.sub(rb'\1"0"', head)


def is_selected(head: bytes) -> bool:
    """Whether it is a sheet that was shown."""
    return deselected(head) != head


def widened(head: bytes, prefix: bytes, widths: Mapping[int, float]) -> bytes:
    """The head with the widths of new columns, settings that span them split."""
    if not widths:
        return head
    new = [Span(column, column, {"width": f"{width:g}", "customWidth": "1"}) for column, width in widths.items()]
    old = [part for span in spans(head) for part in _around(span, min(widths), max(widths))]
    tags = b"".join(_column(span, prefix) for span in sorted([*old, *new]))
    inner = b"<%scols>%s</%scols>" % (prefix, tags, prefix)
    head = _DIMENSION.sub(lambda found: _extended(found, max(widths)), head)
    before = next((part for part in children(head, 1) if part.name == "cols"), None)
    if before is None:
        at = head.rfind(b"<" + prefix + b"sheetData")
        before = Child("cols", at, at)
    return head[: before.start] + inner + head[before.end :]


def _around(span: Span, first: int, last: int) -> Iterator[Span]:
    """What is left of a setting outside of some columns."""
    if span.first < first:
        yield span._replace(last=min(span.last, first - 1))
    if span.last > last:
        yield span._replace(first=max(span.first, last + 1))


def _column(span: Span, prefix: bytes) -> bytes:
    rest = "".join(f' {name}="{value}"' for name, value in span.attributes.items() if name not in ("min", "max"))
    return b"<%scol %s/>" % (prefix, f'min="{span.first}" max="{span.last}"{rest}'.encode())


def _extended(found: re.Match[bytes], column: int) -> bytes:
    start = found[2].decode()
    end = (found[3] or found[2].rstrip(b"0123456789")).decode()
    row = (found[4] or found[2].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")).decode()
    last = get_column_letter(max(column, column_index_from_string(end)))
    return found[1] + f"{start}:{last}{row}".encode()


def merged(tail: bytes) -> Iterator[Area]:
    """The cells that are merged with others."""
    for found in _MERGED.findall(tail):
        left, top, right, bottom = range_boundaries(found.decode())
        yield Area(top=top or 0, left=left or 0, bottom=bottom or 0, right=right or 0)


def last_merged(tail: bytes) -> int:
    """The last column that a merged cell covers."""
    return max((area.right for area in merged(tail)), default=0)


def notes_relation(tail: bytes) -> str | None:
    """The id of the relationship that leads to the boxes of the notes and form controls."""
    for part in children(_after_rows(tail)):
        if part.name == "legacyDrawing":
            found = _RELATION.search(_after_rows(tail)[part.start : part.end])
            return found[1].decode() if found else None
    return None


def with_notes(tail: bytes, prefix: bytes, relation: str, namespace: str) -> bytes:
    """The tail with the element that leads to the boxes of notes, in the place that its kind has."""
    after = _after_rows(tail)
    at = next((part.start for part in children(after) if _is_after(part, after)), after.rfind(b"</"))
    element = f"legacyDrawing xmlns:r={attribute(namespace)} r:id={attribute(relation)}/>".encode()
    return tail[: len(tail) - len(after)] + after[:at] + b"<" + prefix + element + after[at:]


def _after_rows(tail: bytes) -> bytes:
    return tail[tail.find(b">") + 1 :]


def _is_after(part: Child, tail: bytes) -> bool:
    if part.name != "AlternateContent":
        return part.name in _AFTER_NOTES
    inner = tail[part.start : part.end]
    return any(name in inner for name in (b"controls", b"oleObjects"))
