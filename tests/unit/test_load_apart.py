"""Reading in a process of its own: what it gives, what it refuses, and how it ends where it costs too much."""

import faulthandler
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pandas as pd
import pytest

import importer.load
from importer.entities import LESSON, SECTION
from importer.errors import BrokenReaderError, FileError, HeadingError, MemoryForFileError, TooLargeError
from importer.load import load
from importer.load.apart import ReaderFaultError, can_be_apart, done_apart
from importer.quotas import FileLimits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count a process's memory truly")

LIMITS: Final = FileLimits(max_memory_mb=256, max_seconds=2)


def test_it_gives_what_the_work_gives_and_is_gone() -> None:
    number = done_apart(os.getpid, "course.xlsx", LIMITS)
    assert number != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_a_refusal_comes_back_as_it_was() -> None:
    def refuse() -> None:
        raise HeadingError("course.xlsx, sheet Lessons", 'the heading "Title" is there twice')

    with pytest.raises(HeadingError) as caught:
        done_apart(refuse, "course.xlsx", LIMITS)
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
            for work in (refused_by_system, ended_by_system)
        ),
        (
            broken,
            BrokenReaderError,
            "course.xlsx: it cannot be read to its end: it is damaged, or reading it takes more memory than there is; "
            "open it in Excel and save it as a new workbook, or split it into smaller files.",
        ),
    ],
)
def test_what_comes_to_no_end_is_said_in_a_sentence(
    work: Callable[[], object], kind: type[FileError], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind) as caught:
        done_apart(work, "course.xlsx", LIMITS)
    assert caught.value.message == message
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_ours_is_raised_with_its_traceback() -> None:
    def stumble() -> None:
        raise LookupError("nobody foresaw this")

    with pytest.raises(ReaderFaultError, match=r"(?s)in stumble.*LookupError: nobody foresaw this"):
        done_apart(stumble, "course.xlsx", LIMITS)


def test_what_waits_for_itself_is_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importer.load.apart._MOST_IDLE", 10)
    with pytest.raises(BrokenReaderError):
        done_apart(signal.pause, "course.xlsx", LIMITS)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_it_ends_the_command(number: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        done_apart(lambda: os.kill(os.getpid(), number), "course.xlsx", LIMITS)


def test_an_answer_that_cannot_be_sent_is_a_fault_of_ours() -> None:
    with pytest.raises(ReaderFaultError, match="code=1"):
        done_apart(lambda: threading.Lock(), "course.xlsx", LIMITS)


def test_limits_without_end_and_a_system_that_gives_no_larger_pipe_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import fcntl

    def refused(*_: object) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(fcntl, "fcntl", refused)
    assert done_apart(lambda: "read", "course.xlsx", FileLimits(max_seconds=2**70, max_memory_mb=2**70)) == "read"


def test_a_narrower_limit_of_the_whole_process_is_named() -> None:
    code = """
from importer.load.apart import done_apart
from importer.quotas import FileLimits
def endless():
    while True:
        pass
done_apart(endless, "course.xlsx", FileLimits())
"""
    line = f"ulimit -t 3; exec '{sys.executable}' -c '{code}'"
    ran = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "TooLargeError: course.xlsx: reading it takes more than 3 s of computing; split it" in ran.stderr


def test_it_ends_with_a_command_that_is_killed(tmp_path: Path) -> None:
    number = tmp_path / "number"
    code = f"""
import os, pathlib, signal
from importer.load.apart import done_apart
from importer.quotas import FileLimits
def wait():
    pathlib.Path({str(number)!r}).write_text(str(os.getpid()))
    os.kill(os.getppid(), signal.SIGKILL)
    signal.pause()
done_apart(wait, "course.xlsx", FileLimits())
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    for _ in range(200):
        if not Path(f"/proc/{number.read_text()}").exists():
            return
        time.sleep(0.05)
    pytest.fail("it went on for 10 seconds")


@pytest.mark.parametrize(("name", "code"), [("onboarding.xlsx", 0), ("with_mistakes.xlsx", 1)])
def test_a_command_without_a_console_reads_as_well(name: str, code: int, root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "sample_data" / name, tmp_path)
    command = f'exec "{sys.executable}" -m importer check {name} <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, check=False).returncode == code


def test_it_ends_with_who_waits_for_it(tmp_path: Path) -> None:
    def write_number() -> None:
        (tmp_path / "number").write_text(str(os.getpid()))
        time.sleep(0.2)  # until it is waited for
        os.kill(os.getppid(), signal.SIGALRM)
        signal.pause()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            done_apart(write_number, "course.xlsx", LIMITS)
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
        return done_apart(work, name, limits)

    monkeypatch.setattr(importer.load, "done_apart", noted)
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
