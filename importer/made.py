"""Which of the records that rows of earlier runs made are there, and still theirs.

A number alone does not tell: a service that began its numbers anew (a sandbox that was started again, a backup that was
restored) gives one that an older row has to another record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from importer.api import body_sha256, create
from importer.derive.keys import folded
from importer.derive.payload import sent_values, with_parents
from importer.entities import ENTITIES, EVERYWHERE
from importer.journal import Made
from importer.listing import there_by_number
from importer.model import Directory, Held, Outcome, Resolution, RowKey, Table
from importer.problems import Code, Problem
from importer.service import Service


def is_own(made: Made, held: Held) -> bool:
    """Whether what has the number of a record that a row made is that record.

    It is if it has the row's title and course, or if it says of itself that it was written when the row's was made: by
    that it is known under another title, too.
    """
    if made.stamp is not None and made.stamp in (held.created_on, held.updated_on):
        return True
    return folded(held.title) == folded(made.title) and held.course in (made.course, EVERYWHERE)


def changed_since(tables: Sequence[Table], resolution: Resolution, made: Mapping[str, Made]) -> Resolution:
    """The same with a word on each row that is there, but would be sent otherwise today than when it was made. Pure."""
    verdicts = dict(resolution.verdicts)
    for table in tables:
        rows = [row for row in table.rows.index.tolist() if _is_there_by_itself(table.key(row), resolution)]
        for row, body in sent_values(table.entity, table.rows.loc[rows]):
            key = table.key(row)
            own, verdict = resolution.own[key], verdicts[key]
            today = body_sha256(create(table.entity, with_parents(table.entity, body, own)))
            before = made[own.identity].digest
            if before and before != today:
                said = _has_changed(table, row, body, verdict.id)
                verdicts[key] = replace(verdict, problems=(*verdict.problems, said))
    return replace(resolution, verdicts=verdicts)


def _is_there_by_itself(key: RowKey, resolution: Resolution) -> bool:
    """Whether the row's record is the one that it made, and all above it is there, so that it is known what it says."""
    own, verdict = resolution.own.get(key), resolution.verdicts.get(key)
    if own is None or verdict is None or own.rows:
        return False
    return verdict.outcome is Outcome.EXISTS and verdict.id == own.record


def _has_changed(table: Table, row: int, body: Mapping[str, object], id: int | None) -> Problem:
    title = body[table.entity.natural_key[-1]]
    return Problem(code=Code.CHANGED_SINCE_SENT, place=table.sheet.place, row=row, value=title, details={"id": id})


async def still_made(service: Service, made: Mapping[str, Made], directory: Directory) -> dict[str, int]:
    """The ids of records that rows of earlier runs made and that are there, by the identity of their rows."""
    there: dict[tuple[str, int], Held | None] = {
        (kind, held.id): held for (kind, _), records in directory.records.items() for held in records
    }
    for entity in ENTITIES:
        unseen = {one.id for one in made.values() if one.kind == entity.kind and (one.kind, one.id) not in there}
        found = await there_by_number(service, entity, unseen)
        there |= {(entity.kind, number): held for number, held in found.items()}
    return {identity: one.id for identity, one in made.items() if _is_there(one, there)}


def _is_there(made: Made, there: Mapping[tuple[str, int], Held | None]) -> bool:
    """Whether its record is among those; one that nobody could look at is."""
    if (made.kind, made.id) not in there:
        return False
    held = there[made.kind, made.id]
    return held is None or is_own(made, held)
