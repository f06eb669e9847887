"""A server that answers at once: as little as the importer needs of the service, so that only the client is measured.

    python benchmarks/bare_server.py [--writes-per-minute N]

It serves a free port of this machine and prints it. `GET /seen` gives what it saw: the number of writes, of
connections, of throttle answers, the most writes in any window of 60 seconds, and when the first and the last
write came (seconds).
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections import deque

TITLE = "Benchmark"


class Seen:
    """What the server saw so far."""

    def __init__(self, writes_per_minute: int) -> None:
        self.limit = writes_per_minute
        self.window: deque[float] = deque()
        self.writes = self.throttled = self.connections = self.most = 0
        self.first = self.last = 0.0

    def takes_write(self) -> bool:
        """Count a write; whether the limit has room for it."""
        now = time.monotonic()
        while self.window and self.window[0] <= now - 60:
            self.window.popleft()
        if self.limit and len(self.window) >= self.limit:
            self.throttled += 1
            return False
        self.window.append(now)
        self.writes += 1
        self.most = max(self.most, len(self.window))
        self.first, self.last = self.first or now, now
        return True

    def as_json(self) -> dict[str, object]:
        """All of it."""
        names = ("writes", "throttled", "connections", "most", "first", "last")
        return {name: getattr(self, name) for name in names}


class Answering(asyncio.Protocol):
    """One connection."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._data = b""
        seen.connections += 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].lower()
            length = 0
            if (at := head.find(b"content-length:")) >= 0:
                length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            if len(self._data) < end + 4 + length:
                return
            method, target, _ = self._data[: self._data.index(b"\r\n")].split(b" ")
            self._data = self._data[end + 4 + length :]
            self._answer(method, target.decode())

    def _answer(self, method: bytes, target: str) -> None:
        status, extra = "200 OK", ""
        if target == "/api/token":
            body = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 9999})
        elif method == b"POST" and self._seen.takes_write():
            body = json.dumps(
                {"Status": 200, "Value": {"Id": self._seen.writes}, "Errors": None, "WasSuccessful": True}
            )
        elif method == b"POST":
            status, extra, body = "409 Conflict", "Retry-After: 1\r\n", ""
        elif target == "/seen":
            body = json.dumps(self._seen.as_json())
        elif "/courses?" in target:
            body = json.dumps([{"Id": 101, "Title": TITLE}])
        else:
            body = json.dumps({"Records": [], "HasNextPage": False, "TotalItems": 0})
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
        self._transport.write((head + body).encode())


async def serve(writes_per_minute: int) -> None:
    """Serve for ten minutes at the most."""
    seen = Seen(writes_per_minute)
    server = await asyncio.get_running_loop().create_server(lambda: Answering(seen), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(server.serve_forever(), 600)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--writes-per-minute", type=int, default=0)
    asyncio.run(serve(parser.parse_args().writes_per_minute))
