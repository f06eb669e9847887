"""What is said of a row once its fate is known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from importer.answers import Fault
from importer.delivery import OUTCOMES, State, Step, outcome_of
from importer.entities import EVERYWHERE, entity
from importer.model import Operation, Outcome, Verb, Verdict
from importer.problems import NOT_CREATED, Code, Column, Problem, about, where
from importer.send.above import Parent

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.REJECTED: "was refused by Nexudus",
    Outcome.FAILED: "could not be delivered",
    Outcome.BLOCKED: "was not sent either",
    Outcome.UNKNOWN: "may or may not have been created",
}
_DONE: Final = {Verb.UPDATE: "changed", Verb.DELETE: "deleted"}


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


def not_emptied(operation: Operation, below: Operation, verdict: Verdict) -> Verdict:
    """What stands below the record is still there."""
    status = verdict.outcome.value
    there = _remark(operation, Code.STILL_BELOW, below=where(below.place, below.key.row), status=status)
    return Verdict(outcome=Outcome.BLOCKED, id=operation.id, problems=(there,))


def left_without(operation: Operation, parent: Parent) -> Verdict:
    """The record above the row was deleted while others below it were sent."""
    gone = _remark(operation, Code.PARENT_GONE, parent=entity(parent.kind).singular, id=parent.id)
    return Verdict(outcome=Outcome.BLOCKED, problems=(gone,))


def answered(operation: Operation, then: Step) -> Verdict:
    """The service answered clearly to a create, or the request never left."""
    outcome = OUTCOMES[then.state]
    if then.state is State.DONE:
        return Verdict(outcome=outcome, id=then.id)
    if then.state is State.REJECTED:
        return Verdict(outcome=outcome, problems=tuple(_refusal(operation, fault) for fault in then.faults))
    return Verdict(outcome=outcome, problems=(_remark(operation, Code.NOT_DELIVERED, reason=then.reason),))


def adopted(operation: Operation, id: int, *, has_changed: bool = False) -> Verdict:
    """The answer got lost, and looking found the record; `has_changed` is whether the row is another one since."""
    codes = (Code.FOUND_BY_LOOKING, Code.CHANGED_SINCE_SENT) if has_changed else (Code.FOUND_BY_LOOKING,)
    return Verdict(outcome=Outcome.CREATED, id=id, problems=tuple(_remark(operation, code, id=id) for code in codes))


def there(operation: Operation, id: int) -> Verdict:
    """A record with the row's title came meanwhile, and does not have its numbers."""
    return Verdict(outcome=Outcome.EXISTS, id=id, problems=(_remark(operation, Code.ADDED_MEANWHILE, id=id),))


def several(operation: Operation, ids: Sequence[int]) -> Verdict:
    """More than one record may be the row's, or one of which nothing shows that it is."""
    listed = ", ".join(str(number) for number in ids)
    if len(ids) == 1:
        return unknown(operation, f"Nexudus holds a record that may be this row's (number {listed})")
    return unknown(operation, f"Nexudus holds more than one record that may be this row's (numbers {listed})")


def not_looked_at(operation: Operation, verdict: Verdict, reason: str) -> Verdict:
    """The row was sent again, and the last look at the lists that would show a second record could not be had."""
    missed = _remark(operation, Code.LAST_LOOK_MISSED, reason=reason, singular=operation.entity.singular)
    return replace(verdict, problems=(*verdict.problems, missed))


def alike(operation: Operation, ids: Sequence[int]) -> Verdict:
    """The service may have made another title of the row's."""
    listed = ", ".join(str(number) for number in ids)
    return unknown(
        operation,
        f"Nexudus holds what may be this row's under another title (numbers {listed}; if it is, make the two titles "
        "the same)",
    )


def unknown(operation: Operation, reason: str) -> Verdict:
    """Nobody knows whether the record was created."""
    # What has no course is looked for among all there is.
    in_course = f", course {operation.course}," if operation.course != EVERYWHERE else ""
    details = {"reason": reason, "in_course": in_course, "singular": operation.entity.singular}
    return Verdict(outcome=Outcome.UNKNOWN, problems=(_remark(operation, Code.MAY_EXIST, **details),))


# --- of what is changed or deleted ------------------------------------------------------------------------


def changed(operation: Operation) -> Verdict:
    """The service says that it was done."""
    return Verdict(outcome=outcome_of(State.DONE, operation.verb), id=_kept(operation))


def as_wanted(operation: Operation) -> Verdict:
    """Somebody else has done it already."""
    return Verdict(outcome=outcome_of(State.EXISTS, operation.verb), id=_kept(operation))


def found_changed(operation: Operation) -> Verdict:
    """The answer got lost, and reading the record showed that it was done."""
    note = _remark(operation, Code.FOUND_BY_READING, id=operation.id, done=_DONE[operation.verb])
    return Verdict(outcome=outcome_of(State.ADOPTED, operation.verb), id=_kept(operation), problems=(note,))


def refused(operation: Operation, faults: Sequence[Fault]) -> Verdict:
    """The service refused it, and the record is as it was."""
    problems = tuple(_refusal(operation, fault, Code.CHANGE_REFUSED) for fault in faults)
    return Verdict(outcome=Outcome.REJECTED, id=operation.id, problems=problems)


def not_changed(operation: Operation, reason: str) -> Verdict:
    """It could not be delivered, and the record is as it was."""
    problem = _remark(operation, Code.CHANGE_NOT_DELIVERED, reason=reason.rstrip(". "))
    return Verdict(outcome=Outcome.FAILED, id=operation.id, problems=(problem,))


def edited(operation: Operation, fields: Sequence[str]) -> Verdict:
    """Somebody edited the record, so it is left as it is."""
    problem = _remark(operation, Code.EDITED_MEANWHILE, id=operation.id, fields=", ".join(fields))
    return Verdict(outcome=Outcome.FAILED, id=operation.id, problems=(problem,))


def gone(operation: Operation) -> Verdict:
    """Somebody deleted the record that was to be changed."""
    problem = _remark(operation, Code.RECORD_GONE, id=operation.id, singular=operation.entity.singular)
    return Verdict(outcome=Outcome.FAILED, problems=(problem,))


def perhaps_changed(operation: Operation, reason: str) -> Verdict:
    """Nobody knows whether it was done."""
    details = {"reason": reason.rstrip(". "), "singular": operation.entity.singular, "done": _DONE[operation.verb]}
    problem = _remark(operation, Code.MAY_BE_CHANGED, id=operation.id, **details)
    return Verdict(outcome=Outcome.UNKNOWN, id=operation.id, problems=(problem,))


def _kept(operation: Operation) -> int | None:
    """The id of the record, if there is one afterwards."""
    return None if operation.verb is Verb.DELETE else operation.id


def _refusal(operation: Operation, fault: Fault, code: Code = Code.REFUSED) -> Problem:
    column = _column(operation, fault.name or "")
    reason = fault.message if column or not fault.name else f"{fault.name} {fault.message}"
    return Problem(
        code=code,
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
