"""What can go wrong in a simulated world, and how much of it does in the one of a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

SETTLE: Final = 300.0


class Kind(StrEnum):
    """One way in which things go wrong; each is switched off in many of the worlds."""

    CONNECT = "no connection"
    RESET_BEFORE = "reset before the work"
    RESET_AFTER = "reset after the work"
    RESET_THEN_LATE = "reset, the work done later"
    LATE = "timeout, the work done later"
    SWALLOWED = "timeout, never worked on"
    ERROR_BEFORE = "5xx or 408 before the work"
    ERROR_AFTER = "5xx or 408 after the work"
    BUSY = "503 without a wait"
    EMPTY = "200, empty"
    HTML = "200, HTML"
    HALF = "200, half of the JSON"
    NO_ID = "200 without an id"
    ZERO_ID = "200 with id 0"
    TEXT_ID = "200 with the id as text"
    OTHER_ID = "200 with another record's id"
    NOT_SUCCESSFUL = "200, not successful"
    FAILED_INSIDE = "200 around a failure, no 4xx"
    REFUSED_INSIDE = "200 around a status 400"
    REFUSED = "400 with errors"
    NO_ERRORS = "400 without errors"
    GATEWAY_BEFORE = "400 of a gateway, HTML"
    GATEWAY_AFTER = "400 of a gateway after the work"
    FORBIDDEN = "403 of a gateway, HTML"
    REDIRECT = "redirect"
    CONFLICT_BEFORE = "409 conflict before the work"
    CONFLICT_AFTER = "409 conflict after the work"
    THROTTLE = "throttle, seconds"
    THROTTLE_DATE = "throttle, date"
    THROTTLE_BARE = "throttle, no wait given"
    THROTTLE_ODD = "throttle, junk or two waits"
    THROTTLE_LONG = "throttle for years"
    EXPIRED = "sign-in expired"
    RENEWAL_REFUSED = "renewal refused"
    RENEWAL_LOST = "renewal's answer lost"
    TOTAL_WRONG = "list's total wrong"
    LEFT_OUT = "list leaves a record out"
    DRIFT = "list changes between pages"
    LAG = "lists lag"
    FILTER_IGNORED = "list's filter ignored"
    COLLEAGUE = "colleague adds the same"
    DELETED = "colleague deletes a record"
    SECTION_DELETED = "colleague deletes a section"
    OUTAGE = "outage"
    ROLE_LOST = "role taken away for a while"
    JUMP = "wall clock set"
    SUSPENDED = "machine asleep"
    REBOOT = "machine restarted"
    INTERRUPT = "Ctrl-C"
    INTERRUPTED_TWICE = "Ctrl-C, twice"
    CRASH = "process killed"
    SECOND_COMMAND = "second command at once"
    DISK_FULL = "disk full"
    DISK_ERROR = "disk error at a commit"
    JOURNAL_LOST = "journal lost"
    JOURNAL_DAMAGED = "journal damaged"
    JOURNAL_RESTORED = "journal from a backup"
    SHEET_EDITED = "sheet edited"
    OTHER_SHEET = "other sheet, same course"
    CREATE_ANYWAY = "--on-existing create"
    DAY_SPENT = "day's limit spent"
    THERE_BEFORE = "record there before"
    SECTION_IN_DOUBT = "section in doubt, lessons behind"


class Works(Enum):
    """Whether the service does the work of a request that is struck."""

    NEVER = auto()
    AT_ONCE = auto()
    LATER = auto()


class Only(Enum):
    """Which requests can be struck in some way."""

    ANY = auto()
    CREATE = auto()
    LIST = auto()
    RENEWAL = auto()


@dataclass(frozen=True, slots=True)
class Strike:
    """What becomes of a request. `is_clear` is whether what comes back leaves no doubt about the work."""

    works: Works = Works.NEVER
    only: Only = Only.ANY
    is_clear: bool = False
    comes_late: bool = False
    """Whether nothing comes back until nobody waits any more."""
    is_rare: bool = False
    """Whether it stops the run, so that little else could happen in a world that is full of it."""


_DONE: Final = Strike(Works.AT_ONCE)
_MADE: Final = Strike(Works.AT_ONCE, Only.CREATE)
_CLEAR: Final = Strike(is_clear=True)
_STOPS: Final = Strike(is_clear=True, is_rare=True)
_LISTED: Final = Strike(Works.AT_ONCE, Only.LIST, is_clear=True)

STRIKES: Final[Mapping[Kind, Strike]] = {
    Kind.CONNECT: _CLEAR,
    Kind.RESET_BEFORE: Strike(),
    Kind.RESET_AFTER: _DONE,
    Kind.RESET_THEN_LATE: Strike(Works.LATER, Only.CREATE),
    Kind.LATE: Strike(Works.LATER, Only.CREATE, comes_late=True),
    Kind.SWALLOWED: Strike(comes_late=True),
    Kind.ERROR_BEFORE: Strike(),
    Kind.ERROR_AFTER: _DONE,
    Kind.BUSY: Strike(),
    Kind.EMPTY: _DONE,
    Kind.HTML: _DONE,
    Kind.HALF: _DONE,
    Kind.NO_ID: _MADE,
    Kind.ZERO_ID: _MADE,
    Kind.TEXT_ID: _MADE,
    Kind.OTHER_ID: _MADE,
    Kind.NOT_SUCCESSFUL: _MADE,
    Kind.FAILED_INSIDE: _MADE,
    Kind.REFUSED_INSIDE: Strike(only=Only.CREATE, is_clear=True),
    Kind.REFUSED: Strike(only=Only.CREATE, is_clear=True),
    Kind.NO_ERRORS: Strike(only=Only.CREATE),
    Kind.GATEWAY_BEFORE: Strike(only=Only.CREATE),
    Kind.GATEWAY_AFTER: _MADE,
    Kind.FORBIDDEN: _STOPS,
    Kind.REDIRECT: _STOPS,
    Kind.CONFLICT_BEFORE: Strike(only=Only.CREATE),
    Kind.CONFLICT_AFTER: _MADE,
    Kind.THROTTLE: _CLEAR,
    Kind.THROTTLE_DATE: _CLEAR,
    Kind.THROTTLE_BARE: _CLEAR,
    Kind.THROTTLE_ODD: _CLEAR,
    Kind.THROTTLE_LONG: _STOPS,
    Kind.EXPIRED: Strike(Works.AT_ONCE, is_clear=True),
    Kind.RENEWAL_REFUSED: Strike(only=Only.RENEWAL, is_clear=True),
    Kind.RENEWAL_LOST: Strike(Works.AT_ONCE, Only.RENEWAL),
    Kind.TOTAL_WRONG: _LISTED,
    Kind.LEFT_OUT: _LISTED,
}
"""Those that strike single requests."""

_SELDOM: Final = frozenset(
    {
        Kind.CREATE_ANYWAY,
        Kind.DAY_SPENT,
        Kind.DISK_FULL,
        Kind.DISK_ERROR,
        Kind.JOURNAL_LOST,
        Kind.JOURNAL_DAMAGED,
        Kind.JOURNAL_RESTORED,
    }
)
"""Those that leave room for little else."""

OF_THE_JOURNAL: Final = frozenset({Kind.JOURNAL_LOST, Kind.JOURNAL_DAMAGED, Kind.JOURNAL_RESTORED})
OF_THE_SHEET: Final = frozenset({Kind.SHEET_EDITED, Kind.OTHER_SHEET})

_BEYOND: Final = frozenset({Kind.LATE, Kind.RESET_THEN_LATE})


@dataclass(slots=True)
class Weather:
    """How bad it is in one world. `latest` is the longest that work is done after its request was sent."""

    kinds: frozenset[Kind]
    rate: float
    latest: float
    lag: float

    @classmethod
    def of(cls, chance: random.Random, *, beyond: bool = False) -> "Weather":
        """The weather of a seed; `beyond` lets work be done so late that nobody can expect it."""
        share = chance.choice((0.2, 0.5, 0.5, 0.8))
        kinds = frozenset(kind for kind in Kind if chance.random() < share * (0.3 if kind in _SELDOM else 1.0))
        if Kind.CREATE_ANYWAY in kinds:
            # The journal alone knows how far such an import has come.
            kinds -= OF_THE_JOURNAL
        rate = chance.choice((0.03, 0.1, 0.1, 0.25, 0.5))
        latest = chance.uniform(0.0, 250.0)
        lag = chance.uniform(0.0, min(120.0, SETTLE - 10.0 - latest)) if Kind.LAG in kinds else 0.0
        if beyond:
            # Two records are all that it is about: whoever changes records or journals besides hides them.
            kinds = (kinds | _BEYOND) - OF_THE_JOURNAL - {Kind.DELETED, Kind.SECTION_DELETED, Kind.CREATE_ANYWAY}
            latest, lag = 900.0, 0.0
            if chance.random() < 0.5:
                # With little else, rows are often refused when they are sent again, before the first attempt shows.
                kinds, rate = frozenset({Kind.LATE, Kind.REFUSED}), 0.8
        return cls(kinds=kinds, rate=rate, latest=latest, lag=lag)

    @classmethod
    def fair(cls) -> "Weather":
        """Nothing goes wrong."""
        return cls(kinds=frozenset(), rate=0.0, latest=0.0, lag=0.0)

    def strikes(self, chance: random.Random, only: Only) -> Kind | None:
        """What strikes a request of that sort, if anything does."""
        if chance.random() >= self.rate:
            return None
        possible = [
            kind
            for kind, strike in STRIKES.items()
            if kind in self.kinds and strike.only in (Only.ANY, only) and (not strike.is_rare or chance.random() < 0.1)
        ]
        if only is Only.RENEWAL:
            possible = [kind for kind in possible if STRIKES[kind].only is only] or possible
        return chance.choice(possible) if possible else None
