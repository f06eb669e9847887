"""Operations to outcomes: wave after wave, some at a time, each row in the journal before and after.

A row is sent again only where its request surely had no effect, or where the service's lists have proven that it had
none. What cannot be found out ends as unknown.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from random import Random

from importer.client import Line
from importer.errors import ImporterError, UnreachableError
from importer.group_commit import GroupCommit
from importer.model import Held, Operation, Outcome, Plan, Sent, Verb, Verdict
from importer.pacing import StoppedError
from importer.progress import Progress
from importer.send.changing import change
from importer.send.deliver import deliver
from importer.send.looking import find_late, watch, weigh
from importer.send.queue import Queue
from importer.send.run import Known, Run
from importer.send.verdicts import blocked, pending, perhaps_changed, unknown
from importer.service import Service
from importer.settings import Settings

__all__ = ["Known", "send"]


async def send(
    plan: Plan,
    service: Service,
    journal: GroupCommit,
    settings: Settings,
    progress: Progress,
    known: Known,
    chance: Random,
    wall: Callable[[], float],
) -> Sent:
    """Send what is planned. Every operation gets a verdict, in the order of the plan; those not reached are pending.

    Never raises for what service, network or journal do: why it stopped early is in the result.
    """
    operations = plan.operations
    run = Run(
        service=service,
        journal=journal,
        settings=settings,
        progress=progress,
        known=known,
        queue=Queue.of([[one for one in wave if one.key not in known.doubts] for wave in plan.waves]),
        operations={operation.key: operation for operation in operations},
        numbers={operation.key: number for number, operation in enumerate(operations)},
        chance=chance,
        wall=wall,
        unclear=dict(known.unclear),
    )
    _take_up(run)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch(run))
        for line in service.lines:
            tasks.create_task(_work(run, line))
    await _close(run)
    for operation in operations:
        if operation.key not in run.verdicts:
            run.verdicts[operation.key] = _left_over(run, operation)
    halt = service.halt
    verdicts = {operation.key: run.verdicts[operation.key] for operation in operations}
    return Sent(verdicts=verdicts, stop=_stop(service), interrupted=halt.interrupted)


def _stop(service: Service) -> ImporterError | None:
    """What stopped the run, in words that are true amid it."""
    reason = service.halt.reason
    if isinstance(reason, UnreachableError) and service.writes:
        return UnreachableError(reason.address, reason.reason, is_amid=True)
    return reason


def _take_up(run: Run) -> None:
    """Begin with the rows that an earlier run left in doubt; the lists of the look-up are the first look."""
    listings: defaultdict[tuple[str, int], list[Held]] = defaultdict(list)
    for key, doubt in run.known.doubts.items():
        run.doubts[key] = doubt
        run.queue.begins_in_doubt(doubt.operation)
        listings[doubt.key] = list(run.known.listings.get(doubt.key, ()))
    for where, listing in listings.items():
        if where not in run.known.listings:
            # Nobody looked there yet, which proves nothing.
            continue
        doubts = [doubt for doubt in run.doubts.values() if doubt.key == where]
        weigh(run, doubts, listing, run.known.listed_at, is_proof=run.known.is_proof)


async def _work(run: Run, line: Line) -> None:
    halt = run.service.halt
    try:
        while (operation := await run.next()) is not None:
            await (deliver if operation.verb is Verb.CREATE else change)(run, line, operation)
    except StoppedError:
        pass
    except ImporterError as error:
        halt.because(error)


async def _close(run: Run) -> None:
    """Make the last outcomes durable, and look once more at what was sent twice."""
    try:
        await run.journal.settled()
        await find_late(run)
    except ImporterError as error:
        run.service.halt.because(error)


def _left_over(run: Run, operation: Operation) -> Verdict:
    """What is said of a row that the run stopped before, or while it was in doubt."""
    if (doubt := run.doubts.get(operation.key)) is not None:
        return unknown(doubt.operation, doubt.reason)
    if (reason := run.unclear.get(operation.key)) is not None:
        return perhaps_changed(operation, reason)
    for key in operation.parents.values():
        # Those above come before those below, so what is above has its verdict by now.
        above = run.verdicts.get(key)
        if above is not None and above.outcome is not Outcome.PENDING and above.id is None:
            return blocked(operation, run.operations[key], above)
    return pending(operation)
