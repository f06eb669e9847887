"""What tests of the journal and of sending start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.sandbox import NO_LIMITS, Server
from tests.sending import Sending


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The journal of a test."""
    return tmp_path / "journal.sqlite3"


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with Server(limits=NO_LIMITS) as server:
        yield server


@pytest.fixture
def speed() -> int:
    """How much faster than ours the clock of a run goes."""
    return 1


@pytest.fixture
def sending(shared: Server, path: Path, speed: int) -> Iterator[Sending]:
    """Sending to a server that nobody sent to before."""
    made = Sending(shared, path, speed=speed)
    made.empty()
    yield made
    made.journal.close()
