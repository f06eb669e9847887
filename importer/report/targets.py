"""Where reports go: beside the input or in one folder, and never over an input or over each other."""

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import ReportPlaceError
from importer.model import Book, Format

_REPORT: Final = "report"
_ERRORS: Final = "errors"
_OURS: Final = re.compile(
    rf"(?P<stem>.+)\.(?:{_REPORT}|{_ERRORS})(?:-(?P<round>\d{{1,4}}))?", re.IGNORECASE | re.DOTALL
)
_ENDINGS: Final = {Format.CSV: (".csv", ".csv"), Format.XLSM: (".xlsm", ".xlsx")}
"""Of the report and the errors file, where they are not .xlsx. Excel opens macros under their own ending only."""
_LONGEST_STEM: Final = 200
"""Bytes of the input's name that a report's name keeps; file systems allow 255 for the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the report and the errors file of one input go."""

    report: Path
    errors: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The targets of a command, one for each of its files, and every name that is in use by the command."""

    targets: tuple[Target, ...]
    taken: frozenset[str]

    def is_free(self, path: Path) -> bool:
        """Whether the name is neither an input nor a target of the command."""
        return not self.taken.intersection(_names(path))


def places(books: Sequence[Book], report_dir: Path | None) -> Places:
    """The target of each book, in their order.

    `outline.xlsx` gives `outline.report.xlsx` and `outline.errors.xlsx`, a workbook with macros
    `outline.report.xlsm`, as the report has them too. A report or errors file that is
    imported again begins the next round instead of piling up endings: `outline.errors.xlsx` gives
    `outline.report-2.xlsx` and `outline.errors-2.xlsx`, so the report of the first round stays. A name that
    is an input of the command, or the target of another of its files, is passed over for the next number.
    """
    taken = {name for book in books for name in _names(book.path)}
    targets = []
    for book in books:
        target = next(target for target in _candidates(book, report_dir) if not taken & _both(target))
        taken |= _both(target)
        targets.append(target)
    return Places(targets=tuple(targets), taken=frozenset(taken))


def ensure_writable(places: Places) -> None:
    """Find out whether files can be put where the reports go, by putting one there.

    Raises:
        ReportPlaceError: the folder is missing, is not a folder, or cannot be written.
    """
    for folder in dict.fromkeys(target.report.parent for target in places.targets):
        if not folder.exists():
            raise ReportPlaceError(str(folder), "there is no such folder")
        if not folder.is_dir():
            raise ReportPlaceError(str(folder), "it is not a folder")
        try:
            with tempfile.TemporaryFile(dir=folder) as handle:
                handle.write(b"\0")
        except OSError as error:
            raise ReportPlaceError(str(folder), reason(error)) from error


def reason(error: OSError) -> str:
    """Why the operating system refused, in its words."""
    return (error.strerror or str(error)).rstrip(".")


def is_errors_file(path: Path) -> bool:
    """Whether a report that was written is an errors file, told by its name."""
    return f".{_ERRORS}" in path.suffixes[-2:-1] or re.search(rf"\.{_ERRORS}-\d+$", path.stem) is not None


def numbered(path: Path) -> Iterator[Path]:
    """The path with the numbers 2, 3, … before its ending."""
    for number in range(2, 10_000):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def _candidates(book: Book, report_dir: Path | None) -> Iterator[Target]:
    stem, round_ = _round(book.path.stem)
    report, errors = _ENDINGS.get(book.format, (".xlsx", ".xlsx"))
    folder = book.path.parent if report_dir is None else report_dir
    for number in range(round_, round_ + 10_000):
        suffix = "" if number == 1 else f"-{number}"
        yield Target(
            report=folder / f"{stem}.{_REPORT}{suffix}{report}", errors=folder / f"{stem}.{_ERRORS}{suffix}{errors}"
        )


def _round(stem: str) -> tuple[str, int]:
    """The stem without the endings of earlier rounds, and the number of this round."""
    number = 1
    while found := _OURS.fullmatch(stem):
        stem = found["stem"]
        number = max(number, int(found["round"] or 1) + 1)
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem, number


def _both(target: Target) -> set[str]:
    return _names(target.report) | _names(target.errors)


def _names(path: Path) -> set[str]:
    """How a path is known: as it stands and where its links lead; case counts nowhere, as on Windows."""
    return {os.path.abspath(path).casefold(), os.path.realpath(path).casefold()}
