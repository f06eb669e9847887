"""How a command ended, and its report: every data row with one outcome, written beside the input."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from importer.entities import Entity
from importer.errors import ImporterError
from importer.languages import Language, speaking
from importer.model import Directory, Operation, Outcome, Plan, Report, Requests, RowKey, Status, Verdict
from importer.offline import surely_new
from importer.prepare import Prepared, left_blank, rows
from importer.problems import Code, Problem, counted
from importer.progress import SILENCE, Progress
from importer.report import write


def _unnoticed() -> None:
    """Nobody asked, so nobody has to be asked again."""


def _unheard(_line: str) -> None:
    """Nobody is told; the report and the rescue file say it too."""


def _unseen(_records: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who a run talks to.

    `agree` is asked before the first write, with what is known by then; `progress` is told how far it is, `alarm` of
    each row whose outcome the journal could not store: at once, as what comes after may fail too.
    """

    agree: Callable[[Report], bool] | None = None
    asks: bool = False
    """Whether a person is asked, who may take any time to answer."""
    changed_meanwhile: Callable[[], None] = _unnoticed
    """Is told that what was agreed to is not what would be sent now, before that is asked."""
    progress: Progress = SILENCE
    alarm: Callable[[str], None] = _unheard
    reading_back: Callable[[int], None] = _unseen
    """Is told how many records are about to be read back."""
    show_outline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ending:
    """What a command found out beyond the files themselves.

    Without a repr of its own: asyncio makes the repr of a task's result when it gives signal handlers back, which
    for 100,000 verdicts takes many seconds.
    """

    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    verdicts: Mapping[RowKey, Verdict] = field(default_factory=dict)
    plan: Plan | None = None
    later: tuple[Operation, ...] = ()
    """What could be sent too, and was not asked for."""
    is_trial: bool = False
    """Whether all was sent but that."""
    unchanged: Mapping[RowKey, tuple[Entity, Mapping[str, object]]] = field(default_factory=dict)
    """The records of which rows change nothing, as they are."""
    directory: Directory | None = None
    listed_at: float = 0.0
    """When the look-up began, on the run's clock."""
    is_proof: bool = True
    """Whether no reading failed in between, so that what its lists do not show was absent."""
    requests: Requests = field(default_factory=Requests)
    problems: tuple[Problem, ...] = ()
    status: Status = Status.COMPLETED
    stop: ImporterError | None = None
    interrupted: bool = False
    outline: str = ""
    is_begun: bool = False
    """Whether the journal has the operations, and the answers of all other rows."""
    saved_to: Path | None = None
    """Where the plan was saved."""

    def because(self, error: ImporterError) -> "Ending":
        """The same, ended early by an error."""
        status = Status.REFUSED if error.exit_code in (2, 3) and not self.is_under_way else Status.STOPPED
        return replace(self, status=status, stop=self.stop or error)

    def by_user(self) -> "Ending":
        """The same, ended early because the user asked for it."""
        return replace(self, status=Status.STOPPED, interrupted=True)

    def in_part(self) -> "Ending":
        """The same, all sent that was asked for, with rows left for later: the next run goes on with this one."""
        return replace(self, status=Status.STOPPED, is_trial=True)

    @property
    def operations(self) -> dict[RowKey, Operation]:
        """What is planned, by row, also what was not asked for yet."""
        planned = (*self.plan.operations, *self.later) if self.plan is not None else ()
        return {one.key: one for one in planned}

    @property
    def is_under_way(self) -> bool:
        """Whether something of what is planned was sent."""
        planned = self.plan.operations if self.plan is not None and self.is_begun else ()
        verdicts = (self.verdicts.get(one.key) for one in planned)
        return any(verdict is not None and verdict.outcome is not Outcome.PENDING for verdict in verdicts)

    @property
    def is_done(self) -> bool:
        """Whether all was sent that was to be sent."""
        return self.status is Status.COMPLETED or (self.is_trial and self.stop is None)

    def declined(self) -> "Ending":
        """The same, nothing sent because the user said no."""
        problems = (*self.problems, Problem(code=Code.ANSWERED_NO))
        return replace(self, status=Status.STOPPED, problems=problems)

    def showing(self, outline: str) -> "Ending":
        """The same, with the outline that the courses have now."""
        return replace(self, outline=outline)

    def held_back(self, invalid: int) -> "Ending":
        """The same, nothing sent because some rows are not right."""
        wrong = f"{counted(invalid, 'row')} {'has' if invalid == 1 else 'have'} errors"
        problem = Problem(code=Code.ROWS_HELD_BACK, details={"rows": wrong})
        return replace(self, status=Status.REFUSED, problems=(*self.problems, problem))


def of_files(prepared: Prepared, ending: Ending) -> tuple[Problem, ...]:
    """What is to be said of whole files, besides what writing the reports brings."""
    creates = surely_new(prepared) if ending.plan is None else ending.plan.creates.__contains__
    return (*prepared.problems, *left_blank(prepared, creates), *ending.problems)


def foreseen(prepared: Prepared, ending: Ending) -> Report:
    """What is planned, and what is wrong: the answer of a plan, before any report is written."""
    return _answered("plan", prepared, ending)


def _answered(command: str, prepared: Prepared, ending: Ending) -> Report:
    """The answers of a command put together, as far as they need no file and no clock."""
    directory = ending.directory
    return Report(
        run_id=ending.run_id,
        command=command,
        status=ending.status,
        rows=tuple(rows(prepared, ending.verdicts, ending.operations)),
        problems=of_files(prepared, ending),
        requests=ending.requests,
        blank_rows=prepared.blank_rows,
        plan=ending.plan,
        courses=directory.courses if directory else None,
        stop=ending.stop,
        interrupted=ending.interrupted,
        outline=ending.outline,
        saved_to=ending.saved_to,
    )


def finish(
    command: str, prepared: Prepared, ending: Ending, started: float, language: Language = Language.ENGLISH
) -> Report:
    """Put the answers of a command together and write its reports. `started` is on the monotonic clock."""
    report = _answered(command, prepared, ending)
    with speaking(language):
        written = write(prepared.books, report.rows, prepared.places, report.problems)
    return replace(
        report,
        problems=(*report.problems, *written.problems),
        elapsed=time.monotonic() - started,
        files=written.files,
    )
