"""Single records, each read by its own number."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from importer.auth import Credentials
from importer.derive.exported import exported_csv, exported_workbook
from importer.derive.present import Cell, Record, present
from importer.entities import ID, Entity
from importer.export.writing import CSV, WORKBOOK, Output, place_for, put
from importer.online import credentials_for
from importer.problems import shown
from importer.records import one_record
from importer.settings import Settings
from importer.work import only_reading


def read_single(entity: Entity, ids: Sequence[int], settings: Settings) -> Mapping[int, Record]:
    """The records that are there, by id. Raises `SettingError`, `SignInError`, `TryLaterError`, `StoppedError`."""
    return asyncio.run(_read(entity, ids, settings, credentials_for(settings)))


async def _read(entity: Entity, ids: Sequence[int], settings: Settings, given: Credentials) -> dict[int, Record]:
    async with only_reading(settings, given) as work:
        found = {id: await one_record(work.service, entity, id) for id in ids}
    return {id: record for id, record in found.items() if record is not None}


def file_for_single(name: str, *, overwrite: bool) -> Output:
    """Where single records go. Raises `ExportError` where they cannot, before anything is read."""
    return place_for(name, (WORKBOOK, CSV), overwrite=overwrite)


def write_single(output: Output, entity: Entity, records: Sequence[Record]) -> tuple[Cell, ...]:
    """Write records of one kind to a sheet, and give what no cell of it can say. Raises `ExportError`."""
    presented = present({entity.kind: records})
    rows = presented.rows[entity.kind]
    if output.path.suffix.lower() == CSV:
        put(output, output.path, exported_csv(entity, rows, with_ids=True))
        return presented.unsaid
    long = {(cell.id, cell.field.name) for cell in presented.long}
    kept = [{name: None if (row[ID], name) in long else cell for name, cell in row.items()} for row in rows]
    put(output, output.path, exported_workbook((entity,), {entity.kind: kept}, with_ids=True))
    return presented.unsaid + presented.long


def told_record(entity: Entity, record: Record) -> str:
    """A record as lines for a person: its fields by name, and after them what else the service tells of it."""
    first = [field.name for field in entity.columns if field.name in record]
    names = [*first, *sorted(name for name in record if name not in first)]
    (row,) = present({entity.kind: [record]}).rows[entity.kind]
    width = max(map(len, names))
    return "\n".join(_lines(names, record, row, width))


def _lines(names: Sequence[str], record: Record, row: Mapping[str, object], width: int) -> Iterator[str]:
    for name in names:
        value = record[name] if row.get(name) is None else row[name]
        if value is not None:
            yield f"{name:<{width}}  {shown(value)}"
