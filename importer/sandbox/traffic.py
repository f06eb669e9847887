"""Every request on its way: the log, the limits, and the faults that strike it."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from importer.sandbox.faults import HTML, Drop, Fault, Faults, Garble, garbled
from importer.sandbox.log import Entry, Log
from importer.sandbox.throttle import Throttle

SERVICE_ROOT: Final = "/api/"
TOKEN_PATH: Final = "/api/token"
HANG_UP: Final = "hang_up"
"""The key of the request's state under which the server gives a way to end the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer."""

    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


class Traffic:
    """ASGI middleware around the service."""

    def __init__(
        self, app: ASGIApp, *, throttle: Throttle, faults: Faults, log: Log, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._throttle = throttle
        self._faults = faults
        self._log = log
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, as far as the limits and the faults allow."""
        if scope["type"] != "http" or not scope["path"].startswith(SERVICE_ROOT):
            await self._app(scope, receive, send)
            return
        came = self._clock()
        if not self._faults.present:
            await self._work(scope, receive, self._logged(scope, came, send))
            return
        body = await _read(receive)
        fault = self._faults.take(scope["method"], scope["path"], body)
        if fault is None:
            await self._work(scope, _again(body, receive), self._logged(scope, came, send))
        else:
            await self._strike(fault, scope, body, receive, send, came)

    def _logged(self, scope: Scope, came: float, send: Send) -> Send:
        async def logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, came, message["status"])
            await send(message)

        return logged

    def _note(self, scope: Scope, came: float, status: int | None) -> None:
        query = scope["query_string"].decode("latin-1")
        self._log.add(Entry(method=scope["method"], path=scope["path"], query=query, status=status, at=came))

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = 0.0 if scope["path"] == TOKEN_PATH else self._throttle.admit(scope["method"], scope["path"])
        if wait > 0:
            throttled = Response(status_code=409, headers={"Retry-After": str(math.ceil(wait))})
            await throttled(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _strike(self, fault: Fault, scope: Scope, body: bytes, receive: Receive, send: Send, came: float) -> None:
        if fault.expire_tokens:
            self._faults.expire_tokens()
        await asyncio.sleep(fault.wait_before)
        if fault.colleague:
            await _collected(self._app, scope, _again(body, receive))
        answer = await _collected(self._work, scope, _again(body, receive)) if fault.work else Answer()
        await asyncio.sleep(fault.wait_after)
        answer = _altered(answer, fault)
        self._note(scope, came, None if fault.drop else answer.status)
        if fault.drop:
            await _hang_up(scope, receive, reset=fault.drop is Drop.RESET)
        else:
            await _give(answer, fault, scope, receive, send)


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands a body that was read out once more."""
    pending = [body]

    async def again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return again


async def _collected(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    start: Message = {}
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(dict(scope), receive, collect)
    return Answer(status=start["status"], headers=tuple(start["headers"]), body=b"".join(parts))


def _altered(answer: Answer, fault: Fault) -> Answer:
    if fault.status is not None:
        answer = Answer(status=fault.status, body=answer.body if fault.garble else b"")
    if fault.garble is not None:
        answer = replace(answer, body=garbled(answer.body, fault.garble))
    if fault.body is not None:
        answer = replace(answer, body=fault.body.encode())
    return replace(answer, headers=_headers(answer, fault))


def _headers(answer: Answer, fault: Fault) -> tuple[tuple[bytes, bytes], ...]:
    """Those of the answer and of the fault, telling the truth about the body."""
    given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fault.headers]
    given.append((b"content-length", str(len(answer.body)).encode()))
    if fault.garble is Garble.HTML:
        given.append((b"content-type", HTML.encode()))
    replaced = {name for name, _ in given}
    return (*(header for header in answer.headers if header[0].lower() not in replaced), *given)


async def _give(answer: Answer, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    body = answer.body if fault.truncate is None else answer.body[: fault.truncate]
    if fault.drip:
        for byte in body:
            await send({"type": "http.response.body", "body": bytes((byte,)), "more_body": True})
            await asyncio.sleep(fault.drip)
        body = b""
    cut = fault.truncate is not None
    await send({"type": "http.response.body", "body": body, "more_body": cut})
    if cut:
        await _hang_up(scope, receive, reset=False)


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection and wait until the server knows, so that it expects no answer any more."""
    scope["state"][HANG_UP](reset=reset)
    while (await receive())["type"] != "http.disconnect":
        pass
