"""What rows change of records that are there: each cell compared with what the service holds. Pure.

A blank cell, or a column that the sheet does not have, leaves its field as it is; the word that empties a field
empties it. Values are compared as the service would hold them (`derive.compare`). Of a picture a record tells the name
of its file alone: another picture is a change unless its address ends in that name, and taking the picture away is
one where there is a picture, or where the record does not tell.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, Final
from urllib.parse import urlsplit

import pandas as pd

from importer.derive.cells import whole_number
from importer.derive.compare import same
from importer.derive.dtypes import typed
from importer.derive.keys import folded
from importer.derive.payload import plain_values
from importer.derive.stamps import is_moment, is_same_moment
from importer.entities import ID, RECORD_ID, TITLE, UPDATED_ON, Entity, Field, Kind, NumberOnlyWith
from importer.model import Change, Reference, Revision, RowKey, Table
from importer.problems import Code, Problem, quoted

__all__ = ["as_it_is", "as_it_will_be", "revise"]

Record = Mapping[str, Any]

_NOT_TOLD: Final = object()
"""In place of what a record does not tell."""


def revise(
    table: Table, references: Mapping[RowKey, Reference], records: Mapping[int, Record], *, overwrite: bool = False
) -> Iterator[Revision]:
    """For each row of a record that is there, what it changes of it; nothing where it deletes it.

    `records` are whole, by id. A row with changes that was made from another state of the record than the present one
    has a problem, unless `overwrite`.
    """
    entity = table.entity
    found = {row: reference for row, reference in _references(table, references) if reference.record in records}
    if not found:
        return
    values = plain_values(entity, table.rows.loc[[*found]])
    filled = _said(table)
    for (row, reference), cells in zip(found.items(), values, strict=True):
        before = records[reference.record or 0]
        said = {name for name, rows in filled.items() if row in rows}
        said |= {one.gives for one in entity.lookups if one.column.name in said}
        wanted = {} if reference.deletes else dict(_wanted(entity, said, cells, reference, before))
        wanted |= dict(_let_go(entity, wanted, before)) if wanted else {}
        changed = {name: value for name, value in wanted.items() if _differs(entity.field(name), value, before)}
        # What is created first has no id yet, so it is another one than any.
        changed |= {name: None for name in reference.rows if name in wanted}
        changes = tuple(_change(table, name, value, said, cells, before) for name, value in changed.items())
        is_judged = (reference.deletes or changes) and not overwrite
        yield Revision(
            row=row,
            before=before,
            changes=changes,
            payload=changed,
            parents={name: key for name, key in reference.rows.items() if name in changed},
            problems=tuple(_edited(table, row, cells, before)) if is_judged else (),
        )


def _references(table: Table, references: Mapping[RowKey, Reference]) -> Iterator[tuple[int, Reference]]:
    for row in table.rows.index.tolist():
        reference = references.get(table.key(row))
        if reference is not None and reference.record is not None:
            yield row, reference


def _said(table: Table) -> dict[str, frozenset[int]]:
    """The rows that say something in each column, be it the word that empties the field."""
    cells = table.sheet.cells
    numbers = cells.index.tolist()
    return {
        str(name): frozenset(
            row for row, cell in zip(numbers, cells[name].tolist(), strict=True) if not _is_blank(cell)
        )
        for name in cells.columns
    }


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def _wanted(
    entity: Entity, said: Set[str], cells: Record, reference: Reference, before: Record
) -> Iterator[tuple[str, object]]:
    """The fields of which a row says something, with what they are to hold."""
    # A title that found the record is no change of it, however it is typed; the journal knows records without it.
    found_by = () if cells[ID] is not None else tuple(_alike(entity.natural_key[-1:], cells, before))
    above = {parent.id: parent for parent in entity.parents}
    for field in entity.fields:
        if field.name in above:
            parent = above[field.name]
            if parent is not entity.scope and {parent.id, parent.title} & said:
                yield field.name, reference.ids.get(field.name)
        elif field.sent and field.name not in found_by and field.name in said:
            yield field.name, cells[field.name]


def _alike(titles: Iterable[str], cells: Record, before: Record) -> Iterator[str]:
    """Those of the titles that are the same in the row and in its record, as titles are compared."""
    for name in titles:
        if folded(str(cells[name] or "")) == folded(str(before.get(name) or "")):
            yield name


def _let_go(entity: Entity, wanted: Record, before: Record) -> Iterator[tuple[str, object]]:
    """Numbers that count only with a choice go with it, where the row chooses otherwise and leaves them blank."""
    for rule in entity.rules:
        if isinstance(rule, NumberOnlyWith) and rule.number not in wanted:
            chosen = wanted.get(rule.choice_field, rule.choice.number)
            if chosen != rule.choice.number and before.get(rule.choice_field) == rule.choice.number:
                yield rule.number, entity.field(rule.number).blank


def _differs(field: Field, value: object, before: Record) -> bool:
    if field.told:
        return not same(field, value, before.get(field.name))
    held = before.get(field.shown_as, _NOT_TOLD) if field.shown_as else _NOT_TOLD
    if field.kind is Kind.YES_NO:
        return bool(value) and bool(held)
    return value is not None and (not isinstance(held, str) or held not in _file_names(str(value)))


def _file_names(address: str) -> set[str]:
    """How a picture of that address may be called once it is uploaded."""
    return {address.rpartition("/")[2], urlsplit(address).path.rpartition("/")[2]} - {""}


def _change(table: Table, name: str, value: object, said: Set[str], cells: Record, before: Record) -> Change:
    """A field that changes; a record above that the row names by its title, with both titles."""
    field = table.entity.field(name)
    parent = next((one for one in table.entity.parents if one.id == name), None)
    title = parent.title if parent else None
    if parent is None or title is None or title not in said:
        held = before.get(name) if field.told else before.get(field.shown_as or name)
        told_by = next((one.column.name for one in table.entity.lookups if one.gives == name), name)
        column = table.sheet.column(name if table.sheet.column(name).letter else told_by)
        return Change(column=column, field=name, old=held, new=value)
    old = before.get(f"{parent.filter_name}{TITLE.name}") or before.get(name)
    return Change(column=table.sheet.column(title), field=title, old=old, new=cells[title])


def _edited(table: Table, row: int, cells: Record, before: Record) -> Iterator[Problem]:
    """The problem of a row that was made from another state of its record than the present one."""
    said, held = cells[UPDATED_ON.name], before.get(UPDATED_ON.name)
    if said is not None and not is_same_moment(said, str(held or "")):
        # Only here, and not wherever the cell is read: a column of that name may be anybody's where nothing changes.
        is_told = is_moment(said)
        yield Problem(
            code=Code.EDITED_SINCE if is_told else Code.NOT_A_MOMENT,
            place=table.sheet.place,
            row=row,
            column=table.sheet.column(UPDATED_ON.name),
            value=said,
            details={"held": quoted(held)} if is_told else {},
        )


# --- the rows as they are and will be --------------------------------------------------------------------


def as_it_is(table: Table, revisions: Sequence[Revision]) -> Table:
    """The rows as the records are; the columns that only find something out as the sheet has them."""
    return _filled(table, revisions, [one.before for one in revisions])


def as_it_will_be(table: Table, revisions: Sequence[Revision]) -> Table:
    """The rows as the records will be."""
    return _filled(table, revisions, [{**one.before, **one.payload} for one in revisions])


def _filled(table: Table, revisions: Sequence[Revision], records: Sequence[Record]) -> Table:
    rows = [one.row for one in revisions]
    columns: dict[str, Any] = {}
    for field in table.entity.columns:
        if field.sent or field is RECORD_ID:
            values = [
                _cell(field, (record if field.told else one.payload).get(field.name))
                for one, record in zip(revisions, records, strict=True)
            ]
            columns[field.name] = typed(field, values)
        else:
            columns[field.name] = table.rows[field.name].loc[rows].array
    index = pd.Index(rows, name=table.rows.index.name, dtype=table.rows.index.dtype)
    return Table(sheet=table.sheet, rows=pd.DataFrame(columns, index=index))


def _cell(field: Field, value: object) -> object:
    """What a record holds of a field as a typed cell; what no cell of the field could hold is blank."""
    if field.kind is Kind.YES_NO:
        return value if isinstance(value, bool) else None
    if field.kind in (Kind.WHOLE, Kind.CHOICE):
        number = whole_number(value)
        return field.blank if number is None or number < (field.minimum or 0) else number
    return value if isinstance(value, str) and value.strip() else None
