"""Sheets with headings and words of their own, in whole commands."""

import csv
import os
from pathlib import Path

from openpyxl import Workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Server
from tests.flow.commands import Run, held, write_csv
from tests.flow.test_readme import block

HEADINGS = ("Course no", "Chapter", "Lesson", "Оrder", "How it opens", "Days", "Complete", "Budget", "Live")
ROWS = [
    (104, "", "Keys", 1, "Drip", "one week", "Visitedd", 5, "yes"),
    (104, "", "Wi-Fi", 2, "now", "", "Button", 5, "yes"),
]
MAPPING = """
[lessons.columns]
"How it opens" = "UnlockType"
"Complete" = "CompletionType"
"Budget" = ""

[lessons.values.UnlockType]
"drip" = "Timed"
"now" = "Immediate"

[lessons.values.UnlockAfterDays]
"one week" = 7
"""


def test_a_sheet_is_imported_by_its_mapping(importer: Run, service: Server, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", HEADINGS, ROWS)
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    answer = importer("run", "a.csv", "--mapping", "m.toml", "--json")
    assert (answer.code, answer.counts) == (1, {"invalid": 1, "created": 1})
    (invalid,) = answer.by_row()[2]["problems"]
    assert (invalid["column"], invalid["value"]) == ("G Complete", "Visitedd")
    (note,) = [problem for problem in answer.document["problems"] if problem["code"] != "active-left-blank"]
    assert note["code"] == "lookalike-heading"
    assert held(service, LESSON, 104)[-1]["UnlockType"] == 1


def test_the_suggestion_corrected_by_a_person_brings_the_sheet_in(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    write_csv(tmp_path / "a.csv", HEADINGS, ROWS)
    assert "--suggest-mapping" in importer("check", "a.csv").stderr
    answer = importer("check", "a.csv", "--suggest-mapping")
    assert (answer.code, answer.stdout) == (0, "")
    assert "importer check a.csv --mapping a.mapping.toml" in answer.stderr
    path = tmp_path / "a.mapping.toml"
    text = path.read_text(encoding="utf-8").replace('# "How it opens" = ""', '"How it opens" = "UnlockType"')
    text += '[lessons.values.UnlockType]\ndrip = "Timed"\nnow = 1\n[lessons.values.UnlockAfterDays]\n"one week" = 7\n'
    path.write_text(text, encoding="utf-8")
    answer = importer("run", "a.csv", "--mapping", "a.mapping.toml", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 2})
    made = {one["Title"]: (one["UnlockType"], one["UnlockAfterDays"]) for one in held(service, LESSON, 104)}
    assert (made["Keys"], made["Wi-Fi"]) == ((3, 7), (1, 0))
    report = list(csv.reader((tmp_path / "a.report.csv").read_text(encoding="utf-8").splitlines()))
    assert report[1][:9] == [str(cell) for cell in ROWS[0]]


def test_the_words_of_a_sheet_of_lessons_count_for_its_sections_too(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    rows = [(104, "Start", "", 1, "now", "", "", "", "yes"), (104, "Start", "Keys", 1, "now", "", "Button", "", "yes")]
    write_csv(tmp_path / "a.csv", HEADINGS, rows)
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    answer = importer("run", "a.csv", "--mapping", "m.toml", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 2})
    assert [one["UnlockType"] for one in held(service, SECTION, 104)] == [1]


def test_the_suggestion_repeats_the_options_that_the_sheet_needs(importer: Run, tmp_path: Path) -> None:
    workbook = Workbook()
    for name, row in (("Week plan", ROWS[0]), ("Else", ROWS[1])):
        sheet = workbook.create_sheet(name)
        sheet.append(HEADINGS)
        sheet.append(row)
    workbook.save(tmp_path / "my plan.xlsx")
    answer = importer(
        "check", "my plan.xlsx", "--sheet", "Week plan=lessons", "--course-id", "104", "--suggest-mapping"
    )
    command = (
        "importer check 'my plan.xlsx' --mapping 'my plan.mapping.toml' --sheet 'Week plan=lessons' --course-id 104"
    )
    if os.name == "nt":
        command = command.replace("'", '"')
    assert answer.stderr.endswith(f"Then: {command}\n")
    assert f"#   {command}\n" in (tmp_path / "my plan.mapping.toml").read_text(encoding="utf-8")


def test_the_mapping_of_the_readme_is_one(importer: Run, root: Path, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(block(root, "mapping"), encoding="utf-8")
    headings = ("CourseId", "Week", "Title", "Order", "Opens", "Completion", "Remarks", "Active")
    write_csv(tmp_path / "a.csv", headings, [(104, "Start", "Keys", 1, "at once", "button", "-", "")])
    answer = importer("check", "a.csv", "--mapping", "m.toml", "--json")
    assert (answer.code, answer.counts) == (0, {"pending": 1})


def test_a_mapping_that_cannot_be_read_ends_the_command(importer: Run, tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", HEADINGS, ROWS)
    answer = importer("check", "a.csv", "--mapping", "none.toml", "--json")
    (problem,) = answer.document["problems"]
    assert (answer.code, problem["code"]) == (2, "mapping")
    assert problem["message"] == "The mapping none.toml cannot be used: no such file or directory."
