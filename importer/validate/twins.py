"""Rows that mean the same record: they have one id, or one natural key."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from importer.derive.keys import each_folded
from importer.derive.words import key_in_words
from importer.entities import ACTION, ID, SKIP, TITLE
from importer.problems import Code, where
from importer.validate.faults import Faults, objects

_Key = tuple[object, ...]
"""The natural key of a row, None for each part that is missing."""


def check_duplicates(faults: Iterable[Faults], keys: Callable[[Faults], list[_Key]], name: str, code: Code) -> None:
    """Find the rows whose key an earlier row of the kind has; the problem is that of the column of that name."""
    by_kind: dict[str, list[tuple[Faults, list[_Key]]]] = {}
    for fault in faults:
        by_kind.setdefault(fault.table.entity.kind, []).append((fault, keys(fault)))
    for tables in by_kind.values():
        seen: set[_Key] = set()
        for _, found in tables:
            seen.update(found)
        # Most imports have no duplicates at all, which their number alone shows.
        if len(seen) < sum(len(found) for _, found in tables):
            _mark_duplicates(tables, name, code)


def _mark_duplicates(tables: Iterable[tuple[Faults, list[_Key]]], name: str, code: Code) -> None:
    first: dict[_Key, tuple[Faults, int]] = {}
    for fault, found in tables:
        later = {}
        for row, key in zip(fault.table.rows.index.tolist(), found, strict=True):
            if None not in key and (known := first.setdefault(key, (fault, row))) != (fault, row):
                later[row] = _about(fault, known)
        fault.add(name, code, list(later), later.values())


def _about(fault: Faults, known: tuple[Faults, int]) -> Mapping[str, object]:
    entity = fault.table.entity
    earlier, row = known
    place = earlier.table.sheet.place
    return {"first": where(place, row), "key": key_in_words(entity), "singular": entity.singular}


def ids_of(faults: Faults) -> list[_Key]:
    """The record that each row names outright, None where it names none or is left out."""
    rows = faults.table.rows
    return [(number,) for number in objects(rows[ID].where(_taken_part(rows)))]


def _taken_part(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row is not left out, as it may say itself."""
    return (rows[ACTION.name] != SKIP.number).fillna(True).astype(bool)


def keys_of(faults: Faults) -> list[_Key]:
    """The natural key of each row as the sheet gives it, None for a part that is missing.

    A row that names its record outright is told by that alone, so it counts as having no title.
    """
    table = faults.table
    parts = [_parent_keys(faults, name) for name in table.entity.natural_key[:-1]]
    titles = table.rows[TITLE.name].where(table.rows[ID].isna() & _taken_part(table.rows))
    return list(zip(*parts, _folded(titles), strict=True))


def _parent_keys(faults: Faults, name: str) -> list[object]:
    """What a row says of its parent: the number, or else the folded title, empty where it has and needs neither."""
    table = faults.table
    ids: list[object] = objects(table.rows[name])
    parent = next((parent for parent in table.entity.parents if parent.id == name), None)
    if parent is None or parent.title is None:
        return ids
    titles = _folded(table.rows[parent.title])
    # A cell that cannot be read tells nothing, one that is blank tells that there is no such parent, if that can be.
    no_parent = None if parent.required else ""
    neither = [no_parent if sound else None for sound in faults.sound(name, parent.title).tolist()]
    given = [by_title if number is None else number for number, by_title in zip(ids, titles, strict=True)]
    return [none if told is None else told for told, none in zip(given, neither, strict=True)]


def _folded(titles: "pd.Series[str]") -> list[str | None]:
    return each_folded(objects(titles))
