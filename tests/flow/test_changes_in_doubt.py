"""Updates whose run is killed while one is on its way: the same command finds out, and goes on."""

import contextlib
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from importer.entities import LESSON
from importer.sandbox import Drop, Fault, Server
from tests.flow.commands import process, running, write_csv

COMMAND = ("run", "lessons.csv", "--kind", "lessons", "--on-existing", "update", "--json")


@pytest.fixture
def service(own_service: Server) -> Server:
    return own_service


def held(service: Server, id: int) -> dict[str, Any]:
    record = service.store.get(LESSON, id)
    assert record is not None
    return record


def journal(tmp_path: Path, sql: str) -> list[tuple[Any, ...]]:
    (path,) = (tmp_path / "state").rglob("*.sqlite3")
    connection = sqlite3.connect(path)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found


def until_on_its_way(tmp_path: Path) -> None:
    """Wait until the journal has a row on its way, and a little more, so that it has left."""
    for _ in range(400):
        time.sleep(0.05)
        with contextlib.suppress(ValueError, sqlite3.Error):
            if journal(tmp_path, "SELECT 1 FROM row WHERE state = 'inflight'"):
                time.sleep(0.5)
                return
    pytest.fail("nothing was on its way within 20 seconds")


def killed_amid_the_first_put(service: Server, tmp_path: Path, fault: Fault) -> dict[str, Any]:
    """Two lessons are to change, and the process dies while the first one does; that lesson as it was."""
    rows = [[5001, "Washing your hands"], [5002, "Keeping cold"]]
    write_csv(tmp_path / "lessons.csv", ("Id", "Title"), rows)
    return killed_while_on_its_way(service, tmp_path, fault)


def killed_while_on_its_way(service: Server, tmp_path: Path, fault: Fault) -> dict[str, Any]:
    before = held(service, 5001)
    service.faults.add(fault)
    with running(*COMMAND, cwd=tmp_path) as started:
        until_on_its_way(tmp_path)
        started.kill()
        started.communicate(timeout=20)
    service.faults.clear()
    return before


@pytest.mark.parametrize("title", ["Washing your hands", "Cleaning your hands"])
def test_a_change_that_was_done_is_found_and_its_first_image_kept(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    before = killed_amid_the_first_put(service, tmp_path, Fault(method="PUT", wait_after=5, nth=1))
    if title != "Washing your hands":
        # Whoever changes the sheet in between wants another title, and the image stays that from before the first.
        write_csv(tmp_path / "lessons.csv", ("Id", "Title"), [[5001, title], [5002, "Keeping cold"]])
    answer = process(*COMMAND, "--settle", 3, cwd=tmp_path)
    assert (answer.code, answer.counts) == (0, {"updated": 2}), answer
    assert (held(service, 5001)["Title"], held(service, 5002)["Title"]) == (title, "Keeping cold")
    images = journal(tmp_path, "SELECT before FROM row WHERE subject = 5001 AND state IN ('done', 'adopted')")
    assert [json.loads(image) for (image,) in images] == [before]
    assert process(*COMMAND, cwd=tmp_path).counts == {"exists": 2}


def test_a_picture_that_no_record_tells_of_is_not_called_fetched(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    title = held(service, 5001)["Title"]
    headings = ("Id", "Title", "NewImageUrl")
    write_csv(tmp_path / "lessons.csv", headings, [[5001, title, "https://example.com/a.png"]])
    killed_while_on_its_way(service, tmp_path, Fault(method="PUT", work=False, wait_before=5, drop=Drop.RESET, nth=1))
    write_csv(tmp_path / "lessons.csv", headings, [[5001, title, ""]])
    assert process(*COMMAND, "--settle", 1, cwd=tmp_path).counts == {"exists": 1}


def changed_at(service: Server, count: int) -> None:
    """Wait until so many changes were made."""
    for _ in range(400):
        if sum(one.method == "PUT" and one.status == 200 for one in service.log.entries) >= count:
            return
        time.sleep(0.05)
    pytest.fail(f"no {count} changes were made within 20 seconds")


def test_a_change_that_comes_late_does_not_overwrite_another_one_that_was_called_updated(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    killed_amid_the_first_put(service, tmp_path, Fault(method="PUT", wait_before=7, nth=1))
    write_csv(tmp_path / "lessons.csv", ("Id", "Title"), [[5001, "Cleaning your hands"], [5002, "Keeping cold"]])
    answer = process(*COMMAND, "--settle", 9, cwd=tmp_path)
    changed_at(service, 3)
    assert (answer.code, answer.counts) == (0, {"updated": 2}), answer
    assert held(service, 5001)["Title"] == "Cleaning your hands"


@pytest.mark.parametrize("again", ["run", "undo"])
def test_the_same_holds_for_a_change_of_a_run_that_came_to_its_end(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    monkeypatch.setenv("IMPORTER_ANSWER_TIMEOUT", "1")
    before = held(service, 5001)["Title"]
    write_csv(tmp_path / "lessons.csv", ("Id", "Title"), [[5001, "Washing your hands"]])
    service.faults.add(Fault(method="PUT", wait_before=9, nth=1))
    assert process(*COMMAND, cwd=tmp_path).counts == {"updated": 1}
    write_csv(tmp_path / "lessons.csv", ("Id", "Title"), [[5001, "Cleaning your hands"]])
    command = COMMAND if again == "run" else ("undo", "last", "--yes", "--json")
    answer = process(*command, "--settle", 9, cwd=tmp_path)
    changed_at(service, 3)
    assert (answer.code, answer.counts) == (0, {"updated": 1}), answer
    assert held(service, 5001)["Title"] == ("Cleaning your hands" if again == "run" else before)


def test_a_change_that_was_not_done_is_sent_again(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    fault = Fault(method="PUT", work=False, status=500, wait_after=5, nth=1)
    before = killed_amid_the_first_put(service, tmp_path, fault)
    answer = process(*COMMAND, cwd=tmp_path)
    assert (answer.code, answer.counts) == (0, {"updated": 2}), answer
    images = journal(tmp_path, "SELECT before FROM row WHERE subject = 5001 AND state = 'done'")
    assert [json.loads(image) for (image,) in images] == [before]


def test_a_deletion_that_was_done_is_found_after_a_crash(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    write_csv(tmp_path / "lessons.csv", ("Id", "Action"), [[5001, "delete"], [5002, "delete"]])
    service.faults.add(Fault(method="DELETE", wait_after=5, nth=1))
    command = ("run", "lessons.csv", "--kind", "lessons", "--allow-delete", "--json")
    with running(*command, cwd=tmp_path) as started:
        until_on_its_way(tmp_path)
        started.kill()
        started.communicate(timeout=20)
    service.faults.clear()
    answer = process(*command, cwd=tmp_path)
    assert (answer.code, answer.counts) == (0, {"deleted": 2}), answer
    assert journal(tmp_path, "SELECT count(*) FROM row WHERE state IN ('inflight', 'unknown')") == [(0,)]
    assert process(*command, cwd=tmp_path).counts == {"skipped": 2}


def test_a_row_that_now_deletes_another_record_is_not_taken_for_that_one(
    service: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTER_CONCURRENCY", "1")
    write_csv(tmp_path / "lessons.csv", ("Id", "Action"), [[5001, "delete"]])
    service.faults.add(Fault(method="DELETE", wait_after=5, nth=1))
    command = ("run", "lessons.csv", "--kind", "lessons", "--allow-delete", "--json")
    with running(*command, cwd=tmp_path) as started:
        until_on_its_way(tmp_path)
        started.kill()
        started.communicate(timeout=20)
    service.faults.clear()
    write_csv(tmp_path / "lessons.csv", ("Id", "Action"), [[9999, "delete"]])
    assert process(*command, cwd=tmp_path).counts == {"skipped": 1}
