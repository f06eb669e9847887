"""Rows that change after they were imported: what is there is said not to have the change, until it is brought in."""

from pathlib import Path

import pytest

from importer.entities import LESSON, SECTION
from importer.sandbox import Server
from tests.flow.commands import LESSON_HEADINGS, SECTION_HEADINGS, Answer, Run, held, write_csv

SINCE = "changed-since-sent"


def course(folder: Path, *contents: str, order: int = 1) -> tuple[str, ...]:
    """A section and lessons in it that are completed in these ways."""
    write_csv(folder / "s.csv", SECTION_HEADINGS, [[104, "Week 1", order, "Immediate", "", "yes"]])
    rows = [
        [104, "Week 1", f"Lesson {number}", number, "Immediate", how, "yes"] for number, how in enumerate(contents, 1)
    ]
    write_csv(folder / "a.csv", LESSON_HEADINGS, rows)
    return "run", "a.csv", "s.csv", "--json", "--concurrency", "1"


def codes(answer: Answer, kind: str = "lessons") -> list[list[str]]:
    return [[problem["code"] for problem in row["problems"]] for row in answer.by_row(kind).values()]


@pytest.mark.usefixtures("service")
def test_a_row_that_changed_after_it_was_imported_is_said_to_have(importer: Run, tmp_path: Path) -> None:
    assert importer(*course(tmp_path, "Visited", "Visited")).code == 0
    same = importer(*course(tmp_path, "Visited", "Visited"))
    assert (codes(same), codes(same, "sections")) == ([[], []], [[]])
    changed = importer(*course(tmp_path, "Visited", "Button", order=2))
    assert (changed.code, changed.counts) == (0, {"exists": 3})
    assert (codes(changed), codes(changed, "sections")) == ([[], [SINCE]], [[SINCE]])
    planned = importer("plan", *course(tmp_path, "Visited", "Button")[1:4])
    assert codes(planned) == [[], [SINCE]]


def test_once_the_change_is_brought_in_nothing_is_said(importer: Run, service: Server, tmp_path: Path) -> None:
    importer(*course(tmp_path, "Visited", "Visited"))
    command = course(tmp_path, "Button", "Visited")
    assert importer(*command, "--on-existing", "update").counts == {"updated": 1, "exists": 2}
    assert codes(importer(*command)) == [[], []]
    assert {record["CompletionType"] for record in held(service, LESSON, 104)} == {2, 3}


def test_of_a_lesson_whose_section_is_to_be_made_anew_nothing_is_said(
    importer: Run, service: Server, tmp_path: Path
) -> None:
    importer(*course(tmp_path, "Visited"))
    (section,) = (one for one in held(service, SECTION, 104) if one["Title"] == "Week 1")
    service.store.delete(SECTION, section["Id"])
    again = importer(*course(tmp_path, "Button"))
    assert (again.counts, codes(again)) == ({"created": 1, "exists": 1}, [[]])
