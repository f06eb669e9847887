"""What the options do, and where settings come from."""

import sqlite3
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import NO_LIMITS, OPS, Drop, Fault, Server
from tests.flow.commands import (
    LESSON_HEADINGS,
    PACE,
    Run,
    held,
    lessons_csv,
    process,
    sections_csv,
    sent,
    titles,
    write_csv,
)
from tests.flow.conftest import sign_in

CANARIES = {
    "NEXUDUS_TOKEN": "canary-token-7f3",
    "NEXUDUS_PASSWORD": "canary-password-9c1",
    "NEXUDUS_TOTP": "canary-4471",
}


@pytest.fixture
def there(service: Server, tmp_path: Path, importer: Run) -> Path:
    """A file of three lessons, of which the service has two."""
    lessons_csv(tmp_path / "two.csv", 2)
    assert importer("run", "two.csv").code == 0
    service.log.clear()
    return lessons_csv(tmp_path / "a.csv", 3)


def test_on_existing_skip_is_the_default(there: Path, importer: Run, service: Server) -> None:
    answer = importer("run", "a.csv", "--json")
    assert (answer.code, answer.counts) == (0, {"exists": 2, "created": 1})
    numbers = {record["Title"]: record["Id"] for record in held(service, LESSON, 104)}
    assert {row["title"]: row["id"] for row in answer.document["rows"]} == numbers
    assert importer("run", "a.csv", "--json", "--on-existing", "skip").counts == {"exists": 3}


def test_on_existing_error_makes_rows_invalid(there: Path, importer: Run, service: Server) -> None:
    answer = importer("run", "a.csv", "--json", "--on-existing", "error")
    assert (answer.code, answer.counts) == (1, {"invalid": 2, "created": 1})
    assert "already in Nexudus" in answer.messages[0]


def test_on_existing_create_sends_all_the_same(there: Path, importer: Run, service: Server) -> None:
    answer = importer("run", "a.csv", "--json", "--on-existing", "create")
    assert (answer.code, answer.counts) == (0, {"created": 3})
    assert sorted(titles(service, LESSON)) == ["Lesson 1", "Lesson 1", "Lesson 2", "Lesson 2", "Lesson 3"]


@pytest.mark.parametrize("both_removed", [False, True])
def test_on_existing_create_goes_on_with_a_run_that_left_rows_open(
    there: Path, importer: Run, service: Server, both_removed: bool
) -> None:
    colleague = Fault(method="POST", containing="Lesson 2", colleague=True, drop=Drop.RESET, nth=1)
    service.faults.add(colleague)
    command = ("run", "a.csv", "--json", "--on-existing", "create", "--settle", 1)
    first = importer(*command)
    assert (first.code, first.document["status"]) == (5, "completed")
    assert first.counts == {"created": 2, "unknown": 1}
    before = len(titles(service, LESSON))
    assert importer(*command).counts == {"exists": 2, "unknown": 1}
    assert len(titles(service, LESSON)) == before
    twins = [int(one["Id"]) for one in held(service, LESSON, 104) if one["Title"] == "Lesson 2"][-2:]
    for number in twins[: 2 if both_removed else 1]:
        service.store.delete(LESSON, number)
    assert importer(*command).counts == {"exists": 2, "created": 1}
    assert importer(*command).counts == {"created": 3}


def test_duplicates_are_errors_unless_they_are_allowed(importer: Run, service: Server, tmp_path: Path) -> None:
    row = [104, "", "Twin", 1, "Immediate", "Visited", "yes"]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, [row, row])
    answer = importer("check", "a.csv", "--json")
    assert (answer.code, answer.counts) == (1, {"pending": 1, "invalid": 1})
    allowed = importer("run", "a.csv", "--json", "--allow-duplicates")
    assert (allowed.code, allowed.counts, titles(service, LESSON)) == (0, {"created": 2}, ["Twin", "Twin"])
    assert importer("run", "a.csv", "--json", "--allow-duplicates").counts == {"exists": 2}


def test_all_or_nothing_sends_nothing_where_a_row_has_an_error(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [[104, "", "A", 1, "Immediate", "Visited", "yes"], [104, "", "B", "x", "Immediate", "Visited", "yes"]]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)
    answer = importer("run", "a.csv", "--json", "--all-or-nothing")
    assert (answer.code, answer.counts, sent(service)) == (1, {"pending": 1, "invalid": 1}, [])
    assert answer.document["status"] == "refused"
    assert any("--all-or-nothing" in problem["message"] for problem in answer.document["problems"])
    lessons_csv(tmp_path / "b.csv", 2)
    assert importer("run", "b.csv", "--json", "--all-or-nothing").counts == {"created": 2}


def test_course_id_serves_rows_without_one(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [["", "", "A", 1, "Immediate", "Visited", "yes"], [102, "", "B", 1, "Immediate", "Visited", "yes"]]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)
    write_csv(tmp_path / "b.csv", LESSON_HEADINGS[1:], [["", "C", 1, "Immediate", "Visited", "yes"]])
    assert importer("run", "a.csv", "b.csv").code == 2
    answer = importer("run", "a.csv", "b.csv", "--course-id", 104, "--json")
    assert (answer.code, answer.counts) == (0, {"created": 3}), answer.messages
    assert sorted(titles(service, LESSON)) == ["A", "C"]
    assert "B" in titles(service, LESSON, 102)


def test_default_fills_the_blank_cells_of_a_column(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [[104, "", "A", 1, "Immediate", "Visited", ""], [104, "", "B", 2, "", "Visited", "no"]]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)
    assert "left blank on 1 row" in importer("check", "a.csv").stdout
    words = ("--default", "Active=yes", "--default", "unlock type=sequential")
    assert importer("run", "a.csv", *words).code == 0
    made = {record["Title"]: (record["Active"], record["UnlockType"]) for record in held(service, LESSON, 104)}
    assert made == {"A": (True, 1), "B": (False, 2)}


def test_kind_says_what_cannot_be_told(importer: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["CourseId", "Title", "Order", "Unlock"], [[104, "A", 1, 1]])
    told = importer("check", "a.csv", "--kind", "sections", "--json")
    assert (told.code, told.document["rows"][0]["kind"]) == (0, "sections")
    wrong = importer("check", "a.csv", "--kind", "lessons")
    assert wrong.code == 2 and "CompletionType" in wrong.stderr


def test_encoding_and_delimiter_can_be_told(importer: Run, tmp_path: Path) -> None:
    text = ":".join(LESSON_HEADINGS) + "\n104::Łódź:1:Immediate:Visited:yes\n"
    (tmp_path / "a.csv").write_bytes(text.encode("cp1250"))
    answer = importer("check", "a.csv", "--delimiter", ":", "--encoding", "cp1250", "--json")
    assert (answer.code, [row["title"] for row in answer.document["rows"]]) == (0, ["Łódź"])


def test_report_dir_takes_the_reports(importer: Run, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    lessons_csv(tmp_path / "a.csv", 1)
    answer = importer("check", "a.csv", "--report-dir", "reports", "--json")
    assert [Path(path) for path in answer.document["reports"]] == [Path("reports/a.report.csv")]
    assert not (tmp_path / "a.report.csv").exists()


def test_quiet_says_only_what_went_wrong_and_verbose_everything(importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "good.csv", 1)
    bad = [[104, "", f"L{n}", "x", "Immediate", "Visited", "yes"] for n in range(30)]
    write_csv(tmp_path / "bad.csv", LESSON_HEADINGS, bad)
    quiet = importer("check", "good.csv", "--quiet")
    assert (quiet.code, quiet.stdout, quiet.stderr) == (0, "", "")
    assert "30 invalid" in importer("check", "bad.csv", "--quiet").stdout
    assert importer("check", "bad.csv").stdout.count("is not a whole number") == 1
    assert importer("check", "bad.csv", "--verbose").stdout.count("is not a whole number") == 31


def test_the_journal_is_where_it_is_said(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("run", "a.csv", "--journal", "here/journal.db").code == 0
    with sqlite3.connect(tmp_path / "here" / "journal.db") as journal:
        states = journal.execute("SELECT DISTINCT state FROM row").fetchall()
    journal.close()
    assert states == [("done",)]


def test_a_limit_of_the_day_counts_what_earlier_runs_used(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 2)
    assert importer("run", "a.csv", "--writes-per-day", 3).code == 0
    lessons_csv(tmp_path / "b.csv", 2, section="")
    text = (tmp_path / "b.csv").read_text(encoding="utf-8").replace("Lesson", "More")
    (tmp_path / "b.csv").write_text(text, encoding="utf-8")
    assert "still allows 1 write" in importer("plan", "b.csv", "--writes-per-day", 3).stdout
    answer = importer("run", "b.csv", "--writes-per-day", 3, "--json", "--concurrency", 1)
    assert (answer.code, answer.counts) == (4, {"created": 1, "pending": 1})
    again = importer("run", "b.csv", "--writes-per-day", 0, "--json")
    assert (again.code, again.counts) == (0, {"created": 1, "exists": 1})


# --- where settings come from -------------------------------------------------------------------------------


def test_options_come_before_the_environment_and_that_before_the_file(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [["", "", "A", 1, "Immediate", "Visited", "yes"]]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)

    def report() -> str:
        (path,) = importer("check", "a.csv", "--json", *words).document["reports"]
        return Path(path).parent.name

    words: list[str] = []
    for name in ("file", "environment", "option"):
        (tmp_path / name).mkdir()
    (tmp_path / ".env").write_text("IMPORTER_COURSE_ID=104\nIMPORTER_REPORT_DIR=file\n", encoding="utf-8")
    assert report() == "file"
    monkeypatch.setenv("IMPORTER_REPORT_DIR", "environment")
    assert report() == "environment"
    words += ["--report-dir", "option"]
    assert report() == "option"


def test_the_sign_in_can_stand_in_a_file(
    importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEXUDUS_USERNAME")
    monkeypatch.delenv("NEXUDUS_PASSWORD")
    (tmp_path / ".env").write_text(f"NEXUDUS_USERNAME={OPS.name}\nNEXUDUS_PASSWORD={OPS.password}\n", encoding="utf-8")
    lessons_csv(tmp_path / "a.csv", 1)
    assert importer("run", "a.csv", "--json").counts == {"created": 1}


def test_json_can_be_asked_for_by_the_environment(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_JSON", "1")
    lessons_csv(tmp_path / "a.csv", 1)
    assert importer("check", "a.csv").counts == {"pending": 1}
    assert importer("check", "gone.csv").document["status"] == "refused"


@pytest.mark.parametrize("words", [("--limit", "x"), ("--nosuch",), ("--course-id",)])
@pytest.mark.parametrize("place", ["environment", ".env", "option"])
def test_who_asked_for_json_gets_it_also_where_settings_or_usage_are_wrong(
    tmp_path: Path, place: str, words: tuple[str, ...]
) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    asked = "IMPORTER_JSON=yes\n" if place == ".env" else ""
    (tmp_path / ".env").write_text(f"{asked}IMPORTER_LIMIT=many\n", encoding="utf-8")
    env = {"IMPORTER_JSON": "yes"} if place == "environment" else {}
    option = ("--json",) if place == "option" else ()
    answer = process("run", "a.csv", *option, *words, cwd=tmp_path, env=env)
    assert (answer.code, answer.document["status"]) == (2, "refused")
    (problem,) = answer.document["problems"]
    assert problem["message"] in answer.stderr


@pytest.mark.parametrize("command", ["export", "outline", "show"])
def test_commands_without_reports_do_so_too(importer: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("IMPORTER_JSON", "yes")
    words = ["lessons", 5001] if command == "show" else ["--course-id", 101]
    answer = importer(command, *words, "--min-interval", "x")
    assert (answer.code, answer.document["status"]) == (2, "refused")


def test_json_is_not_made_of_an_answer_to_nobody_who_asked(tmp_path: Path) -> None:
    assert process("run", "--nosuch", cwd=tmp_path, env={"IMPORTER_JSON": "maybe"}).stdout == ""
    (tmp_path / ".env").write_bytes(b"IMPORTER_LANG=\xff\n")
    assert process("run", "--nosuch", cwd=tmp_path).stdout == ""
    answer = process("run", "--nosuch", cwd=tmp_path, env={"IMPORTER_JSON": "yes"})
    assert answer.document["status"] == "refused"


@pytest.mark.parametrize(
    "words",
    [
        ("template", "lessons", "-o", "there.csv"),
        ("outline", "a.csv", "-o", "there.svg"),
        ("export", "--course-id", 102, "-o", "there.xlsx"),
        ("show", "courses", 102, "-o", "there.csv"),
        ("plan", "a.csv", "-o", "there.plan.json"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_there_is_replaced_where_the_environment_says_so(
    words: tuple[object, ...], importer: Run, service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    there = tmp_path / str(words[-1])
    there.write_text("mine", encoding="utf-8")
    assert (importer(*words).code, there.read_text(encoding="utf-8")) == (2, "mine")
    monkeypatch.setenv("IMPORTER_FORCE", "yes")
    answer = importer(*words)
    assert (answer.code, there.read_bytes() == b"mine") == (0, False), answer


def test_a_setting_of_the_environment_that_cannot_be_used_is_named(
    importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "many")
    lessons_csv(tmp_path / "a.csv", 1)
    answer = importer("check", "a.csv")
    assert (answer.code, answer.stderr) == (
        2,
        'IMPORTER_CONCURRENCY cannot be used: expected a whole number, found "many".\n',
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "cats"), '--kind cannot be used: expected courses, sections or lessons, found "cats".'),
        (("--course-id", "x"), '--course-id cannot be used: expected a whole number, found "x".'),
        (
            ("--course-id", 2**63),
            '--course-id cannot be used: expected 2147483647 or less, found "9223372036854775808".',
        ),
        (("--lang", "xx"), '--lang cannot be used: expected en or es, found "xx".'),
    ],
)
def test_a_value_that_an_option_cannot_have_is_told_in_our_words(
    words: tuple[object, ...], said: str, importer: Run, tmp_path: Path
) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    answer = importer("check", "a.csv", "--json", *words)
    assert (answer.code, answer.messages, answer.stderr.strip()) == (2, [said], said)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (999, "There is no course 999 in Nexudus, or this account cannot see it.\n"),
        ("9" * 20, f"--course-id cannot be used: expected 2147483647 or less, found {'9' * 20}.\n"),
    ],
)
@pytest.mark.parametrize("words", [("template", "course", "-o", "t.xlsx"), ("outline",)], ids=lambda words: words[0])
def test_a_course_that_is_not_there_is_said_to_be_missing(
    words: tuple[str, ...], number: object, said: str, importer: Run, service: Server
) -> None:
    answer = importer(*words, "--course-id", number)
    assert (answer.code, answer.stderr.replace('"', "")) == (2, said)


# --- secrets ------------------------------------------------------------------------------------------------


def everything_written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("signed_in", ["token", "password", "neither"])
def test_no_secret_is_ever_shown_or_kept(
    signed_in: str, importer: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the sign-in works or not, its words are in no output, report or journal."""
    user = OPS.__class__(name=OPS.name, password=CANARIES["NEXUDUS_PASSWORD"], totp=CANARIES["NEXUDUS_TOTP"])
    token = CANARIES["NEXUDUS_TOKEN"] if signed_in == "token" else "another"
    lessons_csv(tmp_path / "a.csv", 3)
    with Server(limits=NO_LIMITS, users=(user,), token=token) as server:
        sign_in(monkeypatch, server)
        monkeypatch.setenv("IMPORTER_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.delenv("NEXUDUS_PASSWORD")
        names = {"token": ["NEXUDUS_TOKEN"], "neither": ["NEXUDUS_TOKEN"]}.get(signed_in, list(CANARIES)[1:])
        for name in names:
            monkeypatch.setenv(name, CANARIES[name])
        answers = [importer(command, "a.csv", *more) for command in ("plan", "run") for more in ([], ["--json"])]
    assert {answer.code for answer in answers} == ({3} if signed_in == "neither" else {0})
    shown = "".join(answer.stdout + answer.stderr for answer in answers)
    assert "canary" not in shown
    assert b"canary" not in everything_written(tmp_path)


def test_a_token_that_was_given_out_is_not_kept_either(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    answer = importer("run", "a.csv", "--json", "--verbose", "--journal", tmp_path / "j.db")
    assert answer.code == 0
    written = everything_written(tmp_path)
    assert b"Bearer" not in written and OPS.password.encode() not in written


def test_there_is_no_option_for_a_secret(importer: Run) -> None:
    for command in ("plan", "run"):
        text = importer(command, "--help").stdout.lower()
        assert [word for word in ("--token", "--password", "--totp", "--username") if word in text] == []


# --- the embedded sandbox -----------------------------------------------------------------------------------


def test_a_rehearsal_needs_no_account_and_shows_the_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sections_csv(tmp_path / "s.csv", 2)
    lessons_csv(tmp_path / "l.csv", 2, section="Section 2")
    env = {f"IMPORTER_{name}": "0" for name in PACE}
    answer = process("run", "s.csv", "l.csv", "--sandbox", cwd=tmp_path, env=env)
    assert answer.code == 0, answer
    assert "4 rows: 4 created." in answer.stdout
    outline = answer.stdout.partition("Course 104")[2]
    assert outline.index("Section 1") < outline.index("Section 2") < outline.index("Lesson 1  [Immediate; Visited]")
    again = process("run", "s.csv", "l.csv", "--sandbox", "--json", cwd=tmp_path, env=env)
    assert (again.code, again.counts, again.stderr) == (0, {"exists": 4}, "")


def test_sections_of_one_file_serve_lessons_of_another(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "l.csv", 2, section="Section 1")
    sections_csv(tmp_path / "s.csv", 1)
    assert importer("run", "l.csv", "s.csv", "--json").counts == {"created": 3}
    (section,) = held(service, SECTION, 104)
    assert {record["SectionId"] for record in held(service, LESSON, 104)} == {section["Id"]}


def test_messages_tell_several_files_apart(importer: Run, tmp_path: Path) -> None:
    """Two files of one name, and a workbook whose sheet any other workbook has, too."""
    row = [104, "", "Twin", 1, "Immediate", "Visited", "yes"]
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        write_csv(tmp_path / folder / "a.csv", LESSON_HEADINGS, [row])
    book = Workbook()
    book.worksheets[0].title = "Lessons"
    for cells in (LESSON_HEADINGS, row):
        book.worksheets[0].append(cells)
    book.save(tmp_path / "b.xlsx")
    answer = importer("check", "north/a.csv", "south/a.csv", "b.xlsx", "--json")
    said = [message for message in answer.messages if "here twice" in message]
    assert [message.partition(" has the same")[0] for message in said] == [
        'south/a.csv, row 2, column C "Title": "Twin" is here twice: north/a.csv, row 2',
        'b.xlsx, Lessons, row 2, column C "Title": "Twin" is here twice: north/a.csv, row 2',
    ]
    (alone,) = importer("check", "b.xlsx", "--json").by_row().values()
    assert alone["problems"] == []
