"""Problems by their cause: those that one correction may settle."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from importer.problems import Code, Problem


class _Cause(NamedTuple):
    """What problems have in common that one correction may settle."""

    code: Code
    sheet: object
    column: object
    reason: object


@dataclass(slots=True)
class Group:
    """The problems of one cause: the first of them, and the numbers of their rows."""

    first: Problem
    rows: list[int] = field(default_factory=list)


def grouped(problems: Iterable[Problem]) -> list[Group]:
    """The problems by cause, those with the most rows first."""
    groups: dict[_Cause, Group] = {}
    for problem in problems:
        column = problem.column
        place = None if column is None else (column.letter, column.heading)
        cause = _Cause(problem.code, problem.place, place, problem.details.get("reason"))
        group = groups.get(cause)
        if group is None:
            group = groups[cause] = Group(problem)
        if problem.row is not None and group.rows[-1:] != [problem.row]:
            group.rows.append(problem.row)
    return sorted(groups.values(), key=lambda group: -len(group.rows))
