"""What a course of the service holds: a template that begins with it, and its outline."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from importer.auth import Credentials
from importer.contents import Contents, read_contents
from importer.derive.present import fit_to_begin, present
from importer.derive.template import write_course
from importer.directory import look_up
from importer.entities import ENTITIES
from importer.errors import CourseMissingError
from importer.model import Directory, Wanted
from importer.online import credentials_for
from importer.outline import Outline, outline_of_directory
from importer.settings import Settings
from importer.work import only_reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a template begins with: rows of the course that it holds, and those that no row could stand for."""

    sections: int
    rows: int = 0
    left_out: int = 0


def write_live_template(path: Path, course: int, settings: Settings, *, whole: bool, overwrite: bool) -> Begun:
    """Write a template of a course that offers its sections and, if wanted, holds what it holds.

    Raises `TemplateError`, `CourseMissingError`, `SettingError`, `SignInError`, `TryLaterError`, `StoppedError`.
    """
    given = credentials_for(settings)
    contents = asyncio.run(_read(course, settings, given, whole=whole))
    rows = fit_to_begin(present(contents.records)) if whole else {}
    titles = [one.title for one in contents.sections]
    write_course(path, titles, rows, overwrite=overwrite)
    carried = sum(len(some) for some in rows.values())
    there = sum(len(contents.records.get(entity.kind, ())) for entity in ENTITIES)
    return Begun(sections=len(titles), rows=carried, left_out=there - carried)


async def _read(course: int, settings: Settings, given: Credentials, *, whole: bool) -> Contents:
    async with only_reading(settings, given) as work:
        return await read_contents(work.service, course, whole=whole)


def outline_of_course(course: int, settings: Settings) -> Outline:
    """What a course of the service holds. Only reads. Raises as `write_live_template`."""
    directory = asyncio.run(_look_up(course, settings, credentials_for(settings)))
    if directory.courses is not None and course not in directory.courses:
        raise CourseMissingError(course)
    return outline_of_directory(directory)


async def _look_up(course: int, settings: Settings, given: Credentials) -> Directory:
    async with only_reading(settings, given) as work:
        return await look_up(work.service, Wanted(courses=frozenset({course})))
