"""The service's protocol, without a network: what to send, and what the answers mean.

Sources: the service's reference pages "Create CourseSection", "Create CourseLesson" and "Get one
CourseLesson"; lists and throttling as the public documentation describes them.

What an answer to a create means is a whitelist: sure yes, sure no, and everything else is ambiguous.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import urlencode

from importer.answers import (
    Ambiguous,
    Answer,
    Closed,
    Created,
    Fault,
    NoAnswer,
    NotSent,
    NotSignedIn,
    Page,
    Refused,
    Reply,
    Request,
    Result,
    Throttled,
    Unsent,
    Unusable,
    joined,
)
from importer.entities import ACTIVE, CREATED_ON, EVERYWHERE, ID, TITLE, UPDATED_ON, Entity, Kind
from importer.model import Held
from importer.retry_after import DEFAULT_WAIT, retry_after

CONTENT: Final = "/api/content/"
PAGE_SIZE: Final = 500
"""Records asked for; the service gives fewer if it likes, so only its own word tells whether there are more."""

AT_ONCE: Final = 50
"""Records that are asked for by their ids in one read."""

LONGEST_REASON: Final = 300
LARGEST_ID: Final = 2**63 - 1
"""Ids beyond are no ids: nothing that keeps them holds more than 64 bits."""


_CLOSED: Final = {403, 404, 405, 413, 415, 431}
"""Statuses of a door that is closed to every row, as a redirect is."""


# --- requests -------------------------------------------------------------------------------------------


def create(entity: Entity, payload: Mapping[str, Any]) -> Request:
    """The call that creates a record."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Request(method="POST", path=CONTENT + entity.path, body=body, what=f"create a {entity.singular}")


def list_page(entity: Entity, course: int, page: int) -> Request:
    """The call for one page (from 1) of a course's records of that kind, or of all, oldest first."""
    query: dict[str, object] = {"page": page, "size": PAGE_SIZE, "orderBy": ID, "dir": 1}
    if entity.scope is not None and course != EVERYWHERE:
        query = {f"{entity.record}_{entity.scope.filter_name}": course, **query}
    return Request(
        method="GET",
        path=f"{CONTENT}{entity.path}?{urlencode(query)}",
        what=f"list the {listed(entity, course)}",
    )


def listed(entity: Entity, course: int) -> str:
    """What a list holds, in the user's words: `sections of course 101`, `courses`."""
    return entity.kind if course == EVERYWHERE else f"{entity.kind} of course {course}"


def body_sha256(request: Request) -> str:
    """What tells the body of a request from others."""
    return hashlib.sha256(request.body or b"").hexdigest()


# --- the answer to a write ------------------------------------------------------------------------------


def read_status(result: Result) -> Answer | Reply:
    """What an attempt to write came to, where that can be told before the answer is read; the answer otherwise."""
    if isinstance(result, NotSent):
        return Unsent(result.reason)
    if isinstance(result, NoAnswer):
        return Ambiguous(result.reason)
    wait = throttle_wait(result)
    if wait is not None:
        return Throttled(wait)
    if result.status == 401:
        return NotSignedIn()
    if result.status in _CLOSED or 300 <= result.status < 400:
        return Closed(result.status)
    return result


def may_refuse(reply: Reply, envelope: Mapping[str, Any]) -> bool:
    """Whether an answer with that status, and the one inside of it, can be a refusal.

    A 200 without a status inside, or with one that does not say whose fault it was, is none.
    """
    inner = envelope.get("Status")
    is_refused_inside = isinstance(inner, int) and 400 <= inner < 500
    return reply.status == 400 or (reply.status in (200, 201) and is_refused_inside)


def read_created(result: Result) -> Answer:
    """What is known of the record after an attempt to create it."""
    reply = read_status(result)
    return _read_envelope(reply) if isinstance(reply, Reply) else reply


def _read_envelope(reply: Reply) -> Answer:
    envelope = json_object(reply.body)
    if envelope is None:
        return Ambiguous(f"the answer (status {reply.status}) could not be read")
    success = envelope.get("WasSuccessful")
    if reply.status in (200, 201) and success is True:
        value = envelope.get("Value")
        number = value.get(ID) if isinstance(value, dict) else None
        if _is_id(number):
            return Created(number, read_stamp(envelope))
        return Ambiguous("the answer did not give the number of the new record")
    faults = read_faults(envelope.get("Errors"))
    if may_refuse(reply, envelope) and success is False and faults:
        return Refused(faults)
    if success is False and faults:
        return Ambiguous(f"the answer (status {reply.status}) says that it failed: {joined(faults)}")
    return Ambiguous(f"the answer (status {reply.status}) says neither that it was created nor why not")


def read_stamp(envelope: Mapping[str, Any]) -> str | None:
    """The service's own word for when the write was done; to be compared, never to be read as a time."""
    stamp = envelope.get(UPDATED_ON.name)
    return plain(stamp) if isinstance(stamp, str) else None


def read_faults(errors: object) -> tuple[Fault, ...]:
    """The errors of a refusal; empty where there are none that can be read."""
    if not isinstance(errors, list):
        return ()
    faults = []
    for error in errors:
        if isinstance(error, dict) and isinstance(error.get("Message"), str):
            name = error.get("PropertyName")
            faults.append(Fault(plain(name) or None if isinstance(name, str) else None, plain(error["Message"])))
    return tuple(faults)


def plain(text: str) -> str:
    """The service's words as one line that can be stored and shown anywhere."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_REASON]


def throttle_wait(reply: Reply) -> float | None:
    """Seconds to wait if the answer is a throttle: 409 that is no conflict, 429, 503 with Retry-After."""
    after = reply.headers.get("retry-after")
    given = retry_after(after, reply.headers.get("date"))
    is_throttle = (
        reply.status == 429
        or (reply.status == 503 and after is not None)
        or (reply.status == 409 and not reply.body.strip())
        or (reply.status == 409 and given is not None and parsed(reply.body) is NO_JSON)
    )
    return (DEFAULT_WAIT if given is None else given) if is_throttle else None


# --- the answers to reads -------------------------------------------------------------------------------


def read_page(reply: Reply, entity: Entity, course: int) -> Page | Unusable:
    """One page of a list."""
    envelope = read_list(reply)
    if isinstance(envelope, Unusable):
        return envelope
    records, has_next, total = envelope["Records"], envelope["HasNextPage"], envelope.get("TotalItems")
    held = [one for record in records if (one := read_held(record, entity, course))]
    if len(held) < len(records) or (has_next and not records):
        return Unusable("the list could not be read", again=False)
    # Should the service not apply the filter, records of other courses come too.
    ours = tuple(one for one in held if one.course == course)
    ids = tuple(one.id for one in held)
    return Page(ids=ids, records=ours, has_next=has_next, total=total if isinstance(total, int) else None)


def read_list(reply: Reply) -> dict[str, Any] | Unusable:
    """The envelope of a list, whose `Records` is a list and whose `HasNextPage` is true or false."""
    envelope = json_object(reply.body) if reply.status == 200 else None
    if envelope is None:
        return unusable(reply)
    if not isinstance(envelope.get("Records"), list) or not isinstance(envelope.get("HasNextPage"), bool):
        return Unusable("the list could not be read", again=False)
    return envelope


def read_held(record: object, entity: Entity, course: int = EVERYWHERE) -> Held | None:
    """A record of a list as it is compared, in that course unless it says otherwise; None where it is none."""
    number = read_id(record.get(ID)) if isinstance(record, dict) else None
    if not isinstance(record, dict) or number is None:
        return None
    title, active = record.get(TITLE.name), record.get(ACTIVE.name)
    created_on, updated_on = record.get(CREATED_ON), record.get(UPDATED_ON.name)
    return Held(
        id=number,
        title=whole_text(title) if isinstance(title, str) else "",
        course=(read_id(record.get(entity.scope.id)) if entity.scope else None) or course,
        parent=read_id(record.get(entity.within.id)) if entity.within else None,
        numbers=_numbers(record, entity),
        active=active if isinstance(active, bool) else None,
        created_on=created_on if isinstance(created_on, str) else None,
        updated_on=updated_on if isinstance(updated_on, str) else None,
    )


def _numbers(record: dict[str, Any], entity: Entity) -> dict[str, int]:
    """The whole numbers that a record of a list shows, apart from the ids above it."""
    above = {parent.id for parent in entity.parents}
    names = [field.name for field in entity.fields if field.kind in (Kind.WHOLE, Kind.CHOICE)]
    shown = {name: record.get(name) for name in names if name not in above}
    return {name: value for name, value in shown.items() if isinstance(value, int) and not isinstance(value, bool)}


def unusable(reply: Reply) -> Unusable:
    """Why an answer to a read is of no use; a fault of the service's own may pass."""
    if reply.status >= 500 or reply.status in (408, 429):
        return Unusable(f"it answered with status {reply.status}", again=True)
    if reply.status == 200:
        return Unusable("its answer could not be read", again=True)
    if reply.status == 404:
        return Unusable(
            "it answered with status 404, as where no Nexudus is; see whether the address is right", again=False
        )
    return Unusable(f"it answered with status {reply.status}", again=False)


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body; None where it holds anything else."""
    return value if isinstance(value := parsed(body), dict) else None


NO_JSON: Final = object()
"""What `parsed` gives for what is no JSON."""


def parsed(body: bytes) -> Any:
    """The value of a body of JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError, MemoryError):
        return NO_JSON


def whole_text(text: str) -> str:
    """The text without halves of characters, which JSON can hold and nothing else."""
    return text.encode("utf-8", "replace").decode()


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID


def read_id(value: object) -> int | None:
    """The id in a list, where it may come as text; None where there is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    return value if _is_id(value) else None
