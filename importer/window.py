"""One limit of the account, and what of it is used."""

import heapq
import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Window:
    """One limit: at most `limit` requests within `seconds`; writes alone if `writes_only`. `what` names it."""

    what: str
    limit: int
    seconds: float
    writes_only: bool
    open: int = 0
    """Requests whose answer has not come yet."""
    held: list[float] = field(default_factory=list)
    """When each slot whose answer came is free again, on the run's clock; a heap."""

    def wait(self, now: float) -> float:
        """Seconds until a slot is free: 0 if one is, infinite if that depends on an answer."""
        while self.held and self.held[0] <= now:
            heapq.heappop(self.held)
        if self.open + len(self.held) < self.limit:
            return 0.0
        return self.held[0] - now if self.held else math.inf
