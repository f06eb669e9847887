"""One update or delete on its way: its record is read, written if that may be, and read again where nobody knows.

What was read is what the write starts from, and the write follows at once: the slot for it is taken before the reading.
Who sends the same twice to one record does no harm, so a write whose answer got lost is sent again as soon as reading
shows that it was not done.
"""

import json
import math
from dataclasses import dataclass, replace
from typing import Final

from importer.alter import delete, read_changed, update
from importer.answers import Changed, Fault, Gone, NotSent, Request
from importer.api import body_sha256
from importer.changes import Absent, AsWanted, Edited, Finding, Ready, Record, body_of, judge
from importer.client import Line
from importer.delivery import TRIES, State, Step, closed, step
from importer.errors import ImporterError, UnreachableError
from importer.journal import Sending
from importer.model import Operation, Verb, Verdict
from importer.pacing import Slot, most_requests
from importer.records import one_record
from importer.send import verdicts
from importer.send.late import others
from importer.send.run import Run
from importer.send.turns import Turn, before_again, ended, hold_back, placed

_LOOKS: Final = (2.0, 10.0, 60.0)
"""Seconds after an unclear answer until the record is read again; the last one holds for all that follow."""

_AFTER_A_FAILURE: Final = 10.0
"""Seconds until a record is asked for again that could not be read."""

_INSTANT: Final = 30.0
"""Seconds after which what was read is too old to start from: the machine slept, or everybody waits for the wire."""

_GONE: Final = 404


@dataclass(slots=True, kw_only=True)
class _Turn(Turn):
    """A change while it is on its way."""

    id: int
    was: State = State.PENDING
    """Where the journal has the row: pending, or in doubt."""
    has_image: bool = False
    """Whether the journal has what the record was before the first attempt: what is there now may be that attempt's."""
    reason: str = ""
    """Why nobody knows whether it was done; empty while that is clear."""
    faults: tuple[Fault, ...] = ()
    """What the service said against it, should it not have been done."""
    settled_at: float = -math.inf
    """When what was sent without a clear answer can have no effect any more, on the run's clock."""
    unclear: int = 0
    """Attempts of this run without a clear answer."""
    read_at: float = 0.0
    """When the record was last read, on the run's clock."""
    unread: int = 0
    """How often in a row the record could not be read."""
    is_missed: bool = False
    """Whether the last answer was that there is no such record."""

    @property
    def is_over(self) -> bool:
        """Whether sending once more would not help."""
        return bool(self.faults) or self.is_missed or self.unclear >= TRIES


async def change(run: Run, line: Line, operation: Operation) -> None:
    """Carry out an update or a delete that was taken from the queue, until it has its outcome.

    Raises what stops the run; the row then stays as the journal has it.
    """
    ready = placed(run, operation)
    if ready is None:
        return
    assert ready.id is not None
    if await _is_held(run, ready):
        return
    is_left = ready.key in run.unclear
    was_sent = is_left and ready.key not in run.known.replaced
    turn = _Turn(
        operation=ready,
        number=run.numbers[ready.key],
        token=await run.service.sign_in.token(),
        id=ready.id,
        was=State.UNKNOWN if is_left else State.PENDING,
        has_image=is_left,
        reason=run.unclear[ready.key] if was_sent else "",
        settled_at=run.now + run.settings.settle if was_sent else -math.inf,
    )
    verdict = None
    while verdict is None:
        await run.until_changing_may_go_on()
        verdict = await _round(run, line, turn)
    run.settle(ready, verdict)


async def _is_held(run: Run, operation: Operation) -> bool:
    """Whether there is a reason not to go on, so that the row has its outcome."""
    kept = await run.known.hold(operation, run.verdicts) if run.known.hold else None
    if kept is not None:
        hold_back(run, operation, kept)
    return kept is not None


async def _round(run: Run, line: Line, turn: _Turn) -> Verdict | None:
    """Read the record, and write it if that may be; None where that has to be done once more."""
    try:
        slot, record = await _read(run, turn)
    except UnreachableError as error:
        return await _unread(run, turn, error)
    turn.unread, turn.read_at = 0, run.now
    ours = [one.payload for one in others(turn.operation, run.sent_to(turn.operation))]
    finding = judge(turn.operation, record, was_sent=bool(turn.reason), ours=ours)
    if isinstance(finding, Ready) and not turn.is_over:
        then = await _attempt(run, line, turn, slot, finding.record)
        return await _answered(run, line, turn, then)
    slot.unused()
    if isinstance(finding, Ready | Edited) and run.now < turn.settled_at:
        await run.service.halt.sleep(turn.settled_at - run.now)
        return None
    return _given_up(run, turn) if isinstance(finding, Ready) else _found(run, turn, finding)


async def _read(run: Run, turn: _Turn) -> tuple[Slot, Record | None]:
    """The record as it is just now, and a slot to write it. Raises what the reading raises."""
    service, entity = run.service, turn.operation.entity
    if most_requests(run.settings) == 1:
        # With the only slot in hand nothing could be read.
        record = await one_record(service, entity, turn.id)
        return await service.pacer.slot(write=True), record
    async with run.reading:
        slot = await service.pacer.slot(write=True)
        try:
            return slot, await one_record(service, entity, turn.id)
        except BaseException:
            slot.unused()
            raise


async def _unread(run: Run, turn: _Turn, error: UnreachableError) -> Verdict | None:
    """The record could not be read: the service is away, or something is wrong with this one."""
    turn.unread += 1
    run.breaker.failed(run.now)
    run.service.change.happened()
    run.give_up_in_time()
    if turn.unread < TRIES:
        await run.service.halt.sleep(_AFTER_A_FAILURE)
        return None
    if turn.reason:
        return verdicts.perhaps_changed(turn.operation, turn.reason)
    run.note(turn.operation, State.FAILED, reason=error.short)
    return verdicts.not_changed(turn.operation, error.short)


def _found(run: Run, turn: _Turn, finding: Finding) -> Verdict:
    """What reading alone says of the change."""
    operation, was_sent = turn.operation, bool(turn.reason)
    if isinstance(finding, Edited):
        if was_sent:
            # The change may have come through and been edited since, or may even come through later.
            return verdicts.perhaps_changed(operation, turn.reason)
        run.note(operation, State.FAILED, reason="edited meanwhile")
        return verdicts.edited(operation, finding.fields)
    if isinstance(finding, Absent) and operation.verb is Verb.UPDATE:
        run.note(operation, State.FAILED, reason="no longer there")
        return verdicts.gone(operation)
    if was_sent:
        run.health(Changed())
    stamp = finding.stamp if isinstance(finding, AsWanted) else None
    run.note(operation, State.ADOPTED if was_sent else State.EXISTS, stamp=stamp, reason=turn.reason)
    return verdicts.found_changed(operation) if was_sent else verdicts.as_wanted(operation)


def _given_up(run: Run, turn: _Turn) -> Verdict:
    """The record is there and as it was, what was sent can have no effect any more, and more of it would have none."""
    if turn.faults:
        run.note(turn.operation, State.REJECTED, reason=turn.reason)
        return verdicts.refused(turn.operation, turn.faults)
    if turn.is_missed:
        raise closed(turn.operation, _GONE)
    run.note(turn.operation, State.FAILED, reason=turn.reason)
    return verdicts.not_changed(turn.operation, turn.reason)


def _request(operation: Operation, id: int, record: Record) -> Request:
    if operation.verb is Verb.DELETE:
        return delete(operation.entity, id)
    return update(operation.entity, body_of(operation, record))


async def _attempt(run: Run, line: Line, turn: _Turn, slot: Slot, record: Record) -> Step:
    """Write the record once, with the intent and what it was in the journal before and what came of it after."""
    service, operation = run.service, turn.operation
    request = _request(operation, turn.id, record)
    attempt = run.attempts = run.attempts + 1
    try:
        await run.journal.write(_intent(run, turn, attempt, request, record))
        await service.pacer.spaced()
    except ImporterError:
        slot.unused()
        raise

    def may_go() -> bool:
        return run.may_change and run.now < turn.read_at + _INSTANT

    result = await service.perform(line, request, turn.token, may_go) if may_go() else None
    is_used = result is not None and not isinstance(result, NotSent)
    slot.end(is_used=is_used)
    service.writes += is_used
    then = Step(state=State.PENDING, reason="held back")
    if result is not None:
        turn.tries += not is_used
        answer = read_changed(result, turn.id)
        then = step(answer, operation, tries=turn.tries, renewed=turn.renewed)
        turn.is_missed = isinstance(answer, Gone)
        run.health(answer)
    # That this attempt surely had no effect says nothing about the one before it.
    kept = replace(then, state=State.UNKNOWN) if turn.reason and then.state is not State.DONE else then
    run.journal.note(ended(run, turn, attempt, kept, is_used=is_used))
    if kept.state is State.PENDING:
        # What an earlier run left in doubt was another change, and can have no effect any more.
        run.unclear.pop(operation.key, None)
    turn.was = kept.state
    return then


def _intent(run: Run, turn: _Turn, attempt: int, request: Request, record: Record) -> Sending:
    return Sending(
        attempt=attempt,
        row=turn.number,
        at=run.wall(),
        clock=run.now,
        course=turn.operation.course,
        body_sha256=body_sha256(request),
        numbers="{}",
        image=None if turn.has_image else json.dumps(record, separators=(",", ":")),
        payload=turn.operation.payload if turn.operation.parents else None,
        was=turn.was,
    )


async def _answered(run: Run, line: Line, turn: _Turn, then: Step) -> Verdict | None:
    """The outcome that an answer gives; None where the record is to be read again."""
    operation, failed = turn.operation, then.state is State.FAILED
    if then.state is State.DONE:
        return verdicts.changed(operation)
    if then.state is State.UNKNOWN:
        await _doubt(run, line, turn, then)
        return None
    if turn.reason:
        turn.faults = then.faults
        if failed:
            return verdicts.perhaps_changed(operation, turn.reason)
    elif then.state is State.REJECTED:
        return verdicts.refused(operation, then.faults)
    elif failed:
        return verdicts.not_changed(operation, then.reason)
    await before_again(run, turn, then)
    return None


async def _doubt(run: Run, line: Line, turn: _Turn, then: Step) -> None:
    """Nobody knows whether it was done; let some time pass before the record is read."""
    turn.reason = run.unclear[turn.operation.key] = then.reason
    turn.faults, turn.has_image = then.faults, True
    # Should the answer have been another request's, this one's would be taken for that of the next row.
    await line.hang_up()
    if then.faults:
        # What the service answers so clearly, it will not do later.
        return
    turn.settled_at = run.now + run.settings.settle
    run.may_come_late(turn.operation, turn.settled_at)
    await run.service.halt.sleep(_LOOKS[min(turn.unclear, len(_LOOKS) - 1)])
    turn.unclear += 1
