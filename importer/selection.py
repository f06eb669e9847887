"""Which part of what could be sent is sent: all of it, a trial slice, or what a saved plan says."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from importer.ending import Ending
from importer.errors import ImporterError, PlanChangedError
from importer.model import Outcome, Plan, RowKey, Verdict
from importer.plan import part_of
from importer.prepare import rows
from importer.problems import Problem
from importer.saved_plan import Present, SavedPlan, differences, keep, mapping_sha256, saved_plan, steps_of
from importer.trial import left_for_later, trial
from importer.work import Work

_PENDING: Final = Verdict(outcome=Outcome.PENDING)


def selected(work: Work, ending: Ending, plan: Plan, doubts: Collection[str], saved: SavedPlan | None) -> Ending:
    """What is to be sent of all that could be: what a saved plan says, else a trial slice, else everything.

    `doubts` are the identities of rows that an earlier run left in doubt.
    """
    in_doubt = {one.key for one in plan.operations if one.identity in doubts}
    if saved is not None:
        return _as_saved(work, ending, plan, in_doubt, saved)
    most = work.settings.limit
    if most is None:
        return ending
    # What is in doubt comes first: that is waiting for an answer.
    return _part(work, ending, plan, trial(plan.operations, most, in_doubt), most)


def _part(work: Work, ending: Ending, plan: Plan, keys: Collection[RowKey], most: int) -> Ending:
    """The same with some of the rows only."""
    later = tuple(one for one in plan.operations if one.key not in keys)
    return replace(
        ending,
        verdicts={**ending.verdicts, **left_for_later(later, most)},
        plan=part_of(plan, keys, work.settings),
        later=later,
    )


def _as_saved(work: Work, ending: Ending, plan: Plan, in_doubt: Collection[RowKey], saved: SavedPlan) -> Ending:
    """What a saved plan says; or, where anything is not as it was, an ending that tells what."""
    path = work.settings.plan
    assert path is not None
    operations = {one.key: one for one in plan.operations}
    mapping = mapping_sha256(work.settings)
    assert ending.directory is not None
    present = Present(
        files={book.name: book.sha256 for book in work.prepared.books},
        others={} if mapping is None else {str(work.settings.mapping): mapping},
        rows=tuple(rows(work.prepared, ending.verdicts)),
        operations=operations,
        directory=ending.directory,
        done=work.journal.done_under(work.account, saved.run),
        in_doubt=in_doubt,
    )
    found = differences(saved, present)
    if found:
        ending = replace(
            ending,
            verdicts={**ending.verdicts, **_with_problems(ending.verdicts, found.rows)},
            problems=(*ending.problems, *found.problems),
        )
        return ending.because(PlanChangedError(path))
    kept = steps_of(saved, list(present.files))
    return _part(work, ending, plan, kept, work.settings.limit or len(kept))


def _with_problems(verdicts: Mapping[RowKey, Verdict], problems: Mapping[RowKey, Problem]) -> dict[RowKey, Verdict]:
    known = {key: verdicts.get(key, _PENDING) for key in problems}
    return {key: replace(one, problems=(*one.problems, problems[key])) for key, one in known.items()}


def saved_to(work: Work, ending: Ending) -> Ending:
    """The same with its plan saved, where that is wanted; where it fails, that is how it ends."""
    path = work.settings.output
    if path is None:
        return ending
    assert ending.plan is not None
    assert ending.directory is not None
    found = (work.prepared, work.settings, ending.plan, ending.verdicts, ending.directory)
    try:
        keep(saved_plan(*found, run=work.run.root, made=datetime.now(UTC)), path, force=work.settings.force)
    except ImporterError as error:
        return ending.because(error)
    return replace(ending, saved_to=path)
