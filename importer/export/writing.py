"""Where an export goes, and its files: one workbook, or a folder with a CSV for each kind."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from importer.derive.exported import exported_csv, exported_workbook
from importer.derive.present import Presented
from importer.derive.words import either
from importer.entities import ENTITIES
from importer.errors import ExportError
from importer.report.saving import save

WORKBOOK: Final = ".xlsx"
CSV: Final = ".csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A place that can be written to: a workbook, or a folder. What is there is replaced only with `overwrite`."""

    path: Path
    is_folder: bool
    overwrite: bool

    def taken(self) -> None:
        """Raises `ExportError` where something is there already that may not be replaced."""
        for path in self.files().values() if self.is_folder else [self.path]:
            if os.path.lexists(path) and not self.overwrite:
                message = f"{path} is there already; --force replaces it."
                raise ExportError(message)

    def files(self) -> Mapping[str, Path]:
        """The CSV of each kind."""
        return {entity.kind: self.path / f"{entity.kind}{CSV}" for entity in ENTITIES}

    def as_folder(self) -> "Output":
        """The folder named like the workbook, for what no workbook can hold."""
        return Output(path=self.path.with_suffix(""), is_folder=True, overwrite=self.overwrite)


def output_at(name: str, *, overwrite: bool) -> Output:
    """Where an export of that name goes. Raises `ExportError` where it cannot, before anything is read."""
    path = Path(name)
    if not name.endswith(("/", os.sep)) and not path.is_dir() and path.suffix:
        return place_for(name, (WORKBOOK,), overwrite=overwrite)
    if path.exists() and not path.is_dir():
        message = f"{name} cannot be a folder: a file of that name is there."
        raise ExportError(message)
    return _usable(Output(path=path, is_folder=True, overwrite=overwrite))


def place_for(name: str, endings: Sequence[str], *, overwrite: bool) -> Output:
    """A file with one of these endings. Raises `ExportError` where it cannot be written."""
    path = Path(name)
    if path.suffix.lower() not in endings:
        message = f"It cannot be written to {name}: the name has to end in {either(tuple(endings))}."
        raise ExportError(message)
    return _usable(Output(path=path, is_folder=False, overwrite=overwrite))


def _usable(output: Output) -> Output:
    if not output.path.parent.is_dir():
        message = f"It cannot be written to {output.path}: there is no such folder."
        raise ExportError(message)
    output.taken()
    return output


def write(output: Output, presented: Presented, *, with_ids: bool) -> tuple[Path, ...]:
    """Write the files, each whole or not at all, and say which. Raises `ExportError` where that cannot be."""
    output.taken()
    if not output.is_folder:
        return (put(output, output.path, exported_workbook(ENTITIES, presented.rows, with_ids=with_ids)),)
    with _refusals(output):
        output.path.mkdir(exist_ok=True)
        return tuple(_folder(output, presented, with_ids=with_ids))


def _folder(output: Output, presented: Presented, *, with_ids: bool) -> Iterator[Path]:
    for entity in ENTITIES:
        path, rows = output.files()[entity.kind], presented.rows[entity.kind]
        if rows:
            yield put(output, path, exported_csv(entity, rows, with_ids=with_ids))
        else:
            # A file of an earlier export would be taken for a part of this one.
            path.unlink(missing_ok=True)


def put(output: Output, path: Path, content: bytes) -> Path:
    """Write one of its files, whole or not at all. Raises `ExportError` where that cannot be."""

    def fill(sink: BinaryIO) -> None:
        sink.write(content)

    with _refusals(output):
        return save(path, fill, instead=(), sleep=time.sleep)


@contextlib.contextmanager
def _refusals(output: Output) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"It cannot be written to {output.path}: {(error.strerror or str(error)).lower()}."
        raise ExportError(message) from error
