"""The outline of what files would import, and a file with the drawing of an outline."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from importer.errors import DrawingError
from importer.languages import Language, speaking
from importer.outline import Outline, drawn, ensure_known_kind, outline_of_tables
from importer.prepare import prepare
from importer.report.saving import save
from importer.settings import Settings


def outline_of_files(files: Sequence[str], settings: Settings) -> Outline:
    """What is good of the files. Raises `FileError` and `SettingError`; nothing touches the network."""
    prepared = prepare(files, settings, reports=False)
    return outline_of_tables(prepared.tables, prepared.is_good)


def ensure_drawable(path: Path, *, overwrite: bool) -> None:
    """Find out beforehand whether an outline can be drawn there. Raises `DrawingError`."""
    ensure_known_kind(path)
    if path.exists() and not overwrite:
        raise DrawingError(path, "a file of that name is there already; --force replaces it")
    if not path.parent.is_dir():
        raise DrawingError(path, "there is no such folder")


def draw(outline: Outline, path: Path, language: Language = Language.ENGLISH, *, overwrite: bool = False) -> None:
    """Draw the outline to a file, all of it or nothing. Raises `DrawingError`."""
    ensure_drawable(path, overwrite=overwrite)
    with speaking(language):
        content = drawn(outline, path)

    def fill(file: BinaryIO) -> None:
        file.write(content)

    try:
        save(path, fill, instead=(), sleep=time.sleep)
    except OSError as error:
        raise DrawingError(path, (error.strerror or str(error)).lower()) from None
