"""Reading in a process of its own: what it gives, what it refuses, and how it ends where it costs too much."""

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

import importer.load
from importer.entities import LESSON, SECTION
from importer.errors import FileError, HeadingError, MemoryForFileError, NotASpreadsheetError, TooLargeError
from importer.load import load
from importer.load.apart import ReaderFaultError, apart, can_be_apart
from importer.quotas import FileLimits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count a process's memory truly")

LIMITS: Final = FileLimits(max_memory_mb=256, max_seconds=2)


def test_it_gives_what_the_work_gives_and_is_gone() -> None:
    assert apart(os.getpid, "course.xlsx", LIMITS) != os.getpid()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_refusal_comes_back_as_it_was() -> None:
    def refuse() -> None:
        raise HeadingError("course.xlsx, sheet Lessons", 'the heading "Title" is there twice')

    with pytest.raises(HeadingError) as caught:
        apart(refuse, "course.xlsx", LIMITS)
    assert caught.value.message == 'course.xlsx, sheet Lessons: the heading "Title" is there twice.'
    assert str(caught.value) == caught.value.message


def endless() -> None:
    while True:
        pass


def greedy() -> None:
    held = []
    while True:
        held.append(b"x" * 2**20)


def refused_by_system() -> None:
    raise MemoryError


def refused_by_fast_reader() -> None:
    os.write(2, b"memory allocation of 4294967296 bytes failed\n")
    broken()


def broken() -> None:
    faulthandler.disable()  # of the tests, which would write of it where they can see it
    os.abort()


def ended_by_system() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("work", "kind", "message"),
    [
        (
            endless,
            TooLargeError,
            "course.xlsx: reading it takes more than 2 s of computing; split it into smaller files, or allow more with "
            "IMPORTER_MAX_SECONDS.",
        ),
        (
            greedy,
            TooLargeError,
            "course.xlsx: reading it takes more than 256 MB of memory; split it into smaller files, or allow more with "
            "IMPORTER_MAX_MEMORY_MB.",
        ),
        *(
            (
                work,
                MemoryForFileError,
                "course.xlsx: there is not enough memory to read it; close other programs, or split the file.",
            )
            for work in (refused_by_system, refused_by_fast_reader, ended_by_system)
        ),
        (
            broken,
            NotASpreadsheetError,
            "course.xlsx: the file is damaged or incomplete; get it again, or open it in Excel and save it as a new "
            "workbook.",
        ),
    ],
)
def test_what_comes_to_no_end_is_said_in_a_sentence(
    work: Callable[[], object], kind: type[FileError], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind) as caught:
        apart(work, "course.xlsx", LIMITS)
    assert caught.value.message == message
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_ours_is_raised_with_its_traceback() -> None:
    def stumble() -> None:
        raise LookupError("nobody foresaw this")

    with pytest.raises(ReaderFaultError, match=r"(?s)in stumble.*LookupError: nobody foresaw this"):
        apart(stumble, "course.xlsx", LIMITS)


def test_it_ends_with_who_waits_for_it(tmp_path: Path) -> None:
    def write_number() -> None:
        (tmp_path / "number").write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGALRM)
        signal.pause()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            apart(write_number, "course.xlsx", LIMITS)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "number").read_text()), 0)


def test_no_copy_is_made_of_a_process_that_does_several_things_at_once() -> None:
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert not can_be_apart()
    finally:
        done.set()
        other.join()


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let files be read apart although the tests may have threads; the names of those that were."""
    names: list[str] = []

    def noted(work: Callable[[], object], name: str, limits: FileLimits) -> object:
        names.append(name)
        return apart(work, name, limits)

    monkeypatch.setattr(importer.load, "apart", noted)
    monkeypatch.setattr(importer.load, "can_be_apart", lambda: True)
    yield names


@pytest.mark.parametrize(
    "name", ["messy.xlsx", "messy.xls", "messy.ods", "messy.xlsb", "formulas.ods", "laid-out.xlsx"]
)
def test_a_workbook_is_the_same_wherever_it_is_read(
    name: str, root: Path, alone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(root / "tests" / "samples" / name)
    there = load(path)
    monkeypatch.setattr(importer.load, "can_be_apart", lambda: False)
    here = load(path)
    assert alone == [path]
    for one, other in zip(there.sheets, here.sheets, strict=True):
        pd.testing.assert_frame_equal(one.cells, other.cells)
        assert one.entity is other.entity
        assert (one.place, one.columns, one.problems) == (other.place, other.columns, other.problems)
    assert {sheet.entity for sheet in there.sheets} <= {SECTION, LESSON}
    assert (there.problems, there.sha256, there.hidden_rows) == (here.problems, here.sha256, here.hidden_rows)


def test_a_text_is_read_in_this_process(root: Path, alone: list[str]) -> None:
    assert load(str(root / "tests" / "samples" / "messy-utf-8.csv")).sheets
    assert not alone
