"""Planted faults of the importer: `python -m tests.simulation.mutants` shows that the simulation catches each.

Only a broken promise is a catch. A planted fault that makes the program crash has been caught by Python.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.simulation.changing import simulate_changes
from tests.simulation.figures import side_by_side, write_down
from tests.simulation.life import simulate
from tests.simulation.plants import PLANTS
from tests.simulation.plants_of_changes import PLANTS_OF_CHANGES

ALL: Final = PLANTS | PLANTS_OF_CHANGES

MOST: Final = 1000
"""Worlds within which each has to be caught."""


class Catch(NamedTuple):
    """The first world in which a planted fault breaks a promise, and which one."""

    seed: int
    promise: str


def caught(name: str, most: int = MOST) -> Catch | None:
    """How a planted fault is caught; None where it is not."""
    live = simulate_changes if name in PLANTS_OF_CHANGES else simulate
    with ALL[name]():
        for seed in range(most):
            try:
                broken = live(seed).broken
            except Exception:  # noqa: BLE001  # a crash of what was planted catches nothing, and the next world may
                continue
            if broken:
                return Catch(seed, broken[0].partition(" at ")[0])
    return None


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where a planted fault is not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(given)
    missed = latest = 0
    for name, catch in zip(ALL, side_by_side(caught, ALL), strict=True):
        missed += catch is None
        latest = max(latest, catch.seed if catch else 0)
        how = f"in world {catch.seed:>3} by {catch.promise}" if catch else "not caught"
        sys.stdout.write(f"{name:<66}{how}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(ALL) - missed} of {len(ALL)} planted faults caught\n")
    if options.json:
        figures = {"planted": len(ALL), "caught": len(ALL) - missed, "latest": latest}
        write_down(options.json, "make mutants", figures)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
