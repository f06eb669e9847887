"""What many worlds add up to, as a table for people and as figures for the documentation."""

import json
import multiprocessing
import os
import platform
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from importer.delivery import MOVES, State
from tests.simulation.changing import simulate_changes
from tests.simulation.faults import Kind
from tests.simulation.life import simulate
from tests.simulation.tale import Tale

_Given = TypeVar("_Given")
_Taken = TypeVar("_Taken")
_CHUNK = 25

OF_CHANGES = 4
"""With each world of that many seeds comes one in which records are changed and deleted."""
OF_LATE = 20
"""With each world of that many seeds comes one in which requests are worked on later than `--settle` allows."""


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
    broken: dict[str, list[str]] = field(default_factory=dict)
    """What is broken in a world, by how to live through it again."""

    def add(self, tale: Tale, how: str = "") -> None:
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
            self.broken[f"{how}{tale.seed}"] = tale.broken

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


def side_by_side(work: Callable[[_Given], _Taken], given: Iterable[_Given]) -> Iterable[_Taken]:
    """The work for each of what is given, on all processors, in the order given."""
    # A copy of a process with threads may hold a lock that nobody gives back, so each process begins afresh.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, given)


def _some(given: tuple[range, bool]) -> Figures:
    seeds, beyond = given
    figures = Figures()
    for seed in seeds:
        figures.add(simulate(seed, beyond=beyond))
        if seed % OF_CHANGES == 0 and not beyond:
            figures.add(simulate_changes(seed), "--changes ")
        if seed % OF_LATE == 0 and not beyond:
            figures.add(simulate(seed, beyond=True), "--beyond ")
    return figures


def many(seeds: range, *, beyond: bool = False) -> Figures:
    """The figures of many worlds."""
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    figures = Figures()
    for some in side_by_side(_some, [(chunk, beyond) for chunk in chunks]):
        figures.join(some)
    return figures


def replay(seed: str) -> str:
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


def write_down(path: Path, command: str, figures: dict[str, int]) -> None:
    """Keep figures for the documentation, with the command that printed them and what it ran on."""
    versions = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    document = {"command": command, "versions": versions, "figures": figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
