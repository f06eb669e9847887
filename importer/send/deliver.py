"""One row on its way: its intent in the journal, its request, and what its answer means."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from importer.answers import Ambiguous, Answer, Created, NotSent, Request
from importer.api import body_sha256, create, read_created, read_held
from importer.client import Line
from importer.delivery import State, Step, step
from importer.doubts import Doubt, is_as_sent
from importer.entities import entity
from importer.errors import ImporterError, SignInError, UnreachableError
from importer.journal import Sending
from importer.listing import still_there
from importer.model import Operation
from importer.pacing import StoppedError
from importer.records import one_record
from importer.send import verdicts
from importer.send.looking import may_be_there
from importer.send.run import Run
from importer.send.turns import Turn, before_again, ended, placed


@dataclass(slots=True, kw_only=True)
class _Turn(Turn):
    """A row while it is being sent."""

    request: Request
    numbers: str
    """The whole numbers of the payload as JSON, for telling the row's record from others later."""
    digest: str


async def deliver(run: Run, line: Line, operation: Operation) -> None:
    """Send a row that was taken from the queue, until it has its outcome or is in doubt.

    Raises what stops the run; the row then stays as the journal has it.
    """
    ready = placed(run, operation)
    if ready is None:
        return
    operation = ready
    request = create(operation.entity, operation.payload)
    turn = _Turn(
        operation=operation,
        number=run.numbers[operation.key],
        request=request,
        numbers=json.dumps(whole_numbers(operation.payload)),
        digest=body_sha256(request),
        token=await run.service.sign_in.token(),
    )
    while (then := await _attempt(run, line, turn)).state is State.PENDING:
        await before_again(run, turn, then)
        await run.until_writing_may_go_on()
    if then.state is State.UNKNOWN:
        run.doubt(_doubt(run, turn, then.reason))
        # Should the answer have been another request's, this one's would be taken for that of the next row.
        await line.hang_up()
    else:
        run.settle(operation, verdicts.answered(operation, then))
        await _learn(run, operation, then.state)


async def _learn(run: Run, operation: Operation, state: State) -> None:
    """What an answer tells of the records above the row."""
    if state is State.DONE:
        run.above.created(operation)
    if state is State.REJECTED:
        for parent in run.above.refused(operation):
            # Where nobody can say, the next rows go on as before.
            with contextlib.suppress(UnreachableError, SignInError):
                if not await still_there(run.service, entity(parent.kind), {parent.id}):
                    run.above.gone.add(parent)


def whole_numbers(payload: Mapping[str, Any]) -> dict[str, int]:
    """The numbers of a payload: the service keeps them to the letter, which it may not do with texts."""
    return {name: value for name, value in payload.items() if isinstance(value, int) and not isinstance(value, bool)}


async def _attempt(run: Run, line: Line, turn: _Turn) -> Step:
    """Send the row once, with its intent in the journal before and what came of it after."""
    slot = await run.service.pacer.slot(write=True)
    attempt = run.attempts = run.attempts + 1
    try:
        await run.journal.write(
            Sending(
                attempt=attempt,
                row=turn.number,
                at=run.wall(),
                clock=run.now,
                course=turn.operation.course,
                body_sha256=turn.digest,
                numbers=turn.numbers,
            )
        )
    except ImporterError:
        slot.unused()
        raise
    result = answer = None
    if run.may_write and not run.service.halt.asked:
        run.on_the_way += 1
        result = await run.service.perform(line, turn.request, turn.token, lambda: run.may_still_write)
    is_used = result is not None and not isinstance(result, NotSent)
    slot.end(is_used=is_used)
    run.service.writes += is_used
    if result is not None:
        answer = await _unless_taken(run, turn.operation, read_created(result))
        run.on_the_way -= 1
    then = Step(state=State.PENDING, reason="held back")
    if answer is not None:
        turn.tries += not is_used
        then = step(answer, turn.operation, tries=turn.tries, renewed=turn.renewed)
        run.health(answer)
        if then.state is State.REJECTED and await may_be_there(run, turn.operation):
            then = Step(state=State.UNKNOWN, reason=f"it was refused when it was sent again ({then.reason})")
    # Without a result: while it waited, the run was stopped, all were asked to wait, or other rows fell into doubt.
    run.journal.note(ended(run, turn, attempt, then, is_used=is_used))
    return then


async def _unless_taken(run: Run, operation: Operation, answer: Answer) -> Answer:
    """An id that another row has already cannot be this row's, unless the service began its numbers anew."""
    if not isinstance(answer, Created):
        return answer
    claims, is_older = run.claims(operation.entity), answer.id in run.earlier(operation.entity)
    if (is_older and not await _is_new(run, operation, answer)) or answer.id in claims:
        return Ambiguous(f"the service answered with the number {answer.id}, which another row has already")
    claims.add(answer.id)
    return answer


async def _is_new(run: Run, operation: Operation, answer: Created) -> bool:
    """Whether the record with a number that a row of an earlier run has is the one that this row made.

    Where it cannot be read, nobody knows.
    """
    if answer.id in run.known.baseline(operation.entity.kind, operation.course):
        return False
    try:
        record = await one_record(run.service, operation.entity, answer.id)
    except (ImporterError, StoppedError):
        return False
    held = read_held(record, operation.entity, operation.course)
    if held is None or not is_as_sent(held, operation):
        return False
    stamps = {held.created_on, held.updated_on}
    return answer.stamp is None or stamps == {None} or answer.stamp in stamps


def _doubt(run: Run, turn: _Turn, reason: str) -> Doubt:
    operation = turn.operation
    before = run.resent.get(operation.key)
    within = operation.entity.within
    parent = operation.payload.get(within.id) if within else None
    return Doubt(
        operation=operation,
        parent=parent if isinstance(parent, int) else None,
        numbers=whole_numbers(operation.payload),
        baseline=before.baseline if before else run.known.baseline(operation.entity.kind, operation.course),
        ended_at=run.now,
        reason=reason,
        digest=turn.digest,
    )
