"""Sections and lessons in one sheet: a row with a section's title and nothing else of a lesson begins a section."""

from bisect import bisect
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import Final

import pandas as pd

from importer.derive.cell_words import word_of
from importer.derive.keys import folded
from importer.entities import ACTION, ID, IS_SECTION, LESSON, SECTION, SECTION_ID, SECTION_TITLE, TITLE
from importer.model import Sheet
from importer.problems import Code, Column, Problem, counted, quoted

_LESSON_ONLY: Final = tuple(
    field.name for field in LESSON.fields if field.name != SECTION_TITLE.name and not SECTION.has(field.name)
)
_MOST_NAMED: Final = 20


def parts_of(sheet: Sheet) -> tuple[Sheet, ...]:
    """A sheet of lessons as its sections, if any rows are such, and its lessons; any other sheet as it is.

    A row is a section's where that can be told safely: it has a title in the column for sections that no row above
    it has, nothing in any column that only lessons have, and a lesson below it names that section or none. Or it says
    so where a lesson has its title, as the rows of an errors file do: their lessons may not be in it.

    A lesson that names no section below such a row may belong to it or to the course itself: that is asked, never
    guessed.
    """
    if sheet.entity is not LESSON or not {SECTION_TITLE.name, TITLE.name} <= set(sheet.cells.columns):
        return (sheet,)
    rows = _section_rows(sheet.cells)
    if not rows:
        return (sheet,)
    lessons = sheet.cells.drop(index=rows)
    asked = tuple(_asked(sheet, lessons, rows))
    of_sections, others = _parted(sheet.problems, frozenset(rows))
    sections = sheet.cells.loc[rows].drop(columns=[TITLE.name]).rename(columns={SECTION_TITLE.name: TITLE.name})
    kept = [name for name in sections.columns if SECTION.has(name)]
    return (
        replace(
            sheet,
            entity=SECTION,
            columns=tuple(map(_of_section, sheet.columns)),
            cells=sections[kept],
            blank_rows=0,
            problems=(_said(sheet, rows), *of_sections),
        ),
        replace(sheet, cells=lessons, problems=(*others, *asked)),
    )


def _section_rows(cells: pd.DataFrame) -> list[int]:
    """The rows that are sections', safely."""
    # A row with a number, or that says what is to happen, means a record of the kind that the sheet is for.
    own = [name for name in (ID, ACTION.name, *_LESSON_ONLY) if name in cells.columns]
    is_free = cells[own].isna().all(axis=1)
    marked = is_free & cells[TITLE.name].map(_is_mark).astype(bool)
    candidates = is_free & cells[TITLE.name].isna() & cells[SECTION_TITLE.name].notna()
    if not (candidates | marked).any():
        return []
    numbers: list[int] = cells.index.tolist()
    titles = [None if title is None else folded(str(title)) for title in cells[SECTION_TITLE.name].tolist()]
    is_section, is_marked = (candidates | marked).tolist(), marked.tolist()
    first = {title: at for at, title in reversed([*enumerate(titles)])}
    later: set[str | None] = set()
    found = []
    for at in range(len(numbers) - 1, -1, -1):
        follows = at + 1 < len(numbers) and not is_section[at + 1] and titles[at + 1] is None
        is_told = is_section[at] and first[titles[at]] == at and (follows or titles[at] in later)
        if is_marked[at] or is_told:
            found.append(numbers[at])
        elif not is_section[at]:
            later.add(titles[at])
    return found[::-1]


def _is_mark(cell: object) -> bool:
    return isinstance(cell, str) and word_of(cell) == IS_SECTION


def _of_section(column: Column) -> Column:
    """The same column as the section's part of the sheet has it."""
    if column.field == SECTION_TITLE.name:
        return replace(column, field=TITLE.name)
    return column if column.field and column.field != TITLE.name and SECTION.has(column.field) else _without(column)


def _parted(problems: Sequence[Problem], rows: Set[int]) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with the rows of sections, in the columns that these have, and everything else."""
    of_sections = [replace(one, column=one.column and _of_section(one.column)) for one in problems if one.row in rows]
    return of_sections, [one for one in problems if one.row not in rows]


def _without(column: Column) -> Column:
    return replace(column, field=None)


def _said(sheet: Sheet, rows: Sequence[int]) -> Problem:
    details = {"rows": counted(len(rows), "row"), "numbers": numbered(rows)}
    return Problem(code=Code.SECTIONS_AMONG_LESSONS, place=sheet.place, details=details)


def numbered(rows: Sequence[int]) -> str:
    """The first row numbers, and dots where there are more."""
    return ", ".join(str(row) for row in rows[:_MOST_NAMED]) + (" …" if len(rows) > _MOST_NAMED else "")


def _asked(sheet: Sheet, lessons: pd.DataFrame, rows: Sequence[int]) -> Iterator[Problem]:
    """The lessons that stand below a section's row and name no section."""
    named = lessons[SECTION_TITLE.name].notna()
    if SECTION_ID.name in lessons.columns:
        named |= lessons[SECTION_ID.name].notna()
    column = sheet.column(SECTION_TITLE.name)
    titles = dict(zip(rows, sheet.cells[SECTION_TITLE.name].loc[list(rows)].tolist(), strict=True))
    for row in lessons.index[~named].tolist():
        before = bisect(rows, row)
        if before:
            above = rows[before - 1]
            details = {"above": above, "title": quoted(str(titles[above]).strip())}
            yield Problem(code=Code.SECTION_OF_LESSON, place=sheet.place, row=row, column=column, details=details)
