"""Faults that are planted in the changing and deleting of records."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from importer.alter import read_changed
from importer.answers import Ambiguous, Changed, Refused
from importer.answers import Fault as Said
from importer.changes import Edited, Ready, judge
from importer.group_commit import GroupCommit
from importer.journal.history import History
from importer.send import changing, run

_INTENT: Final = changing._intent


async def _not_written(group: Any, entry: Any) -> None:
    group.note(entry)


def _without_image(*given: Any) -> Any:
    return replace(_INTENT(*given), image=None)


async def _unread(run: Any, turn: Any) -> Any:
    return await run.service.pacer.slot(write=True), turn.operation.before


def _hopeful(result: Any, id: int) -> Any:
    answer = read_changed(result, id)
    return Changed() if isinstance(answer, Ambiguous) else answer


def _pessimistic(result: Any, id: int) -> Any:
    answer = read_changed(result, id)
    return Refused((Said(None, answer.reason),)) if isinstance(answer, Ambiguous) else answer


def _ruthless(operation: Any, record: Any, **more: Any) -> Any:
    found = judge(operation, record, **more)
    return Ready(record) if isinstance(found, Edited) else found


PLANTS_OF_CHANGES: Final[dict[str, Callable[[], Any]]] = {
    "changes a record before the intent is stored": lambda: patch.object(GroupCommit, "write", _not_written),
    "changes a record without keeping what it was": lambda: patch.object(changing, "_intent", _without_image),
    "changes a record as it was planned, without reading it": lambda: patch.object(changing, "_read", _unread),
    "says that it was done where the answer is not clear": lambda: patch.object(changing, "read_changed", _hopeful),
    "says that it was not done where the answer is not clear": lambda: patch.object(
        changing, "read_changed", _pessimistic
    ),
    "sends another change while one without an answer may still be done": lambda: patch.object(
        run, "may_go_at", lambda *_: -math.inf
    ),
    "forgets the changes of earlier runs that may still be done": lambda: patch.object(
        History, "late", lambda *_, **__: []
    ),
    "overwrites what somebody edited": lambda: patch.object(changing, "judge", _ruthless),
    "changes only what the sheet says, and empties the rest": lambda: patch.object(
        changing, "body_of", lambda operation, record: {**operation.payload, "Id": operation.id}
    ),
}
