"""A TCP proxy that spoils connections on purpose, in the words of toxiproxy."""

import asyncio
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Final, Self
from urllib.parse import urlsplit

_HOST: Final = "127.0.0.1"
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_FIRST_LINE: Final = re.compile(rb"(?:GET|POST|PUT) /\S* HTTP/1\.1\r\n")
_FOR_EVER: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxic:
    """What happens to a connection from the nth request on whose first line holds `at`.

    It concerns what goes to the server, or with `answers` what comes back. Times are seconds, amounts bytes.
    """

    at: bytes = b"POST /api/content/"
    nth: int = 2
    answers: bool = False
    latency: float = 0.0
    timeout: float | None = None
    """Nothing passes any more, and after that time the connection is closed."""
    reset_peer: float | None = None
    """Nothing passes any more, and after that time the client gets a reset."""
    limit_data: int | None = None
    """The connection is closed after so much has passed."""
    slicer: int | None = None
    """The size of the pieces in which it passes; `delay` lies between two of them."""
    delay: float = 0.0
    bandwidth: float | None = None
    slow_close: float = 0.0
    echo: bool = False
    """The answer comes once more, when the next request leaves."""
    down: float | None = None
    """No new connection is taken for that time; those that are there go on."""

    def __str__(self) -> str:
        changed = [f for f in fields(self) if getattr(self, f.name) != f.default]
        return " ".join(f"{f.name}={getattr(self, f.name)}" for f in changed)


class _CutError(Exception):
    """The connection ends here."""


@dataclass(slots=True)
class _Link:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    toxic: Toxic | None = None
    passed: int = 0
    echo: bytes = b""

    def reset(self) -> None:
        """Closing a socket that may not linger sends a reset."""
        self.client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.client.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Between a client and the server at an address, for the length of a `with` block."""

    upstream: str
    toxics: tuple[Toxic, ...] = ()
    requests: list[bytes] = field(default_factory=list)
    """The first lines of all requests that the client wrote."""
    connections: int = 0
    port: int = 0
    _up: threading.Event = field(default_factory=threading.Event)
    _end: Callable[[], object] = lambda: None
    _thread: threading.Thread | None = None
    _listening: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def base_url(self) -> str:
        """Its own address."""
        return f"http://{_HOST}:{self.port}"

    def wrote(self, at: bytes) -> int:
        """How many requests the client wrote whose first line holds `at`."""
        return sum(at in line for line in self.requests)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._thread.start()
        assert self._up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._thread is not None
        self._end()
        self._thread.join(10)

    async def _serve(self) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        self._end = lambda: loop.call_soon_threadsafe(ended.set)
        await self._listen()
        self._up.set()
        await ended.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listening is not None:
            self._listening.close()

    async def _listen(self) -> None:
        self._listening = await asyncio.start_server(self._take, _HOST, self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _take(self, from_client: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.connections += 1
        parts = urlsplit(self.upstream)
        from_server, server = await asyncio.open_connection(parts.hostname, parts.port)
        link = _Link(client, server)
        for deed in (self._pump(link, from_client, server, False), self._pump(link, from_server, client, True)):
            self._tasks.add(asyncio.create_task(deed))

    async def _pump(self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, answers: bool) -> None:
        try:
            while chunk := await source.read(65536):
                if not answers:
                    self._notice(link, chunk)
                if link.toxic is not None and link.toxic.answers is answers:
                    await _spoil(link, link.toxic, chunk, sink)
                else:
                    await _give(sink, chunk)
            if link.toxic is not None and answers:
                await asyncio.sleep(link.toxic.slow_close)
        except (_CutError, OSError):
            pass
        finally:
            link.client.close()
            link.server.close()

    def _notice(self, link: _Link, chunk: bytes) -> None:
        if link.echo:
            link.client.write(link.echo)
            link.echo, link.toxic = b"", None
        for line in _FIRST_LINE.findall(chunk):
            self.requests.append(line)
            for toxic in self.toxics:
                if toxic.at in line and self.wrote(toxic.at) == toxic.nth:
                    link.toxic = toxic
                    if toxic.down is not None:
                        self._tasks.add(asyncio.create_task(self._away(toxic.down)))

    async def _away(self, seconds: float) -> None:
        assert self._listening is not None
        self._listening.close()
        await asyncio.sleep(seconds)
        await self._listen()


async def _spoil(link: _Link, toxic: Toxic, chunk: bytes, sink: asyncio.StreamWriter) -> None:
    if toxic.reset_peer is not None:
        await asyncio.sleep(toxic.reset_peer)
        link.reset()
        raise _CutError
    if toxic.timeout is not None:
        await asyncio.sleep(toxic.timeout or _FOR_EVER)
        raise _CutError
    if toxic.limit_data is not None:
        chunk = chunk[: toxic.limit_data - link.passed]
    await asyncio.sleep(toxic.latency)
    size = toxic.slicer or len(chunk) or 1
    for start in range(0, len(chunk), size):
        piece = chunk[start : start + size]
        await _give(sink, piece)
        link.echo += piece if toxic.echo else b""
        link.passed += len(piece)
        await asyncio.sleep(toxic.delay + (len(piece) / toxic.bandwidth if toxic.bandwidth else 0.0))
    if link.passed == toxic.limit_data:
        raise _CutError


async def _give(sink: asyncio.StreamWriter, data: bytes) -> None:
    sink.write(data)
    await sink.drain()
