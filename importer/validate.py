"""Validate: what is wrong with typed rows, by their fields, across fields and across rows."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError

from importer.derive.addresses import carries_sign_in, has_youtube_video, is_out_of_reach
from importer.derive.bulk import uncollected
from importer.derive.cells import example_of, listed
from importer.derive.keys import each_folded
from importer.derive.schema import schema_of
from importer.derive.words import key_in_words
from importer.entities import Field, Kind, NeededWith, NotWithYes, NumberOnlyWith, Parent, Rule, VideoNeeded
from importer.model import Table
from importer.problems import Code, Problem, did_you_mean, quoted, where

__all__ = ["validate"]

_NOT_TYPED: Final = "the rows are not what normalise gives"

_Key = tuple[object, ...]
"""The natural key of a row, None for each part that is missing."""


class _Faults:
    """The problems of one table, one a cell: what was found first stands."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._found: dict[str, list[Problem]] = {field.name: [] for field in table.entity.fields}
        self._bad: dict[str, set[int]] = {name: set() for name in self._found}
        for problem in table.problems:
            if problem.row is not None and problem.column is not None and problem.column.field:
                self._bad[problem.column.field].add(problem.row)

    def label(self, name: str) -> str:
        """How a message calls the column of a field."""
        return self.table.sheet.column(name).label

    def has_column(self, name: str) -> bool:
        """Whether the sheet has a column for a field."""
        return name in self.table.sheet.cells.columns

    def cells(self, name: str, rows: Sequence[int]) -> list[object]:
        """The raw cells of some rows; None where they are blank or the sheet has no column for the field."""
        if not self.has_column(name):
            return [None] * len(rows)
        cells = self.table.sheet.cells
        found: list[object] = cells[name].to_numpy()[cells.index.get_indexer(pd.Index(rows))].tolist()
        return found

    def sound(self, *names: str) -> "pd.Series[bool]":
        """Which rows have no problem in any of these fields."""
        bad = set().union(*(self._bad[name] for name in names))
        index = self.table.rows.index
        return pd.Series(~index.isin(bad), index=index) if bad else pd.Series(True, index=index)

    def add(self, name: str, code: Code, rows: Sequence[int], details: Iterable[Mapping[str, object]]) -> None:
        """Note a problem of a field in some rows, leaving out cells that have one; `details` has one for each row."""
        bad, found = self._bad[name], self._found[name]
        place, column = self.table.sheet.place, self.table.sheet.column(name)
        for row, value, about in zip(rows, self._values(name, code, rows), details, strict=False):
            if row not in bad:
                bad.add(row)
                found.append(Problem(code=code, place=place, row=row, column=column, value=value, details=about))

    def _values(self, name: str, code: Code, rows: Sequence[int]) -> list[object]:
        """What messages quote: the raw cells, or where one is blank what an option put there."""
        values = self.cells(name, rows)
        if code not in (Code.MISSING, Code.DAYS_NEEDED) and None in values:
            typed = self.table.rows[name].loc[list(rows)].tolist()
            return [b if a is None and b is not pd.NA else a for a, b in zip(values, typed, strict=True)]
        return values

    def in_order(self) -> tuple[Problem, ...]:
        """All of them, by row, then in the order of the sheet's columns."""
        places = {column.field: at for at, column in enumerate(self.table.sheet.columns)}
        names = sorted(self._found, key=lambda name: places.get(name, len(places)))
        return tuple(sorted((problem for name in names for problem in self._found[name]), key=attrgetter("row")))


@uncollected
def validate(tables: Sequence[Table], *, allow_duplicates: bool = False) -> tuple[Problem, ...]:
    """Everything that is wrong with the rows of an import, besides what `normalise` found; one problem a cell.

    Ordered by table, row and column. Rows with one natural key are problems over all tables of a kind, unless
    `allow_duplicates`.
    """
    faults = [_Faults(table) for table in tables]
    for fault in faults:
        _check_fields(fault)
        for parent in fault.table.entity.parents:
            if parent.required:
                _check_parent(fault, parent)
        for rule in fault.table.entity.rules:
            _check_rule(fault, rule)
        _warn_of_addresses(fault)
    if not allow_duplicates:
        _check_duplicates(faults)
    return tuple(problem for fault in faults for problem in fault.in_order())


# --- one field -------------------------------------------------------------------------------------------


def _check_fields(faults: _Faults) -> None:
    """Find what the schema finds.

    Most sheets pass it. For one that does not, its checks are asked one by one which rows they mean: pandera's own
    list of every failure is sorted and worded once a column and once more as a whole, which nobody would read.
    """
    schema, rows = schema_of(faults.table.entity), faults.table.rows
    try:
        schema.validate(rows)
    except SchemaError as error:
        if not sum(_check_column(faults, column) for column in schema.columns.values()):
            raise ValueError(_NOT_TYPED) from error


def _check_column(faults: _Faults, column: pa.Column) -> int:
    """Find what a column's schema finds; the number of cells."""
    name = str(column.name)
    values = faults.table.rows[name]
    found = [] if column.nullable else [(Code.MISSING, values.isna())]
    found += [(Code(check.error), ~check(values).check_output) for check in column.checks]
    details = _details(faults.table.entity.field(name))
    for code, wrong in found:
        faults.add(name, code, _rows(wrong), repeat(details.get(code, {})))
    return sum(int(wrong.sum()) for _, wrong in found)


def _warn_of_addresses(faults: _Faults) -> None:
    """Warn of pictures that the service could not fetch, or only with a secret. What is worse was found before."""
    for field in faults.table.entity.fields:
        if field.kind is Kind.WEB_ADDRESS:
            column = faults.table.rows[field.name].dropna()
            rows = [int(row) for row in column.index]
            for code, is_so in (
                (Code.PICTURE_WITH_SIGN_IN, carries_sign_in),
                (Code.PICTURE_OUT_OF_REACH, is_out_of_reach),
            ):
                found = [row for row, address in zip(rows, column.tolist(), strict=True) if is_so(address)]
                faults.add(field.name, code, found, repeat({}))


def _details(field: Field) -> Mapping[Code, Mapping[str, object]]:
    """What the messages about a field's own checks say of it."""
    *others, last = field.types or ("",)
    return {
        Code.MISSING: {"such_as": f", such as {example_of(field)}"},
        Code.TOO_SMALL: {"minimum": field.minimum},
        Code.NOT_A_CHOICE: {"choices": listed(field.choices), "did_you_mean": did_you_mean(None)},
        Code.NOT_A_PICTURE: {"types": f"{', '.join(others)} or {last}" if others else last},
    }


def _check_parent(faults: _Faults, parent: Parent) -> None:
    """Find the rows that do not name the record above them, neither by its number nor by its title."""
    names = [parent.id, *([parent.title] if parent.title else [])]
    nothing = faults.sound(*names) & faults.table.rows[names].isna().all(axis=1)
    name = next((name for name in names if faults.table.sheet.column(name).letter), parent.id)
    such_as = f", such as {example_of(faults.table.entity.field(name))}"
    other = f", or its title in {parent.title}" if name == parent.id and parent.title else ""
    faults.add(name, Code.MISSING, _rows(nothing), repeat({"such_as": such_as + other}))


# --- across fields ---------------------------------------------------------------------------------------


def _check_rule(faults: _Faults, rule: Rule) -> None:
    match rule:
        case NumberOnlyWith():
            _check_number(faults, rule)
        case VideoNeeded():
            _check_video(faults, rule)
        case NotWithYes():
            _check_flag(faults, rule)
        case NeededWith():
            _check_needed(faults, rule)


def _rows(mask: "pd.Series[bool]") -> list[int]:
    """The rows for which a mask holds; where it is missing, it does not."""
    return [int(row) for row in mask.index[mask.fillna(False).to_numpy(dtype=bool)]]


def _check_number(faults: _Faults, rule: NumberOnlyWith) -> None:
    rows = faults.table.rows
    number, choice = rows[rule.number].fillna(0), rows[rule.choice_field]
    sound = faults.sound(rule.number, rule.choice_field)
    other = faults.label(rule.choice_field)
    needed = {"other": other, "choice": rule.choice.name, "minimum": rule.minimum}
    few = _rows(sound & (choice == rule.choice.number) & (number < rule.minimum))
    cells = faults.cells(rule.number, few)
    blank = "the cell is empty" if faults.has_column(rule.number) else "the sheet has no such column"
    shown = (blank if cell is None else f"{quoted(cell)} is too few" for cell in cells)
    faults.add(rule.number, Code.DAYS_NEEDED, few, ({"found": found, **needed} for found in shown))
    for actual in faults.table.entity.field(rule.choice_field).choices:
        if actual != rule.choice:
            details = {"other": other, "actual": actual.name, "choice": rule.choice.name}
            rows_of_it = _rows(sound & (choice == actual.number) & (number > 0))
            faults.add(rule.number, Code.DAYS_NOT_USED, rows_of_it, repeat(details))


def _check_video(faults: _Faults, rule: VideoNeeded) -> None:
    rows = faults.table.rows
    wanted = faults.sound(rule.body, rule.choice_field) & (rows[rule.choice_field] == rule.choice.number)
    details = {"other": faults.label(rule.choice_field), "choice": rule.choice.name}
    bodies = zip(_rows(wanted), _objects(rows[rule.body][wanted.fillna(False)]), strict=True)
    without = [row for row, body in bodies if not (isinstance(body, str) and has_youtube_video(body))]
    faults.add(rule.body, Code.VIDEO_NEEDED, without, repeat(details))


def _check_flag(faults: _Faults, rule: NotWithYes) -> None:
    rows = faults.table.rows
    both = faults.sound(rule.value, rule.flag) & rows[rule.value].notna() & rows[rule.flag]
    details = {"other": faults.label(rule.flag)}
    faults.add(rule.value, Code.PICTURE_AND_CLEAR, _rows(both), repeat(details))


def _check_needed(faults: _Faults, rule: NeededWith) -> None:
    rows, sound = faults.table.rows, faults.sound(rule.value, rule.choice_field)
    without = sound & (rows[rule.choice_field] == rule.choice.number) & rows[rule.value].isna()
    about = {"other": faults.label(rule.choice_field), "choice": rule.choice.name}
    faults.add(rule.value, Code.NEEDED_WITH_CHOICE, _rows(without), repeat(about))


# --- across rows -----------------------------------------------------------------------------------------


def _check_duplicates(faults: Iterable[_Faults]) -> None:
    by_kind: dict[str, list[tuple[_Faults, list[_Key]]]] = {}
    for fault in faults:
        by_kind.setdefault(fault.table.entity.kind, []).append((fault, _keys(fault)))
    for tables in by_kind.values():
        seen: set[_Key] = set()
        for _, keys in tables:
            seen.update(keys)
        # Most imports have no duplicates at all, which their number alone shows.
        if len(seen) < sum(len(keys) for _, keys in tables):
            _mark_duplicates(tables)


def _mark_duplicates(tables: Iterable[tuple[_Faults, list[_Key]]]) -> None:
    first: dict[_Key, tuple[_Faults, int]] = {}
    for fault, keys in tables:
        later = {}
        for row, key in zip(fault.table.rows.index.tolist(), keys, strict=True):
            if None not in key and (known := first.setdefault(key, (fault, row))) != (fault, row):
                later[row] = _about(fault, known)
        fault.add(fault.table.entity.natural_key[-1], Code.DUPLICATE_ROW, list(later), later.values())


def _about(fault: _Faults, known: tuple[_Faults, int]) -> Mapping[str, object]:
    entity = fault.table.entity
    earlier, row = known
    place = earlier.table.sheet.place
    return {"first": where(place, row), "key": key_in_words(entity), "singular": entity.singular}


def _keys(faults: _Faults) -> list[_Key]:
    """The natural key of each row as the sheet gives it, None for a part that is missing."""
    table = faults.table
    parts = [_parent_keys(faults, name) for name in table.entity.natural_key[:-1]]
    return list(zip(*parts, _folded(table.rows[table.entity.natural_key[-1]]), strict=True))


def _parent_keys(faults: _Faults, name: str) -> list[object]:
    """What a row says of its parent: the number, or else the folded title, empty where it has and needs neither."""
    table = faults.table
    ids: list[object] = _objects(table.rows[name])
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
    return each_folded(_objects(titles))


def _objects(column: "pd.Series[Any]") -> list[object]:
    """The values of a column, None where they are missing."""
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = None
    objects: list[object] = values.tolist()
    return objects
