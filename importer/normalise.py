"""Normalise: a sheet's raw cells become a typed `Table`, and what cannot be read becomes a problem."""

from collections.abc import Iterator, Mapping
from operator import attrgetter
from typing import Final, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from importer.derive.bulk import uncollected
from importer.derive.cell_words import are_plain
from importer.derive.cells import Reader, Reading, is_clean, listed, reader_of
from importer.derive.columns import fields_named
from importer.derive.dtypes import typed
from importer.derive.lookalikes import folded_word
from importer.derive.mapping import Words
from importer.entities import ACTIVE, Field, Kind, NumberOnlyWith, Parent
from importer.errors import DefaultError
from importer.model import Sheet, Table
from importer.problems import Code, Problem

__all__ = ["normalise", "read_default"]

_TEXTS: Final = frozenset({Kind.TEXT, Kind.BODY, Kind.WEB_ADDRESS})
_TEXT_CELLS: Final = frozenset({str, type(None)})
"""Types of the cells that are texts as they stand."""

_NO_WORDS: Final[Words] = {}

_BY_ROW: Final = attrgetter("row")


@uncollected
def normalise(sheet: Sheet, defaults: Mapping[str, object], words: Words = _NO_WORDS) -> Table:
    """Read every cell of a sheet by its field's kind.

    A cell that `words` has for its field counts as what stands there; messages quote the cell all the same.
    A blank cell takes the value that `defaults` has for its field (typed, by API name), or else the one that
    the field declares. Rows: index as in the sheet, a column for each field of the entity. Never raises,
    whatever the cells hold; a cell that cannot be read is missing and has one problem.
    """
    rows = {}
    problems: list[Problem] = []
    cleared: dict[str, frozenset[int]] = {}
    for field in sheet.entity.columns:
        default = defaults.get(field.name, field.blank)
        rows[field.name] = _column(sheet, field, default, words.get(field.name), problems, cleared)
    for parent in sheet.entity.named_parents:
        _only_where_neither(sheet, parent, rows, defaults)
    for rule in sheet.entity.rules:
        if isinstance(rule, NumberOnlyWith) and rule.number in defaults:
            _only_where_it_counts(sheet, rule, rows)
    problems.sort(key=_BY_ROW)
    frame = pd.DataFrame(rows, index=sheet.cells.index, copy=False)
    return Table(sheet=sheet, rows=frame, problems=tuple(problems), cleared=cleared)


def _only_where_neither(
    sheet: Sheet, parent: Parent, rows: dict[str, ExtensionArray], defaults: Mapping[str, object]
) -> None:
    """Take a default for the record above away where the row itself names one, in its other column."""
    for name, other in ((parent.id, parent.title or ""), (parent.title or "", parent.id)):
        if name in defaults and other in sheet.cells.columns:
            given = sheet.cells[other].notna().to_numpy()
            if name in sheet.cells.columns:
                given = given & sheet.cells[name].isna().to_numpy()
            rows[name] = rows[name].take(np.where(given, -1, np.arange(len(given))), allow_fill=True)


def _only_where_it_counts(sheet: Sheet, rule: NumberOnlyWith, rows: dict[str, ExtensionArray]) -> None:
    """Take the default for a number away where another choice stands beside its blank cell: it could only be wrong."""
    numbers = sheet.cells.get(rule.number)
    choices = pd.Series(rows[rule.choice_field])
    other = choices.notna().to_numpy() & (choices != rule.choice.number).fillna(False).to_numpy(dtype=bool)
    filled = other if numbers is None else other & numbers.isna().to_numpy()
    field = sheet.entity.field(rule.number)
    rows[rule.number] = typed(field, pd.Series(rows[rule.number]).where(~filled, field.blank).tolist())


def _column(
    sheet: Sheet,
    field: Field,
    default: object,
    words: Mapping[str, object] | None,
    problems: list[Problem],
    cleared: dict[str, frozenset[int]],
) -> ExtensionArray:
    """The typed cells of a field; what is wrong with them is added to the problems, and where one empties it noted."""
    if field.name not in sheet.cells.columns:
        return typed(field, [default]).repeat(len(sheet.cells))
    cells: list[object] = sheet.cells[field.name].tolist()
    kinds = set(map(type, cells))
    if field.kind in _TEXTS and default is None and not words and kinds <= _TEXT_CELLS:
        texts = cast("list[str | None]", cells)
        if (sheet.is_clean or _are_clean(texts)) and are_plain(texts):
            return typed(field, _texts(field, texts))
    codes, distinct = _distinct(cells, kinds)
    meant = [words.get(folded_word(cell), cell) for cell in distinct] if words else distinct
    readings = [*map(_reader(sheet, field), meant)]
    if any(reading.clears for reading in readings):
        rows = zip(sheet.cells.index.tolist(), codes.tolist(), strict=True)
        cleared[field.name] = frozenset(row for row, at in rows if readings[at].clears)
    wrong = np.array([reading.code is not None for reading in readings], dtype=bool)
    if wrong.any():
        problems.extend(_problems(sheet, field, cells, codes, readings))
    return typed(field, [_value(field, reading, default) for reading in readings]).take(codes)


def _reader(sheet: Sheet, field: Field) -> Reader:
    """What reads the cells of a field, and refuses to empty what every record needs."""
    read = reader_of(field)
    if field.name not in sheet.entity.never_empty:
        return read
    needed = Reading(code=Code.NEVER_EMPTY, details={"singular": sheet.entity.singular})
    return lambda cell: needed if (reading := read(cell)).clears else reading


def _value(field: Field, reading: Reading, default: object) -> object:
    """What stands in the row: a cell that empties the field is blank, and no default fills it."""
    if reading.clears:
        return field.blank
    return default if reading.value is None and reading.code is None else reading.value


def _texts(field: Field, cells: list[str | None]) -> list[str | None]:
    """Texts as their kind keeps them: bodies to the letter, others trimmed. Hardly any repeat."""
    if field.kind is Kind.BODY:
        return cells
    return [(cell.strip() or None) if cell else None for cell in cells]


def _are_clean(cells: list[str | None]) -> bool:
    """Whether the texts surely have no character that belongs to no text."""
    return all(cell is None or is_clean(cell) for cell in cells)


def _distinct(cells: list[object], kinds: set[type]) -> tuple[NDArray[np.intp], list[object]]:
    """For each cell the position of its like among the distinct cells, and those."""
    if kinds <= _TEXT_CELLS:
        array = np.empty(len(cells), dtype=object)
        array[:] = cells
        codes, uniques = pd.factorize(array)
        # A blank has the code -1, which is the last position.
        return codes, [*uniques, None]
    # 1, 1.0 and True are equal and hash alike, but are not the same cell: their type tells them apart.
    places: dict[tuple[type, object], int] = {}
    keys = zip(map(type, cells), cells, strict=True)
    codes = np.fromiter((places.setdefault(key, len(places)) for key in keys), dtype=np.intp, count=len(cells))
    return codes, [cell for _, cell in places]


def _problems(
    sheet: Sheet, field: Field, cells: list[object], codes: NDArray[np.intp], readings: list[Reading]
) -> Iterator[Problem]:
    column = sheet.column(field.name)
    for row, cell, at in zip(sheet.cells.index.tolist(), cells, codes.tolist(), strict=True):
        reading = readings[at]
        if reading.code is not None:
            yield Problem(
                code=reading.code, place=sheet.place, row=row, column=column, value=cell, details=reading.details
            )


def read_default(text: str) -> tuple[str, object]:
    """The API name and the typed value of an option `FIELD=VALUE`, read like a heading and a cell of its column.

    Raises `DefaultError` where there is no such field, or it cannot have that value.
    """
    heading, equals, given = text.partition("=")
    if not equals or not given.strip():
        raise DefaultError(text, f"expected FIELD=VALUE, such as {ACTIVE.name}={ACTIVE.example}")
    fields = fields_named(heading)
    if not fields:
        raise DefaultError(text, f'there is no field "{heading.strip()}"')
    if len(fields) > 1:
        names = " or ".join(field.name for field in fields)
        raise DefaultError(text, f'"{heading.strip()}" may mean {names}; give that name')
    (field,) = fields
    reading = reader_of(field)(given)
    below = field.minimum is not None and reading.value is not None and cast(int, reading.value) < field.minimum
    if reading.code is not None or reading.clears or below:
        raise DefaultError(text, f"{field.name} takes {_expected(field)}")
    return field.name, reading.value


def _expected(field: Field) -> str:
    if field.choices:
        return f"one of {listed(field.choices)}"
    if field.kind is Kind.YES_NO:
        return "yes or no"
    return f"a {field.kind}" + (f" of {field.minimum} or more" if field.minimum is not None else "")
