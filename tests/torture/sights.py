"""A sandbox that says at once what it sees of a command."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from importer.entities import COURSE_ID, ENTITIES, SECTION_ID, TITLE, Entity
from importer.sandbox import NO_LIMITS, Entry, Fault, Faults, Log, Server, Store, seed

_PATHS: Final = {f"/api/content/{entity.path}": entity.kind for entity in ENTITIES}

Sent = tuple[str, int, int | None, str]
"""What a request is to make: kind, course, number of the section, title."""


class Sight(StrEnum):
    """What can be seen of a command from outside."""

    STARTED = "the process started"
    SIGNING_IN = "a sign-in came"
    READING = "a read came"
    RECEIVED = "a row came, nothing done yet"
    MADE = "a record was made, nothing answered yet"
    ANSWERED = "a row was answered"
    REPORTING = "a report appeared"


class _Arrivals(Faults):
    """Sees each request when it comes; what is neither a row nor a read is a sign-in."""

    def __init__(self, tell: Callable[[Sight], None]) -> None:
        super().__init__()
        self._tell = tell
        self.sent: Counter[Sent] = Counter()
        self.lost: Counter[Sent] = Counter()
        """Those of `sent` that nobody works on."""
        self.bodies: Counter[str] = Counter()

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """Count it, and say that it came."""
        fault = super().take(method, path, body)
        if method == "POST" and path in _PATHS:
            if (made := _sent(_PATHS[path], body)) is not None:
                self.sent[made] += 1
                self.lost[made] += fault is not None and not fault.work
                self.bodies[hashlib.sha256(body).hexdigest()] += 1
            self._tell(Sight.RECEIVED)
        else:
            self._tell(Sight.READING if method == "GET" else Sight.SIGNING_IN)
        return fault


def _sent(kind: str, body: bytes) -> Sent | None:
    """None where the process ended before all of the body had left."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return kind, told[COURSE_ID.name], told.get(SECTION_ID.name), told[TITLE.name]


class _Records(Store):
    """Sees each record when it is there."""

    def __init__(self, tell: Callable[[Sight], None]) -> None:
        super().__init__()
        self._tell = tell

    def create(self, entity: Entity, body: Mapping[str, object], *, by: str = "", id: int | None = None) -> int:
        """Make it, and say so."""
        number = super().create(entity, body, by=by, id=id)
        self._tell(Sight.MADE)
        return number


class _Answers(Log):
    """Sees each answer just before it leaves."""

    def __init__(self, tell: Callable[[Sight], None]) -> None:
        super().__init__()
        self._tell = tell

    def add(self, entry: Entry) -> None:
        """Keep it, and say so."""
        super().add(entry)
        if entry.method == "POST" and entry.path in _PATHS:
            self._tell(Sight.ANSWERED)


class Watched:
    """A service without limits, in another process than the command, and what was seen since the command began."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts: Counter[Sight] = Counter()
        self.arrivals = _Arrivals(self._saw)
        store = _Records(self._saw)
        self.server = Server(seed(store), limits=NO_LIMITS, faults=self.arrivals, log=_Answers(self._saw))

    def _saw(self, sight: Sight) -> None:
        with self._changed:
            self._counts[sight] += 1
            self._changed.notify_all()

    def begin(self, *faults: Fault) -> None:
        """Count afresh, with these faults."""
        self.arrivals.replace(faults)
        with self._changed:
            self._counts.clear()

    def wait(self, sight: Sight, nth: int, seconds: float) -> bool:
        """Whether it was seen for the nth time within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counts[sight] >= nth, seconds)

    def held(self, course: int) -> list[tuple[Entity, dict[str, Any]]]:
        """The sections and lessons that a course has."""
        found = [(entity, record) for entity in ENTITIES for record in self.server.store.find(entity)[0]]
        return [(entity, record) for entity, record in found if record.get(COURSE_ID.name) == course]
