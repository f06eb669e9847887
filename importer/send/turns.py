"""What sending a row, changing a record and deleting one have in common."""

from dataclasses import dataclass

from importer.delivery import State, Step, role_needed
from importer.journal import Ended
from importer.model import Operation, Outcome, RowKey, Verdict
from importer.send import verdicts
from importer.send.run import Run


@dataclass(slots=True, kw_only=True)
class Turn:
    """A row while it is on its way."""

    operation: Operation
    """With the ids of what is above it."""
    number: int
    token: str
    tries: int = 0
    """Sendings that never left this machine."""
    renewed: bool = False


def placed(run: Run, operation: Operation) -> Operation | None:
    """A row with the ids of what is above it; None where nothing is, so that the row has its outcome."""
    if (below := next((key for key in operation.after if not _is_done(run, key)), None)) is not None:
        _block(run, operation, below)
        return None
    found = run.placed(operation)
    if isinstance(found, RowKey):
        _block(run, operation, found)
        return None
    if (gone := run.above.missing(found)) is not None:
        hold_back(run, found, verdicts.left_without(found, gone))
        return None
    return found


def _block(run: Run, operation: Operation, above: RowKey) -> None:
    """A row is not sent, because of what became of another one."""
    verdict = run.verdicts.get(above)
    if verdict is None or verdict.outcome is Outcome.PENDING:
        run.settle(operation, _of_earlier_run(run, operation) or verdicts.pending(operation))
        return
    why = verdicts.not_emptied if above in operation.after else verdicts.blocked
    hold_back(run, operation, why(operation, run.operations[above], verdict))


def _is_done(run: Run, key: RowKey) -> bool:
    """Whether the row took its record away from below another one."""
    verdict = run.verdicts.get(key)
    return verdict is not None and verdict.outcome in (Outcome.DELETED, Outcome.UPDATED, Outcome.EXISTS)


def hold_back(run: Run, operation: Operation, blocked: Verdict) -> None:
    """A row is not sent, because of what is above its record or below it."""
    in_doubt = _of_earlier_run(run, operation)
    if in_doubt is None:
        run.note(operation, State.BLOCKED, reason=blocked.problems[0].finding)
    run.settle(operation, in_doubt or blocked)


def _of_earlier_run(run: Run, operation: Operation) -> Verdict | None:
    """What is said of a change that an earlier run sent: it may have been done, or may even be done later."""
    reason = run.unclear.get(operation.key)
    return None if reason is None else verdicts.perhaps_changed(operation, reason)


def ended(run: Run, turn: Turn, attempt: int, then: Step, *, is_used: bool) -> Ended:
    """How an attempt ended, for the journal."""
    return Ended(
        attempt=attempt,
        row=turn.number,
        at=run.wall(),
        clock=run.now,
        state=then.state,
        id=then.id,
        stamp=then.stamp,
        reason=then.reason,
        is_used=is_used,
        takes_over=then.id in run.earlier(turn.operation.entity),
    )


async def before_again(run: Run, turn: Turn, then: Step) -> None:
    """What has to happen before the row is sent once more; raises what stops the run."""
    if then.stop is not None:
        raise then.stop
    if then.renew:
        fresh = await run.service.sign_in.renewed(turn.token)
        if fresh is None:
            raise role_needed(turn.operation)
        turn.token, turn.renewed = fresh, True
    if then.wait is not None:
        run.progress.waiting(then.wait)
        await run.service.throttled(then.wait * (1.0 + run.chance.random() / 10.0))
    if then.again_in is not None:
        await run.service.halt.sleep(then.again_in * run.chance.random())
