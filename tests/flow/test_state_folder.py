"""A folder or a journal that cannot be used is told, with its path, before anything is sent."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import Server
from tests.flow.commands import Run, lessons_csv, posix_only, titles


def _file_for_a_folder(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "state").touch()
    return tmp_path / "state" / "journal.sqlite3", tmp_path / "state"


def _below_a_file(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "file").touch()
    return tmp_path / "file" / "deeper" / "journal.sqlite3", tmp_path / "file" / "deeper"


def _folder_for_a_journal(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "state" / "journal.sqlite3").mkdir(parents=True)
    return tmp_path / "state" / "journal.sqlite3", tmp_path / "state" / "journal.sqlite3"


def _link(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "journal.sqlite3").symlink_to("elsewhere")
    return tmp_path / "journal.sqlite3", tmp_path / "journal.sqlite3"


def _read_only(tmp_path: Path) -> tuple[Path, Path]:
    """A folder in which nobody may make anything; where the tests run as root, one of the system's own."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/proc/journal.sqlite3"), Path("/proc")
    (tmp_path / "state").mkdir(mode=0o500)
    return tmp_path / "state" / "journal.sqlite3", tmp_path / "state"


def _for_all(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    return tmp_path / "state" / "journal.sqlite3", tmp_path / "state"


@posix_only
@pytest.mark.parametrize(
    "make",
    [_file_for_a_folder, _below_a_file, _folder_for_a_journal, _link, _read_only, _for_all],
    ids=lambda make: make.__name__,
)
def test_it_is_refused_before_a_request_is_made(
    make: Callable[[Path], tuple[Path, Path]], importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    journal, named = make(tmp_path)
    answer = importer("run", "a.csv", "--journal", journal, "--json")
    assert (answer.code, answer.document["status"], service.log.entries) == (2, "refused", ())
    assert str(named) in answer.stderr and "--journal" in answer.stderr
    assert "Traceback" not in answer.stderr


@posix_only
def test_whatever_others_may_do_there_the_journal_is_its_owners_alone(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o1777)  # as /tmp is: nobody can replace what is somebody else's
    before = os.umask(0)
    try:
        assert importer("run", "a.csv", "--journal", tmp_path / "state" / "journal.sqlite3").code == 0
    finally:
        os.umask(before)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "state").glob("journal*")}
    assert modes == {"journal.sqlite3": 0o600, "journal.sqlite3.ballast": 0o600}
    assert len(titles(service, LESSON)) == 2


def test_a_folder_that_is_missing_is_made(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("run", "a.csv", "--journal", tmp_path / "new" / "er" / "journal.sqlite3").code == 0
    assert (tmp_path / "new" / "er" / "journal.sqlite3").exists()


@posix_only
def test_what_a_rehearsal_remembers_is_for_its_owner_alone(importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    assert importer("plan", "a.csv", "--sandbox", "--journal", "kept/j.sqlite3").code == 0
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "kept/j.sandbox.sqlite3").stat().st_mode) == 0o600
