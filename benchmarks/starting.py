"""How long `importer --help` takes, compared in one run with a bare typer program.

python benchmarks/starting.py [--rounds 9]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

BARE = '''
import typer

app = typer.Typer()


@app.command()
def one(file: str, number: int = 3) -> None:
    """Do one thing."""


@app.command()
def other(file: str) -> None:
    """Do another."""


app()
'''


def seconds(command: Sequence[str]) -> float:
    """The wall time of a command."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main(rounds: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        commands = {
            "bare typer --help": [sys.executable, str(bare), "--help"],
            "importer --help": [sys.executable, "-m", "importer", "--help"],
            "importer run --help": [sys.executable, "-m", "importer", "run", "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            seconds(command)
        for _ in range(rounds):
            for name, command in commands.items():
                times[name].append(seconds(command))
    for name, taken in times.items():
        print(f"{name:<22} {statistics.median(taken):6.3f} s")
    pairs = zip(times["importer --help"], times["bare typer --help"], strict=True)
    print(
        f"ratio                  {statistics.median(ours / bare for ours, bare in pairs):6.2f}  (to reach: at most 2)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    main(parser.parse_args().rounds)
