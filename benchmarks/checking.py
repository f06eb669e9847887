"""The whole command `check` on a large CSV, report included: time and peak memory, compared in one run with pandas.

python benchmarks/checking.py [--rows 100000] [--rounds 3]
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from make_lessons import write_csv

READ_CSV = "import sys, pandas; pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)"
START = "import pandas"


def measured(command: Sequence[str], ends_with: Collection[int] = (0, 1)) -> tuple[float, float]:
    """Wall seconds and peak memory (MiB) of a command; memory is 0 where the system does not tell.

    Raises `ValueError` where it ends with another exit code: it did not do what was to be measured.
    """
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        if not hasattr(os, "wait4"):
            process.wait()
            return time.perf_counter() - started, 0.0
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends_with:
        message = f"{command} ended with {process.returncode}"
        raise ValueError(message)
    unit = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - started, usage.ru_maxrss * unit / 2**20


def table(name: str, path: Path, rounds: int) -> None:
    """Print the rows for one file."""
    start, read, check = ([], [], [])  # type: tuple[list[float], list[float], list[float]]
    peaks = []
    importer = [sys.executable, "-m", "importer", "check", str(path), "--quiet", "--report-dir", str(path.parent)]
    for _ in range(rounds):
        start.append(measured([sys.executable, "-c", START])[0])
        read.append(measured([sys.executable, "-c", READ_CSV, str(path)])[0])
        seconds, peak = measured(importer)
        check.append(seconds)
        peaks.append(peak)
    bare = statistics.median(one - other for one, other in zip(read, start, strict=True))
    print(f"{name}, {path.stat().st_size / 1e6:.0f} MB")
    print(f"  pandas.read_csv alone   {bare:6.2f} s (without its start)")
    print(f"  importer check          {statistics.median(check):6.2f} s")
    print(f"  ratio                   {statistics.median(check) / bare:6.2f}  (to reach: at most 5)")
    print(f"  peak memory             {max(peaks):6.0f} MiB  (to reach: at most 600)")


def main(rows: int, rounds: int) -> None:
    """Make the files and print the table."""
    with tempfile.TemporaryDirectory() as name:
        for kind, bad in (("all rows good", False), ("every row bad", True)):
            path = Path(name) / f"lessons-{'bad' if bad else 'good'}.csv"
            # In a process of its own, so that the memory it takes is not ours.
            maker = multiprocessing.get_context("spawn").Process(
                target=write_csv, args=(path, rows), kwargs={"bad": bad}
            )
            maker.start()
            maker.join()
            table(f"{rows:,} lessons, {kind}", path, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    main(given.rows, given.rounds)
