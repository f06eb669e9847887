"""Small imports as files: a workbook, or a pair of CSV files; some sections, and lessons in and beside them."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook, load_workbook

from importer.entities import LESSON, SECTION
from tests.flow.commands import LESSON_HEADINGS, SECTION_HEADINGS, write_csv

COURSE: Final = 104

Key = tuple[str, str, str]
"""Kind, title of the section (empty for sections and lessons in none), title."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an import, and which row of them is to become what."""

    names: tuple[str, ...]
    keys: dict[tuple[str, int], Key]
    """By kind and the number that Excel shows."""


def write(chance: random.Random, folder: Path) -> Files:
    """An import of some 20 rows."""
    sections = [f"Week {n}" for n in range(1, chance.randint(2, 5))]
    lessons = [(chance.choice([*sections, ""]), f"Lesson {n}") for n in range(1, chance.randint(14, 19))]
    above = [[COURSE, title, n, "Immediate", "", "yes"] for n, title in enumerate(sections, 1)]
    below = [
        [COURSE, section, title, n, "Immediate", "Visited", "yes"] for n, (section, title) in enumerate(lessons, 1)
    ]
    keys: dict[tuple[str, int], Key] = {
        (SECTION.kind, row): (SECTION.kind, "", title) for row, title in enumerate(sections, 2)
    }
    keys |= {(LESSON.kind, row): (LESSON.kind, *names) for row, names in enumerate(lessons, 2)}
    if chance.random() < 0.5:
        write_csv(folder / "sections.csv", SECTION_HEADINGS, above)
        write_csv(folder / "lessons.csv", LESSON_HEADINGS, below)
        return Files(("sections.csv", "lessons.csv"), keys)
    book = Workbook(write_only=True)
    for entity, headings, rows in ((SECTION, SECTION_HEADINGS, above), (LESSON, LESSON_HEADINGS, below)):
        sheet = book.create_sheet(entity.sheet)
        sheet.append(headings)
        for one in rows:
            sheet.append(one)
    book.save(folder / "course.xlsx")
    return Files(("course.xlsx",), keys)


def read_reports(folder: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """Every row of the reports that are there, by kind and number. Raises where one of them is not whole."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for path in folder.glob("*.report.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found |= {(path.name.partition(".")[0], row): cells for row, cells in enumerate(csv.DictReader(file), 2)}
    for path in folder.glob("*.report.xlsx"):
        book = load_workbook(path)  # besides the sheets of the import it has one that sums them up
        for entity in (SECTION, LESSON):
            heads, *rows = book[entity.sheet].iter_rows(values_only=True)
            for row, cells in enumerate(rows, 2):
                found[entity.kind, row] = dict(zip(map(str, heads), cells, strict=True))
    return found
