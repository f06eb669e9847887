"""What a person at a terminal sees of a command: the question, the bar, the answer and its exit code."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from importer import pipeline
from importer.answer_form import asks_for_json
from importer.cli.bar import Bar
from importer.cli.shell import service_for, tell, write_out
from importer.ending import Desk
from importer.errors import ImporterError, OutOfMemoryError, SettingError
from importer.interrupts import raised_here
from importer.languages import Language, say, speaking, spoken, told
from importer.model import UNDO, Outcome, Report, Status
from importer.pacing import StoppedError
from importer.problems import counted
from importer.recall import report_again
from importer.report import document, outlook, summary
from importer.report.words import for_terminal
from importer.settings import Settings, read_settings
from importer.suggestion import next_command

_REPORT: Final = "report"
_RETRY: Final = "retry"
_SENDING: Final = ("run", _RETRY, UNDO)
_YES: Final = {Language.ENGLISH: ("y", "yes"), Language.SPANISH: ("s", "si", "sí")}


def answer(command: str, files: Sequence[str], options: Mapping[str, object]) -> int:
    """Perform a command and print its answer; the exit code. `options` are those that were given."""
    as_json = asks_for_json(options)
    quiet, verbose = (bool(options.get(name)) for name in ("quiet", "verbose"))
    language = _language_of(options)
    try:
        settings = read_settings(options)
        as_json, quiet, verbose = settings.as_json, settings.quiet, settings.verbose
        language = settings.lang
        report = _perform(command, files, settings, options)
    except ImporterError as error:
        status = Status.REFUSED if error.exit_code in (2, 3) else Status.STOPPED
        report = Report(run_id="", command=command, status=status, rows=(), stop=error)
    except MemoryError:
        report = Report(run_id="", command=command, status=Status.STOPPED, rows=(), stop=OutOfMemoryError())
    except KeyboardInterrupt:  # while files are read or reports written; a run that sends ends by itself
        report = Report(run_id="", command=command, status=Status.STOPPED, rows=(), interrupted=True)
        with speaking(language):
            tell(say("Stopped on request. Run the same command again: what is there already is not sent twice."))
    with speaking(language):
        _print(report, as_json=as_json, quiet=quiet, verbose=verbose)
    return exit_code(report)


def _language_of(options: Mapping[str, object]) -> Language:
    """The language to say in that the settings cannot be used."""
    known = {language.value: language for language in Language}
    return known.get(str(options.get("lang")), Language.ENGLISH)


def _suggest(files: Sequence[str], settings: Settings) -> Report:
    """Write a mapping and say where; a report without rows, as nothing is checked yet."""
    path = pipeline.suggest(files, settings)
    with speaking(settings.lang):
        if path is None:
            tell(say("Every heading and word is understood: no mapping is needed."))
        else:
            then = next_command(files, settings, path)
            tell(say("{path} is ready to be looked through. Then: {command}", path=path, command=then))
    written = () if path is None else (path,)
    return Report(run_id="", command="check", status=Status.COMPLETED, rows=(), files=written)


def _perform(command: str, files: Sequence[str], settings: Settings, options: Mapping[str, object]) -> Report:
    if command == "check":
        return _suggest(files, settings) if settings.suggest_mapping else pipeline.check(files, settings)
    if command == _REPORT:
        return report_again(files[0], options)
    if command == _RETRY:
        return _retry(files[0], options)
    if command == UNDO:
        return _undo(files[0], options)
    with service_for(settings) as with_service:
        if command == "plan":
            return pipeline.plan(files, with_service)
        with Bar(wanted=not settings.quiet, language=settings.lang) as bar:
            return pipeline.run(files, with_service, _desk(with_service, bar))


def _retry(name: str, options: Mapping[str, object]) -> Report:
    # The network's libraries, which other commands can do without.
    from importer.retrial import retrial

    again = retrial(name, options)
    with service_for(again.settings) as settings, Bar(wanted=not settings.quiet, language=settings.lang) as bar:
        return pipeline.retry(again, settings, _desk(settings, bar))


def _undo(name: str, options: Mapping[str, object]) -> Report:
    from importer.undo import to_undo, undo

    undoing = to_undo(name, options)
    if undoing.settings.dry_run:
        with service_for(undoing.settings) as settings:
            return undo(undoing, settings, None)
    if not undoing.settings.yes and not _is_somebody_there():
        message = "Nothing was taken back: without a terminal nobody can be asked. Add --yes, or look with --dry-run."
        raise SettingError(message)
    with service_for(undoing.settings) as settings, Bar(wanted=not settings.quiet, language=settings.lang) as bar:
        return undo(undoing, settings, _desk(settings, bar))


def _is_somebody_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _desk(settings: Settings, bar: Bar) -> Desk:
    """The person at the terminal, if there is one."""
    asks = not settings.yes and _is_somebody_there()

    def agree(foreseen: Report) -> bool:
        with speaking(settings.lang):
            address = say("the sandbox") if settings.sandbox else settings.base_url
            return not foreseen.plan or not foreseen.plan.cost.writes or _ask(foreseen, address)

    def reading_back(records: int) -> None:
        # Without a terminal too: a command that seems to hang gets killed.
        if not settings.quiet:
            with speaking(settings.lang):
                tell(say("Reading back {records}.", records=counted(records, "record")))

    def changed_meanwhile() -> None:
        with speaking(settings.lang):
            tell(say("Nexudus holds something else by now, so the plan is another one:"))

    return Desk(
        agree=agree if asks else None,
        asks=asks,
        changed_meanwhile=changed_meanwhile,
        progress=bar,
        alarm=tell,
        reading_back=reading_back,
        show_outline=settings.sandbox,
    )


def _ask(foreseen: Report, address: str) -> bool:
    try:
        with raised_here():
            tell(f"{outlook(foreseen)}\n")
            sys.stderr.write(say("Send this to {address}? [y/N]", address=address) + " ")
            sys.stderr.flush()
            return sys.stdin.readline().strip().casefold() in _YES[spoken()]
    except KeyboardInterrupt:
        raise StoppedError from None


def refusal(message: str) -> dict[str, Any]:
    """The JSON document of a command that was not typed right."""
    return document(Report(run_id="", command="", status=Status.REFUSED, rows=(), stop=SettingError(message)))


def exit_code(report: Report) -> int:
    """0 all well, 1 rows to correct, 2 unusable, 3 sign-in, 4 try later, 5 unknown rows, 130 stopped by the user."""
    stop = report.stop.exit_code if isinstance(report.stop, ImporterError) else 0
    if report.command == _REPORT and not stop:
        return 0 if report.files else 2
    counts = report.counts
    wrong = any(counts[one] for one in (Outcome.INVALID, Outcome.REJECTED, Outcome.BLOCKED, Outcome.FAILED))
    left = report.command in _SENDING and counts[Outcome.PENDING] and not (wrong and report.status is Status.REFUSED)
    candidates = {
        2: stop == 2,
        3: stop == 3,
        130: report.interrupted,
        5: bool(counts[Outcome.UNKNOWN]),
        4: stop == 4 or bool(left),
        1: wrong,
    }
    return next((code for code, applies in candidates.items() if applies), 0)


def _print(report: Report, *, as_json: bool, quiet: bool, verbose: bool) -> None:
    stop = report.stop
    if as_json:
        write_out(for_terminal(json.dumps(document(report), ensure_ascii=False)), sys.stdout)
    if stop is not None and (as_json or quiet or not report.rows):
        tell(told(str(stop)))
    if as_json or (quiet and exit_code(report) == 0):
        return
    if report.rows or report.problems:
        text = summary(report, whole=verbose)
        tell(text if not verbose else f"{_every_message(report)}\n\n{text}", sys.stdout)
    if report.outline and not quiet:
        tell(f"\n{say('What the sandbox holds now:')}\n{report.outline}", sys.stdout)


def _every_message(report: Report) -> str:
    return "\n".join(problem.message for row in report.rows for problem in row.verdict.problems)
