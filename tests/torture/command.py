"""The command in a process of its own, which is killed at a moment or left to end."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from tests.flow.commands import Answer, command_line, environment
from tests.torture.moments import NEVER, Moment
from tests.torture.sights import Sight, Watched

_LONGEST: Final = 60.0
"""Seconds after which a process has hung."""
_GLANCE: Final = 0.02
_KILLED: Final = 1 if os.name == "nt" else -signal.SIGKILL
"""The exit code of a process that was ended by force; TerminateProcess gives 1."""


class HungError(Exception):
    """A command that does not end."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed, where, and with which environment."""

    words: tuple[object, ...]
    folder: Path
    env: Mapping[str, str]

    def run(self, watched: Watched, moment: Moment = NEVER) -> Answer | None:
        """Its answer; None where it was killed. Raises `HungError`."""
        watched.begin(*moment.faults)
        before = reports(self.folder)
        # Not pipes: one that nobody reads from would hold up the process on some systems.
        with TemporaryFile() as out, TemporaryFile() as err:
            with subprocess.Popen(
                command_line(*self.words),
                cwd=self.folder,
                env=environment(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            ) as started:
                try:
                    killed = self._comes(started, watched, moment, before)
                finally:
                    started.kill()
            return None if killed and started.returncode == _KILLED else Answer(started.returncode, *_texts(out, err))

    def _comes(
        self, started: "subprocess.Popen[bytes]", watched: Watched, moment: Moment, before: frozenset[object]
    ) -> bool:
        """Wait for the moment; whether it comes while the process lives."""
        if moment is NEVER:
            if not _ends(started, _LONGEST):
                raise HungError
            return False
        give_up = time.monotonic() + _LONGEST
        while started.poll() is None:
            match moment.sight:
                case Sight.STARTED:
                    seen = True
                case Sight.REPORTING:
                    seen = reports(self.folder) != before
                    time.sleep(0.0 if seen else 0.001)
                case _:
                    seen = watched.wait(moment.sight, moment.nth, _GLANCE)
            if seen:
                return not _ends(started, moment.delay)
            if time.monotonic() > give_up:
                raise HungError
        return False


def _ends(started: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        started.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _texts(*files: IO[bytes]) -> list[str]:
    texts = []
    for file in files:
        file.seek(0)
        texts.append(file.read().decode())
    return texts


def reports(folder: Path) -> frozenset[object]:
    """The reports in a folder, each with what tells it from the one before."""
    found: Iterable[Path] = folder.glob("*.report.*")
    return frozenset((path.name, path.stat().st_mtime_ns) for path in found)
