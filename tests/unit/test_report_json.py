"""The JSON document: the keys of the contract, and never a value that JSON cannot hold."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from importer import report
from importer.entities import ACTIVE, LESSON, TITLE
from importer.errors import ImporterError, UnreachableError
from importer.model import ErrorCell, FormulaCell, Outcome, Report, Requests, Row, Status
from importer.problems import Code, Column, Place, Problem
from tests.builders import problem_at, row_of, sheet_of

SHEET = sheet_of([[TITLE.name, ACTIVE.name], ["A", "x"]], Place(file="in.xlsx", sheet=LESSON.sheet))
COLUMN = SHEET.column(ACTIVE.name)


def answer(*rows: Row, problems: tuple[Problem, ...] = (), stop: ImporterError | None = None) -> Report:
    return Report(
        run_id="r1",
        command="run",
        status=Status.STOPPED if stop else Status.COMPLETED,
        rows=rows,
        problems=problems,
        requests=Requests(writes=1, reads=2, throttled=3),
        elapsed=1.23456,
        files=(Path("in.report.xlsx"),),
        stop=stop,
    )


def test_the_document_is_as_the_contract_says() -> None:
    problem = problem_at(SHEET, 2, COLUMN, "x")
    found = report.document(answer(row_of(SHEET, 2, Outcome.INVALID, problem)))
    assert found == {
        "run_id": "r1",
        "status": "completed",
        "counts": {outcome.value: int(outcome is Outcome.INVALID) for outcome in Outcome},
        "rows": [
            {
                "file": "in.xlsx",
                "sheet": "Lessons",
                "row": 2,
                "kind": "lessons",
                "outcome": "invalid",
                "id": None,
                "title": "Title 2",
                "problems": [
                    {
                        "column": "B Active",
                        "field": "Active",
                        "code": "not-yes-or-no",
                        "message": problem.message,
                        "severity": "error",
                        "value": "x",
                    }
                ],
                "changes": [],
            }
        ],
        "problems": [],
        "requests": {"writes": 1, "reads": 2, "throttled": 3},
        "elapsed_s": 1.235,
        "reports": ["in.report.xlsx"],
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (pd.NA, None),
        (pd.NaT, None),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2.5, 2.5),
        (True, True),
        (np.int64(7), 7),
        (datetime(2026, 3, 1, 9, 30), "2026-03-01T09:30:00"),
        (date(2026, 3, 1), "2026-03-01"),
        (time(9, 30), "09:30:00"),
        (timedelta(hours=1), "1:00:00"),
        (ErrorCell("#REF!"), "#REF!"),
        (FormulaCell(), "a formula"),
        ("\ud800", "\ufffd"),
    ],
)
def test_every_value_becomes_one_that_json_holds(value: object, expected: object) -> None:
    found = report.document(answer(row_of(SHEET, 2, Outcome.INVALID, problem_at(SHEET, 2, COLUMN, value))))
    shown = found["rows"][0]["problems"][0]["value"]
    assert (type(shown), shown) == (type(expected), expected)
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode("utf-8")


def test_a_row_of_a_csv_has_no_sheet() -> None:
    sheet = sheet_of([[TITLE.name], ["A"]], Place(file="in.csv", sheet=None))
    found = report.document(answer(row_of(sheet, 2, Outcome.CREATED, id=7)))["rows"][0]
    assert (found["file"], found["sheet"], found["id"]) == ("in.csv", None, 7)


def test_a_column_that_is_not_there_has_no_letter() -> None:
    problem = Problem(code=Code.NOT_YES_NO, column=Column(letter=None, heading="Active", field="Active"))
    assert report.document(answer(problems=(problem,)))["problems"][0]["column"] == "Active"


def test_why_a_command_stopped_is_among_the_problems_once() -> None:
    stop = UnreachableError("https://x", "no route")
    (told,) = report.document(answer(stop=stop))["problems"]
    assert (told["code"], told["message"]) == ("unreachable", stop.message)
    known = Problem(code=Code.STOPPED, details={"reason": "no route"})
    assert len(report.document(answer(problems=(known,), stop=stop))["problems"]) == 1
