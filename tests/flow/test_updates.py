"""Rows that stand for records which are there: named by number, compared, and changed where they differ."""

from pathlib import Path

from importer.sandbox import Server
from tests.flow.commands import Run, write_csv

NUMBERED = ("Id", "CourseId", "Title", "DisplayOrder", "UnlockType", "CompletionType", "UpdatedOn")


def test_a_number_names_a_record_outright(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [
        [5001, 102, "Whatever", 1, "Immediate", "None", "2026-01-05T10:00:00Z"],
        [9999, 102, "No such lesson", 1, "Immediate", "None", ""],
        [5009, 102, "In another course", 1, "Immediate", "None", ""],
        ["", 102, "New", 1, "Immediate", "None", ""],
    ]
    answer = importer("run", write_csv(tmp_path / "lessons.csv", NUMBERED, rows), "--json")
    assert (answer.code, answer.counts) == (1, {"exists": 1, "invalid": 2, "created": 1})
    by_row = answer.by_row()
    assert by_row[2]["id"] == 5001
    assert [by_row[row]["problems"][0]["code"] for row in (3, 4)] == ["record-unknown", "record-in-another-course"]
    assert answer.document["requests"]["writes"] == 1


def test_the_numbers_of_a_sheet_are_read_in_one_go(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [[number, "", "Whatever", 1, "Immediate", "None", ""] for number in range(5001, 5008)]
    path = write_csv(tmp_path / "lessons.csv", NUMBERED, rows)
    assert importer("plan", path, "--course-id", "102", "--json").counts == {"exists": 7}
    assert (
        sum(entry.query.startswith("id=") for entry in service.log.entries if entry.path.endswith("courselessons")) == 1
    )


def test_a_plan_shows_exactly_what_changes(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [
        [5001, "Washing your hands", "", "", ""],
        [5002, "", 9, "", ""],
        [5005, "", "", "Immediate", ""],
        [5006, "Recalling a batch", 1, "", "In the kitchen"],
        [5003, "", 3, "Sequential", "<clear>"],
        [5004, "", 1, "Sequential", "In the kitchen"],
    ]
    headings = ("Id", "Title", "DisplayOrder", "UnlockType", "Section")
    path = write_csv(tmp_path / "lessons.csv", headings, rows)
    answer = importer("plan", path, "--kind", "lessons", "--on-existing", "update", "--json")
    assert (answer.code, answer.counts) == (0, {"pending": 5, "exists": 1})
    changes = [
        (row["row"], one["field"], one["old"], one["new"]) for row in answer.document["rows"] for one in row["changes"]
    ]
    assert changes == [
        (2, "Title", "Washing hands", "Washing your hands"),
        (3, "DisplayOrder", 2, 9),
        (4, "UnlockType", 3, 1),
        (4, "UnlockAfterDays", 3, 0),
        (5, "Section", "When something goes wrong", "In the kitchen"),
        (6, "Section", "Before you cook", None),
    ]
    assert answer.by_row()[7]["id"] == 5004
    shown = importer("plan", path, "--kind", "lessons", "--on-existing", "update").stdout
    assert "Would update 5 lessons: 5 writes" in shown
    assert 'column B "Title": 1 cell changed' in shown and '    row 2: "Washing hands" → "Washing your hands"' in shown
    assert "    row 4: Timed → Immediate" in shown
