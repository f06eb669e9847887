"""Serving the sandbox on this machine, from a thread of its own."""

import asyncio
import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self, Unpack

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from importer.sandbox.app import Options, create_app
from importer.sandbox.faults import Faults
from importer.sandbox.log import Log
from importer.sandbox.seed import seed
from importer.sandbox.store import Store
from importer.sandbox.traffic import HANG_UP

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 30.0
_KEEP_ALIVE_SECONDS: Final = 120
"""Longer than clients keep an idle connection: one that ends while a request is on its way loses the answer."""
_LAST_STEPS: Final = 1000
"""Looks at whether all has ended that was asked to end, a thousandth of a second apart."""
_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class ServerNotStartedError(RuntimeError):
    """The server's thread ended, or did not come up in time."""

    def __init__(self) -> None:
        super().__init__(f"the sandbox did not start within {_START_SECONDS:.0f} seconds")


class _Protocol(H11Protocol):
    """HTTP that lets a request's handler end the connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base has it
        super().connection_made(transport)
        # Head and body of an answer are two packets: unless sent at once, the second waits 40 ms for the client.
        if connection := transport.get_extra_info("socket"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, HANG_UP: self._hang_up}

    def _hang_up(self, *, reset: bool) -> None:
        if not reset:
            self.transport.close()
            return
        # Closing a socket that may not linger sends a reset.
        if connection := self.transport.get_extra_info("socket"):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.transport.abort()


class _Uvicorn(uvicorn.Server):
    """Says when it is up, and stops at once: its own way takes a fifth of a second, and waits for delayed requests."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            )
        )
        self.up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    def leave(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has stopped by itself
                self._loop.call_soon_threadsafe(self._asked.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        ticking = asyncio.ensure_future(super().main_loop())
        asked = asyncio.ensure_future(self._asked.wait())
        await asyncio.wait((ticking, asked), return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        asked.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for task in tuple(self.server_state.tasks):
            task.cancel()
        for connection in tuple(self.server_state.connections):
            connection.transport.close()
        for _ in range(_LAST_STEPS):
            if not (self.server_state.tasks or self.server_state.connections):
                break
            await asyncio.sleep(0.001)


class Server:
    """A sandbox over real HTTP, for the length of a `with` block. Raises `OSError` where the port is taken.

    `port` 0 takes a free one. Without a store it has one in memory, with the courses of `seed`. `store`, `faults` and
    `log` may be looked at and changed while it serves, and looked at afterwards.
    """

    def __init__(self, store: Store | None = None, *, port: int = 0, **options: Unpack[Options]) -> None:
        self.faults = options.setdefault("faults", Faults())
        self.log = options.setdefault("log", Log())
        self.store = store or seed(Store())
        self._server = _Uvicorn(create_app(self.store, **options))
        self._socket = socket.create_server((HOST, port), backlog=1024)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self.base_url = f"http://{HOST}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Serve until `stop`."""
        self._thread.start()
        if not self._server.up.wait(_START_SECONDS):
            self.stop()
            raise ServerNotStartedError

    def stop(self) -> None:
        """End all connections and let go of the port."""
        self._server.leave()
        if self._thread.is_alive():
            self._thread.join(_START_SECONDS)
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve_forever(
    port: int = 0,
    db_path: str | Path | None = None,
    *,
    on_ready: Callable[[str], None] = lambda base_url: None,
    stop: threading.Event | None = None,
    **options: Unpack[Options],
) -> None:
    """Serve the sandbox until Ctrl-C (or until `stop` is set); in memory without `db_path`.

    `on_ready` is given the base address. Raises `OSError` where the port is taken, `sqlite3.Error` where the file
    cannot be used.
    """
    store = seed(Store(db_path or ":memory:"))
    stop = stop or threading.Event()
    try:
        with Server(store, port=port, **options) as server:
            on_ready(server.base_url)
            # A wait without an end cannot be interrupted on every system.
            while not stop.wait(0.5):
                pass
    except KeyboardInterrupt:
        pass
    finally:
        store.close()
