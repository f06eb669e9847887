"""`importer template`, `importer sandbox` and the help."""

import contextlib
import itertools
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.flow.commands import PACE, Run, command_line, environment, lessons_csv, posix_only, process

KINDS = {
    "courses": ["Courses"],
    "sections": ["Sections"],
    "lessons": ["Lessons"],
    "course": ["Courses", "Sections", "Lessons"],
}


@pytest.mark.parametrize(("kind", "ending"), [*itertools.product(KINDS, [".xlsx", ".csv", ".XLSX"])])
def test_a_template_of_every_kind_can_be_written_and_is_empty(
    kind: str, ending: str, importer: Run, tmp_path: Path
) -> None:
    file = f"new{ending}"
    made = importer("template", kind, "-o", file)
    if (kind, ending) == ("course", ".csv"):
        assert (made.code, (tmp_path / file).exists()) == (2, False)
        assert "cannot hold courses, sections and lessons together" in made.stderr
        return
    assert (made.code, made.stderr) == (0, "")
    assert made.stdout == f"{file} is ready to be filled in. Then: importer check {file}\n"
    if ending != ".csv":
        book = load_workbook(tmp_path / file)
        assert [name for name in book.sheetnames if name != "Instructions"] == KINDS[kind]
    checked = importer("check", file)
    assert checked.code == 2 and "no rows" in checked.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has another prompt")
@pytest.mark.parametrize("name", ["new outline.csv", "it's $(new).csv"])
def test_the_command_that_comes_next_can_be_pasted(name: str, importer: Run, tmp_path: Path) -> None:
    made = importer("template", "lessons", "-o", name)
    command = made.stdout.rstrip("\n").split("Then: ")[1]
    assert shlex.split(command) == ["importer", "check", name]


def test_a_template_never_replaces_a_file_unless_forced(importer: Run, tmp_path: Path) -> None:
    file = lessons_csv(tmp_path / "a.csv", 1)
    before = file.read_bytes()
    refused = importer("template", "lessons", "-o", "a.csv")
    assert (refused.code, refused.stdout, file.read_bytes()) == (2, "", before)
    assert "--force" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert importer("template", "lessons", "-o", "a.csv", "--force").code == 0
    assert file.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("chapters", "-o", "a.xlsx"), "chapters"),
        (("lessons", "-o", "a.pdf"), ".xlsx or .csv"),
        (("lessons", "-o", "gone/a.csv"), "gone/a.csv: there is no such folder."),
        (("lessons",), "--output"),
    ],
)
def test_a_template_that_cannot_be_written_is_refused(words: tuple[str, ...], part: str, importer: Run) -> None:
    answer = importer("template", *words)
    assert (answer.code, answer.stdout) == (2, "")
    assert part in answer.stderr and "Traceback" not in answer.stderr


def test_a_filled_template_is_planned_and_run(importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    importer("template", "course", "-o", "outline.xlsx")
    book = load_workbook(tmp_path / "outline.xlsx")
    book["Sections"].append([101, None, "Welcome", 1, "Immediate"])
    book["Lessons"].append([101, None, "Welcome", None, "Hello", 1, "Timed", 7, "Button"])
    book.save(tmp_path / "outline.xlsx")
    assert importer("check", "outline.xlsx", "--json").counts == {"pending": 2}
    for name in PACE:
        monkeypatch.setenv(f"IMPORTER_{name}", "0")
    planned = importer("plan", "outline.xlsx", "--sandbox")
    assert 'into course 101 "Welcome to Riverside Hub"' in planned.stdout
    assert planned.code == 0 and "Would create 1 section and 1 lesson: 2 writes" in planned.stdout
    ran = importer("run", "outline.xlsx", "--sandbox")
    assert ran.code == 0, ran
    assert "2 rows: 2 created." in ran.stdout and "[Timed after 7 days; Button]" in ran.stdout
    assert importer("run", "outline.xlsx", "--sandbox", "--json").counts == {"exists": 2}


# --- the sandbox as a command -----------------------------------------------------------------------------------


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """So that a test that fails does not wait for ever for the process that it started."""
    try:
        yield
    finally:
        process.kill()


@posix_only
def test_the_sandbox_serves_until_ctrl_c_and_keeps_its_file(tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    for counts in ({"created": 2}, {"exists": 2}):
        with (
            subprocess.Popen(
                command_line("sandbox", "--port", 0, "--db", "held.db"),
                cwd=tmp_path,
                env=environment({"PYTHONUNBUFFERED": "1"}),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            ) as started,
            ended(started),
        ):
            assert started.stdout is not None
            told = list(itertools.takewhile(lambda line: "importer run" not in line, started.stdout))
            words = [word for line in told if "export " in line for word in line.split()[1:]]
            env = dict(word.split("=", 1) for word in words)
            answer = process("run", "a.csv", "--json", cwd=tmp_path, env=env)
            started.send_signal(signal.SIGINT)
            _, stderr = started.communicate(timeout=10)
        assert (answer.code, answer.counts) == (0, counts), answer
        assert (started.returncode, stderr) == (0, "")
        assert 'Courses: 101 "Welcome to Riverside Hub"' in "".join(told)


def test_a_sandbox_that_cannot_serve_says_why(importer: Run, tmp_path: Path) -> None:
    import socket

    (tmp_path / "note.txt").write_text("not a database, but long enough to be taken for one" * 30, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = importer("sandbox", "--port", port)
    assert answer.code == 2
    assert f"cannot use port {port}" in answer.stderr
    (tmp_path / "folder").mkdir()
    for name, why in (
        ("note.txt", "it is not a file of its own"),
        ("folder", "it is not a file of its own"),
        ("gone/held.db", "there is no such folder"),
    ):
        no_file = importer("sandbox", "--db", name)
        assert (no_file.code, no_file.stdout) == (2, "")
        assert no_file.stderr == (f"The sandbox cannot keep its records in {name}: {why}. Choose another with --db.\n")


# --- help ---------------------------------------------------------------------------------------------------------


COMMANDS = ("check", "plan", "run", "runs", "report", "retry", "undo", "template", "export", "show", "sandbox")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_ends_with_an_example(command: str, importer: Run) -> None:
    shown = importer(command, "--help")
    assert (shown.code, shown.stderr) == (0, "")
    assert shown.stdout.strip().splitlines()[-1].strip().startswith(f"Example:  importer {command} ")


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("run", "importer run [OPTIONS] FILE..."),
        ("template", "importer template [OPTIONS] KIND"),
        ("export", "importer export [OPTIONS]"),
        ("show", "importer show [OPTIONS] KIND ID..."),
    ],
)
def test_help_names_what_a_command_takes_without_words_of_programmers(command: str, usage: str, importer: Run) -> None:
    shown = importer(command, "--help").stdout
    assert shown.splitlines()[0].endswith(usage)
    assert [mark for mark in ("<", "{", "str", "int", "x>=") if mark in shown.split()] == []


def test_the_list_of_commands_has_whole_sentences_and_says_how_to_sign_in(importer: Run) -> None:
    shown = importer("--help").stdout
    lines = shown.partition("Commands:")[2].partition("Example:")[0].split("\n")
    assert [line for line in lines if line.strip() and not line.endswith(".")] == []
    assert "..." not in shown.partition("Commands:")[2] and "NEXUDUS_TOKEN" in shown


def test_a_bare_command_shows_its_help(importer: Run) -> None:
    assert "Commands:" in importer("--help").stdout
    bare = importer()
    assert bare.code == 2 and "Commands:" in bare.stdout + bare.stderr


def test_help_does_not_load_what_only_commands_need(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['importer', '--help']\n"
        "from importer.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.exit(str(sorted({'pandas', 'pandera', 'httpx', 'openpyxl', 'starlette'} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == "[]\n" and os.linesep in done.stdout
