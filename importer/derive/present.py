"""What a course holds already as the rows of a sheet, which find their records there again and send nothing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from importer.derive.keys import folded
from importer.derive.longest import fits
from importer.entities import (
    DISPLAY_ORDER,
    ID,
    LESSON,
    SECTION,
    SECTION_ID,
    SECTION_TITLE,
    TITLE,
    Entity,
    Field,
    Kind,
    NumberOnlyWith,
)

Record = Mapping[str, Any]
Rows = Sequence[Mapping[str, object]]
"""Cells by API name, and the record's number under the key that the service gives it."""


def present_rows(records: Mapping[str, Sequence[Record]]) -> Mapping[str, Rows]:
    """The rows of each kind, in the order of the course.

    Left out are records that a row could not stand for: of several with one natural key all but the first, and those
    with a text that no cell holds.
    """
    sections = _in_order(records[SECTION.kind], {})
    places = {record[ID]: at for at, record in enumerate(sections)}
    titles = [folded(str(record.get(TITLE.name) or "")) for record in sections]
    named = {
        record[ID]: record[TITLE.name]
        for record, title in zip(sections, titles, strict=True)
        if title and titles.count(title) == 1
    }
    lessons = _in_order(records[LESSON.kind], places)
    return {
        SECTION.kind: _rows(SECTION, sections, named),
        LESSON.kind: _rows(LESSON, lessons, named),
    }


def _in_order(records: Iterable[Record], sections: Mapping[object, int]) -> list[Record]:
    def place(record: Record) -> tuple[int, int, int]:
        order = record.get(DISPLAY_ORDER)
        above = sections.get(record.get(SECTION_ID.name), -1)
        return above, order if isinstance(order, int) else 0, record[ID]

    return sorted(records, key=place)


def _rows(entity: Entity, records: Iterable[Record], sections: Mapping[object, str]) -> Rows:
    found: dict[object, Mapping[str, object]] = {}
    for record in records:
        key = (record.get(SECTION_ID.name), folded(str(record.get(TITLE.name) or "")))
        cells = {field.name: _cell(entity, field, record, sections) for field in entity.fields}
        if key[1] and all(map(_fits, cells.values())):
            found.setdefault(key, {**cells, ID: record[ID]})
    return tuple(found.values())


def _fits(cell: object) -> bool:
    return not isinstance(cell, str) or (fits(cell) and not ILLEGAL_CHARACTERS_RE.search(cell))


def _cell(entity: Entity, field: Field, record: Record, sections: Mapping[object, str]) -> object:
    """What the sheet says of a field of a record; None where that is nothing."""
    if field.name == SECTION_TITLE.name:
        return sections.get(record.get(SECTION_ID.name))
    if field.name == SECTION_ID.name and record.get(field.name) in sections:
        return None
    value = record.get(field.name)
    if field.choices:
        return next((choice.name for choice in field.choices if choice.number == value), None)
    if field.kind is Kind.YES_NO:
        return None if value is None else "yes" if value else "no"
    if field.kind is Kind.WHOLE:
        fits = isinstance(value, int) and value >= (field.minimum or 0)
        return value if fits and _counts(entity, field, record) else None
    return value or None


def _counts(entity: Entity, field: Field, record: Record) -> bool:
    """Whether a number means anything in its record: days do with one choice alone."""
    rules = (rule for rule in entity.rules if isinstance(rule, NumberOnlyWith) and rule.number == field.name)
    return all(record.get(rule.choice_field) == rule.choice.number for rule in rules)
