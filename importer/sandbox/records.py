"""The shapes of the service's JSON: what a record has beside its own fields, and the answers.

Source: the service's reference pages "Create CourseLesson", "Create CourseSection" and "Get one CourseLesson".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from importer.entities import (
    DISPLAY_ORDER,
    ID,
    IMAGE_FILE,
    LESSON,
    NEW_IMAGE,
    SERVED,
    TITLE,
    UPDATED_ON,
    Entity,
    Field,
    Kind,
    Parent,
)

Record = dict[str, object]

SYSTEM_ID: Final = Field(
    name="SystemId", kind=Kind.TEXT, example="", help="Free text for the identifier that an outside system uses."
)
UNIQUE_ID: Final = "UniqueId"
CREATED_ON: Final = "CreatedOn"
UPDATED_BY: Final = "UpdatedBy"
STAMPS: Final = (UNIQUE_ID, CREATED_ON, UPDATED_ON.name, UPDATED_BY, IMAGE_FILE)
"""What the service itself keeps with a record."""

IS_NEW: Final = "IsNew"
TO_STRING: Final = "ToStringText"
NEVER_FILLED: Final = ("LocalizationDetails", "CustomFields")
INSTRUCTOR: Final = ("InstructorFullName", "InstructorCompanyName", "InstructorTeamNames")
"""What the service tells of a lesson's instructor; the sandbox knows no coworkers, so it stays null."""

BY_KIND: Final = {entity.kind: entity for entity in SERVED}


def accepted(entity: Entity) -> tuple[Field, ...]:
    """The fields that a body may fill."""
    return (*(field for field in entity.fields if field.sent), SYSTEM_ID)


def compulsory(field: Field) -> bool:
    """Whether a body has to fill the field: a blank cell that stands for a value is sent as that value."""
    return field.required or field.blank is not None


def told_of(parent: Parent) -> dict[str, str]:
    """What a record tells of its parent: the record's own key, and the parent's field behind it."""
    above = BY_KIND[parent.kind]
    # A record tells the place of its section, and not that of its course.
    shown = [TITLE.name, DISPLAY_ORDER] if above.parents else [TITLE.name]
    return {f"{parent.filter_name}{name}": name for name in shown}


def complete(entity: Entity, stored: Record) -> Record:
    """A stored row as the service shows it: yes/no as such, and the fields that nobody fills."""
    for field in accepted(entity):
        if field.kind is Kind.YES_NO and stored[field.name] is not None:
            stored[field.name] = bool(stored[field.name])
    stored[IS_NEW] = False
    stored[TO_STRING] = stored[TITLE.name]
    stored.update(dict.fromkeys(NEVER_FILLED + (INSTRUCTOR if entity is LESSON else ())))
    return stored


def image_file(address: object) -> str | None:
    """The name under which a picture of that address is kept; None without a picture."""
    return address.rsplit("/", 1)[-1] if isinstance(address, str) and address else None


def image_kept(entity: Entity) -> bool:
    """Whether records of the entity have a picture."""
    return entity.has(NEW_IMAGE.name)


def now() -> str:
    """This moment as the service writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is wrong with a body."""

    property: str
    message: str
    attempted: object = None


def success(entity: Entity, deed: str, id: int, by: str, record: Record | None = None) -> Record:
    """The answer to a write that was carried out; `deed` is "created", "updated" or "deleted".

    `record` is what is there now: the answer has its stamp, though the second may be over.
    """
    return {
        "Status": 200,
        "Message": f"{entity.record} was successfully {deed}.",
        "Value": {ID: id},
        "OpenInDialog": False,
        "OpenInWindow": False,
        "RedirectURL": None,
        "JavaScript": None,
        UPDATED_ON.name: now() if record is None else record[UPDATED_ON.name],
        UPDATED_BY: by,
        "Errors": None,
        "WasSuccessful": True,
    }


def refusal(refusals: Sequence[Refusal]) -> Record:
    """The answer to a body that is not accepted, with everything that is wrong with it."""
    return {
        "Message": ", ".join(f"{each.property}: {each.message}" for each in refusals),
        "Value": None,
        "Errors": [
            {"AttemptedValue": each.attempted, "Message": each.message, "PropertyName": each.property}
            for each in refusals
        ],
        "WasSuccessful": False,
    }


def failure(message: str) -> Record:
    """The answer to a request that fails as a whole."""
    return {"Message": message, "Value": None, "Errors": None, "WasSuccessful": False}


def values(entity: Entity, body: Mapping[str, object]) -> Record:
    """What a body puts into a record; what it does not mention is null."""
    return {field.name: body.get(field.name) for field in accepted(entity)}
