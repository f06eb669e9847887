"""What is kept of outcomes that no journal took, and what is believed of such a file."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer import rescue
from importer.delivery import State
from importer.journal import Entry, Journal, Moved
from tests.builders import operation_of
from tests.unit.test_journal import begin, ended, look, put, sending

OPERATIONS = [operation_of(f"Lesson {number}", row=number + 2) for number in range(3)]
ENTRIES: list[Entry] = [ended(0, State.DONE, id=7), ended(1, State.UNKNOWN), Moved(row=1, state=State.ADOPTED, id=8)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "state" / "journal.sqlite3")
    begin(opened, 3)
    put(opened, sending(0), sending(1), sending(2))
    yield opened
    opened.close()


def states(tmp_path: Path) -> list[tuple[object, ...]]:
    return look(tmp_path / "state" / "journal.sqlite3", "SELECT state, remote_id FROM row ORDER BY number")


def test_each_row_is_told_once_with_what_is_known_last() -> None:
    assert rescue.lines([*ENTRIES, sending(2)], OPERATIONS) == [
        'Lessons, row 2, "Lesson 0": created, number 7',
        'Lessons, row 3, "Lesson 1": created, number 8',
    ]


def test_what_is_kept_is_taken_up_and_then_gone(journal: Journal, tmp_path: Path) -> None:
    kept = rescue.keep("run", ENTRIES, OPERATIONS, [tmp_path / "gone", tmp_path])
    assert kept == tmp_path / "importer-rescue-run.json"
    rescue.take_up(journal, [tmp_path / "a.csv", tmp_path / "b.csv"])
    assert states(tmp_path) == [("done", 7), ("done", 8), ("inflight", None)]
    assert not kept.exists()


def test_where_nothing_can_be_kept_that_is_said(tmp_path: Path) -> None:
    assert rescue.keep("run", ENTRIES, OPERATIONS, [tmp_path / "gone"]) is None


def test_without_a_report_it_is_kept_beside_the_journal(journal: Journal, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert rescue.folders(journal.path, []) == [state]
    assert rescue.keep("run", ENTRIES, OPERATIONS, [tmp_path / "gone", state]) == state / "importer-rescue-run.json"
    rescue.take_up(journal, [tmp_path / "a.csv"])
    assert states(tmp_path) == [("done", 7), ("done", 8), ("inflight", None)]


def test_a_file_of_a_run_that_the_journal_does_not_know_stays(journal: Journal, tmp_path: Path) -> None:
    kept = rescue.keep("another", ENTRIES, OPERATIONS, [tmp_path])
    rescue.take_up(journal, [tmp_path / "a.csv"])
    assert kept is not None and kept.exists()
    assert states(tmp_path) == [("inflight", None)] * 3


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DONE, State.ADOPTED)])
def test_that_a_row_was_not_created_is_not_believed(journal: Journal, tmp_path: Path, state: State) -> None:
    row = {"number": 0, "state": state, "id": None, "reason": ""}
    (tmp_path / "importer-rescue-x.json").write_text(json.dumps({"run": "run", "rows": [row]}))
    rescue.take_up(journal, [tmp_path / "a.csv"])
    assert states(tmp_path) == [("inflight", None)] * 3


@given(
    content=st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["run", "done", 0, 7]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["run", "rows", "number", "state", "id"]), inner, max_size=5)
        ),
    ).map(lambda value: json.dumps(value).encode())
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_such_file_breaks_a_run(journal: Journal, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "importer-rescue-x.json").write_bytes(content)
    rescue.take_up(journal, [tmp_path / "a.csv"])


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_a_link_is_not_followed(journal: Journal, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps({"run": "run", "rows": [{"number": 0, "state": "done", "id": 7}]}))
    (tmp_path / "importer-rescue-x.json").symlink_to("elsewhere")
    rescue.take_up(journal, [tmp_path / "a.csv"])
    assert states(tmp_path) == [("inflight", None)] * 3
