"""Finding out what became of rows in doubt, by looking at the service's complete lists; the rules are in `doubts`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from importer.api import body_sha256, create, list_page
from importer.choices import Existing
from importer.delivery import State
from importer.derive.keys import folded
from importer.doubts import Absent, Adopt, Alike, Doubt, Finding, Foreign, Open, Several, judge, next_look, rewritten
from importer.errors import ImporterError, JournalBrokeError, UnreachableError
from importer.listing import complete_list
from importer.model import Held, Operation, Outcome, RowKey
from importer.pacing import StoppedError
from importer.send import verdicts
from importer.send.run import Run

_STOPPED: Final = "the run was stopped"

_AFTER_A_FAILURE: Final = 10.0
"""Seconds until the lists are asked for again that could not be read."""


async def watch(run: Run) -> None:
    """While the run goes on: look at the lists when it is time, and try whether a service that failed is back."""
    not_before = run.now
    told = False
    try:
        while not run.is_finished and not run.service.halt.asked:
            if run.queue.is_empty and not told:
                run.progress.settling(len(run.doubts) + len(run.queue.moments), _last_moment(run) - run.now)
                told = True
            wait = max(_next_moment(run), not_before) - run.now
            if wait > 0:
                await run.service.change.wait(wait)
                continue
            if not await _look_or_try(run):
                not_before = run.now + _AFTER_A_FAILURE
    except StoppedError:
        pass
    except ImporterError as error:
        run.service.halt.because(error)


def _next_moment(run: Run) -> float:
    moments = [next_look(doubt, run.settings.settle) for doubt in run.doubts.values()]
    if run.breaker.is_open:
        # While the service is left alone, the lists are not looked at either: one read tries whether it is back.
        moments = [run.breaker.retry_at]
    return min(moments, default=run.now + 3600.0)


def _last_moment(run: Run) -> float:
    """When all doubts are settled, if the lists say nothing else, and no row rests any more."""
    settled = [doubt.ended_at + run.settings.settle for doubt in run.doubts.values()]
    return max([*settled, *run.queue.moments])


async def _look_or_try(run: Run) -> bool:
    """Whether the service answered."""
    run.give_up_in_time()
    try:
        if run.breaker.is_open:
            await _try(run)
            return True
        is_whole = await look(run)
    except UnreachableError:
        is_whole = False
        run.breaker.failed(run.now)
    # Single reads may succeed while no list ever proves anything, so the breaker alone would try for ever.
    run.unseen_since = None if is_whole else run.now if run.unseen_since is None else run.unseen_since
    return is_whole


async def _try(run: Run) -> None:
    operation = next(iter(run.operations.values()))
    await run.service.read(list_page(operation.entity, operation.course, 1), operation.entity.record, tries_left=1)
    run.breaker.answered()
    run.service.change.happened()


async def look(run: Run) -> bool:
    """Look at the lists of the doubts whose moment has come; whether what these do not show is proven to be absent."""
    due: defaultdict[tuple[str, int], list[Doubt]] = defaultdict(list)
    for doubt in run.doubts.values():
        if next_look(doubt, run.settings.settle) <= run.now:
            due[doubt.key].append(doubt)
    are_proofs = True
    for (_, course), doubts in due.items():
        asked_at, stumbles = run.now, run.service.stumbles
        listing = await complete_list(run.service, doubts[0].operation.entity, course)
        is_proof = run.service.stumbles == stumbles
        weigh(run, doubts, listing, asked_at, is_proof=is_proof)
        are_proofs = are_proofs and is_proof
    await run.journal.settled()
    return are_proofs


def weigh(run: Run, doubts: Sequence[Doubt], listing: Sequence[Held], asked_at: float, *, is_proof: bool) -> None:
    """Settle what a complete list of their kind and course, asked for at `asked_at`, can settle.

    One that was read with a failure in between is no proof for what it does not show.
    """
    for doubt in doubts:
        operation = doubt.operation
        claimed = run.claims(operation.entity)
        finding = _judge(run, doubt, listing, claimed, asked_at)
        match finding if is_proof else _unproven(doubt, finding):
            case Adopt(id=number):
                made_on = _made_on(listing, number)
                found = verdicts.adopted(operation, number, has_changed=_has_changed(run, doubt))
                run.clear(doubt, found, State.ADOPTED, made_on)
            case Several(ids=ids) | Alike(ids=ids):
                say = verdicts.several if isinstance(finding, Several) else verdicts.alike
                run.clear(doubt, say(operation, ids), None)
            case Foreign(id=number) if run.settings.on_existing is Existing.CREATE:
                run.clear(doubt, verdicts.several(operation, (number,)), None)
            case Foreign(id=number):
                run.clear(doubt, verdicts.there(operation, number), State.EXISTS)
            case Absent():
                run.send_again(doubt)
            case Open(doubt=still):
                run.doubts[operation.key] = still


def _made_on(listing: Sequence[Held], number: int) -> str | None:
    return next(held.created_on for held in listing if held.id == number)


def _unproven(doubt: Doubt, finding: Finding) -> Finding:
    """What is left of a finding where what the list does not show may be there all the same."""
    return finding if isinstance(finding, Adopt | Several) else Open(replace(doubt, looks=doubt.looks + 1))


def _has_changed(run: Run, doubt: Doubt) -> bool:
    """Whether the row would be sent otherwise today, as far as that is known."""
    today = run.placed(doubt.operation)
    if not doubt.digest or isinstance(today, RowKey):
        return False
    return body_sha256(create(today.entity, today.payload)) != doubt.digest


def _judge(run: Run, doubt: Doubt, listing: Sequence[Held], claimed: Collection[int], asked_at: float) -> Finding:
    shown = {held.id: held.numbers for held in listing}
    made = (
        (operation.payload, shown[verdict.id])
        for operation, verdict in ((run.operations[key], verdict) for key, verdict in run.verdicts.items())
        if operation.entity is doubt.operation.entity and verdict.outcome is Outcome.CREATED and verdict.id in shown
    )
    entity = doubt.operation.entity
    others = {folded(one.title) for one in run.operations.values() if one.entity is entity}
    return judge(
        doubt,
        listing,
        claimed,
        asked_at=asked_at,
        settle=run.settings.settle,
        unkept=rewritten(made),
        earlier=run.earlier(entity),
        others=others,
    )


async def may_be_there(run: Run, operation: Operation) -> bool:
    """Whether a row that was refused may have a record all the same.

    One that was sent again may have come through the first time, later than anybody expected, and be refused for that
    very record. Where the lists cannot be read, nobody knows.
    """
    doubt = run.resent.get(operation.key)
    if doubt is None:
        return False
    try:
        listing = await complete_list(run.service, operation.entity, operation.course)
    except (ImporterError, StoppedError):
        return True
    finding = _judge(run, doubt, listing, run.claims(operation.entity), run.now)
    return isinstance(finding, Adopt | Several | Alike)


async def find_late(run: Run) -> None:
    """Look once more at rows that were sent again, should the first attempt have come through after all.

    A row that was created then has two records, between which a person has to choose; one that was not has one.
    What could not be looked at is told of on its rows, whose outcome is that which the service said.
    """
    again: defaultdict[tuple[str, int], list[Doubt]] = defaultdict(list)
    for key, doubt in run.resent.items():
        if key in run.verdicts:
            again[doubt.key].append(doubt)
    for doubts in again.values():
        found = await _last_list(run, doubts[0].operation)
        for doubt in doubts:
            if isinstance(found, str):
                _not_looked_at(run, doubt, found)
            else:
                _weigh_late(run, doubt, found)


async def _last_list(run: Run, operation: Operation) -> Sequence[Held] | str:
    """The list that would show an operation's record, or why it cannot be had."""
    if run.service.halt.asked:
        return _STOPPED
    try:
        return await complete_list(run.service, operation.entity, operation.course)
    except StoppedError:
        return _STOPPED
    except JournalBrokeError:
        raise
    except ImporterError as error:
        return error.short


def _not_looked_at(run: Run, doubt: Doubt, reason: str) -> None:
    operation = doubt.operation
    run.verdicts[operation.key] = verdicts.not_looked_at(operation, run.verdicts[operation.key], reason)


def _weigh_late(run: Run, doubt: Doubt, listing: Sequence[Held]) -> None:
    operation, said = doubt.operation, run.verdicts[doubt.operation.key]
    own = {said.id}
    match _judge(run, doubt, listing, run.claims(operation.entity) - own, run.now):
        case Several(ids=ids):
            run.verdicts[operation.key] = verdicts.several(operation, ids)
        case Alike(ids=ids) if {*ids} - own:
            run.verdicts[operation.key] = verdicts.alike(operation, ids)
        case Adopt(id=number) if said.outcome is Outcome.FAILED:
            run.verdicts[operation.key] = verdicts.several(operation, (number,))
        case Adopt(id=number) if said.outcome is Outcome.REJECTED:
            run.verdicts[operation.key] = verdicts.adopted(operation, number)
            run.claims(operation.entity).add(number)
            run.note(operation, State.ADOPTED, id=number, stamp=_made_on(listing, number))
