"""Reports get to their place whole, somewhere else, or not at all."""

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from importer import report
from importer.model import Outcome
from importer.problems import Code
from importer.report.saving import save
from tests.builders import csv_book, rows_of


def content(sink: BinaryIO) -> None:
    sink.write(b"new")


def put(target: Path, *instead: Path) -> Path:
    return save(target, content, like=target.parent, instead=instead, sleep=lambda _: None)


def test_a_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_bytes(b"older")
    assert put(target) == target
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


def test_a_planted_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "x").symlink_to(victim)
    put(tmp_path / "x")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "x").is_symlink()


def test_a_failure_on_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(sink: BinaryIO) -> None:
        sink.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        save(tmp_path / "x", full, like=tmp_path, instead=(), sleep=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_replaced_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x-2").write_bytes(b"of somebody")
    assert put(tmp_path / "x", tmp_path / "x-2", tmp_path / "x-3") == tmp_path / "x-3"
    assert (tmp_path / "x-2").read_bytes() == b"of somebody"


def test_a_file_that_is_open_in_excel_is_waited_for_two_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    replace = os.replace

    def refusing(source: Path, target: Path) -> None:
        if target.name == "in.report.csv":
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    monkeypatch.setattr(os, "replace", refusing)
    done = report.write([book], rows_of(book.sheets[0]), report.places([book], None), sleep=waited.append)
    assert [problem.code for problem in done.problems] == [Code.REPORT_ELSEWHERE]
    assert done.files == (tmp_path / "in.report-2.csv",)
    assert 1.9 < sum(waited) < 2.3


def test_a_folder_that_is_gone_is_a_problem_and_not_an_exception(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    places = report.places([book], tmp_path / "reports")
    (tmp_path / "reports").rmdir()
    done = report.write([book], rows_of(book.sheets[0]), places)
    assert (done.files, [problem.code for problem in done.problems]) == ((), [Code.REPORT_NOT_WRITTEN])
    assert "in.report.csv" in done.problems[0].message


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
@pytest.mark.parametrize(("mode", "expected"), [(0o640, 0o640), (0o444, 0o644), (0o755, 0o644)])
def test_who_may_read_the_input_may_read_the_report(tmp_path: Path, mode: int, expected: int) -> None:
    like = tmp_path / "in"
    like.write_bytes(b"")
    like.chmod(mode)
    placed = save(tmp_path / "x", content, like=like, instead=(), sleep=lambda _: None)
    assert stat.S_IMODE(placed.stat().st_mode) == expected


def test_an_errors_file_of_ours_goes_when_nothing_is_left_to_correct(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    places = report.places([book], None)
    report.write([book], rows_of(book.sheets[0], [Outcome.INVALID]), places)
    assert places.targets[0].errors.exists()
    report.write([book], rows_of(book.sheets[0]), places)
    assert not places.targets[0].errors.exists()


def test_an_errors_file_that_may_be_of_somebody_else_stays(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    (tmp_path / "in.errors.csv").write_text("Title,Notes\nmine,\n")
    report.write([book], rows_of(book.sheets[0]), report.places([book], None))
    assert (tmp_path / "in.errors.csv").exists()
