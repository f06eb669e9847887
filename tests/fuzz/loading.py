"""What the stages that read a file do with damaged ones."""

import random
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from importer.errors import FileError
from importer.load import load
from importer.normalise import normalise
from importer.validate import validate
from tests.fuzz.damage import damaged

SAMPLES = Path(__file__).parents[1] / "samples"
ENDINGS = frozenset({".csv", ".ods", ".xls", ".xlsb", ".xlsx"})
SLOW = 5.0
"""Seconds that no sample may take, whatever is done to it: whole, each takes a few hundredths."""


@dataclass(slots=True)
class Figures:
    """How many files were tried and what became of them."""

    files: int = 0
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def fuzz(seconds: float, seed: int, keep: Path) -> Figures:
    """Try damaged samples until the time is over; those that are neither read nor refused are kept in a folder."""
    random_ = random.Random(seed)
    samples = [path for path in sorted(SAMPLES.iterdir()) if path.suffix in ENDINGS]
    figures = Figures()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            sample = random_.choice(samples)
            data = damaged(random_, sample.read_bytes())
            path = Path(folder, f"{figures.files}{random_.choice(sorted(ENDINGS))}")
            path.write_bytes(data)
            failure = _try(path, figures)
            path.unlink()
            if failure:
                keep.mkdir(exist_ok=True)
                kept = keep / f"{seed}-{figures.files}-{sample.name}"
                kept.write_bytes(data)
                figures.failures.append(f"{kept}: {failure}")
    return figures


def _try(path: Path, figures: Figures) -> str:
    """Why a file was neither read nor refused, or too slowly; empty where it was."""
    begin = time.thread_time()
    figures.files += 1
    try:
        validate([normalise(sheet, {}) for sheet in load(str(path)).sheets])
        figures.read += 1
    except FileError:
        figures.refused += 1
    except BaseException:  # noqa: BLE001 - a panic of the workbook reader is not an Exception
        return traceback.format_exc(limit=-4)
    taken = time.thread_time() - begin
    figures.slowest = max(figures.slowest, taken)
    return f"took {taken:.1f} s" if taken > SLOW else ""
