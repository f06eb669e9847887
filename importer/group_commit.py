"""Group commit: entries of the journal that come at about the same time share one commit and its sync to disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from importer.errors import JournalBrokeError
from importer.journal import Entry, Journal

MANY: Final = 16
"""Entries in one commit from which on the next one waits a little for more to come."""

LINGER: Final = 0.005
"""Seconds of that wait: a commit costs about as much, however many entries share it."""

Commit = Callable[[], Awaitable[None]]


class GroupCommit:
    """Writes entries of one run. `commit` makes what was staged durable, while the loop goes on.

    After a failure nothing more is stored, and whoever asks is told of it.
    """

    def __init__(self, journal: Journal, run_id: str, commit: Commit) -> None:
        self._journal = journal
        self._run_id = run_id
        self._commit = commit
        self._entries: list[Entry] = []
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._broken: Exception | None = None
        self._lost: list[Entry] = []

    @property
    def unsaved(self) -> list[Entry]:
        """After a failure: what may not be durable, in the order of coming. What was to be sent of it was not."""
        return [*self._lost, *self._entries] if self._broken is not None else []

    def note(self, entry: Entry) -> None:
        """An entry that becomes durable with the next `write` or `settled`, in the order of coming."""
        self._entries.append(entry)

    async def write(self, entry: Entry) -> None:
        """Return when the entry, and all before it, are durable. Raises `JournalBrokeError`."""
        self._entries.append(entry)
        await self.settled()

    async def settled(self) -> None:
        """Return when all entries so far are durable. Raises `JournalBrokeError`."""
        if self._broken is not None:
            raise self._broken
        waited_for = self._next if self._entries else self._running
        if waited_for is None:
            return
        if self._task is None:
            self._task = asyncio.create_task(self._flush())
        await asyncio.shield(waited_for)

    async def _flush(self) -> None:
        many, entries = False, list[Entry]()
        # Whoever is ready in this turn of the loop joins the first commit.
        await asyncio.sleep(0)
        try:
            while self._entries:
                if many:
                    await asyncio.sleep(LINGER)
                entries, self._running = self._entries, self._next
                self._entries, self._next = [], asyncio.get_running_loop().create_future()
                self._journal.stage(self._run_id, entries)
                await self._commit()
                self._running.set_result(None)
                many = len(entries) > MANY
        except JournalBrokeError as error:
            self._fail(error, entries)
        except Exception as error:
            self._fail(error, entries)
            raise
        self._running = self._task = None

    def _fail(self, error: Exception, entries: list[Entry]) -> None:
        self._broken, self._lost = error, entries
        for waited_for in (self._running, self._next):
            assert waited_for is not None
            waited_for.set_exception(error)
            waited_for.exception()


@contextlib.asynccontextmanager
async def group_commits(journal: Journal, run_id: str) -> AsyncIterator[GroupCommit]:
    """Group commits on a thread of their own: the loop goes on while the disk syncs.

    At the end what is left is made durable, as far as that is possible: `settled` says whether it was.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="journal") as thread:

        async def commit() -> None:
            await loop.run_in_executor(thread, journal.commit)

        group = GroupCommit(journal, run_id, commit)
        yield group
        with contextlib.suppress(JournalBrokeError):
            await group.settled()
