"""Deletions that an earlier run left in doubt and that turn out to be done."""

from collections.abc import Mapping
from dataclasses import replace

from importer.derive.keys import folded
from importer.ending import Ending
from importer.entities import ENTITIES
from importer.journal import LeftChange
from importer.model import Outcome, Verb, Verdict
from importer.problems import Code
from importer.records import whole_records
from importer.work import Work


async def deletions_done(work: Work, ending: Ending, left: Mapping[tuple[str, int], LeftChange]) -> Ending:
    """The same, where rows have nothing to delete any more and an earlier run may have done it: they are deleted.

    Raises as `whole_records`, and `JournalError`.
    """
    verdicts = dict(ending.verdicts)
    waiting = [one for one in left.values() if one.verb is Verb.DELETE and _is_of(one, verdicts.get(one.key))]
    for entity in ENTITIES:
        some = [one for one in waiting if one.kind == entity.kind]
        there = await whole_records(work.service, entity, [one.subject for one in some])
        for one in some:
            if one.subject not in there:
                work.journal.settle(one, None)
                verdicts[one.key] = Verdict(outcome=Outcome.DELETED, id=one.subject)
    return replace(ending, verdicts=verdicts) if waiting else ending


def _is_of(change: LeftChange, verdict: Verdict | None) -> bool:
    """Whether a row has nothing to delete, and it was that record: the sheet may be another one by now."""
    problems = verdict.problems if verdict else ()
    said = [problem.value for problem in problems if problem.code is Code.NOTHING_TO_DELETE]
    names = {str(change.subject), folded(change.title)}
    # The value is the cell as it is: the number may come as a text, or as 7.0.
    return any(folded(str(value)).removesuffix(".0") in names for value in said)
