"""Records as files in the shape of the templates: a workbook with a sheet for each kind, or a CSV."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from importer.derive.filled import FORMULA_STARTS, fill
from importer.derive.present import Rows
from importer.derive.workbook import blank_workbook, workbook_bytes
from importer.entities import RECORD_ID, UPDATED_ON, Entity, Field

_OURS = (RECORD_ID, UPDATED_ON)


def exported_workbook(entities: Sequence[Entity], rows: Mapping[str, Rows], *, with_ids: bool) -> bytes:
    """A workbook that holds the rows of these kinds; the same bytes for the same rows."""
    book = blank_workbook(entities)
    fill(book, rows, {field.name: field.name for field in _OURS} if with_ids else {})
    book.active = 1
    return workbook_bytes(book)


def exported_csv(entity: Entity, rows: Rows, *, with_ids: bool) -> bytes:
    """A CSV that holds the rows of a kind."""
    names = [field.name for field in _columns(entity, with_ids=with_ids)]
    text = StringIO(newline="")
    # With this line end the csv module puts every kind of line end inside of a text between quotes.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in rows)
    # Excel takes a CSV without a byte order mark for Windows-1252 and spoils what is not English.
    return text.getvalue().encode("utf-8-sig")


def _columns(entity: Entity, *, with_ids: bool) -> tuple[Field, ...]:
    return (*entity.fields, *_OURS) if with_ids else entity.fields


def count_formulas(rows: Rows) -> int:
    """How many texts begin as a formula does: in a CSV nothing tells Excel that they are none."""
    return sum(isinstance(cell, str) and cell.startswith(FORMULA_STARTS) for row in rows for cell in row.values())
