"""What a person at a terminal sees, and what becomes of a run whose terminal is odd or goes away."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import Fault, Server, throttled
from tests.flow.commands import (
    LESSON_HEADINGS,
    command_line,
    environment,
    lessons_csv,
    posix_only,
    process,
    sent,
    titles,
    until,
    write_csv,
)


def at_a_terminal(*words: object, cwd: Path, types: str = "") -> tuple[int, str]:
    """The exit code and everything that a terminal shows.

    What is typed is typed when the question comes; "^C" is Ctrl-C.
    """
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    try:
        with subprocess.Popen(
            command_line(*words), cwd=cwd, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
        ) as started:
            os.close(theirs)
            shown = _shown(started, ours, types)
            return started.wait(timeout=20), re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", shown).replace("\r\n", "\n")
    finally:
        os.close(ours)


def _shown(started: "subprocess.Popen[bytes]", ours: int, types: str) -> str:
    shown = b""
    until = time.monotonic() + 30
    again = until
    while time.monotonic() < until:
        if not select.select([ours], [], [], 0.2)[0]:
            if time.monotonic() > again:
                started.send_signal(signal.SIGINT)
                again = until
            continue
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
        if types and shown.endswith(b"[y/N] "):
            if types == "^C":
                # Nobody is faster: between its question and its reading, Python would see to it with the next key only.
                # Should the machine be so slow, Ctrl-C is pressed once more.
                time.sleep(0.3)
                started.send_signal(signal.SIGINT)
                again = time.monotonic() + 5
            else:
                os.write(ours, types.encode())
            types = ""
    else:
        started.kill()
    return shown.decode()


@posix_only
@pytest.mark.parametrize("types", ["n\n", "\n", "no way\n", "\x04"], ids=["n", "enter", "words", "end of file"])
def test_a_no_sends_nothing(types: str, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    code, shown = at_a_terminal("run", "a.csv", cwd=tmp_path, types=types)
    assert code == 4, shown
    assert "Would create 3 lessons: 3 writes" in shown
    assert 'into course 104 "Meeting rooms and events"' in shown
    assert f"Send this to {service.base_url}? [y/N]" in shown
    assert "3 rows: 3 not sent yet." in shown
    assert "Nothing was sent, as the answer was no. The same command asks again." in " ".join(shown.split())
    assert "where it stopped" not in shown
    assert sent(service) == []


@posix_only
@pytest.mark.parametrize(("types", "code"), [("n\n", 4), ("^C", 130)])
def test_an_undo_that_is_not_wanted_leaves_nothing(types: str, code: int, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    assert process("run", "a.csv", "--yes", cwd=tmp_path).code == 0
    before = sorted(path.name for path in tmp_path.iterdir())
    ended, shown = at_a_terminal("undo", "last", cwd=tmp_path, types=types)
    assert ended == code, shown
    assert 'in course 104 "Meeting rooms and events"' in shown and "Reports" not in shown
    assert len(titles(service, LESSON)) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert "undo" not in process("runs", cwd=tmp_path).stdout


@posix_only
def test_the_question_comes_with_what_is_wrong_and_with_what_is_new(service: Server, tmp_path: Path) -> None:
    whole = ("BusinessId", "HostId", "Title", "DisplayOrder", "Visibility", "Active")
    write_csv(tmp_path / "c.csv", whole, [[1, 301, "Baking", 1, "Public", "yes"]])
    rows = [[104, "", "A", 1, "Immediate", "Visited", ""], [104, "", "B", "x", "Immediate", "Visited", "yes"]]
    write_csv(tmp_path / "l.csv", LESSON_HEADINGS, rows)
    code, shown = at_a_terminal("run", "c.csv", "l.csv", cwd=tmp_path, types="n\n")
    before = " ".join(shown.partition("Send this to")[0].split())
    assert code == 4, shown
    assert before.startswith("3 rows: 1 invalid, 2 to be created. Would create 1 course and 1 lesson: 2 writes")
    assert 'into course 104 "Meeting rooms and events" into the new course "Baking"' in before
    assert 'Errors l.csv, row 3, column D "DisplayOrder": "x" is not a whole number.' in before
    assert 'Warnings "Active": left blank on 1 row.' in before
    assert "Next" not in before and sent(service) == []


@posix_only
def test_ctrl_c_at_the_question_sends_nothing(service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    code, shown = at_a_terminal("run", "a.csv", cwd=tmp_path, types="^C")
    assert code == 130, shown
    assert "3 rows: 3 not sent yet." in shown and "Stopped on request." in shown
    assert sent(service) == []
    assert (tmp_path / "a.report.csv").read_text(encoding="utf-8").count("pending") == 3


@posix_only
def test_a_yes_sends_and_a_bar_shows_the_counts(service: Server, tmp_path: Path) -> None:
    service.faults.add(throttled("1", nth=10), Fault(method="POST", path="*lessons", wait_after=0.2))
    lessons_csv(tmp_path / "a.csv", 8)
    code, shown = at_a_terminal("run", "a.csv", cwd=tmp_path, types="y\n")
    assert code == 0, shown
    assert re.search(r"100%.*8/8 rows.*8 created", shown)
    assert "Nexudus asked for a pause of 1 s" in shown
    assert "8 rows: 8 created." in shown
    assert len(titles(service, LESSON)) == 8


@posix_only
def test_nobody_is_asked_with_yes_or_where_there_is_nothing_to_send(service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    code, shown = at_a_terminal("run", "a.csv", "--yes", cwd=tmp_path)
    assert (code, "[y/N]" in shown) == (0, False)
    code, shown = at_a_terminal("run", "a.csv", cwd=tmp_path)
    assert (code, "[y/N]" in shown, "2 there already" in shown) == (0, False, True)


def test_without_a_terminal_nobody_is_asked_and_there_is_no_bar(service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    answer = process("run", "a.csv", cwd=tmp_path)
    assert (answer.code, answer.stderr) == (0, "")
    assert answer.stdout.startswith("2 rows: 2 created.\n")


# --- odd terminals ---------------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_does_not_break_the_run(service: Server, tmp_path: Path) -> None:
    """As with `| head -1`: the pipe's other end is closed long before anything is printed."""
    lessons_csv(tmp_path / "a.csv", 3)
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            command_line("run", "a.csv", "--verbose"),
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(titles(service, LESSON)) == 3
    assert (tmp_path / "a.report.csv").exists()


@pytest.mark.parametrize("words", [["run", "Übung.csv"], ["check", "Übung.csv", "--verbose", "--json"]])
def test_a_console_that_lacks_characters_does_not_break_it(words: list[str], service: Server, tmp_path: Path) -> None:
    rows = [[104, "", "Łódź \N{DRAGON}", 1, "Immediate", "Visited", "yes"], [104, "", "B", "drei½", 1, 1, "y"]]
    write_csv(tmp_path / "Übung.csv", LESSON_HEADINGS, rows)
    answer = process(*words, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert answer.code == 1
    assert "Traceback" not in answer.stderr
    assert "drei" in answer.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a command always has its three streams there")
def test_closed_streams_do_not_break_it(service: Server, tmp_path: Path) -> None:
    """As a scheduler may start it: without stdin, stdout and stderr."""
    lessons_csv(tmp_path / "a.csv", 2)
    line = " ".join(f"'{word}'" for word in command_line("run", "a.csv"))
    done = subprocess.run(
        ["sh", "-c", f"{line} <&- >&- 2>&-"], cwd=tmp_path, env=environment(), timeout=60, check=False
    )
    assert done.returncode == 0
    assert len(titles(service, LESSON)) == 2


@posix_only
def test_a_terminal_that_is_gone_does_not_break_the_run(service: Server, tmp_path: Path) -> None:
    """As when a connection to the machine breaks and `nohup` keeps the command alive."""
    import pty

    service.faults.add(throttled("1", nth=9), Fault(method="POST", path="*lessons", wait_after=0.1))
    lessons_csv(tmp_path / "a.csv", 12)
    ours, theirs = pty.openpty()
    line = command_line("run", "a.csv", "--yes")
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs) as started:
        os.close(theirs)
        until(service, 3)
        os.close(ours)
        assert started.wait(timeout=30) == 0
    assert len(titles(service, LESSON)) == 12
    assert (tmp_path / "a.report.csv").read_text(encoding="utf-8").count(",created,") == 12


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a stream that is always full is one of Linux")
@pytest.mark.parametrize("words", [[], ["--json"], ["--quiet"]])
def test_an_answer_that_cannot_be_stored_is_told(words: list[str], service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command_line("run", "a.csv", *words),
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    said = "" if words == ["--quiet"] else "The answer could not be printed: no space left on device.\n"
    assert (done.returncode, done.stderr) == (0, said)
    assert len(titles(service, LESSON)) == 2


def test_a_locale_without_any_odd_character_does_not_break_it(service: Server, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, [[104, "", "Łódź", 1, "Immediate", "Visited", "yes"]])
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    answer = process("run", "a.csv", "--verbose", cwd=tmp_path, env=plain)
    assert (answer.code, answer.stderr) == (0, "")
    assert titles(service, LESSON) == ["Łódź"]


@posix_only
def test_an_export_shows_how_many_records_are_read(service: Server, tmp_path: Path) -> None:
    code, shown = at_a_terminal("export", "--course-id", 102, "-o", "a.xlsx", cwd=tmp_path)
    assert code == 0, shown
    assert re.search(r"100% \|█+\| 11/11 records, ", shown)
    assert "Exported 1 course, 3 sections, 8 lessons: a.xlsx" in shown
