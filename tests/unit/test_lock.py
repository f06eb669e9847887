"""One writer an account."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from importer.errors import BusyError, JournalError
from importer.lock import only_writer, writer

ROOT = Path(__file__).parents[2]
CODE = """
import sys, time
from pathlib import Path
from importer.lock import only_writer
with only_writer(Path(sys.argv[1]), "address", "account"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_of_the_account_is_told_who_writes(tmp_path: Path) -> None:
    with (
        only_writer(tmp_path / "new", "a", "b", ["mine.xlsx", "odd\udcff.csv"]),
        pytest.raises(BusyError) as caught,
        only_writer(tmp_path / "new", "a", "b", ["other.csv"]),
    ):
        pass
    assert f"(process {os.getpid()} on {platform.node()}, since 20" in caught.value.message
    assert ", importing mine.xlsx, odd" in caught.value.message


def test_other_accounts_and_addresses_are_free(tmp_path: Path) -> None:
    with only_writer(tmp_path, "a", "b"), only_writer(tmp_path, "a", "c"), only_writer(tmp_path, "z", "b"):
        assert len(list(tmp_path.glob("writer-*.txt"))) == 3


def test_it_is_free_again_afterwards_however_that_ended(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="of the body"), only_writer(tmp_path, "a", "b"):
        raise OSError("of the body")
    with only_writer(tmp_path, "a", "b"):
        pass
    assert list(tmp_path.glob("writer-*.txt")) == []


def test_it_dies_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CODE, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(BusyError, match=f"process {process.pid}"), only_writer(tmp_path, "address", "account"):
            pass
        process.kill()
    with only_writer(tmp_path, "address", "account"):
        pass


def test_it_is_told_who_writes_and_for_which_run(tmp_path: Path) -> None:
    assert writer(tmp_path, "a", "b") == ""
    with only_writer(tmp_path, "a", "b", ["mine.xlsx"], run_id="0a1b"):
        told = writer(tmp_path, "a", "b")
        assert told.startswith(f"run 0a1b, process {os.getpid()} on ") and told.endswith(", importing mine.xlsx")
        assert [writer(tmp_path, "a", "b", run_id=one) for one in ("0a1b", "0a", "ffff")] == [told, "", ""]
        assert writer(tmp_path, "a", "c") == ""
    assert writer(tmp_path, "a", "b") == ""


def test_what_a_killed_run_left_is_nobody(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CODE, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        assert f"process {process.pid}" in writer(tmp_path, "address", "account")
        process.kill()
    assert len(list(tmp_path.glob("writer-*.txt"))) == 1
    assert writer(tmp_path, "address", "account") == ""
    assert list(tmp_path.glob("writer-*.txt")) == []


def test_where_nothing_can_be_locked_nobody_is_known(tmp_path: Path) -> None:
    with only_writer(tmp_path, "a", "b"):
        name = next(tmp_path.glob("writer-*.txt"))
    name.write_text("run 0a1b, process 1", encoding="utf-8")
    name.with_suffix(".lock").unlink(missing_ok=True)
    name.with_suffix(".lock").mkdir()
    assert writer(tmp_path, "a", "b") == ""


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="file"), only_writer(tmp_path / "file", "a", "b"):
        pass
