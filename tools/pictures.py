"""The pictures of the README, drawn from the sample files."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from importer.outline import drawn
from importer.picture import outline_of_files
from importer.settings import read_settings
from tools.samples import FOLDER, ROOT, sample_files

CALENDAR: Final = ROOT / "docs" / "calendar.svg"


def pictures() -> dict[Path, bytes]:
    """Each picture with its content."""
    name = "onboarding.xlsx"
    with TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(sample_files()[FOLDER / name])
        return {CALENDAR: drawn(outline_of_files([str(file)], read_settings()), CALENDAR)}
