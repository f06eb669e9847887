"""What a report says on each row, worked out once: status, messages, id."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from importer.languages import say
from importer.model import Outcome, Row
from importer.problems import Place, Problem
from importer.report.words import own_cell

TO_CORRECT: Final = frozenset({Outcome.INVALID, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED})
"""The outcomes whose rows stand in an errors file.

That file is imported again as it is. So a row that may have been created (`unknown`) is not in it: sending
it again could make it twice, a person has to look first. Nor is one that the run did not reach (`pending`):
the same command goes on with it.
"""


class Remark(NamedTuple):
    """The answer on one row. The first three are the cells of our columns, in their order."""

    status: str
    error: str
    id: str
    outcome: Outcome
    problems: tuple[Problem, ...]

    @property
    def to_correct(self) -> bool:
        """Whether the row is left to be corrected and imported again."""
        return self.outcome in TO_CORRECT


Remarks = Mapping[int, Remark]
"""The remarks of one sheet, by row."""


def by_sheet(rows: Iterable[Row]) -> Mapping[Place, Remarks]:
    """The remarks of every sheet, its rows from top to bottom."""
    found: defaultdict[Place, dict[int, Remark]] = defaultdict(dict)
    for row in rows:
        found[row.place][row.key.row] = _remark(row)
    return {place: dict(sorted(remarks.items())) for place, remarks in found.items()}


_STATUSES: Final = {id(outcome): outcome.value for outcome in Outcome}
"""The word of each outcome. By identity, as the members of an enum are slow to ask and to hash, and rows are many."""


def _remark(row: Row) -> Remark:
    verdict = row.verdict
    return Remark(
        status=_STATUSES[id(verdict.outcome)],
        error=messages(verdict.problems) if verdict.problems else "",
        id="" if verdict.id is None else str(verdict.id),
        outcome=verdict.outcome,
        problems=verdict.problems,
    )


def messages(problems: Iterable[Problem]) -> str:
    """All messages of a row, a line each: the errors first, then the warnings, called notes."""
    errors, notes = [], []
    for problem in problems:
        message = own_cell(problem.message)
        if problem.is_error:
            errors.append(message)
        else:
            notes.append(say("Note: {message}", message=message))
    return "\n".join(errors + notes)
