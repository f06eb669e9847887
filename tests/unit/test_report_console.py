"""The summary on the console: counts that add up, causes, and what to do next."""

from dataclasses import replace
from pathlib import Path

import pytest

from importer import report
from importer.entities import ACTIVE, LESSON, SECTION, TITLE, UNLOCK_TYPE
from importer.errors import EmptyFileError, UnreachableError
from importer.model import Change, Cost, Operation, Outcome, Plan, Report, Row, RowKey, Status, Verb
from importer.problems import Code, Place, Problem
from tests.builders import problem_at, row_of, sheet_of

SHEET = sheet_of([[TITLE.name, ACTIVE.name, UNLOCK_TYPE.name]], Place(file="in.xlsx", sheet=LESSON.sheet))


def bad(row: int, name: str = ACTIVE.name) -> Row:
    return row_of(SHEET, row, Outcome.INVALID, problem_at(SHEET, row, SHEET.column(name), f"x{row}"))


def told(rows: list[Row], command: str = "run", files: tuple[str, ...] = (), **more: object) -> str:
    found = Report(
        run_id="r",
        command=command,
        status=Status.COMPLETED,
        rows=tuple(rows),
        files=tuple(Path(file) for file in files),
    )
    for name, value in more.items():
        object.__setattr__(found, name, value)
    return report.summary(found)


def test_a_run_without_a_fault_says_little() -> None:
    rows = [row_of(SHEET, row, Outcome.CREATED, id=row) for row in range(2, 1236)]
    assert told(rows, blank_rows=1) == "1,234 rows: 1,234 created (1 blank row skipped)."


def test_counts_add_up_in_plain_words() -> None:
    rows = [row_of(SHEET, row, outcome) for row, outcome in enumerate(Outcome, start=2)]
    first = told(rows).splitlines()[0]
    assert first == (
        "11 rows: 1 created, 1 updated, 1 deleted, 1 there already, 1 skipped, 1 invalid, 1 rejected by Nexudus, "
        "1 blocked by another row or record, 1 failed, with nothing done, "
        "1 unknown, and perhaps done, 1 not sent yet."
    )


def test_problems_are_grouped_by_cause_and_errors_stand_apart() -> None:
    note = Problem(code=Code.TOO_FEW_CELLS, place=SHEET.place, row=9, details={"cells": 1, "headings": 3})
    rows = [*(bad(row) for row in range(2, 10)), bad(10, UNLOCK_TYPE.name), row_of(SHEET, 9, Outcome.CREATED, note)]
    lines = told(rows).splitlines()
    assert lines[2:7] == [
        "Errors",
        "  8 rows (rows 2, 3, 4, 5, 6, 7 ...), such as",
        "    " + bad(2).verdict.problems[0].message,
        "  " + bad(10, UNLOCK_TYPE.name).verdict.problems[0].message,
        "",
    ]
    assert lines[7:9] == ["Warnings", "  " + note.message]


def test_only_so_many_causes_are_shown() -> None:
    rows = [
        row_of(SHEET, row, Outcome.REJECTED, Problem(code=Code.REFUSED, row=row, details={"reason": f"no {row}"}))
        for row in range(2, 32)
    ]
    assert "  and 10 further causes: the report has them all" in told(rows).splitlines()


@pytest.mark.parametrize(
    ("outcome", "command", "files", "step"),
    [
        (
            Outcome.INVALID,
            "run",
            ("a/x.report.csv", "a/x.errors.csv"),
            "Correct the rows in x.errors.csv and import that file.",
        ),
        (
            Outcome.INVALID,
            "check",
            (),
            "Correct the rows and import the file again: what is there already is not sent twice.",
        ),
        (
            Outcome.UNKNOWN,
            "run",
            (),
            "Run the same command again: it settles 1 row marked unknown first. The report says what to look for.",
        ),
        (Outcome.PENDING, "run", (), "Run the same command again later: it goes on where it stopped."),
        (
            Outcome.PENDING,
            "check",
            (),
            "The same command with plan in place of check shows what would be sent, with run it sends it.",
        ),
        (Outcome.PENDING, "plan", (), "The same command with run in place of plan sends it."),
    ],
)
def test_it_ends_with_what_to_do_next(outcome: Outcome, command: str, files: tuple[str, ...], step: str) -> None:
    assert told([row_of(SHEET, 2, outcome)], command, files).splitlines()[-2:] == ["Next", f"  {step}"]


def test_after_a_check_the_file_itself_is_corrected() -> None:
    rows = [bad(2), row_of(SHEET, 3, Outcome.PENDING)]
    assert told(rows, "check", ("x.errors.csv",)).splitlines()[-2:] == [
        "  Correct the rows in the file you gave and check it again (x.errors.csv has only those rows).",
        "  The same command with plan in place of check shows what would be sent, "
        "with run it sends at most the 1 row without an error.",
    ]


def operation(row: int, section: bool = False) -> Operation:
    return Operation(
        key=RowKey("in.xlsx", "", row),
        place=SHEET.place,
        entity=SECTION if section else LESSON,
        course=1,
        title="",
        identity="",
        payload={},
        columns={},
    )


@pytest.mark.parametrize(
    ("seconds", "left", "expected"),
    [
        (0.2, None, ["Would create 1 section and 2 lessons: 3 writes, 4 reads, about 1 second under the limits."]),
        (
            90 * 60,
            5000,
            [
                "Would create 1 section and 2 lessons: 3 writes, 4 reads, about 90 minutes under the limits.",
                "Today's limit still allows 5,000 writes, and 4,997 after this.",
            ],
        ),
        (
            26 * 3600,
            1,
            [
                "Would create 1 section and 2 lessons: 3 writes, 4 reads, about 26 hours under the limits.",
                "Today's limit still allows 1 write: the same command goes on with the rest tomorrow.",
            ],
        ),
    ],
)
def test_a_plan_says_what_it_costs(seconds: float, left: int | None, expected: list[str]) -> None:
    plan = Plan(
        waves=((operation(2, section=True),), (operation(3), operation(4))),
        cost=Cost(writes=3, reads=4, seconds=seconds, left_today=left),
    )
    lines = told([row_of(SHEET, row, Outcome.PENDING) for row in (2, 3, 4)], "plan", plan=plan).splitlines()
    assert lines[0] == "3 rows: 3 to be created."
    assert lines[2 : 2 + len(expected)] == expected


@pytest.mark.parametrize("verb", [Verb.UPDATE, Verb.DELETE])
def test_of_a_plan_the_first_lines_are_shown_or_all(verb: Verb) -> None:
    change = Change(column=SHEET.column(TITLE.name), field=TITLE.name, old="a", new="b")
    changes = (change,) if verb is Verb.UPDATE else ()
    some = tuple(replace(operation(row), verb=verb, id=row, title="a", changes=changes) for row in range(2, 27))
    plan = Plan(waves=(some,), cost=Cost(writes=25, reads=4, seconds=1.0, left_today=None))
    short, long = (report.planned(plan, whole=whole) for whole in (False, True))
    lines = [line for line in long if "row " in line]
    assert len(lines) == 25 and not any("more" in line for line in long)
    most = 5 if verb is Verb.UPDATE else 20
    assert [line for line in short if "row " in line] == lines[:most]
    end = ["What is deleted cannot be taken back."] if verb is Verb.DELETE else []
    assert [line.strip() for line in short[-1 - len(end) :]] == [f"and {25 - most} more", *end]
    assert [line.strip() for line in long[len(long) - len(end) :]] == end


def test_a_plan_that_could_not_be_made_promises_nothing() -> None:
    text = told(
        [row_of(SHEET, 2, Outcome.PENDING)],
        "plan",
        status=Status.STOPPED,
        stop=UnreachableError("https://x", "no answer"),
    )
    assert text.splitlines() == [
        "1 row: 1 not sent yet.",
        "",
        "Stopped early: https://x could not be reached: no answer. Nothing was sent; run the same command again later.",
        "",
        "Next",
        "  Run the same command again later: it goes on where it stopped.",
    ]


def test_a_plan_of_nothing_says_so() -> None:
    plan = Plan(waves=(), cost=Cost(writes=0, reads=4, seconds=0.0, left_today=9))
    assert "Nothing would be sent." in told([row_of(SHEET, 2, Outcome.EXISTS, id=1)], "plan", plan=plan)


def test_why_it_stopped_is_said() -> None:
    stop = UnreachableError("https://x", "no route")
    assert f"Stopped early: {stop.message}" in told([row_of(SHEET, 2, Outcome.PENDING)], stop=stop)
    assert "Stopped on request." in told([row_of(SHEET, 2, Outcome.PENDING)], interrupted=True)
    refused = EmptyFileError("x.csv", "nothing in it")
    assert told([], stop=refused, status=Status.REFUSED) == "Not done: x.csv: nothing in it."


def test_nothing_in_it_steers_the_terminal() -> None:
    sheet = sheet_of([["\x1b[31m" + TITLE.name]], Place(file="in.xlsx", sheet="\x1b]0;x\x07\u202eS"))
    problem = Problem(code=Code.REFUSED, place=sheet.place, row=2, details={"reason": "a\x1b[2J\r\nb"})
    found = told([row_of(sheet, 2, Outcome.REJECTED, problem)], files=("\x1b[1mx.report.csv",))
    assert all(character.isprintable() or character == "\n" for character in found)
    assert "S, row 2: Nexudus refused it: a b." in found
