"""The annotated copy of a large workbook: time and peak memory, compared in one run with openpyxl's way.

python benchmarks/annotating.py [--rows 100000] [--rounds 3] [--bad 10]

One row in `--bad` has an offending cell. The other way loads the workbook with openpyxl, writes the same three cells
on each row and the same marks, and saves it, packed at the usual level. Ours packs the parts that change at level 3.
"""

import argparse
import hashlib
import statistics
import sys
import tempfile
from pathlib import Path

import pandas as pd
from checking import measured
from make_lessons import FIELDS, write_workbook
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from importer.derive.columns import columns_of
from importer.entities import ACTIVE, LESSON, OUR_HEADINGS
from importer.model import Book, Format, Outcome, Sheet
from importer.problems import Code, Place, Problem
from importer.report import marks, package
from importer.report.remarks import Remark, Remarks

RATIO = 0.4
PEAK = 250
COLUMN = 1 + FIELDS.index(ACTIVE)


def sheet_of(path: Path) -> Sheet:
    """The sheet as it is known after loading, without its cells, which the report does not look at."""
    columns = tuple(column for column in columns_of([field.name for field in FIELDS], LESSON) if column is not None)
    place = Place(file=str(path), sheet=LESSON.sheet)
    return Sheet(
        place=place, entity=LESSON, columns=columns, header_row=1, cells=pd.DataFrame(), blank_rows=0, problems=()
    )


def remarks_of(sheet: Sheet, rows: int, bad: int) -> Remarks:
    """An answer on each row."""
    column = sheet.column(ACTIVE.name)
    found = {}
    for row in range(2, rows + 2):
        if row % bad:
            found[row] = Remark("created", "", str(row), Outcome.CREATED, (), kind=LESSON.kind)
        else:
            problem = Problem(code=Code.NOT_YES_NO, place=sheet.place, row=row, column=column, value="perhaps")
            found[row] = Remark("invalid", problem.message, "", Outcome.INVALID, (problem,), kind=LESSON.kind)
    return found


def by_package(path: Path, rows: int, bad: int) -> None:
    """Our way."""
    sheet = sheet_of(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    book = Book(path=path, name=str(path), format=Format.XLSX, sha256=digest, sheets=(sheet,))
    with path.with_suffix(".out.xlsx").open("wb") as sink:
        package.annotated(path, book, {sheet.place: remarks_of(sheet, rows, bad)}, sink)


def by_openpyxl(path: Path, rows: int, bad: int) -> None:
    """The other way."""
    workbook = load_workbook(path, rich_text=True)
    sheet = workbook[LESSON.sheet]
    fills = {colour: PatternFill("solid", fgColor=colour) for colour in marks.COLOURS.values()}
    for column, heading in enumerate(OUR_HEADINGS, start=len(FIELDS) + 1):
        sheet.cell(1, column, heading)
    for row, remark in remarks_of(sheet_of(path), rows, bad).items():
        for column, value in enumerate((remark.status, remark.error, remark.id), start=len(FIELDS) + 1):
            sheet.cell(row, column, value or None)
        sheet.cell(row, len(FIELDS) + 1).fill = fills[marks.COLOURS[remark.outcome]]
        if remark.problems:
            sheet.cell(row, COLUMN).fill = fills[marks.RED]
            sheet.cell(row, COLUMN).comment = Comment(
                marks.note([one.message for one in remark.problems]), marks.AUTHOR
            )
    workbook.save(path.with_suffix(".other.xlsx"))


def main(rows: int, rounds: int, bad: int) -> None:
    """Make the workbook and print the table."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"lessons-{rows}.xlsx"
        write_workbook(path, rows)
        print(f"{rows:,} lessons, {path.stat().st_size / 1e6:.0f} MB, one row in {bad:,} with an offending cell")
        medians = {}
        for way in ("openpyxl", "package"):
            command = [sys.executable, __file__, "--way", way, "--file", str(path), *sys.argv[1:]]
            found = [measured(command, ends_with=(0,)) for _ in range(rounds)]
            medians[way] = statistics.median(seconds for seconds, _ in found)
            print(f"  {way:<9} {medians[way]:6.2f} s  {max(peak for _, peak in found):6.0f} MiB")
        ratio = medians["package"] / medians["openpyxl"]
        print(f"  ratio     {ratio:6.2f}    (to reach: at most {RATIO}, and {PEAK} MiB)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bad", type=int, default=10)
    parser.add_argument("--way", choices=("openpyxl", "package"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        (by_package if given.way == "package" else by_openpyxl)(given.file, given.rows, given.bad)
    else:
        main(given.rows, given.rounds, given.bad)
