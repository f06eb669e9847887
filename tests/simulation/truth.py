"""What really happened at the service of a simulated world: every request, every record, and who made it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from importer.answers import Reply, Request
from importer.api import CONTENT
from importer.entities import COURSE, COURSE_ID, ENTITIES, ID, SECTION, SECTION_ID, TITLE, Entity
from importer.sandbox import OPS, Store
from tests.simulation.clock import Clock
from tests.simulation.faults import Kind
from tests.simulation.sheets import ACADEMY, NaturalKey

COLLEAGUE: Final = "colleague@example.com"
BEFORE: Final = "before@example.com"


@dataclass(slots=True)
class Attempt:
    """A request to create a record, seen from everywhere at once."""

    process: int
    key: NaturalKey
    left_at: float
    generation: int
    ended_at: float | None = None
    """When the process got an answer, or died."""
    is_clear: bool = False
    """Whether the answer said what became of it."""
    is_coming: bool = False
    """Whether its work will still be done."""
    made: int | None = None
    """The record that it made."""


@dataclass(slots=True)
class Truth:
    """Everything that happened at the service, for the checks."""

    store: Store
    clock: Clock
    others: frozenset[int] = frozenset()
    """The courses that the import has nothing to do with."""
    attempts: list[Attempt] = field(default_factory=list)
    arrivals: list[tuple[float, int, bool]] = field(default_factory=list)
    """When each request came, from which process, and whether it was a write."""
    lists: list[tuple[str, float]] = field(default_factory=list)
    """The kind of each first page of a list of the whole course, and when it was asked for."""
    faults: Counter[Kind] = field(default_factory=Counter)
    touched: set[NaturalKey] = field(default_factory=set)
    """What a colleague added too."""
    deleted: dict[tuple[str, int], float] = field(default_factory=dict)
    """The records that a colleague deleted, and when."""
    sections: dict[int, str] = field(default_factory=dict)
    """The titles of all sections that ever were."""
    told: defaultdict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    """The ids, with their kind, of which the service told a process that it created them."""
    generation: int = 1
    """How often everything was asked for anew by `--on-existing create`."""
    forgot_at: float = -1.0
    """When the journal was last lost, or put back to an older state: until then everything had come to rest."""
    damaged_at: float = -1.0
    """When the journal was last damaged: of what was sent before that, time alone can be the proof."""

    _held: tuple[tuple[int, int], Mapping[tuple[str, int], tuple[NaturalKey, str]]] | None = None
    """What was held at some state of the store, as checks ask for it far more often than it changes."""

    def create(self, entity: Entity, body: Mapping[str, object], by: str) -> int:
        """Add a record for somebody else."""
        number = self.store.create(entity, body, by=by)
        self.created(entity, number, str(body[TITLE.name]))
        return number

    def created(self, entity: Entity, number: int, title: str) -> None:
        """A record was added."""
        if entity is SECTION:
            self.sections[number] = title

    def delete(self, entity: Entity, number: int) -> None:
        """A colleague deletes a record."""
        self.store.delete(entity, number)
        self.deleted[entity.kind, number] = self.clock.now

    def key_of(self, request: Request) -> NaturalKey:
        """The natural key of what a request wants to create."""
        return self._key(entity_of(request), json.loads(request.body or b"{}"))

    def _key(self, entity: Entity, body: Mapping[str, Any]) -> NaturalKey:
        return entity.kind, self.sections.get(body.get(SECTION_ID.name) or 0, ""), str(body[TITLE.name])

    def held(self) -> Mapping[tuple[str, int], tuple[NaturalKey, str]]:
        """Every record of the import's course by kind and id: its natural key, and who made it."""
        state = self.store.changes, len(self.sections)
        if self._held is None or self._held[0] != state:
            self._held = state, dict(self._look())
        return self._held[1]

    def _look(self) -> Iterator[tuple[tuple[str, int], tuple[NaturalKey, str]]]:
        for entity in ENTITIES:
            for record in self.store.find(entity)[0]:
                if record[COURSE_ID.name if entity.scope else ID] not in self.others:
                    yield (entity.kind, int(str(record[ID]))), (self._key(entity, record), str(record["UpdatedBy"]))

    def made(self) -> Counter[NaturalKey]:
        """How many records of each natural key are there that the program made."""
        return Counter(key for key, by in self.held().values() if by == OPS.name)

    def coming(self) -> Counter[NaturalKey]:
        """How many it will still have made, without another request."""
        return Counter(attempt.key for attempt in self.attempts if attempt.is_coming)

    def is_touched(self, key: NaturalKey) -> bool:
        """Whether a colleague added the same record, or the same section or course above it."""
        above = {(SECTION.kind, "", key[1]), (COURSE.kind, "", ACADEMY)}
        return key in self.touched or bool(above & self.touched)

    def died(self, process: int) -> None:
        """A process is gone: what it was waiting for has ended for it."""
        for attempt in self.attempts:
            if attempt.process == process and attempt.ended_at is None:
                attempt.ended_at = self.clock.now


def entity_of(request: Request) -> Entity:
    """The kind of record that a request is about."""
    path = request.path.removeprefix(CONTENT).partition("?")[0].partition("/")[0]
    return next(entity for entity in ENTITIES if entity.path == path)


def created_by(reply: Reply) -> int | None:
    """The id in an answer that leaves no doubt."""
    try:
        answer = json.loads(reply.body)
        number = answer["Value"][ID] if reply.status == 200 and answer["WasSuccessful"] is True else None
    except (ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) and number > 0 else None
