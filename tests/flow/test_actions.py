"""A row says what is to happen to it: create, update, upsert, delete, skip."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from importer.entities import LESSON, SECTION
from importer.sandbox import Fault, Server
from tests.flow.commands import Run, titles, write_csv

HEADINGS = ("Action", "Id", "CourseId", "Section", "Title", "DisplayOrder", "UnlockType", "CompletionType")
FULL = (9, "Immediate", "Visited")
ABOVE = "Before you cook"


def sheet(path: Path, *rows: Sequence[object]) -> Path:
    return write_csv(path / "lessons.csv", HEADINGS, [[*row, *[""] * (len(HEADINGS) - len(row))] for row in rows])


def codes(importer: Run, path: Path, *options: str) -> dict[int, tuple[str, list[str]]]:
    answer = importer("run", path, "--json", *options)
    return {
        number: (row["outcome"], [one["code"] for one in row["problems"]]) for number, row in answer.by_row().items()
    }


def test_each_row_does_what_it_says(importer: Run, service: Server, tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ("create", "", 102, ABOVE, "New", *FULL),
        ("CREATE", "", 102, ABOVE, "Washing hands", *FULL),
        ("update", 5002, "", "", "Other clothes"),
        ("Update", "", 102, ABOVE, "Not there", *FULL),
        ("upsert", "", 102, ABOVE, "Ten allergens to know", 8),
        ("upsert", "", 102, ABOVE, "Also new", *FULL),
        ("skip", 5001, "x", "", "", -1),
        ("", "", 102, ABOVE, "Washing hands", *FULL),
        ("remove", "", 102, ABOVE, "Whatever", *FULL),
        ("2", "", 102, ABOVE, "Whatever else", *FULL),
    )
    assert codes(importer, path) == {
        2: ("created", []),
        3: ("invalid", ["not-new"]),
        4: ("updated", []),
        5: ("invalid", ["nothing-to-update"]),
        6: ("updated", []),
        7: ("created", []),
        8: ("skipped", []),
        9: ("invalid", ["duplicate-row"]),
        10: ("invalid", ["not-a-choice"]),
        11: ("invalid", ["not-a-choice"]),
    }
    assert {"New", "Other clothes", "Also new"} <= {*titles(service, LESSON, 102)}


def test_nothing_is_deleted_without_leave(importer: Run, service: Server, tmp_path: Path) -> None:
    path = sheet(tmp_path, ("delete", 5001), ("delete", "", 102, ABOVE, "What to wear"), ("delete", 9999))
    assert list(codes(importer, path).values()) == [("invalid", ["delete-not-allowed"])] * 3
    assert service.store.count(LESSON) == 9
    planned = importer("plan", path, "--allow-delete").stdout
    assert "Would delete 2 lessons: 2 writes" in planned and "2 to be deleted" in planned
    assert "  in course 1" in planned and "into course" not in planned
    assert "\nTo be deleted\n" in planned
    assert 'lessons.csv, row 2: "Washing hands" (5001)' in planned
    assert codes(importer, path, "--allow-delete") == {
        2: ("deleted", []),
        3: ("deleted", []),
        4: ("skipped", ["nothing-to-delete"]),
    }
    assert not {"Washing hands", "What to wear"} & {*titles(service, LESSON, 102)}
    again = importer("run", path, "--allow-delete", "--json")
    assert (again.code, again.counts, again.document["requests"]["writes"]) == (0, {"skipped": 3}, 0)


def test_a_row_that_deletes_needs_no_more_than_what_tells_its_record(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    path = sheet(tmp_path, ("delete", "", 102, ABOVE, "", -1), ("delete", 5001, "", "", "", -1, "Never"))
    assert codes(importer, path, "--allow-delete") == {2: ("invalid", ["missing"]), 3: ("deleted", [])}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Section 2001 goes, with two of its three lessons; the third is moved."""
    book = Workbook()
    sections, lessons = book.create_sheet("Sections", 0), book.create_sheet("Lessons", 1)
    for row in (("Action", "Id"), ("delete", 2001)):
        sections.append(row)
    for cells in (
        ("Action", "Id", "Section"),
        ("delete", 5001, ""),
        ("delete", 5002, ""),
        ("update", 5003, "In the kitchen"),
    ):
        lessons.append(cells)
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def test_what_is_below_goes_first(importer: Run, service: Server, book: Path) -> None:
    answer = importer("run", book, "--allow-delete", "--json")
    assert (answer.code, answer.counts) == (0, {"deleted": 3, "updated": 1})
    gone = [row["id"] for row in answer.document["rows"] if row["outcome"] == "deleted"]
    assert sorted(gone) == [2001, 5001, 5002]
    assert [row["id"] for row in importer("report", "last", "--json").document["rows"]] == [
        row["id"] for row in answer.document["rows"]
    ]
    paths = [(entry.method, entry.path.split("/")[3]) for entry in service.log.entries if "/content/" in entry.path]
    paths = [one for one in paths if one[0] != "GET"]
    assert paths[-1] == ("DELETE", "coursesections") and paths.count(("DELETE", "courselessons")) == 2
    assert service.store.get(SECTION, 2001) is None


def test_a_record_with_others_below_it_stays(importer: Run, service: Server, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "sections.csv", ("Action", "Id"), [["delete", 2001]])
    answer = importer("run", path, "--kind", "sections", "--allow-delete", "--json")
    (problem,) = answer.by_row("sections")[2]["problems"]
    assert (problem["code"], "3 records" in problem["message"]) == ("records-below", True)
    assert service.store.get(SECTION, 2001) is not None


def test_a_record_stays_where_what_is_below_could_not_be_deleted(importer: Run, service: Server, book: Path) -> None:
    service.faults.replace([Fault(method="DELETE", path="*/courselessons/5002", status=400, body=REFUSAL, work=False)])
    answer = importer("run", book, "--allow-delete", "--json")
    assert answer.counts == {"deleted": 1, "updated": 1, "rejected": 1, "blocked": 1}
    (problem,) = answer.by_row("sections")[2]["problems"]
    assert (problem["code"], "Lessons, row 3" in problem["message"]) == ("still-below", True)
    assert service.store.get(SECTION, 2001) is not None
    service.faults.clear()
    assert importer("run", book, "--allow-delete", "--json").counts == {"deleted": 2, "skipped": 1, "exists": 1}


REFUSAL = (
    '{"Message":"Title: members have worked on it","Value":null,"WasSuccessful":false,'
    '"Errors":[{"AttemptedValue":null,"Message":"members have worked on it","PropertyName":"Title"}]}'
)
