"""The record above a row: by its number, or by its title in this import or in the service."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from importer.choices import Existing
from importer.derive.keys import folded
from importer.derive.lookalikes import latin, only_alike
from importer.entities import COURSE, Parent, entity
from importer.model import Held, Outcome, RowKey, Verdict
from importer.problems import (
    AMBIGUOUS,
    DISAGREES,
    ELSEWHERE,
    NOT_CREATED,
    UNKNOWN,
    Code,
    Problem,
    about,
    did_you_mean,
)
from importer.resolve.known import Candidate, Known, Policy, Progress, Scope, invalid

_NEAR_ENOUGH: Final = 75
"""How alike (of 100) a title must be to be suggested."""

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.BLOCKED: "was not sent either",
    Outcome.SKIPPED: "is left out",
}


def find_parent(
    candidate: Candidate, parent: Parent, known: Known, progress: Progress, policy: Policy
) -> int | RowKey | Verdict | None:
    """Its id, the row that will get one, None where the row names none, or why it cannot be told."""
    number = candidate.values[parent.id]
    title = candidate.values[parent.title] if parent.title else None
    if number is not None:
        return _by_number(candidate, parent, int(number), title, known, progress)
    if title is None:
        return None
    return _by_title(candidate, parent, str(title), known, progress, policy)


def _by_number(
    candidate: Candidate, parent: Parent, number: int, title: str | None, known: Known, progress: Progress
) -> int | Verdict:
    held = known.by_id.get((parent.kind, number))
    if held is None:
        if known.is_unseen(parent.kind):
            return number
        return invalid(_unknown(candidate, parent, parent.id, "number", known, did_you_mean(None)))
    if held.course != candidate.scope:
        return invalid(_elsewhere(candidate, parent, parent.id, held.course, known))
    if title is not None and folded(title) not in _titles(parent, held, progress):
        return invalid(
            candidate.problem(
                _code(parent, DISAGREES),
                parent.title or parent.id,
                id_heading=candidate.table.sheet.column(parent.id).heading,
                id=number,
                explanation=f'number {number} is called "{held.title}"',
            )
        )
    return number


def _titles(parent: Parent, held: Held, progress: Progress) -> set[str]:
    """What a record is called, and what the row of it in this import calls it."""
    row = progress.taken.get((parent.kind, held.id))
    called = None if row is None else row.values[row.entity.natural_key[-1]]
    return {folded(held.title), *([folded(str(called))] if called is not None else [])}


def _by_title(
    candidate: Candidate, parent: Parent, title: str, known: Known, progress: Progress, policy: Policy
) -> int | RowKey | Verdict:
    name = (parent.kind, candidate.scope, folded(title))
    held = known.by_title.get(name, ())
    rows = known.rows.get(name, ())
    coming = [row for row in rows if _is_new(row, progress)]
    if len(coming) == 1 and (not held or policy.on_existing is Existing.CREATE or _in_doubt(coming[0], progress)):
        return coming[0].key
    made = {number for row in rows if (number := _record(row, progress)) is not None}
    if policy.on_existing is Existing.CREATE and len(made) == 1 and not coming:
        # The run that this one goes on with made it, so it is the row's, whatever else has the title.
        return made.pop()
    if any(_changes(row, progress) for row in rows) and not coming and made - {one.id for one in held}:
        # A row gives its record this title: it may be another one that has it so far.
        ids = sorted(made | {one.id for one in held})
        return ids[0] if len(ids) == 1 else invalid(_ambiguous(candidate, parent, held, rows, known))
    if len(held) == 1 and not coming:
        return held[0].id
    if held or coming:
        return invalid(_ambiguous(candidate, parent, held, coming, known))
    if len(made) == 1:
        # An earlier run made it, and no list shows it yet.
        return made.pop()
    if rows:
        return _blocked(candidate, parent, title, rows[0], progress.verdicts[rows[0].key], policy)
    return invalid(_no_such_title(candidate, parent, title, known))


def _is_new(row: Candidate, progress: Progress) -> bool:
    """Whether the row's record is still to be created."""
    reference = progress.references.get(row.key)
    return reference is not None and reference.record is None


def _changes(row: Candidate, progress: Progress) -> bool:
    """Whether the row may change its record."""
    reference = progress.references.get(row.key)
    return reference is not None and reference.record is not None


def _record(row: Candidate, progress: Progress) -> int | None:
    """The id of the row's record, where there is one."""
    verdict, reference = progress.verdicts.get(row.key), progress.references.get(row.key)
    return verdict.id if verdict else reference.record if reference else None


def left_out(candidate: Candidate) -> Verdict:
    """The verdict on a row that would be a new record where none is to be created."""
    title = candidate.problem(Code.NOT_THERE, candidate.entity.natural_key[-1])
    return Verdict(outcome=Outcome.SKIPPED, problems=(title,))


def _in_doubt(candidate: Candidate, progress: Progress) -> bool:
    """Whether the record that is there may be the row's own."""
    return progress.references[candidate.key].in_doubt


def _code(parent: Parent, what: str) -> Code:
    return about(entity(parent.kind).singular, what)


def _blocked(
    candidate: Candidate, parent: Parent, title: str, above: Candidate, verdict: Verdict, policy: Policy
) -> Verdict:
    if verdict.outcome is Outcome.SKIPPED and policy.update_only and candidate.record is None:
        return left_out(candidate)
    problem = candidate.remark(
        _code(parent, NOT_CREATED),
        title,
        singular=candidate.entity.singular,
        parent=above.place,
        state=_STATES[verdict.outcome],
    )
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))


def _unknown(candidate: Candidate, parent: Parent, name: str, what: str, known: Known, suggestion: str) -> Problem:
    singular = parent.filter_name.lower()
    of_this = "" if candidate.entity.scope is parent else f" of this {COURSE.singular}"
    return candidate.problem(
        _code(parent, UNKNOWN),
        name,
        course=known.course(candidate.scope),
        expected=f"the {what} of a {singular}{of_this}",
        did_you_mean=suggestion,
    )


def _elsewhere(candidate: Candidate, parent: Parent, name: str, course: Scope, known: Known) -> Problem:
    return candidate.problem(
        _code(parent, ELSEWHERE),
        name,
        other_course=known.course(course),
        course=known.course(candidate.scope),
    )


def _no_such_title(candidate: Candidate, parent: Parent, title: str, known: Known) -> Problem:
    name = parent.title or parent.id
    near = process.extractOne(
        title,
        known.titles(parent.kind, candidate.scope),
        scorer=fuzz.ratio,
        score_cutoff=_NEAR_ENOUGH,
        processor=lambda text: latin(text).casefold(),
    )
    wanted = folded(title)
    elsewhere = [
        course for (kind, course, text) in [*known.by_title, *known.rows] if kind == parent.kind and text == wanted
    ]
    if elsewhere and near is None:
        return _elsewhere(candidate, parent, name, min(elsewhere, key=str), known)
    suggestion = did_you_mean(near[0], only_alike(title, near[0])) if near else ""
    return _unknown(candidate, parent, name, "title", known, suggestion)


def _ambiguous(
    candidate: Candidate, parent: Parent, held: Sequence[Held], rows: Sequence[Candidate], known: Known
) -> Problem:
    candidates = [f"number {record.id} in Nexudus" for record in held] + [row.place for row in rows]
    return candidate.problem(
        _code(parent, AMBIGUOUS),
        parent.title or parent.id,
        course=known.course(candidate.scope),
        candidates=", ".join(candidates),
        id_heading=candidate.table.sheet.column(parent.id).heading,
    )
