"""What resolving looks at: the rows one by one, and everything that they can name."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from importer.choices import Existing
from importer.derive.keys import folded
from importer.entities import ACTION, COURSE, CREATE, EVERYWHERE, ID, Entity
from importer.model import Directory, Held, Outcome, Reference, RowKey, Table, Verdict
from importer.problems import Code, Problem, quoted, where

ParentId = int | RowKey | None
"""The record above a row: its id, the row that will get one, or none."""

Scope = int | RowKey
"""The course of a row: its id, the row that will get one, or `EVERYWHERE` for what has none."""

Key = tuple[str, Scope, ParentId, tuple[int, ...], str]
"""The natural key of a row: kind, course, record above within that, further numbers, folded title."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One data row while it is looked at."""

    table: Table
    row: int
    values: Mapping[str, Any]
    """Its typed cells by API name; None where there is none."""
    scope: Scope = EVERYWHERE

    @property
    def key(self) -> RowKey:
        """Which row it is."""
        return self.table.key(self.row)

    @property
    def entity(self) -> Entity:
        """What it is."""
        return self.table.entity

    @property
    def title(self) -> str:
        """Its title as typed."""
        return str(self.values[self.entity.natural_key[-1]])

    @property
    def record(self) -> int | None:
        """The id of the record that it names outright."""
        number = self.values[ID]
        return None if number is None else int(number)

    @property
    def action(self) -> int | None:
        """The number of what is to happen to it, where it says so."""
        action = self.values[ACTION.name]
        return None if action is None else int(action)

    def on_existing(self, policy: "Policy") -> Existing:
        """What is to be done where its record is there."""
        if self.action is None:
            return policy.on_existing
        return Existing.ERROR if self.action == CREATE.number else Existing.UPDATE

    @property
    def place(self) -> str:
        """Where it stands, for messages."""
        return where(self.table.sheet.place, self.row)

    def problem(self, code: Code, name: str, **details: object) -> Problem:
        """A problem of one of its cells."""
        cells = self.table.sheet.cells
        cell = cells.at[self.row, name] if name in cells.columns else None
        value = self.values.get(name) if cell is None else cell
        column = self.table.sheet.column(name)
        return Problem(
            code=code, place=self.table.sheet.place, row=self.row, column=column, value=value, details=details
        )

    def remark(self, code: Code, value: object, **details: object) -> Problem:
        """A problem of the row as a whole."""
        return Problem(code=code, place=self.table.sheet.place, row=self.row, value=value, details=details)


@dataclass(frozen=True, slots=True)
class Known:
    """What can be named: records of the service and rows of the import, by id and by folded title."""

    directory: Directory
    by_id: Mapping[tuple[str, int], Held]
    by_title: Mapping[tuple[str, Scope, str], Sequence[Held]]
    by_key: Mapping[tuple[str, Scope, ParentId, str], Sequence[Held]]
    rows: defaultdict[tuple[str, Scope, str], list[Candidate]] = field(default_factory=lambda: defaultdict(list))

    def named(self, candidate: Candidate, scope: Scope | None) -> Held | Problem:
        """The record that a row names outright, or why it cannot be that of a row in that course."""
        number, singular = candidate.values[ID], candidate.entity.singular
        held = self.by_id.get((candidate.entity.kind, number))
        if held is None:
            return candidate.problem(Code.RECORD_UNKNOWN, ID, singular=singular)
        if scope is not None and scope != held.course:
            courses = {"course": self.course(scope), "other_course": self.course(held.course)}
            return candidate.problem(Code.RECORD_ELSEWHERE, ID, singular=singular, **courses)
        return held

    def course(self, scope: Scope) -> object:
        """How a message names a course: by its number, or by the title of the row that makes it."""
        if not isinstance(scope, RowKey):
            return scope
        return next(quoted(row.title) for rows in self.rows.values() for row in rows if row.key == scope)

    def is_unseen(self, kind: str) -> bool:
        """Whether nobody could find out which records of that kind there are."""
        return kind == COURSE.kind and self.directory.courses is None

    def take(self, candidate: Candidate) -> None:
        """A row that others may name by its title."""
        if candidate.values[candidate.entity.natural_key[-1]] is not None:
            self.rows[candidate.entity.kind, candidate.scope, folded(candidate.title)].append(candidate)

    def titles(self, kind: str, scope: Scope) -> list[str]:
        """The titles that a row of that course can name, each once."""
        held = [
            one.title
            for (its, where, _), some in self.by_title.items()
            if (its, where) == (kind, scope)
            for one in some
        ]
        rows = [
            row.title for (its, where, _), some in self.rows.items() if (its, where) == (kind, scope) for row in some
        ]
        return list(dict.fromkeys([*held, *rows]))


@dataclass(slots=True)
class Progress:
    """What has been decided so far, parents before children."""

    references: dict[RowKey, Reference] = field(default_factory=dict)
    verdicts: dict[RowKey, Verdict] = field(default_factory=dict)
    own: dict[RowKey, Reference] = field(default_factory=dict)
    """The rows whose record is there because they made it in an earlier run."""
    seen: Counter[Key] = field(default_factory=Counter)
    first: dict[Key, Candidate] = field(default_factory=dict)
    without: Counter[Key] = field(default_factory=Counter)
    """How many rows of a natural key are not known to have a record of their own."""
    there: dict[ParentId, int] = field(default_factory=dict)
    """For rows in doubt, the record that is there with their natural key."""
    taken: dict[tuple[str, int], Candidate] = field(default_factory=dict)
    """By kind and id, the rows that name a record outright, and those that were found to be of a record to change."""
    owned: Collection[tuple[str, int]] = frozenset()
    """Kind and id of the records that rows of earlier runs made."""
    named: Counter[str] = field(default_factory=Counter)

    def made(self, key: RowKey, own: Reference) -> None:
        """A row whose record, if that is there, it made in an earlier run."""
        if own.record is not None:
            self.own[key] = own


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the user wants done with rows that are there already or twice, and which rows are in doubt.

    With `update_only` no row is sent whose record is not there.
    `doubts` are the identities of rows that an earlier run sent without learning what became of them, `made` the
    ids of the records that rows are known to have made and that are still there, by identity. `generation` tells
    the rows of one run with `--on-existing create` from those of another.
    """

    on_existing: Existing = Existing.SKIP
    update_only: bool = False
    allow_delete: bool = False
    allow_duplicates: bool = False
    doubts: Collection[str] = frozenset()
    made: Mapping[str, int] = field(default_factory=dict)
    generation: str = ""


def candidates_of(tables: Sequence[Table], entity: Entity) -> Iterator[Candidate]:
    """The rows of one entity, in the order of the import."""
    above = [parent.id for parent in entity.parents]
    titles = [one.title for one in entity.named_parents if one.title]
    names = list(dict.fromkeys([ID, ACTION.name, *above, *entity.natural_key, *titles]))
    for table in tables:
        if table.entity is not entity:
            continue
        columns = [_python_values(table.rows[name]) for name in names]
        for row, *cells in zip(table.rows.index.tolist(), *columns, strict=True):
            yield Candidate(table, row, dict(zip(names, cells, strict=True)))


def _python_values(column: pd.Series) -> list[Any]:
    return [None if missing else value for value, missing in zip(column.tolist(), column.isna(), strict=True)]


def index(directory: Directory) -> Known:
    """Every record that a row can name, looked up by id or by folded title; no rows yet."""
    courses = directory.courses or {}
    by_id = {(COURSE.kind, id): Held(id=id, title=title, course=EVERYWHERE) for id, title in courses.items()}
    by_title = defaultdict[tuple[str, Scope, str], list[Held]](list)
    by_key = defaultdict[tuple[str, Scope, ParentId, str], list[Held]](list)
    for (kind, course), records in directory.records.items():
        for held in sorted(records, key=lambda record: record.id):
            title = folded(held.title)
            by_id[kind, held.id] = held
            by_title[kind, course, title].append(held)
            by_key[kind, course, held.parent, title].append(held)
    return Known(directory, by_id | dict(directory.named), by_title, by_key)


def invalid(problem: Problem) -> Verdict:
    """The verdict on a row that is not sent because of a problem."""
    return Verdict(outcome=Outcome.INVALID, problems=(problem,))
