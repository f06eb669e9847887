"""Which record stands above each row, and which rows are there already. Pure: no network, no clock."""

from collections.abc import Mapping, Sequence

from importer.choices import Existing
from importer.derive.keys import folded
from importer.entities import ENTITIES, Entity
from importer.model import Directory, Held, Outcome, Reference, Resolution, RowKey, Table, Verdict
from importer.problems import Code, Problem
from importer.resolve.known import Candidate, Known, ParentId, Policy, Progress, candidates_of, index, invalid
from importer.resolve.parents import find_parent

__all__ = ["Policy", "resolve"]


def resolve(
    tables: Sequence[Table], errors: Mapping[RowKey, tuple[Problem, ...]], directory: Directory, policy: Policy
) -> Resolution:
    """For every data row of `tables` a `Reference` (to be sent) or a `Verdict` (not to be sent).

    `errors` holds the problems of the rows that are not good; those rows are invalid, and their children
    blocked. The rows of a `Table` are as its docstring says.
    """
    candidates = {entity.kind: list(candidates_of(tables, entity)) for entity in ENTITIES}
    known = index(candidates, directory)
    progress = Progress()
    for entity in ENTITIES:
        for candidate in candidates[entity.kind]:
            found = errors.get(candidate.key)
            decided = (
                Verdict(outcome=Outcome.INVALID, problems=found)
                if found is not None and any(problem.is_error for problem in found)
                else _decide(candidate, known, progress, policy)
            )
            if isinstance(decided, Reference):
                progress.references[candidate.key] = decided
            else:
                progress.verdicts[candidate.key] = decided
    return Resolution(references=progress.references, verdicts=progress.verdicts)


def _decide(candidate: Candidate, known: Known, progress: Progress, policy: Policy) -> Reference | Verdict:
    courses = known.directory.courses
    if courses is not None and candidate.course not in courses:
        return invalid(candidate.problem(Code.COURSE_UNKNOWN, candidate.entity.course.id))
    ids: dict[str, int] = {}
    rows: dict[str, RowKey] = {}
    above: ParentId = None
    for parent in candidate.entity.named_parents:
        found = find_parent(candidate, parent, known, progress, policy)
        if isinstance(found, Verdict):
            return found
        if isinstance(found, RowKey):
            rows[parent.id] = found
        elif found is not None:
            ids[parent.id] = found
        above = found
    return _new_or_there(candidate, above, Reference(ids=ids, rows=rows), known, progress, policy)


def _new_or_there(
    candidate: Candidate, above: ParentId, reference: Reference, known: Known, progress: Progress, policy: Policy
) -> Reference | Verdict:
    key = (candidate.entity.kind, candidate.course, above, folded(candidate.title))
    first = progress.first.setdefault(key, candidate)
    if first is not candidate and not policy.allow_duplicates:
        return invalid(_duplicate(candidate, first))
    occurrence = progress.seen[key]
    progress.seen[key] += 1
    held = known.by_key.get((*key[:2], above, key[3]), ()) if not isinstance(above, RowKey) else ()
    identity = _identity(candidate, above, known, progress)
    if occurrence < len(held) and policy.on_existing is not Existing.CREATE:
        return _there(candidate, held[occurrence:] if not policy.allow_duplicates else held[occurrence:][:1], policy)
    if identity in policy.doubts:
        return Verdict(outcome=Outcome.UNKNOWN, problems=(in_doubt(candidate.key, candidate.table, candidate.course),))
    return Reference(ids=reference.ids, rows=reference.rows, identity=identity)


def _there(candidate: Candidate, held: Sequence[Held], policy: Policy) -> Verdict:
    title = candidate.entity.natural_key[-1]
    if policy.on_existing is Existing.ERROR:
        return invalid(candidate.problem(Code.EXISTS_ALREADY, title, id=held[0].id))
    twice: tuple[Problem, ...] = ()
    if len(held) > 1:
        twice = (candidate.problem(Code.EXISTS_TWICE, title, ids=", ".join(str(record.id) for record in held)),)
    return Verdict(outcome=Outcome.EXISTS, id=held[0].id, problems=twice)


def _duplicate(candidate: Candidate, first: Candidate) -> Problem:
    entity = candidate.entity
    return candidate.problem(
        Code.DUPLICATE_ROW,
        entity.natural_key[-1],
        first=first.place,
        key=key_in_words(entity),
        singular=entity.singular,
    )


def key_in_words(entity: Entity) -> str:
    """What tells two records of a kind apart: `course, section and title`."""
    words = [parent.filter_name.lower() for parent in entity.parents] + [entity.natural_key[-1].lower()]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def in_doubt(key: RowKey, table: Table, course: int) -> Problem:
    """The problem of a row that an earlier run sent without learning what became of it."""
    entity = table.entity
    name = entity.natural_key[-1]
    return Problem(
        code=Code.MAY_EXIST,
        place=table.sheet.place,
        row=key.row,
        value=table.sheet.cells.at[key.row, name],
        details={
            "reason": "an earlier run sent it and got no clear answer",
            "course": course,
            "singular": entity.singular,
        },
    )


def _identity(candidate: Candidate, above: ParentId, known: Known, progress: Progress) -> str:
    """What makes the row itself in every run: its natural key in words, and which of several it is.

    In words, because a section has no id yet when a run creates it. So the lessons of two sections with one title
    count as several.
    """
    entity = candidate.entity
    section = ""
    if isinstance(above, RowKey):
        section = folded(str(candidate.values[entity.named_parents[-1].title or ""]))
    elif above is not None:
        section = folded(known.by_id[entity.named_parents[-1].kind, above].title)
    words = "\x1f".join([entity.kind, str(candidate.course), section, folded(candidate.title)])
    progress.named[words] += 1
    return f"{words}\x1f{progress.named[words] - 1}"
