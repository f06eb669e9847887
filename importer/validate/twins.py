"""Rows that mean the same record: they have one id, or one natural key."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from importer.derive.keys import each_folded
from importer.derive.words import key_in_words
from importer.entities import ACTION, ID, SKIP, TITLE
from importer.problems import Code, where
from importer.validate.faults import Faults, objects

_Key = tuple[object, ...]
"""The natural key of a row, None for each part that is missing."""


@dataclass(frozen=True, slots=True)
class Key:
    """What tells the rows of a kind apart: what a row has of its own, and what stands before that."""

    own: Callable[[Faults], Sequence[object]]
    above: Callable[[Faults], Sequence[Sequence[object]]] = lambda faults: ()

    def of(self, faults: Faults, own: Sequence[object]) -> list[_Key]:
        """The key of each row, None for a part that is missing."""
        return list(zip(*self.above(faults), own, strict=True))


def check_duplicates(faults: Iterable[Faults], key: Key, name: str, code: Code) -> None:
    """Find the rows whose key an earlier row of the kind has; the problem is that of the column of that name."""
    by_kind: dict[str, list[tuple[Faults, Sequence[object]]]] = {}
    for fault in faults:
        by_kind.setdefault(fault.table.entity.kind, []).append((fault, key.own(fault)))
    for tables in by_kind.values():
        # Most imports have no duplicates at all, which what is a row's own nearly always shows alone.
        if _any_twice(tables):
            keys = [(fault, key.of(fault, own)) for fault, own in tables]
            if _any_twice(keys):
                _mark_duplicates(keys, name, code)


def _any_twice(tables: Iterable[tuple[Faults, Sequence[object]]]) -> bool:
    seen: set[object] = set()
    count = 0
    for _, found in tables:
        there = [one for one in found if one is not None]
        seen.update(there)
        count += len(there)
    return len(seen) < count


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


def _ids(faults: Faults) -> list[object]:
    """The record that each row names outright, None where it names none or is left out."""
    rows = faults.table.rows
    return objects(rows[ID].where(_taken_part(rows)))


def _taken_part(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether each row is not left out, as it may say itself."""
    return (rows[ACTION.name] != SKIP.number).fillna(True).astype(bool)


def _titles(faults: Faults) -> list[str | None]:
    """The title of each row as it is compared.

    A row that names its record outright is told by that alone, so it counts as having no title.
    """
    rows = faults.table.rows
    return _folded(rows[TITLE.name].where(rows[ID].isna() & _taken_part(rows)))


def _above(faults: Faults) -> list[list[object]]:
    """What stands above each row, as the sheet gives it, in the order of the natural key."""
    return [_parent_keys(faults, name) for name in faults.table.entity.natural_key[:-1]]


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


BY_ID: Final = Key(_ids)
"""Rows that name a record outright."""
BY_NATURAL_KEY: Final = Key(_titles, _above)
"""Rows as the sheet gives them."""
