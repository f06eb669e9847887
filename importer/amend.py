"""What an import changes of records that are there: they are read whole, and each row compared with its record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from importer.entities import ENTITIES, ID, Entity
from importer.model import Outcome, Reference, Resolution, Revision, RowKey, Table, Verdict
from importer.problems import Code, Problem
from importer.records import Record, whole_records
from importer.revise import as_it_is, as_it_will_be, revise
from importer.service import Service
from importer.validate import made_wrong

Records = Mapping[tuple[str, int], Record]
"""Whole records by kind and id."""


Unchanged = Mapping[RowKey, tuple[Entity, Record]]
"""Records of which rows change nothing, by row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A resolution in which every row that stands for a record has changes to send, and those."""

    resolution: Resolution
    revisions: Mapping[RowKey, Revision] = field(default_factory=dict)
    unchanged: Unchanged = field(default_factory=dict)
    """The records of which the rows change nothing."""


async def records_of(service: Service, tables: Sequence[Table], resolution: Resolution) -> Records:
    """The records that rows stand for. Raises as `whole_records`."""
    found: dict[tuple[str, int], Record] = {}
    for entity in ENTITIES:
        ids = {one.record for one in _references(entity, tables, resolution) if one.record is not None}
        records = await whole_records(service, entity, ids)
        found |= {(entity.kind, number): record for number, record in records.items()}
    return found


def _references(entity: Entity, tables: Sequence[Table], resolution: Resolution) -> list[Reference]:
    keys = (table.key(row) for table in tables if table.entity is entity for row in table.rows.index.tolist())
    return [resolution.references[key] for key in keys if key in resolution.references]


def revised(tables: Sequence[Table], resolution: Resolution, records: Records, *, overwrite: bool) -> Revised:
    """The resolution with the rows that change nothing, or cannot, taken out of what is sent. Pure."""
    revisions: dict[RowKey, Revision] = {}
    unchanged: dict[RowKey, tuple[Entity, Record]] = {}
    verdicts = dict(resolution.verdicts)
    for table in tables:
        of_kind = {number: record for (kind, number), record in records.items() if kind == table.entity.kind}
        found = list(revise(table, resolution.references, of_kind, overwrite=overwrite))
        wrong = _made_wrong(table, [one for one in found if one.changes])
        for one in found:
            key = table.key(one.row)
            problems = (*one.problems, *wrong.get(one.row, ()))
            number, deletes = resolution.references[key].record, resolution.references[key].deletes
            if problems:
                verdicts[key] = Verdict(outcome=Outcome.INVALID, id=number, problems=problems)
            elif one.changes or deletes:
                revisions[key] = one
            else:
                verdicts[key] = Verdict(outcome=Outcome.EXISTS, id=number)
                unchanged[key] = table.entity, one.before
    verdicts |= _gone(tables, resolution, records)
    references = {key: one for key, one in resolution.references.items() if key not in verdicts}
    decided = replace(resolution, references=references, verdicts=verdicts)
    return Revised(resolution=decided, revisions=revisions, unchanged=unchanged)


def _made_wrong(table: Table, revisions: Sequence[Revision]) -> Mapping[int, list[Problem]]:
    wrong: dict[int, list[Problem]] = {}
    if revisions:
        for problem in made_wrong(as_it_is(table, revisions), as_it_will_be(table, revisions)):
            wrong.setdefault(problem.row or 0, []).append(problem)
    return wrong


def _gone(tables: Sequence[Table], resolution: Resolution, records: Records) -> dict[RowKey, Verdict]:
    """The rows whose record was there a moment ago and is not any more."""
    gone = {}
    for table in tables:
        for row in table.rows.index.tolist():
            reference = resolution.references.get(table.key(row))
            number = reference.record if reference else None
            if number is not None and (table.entity.kind, number) not in records:
                column = table.sheet.column(ID)
                problem = Problem(
                    code=Code.RECORD_UNKNOWN,
                    place=table.sheet.place,
                    row=row,
                    column=column,
                    value=number,
                    details={"singular": table.entity.singular},
                )
                gone[table.key(row)] = Verdict(outcome=Outcome.INVALID, problems=(problem,))
    return gone
