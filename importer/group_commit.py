"""Group commit: entries of the journal that come at about the same time share one commit and its sync to disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from importer.journal import Entry, Journal

Commit = Callable[[], Awaitable[None]]


class GroupCommit:
    """Writes entries of one run. `commit` makes what was staged durable, while the loop goes on."""

    def __init__(self, journal: Journal, run_id: str, commit: Commit) -> None:
        self._journal = journal
        self._run_id = run_id
        self._commit = commit
        self._entries: list[Entry] = []
        self._done = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    def note(self, entry: Entry) -> None:
        """An entry that becomes durable with the next `write` or `settled`, in the order of coming."""
        self._entries.append(entry)

    async def write(self, entry: Entry) -> None:
        """Return when the entry, and all before it, are durable. Raises `JournalError`."""
        self._entries.append(entry)
        await self.settled()

    async def settled(self) -> None:
        """Return when all entries so far are durable. Raises `JournalError`."""
        if not self._entries and self._task is None:
            return
        done = self._done
        if self._task is None:
            self._task = asyncio.create_task(self._flush())
        await asyncio.shield(done)

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        # Whoever is ready to run in this turn of the loop joins the first commit.
        await asyncio.sleep(0)
        while self._entries:
            entries, done = self._entries, self._done
            self._entries, self._done = [], loop.create_future()
            try:
                self._journal.stage(self._run_id, entries)
                await self._commit()
            except Exception as error:  # noqa: BLE001  # whoever waits has to hear of it, whatever it is
                done.set_exception(error)
                done.exception()
            else:
                done.set_result(None)
        self._task = None


@contextlib.asynccontextmanager
async def group_commits(journal: Journal, run_id: str) -> AsyncIterator[GroupCommit]:
    """Group commits on a thread of their own: the loop goes on while the disk syncs."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="journal") as thread:

        async def commit() -> None:
            await loop.run_in_executor(thread, journal.commit)

        group = GroupCommit(journal, run_id, commit)
        yield group
        await group.settled()
