"""A command from its files to its report: load, normalise, validate, look up, resolve, plan, send, report."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from importer.ending import Desk, Ending, finish
from importer.entities import Entity
from importer.interrupts import signals_given_back
from importer.model import Report
from importer.offline import undecided
from importer.outline import Outline
from importer.picture import outline_of_files
from importer.prepare import prepare
from importer.saved_plan import ensure_free, take_up
from importer.settings import Settings
from importer.suggestion import suggest_mapping

if TYPE_CHECKING:
    from importer.derive.present import Record
    from importer.export import Chosen, Exported
    from importer.export import Progress as Reading
    from importer.live import Begun
    from importer.retrial import Retrial


def check(files: Sequence[str], settings: Settings) -> Report:
    """Say what is wrong with the files. Touches no network. Raises `FileError` and `SettingError`."""
    started = time.monotonic()
    prepared = prepare(files, settings)
    return finish("check", prepared, Ending(verdicts=undecided(prepared)), started, settings.lang)


def suggest(files: Sequence[str], settings: Settings) -> Path | None:
    """Write a mapping for what is not understood of the files. Raises `FileError` and `SettingError`."""
    return suggest_mapping(files, settings)


def template(path: Path, course: int, settings: Settings, *, whole: bool = False, overwrite: bool = False) -> "Begun":
    """Write a template that begins with what a course holds. Only reads from the service. Raises `ImporterError`."""
    # The network's libraries, which a template without a course can do without.
    from importer.live import write_live_template

    return write_live_template(path, course, settings, whole=whole, overwrite=overwrite)


def outline(files: Sequence[str], settings: Settings) -> Outline:
    """The courses that the files would make, as far as they can be used. Raises `FileError` and `SettingError`."""
    return outline_of_files(files, settings)


def outline_of_course(course: int, settings: Settings) -> Outline:
    """What a course holds. Only reads from the service. Raises `ImporterError`."""
    from importer.live import outline_of_course

    return outline_of_course(course, settings)


def export(
    name: str,
    chosen: "Chosen",
    settings: Settings,
    progress: "Reading",
    *,
    with_ids: bool = True,
    overwrite: bool = False,
) -> "Exported":
    """Write whole courses to a workbook or a folder. Only reads from the service. Raises `ImporterError`."""
    from importer.export import export

    return export(name, chosen, settings, progress, with_ids=with_ids, overwrite=overwrite)


def show(entity: Entity, ids: Sequence[int], settings: Settings) -> Mapping[int, "Record"]:
    """Single records as the service has them, by id; those that are not there are left out. Raises `ImporterError`."""
    from importer.export.single import read_single

    return read_single(entity, ids, settings)


def plan(files: Sequence[str], settings: Settings) -> Report:
    """Say what a run would do. Only reads from the service. Raises `FileError` and `SettingError`."""
    return _with_service("plan", files, settings, None)


def run(files: Sequence[str], settings: Settings, desk: Desk | None = None) -> Report:
    """Import the files. Raises `FileError` and `SettingError` before anything is sent, and nothing afterwards."""
    return _with_service("run", files, settings, desk or Desk())


def retry(of_run: "Retrial", settings: Settings | None = None, desk: Desk | None = None) -> Report:
    """Send again what an earlier run did not bring in. Raises as `run` does, and `RunError`.

    `settings` are its own, or those that a sandbox put in their place.
    """
    started = time.monotonic()
    prepared = of_run.prepared()
    with signals_given_back():
        ending = of_run.sent(prepared, settings or of_run.settings, desk or Desk())
        return finish("retry", prepared, ending, started, of_run.settings.lang)


def _with_service(command: str, files: Sequence[str], settings: Settings, desk: Desk | None) -> Report:
    # The network's libraries, which a check can do without.
    from importer.online import credentials_for, with_service

    started = time.monotonic()
    saved = None
    if desk is None and settings.output is not None:
        ensure_free(settings.output, force=settings.force)
    elif desk is not None and settings.plan is not None:
        saved, files, settings = take_up(settings.plan, files, settings)
    given = credentials_for(settings)
    prepared = prepare(files, settings)
    with signals_given_back():
        ending = with_service(prepared, settings, given, desk, saved)
        return finish(command, prepared, ending, started, settings.lang)
