"""Instructors by their e-mail address, looked up among the coworkers."""

from pathlib import Path

from importer.entities import LESSON
from importer.sandbox import Server
from tests.flow.commands import Run, held, write_csv

HEADINGS = ("CourseId", "Title", "DisplayOrder", "UnlockType", "CompletionType", "InstructorEmail", "InstructorId")
REST = (1, "Immediate", "Visited")


def test_an_address_tells_the_instructor(importer: Run, service: Server, tmp_path: Path) -> None:
    rows = [
        [104, "One", *REST, "ana@example.com", ""],
        [104, "Two", *REST, " ANA@example.com ", 301],
        [104, "Three", *REST, "nobody@example.com", ""],
        [104, "Four", *REST, "desk@example.com", ""],
        [104, "Five", *REST, "ben@example.com", 301],
        [104, "Six", *REST, "", 302],
    ]
    path = write_csv(tmp_path / "lessons.csv", HEADINGS, rows)
    answer = importer("run", path, "--json")
    found = {row: [one["code"] for one in said["problems"]] for row, said in answer.by_row().items()}
    assert found == {
        2: [],
        3: [],
        4: ["coworker-unknown"],
        5: ["coworker-ambiguous"],
        6: ["coworker-disagrees"],
        7: [],
    }
    assert answer.counts == {"created": 3, "invalid": 3}
    made = {record["Title"]: record["InstructorId"] for record in held(service, LESSON, 104)}
    assert made == {"One": 301, "Two": 301, "Six": 302}
    assert sum(entry.path.endswith("coworkers") for entry in service.log.entries) == 4


def test_an_address_changes_and_clears_the_instructor(importer: Run, service: Server, tmp_path: Path) -> None:
    headings = ("Id", "InstructorEmail", "CompletionType")
    path = write_csv(tmp_path / "lessons.csv", headings, [[5001, "ben@example.com", ""], [5002, "<clear>", ""]])
    options = ("--on-existing", "update", "--json")
    first = importer("run", path, *options)
    assert first.counts == {"updated": 1, "exists": 1}
    (change,) = first.by_row()[2]["changes"]
    assert change == {"column": "B InstructorEmail", "field": "InstructorId", "old": None, "new": 302}
    assert importer("run", path, *options).counts == {"exists": 2}
    write_csv(path, headings, [[5001, "<clear>", ""]])
    assert importer("run", path, *options).counts == {"updated": 1}
    record = service.store.get(LESSON, 5001)
    assert record is not None and record["InstructorId"] is None
