"""Make the large files that the benchmarks read: lessons as CSV (all good, all bad) and as a workbook.

    python benchmarks/make_lessons.py FOLDER [--rows N]

The same seed makes the same files. They are large (about 136 MB each at 100,000 rows): keep them out of the
repository.
"""

import argparse
import csv
import random
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

from importer.entities import LESSON

SEED = 7
ROWS = 100_000
LESSONS_PER_COURSE = 500
LESSONS_PER_SECTION = 25
WORDS = (
    "desk key welcome member café booking printer meeting room guest network “Wi\u2011Fi” access team kitchen phone "
    "invoice plan it\u2019s event \u2013 locker parking mail"
).split()
FIELDS = tuple(field for field in LESSON.fields if field.name not in ("Course", "SummaryText"))
"""Thirteen columns: all but the summary, and the title of the course, which its number names."""


def body(random_: random.Random, video: bool) -> str:
    """HTML of 300 to 2,000 characters: line breaks, attributes in quotes, commas, typographic characters."""
    wanted = random_.randint(300, 2000)
    parts = ['<iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe>'] if video else []
    length = len(parts[0]) if parts else 0
    while length < wanted:
        words = " ".join(random_.choices(WORDS, k=20))
        paragraph = f'<p class="lead">{words}, and so on.</p>\n<a href="https://example.com/{length}">More</a>\n'
        parts.append(paragraph)
        length += len(paragraph)
    return "".join(parts)[:wanted]


def good_row(random_: random.Random, number: int) -> dict[str, object]:
    """A lesson without a fault."""
    unlock, completion = (
        random_.choice(("Immediate", "Sequential", "Timed")),
        random_.choice(("None", "Button", "Video")),
    )
    return {
        "CourseId": 100 + number // LESSONS_PER_COURSE,
        "Section": f"Week {number % LESSONS_PER_COURSE // LESSONS_PER_SECTION + 1}",
        "SectionId": None,
        "Title": f"Lesson {number + 1}: {random_.choice(WORDS[:20])} and {random_.choice(WORDS[:20])}",
        "DisplayOrder": number % LESSONS_PER_SECTION + 1,
        "UnlockType": unlock,
        "UnlockAfterDays": random_.randint(1, 30) if unlock == "Timed" else None,
        "CompletionType": completion,
        "LessonContents": body(random_, completion == "Video"),
        "InstructorId": random_.choice((None, 8, 15)),
        "Active": random_.choice(("yes", "no", "TRUE")),
        "NewImageUrl": f"https://www.example.com/images/{number}.png" if number % 3 == 0 else None,
        "ClearImageFile": "no",
    }


FAULTS_A_ROW = 5


def bad_row(random_: random.Random, number: int) -> dict[str, object]:
    """The same lesson with five faults, of all kinds over the rows, most of them with a value of its own."""
    row = good_row(random_, number)
    row["CourseId"] = random_.choice((f"{number} a", "", f"-{number + 1}", "2026-03-01"))
    row["UnlockType"] = random_.choice(("Timd", "", f"later {number}"))
    row["DisplayOrder"] = random_.choice((f"{number}.5", "", f"-{number + 1}"))
    row["NewImageUrl"] = random_.choice((f"www.example.com/{number}.png", f"https://example.com/{number}.bmp"))
    row["Active"] = f"perhaps {number}"
    return row


def rows(count: int, *, bad: bool = False) -> Iterator[dict[str, object]]:
    """The rows of a file."""
    random_ = random.Random(SEED)
    make = bad_row if bad else good_row
    return (make(random_, number) for number in range(count))


def write_csv(path: Path, count: int, *, bad: bool = False) -> Path:
    """Write a CSV unless it is there."""
    if not path.exists():
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [field.name for field in FIELDS])
            writer.writeheader()
            writer.writerows(rows(count, bad=bad))
        part.replace(path)
    return path


def write_workbook(path: Path, count: int) -> Path:
    """Write a workbook unless it is there."""
    if not path.exists():
        book = Workbook(write_only=True)
        sheet = book.create_sheet(LESSON.sheet)
        sheet.append([field.name for field in FIELDS])
        for row in rows(count):
            sheet.append([row[field.name] for field in FIELDS])
        book.save(path)
    return path


def make(folder: Path, count: int = ROWS) -> tuple[Path, Path, Path]:
    """The good CSV, the bad CSV and the workbook, made where they are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return (
        write_csv(folder / f"lessons-{count}.csv", count),
        write_csv(folder / f"lessons-bad-{count}.csv", count, bad=True),
        write_workbook(folder / f"lessons-{count}.xlsx", count),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    given = parser.parse_args()
    for file in make(given.folder, given.rows):
        print(f"{file.stat().st_size / 1e6:8.1f} MB  {file}")
