"""The document of `--json`, word for word."""

from pathlib import Path

import pytest

from importer.sandbox import Server
from tests.flow.commands import LESSON_HEADINGS, Record, Run, lessons_csv, process, write_csv

OUTCOMES = [
    *("created", "updated", "deleted", "exists", "skipped"),
    *("invalid", "rejected", "blocked", "failed", "unknown", "pending"),
]
TOP = ["run_id", "status", "counts", "rows", "problems", "requests", "elapsed_s", "reports"]
ROW = ["file", "sheet", "row", "kind", "outcome", "id", "title", "problems", "changes"]
PROBLEM = ["column", "field", "code", "message", "severity", "value"]


def check_shape(document: Record) -> None:
    """Every key and type that the contract names, no others, and counts that add up."""
    assert list(document) == TOP
    assert document["status"] in ("completed", "stopped", "refused")
    assert list(document["counts"]) == OUTCOMES
    assert sum(document["counts"].values()) == len(document["rows"])
    assert list(document["requests"]) == ["writes", "reads", "throttled"]
    assert isinstance(document["run_id"], str) and isinstance(document["elapsed_s"], float)
    assert all(Path(path).is_file() for path in document["reports"])
    for row in document["rows"]:
        check_row(row)
    for problem in document["problems"]:
        check_problem(problem)


def check_row(row: Record) -> None:
    assert list(row) == ROW
    assert row["outcome"] in OUTCOMES and row["kind"] in ("sections", "lessons")
    assert type(row["row"]) is int and row["row"] > 1
    assert row["id"] is None or type(row["id"]) is int
    assert (row["id"] is not None) or row["outcome"] not in ("created", "exists")
    for problem in row["problems"]:
        check_problem(problem)


def check_problem(problem: Record) -> None:
    assert list(problem) == PROBLEM
    assert problem["severity"] in ("error", "warning")
    assert problem["code"] and problem["message"]


@pytest.mark.parametrize("command", ["check", "plan", "run"])
@pytest.mark.parametrize("name", ["onboarding.xlsx", "with_mistakes.xlsx"])
def test_a_workbook_s_document_is_as_promised(
    command: str, name: str, importer: Run, service: Server, sample_data: Path, tmp_path: Path
) -> None:
    file = sample_data / name
    answer = importer(command, file, "--json", "--report-dir", tmp_path)
    document = answer.document
    check_shape(document)
    assert answer.stderr == ""
    assert {row["file"] for row in document["rows"]} == {str(file)}
    assert [row["sheet"] for row in document["rows"]] == sorted(
        (row["sheet"] for row in document["rows"]), reverse=True
    )
    assert {path.rpartition(".report")[0] for path in document["reports"] if "report" in path} != {""}
    assert document["requests"]["writes"] == service.log.count("POST") - service.log.count("POST", "/api/token")


def test_a_csv_has_no_sheet_and_the_path_is_as_given(importer: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    lessons_csv(tmp_path / "in" / "a.csv", 2)
    document = importer("check", "in/a.csv", "--json").document
    check_shape(document)
    first = document["rows"][0]
    assert (first["file"], first["sheet"], first["row"], first["kind"]) == ("in/a.csv", None, 2, "lessons")
    assert (first["outcome"], first["id"], first["title"], first["problems"]) == ("pending", None, "Lesson 1", [])
    assert [Path(path) for path in document["reports"]] == [Path("in/a.report.csv")]


def test_a_problem_names_the_user_s_column_the_field_the_code_and_the_value(importer: Run, tmp_path: Path) -> None:
    headings = [{"DisplayOrder": "Position"}.get(heading, heading) for heading in LESSON_HEADINGS]
    write_csv(tmp_path / "a.csv", headings, [[104, "", "A", "third", "Immediate", "Visited", "yes"]])
    answer = importer("check", "a.csv", "--json")
    check_shape(answer.document)
    (problem,) = answer.document["rows"][0]["problems"]
    assert answer.code == 1
    assert problem == {
        "column": "D Position",
        "field": "DisplayOrder",
        "code": "not-a-whole-number",
        "message": 'a.csv, row 2, column D "Position": "third" is not a whole number. Expected a whole number such '
        "as 1, without units or a fraction. Type only the number.",
        "severity": "error",
        "value": "third",
    }


def test_problems_of_files_stand_beside_the_rows(importer: Run, tmp_path: Path) -> None:
    rows = [[104, "", "A", 1, "Immediate", "Visited", "", "green"]]
    write_csv(tmp_path / "a.csv", [*LESSON_HEADINGS, "Colour"], rows)
    document = importer("check", "a.csv", "--json").document
    assert [(problem["code"], problem["column"], problem["field"]) for problem in document["problems"]] == [
        ("unknown-column", "H Colour", None),
        ("active-left-blank", "Active", "Active"),
    ]
    assert {problem["severity"] for problem in document["problems"]} == {"warning"}


def test_a_process_prints_the_document_and_nothing_else(
    tmp_path: Path, service: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lessons_csv(tmp_path / "Übung.csv", 2)
    answer = process("run", "Übung.csv", "--json", "--verbose", cwd=tmp_path)
    assert (answer.code, answer.stderr, answer.stdout.count("\n")) == (0, "", 1)
    check_shape(answer.document)
    assert answer.document["rows"][0]["file"] == "Übung.csv"


def test_the_run_s_id_is_another_one_each_time(importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 1)
    assert len({importer("check", "a.csv", "--json").document["run_id"] for _ in range(3)}) == 3
