"""One sheet of a report: what has to be known before it is written, and its new content as a stream."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Final

from openpyxl.utils import column_index_from_string

from importer.derive.columns import folded_heading
from importer.entities import OUR_HEADINGS
from importer.model import Sheet
from importer.report import marks
from importer.report.package import frame
from importer.report.package.book import BookPart
from importer.report.package.cells import LAST_COLUMN
from importer.report.package.notes import Notes
from importer.report.package.parts import ContentTypes, Package, relations_of
from importer.report.package.plain import plainly
from importer.report.package.rows import Plan, RowWriter, heading_style
from importer.report.package.scan import SheetReader, UnusualError
from importer.report.package.styles import Styles
from importer.report.package.xml import BadPartError
from importer.report.remarks import Remarks

_COMMENTS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_BOXES: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_MOST_NOTES: Final = 10_000
"""Notes that a sheet is given: more would make Excel slow. All messages stand in our column in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the sheets of a workbook share."""

    package: Package
    book: BookPart
    types: ContentTypes
    styles: Styles
    files: ExitStack
    """Closes the files that the package is written from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Survey:
    """What was seen in a first reading: the parts round the rows, the last column in use, the looks of headings."""

    head: bytes
    tail: bytes
    last: int
    heading_style: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where a sheet's XML comes from: the package, or a plain copy of it."""

    package: Package
    part: str
    plain: IO[bytes] | None = None

    def open(self) -> IO[bytes]:
        if self.plain is None:
            return self.package.open(self.part)
        self.plain.seek(0)
        return self.plain


def annotate(setting: Setting, sheet: Sheet, remarks: Remarks) -> None:
    """Let the package write a sheet with an answer on each of its rows."""
    part = setting.book.sheets.get(sheet.place.sheet or "")
    if part is None:
        raise BadPartError
    source, survey = _surveyed(setting, part, sheet)
    present = _present(sheet)
    columns = _columns(present, max(survey.last, frame.last_merged(survey.tail)))
    unnoted, relation = _note(setting, part, survey, remarks, again=any(present))
    plan = Plan(
        header_row=sheet.header_row,
        columns=columns,
        new=frozenset(columns) - frozenset(present),
        heading_style=survey.heading_style,
        spans=frame.spans(survey.head),
        remarks=remarks,
        unnoted=unnoted,
    )

    def fill(sink: IO[bytes]) -> None:
        for piece in _written(source, plan, setting, relation):
            sink.write(piece)

    setting.package.change(part, fill)


def _surveyed(setting: Setting, part: str, sheet: Sheet) -> tuple[_Source, _Survey]:
    source = _Source(package=setting.package, part=part)
    try:
        return source, _survey(source, sheet, setting.styles)
    except UnusualError:
        with source.open() as stream:
            plain = setting.files.enter_context(plainly(stream))
        source = _Source(package=setting.package, part=part, plain=plain)
        return source, _survey(source, sheet, setting.styles)


def _survey(source: _Source, sheet: Sheet, styles: Styles) -> _Survey:
    reader = SheetReader(source.open())
    last = style = 0
    for row in reader.rows():
        last = reader.last_filled(row, last)
        if row.number == sheet.header_row:
            style = heading_style(reader, row, styles)
    return _Survey(head=reader.head, tail=reader.tail, last=last, heading_style=style)


def _present(sheet: Sheet) -> tuple[int | None, ...]:
    """Where the sheet has our columns already; None for each that it has not."""
    letters = {folded_heading(column.heading): column.letter for column in reversed(sheet.columns)}
    found = (letters.get(folded_heading(heading)) for heading in OUR_HEADINGS)
    return tuple(None if letter is None else column_index_from_string(letter) for letter in found)


def _columns(present: tuple[int | None, ...], last: int) -> tuple[int, ...]:
    """Our columns, those that are missing after everything else."""
    free = iter(range(last + 1, last + 1 + len(present)))
    columns = tuple(next(free) if column is None else column for column in present)
    if max(columns) > LAST_COLUMN:
        raise BadPartError
    return columns


def _note(
    setting: Setting, part: str, survey: _Survey, remarks: Remarks, *, again: bool
) -> tuple[frozenset[str] | None, str | None]:
    """Put the messages into notes: where an earlier report's were taken out, and a relationship new to the sheet."""
    package, book, types = setting.package, setting.book, setting.types
    links = package.relations(part)
    relation = frame.notes_relation(survey.tail)
    texts, boxes = links.target("comments"), dict(links.targets("vmlDrawing")).get(relation or "")
    notes = Notes(
        None if texts is None else package.read(texts), None if boxes is None else package.read(boxes), book.main
    )
    unnoted = notes.take_ours_out() if again else None
    said = sum(notes.add(place, text) for place, text in _messages(remarks))
    if not said and not unnoted:
        return unnoted, None
    if texts is None:
        texts = package.free("xl/comments{}.xml")
        links.add(book.kind("comments"), texts)
        types.override(texts, _COMMENTS)
    new = None
    if boxes is None:
        boxes = package.free("xl/drawings/vmlDrawing{}.vml")
        new = links.add(book.kind("vmlDrawing"), boxes)
        types.default("vml", _BOXES)
    package.change(texts, notes.texts())
    package.change(boxes, notes.boxes())
    package.change(relations_of(part), links.xml())
    return unnoted, new


def _messages(remarks: Remarks) -> Iterator[tuple[str, str]]:
    """The first cells that have something wrong, and what is said of them."""
    places = (
        (f"{letter}{row}", marks.note(problems))
        for row, remark in remarks.items()
        if remark.problems
        for letter, problems in marks.by_letter(remark.problems, row).items()
    )
    return (found for _, found in zip(range(_MOST_NOTES), places, strict=False))


def _written(source: _Source, plan: Plan, setting: Setting, relation: str | None) -> Iterator[bytes]:
    reader = SheetReader(source.open(), known_plain=True)
    yield frame.deselected(frame.widened(reader.head, reader.prefix, plan.widths))
    yield from _in_large_pieces(row for _, row in RowWriter(reader, plan, setting.styles).rows())
    namespace = setting.book.relations
    yield reader.tail if relation is None else frame.with_notes(reader.tail, reader.prefix, relation, namespace)


def _in_large_pieces(rows: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, a few hundred rows at a time: packing is slow in small pieces."""
    held: list[bytes] = []
    for row in rows:
        held.append(row)
        if len(held) == 256:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)
