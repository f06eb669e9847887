"""Commands typed in this process, and a service for them."""

import gc
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.cli import main
from importer.entities import ID, SERVED
from importer.sandbox import NO_LIMITS, OPS, Server, seed
from tests.flow.commands import PACE, Answer, Run


@pytest.fixture
def importer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Runs a command line in this process, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    before, collecting = signal.getsignal(signal.SIGTERM), gc.get_threshold()

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["importer", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, printed.out, printed.err)

    yield run
    signal.signal(signal.SIGTERM, before)
    gc.set_threshold(*collecting)


def sign_in(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Point the environment at a service, without limits of our own."""
    monkeypatch.setenv("NEXUDUS_BASE_URL", server.base_url)
    monkeypatch.setenv("NEXUDUS_USERNAME", OPS.name)
    monkeypatch.setenv("NEXUDUS_PASSWORD", OPS.password)
    for name in PACE:
        monkeypatch.setenv(f"IMPORTER_{name}", "0")


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c() -> None:
    """Let Ctrl-C reach the tests and their processes, also where the tests themselves run in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def _shared() -> Iterator[Server]:
    with Server(limits=NO_LIMITS) as server:
        yield server
    server.store.close()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, _shared: Server) -> Server:
    """A service without limits, as new, which the environment names."""
    store = _shared.store
    for entity in SERVED:
        for record in store.find(entity)[0]:
            store.delete(entity, int(str(record[ID])))
    seed(store)
    _shared.faults.clear()
    _shared.log.clear()
    sign_in(monkeypatch, _shared)
    return _shared


@pytest.fixture
def own_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A service of the test's own, as requests of processes that are killed live on in it."""
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    with Server(limits=NO_LIMITS) as server:
        sign_in(monkeypatch, server)
        yield server
    server.store.close()


@pytest.fixture
def sample_data(root: Path) -> Path:
    return root / "sample_data"
