"""Rows that stand for records which are there: named by number, compared, and changed where they differ."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from importer.entities import LESSON, SECTION
from importer.report.marks import BLUE
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


CELLS = ("Id", "Title", "DisplayOrder", "UnlockType", "Section", "LessonContents", "UpdatedOn")
UPDATE = ("--kind", "lessons", "--on-existing", "update")


def lesson(service: Server, number: int) -> dict[str, Any]:
    found = service.store.get(LESSON, number)
    assert found is not None
    return found


def puts(service: Server) -> int:
    return sum(entry.method == "PUT" for entry in service.log.entries)


def test_only_what_differs_is_written_and_only_once(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [
        [5001, "Washing your hands", "", "", "", "", ""],
        [5003, "", "", "", "In the kitchen", "", ""],
        [5004, "", 1, "Sequential", "In the kitchen", "", ""],
        [5002, "", "", "", "", " <Clear> ", ""],
    ]
    path, before = write_csv(tmp_path / "lessons.csv", CELLS, rows), lesson(service, 5001)
    first = importer("run", path, *UPDATE, "--json")
    assert (first.code, first.counts, puts(service)) == (0, {"updated": 3, "exists": 1}, 3)
    assert [row["id"] for row in first.document["rows"]] == [5001, 5003, 5004, 5002]
    after = lesson(service, 5001)
    kept = {name for name in before if name not in ("Title", "UpdatedOn", "UpdatedBy", "ToStringText")}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (after["Title"], lesson(service, 5003)["SectionId"]) == ("Washing your hands", 2002)
    assert lesson(service, 5002)["LessonContents"] is None
    again = importer("run", path, *UPDATE, "--json")
    assert (again.counts, again.document["requests"]["writes"]) == ({"exists": 4}, 0)


def test_the_report_says_what_changed(importer: Run, service: Server, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "lessons.csv", CELLS, [[5001, "Washing your hands", "", "", "", "", ""]])
    importer("plan", path, *UPDATE)
    planned = (tmp_path / "lessons.report.csv").read_text(encoding="utf-8")
    assert 'pending,"To change: Title: ""Washing hands"" → ""Washing your hands""",5001' in planned
    importer("run", path, *UPDATE)
    done = (tmp_path / "lessons.report.csv").read_text(encoding="utf-8")
    assert 'updated,"Changed: Title: ""Washing hands"" → ""Washing your hands""",5001' in done


def test_rows_are_found_by_their_title_too(importer: Run, service: Server, tmp_path: Path) -> None:
    headings = ("CourseId", "Title", "DisplayOrder")
    rows = [[102, "Washing  hands", 5], [102, "What to wear", 2], [102, "Ten allergens", 1]]
    path = write_csv(tmp_path / "lessons.csv", headings, rows)
    answer = importer("run", path, *UPDATE, "--json")
    assert (answer.code, answer.counts) == (1, {"updated": 1, "exists": 1, "invalid": 1})
    assert {problem["code"] for problem in answer.by_row()[4]["problems"]} == {"missing"}
    assert (lesson(service, 5001)["DisplayOrder"], lesson(service, 5001)["Title"]) == (5, "Washing hands")


def test_a_title_that_several_records_have_is_asked_about(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [[103, "Escape routes", 7, "Immediate"], [103, "New way", 8, "Immediate"]]
    path = write_csv(tmp_path / "sections.csv", ("CourseId", "Title", "DisplayOrder", "UnlockType"), rows)
    answer = importer("run", path, "--kind", "sections", "--on-existing", "update", "--json")
    assert answer.counts == {"invalid": 1, "created": 1}
    assert answer.by_row("sections")[2]["problems"][0]["code"] == "record-ambiguous"


def test_update_only_creates_nothing(importer: Run, service: Server, tmp_path: Path) -> None:
    sections = write_csv(
        tmp_path / "sections.csv",
        ("CourseId", "Title", "DisplayOrder", "UnlockType"),
        [[102, "In the yard", 4, "Immediate"]],
    )
    lessons = write_csv(
        tmp_path / "lessons.csv",
        ("CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType"),
        [
            [102, "In the yard", "Bins", 1, "Immediate", "Visited"],
            [102, "Before you cook", "Washing hands", 8, "Immediate", "Video"],
        ],
    )
    answer = importer("run", sections, lessons, "--on-existing", "update", "--update-only", "--json")
    assert (answer.code, answer.counts) == (0, {"skipped": 2, "updated": 1})
    assert {one["code"] for row in answer.document["rows"] for one in row["problems"]} == {"not-there"}
    assert (lesson(service, 5001)["DisplayOrder"], len(service.store.find(LESSON)[0])) == (8, 9)


def test_what_was_edited_since_is_not_overwritten_unless_asked(importer: Run, service: Server, tmp_path: Path) -> None:
    stamp = lesson(service, 5001)["UpdatedOn"]
    rows = [[5001, "Mine", "", "", "", "", stamp], [5002, "Mine too", "", "", "", "", "2020-01-01T00:00:00Z"]]
    path = write_csv(tmp_path / "lessons.csv", CELLS, rows)
    answer = importer("run", path, *UPDATE, "--json")
    assert (answer.code, answer.counts) == (1, {"updated": 1, "invalid": 1})
    assert [one["code"] for one in answer.by_row()[3]["problems"]] == ["edited-since"]
    assert importer("run", path, *UPDATE, "--overwrite", "--json").counts == {"updated": 1, "exists": 1}
    assert lesson(service, 5002)["Title"] == "Mine too"


def test_a_row_with_errors_changes_nothing(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [
        [5005, "", "", "Timed", "", "", ""],
        [5001, "", "", "Timed", "", "", ""],
        [5002, "<clear>", "", "", "", "", ""],
        [5003, "", -1, "", "", "", ""],
    ]
    path = write_csv(tmp_path / "lessons.csv", CELLS, rows)
    answer = importer("run", path, *UPDATE, "--json")
    codes = {row: [one["code"] for one in found["problems"]] for row, found in answer.by_row().items()}
    assert codes == {2: [], 3: ["days-needed"], 4: ["never-empty"], 5: ["number-too-small"]}
    assert (answer.counts, puts(service)) == ({"exists": 1, "invalid": 3}, 0)


def test_check_says_what_is_surely_wrong_and_what_would_be(importer: Run, tmp_path: Path) -> None:
    headings = ("Id", "CourseId", "Title", "UnlockAfterDays")
    rows = [[5001, "", "", 4], ["", 102, "Washing hands", ""], ["", 102, "", 3], [5002, "", "<clear>", ""]]
    path = write_csv(tmp_path / "lessons.csv", headings, rows)
    answer = importer("check", path, *UPDATE, "--json")
    found = {row: [(one["code"], one["severity"]) for one in row_["problems"]] for row, row_ in answer.by_row().items()}
    assert found == {
        2: [],
        3: [("needed-if-new", "warning")],
        4: [("missing", "error")],
        5: [("never-empty", "error")],
    }
    assert answer.counts == {"pending": 2, "invalid": 2}
    assert "DisplayOrder, UnlockType, CompletionType" in answer.by_row()[3]["problems"][0]["message"]


@pytest.mark.parametrize(
    ("headings", "missing"),
    [(("CourseId", "DisplayOrder"), "Title"), (("Title", "DisplayOrder"), "CourseId (or Course)")],
)
def test_what_tells_records_apart_has_to_be_there(
    importer: Run, tmp_path: Path, headings: tuple[str, ...], missing: str
) -> None:
    path = write_csv(tmp_path / "lessons.csv", headings, [[1, 2]])
    answer = importer("check", path, *UPDATE)
    assert (answer.code, f"the column {missing} is missing" in answer.stderr) == (2, True)


def test_a_lesson_moves_to_a_section_that_the_run_creates(importer: Run, service: Server, tmp_path: Path) -> None:
    sections = write_csv(
        tmp_path / "sections.csv",
        ("CourseId", "Title", "DisplayOrder", "UnlockType", "Id"),
        [[102, "In the yard", 4, "Immediate", ""], ["", "At the stove", "", "", 2002]],
    )
    lessons = write_csv(
        tmp_path / "lessons.csv",
        ("Id", "CourseId", "Section", "CompletionType"),
        [[5001, 102, "In the yard", ""], [5002, 102, "At the stove", ""]],
    )
    answer = importer("run", sections, lessons, "--on-existing", "update", "--json")
    assert (answer.code, answer.counts) == (0, {"created": 1, "updated": 3})
    made = answer.by_row("sections")[2]["id"]
    assert (lesson(service, 5001)["SectionId"], lesson(service, 5002)["SectionId"]) == (made, 2002)
    found = service.store.get(SECTION, 2002)
    assert found is not None and found["Title"] == "At the stove"


def test_a_changed_cell_has_a_note_in_the_report(importer: Run, service: Server, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.create_sheet("Lessons", 0)
    for cells in [("Id", "Title", "UnlockType"), (5001, "Washing hands", "Sequential"), (5002, "What to wear", "")]:
        sheet.append(cells)
    book.save(tmp_path / "changes.xlsx")
    assert importer("run", "changes.xlsx", "--on-existing", "update", "--yes").code == 0
    report = load_workbook(tmp_path / "changes.report.xlsx")["Lessons"]
    notes = {cell.coordinate: cell.comment.text for row in report for cell in row if cell.comment}
    assert {place: note.splitlines()[-1] for place, note in notes.items()} == {
        "C2": "Changed: UnlockType: Immediate → Sequential"
    }
    assert [cell.value for cell in report[2]][3:] == ["updated", "Changed: UnlockType: Immediate → Sequential", 5001]
    assert report["C2"].fill.start_color.rgb == BLUE
    again = importer("plan", "changes.report.xlsx", "--on-existing", "update", "--json")
    assert (again.code, again.counts) == (0, {"exists": 2})
    again_book = load_workbook(again.document["reports"][0])["Lessons"]
    assert [cell.coordinate for row in again_book for cell in row if cell.comment] == []
    assert again_book["C2"].fill.start_color.rgb != BLUE
