"""Reports get to their place whole, somewhere else, or not at all."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from openpyxl import Workbook

from importer import report
from importer.entities import LESSON, TITLE
from importer.model import Outcome
from importer.problems import Code
from importer.report.edited import is_edited, leave_mark
from importer.report.saving import save
from tests import hostile
from tests.builders import csv_book, rows_of, saved_book


def content(sink: BinaryIO) -> None:
    sink.write(b"new")


def put(target: Path, *instead: Path) -> Path:
    return save(target, content, instead=instead, sleep=lambda _: None)


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
        save(tmp_path / "x", full, instead=(), sleep=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_taken_away_when_it_is_a_day_old(tmp_path: Path) -> None:
    left, recent, other = (tmp_path / name for name in (".importer-a.tmp", ".importer-b.tmp", "a.tmp"))
    for path in (left, recent, other):
        path.write_bytes(b"half")
    for path in (left, other):
        os.utime(path, (0, 0))
    put(tmp_path / "x")
    assert sorted(tmp_path.iterdir()) == sorted([recent, other, tmp_path / "x"])


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
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o277])
def test_nobody_but_its_owner_may_read_a_report(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        placed = put(tmp_path / "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(placed.stat().st_mode) & 0o177 == 0


def test_a_link_planted_at_the_temporary_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / ".importer-guessed.tmp").symlink_to(victim)
    monkeypatch.setattr(tempfile, "_get_candidate_names", lambda: iter(["guessed", "free"]))
    assert put(tmp_path / "x").read_bytes() == b"new"
    assert victim.read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["in.report.csv", "in.errors.csv"])
def test_a_link_planted_at_a_report_is_not_followed(name: str, tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"mine")
    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    places = report.places([book], None)
    (tmp_path / name).symlink_to(tmp_path / "victim")
    done = report.write([book], rows_of(book.sheets[0], [Outcome.INVALID]), places)
    assert (tmp_path / "victim").read_bytes() == b"mine"
    assert tmp_path / name in done.files and not (tmp_path / name).is_symlink()


class Crash(BaseException):
    """The process ends here."""


class Steps:
    """Counts what is done to a file, and crashes before or after one of them."""

    def __init__(self) -> None:
        self.done = 0
        self.last = 0

    def of(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def performing(*given: Any) -> Any:
            self._step()
            answer = function(*given)
            self._step()
            return answer

        return performing

    def _step(self) -> None:
        self.done += 1
        if self.done == self.last:
            raise Crash


@pytest.mark.parametrize("older", [b"older", None])
def test_a_crash_at_any_step_leaves_the_older_file_or_the_new_one(
    older: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps, target, seen = Steps(), tmp_path / "x", []
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, steps.of(getattr(os, name)))
    whole = False
    while not whole:
        steps.done, steps.last = 0, steps.last + 1
        target.unlink(missing_ok=True)
        if older is not None:
            target.write_bytes(older)
        with contextlib.suppress(Crash):
            save(target, steps.of(content), instead=(), sleep=lambda _: None)
            whole = True
        seen.append(target.read_bytes() if target.exists() else None)
    assert len(seen) >= 7
    assert seen == [older] * 5 + [b"new"] * (len(seen) - 5)


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
    leave_mark(tmp_path / "in.errors.csv")
    report.write([book], rows_of(book.sheets[0]), report.places([book], None))
    assert (tmp_path / "in.errors.csv").exists()


def test_an_errors_workbook_of_ours_goes_and_one_that_costs_memory_is_not_read(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].append([TITLE.name])
    workbook.worksheets[0].append(["A"])
    book = saved_book(tmp_path / "in.xlsx", workbook, {workbook.sheetnames[0]: LESSON})
    places = report.places([book], None)
    errors = places.targets[0].errors
    report.write([book], rows_of(book.sheets[0], [Outcome.INVALID]), places)
    assert errors.exists()
    report.write([book], rows_of(book.sheets[0]), places)
    assert not errors.exists()
    hostile.with_cell(errors, "XFD1048576")
    leave_mark(errors)
    report.write([book], rows_of(book.sheets[0]), places)
    assert errors.exists()


@pytest.mark.parametrize("outcome", [Outcome.INVALID, Outcome.CREATED])
def test_an_errors_file_that_somebody_has_corrected_stays_as_it_is(outcome: Outcome, tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\nA\n")
    places = report.places([book], None)
    errors = places.targets[0].errors
    report.write([book], rows_of(book.sheets[0], [Outcome.INVALID]), places)
    errors.write_text(corrected := errors.read_text().replace("A", "B"))
    done = report.write([book], rows_of(book.sheets[0], [outcome]), places)
    assert errors.read_text() == corrected
    assert (done.files, [one.code for one in done.problems]) == ((places.targets[0].report,), [Code.ERRORS_KEPT])


def test_an_errors_file_that_nobody_has_touched_is_replaced(tmp_path: Path) -> None:
    book = csv_book(tmp_path / "in.csv", b"Title\nA\nB\n")
    places = report.places([book], None)
    errors = places.targets[0].errors
    report.write([book], rows_of(book.sheets[0], [Outcome.INVALID, Outcome.INVALID]), places)
    done = report.write([book], rows_of(book.sheets[0], [Outcome.INVALID]), places)
    assert (done.files[1], done.problems, errors.read_text().count("\n")) == (errors, (), 2)


def test_where_only_whole_seconds_are_kept_nobody_can_tell(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("x")
    seen = [is_edited(file)]
    os.utime(file, ns=(0, 1_700_000_000 * 10**9))
    assert (*seen, is_edited(file), is_edited(tmp_path)) == (True, False, False)
