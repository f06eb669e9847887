"""Load damaged spreadsheets for some seconds: each is read or refused with a `FileError`, and soon.

python -m tests.fuzz [--seconds N] [--seed N]
"""

import argparse
import sys
from pathlib import Path

from tests.fuzz.loading import fuzz


def main() -> int:
    """Print what happened; 1 where a file was neither read nor refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(".fuzz"), help="folder for the files that were not")
    given = parser.parse_args()
    figures = fuzz(given.seconds, given.seed, given.keep)
    told = (
        f"{figures.files:,} damaged files: {figures.read:,} read, {figures.refused:,} refused, "
        f"the slowest in {figures.slowest:.2f} s"
    )
    sys.stdout.write("\n".join([told, *figures.failures]) + "\n")
    return 1 if figures.failures or not figures.files else 0


if __name__ == "__main__":
    sys.exit(main())
