"""A saved plan as its file holds it: one declaration, by which it is written and strictly read.

Of what is sent only titles, numbers and choices stand in it; of every text a fingerprint. So the file holds nothing
that could not be shown to whoever agrees to the plan.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from importer.model import Outcome, Verb

Format = Literal["importer plan"]
Version = Literal[1]
FORMAT: Final[Format] = "importer plan"
VERSION: Final[Version] = 1

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Id = Annotated[int, Field(ge=1)]
_Number = Annotated[int, Field(ge=0)]

Seen = int | bool | str | None
"""A value as `seen` has it."""
Option = str | int | bool | tuple[str, ...] | None


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class SavedFile(_Part):
    """A spreadsheet that was planned, by the name that was given."""

    name: str
    sha256: _Digest


class SavedRecord(_Part):
    """A record that the service listed."""

    id: _Id
    title: str
    parent: int | None
    numbers: dict[str, int]


class SavedList(_Part):
    """What the service listed of one kind for a course."""

    kind: str
    course: _Number
    records: tuple[SavedRecord, ...]


class SavedPlace(_Part):
    """A data row: the number of its file, from 0; its sheet, empty for a CSV; the row number that Excel shows."""

    file: _Number
    sheet: str
    row: _Number


class SavedStep(_Part):
    """What is done for a row: the values that are sent, and of a record that is changed or deleted what it held."""

    verb: Verb
    id: _Id | None
    course: _Number
    title: str
    values: dict[str, Seen]
    parents: dict[str, SavedPlace]
    before: dict[str, Seen]
    overwrite: bool


class SavedRow(_Part):
    """A data row, what the plan found of it, and what it does for it, if anything."""

    place: SavedPlace
    outcome: Outcome
    id: _Id | None
    step: SavedStep | None


class SavedPlan(_Part):
    """A plan, with all that it was made from.

    `run` is the run that whatever carries it out goes on with. `courses` are the titles of the courses concerned, by
    id; None where they could not be looked up.
    """

    format: Format
    version: Version
    made: datetime
    run: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    service: str
    account: str | None
    options: dict[str, Option]
    mapping_sha256: _Digest | None
    files: tuple[SavedFile, ...]
    courses: dict[_Id, str] | None
    lists: tuple[SavedList, ...]
    rows: tuple[SavedRow, ...]


def seen(value: object) -> Seen:
    """A value as it is kept for comparing: numbers as they are, everything else as a fingerprint."""
    if value is None or isinstance(value, bool | int):
        return value
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def all_seen(values: Mapping[str, object]) -> dict[str, Seen]:
    """Each of the values as it is kept."""
    return {name: seen(value) for name, value in values.items()}
