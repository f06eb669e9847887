from pathlib import Path

from tests.fuzz.loading import SAMPLES, fuzz


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    figures = fuzz(seconds=6, seed=20, keep=tmp_path)
    assert figures.failures == []
    assert figures.files == figures.read + figures.refused
    assert min(figures.read, figures.refused) > 10


def test_the_samples_are_there() -> None:
    assert {path.suffix for path in SAMPLES.iterdir()} >= {".csv", ".ods", ".xls", ".xlsx"}
