"""What really happened at the service to records that are changed and deleted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from importer.answers import Reply, Request, Result
from importer.api import CONTENT
from importer.entities import ENTITIES, ID
from tests.simulation.clock import Clock

Record = tuple[str, int]
"""Kind and id."""

METHODS: Final = ("PUT", "DELETE")


@dataclass(slots=True)
class Altering:
    """A request to change or delete a record."""

    process: int
    record: Record
    body: Mapping[str, Any] | None
    """What the record is to be; None where it is to go."""
    left_at: float
    is_coming: bool = False
    """Whether its work will still be done."""
    worked_at: float | None = None
    """When it was done; None where it was not."""


@dataclass(slots=True)
class Reading:
    """A record as the service showed it to a process."""

    worked_at: float
    answered_at: float
    """Without the time that the machine slept: it may fall asleep before the process looks at the answer."""
    record: dict[str, Any] | None


@dataclass(slots=True)
class Altered:
    """Every change, deletion and reading of single records."""

    clock: Clock
    attempts: list[Altering] = field(default_factory=list)
    read: dict[tuple[int, Record], Reading] = field(default_factory=dict)
    """The last that each process was shown of a record."""
    edits: dict[Record, list[float]] = field(default_factory=dict)
    """When colleagues changed or deleted a record."""

    def leaving(self, process: int, request: Request) -> Altering | None:
        """A request leaves; None where it changes nothing that is there."""
        if request.method not in METHODS:
            return None
        body = json.loads(request.body or b"{}") if request.method == "PUT" else None
        self.attempts.append(Altering(process, record_of(request), body, self.clock.now))
        return self.attempts[-1]

    def worked(self, reply: Reply, altering: Altering | None) -> None:
        """The service worked on a request."""
        if altering is not None:
            altering.is_coming = False
            altering.worked_at = self.clock.now if reply.status == 200 else None

    def answered(self, process: int, request: Request, result: Result, shown_at: Sequence[float]) -> None:
        """A process learns the answer to a request, on which the service worked then."""
        if not shown_at or not is_reading(request) or not isinstance(result, Reply):
            return
        if result.status in (200, 404):
            try:
                record = json.loads(result.body) if result.status == 200 else None
            except ValueError:
                return
            self.read[process, record_of(request)] = Reading(shown_at[-1], self.clock.awake, record)

    def edited(self, record: Record) -> None:
        """A colleague changed or deleted a record."""
        self.edits.setdefault(record, []).append(self.clock.now)

    def coming(self, record: Record) -> Iterator[Altering]:
        """The changes of ours that will still be made, without another request."""
        return (one for one in self.attempts if one.record == record and one.is_coming)


def is_reading(request: Request) -> bool:
    """Whether a single record is asked for."""
    return request.method == "GET" and request.path.rpartition("/")[2].isdigit()


def record_of(request: Request) -> Record:
    """The record that a request is about."""
    path, _, number = request.path.removeprefix(CONTENT).partition("/")
    kind = next(entity.kind for entity in ENTITIES if entity.path == path)
    return kind, int(number) if number else int(json.loads(request.body or b"{}")[ID])
