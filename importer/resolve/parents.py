"""The record above a row: by its number, or by its title in this import or in the service."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz import fuzz, process

from importer.choices import Existing
from importer.derive.keys import folded
from importer.entities import Parent
from importer.model import Held, Outcome, RowKey, Verdict
from importer.problems import Code, Problem, did_you_mean
from importer.resolve.known import Candidate, Known, Policy, Progress, invalid

_NEAR_ENOUGH: Final = 75
"""How alike (of 100) a title must be to be suggested."""

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.BLOCKED: "was not sent either",
}


def find_parent(
    candidate: Candidate, parent: Parent, known: Known, progress: Progress, policy: Policy
) -> int | RowKey | Verdict | None:
    """Its id, the row that will get one, None where the row names none, or why it cannot be told."""
    number = candidate.values[parent.id]
    title = candidate.values[parent.title] if parent.title else None
    if number is not None:
        return _by_number(candidate, parent, int(number), title, known)
    if title is None:
        return None
    return _by_title(candidate, parent, str(title), known, progress, policy)


def _by_number(candidate: Candidate, parent: Parent, number: int, title: str | None, known: Known) -> int | Verdict:
    held = known.by_id.get((parent.kind, number))
    if held is None:
        expected = f"the number of a {parent.filter_name.lower()} of this course"
        return invalid(_unknown(candidate, parent.id, expected, None))
    if held.course != candidate.course:
        return invalid(_elsewhere(candidate, parent.id, held.course))
    if title is not None and folded(title) != folded(held.title):
        return invalid(
            candidate.problem(
                Code.SECTION_DISAGREES,
                parent.title or parent.id,
                id_heading=candidate.table.sheet.column(parent.id).heading,
                id=number,
                explanation=f'number {number} is called "{held.title}"',
            )
        )
    return number


def _by_title(
    candidate: Candidate, parent: Parent, title: str, known: Known, progress: Progress, policy: Policy
) -> int | RowKey | Verdict:
    name = (parent.kind, candidate.course, folded(title))
    held = known.by_title.get(name, ())
    rows = known.rows.get(name, ())
    coming = [row for row in rows if row.key in progress.references]
    if len(coming) == 1 and (not held or policy.on_existing is Existing.CREATE or _in_doubt(coming[0], progress)):
        return coming[0].key
    made = {verdict.id for row in rows if (verdict := progress.verdicts.get(row.key)) and verdict.id is not None}
    if policy.on_existing is Existing.CREATE and len(made) == 1 and not coming:
        # The run that this one goes on with made it, so it is the row's, whatever else has the title.
        return made.pop()
    if len(held) == 1 and not coming:
        return held[0].id
    if held or coming:
        return invalid(_ambiguous(candidate, parent, held, coming))
    if len(made) == 1:
        # An earlier run made it, and no list shows it yet.
        return made.pop()
    if rows:
        return _blocked(candidate, title, rows[0], progress.verdicts[rows[0].key])
    return invalid(_no_such_title(candidate, parent, title, known))


def _in_doubt(candidate: Candidate, progress: Progress) -> bool:
    """Whether the record that is there may be the row's own."""
    return progress.references[candidate.key].in_doubt


def _blocked(candidate: Candidate, title: str, above: Candidate, verdict: Verdict) -> Verdict:
    state = _STATES[verdict.outcome]
    problem = candidate.remark(Code.SECTION_NOT_CREATED, title, parent=above.place, state=state)
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))


def _unknown(candidate: Candidate, name: str, expected: str, nearest: str | None) -> Problem:
    return candidate.problem(
        Code.SECTION_UNKNOWN, name, course=candidate.course, expected=expected, did_you_mean=did_you_mean(nearest)
    )


def _elsewhere(candidate: Candidate, name: str, course: int) -> Problem:
    return candidate.problem(Code.SECTION_ELSEWHERE, name, other_course=course, course=candidate.course)


def _no_such_title(candidate: Candidate, parent: Parent, title: str, known: Known) -> Problem:
    name = parent.title or parent.id
    near = process.extractOne(
        title,
        known.titles(parent.kind, candidate.course),
        scorer=fuzz.ratio,
        score_cutoff=_NEAR_ENOUGH,
        processor=str.casefold,
    )
    wanted = folded(title)
    elsewhere = {
        course for (kind, course, text) in [*known.by_title, *known.rows] if kind == parent.kind and text == wanted
    }
    if elsewhere and near is None:
        return _elsewhere(candidate, name, min(elsewhere))
    expected = f"the title of a {parent.filter_name.lower()} of this course"
    return _unknown(candidate, name, expected, near[0] if near else None)


def _ambiguous(candidate: Candidate, parent: Parent, held: Sequence[Held], rows: Sequence[Candidate]) -> Problem:
    candidates = [f"number {record.id} in Nexudus" for record in held] + [row.place for row in rows]
    return candidate.problem(
        Code.SECTION_AMBIGUOUS,
        parent.title or parent.id,
        course=candidate.course,
        candidates=", ".join(candidates),
        id_heading=candidate.table.sheet.column(parent.id).heading,
    )
