"""Which record stands above each row, and which rows are there already. Pure: no network, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    progress = Progress(owned={(_kind_of(identity), number) for identity, number in policy.made.items()})
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
    place = progress.seen[key]
    progress.seen[key] += 1
    held = _held_below(candidate, above, known, progress, policy)
    identity = _identity(candidate, above, known, progress) + policy.generation
    own = policy.made.get(identity)
    if policy.allow_duplicates and own is None:
        # What other rows are known to have made is theirs; the rest goes to the rest of the rows, one each.
        held = [one for one in held if (candidate.entity.kind, one.id) not in progress.owned]
        place = progress.without[key]
        progress.without[key] += 1
    if identity in policy.doubts:
        # Its record may be among those that are there: that is found out first, whatever is to be done with those.
        return replace(reference, identity=identity, in_doubt=True)
    is_own = own is not None and (policy.allow_duplicates or not held)
    if place < len(held) and policy.on_existing is not Existing.CREATE and not is_own:
        return _there(candidate, held[place:] if not policy.allow_duplicates else held[place:][:1], policy)
    if own is not None:
        return Verdict(outcome=Outcome.EXISTS, id=own)
    return replace(reference, identity=identity)


def _held_below(
    candidate: Candidate, above: ParentId, known: Known, progress: Progress, policy: Policy
) -> Sequence[Held]:
    """The records with the candidate's title below the record above it.

    A row above that is in doubt has that record which is there, if any: where the journal is of an earlier day, others
    may be below it already.
    """
    kind, course, title = candidate.entity.kind, candidate.course, folded(candidate.title)
    if isinstance(above, RowKey):
        parent = candidate.entity.named_parents[-1]
        name = folded(str(candidate.values[parent.title or ""]))
        there = known.by_title.get((parent.kind, course, name), ())
        if not progress.references[above].in_doubt or policy.on_existing is Existing.CREATE or len(there) != 1:
            return ()
        above = there[0].id
    return known.by_key.get((kind, course, above, title), ())


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


def _identity(candidate: Candidate, above: ParentId, known: Known, progress: Progress) -> str:
    """What makes the row itself in every run: its natural key in words, and which of several it is.

    In words, because a section has no id yet when a run creates it. So the lessons of two sections with one title
    count as several.
    """
    entity = candidate.entity
    section = ""
    if above is not None:
        listed = None if isinstance(above, RowKey) else known.by_id.get((entity.named_parents[-1].kind, above))
        title = listed.title if listed else candidate.values[entity.named_parents[-1].title or ""]
        section = folded(str(title))
    words = "\x1f".join([entity.kind, str(candidate.course), section, folded(candidate.title)])
    progress.named[words] += 1
    return f"{words}\x1f{progress.named[words] - 1}"


def _kind_of(identity: str) -> str:
    return identity.partition("\x1f")[0]
