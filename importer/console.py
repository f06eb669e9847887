"""What a person at a terminal sees of a command: the question, the bar, the answer and its exit code."""

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NoReturn, TextIO

from tqdm import tqdm

from importer import pipeline
from importer.embedded import embedded_sandbox, sandbox_path
from importer.ending import Desk
from importer.errors import ImporterError, SettingError
from importer.model import Directory, Outcome, Plan, Report, Status
from importer.problems import shown
from importer.report import document, duration, planned, summary
from importer.settings import Settings, read_settings

_TRYING_LATER: Final = 4


def answer(
    command: str,
    files: Sequence[str],
    options: Mapping[str, object],
    *,
    sandbox: bool = False,
    yes: bool = False,
    json: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> int:
    """Perform a command and print its answer; the exit code."""
    try:
        settings = read_settings(options)
        desk = _Terminal(settings, asks=not yes, bar=not quiet)
        with _service(settings, wanted=sandbox, say=not (quiet or json)) as with_service:
            match command:
                case "check":
                    report = pipeline.check(files, with_service)
                case "plan":
                    report = pipeline.plan(files, with_service)
                case _:
                    desk.address = "the sandbox" if sandbox else with_service.base_url
                    with desk.progress:
                        report = pipeline.run(files, with_service, desk.desk(show_outline=sandbox))
    except ImporterError as error:
        report = Report(run_id="", command=command, status=Status.REFUSED, rows=(), stop=error)
    _print(report, as_json=json, quiet=quiet, verbose=verbose)
    return exit_code(report)


@contextlib.contextmanager
def _service(settings: Settings, *, wanted: bool, say: bool) -> Iterator[Settings]:
    if not wanted:
        yield settings
        return
    with embedded_sandbox(settings) as with_sandbox:
        if say:
            _say(f"Rehearsal: a sandbox on this machine stands in for Nexudus (kept in {sandbox_path(settings)}).")
        yield with_sandbox


def refusal(message: str) -> dict[str, Any]:
    """The JSON document of a command that was not typed right."""
    return document(Report(run_id="", command="", status=Status.REFUSED, rows=(), stop=SettingError(message)))


def exit_code(report: Report) -> int:
    """0 all well, 1 rows to correct, 2 unusable, 3 sign-in, 4 try later, 5 unknown rows, 130 stopped by the user."""
    stop = report.stop.exit_code if isinstance(report.stop, ImporterError) else 0
    counts = report.counts
    wrong = any(counts[one] for one in (Outcome.INVALID, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED))
    left = report.command == "run" and counts[Outcome.PENDING] and not (wrong and report.status is Status.REFUSED)
    candidates = {
        2: stop == 2,
        3: stop == 3,
        130: report.interrupted,
        5: bool(counts[Outcome.UNKNOWN]),
        4: stop == _TRYING_LATER or bool(left),
        1: wrong,
    }
    return next((code for code, applies in candidates.items() if applies), 0)


def _print(report: Report, *, as_json: bool, quiet: bool, verbose: bool) -> None:
    stop = report.stop
    if as_json:
        _say(json.dumps(document(report), ensure_ascii=False), sys.stdout)
    if stop is not None and (as_json or quiet or not report.rows):
        _say(str(stop))
    if as_json or (quiet and exit_code(report) == 0):
        return
    if report.rows or report.problems:
        text = summary(report)
        _say(text if not verbose else f"{_every_message(report)}\n\n{text}", sys.stdout)
    if report.outline and not quiet:
        _say(f"\nWhat the sandbox holds now:\n{report.outline}", sys.stdout)


def _every_message(report: Report) -> str:
    return "\n".join(problem.message for row in report.rows for problem in row.verdict.problems)


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print; a reader that went away is no reason to stop."""
    with contextlib.suppress(BrokenPipeError):
        print(text, file=stream or sys.stderr, flush=True)


class _Bar:
    """A bar on stderr, if that is a terminal: rows, counts by outcome, time left."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None
        self._counts: dict[Outcome, int] = {}

    def planned(self, writes: int) -> None:
        if self._wanted and writes:
            layout = "{percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} rows, {elapsed}{postfix}"
            self._bar = tqdm(total=writes, bar_format=layout, file=sys.stderr, dynamic_ncols=True)

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        if self._bar is None:
            return
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in self._counts.items())
        left = f", {duration(seconds_left)} left" if seconds_left >= 1 else ""
        self._bar.set_postfix_str(counts + left, refresh=False)
        self._bar.update()

    def waiting(self, seconds: float) -> None:
        if self._bar is not None:
            self._bar.write(f"Nexudus asked for a pause of {seconds:.0f} s; going on by itself.", file=sys.stderr)

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


class _Terminal:
    """Who is asked before the first write: the person at the terminal, if there is one."""

    def __init__(self, settings: Settings, *, asks: bool, bar: bool) -> None:
        self.address = settings.base_url
        self.progress = _Bar(wanted=bar)
        self._asks = asks and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def desk(self, *, show_outline: bool) -> Desk:
        return Desk(agree=self.agree, progress=self.progress, show_outline=show_outline)

    def agree(self, plan: Plan, directory: Directory) -> bool:
        if not self._asks or not plan.cost.writes:
            return True
        _say("\n".join(planned(plan)))
        for course in sorted({operation.course for operation in plan.operations}):
            title = (directory.courses or {}).get(course)
            _say(f"  into course {course}" + (f' "{shown(title)}"' if title else ""))
        sys.stderr.write(f"Send this to {self.address}? [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")
