"""What an answer means for its row, without clock, network or store: the states and the moves between them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from importer.answers import (
    Ambiguous,
    Answer,
    Changed,
    Closed,
    Created,
    Fault,
    Gone,
    NotSignedIn,
    Refused,
    Throttled,
    Unsent,
    joined,
)
from importer.errors import ImporterError, SignInError, TryLaterError
from importer.model import Operation, Outcome, Verb

TRIES: Final = 5
"""How often a row is sent whose request never left this machine."""

ROLES: Final = {Verb.CREATE: "Create", Verb.UPDATE: "Edit", Verb.DELETE: "Delete"}
"""The verbs of the roles that sending needs."""


class State(StrEnum):
    """Where a row stands. What is on the wire is in flight; nothing is sent twice from there."""

    PENDING = "pending"
    INFLIGHT = "inflight"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    ADOPTED = "adopted"
    EXISTS = "exists"


MOVES: Final = frozenset(
    {
        (State.PENDING, State.INFLIGHT),
        (State.PENDING, State.BLOCKED),
        (State.PENDING, State.FAILED),
        (State.PENDING, State.EXISTS),
        (State.INFLIGHT, State.DONE),
        (State.INFLIGHT, State.REJECTED),
        (State.INFLIGHT, State.PENDING),
        (State.INFLIGHT, State.FAILED),
        (State.INFLIGHT, State.UNKNOWN),
        (State.UNKNOWN, State.ADOPTED),
        (State.UNKNOWN, State.EXISTS),
        (State.UNKNOWN, State.REJECTED),
        (State.UNKNOWN, State.FAILED),
        (State.UNKNOWN, State.PENDING),
        # It was refused when it was sent again, and then the first attempt shows, later than anybody expected.
        (State.REJECTED, State.ADOPTED),
    }
)
"""Every move that a row can make; the journal refuses any other."""

OUTCOMES: Final = {
    State.PENDING: Outcome.PENDING,
    State.DONE: Outcome.CREATED,
    State.REJECTED: Outcome.REJECTED,
    State.FAILED: Outcome.FAILED,
    State.BLOCKED: Outcome.BLOCKED,
    State.UNKNOWN: Outcome.UNKNOWN,
}
"""What the states that an answer to a create leads to are called."""

_DONE: Final = {Verb.CREATE: Outcome.CREATED, Verb.UPDATE: Outcome.UPDATED, Verb.DELETE: Outcome.DELETED}
_OTHERWISE: Final = {**OUTCOMES, State.INFLIGHT: Outcome.UNKNOWN, State.EXISTS: Outcome.EXISTS}


def outcome_of(state: State, verb: Verb) -> Outcome:
    """What is said of a row that is in a state, by what was to be done; what need not be deleted any more, is."""
    if state in (State.DONE, State.ADOPTED) or (state is State.EXISTS and verb is Verb.DELETE):
        return _DONE[verb]
    return _OTHERWISE[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do after an answer: the row's new state, and what the run does besides.

    `wait` are seconds that everybody waits (a throttle), `again_in` seconds after which this row is tried
    again, `renew` asks for a new token first, `stop` ends the run.
    """

    state: State
    id: int | None = None
    stamp: str | None = None
    reason: str = ""
    faults: tuple[Fault, ...] = ()
    wait: float | None = None
    again_in: float | None = None
    renew: bool = False
    stop: ImporterError | None = None


def step(answer: Answer, operation: Operation, *, tries: int, renewed: bool) -> Step:
    """The step after an answer. `tries` counts sendings that never left, `renewed` says if the token is a new one."""
    match answer:
        case Created(stamp=stamp) | Changed(stamp=stamp):
            number = answer.id if isinstance(answer, Created) else None
            return Step(state=State.DONE, id=number, stamp=stamp)
        case Gone():
            return Step(state=State.PENDING, reason="no longer there")
        case Refused(faults=faults):
            return Step(state=State.REJECTED, reason=joined(faults), faults=faults)
        case Throttled(seconds=seconds):
            return Step(state=State.PENDING, reason="throttled", wait=seconds)
        case NotSignedIn() | Closed():
            return _shut_out(answer, operation, renewed=renewed)
        case Unsent(reason=reason):
            return _unsent(reason, tries)
        case Ambiguous(reason=reason, faults=faults):
            return Step(state=State.UNKNOWN, reason=reason, faults=faults)


def _shut_out(answer: NotSignedIn | Closed, operation: Operation, *, renewed: bool) -> Step:
    if isinstance(answer, Closed):
        return Step(state=State.PENDING, reason=f"status {answer.status}", stop=closed(operation, answer.status))
    if renewed:
        return Step(state=State.PENDING, reason="not signed in", stop=role_needed(operation))
    return Step(state=State.PENDING, reason="not signed in", renew=True)


def _unsent(reason: str, tries: int) -> Step:
    if tries < TRIES:
        return Step(state=State.PENDING, reason=reason, again_in=min(60.0, 2.0 ** (tries - 1)))
    return Step(state=State.FAILED, reason=reason)


def role_needed(operation: Operation) -> SignInError:
    """The error of an account that may not do what a row asks for."""
    return role_missing(operation.entity.record, ROLES[operation.verb])


def role_missing(record: str, verb: str) -> SignInError:
    """The error of an account that may not do something, or whose sign-in is no longer good."""
    return SignInError(
        f"Nexudus refused the sign-in for this: the token is no longer good, or the account lacks the role "
        f"{record}-{verb}. Ask an administrator for the role, or sign in anew."
    )


def closed(operation: Operation, status: int) -> ImporterError:
    """The error of an address that takes no such request, whatever it holds."""
    if status == 403:
        return role_needed(operation)
    records = operation.entity.kind
    said = {
        Verb.CREATE: f"Nexudus takes no new {records} at this address (status {status}). Nothing more was sent.",
        Verb.UPDATE: f"Nexudus changes no {records} at this address (status {status}). Nothing more was sent.",
        Verb.DELETE: f"Nexudus deletes no {records} at this address (status {status}). Nothing more was sent.",
    }
    return TryLaterError(said[operation.verb])
