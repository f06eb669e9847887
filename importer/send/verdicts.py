"""What is said of a row once its fate is known."""

from collections.abc import Sequence
from typing import Final

from importer.answers import Fault
from importer.delivery import OUTCOMES, State, Step
from importer.entities import EVERYWHERE, entity
from importer.model import Operation, Outcome, Verdict
from importer.problems import NOT_CREATED, Code, Column, Problem, about, where
from importer.send.above import Parent

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.REJECTED: "was refused by Nexudus",
    Outcome.FAILED: "could not be delivered",
    Outcome.BLOCKED: "was not sent either",
    Outcome.UNKNOWN: "may or may not have been created",
}


def pending(operation: Operation) -> Verdict:
    """The run stopped before the row."""
    return Verdict(outcome=Outcome.PENDING, problems=(_remark(operation, Code.NOT_REACHED),))


def blocked(operation: Operation, above: Operation, verdict: Verdict) -> Verdict:
    """The record above the row did not come to be."""
    problem = Problem(
        code=about(above.entity.singular, NOT_CREATED),
        place=operation.place,
        row=operation.key.row,
        value=above.title,
        details={
            "singular": operation.entity.singular,
            "parent": where(above.place, above.key.row),
            "state": _STATES[verdict.outcome],
        },
    )
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))


def left_without(operation: Operation, parent: Parent) -> Verdict:
    """The record above the row was deleted while others below it were sent."""
    gone = _remark(operation, Code.PARENT_GONE, parent=entity(parent.kind).singular, id=parent.id)
    return Verdict(outcome=Outcome.BLOCKED, problems=(gone,))


def answered(operation: Operation, then: Step) -> Verdict:
    """The service answered clearly, or the request never left."""
    outcome = OUTCOMES[then.state]
    if then.state is State.DONE:
        return Verdict(outcome=outcome, id=then.id)
    if then.state is State.REJECTED:
        return Verdict(outcome=outcome, problems=tuple(_refusal(operation, fault) for fault in then.faults))
    return Verdict(outcome=outcome, problems=(_remark(operation, Code.NOT_DELIVERED, reason=then.reason),))


def adopted(operation: Operation, id: int) -> Verdict:
    """The answer got lost, and looking found the record."""
    return Verdict(outcome=Outcome.CREATED, id=id, problems=(_remark(operation, Code.FOUND_BY_LOOKING, id=id),))


def there(operation: Operation, id: int) -> Verdict:
    """Somebody else added the record meanwhile; nothing of the row's own is there."""
    return Verdict(outcome=Outcome.EXISTS, id=id, problems=(_remark(operation, Code.ADDED_MEANWHILE, id=id),))


def several(operation: Operation, ids: Sequence[int]) -> Verdict:
    """More than one record may be the row's."""
    listed = ", ".join(str(number) for number in ids)
    return unknown(operation, f"Nexudus holds more than one record that may be this row's (numbers {listed})")


def unknown(operation: Operation, reason: str) -> Verdict:
    """Nobody knows whether the record was created."""
    # What has no course is looked for among all there is.
    in_course = f", course {operation.course}," if operation.course != EVERYWHERE else ""
    details = {"reason": reason, "in_course": in_course, "singular": operation.entity.singular}
    return Verdict(outcome=Outcome.UNKNOWN, problems=(_remark(operation, Code.MAY_EXIST, **details),))


def _refusal(operation: Operation, fault: Fault) -> Problem:
    column = _column(operation, fault.name or "")
    reason = fault.message if column or not fault.name else f"{fault.name} {fault.message}"
    return Problem(
        code=Code.REFUSED,
        place=operation.place,
        row=operation.key.row,
        column=column,
        value=operation.payload.get(fault.name or ""),
        details={"reason": reason.rstrip(". ")},
    )


def _column(operation: Operation, name: str) -> Column | None:
    """The user's column for a property; for a parent's id that is the title, where the sheet has only that."""
    column = operation.columns.get(name)
    if column is None or column.letter is not None:
        return column
    titles = [operation.columns.get(one.title or "") for one in operation.entity.parents if one.id == name]
    return next((title for title in titles if title is not None and title.letter is not None), column)


def _remark(operation: Operation, code: Code, **details: object) -> Problem:
    return Problem(code=code, place=operation.place, row=operation.key.row, value=operation.title, details=details)
