"""A service that counts what arrives, whether or not it is ever answered."""

from collections import Counter
from collections.abc import Iterator

import pytest

from importer.entities import ID, SERVED
from importer.sandbox import NO_LIMITS, Fault, Faults, Server, seed

_NEVER = Fault(nth=10**9, work=False, status=500)
"""Strikes nothing, but has every request looked at."""


class Arrivals(Faults):
    """Counts the requests by what they are for."""

    def __init__(self) -> None:
        super().__init__(_NEVER)
        self.counts: Counter[str] = Counter()

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """Count it."""
        is_row = method == "POST" and "/content/" in path
        self.counts["rows" if is_row else "reads" if method == "GET" else "sign-ins"] += 1
        return super().take(method, path, body)


@pytest.fixture(scope="session")
def _shared() -> Iterator[Server]:
    with Server(limits=NO_LIMITS, faults=Arrivals()) as server:
        yield server
    server.store.close()


@pytest.fixture
def service(_shared: Server) -> Server:
    """A service without limits, as new."""
    for entity in SERVED:
        for record in _shared.store.find(entity)[0]:
            _shared.store.delete(entity, int(str(record[ID])))
    seed(_shared.store)
    _shared.log.clear()
    assert isinstance(_shared.faults, Arrivals)
    _shared.faults.replace([_NEVER])
    _shared.faults.counts.clear()
    return _shared


@pytest.fixture
def arrivals(service: Server) -> Counter[str]:
    """How many requests of each kind arrived."""
    assert isinstance(service.faults, Arrivals)
    return service.faults.counts
