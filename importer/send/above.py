"""Rows that are refused one after another below one record: is that record there at all?

A section may be deleted while its lessons are being sent. Each of them would be refused, at the cost of a write and
with words that say little; so after some of them one read finds out, and the others are not sent. Pure.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from importer.model import Operation

ENOUGH: Final = 5
"""Rows that are refused one after another before it is asked whether what is above them is there."""


class Parent(NamedTuple):
    """A record with others below it."""

    kind: str
    id: int


@dataclass(slots=True)
class Above:
    """What the answers so far tell of the records above the rows."""

    gone: set[Parent] = field(default_factory=set)
    _refused: Counter[Parent] = field(default_factory=Counter)
    """How many rows below each were refused since one was created."""

    def refused(self, operation: Operation) -> list[Parent]:
        """A row was refused; the records that should be asked for now."""
        parents = _parents(operation)
        self._refused.update(parents)
        return [parent for parent in parents if self._refused[parent] % ENOUGH == 0]

    def created(self, operation: Operation) -> None:
        """A row was created, so what is above it is there."""
        for parent in _parents(operation):
            del self._refused[parent]

    def missing(self, operation: Operation) -> Parent | None:
        """What is above the row and known to be gone."""
        return next((parent for parent in _parents(operation) if parent in self.gone), None)


def _parents(operation: Operation) -> list[Parent]:
    """The records above a row whose ids are known."""
    ids = ((parent.kind, operation.payload.get(parent.id)) for parent in operation.entity.parents)
    return [Parent(kind, id) for kind, id in ids if isinstance(id, int)]
