"""What courses hold already as the rows of sheets, which find their records there again and send nothing."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.derive.cell_words import is_word
from importer.derive.cells import is_clean
from importer.derive.keys import folded
from importer.derive.longest import fits
from importer.derive.lookalikes import shows_nothing
from importer.entities import COURSE, DISPLAY_ORDER, ENTITIES, ID, TITLE, Entity, Field, Kind, NumberOnlyWith, Parent

Record = Mapping[str, Any]
Cells = Mapping[str, object]
"""The cells of a row by API name."""
Rows = Sequence[Cells]

_TEXTS = (Kind.TEXT, Kind.BODY, Kind.WEB_ADDRESS, Kind.MOMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A field of a record, for messages."""

    entity: Entity
    id: int
    title: str
    field: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """The rows of each kind, in the order of the courses.

    `unsaid` are the fields that no cell can say, left blank; `long` those that only a cell of a CSV can hold; `twins`
    the titles that nothing but a number tells from those of other rows.
    """

    rows: Mapping[str, Rows]
    unsaid: tuple[Cell, ...] = ()
    long: tuple[Cell, ...] = ()
    twins: tuple[Cell, ...] = ()


def present(records: Mapping[str, Sequence[Record]], *, with_ids: bool = True) -> Presented:
    """The rows of records, by kind.

    A section is named by its title where no other of its course has it, and a course by its number; without ids both
    are named by their titles alone, as in another account no number means anything.
    """
    names = _names(records, with_ids=with_ids)
    places: dict[tuple[str, object], int] = {}
    rows: dict[str, Rows] = {}
    unsaid: list[Cell] = []
    long: list[Cell] = []
    for entity in ENTITIES:
        ordered = _in_order(entity, records.get(entity.kind, ()), places)
        places |= {(entity.kind, record[ID]): at for at, record in enumerate(ordered)}
        rows[entity.kind] = [_row(entity, record, names, with_ids=with_ids) for record in ordered]
        for record, row in zip(ordered, rows[entity.kind], strict=True):
            unsaid += _unsaid(entity, record, row)
            long += [_told(entity, record, entity.field(name)) for name, cell in row.items() if not _fits(cell)]
    twins = [cell for entity in ENTITIES for cell in _twins(entity, records.get(entity.kind, ()))]
    return Presented(rows=rows, unsaid=tuple(unsaid), long=tuple(long), twins=tuple(twins))


def fit_to_begin(presented: Presented) -> Mapping[str, Rows]:
    """Rows that find their records by their titles alone.

    Left out are records that a row could not stand for: of several with one natural key all but the first, and those
    with a text that no cell holds.
    """
    lost = {(cell.entity.kind, cell.id) for cell in (*presented.unsaid, *presented.long)}
    return {
        entity.kind: tuple(_first_of_each(entity, [row for row in rows if (entity.kind, row[ID]) not in lost]))
        for entity in ENTITIES
        for rows in [presented.rows[entity.kind]]
    }


def _first_of_each(entity: Entity, rows: Rows) -> Iterator[Cells]:
    seen = set()
    for row in rows:
        above = tuple(row[name] for parent in entity.parents for name in (parent.id, parent.title) if name)
        key = (above, folded(str(row[TITLE.name] or "")))
        if key[1] and key not in seen:
            seen.add(key)
            yield row


_Named = tuple[str, object]
"""A record: its kind and id."""


def _names(records: Mapping[str, Sequence[Record]], *, with_ids: bool) -> Mapping[_Named, str]:
    """The titles by which records can be named."""
    named: dict[_Named, str] = {}
    for entity in ENTITIES:
        if with_ids and entity is COURSE:
            continue
        some = [(_above(entity, record), folded(_title(record)), record) for record in records.get(entity.kind, ())]
        often = Counter((above, title) for above, title, _ in some)
        for above, title, record in some:
            if title and _can_be_said(_title(record)) and (not with_ids or often[above, title] == 1):
                named[entity.kind, record[ID]] = _title(record)
    return named


def _twins(entity: Entity, records: Sequence[Record]) -> list[Cell]:
    keys = [(*(record.get(name) for name in entity.natural_key[:-1]), folded(_title(record))) for record in records]
    often = Counter(keys)
    return [
        _told(entity, record, entity.field(TITLE.name))
        for key, record in zip(keys, records, strict=True)
        if often[key] > 1
    ]


def _above(entity: Entity, record: Record) -> object:
    return record.get(entity.scope.id) if entity.scope else None


def _title(record: Record) -> str:
    return str(record.get(TITLE.name) or "")


def _in_order(entity: Entity, records: Collection[Record], places: Mapping[_Named, int]) -> list[Record]:
    def place(record: Record) -> tuple[object, ...]:
        order = record.get(DISPLAY_ORDER)
        above = [places.get((parent.kind, record.get(parent.id)), -1) for parent in entity.parents]
        return *above, order if isinstance(order, int) else 0, record[ID]

    return sorted(records, key=place)


def _row(entity: Entity, record: Record, names: Mapping[_Named, str], *, with_ids: bool) -> Cells:
    above = {name: parent for parent in entity.parents for name in (parent.id, parent.title) if name}
    cells: dict[str, object] = {}
    for field in entity.columns:
        if parent := above.get(field.name):
            cells[field.name] = _parent(field, parent, record, names, with_ids=with_ids)
        else:
            cells[field.name] = _cell(entity, field, record)
    return cells


def _parent(field: Field, parent: Parent, record: Record, names: Mapping[_Named, str], *, with_ids: bool) -> object:
    title = names.get((parent.kind, record.get(parent.id)))
    if field.name == parent.title:
        return title
    return record.get(parent.id) or None if title is None and with_ids else None


def _cell(entity: Entity, field: Field, record: Record) -> object:
    """What the sheet says of a field of a record; None where that is nothing."""
    value = record.get(field.name)
    if value is None or not field.told:
        return None
    if field.choices:
        return next((choice.name for choice in field.choices if choice.number == value), None)
    if field.kind is Kind.YES_NO:
        return "yes" if value else "no"
    if field.kind is Kind.WHOLE:
        is_one = type(value) is int and value >= (field.minimum or 0)
        return value if is_one and _counts(entity, field, record) else None
    text = str(value)
    return text if not _is_blank(text) and _can_be_said(text, field.kind) else None


def _is_blank(value: object) -> bool:
    """Whether a field says nothing. The service writes a record that is not there as 0; white space is a blank cell."""
    return value in (None, 0) or (isinstance(value, str) and not value.strip())


def _can_be_said(text: str, kind: Kind = Kind.TEXT) -> bool:
    """Whether a cell with that text says it: a word of ours does something else, and what nobody sees is a mistake."""
    return is_clean(text) and not is_word(text) and (kind is Kind.BODY or not shows_nothing(text))


def _counts(entity: Entity, field: Field, record: Record) -> bool:
    """Whether a number means anything in its record: days do with one choice alone."""
    rules = (rule for rule in entity.rules if isinstance(rule, NumberOnlyWith) and rule.number == field.name)
    return all(record.get(rule.choice_field) == rule.choice.number for rule in rules)


def _unsaid(entity: Entity, record: Record, row: Cells) -> Iterator[Cell]:
    above = {parent.id for parent in entity.parents}
    for field in entity.columns:
        if row[field.name] is None and field.told and field.name not in above and _counts(entity, field, record):
            if not _is_blank(record.get(field.name)):
                yield _told(entity, record, field)


def _told(entity: Entity, record: Record, field: Field) -> Cell:
    return Cell(entity=entity, id=record[ID], title=_title(record), field=field)


def _fits(cell: object) -> bool:
    return not isinstance(cell, str) or fits(cell)
