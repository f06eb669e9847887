"""A small import that is killed: at each of its effects, and then once more while it is taken up again.

python -m tests.simulation.kills [--pairs N] [--json FILE]
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.simulation.changing import simulate_changes
from tests.simulation.faults import Kind, Weather
from tests.simulation.figures import side_by_side, write_down
from tests.simulation.life import simulate
from tests.simulation.tale import Tale

PLANS: Final = (3, 4)
"""The seeds whose imports are killed at every effect; the second one has lessons below sections."""

CHANGES: Final = (2,)
"""The seeds whose updates and deletions are killed at every effect."""

PAIRS: Final = 300

_CHUNK: Final = 20


@dataclass
class Deaths:
    """How often an import was killed, and what that broke."""

    points: int = 0
    pairs: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, seed: int, kills: tuple[int, ...], live: Callable[..., Tale] = simulate) -> bool:
        """One import more; false where it came to its end before it could be killed so often."""
        tale = live(seed, weather=Weather.fair(), kills=kills)
        self.broken += [f"import {seed} killed at {kills}: {one}" for one in tale.broken]
        was_killed = tale.faults[Kind.CRASH] == len(kills)
        self.points += was_killed and len(kills) == 1
        self.pairs += was_killed and len(kills) > 1
        return was_killed


def everywhere(seed: int, live: Callable[..., Tale] = simulate) -> Deaths:
    """Kill the import of a seed at each of its effects."""
    deaths = Deaths()
    effect = 1
    while deaths.add(seed, (effect,), live):
        effect += 1
    return deaths


def amid_changes(seed: int) -> Deaths:
    """Kill the changes of a seed at each of their effects."""
    return everywhere(seed, simulate_changes)


def _some(some: range) -> Deaths:
    deaths = Deaths()
    for number in some:
        chance = random.Random(f"pair {number}")
        while not deaths.add(chance.randrange(200), (chance.randint(5, 60), chance.randint(2, 50))):
            pass
    return deaths


def pairs(count: int, first: int = 0) -> Deaths:
    """Kill imports at two effects each, which chance chooses."""
    chunks = [range(start, min(start + _CHUNK, first + count)) for start in range(first, first + count, _CHUNK)]
    return _sum(list(side_by_side(_some, chunks)))


def _sum(several: Sequence[Deaths]) -> Deaths:
    total = Counter(points=sum(one.points for one in several), pairs=sum(one.pairs for one in several))
    return Deaths(total["points"], total["pairs"], [broken for one in several for broken in one.broken])


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.kills", description=__doc__)
    parser.add_argument("--pairs", type=int, default=PAIRS, metavar="N", help="kill so many imports twice")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(given)
    changes = _sum(list(side_by_side(amid_changes, CHANGES)))
    deaths = _sum([*side_by_side(everywhere, PLANS), pairs(options.pairs)])
    deaths.broken += changes.broken
    lines = [f"{'imports killed once':<32}{deaths.points:>10,}", f"{'imports killed twice':<32}{deaths.pairs:>10,}"]
    lines += [f"{'changes killed once':<32}{changes.points:>10,}"]
    sys.stdout.write("\n".join([*lines, f"{'broken promises':<32}{len(deaths.broken):>10,}", *deaths.broken]) + "\n")
    if options.json:
        figures = {
            "points": deaths.points,
            "pairs": deaths.pairs,
            "changes": changes.points,
            "broken": len(deaths.broken),
        }
        write_down(options.json, "make kills", figures)
    return 1 if deaths.broken else 0


if __name__ == "__main__":
    sys.exit(main())
