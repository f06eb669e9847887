"""Which record stands above each row, and which rows are there already. Pure: no network, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from importer.choices import Existing
from importer.derive.keys import above_in_words, folded, identity_of
from importer.derive.words import key_in_words
from importer.entities import ACTION, DELETE, ENTITIES, EVERYWHERE, ID, SKIP, UPDATE
from importer.model import Directory, Held, Outcome, Reference, Resolution, RowKey, Table, Verdict
from importer.problems import Code, Problem
from importer.resolve.below import emptied
from importer.resolve.known import Candidate, Key, Known, ParentId, Policy, Progress, candidates_of, index, invalid
from importer.resolve.parents import find_parent, left_out

__all__ = ["Policy", "emptied", "resolve"]


_NONE: Final[Mapping[RowKey, tuple[Problem, ...]]] = MappingProxyType({})


def resolve(
    tables: Sequence[Table],
    errors: Mapping[RowKey, tuple[Problem, ...]],
    directory: Directory,
    policy: Policy,
    if_new: Mapping[RowKey, tuple[Problem, ...]] = _NONE,
) -> Resolution:
    """For every data row of `tables` a `Reference` (to be sent) or a `Verdict` (not to be sent).

    `errors` holds the problems of the rows that are not good; those rows are invalid, and their children
    blocked. `if_new` holds what is wrong with rows only if their record is not there. The rows of a `Table` are as
    its docstring says.
    """
    known = index(directory)
    progress = Progress(owned={(_kind_of(identity), number) for identity, number in policy.made.items()})
    for entity in ENTITIES:
        # All of them are placed before any is decided: a row may name one that stands below it.
        candidates = [*candidates_of(tables, entity)]
        progress.taken |= {(entity.kind, one.record or 0): one for one in candidates if _names(one, policy)}
        placed = [_placed(candidate, known, progress, policy) for candidate in candidates]
        for candidate, misplaced in placed:
            decided = (
                _not_wanted(candidate, policy)
                or _wrong(errors.get(candidate.key, ()))
                or misplaced
                or _sendable(_decide(candidate, known, progress, policy), candidate, if_new, policy)
            )
            if isinstance(decided, Reference):
                progress.references[candidate.key] = decided
            else:
                progress.verdicts[candidate.key] = decided
    return Resolution(references=progress.references, verdicts=progress.verdicts, own=progress.own)


def _names(candidate: Candidate, policy: Policy) -> bool:
    """Whether the row names a record outright, and that counts."""
    is_looked_at = candidate.action != SKIP.number and candidate.on_existing(policy) is not Existing.CREATE
    return candidate.record is not None and is_looked_at


def _not_wanted(candidate: Candidate, policy: Policy) -> Verdict | None:
    """The verdict on a row that is to be left out, or that must not do what it says."""
    if candidate.action == SKIP.number:
        return Verdict(outcome=Outcome.SKIPPED)
    if candidate.action == DELETE.number and not policy.allow_delete:
        return invalid(candidate.problem(Code.DELETE_NOT_ALLOWED, ACTION.name))
    return None


def _wrong(found: tuple[Problem, ...]) -> Verdict | None:
    """The verdict on a row with these problems, where one of them keeps it from being sent."""
    is_wrong = any(problem.is_error for problem in found)
    return Verdict(outcome=Outcome.INVALID, problems=found) if is_wrong else None


def _sendable(
    decided: Reference | Verdict, candidate: Candidate, if_new: Mapping[RowKey, tuple[Problem, ...]], policy: Policy
) -> Reference | Verdict:
    """What is decided, unless the row would be a new record and cannot be."""
    if isinstance(decided, Verdict) or decided.record is not None:
        return decided
    title = candidate.entity.natural_key[-1]
    if candidate.action == DELETE.number:
        return _nothing_there(candidate, title)
    if candidate.action == UPDATE.number and not decided.in_doubt:
        return invalid(candidate.problem(Code.NOTHING_TO_UPDATE, title, singular=candidate.entity.singular))
    if policy.update_only and not decided.in_doubt:
        return left_out(candidate)
    return _wrong(if_new.get(candidate.key, ())) or decided


def _deletes(candidate: Candidate, why_not: Problem) -> bool:
    """Whether the row was to delete a record that is not there."""
    return candidate.action == DELETE.number and why_not.code is Code.RECORD_UNKNOWN


def _nothing_there(candidate: Candidate, name: str) -> Verdict:
    """The verdict on a row whose record is gone already, as it is to be."""
    nothing = candidate.problem(Code.NOTHING_TO_DELETE, name, singular=candidate.entity.singular)
    return Verdict(outcome=Outcome.SKIPPED, problems=(nothing,))


def _placed(candidate: Candidate, known: Known, progress: Progress, policy: Policy) -> tuple[Candidate, Verdict | None]:
    """The row in its course, and why it cannot be there."""
    parent = candidate.entity.scope
    scope = find_parent(candidate, parent, known, progress, policy) if parent else EVERYWHERE
    if isinstance(scope, Verdict):
        return candidate, scope
    if _is_named(candidate, progress):
        named = known.named(candidate, scope)
        if isinstance(named, Problem):
            return candidate, _nothing_there(candidate, ID) if _deletes(candidate, named) else invalid(named)
        scope = named.course
    if scope is not None:
        candidate = replace(candidate, scope=scope)
        known.take(candidate)
    return candidate, None


def _decide(candidate: Candidate, known: Known, progress: Progress, policy: Policy) -> Reference | Verdict:
    ids: dict[str, int] = {}
    rows: dict[str, RowKey] = {}
    above: ParentId = None
    for parent in candidate.entity.parents:
        is_scope = parent is candidate.entity.scope
        found = candidate.scope if is_scope else find_parent(candidate, parent, known, progress, policy)
        if isinstance(found, Verdict):
            return found
        if isinstance(found, RowKey):
            rows[parent.id] = found
        elif found is not None:
            ids[parent.id] = found
        above = None if is_scope else found
    reference = Reference(ids=ids, rows=rows)
    if _is_named(candidate, progress):
        named = known.by_id[candidate.entity.kind, candidate.values[ID]]
        return _there(candidate, [named], reference, progress, policy)
    return _new_or_there(candidate, above, reference, known, progress, policy)


def _is_named(candidate: Candidate, progress: Progress) -> bool:
    """Whether the row names its record outright, and that counts."""
    return candidate.record is not None and (candidate.entity.kind, candidate.record) in progress.taken


def _key(candidate: Candidate, above: ParentId) -> Key:
    numbers = tuple(int(candidate.values[name]) for name in candidate.entity.key_numbers)
    return candidate.entity.kind, candidate.scope, above, numbers, folded(candidate.title)


def _held(candidate: Candidate, above: ParentId, known: Known, progress: Progress) -> Sequence[Held]:
    """The records that have the row's natural key; a number that a list does not show cannot tell them apart.

    A row above that is in doubt has that record which is there, if any: where the journal is of an earlier day, others
    may be below it already.
    """
    kind, scope, above, numbers, title = _key(candidate, above)
    place = progress.there.get(scope, scope), progress.there.get(above, above)
    wanted = dict(zip(candidate.entity.key_numbers, numbers, strict=True))
    return [
        held
        for held in known.by_key.get((kind, *place, title), ())
        if all(held.numbers.get(name, number) == number for name, number in wanted.items())
    ]


def _anywhere(
    candidate: Candidate, above: ParentId, known: Known, progress: Progress, policy: Policy
) -> Sequence[Held]:
    """The records with the row's title wherever in its course, for one to change that does not say where it stands."""
    entity = candidate.entity
    within = entity.within
    if candidate.on_existing(policy) is not Existing.UPDATE or within is None or above is not None:
        return ()
    if candidate.table.clears(candidate.row, within.id) or candidate.table.clears(candidate.row, within.title or ""):
        return ()
    there = known.by_title.get((entity.kind, candidate.scope, folded(candidate.title)), ())
    return [held for held in there if (entity.kind, held.id) not in progress.taken]


def _new_or_there(
    candidate: Candidate, above: ParentId, reference: Reference, known: Known, progress: Progress, policy: Policy
) -> Reference | Verdict:
    key = _key(candidate, above)
    held = _held(candidate, above, known, progress) or _anywhere(candidate, above, known, progress, policy)
    named = (row for one in held if (row := progress.taken.get((candidate.entity.kind, one.id))))
    first = progress.first.setdefault(key, next(named, candidate))
    if first is not candidate and not policy.allow_duplicates:
        return invalid(_duplicate(candidate, first))
    place = progress.seen[key]
    progress.seen[key] += 1
    identity = _identity(candidate, above, known, progress) + policy.generation
    own = policy.made.get(identity)
    if policy.allow_duplicates and own is None:
        # What other rows name or are known to have made is theirs; the rest goes to the rest of the rows, one each.
        others = {*progress.owned, *progress.taken}
        held = [one for one in held if (candidate.entity.kind, one.id) not in others]
        place = progress.without[key]
        progress.without[key] += 1
    if identity in policy.doubts:
        # Its record may be among those that are there: that is found out first, whatever is to be done with those.
        if len(held) == 1 and candidate.on_existing(policy) is not Existing.CREATE:
            progress.there[candidate.key] = held[0].id
        return replace(reference, identity=identity, in_doubt=True)
    progress.made(candidate.key, replace(reference, identity=identity, record=own))
    is_own = own is not None and (policy.allow_duplicates or not held)
    if place < len(held) and candidate.on_existing(policy) is not Existing.CREATE and not is_own:
        found = held[place:] if not policy.allow_duplicates else held[place:][:1]
        return _there(candidate, found, reference, progress, policy)
    if own is not None:
        if candidate.on_existing(policy) is Existing.UPDATE:
            return _to_change(candidate, own, reference, progress)
        return Verdict(outcome=Outcome.EXISTS, id=own)
    return replace(reference, identity=identity)


def _to_change(candidate: Candidate, id: int, reference: Reference, progress: Progress) -> Reference:
    """The row as one of a record that is there: what it changes is found out later."""
    progress.taken.setdefault((candidate.entity.kind, id), candidate)
    identity = identity_of(candidate.entity.kind, str(candidate.scope), "", "")
    deletes = candidate.action == DELETE.number
    return replace(reference, record=id, identity=f"{identity}\x1f#{id}", deletes=deletes)


def _there(
    candidate: Candidate, held: Sequence[Held], reference: Reference, progress: Progress, policy: Policy
) -> Reference | Verdict:
    title = candidate.entity.natural_key[-1]
    on_existing = candidate.on_existing(policy)
    if on_existing is Existing.ERROR:
        code = Code.EXISTS_ALREADY if candidate.action is None else Code.NOT_NEW
        return invalid(candidate.problem(code, title, id=held[0].id))
    ids = ", ".join(str(record.id) for record in held)
    if on_existing is Existing.UPDATE and len(held) > 1:
        return invalid(candidate.problem(Code.RECORD_AMBIGUOUS, title, ids=ids, singular=candidate.entity.singular))
    if on_existing is Existing.UPDATE:
        return _to_change(candidate, held[0].id, reference, progress)
    twice: tuple[Problem, ...] = ()
    if len(held) > 1:
        twice = (candidate.problem(Code.EXISTS_TWICE, title, ids=ids),)
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


def _identity(candidate: Candidate, above: ParentId, known: Known, progress: Progress) -> str:
    """What makes the row itself in every run: its natural key in words, and which of several it is.

    In words, because a section has no id yet when a run creates it. So the lessons of two sections with one title
    count as several.
    """
    entity = candidate.entity
    scope, section = candidate.scope, ""
    if above is not None and entity.within is not None:
        listed = None if isinstance(above, RowKey) else known.by_id.get((entity.within.kind, above))
        title = listed.title if listed else candidate.values[entity.within.title or ""]
        section = folded(str(title))
    course = above_in_words(progress.references[scope].identity) if isinstance(scope, RowKey) else str(scope)
    numbers = [str(candidate.values[name]) for name in entity.key_numbers]
    words = identity_of(entity.kind, "/".join([course, *numbers]), section, folded(candidate.title))
    progress.named[words] += 1
    return f"{words}\x1f{progress.named[words] - 1}"


def _kind_of(identity: str) -> str:
    return identity.partition("\x1f")[0]
