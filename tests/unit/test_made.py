"""Which records that earlier runs made are still those of their rows."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from importer.entities import LESSON
from importer.journal import Made
from importer.made import is_own, still_made
from importer.model import Directory, Held
from importer.sandbox import Fault, Server
from tests.builders import service_of

MADE = Made(kind=LESSON.kind, course=101, id=7, title="Keys", stamp="2026-03-02T09:30:00Z")
HELD = Held(id=7, title="Keys", course=101, created_on="2026-03-02T09:30:00Z", updated_on="2026-03-02T09:30:00Z")
LATER = "2026-03-03T09:30:00Z"


@pytest.mark.parametrize(
    ("made", "held", "own"),
    [
        (MADE, HELD, True),
        (MADE, replace(HELD, title=" Keys "), True),
        (MADE, replace(HELD, title="Locks", updated_on=LATER), True),
        (MADE, replace(HELD, title="Locks", created_on=None), True),
        (MADE, replace(HELD, title="Keys", created_on=LATER, updated_on=LATER), True),
        (MADE, replace(HELD, title="Locks", created_on=LATER, updated_on=LATER), False),
        (MADE, replace(HELD, title="Locks", created_on=None, updated_on=None), False),
        (MADE, replace(HELD, course=102, created_on=LATER, updated_on=LATER), False),
        (replace(MADE, stamp=None), HELD, True),
        (replace(MADE, stamp=None), replace(HELD, title="Locks", created_on=None, updated_on=None), False),
    ],
)
def test_a_record_is_the_rows_by_its_title_or_by_when_it_was_made(made: Made, held: Held, own: bool) -> None:
    assert is_own(made, held) is own


def still(server: Server, made: Mapping[str, Made], *listed: Held) -> dict[str, int]:
    async def asking() -> dict[str, int]:
        async with service_of(server) as service:
            return await still_made(service, made, Directory(records={(LESSON.kind, 101): listed}, courses=None))

    return asyncio.run(asking())


def test_what_a_list_shows_under_another_title_is_another_record(shared: Server) -> None:
    other = replace(HELD, id=8, title="Locks", created_on=LATER, updated_on=LATER)
    made = {"Keys": MADE, "Doors": replace(MADE, id=8, title="Doors")}
    assert still(shared, made, HELD, other) == {"Keys": 7}


def test_what_no_list_shows_is_looked_at_by_its_number(shared: Server) -> None:
    body = {"CourseId": 101, "Title": "Keys"}
    there = shared.store.create(LESSON, body)
    elsewhere = shared.store.create(LESSON, {**body, "CourseId": 102})
    one = replace(MADE, stamp=None, id=there)
    made = {
        "Keys": one,
        "2": replace(one, id=elsewhere),
        "3": replace(one, title="Doors"),
        "4": replace(one, id=999_999),
    }
    assert still(shared, made) == {"Keys": there}


def test_what_cannot_be_asked_for_counts_as_there(shared: Server) -> None:
    shared.faults.replace([Fault(method="GET", status=400, body="{}", work=False)])
    assert still(shared, {"Keys": MADE}) == {"Keys": 7}
    shared.faults.clear()
