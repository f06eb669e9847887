"""What has to be known of a sheet before any of it is written: a first reading, and what is to be said where."""

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
from importer.report.package.marking import Marks
from importer.report.package.notes import Notes
from importer.report.package.parts import ContentTypes, Package
from importer.report.package.plain import plainly
from importer.report.package.rows import Plan, heading_style
from importer.report.package.scan import SheetReader, UnusualError
from importer.report.package.styles import Styles
from importer.report.package.xml import BadPartError
from importer.report.remarks import Remarks

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
class Survey:
    """What was seen in a first reading: the parts round the rows, the last column in use, the looks of headings."""

    head: bytes
    tail: bytes
    last: int
    heading_style: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a sheet's XML comes from: the package, or a plain copy of it."""

    package: Package
    part: str
    plain: IO[bytes] | None = None

    def reader(self) -> SheetReader:
        """A reader from the beginning, once it is known that the XML can be read."""
        return SheetReader(self.open(), known_plain=True)

    def open(self) -> IO[bytes]:
        """The XML as a stream."""
        if self.plain is None:
            return self.package.open(self.part)
        self.plain.seek(0)
        return self.plain


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteParts:
    """The parts that hold the notes of a sheet, as far as it has any, and the relationship that leads to the boxes."""

    texts: str | None
    boxes: str | None
    relation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A sheet that is ready to be written."""

    source: Source
    survey: Survey
    plan: Plan
    notes: Notes
    noted: bool
    """Whether its notes are others now."""
    parts: NoteParts


def prepare(setting: Setting, sheet: Sheet, remarks: Remarks, *, in_place: bool = True) -> Prepared:
    """Read a sheet for the first time, and work out what is to be said where.

    `in_place` is whether its rows stay where they are, and what is merged in them stays so.
    """
    part = setting.book.sheets.get(sheet.place.sheet or "")
    if part is None:
        raise BadPartError
    source, survey = _surveyed(setting, part, sheet)
    present = _present(sheet)
    columns = _columns(present, max(survey.last, frame.last_merged(survey.tail)))
    parts = _note_parts(setting.package, part, survey)
    notes = _notes(setting, parts)
    unnoted = notes.take_ours_out() if any(present) else None
    marked = Marks(remarks, frame.merged(survey.tail) if in_place else ())
    said = sum(notes.add(place, text) for place, text in _messages(remarks, marked))
    plan = Plan(
        header_row=sheet.header_row,
        columns=columns,
        new=frozenset(columns) - frozenset(present),
        heading_style=survey.heading_style,
        spans=frame.spans(survey.head),
        remarks=remarks,
        marks=marked,
        unnoted=unnoted,
    )
    return Prepared(source=source, survey=survey, plan=plan, notes=notes, noted=said > 0 or bool(unnoted), parts=parts)


def _surveyed(setting: Setting, part: str, sheet: Sheet) -> tuple[Source, Survey]:
    source = Source(package=setting.package, part=part)
    try:
        return source, _survey(source, sheet, setting.styles)
    except UnusualError:
        with source.open() as stream:
            plain = setting.files.enter_context(plainly(stream))
        source = Source(package=setting.package, part=part, plain=plain)
        return source, _survey(source, sheet, setting.styles)


def _survey(source: Source, sheet: Sheet, styles: Styles) -> Survey:
    reader = SheetReader(source.open())
    last = style = 0
    for row in reader.rows():
        last = reader.last_filled(row, last)
        if row.number == sheet.header_row:
            style = heading_style(reader, row, styles)
    return Survey(head=reader.head, tail=reader.tail, last=last, heading_style=style)


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


def _note_parts(package: Package, part: str, survey: Survey) -> NoteParts:
    links = package.relations(part)
    relation = frame.notes_relation(survey.tail)
    boxes = dict(links.targets("vmlDrawing")).get(relation or "")
    return NoteParts(texts=links.target("comments"), boxes=boxes, relation=relation)


def _notes(setting: Setting, parts: NoteParts) -> Notes:
    texts, boxes = (None if part is None else setting.package.read(part) for part in (parts.texts, parts.boxes))
    return Notes(texts, boxes, setting.book.main)


def _messages(remarks: Remarks, marked: Marks) -> Iterator[tuple[str, str]]:
    """The first cells that have something wrong, and what is said of them."""
    places = ((f"{letter}{row}", marks.note(mark.lines)) for row in remarks for letter, mark in marked.of(row).items())
    return (found for _, found in zip(range(_MOST_NOTES), places, strict=False))
