"""What the journal tells of runs that are over, without asking the service: their list, and their reports again."""

import contextlib
import hashlib
import os
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from importer.errors import FileError, MappingError, RunError
from importer.journal import Journal, PastRun
from importer.languages import speaking
from importer.lock import writer
from importer.model import Outcome, Report, Requests, Row, Status, Verdict
from importer.prepare import Prepared, prepare, rows
from importer.problems import Code, Place, Problem
from importer.report import Places, Target, Written, ensure_writable, write, write_plain
from importer.settings import Settings, read_settings, settings_again

LONGEST_STEM: Final = 60
"""Characters of an input's name that the name of a plain report keeps."""

_MANY: Final = 100
"""Runs among which the last one is looked for."""

LAST: Final = "last"
"""The word for the newest run."""

RUNNING: Final = "running"
"""How a run ended that has not: in place of a status."""

_SAID_AT_THE_END: Final = frozenset({Code.NOT_REACHED, Code.MAY_EXIST, Code.MAY_BE_CHANGED})
"""What the journal says of rows without an answer, which holds once their run is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A run with what it answered. `why_not` says why its files are not what they were; empty where they are.

    `holder` says who is still at it; empty where it is over.
    """

    run: PastRun
    rows: tuple[Row, ...]
    why_not: str = ""
    holder: str = ""

    @property
    def files(self) -> list[str]:
        """Its files by the names that lead to them from here: those that were given, if they still do."""
        return [one.name if os.path.abspath(one.name) == one.path else one.path for one in self.run.about.inputs]


def past_runs(settings: Settings, most: int) -> list[tuple[PastRun, Mapping[Outcome, int]]]:
    """The last runs, newest first, each with how many of its rows have which outcome. Raises `JournalError`.

    One that is still going has the status `RUNNING`.
    """
    if not settings.journal_path.exists():
        return []
    with _opened(settings) as journal:
        return [_listed(journal, run, settings) for run in journal.history.runs(most)]


def _listed(journal: Journal, run: PastRun, settings: Settings) -> tuple[PastRun, Mapping[Outcome, int]]:
    if not _holder(run, settings):
        return run, journal.history.counts(run)
    rows = map(_so_far, journal.history.rows(run))
    return replace(run, status=RUNNING), Counter(row.verdict.outcome for row in rows)


def _holder(run: PastRun, settings: Settings) -> str:
    """Who is still at a run; empty where it is over."""
    if run.status is not None:
        return ""
    return writer(settings.journal_path.parent, run.account.address, run.account.name, run_id=run.id)


def _so_far(row: Row) -> Row:
    """A row of a run that is still going: without an answer, it waits for one."""
    verdict = row.verdict
    if verdict.outcome not in (Outcome.UNKNOWN, Outcome.PENDING):
        return row
    problems = tuple(one for one in verdict.problems if one.code not in _SAID_AT_THE_END)
    return replace(row, verdict=replace(verdict, outcome=Outcome.PENDING, problems=problems))


def recall(name: str, settings: Settings, passing: Collection[str] = ()) -> Recalled:
    """The run of that name: its id, a beginning of it that no other has, or `last`. Raises `RunError`.

    The last one is the last that is not of one of the commands `passing`.
    """
    if not settings.journal_path.exists():
        raise RunError(name, "no run is known yet")
    with _opened(settings) as journal:
        run = _named(journal, name, passing)
        holder, rows = _holder(run, settings), journal.history.rows(run)
        return Recalled(
            run=run, rows=tuple(map(_so_far, rows)) if holder else rows, why_not=_why_not(run), holder=holder
        )


@contextlib.contextmanager
def _opened(settings: Settings) -> Iterator[Journal]:
    with contextlib.closing(Journal.open(settings.journal_path)) as journal:
        yield journal


def _named(journal: Journal, name: str, passing: Collection[str]) -> PastRun:
    wanted = name.strip().lower()
    if wanted == LAST:
        found = [run for run in journal.history.runs(_MANY) if run.about.command not in passing][:1]
    else:
        found = journal.history.runs(2, wanted) if wanted else []
    exact = [run for run in found if run.id == wanted]
    if not found:
        raise RunError(name, "no run is known by that")
    if len(exact or found) > 1:
        raise RunError(name, "more than one run begins with it")
    return (exact or found)[0]


def _why_not(run: PastRun) -> str:
    """What became of the files since, if they are not the same any more."""
    if run.about.takes_back:
        return "it tells what became of the records of another run"
    if not run.is_whole:
        return "an older version of the importer made the run, and kept only the rows that it sent"
    for one in run.about.inputs:
        try:
            with open(one.path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            wrong = (error.strerror or str(error)).lower()
            return f"{one.name} cannot be read any more ({wrong})"
        if digest != one.sha256:
            return f"{one.name} has changed since the run"
    return ""


def report_again(name: str, options: Mapping[str, Any]) -> Report:
    """Write the report of a run once more: as it was, or a plain list where its files are not what they were.

    `options` are those that are given now. Raises `RunError`, `SettingError`.
    """
    started = time.monotonic()
    settings = read_settings(options)
    recalled = recall(name, settings)
    run, told = recalled.run, tuple(_told(recalled))
    with speaking(settings.lang):
        every, written = _written(recalled, options, settings, told)
    return Report(
        run_id=run.id,
        command="report",
        status=Status(run.status or Status.STOPPED),
        rows=every,
        problems=(*told, *written.problems),
        requests=run.end.requests if run.end else Requests(),
        elapsed=time.monotonic() - started,
        files=written.files,
        blank_rows=run.about.blank_rows,
    )


def _told(recalled: Recalled) -> Iterator[Problem]:
    """What is to be said of the run as a whole."""
    run = recalled.run
    if recalled.holder:
        yield Problem(code=Code.RUN_GOING, details={"holder": recalled.holder})
    elif run.end:
        yield from run.end.problems
        if run.end.stop:
            yield Problem(code=Code.STOPPED, details={"reason": run.end.stop})
    elif run.is_whole:
        yield Problem(code=Code.RUN_CUT_OFF)


def _written(
    recalled: Recalled, options: Mapping[str, Any], settings: Settings, told: tuple[Problem, ...]
) -> tuple[tuple[Row, ...], Written]:
    why_not = recalled.why_not
    if not why_not:
        try:
            prepared = prepare(recalled.files, settings_again(recalled.run.about.options, options))
        except (FileError, MappingError) as error:
            why_not = error.message.rstrip(".")
        else:
            every = tuple(as_answered(recalled, prepared))
            return every, write(prepared.books, every, prepared.places, told)
    note = Problem(code=Code.REPORT_PLAIN, details={"reason": why_not})
    return recalled.rows, write_plain(recalled.rows, plain_place(recalled, recalled.run.id, settings), note)


def as_answered(recalled: Recalled, prepared: Prepared) -> Iterator[Row]:
    """Every row of the files, which are as they were, with what the run answered; as new where it came not so far."""
    names = dict(zip((one.name for one in recalled.run.about.inputs), recalled.files, strict=True))
    known = {(row.kind, row.key._replace(file=names[row.key.file])): row for row in recalled.rows}
    for row in rows(prepared, {}):
        told = known.get((row.kind, row.key))
        yield replace(row, verdict=_moved(told.verdict, row.place), changes=told.changes) if told else row


def _moved(verdict: Verdict, place: Place) -> Verdict:
    """The same, of a row whose file has another name from here."""
    return replace(verdict, problems=tuple(replace(one, place=place) for one in verdict.problems))


def plain_place(recalled: Recalled, run_id: str, settings: Settings) -> Path:
    """Where a plain report goes: as the other would, or here if that folder is gone. Raises `ReportPlaceError`."""
    first = Path(recalled.files[0])
    folder = settings.report_dir or first.parent
    if settings.report_dir is None and not folder.is_dir():
        folder = Path()
    path = folder / f"{first.stem[:LONGEST_STEM]}.run-{run_id}.xlsx"
    ensure_writable(Places(targets=(Target(report=path, errors=path),), taken=frozenset()))
    return path
