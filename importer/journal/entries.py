"""What is written into the journal, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from importer.delivery import State
from importer.entities import EVERYWHERE
from importer.model import RowKey, Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose limits and doubts: the address of the service and the account there."""

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command that asks the service: a run, or a plan, which only reads.

    `files` are the fingerprints of its files with what it does about records that are there already. `started_at` is
    the wall clock (seconds since 1970). `root` is the run that it goes on with, or itself.
    """

    id: str
    account: Account
    files: str
    started_at: float
    root: str
    is_plan: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A read is about to leave. `attempt` is below 0, as those of rows are above."""

    attempt: int
    at: float
    clock: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A read's answer came, or can no longer come. One that `is_used` left this machine, and so counts for limits."""

    attempt: int
    at: float
    clock: float
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The service asked everybody to wait: `seconds` are what is left of all that it asked for."""

    at: float
    clock: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A row's request is about to leave. `row` is the row's number in the run.

    `at` is the wall clock, `clock` the monotonic one. `course` is the id of its course, which it may not have had
    before. `numbers` are the whole numbers of its body, as JSON. `image` is, as JSON, what the record was that is
    changed or deleted; None keeps an earlier one. `payload` is what an update changes, where ids in it were not known
    before. `was` is where the row was: pending, or in doubt over a change.
    """

    attempt: int
    row: int
    at: float
    clock: float
    body_sha256: str
    numbers: str
    course: int = EVERYWHERE
    image: str | None = field(default=None, repr=False)
    payload: Mapping[str, object] | None = field(default=None, repr=False)
    was: State = State.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The request ended, and its row is where `state` says. One that `is_used` left this machine.

    `id` is that of a record that was created, `stamp` the service's own word for when the record was written. With
    `takes_over` a row of an earlier run that has this id has it no more: the service began its numbers anew.
    """

    attempt: int
    row: int
    at: float
    clock: float
    state: State
    id: int | None = None
    stamp: str | None = None
    reason: str = ""
    is_used: bool = True
    takes_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A row got elsewhere without a request of its own: blocked, or its doubt was settled.

    What it tells of the record is told as in `Ended`.
    """

    row: int
    state: State
    id: int | None = None
    stamp: str | None = None
    reason: str = ""
    takes_over: bool = False


Entry = Sending | Ended | Moved | Asking | Answered | Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftInDoubt:
    """A row of an earlier run that was sent and of which nobody knows what became.

    `numbers` are the whole numbers that were last sent, `digest` tells that body from others (empty where it is not
    known), `baseline` are the ids that were there before. `clock` is when its
    attempt ended on the monotonic clock since the start of the machine named by `boot`; None where no end is known.
    `origin` is the run and the row of its first attempt.
    """

    run_id: str
    number: int
    origin: tuple[str, int]
    identity: str
    reason: str
    numbers: Mapping[str, int]
    baseline: frozenset[int] = field(repr=False)
    clock: float | None
    boot: str | None
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftChange:
    """A change or deletion that an earlier run sent and of which nobody knows whether it was done.

    `subject` is the id of the record, `image` what it was before, as JSON. `verb` and `payload` are what was sent last,
    by the row that `origin` names: the row itself may want something else, and not have come to send it.
    """

    run_id: str
    number: int
    origin: tuple[str, int]
    key: RowKey
    title: str
    kind: str
    subject: int
    verb: Verb
    payload: Mapping[str, object] = field(repr=False)
    image: str | None = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateChange:
    """A request to change or delete a record that got no clear answer; `age` is the seconds since it ended."""

    kind: str
    subject: int
    verb: Verb
    payload: Mapping[str, object] = field(repr=False)
    age: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A record that a row of an earlier run is known to have made.

    `title` is that of the row, `stamp` the service's own word for when it was made. `digest` tells the body with which
    it was made from others; it is empty where that is not known, or a run of ours has changed the record since.
    """

    kind: str
    course: int
    id: int
    title: str
    stamp: str | None = None
    digest: str = ""
