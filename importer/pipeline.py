"""A command from its files to its report: load, normalise, validate, look up, resolve, plan, send, report."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from importer.auth import Credentials, credentials
from importer.choices import Existing
from importer.directory import look_up
from importer.ending import Desk, Ending, finish
from importer.errors import ImporterError, SettingError
from importer.group_commit import group_commits
from importer.interrupts import first_interrupt
from importer.journal import Account, Journal, Run
from importer.lock import only_writer
from importer.model import Outcome, Report, Requests, Status
from importer.outline import outline
from importer.pacing import StoppedError
from importer.plan import make_plan
from importer.prepare import Prepared, prepare
from importer.resolve import Policy, resolve
from importer.send import send
from importer.service import Halt, Service, open_service
from importer.settings import Settings


def check(files: Sequence[str], settings: Settings) -> Report:
    """Say what is wrong with the files. Touches no network. Raises `FileError` and `SettingError`."""
    started = time.monotonic()
    return finish("check", prepare(files, settings), Ending(), started)


def plan(files: Sequence[str], settings: Settings) -> Report:
    """Say what a run would do. Only reads from the service. Raises `FileError` and `SettingError`."""
    started = time.monotonic()
    given = _credentials(settings)
    prepared = prepare(files, settings)
    return finish("plan", prepared, asyncio.run(_with_service(prepared, settings, given, None)), started)


def run(files: Sequence[str], settings: Settings, desk: Desk | None = None) -> Report:
    """Import the files. Raises `FileError` and `SettingError` before anything is sent, and nothing afterwards."""
    started = time.monotonic()
    given = _credentials(settings)
    prepared = prepare(files, settings)
    return finish("run", prepared, asyncio.run(_with_service(prepared, settings, given, desk or Desk())), started)


def _credentials(settings: Settings) -> Credentials:
    if settings.on_existing is Existing.UPDATE:
        message = "--on-existing update is not there yet: rows that exist can be skipped, refused or created again."
        raise SettingError(message)
    return credentials(settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What the stages behind the files need."""

    prepared: Prepared
    settings: Settings
    service: Service
    journal: Journal
    account: Account


async def _with_service(prepared: Prepared, settings: Settings, given: Credentials, desk: Desk | None) -> Ending:
    """Plan and, with a desk, send. What stops it is part of the ending."""
    ending = Ending()
    try:
        async with _at_work(prepared, settings, given, alone=desk is not None) as work:
            ending = await _look_and_plan(work, ending)
            return ending if desk is None else await _agree_and_send(work, ending, desk)
    except StoppedError:
        return ending.by_user()
    except SettingError:
        raise
    except ImporterError as error:
        return ending.because(error)


@contextlib.asynccontextmanager
async def _at_work(prepared: Prepared, settings: Settings, given: Credentials, *, alone: bool) -> AsyncIterator[_Work]:
    account = Account(address=settings.journal_address or settings.base_url, name=given.account)
    halt = Halt()
    with contextlib.ExitStack() as stack:
        if alone:
            stack.enter_context(only_writer(settings.journal_path.parent, account.address, account.name))
        journal = stack.enter_context(contextlib.closing(Journal.open(settings.journal_path)))
        stack.enter_context(first_interrupt(halt.interrupt))
        async with open_service(settings, given, halt, journal.used(account, time.time())) as service:
            yield _Work(prepared=prepared, settings=settings, service=service, journal=journal, account=account)


async def _look_and_plan(work: _Work, ending: Ending) -> Ending:
    settings, prepared = work.settings, work.prepared
    directory = await look_up(work.service, prepared.courses)
    policy = Policy(
        on_existing=settings.on_existing,
        allow_duplicates=settings.allow_duplicates,
        doubts=work.journal.doubts(work.account),
    )
    resolution = resolve(prepared.tables, prepared.found, directory, policy)
    written_today = sum(used.write for used in work.journal.used(work.account, time.time()))
    return replace(
        ending,
        verdicts=resolution.verdicts,
        plan=make_plan(
            prepared.tables, resolution, settings, written_today=written_today, reads=len(work.service.read_at)
        ),
        directory=directory,
        problems=directory.problems,
        requests=_requests(work.service),
    )


async def _agree_and_send(work: _Work, ending: Ending, desk: Desk) -> Ending:
    assert ending.plan is not None
    assert ending.directory is not None
    bad = sum(verdict.outcome in (Outcome.INVALID, Outcome.BLOCKED) for verdict in ending.verdicts.values())
    if work.settings.all_or_nothing and bad:
        return ending.held_back(bad)
    if not desk.agree(ending.plan, ending.directory):
        return ending.declined()
    files = "\n".join(f"{book.sha256} {book.name}" for book in work.prepared.books)
    run_of = Run(id=ending.run_id, account=work.account, files=files, started_at=time.time())
    work.journal.begin(run_of, ending.plan.operations, work.service.read_at)
    desk.progress.planned(ending.plan.cost.writes)
    async with group_commits(work.journal, ending.run_id) as group:
        sent = await send(ending.plan, work.service, group, work.settings, desk.progress)
    ending = replace(ending, verdicts={**ending.verdicts, **sent.verdicts}, requests=_requests(work.service))
    if sent.interrupted or sent.stop is not None:
        ending = ending.because(sent.stop) if sent.stop is not None else ending.by_user()
    try:
        work.journal.end(ending.run_id, ending.status, time.time())
    except ImporterError as error:
        ending = ending.because(error)
    return replace(ending, outline=await _outline(work, ending)) if desk.show_outline else ending


async def _outline(work: _Work, ending: Ending) -> str:
    """What the courses now hold; empty where that cannot be had: nothing that fails here undoes what was sent."""
    if ending.directory is None or not ending.directory.courses or ending.status is not Status.COMPLETED:
        return ""
    try:
        return await outline(work.service, ending.directory.courses)
    except (ImporterError, StoppedError):
        return ""


def _requests(service: Service) -> Requests:
    return Requests(writes=service.writes, reads=len(service.read_at), throttled=service.pacer.throttled)
