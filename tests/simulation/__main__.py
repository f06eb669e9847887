"""`python -m tests.simulation SEED` lives through one world; with `--seeds N` through many, and prints the figures."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.simulation.changing import simulate_changes
from tests.simulation.figures import many, table, write_down

ENOUGH: Final = 2000
"""Worlds among which each fault and each move of a row has to occur."""


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where a promise was broken, or where something did not occur in many worlds."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="the world to live through")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="live through so many worlds")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them")
    parser.add_argument("--beyond", action="store_true", help="let requests be worked on later than --settle allows")
    parser.add_argument("--changes", action="store_true", help="live through the world of changes of one seed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(given)
    if options.changes:
        tale = simulate_changes(options.seed or 0)
        sys.stdout.write("\n".join([f"{len(tale.broken)} broken promises", *tale.broken]) + "\n")
        return 1 if tale.broken else 0
    first = options.first if options.seed is None else options.seed
    figures = many(range(first, first + options.seeds), beyond=options.beyond)
    missing = figures.never if options.seeds >= ENOUGH and not options.beyond else []
    told = [f"never occurred: {one}" for one in missing]
    sys.stdout.write("\n".join([table(figures), *told]) + "\n")
    if options.json:
        names = ("seeds", "runs", "posts", "effects", "twins")
        sums = {name: getattr(figures, name) for name in names}
        kinds = {"faults": sum(map(bool, figures.faults.values())), "moves": sum(map(bool, figures.moves.values()))}
        broken = {"broken": len(figures.broken)}
        write_down(options.json, f"make simulate SEEDS={options.seeds}", sums | kinds | broken)
    return 1 if figures.broken or missing else 0


if __name__ == "__main__":
    sys.exit(main())
