"""Starting and stopping."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from importer.entities import COURSE
from importer.sandbox import Fault, Server, Store, serve_forever

FORM = {"grant_type": "password", "username": "ops@example.com", "password": "sandbox"}


def test_a_server_has_the_seed_and_can_be_looked_at_afterwards() -> None:
    with Server() as server:
        assert httpx.post(f"{server.base_url}/api/token", data=FORM).status_code == 200
    assert server.store.count(COURSE) == 4
    assert server.log.counts == {"POST /api/token 200": 1}


def test_a_server_over_a_store_leaves_it_as_it_is() -> None:
    with Server(Store()) as server:
        assert server.store.count(COURSE) == 0


def test_stopping_is_quick_and_frees_the_port() -> None:
    with Server() as server, httpx.Client(base_url=server.base_url) as client:
        server.faults.add(Fault(path="*", wait_before=60))
        with pytest.raises(httpx.ReadTimeout):
            client.post("/api/token", timeout=0.05)
        begin = time.monotonic()
        server.stop()
        assert time.monotonic() - begin < 1.5
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.base_url)


def test_a_taken_port_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"."):
        Server(port=taken.getsockname()[1])


def test_serving_a_file_keeps_what_was_made(tmp_path: Path) -> None:
    path, addresses = tmp_path / "held.db", []

    def once() -> None:
        stop = threading.Event()

        def ready(base_url: str) -> None:
            addresses.append(httpx.post(f"{base_url}/sandbox/records/courses", json={"Title": "Mine"}).json())
            stop.set()

        serve_forever(db_path=path, on_ready=ready, stop=stop, admin=True)

    once()
    once()
    store = Store(path)
    assert [answer["Id"] for answer in addresses] == [105, 106]
    assert store.count(COURSE) == 6
    store.close()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_stops_it_without_a_word() -> None:
    code = "from importer.sandbox import serve_forever; serve_forever(on_ready=lambda url: print(url, flush=True))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=-1, stderr=-1, text=True, cwd=root()) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        assert httpx.post(f"{base_url}/api/token", data=FORM).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0


def test_importing_it_does_not_import_pandas() -> None:
    code = "import importer.sandbox, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=root(), check=False).returncode == 0


def root() -> Path:
    return Path(__file__).parents[2]
