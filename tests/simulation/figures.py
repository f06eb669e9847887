"""What many worlds add up to, as a table."""

from collections import Counter
from dataclasses import dataclass, field

from importer.delivery import MOVES, State
from tests.simulation.faults import Kind
from tests.simulation.world import Tale


@dataclass
class Figures:
    """Sums over worlds."""

    seeds: int = 0
    runs: int = 0
    effects: int = 0
    posts: int = 0
    days: float = 0.0
    twins: int = 0
    faults: Counter[Kind] = field(default_factory=Counter)
    moves: Counter[tuple[State, State]] = field(default_factory=Counter)
    broken: dict[int, list[str]] = field(default_factory=dict)

    def add(self, tale: Tale) -> None:
        """One world more."""
        self.seeds += 1
        self.runs += tale.runs
        self.effects += tale.effects
        self.posts += tale.posts
        self.days += tale.seconds / 86_400
        self.twins += tale.twins
        self.faults += tale.faults
        self.moves += tale.moves
        if tale.broken:
            self.broken[tale.seed] = tale.broken

    def join(self, other: "Figures") -> None:
        """Many worlds more."""
        for name in ("seeds", "runs", "effects", "posts", "days", "twins"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.faults += other.faults
        self.moves += other.moves
        self.broken |= other.broken

    @property
    def never(self) -> list[str]:
        """The faults and the moves of rows that did not occur."""
        moves = [f"{before} to {after}" for before, after in sorted(MOVES - self.moves.keys())]
        return [kind.value for kind in Kind if not self.faults[kind]] + moves


def replay(seed: int) -> str:
    """The command that lives through the world of a seed again."""
    return f"python -m tests.simulation {seed}"


def table(figures: Figures) -> str:
    """The figures for people."""
    lines = [
        *(f"{kind.value:<32}{figures.faults[kind]:>10,}" for kind in Kind),
        "",
        *(f"{before + ' to ' + after:<32}{figures.moves[before, after]:>10,}" for before, after in sorted(MOVES)),
        "",
        f"{'worlds':<32}{figures.seeds:>10,}",
        f"{'runs':<32}{figures.runs:>10,}",
        f"{'records sent':<32}{figures.posts:>10,}",
        f"{'effects, each a point to die at':<32}{figures.effects:>10,}",
        f"{'simulated days':<32}{figures.days:>10,.0f}",
        f"{'twins that no row told of':<32}{figures.twins:>10,}",
        f"{'worlds with a broken promise':<32}{len(figures.broken):>10,}",
    ]
    for seed, broken in figures.broken.items():
        lines += ["", replay(seed), *(f"    {one}" for one in broken[:5])]
    return "\n".join(lines)
