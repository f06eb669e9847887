"""Operations to outcomes: wave after wave, some at a time, each row in the journal before and after.

A row is sent again only where its request surely had no effect. Whatever is not clear ends as unknown.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from importer.answers import Fault, NotSent, Request
from importer.api import create, read_created
from importer.client import Line
from importer.delivery import CREATE, OUTCOMES, STRIKES, State, Step, role_missing, step, struck_out
from importer.errors import ImporterError
from importer.group_commit import GroupCommit
from importer.journal import Ended, NeverSent, Sending
from importer.model import Operation, Outcome, Plan, RowKey, Sent, Verdict
from importer.pacing import StoppedError, seconds_for
from importer.problems import Code, Column, Problem, where
from importer.service import Service
from importer.settings import Limits


class Progress(Protocol):
    """Who is told how far a run is."""

    def planned(self, writes: int) -> None:
        """Sending begins, with that many rows."""

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        """A row got its outcome; about that many seconds are left."""

    def waiting(self, seconds: float) -> None:
        """The service asked for a pause of that many seconds."""


@dataclass(slots=True)
class _Run:
    """A run while it goes on."""

    service: Service
    journal: GroupCommit
    limits: Limits
    progress: Progress
    left: int
    wall: Callable[[], float] = time.time
    numbers: dict[RowKey, int] = field(default_factory=dict)
    operations: dict[RowKey, Operation] = field(default_factory=dict)
    verdicts: dict[RowKey, Verdict] = field(default_factory=dict)
    attempts: int = 0
    strikes: int = 0

    def settle(self, operation: Operation, verdict: Verdict) -> None:
        """The row has its outcome."""
        self.verdicts[operation.key] = verdict
        self.left -= 1
        self.progress.advance(verdict.outcome, seconds_for(self.left, self.limits))


async def send(plan: Plan, service: Service, journal: GroupCommit, limits: Limits, progress: Progress) -> Sent:
    """Send what is planned. Every operation gets a verdict; those not reached are pending.

    Never raises for what service, network or journal do: why it stopped early is in the result.
    """
    operations = plan.operations
    run = _Run(service, journal, limits, progress, left=len(operations))
    for number, operation in enumerate(operations):
        run.numbers[operation.key] = number
        run.operations[operation.key] = operation
    for wave in plan.waves:
        await _send_wave(run, wave)
    for operation in operations:
        run.verdicts.setdefault(operation.key, _pending(operation))
    halt = service.halt
    return Sent(verdicts=run.verdicts, stop=halt.reason, interrupted=halt.interrupted)


async def _send_wave(run: _Run, wave: tuple[Operation, ...]) -> None:
    waiting = iter(wave)
    async with asyncio.TaskGroup() as workers:
        for line in run.service.lines:
            workers.create_task(_work(run, line, waiting))
    try:
        await run.journal.settled()
    except ImporterError as error:
        run.service.halt.because(error)


async def _work(run: _Run, line: Line, waiting: Iterator[Operation]) -> None:
    halt = run.service.halt
    try:
        # Asked before the next row is taken, so that no row is taken and then dropped.
        while not halt.asked and (operation := next(waiting, None)) is not None:
            await _deliver(run, line, operation)
    except StoppedError:
        pass
    except ImporterError as error:
        halt.because(error)


@dataclass(slots=True)
class _Turn:
    """A row while it is being sent."""

    operation: Operation
    number: int
    request: Request
    digest: str
    token: str
    tries: int = 0
    """Sendings that never left this machine."""
    renewed: bool = False


async def _deliver(run: _Run, line: Line, operation: Operation) -> None:
    payload = _with_ids(run, operation)
    if isinstance(payload, Verdict):
        _not_sent(run, operation, payload)
        return
    request = create(operation.entity, payload)
    turn = _Turn(
        operation=operation,
        number=run.numbers[operation.key],
        request=request,
        digest=hashlib.sha256(request.body or b"").hexdigest(),
        token=await run.service.sign_in.token(),
    )
    while (then := await _attempt(run, line, turn)).state is State.PENDING:
        await _before_again(run, turn, then)
    run.settle(operation, _verdict(operation, payload, then))
    _count_strikes(run, then.state)


async def _attempt(run: _Run, line: Line, turn: _Turn) -> Step:
    """Send the row once, with its intent in the journal before and what came of it after."""
    slot = await run.service.pacer.slot(write=True)
    attempt = run.attempts = run.attempts + 1
    try:
        await run.journal.write(Sending(attempt=attempt, row=turn.number, at=run.wall(), body_sha256=turn.digest))
    except ImporterError:
        slot.unused()
        raise
    if run.service.halt.asked or run.service.pacer.on_hold:
        # While the intent was stored, the run was stopped or everybody was asked to wait.
        slot.unused()
        run.journal.note(Ended(attempt=attempt, row=turn.number, at=run.wall(), state=State.PENDING, reason="held"))
        return Step(state=State.PENDING)
    result = await line.perform(turn.request, turn.token)
    if isinstance(result, NotSent):
        slot.unused()
        turn.tries += 1
    else:
        slot.answered()
        run.service.writes += 1
    then = step(read_created(result), turn.operation, tries=turn.tries, renewed=turn.renewed)
    run.journal.note(
        Ended(attempt=attempt, row=turn.number, at=run.wall(), state=then.state, id=then.id, reason=then.reason)
    )
    return then


async def _before_again(run: _Run, turn: _Turn, then: Step) -> None:
    """What has to happen before the row is sent once more; raises what stops the run."""
    if then.stop is not None:
        raise then.stop
    if then.renew:
        fresh = await run.service.sign_in.renewed(turn.token)
        if fresh is None:
            raise role_missing(turn.operation.entity.record, CREATE)
        turn.token, turn.renewed = fresh, True
    if then.wait is not None:
        run.service.pacer.throttle(then.wait)
        run.progress.waiting(then.wait)
    if then.again_in is not None:
        await run.service.halt.sleep(then.again_in)


def _not_sent(run: _Run, operation: Operation, verdict: Verdict) -> None:
    if verdict.outcome is Outcome.BLOCKED:
        reason = verdict.problems[0].finding
        run.journal.note(NeverSent(row=run.numbers[operation.key], state=State.BLOCKED, reason=reason))
    run.settle(operation, verdict)


def _count_strikes(run: _Run, state: State) -> None:
    """A service that answers nothing clearly would leave a doubt behind with every row: stop early."""
    run.strikes = run.strikes + 1 if state in (State.UNKNOWN, State.FAILED) else 0
    if run.strikes >= STRIKES:
        raise struck_out()


def _with_ids(run: _Run, operation: Operation) -> dict[str, Any] | Verdict:
    """The payload with the ids of the records above it, or what becomes of the row where one has none."""
    payload = dict(operation.payload)
    for name, key in operation.parents.items():
        above = run.verdicts.get(key)
        if above is None or above.outcome is Outcome.PENDING:
            return _pending(operation)
        if above.id is None:
            return _blocked(operation, run.operations[key], above)
        payload[name] = above.id
    return payload


# --- what is said of a row ------------------------------------------------------------------------------


_STATES = {
    Outcome.REJECTED: "was refused by Nexudus",
    Outcome.FAILED: "could not be delivered",
    Outcome.BLOCKED: "was not sent either",
    Outcome.UNKNOWN: "may or may not have been created",
}


def _pending(operation: Operation) -> Verdict:
    return Verdict(outcome=Outcome.PENDING, problems=(_remark(operation, Code.NOT_REACHED),))


def _blocked(operation: Operation, above: Operation, verdict: Verdict) -> Verdict:
    problem = Problem(
        code=Code.SECTION_NOT_CREATED,
        place=operation.place,
        row=operation.key.row,
        value=above.title,
        details={"parent": where(above.place, above.key.row), "state": _STATES[verdict.outcome]},
    )
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))


def _verdict(operation: Operation, payload: dict[str, Any], then: Step) -> Verdict:
    outcome = OUTCOMES[then.state]
    if then.state is State.DONE:
        return Verdict(outcome=outcome, id=then.id)
    if then.state is State.REJECTED:
        return Verdict(outcome=outcome, problems=tuple(_refusal(operation, payload, fault) for fault in then.faults))
    if then.state is State.UNKNOWN:
        details = {"reason": then.reason, "course": operation.course, "singular": operation.entity.singular}
        return Verdict(outcome=outcome, problems=(_remark(operation, Code.MAY_EXIST, **details),))
    return Verdict(outcome=outcome, problems=(_remark(operation, Code.NOT_DELIVERED, reason=then.reason),))


def _refusal(operation: Operation, payload: dict[str, Any], fault: Fault) -> Problem:
    column = _column(operation, fault.name or "")
    reason = fault.message if column or not fault.name else f"{fault.name} {fault.message}"
    return Problem(
        code=Code.REFUSED,
        place=operation.place,
        row=operation.key.row,
        column=column,
        value=payload.get(fault.name or ""),
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
