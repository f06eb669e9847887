"""A folder or a journal that cannot be used is told, with its path, before anything is sent."""

import os
import re
import stat
from collections.abc import Callable
from fnmatch import fnmatchcase
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


def test_the_page_on_security_names_every_file_that_a_run_leaves_beside_its_journal(
    root: Path, importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("run", "a.csv").code == 0
    with (tmp_path / "state" / "journal.sqlite3").open("r+b") as journal:
        journal.seek(4096)
        journal.write(b"\xff" * 4096)
    assert importer("run", "a.csv", "--settle", 1).code == 0
    importer("run", "a.csv", "--sandbox", "--settle", 1)
    named = re.findall(r"`([\w.…-]+)`", (root / "docs" / "security.md").read_text(encoding="utf-8"))
    patterns = [name.replace("…", "*") for name in named]
    there = {path.name for path in (tmp_path / "state").iterdir()}
    assert [name for name in there if not any(fnmatchcase(name, pattern) for pattern in patterns)] == []
    assert {"journal.sqlite3", "journal.sqlite3.ballast", "journal.sandbox.sqlite3"} < there
    assert any(".damaged-" in name for name in there) and any(".lock" in name for name in there)


@pytest.mark.parametrize(
    "words",
    [("check", "a.csv"), ("outline", "a.csv"), ("template", "course", "-o", "t.xlsx"), ("runs",)],
    ids=lambda words: words[0],
)
def test_commands_that_need_no_service_ask_it_nothing(
    words: tuple[str, ...], importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert (importer(*words).code, service.log.count()) == (0, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "a.csv"),
        ("outline", "--course-id", 102),
        ("template", "course", "-o", "t.xlsx", "--course-id", 102),
        ("export", "--course-id", 102, "-o", "e.xlsx"),
        ("show", "courses", 102),
    ],
    ids=lambda words: words[0],
)
def test_commands_that_only_read_write_nothing(
    words: tuple[object, ...], importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer(*words).code == 0
    assert service.log.count("GET") > 0
    assert {entry.method for entry in service.log.entries if entry.path != "/api/token"} == {"GET"}
