"""The journal: what it keeps, what it refuses, and what it says where it cannot be relied on."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.delivery import MOVES, State
from importer.entities import LESSON
from importer.errors import JournalBrokeError, JournalError
from importer.journal import Account, Answered, Asking, Ended, Entry, Journal, Moved, Run, Sending, Throttled
from importer.journal.schema import PRAGMAS, VERSION
from importer.pacing import DAY, Past, Used
from tests.builders import operation_of

OURS = Account(address="https://one.example", name="ops@example.com")
OTHERS = (Account(address=OURS.address, name="other"), Account(address="https://two.example", name=OURS.name))
NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal.open(path)
    yield opened
    opened.close()


def begin(journal: Journal, rows: int = 2, *, id: str = "run", account: Account = OURS) -> None:
    operations = [operation_of(f"Lesson {number}", row=number + 2) for number in range(rows)]
    run = Run(id=id, account=account, files="f", started_at=NOW, root=id)
    journal.begin(run, operations, baselines={(LESSON.kind, 101): [1, 2]})
    put(journal, Asking(attempt=-1, at=NOW - 5, clock=40.0), id=id)
    put(journal, Answered(attempt=-1, at=NOW - 5, clock=40.0, is_used=True), id=id)


def put(journal: Journal, *entries: Entry, id: str = "run") -> None:
    journal.stage(id, entries)
    journal.commit()


def sending(row: int, attempt: int | None = None, at: float = NOW) -> Sending:
    return Sending(
        attempt=row if attempt is None else attempt,
        row=row,
        at=at,
        clock=50.0,
        body_sha256="00",
        numbers='{"DisplayOrder": 1}',
    )


def ended(row: int, state: State, attempt: int | None = None, id: int | None = None, reason: str = "") -> Ended:
    attempt = row if attempt is None else attempt
    return Ended(attempt=attempt, row=row, at=NOW + 1, clock=51.0, state=state, id=id, reason=reason)


def look(path: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


# --- opening --------------------------------------------------------------------------------------------


def test_it_is_made_with_its_folder_and_can_be_opened_again(path: Path) -> None:
    Journal.open(path).close()
    Journal.open(path).close()
    assert look(path, "PRAGMA user_version") == [(VERSION,)]


def test_what_makes_it_durable_is_on(journal: Journal) -> None:
    for name, value in {"journal_mode": "delete", "synchronous": 3, "foreign_keys": 1}.items():
        assert journal._connection.execute(f"PRAGMA {name}").fetchone() == (value,)


def test_a_journal_in_another_mode_is_brought_back(path: Path) -> None:
    Journal.open(path).close()
    look(path, "PRAGMA journal_mode = wal")
    Journal.open(path).close()
    assert look(path, "PRAGMA journal_mode") == [("delete",)]


@pytest.mark.skipif(os.name == "nt", reason="modes are another thing there")
def test_only_its_owner_may_read_it(journal: Journal, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _text(path: Path) -> None:
    path.write_text("Title,CourseId\n" * 500)


def _short_text(path: Path) -> None:
    path.write_text("hello")


def _cut(path: Path) -> None:
    Journal.open(path).close()
    path.write_bytes(path.read_bytes()[:-5000])


def _damaged(path: Path) -> None:
    journal = Journal.open(path)
    begin(journal, 500)
    journal.close()
    data = bytearray(path.read_bytes())
    data[5000:20000] = os.urandom(15000)
    path.write_bytes(data)


def _newer(path: Path) -> None:
    Journal.open(path).close()
    look(path, "PRAGMA user_version = 99")


def _link(path: Path) -> None:
    Journal.open(path.with_name("elsewhere")).close()
    path.symlink_to("elsewhere")


def _anothers(path: Path) -> None:
    look(path, "CREATE TABLE places (name TEXT)")


def _anothers_of_the_same_version(path: Path) -> None:
    _anothers(path)
    look(path, "PRAGMA user_version = 1")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text, "not a journal, or it is damaged"),
        (_short_text, "not a journal, or it is damaged"),
        (Path.mkdir, "is a directory|denied"),
        (_link, "it is a link; name the file that it leads to"),
        (_newer, "a newer version of the importer made it"),
        (_anothers, "it is not a journal"),
        (_anothers_of_the_same_version, "it is not a journal"),
    ],
)
def test_what_is_no_sound_journal_is_refused_in_plain_words(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "journal.sqlite3"
    assert callable(make)
    make(path)
    with pytest.raises(JournalError, match=words) as caught:
        Journal.open(path)
    assert str(path) in caught.value.message


@pytest.mark.skipif(os.name == "nt", reason="who may write in a folder is told otherwise there")
def test_where_everybody_may_write_no_journal_is_believed(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(JournalError, match="everybody may write in its folder"):
        Journal.open(tmp_path / "journal.sqlite3")
    tmp_path.chmod(0o1777)  # where nobody can replace what is somebody else's
    Journal.open(tmp_path / "journal.sqlite3").close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be used"):
        Journal.open(tmp_path / "file" / "journal.sqlite3")


@pytest.mark.parametrize("make", [_cut, _damaged])
def test_a_damaged_journal_is_moved_aside_and_kept(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "journal.sqlite3"
    make(path)
    damaged = path.read_bytes()
    journal = Journal.open(path)
    assert journal.moved_aside is not None
    assert (journal.moved_aside.read_bytes(), journal.moved_aside.parent) == (damaged, tmp_path)
    begin(journal)
    journal.close()
    again = Journal.open(path)
    assert (again.moved_aside, again.doubts(OURS)) == (None, {})
    again.close()


@pytest.mark.parametrize("make", [_text, _short_text, _newer, _anothers, _anothers_of_the_same_version])
def test_what_may_be_the_users_own_file_stays_as_it_is(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "journal.sqlite3"
    make(path)
    before = path.read_bytes()
    with pytest.raises(JournalError):
        Journal.open(path)
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (before, [path.name])


def _flipped(table: str, column: str, value: object) -> Callable[[Path], None]:
    """A journal whose cells of one column hold something else, which SQLite takes for sound."""

    def make(path: Path) -> None:
        journal = Journal.open(path)
        begin(journal, 3)
        put(journal, sending(0))
        journal.close()
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TRIGGER legal_moves")
            connection.execute("PRAGMA foreign_keys = 0")
            connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (value,))
        connection.close()

    return make


FLIPPED = {
    "half a text": ("attempt", "numbers", '{"DisplayOrder"'),
    "a list": ("attempt", "numbers", "[1]"),
    "no number": ("attempt", "numbers", '{"DisplayOrder": "1"}'),
    "no text at all": ("attempt", "numbers", b"\xff\xfe"),
    "too deep": ("attempt", "numbers", "[" * 100_000),
    "no list": ("listing", "ids", '{"1": 1}'),
    "no id": ("listing", "ids", "[1, true]"),
    "no state": ("row", "state", "inflighu"),
    "no course": ("row", "course", "one"),
    "no time": ("attempt", "sent_at", "now"),
    "no clock": ("attempt", "sent_clock", "now"),
}


@pytest.mark.parametrize("what", FLIPPED)
def test_damage_inside_a_sound_database_is_damage_too(tmp_path: Path, what: str) -> None:
    path = tmp_path / "journal.sqlite3"
    _flipped(*FLIPPED[what])(path)
    before = path.read_bytes()
    journal = Journal.open(path)
    assert journal.moved_aside is not None
    assert (journal.moved_aside.read_bytes(), journal.doubts(OURS)) == (before, {})
    journal.close()


@given(text=st.text() | st.binary(), column=st.sampled_from([("attempt", "numbers"), ("listing", "ids")]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_flipped_cell_holds_is_read_or_moved_aside(
    tmp_path: Path, text: str | bytes, column: tuple[str, str]
) -> None:
    path = tmp_path / "flipped.sqlite3"
    path.unlink(missing_ok=True)
    text = text.encode(errors="replace") if isinstance(text, str) else text
    _flipped(*column, text)(path)
    journal = Journal.open(path)
    assert len(journal.doubts(OURS)) == (0 if journal.moved_aside else 1)
    journal.close()


@pytest.mark.skipif(os.name == "nt", reason="modes are another thing there")
def test_its_folder_is_made_for_its_owner_alone(path: Path) -> None:
    Journal.open(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_goes_beyond_a_journal_error(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "damaged.sqlite3"
    path.unlink(missing_ok=True)
    journal = Journal.open(path)
    begin(journal, 20)
    journal.close()
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(1, 3000))] = data.draw(st.binary(max_size=3000))
    path.write_bytes(content)
    try:
        journal = Journal.open(path)
    except JournalError:
        return
    try:
        journal.used(OURS, NOW)
        journal.doubts(OURS)
        begin(journal, id="next")
    except (JournalError, JournalBrokeError):
        pass
    finally:
        journal.close()


# --- rows and their moves -------------------------------------------------------------------------------


def reach(journal: Journal, state: State) -> None:
    """Bring row 0 into a state."""
    begin(journal, 1)
    if state is State.PENDING:
        return
    if state is State.BLOCKED:
        put(journal, Moved(row=0, state=State.BLOCKED, reason="above"))
        return
    put(journal, sending(0))
    if state in (State.ADOPTED, State.EXISTS):
        put(journal, ended(0, State.UNKNOWN), Moved(row=0, state=state, id=7))
    elif state is not State.INFLIGHT:
        put(journal, ended(0, state, id=7 if state is State.DONE else None))


@pytest.mark.parametrize("before", State)
def test_the_database_itself_refuses_every_move_that_is_not_allowed(tmp_path: Path, before: State) -> None:
    for after in State:
        path = tmp_path / f"{after}.sqlite3"
        journal = Journal.open(path)
        reach(journal, before)
        journal.close()
        if (before, after) in MOVES:
            look(path, f"UPDATE row SET state = '{after}'")
        else:
            with pytest.raises(sqlite3.IntegrityError, match="cannot move like this"):
                look(path, f"UPDATE row SET state = '{after}'")


def test_a_row_has_its_whole_story(journal: Journal, path: Path) -> None:
    begin(journal, 1)
    put(journal, sending(0, attempt=1))
    put(journal, ended(0, State.PENDING, attempt=1, reason="throttled"), sending(0, attempt=2))
    put(journal, ended(0, State.DONE, attempt=2, id=87))
    journal.end("run", "completed", NOW + 9)
    assert look(path, "SELECT title, state, remote_id, file, sheet, row FROM row") == [
        ("Lesson 0", "done", 87, "course.xlsx", "Lessons", 2)
    ]
    assert look(path, "SELECT number, row, is_write, answered_at - sent_at, result FROM attempt") == [
        (-1, None, 0, 0.0, None),
        (1, 0, 1, 1.0, "pending"),
        (2, 0, 1, 1.0, "done"),
    ]
    assert look(path, "SELECT ended_at - started_at, status FROM run") == [(9.0, "completed")]


def test_no_two_rows_of_an_account_have_one_record(journal: Journal) -> None:
    begin(journal)
    put(journal, sending(0), ended(0, State.DONE, id=7))
    begin(journal, id="others", account=OTHERS[0])
    put(journal, sending(0), ended(0, State.DONE, id=7), id="others")
    begin(journal, id="next")
    with pytest.raises(JournalBrokeError):
        put(journal, sending(1), ended(1, State.DONE, id=7), id="next")


@pytest.mark.parametrize("odd", [ended(0, State.DONE, id=2**70), ended(0, State.REJECTED, reason="\ud800")])
def test_what_cannot_be_stored_breaks_the_journal_and_nothing_else(journal: Journal, odd: Entry) -> None:
    begin(journal)
    put(journal, sending(0))
    with pytest.raises(JournalBrokeError):
        journal.stage("run", [odd])


def test_after_a_failure_nothing_more_is_stored(journal: Journal, path: Path) -> None:
    begin(journal)
    with pytest.raises(JournalBrokeError):
        journal.stage("run", [sending(0), ended(1, State.DONE, id=7)])
    with pytest.raises(JournalBrokeError):
        journal.stage("run", [sending(1)])
    with pytest.raises(JournalBrokeError):
        journal.end("run", "stopped", NOW)
    journal.close()
    assert look(path, "SELECT DISTINCT state FROM row") == [("pending",)]


def test_a_run_that_cannot_begin_leaves_nothing(journal: Journal, path: Path) -> None:
    begin(journal)
    with pytest.raises(JournalError):
        begin(journal, 3)
    begin(journal, id="next")
    assert look(path, "SELECT count(*) FROM row") == [(4,)]


def test_another_writer_is_told_of(journal: Journal, path: Path) -> None:
    begin(journal)
    journal._connection.execute("PRAGMA busy_timeout = 10")
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalBrokeError, match="another run is using it"):
            journal.stage("run", [sending(0)])
        with pytest.raises(JournalError, match="another run is using it"):
            journal.doubts(OURS)
    other.close()


# --- across runs ----------------------------------------------------------------------------------------


def test_doubts_are_what_was_sent_and_not_settled_in_any_run(path: Path) -> None:
    journal = Journal.open(path)
    begin(journal, 7)
    put(journal, *(sending(row) for row in range(5)), Moved(row=5, state=State.BLOCKED, reason="above"))
    put(
        journal,
        ended(1, State.UNKNOWN),
        ended(2, State.DONE, id=7),
        ended(3, State.REJECTED),
        ended(4, State.FAILED),
    )
    journal.close()
    journal = Journal.open(path)
    begin(journal, id="next")
    assert journal.doubts(OURS).keys() == {operation_of("Lesson 0").identity, operation_of("Lesson 1").identity}
    assert [journal.doubts(other) for other in OTHERS] == [{}, {}]
    journal.close()


def test_what_was_used_is_known_to_later_runs(path: Path) -> None:
    journal = Journal.open(path)
    begin(journal)
    put(journal, sending(0), sending(1))
    put(journal, ended(0, State.DONE, id=7))
    journal.close()
    journal = Journal.open(path)
    used = sorted(journal.used(OURS, NOW + 100), key=lambda one: one.age)
    assert used == [Used(age=-50, write=True), Used(age=99, write=True), Used(age=105, write=False)]
    assert [journal.used(other, NOW) for other in OTHERS] == [[], []]
    journal.close()


def test_what_never_left_counts_for_no_limit(journal: Journal) -> None:
    begin(journal, 1)
    put(journal, sending(0), replace(ended(0, State.PENDING), is_used=False))
    put(journal, Asking(attempt=-2, at=NOW, clock=50.0), Answered(attempt=-2, at=NOW, clock=50.0, is_used=False))
    assert [used.age for used in journal.used(OURS, NOW)] == [5]


def test_a_read_counts_from_before_it_leaves_and_for_whatever_command(path: Path) -> None:
    journal = Journal.open(path, "boot")
    plan = Run(id="plan", account=OURS, files="f", started_at=NOW, root="plan", is_plan=True)
    assert journal.start(plan, NOW, 10.0) == Past()
    put(journal, Asking(attempt=-1, at=NOW, clock=10.0), id="plan")
    journal.close()
    journal = Journal.open(path, "boot")
    run = Run(id="run", account=OURS, files="f", started_at=NOW, root="run")
    # It may be on its way for as long as anybody waits for an answer.
    assert journal.start(run, NOW + 100, 110.0).used == (Used(age=-50, write=False),)
    assert journal.used(OURS, NOW + 170, 180.0) == [Used(age=20, write=False)]
    journal.close()


@pytest.mark.parametrize("jump", [-2 * DAY, 0.0, 2 * DAY])
def test_a_wall_clock_that_is_set_changes_nothing_while_the_machine_runs(path: Path, jump: float) -> None:
    journal = Journal.open(path, "boot")
    begin(journal, 1)
    put(journal, sending(0), ended(0, State.DONE, id=7), Throttled(at=NOW + 1, clock=51.0, seconds=100.0))
    ages = sorted(used.age for used in journal.used(OURS, NOW + 30 + jump, 80.0))
    assert ages == [29, 40]
    again = Run(id="again", account=OURS, files="f", started_at=NOW, root="again")
    assert journal.start(again, NOW + 30 + jump, 80.0).rest == 71
    journal.close()


# --- what the service asked all to wait -----------------------------------------------------------------


def rest(path: Path, id: str, now: float, clock: float, boot: str | None = "boot", account: Account = OURS) -> float:
    """What a run that begins then still has to wait."""
    journal = Journal.open(path, boot)
    past = journal.start(Run(id=id, account=account, files="f", started_at=now, root=id), now, clock)
    journal.close()
    return past.rest


@pytest.fixture
def throttled(path: Path) -> Path:
    """A journal of a run that was asked to wait for 100 seconds."""
    journal = Journal.open(path, "boot")
    begin(journal)
    put(journal, Throttled(at=NOW, clock=50.0, seconds=30.0), Throttled(at=NOW, clock=50.0, seconds=100.0))
    journal.close()
    return path


@pytest.mark.parametrize(("later", "seconds"), [(0, 100), (40, 60), (100, 0), (5000, 0)])
def test_a_throttle_holds_back_the_next_run_too(throttled: Path, later: float, seconds: float) -> None:
    assert rest(throttled, "next", NOW + later, 50.0 + later) == seconds
    assert rest(throttled, "of others", NOW + later, 50.0 + later, account=OTHERS[0]) == 0


def test_a_throttle_goes_by_the_wall_clock_where_the_machine_was_started_anew(throttled: Path) -> None:
    assert rest(throttled, "next", NOW + 40, 3.0, boot="another") == 60


@pytest.mark.parametrize("boot", ["another", None])
def test_a_throttle_ends_though_the_wall_clock_was_set_back(throttled: Path, boot: str | None) -> None:
    back = NOW - 2 * DAY
    assert rest(throttled, "one", back, 3.0, boot=boot) == 100
    assert rest(throttled, "two", back + 70, 73.0, boot=boot) == 30
    assert rest(throttled, "three", back + 101, 104.0, boot=boot) == 0


def test_a_throttle_that_cannot_be_meant_ends_after_a_day(path: Path) -> None:
    journal = Journal.open(path, "boot")
    begin(journal)
    put(journal, Throttled(at=NOW, clock=50.0, seconds=1e9))
    journal.close()
    assert rest(path, "next", NOW, 50.0) == DAY
    assert rest(path, "tomorrow", NOW + DAY, 50.0 + DAY) == 0


# --- what a damaged journal knew ------------------------------------------------------------------------


def unsettled(path: Path, now: float, clock: float, boot: str | None = "boot", *, wait: float = 0.0) -> float:
    """How long a run that begins then still has to wait for what was lost to settle, so many seconds later."""
    journal = Journal.open(path, boot)
    journal.start(Run(id=f"{now}", account=OURS, files="f", started_at=now, root="r"), now, clock)
    rest = journal.unsettled(now + wait, clock + wait, 300.0)
    journal.close()
    return rest


@pytest.fixture
def lost(path: Path) -> Path:
    """A journal that was damaged; it was last written at `NOW`."""
    _cut(path)
    os.utime(path, (NOW, NOW))
    Journal.open(path).close()
    return path


@pytest.mark.parametrize(("later", "seconds"), [(0, 300), (200, 100), (300, 0), (5000, 0), (-2 * DAY, 300)])
def test_what_a_damaged_journal_knew_is_settled_after_its_time(lost: Path, later: float, seconds: float) -> None:
    assert unsettled(lost, NOW + later, 50.0) == seconds
    assert unsettled(lost, NOW + later + 1, 50.0, wait=60.0) == max(0, seconds - 60)


def test_what_was_lost_is_settled_though_the_wall_clock_is_set(lost: Path) -> None:
    assert unsettled(lost, NOW + 100, 50.0) == 200
    assert unsettled(lost, NOW - DAY, 110.0) == 140
    assert unsettled(lost, NOW + DAY, 120.0) == 130


@pytest.mark.parametrize("boot", ["another", None])
def test_what_was_lost_goes_by_the_wall_clock_where_the_machine_was_started_anew(lost: Path, boot: str | None) -> None:
    assert unsettled(lost, NOW + 100, 50.0) == 200
    assert unsettled(lost, NOW + 150, 1.0, boot) == 150
    assert unsettled(lost, NOW - DAY, 2.0, boot) in (149, 150)
    assert unsettled(lost, NOW - DAY + 100, 102.0, boot) in (49, 50)


def test_a_damaged_journal_is_known_of_where_nobody_came_to_begin_another_one(lost: Path) -> None:
    lost.unlink()
    lost.with_name(f"{lost.name}.damaged-20200101-000000").touch()
    os.utime(lost.with_name(f"{lost.name}.damaged-20200101-000000"), (NOW - 500, NOW - 500))
    assert unsettled(lost, NOW + 100, 50.0) == 200


def test_without_a_damaged_journal_nothing_is_unsettled(path: Path) -> None:
    path.parent.mkdir()
    path.with_name("another.sqlite3.damaged-1").touch()
    assert unsettled(path, NOW, 50.0) == 0


def test_what_was_used_is_forgotten_after_a_day_and_not_before(journal: Journal) -> None:
    begin(journal, 1)
    put(journal, sending(0))
    put(journal, ended(0, State.DONE, id=7))
    assert [one.write for one in journal.used(OURS, NOW + DAY - 1)] == [True]
    assert journal.used(OURS, NOW + DAY + 1) == []


def test_a_clock_set_back_frees_nothing(journal: Journal) -> None:
    begin(journal, 1)
    put(journal, sending(0))
    put(journal, ended(0, State.DONE, id=7))
    assert {one.age for one in journal.used(OURS, NOW - 5000)} == {0}


@pytest.mark.parametrize("boot", ["another", None])
def test_what_was_used_ages_though_the_wall_clock_was_set_back(path: Path, boot: str | None) -> None:
    journal = Journal.open(path, "boot")
    begin(journal, 2)
    put(journal, sending(0), sending(1))
    put(journal, ended(0, State.DONE, id=7))
    journal.close()
    back, ages = NOW - 2 * DAY, []
    for id, passed in (("one", 0.0), ("two", 100.0), ("three", 400.0)):
        later = Journal.open(path, boot)
        run = Run(id=id, account=OURS, files="", started_at=back, root=id, is_plan=True)
        ages.append(sorted({one.age for one in later.start(run, back + passed, 3.0 + passed).used}))
        later.close()
    assert ages == [[-150.0, 0.0], [-50.0, 100.0], [250.0, 400.0]]


def test_a_kill_loses_only_what_was_not_committed(path: Path) -> None:
    Journal.open(path).close()
    code = f"""
        import os, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from tests.unit.test_journal import *
        journal = Journal.open(Path({str(path)!r}))
        begin(journal, 3)
        put(journal, sending(0), sending(1))
        journal.stage("run", [ended(0, State.DONE, id=7), sending(2)])
        os._exit(9)
    """
    root = Path(__file__).parents[2]
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=root, check=False)
    assert killed.returncode == 9
    journal = Journal.open(path)
    journal.close()
    assert look(path, "SELECT state FROM row ORDER BY number") == [("inflight",), ("inflight",), ("pending",)]


# --- a journal that others hold, or that changes under it -----------------------------------------------


@pytest.fixture
def reader(journal: Journal, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that reads the journal and does not let go."""
    begin(journal)
    journal._connection.execute("PRAGMA busy_timeout = 10")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM row").fetchone()
        yield other


def test_a_commit_that_a_reader_holds_up_breaks_the_journal(journal: Journal, reader: sqlite3.Connection) -> None:
    journal.stage("run", [sending(0)])
    with pytest.raises(JournalBrokeError, match="another run is using it"):
        journal.commit()


def test_a_run_that_a_reader_holds_up_cannot_begin(journal: Journal, reader: sqlite3.Connection) -> None:
    with pytest.raises(JournalError, match="another run is using it"):
        begin(journal, id="next")


def test_a_setting_that_the_database_does_not_take_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Journal.open(path).close()
    monkeypatch.setitem(PRAGMAS, "page_size", 8192)
    with pytest.raises(JournalError, match="the setting page_size could not be made 8192"):
        Journal.open(path)


def test_what_a_row_in_doubt_needs_is_never_guessed(journal: Journal, path: Path) -> None:
    begin(journal)
    put(journal, sending(0))
    with sqlite3.connect(path) as other:
        other.execute("UPDATE attempt SET numbers = x'00'")
    other.close()
    with pytest.raises(JournalError, match="it is damaged"):
        journal.doubts(OURS)
    journal.close()
    again = Journal.open(path)
    assert again.moved_aside is not None
    again.close()
