"""The answer of a command as one JSON document, for programs."""

import math
from datetime import date, datetime, time
from typing import Any

import pandas as pd

from importer.languages import Language, speaking
from importer.model import Change, Report, Row
from importer.problems import Code, Problem, Severity
from importer.report.words import SURROGATES


def document(report: Report) -> dict[str, Any]:
    """The document that `--json` prints: only what JSON can hold, so that dumping it never fails.

    It is for programs, so its messages are English, whatever a person reads.
    """
    with speaking(Language.ENGLISH):
        return _document(report)


def _document(report: Report) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "status": report.status.value,
        "counts": {outcome.value: count for outcome, count in report.counts.items()},
        "rows": [_row(row) for row in report.rows],
        "problems": [_problem(problem) for problem in report.problems] + _stop(report),
        "requests": {
            "writes": report.requests.writes,
            "reads": report.requests.reads,
            "throttled": report.requests.throttled,
        },
        "elapsed_s": round(report.elapsed, 3),
        "reports": [_text(str(path)) for path in report.files],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "file": _text(row.key.file),
        "sheet": None if row.place.sheet is None else _text(row.place.sheet),
        "row": int(row.key.row),
        "kind": row.kind,
        "outcome": row.verdict.outcome.value,
        "id": None if row.verdict.id is None else int(row.verdict.id),
        "title": _text(row.title),
        "problems": [_problem(problem) for problem in row.verdict.problems],
        "changes": [_change(change) for change in row.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "column": _text(change.column.label),
        "field": change.field,
        "old": _value(change.old),
        "new": _value(change.new),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    column = problem.column
    return {
        "column": None if column is None else _text(column.label),
        "field": None if column is None else column.field,
        "code": problem.code.value,
        "message": _text(problem.message),
        "severity": problem.severity.value,
        "value": _value(problem.value),
    }


def _stop(report: Report) -> list[dict[str, Any]]:
    """Why the command ended early, unless the problems say so already."""
    stop = report.stop
    if stop is None or any(problem.code is Code.STOPPED for problem in report.problems):
        return []
    return [
        {
            "column": None,
            "field": None,
            "code": stop.code,
            "message": _text(str(stop)),
            "severity": Severity.ERROR.value,
            "value": None,
        }
    ]


def _value(value: object) -> str | int | float | bool | None:
    """A cell as JSON has it: dates as ISO text, everything else that JSON does not know as its text."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    item = getattr(value, "item", None)  # a number of numpy
    return _value(item()) if callable(item) else _text(str(value))


def _text(text: str) -> str:
    """Text that can be encoded: halves of a character pair, as odd file names have them, cannot."""
    return SURROGATES.sub("\ufffd", text)
