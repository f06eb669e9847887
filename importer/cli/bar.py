"""What a person sees of a run while it goes on."""

import sys
from datetime import datetime, timedelta
from typing import NoReturn

from tqdm import tqdm

from importer.cli.shell import tell
from importer.languages import Language, say, speaking
from importer.model import Outcome
from importer.problems import counted
from importer.report import duration


class Bar:
    """A bar on stderr, if that is a terminal: rows, counts by outcome, time left."""

    def __init__(self, *, wanted: bool, language: Language) -> None:
        self._language = language
        self._says = wanted
        self._wanted = wanted and sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None
        self._counts: dict[Outcome, int] = {}

    def planned(self, writes: int) -> None:
        """The bar begins."""
        if self._wanted and writes:
            with speaking(self._language):
                rows = say("rows")
            layout = "{percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} " + rows + ", {elapsed}{postfix}"
            self._bar = tqdm(total=writes, bar_format=layout, file=sys.stderr, dynamic_ncols=True)

    def advance(self, outcome: Outcome, seconds_left: float) -> None:
        """One row more."""
        if self._bar is None:
            return
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        counts = ", ".join(f"{count} {name}" for name, count in self._counts.items())
        with speaking(self._language):
            left = ", " + say("{time} left", time=duration(seconds_left)) if seconds_left >= 1 else ""
        self._bar.set_postfix_str(counts + left, refresh=False)
        self._bar.update()

    def waiting(self, seconds: float) -> None:
        """Said above the bar."""
        if self._bar is not None:
            with speaking(self._language):
                text = say("Nexudus asked for a pause of {seconds:.0f} s; going on by itself.", seconds=seconds)
            self._bar.clear()
            tell(text)

    def settling(self, rows: int, seconds: float) -> None:
        """Said without a terminal too: a command that seems to hang gets killed."""
        if self._says:
            with speaking(self._language):
                text = say(
                    "Finding out what became of {rows}: up to {time}. Ctrl-C stops.",
                    rows=counted(rows, "row"),
                    time=duration(seconds),
                )
            tell(f"\n{text}" if self._bar is not None else text)

    def damaged(self, seconds: float) -> None:
        """Said without a terminal too, for the same reason."""
        if self._says:
            until = datetime.now() + timedelta(seconds=seconds, minutes=1)
            with speaking(self._language):
                text = say(
                    "The journal was damaged, so what is still on its way is not known. Waiting until {time}, so that "
                    "nothing of it is sent twice. Ctrl-C stops.",
                    time=f"{until:%H:%M}",
                )
            tell(text)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
