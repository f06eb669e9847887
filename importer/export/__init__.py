"""Whole courses out of the service, in the shape of the templates."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from importer.auth import Credentials
from importer.derive.exported import count_formulas
from importer.derive.keys import folded
from importer.derive.present import Cell, Record, present
from importer.entities import COURSE, ID, TITLE
from importer.errors import ExportError
from importer.export.fetching import Chosen, Fetched, Progress, fetch
from importer.export.kept import Kept
from importer.export.writing import output_at, write
from importer.model import Requests
from importer.online import credentials_for
from importer.problems import quoted
from importer.settings import Settings
from importer.work import only_reading, requests_of

__all__ = ["Chosen", "Exported", "Progress", "export"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote.

    `courses` are titles by id; `counts` the records of each kind, `kept` those of them that a try before had read.
    `unsaid` are fields that no cell can say. `long` are texts for which there is a folder instead of a workbook.
    """

    files: tuple[Path, ...]
    courses: Mapping[int, str]
    counts: Mapping[str, int]
    kept: int
    requests: Requests
    seconds: float
    unsaid: tuple[Cell, ...] = ()
    long: tuple[Cell, ...] = ()
    twins: tuple[Cell, ...] = ()
    """Without ids, the titles that nothing tells from those of other rows any more."""
    formulas: int = 0
    """Texts of a CSV that Excel would take for formulas."""


@dataclass(slots=True)
class _Read:
    fetched: Fetched = field(default_factory=Fetched)
    requests: Requests = field(default_factory=Requests)


def export(
    name: str, chosen: Chosen, settings: Settings, progress: Progress, *, with_ids: bool = True, overwrite: bool = False
) -> Exported:
    """Write courses to a workbook or a folder. Only reads from the service.

    Without ids they can be imported into another account. What was read when an export is broken off is kept, and the
    same export goes on with it. Raises `ExportError`, `CourseMissingError`, `SettingError`, `SignInError`,
    `TryLaterError`, `StoppedError`.
    """
    started = time.monotonic()
    output = output_at(name, overwrite=overwrite)
    given = credentials_for(settings)
    account = (settings.journal_address or settings.base_url, given.account)
    with Kept(settings.journal_path, account, output.path) as kept:
        read = asyncio.run(_read(chosen, settings, given, kept, progress))
        records = read.fetched.records
        if not with_ids:
            _ensure_titles_tell(records[COURSE.kind])
        presented = present(records, with_ids=with_ids)
        long = () if output.is_folder else presented.long
        files = write(output.as_folder() if long else output, presented, with_ids=with_ids)
        kept.done()
    is_workbook = not (long or output.is_folder)
    return Exported(
        files=files,
        courses={record[ID]: str(record.get(TITLE.name) or "") for record in records[COURSE.kind]},
        counts={kind: len(some) for kind, some in records.items()},
        kept=read.fetched.kept,
        requests=read.requests,
        seconds=time.monotonic() - started,
        unsaid=presented.unsaid,
        long=long,
        twins=() if with_ids else presented.twins,
        formulas=0 if is_workbook else sum(map(count_formulas, presented.rows.values())),
    )


async def _read(chosen: Chosen, settings: Settings, given: Credentials, kept: Kept, progress: Progress) -> _Read:
    async with only_reading(settings, given) as work:
        fetched = await fetch(work.service, chosen, kept, progress)
        return _Read(fetched=fetched, requests=requests_of(work.service))


def _ensure_titles_tell(courses: Sequence[Record]) -> None:
    """Without their numbers, sections and lessons name their course by its title."""
    titles = [str(record.get(TITLE.name) or "") for record in courses]
    often = Counter(map(folded, titles))
    for title in titles:
        if often[folded(title)] > 1:
            message = f"Several courses are called {quoted(title)}: without their numbers, export them one by one."
            raise ExportError(message)
