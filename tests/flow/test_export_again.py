"""An export imported again: into the same account it changes nothing, into an empty one it gives the same courses."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from importer import pipeline
from importer.entities import COURSE, ENTITIES, LESSON, SECTION
from importer.export import Chosen
from importer.model import Outcome, Report
from importer.sandbox import NO_LIMITS, OPS, Server, Store
from importer.settings import Settings
from tests.builders import settings_for
from tests.flow.commands import Run

COURSE_ID = 500
LETTERS = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t\x07")
ODD = [
    "=1+1",
    "'7",
    '"',
    '"a" b',
    "a,b;c",
    "x\r\ny",
    "x\ry",
    " x ",
    "_x0041_",
    "#N/A",
    "007",
    "<clear>",
    "1e5",
    "\u200b",
    "　",
]
TEXTS = st.text(LETTERS, max_size=8) | st.sampled_from(ODD)
TITLES = st.sampled_from(["A", "A ", "a", "B", "Ä", "A\u0308", "=A", "007", " "]) | TEXTS.filter(bool)
FLAGS = st.none() | st.booleans()

COMMON = {
    "Title": TITLES,
    "DisplayOrder": st.integers(0, 3),
    "UnlockType": st.sampled_from([1, 2, 3]),
    "UnlockAfterDays": st.integers(0, 9),
    "Active": FLAGS,
    "NewImageUrl": st.none() | st.just("https://www.example.com/a.png"),
}
SECTIONS = st.lists(st.fixed_dictionaries({**COMMON, "SectionContents": st.none() | TEXTS}), max_size=4)
LESSONS = st.lists(
    st.fixed_dictionaries(
        {
            **COMMON,
            "above": st.integers(-1, 3),
            "CompletionType": st.sampled_from([1, 2, 3]),
            "SummaryText": st.none() | TEXTS,
            "LessonContents": st.none() | TEXTS,
            "InstructorId": st.none() | st.integers(0, 5),
        }
    ),
    max_size=5,
)
Records = list[dict[str, Any]]


class Unseen:
    """Nobody who is told how far the reading is."""

    def planned(self, records: int) -> None:
        pass

    def advance(self, records: int) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Store(), limits=NO_LIMITS) as server:
        yield server
    server.store.close()


def fill(store: Store, course: dict[str, Any], sections: Records, lessons: Records) -> None:
    """Let the service hold these, and nothing else."""
    for entity in reversed(ENTITIES):
        for record in store.find(entity)[0]:
            store.delete(entity, int(str(record["Id"])))
    store.create(COURSE, {"BusinessId": 1, "HostId": 301, "Visibility": 1, "DisplayOrder": 1, **course}, id=COURSE_ID)
    above = [store.create(SECTION, {**one, "CourseId": COURSE_ID}) for one in sections]
    for one in lessons:
        section = dict(enumerate(above)).get(one["above"])
        body = {name: value for name, value in one.items() if name != "above"}
        store.create(LESSON, {**body, "CourseId": COURSE_ID, "SectionId": section})


def settings_in(folder: str, server: Server, **options: object) -> Settings:
    own = {"username": OPS.name, "password": OPS.password, "state_dir": Path(folder), "yes": True}
    return settings_for(server, **own, **options)


def outcomes(report: Report) -> dict[Outcome, int]:
    return {outcome: count for outcome, count in report.counts.items() if count}


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
)
@given(
    course=st.fixed_dictionaries({"Title": TITLES, "FullDescription": st.none() | TEXTS, "ShowOverview": FLAGS}),
    sections=SECTIONS,
    lessons=LESSONS,
    is_csv=st.booleans(),
)
def test_an_export_imported_again_changes_nothing(
    course: dict[str, Any], sections: Records, lessons: Records, is_csv: bool, server: Server
) -> None:
    fill(server.store, course, sections, lessons)
    with TemporaryDirectory() as folder:
        name = str(Path(folder, "a" if is_csv else "a.xlsx"))
        given = settings_in(folder, server, on_existing="update")
        files = pipeline.export(name, Chosen(ids=(COURSE_ID,)), given, Unseen()).files
        report = pipeline.plan([str(file) for file in files], given)
    held = 1 + len(sections) + len(lessons)
    changes = [change for row in report.rows for change in row.changes]
    messages = [problem.message for row in report.rows for problem in row.verdict.problems if problem.is_error]
    assert (changes, outcomes(report)) == ([], {Outcome.EXISTS: held}), messages


def plain(records: Records) -> Records:
    """The records as another account would take them: valid, and each with a title of its own."""
    told = []
    for number, one in enumerate(records):
        texts = {name: value.replace("\x07", "") for name, value in one.items() if isinstance(value, str)}
        # A line of text is trimmed when it is imported.
        texts |= {name: text.strip() for name, text in texts.items() if name == "SummaryText"}
        days = {"UnlockAfterDays": 1 + one["UnlockAfterDays"] if one["UnlockType"] == 3 else 0}
        told.append({**one, **texts, **days, "Title": f"{texts['Title']} {number}".strip(), "NewImageUrl": None})
    return told


@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(sections=SECTIONS, lessons=LESSONS, is_csv=st.booleans())
def test_an_export_without_ids_imported_into_an_empty_account_gives_the_same_export(
    sections: Records, lessons: Records, is_csv: bool, server: Server
) -> None:
    name = "a" if is_csv else "a.xlsx"
    fill(server.store, {"Title": "Course"}, plain(sections), plain(lessons))
    with TemporaryDirectory() as folder:
        given = settings_in(folder, server, concurrency=1)
        first = exported(Path(folder, name), given)
        for entity in reversed(ENTITIES):
            for record in server.store.find(entity)[0]:
                server.store.delete(entity, int(str(record["Id"])))
        report = pipeline.run([str(file) for file in first], given)
        assert {row.verdict.outcome for row in report.rows} == {Outcome.CREATED}, report.problems
        again = exported(Path(folder, f"again-{name}"), given)
        assert told(again) == told(first)


def told(files: tuple[Path, ...]) -> list[list[object]]:
    """Every row of every sheet."""
    books = [load_workbook(file) if file.suffix == ".xlsx" else None for file in files]
    sheets = [sheet for book in books if book for sheet in book.worksheets[1:]]
    rows: list[list[object]] = [list(row) for sheet in sheets for row in sheet.iter_rows(values_only=True)]
    texts = [file.read_bytes().decode("utf-8-sig") for file in files if file.suffix == ".csv"]
    return rows + [list(row) for text in texts for row in csv.reader(io.StringIO(text, newline=""))]


def exported(path: Path, given: Settings) -> tuple[Path, ...]:
    return pipeline.export(str(path), Chosen(all=True), given, Unseen(), with_ids=False).files


def test_five_cells_that_were_changed_are_five_changes(importer: Run, service: Server) -> None:
    """What somebody does who changes an export: look, send, read back, and export again."""
    assert importer("export", "--course-id", 102, "-o", "a.xlsx").code == 0
    book = load_workbook("a.xlsx")
    for sheet, column, row, value in CHANGES:
        headings = [str(cell.value).rstrip("*") for cell in book[sheet][1]]
        book[sheet].cell(row=row, column=headings.index(column) + 1, value=value)
    rename(book["Lessons"], "In the kitchen", "In the new kitchen")
    book.save("a.xlsx")
    planned = importer("plan", "a.xlsx", "--on-existing", "update", "--json")
    changes = [(row["kind"], row["row"], one["field"]) for row in planned.document["rows"] for one in row["changes"]]
    assert changes == [(sheet.lower(), row, column) for sheet, column, row, _ in CHANGES]
    done = importer("run", "a.xlsx", "--on-existing", "update", "--verify", "--json")
    assert (done.code, done.counts["updated"]) == (0, 4)
    assert [one for row in done.document["rows"] for one in row["problems"] if one["code"] == "held-otherwise"] == []
    assert importer("export", "--course-id", 102, "-o", "b.xlsx").code == 0
    again = importer("plan", "a.xlsx", "--on-existing", "update", "--json")
    assert again.counts == {"exists": 12}, again.messages


def rename(lessons: Worksheet, before: str, after: str) -> None:
    """Replace a section's title where lessons name it."""
    for row in lessons.iter_rows():
        for cell in row:
            if cell.value == before:
                lessons[cell.coordinate] = after


CHANGES: list[tuple[str, str, int, str | int]] = [
    ("Courses", "SummaryText", 2, "All that a kitchen has to know."),
    ("Sections", "Title", 3, "In the new kitchen"),
    ("Lessons", "DisplayOrder", 2, 9),
    ("Lessons", "LessonContents", 2, "<p>Half an hour in all,</p>\n<p>at your own pace.</p>"),
    ("Lessons", "Active", 4, "no"),
]
"""Sheet, column, row and new value of what somebody changes."""
