"""Rows that an earlier run left in doubt, as this run sees them."""

from collections.abc import Iterable, Mapping, Sequence

from importer.doubts import Doubt
from importer.journal import LateChange, LeftChange, LeftInDoubt
from importer.model import Operation, RowKey, Verdict
from importer.send.late import is_same, late_changes
from importer.send.run import Known
from importer.send.verdicts import perhaps_changed, unknown


def not_yet_known(operations: Sequence[Operation], left: Mapping[str, LeftInDoubt]) -> dict[RowKey, Verdict]:
    """What is to be said of the rows in doubt until this run has found out; `left` is by the rows' identity."""
    return {one.key: unknown(one, left[one.identity].reason) for one in operations if one.identity in left}


Changes = Mapping[tuple[str, int], LeftChange]
"""What earlier runs left in doubt of changes and deletions, by kind and id of the record."""


def changes_taken_up(operations: Iterable[Operation], left: Changes) -> dict[RowKey, LeftChange]:
    """The changes of this run to records of which an earlier one left it in doubt whether it changed them."""
    found = ((one.key, left.get((one.entity.kind, one.id))) for one in operations if one.id is not None)
    return {key: change for key, change in found if change is not None}


def known_of_changes(
    operations: Iterable[Operation], left: Changes, late: Iterable[LateChange], *, now: float, settle: float
) -> Known:
    """What is known of the changes of this run before the first is sent: what earlier ones left in doubt or behind."""
    operations = list(operations)
    taken = changes_taken_up(operations, left)
    own = {one.key for one in operations if one.key in taken and _is_own(one, taken[one.key])}
    reasons = {key: change.reason for key, change in taken.items()}
    return Known(unclear=reasons, replaced=reasons.keys() - own, late=late_changes(late, now=now, settle=settle))


def _is_own(operation: Operation, left: LeftChange) -> bool:
    """Whether what is in doubt is the same change: another sheet, or an undo, may want something else of the record."""
    return is_same(left.verb, left.payload, operation)


def changes_not_yet_known(operations: Iterable[Operation], left: Changes) -> dict[RowKey, Verdict]:
    """What is to be said of those until this run has found out."""
    operations = list(operations)
    taken = changes_taken_up(operations, left)
    return {one.key: perhaps_changed(one, taken[one.key].reason) for one in operations if one.key in taken}


def taken_up(operation: Operation, left: LeftInDoubt, *, now: float, boot: str | None) -> Doubt:
    """The doubt of an earlier run, on this run's clock; `boot` names the start of the machine.

    Its age counts only where the monotonic clock has gone on since; a wall clock could have been set meanwhile.
    """
    same_clock = left.clock is not None and left.boot is not None and left.boot == boot
    within = operation.entity.within
    above = (left.numbers or operation.payload).get(within.id) if within else None
    return Doubt(
        operation=operation,
        parent=above if isinstance(above, int) else None,
        numbers=left.numbers,
        digest=left.digest,
        baseline=left.baseline,
        ended_at=min(left.clock, now) if same_clock and left.clock is not None else now,
        reason=left.reason,
    )
