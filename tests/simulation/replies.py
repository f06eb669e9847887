"""The answers that a struck request gets instead of its own."""

import json
import random
from dataclasses import replace
from email.utils import formatdate
from typing import Any, Final

from importer.answers import NoAnswer, Reply, Result
from importer.entities import ID, TITLE
from importer.sandbox import Garble
from importer.sandbox.faults import garbled
from tests.simulation.faults import Kind

_SPOILT: Final = {
    Kind.EMPTY: Garble.EMPTY,
    Kind.HTML: Garble.HTML,
    Kind.HALF: Garble.HALF,
    Kind.NO_ID: Garble.NO_ID,
    Kind.ZERO_ID: Garble.ZERO_ID,
    Kind.TEXT_ID: Garble.TEXT_ID,
    Kind.NOT_SUCCESSFUL: Garble.REFUSED,
}
_WHATEVER: Final = frozenset({Kind.EMPTY, Kind.HTML, Kind.HALF})
"""What befalls a refusal too; the others would leave it as it is."""
_LOST: Final = {
    Kind.LATE: "no answer in time",
    Kind.SWALLOWED: "no answer in time",
    Kind.RESET_BEFORE: "the connection broke before the answer was complete",
    Kind.RESET_AFTER: "the connection broke before the answer was complete",
    Kind.RESET_THEN_LATE: "the connection broke before the answer was complete",
    Kind.RENEWAL_LOST: "the connection broke before the answer was complete",
}
_PAGE: Final = b"<!DOCTYPE html><h1>Sorry</h1>"
_STATUS: Final = {
    Kind.ERROR_BEFORE: (500, 502, 504, 408),
    Kind.ERROR_AFTER: (500, 502, 504, 408),
    Kind.BUSY: (503,),
    Kind.GATEWAY_BEFORE: (400,),
    Kind.GATEWAY_AFTER: (400,),
    Kind.FORBIDDEN: (403,),
    Kind.REDIRECT: (302, 307),
    Kind.ROLE_LOST: (401,),
}
_ERRORS: Final = (
    {"Message": "not today", "PropertyName": TITLE.name},
    {"Message": "nor tomorrow", "PropertyName": "NobodyKnowsIt", "AttemptedValue": [1]},
    {"Message": "nor ever", "PropertyName": None},
)
_YEARS: Final = 10.0**9


def received(kind: Kind | None, reply: Reply | None, chance: random.Random, other: int | None) -> Result:
    """What comes back of a request that was struck like this; `reply` is the service's own answer.

    `other` is the id of another record, of which the service told the same process before.
    """
    if kind in _LOST:
        return NoAnswer(_LOST[kind])
    if kind in _STATUS:
        return Reply(chance.choice(_STATUS[kind]), {"location": "https://elsewhere.example.com/"}, _PAGE)
    if kind in _ENVELOPES:
        status, envelope = _ENVELOPES[kind]
        if kind is Kind.FAILED_INSIDE:
            envelope = {**envelope, "Status": chance.choice((500, 503, 200, 302, None))}
        return Reply(status, {}, json.dumps(envelope).encode())
    if kind is Kind.RENEWAL_REFUSED:
        return Reply(400, {}, b'{"error": "invalid_grant"}')
    assert reply is not None
    if kind in _SPOILT and (reply.status == 200 or kind in _WHATEVER):
        return replace(reply, body=garbled(reply.body, _SPOILT[kind]))
    return _changed(kind, reply, other)


def _envelope(successful: bool, **more: object) -> dict[str, object]:
    return {"WasSuccessful": successful, "Value": None, "Message": "", **more}


_ENVELOPES: Final[dict[Kind | None, tuple[int, dict[str, object]]]] = {
    Kind.REFUSED: (400, _envelope(False, Errors=_ERRORS)),
    Kind.REFUSED_INSIDE: (200, _envelope(False, Status=400, Errors=_ERRORS)),
    Kind.FAILED_INSIDE: (200, _envelope(False, Errors=_ERRORS)),
    Kind.NO_ERRORS: (400, _envelope(False, Errors=None)),
    Kind.CONFLICT_BEFORE: (409, _envelope(False, Errors=None, Message="there is one already")),
    Kind.CONFLICT_AFTER: (409, _envelope(False, Errors=_ERRORS, Message="there is one already")),
}


def _changed(kind: Kind | None, reply: Reply, other: int | None) -> Reply:
    if kind not in (Kind.OTHER_ID, Kind.TOTAL_WRONG, Kind.LEFT_OUT) or reply.status != 200:
        return reply
    answer: dict[str, Any] = json.loads(reply.body)
    if kind is Kind.OTHER_ID:
        answer["Value"][ID] = other or 0
    elif kind is Kind.TOTAL_WRONG:
        answer["TotalItems"] += 1
    else:
        answer["Records"] = answer["Records"][:-1]
    return replace(reply, body=json.dumps(answer).encode())


def throttled(kind: Kind, now: float, chance: random.Random) -> tuple[Reply, float]:
    """A throttle answer, and how many seconds it wants everybody to wait."""
    seconds = float(chance.choice((1, 7, 30, 90)))
    match kind:
        case Kind.THROTTLE_BARE:
            return Reply(409, {}, b""), 60.0
        case Kind.THROTTLE_ODD:
            value, wait = chance.choice((("soon", 60.0), ("-5", 60.0), ("7, 30", 30.0), ("12, x", 60.0), ("²", 60.0)))
            return Reply(409, {"retry-after": value}, b""), wait
        case Kind.THROTTLE_LONG:
            return Reply(429, {"retry-after": f"{_YEARS:.0f}"}, b""), _YEARS
        case Kind.THROTTLE_DATE:
            until = formatdate(int(now + seconds), usegmt=True)
            # A date has whole seconds only, so the wait may be up to one shorter.
            return Reply(409, {"retry-after": until, "date": formatdate(int(now), usegmt=True)}, b""), seconds - 1.0
    return Reply(chance.choice((409, 429, 503)), {"retry-after": f"{seconds:.0f}"}, b""), seconds
