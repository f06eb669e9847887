"""`importer run --verify`: what was written is read back and compared."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from importer.entities import LESSON
from importer.sandbox import NO_LIMITS, OPS, Fault, Server, Store, User, seed
from tests.flow.commands import LESSON_HEADINGS, Answer, Run, held, write_csv
from tests.flow.conftest import sign_in

LESSONS = "/api/content/courselessons"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "service.sqlite3"


@pytest.fixture
def server(database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A service whose records a test can change behind its back."""
    store = seed(Store(database))
    with Server(store, limits=NO_LIMITS) as server:
        sign_in(monkeypatch, server)
        yield server
    store.close()


def whenever_created(database: Path, deed: str) -> None:
    """Let something happen to each lesson the moment that it is there."""
    with sqlite3.connect(database) as connection:
        connection.execute(f"CREATE TRIGGER meanwhile AFTER INSERT ON courselessons BEGIN {deed}; END")
    connection.close()


def lessons(count: int = 3, contents: str = "<p>Where to find the keys, and whom to ask.</p>") -> Path:
    rows = ([104, "", f"Lesson {n}", n, "Timed", "Button", "yes", 7, contents] for n in range(1, count + 1))
    return write_csv(Path("a.csv"), [*LESSON_HEADINGS, "UnlockAfterDays", "LessonContents"], rows)


def run(importer: Run, *words: object) -> Answer:
    return importer("run", "a.csv", "--verify", "--json", *words)


def warnings(answer: Answer, row: int) -> list[tuple[str, str]]:
    return [(problem["code"], problem["message"]) for problem in answer.by_row()[row]["problems"]]


def test_what_is_held_as_it_was_sent_needs_no_word(importer: Run, server: Server) -> None:
    lessons()
    answer = run(importer)
    assert (answer.code, answer.counts, answer.messages) == (0, {"created": 3}, [])
    assert answer.stderr == "Reading back 3 records.\n"
    assert sum(entry.path.startswith(f"{LESSONS}/") for entry in server.log.entries) == 0


def test_where_nothing_is_written_nothing_is_read_back(importer: Run, server: Server) -> None:
    lessons()
    assert importer("run", "a.csv").code == 0
    again = run(importer)
    assert (again.code, again.counts, again.stderr) == (0, {"exists": 3}, "")


def test_without_it_nothing_is_read_back(importer: Run, server: Server, database: Path) -> None:
    whenever_created(database, "UPDATE courselessons SET UnlockAfterDays = 5 WHERE Id = new.Id")
    lessons()
    before = importer("run", "a.csv", "--json")
    assert (before.code, before.messages) == (0, [])


def test_each_field_that_is_held_otherwise_is_a_warning_on_its_row(
    importer: Run, server: Server, database: Path
) -> None:
    shortened = "LessonContents = substr(LessonContents, 1, 30), UnlockType = 1"
    whenever_created(database, f"UPDATE courselessons SET {shortened} WHERE Id = new.Id AND Title = 'Lesson 2'")
    lessons()
    answer = run(importer)
    assert (answer.code, answer.counts) == (0, {"created": 3})
    assert [bool(warnings(answer, row)) for row in (2, 3, 4)] == [False, True, False]
    id = answer.by_row()[3]["id"]
    (_, kind), (code, contents) = warnings(answer, 3)
    assert code == "held-otherwise"
    assert f'column E "UnlockType": "Timed" was sent, and Nexudus holds "Immediate" (number {id})' in kind
    assert 'column I "LessonContents": "…d the keys, and whom to ask.</p>" was sent' in contents
    assert f'and Nexudus holds "…d the keys, and" (number {id})' in contents
    assert "Nexudus holds" in Path("a.report.csv").read_text(encoding="utf-8")


def test_what_an_update_left_otherwise_is_a_warning_too(importer: Run, server: Server, database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TRIGGER meanwhile AFTER UPDATE ON courselessons WHEN new.DisplayOrder = 9 "
            "BEGIN UPDATE courselessons SET DisplayOrder = 8 WHERE Id = new.Id; END"
        )
    connection.close()
    headings = ["Id", "Title", "DisplayOrder", "CompletionType"]
    write_csv(Path("a.csv"), headings, [[5001, "Washing your hands", 9, ""], [5002, "", 7, ""]])
    answer = run(importer, "--on-existing", "update")
    assert (answer.code, answer.counts) == (0, {"updated": 2})
    ((code, message),) = warnings(answer, 2)
    assert code == "held-otherwise"
    assert '"9" was sent, and Nexudus holds "8" (number 5001)' in message
    assert warnings(answer, 3) == []


def test_a_record_that_is_gone_is_told(importer: Run, server: Server, database: Path) -> None:
    whenever_created(database, "DELETE FROM courselessons WHERE Id = new.Id AND Title = 'Lesson 1'")
    lessons()
    answer = run(importer)
    assert answer.counts == {"created": 3}
    assert [code for code, _ in warnings(answer, 2)] == ["written-and-gone"]


def test_what_cannot_be_read_back_is_told_and_was_written_all_the_same(importer: Run, server: Server) -> None:
    lessons()
    server.faults.add(Fault(method="GET", path=f"{LESSONS}*", nth=2, times=100, work=False, status=500))
    answer = run(importer)
    assert (answer.code, answer.counts) == (0, {"created": 3})
    (message,) = answer.messages
    assert message.startswith("What was written could not be read back for 3 rows: ")
    assert message.endswith("it answered with status 500. It was written all the same.")
    assert len(held(server, LESSON, 104)) == 3


def test_an_account_that_may_not_read_is_told_of_the_role(importer: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    users = (User(name=OPS.name, password=OPS.password, missing_roles=frozenset({"CourseLesson-Read"})),)
    with Server(limits=NO_LIMITS, users=users) as server:
        sign_in(monkeypatch, server)
        lessons()
        answer = run(importer)
    assert "CourseLesson-Read" in answer.messages[0]


def test_lessons_below_new_sections_are_compared_with_their_new_numbers(
    importer: Run, server: Server, database: Path
) -> None:
    elsewhere = "UPDATE courselessons SET SectionId = 2001 WHERE Id = new.Id"
    whenever_created(database, elsewhere)
    write_csv(Path("s.csv"), ["CourseId", "Title", "DisplayOrder", "UnlockType", "Active"], [[104, "New", 1, 1, "yes"]])
    write_csv(Path("a.csv"), LESSON_HEADINGS, [[104, "New", "Below", 1, "Immediate", "Visited", "yes"]])
    answer = importer("run", "s.csv", "a.csv", "--verify", "--json")
    section = answer.by_row("sections")[2]["id"]
    ((_, message),) = warnings(answer, 2)
    assert f'column B "Section": "{section}" was sent, and Nexudus holds "2001"' in message


def test_the_plan_counts_what_reading_back_costs(
    importer: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    lessons(120)
    without = importer("plan", "a.csv").stdout
    monkeypatch.setenv("IMPORTER_VERIFY", "yes")
    assert "120 writes, 3 reads" in without
    assert "120 writes, 6 reads" in importer("plan", "a.csv").stdout
