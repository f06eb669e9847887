"""Lists: what the query string asks for, and the page that answers it."""

from collections.abc import Mapping
from typing import Final

from importer.entities import ID, TITLE, UPDATED_ON, Entity, Kind
from importer.sandbox.records import CREATED_ON, Record, accepted
from importer.sandbox.store import Query

PAGE_SIZE: Final = 25
_LARGEST: Final = 2**62
"""Numbers beyond what SQLite holds are cut here."""


def read_query(entity: Entity, asked: Mapping[str, str], *, page_cap: int, until: float | None = None) -> Query:
    """What a query string asks for; what it says in a way that means nothing counts as not said."""
    order = asked.get("orderBy", ID)
    known = {ID, CREATED_ON, UPDATED_ON.name, *(field.name for field in accepted(entity))}
    return Query(
        equal=_filters(entity, asked),
        title=asked.get(f"{entity.record}_{TITLE.name}"),
        order=order if order in known else ID,
        descending=_whole(asked.get("dir"), 1) < 1,
        page=max(_whole(asked.get("page"), 1), 1),
        size=min(max(_whole(asked.get("size"), PAGE_SIZE), 1), page_cap),
        until=until,
    )


def _filters(entity: Entity, asked: Mapping[str, str]) -> dict[str, int]:
    found = {parent.id: asked.get(f"{entity.record}_{parent.filter_name}") for parent in entity.parents}
    return {name: _whole(value, -1) for name, value in found.items() if value}


def _whole(text: str | None, otherwise: int) -> int:
    try:
        return max(-_LARGEST, min(int(text or ""), _LARGEST))
    except ValueError:
        return otherwise


def page_of(query: Query, records: list[Record], total: int) -> Record:
    """The envelope of one page of a list."""
    first = (query.page - 1) * query.size + 1
    pages = -(-total // query.size)
    return {
        "Records": records,
        "CurrentPage": query.page,
        "CurrentPageSize": query.size,
        "CurrentOrderField": query.order,
        "CurrentSortDirection": -1 if query.descending else 1,
        "FirstItem": first,
        "LastItem": first + len(records) - 1,
        "TotalItems": total,
        "TotalPages": pages,
        "HasNextPage": query.page < pages,
        "HasPreviousPage": query.page > 1,
    }


def without_texts(entity: Entity, records: list[Record]) -> list[Record]:
    """The records with their long texts left null, as lists may give them."""
    return [record | {field.name: None for field in accepted(entity) if field.kind is Kind.BODY} for record in records]
