"""The exit code of a command, for everything that can become of its rows at once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.cli.console import exit_code
from importer.errors import BusyError, FileError, ImporterError, NoCredentialsError, SignInError, UnreachableError
from importer.model import Outcome, Report, Row, RowKey, Status, Verdict
from importer.problems import Place
from importer.sandbox import Drop, Fault, Server
from tests.flow.commands import LESSON_HEADINGS, Run, lessons_csv, write_csv

WRONG = {Outcome.INVALID, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED}
WELL = {Outcome.CREATED, Outcome.UPDATED, Outcome.DELETED, Outcome.EXISTS, Outcome.SKIPPED}
STOPS: list[ImporterError] = [
    FileError("."),
    NoCredentialsError(),
    SignInError("."),
    UnreachableError("", "."),
    BusyError("."),
]


def report_of(
    outcomes: Sequence[Outcome], command: str = "run", stop: ImporterError | None = None, interrupted: bool = False
) -> Report:
    rows = tuple(
        Row(
            key=RowKey("a.csv", "", number),
            place=Place(file="a.csv", sheet=None),
            kind="lessons",
            title="",
            verdict=Verdict(outcome=outcome),
        )
        for number, outcome in enumerate(outcomes, start=2)
    )
    ended = Status.STOPPED if stop or interrupted else Status.COMPLETED
    return Report(run_id="", command=command, status=ended, rows=rows, stop=stop, interrupted=interrupted)


@given(
    outcomes=st.lists(st.sampled_from(Outcome), max_size=12),
    stop=st.sampled_from([None, *(stop for stop in STOPS if stop.exit_code > 2)]),
    interrupted=st.booleans(),
)
def test_if_several_apply_the_first_of_3_130_5_4_1_is_it(
    outcomes: list[Outcome], stop: ImporterError | None, interrupted: bool
) -> None:
    applies = {
        3: stop is not None and stop.exit_code == 3,
        130: interrupted,
        5: Outcome.UNKNOWN in outcomes,
        4: (stop is not None and stop.exit_code == 4) or Outcome.PENDING in outcomes,
        1: bool(WRONG.intersection(outcomes)),
    }
    expected = [*(code for code, does in applies.items() if does), 0]
    assert exit_code(report_of(outcomes, "run", stop, interrupted)) == expected[0]


@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=12))
def test_zero_is_only_said_where_every_row_is_well(outcomes: list[Outcome]) -> None:
    assert (exit_code(report_of(outcomes)) == 0) == WELL.issuperset(outcomes)


@given(outcomes=st.lists(st.sampled_from(Outcome), max_size=12), command=st.sampled_from(["check", "plan"]))
def test_rows_that_are_not_sent_are_well_where_nothing_was_to_be_sent(outcomes: list[Outcome], command: str) -> None:
    rest = [outcome for outcome in outcomes if outcome is not Outcome.PENDING]
    assert exit_code(report_of(outcomes, command)) == exit_code(report_of(rest, command))


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: type(stop).__name__)
def test_what_stops_a_command_before_its_rows_says_the_code(stop: ImporterError) -> None:
    for command in ("check", "plan", "run"):
        assert exit_code(report_of([], command, stop)) == stop.exit_code


# --- the same, by commands ----------------------------------------------------------------------------------


def faulty(path: Path) -> Path:
    """One good row, one invalid."""
    rows = [[104, "", "A", 1, "Immediate", "Visited", "yes"], [104, "", "B", "x", "Immediate", "Visited", "yes"]]
    return write_csv(path, LESSON_HEADINGS, rows)


def test_0_1_and_2(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "good.csv", 2)
    faulty(tmp_path / "bad.csv")
    for command in ("check", "plan", "run"):
        codes = [importer(command, name).code for name in ("good.csv", "bad.csv", "gone.csv")]
        assert codes == [0, 1, 2], command


def test_5_before_1_and_4(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", drop=Drop.RESET, nth=1, path="*lessons", colleague=True))
    faulty(tmp_path / "bad.csv")
    answer = importer("run", "bad.csv", "--json", "--settle", 0)
    assert (answer.code, answer.counts) == (5, {"unknown": 1, "invalid": 1})


def test_3_in_the_middle_of_a_run(importer: Run, service: Server, tmp_path: Path) -> None:
    service.faults.add(Fault(method="POST", path="*lessons", work=False, status=403, nth=3, times=99))
    lessons_csv(tmp_path / "good.csv", 6)
    answer = importer("run", "good.csv", "--json", "--concurrency", 1)
    assert (answer.code, answer.counts, answer.document["status"]) == (3, {"created": 2, "pending": 4}, "stopped")


def test_4_when_the_service_gets_worse_and_worse(importer: Run, service: Server, tmp_path: Path) -> None:
    """Rows in doubt come before rows that wait, so the code is 5; without the doubt it is 4."""
    service.faults.add(Fault(method="POST", path="*lessons", work=False, status=404, nth=3, times=99))
    lessons_csv(tmp_path / "good.csv", 6)
    answer = importer("run", "good.csv", "--json", "--concurrency", 1)
    assert (answer.code, answer.counts) == (4, {"created": 2, "pending": 4})
    assert importer("run", "good.csv", "--json", "--all-or-nothing").code == 4
    service.faults.clear()
    again = importer("run", "good.csv", "--json")
    assert (again.code, again.counts) == (0, {"created": 4, "exists": 2})
