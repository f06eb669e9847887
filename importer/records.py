"""Whole records, long texts and all: read by their ids in batches, and one by one where a batch does not do."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from importer.answers import Unusable
from importer.api import AT_ONCE
from importer.by_id import read_record, read_records, record_by_id, records_by_id
from importer.entities import ID, Entity, Kind
from importer.errors import UnreachableError
from importer.listing import batches
from importer.service import Service

CONVINCING: Final = 20
"""Records in a row whose blank long text was blank indeed, after which batches that show that text are believed."""

_NEVER: Final = 2**31
"""Records that would have to be absent before a batch is believed that was cut short once."""

Record = Mapping[str, Any]
"""A record as the service has it, by API name; its id is a number."""


async def whole_records(
    service: Service,
    entity: Entity,
    ids: Collection[int],
    advance: Callable[[int], None] = lambda count: None,
    texts: Mapping[int, Collection[str]] | None = None,
) -> dict[int, Record]:
    """The records with these ids, those that are gone left out; `advance` is told of every few that are done.

    Where `texts` are given, only these long texts of each record have to be there. Raises `SignInError` where the
    account may not read them, `UnreachableError` where one of them cannot be read.
    """
    found: dict[int, Record] = {}
    async for asked, some in batches_of_records(service, entity, ids, texts):
        found |= some
        advance(len(asked))
    return found


async def batches_of_records(
    service: Service, entity: Entity, ids: Collection[int], texts: Mapping[int, Collection[str]] | None = None
) -> AsyncIterator[tuple[list[int], dict[int, Record]]]:
    """As `whole_records`, a batch after the other: the ids that were asked for, and those records that are there."""
    reading = _Reading(service, entity, texts)
    for some in batches(sorted(set(ids)), AT_ONCE):
        yield some, await reading.whole(some)


async def one_record(service: Service, entity: Entity, id: int) -> Record | None:
    """One record as the service has it; None where it is gone. Raises as `whole_records`."""
    request = record_by_id(entity, id)
    record = read_record(await service.read(request, entity.record), id)
    if isinstance(record, Unusable):
        raise UnreachableError(service.address, f"asked to {request.what}, {record.reason}")
    return record


@dataclass(slots=True)
class _Reading:
    """Reading many records of one kind: what was learned from some holds for the others."""

    service: Service
    entity: Entity
    texts: Mapping[int, Collection[str]] | None = None
    """The long texts that have to be there, by record; all, where none are named."""
    in_batches: bool = True
    """Whether the service gives several at once."""
    shown: set[str] = field(default_factory=set)
    """The long texts that some record of a batch had."""
    blank: dict[str, int] = field(default_factory=dict)
    """How often in a row a long text that a batch left blank was blank in the record, too."""
    absent: int = 0
    """How many records that batches did not show were not there, if all were: after some, batches are believed."""

    async def whole(self, ids: list[int]) -> dict[int, Record]:
        """The records that are there, by id."""
        told = await self._batch(ids) if self.in_batches else {}
        self.shown |= {name for name in self._texts if any(record.get(name) for record in told.values())}
        found: dict[int, Record] = {}
        for id in ids:
            record = told.get(id)
            if record is None and self.in_batches and self.absent >= CONVINCING:
                continue
            # A batch may be cut short, so what it does not show may be there all the same.
            if record is None or self._lacking(id, record):
                record = self._learn(record, await one_record(self.service, self.entity, id))
            if record is not None:
                found[id] = record
        return found

    @property
    def _texts(self) -> Iterator[str]:
        return (one.name for one in self.entity.fields if one.kind is Kind.BODY)

    def _lacking(self, id: int, record: Record) -> bool:
        """Whether the batch may have left a long text of a record out, as lists do."""
        believed = {name for name in self.shown if self.blank.get(name, 0) >= CONVINCING}
        needed = self._texts if self.texts is None else self.texts.get(id, ())
        return any(record.get(name) is None for name in needed if name not in believed)

    def _learn(self, told: Record | None, record: Record | None) -> Record | None:
        if told is None:
            self.absent = self.absent + 1 if record is None else -_NEVER
        if told is not None and record is not None:
            for name in self._texts:
                if told.get(name) is None:
                    self.blank[name] = 0 if record.get(name) else self.blank.get(name, 0) + 1
        return record

    async def _batch(self, ids: list[int]) -> dict[int, Record]:
        """What the service gives of these at once; where it cannot give several, none, and it is not asked again."""
        try:
            answer = read_records(await self.service.read(records_by_id(self.entity, ids), self.entity.record))
        except UnreachableError:
            answer = Unusable("", again=False)
        if isinstance(answer, Unusable):
            self.in_batches = False
            return {}
        return {one[ID]: one for one in answer}
