"""A service that begins its numbers anew, as the sandbox does that is started again: older runs had the same ones."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, Drop, Fault, Server
from tests.flow.commands import LESSON_HEADINGS, Run, lessons_csv, sent, titles, write_csv

LESSONS = ["Lesson 1", "Lesson 2", "Lesson 3"]
OTHERS = ["Other 1", "Other 2", "Other 3"]


@pytest.fixture
def anew(own_service: Server) -> Iterator[Server]:
    """The service as it is once more in the beginning, at the same address, after three lessons went in."""
    own_service.stop()
    time.sleep(1.1)  # until what it says of when a record was made is something else
    with Server(limits=NO_LIMITS, port=int(own_service.base_url.rpartition(":")[2])) as server:
        yield server
    server.store.close()


@pytest.fixture
def before(importer: Run, own_service: Server, tmp_path: Path) -> None:
    """Three lessons went into the service of before."""
    lessons_csv(tmp_path / "a.csv", 3)
    assert importer("run", "a.csv", "--json").counts == {"created": 3}


def others(path: Path) -> None:
    rows = ([104, "", title, n, "Immediate", "Visited", "yes"] for n, title in enumerate(OTHERS, start=1))
    write_csv(path, LESSON_HEADINGS, rows)


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("lost", [0, 1, 3])
def test_other_rows_that_get_the_numbers_of_older_ones_are_made_once(
    importer: Run, anew: Server, tmp_path: Path, lost: int
) -> None:
    there = len(titles(anew, LESSON))
    others(tmp_path / "b.csv")
    anew.faults.add(Fault(method="POST", path="/api/content/*", drop=Drop.RESET, nth=1, times=lost))
    done = importer("run", "b.csv", "--json", "--settle", 3, "--concurrency", 1)
    assert (done.code, done.counts) == (0, {"created": 3})
    assert (titles(anew, LESSON)[there:], len(sent(anew))) == (OTHERS, 3)
    assert importer("run", "b.csv", "--json").counts == {"exists": 3}


@pytest.mark.usefixtures("before")
def test_the_same_rows_are_made_once_more_and_known_by_their_new_numbers(importer: Run, anew: Server) -> None:
    anew.faults.add(Fault(method="POST", path="/api/content/*", drop=Drop.RESET, nth=2))
    assert importer("run", "a.csv", "--json", "--settle", 3).counts == {"created": 3}
    assert (len(sent(anew)), importer("run", "a.csv", "--json").counts) == (3, {"exists": 3})


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize(("by_us", "course"), [(True, 104), (False, 104), (False, 103)])
def test_an_older_row_is_not_taken_for_the_record_that_has_its_number_now(
    importer: Run, anew: Server, tmp_path: Path, by_us: bool, course: int
) -> None:
    others(tmp_path / "b.csv")
    if by_us:
        importer("run", "b.csv", "--json", "--concurrency", 1)
    else:
        for title in OTHERS:
            anew.store.create(LESSON, {"CourseId": course, "Title": title})
    assert importer("run", "a.csv", "--json", "--concurrency", 1).counts == {"created": 3}
    made = [*(OTHERS if course == 104 else ()), *LESSONS]
    assert titles(anew, LESSON)[-len(made) :] == made


@pytest.mark.usefixtures("before")
def test_a_record_that_somebody_gave_another_title_is_still_the_rows(importer: Run, own_service: Server) -> None:
    (one,) = (record for record in own_service.store.find(LESSON)[0] if record["Title"] == "Lesson 2")
    own_service.store.update(LESSON, int(str(one["Id"])), {**one, "Title": "Renamed"})
    assert importer("run", "a.csv", "--json").counts == {"exists": 3}
