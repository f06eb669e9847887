"""What passes between the stages, in the order of the pipeline. Everything here is frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from importer.entities import Entity
from importer.errors import ImporterError
from importer.problems import Column, Place, Problem

UNDO: Final = "undo"
"""The command that takes a run back, as a report and the journal name it."""

# --- load ---------------------------------------------------------------------------------------------


class Format(StrEnum):
    """The kinds of file that are read, told by content."""

    CSV = "csv"
    XLSX = "xlsx"
    XLSM = "xlsm"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell that shows an error such as `#REF!`."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class FormulaCell:
    """A cell with a formula whose result is not stored in the file."""

    def __str__(self) -> str:
        return "a formula"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledCell:
    """A cell with a number that shows as something else: 1 as `100%`, 7 as `007`."""

    number: float
    text: str
    """As it is shown; empty where that is nothing, or is not worked out."""
    form: str
    """The number format that shows it so, as Excel writes it."""
    is_dressed: bool = False
    """Whether a person reads the same number there, only written in another way or with more around it."""

    def __str__(self) -> str:
        return self.text or f"{self.number} ({self.form})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a CSV file is written: enough to find its records again, and to write another one just like it.

    Records are numbered from 1, blank ones included.
    """

    encoding: str
    delimiter: str
    line_end: str = "\n"
    newline: str = ""
    """What ends the lines that are counted; any line end where it is empty."""
    heights: Mapping[int, int] = field(default_factory=dict)
    """How many lines a record has, where it is not one."""
    widths: Mapping[int, int] = field(default_factory=dict)
    """How many cells a record has, where it is not as many as the one before has; none before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet as it is in the file.

    `cells`: index = the row number that Excel shows (named "row"), rows that are wholly blank left out;
    columns = the API names of the fields that the sheet has, in the sheet's order; dtype object, holding what the
    file holds: str, int, float, bool, datetime, date, time, timedelta, `ErrorCell`, `FormulaCell`, `ScaledCell`,
    or None for a blank cell.
    """

    place: Place
    entity: Entity
    columns: tuple[Column, ...]
    """All columns that have a heading, known or not, from left to right."""
    header_row: int
    cells: pd.DataFrame
    blank_rows: int
    problems: tuple[Problem, ...] = ()
    is_clean: bool = False
    """Whether its texts are known to hold no character that belongs to no text."""

    def column(self, name: str) -> Column:
        """The column that holds a field; one without a letter where the sheet has none for it."""
        for column in self.columns:
            if column.field == name:
                return column
        return Column(letter=None, heading=name, field=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One file: what it is, and its sheets that can be imported (sections first)."""

    path: Path
    name: str
    """The path as the user gave it."""
    format: Format
    sha256: str
    sheets: tuple[Sheet, ...]
    dialect: Dialect | None = None
    """For a CSV only."""
    problems: tuple[Problem, ...] = ()
    sheet_names: tuple[str, ...] = ()
    """All sheets of a workbook, also those that are not imported."""
    hidden_rows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The rows that nobody sees, by the names of the sheets; of a package only those of sheets that are imported."""


# --- normalise, validate --------------------------------------------------------------------------------


class RowKey(NamedTuple):
    """A data row of the import: the file as it was given, the sheet (empty for a CSV), the row Excel shows."""

    file: str
    sheet: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet's rows, typed.

    `rows`: index as in the sheet; a column for every field of the entity in its order: whole numbers and
    choices (their numbers) Int64, yes/no boolean, everything else string; blank and unreadable cells missing.
    """

    sheet: Sheet
    rows: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    cleared: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The rows of each field whose cell says that the field is to be emptied; their cells in `rows` are blank ones."""

    def clears(self, row: int, name: str) -> bool:
        """Whether a cell says that the field is to be emptied."""
        return row in self.cleared.get(name, ())

    @property
    def entity(self) -> Entity:
        """What the rows are."""
        return self.sheet.entity

    def key(self, row: int) -> RowKey:
        """The key of one of its rows."""
        place = self.sheet.place
        return RowKey(place.file, place.sheet or "", row)


# --- resolve ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A record that the service holds: its id, title, course (`EVERYWHERE` without one) and, for a lesson, section.

    `numbers` are those of its whole-number and choice fields that the list shows, by API name; `active` is whether
    members can see it, None where the list does not say; `created_on` and `updated_on` are when it was made and last
    changed, in the service's words.
    """

    id: int
    title: str
    course: int
    parent: int | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)
    active: bool | None = None
    created_on: str | None = None
    updated_on: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is known of the row of an earlier run that made a record: its identity and its title."""

    identity: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of the service an import needs to know: the courses that rows name by id, and by folded title.

    `whole` is whether it has rows of what is listed as a whole, `records` are the records that rows name outright, by
    kind and id.
    """

    courses: frozenset[int] = frozenset()
    titles: frozenset[str] = frozenset()
    whole: bool = False
    records: frozenset[tuple[str, int]] = frozenset()

    @property
    def by_title(self) -> bool:
        """Whether a title has to be found among all courses."""
        return self.whole or bool(self.titles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the service holds for the courses of the import, listed once at the start.

    `records` maps kind and course to its records, those of courses under `EVERYWHERE`; `courses` maps the id of
    each course that is there to its title, and is None where courses could not be looked up; `named` maps kind and id
    to the records that rows name outright and that are there.
    """

    records: Mapping[tuple[str, int], Sequence[Held]]
    courses: Mapping[int, str] | None
    problems: tuple[Problem, ...] = ()
    named: Mapping[tuple[str, int], Held] = field(default_factory=dict)


class Outcome(StrEnum):
    """What became of a row: exactly one for each data row."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    EXISTS = "exists"
    SKIPPED = "skipped"
    INVALID = "invalid"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of a row: its outcome, the id of its record if there is one, and what is to be said."""

    outcome: Outcome
    id: int | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What stands above a row that is to be sent: for each parent's id key, the id or the row that will get one.

    `identity` is the row's natural key in words: the same in every run, whatever its row number.
    """

    ids: Mapping[str, int]
    rows: Mapping[str, RowKey] = field(default_factory=dict)
    identity: str = ""
    in_doubt: bool = False
    """Whether an earlier run sent it without learning what became of it."""
    record: int | None = None
    """The id of the record that the row is of, where that is there and may be changed."""
    deletes: bool = False
    """Whether the row deletes that record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """For every data row either a `Reference` (it is to be sent) or a `Verdict` (it is not).

    `own` are the rows whose record is there because a row of an earlier run made it, as they would be sent today.
    """

    references: Mapping[RowKey, Reference]
    verdicts: Mapping[RowKey, Verdict]
    own: Mapping[RowKey, Reference] = field(default_factory=dict)


# --- plan ---------------------------------------------------------------------------------------------


class Verb(StrEnum):
    """What is done to a record."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that an update changes, by API name: what is held, what will be (None empties it), whose column."""

    column: Column
    field: str
    old: object
    new: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a row changes of its record, which is `before`.

    `payload` has the fields that change, by API name, with their new values; `parents` are the keys of it whose value
    is the id of a record that is created first.
    """

    row: int
    before: Mapping[str, object] = field(repr=False)
    changes: tuple[Change, ...]
    payload: Mapping[str, object] = field(repr=False)
    parents: Mapping[str, RowKey] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One record to create, to change or to delete: the row it comes from, and what is sent.

    `columns` are the user's columns by API name. `course` is the id of its course, `EVERYWHERE` where there is none
    or this run creates it first. `payload` is the exact JSON body of a create; of an update the fields that change,
    with their new values; of a delete it is empty. `parents` names the keys of the payload whose value is the id of a
    record that this run creates first; they are filled in when it has one. An update or a delete is of the record
    `id`, which was `before` when it was planned; one that was edited since is left alone unless `overwrite`.
    """

    key: RowKey
    place: Place
    columns: Mapping[str, Column] = field(repr=False)
    entity: Entity
    course: int
    title: str
    identity: str
    payload: Mapping[str, object]
    parents: Mapping[str, RowKey] = field(default_factory=dict)
    verb: Verb = Verb.CREATE
    id: int | None = None
    before: Mapping[str, object] | None = field(default=None, repr=False)
    after: tuple[RowKey, ...] = ()
    """Of a delete, the rows that delete what stands below its record: they have to be done first."""
    changes: tuple[Change, ...] = ()
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a plan costs: writes, reads (of the look-up before them), and the seconds that the limits make them take."""

    writes: int
    reads: int
    seconds: float
    left_today: int | None
    """Writes that the day's limit still allows; None where there is no such limit."""
    read_back: int | None = None
    """Reads after the writes, at least, where what was written is read back; None where it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run will do: waves of operations, each needing the ids of the one before."""

    waves: tuple[tuple[Operation, ...], ...]
    cost: Cost

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them, in the order of sending."""
        return tuple(operation for wave in self.waves for operation in wave)

    @property
    def creates(self) -> frozenset[RowKey]:
        """The rows whose records are created."""
        return frozenset(operation.key for operation in self.operations if operation.verb is Verb.CREATE)


# --- send, report -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What a command asked of the service."""

    writes: int = 0
    reads: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How sending ended: a verdict for every operation, and why it stopped early (None if it did not)."""

    verdicts: Mapping[RowKey, Verdict]
    stop: ImporterError | None = None
    interrupted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One data row and what became of it."""

    key: RowKey
    place: Place
    kind: str
    title: str
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    """What it changes of a record that is there, or would."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Former:
    """What an earlier run answered for the rows of an import, of which those of `again` are sent once more.

    `root` is the first of the runs that it went on with, or itself.
    """

    run_id: str
    root: str
    rows: Mapping[RowKey, Row]
    again: frozenset[RowKey]

    def answer(self, key: RowKey, given: Mapping[RowKey, Verdict]) -> Verdict | None:
        """What it answered for a row, where that still holds: the row is not sent again, or nothing else is known."""
        return None if key in self.again and key in given else self.rows[key].verdict


class Status(StrEnum):
    """How a command ended as a whole."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer of a command: every data row with its outcome, and what concerns whole files."""

    run_id: str
    command: str
    status: Status
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    requests: Requests = Requests()
    elapsed: float = 0.0
    """Seconds."""
    files: tuple[Path, ...] = ()
    """The reports that were written."""
    blank_rows: int = 0
    plan: Plan | None = None
    courses: Mapping[int, str] | None = None
    """The titles of the courses concerned, by id, where the service was asked."""
    stop: ImporterError | None = None
    """Why it stopped early."""
    interrupted: bool = False
    outline: str = ""
    saved_to: Path | None = None
    """Where the plan was saved, to be run later."""

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many rows have each outcome; all of them, adding up to the data rows."""
        counts = dict.fromkeys(Outcome, 0)
        for row in self.rows:
            counts[row.verdict.outcome] += 1
        return counts
