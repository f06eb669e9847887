"""The service's protocol for records that are asked for by their ids: one, or several at once."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from importer.answers import Reply, Request, Titles, Unusable
from importer.api import CONTENT, NO_JSON, json_object, parsed, read_id, unusable, whole_text
from importer.entities import ID, TITLE, Entity


def records_by_id(entity: Entity, ids: Iterable[int]) -> Request:
    """The call that gives several records of a kind at once."""
    query = urlencode({ID.lower(): json.dumps(sorted(ids), separators=(",", ":"))})
    path, what = f"{CONTENT}{entity.path}?{query}", f"look {entity.kind} up by number"
    return Request(method="GET", path=path, what=what, role="Read")


def record_by_id(entity: Entity, id: int) -> Request:
    """The call that gives one record, whole."""
    path, what = f"{CONTENT}{entity.path}/{id}", f"read {entity.singular} {id}"
    return Request(method="GET", path=path, what=what, role="Read")


def read_courses(reply: Reply) -> Titles | Unusable:
    """The titles of the courses that are there."""
    records = read_records(reply)
    if isinstance(records, Unusable):
        return records
    return Titles({record[ID]: whole_text(str(record.get(TITLE.name) or "")) for record in records})


def read_records(reply: Reply) -> list[dict[str, Any]] | Unusable:
    """The records that were asked for by their ids, each with an id; a bare array and a list are understood."""
    answer = parsed(reply.body) if reply.status == 200 else NO_JSON
    if answer is NO_JSON:
        return unusable(reply)
    records = answer.get("Records") if isinstance(answer, dict) else answer
    if not isinstance(records, list) or (isinstance(answer, dict) and answer.get("HasNextPage")):
        return Unusable("the answer could not be read", again=False)
    told = ((read_id(one.get(ID)), one) for one in records if isinstance(one, dict))
    return [{**one, ID: number} for number, one in told if number is not None]


def read_record(reply: Reply, id: int) -> dict[str, Any] | Unusable | None:
    """The record that was asked for; None where the service says that there is none."""
    if reply.status == 404:
        return None
    record = json_object(reply.body) if reply.status == 200 else None
    if record is None:
        return unusable(reply)
    if read_id(record.get(ID)) != id:
        return Unusable("its answer is not that record", again=False)
    return {**record, ID: id}
