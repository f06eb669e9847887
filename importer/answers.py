"""What goes to the service and what comes back: requests, replies, and what a reply means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from importer.model import Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: the path with its query, below the base address, and the body if there is one."""

    method: str
    path: str
    body: bytes | None = None
    content_type: str = "application/json"
    what: str = ""
    """What it is for, in the user's words; used in messages."""
    role: str = "List"
    """What a read needs the account to be allowed to do with the record."""

    @property
    def is_write(self) -> bool:
        """Whether it counts as a write at the service."""
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the request left this machine, so it surely had no effect."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have arrived, and no whole answer came."""

    reason: str


Result = Reply | NotSent | NoAnswer
"""How one attempt to perform a request ended."""


# --- what the answer to a write means -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Created:
    """The service says that the record was created; `stamp` is its own word for when."""

    id: int
    stamp: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Changed:
    """The service says that the record was changed, or deleted; `stamp` is its own word for when."""

    stamp: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Gone:
    """The service says that there is no such record; the request had no effect."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a refusal: the property that the service names (None if none), and its message."""

    name: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The service refused the record, because of the record."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Throttled:
    """The service asks everybody to wait that many seconds; the request had no effect."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """The token is not (or no longer) good, or the account lacks the role; the request had no effect."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The service takes no such request from this account, whatever it holds; it had no effect."""

    status: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """The request never left."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Nobody can tell from the answer whether the record was created, changed or deleted.

    `faults` is what the service says against it: the reason, should it turn out to have had no effect.
    """

    reason: str
    faults: tuple[Fault, ...] = ()


Answer = Created | Changed | Gone | Refused | Throttled | NotSignedIn | Closed | Unsent | Ambiguous


# --- what the answers to reads and sign-ins mean --------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list. `ids` are those of all its records, `records` those of the course asked for."""

    ids: tuple[int, ...]
    records: tuple[Held, ...]
    has_next: bool
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a sign-in gives. Neither token may ever be shown."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False, default=None)


@dataclass(frozen=True, slots=True)
class Unusable:
    """An answer to a read or a sign-in that cannot be used: why, and whether trying again may help."""

    reason: str
    again: bool


@dataclass(frozen=True, slots=True)
class Titles:
    """The titles of courses, by id."""

    courses: Mapping[int, str]


def joined(faults: Sequence[Fault]) -> str:
    """The service's own words of a refusal."""
    return "; ".join(f"{fault.name}: {fault.message}" if fault.name else fault.message for fault in faults)
