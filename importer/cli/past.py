"""The list of earlier runs, as a table or a JSON document."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from importer.cli.shell import guarded, tell, write_out
from importer.journal import PastRun
from importer.languages import say
from importer.model import Outcome
from importer.recall import RUNNING, past_runs
from importer.report.words import for_terminal, one_line
from importer.settings import Settings

_MOST: Final = 20
"""Runs that are listed unless more are asked for."""
_WIDEST: Final = 48
"""Characters of a file's or an account's name that the table shows."""

Listed = tuple[PastRun, Mapping[Outcome, int]]


def list_runs(options: Mapping[str, Any]) -> int:
    """Print the last runs; the exit code."""

    def perform(settings: Settings) -> int:
        found = past_runs(settings, min(settings.limit or _MOST, sys.maxsize))
        if settings.as_json:
            document = {"runs": [_entry(*one) for one in found]}
            write_out(for_terminal(json.dumps(document, ensure_ascii=False)), sys.stdout)
        else:
            tell(_table(found) if found else say("No run is known yet."), sys.stdout)
        return 0

    return guarded(perform, options)


def _entry(run: PastRun, counts: Mapping[Outcome, int]) -> dict[str, Any]:
    end = run.end
    return {
        "run_id": run.id,
        "command": run.about.command,
        "of_run": run.about.of_run,
        "started_at": datetime.fromtimestamp(run.started_at).astimezone().isoformat(timespec="seconds"),
        "elapsed_s": end.elapsed if end else None,
        "status": run.status,
        "stop": end.stop or None if end else None,
        "address": run.account.address,
        "account": run.account.name,
        "files": [one.name for one in run.about.inputs],
        "options": dict(run.about.options),
        "counts": {outcome.value: counts.get(outcome, 0) for outcome in Outcome},
    }


def _table(found: Sequence[Listed]) -> str:
    heads = [say("Started"), say("Files"), say("Account"), say("Rows"), say("Ended"), say("Run")]
    lines = [heads, *(_line(*one) for one in found)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _line(run: PastRun, counts: Mapping[Outcome, int]) -> list[str]:
    files = ", ".join(one.name for one in run.about.inputs)
    rows = ", ".join(f"{count:,} {outcome.value}" for outcome, count in counts.items() if count)
    of_run = say("({command} of {run})", command=run.about.command, run=run.about.of_run) if run.about.of_run else ""
    return [
        f"{datetime.fromtimestamp(run.started_at):%Y-%m-%d %H:%M}",
        _short(files),
        _short(f"{run.account.name}, {run.account.address}"),
        rows or "-",
        say("running") if run.status == RUNNING else run.status or say("cut off"),
        f"{run.id} {of_run}".rstrip(),
    ]


def _short(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _WIDEST else f"…{shown[1 - _WIDEST :]}"
