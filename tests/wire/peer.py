"""A server that is none: it does with each connection what a test says."""

import contextlib
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(slots=True)
class Connection:
    """One connection, as `behave` gets it."""

    socket: socket.socket
    heard: list[bytes]

    def hear(self) -> None:
        """Read one whole request."""
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._some()
        head, _, body = said.partition(b"\r\n\r\n")
        length = int((re.findall(rb"Content-Length: (\d+)", head) or [0])[0])
        while len(body) < length:
            body += self._some()
        self.heard.append(head + b"\r\n\r\n" + body)

    def _some(self) -> bytes:
        if not (some := self.socket.recv(65536)):
            raise ConnectionError
        return some

    def say(self, data: bytes) -> None:
        """Send it; raises `OSError` where the client went away."""
        self.socket.sendall(data)

    def reset(self) -> None:
        """End the connection with a reset, as closing a socket does that may not linger."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.socket.close()


@dataclass(slots=True)
class Peer:
    """Listens for the length of a `with` block; each connection is a thread's."""

    behave: Callable[[Connection], None]
    heard: list[bytes] = field(default_factory=list)
    """The requests that came whole."""
    connections: int = 0
    _listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    @property
    def base_url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._listening.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        for thread in self._threads:
            thread.join(10)

    def _start(self, deed: Callable[..., None], *given: object) -> None:
        self._threads.append(threading.Thread(target=deed, args=given, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        # Closing a socket does not wake who waits for it on every system.
        with contextlib.suppress(OSError):
            while True:
                with contextlib.suppress(TimeoutError):
                    taken, _ = self._listening.accept()
                    self.connections += 1
                    self._start(self._serve, taken)

    def _serve(self, taken: socket.socket) -> None:
        taken.settimeout(10)
        with taken, contextlib.suppress(OSError):
            self.behave(Connection(taken, self.heard))


def answer(body: bytes, *headers: bytes) -> bytes:
    """A whole answer."""
    head = b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers))
    return head + b"\r\n\r\n" + body
