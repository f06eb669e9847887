"""What was written, read back and compared field by field: a difference is a warning on its row."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from importer.derive.compare import differing
from importer.derive.excerpt import excerpts
from importer.ending import Desk, Ending
from importer.entities import ENTITIES, Entity, Field, Kind
from importer.errors import ImporterError
from importer.model import Operation, Outcome, RowKey, Verdict
from importer.pacing import StoppedError
from importer.problems import Code, Column, Problem, counted, quoted
from importer.records import Record, whole_records
from importer.work import Work, requests_of

WRITTEN: Final = (Outcome.CREATED, Outcome.UPDATED)


async def read_back(work: Work, ending: Ending, desk: Desk) -> Ending:
    """Compare what the service holds with what was sent; what cannot be read back is told, and changes nothing."""
    operations = [one for one in (ending.plan.operations if ending.plan else ()) if _is_written(one, ending.verdicts)]
    if not operations:
        return ending
    desk.reading_back(len(operations))
    verdicts = dict(ending.verdicts)
    left, reason = len(operations), ""
    try:
        for entity in ENTITIES:
            some = [one for one in operations if one.entity is entity]
            for key, problems in (await _compared(work, entity, some, ending.verdicts)).items():
                verdicts[key] = replace(verdicts[key], problems=(*verdicts[key].problems, *problems))
            left -= len(some)
    except StoppedError:
        reason = "the run was stopped"
    except ImporterError as error:
        reason = error.short
    told = (_not_read_back(left, reason),) if reason else ()
    return replace(ending, verdicts=verdicts, problems=(*ending.problems, *told), requests=requests_of(work.service))


def _is_written(one: Operation, verdicts: Mapping[RowKey, Verdict]) -> bool:
    verdict = verdicts[one.key]
    return verdict.outcome in WRITTEN and verdict.id is not None


def _not_read_back(rows: int, reason: str) -> Problem:
    return Problem(code=Code.NOT_READ_BACK, details={"rows": counted(rows, "row"), "reason": reason})


async def _compared(
    work: Work, entity: Entity, operations: Collection[Operation], verdicts: Mapping[RowKey, Verdict]
) -> dict[RowKey, tuple[Problem, ...]]:
    """What is to be said of each row where something is."""
    sent = {verdicts[one.key].id or 0: (one, _sent(one, verdicts)) for one in operations}
    bodies = [field.name for field in entity.fields if field.kind is Kind.BODY]
    texts = {id: [name for name in bodies if body.get(name)] for id, (_, body) in sent.items()}
    held = await whole_records(work.service, entity, sent, texts=texts)
    found = {one.key: tuple(_differences(one, id, body, held.get(id))) for id, (one, body) in sent.items()}
    return {key: problems for key, problems in found.items() if problems}


def _sent(one: Operation, verdicts: Mapping[RowKey, Verdict]) -> dict[str, object]:
    """What was sent, with the ids of the records that the run created above it."""
    return {**one.payload, **{name: verdicts[key].id for name, key in one.parents.items()}}


def _differences(one: Operation, id: int, sent: Mapping[str, object], record: Record | None) -> Iterator[Problem]:
    if record is None:
        yield Problem(code=Code.WRITTEN_AND_GONE, place=one.place, row=one.key.row, value=one.title, details={"id": id})
        return
    for field in differing(one.entity, sent, record):
        ours, theirs = excerpts(_said(field, sent[field.name]), _said(field, record.get(field.name)))
        yield Problem(
            code=Code.HELD_OTHERWISE,
            place=one.place,
            row=one.key.row,
            column=_column(one, field),
            value=ours,
            details={"held": quoted(theirs), "id": id},
        )


def _said(field: Field, value: object) -> str:
    """A value as a person would type it."""
    if value is None:
        return ""
    if field.kind is Kind.YES_NO:
        return "yes" if value else "no"
    text = next((choice.name for choice in field.choices if choice.number == value), str(value))
    return text.replace("\r\n", "\n")


def _column(one: Operation, field: Field) -> Column | None:
    """The user's column, for a record above the one that names it."""
    titles = [parent.title for parent in one.entity.named_parents if parent.id == field.name]
    columns = [one.columns.get(name) for name in (field.name, *titles) if name is not None]
    return next((column for column in columns if column is not None and column.letter), columns[0])
