"""What the console says at the end of a command: how many rows came to what, what is wrong, what to do next."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from importer.languages import say, told
from importer.model import UNDO, Outcome, Report, Status, Verb
from importer.problems import Code, counted
from importer.report.causes import Group, grouped
from importer.report.of_plan import both, planned
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
    Outcome.DELETED: "deleted",
    Outcome.EXISTS: "there already",
    Outcome.SKIPPED: "skipped",
    Outcome.INVALID: "invalid",
    Outcome.REJECTED: "rejected by Nexudus",
    Outcome.BLOCKED: "blocked by another row or record",
    Outcome.FAILED: "failed, with nothing done",
    Outcome.UNKNOWN: "unknown, and perhaps done",
    Outcome.PENDING: "not sent yet",
}
UNDO_PLAN: Final = f"{UNDO} --dry-run"
_WORDS_OF_UNDO: Final = {
    Outcome.UPDATED: "put back as before",
    Outcome.EXISTS: "as before already",
    Outcome.FAILED: "left as they are",
    Outcome.BLOCKED: "left as they are",
    Outcome.UNKNOWN: "unknown",
    Outcome.PENDING: "not taken back yet",
}
_PENDING: Final = {_CHECK: "without an error", _PLAN: "to be created"}
_AGAIN: Final = {
    (_CHECK, 1): "Correct the rows in the file you gave and check it again ({names} has only those rows).",
    (_PLAN, 1): "Correct the rows in the file you gave and plan it again ({names} has only those rows).",
    (_CHECK, 2): "Correct the rows in the files you gave and check them again ({names} have only those rows).",
    (_PLAN, 2): "Correct the rows in the files you gave and plan them again ({names} have only those rows).",
}
_SENDS: Final = {
    (_CHECK, True): "The same command with plan in place of check shows what would be sent, with run it sends it.",
    (_CHECK, False): "The same command with plan in place of check shows what would be sent, "
    "with run it sends at most the {rows} without an error.",
    (_PLAN, True): "The same command with run in place of plan sends it.",
    (_PLAN, False): "The same command with run in place of plan sends the {rows} to be created.",
}


def summary(report: Report, *, whole: bool = False) -> str:
    """The text after a command, without anything in it that could steer a terminal.

    The `outlook`, for a plan all of what it does where it is `whole`; what stopped it; the reports; what to do next.
    """
    reports = [say("Reports"), *(f"  {one_line(str(path))}" for path in report.files)] if report.files else []
    return _paragraphs(*_outlook(report, whole=whole), _stopped(report), reports, _next_steps(report))


def outlook(report: Report) -> str:
    """What is known before anything is sent.

    Counts that add up; for a plan what it costs; the errors and the warnings by their cause, with the number of rows,
    the first row numbers and one whole message each.
    """
    return _paragraphs(*_outlook(report, whole=False))


def _outlook(report: Report, *, whole: bool) -> Iterator[list[str]]:
    problems = [problem for row in report.rows for problem in row.verdict.problems] + list(report.problems)
    groups = grouped(problems)
    yield [_counts(report)] if report.rows else []
    if report.plan and report.command in (_PLAN, UNDO_PLAN):
        yield planned(report.plan, report.courses, whole=whole)
    yield _shown(say("Errors"), [group for group in groups if group.first.is_error])
    yield _shown(say("Warnings"), [group for group in groups if not group.first.is_error])


def _paragraphs(*parts: list[str]) -> str:
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _counts(report: Report) -> str:
    words = _WORDS | ({Outcome.PENDING: _PENDING[report.command]} if _went_through(report) else {})
    if report.command in (UNDO, UNDO_PLAN):
        words |= _WORDS_OF_UNDO
    later = _left_for_later(report)
    numbers = [(say(words[one]), count) for one, count in report.counts.items() if one is not Outcome.PENDING]
    verbs = _waiting(report) if report.command == _PLAN else Counter[Verb]()
    changing, deleting = verbs[Verb.UPDATE], verbs[Verb.DELETE]
    pending = report.counts[Outcome.PENDING] - later - changing - deleting
    numbers += [(say(words[Outcome.PENDING]), pending), (say("to be updated"), changing)]
    numbers += [(say("to be deleted"), deleting)]
    numbers += [(say("left for later"), later)]
    counts = ", ".join(say("{count:,} {outcome}", count=count, outcome=word) for word, count in numbers if count)
    skipped = counted(report.blank_rows, "blank row")
    blank = " " + say("({rows} skipped)", rows=skipped) if report.blank_rows else ""
    return say("{rows}: {counts}{blank}.", rows=counted(len(report.rows), "row"), counts=counts, blank=blank)


def _went_through(report: Report) -> bool:
    """Whether a command that only looks saw all that there is to see."""
    return report.command in _PENDING and report.stop is None and not report.interrupted


def _left_for_later(report: Report) -> int:
    """Rows that a trial slice left out."""
    return sum(Code.LEFT_FOR_LATER in (problem.code for problem in row.verdict.problems) for row in report.rows)


def _waiting(report: Report) -> Counter[Verb]:
    """How many rows wait for what, those that are left for later apart."""
    operations = report.plan.operations if report.plan is not None else ()
    waiting = {row.key for row in report.rows if row.verdict.outcome is Outcome.PENDING}
    return Counter(one.verb for one in operations if one.key in waiting)


def _shown(title: str, groups: list[Group]) -> list[str]:
    if not groups:
        return []
    left = len(groups) - _CAUSES
    causes = counted(left, "further cause")
    more = ["  " + say("and {causes}: the report has them all", causes=causes)] if left > 0 else []
    return [title, *(line for group in groups[:_CAUSES] for line in _lines(group)), *more]


def _lines(group: Group) -> Iterator[str]:
    """How often and where, and one whole message."""
    numbers = ", ".join(str(row) for row in group.rows[:_ROWS])
    if len(group.rows) > 1:
        given = numbers + (" ..." if len(group.rows) > _ROWS else "")
        yield "  " + say("{count} (rows {numbers}), such as", count=counted(len(group.rows), "row"), numbers=given)
        yield f"    {one_line(group.first.message)}"
    else:
        yield f"  {one_line(group.first.message)}"


def _stopped(report: Report) -> list[str]:
    if report.interrupted:
        return [say("Stopped on request.")]
    if report.stop is None or any(problem.code is Code.STOPPED for problem in report.problems):
        return []
    head = say("Not done") if report.status is Status.REFUSED else say("Stopped early")
    return [f"{head}: {one_line(told(report.stop.message))}"]


def _next_steps(report: Report) -> list[str]:
    if report.status is Status.REFUSED or report.command == UNDO_PLAN:
        return []
    to_correct = _correction_steps(report) if report.command != UNDO else []
    steps = [*_unknown_steps(report), *to_correct, *_pending_steps(report)]
    return [say("Next"), *(f"  {step}" for step in steps)] if steps else []


def _unknown_steps(report: Report) -> list[str]:
    unknown = report.counts[Outcome.UNKNOWN]
    if not unknown:
        return []
    rows = counted(unknown, "row")
    return [
        say(
            "Run the same command again: it settles {rows} marked unknown first. The report says what to look for.",
            rows=rows,
        )
    ]


def _correction_steps(report: Report) -> list[str]:
    if not any(report.counts[outcome] for outcome in TO_CORRECT):
        return []
    files = [one_line(path.name) for path in report.files if is_errors_file(path)]
    if not files:
        return [say("Correct the rows and import the file again: what is there already is not sent twice.")]
    names = both(files)
    if report.command not in _PENDING:
        return [
            say("Correct the rows in {names} and import that file.", names=names)
            if len(files) == 1
            else say("Correct the rows in {names} and import those files.", names=names)
        ]
    return [say(_AGAIN[report.command, min(2, len(files))], names=names)]


def _pending_steps(report: Report) -> list[str]:
    later = _left_for_later(report)
    pending = report.counts[Outcome.PENDING] - later
    steps = []
    if pending and _went_through(report):
        steps.append(_sends(report, pending, is_slice=later > 0))
    elif pending and Code.ANSWERED_NO not in (problem.code for problem in report.problems):
        steps.append(say("Run the same command again later: it goes on where it stopped."))
    if later and report.command not in _PENDING:
        rows = counted(later, "row")
        steps.append(
            say("importer run FILE without --limit sends the {rows} left for later, and nothing twice.", rows=rows)
        )
    return steps


def _sends(report: Report, pending: int, *, is_slice: bool) -> str:
    rows = counted(pending, "row")
    if report.saved_to is not None:
        path = one_line(str(report.saved_to))
        return say("importer run --plan {path} does exactly this for the {rows} still waiting.", path=path, rows=rows)
    if is_slice:
        return say(
            "importer run FILE with the same options does this for {rows}, and without --limit for all of them.",
            rows=rows,
        )
    if set(_waiting(report)) - {Verb.CREATE}:
        return say("importer run FILE with the same options does this for the {rows} still waiting.", rows=rows)
    return say(_SENDS[report.command, pending == len(report.rows)], rows=rows)
