"""What can go wrong in a simulated world, and how much of it does in the one of a seed."""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """One way in which things go wrong; each is switched off in about half of the worlds."""

    CONNECT = "no connection"
    RESET_BEFORE = "reset before the work"
    RESET_AFTER = "reset after the work"
    RESET_THEN_LATE = "reset, the work done later"
    LATE = "timeout, the work done later"
    SWALLOWED = "timeout, never worked on"
    ERROR_BEFORE = "500 before the work"
    ERROR_AFTER = "500 after the work"
    BUSY = "503"
    EMPTY = "200, empty"
    HTML = "200, HTML"
    NO_ID = "200 without an id"
    ZERO_ID = "200 with id 0"
    TEXT_ID = "200 with the id as text"
    NOT_SUCCESSFUL = "200, not successful"
    REFUSED = "400"
    THROTTLE = "throttle, seconds"
    THROTTLE_DATE = "throttle, date"
    THROTTLE_BARE = "throttle, no wait given"
    EXPIRED = "sign-in expired"
    COLLEAGUE = "a colleague adds the same"
    DRIFT = "list changes between pages"
    LAG = "lists lag"
    OUTAGE = "outage"
    JUMP = "wall clock set"
    SUSPEND = "suspended for an hour"
    INTERRUPT = "Ctrl-C"
    CRASH = "process killed"
    REBOOT = "machine restarted"


ON_THE_WAY: Final = tuple(Kind)[: tuple(Kind).index(Kind.COLLEAGUE)]
"""Those that strike single requests."""

FOR_WRITES: Final = frozenset(
    {Kind.NO_ID, Kind.ZERO_ID, Kind.TEXT_ID, Kind.NOT_SUCCESSFUL, Kind.REFUSED, Kind.LATE, Kind.RESET_THEN_LATE}
)

SETTLE: Final = 300.0


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
        kinds = frozenset(kind for kind in Kind if chance.random() < share)
        rate = chance.choice((0.03, 0.1, 0.1, 0.25, 0.5))
        latest = chance.uniform(0.0, 250.0)
        lag = chance.uniform(0.0, min(120.0, SETTLE - 10.0 - latest)) if Kind.LAG in kinds else 0.0
        if beyond:
            kinds |= {Kind.LATE, Kind.RESET_THEN_LATE}
            latest, lag = 900.0, 0.0
        return cls(kinds=kinds, rate=rate, latest=latest, lag=lag)

    @classmethod
    def fair(cls) -> "Weather":
        """Nothing goes wrong."""
        return cls(kinds=frozenset(), rate=0.0, latest=0.0, lag=0.0)

    def strikes(self, chance: random.Random, *, write: bool) -> Kind | None:
        """What strikes a request, if anything does."""
        possible = [kind for kind in ON_THE_WAY if kind in self.kinds and (write or kind not in FOR_WRITES)]
        return chance.choice(possible) if possible and chance.random() < self.rate else None
