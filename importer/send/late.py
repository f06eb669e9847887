"""Changes and deletions that got no clear answer and may still be done, later than anybody expects.

Pure. To send the same once more does no harm. What is sent besides could be overwritten by what comes late, though the
service has said that it was done: so it waits until what was sent before can have no effect any more.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from importer.journal import LateChange
from importer.model import Operation, Verb

Record = tuple[str, int]
"""A record, by kind and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What was sent to a record; `until` is when it can have no effect any more, on the run's clock."""

    verb: Verb
    payload: Mapping[str, object] = field(repr=False)
    until: float


def record_of(operation: Operation) -> Record:
    """Which record a change or a deletion is about."""
    return operation.entity.kind, operation.id or 0


def late_changes(found: Iterable[LateChange], *, now: float, settle: float) -> dict[Record, list[Late]]:
    """What earlier runs sent that may still be done, by record, on this run's clock."""
    late: dict[Record, list[Late]] = {}
    for one in found:
        until = now + settle - one.age
        late.setdefault((one.kind, one.subject), []).append(Late(verb=one.verb, payload=one.payload, until=until))
    return late


def may_go_at(operation: Operation, late: Iterable[Late]) -> float:
    """When a change may leave, as far as what was sent to its record before is concerned."""
    if operation.verb is not Verb.UPDATE:
        # What is created is nobody's yet, and what is deleted cannot be changed afterwards.
        return -math.inf
    return max((one.until for one in others(operation, late)), default=-math.inf)


def others(operation: Operation, late: Iterable[Late]) -> list[Late]:
    """What was sent to its record besides what an operation asks for."""
    return [one for one in late if not is_same(one.verb, one.payload, operation)]


def is_same(verb: Verb, payload: Mapping[str, object], operation: Operation) -> bool:
    """Whether what was sent is surely what an operation asks for."""
    above = {parent.id for parent in operation.entity.parents}
    # What is moved below a record that is made first has no number for it yet.
    is_sure = not any(operation.payload.get(name, 0) is None for name in above)
    return is_sure and verb is operation.verb and dict(payload) == dict(operation.payload)
