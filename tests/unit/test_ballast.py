"""The file that is given up when the disk is full."""

import os
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from importer.journal import ballast
from importer.journal.ballast import SIZE


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_it_is_laid_once_and_given_up(tmp_path: Path) -> None:
    journal, beside = tmp_path / "journal.sqlite3", tmp_path / "journal.sqlite3.ballast"
    ballast.lay(journal)
    first = beside.read_bytes()
    ballast.lay(journal)
    assert (len(first), beside.read_bytes() == first) == (SIZE, True)
    if os.name == "posix":
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
        assert beside.stat().st_blocks * 512 >= SIZE
    ballast.give_up(journal)
    assert not beside.exists()
    ballast.give_up(journal)


def test_half_of_it_is_laid_anew(tmp_path: Path) -> None:
    (tmp_path / "j.ballast").write_bytes(b"half")
    ballast.lay(tmp_path / "j")
    assert (tmp_path / "j.ballast").stat().st_size == SIZE


def test_where_there_is_little_room_the_journal_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10 * SIZE, 8 * SIZE, 2 * SIZE))
    ballast.lay(tmp_path / "j")
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_refuses_is_no_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    ballast.lay(tmp_path / "j")
    ballast.lay(tmp_path / "gone" / "j")
    assert list(tmp_path.iterdir()) == []
