"""What an export that was broken off had read: what is taken from it, and what is not."""

import os
import time
from pathlib import Path

import pytest

from importer.entities import LESSON, SECTION
from importer.export import kept as room
from importer.export.kept import Kept
from importer.model import Held

ACCOUNT = ("https://spaces.nexudus.com", "ops@example.com")
RECORD = {"Id": 7, "Title": "Keys", "UpdatedOn": "2026-01-05T10:00:00Z"}


def opened(folder: Path, output: str = "a.xlsx", account: tuple[str, str] = ACCOUNT) -> Kept:
    return Kept(folder / "journal.sqlite3", account, Path(output))


def listed(number: int = 7, updated_on: str | None = "2026-01-05T10:00:00Z") -> list[Held]:
    return [Held(id=number, title="Keys", course=101, updated_on=updated_on)]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.export-*"))


@pytest.fixture
def broken_off(tmp_path: Path) -> Path:
    with opened(tmp_path) as kept:
        kept.add(LESSON, {7: RECORD})
    return tmp_path


def test_what_was_read_is_there_again(broken_off: Path) -> None:
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, listed()) == {7: RECORD}


@pytest.mark.parametrize("stamp", [None, "", "2026-01-05T10:00:01Z"])
def test_what_may_have_changed_is_not(broken_off: Path, stamp: str | None) -> None:
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, listed(updated_on=stamp)) == {}


def test_another_kind_output_or_account_has_its_own(broken_off: Path) -> None:
    with opened(broken_off) as kept:
        assert kept.unchanged(SECTION, listed()) == {}
    with opened(broken_off, output="b.xlsx") as kept:
        assert kept.unchanged(LESSON, listed()) == {}
    with opened(broken_off, account=(ACCOUNT[0], "other")) as kept:
        assert kept.unchanged(LESSON, listed()) == {}


def test_nothing_is_left_when_it_is_done(broken_off: Path) -> None:
    with opened(broken_off) as kept:
        kept.done()
    assert files(broken_off) == []


def test_a_line_that_was_not_written_to_its_end_is_no_record(broken_off: Path) -> None:
    (file,) = files(broken_off)
    whole = file.read_bytes()
    file.write_bytes(
        whole + b'["lessons", {"Id": 8, "Upd\n[]\n["lessons", 7]\n["lessons", {"Id": "7"}]\n' + b"[" * 10**5
    )
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, [*listed(), *listed(8)]) == {7: RECORD}
        kept.add(LESSON, {8: {**RECORD, "Id": 8}})
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, listed(8)).keys() == {8}


def test_what_a_record_was_later_counts(broken_off: Path) -> None:
    with opened(broken_off) as kept:
        kept.add(LESSON, {7: {**RECORD, "Title": "Later"}})
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, listed())[7]["Title"] == "Later"


def test_it_does_not_grow_for_ever(broken_off: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = files(broken_off)
    monkeypatch.setattr(room, "_LARGEST", file.stat().st_size + 10)
    with opened(broken_off) as kept:
        kept.add(LESSON, {8: {**RECORD, "Id": 8}})
    with opened(broken_off) as kept:
        assert kept.unchanged(LESSON, [*listed(), *listed(8)]).keys() == {7}


def test_what_nobody_came_back_for_is_taken_away(broken_off: Path) -> None:
    (old,) = files(broken_off)
    week = time.time() - 8 * 24 * 3600
    os.utime(old, (week, week))
    (broken_off / "other.txt").write_text("")
    with opened(broken_off, output="b.xlsx"):
        pass
    assert old not in files(broken_off)
    assert (broken_off / "other.txt").exists()


def test_a_folder_that_takes_no_file_is_no_reason_to_stop(tmp_path: Path) -> None:
    with opened(tmp_path / "gone") as kept:
        kept.add(LESSON, {7: RECORD})
        assert kept.unchanged(LESSON, listed()) == {}
        kept.done()
