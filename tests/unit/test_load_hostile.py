"""Files made to cost time or memory: refused in one sentence, before anything makes room for them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from importer.errors import FileError, SettingError, TooLargeError
from importer.load import load
from importer.problems import Code
from importer.settings import FileLimits, read_settings
from tests import hostile

pytestmark = pytest.mark.xdist_group("hostile")  # so that the files are made once

MOST_MEMORY: Final = 400
"""MiB, of which pandas alone takes 100."""
MOST_SECONDS: Final = 10.0
"""For each file, on a machine that has much else to do."""

LOAD_ALL: Final = r"""
import json, pathlib, re, resource, sys, time
from importer.errors import FileError
from importer.load import load
from importer.problems import Code
from importer.settings import FileLimits, read_settings
said = {}
for path in sys.argv[1:]:
    started = time.perf_counter()
    try:
        load(path)
        answer = "read"
    except FileError as error:
        answer = error.message
    said[path] = (answer, time.perf_counter() - started)
own = pathlib.Path("/proc/self/status")
if own.exists():  # what Linux tells otherwise begins with the memory of the process that started this one
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", own.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
peak = max(peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)  # workbooks are read apart
print(json.dumps([peak / 2**20, said]))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all of them."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, make in {**{name: make for name, (_, make) in hostile.REFUSED.items()}, **hostile.READ}.items():
        make(folder / name)
    return folder


@pytest.mark.parametrize("name", hostile.REFUSED)
def test_it_is_refused_in_one_sentence_that_says_why(name: str, files: Path) -> None:
    part, _ = hostile.REFUSED[name]
    with pytest.raises(FileError) as caught:
        load(str(files / name))
    said = caught.value.message.removeprefix(str(files / name))
    assert part in said and "\n" not in said and said.endswith(".")
    assert ("IMPORTER_MAX_" in said) == isinstance(caught.value, TooLargeError)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the peak memory so")
def test_all_together_take_neither_time_nor_memory(files: Path, root: Path) -> None:
    """In one process of its own, those that are only odd among them, which are read."""
    command = [sys.executable, "-c", LOAD_ALL, *map(str, files.iterdir())]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True, cwd=root)
    memory, said = json.loads(done.stdout)
    assert memory < MOST_MEMORY
    assert max(seconds for _, seconds in said.values()) < MOST_SECONDS
    assert {Path(path).name for path, (answer, _) in said.items() if answer == "read"} == set(hostile.READ)


def test_rows_between_the_list_and_one_far_cell_are_blank_and_counted(tmp_path: Path) -> None:
    hostile.with_cell(tmp_path / "x.xlsx", "A1048576")
    (sheet,) = load(str(tmp_path / "x.xlsx")).sheets
    assert list(sheet.cells.index) == [2, 1_048_576]
    assert sheet.blank_rows == 1_048_573


def test_a_cell_that_is_too_long_is_a_problem_of_its_row(tmp_path: Path) -> None:
    hostile.long_line(tmp_path / "x.csv", 2 * 10**6)
    (sheet,) = load(str(tmp_path / "x.csv")).sheets
    assert [(problem.code, problem.row) for problem in sheet.problems] == [(Code.TEXT_TOO_LONG, 2)]
    assert load(str(tmp_path / "x.csv"), limits=FileLimits(max_characters=2 * 10**6)).sheets[0].problems == ()


@pytest.mark.parametrize(
    ("limits", "part"),
    [
        (FileLimits(max_rows=1), "to row 2, and at most 1 rows are read"),
        (FileLimits(max_columns=3), "to column D, and at most 3 columns are read"),
        (FileLimits(max_cells=7), "to D2, too far for the 7 that are read"),
        (FileLimits(max_entries=5), "and at most 5 are taken"),
    ],
)
def test_each_limit_can_be_set(limits: FileLimits, part: str, tmp_path: Path) -> None:
    hostile.pack(tmp_path / "x.xlsx", hostile.workbook())
    with pytest.raises(TooLargeError, match=part):
        load(str(tmp_path / "x.xlsx"), limits=limits)
    assert load(str(tmp_path / "x.xlsx")).sheets


def test_a_csv_has_the_same_limits(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("CourseId,Title,DisplayOrder,UnlockType\n101,a,1,Timed\n", encoding="utf-8")
    for limits in (FileLimits(max_rows=1), FileLimits(max_columns=3)):
        with pytest.raises(TooLargeError):
            load(str(tmp_path / "x.csv"), limits=limits)


def test_an_old_workbook_has_them_too(root: Path) -> None:
    sample = root / "tests" / "samples" / "outline.xls"
    with pytest.raises(TooLargeError, match="to column F"):
        load(str(sample), limits=FileLimits(max_columns=5))
    assert load(str(sample)).sheets


def test_an_old_workbook_whose_cell_lies_far_away_is_refused(tmp_path: Path, root: Path) -> None:
    """A text in column 65,536 of row 65,536: the fast reader would make room for 4,294,967,296 cells."""
    content = (root / "tests" / "samples" / "outline.xls").read_bytes()
    at = content.index(b"\xfd\x00\x0a\x00")
    (tmp_path / "x.xls").write_bytes(content[: at + 4] + b"\xff\xff\xff\xff" + content[at + 8 :])
    with pytest.raises(TooLargeError, match="to column CRXP"):
        load(str(tmp_path / "x.xls"))


def test_the_sheets_of_a_workbook_that_is_copied_count_together(root: Path) -> None:
    for ending in ("ods", "xls"):
        sample = root / "tests" / "samples" / f"outline.{ending}"
        with pytest.raises(TooLargeError, match="its sheets together reach over 46 cells, and at most 45 are read"):
            load(str(sample), limits=FileLimits(max_cells=45))
        assert load(str(sample), limits=FileLimits(max_cells=46)).sheets


def test_their_texts_count_together_too(tmp_path: Path) -> None:
    hostile.many_tables(tmp_path / "x.ods", 2, columns=100, rows=100)
    assert load(str(tmp_path / "x.ods"), limits=FileLimits(max_unpacked_mb=2)).sheets
    hostile.many_tables(tmp_path / "x.ods", 4, columns=100, rows=100)
    with pytest.raises(TooLargeError, match=r"x\.ods: with every cell's text written out it has 3 MB, and at most 2"):
        load(str(tmp_path / "x.ods"), limits=FileLimits(max_unpacked_mb=2))


def test_the_limits_are_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMPORTER_MAX_ROWS", "7")
    assert read_settings().max_rows == 7
    monkeypatch.setenv("IMPORTER_MAX_ROWS", "0")
    with pytest.raises(SettingError, match="IMPORTER_MAX_ROWS cannot be used: expected 1 or more"):
        read_settings()


@pytest.mark.skipif(sys.platform != "linux", reason="which files are open is told in other ways elsewhere")
def test_a_file_that_is_refused_is_closed_at_once(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importer.load.can_be_apart", lambda: False)
    kept = []
    for path in sorted(files.iterdir()):
        if path.name in hostile.REFUSED:
            with pytest.raises(FileError) as caught:
                load(str(path))
            kept.append(caught)
    opened = {os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.exists()}
    assert not [one for one in opened if one.startswith(str(files))]
