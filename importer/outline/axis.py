"""The days after enrolment as places on a line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from importer.outline.model import MILESTONES

LINEAR: Final = 120
"""Days up to which all are equally far apart. With more, those after the last milestone stand closer together."""
_NEAR_SHARE: Final = 0.5
"""Of the line, for the days up to the last milestone, where those after it stand closer."""
_ROOM: Final = 44
"""Between two days that are named (pixels)."""
_STEPS: Final = (1, 2, 5, 7, 14, 30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Axis:
    """A line from `left` to `right` (pixels), for the days from 0 to `last`."""

    left: float
    right: float
    last: int

    @property
    def is_bent(self) -> bool:
        """Whether days after the last milestone stand closer together."""
        return self.last > LINEAR

    def at(self, day: int) -> float:
        """The place of a day."""
        near = MILESTONES[-1]
        if not self.is_bent:
            share = day / self.last
        elif day <= near:
            share = _NEAR_SHARE * day / near
        else:
            share = _NEAR_SHARE + (1 - _NEAR_SHARE) * (day - near) / (self.last - near)
        return self.left + (self.right - self.left) * share

    def milestones(self) -> Iterator[int]:
        """The milestones to name: those that do not stand too near to the one before."""
        last = -float(_ROOM)
        for day in MILESTONES:
            if self.at(day) - last >= _ROOM:
                last = self.at(day)
                yield day

    def ticks(self) -> Iterator[int]:
        """Days to name between the milestones."""
        taken = [self.at(day) for day in MILESTONES]
        start = MILESTONES[-1] if self.is_bent else 0
        near = range(0, start, 7)
        for day in (*near, *range(start, self.last + 1, self._step(start))):
            place = self.at(day)
            if all(abs(place - other) >= _ROOM for other in taken):
                taken.append(place)
                yield day

    def _step(self, start: int) -> int:
        fits = max(1.0, (self.right - self.at(start)) / (_ROOM * 1.3))
        wanted = (self.last - start) / fits
        known = next((step for step in _STEPS if step >= wanted), None)
        return known or -(-int(wanted) // 365) * 365


def axis_for(last_day: int, left: float, right: float) -> Axis:
    """A line on which there is room for all milestones and for every day on which something opens."""
    last = max(last_day, MILESTONES[-1])
    return Axis(left, right, last + max(1, last // 12))
