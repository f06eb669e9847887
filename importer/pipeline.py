"""A command from its files to its report: load, normalise, validate, look up, resolve, plan, send, report."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from importer.auth import Credentials, credentials
from importer.choices import Existing
from importer.ending import Desk, Ending, finish
from importer.errors import ImporterError, SettingError
from importer.model import Report, Status
from importer.online import Work, agree_and_send, at_work, look_and_plan
from importer.outline import outline
from importer.pacing import StoppedError
from importer.prepare import Prepared, prepare
from importer.settings import Settings
from importer.suggestion import suggest_mapping


def check(files: Sequence[str], settings: Settings) -> Report:
    """Say what is wrong with the files. Touches no network. Raises `FileError` and `SettingError`."""
    started = time.monotonic()
    return finish("check", prepare(files, settings), Ending(), started)


def suggest(files: Sequence[str], settings: Settings) -> Path | None:
    """Write a mapping for what is not understood of the files. Raises `FileError` and `SettingError`."""
    return suggest_mapping(files, settings)


def plan(files: Sequence[str], settings: Settings) -> Report:
    """Say what a run would do. Only reads from the service. Raises `FileError` and `SettingError`."""
    started = time.monotonic()
    given = _credentials(settings)
    prepared = prepare(files, settings)
    return finish("plan", prepared, asyncio.run(_with_service(prepared, settings, given, None)), started)


def run(files: Sequence[str], settings: Settings, desk: Desk | None = None) -> Report:
    """Import the files. Raises `FileError` and `SettingError` before anything is sent, and nothing afterwards."""
    started = time.monotonic()
    given = _credentials(settings)
    prepared = prepare(files, settings)
    return finish("run", prepared, asyncio.run(_with_service(prepared, settings, given, desk or Desk())), started)


def _credentials(settings: Settings) -> Credentials:
    if settings.on_existing is Existing.UPDATE:
        message = "--on-existing update is not there yet: rows that exist can be skipped, refused or created again."
        raise SettingError(message)
    return credentials(settings)


async def _with_service(prepared: Prepared, settings: Settings, given: Credentials, desk: Desk | None) -> Ending:
    """Plan and, with a desk, send. What stops it is part of the ending."""
    ending = Ending()
    try:
        async with at_work(prepared, settings, given, alone=desk is not None) as work:
            ending = await look_and_plan(work, ending)
            if desk is None:
                return ending
            ending = await agree_and_send(work, ending, desk)
            return ending.showing(await _outline(work, ending)) if desk.show_outline else ending
    except StoppedError:
        return ending.by_user()
    except SettingError:
        raise
    except ImporterError as error:
        return ending.because(error)


async def _outline(work: Work, ending: Ending) -> str:
    """What the courses now hold; empty where that cannot be had: nothing that fails here undoes what was sent."""
    if ending.directory is None or not ending.directory.courses or ending.status is not Status.COMPLETED:
        return ""
    try:
        return await outline(work.service, ending.directory.courses)
    except (ImporterError, StoppedError):
        return ""
