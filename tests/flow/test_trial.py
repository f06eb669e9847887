"""Trial slices in whole commands: a few rows go in, and a later run goes on with the rest."""

import time
from collections import Counter
from pathlib import Path

import pytest

from importer.entities import LESSON, SECTION
from importer.sandbox import Fault, Server
from tests.flow.commands import LESSON_HEADINGS, Run, lessons_csv, running, sent, titles, until, write_csv

COURSE = 101
SECTIONS, LESSONS = 7, 45


def test_a_trial_sends_so_many_rows_and_the_run_after_it_the_rest(
    importer: Run, service: Server, sample_data: Path, tmp_path: Path
) -> None:
    book = sample_data / "onboarding.xlsx"
    trial = importer("run", book, "--limit", 6, "--report-dir", tmp_path, "--json")
    assert (trial.code, trial.document["status"], trial.counts) == (4, "stopped", {"created": 6, "pending": 46})
    assert (len(titles(service, SECTION, COURSE)), len(titles(service, LESSON, COURSE))) == (2, 4)
    left = [row for row in trial.document["rows"] if row["outcome"] == "pending"]
    assert {problem["code"] for row in left for problem in row["problems"]} == {"left-for-later"}
    rest = importer("run", book, "--report-dir", tmp_path, "--json")
    assert (rest.code, rest.document["status"], rest.counts) == (0, "completed", {"exists": 6, "created": 46})
    assert len(set(titles(service, SECTION, COURSE))) == len(titles(service, SECTION, COURSE)) == SECTIONS
    assert len(titles(service, LESSON, COURSE)) == LESSONS
    assert len(sent(service)) == SECTIONS + LESSONS


def test_it_says_what_was_done_and_what_is_left(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 5)
    answer = importer("run", "a.csv", "--limit", 2)
    assert answer.stdout.splitlines()[0] == "5 rows: 2 created, 3 left for later."
    assert "importer run FILE without --limit sends the 3 rows left for later, and nothing twice." in answer.stdout
    assert "goes on where it stopped" not in answer.stdout
    again = importer("run", "a.csv", "--limit", 2)
    assert again.stdout.splitlines()[0] == "5 rows: 2 created, 2 there already, 1 left for later."
    assert importer("run", "a.csv", "--limit", 2).code == 0


def test_a_plan_shows_the_same_slice_and_sends_nothing(
    importer: Run, service: Server, sample_data: Path, tmp_path: Path
) -> None:
    book = sample_data / "onboarding.xlsx"
    shown = importer("plan", book, "--limit", 6, "--report-dir", tmp_path)
    assert (shown.code, sent(service)) == (0, [])
    assert shown.stdout.splitlines()[0] == "52 rows: 6 to be created, 46 left for later."
    assert "Would create 2 sections and 4 lessons: 6 writes, " in shown.stdout
    assert (
        "importer run FILE with the same options does this for 6 rows, and without --limit for all of them."
        in shown.stdout
    )
    planned = importer("plan", book, "--limit", 6, "--report-dir", tmp_path, "--json")
    done = importer("run", book, "--limit", 6, "--report-dir", tmp_path, "--json")
    slice_of = [
        {(row["kind"], row["row"]) for row in answer.document["rows"] if not row["problems"]}
        for answer in (planned, done)
    ]
    assert slice_of[0] == slice_of[1]


def test_room_for_all_is_a_run_like_any_other(importer: Run, service: Server, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    answer = importer("run", "a.csv", "--limit", 3, "--json")
    assert (answer.code, answer.document["status"], answer.counts) == (0, "completed", {"created": 3})


@pytest.mark.parametrize("limit", ["0", "-1", "ten"])
def test_a_limit_is_a_whole_number_of_at_least_one(limit: str, importer: Run, tmp_path: Path) -> None:
    lessons_csv(tmp_path / "a.csv", 3)
    answer = importer("run", "a.csv", "--limit", limit)
    assert (answer.code, answer.stderr.startswith("--limit cannot be used: expected ")) == (2, True)


@pytest.mark.parametrize("option", ["--allow-duplicates", "--on-existing=create"])
def test_rows_that_may_be_there_twice_are_still_made_once_each(
    option: str, importer: Run, service: Server, tmp_path: Path
) -> None:
    titles_of = ["Keys"] * 3 if option == "--allow-duplicates" else ["Keys", "Doors", "Wi-Fi"]
    rows = [[104, "", title, 1, "Immediate", "Visited", "yes"] for title in titles_of]
    write_csv(tmp_path / "a.csv", LESSON_HEADINGS, rows)
    first = importer("run", "a.csv", option, "--limit", 1, "--json")
    assert (first.code, first.counts) == (4, {"created": 1, "pending": 2}), first
    rest = importer("run", "a.csv", option, "--json")
    assert (rest.code, rest.counts) == (0, {"exists": 1, "created": 2}), rest
    assert sorted(titles(service, LESSON)) == sorted(titles_of)


@pytest.mark.parametrize("after", [1, 4])
def test_a_trial_that_was_killed_makes_nothing_twice(
    after: int, own_service: Server, importer: Run, tmp_path: Path
) -> None:
    own_service.faults.add(Fault(method="POST", path="*lessons", wait_after=0.1))
    lessons_csv(tmp_path / "a.csv", 12)
    with running("run", "a.csv", "--limit", 6, cwd=tmp_path) as started:
        until(own_service, after)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    trial = importer("run", "a.csv", "--limit", 6, "--settle", 1, "--json")
    assert (trial.code, sum(trial.counts.values())) == (4, 12)
    assert set(trial.counts) <= {"exists", "created", "pending"}
    assert importer("run", "a.csv", "--settle", 1, "--json").code == 0
    assert Counter(titles(own_service, LESSON)) == Counter(f"Lesson {n}" for n in range(1, 13))


def test_rows_in_doubt_come_first_and_those_left_out_stay_unknown(
    own_service: Server, importer: Run, tmp_path: Path
) -> None:
    own_service.faults.add(Fault(method="POST", path="*lessons", wait_before=60))
    lessons_csv(tmp_path / "a.csv", 9)
    with running("run", "a.csv", "--concurrency", 2, cwd=tmp_path) as started:
        for _ in range(1000):
            if len(own_service.faults._seen) >= 2:
                break
            time.sleep(0.02)
        time.sleep(0.3)
        started.kill()
        started.wait(timeout=20)
    own_service.faults.clear()
    first = importer("run", "a.csv", "--limit", 1, "--settle", 0.5, "--json")
    assert (first.code, first.counts) == (5, {"created": 1, "unknown": 1, "pending": 7})
    second = importer("run", "a.csv", "--limit", 1, "--settle", 0.5, "--json")
    assert (second.code, second.counts) == (4, {"exists": 1, "created": 1, "pending": 7})
    assert importer("run", "a.csv", "--settle", 0.5, "--json").code == 0
    assert sorted(Counter(titles(own_service, LESSON)).values()) == [1] * 9


def test_a_trial_shows_each_thing_that_is_done(importer: Run, service: Server, tmp_path: Path) -> None:
    """Rows that change a record, and rows that make one."""
    rows = [[102, "Ten allergens to know", "In the kitchen", n, "Immediate", "Visited"] for n in (8,)]
    rows += [[102, f"New {n}", "In the kitchen", n, "Immediate", "Visited"] for n in range(9, 15)]
    rows += [[102, "Raw and cooked apart", "In the kitchen", 7, "Immediate", "Visited"]]
    headings = ("CourseId", "Title", "Section", "DisplayOrder", "UnlockType", "CompletionType")
    write_csv(tmp_path / "a.csv", headings, rows)
    planned = importer("plan", "a.csv", "--on-existing", "update", "--limit", 2)
    assert planned.stdout.splitlines()[0] == "8 rows: 1 to be created, 1 to be updated, 6 left for later."
    answer = importer("run", "a.csv", "--on-existing", "update", "--limit", 2, "--json")
    assert (answer.code, answer.counts) == (4, {"created": 1, "updated": 1, "pending": 6})
    rest = importer("run", "a.csv", "--on-existing", "update", "--json")
    assert (rest.code, rest.counts) == (0, {"created": 6, "exists": 2})
