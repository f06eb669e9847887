"""`python -m tests.simulation SEED` lives through one world; with `--seeds N` through many, and prints the figures."""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.figures import Figures, table
from tests.simulation.world import simulate


def _many(seeds: range, beyond: bool) -> Figures:
    figures = Figures()
    for seed in seeds:
        figures.add(simulate(seed, beyond=beyond))
    return figures


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="the world to live through")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="live through so many worlds")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them")
    parser.add_argument("--beyond", action="store_true", help="let requests be worked on later than --settle allows")
    options = parser.parse_args(given)
    if options.seed is not None:
        figures = _many(range(options.seed, options.seed + 1), options.beyond)
    else:
        chunks = [
            range(first, min(first + 50, options.first + options.seeds))
            for first in range(options.first, options.first + options.seeds, 50)
        ]
        figures = Figures()
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for some in pool.map(_many, chunks, [options.beyond] * len(chunks)):
                figures.join(some)
    sys.stdout.write(table(figures) + "\n")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
