"""The service's protocol for changing and deleting records: what to send, and what the answers mean.

Source: the public API reference. A change sends the whole record with its id, a deletion names the id in the address.
What an answer means is a whitelist, as for creating: sure yes, sure no, and everything else is ambiguous. Other than
there, an ambiguous answer costs little, as the record can be read again.
"""

import json
from collections.abc import Mapping
from typing import Any

from importer.answers import (
    Ambiguous,
    Answer,
    Changed,
    Fault,
    Gone,
    Refused,
    Reply,
    Request,
    Result,
)
from importer.api import CONTENT, json_object, may_refuse, plain, read_faults, read_stamp, read_status
from importer.entities import ID, Entity


def update(entity: Entity, record: Mapping[str, Any]) -> Request:
    """The call that makes a record what is given, its id included."""
    body = json.dumps(record, separators=(",", ":")).encode()
    return Request(method="PUT", path=CONTENT + entity.path, body=body, what=f"change {entity.singular} {record[ID]}")


def delete(entity: Entity, id: int) -> Request:
    """The call that deletes a record."""
    return Request(method="DELETE", path=f"{CONTENT}{entity.path}/{id}", what=f"delete {entity.singular} {id}")


def read_changed(result: Result, id: int) -> Answer:
    """What is known of a record after an attempt to change or delete it."""
    if isinstance(result, Reply) and result.status == 404:
        return Gone()
    reply = read_status(result)
    if not isinstance(reply, Reply):
        return reply
    return Changed() if reply.status == 204 else _read_envelope(reply, id)


def _read_envelope(reply: Reply, id: int) -> Answer:
    envelope = json_object(reply.body)
    if envelope is None:
        return Ambiguous(f"the answer (status {reply.status}) could not be read")
    success = envelope.get("WasSuccessful")
    if reply.status in (200, 201) and success is True:
        return _of_that_record(envelope, id)
    if success is not False:
        return Ambiguous(f"the answer (status {reply.status}) says neither that it was done nor why not")
    faults = read_faults(envelope.get("Errors"))
    if faults and may_refuse(reply, envelope):
        return Refused(faults)
    reason = f"the answer (status {reply.status}) says that it failed"
    return Ambiguous(reason, (faults or _words(envelope)) if reply.status in (400, 409) else ())


def _of_that_record(envelope: Mapping[str, Any], id: int) -> Answer:
    """A success, unless it is another record's: that a success names its record is nowhere promised."""
    value = envelope.get("Value")
    named = value.get(ID) if isinstance(value, dict) else None
    if named not in (None, id):
        return Ambiguous("the answer names another record")
    return Changed(read_stamp(envelope))


def _words(envelope: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What a refusal without a list of errors says: that of a deletion names no field."""
    message = envelope.get("Message")
    said = plain(message) if isinstance(message, str) else ""
    return (Fault(None, said),) if said else ()
