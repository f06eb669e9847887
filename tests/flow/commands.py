"""Commands as a user types them, and what they answer."""

import contextlib
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from importer.entities import ENTITIES, Entity
from importer.sandbox import Server

Record = dict[str, Any]

ROOT: Final = Path(__file__).resolve().parents[2]
PACE: Final = ("WRITES_PER_MINUTE", "WRITES_PER_DAY", "REQUESTS_PER_MINUTE", "REQUESTS_PER_HOUR", "MIN_INTERVAL")

SECTION_HEADINGS: Final = ("CourseId", "Title", "DisplayOrder", "UnlockType", "UnlockAfterDays", "Active")
LESSON_HEADINGS: Final = ("CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType", "Active")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Record:
        """The JSON document, which has to be all that stdout holds."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found

    @property
    def counts(self) -> dict[str, int]:
        """The outcomes that occur."""
        return {outcome: count for outcome, count in self.document["counts"].items() if count}

    def by_row(self, kind: str = "lessons") -> dict[int, Record]:
        """The rows of one kind, by the number that Excel shows."""
        return {row["row"]: row for row in self.document["rows"] if row["kind"] == kind}

    @property
    def messages(self) -> list[str]:
        """The messages of all rows and files."""
        problems = [problem for row in self.document["rows"] for problem in row["problems"]]
        return [problem["message"] for problem in problems + self.document["problems"]]


Run = Callable[..., Answer]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of another process: this one's, in UTF-8, with more put in."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **(more or {})}


def command_line(*words: object) -> list[str]:
    return [sys.executable, "-m", "importer", *map(str, words)]


def process(*words: object, cwd: Path, env: Mapping[str, str] | None = None) -> Answer:
    """The command in a process of its own, with nobody at a terminal."""
    done = subprocess.run(
        command_line(*words),
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def running(*words: object, cwd: Path) -> Iterator["subprocess.Popen[str]"]:
    """A command on its way, in a process of its own; ended with the block at the latest."""
    with subprocess.Popen(
        command_line(*words),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=os.name != "nt",
    ) as started:
        try:
            yield started
        finally:
            if started.poll() is None:
                started.kill()


def ended(started: "subprocess.Popen[str]") -> Answer:
    """How a command on its way ends."""
    stdout, stderr = started.communicate(timeout=20)
    return Answer(started.returncode, stdout, stderr)


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(rows)
    return path


def lessons_csv(path: Path, count: int, *, course: int = 104, section: str = "") -> Path:
    """So many lessons, in no section unless one is named."""
    rows = ([course, section, f"Lesson {n}", n, "Immediate", "Visited", "yes"] for n in range(1, count + 1))
    return write_csv(path, LESSON_HEADINGS, rows)


def sections_csv(path: Path, count: int, *, course: int = 104) -> Path:
    rows = ([course, f"Section {n}", n, "Immediate", "", "yes"] for n in range(1, count + 1))
    return write_csv(path, SECTION_HEADINGS, rows)


def held(server: Server, entity: Entity, course: int) -> list[Record]:
    """What the service holds of a course, by id."""
    return [record for record in server.store.find(entity)[0] if record["CourseId"] == course]


def titles(server: Server, entity: Entity, course: int = 104) -> list[str]:
    return [record["Title"] for record in held(server, entity, course)]


def sent(server: Server) -> list[str]:
    """The paths of the records that were sent, in the order of their answers."""
    paths = {f"/api/content/{entity.path}" for entity in ENTITIES}
    return [entry.path for entry in server.log.entries if entry.method != "GET" and entry.path in paths]


def until(server: Server, count: int) -> None:
    """Wait until the service has answered so many creates."""
    for _ in range(2000):
        if len(sent(server)) >= count:
            return
        time.sleep(0.01)
    pytest.fail(f"only {len(sent(server))} rows were sent within 20 seconds")


posix_only = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of this kind are POSIX only")
