"""Which row may be sent next: not before the wave before it, the record above it, or its twin on the sheet.

Pure: it neither waits nor sends. A row in doubt, or at rest, holds back its children and the rows with the same natural
key, and nobody else.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from importer.derive.keys import folded
from importer.model import Operation, RowKey


def natural_key(operation: Operation) -> Hashable:
    """What makes two rows the same to a person: kind, what is above, and title; of what is there, its id."""
    if operation.id is not None:
        return operation.entity.kind, operation.id
    # By the row above, where there is one: that stays the same when the row gets its id.
    above = tuple(operation.parents.get(one.id, operation.payload.get(one.id)) for one in operation.entity.parents)
    return operation.entity.kind, above, folded(operation.title)


@dataclass(slots=True)
class Queue:
    """The rows of a run that have not got their outcome."""

    waves: deque[deque[Operation]]
    in_flight: int = 0
    _ready: deque[Operation] = field(default_factory=deque)
    """Rows that waited for another one, or are to be sent again."""
    _resting: dict[RowKey, tuple[float, Operation]] = field(default_factory=dict)
    """Rows that may not leave before a moment."""
    _unsettled: set[RowKey] = field(default_factory=set)
    """The rows that have no outcome yet, wherever they are."""
    _keys: set[Hashable] = field(default_factory=set)
    """The natural keys of the rows that are in flight or in doubt."""
    _below: defaultdict[RowKey, list[Operation]] = field(default_factory=lambda: defaultdict(list))
    _behind: defaultdict[Hashable, deque[Operation]] = field(default_factory=lambda: defaultdict(deque))

    @classmethod
    def of(cls, waves: Sequence[Sequence[Operation]]) -> "Queue":
        """A queue of whole waves, parents before children."""
        queue = cls(deque(deque(wave) for wave in waves))
        queue._unsettled.update(operation.key for wave in waves for operation in wave)
        return queue

    def take(self) -> Operation | None:
        """The next row that may be sent now; None where all that is left has to wait."""
        while self._ready:
            operation = self._ready.popleft()
            if self._may_go(operation):
                return self._gone(operation)
        while self.waves:
            wave = self.waves[0]
            while wave:
                operation = wave.popleft()
                if self._may_go(operation):
                    return self._gone(operation)
            if self.in_flight:
                return None
            self.waves.popleft()
        return None

    def _may_go(self, operation: Operation) -> bool:
        """Whether nothing holds the row back; if something does, it is put aside until that is settled."""
        for above in (*operation.parents.values(), *operation.after):
            if above in self._unsettled:
                self._below[above].append(operation)
                return False
        key = natural_key(operation)
        if key in self._keys:
            self._behind[key].append(operation)
            return False
        return True

    def _gone(self, operation: Operation) -> Operation:
        self.in_flight += 1
        self._keys.add(natural_key(operation))
        return operation

    def settled(self, operation: Operation) -> None:
        """A row that was in flight has its outcome."""
        self.in_flight -= 1
        self._is_done(operation)

    def doubted(self, operation: Operation) -> None:
        """A row that was in flight is in doubt now."""
        self.in_flight -= 1

    def rests(self, operation: Operation, until: float) -> None:
        """A row that was taken may not leave before that moment; those with its natural key wait for it."""
        self.in_flight -= 1
        self._resting[operation.key] = until, operation

    def wake(self, now: float) -> None:
        """Rows whose moment has come may be taken again."""
        for operation in [one for until, one in self._resting.values() if until <= now]:
            del self._resting[operation.key]
            self._keys.discard(natural_key(operation))
            self._ready.append(operation)

    @property
    def moments(self) -> list[float]:
        """When rows may leave that may not yet."""
        return [until for until, _ in self._resting.values()]

    def begins_in_doubt(self, operation: Operation) -> None:
        """A row of this run is in doubt from an earlier one."""
        self._unsettled.add(operation.key)
        self._keys.add(natural_key(operation))

    def cleared(self, operation: Operation, *, again: bool) -> None:
        """The doubt of a row is gone: it has its outcome, or is to be sent again."""
        if again:
            self._keys.discard(natural_key(operation))
            self._ready.appendleft(operation)
        else:
            self._is_done(operation)

    def _is_done(self, operation: Operation) -> None:
        """Those that waited for the row wait no longer."""
        self._unsettled.discard(operation.key)
        key = natural_key(operation)
        self._keys.discard(key)
        self._ready.extend(self._below.pop(operation.key, ()))
        self._ready.extend(self._behind.pop(key, ()))

    @property
    def is_empty(self) -> bool:
        """Whether every row has been taken and has its outcome, those in doubt, at rest and behind them apart."""
        return not self.in_flight and not self._ready and not any(self.waves)
