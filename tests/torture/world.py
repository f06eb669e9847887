"""One import whose command is killed some times in succession, and then left to end."""

import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from importer.sandbox import OPS
from tests.flow.commands import PACE
from tests.torture.command import Command
from tests.torture.moments import NEVER, draw
from tests.torture.sheets import COURSE, Files, write
from tests.torture.sights import Sight, Watched
from tests.torture.truth import Truth

SETTLE: Final = 1.0
"""Seconds after the start of a command: by then the service has done what the one before it sent."""
KILLS: Final = 4
"""In one world, unless told otherwise."""
_ONCE_MORE: Final = 0.2
"""How often a command that has done everything is started once more."""


@dataclass(slots=True)
class Tale:
    """What happened in one world."""

    seed: int
    kills: Counter[Sight] = field(default_factory=Counter)
    runs: int = 0
    rows: int = 0
    posts: int = 0
    lost: int = 0
    twins: int = 0
    broken: list[str] = field(default_factory=list)


def torture(seed: int, kills: int = KILLS) -> Tale:
    """Live through the world of a seed. The seed gives files and moments; how far a process gets by then varies."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        return _torture(seed, kills, Path(folder))


def _torture(seed: int, kills: int, folder: Path) -> Tale:
    chance = random.Random(seed)
    here = folder / "sheets"
    here.mkdir()
    files = write(chance, here)
    tale, watched = Tale(seed, rows=len(files.keys)), Watched()
    with watched.server as server:
        command = _command(chance, files, here, folder / "state", server.base_url)
        truth = Truth(watched, files, here, folder / "state" / "journal.sqlite3", tale.broken)
        while tale.kills.total() < kills and tale.runs < 3 * kills:
            moment = draw(chance, len(files.keys) - len(watched.held(COURSE)))
            tale.runs += 1
            if (answer := command.run(watched, moment)) is None:
                tale.kills[moment.sight] += 1
                truth.after_a_kill()
            else:
                truth.after_the_end(answer)
        for _ in range(1 + (chance.random() < _ONCE_MORE)):
            tale.runs += 1
            answer = command.run(watched, NEVER)
            assert answer is not None
            truth.after_the_end(answer)
    server.store.close()
    tale.posts, tale.lost, tale.twins = watched.arrivals.sent.total(), watched.arrivals.lost.total(), truth.twins
    return tale


def _command(chance: random.Random, files: Files, folder: Path, state: Path, address: str) -> Command:
    sign_in = {"NEXUDUS_BASE_URL": address, "NEXUDUS_USERNAME": OPS.name, "NEXUDUS_PASSWORD": OPS.password}
    options = {"STATE_DIR": str(state), "SETTLE": str(SETTLE), "CONCURRENCY": str(chance.choice((1, 2, 4, 8)))}
    options |= dict.fromkeys(PACE, "0")
    env = sign_in | {f"IMPORTER_{name}": value for name, value in options.items()}
    return Command(("run", *files.names, "--json"), folder, env)
