"""One sheet of a report: its notes, and its new content as a stream."""

from collections.abc import Iterator
from typing import IO, Final

from importer.model import Sheet
from importer.report.package import frame
from importer.report.package.parts import relations_of
from importer.report.package.rows import RowWriter
from importer.report.package.survey import Prepared, Setting, prepare
from importer.report.remarks import Remarks

COMMENTS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
BOXES: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_ROWS: Final = 256


def annotate(setting: Setting, sheet: Sheet, remarks: Remarks) -> None:
    """Let the package write a sheet with an answer on each of its rows."""
    ready = prepare(setting, sheet, remarks)
    relation = _store_notes(setting, ready) if ready.noted else None

    def fill(sink: IO[bytes]) -> None:
        for piece in _written(ready, setting, relation):
            sink.write(piece)

    setting.package.change(ready.source.part, fill)


def _store_notes(setting: Setting, ready: Prepared) -> str | None:
    """Let the package write the notes; the relationship to their boxes, if the sheet does not lead there yet."""
    package, book, types = setting.package, setting.book, setting.types
    links = package.relations(ready.source.part)
    texts, boxes, relation = ready.parts.texts, ready.parts.boxes, None
    if texts is None:
        texts = package.free("xl/comments{}.xml")
        links.add(book.kind("comments"), texts)
        types.override(texts, COMMENTS)
    if boxes is None:
        boxes = package.free("xl/drawings/vmlDrawing{}.vml")
        relation = links.add(book.kind("vmlDrawing"), boxes)
        types.default("vml", BOXES)
    package.change(texts, ready.notes.texts())
    package.change(boxes, ready.notes.boxes())
    package.change(relations_of(ready.source.part), links.xml())
    return relation


def _written(ready: Prepared, setting: Setting, relation: str | None) -> Iterator[bytes]:
    reader = ready.source.reader()
    yield frame.deselected(frame.widened(reader.head, reader.prefix, ready.plan.widths))
    writer = RowWriter(reader, ready.plan, setting.styles)
    yield from in_large_pieces(map(writer.xml, writer.answered()))
    namespace = setting.book.relations
    yield reader.tail if relation is None else frame.with_notes(reader.tail, reader.prefix, relation, namespace)


def in_large_pieces(rows: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, many rows at a time: packing is slow in small pieces."""
    held: list[bytes] = []
    for row in rows:
        held.append(row)
        if len(held) == _ROWS:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)
