"""`python -m tests.torture SEED` lives through one world; with `--kills N` through many, and prints the figures."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.torture.figures import Figures, table
from tests.torture.world import KILLS, torture


def main(given: Sequence[str] | None = None) -> int:
    """Exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", help="the world to live through")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="kill so many processes")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of the worlds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args(given)
    for name in [name for name in os.environ if name.upper().startswith(("NEXUDUS_", "IMPORTER_"))]:
        del os.environ[name]  # the account and the options of whoever runs this are not meant
    figures = Figures()
    if options.seed is not None:
        figures.add(torture(options.seed))
    else:
        # The last world gets those that are left over.
        kills = [min(KILLS, options.kills - done) for done in range(0, options.kills, KILLS)]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for tale in pool.map(torture, range(options.first, options.first + len(kills)), kills):
                figures.add(tale)
    sys.stdout.write(table(figures) + "\n")
    if options.json is not None:
        options.json.write_text(json.dumps(figures.as_json(), indent=2) + "\n", encoding="utf-8")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
