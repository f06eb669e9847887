"""What a command does with the service: look up, resolve, plan, and send with what earlier runs left behind."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from importer import rescue
from importer.again import sent_again
from importer.amend import Unchanged, records_of, revised
from importer.asking import agreed
from importer.auth import Credentials, credentials
from importer.changes import shows, stamp_of
from importer.choices import Existing
from importer.coworkers import with_numbers
from importer.deletions import deletions_done
from importer.derive.keys import title_of
from importer.directory import look_up
from importer.ending import Desk, Ending
from importer.entities import EVERYWHERE
from importer.errors import ImporterError, JournalBrokeError, SettingError
from importer.journal import Journal, LeftInDoubt
from importer.languages import speaking
from importer.made import changed_since, still_made
from importer.memory import remember_end, remember_files, remember_settled
from importer.model import Directory, Outcome, Plan, Resolution, Verb, Wanted
from importer.outline import outline_of_directory, tree
from importer.pacing import StoppedError
from importer.plan import make_plan
from importer.prepare import Prepared
from importer.problems import Code, Problem
from importer.read_back import read_back
from importer.resolve import Policy, emptied, resolve
from importer.saved_plan import SavedPlan
from importer.selection import saved_to, selected
from importer.send import Known, send
from importer.send.taking_up import Changes, changes_taken_up, known_of_changes, taken_up
from importer.settings import Settings
from importer.work import Work, at_work, requests_of


def credentials_for(settings: Settings) -> Credentials:
    """What to sign in with. Raises `SettingError` where the settings ask for what cannot be done."""
    return credentials(settings)


def with_service(
    prepared: Prepared, settings: Settings, given: Credentials, desk: Desk | None, saved: SavedPlan | None = None
) -> Ending:
    """Plan and, with a desk, send: what is saved, where a plan is. What stops it is part of the ending.

    Raises `SettingError` before that.
    """
    return asyncio.run(_with_service(prepared, settings, given, desk, saved))


async def _with_service(
    prepared: Prepared, settings: Settings, given: Credentials, desk: Desk | None, saved: SavedPlan | None
) -> Ending:
    ending = Ending()
    former = prepared.former.root if prepared.former else None
    root = former if saved is None else saved.run
    try:
        async with at_work(prepared, settings, given, ending.run_id, alone=desk is not None, root=root) as work:
            if desk is None:
                return saved_to(work, await look_and_plan(work, ending))
            ending = await remembered(work, ending, desk, saved)
            return ending.showing(await _outline(work, ending)) if desk.show_outline else ending
    except StoppedError:
        return ending.by_user()
    except SettingError:
        raise
    except ImporterError as error:
        return ending.because(error)


async def remembered(work: Work, ending: Ending, desk: Desk, saved: SavedPlan | None = None) -> Ending:
    """Plan and send, with what it came to in the journal. Raises `SettingError` before anything is sent."""
    remember_files(work)
    try:
        await _settled_after_damage(work, desk)
        ending = await look_and_plan(work, ending, saved)
        if ending.stop is None:
            ending = await agree_and_send(work, ending, desk, saved)
        if work.settings.verify and ending.is_begun:
            ending = await read_back(work, ending, desk)
    except StoppedError:
        ending = ending.by_user()
    except SettingError as error:
        remember_end(work, ending.because(error))
        raise
    except ImporterError as error:
        ending = ending.because(error)
    return remember_end(work, ending)


async def _settled_after_damage(work: Work, desk: Desk) -> None:
    """Wait until nothing is on its way any more of what a damaged journal knew. Raises `StoppedError`."""
    rest = work.journal.unsettled(work.wall(), work.now, work.settings.settle)
    if rest <= 0.0:
        return
    desk.progress.damaged(rest)
    settled_at = work.now + rest
    while work.now < settled_at:
        await work.service.halt.sleep(settled_at - work.now)
        if work.service.halt.asked:
            raise StoppedError


async def _outline(work: Work, ending: Ending) -> str:
    """What the courses now hold; empty where that cannot be had: nothing that fails here undoes what was sent."""
    if ending.directory is None or ending.directory.courses is None or not ending.is_done:
        return ""
    try:
        courses = frozenset({*ending.directory.courses, *_created(ending)})
        directory = await look_up(work.service, Wanted(courses=courses))
    except (ImporterError, StoppedError):
        return ""
    with speaking(work.settings.lang):
        return tree(outline_of_directory(directory))


def _created(ending: Ending) -> Iterator[int]:
    """The courses that the run made."""
    for one in ending.plan.operations if ending.plan else ():
        number = ending.verdicts[one.key].id
        if one.entity.scope is None and number is not None:
            yield number


async def look_and_plan(work: Work, ending: Ending, saved: SavedPlan | None = None) -> Ending:
    """Find out what is there, and plan what is to be sent."""
    settings, prepared = work.settings, await with_numbers(work.service, work.prepared)
    work = replace(work, prepared=prepared)
    listed_at, stumbles = work.now, work.service.stumbles
    wanted = prepared.wanted
    courses = work.journal.made(work.account, {EVERYWHERE}) if wanted.by_title else {}
    directory = await look_up(work.service, wanted, {one.id: title_of(identity) for identity, one in courses.items()})
    is_proof = work.service.stumbles == stumbles
    made = work.journal.made(work.account, {course for _, course in directory.records})
    policy = Policy(
        on_existing=settings.on_existing,
        update_only=settings.update_only,
        allow_delete=settings.allow_delete,
        allow_duplicates=settings.allow_duplicates,
        doubts=work.journal.doubts(work.account),
        made=await still_made(work.service, made, directory),
        generation=_generation(work),
    )
    resolution = resolve(prepared.tables, prepared.found, directory, policy, prepared.if_new)
    resolution = changed_since(prepared.tables, resolution, made)
    if prepared.former is not None:
        resolution = sent_again(resolution, prepared.former)
    decided, unchanged, plan = await _planned(work, directory, resolution)
    ending = replace(
        ending,
        verdicts=decided.verdicts,
        plan=plan,
        unchanged=unchanged,
        directory=directory,
        listed_at=listed_at,
        is_proof=is_proof,
        problems=directory.problems + _of_the_journal(work.journal),
        requests=requests_of(work.service),
    )
    return selected(work, ending, plan, policy.doubts, saved)


async def _planned(work: Work, directory: Directory, resolution: Resolution) -> tuple[Resolution, Unchanged, Plan]:
    """What rows of records that are there change, and with that the plan."""
    settings, tables = work.settings, work.prepared.tables
    records = await records_of(work.service, tables, resolution)
    there = revised(tables, resolution, records, overwrite=settings.overwrite)
    decided, after = emptied(tables, there.resolution, directory, there.revisions)
    plan = make_plan(
        tables,
        decided,
        settings,
        there.revisions,
        after,
        written_today=sum(used.write for used in work.journal.used(work.account, work.wall(), work.now)),
        reads=work.service.reads,
        overwrite=settings.overwrite,
        verify=settings.verify,
    )
    return decided, there.unchanged, plan


def _of_the_journal(journal: Journal) -> tuple[Problem, ...]:
    if journal.moved_aside is None:
        return ()
    return (Problem(code=Code.JOURNAL_DAMAGED, details={"path": str(journal.moved_aside)}),)


def _generation(work: Work) -> str:
    """Rows that are created whatever is there are new ones in each run, but not where a stopped run goes on."""
    return "\x1f" + work.run.root if work.settings.on_existing is Existing.CREATE else ""


async def agree_and_send(work: Work, ending: Ending, desk: Desk, saved: SavedPlan | None = None) -> Ending:
    """Send what is planned, if the user agrees."""
    ending, may_send = await agreed(
        work, ending, desk, lambda: look_and_plan(work, Ending(run_id=ending.run_id), saved)
    )
    if not may_send:
        return ending
    plan, left, changes = ending.plan, work.journal.doubts(work.account), work.journal.changes(work.account)
    assert plan is not None
    try:
        await work.group.settled()
        ending = _with_changes_done(work, ending, changes)
        ending = await deletions_done(work, ending, changes)
        remember_settled(work, ending)
        known = _begin(work, ending, left, changes)
        ending = replace(ending, is_begun=True)
    except ImporterError as error:
        return ending.because(error)
    reports = [target.report for target in work.prepared.places.targets]
    desk.progress.planned(plan.cost.writes)
    sent = await send(plan, work.service, work.group, work.settings, desk.progress, known, work.chance, work.wall)
    with contextlib.suppress(JournalBrokeError):
        await work.group.settled()
    ending = replace(ending, verdicts={**ending.verdicts, **sent.verdicts}, requests=requests_of(work.service))
    lost = rescue.secure(work.journal, ending.run_id, work.group.unsaved, plan.operations, reports, desk.alarm)
    if lost is not None:
        ending = replace(ending, problems=(*ending.problems, lost))
    if sent.interrupted or sent.stop is not None:
        ending = ending.because(sent.stop) if sent.stop is not None else ending.by_user()
    elif ending.later:
        ending = ending.in_part()
    return ending


def _with_changes_done(work: Work, ending: Ending, left: Changes) -> Ending:
    """The same, with the changes done that an earlier run left in doubt and that the records now show."""
    done = {}
    for key, (entity, record) in ending.unchanged.items():
        verdict = ending.verdicts[key]
        change = left.get((entity.kind, verdict.id or 0))
        if change and change.verb is Verb.UPDATE and shows(entity, change.payload, record):
            work.journal.settle(change, stamp_of(record))
            done[key] = replace(verdict, outcome=Outcome.UPDATED)
    return replace(ending, verdicts={**ending.verdicts, **done}) if done else ending


def _begin(work: Work, ending: Ending, left: Mapping[str, LeftInDoubt], changes: Changes) -> Known:
    """Enter the run and its rows into the journal, with what earlier runs left in doubt taken up."""
    assert ending.plan is not None
    assert ending.directory is not None
    operations = ending.plan.operations
    records = ending.directory.records
    altered = changes_taken_up(operations, changes)
    work.journal.begin(
        work.run,
        operations,
        baselines={key: [held.id for held in some] for key, some in records.items()},
        taken_up={
            **{number: left[one.identity] for number, one in enumerate(operations) if one.identity in left},
            **{number: altered[one.key] for number, one in enumerate(operations) if one.key in altered},
        },
    )
    doubts = {
        one.key: taken_up(one, left[one.identity], now=work.now, boot=work.boot)
        for one in operations
        if one.identity in left
    }
    return replace(
        known_of_changes(operations, changes, work.late_changes, now=work.now, settle=work.settings.settle),
        listings=records,
        listed_at=ending.listed_at,
        is_proof=ending.is_proof,
        claimed=_claimed(work, ending),
        earlier=work.journal.claimed(work.account),
        doubts=doubts,
    )


def _claimed(work: Work, ending: Ending) -> dict[str, set[int]]:
    """The ids that rows of this run have already, by kind: no other row's record is among them."""
    claimed: dict[str, set[int]] = {}
    for table in work.prepared.tables:
        for row in table.rows.index.tolist():
            verdict = ending.verdicts.get(table.key(row))
            if verdict is not None and verdict.id is not None:
                claimed.setdefault(table.entity.kind, set()).add(verdict.id)
    for operation in ending.operations.values():
        if operation.id is not None:
            claimed.setdefault(operation.entity.kind, set()).add(operation.id)
    return claimed
