"""Group commit: order, sharing, and a failure that reaches everybody."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from importer.delivery import State
from importer.errors import JournalBrokeError
from importer.group_commit import MANY, GroupCommit, group_commits
from importer.journal import Account, Ended, Journal, Run, Sending
from tests.builders import operation_of

ROWS = 20


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(tmp_path / "journal.sqlite3")
    account = Account(address="a", name="b")
    journal.begin(
        Run(id="run", account=account, files="", started_at=0, root="run"),
        [operation_of("", row=n) for n in range(ROWS)],
    )
    yield journal
    journal.close()


def sending(row: int) -> Sending:
    return Sending(attempt=row, row=row, at=1.0, clock=1.0, body_sha256="", numbers="{}")


def ended(row: int, state: State = State.DONE) -> Ended:
    return Ended(attempt=row, row=row, at=2.0, clock=2.0, state=state, id=row + 1 if state is State.DONE else None)


def states(path: Path) -> list[str]:
    """What another process sees."""
    connection = sqlite3.connect(path)
    found = [state for (state,) in connection.execute("SELECT state FROM row ORDER BY number")]
    connection.close()
    return found


def play(journal: Journal, work: Callable[[GroupCommit], Awaitable[None]]) -> int:
    """Do some work with slow group commits, hanging nowhere; how many commits it took."""
    commits = 0

    async def playing() -> None:
        async def commit() -> None:
            nonlocal commits
            commits += 1
            await asyncio.sleep(0.02)
            await asyncio.get_running_loop().run_in_executor(None, journal.commit)

        async with asyncio.timeout(20):
            await work(GroupCommit(journal, "run", commit))

    asyncio.run(playing())
    return commits


def test_what_is_written_is_durable_when_it_returns(journal: Journal, tmp_path: Path) -> None:
    async def work(group: GroupCommit) -> None:
        await group.write(sending(0))
        assert states(tmp_path / "journal.sqlite3")[:2] == ["inflight", "pending"]

    assert play(journal, work) == 1


def test_who_comes_at_the_same_time_shares_a_commit(journal: Journal) -> None:
    async def work(group: GroupCommit) -> None:
        await asyncio.gather(*(group.write(sending(row)) for row in range(ROWS)))

    assert play(journal, work) == 1


def test_who_comes_during_a_commit_shares_the_next(journal: Journal, tmp_path: Path) -> None:
    async def later(group: GroupCommit, row: int) -> None:
        await asyncio.sleep(0.001 * row)
        await group.write(sending(row))
        assert states(tmp_path / "journal.sqlite3")[row] == "inflight"

    async def work(group: GroupCommit) -> None:
        await asyncio.gather(group.write(sending(0)), *(later(group, row) for row in range(1, 9)))

    assert play(journal, work) == 2


def test_notes_keep_their_place_before_what_is_written_later(journal: Journal, tmp_path: Path) -> None:
    async def work(group: GroupCommit) -> None:
        await group.write(sending(0))
        group.note(ended(0, State.PENDING))
        group.note(Sending(attempt=99, row=0, at=3.0, clock=3.0, body_sha256="", numbers="{}"))
        await group.write(sending(1))
        assert states(tmp_path / "journal.sqlite3")[:2] == ["inflight", "inflight"]

    assert play(journal, work) == 2


def test_settling_makes_notes_durable(journal: Journal, tmp_path: Path) -> None:
    async def work(group: GroupCommit) -> None:
        await group.settled()
        await group.write(sending(0))
        group.note(ended(0))
        await group.settled()
        assert states(tmp_path / "journal.sqlite3")[0] == "done"

    assert play(journal, work) == 2


def test_a_failing_commit_reaches_every_waiter_and_all_who_come_later(journal: Journal) -> None:
    async def work(group: GroupCommit) -> None:
        bad = [group.write(ended(0)), *(group.write(sending(row)) for row in range(1, 9))]
        results = await asyncio.gather(*bad, return_exceptions=True)
        assert [type(one) for one in results] == [JournalBrokeError] * 9
        for again in (group.settled(), group.write(sending(9))):
            with pytest.raises(JournalBrokeError):
                await again

    play(journal, work)


def test_a_note_that_could_not_be_stored_is_found_out_when_settling(journal: Journal) -> None:
    async def work(group: GroupCommit) -> None:
        first = asyncio.create_task(group.write(sending(0)))
        await asyncio.sleep(0.01)
        group.note(ended(5))  # a move that the journal refuses, and nobody waits for this one
        await first
        await asyncio.sleep(0.1)
        with pytest.raises(JournalBrokeError):
            await group.settled()

    play(journal, work)


def test_what_a_failure_may_have_lost_is_known_in_its_order(journal: Journal) -> None:
    async def work(group: GroupCommit) -> None:
        await group.write(sending(0))
        assert group.unsaved == []
        group.note(ended(0))
        group.note(ended(5))  # a move that the journal refuses
        with pytest.raises(JournalBrokeError):
            await group.settled()
        group.note(ended(1))
        assert group.unsaved == [ended(0), ended(5), ended(1)]

    play(journal, work)


def test_even_a_failure_that_nobody_expected_hangs_nobody(journal: Journal) -> None:
    async def broken() -> None:
        raise RuntimeError("the thread is gone")

    async def work() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        group = GroupCommit(journal, "run", broken)
        async with asyncio.timeout(5):
            results = await asyncio.gather(*(group.write(sending(row)) for row in (1, 2)), return_exceptions=True)
            assert [str(one) for one in results] == ["the thread is gone"] * 2
            with pytest.raises(RuntimeError):
                await group.settled()

    asyncio.run(work())


def test_a_waiter_that_is_cancelled_takes_nothing_with_it(journal: Journal, tmp_path: Path) -> None:
    async def work(group: GroupCommit) -> None:
        first, second = (asyncio.create_task(group.write(sending(row))) for row in (0, 1))
        await asyncio.sleep(0)
        first.cancel()
        await second
        assert states(tmp_path / "journal.sqlite3")[:2] == ["inflight", "inflight"]

    play(journal, work)


def test_the_thread_of_the_commits_settles_everything_at_the_end(journal: Journal, tmp_path: Path) -> None:
    async def work() -> None:
        async with group_commits(journal, "run") as group:
            await asyncio.gather(*(group.write(sending(row)) for row in range(ROWS)))
            for row in range(ROWS):
                group.note(ended(row))

    asyncio.run(work())
    assert states(tmp_path / "journal.sqlite3") == ["done"] * ROWS


def test_a_failure_that_was_told_is_not_told_again_at_the_end(journal: Journal) -> None:
    async def work() -> None:
        async with group_commits(journal, "run") as group:
            with pytest.raises(JournalBrokeError):
                await group.write(ended(0))

    asyncio.run(work())


def test_what_comes_while_many_are_committed_waits_a_little_for_more(journal: Journal, tmp_path: Path) -> None:
    async def work(group: GroupCommit) -> None:
        first = [asyncio.create_task(group.write(sending(row))) for row in range(MANY + 1)]
        await asyncio.sleep(0.01)
        await asyncio.gather(*first, *(group.write(sending(row)) for row in range(MANY + 1, ROWS)))

    assert play(journal, work) == 2
    assert states(tmp_path / "journal.sqlite3") == [State.INFLIGHT] * ROWS
