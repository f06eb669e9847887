"""Spreadsheets that different programs wrote: what is found in each row stands in one table."""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from importer.load import load
from importer.model import Book, Table
from importer.normalise import normalise
from importer.problems import Place
from importer.validate import validate

FOLDER = Path(__file__).parents[1] / "samples"
ENDINGS = frozenset({".csv", ".ods", ".xls", ".xlsb", ".xlsx"})
REFUSED = frozenset({"locked.xlsx"})
EXPECTED = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))

Wrong = defaultdict[tuple[Place, int], set[str]]


def checked(book: Book) -> dict[str, object]:
    """What the table says of a book, from what is found in it."""
    tables = [normalise(sheet, {}) for sheet in book.sheets]
    problems = [problem for table in tables for problem in (*table.sheet.problems, *table.problems)]
    wrong: Wrong = defaultdict(set)
    said = {problem.code.value for problem in book.problems}
    for problem in [*problems, *validate(tables)]:
        if problem.row is None:
            said.add(problem.code.value)
        else:
            assert problem.place is not None
            wrong[problem.place, problem.row].add(problem.code.value)
    sheets = {table.sheet.place.sheet or "rows": rows(table, wrong) for table in tables}
    return {"said": sorted(said), **sheets}


def rows(table: Table, wrong: Wrong) -> dict[str, object]:
    titles = table.rows["Title"].to_dict()
    found = {row: wrong[table.sheet.place, int(str(row))] for row in titles}
    return {str(row): sorted(found[row]) or title for row, title in titles.items()}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_row_of_a_sample_is_what_the_table_says(name: str) -> None:
    assert checked(load(str(FOLDER / name))) == EXPECTED[name]


def test_every_sample_stands_in_the_table() -> None:
    samples = {path.name for path in FOLDER.iterdir() if path.suffix in ENDINGS}
    assert samples == EXPECTED.keys() | REFUSED


MESSY = [name for name in EXPECTED if name.startswith("messy")]


@pytest.mark.parametrize("name", [name for name in MESSY if not name.endswith(".csv")])
def test_a_sheet_says_the_same_in_every_format_that_keeps_results(name: str) -> None:
    """All but the formulas, whose results openpyxl does not store."""
    formulas = {"9", "10"}
    one, other = (
        {row: found for row, found in EXPECTED[which]["Sections"].items() if row not in formulas}
        for which in (name, "messy.xls")
    )
    assert one == other
