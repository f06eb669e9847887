"""Taking back a run: what it made is deleted and what it changed is put back, as a run of its own.

It is planned anew each time from what is there, so a command that was cut off is simply given again.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from importer import rescue
from importer.auth import Credentials
from importer.changes import shows, stamp_of
from importer.ending import Desk, Ending
from importer.entities import ENTITIES, entity
from importer.errors import ImporterError, JournalBrokeError, SettingError, UndoneRunError
from importer.interrupts import signals_given_back
from importer.journal import About, Conclusion, Deed, Part, PastRun
from importer.last_look import LastLook
from importer.listing import complete_list
from importer.model import UNDO, Directory, Outcome, Plan, Report, Row, Verb, Verdict
from importer.online import credentials_for
from importer.pacing import StoppedError
from importer.plan import plan_of
from importer.prepare import NO_FILES, with_number
from importer.problems import Code, Problem
from importer.recall import LAST, Recalled, plain_place, recall
from importer.records import whole_records
from importer.report import Written, write_plain
from importer.report.console import UNDO_PLAN
from importer.retrial import ensure_same
from importer.revert import course_titles, key_of, listed_for, parents_before, place_of, reverse
from importer.send import send
from importer.send.taking_up import changes_not_yet_known, changes_taken_up, known_of_changes
from importer.settings import Settings, read_settings, settings_again
from importer.work import Work, at_work, requests_of

Records = Mapping[tuple[str, int], Mapping[str, Any]]
"""Whole records, by kind and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A run to take back, and the settings for that."""

    recalled: Recalled
    settings: Settings

    @property
    def run(self) -> PastRun:
        """The run."""
        return self.recalled.run


def to_undo(name: str, options: Mapping[str, Any]) -> Undoing:
    """The run of that name (see `recall`; the last is the last that is none of these itself), with the service it used.

    Raises `RunError`, and `UndoneRunError` where it took back another one itself.
    """
    passing = (UNDO,) if name.strip().lower() == LAST else ()
    recalled = recall(name, read_settings(options), passing)
    if recalled.run.about.takes_back:
        raise UndoneRunError(recalled.run.id, recalled.run.about.of_run or "")
    return Undoing(recalled=recalled, settings=settings_again(recalled.run.about.options, options))


def undo(undoing: Undoing, settings: Settings, desk: Desk | None) -> Report:
    """Take the run back; without a desk, only say what that would do. Raises `SettingError` before anything is sent."""
    started = time.monotonic()
    given = credentials_for(settings)
    ensure_same(undoing.run, settings.journal_address or settings.base_url, given.account)
    ending, written = Ending(), Written(files=(), problems=())
    target = plain_place(undoing.recalled, ending.run_id, settings) if desk is not None else None
    with signals_given_back():
        ending, rows = asyncio.run(_undo(undoing, settings, given, desk, ending))
        if target is not None and ending.is_begun and rows:
            reason = Problem(code=Code.REPORT_OF_UNDO, details={"run": undoing.run.id})
            written = write_plain(rows, target, reason)
    return Report(
        run_id=ending.run_id,
        command=UNDO if desk is not None else UNDO_PLAN,
        status=ending.status,
        rows=rows,
        problems=(*ending.problems, *written.problems),
        requests=ending.requests,
        elapsed=time.monotonic() - started,
        files=written.files,
        plan=ending.plan,
        courses=ending.directory.courses if ending.directory else None,
        stop=ending.stop,
        interrupted=ending.interrupted,
    )


async def _undo(
    undoing: Undoing, settings: Settings, given: Credentials, desk: Desk | None, ending: Ending
) -> tuple[Ending, tuple[Row, ...]]:
    deeds = list[Deed]()
    try:
        async with at_work(
            NO_FILES, settings, given, ending.run_id, alone=desk is not None, root=ending.run_id
        ) as work:
            deeds = work.journal.history.deeds(undoing.run)
            if desk is None:
                ending = await _planned(work, ending, undoing.run, deeds, await _read(work, deeds))
                ending = await _naming_the_rest(work, ending, undoing.run)
            else:
                ending = await _remembered(work, ending, undoing.run, deeds, desk)
    except StoppedError:
        ending = ending.by_user()
    except SettingError:
        raise
    except ImporterError as error:
        ending = ending.because(error)
    return ending, _rows(undoing.run, deeds, ending)


async def _read(work: Work, deeds: Sequence[Deed]) -> Records:
    """What the run made and changed, and what records go back into that it moved, as far as it is there, whole."""
    above = {one for deed in deeds if deed.is_sure for one in parents_before(deed)}
    records: dict[tuple[str, int], Mapping[str, Any]] = {}
    for kind in ENTITIES:
        ids = {deed.id for deed in deeds if deed.kind == kind.kind and deed.id is not None and deed.is_sure}
        ids |= {id for parent, id in above if parent == kind.kind}
        found = await whole_records(work.service, kind, ids)
        records |= {(kind.kind, id): record for id, record in found.items()}
    return records


async def _planned(work: Work, ending: Ending, run: PastRun, deeds: Sequence[Deed], records: Records) -> Ending:
    """Find out what can be taken back, and what is in it now; say so where nothing can."""
    first = reverse(deeds, records, {})
    deletes = [one for one in first.operations if one.verb is Verb.DELETE]
    lists = {
        (kind.kind, course): await complete_list(work.service, kind, course)
        for kind, course in dict.fromkeys(where for one in deletes for where in listed_for(one))
    }
    reversal = reverse(deeds, records, lists)
    written = sum(used.write for used in work.journal.used(work.account, work.wall(), work.now))
    plan = plan_of(reversal.operations, work.settings, written_today=written, reads=work.service.reads)
    return replace(
        ending,
        plan=plan,
        verdicts=reversal.verdicts,
        directory=Directory(records={}, courses=dict(course_titles(plan.operations))),
        problems=(*ending.problems, *_nothing_left(plan, run)),
        requests=requests_of(work.service),
    )


def _nothing_left(plan: Plan, run: PastRun) -> tuple[Problem, ...]:
    return () if plan.operations else (Problem(code=Code.NOTHING_LEFT, details={"run": run.id}),)


async def _naming_the_rest(work: Work, ending: Ending, run: PastRun) -> Ending:
    """The same, with the other runs of the import named of which something can be taken back, too."""
    left = []
    for other in work.journal.history.others(run):
        deeds = work.journal.history.deeds(other)
        if reverse(deeds, await _read(work, deeds), {}).operations:
            left.append(f"importer undo {other.id}")
    if not left:
        return replace(ending, requests=requests_of(work.service))
    named = Problem(code=Code.OTHER_RUNS, details={"commands": ", ".join(left)})
    return replace(ending, problems=(*ending.problems, named), requests=requests_of(work.service))


def _settle_what_is_done(work: Work, deeds: Sequence[Deed], records: Records) -> None:
    """What an earlier command was cut off at, and has done as the records show, is no longer in doubt."""
    left = work.journal.changes(work.account)
    for deed in deeds:
        change, record = left.get((deed.kind, deed.id or 0)), records.get((deed.kind, deed.id or 0))
        if change is None or not deed.is_sure:
            continue
        if record is None and change.verb is Verb.DELETE:
            work.journal.settle(change, None)
        elif record and change.verb is Verb.UPDATE and shows(entity(deed.kind), change.payload, record):
            work.journal.settle(change, stamp_of(record))


async def _remembered(work: Work, ending: Ending, run: PastRun, deeds: Sequence[Deed], desk: Desk) -> Ending:
    """Plan and take back, with what it came to in the journal; nothing of it where it is not wanted after all."""
    try:
        records = await _read(work, deeds)
        _settle_what_is_done(work, deeds, records)
        ending = await _planned(work, ending, run, deeds, records)
        ending = await _naming_the_rest(work, ending, run)
        ending, may_send = _agreed(work, ending, run, deeds, desk)
        if may_send:
            _open(work, run, deeds)
            ending = replace(ending, is_begun=True)
            ending = await _sent(work, ending, run, deeds, desk)
    except StoppedError:
        ending = ending.by_user()
    except ImporterError as error:
        ending = ending.because(error)
    return _ended(work, ending, run, deeds) if ending.is_begun else ending


def _open(work: Work, run: PastRun, deeds: Sequence[Deed]) -> None:
    about = About(command=UNDO, inputs=run.about.inputs, options=work.settings.as_given, of_run=run.id)
    columns = {(place_of(deed), deed.kind): tuple(deed.columns.values()) for deed in deeds}
    parts = [Part(place=place, kind=kind, columns=some) for (place, kind), some in columns.items()]
    work.journal.history.open(work.run.id, about, parts)


def _ended(work: Work, ending: Ending, run: PastRun, deeds: Sequence[Deed]) -> Ending:
    rows = _rows(run, deeds, ending)
    conclusion = Conclusion(
        counts=Counter(row.verdict.outcome for row in rows),
        requests=ending.requests,
        elapsed=max(0.0, work.wall() - work.run.started_at),
        problems=ending.problems,
        stop=ending.stop.message if ending.stop else "",
        interrupted=ending.interrupted,
    )
    try:
        work.journal.end(work.run.id, ending.status, work.wall(), rows, conclusion)
    except JournalBrokeError as error:
        return ending.because(error)
    return ending


def _agreed(work: Work, ending: Ending, run: PastRun, deeds: Sequence[Deed], desk: Desk) -> tuple[Ending, bool]:
    """What is known before, and whether it is to be done."""
    plan = ending.plan
    assert plan is not None
    if not plan.operations:
        return ending, True
    unclear = changes_not_yet_known(plan.operations, work.journal.changes(work.account))
    ending = replace(ending, verdicts={**ending.verdicts, **unclear})
    wanted = desk.agree is None or desk.agree(_foreseen(run, deeds, ending))
    return (ending, True) if wanted else (ending.declined(), False)


async def _sent(work: Work, ending: Ending, run: PastRun, deeds: Sequence[Deed], desk: Desk) -> Ending:
    plan, changes = ending.plan, work.journal.changes(work.account)
    if plan is None or not plan.operations:
        return ending
    await work.group.settled()
    settled = [row for row in _rows(run, deeds, ending) if row.key not in {one.key for one in plan.operations}]
    work.journal.history.answer(work.run.id, settled)
    taken = changes_taken_up(plan.operations, changes)
    numbers = {one.key: number for number, one in enumerate(plan.operations)}
    work.journal.begin(work.run, plan.operations, taken_up={numbers[key]: change for key, change in taken.items()})
    ending = replace(ending, is_begun=True)
    desk.progress.planned(plan.cost.writes)
    known = known_of_changes(plan.operations, changes, work.late_changes, now=work.now, settle=work.settings.settle)
    known = replace(known, hold=LastLook(work, plan).hold)
    sent = await send(plan, work.service, work.group, work.settings, desk.progress, known, work.chance, work.wall)
    with contextlib.suppress(JournalBrokeError):
        await work.group.settled()
    ending = replace(ending, verdicts={**ending.verdicts, **sent.verdicts}, requests=requests_of(work.service))
    lost = rescue.secure(work.journal, ending.run_id, work.group.unsaved, plan.operations, [], desk.alarm)
    if lost is not None:
        ending = replace(ending, problems=(*ending.problems, lost))
    if sent.stop is not None:
        return ending.because(sent.stop)
    return ending.by_user() if sent.interrupted else ending


def _foreseen(run: PastRun, deeds: Sequence[Deed], ending: Ending) -> Report:
    """What would be taken back, and what is left."""
    return Report(
        run_id=ending.run_id,
        command=UNDO_PLAN,
        status=ending.status,
        rows=_rows(run, deeds, ending),
        problems=ending.problems,
        plan=ending.plan,
        courses=ending.directory.courses if ending.directory else None,
    )


def _rows(run: PastRun, deeds: Sequence[Deed], ending: Ending) -> tuple[Row, ...]:
    """What became of each deed, with what is put back; one that was not reached is pending."""
    planned = ending.operations
    amongs = {one.name: one.among for one in run.about.inputs}
    return tuple(
        Row(
            key=key_of(deed),
            place=replace(place_of(deed), among=amongs.get(deed.file, "")),
            kind=deed.kind,
            title=deed.title,
            verdict=with_number(ending.verdicts.get(key_of(deed)), planned.get(key_of(deed)))
            or Verdict(outcome=Outcome.PENDING, id=deed.id),
            changes=planned[key_of(deed)].changes if key_of(deed) in planned else (),
        )
        for deed in deeds
    )
