"""What is told of a world when it has ended."""

from collections import Counter
from dataclasses import dataclass, field

from importer.delivery import State
from importer.model import Outcome
from tests.simulation.faults import Kind


@dataclass(slots=True)
class Tale:
    """What happened in a world."""

    seed: int
    broken: list[str] = field(default_factory=list)
    faults: Counter[Kind] = field(default_factory=Counter)
    moves: Counter[tuple[State, State]] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    runs: int = 0
    effects: int = 0
    posts: int = 0
    twins: int = 0
    """Records that were made once too often and that no row tells of."""
    seconds: float = 0.0
