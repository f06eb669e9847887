"""What the service refuses in a body: wrong JSON types, unknown choices, gaps, parents that do not fit."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from importer.entities import LARGEST_WHOLE, Entity, Field, Kind, NeededWith, Parent, VideoNeeded
from importer.sandbox.records import BY_KIND, Record, Refusal, accepted, compulsory

Find = Callable[[Entity, int], Record | None]
"""Looks a record up by its entity and id."""

REQUIRED: Final = "is a required field"
_YOUTUBE: Final = re.compile(r"(?:^|[/.])(?:youtube\.com|youtube-nocookie\.com|youtu\.be)/", re.IGNORECASE)
_HALF_CHARACTER: Final = re.compile("[\ud800-\udfff]")
"""What JSON can write and no encoding holds."""
_TYPES: Final[Mapping[Kind, tuple[type, str]]] = {
    Kind.TEXT: (str, "must be a text"),
    Kind.BODY: (str, "must be a text"),
    Kind.WEB_ADDRESS: (str, "must be a text"),
    Kind.WHOLE: (int, "must be a whole number"),
    Kind.CHOICE: (int, "must be a whole number"),
    Kind.YES_NO: (bool, "must be true or false"),
}


def check(entity: Entity, body: Mapping[str, object], find: Find) -> list[Refusal]:
    """Everything that is wrong with a body, one refusal a field, in the order of the fields."""
    found = {field.name: _fault(field, body.get(field.name)) for field in accepted(entity)}
    for parent in entity.parents:
        found[parent.id] = found[parent.id] or _parent_fault(parent, body, find)
    for rule in entity.rules:
        if isinstance(rule, VideoNeeded):
            found[rule.body] = found[rule.body] or _video_fault(rule, body)
        if isinstance(rule, NeededWith):
            is_gap = body.get(rule.choice_field) == rule.choice.number and body.get(rule.value) is None
            found[rule.value] = found[rule.value] or (REQUIRED if is_gap else None)
    return [Refusal(property=name, message=fault, attempted=body.get(name)) for name, fault in found.items() if fault]


def _fault(field: Field, value: object) -> str | None:
    if value is None:
        return REQUIRED if compulsory(field) else None
    kind, message = _TYPES[field.kind]
    # A bool is an int to Python, and a different type in JSON.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return message
    if isinstance(value, str):
        if _HALF_CHARACTER.search(value):
            return message
        return REQUIRED if compulsory(field) and not value.strip() else None
    return _number_fault(field, value)


def _number_fault(field: Field, value: object) -> str | None:
    if field.choices and value not in [choice.number for choice in field.choices]:
        return "must be one of " + ", ".join(f"{choice.number} ({choice.name})" for choice in field.choices)
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        return f"must be at most {LARGEST_WHOLE}"
    return None


def _parent_fault(parent: Parent, body: Mapping[str, object], find: Find) -> str | None:
    above = BY_KIND[parent.kind]
    id = body.get(parent.id)
    if id is None and parent.required:
        return REQUIRED
    if not isinstance(id, int):
        return None
    record = find(above, id)
    if record is None:
        return f"there is no {above.record} {id}"
    for shared in above.parents:
        if isinstance(body.get(shared.id), int) and record[shared.id] != body[shared.id]:
            return f"{above.record} {id} belongs to another {BY_KIND[shared.kind].record}"
    return None


def _video_fault(rule: VideoNeeded, body: Mapping[str, object]) -> str | None:
    text = body.get(rule.body)
    if body.get(rule.choice_field) != rule.choice.number:
        return None
    if isinstance(text, str) and _YOUTUBE.search(text):
        return None
    return f"must embed a video hosted on YouTube, because {rule.choice_field} is {rule.choice.name}"
