"""Planted faults of the importer: `python -m tests.simulation.mutants` shows that the simulation catches each."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final
from unittest.mock import patch

from importer import listing
from importer.answers import NoAnswer, Unsent
from importer.api import read_created
from importer.doubts import Absent, Adopt, judge
from importer.journal import Journal
from importer.pacing import Pacer
from importer.send import looking, run
from importer.service import Service
from tests.simulation.world import simulate

_DELIVER: Final = import_module("importer.send.deliver")
"""By name, as the package gives its function that name."""

MOST: Final = 1000
"""Worlds within which each has to be caught."""


def _eager(doubt: Any, records: Any, claimed: Any, *, asked_at: float, settle: float) -> Any:
    found = judge(doubt, records, claimed, asked_at=asked_at, settle=settle)
    return found if isinstance(found, Adopt) else Absent()


async def _ungated(self: Service, line: Any, request: Any, token: str, may_go: object = None) -> Any:
    async with self._gate:
        return await line.perform(request, token)


async def _not_written(group: Any, entry: Any) -> None:
    group.note(entry)


def _hopeful(result: Any) -> Any:
    return Unsent(result.reason) if isinstance(result, NoAnswer) else read_created(result)


_USED: Final = Journal.used


def _by_wall(journal: Journal, account: Any, now: float, clock: float | None = None) -> Any:
    return _USED(journal, account, now)


def _writes_alone(*given: Any) -> Any:
    return [one for one in _USED(*given) if one.write]


def _any_listing() -> Any:
    real = listing._pages

    async def pages(*given: Any) -> Any:
        return (await real(*given))[:1]

    return patch.object(listing, "_pages", pages)


MUTANTS: Final[dict[str, Callable[[], Any]]] = {
    "sends again on the first list that does not show the record": lambda: patch.object(looking, "judge", _eager),
    "sends before the intent is stored": lambda: patch("importer.group_commit.GroupCommit.write", _not_written),
    "lets a request go that waited while all were asked to wait": lambda: patch.object(Service, "perform", _ungated),
    "forgets what earlier runs left in doubt": lambda: patch.object(Journal, "doubts", lambda *_: {}),
    "forgets what earlier runs made": lambda: patch.object(Journal, "made", lambda *_: {}),
    "goes by the wall clock alone for what the limits have used": lambda: patch.object(Journal, "used", _by_wall),
    "forgets what was read": lambda: patch.object(Journal, "used", _writes_alone),
    "forgets a throttle of the run before": lambda: patch.object(Journal, "_rest", lambda *_: 0.0),
    "forgets what the limits have used": lambda: patch.object(Journal, "used", lambda *_: ()),
    "takes the first page of a list for all of it": _any_listing,
    "ignores a throttle": lambda: patch.object(Pacer, "throttle", lambda *_: None),
    "has any number of rows in doubt": lambda: patch.object(run, "MOST_OPEN", 10**6),
    "waits a tenth of what settles": lambda: patch.object(
        looking, "judge", lambda *given, asked_at, settle: judge(*given, asked_at=asked_at, settle=settle / 10)
    ),
    "adopts what another row has": lambda: patch.object(
        looking, "judge", lambda doubt, records, _, **more: judge(doubt, records, (), **more)
    ),
    "takes a line that broke for one that was never there": lambda: patch.object(_DELIVER, "read_created", _hopeful),
}


def caught_by(plant: Callable[[], Any], most: int = MOST) -> int | None:
    """The first world in which a planted fault shows."""
    with _planted(plant):
        for seed in range(most):
            try:
                if simulate(seed).broken:
                    return seed
            except Exception:  # noqa: BLE001  # whatever breaks has been caught
                return seed
    return None


@contextlib.contextmanager
def _planted(plant: Callable[[], Any]) -> Iterator[None]:
    with plant():
        yield


def main() -> int:
    """Exit code 1 where a planted fault is not caught."""
    missed = 0
    for name, plant in MUTANTS.items():
        seed = caught_by(plant)
        missed += seed is None
        sys.stdout.write(f"{name:<64}{'not caught' if seed is None else f'caught in world {seed}':>24}\n")
    sys.stdout.write(f"{len(MUTANTS) - missed} of {len(MUTANTS)} planted faults caught\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
