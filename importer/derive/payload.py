"""A row as the JSON body that creates its record: exact types, blank optional cells left out."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from importer.entities import Entity, Field, Kind
from importer.model import Reference

_PLAIN = {Kind.WHOLE: int, Kind.CHOICE: int, Kind.YES_NO: bool}


def sent_values(entity: Entity, rows: pd.DataFrame) -> Iterator[tuple[int, dict[str, Any]]]:
    """Row number and body of each of `rows` (typed as `model.Table` says), in their order.

    A body has the entity's sent fields in the order of the declaration, as int, bool or str.
    """
    fields = [field for field in entity.fields if field.sent]
    columns = [_plain(field, rows) for field in fields]
    names = [field.name for field in fields]
    for row, *values in zip(rows.index.tolist(), *columns, strict=True):
        yield row, {name: value for name, value in zip(names, values, strict=True) if value is not None}


def plain_values(entity: Entity, rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The cells of each row in all columns, as int, bool or str; None where they are blank."""
    names = [field.name for field in entity.columns]
    columns = [_plain(field, rows) for field in entity.columns]
    yield from (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _plain(field: Field, rows: pd.DataFrame) -> list[Any]:
    kind = _PLAIN.get(field.kind, str)
    return [None if value is pd.NA else kind(value) for value in rows[field.name].tolist()]


def with_parents(entity: Entity, body: Mapping[str, Any], reference: Reference) -> dict[str, Any]:
    """The body with the id of each record above it; None where this run creates that record first."""
    above: dict[str, int | None] = {**reference.ids, **dict.fromkeys(reference.rows)}
    merged = {**body, **above}
    return {field.name: merged[field.name] for field in entity.fields if field.name in merged}
