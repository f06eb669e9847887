"""Which of the records that rows of earlier runs made are there, and still theirs.

A number alone does not tell: a service that began its numbers anew (a sandbox that was started again, a backup that was
restored) gives one that an older row has to another record.
"""

from collections.abc import Mapping

from importer.derive.keys import folded
from importer.entities import ENTITIES, EVERYWHERE
from importer.journal import Made
from importer.listing import there_by_number
from importer.model import Directory, Held
from importer.service import Service


def is_own(made: Made, held: Held) -> bool:
    """Whether what has the number of a record that a row made is that record.

    It is if it has the row's title and course, or if it says of itself that it was written when the row's was made: by
    that it is known under another title, too.
    """
    if made.stamp is not None and made.stamp in (held.created_on, held.updated_on):
        return True
    return folded(held.title) == folded(made.title) and held.course in (made.course, EVERYWHERE)


async def still_made(service: Service, made: Mapping[str, Made], directory: Directory) -> dict[str, int]:
    """The ids of records that rows of earlier runs made and that are there, by the identity of their rows."""
    there: dict[tuple[str, int], Held | None] = {
        (kind, held.id): held for (kind, _), records in directory.records.items() for held in records
    }
    for entity in ENTITIES:
        unseen = {one.id for one in made.values() if one.kind == entity.kind and (one.kind, one.id) not in there}
        found = await there_by_number(service, entity, unseen)
        there |= {(entity.kind, number): held for number, held in found.items()}
    return {identity: one.id for identity, one in made.items() if _is_there(one, there)}


def _is_there(made: Made, there: Mapping[tuple[str, int], Held | None]) -> bool:
    """Whether its record is among those; one that nobody could look at is."""
    if (made.kind, made.id) not in there:
        return False
    held = there[made.kind, made.id]
    return held is None or is_own(made, held)
