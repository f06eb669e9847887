"""Which record stands above each row, and which rows are there already. Pure: no network, no clock."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
from rapidfuzz import fuzz, process

from importer.derive.keys import folded
from importer.entities import ENTITIES, ID, Entity, Parent
from importer.model import (
    Directory,
    Existing,
    Held,
    Outcome,
    Reference,
    Resolution,
    RowKey,
    Table,
    Verdict,
)
from importer.problems import Code, Problem, did_you_mean, where

_NEAR_ENOUGH: Final = 75
"""How alike (of 100) a title must be to be suggested."""

_STATES: Final = {
    Outcome.INVALID: "has to be corrected",
    Outcome.BLOCKED: "was not sent either",
    Outcome.UNKNOWN: "may or may not have been created",
}

_ParentId = int | RowKey | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One data row while it is looked at."""

    table: Table
    row: int
    values: Mapping[str, Any]
    """Its typed cells by API name; None where there is none."""

    @property
    def key(self) -> RowKey:
        return self.table.key(self.row)

    @property
    def entity(self) -> Entity:
        return self.table.entity

    @property
    def course(self) -> int:
        return int(self.values[self.entity.course.id])

    @property
    def title(self) -> str:
        return str(self.values[self.entity.natural_key[-1]])

    @property
    def place(self) -> str:
        return where(self.table.sheet.place, self.row)

    def problem(self, code: Code, name: str, **details: object) -> Problem:
        """A problem of one of its cells."""
        cells = self.table.sheet.cells
        value = cells.at[self.row, name] if name in cells.columns else self.values.get(name)
        column = self.table.sheet.column(name)
        return Problem(
            code=code, place=self.table.sheet.place, row=self.row, column=column, value=value, details=details
        )

    def remark(self, code: Code, value: object, **details: object) -> Problem:
        """A problem of the row as a whole."""
        return Problem(code=code, place=self.table.sheet.place, row=self.row, value=value, details=details)


@dataclass(frozen=True, slots=True)
class _Known:
    """What can be named: records of the service and rows of the import, by id and by folded title."""

    directory: Directory
    by_id: Mapping[tuple[str, int], Held]
    by_title: Mapping[tuple[str, int, str], Sequence[Held]]
    by_key: Mapping[tuple[str, int, int | None, str], Sequence[Held]]
    rows: Mapping[tuple[str, int, str], Sequence[_Candidate]]

    def titles(self, kind: str, course: int) -> list[str]:
        """The titles that a row of that course can name, each once."""
        held = [record.title for record in self.directory.records.get((kind, course), ())]
        rows = [row.title for (its_kind, its_course, _), rows in self.rows.items()
                if (its_kind, its_course) == (kind, course) for row in rows]
        return list(dict.fromkeys([*held, *rows]))


@dataclass(slots=True)
class _Progress:
    """What has been decided so far, parents before children."""

    references: dict[RowKey, Reference] = field(default_factory=dict)
    verdicts: dict[RowKey, Verdict] = field(default_factory=dict)
    seen: Counter[tuple[str, int, _ParentId, str]] = field(default_factory=Counter)
    first: dict[tuple[str, int, _ParentId, str], _Candidate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user wants done with rows that are there already or twice, and which rows are in doubt.

    `doubts` are the identities of rows that an earlier run sent without learning what became of them.
    """

    on_existing: Existing = Existing.SKIP
    allow_duplicates: bool = False
    doubts: Collection[str] = frozenset()


def resolve(
    tables: Sequence[Table], errors: Mapping[RowKey, tuple[Problem, ...]], directory: Directory, policy: Policy
) -> Resolution:
    """For every data row of `tables` a `Reference` (to be sent) or a `Verdict` (not to be sent).

    `errors` holds the problems of the rows that are not good; those rows are invalid, and their children
    blocked. The rows of a `Table` are as its docstring says.
    """
    candidates = {entity.kind: list(_candidates(tables, entity)) for entity in ENTITIES}
    known = _index(candidates, directory)
    progress = _Progress()
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


def _candidates(tables: Sequence[Table], entity: Entity) -> Iterator[_Candidate]:
    names = [*entity.natural_key, *(parent.title for parent in entity.named_parents if parent.title)]
    for table in tables:
        if table.entity is not entity:
            continue
        columns = [_python_values(table.rows[name]) for name in names]
        for row, *cells in zip(table.rows.index.tolist(), *columns, strict=True):
            yield _Candidate(table, row, dict(zip(names, cells, strict=True)))


def _python_values(column: pd.Series) -> list[Any]:
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def _index(candidates: Mapping[str, Sequence[_Candidate]], directory: Directory) -> _Known:
    by_id: dict[tuple[str, int], Held] = {}
    by_title = defaultdict[tuple[str, int, str], list[Held]](list)
    by_key = defaultdict[tuple[str, int, int | None, str], list[Held]](list)
    rows = defaultdict[tuple[str, int, str], list[_Candidate]](list)
    for (kind, course), records in directory.records.items():
        for held in sorted(records, key=lambda record: record.id):
            title = folded(held.title)
            by_id[kind, held.id] = held
            by_title[kind, course, title].append(held)
            by_key[kind, course, held.parent, title].append(held)
    parent_kinds = {parent.kind for entity in ENTITIES for parent in entity.named_parents}
    for kind in parent_kinds & candidates.keys():
        for candidate in candidates[kind]:
            if all(candidate.values[name] is not None for name in candidate.entity.natural_key):
                rows[kind, candidate.course, folded(candidate.title)].append(candidate)
    return _Known(directory, by_id, by_title, by_key, rows)


def _decide(candidate: _Candidate, known: _Known, progress: _Progress, policy: Policy) -> Reference | Verdict:
    courses = known.directory.courses
    if courses is not None and candidate.course not in courses:
        return _invalid(candidate.problem(Code.COURSE_UNKNOWN, candidate.entity.course.id))
    ids: dict[str, int] = {}
    rows: dict[str, RowKey] = {}
    above: _ParentId = None
    for parent in candidate.entity.named_parents:
        found = _find_parent(candidate, parent, known, progress, policy)
        if isinstance(found, Verdict):
            return found
        if isinstance(found, RowKey):
            rows[parent.id] = found
        elif found is not None:
            ids[parent.id] = found
        above = found
    return _new_or_there(candidate, above, Reference(ids=ids, rows=rows), known, progress, policy)


def _new_or_there(
    candidate: _Candidate, above: _ParentId, reference: Reference, known: _Known, progress: _Progress, policy: Policy
) -> Reference | Verdict:
    key = (candidate.entity.kind, candidate.course, above, folded(candidate.title))
    first = progress.first.setdefault(key, candidate)
    if first is not candidate and not policy.allow_duplicates:
        return _invalid(_duplicate(candidate, first))
    occurrence = progress.seen[key]
    progress.seen[key] += 1
    held = known.by_key.get((*key[:2], above, key[3]), ()) if not isinstance(above, RowKey) else ()
    identity = _identity(candidate, above, known, occurrence)
    if occurrence < len(held) and policy.on_existing is not Existing.CREATE:
        return _there(candidate, held[occurrence:] if not policy.allow_duplicates else held[occurrence:][:1], policy)
    if identity in policy.doubts:
        return Verdict(outcome=Outcome.UNKNOWN, problems=(in_doubt(candidate.key, candidate.table, candidate.course),))
    return Reference(ids=reference.ids, rows=reference.rows, identity=identity)


def _there(candidate: _Candidate, held: Sequence[Held], policy: Policy) -> Verdict:
    title = candidate.entity.natural_key[-1]
    if policy.on_existing is Existing.ERROR:
        return _invalid(candidate.problem(Code.EXISTS_ALREADY, title, id=held[0].id))
    twice: tuple[Problem, ...] = ()
    if len(held) > 1:
        twice = (candidate.problem(Code.EXISTS_TWICE, title, ids=", ".join(str(record.id) for record in held)),)
    return Verdict(outcome=Outcome.EXISTS, id=held[0].id, problems=twice)


def _duplicate(candidate: _Candidate, first: _Candidate) -> Problem:
    entity = candidate.entity
    return candidate.problem(
        Code.DUPLICATE_ROW, entity.natural_key[-1], first=first.place, key=key_in_words(entity), singular=entity.singular
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


def _identity(candidate: _Candidate, above: _ParentId, known: _Known, occurrence: int) -> str:
    """What makes the row itself in every run: its natural key in words, and which of several it is."""
    entity = candidate.entity
    section = ""
    if isinstance(above, RowKey):
        section = folded(str(candidate.values[entity.named_parents[-1].title or ""]))
    elif above is not None:
        section = folded(known.by_id[entity.named_parents[-1].kind, above].title)
    return "\x1f".join([entity.kind, str(candidate.course), section, folded(candidate.title), str(occurrence)])


# --- the record above ------------------------------------------------------------------------------------


def _find_parent(
    candidate: _Candidate, parent: Parent, known: _Known, progress: _Progress, policy: Policy
) -> int | RowKey | Verdict | None:
    """Its id, the row that will get one, None where the row names none, or why it cannot be told."""
    number = candidate.values[parent.id]
    title = candidate.values[parent.title] if parent.title else None
    if number is not None:
        return _by_number(candidate, parent, int(number), title, known)
    if title is None:
        return None
    return _by_title(candidate, parent, str(title), known, progress, policy)


def _by_number(
    candidate: _Candidate, parent: Parent, number: int, title: str | None, known: _Known
) -> int | Verdict:
    held = known.by_id.get((parent.kind, number))
    if held is None:
        expected = f"the number of a {parent.filter_name.lower()} of this course"
        return _invalid(_unknown(candidate, parent.id, expected, None))
    if held.course != candidate.course:
        return _invalid(_elsewhere(candidate, parent.id, held.course))
    if title is not None and folded(title) != folded(held.title):
        return _invalid(
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
    candidate: _Candidate, parent: Parent, title: str, known: _Known, progress: _Progress, policy: Policy
) -> int | RowKey | Verdict:
    name = (parent.kind, candidate.course, folded(title))
    held = known.by_title.get(name, ())
    rows = known.rows.get(name, ())
    coming = [row for row in rows if row.key in progress.references]
    if len(coming) == 1 and (not held or policy.on_existing is Existing.CREATE):
        return coming[0].key
    if len(held) == 1 and not coming:
        return held[0].id
    if held or coming:
        return _invalid(_ambiguous(candidate, parent, held, coming))
    if rows:
        return _blocked(candidate, title, rows[0], progress.verdicts[rows[0].key])
    return _invalid(_no_such_title(candidate, parent, title, known))


def _invalid(problem: Problem) -> Verdict:
    return Verdict(outcome=Outcome.INVALID, problems=(problem,))


def _blocked(candidate: _Candidate, title: str, above: _Candidate, verdict: Verdict) -> Verdict:
    state = _STATES[verdict.outcome]
    problem = candidate.remark(Code.SECTION_NOT_CREATED, title, parent=above.place, state=state)
    return Verdict(outcome=Outcome.BLOCKED, problems=(problem,))


def _unknown(candidate: _Candidate, name: str, expected: str, nearest: str | None) -> Problem:
    return candidate.problem(
        Code.SECTION_UNKNOWN, name, course=candidate.course, expected=expected, did_you_mean=did_you_mean(nearest)
    )


def _elsewhere(candidate: _Candidate, name: str, course: int) -> Problem:
    return candidate.problem(Code.SECTION_ELSEWHERE, name, other_course=course, course=candidate.course)


def _no_such_title(candidate: _Candidate, parent: Parent, title: str, known: _Known) -> Problem:
    name = parent.title or parent.id
    near = process.extractOne(title, known.titles(parent.kind, candidate.course), scorer=fuzz.ratio,
                              score_cutoff=_NEAR_ENOUGH, processor=str.casefold)
    wanted = folded(title)
    elsewhere = {course for (kind, course, text) in [*known.by_title, *known.rows]
                 if kind == parent.kind and text == wanted}
    if elsewhere and near is None:
        return _elsewhere(candidate, name, min(elsewhere))
    expected = f"the title of a {parent.filter_name.lower()} of this course"
    return _unknown(candidate, name, expected, near[0] if near else None)


def _ambiguous(
    candidate: _Candidate, parent: Parent, held: Sequence[Held], rows: Sequence[_Candidate]
) -> Problem:
    candidates = [f"number {record.id} in Nexudus" for record in held] + [row.place for row in rows]
    return candidate.problem(
        Code.SECTION_AMBIGUOUS,
        parent.title or parent.id,
        course=candidate.course,
        candidates=", ".join(candidates),
        id_heading=candidate.table.sheet.column(parent.id).heading,
    )
