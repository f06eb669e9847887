"""Templates that begin with what a course holds: read from the service, written to a workbook."""

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path

from importer.auth import Credentials
from importer.contents import Contents, read_contents
from importer.derive.present import present_rows
from importer.derive.template import write_course
from importer.entities import ENTITIES
from importer.online import credentials_for
from importer.prepare import Prepared
from importer.report import Places
from importer.settings import Settings
from importer.work import at_work

_NO_FILES = Prepared(books=(), places=Places(targets=(), taken=frozenset()), tables=(), found={}, problems=())


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
    rows = present_rows(contents.records) if whole else {}
    titles = [one.title for one in contents.sections]
    write_course(path, titles, rows, overwrite=overwrite)
    carried = sum(len(some) for some in rows.values())
    there = sum(len(contents.records.get(entity.kind, ())) for entity in ENTITIES)
    return Begun(sections=len(titles), rows=carried, left_out=there - carried)


async def _read(course: int, settings: Settings, given: Credentials, *, whole: bool) -> Contents:
    async with at_work(_NO_FILES, settings, given, uuid.uuid4().hex[:12], alone=False) as work:
        return await read_contents(work.service, course, whole=whole)
