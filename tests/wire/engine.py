"""The whole engine, from a file to its report, with the service at some address."""

from pathlib import Path
from typing import Final

from importer import pipeline
from importer.model import Report
from importer.sandbox import OPS
from importer.settings import read_settings
from tests.flow.commands import PACE, lessons_csv

ROWS: Final = 3


def run(address: str, folder: Path, **options: object) -> Report:
    """Import three lessons, one after the other."""
    file = lessons_csv(folder / "lessons.csv", ROWS)
    given: dict[str, object] = {name.lower(): 0 for name in PACE}
    given |= {"base_url": address, "username": OPS.name, "password": OPS.password, "concurrency": 1, "settle": 0.1}
    return pipeline.run([str(file)], read_settings({**given, **options}))


def outcomes(report: Report) -> list[str]:
    return [row.verdict.outcome.value for row in report.rows]


def remarks(report: Report) -> list[list[str]]:
    """The codes of what is said of each row."""
    return [[problem.code.value for problem in row.verdict.problems] for row in report.rows]
