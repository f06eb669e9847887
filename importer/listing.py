"""What the service holds: complete lists, none of whose records comes twice, and single records."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from importer.answers import Page, Unusable
from importer.api import AT_ONCE, list_page, listed, read_held, read_page
from importer.by_id import read_records, records_by_id
from importer.entities import Entity
from importer.errors import UnreachableError
from importer.model import Held
from importer.service import Service

LISTINGS: Final = 3
"""How often a list is read that changes while it is read."""


async def complete_list(service: Service, entity: Entity, course: int) -> tuple[Held, ...]:
    """The records of a kind in a course, or all of them (`EVERYWHERE`).

    Raises `UnreachableError` where no complete list can be had, and what `Service.read` raises.
    """
    for _ in range(LISTINGS):
        pages = await _pages(service, entity, course)
        ids = [number for page in pages for number in page.ids]
        # A record that goes while pages are read hides another one, and the last page alone would not tell.
        if len(set(ids)) == len(ids) and {page.total for page in pages} <= {None, len(ids)}:
            return tuple(held for page in pages for held in page.records)
    raise UnreachableError(service.address, f"the {listed(entity, course)} kept changing while they were read")


async def _pages(service: Service, entity: Entity, course: int) -> list[Page]:
    pages: list[Page] = []
    seen: set[int] = set()
    # A page that brings nothing new is no page: its records count twice, so that the list is read again.
    while not pages or (pages[-1].has_next and not seen.issuperset(pages[-1].ids)):
        seen.update(pages[-1].ids if pages else ())
        request = list_page(entity, course, len(pages) + 1)
        page = read_page(await service.read(request, entity.record), entity, course)
        if isinstance(page, Unusable):
            raise UnreachableError(service.address, f"asked to {request.what}, {page.reason}")
        pages.append(page)
    return pages


def batches(items: list[int], size: int) -> Iterator[list[int]]:
    """The items in their order, so many at a time."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


async def still_there(service: Service, entity: Entity, ids: Collection[int]) -> frozenset[int]:
    """Which of the records are there, as `there_by_number` has it."""
    return frozenset(await there_by_number(service, entity, ids))


async def there_by_number(service: Service, entity: Entity, ids: Collection[int]) -> dict[int, Held | None]:
    """Those of the records that are there, though no list shows them: lists may lag behind what was just made.

    Where the service cannot be asked like this they count as there, without what they hold, as sending them again could
    make them twice. Raises `UnreachableError` where the answer is none.
    """
    found: dict[int, Held | None] = {}
    for some in batches(sorted(ids), AT_ONCE):
        request = records_by_id(entity, some)
        reply = await service.read(request, entity.record)
        answer = read_records(reply)
        if isinstance(answer, Unusable):
            if answer.again or 300 <= reply.status < 400:
                raise UnreachableError(service.address, f"asked to {request.what}, {answer.reason}")
            found |= dict.fromkeys(some)
        else:
            shown = (read_held(record, entity) for record in answer)
            found |= {held.id: held for held in shown if held is not None and held.id in some}
    return found
