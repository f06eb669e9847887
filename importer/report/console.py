"""What the console says at the end of a command: how many rows came to what, what is wrong, what to do next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from importer.entities import ENTITIES
from importer.model import Outcome, Plan, Report, Status
from importer.problems import Code, Problem, counted
from importer.report.remarks import TO_CORRECT
from importer.report.targets import is_errors_file
from importer.report.words import one_line

_CAUSES: Final = 20
"""Causes that are shown; the report has the rest."""
_ROWS: Final = 6
"""Row numbers that are shown of each cause."""
_CHECK: Final = "check"
_PLAN: Final = "plan"

_WORDS: Final = {
    Outcome.CREATED: "created",
    Outcome.UPDATED: "updated",
    Outcome.EXISTS: "there already",
    Outcome.INVALID: "invalid",
    Outcome.REJECTED: "rejected by Nexudus",
    Outcome.BLOCKED: "blocked, as the section did not come to be",
    Outcome.FAILED: "failed, and not created",
    Outcome.UNKNOWN: "unknown, and perhaps created",
    Outcome.PENDING: "not sent yet",
}
_PENDING: Final = {_CHECK: "without an error", _PLAN: "to be created"}


class _Cause(NamedTuple):
    """What problems have in common that one correction may settle."""

    code: Code
    sheet: object
    column: object
    reason: object


@dataclass(slots=True)
class _Group:
    first: Problem
    rows: list[int] = field(default_factory=list)

    @property
    def lines(self) -> Iterator[str]:
        """How often and where, and one whole message."""
        numbers = ", ".join(str(row) for row in self.rows[:_ROWS])
        more = " ..." if len(self.rows) > _ROWS else ""
        if len(self.rows) > 1:
            yield f"  {counted(len(self.rows), 'row')} (rows {numbers}{more}), such as"
            yield f"    {one_line(self.first.message)}"
        else:
            yield f"  {one_line(self.first.message)}"


def summary(report: Report) -> str:
    """The text after a command, without anything in it that could steer a terminal.

    Counts that add up; the errors and the warnings by their cause, with the number of rows, the first row
    numbers and one whole message each; for a plan what it costs; the reports; what to do next.
    """
    problems = [problem for row in report.rows for problem in row.verdict.problems] + list(report.problems)
    groups = _grouped(problems)
    errors = [group for group in groups if group.first.is_error]
    warnings = [group for group in groups if not group.first.is_error]
    parts = [
        [_counts(report)] if report.rows else [],
        planned(report.plan) if report.plan is not None and report.command == _PLAN else [],
        _shown("Errors", errors),
        _shown("Warnings", warnings),
        _stopped(report),
        ["Reports", *(f"  {one_line(str(path))}" for path in report.files)] if report.files else [],
        _next_steps(report),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _counts(report: Report) -> str:
    words = _WORDS | {Outcome.PENDING: _PENDING.get(report.command, _WORDS[Outcome.PENDING])}
    counts = ", ".join(f"{count:,} {words[outcome]}" for outcome, count in report.counts.items() if count)
    blank = f" ({counted(report.blank_rows, 'blank row')} skipped)" if report.blank_rows else ""
    return f"{counted(len(report.rows), 'row')}: {counts}{blank}."


def _grouped(problems: Iterable[Problem]) -> list[_Group]:
    """The problems by cause, those with the most rows first."""
    groups: dict[_Cause, _Group] = {}
    for problem in problems:
        column = problem.column
        place = None if column is None else (column.letter, column.heading)
        cause = _Cause(problem.code, problem.place, place, problem.details.get("reason"))
        group = groups.get(cause)
        if group is None:
            group = groups[cause] = _Group(problem)
        if problem.row is not None and group.rows[-1:] != [problem.row]:
            group.rows.append(problem.row)
    return sorted(groups.values(), key=lambda group: -len(group.rows))


def _shown(title: str, groups: list[_Group]) -> list[str]:
    if not groups:
        return []
    left = len(groups) - _CAUSES
    more = [f"  and {counted(left, 'further cause')}: the report has them all"] if left > 0 else []
    return [title, *(line for group in groups[:_CAUSES] for line in group.lines), *more]


def planned(plan: Plan) -> list[str]:
    """What a run would do and what it costs, as lines."""
    kinds = {entity.kind: 0 for entity in ENTITIES}
    for operation in plan.operations:
        kinds[operation.entity.kind] += 1
    cost = plan.cost
    if not cost.writes:
        return ["Nothing would be sent."]
    records = " and ".join(counted(kinds[entity.kind], entity.singular) for entity in ENTITIES if kinds[entity.kind])
    return [
        f"Would create {records}: {counted(cost.writes, 'write')}, {counted(cost.reads, 'read')}, "
        f"{duration(cost.seconds)} under the limits.",
        *_allowance(cost.writes, cost.left_today),
    ]


def _allowance(writes: int, left: int | None) -> list[str]:
    if left is None:
        return []
    if writes > left:
        return [
            f"Today's limit still allows {counted(left, 'write')}: the same command goes on with the rest tomorrow."
        ]
    return [f"Today's limit still allows {counted(left, 'write')}, and {left - writes:,} after this."]


def duration(seconds: float) -> str:
    """A time in words, such as `about 7 minutes`."""
    if seconds < 60:
        return f"about {counted(max(1, round(seconds)), 'second')}"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"about {counted(minutes, 'minute')}"
    return f"about {counted(round(minutes / 60), 'hour')}"


def _stopped(report: Report) -> list[str]:
    if report.interrupted:
        return ["Stopped on request."]
    if report.stop is None or any(problem.code is Code.STOPPED for problem in report.problems):
        return []
    head = "Not done" if report.status is Status.REFUSED else "Stopped early"
    return [f"{head}: {one_line(report.stop.message)}"]


def _next_steps(report: Report) -> list[str]:
    if report.status is Status.REFUSED:
        return []
    steps = [*_unknown_steps(report), *_correction_steps(report), *_pending_steps(report)]
    return ["Next", *(f"  {step}" for step in steps)] if steps else []


def _unknown_steps(report: Report) -> list[str]:
    unknown = report.counts[Outcome.UNKNOWN]
    return [f"Look in Nexudus for {counted(unknown, 'row')} marked unknown: the report says what to look for."] * (
        unknown > 0
    )


def _correction_steps(report: Report) -> list[str]:
    if not any(report.counts[outcome] for outcome in TO_CORRECT):
        return []
    files = [one_line(path.name) for path in report.files if is_errors_file(path)]
    if not files:
        return ["Correct the rows and import the file again: what is there already is not sent twice."]
    names, what = " and ".join(files), "that file" if len(files) == 1 else "those files"
    if report.command in _PENDING:
        has = "has" if len(files) == 1 else "have"
        return [f"Correct the rows in the file you gave and {report.command} it again ({names} {has} only those rows)."]
    return [f"Correct the rows in {names} and import {what}."]


def _pending_steps(report: Report) -> list[str]:
    pending = report.counts[Outcome.PENDING]
    if not pending:
        return []
    if report.command not in _PENDING:
        return ["Run the same command again later: it goes on where it stopped."]
    what = "it" if pending == len(report.rows) else f"the {counted(pending, 'row')} {_PENDING[report.command]}"
    seen = "importer plan FILE shows what would be sent, " if report.command == _CHECK else ""
    return [f"{seen}importer run FILE sends {what}."]
