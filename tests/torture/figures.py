"""What many worlds add up to: for people, and as JSON."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.torture.sights import Sight
from tests.torture.world import Tale


@dataclass
class Figures:
    """Sums over worlds."""

    worlds: int = 0
    runs: int = 0
    rows: int = 0
    posts: int = 0
    lost: int = 0
    twins: int = 0
    kills: Counter[Sight] = field(default_factory=Counter)
    broken: dict[int, list[str]] = field(default_factory=dict)

    def add(self, tale: Tale) -> None:
        """One world more."""
        self.worlds += 1
        for name in ("runs", "rows", "posts", "lost", "twins"):
            setattr(self, name, getattr(self, name) + getattr(tale, name))
        self.kills += tale.kills
        if tale.broken:
            self.broken[tale.seed] = tale.broken

    def as_json(self) -> dict[str, Any]:
        """The figures by name."""
        names = ("worlds", "runs", "rows", "posts", "lost", "twins")
        figures = {name: getattr(self, name) for name in names}
        return {"kills": self.kills.total(), **figures, "broken": len(self.broken), "at": dict(self.kills)}


def replay(seed: int) -> str:
    """The command that lives through the world of a seed again."""
    return f"python -m tests.torture {seed}"


def table(figures: Figures) -> str:
    """The figures for people; the last line is the sum of it."""
    lines = [f"{'killed when ' + sight.value:<52}{figures.kills[sight]:>8,}" for sight in Sight]
    lines += [
        f"{'imports':<52}{figures.worlds:>8,}",
        f"{'rows':<52}{figures.rows:>8,}",
        f"{'requests that were received and not worked on':<52}{figures.lost:>8,}",
    ]
    for seed, broken in figures.broken.items():
        lines += ["", replay(seed), *(f"    {one}" for one in broken[:5])]
    return "\n".join(
        [
            *lines,
            "",
            f"{figures.kills.total():,} kills, {figures.runs:,} runs, {figures.posts:,} POSTs received, "
            f"twins found: {figures.twins:,}, imports with a broken promise: {len(figures.broken):,}",
        ]
    )
