"""What taking back a run means: which records are deleted, which are put back, and which are left, and why. Pure.

A record goes only if the run made it, nobody edited it since, and nothing is in it but what goes too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.changes import stamp_of
from importer.derive.compare import differing
from importer.derive.told_changes import told_change
from importer.entities import CREATED_ON, ENTITIES, TITLE, Entity, entity
from importer.journal import Deed
from importer.model import Change, Held, Operation, Outcome, RowKey, Verb, Verdict
from importer.problems import Code, Place, Problem, quoted, some_of

Record = Mapping[str, Any]
Lists = Mapping[tuple[str, int], Sequence[Held]]
"""What there is below courses, by kind and course."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What is to be done, the newest first, and the verdicts on everything else."""

    operations: tuple[Operation, ...]
    verdicts: Mapping[RowKey, Verdict]


def place_of(deed: Deed) -> Place:
    """Where its row is."""
    return Place(file=deed.file, sheet=deed.sheet or None)


def key_of(deed: Deed) -> RowKey:
    """Which row it is."""
    return RowKey(deed.file, deed.sheet, deed.row)


def reverse(deeds: Sequence[Deed], records: Mapping[tuple[str, int], Record], lists: Lists) -> Reversal:
    """How to take the deeds back.

    `records` are those of them and of `parents_before` that are there, whole, by kind and id.

    A plan first puts back what was changed, as a record may have been moved into one that goes; then it deletes
    lessons, sections, and courses.
    """
    verdicts: dict[RowKey, Verdict] = {}
    back: list[Operation] = []
    away: dict[tuple[str, int], Operation] = {}
    for deed in deeds:
        judged = _judged(deed, records)
        if isinstance(judged, Verdict):
            verdicts[key_of(deed)] = judged
        elif judged.verb is Verb.UPDATE:
            back.append(judged)
        else:
            away[deed.kind, judged.id or 0] = judged
    moves = {(one.entity.kind, one.id): one for one in back}
    for kind in reversed(ENTITIES):
        for where in [one for one in away if one[0] == kind.kind]:
            operation = away[where]
            inside = inside_of(operation, lists)
            if foreign := [one for one in inside if one not in away and not _goes_out(moves.get(one), operation)]:
                verdicts[operation.key] = left_with(operation, [inside[one] for one in foreign])
                del away[where]
    newest = sorted(away.values(), key=lambda one: -(one.id or 0))
    return Reversal(operations=(*back, *newest), verdicts=verdicts)


def _goes_out(back: Operation | None, above: Operation) -> bool:
    """Whether putting a record back takes it out of the one above it."""
    if back is None:
        return False
    parents = [one.id for one in back.entity.parents if one.kind == above.entity.kind]
    return any(back.payload[name] != above.id for name in parents if name in back.payload)


def listed_for(operation: Operation) -> list[tuple[Entity, int]]:
    """The lists that show what is in a record: of which kind, in which course."""
    own = operation.entity.kind
    below = [one for one in ENTITIES if own in (parent.kind for parent in one.parents)]
    return [(one, (operation.id or 0) if _is_scope(own, one) else operation.course) for one in below]


def inside_of(operation: Operation, lists: Lists) -> dict[tuple[str, int], Held]:
    """What is in the record of an operation, by kind and id."""
    own = operation.entity.kind
    return {
        (kind.kind, held.id): held
        for kind, course in listed_for(operation)
        for held in lists.get((kind.kind, course), ())
        if _is_scope(own, kind) or held.parent == operation.id
    }


def _is_scope(kind: str, below: Entity) -> bool:
    """Whether records of that kind are what others are listed by."""
    return below.scope is not None and below.scope.kind == kind


def left_with(operation: Operation, foreign: Sequence[Held]) -> Verdict:
    """The verdict on a record that has something in it which stays."""
    inside = some_of([f"{quoted(one.title)} (number {one.id})" for one in foreign])
    return _left(operation, Code.LEFT_WITH_CONTENT, id=operation.id, inside=inside)


def parents_before(deed: Deed) -> Iterator[tuple[str, int]]:
    """The records above into which a record goes back that was moved, by kind and id."""
    if deed.verb is Verb.UPDATE and deed.before is not None:
        for parent in entity(deed.kind).parents:
            if parent.id in deed.payload and deed.before.get(parent.id):
                yield parent.kind, int(deed.before[parent.id])


def course_titles(operations: Iterable[Operation]) -> Iterator[tuple[int, str]]:
    """The titles of the courses concerned, by number, as far as the records in them tell."""
    for one in operations:
        if one.entity.scope is not None and one.before is not None:
            title = one.before.get(f"{one.entity.scope.filter_name}{TITLE.name}")
            if isinstance(title, str):
                yield one.course, title


def _judged(deed: Deed, records: Mapping[tuple[str, int], Record]) -> Operation | Verdict:
    record = records.get((deed.kind, deed.id or 0))
    operation = _operation(deed, record)
    if not deed.is_sure:
        return _left(operation, Code.LEFT_IN_DOUBT, outcome=Outcome.UNKNOWN)
    if deed.verb is Verb.DELETE:
        return _left(operation, Code.NOT_TAKEN_BACK)
    if deed.verb is Verb.CREATE:
        if record is None:
            return Verdict(outcome=Outcome.DELETED, id=deed.id)
        is_own = _as_left(deed, record) == (deed.stamp or record.get(CREATED_ON))
        return operation if is_own else _left(operation, Code.LEFT_EDITED, id=deed.id)
    return _put_back(deed, operation, record, [one for one in parents_before(deed) if one not in records])


def _as_left(deed: Deed, record: Record) -> str | None:
    """When the record was last written, apart from changes that were taken back."""
    stamp = stamp_of(record)
    for _ in deed.put_back:
        stamp = deed.put_back.get(stamp, stamp) if stamp else None
    return stamp


def _put_back(
    deed: Deed, operation: Operation, record: Record | None, gone: Sequence[tuple[str, int]]
) -> Operation | Verdict:
    """How a change is taken back, or why not; `gone` are the records above it that it would go back into."""
    if record is None:
        return _left(operation, Code.RECORD_GONE, id=deed.id, singular=operation.entity.singular)
    told = {field.name for field in operation.entity.fields if field.told}
    if deed.before is None or deed.payload.keys() - told:
        return _left(operation, Code.NOT_TAKEN_BACK)
    if not any(differing(operation.entity, operation.payload, record)):
        return Verdict(outcome=Outcome.EXISTS, id=deed.id)
    after = {**deed.before, **deed.payload}
    is_own = _as_left(deed, record) == deed.stamp or not any(differing(operation.entity, after, record))
    if not is_own:
        return _left(operation, Code.LEFT_EDITED, id=deed.id)
    if gone:
        kind, number = gone[0]
        return _left(operation, Code.LEFT_PARENT_GONE, id=deed.id, parent=entity(kind).singular, number=number)
    return operation


def _operation(deed: Deed, record: Record | None) -> Operation:
    """What takes a deed back."""
    back = deed.verb is Verb.UPDATE
    return Operation(
        key=key_of(deed),
        place=place_of(deed),
        columns=deed.columns,
        entity=entity(deed.kind),
        course=deed.course,
        title=deed.title,
        identity=deed.identity,
        payload={name: (deed.before or {}).get(name) for name in deed.payload} if back else {},
        verb=Verb.UPDATE if back else Verb.DELETE,
        id=deed.id,
        before=record,
        changes=tuple(_changes(deed, record)) if back and record is not None else (),
    )


def _changes(deed: Deed, record: Record) -> Iterator[Change]:
    """What putting a record back changes of it."""
    kind, before = entity(deed.kind), deed.before or {}
    for field in differing(kind, {name: before.get(name) for name in deed.payload}, record):
        yield told_change(kind, field.name, record, before, deed.columns)


def _left(operation: Operation, code: Code, outcome: Outcome = Outcome.FAILED, **details: object) -> Verdict:
    problem = Problem(code=code, place=operation.place, row=operation.key.row, value=operation.title, details=details)
    return Verdict(outcome=outcome, id=operation.id, problems=(problem,))
