"""What a run will do: operations in waves, with exact payloads, and what they cost. Pure: a dry run stops here."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from importer.api import AT_ONCE
from importer.derive.payload import sent_values, with_parents
from importer.entities import ENTITIES, EVERYWHERE
from importer.model import Cost, Operation, Plan, Resolution, Revision, RowKey, Table, Verb
from importer.pacing import seconds_for
from importer.settings import Limits

_NOTHING_FIRST: Final[Mapping[RowKey, tuple[RowKey, ...]]] = MappingProxyType({})
_NONE: Final[Mapping[RowKey, Revision]] = MappingProxyType({})


def make_plan(
    tables: Sequence[Table],
    resolution: Resolution,
    limits: Limits,
    revisions: Mapping[RowKey, Revision] = _NONE,
    after: Mapping[RowKey, tuple[RowKey, ...]] = _NOTHING_FIRST,
    *,
    written_today: int = 0,
    reads: int = 0,
    overwrite: bool = False,
    verify: bool = False,
) -> Plan:
    """The operations for the rows that are to be sent, parents in an earlier wave than their children.

    `revisions` are what rows change of records that are there, which may have been edited since if `overwrite`, and
    `after` the rows that the deletions among them wait for: they come last, children before parents.
    `written_today` is how many writes of the last 24 hours are known of this account, `reads` how many the look-up
    of what is there already took; with `verify` all that is written is read back.
    """
    operations = [
        operation
        for entity in ENTITIES
        for some in [[table for table in tables if table.entity is entity]]
        for operation in (
            *_operations(some, resolution),
            *_changes(some, resolution, revisions, after, overwrite),
        )
    ]
    return plan_of(operations, limits, written_today=written_today, reads=reads, verify=verify)


def plan_of(
    operations: Iterable[Operation],
    limits: Limits,
    *,
    written_today: int = 0,
    reads: int = 0,
    verify: bool = False,
) -> Plan:
    """A plan of these operations: what is created and changed from the top, then what is deleted from the bottom."""
    left = max(0, limits.writes_per_day - written_today) if limits.writes_per_day else None
    known = Cost(writes=0, reads=reads, seconds=0, left_today=left, read_back=0 if verify else None)
    return _priced(_waves(tuple(operations)), known, limits)


def _waves(operations: Sequence[Operation]) -> tuple[tuple[Operation, ...], ...]:
    kept = [one for one in operations if one.verb is not Verb.DELETE]
    gone = [one for one in operations if one.verb is Verb.DELETE]
    waves = [tuple(one for one in kept if one.entity is entity) for entity in ENTITIES]
    waves += [tuple(one for one in gone if one.entity is entity) for entity in reversed(ENTITIES)]
    return tuple(wave for wave in waves if wave)


def part_of(plan: Plan, keys: Collection[RowKey], limits: Limits) -> Plan:
    """The plan for some of its rows only."""
    kept = (tuple(one for one in wave if one.key in keys) for wave in plan.waves)
    looking_up = replace(plan.cost, reads=plan.cost.reads - _read_first(plan.waves))
    return _priced(tuple(wave for wave in kept if wave), looking_up, limits)


def _priced(waves: tuple[tuple[Operation, ...], ...], known: Cost, limits: Limits) -> Plan:
    """A plan with what its operations cost; the rest of the cost is known."""
    writes, reads = sum(len(wave) for wave in waves), _read_first(waves)
    read_back = known.read_back
    if read_back is not None:
        kinds = Counter(one.entity.kind for wave in waves for one in wave)
        read_back = sum(-(-count // AT_ONCE) for count in kinds.values())
    seconds = seconds_for(writes, limits, reads=reads)
    cost = replace(known, writes=writes, reads=known.reads + reads, seconds=seconds, read_back=read_back)
    return Plan(waves=waves, cost=cost)


def _read_first(waves: Sequence[Sequence[Operation]]) -> int:
    """How many records are read just before they change."""
    return sum(one.verb is not Verb.CREATE for wave in waves for one in wave)


def _operations(tables: Sequence[Table], resolution: Resolution) -> Iterator[Operation]:
    for table in tables:
        keys = ((row, resolution.references.get(table.key(row))) for row in table.rows.index.tolist())
        rows = [row for row, reference in keys if reference is not None and reference.record is None]
        if not rows:
            continue
        entity = table.entity
        columns = {field.name: table.sheet.column(field.name) for field in entity.columns}
        for row, body in sent_values(entity, table.rows.loc[rows]):
            key = table.key(row)
            reference = resolution.references[key]
            yield Operation(
                key=key,
                place=table.sheet.place,
                columns=columns,
                entity=entity,
                course=reference.ids.get(entity.scope.id, EVERYWHERE) if entity.scope else EVERYWHERE,
                title=body[entity.natural_key[-1]],
                identity=reference.identity,
                payload=with_parents(entity, body, reference),
                parents=reference.rows,
            )


def _changes(
    tables: Sequence[Table],
    resolution: Resolution,
    revisions: Mapping[RowKey, Revision],
    after: Mapping[RowKey, tuple[RowKey, ...]],
    overwrite: bool,
) -> Iterator[Operation]:
    for table in tables:
        entity = table.entity
        columns = {field.name: table.sheet.column(field.name) for field in entity.columns}
        for row in table.rows.index.tolist():
            revision, reference = revisions.get(table.key(row)), resolution.references.get(table.key(row))
            if revision is not None and reference is not None:
                yield Operation(
                    key=table.key(row),
                    place=table.sheet.place,
                    columns=columns,
                    entity=entity,
                    course=reference.ids.get(entity.scope.id, EVERYWHERE) if entity.scope else EVERYWHERE,
                    title=str(revision.before.get(entity.natural_key[-1]) or ""),
                    identity=reference.identity,
                    payload=revision.payload,
                    parents=revision.parents,
                    verb=Verb.DELETE if reference.deletes else Verb.UPDATE,
                    id=reference.record,
                    before=revision.before,
                    after=after.get(table.key(row), ()),
                    changes=revision.changes,
                    overwrite=overwrite,
                )
