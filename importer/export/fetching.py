"""Reading whole courses: which are meant, and everything that they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from importer.derive.keys import folded
from importer.derive.present import Record
from importer.entities import COURSE, ENTITIES, EVERYWHERE, Entity
from importer.errors import CourseMissingError, ExportError
from importer.export.kept import Kept
from importer.listing import complete_list
from importer.model import Held
from importer.problems import quoted
from importer.records import batches_of_records, whole_records
from importer.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which courses are to be exported: by number, by title, or all."""

    ids: Sequence[int] = ()
    titles: Sequence[str] = ()
    all: bool = False


class Progress(Protocol):
    """Is told how far the reading is."""

    def planned(self, records: int) -> None:
        """So many records are to be read in all."""

    def advance(self, records: int) -> None:
        """So many more are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Whole records by kind, and how many of them an earlier try had read."""

    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    kept: int = 0


async def fetch(service: Service, chosen: Chosen, kept: Kept, progress: Progress) -> Fetched:
    """The courses that are chosen, with everything below them.

    Raises `CourseMissingError` and `ExportError` where they cannot be told, `SignInError`, `UnreachableError`.
    """
    courses = await _courses(service, chosen)
    records: dict[str, Sequence[Record]] = {COURSE.kind: list(courses.values())}
    listed = [(entity, await _listed(service, entity, courses)) for entity in ENTITIES if entity.scope is not None]
    progress.planned(sum(len(some) for _, some in listed))
    from_before = 0
    for entity, some in listed:
        found = kept.unchanged(entity, some)
        from_before += len(found)
        progress.advance(len(found))
        wanted = [held.id for held in some if held.id not in found]
        async for asked, batch in batches_of_records(service, entity, wanted):
            kept.add(entity, batch)
            found |= batch
            progress.advance(len(asked))
        records[entity.kind] = list(found.values())
    return Fetched(records=records, kept=from_before)


async def _listed(service: Service, entity: Entity, courses: Mapping[int, Record]) -> list[Held]:
    return [held for course in courses for held in await complete_list(service, entity, course)]


async def _courses(service: Service, chosen: Chosen) -> dict[int, Record]:
    ids = list(chosen.ids)
    if chosen.all or chosen.titles:
        listed = await complete_list(service, COURSE, EVERYWHERE)
        ids += [held.id for held in listed] if chosen.all else [_titled(title, listed) for title in chosen.titles]
    found = await whole_records(service, COURSE, ids)
    for id in chosen.ids:
        if id not in found:
            raise CourseMissingError(id)
    return found


def _titled(title: str, listed: Sequence[Held]) -> int:
    same = [held.id for held in listed if folded(held.title) == folded(title)]
    if len(same) == 1:
        return same[0]
    if not same:
        message = f"There is no course {quoted(title)} in Nexudus, or this account cannot see it."
        raise ExportError(message)
    numbers = ", ".join(map(str, same))
    message = f"Several courses are called {quoted(title)}: {numbers}. Name the one you mean with --course-id."
    raise ExportError(message)
