"""When a process is killed: at any time, or just when something has happened."""

import random
from dataclasses import dataclass
from typing import Final

from importer.sandbox import Drop, Fault
from tests.torture.sights import Sight

LONG: Final = 0.3
"""Seconds that the service takes at the moment of a kill: enough for the kill to come before what it does next."""
LATE: Final = 1.5
"""Seconds that it takes where the work is to be done when the command has been started anew and has read the lists."""

_LIFE: Final = 1.3
"""Seconds that a small import takes, most of them for the start of the process."""

_ROWS: Final = "/api/content/*"
_SLOW: Final = Fault(method="POST", path=_ROWS, wait_after=0.01)


@dataclass(frozen=True, slots=True)
class Moment:
    """`delay` seconds after something is seen for the nth time in the life of a process; `fault` makes room for it."""

    sight: Sight
    nth: int = 1
    delay: float = 0.0
    fault: Fault | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What the service does while the process lives."""
        return (_SLOW,) if self.fault is None else (self.fault, _SLOW)


NEVER: Final = Moment(Sight.STARTED, nth=0)
"""The process is left alone."""


def draw(chance: random.Random, left: int) -> Moment:
    """A moment, where so many rows are left to be sent."""
    sights = [Sight.STARTED, Sight.STARTED, Sight.SIGNING_IN, Sight.READING, Sight.REPORTING]
    if left:
        sights += [Sight.RECEIVED] * 3 + [Sight.MADE] * 3 + [Sight.ANSWERED] * 2
    match sight := chance.choice(sights):
        case Sight.STARTED:
            return Moment(sight, delay=chance.uniform(0.0, _LIFE))
        case Sight.SIGNING_IN | Sight.REPORTING:
            return Moment(sight, delay=chance.uniform(0.0, 0.03))
        case Sight.READING:
            return Moment(sight, nth=chance.randint(1, 3), delay=chance.uniform(0.0, 0.03))
    nth = chance.randint(1, left)
    match sight:
        case Sight.RECEIVED:
            return Moment(sight, nth=nth, fault=chance.choice((_late(nth, LONG), _late(nth, LATE), _lost(nth))))
        case Sight.MADE:
            return Moment(sight, nth=nth, fault=Fault(method="POST", path=_ROWS, nth=nth, wait_after=LONG))
    return Moment(sight, nth=nth, delay=chance.uniform(0.0, 0.03))


def _late(nth: int, seconds: float) -> Fault:
    return Fault(method="POST", path=_ROWS, nth=nth, wait_before=seconds)


def _lost(nth: int) -> Fault:
    return Fault(method="POST", path=_ROWS, nth=nth, wait_before=LONG, work=False, drop=Drop.RESET)
