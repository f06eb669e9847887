"""What a run will do: operations in waves, with exact payloads, and what they cost. Pure: a dry run stops here."""

from collections.abc import Iterator, Sequence

from importer.derive.payload import sent_values, with_parents
from importer.entities import ENTITIES, EVERYWHERE
from importer.model import Cost, Operation, Plan, Resolution, Table
from importer.pacing import seconds_for
from importer.settings import Limits


def make_plan(
    tables: Sequence[Table], resolution: Resolution, limits: Limits, *, written_today: int = 0, reads: int = 0
) -> Plan:
    """The operations for the rows that are to be sent, parents in an earlier wave than their children.

    `written_today` is how many writes of the last 24 hours are known of this account, `reads` how many the look-up
    of what is there already took.
    """
    waves = tuple(
        wave
        for entity in ENTITIES
        if (wave := tuple(_operations([table for table in tables if table.entity is entity], resolution)))
    )
    writes = sum(len(wave) for wave in waves)
    left = max(0, limits.writes_per_day - written_today) if limits.writes_per_day else None
    return Plan(
        waves=waves, cost=Cost(writes=writes, reads=reads, seconds=seconds_for(writes, limits), left_today=left)
    )


def _operations(tables: Sequence[Table], resolution: Resolution) -> Iterator[Operation]:
    for table in tables:
        rows = [row for row in table.rows.index.tolist() if table.key(row) in resolution.references]
        entity = table.entity
        columns = {field.name: table.sheet.column(field.name) for field in entity.fields}
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
