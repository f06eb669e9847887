"""Whoever gave the command agrees to what is to be sent, which is looked up anew if that took a while."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from importer.ending import Desk, Ending, foreseen
from importer.model import Outcome, Plan
from importer.send.taking_up import changes_not_yet_known, not_yet_known
from importer.work import Work


async def agreed(
    work: Work, ending: Ending, desk: Desk, look_again: Callable[[], Awaitable[Ending]]
) -> tuple[Ending, bool]:
    """What is there now and what is to be sent, and whether the user agrees to that.

    While somebody thinks, somebody else may add what is to be sent, or edit what is to be changed or deleted: so it is
    looked up anew, and asked again where the plan or one of its records has become another one.
    """
    while True:
        ending = _with_doubts(work, ending)
        bad = sum(verdict.outcome in (Outcome.INVALID, Outcome.BLOCKED) for verdict in ending.verdicts.values())
        if work.settings.all_or_nothing and bad:
            return ending.held_back(bad), False
        plan = ending.plan
        assert plan is not None
        if desk.agree is not None and not desk.agree(foreseen(work.prepared, ending)):
            return ending.declined(), False
        if not (desk.asks and plan.operations):
            return ending, True
        fresh = await look_again()
        if fresh.stop is not None or fresh.plan is None:
            return fresh, False
        if _wanted(fresh.plan) == _wanted(plan):
            return _with_doubts(work, fresh), True
        ending = fresh
        desk.changed_meanwhile()


def _wanted(plan: Plan) -> list[tuple[object, ...]]:
    return [(one.key, one.verb, one.id, one.payload, one.before) for one in plan.operations]


def _with_doubts(work: Work, ending: Ending) -> Ending:
    """The same, with what earlier runs left in doubt said of its rows."""
    every = tuple(ending.operations.values())
    left, changes = work.journal.doubts(work.account), work.journal.changes(work.account)
    in_doubt = {**not_yet_known(every, left), **changes_not_yet_known(every, changes)}
    return replace(ending, verdicts={**ending.verdicts, **in_doubt})
