"""What a record says, read just before it is changed or deleted and again where an answer got lost.

Pure: no clock, no network. The record is compared with what it was when the change was planned, and with what is
wanted of it. Times are never compared with ours: stamps of the service are either equal or not.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.derive.compare import differing
from importer.entities import ID, UPDATED_ON, Entity, Field
from importer.model import Operation, Verb

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such record any more."""


@dataclass(frozen=True, slots=True)
class AsWanted:
    """The record is what it should become; `stamp` is when it was last written, as the service has it."""

    stamp: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody changed these fields since the change was planned."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Nobody changed it, so the change may go on from this record."""

    record: Record


Finding = Absent | AsWanted | Edited | Ready


def judge(
    operation: Operation, record: Record | None, *, was_sent: bool, ours: Iterable[Mapping[str, object]] = ()
) -> Finding:
    """What a record, read just now, says of an update or a delete.

    `was_sent` is whether it may have been done, `ours` what was sent to the record before and may have been done too.
    """
    if record is None:
        return Absent()
    if operation.verb is Verb.UPDATE and _is_as_wanted(operation, record, was_sent=was_sent):
        return AsWanted(stamp_of(record))
    edited = () if operation.overwrite else tuple(one.name for one in _edited(operation, record, tuple(ours)))
    return Edited(edited) if edited else Ready(record)


def body_of(operation: Operation, record: Record) -> dict[str, Any]:
    """What an update sends: the whole record with its id and the fields that change.

    What the service was once told to do (to fetch a picture, to take one away) is not told again.
    """
    orders = {field.name for field in operation.entity.fields if not field.told}
    kept = {name: value for name, value in record.items() if name not in orders}
    return {**kept, **operation.payload, ID: operation.id}


def stamp_of(record: Record) -> str | None:
    """When a record was last written, as the service has it."""
    stamp = record.get(UPDATED_ON.name)
    return stamp if isinstance(stamp, str) else None


def shows(entity: Entity, payload: Mapping[str, object], record: Record) -> bool:
    """Whether a record shows that a change is done: it tells of what was to change, and no other value anywhere.

    No record tells whether a picture was fetched; where it came with other fields, these tell.
    """
    told = {field.name for field in entity.fields if field.told}
    return bool(payload.keys() & told) and not any(differing(entity, payload, record))


def _is_as_wanted(operation: Operation, record: Record, *, was_sent: bool) -> bool:
    told = {field.name for field in operation.entity.fields if field.told}
    may_be_done = was_sent or not operation.payload.keys() - told
    return may_be_done and shows(operation.entity, operation.payload, record)


def _edited(operation: Operation, record: Record, ours: Sequence[Mapping[str, object]]) -> Iterator[Field]:
    """The fields that are neither what they were nor what was sent to them."""
    for field in differing(operation.entity, operation.before or {}, record):
        name = field.name
        sent = ({name: payload[name]} for payload in ours if name in payload)
        if all(any(differing(operation.entity, one, record)) for one in sent):
            yield field
