"""What a command needs to work with the service: everything opened at its start, and closed again at its end."""

import contextlib
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from importer import rescue
from importer.auth import Credentials
from importer.boot import boot_id, since_boot
from importer.errors import JournalError
from importer.group_commit import GroupCommit, group_commits
from importer.interrupts import first_interrupt
from importer.journal import Account, Journal, LateChange, Run, ballast
from importer.lock import only_writer
from importer.model import Requests
from importer.prepare import NO_FILES, Prepared
from importer.service import Halt, Service, open_service
from importer.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the stages behind the files need. `wall` gives seconds since 1970; `boot` names the start of the machine.

    What the command does goes to the journal through `group`, as `run`.
    """

    prepared: Prepared
    settings: Settings
    service: Service
    journal: Journal
    group: GroupCommit
    run: Run
    boot: str | None = None
    wall: Callable[[], float] = time.time
    chance: random.Random = field(default_factory=random.Random)

    @property
    def account(self) -> Account:
        """Whose limits and doubts."""
        return self.run.account

    @property
    def now(self) -> float:
        """Seconds on the run's clock."""
        return self.service.pacer.clock()

    @property
    def late_changes(self) -> list[LateChange]:
        """What earlier runs sent to change records that may still be done, though it got no clear answer."""
        return self.journal.history.late(
            self.account, now=self.wall(), clock=self.now, boot=self.boot, settle=self.settings.settle
        )


@contextlib.asynccontextmanager
async def at_work(
    prepared: Prepared, settings: Settings, given: Credentials, run_id: str, *, alone: bool, root: str | None = None
) -> AsyncIterator[Work]:
    """Everything opened: journal, service, signals, and the account's lock where the command writes.

    A command that only reads enters its requests into the journal too, as they count for the same limits. `root` is
    the run that this one goes on with, where that is known.
    """
    account = Account(address=settings.journal_address or settings.base_url, name=given.account)
    halt = Halt()
    boot = boot_id()
    with contextlib.ExitStack() as stack:
        if alone:
            _lock(stack, prepared, settings, account, run_id)
        journal = stack.enter_context(contextlib.closing(Journal.open(settings.journal_path, boot)))
        if alone:
            rescue.take_up(journal, [target.report for target in prepared.places.targets])
            ballast.lay(settings.journal_path)
        stack.enter_context(first_interrupt(halt.interrupt, report_follows=alone))
        run = run_of(journal, account, prepared, settings, run_id, at=time.time(), is_plan=not alone, root=root)
        past = journal.start(run, time.time(), since_boot())
        async with (
            group_commits(journal, run_id) as group,
            open_service(settings, given, halt, group, past) as service,
        ):
            yield Work(
                prepared=prepared,
                settings=settings,
                service=service,
                journal=journal,
                group=group,
                run=run,
                boot=boot,
            )


def only_reading(settings: Settings, given: Credentials) -> contextlib.AbstractAsyncContextManager[Work]:
    """What a command needs that has no files and only reads."""
    return at_work(NO_FILES, settings, given, uuid.uuid4().hex[:12], alone=False)


def requests_of(service: Service) -> Requests:
    """What has been asked of the service so far."""
    return Requests(writes=service.writes, reads=service.reads, throttled=service.pacer.throttled)


def _lock(stack: contextlib.ExitStack, prepared: Prepared, settings: Settings, account: Account, run_id: str) -> None:
    """Keep other runs of the account out: those with the same journal, and those of this user with another one."""
    files = [book.name for book in prepared.books]
    own, usual = settings.journal_path.parent, settings.state_folder
    stack.enter_context(only_writer(own, account.address, account.name, files, run_id=run_id))
    if own.resolve() != usual.resolve():
        # Who has no such folder, or may not write there, has named a journal elsewhere because of that.
        with contextlib.suppress(JournalError):
            stack.enter_context(only_writer(usual, account.address, account.name, files, run_id=run_id))


def run_of(
    journal: Journal,
    account: Account,
    prepared: Prepared,
    settings: Settings,
    run_id: str,
    *,
    at: float,
    is_plan: bool = False,
    root: str | None = None,
) -> Run:
    """The run that begins at `at`, with the one that it goes on with."""
    # The same files with another answer to what exists already are another import.
    files = "\n".join([*(f"{book.sha256} {book.name}" for book in prepared.books), settings.on_existing])
    root = root or journal.root_of(account, files, run_id)
    return Run(id=run_id, account=account, files=files, started_at=at, root=root, is_plan=is_plan)
