"""Files and settings that cannot be used: one clear sentence, exit code 2, 3 or 4, and nothing sent."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, OPS, Drop, Fault, Garble, Server, User
from tests.flow.commands import LESSON_HEADINGS, Answer, Run, environment, lessons_csv, process, sent, titles, write_csv
from tests.flow.conftest import sign_in

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def nowhere(path: Path) -> None:
    path.unlink(missing_ok=True)


def folder(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def header_only(path: Path) -> None:
    write_csv(path, LESSON_HEADINGS, [])


def blank_rows_only(path: Path) -> None:
    write_csv(path, LESSON_HEADINGS, [[""] * 7, ["", " "]])


def picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))


def prose(path: Path) -> None:
    path.write_text("Dear team,\n\nthe outline comes tomorrow.\n", encoding="utf-8")


def locked(path: Path) -> None:
    shutil.copy(SAMPLES / "locked.xlsx", path)


def truncated(path: Path) -> None:
    book = Workbook()
    book.save(path)
    path.write_bytes(path.read_bytes()[:-400])


def without_title(path: Path) -> None:
    write_csv(path, [heading for heading in LESSON_HEADINGS if heading != "Title"], [[101, "", 1, 1, 1, "yes"]])


def title_twice(path: Path) -> None:
    write_csv(path, [*LESSON_HEADINGS, "title *"], [[101, "", "A", 1, 1, 1, "yes", "B"]])


def other_sheets(path: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "Budget"
    book.create_sheet("Notes").append(["something"])
    book.save(path)


UNUSABLE: dict[Callable[[Path], None], tuple[str, ...]] = {
    nowhere: ("there is no such file",),
    folder: ("folder",),
    empty: ("empty",),
    header_only: ("headings", "no rows"),
    blank_rows_only: ("headings", "no rows"),
    picture: ("picture", "not a spreadsheet"),
    prose: ("headings", "Dear team"),
    locked: ("password",),
    truncated: ("damaged",),
    without_title: ("column Title", "missing", "DisplayOrder"),
    title_twice: ("twice", '"Title" (column C)', '"title *" (column H)'),
    other_sheets: ("Sections", "Lessons", "Budget", "Notes"),
}


def refused(plain: Answer, document: Answer, server: Server | None = None) -> str:
    """The sentence with which a command was refused, on stderr and in the document."""
    assert (plain.code, plain.stdout) == (2, ""), plain
    assert document.code == 2
    (problem,) = document.document["problems"]
    assert (document.document["status"], document.document["rows"]) == ("refused", [])
    assert document.document["reports"] == []
    assert (problem["message"] + "\n") == plain.stderr == document.stderr
    assert (problem["severity"], problem["column"]) == ("error", None)
    assert "Traceback" not in plain.stderr
    if server is not None:
        assert server.log.entries == ()
    return plain.stderr.strip()


@pytest.mark.parametrize("make", UNUSABLE, ids=lambda make: make.__name__)
def test_a_file_that_cannot_be_used_is_refused_in_one_sentence(
    make: Callable[[Path], None], importer: Run, service: Server, tmp_path: Path
) -> None:
    file = tmp_path / "outline.xlsx"
    make(file)
    before = sorted(tmp_path.rglob("*"))
    sentence = refused(importer("run", "outline.xlsx"), importer("run", "outline.xlsx", "--json"), service)
    assert sentence.startswith("outline.xlsx") and sentence.endswith(".")
    assert [part for part in UNUSABLE[make] if part not in sentence] == []
    assert sorted(tmp_path.rglob("*")) == before


def test_one_unusable_file_keeps_the_others_of_the_command_from_being_sent(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    refused(importer("run", "good.csv", "gone.csv"), importer("run", "good.csv", "gone.csv", "--json"), service)
    assert list(tmp_path.glob("*report*")) == []


SETTINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no report folder": (("--report-dir", "gone"), ("gone", "no such folder")),
    "a file as report folder": (("--report-dir", "good.csv"), ("good.csv", "not a folder")),
    "plain http": (("--base-url", "http://spaces.nexudus.com"), ("--base-url", "https://")),
    "no address": (("--base-url", "spaces.nexudus.com"), ("--base-url", "https://")),
    "sign-in in the address": (("--base-url", "https://me:secret@spaces.nexudus.com"), ("--base-url",)),
    "default without value": (("--default", "Active"), ("--default", "Active")),
    "default of no field": (("--default", "Colour=green"), ("Colour",)),
    "default that cannot be": (("--default", "UnlockType=Sometimes"), ("UnlockType", "Sometimes")),
    "course 0": (("--course-id", "0"), ("--course-id", "1 or more")),
    "too many workers": (("--concurrency", "1000"), ("--concurrency", "256 or less")),
    "negative pause": (("--min-interval=-1",), ("--min-interval", "0 or more")),
    "two delimiters": (("--delimiter", ";;"), ("--delimiter",)),
    "no such encoding": (("--encoding", "klingon"), ("--encoding",)),
    "a journal that is none": (("--journal", "good.csv"), ("good.csv", "--journal")),
    "update only": (("--update-only",), ("--update-only", "--on-existing update")),
    "the same file twice": (("./good.csv",), ("twice",)),
}


def test_an_option_that_goes_only_with_another_one_is_not_told_as_a_wrong_value(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "good.csv", 1)
    reason = "cannot be used: it goes only with --on-existing update.\n"
    assert importer("check", "good.csv", "--update-only").stderr == f"--update-only {reason}"
    monkeypatch.setenv("IMPORTER_UPDATE_ONLY", "yes")
    assert importer("check", "good.csv").stderr == f"IMPORTER_UPDATE_ONLY {reason}"


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_cannot_be_used_is_refused_in_one_sentence(
    case: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    words, parts = SETTINGS[case]
    sentence = refused(importer("run", "good.csv", *words), importer("run", "good.csv", *words, "--json"), service)
    assert [part for part in parts if part not in sentence] == []
    assert "secret" not in sentence


def test_a_report_folder_that_cannot_be_written_is_found_out_first(
    importer: Run, service: Server, tmp_path: Path, nobodys_folder: Path
) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    words = ("run", "good.csv", "--report-dir", nobodys_folder)
    assert str(nobodys_folder) in refused(importer(*words), importer(*words, "--json"), service)


def test_neither_token_nor_password_is_refused(importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    for command in ("plan", "run"):
        sentence = refused(importer(command, "good.csv"), importer(command, "good.csv", "--json"))
        assert "NEXUDUS_TOKEN" in sentence and "NEXUDUS_PASSWORD" in sentence
    assert importer("check", "good.csv").code == 0


def test_a_run_of_no_file_says_what_to_name(importer: Run, service: Server) -> None:
    sentence = refused(importer("run"), importer("run", "--json"), service)
    assert sentence == "No file was given. Name the spreadsheet to import."


MISTYPED: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown option": (("run", "good.csv", "--colour"), "--colour"),
    "no file": (("check",), "FILE"),
    "unknown command": (("runn", "good.csv"), "runn"),
}


@pytest.mark.parametrize("case", MISTYPED)
def test_a_mistyped_command_is_answered_with_its_usage(case: str, importer: Run, service: Server) -> None:
    words, part = MISTYPED[case]
    plain, document = importer(*words), importer(*words, "--json")
    assert (plain.code, plain.stdout, document.code) == (2, "", 2)
    assert plain.stderr.startswith("Usage: ") and part in plain.stderr
    (problem,) = document.document["problems"]
    assert document.document["status"] == "refused"
    assert part in problem["message"]
    assert service.log.entries == ()


@pytest.mark.parametrize(("option", "value"), [("--course-id", "ten"), ("--on-existing", "maybe")])
def test_a_value_that_an_option_cannot_have_is_refused(
    option: str, value: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    words = ("run", "good.csv", option, value)
    sentence = refused(importer(*words), importer(*words, "--json"))
    assert sentence.startswith(f"{option} cannot be used: expected ")
    assert service.log.entries == ()


# --- the sign-in and the service -------------------------------------------------------------------------


def pending(answer: Answer, code: int, status: str) -> str:
    """What a run said that stopped before the first write, its rows all in the report."""
    assert answer.code == code, answer
    document = answer.document
    assert (document["status"], answer.counts, document["requests"]["writes"]) == (status, {"pending": 2}, 0)
    assert len(answer.stderr.splitlines()) == 1
    (path,) = document["reports"]
    assert Path(path).read_text(encoding="utf-8").count("pending") == 2
    stop = document["problems"][-1]
    assert stop["message"] + "\n" == answer.stderr
    return answer.stderr


def test_a_wrong_password_ends_with_3_before_the_first_write(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUDUS_PASSWORD", "canary-of-a-password")
    lessons_csv(tmp_path / "good.csv", 2)
    said = pending(importer("run", "good.csv", "--json"), 3, "refused")
    assert OPS.name in said and "canary" not in said
    assert sent(service) == []


def test_a_token_that_is_no_longer_good_ends_with_3(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXUDUS_TOKEN", "canary-of-a-token")
    monkeypatch.delenv("NEXUDUS_PASSWORD")
    lessons_csv(tmp_path / "good.csv", 2)
    assert "canary" not in pending(importer("run", "good.csv", "--json"), 3, "refused")
    assert sent(service) == []


@pytest.mark.parametrize("role", ["CourseLesson-List", "CourseLesson-Create"])
def test_a_missing_role_ends_with_3(role: str, importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = User(name=OPS.name, password=OPS.password, missing_roles=frozenset({role}))
    lessons_csv(tmp_path / "good.csv", 2)
    with Server(limits=NO_LIMITS, users=(user,)) as server:
        sign_in(monkeypatch, server)
        answer = importer("run", "good.csv", "--json")
    assert (answer.code, answer.document["status"], answer.counts) == (3, "refused", {"pending": 2})
    assert role in answer.stderr
    assert titles(server, LESSON) == []


def test_an_unreachable_service_ends_with_4_and_every_row_in_the_report(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    with Server(limits=NO_LIMITS) as server:
        sign_in(monkeypatch, server)
    said = pending(importer("run", "good.csv", "--json"), 4, "stopped")
    assert server.base_url in said


@pytest.mark.parametrize(
    "fault",
    [Fault(path="*", drop=Drop.RESET), Fault(path="*", garble=Garble.HTML), Fault(path="*", work=False, status=500)],
    ids=["reset", "web page", "500"],
)
def test_a_sign_in_without_a_usable_answer_ends_with_4(
    fault: Fault, importer: Run, service: Server, tmp_path: Path
) -> None:
    service.faults.add(fault)
    lessons_csv(tmp_path / "good.csv", 2)
    pending(importer("run", "good.csv", "--json"), 4, "stopped")
    assert sent(service) == []


WITH_LITTLE_MEMORY = """
import resource, sys
import importer.cli.console, importer.load, importer.normalise, importer.validate, importer.report
from importer.cli import main
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + int(sys.argv.pop(1)) * 2**20, resource.RLIM_INFINITY))
main()
"""


OUT_OF_MEMORY = {
    2: "large.csv: there is not enough memory to read it; close other programs, or split the file.",
    4: "There is not enough memory. Close other programs, or split the spreadsheet into smaller files; then run the "
    "command again: what is there already is not sent twice.",
}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process takes is told in other ways elsewhere")
@pytest.mark.parametrize(("left", "codes"), [(30, {2}), (120, {2, 4})], ids=["while it is read", "at the latest after"])
def test_where_memory_runs_out_it_is_said(left: int, codes: set[int], tmp_path: Path) -> None:
    rows = ([104, "", f"Lesson {n}", "", "Immediate", "Visited", "yes", "x" * 1000] for n in range(50_000))
    write_csv(tmp_path / "large.csv", (*LESSON_HEADINGS, "LessonContents"), rows)
    line = [sys.executable, "-c", WITH_LITTLE_MEMORY, str(left), "check", "large.csv", "--json"]
    ran = subprocess.run(line, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode in codes, ran.stderr
    assert ran.stderr == OUT_OF_MEMORY[ran.returncode] + "\n"
    assert json.loads(ran.stdout)["problems"][0]["message"] == OUT_OF_MEMORY[ran.returncode]


def test_it_is_so_for_a_process_too(tmp_path: Path, service: Server) -> None:
    plain, document = (process("run", "gone.csv", *more, cwd=tmp_path) for more in ([], ["--json"]))
    assert refused(plain, document, service) == "gone.csv: there is no such file."
