"""The notes of a sheet: the part with their texts and the part with the boxes that show them."""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from importer.derive.columns import letter
from importer.derive.escapes import for_xml
from importer.report.marks import AUTHOR, HEAD, note_lines
from importer.report.package.xml import BadPartError, added, child, local, parsed, written

_EMPTY: Final = '<comments xmlns="{}"><authors/><commentList/></comments>'
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_THREAD: Final = "tc="
"""What the author of a note begins with that stands for a thread; Excel shows the thread and not the note."""

_NAMESPACES: Final = (
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_NO_BOXES: Final = (
    f'<xml{_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>'
).encode()
_BOX_TYPE: Final = (
    '<v:shapetype{} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_BOX: Final = (
    '<v:shape{namespaces} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:59.25pt;'
    'margin-top:1.5pt;width:260pt;height:{height}pt;z-index:{order};visibility:hidden" fillcolor="#ffffe1"'
    ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
    '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False</x:AutoFill>'
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_LINE: Final = 13
"""Points that a line of a note takes."""

_SHAPE: Final = re.compile(rb"<(/?)((?:\w+:)?)shape\b[^<>]*>")
"""Where a box begins or ends."""
_PLACE: Final = tuple(re.compile(rb"<(?:\w+:)?" + name + rb">\s*(\d+)\s*<") for name in (b"Row", b"Column"))
_NUMBER: Final = re.compile(rb'id="_x0000_s(\d+)"')
_FIRST: Final = 1025


class Notes:
    """The notes of one sheet, which may have some already."""

    def __init__(self, texts: bytes | None, boxes: bytes | None, main: str) -> None:
        self._root = parsed(texts or _EMPTY.format(main).encode())
        self._boxes = boxes or _NO_BOXES
        authors, notes = child(self._root, "authors"), child(self._root, "commentList")
        if authors is None or notes is None or b"\0" in self._boxes:
            raise BadPartError
        self._authors, self._notes = authors, notes
        self._names = [node.text or "" for node in authors]
        self._by_place = {node.get("ref", ""): node for node in notes if local(node) == "comment"}
        # Some programs write notes without boxes; where Excel finds boxes of some notes, it shows no others.
        has_boxes = any(True for _ in _found_boxes(self._boxes))
        self._new = [] if has_boxes else [self._box_of(place) for place in self._by_place if not self._is_thread(place)]

    def take_ours_out(self) -> frozenset[str]:
        """Take out what an earlier report said, and give the cells where it did."""
        places = set()
        for place, node in list(self._by_place.items()):
            kept = self._left(node)
            if kept is not None:
                places.add(place)
                if kept:
                    _shorten(node, kept)
                else:
                    self._notes.remove(self._by_place.pop(place))
        gone = places - self._by_place.keys()
        self._new = [(place, lines) for place, lines in self._new if place not in gone]
        if gone:
            self._boxes = _without(self._boxes, gone)
        return frozenset(places)

    def add(self, place: str, text: str) -> bool:
        """Put a text into the note of a cell, after what stands there already; a thread is left alone."""
        node = self._by_place.get(place)
        if node is None:
            node = added(self._notes, "comment", ref=place, authorId=str(self._ours))
            _add_run(added(node, "text"), text)
            self._by_place[place] = node
            self._new.append((place, note_lines(text)))
            return True
        if self._author_of(node).startswith(_THREAD):
            return False
        _add_run(_runs(node), f"\n\n{text}")
        return True

    def move(self, rows: Mapping[int, int]) -> None:
        """Keep only the notes of some rows, which stand in others now. A thread cannot follow."""
        self._boxes, self._new = _NO_BOXES, []
        for place, node in self._by_place.items():
            letters, row = coordinate_from_string(place)
            if row not in rows or self._author_of(node).startswith(_THREAD):
                self._notes.remove(node)
            else:
                node.set("ref", f"{letters}{rows[row]}")
                self._new.append((node.get("ref"), _lines(node)))

    def _box_of(self, place: str) -> tuple[str, int]:
        return place, _lines(self._by_place[place])

    def _is_thread(self, place: str) -> bool:
        return self._author_of(self._by_place[place]).startswith(_THREAD)

    @property
    def is_empty(self) -> bool:
        """Whether there is no note."""
        return not len(self._notes)

    def texts(self) -> bytes:
        """The part with the texts."""
        return written(self._root)

    def boxes(self) -> bytes:
        """The part with the boxes."""
        at = self._boxes.rfind(b"</")
        known = all(name.encode() in self._boxes for name in _NAMESPACES.split())
        namespaces = "" if known else _NAMESPACES
        first = max((int(found) for found in _NUMBER.findall(self._boxes)), default=_FIRST - 1) + 1
        kind = "" if b'id="_x0000_t202"' in self._boxes else _BOX_TYPE.format(namespaces)
        new = (
            _box(place, lines, first + order, order + 1, namespaces) for order, (place, lines) in enumerate(self._new)
        )
        return self._boxes[:at] + (kind + "".join(new)).encode() + self._boxes[at:]

    @cached_property
    def _ours(self) -> int:
        """Our number among the authors, of whom we are one from then on."""
        if AUTHOR not in self._names:
            added(self._authors, "author").text = AUTHOR
            self._names.append(AUTHOR)
        return self._names.index(AUTHOR)

    def _author_of(self, node: Any) -> str:
        number = int(node.get("authorId", "0"))
        return self._names[number] if number < len(self._names) else ""

    def _left(self, node: Any) -> int | None:
        """How many characters of a note are not ours; None where nothing of it is."""
        text = "".join(part.text or "" for part in _texts(node))
        before, head, _ = text.rpartition(HEAD)
        # Some programs forget the author, so that it is the beginning of a part that tells.
        if not head or (before and not before.endswith("\n\n") and self._author_of(node) != AUTHOR):
            return None
        return len(before.rstrip())


def _lines(node: Any) -> int:
    return note_lines("".join(part.text or "" for part in _texts(node)))


def _texts(node: Any) -> Iterator[Any]:
    return (part for part in node.iter() if local(part) == "t")


def _runs(node: Any) -> Any:
    """The text of a note, made one of several runs where it is a single text."""
    text = child(node, "text")
    if text is None:
        return added(node, "text")
    for part in list(text):
        if local(part) == "t":
            run = added(text, "r")
            run.append(part)
    return text


def _add_run(text: Any, words: str) -> None:
    part = added(added(text, "r"), "t")
    part.text = for_xml(words)
    part.set(_SPACE, "preserve")


def _shorten(node: Any, left: int) -> None:
    for part in _texts(node):
        part.text = (part.text or "")[: max(0, left)]
        left -= len(part.text)
    for part in list(_texts(node)):
        run = part.getparent()
        if not part.text and local(run) == "r":
            run.getparent().remove(run)


def _found_boxes(boxes: bytes) -> Iterator[slice]:
    """Where each box stands."""
    begun: dict[bytes, int] = {}
    for tag in _SHAPE.finditer(boxes):
        if not tag[1]:
            begun.setdefault(tag[2], tag.start())
        elif tag[2] in begun:
            yield slice(begun[tag[2]], tag.end())
            begun.clear()


def _without(boxes: bytes, places: Collection[str]) -> bytes:
    """The part with the boxes, those of some places left out."""
    kept, at = [], 0
    for box in _found_boxes(boxes):
        if _place(boxes[box]) in places:
            kept.append(boxes[at : box.start])
            at = box.stop
    return b"".join([*kept, boxes[at:]])


def _place(box: bytes) -> str:
    row, column = (found.search(box) for found in _PLACE)
    if row is None or column is None:
        return ""
    return f"{letter(int(column[1]))}{int(row[1]) + 1}"


def _box(place: str, lines: int, number: int, order: int, namespaces: str) -> str:
    letters, row = coordinate_from_string(place)
    return _BOX.format(
        namespaces=namespaces,
        number=number,
        height=_LINE * (lines + 1),
        order=order,
        row=row - 1,
        column=column_index_from_string(letters) - 1,
    )
