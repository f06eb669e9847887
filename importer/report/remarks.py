"""What a report says on each row, worked out once: status, messages, id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from importer.entities import FILL_IN, IS_SECTION, LESSON, SECTION, TITLE, entity
from importer.languages import say
from importer.model import Outcome, Row, Sheet
from importer.problems import Code, Column, Place, Problem
from importer.report.differences import with_heading
from importer.report.words import own_cell

TO_CORRECT: Final = frozenset({Outcome.INVALID, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED})
"""The outcomes whose rows stand in an errors file.

That file is imported again as it is. So a row that may have been created (`unknown`) is not in it: sending
it again could make it twice, a person has to look first. Nor is one that the run did not reach (`pending`):
the same command goes on with it.
"""


_ASKED: Final = frozenset({Code.MERGED_CELL, Code.SECTION_OF_LESSON, Code.DUPLICATE_ROW, Code.DUPLICATE_RECORD})
"""What is wrong with a cell because of where it stands, which it does not do any more in an errors file. The other one
of two rows that are alike may not be there, and this one would pass for it."""


class Remark(NamedTuple):
    """The answer on one row. The first three are the cells of our columns, in their order."""

    status: str
    error: str
    id: str
    outcome: Outcome
    problems: tuple[Problem, ...]
    kind: str
    """Of the record that the row is about: a sheet of lessons may have rows of sections."""
    changes: tuple[tuple[Column, str], ...] = ()
    """The columns whose cells change their record, with what is said of each."""

    @property
    def to_correct(self) -> bool:
        """Whether the row is left to be corrected and imported again."""
        return self.outcome in TO_CORRECT

    def words(self, sheet: Sheet) -> Sequence[tuple[Column, str]]:
        """What cells of an errors file have to say, as nothing else there would: by the columns of the row's sheet."""
        asked = [(one.column, FILL_IN) for one in self.problems if one.code in _ASKED and one.column is not None]
        is_section = self.kind == SECTION.kind and sheet.entity is LESSON
        return [*asked, (sheet.column(TITLE.name), IS_SECTION)] if is_section else asked

    @property
    def elsewhere(self) -> "Remark":
        """The same answer, as it is true in an errors file: that has values only, and no formula to calculate."""
        if not any(one.code is Code.FORMULA_WITHOUT_VALUE for one in self.problems):
            return self
        problems = tuple(
            replace(one, code=Code.FORMULA_LEFT_OUT) if one.code is Code.FORMULA_WITHOUT_VALUE else one
            for one in self.problems
        )
        return self._replace(problems=problems, error=messages(problems, [text for _, text in self.changes]))


Remarks = Mapping[int, Remark]
"""The remarks of one sheet, by row."""


def by_sheet(rows: Iterable[Row]) -> Mapping[Place, Remarks]:
    """The remarks of every sheet, its rows from top to bottom."""
    found: defaultdict[Place, dict[int, Remark]] = defaultdict(dict)
    for row in rows:
        found[row.place][row.key.row] = remark(row)
    return {place: dict(sorted(remarks.items())) for place, remarks in found.items()}


_STATUSES: Final = {id(outcome): outcome.value for outcome in Outcome}
"""The word of each outcome. By identity, as the members of an enum are slow to ask and to hash, and rows are many."""


def remark(row: Row) -> Remark:
    """What a report says on a row."""
    verdict = row.verdict
    changes = _changes(row) if row.changes else ()
    return Remark(
        status=_STATUSES[id(verdict.outcome)],
        error=messages(verdict.problems, [text for _, text in changes]) if verdict.problems or changes else "",
        id="" if verdict.id is None else str(verdict.id),
        outcome=verdict.outcome,
        problems=verdict.problems,
        kind=row.kind,
        changes=changes,
    )


def _changes(row: Row) -> tuple[tuple[Column, str], ...]:
    """What the row changed of its record, or was to change."""
    kind = entity(row.kind)
    is_done = row.verdict.outcome is Outcome.UPDATED
    return tuple(
        (
            one.column,
            say("Changed: {change}", change=with_heading(one, kind))
            if is_done
            else say("To change: {change}", change=with_heading(one, kind)),
        )
        for one in row.changes
    )


def messages(problems: Iterable[Problem], changes: Iterable[str] = ()) -> str:
    """All messages of a row, a line each: the errors, then what changes, then the warnings, called notes."""
    errors, notes = [], []
    for problem in problems:
        message = own_cell(problem.message)
        if problem.is_error:
            errors.append(message)
        else:
            notes.append(say("Note: {message}", message=message))
    return "\n".join([*errors, *map(own_cell, changes), *notes])
