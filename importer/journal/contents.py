"""Whether a sound database holds what the journal writes: a byte that flips inside a cell is no fault to SQLite."""

import json
import sqlite3
from typing import Final

from importer.delivery import State
from importer.model import Verb

_STATES: Final = ", ".join(f"'{state}'" for state in State)
_VERBS: Final = ", ".join(f"'{verb}'" for verb in Verb)

_ODD: Final = f"""
SELECT EXISTS (SELECT 1 FROM row WHERE state NOT IN ({_STATES})
        OR (typeof(identity), typeof(kind), typeof(course), typeof(target)) <> ('text', 'text', 'integer', 'text')
        OR typeof(remote_id) NOT IN ('integer', 'null') OR verb NOT IN ({_VERBS})
        OR typeof(subject) <> CASE verb WHEN 'create' THEN 'null' ELSE 'integer' END)
    OR EXISTS (SELECT 1 FROM attempt WHERE typeof(sent_at) <> 'real' OR typeof(answered_at) NOT IN ('real', 'null')
        OR typeof(sent_clock) NOT IN ('real', 'null') OR typeof(answered_clock) NOT IN ('real', 'null'))
    OR EXISTS (SELECT 1 FROM throttle
        WHERE (typeof(at), typeof(clock), typeof(seconds)) <> ('real', 'real', 'real'))
    OR EXISTS (SELECT 1 FROM lost WHERE typeof(written_at) <> 'real' OR typeof(age) NOT IN ('real', 'null')
        OR typeof(at) <> typeof(age) OR typeof(clock) <> typeof(age))
    OR EXISTS (SELECT 1 FROM run WHERE typeof(started_at) <> 'real')
"""

_NUMBERS: Final = f"""
SELECT DISTINCT numbers FROM attempt JOIN row ON row.run_id = attempt.run_id AND row.number = attempt.row
WHERE state IN ('{State.INFLIGHT}', '{State.UNKNOWN}') AND numbers IS NOT NULL
"""


_CHANGES: Final = f"""
SELECT payload, before FROM row WHERE state IN ('{State.INFLIGHT}', '{State.UNKNOWN}') AND verb <> 'create'
"""


def are_sound(connection: sqlite3.Connection) -> bool:
    """Whether every state is one, times and ids are numbers, and what rows in doubt need can be read."""
    if connection.execute(_ODD).fetchone() != (0,):
        return False
    try:
        for (numbers,) in connection.execute(_NUMBERS):
            numbers_in(numbers)
        for texts in connection.execute(_CHANGES):
            for text in filter(None, texts):
                record_in(text)
        for (ids,) in connection.execute("SELECT ids FROM listing"):
            ids_in(ids)
    except ValueError:
        return False
    return True


def numbers_in(text: object) -> dict[str, int]:
    """The whole numbers of a body by name. Raises `ValueError` where the text says anything else."""
    found = _json(text)
    if not isinstance(found, dict) or not all(_is_whole(value) for value in found.values()):
        raise ValueError(text)
    return found


def record_in(text: object) -> dict[str, object]:
    """A record, or fields of one, by name. Raises `ValueError` where the text says anything else."""
    found = _json(text)
    if not isinstance(found, dict):
        raise ValueError(text)
    return found


def ids_in(text: object) -> frozenset[int]:
    """The ids of a list. Raises `ValueError` where the text says anything else."""
    found = _json(text)
    if not isinstance(found, list) or not all(_is_whole(one) for one in found):
        raise ValueError(text)
    return frozenset(found)


def _json(text: object) -> object:
    if not isinstance(text, str):
        raise ValueError(text)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError(text) from None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
