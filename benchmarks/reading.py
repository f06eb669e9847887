"""Time of load, normalise and validate against pandas reading the same files.

    python benchmarks/reading.py FOLDER [--rows N] [--repeat N]

Every measurement has a process of its own, imports not counted; the best of the repeats counts. Peak memory is
that of the whole process.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from make_lessons import FAULTS_A_ROW, ROWS, make


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of wall clock, peak memory in MiB, and what was counted (rows or problems)."""

    seconds: float
    memory: float
    count: int


def peak_memory() -> float:
    """MiB that this process held at most; nan where the system does not tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def pandas_csv(path: Path) -> int:
    """What the CSV figures are compared with."""
    import pandas as pd

    return len(pd.read_csv(path, dtype=str, keep_default_na=False))


def pandas_excel(path: Path) -> int:
    """What the workbook's figure is compared with."""
    import pandas as pd

    return len(pd.read_excel(path, engine="openpyxl"))


def load_only(path: Path) -> int:
    """The first stage."""
    from importer.load import load

    return sum(len(sheet.cells) for sheet in load(str(path)).sheets)


def three_stages(path: Path) -> int:
    """All that is done offline; gives the number of problems."""
    from importer.load import load
    from importer.normalise import normalise
    from importer.validate import validate

    book = load(str(path))
    tables = [normalise(sheet, {}) for sheet in book.sheets]
    return sum(len(table.problems) for table in tables) + len(validate(tables))


def _run(work: Callable[[Path], int], path: Path, queue: "multiprocessing.Queue[Measured]") -> None:
    # Imports are not what is measured; pandera puts some of its own off until the first schema is used.
    import pandas  # noqa: F401
    import pandera.backends.pandas.builtin_checks  # noqa: F401

    import importer.load
    import importer.normalise
    import importer.validate  # noqa: F401

    begin = time.perf_counter()
    count = work(path)
    queue.put(Measured(time.perf_counter() - begin, peak_memory(), count))


def measure(work: Callable[[Path], int], path: Path, repeat: int) -> Measured:
    """The best of some runs, each in a fresh process."""
    context = multiprocessing.get_context("spawn")
    runs = []
    for _ in range(repeat):
        queue: multiprocessing.Queue[Measured] = context.Queue()
        process = context.Process(target=_run, args=(work, path, queue))
        process.start()
        runs.append(queue.get())
        process.join()
    return min(runs, key=lambda run: run.seconds)


def main(folder: Path, rows: int, repeat: int) -> None:
    """Print the table."""
    good, bad, workbook = make(folder, rows)
    csv_base = measure(pandas_csv, good, repeat)
    checked = measure(three_stages, good, repeat)
    checked_bad = measure(three_stages, bad, repeat)
    excel_base = measure(pandas_excel, workbook, 1)
    excel = measure(load_only, workbook, repeat)
    print(f"{'what':<46}{'s':>8}{'MiB':>8}{'ratio':>8}  reach")
    for what, run, base, reach in (
        ("pandas.read_csv(dtype=str)", csv_base, None, ""),
        ("load", measure(load_only, good, repeat), csv_base, ""),
        ("load, normalise, validate: all good", checked, csv_base, "at most 2.0"),
        (f"  every row bad, {checked_bad.count:,} problems", checked_bad, checked, "at most 2.5 times all good"),
        ("pandas.read_excel(engine='openpyxl')", excel_base, None, ""),
        ("load the workbook", excel, excel_base, "at most 0.25"),
    ):
        ratio = f"{run.seconds / base.seconds:8.2f}" if base else " " * 8
        print(f"{what:<46}{run.seconds:8.2f}{run.memory:8.0f}{ratio}  {reach}")
    if checked.count or checked_bad.count < rows * FAULTS_A_ROW:
        print(f"problems found: {checked.count} in good rows, {checked_bad.count} in bad ones: not what was expected")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    main(given.folder, given.rows, given.repeat)
