"""When something opens for a member: by its own rule, by what stands above it and by what comes before it."""

from dataclasses import dataclass
from typing import Final

from importer.entities import IMMEDIATE, SEQUENTIAL, TIMED, UNLOCK_TYPES, Choice


@dataclass(frozen=True, slots=True)
class Unlock:
    """A rule: one of the choices, None where it is not known; `days` count with Timed alone."""

    choice: Choice | None
    days: int = 0

    @property
    def own_day(self) -> int | None:
        """The day after enrolment on which it opens by itself; None where that depends on other things."""
        if self.choice is TIMED:
            return self.days
        return 0 if self.choice is IMMEDIATE else None


NOT_KNOWN: Final = Unlock(None)
_CHOICES: Final = {choice.number: choice for choice in UNLOCK_TYPES}


def unlock_of(number: object, days: object) -> Unlock:
    """The rule that a record or a row has, by the number of its choice."""
    choice = _CHOICES.get(number) if isinstance(number, int) else None
    whole = days if isinstance(days, int) else 0
    return Unlock(choice, max(whole, 0) if choice is TIMED else 0)


@dataclass(frozen=True, slots=True)
class Opening:
    """When something is open: from `day` on (days after enrolment).

    Where it `waits`, the member has to finish something before it, so that the day is the first that can be.
    """

    day: int
    waits: bool = False


ENROLMENT: Final = Opening(0)


def opening(unlock: Unlock, within: Opening, before: Opening | None) -> Opening:
    """When something opens that stands below what opens `within`, next to what can be done from `before` on.

    Nothing is open before what it stands in. What is the first waits for nothing but that.
    """
    if unlock.choice is SEQUENTIAL and before is not None:
        return Opening(max(within.day, before.day), waits=True)
    return Opening(max(within.day, unlock.own_day or 0), within.waits)
