"""Write the reports of a command: for each input the annotated copy and, where rows are left, the errors file."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from importer.model import Book, Format, Row
from importer.problems import Code, Place, Problem
from importer.report import csv_report, package
from importer.report.edited import is_edited
from importer.report.opening import CANNOT_KEEP, PACKAGES, by_new_name, renamed, written_anew
from importer.report.remarks import Remarks, by_sheet
from importer.report.saving import Fill, Sleep, save
from importer.report.stale import remove_stale
from importer.report.targets import Places, Target, numbered, reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The files that were written, and what went otherwise than it should."""

    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def write(
    books: Sequence[Book],
    rows: Sequence[Row],
    places: Places,
    problems: Sequence[Problem] = (),
    *,
    sleep: Sleep = time.sleep,
) -> Written:
    """Write the report of every book, and an errors file where rows are left to correct.

    `problems` are those of no single row; a report names them where they are of its book or of the whole import.
    Left to correct are the rows that are invalid, rejected, blocked or failed (`remarks.TO_CORRECT` says why
    no others). Where there is none, the errors file of an earlier run is taken away. One that somebody has changed
    since stays as it is. Never raises for what the file system refuses: that is a problem, and what could be written is
    there.
    """
    remarks = by_sheet(rows)
    keeper = _Keeper(places, sleep)
    told = [replace(book, problems=_about(book, problems)) for book in books]
    parts = [_write_book(book, target, remarks, keeper) for book, target in zip(told, places.targets, strict=True)]
    return Written(
        files=tuple(file for part in parts for file in part.files),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def _about(book: Book, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(one for one in problems if one.place is None or one.place.file == book.name)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Puts one file in its place; what the file system refuses becomes a problem."""

    places: Places
    sleep: Sleep

    def without_macros(self, target: Path) -> Path:
        """The target with the ending that Excel wants of a workbook that has no macros."""
        if target.suffix != ".xlsm":
            return target
        plain = target.with_suffix(".xlsx")
        return next(path for path in (plain, *numbered(plain)) if self.places.is_free(path))

    def keep_errors(self, book: Book, target: Path, fill: Fill) -> Written:
        """Put the errors file in its place, if no other is there that somebody works on."""
        return _kept(book, target) if is_edited(target) else self.keep(book, target, fill)

    def keep(self, book: Book, target: Path, fill: Fill) -> Written:
        instead = (path for path in numbered(target) if self.places.is_free(path))
        try:
            placed = save(target, fill, instead=instead, sleep=self.sleep)
        except OSError as error:
            return _nothing(_problem(book, Code.REPORT_NOT_WRITTEN, target, reason=reason(error)))
        if placed == target:
            return Written(files=(placed,), problems=())
        moved = _problem(
            book, Code.REPORT_ELSEWHERE, target, reason="it may be open in another program", instead=str(placed)
        )
        return Written(files=(placed,), problems=(moved,))


def _write_book(book: Book, target: Target, remarks: Mapping[Place, Remarks], keeper: _Keeper) -> Written:
    why = _changed(book)
    write = _write_csv if book.format is Format.CSV else _write_workbook
    ours = {sheet.place: remarks.get(sheet.place, {}) for sheet in book.sheets}
    try:
        try:
            written = write(book, target, ours, keeper, changed=why is not None)
        except CANNOT_KEEP:
            why = "something in the file cannot be written again"
            written = write(book, target, ours, keeper, changed=True)
    except OSError as error:
        written = _nothing(_problem(book, Code.REPORT_NOT_WRITTEN, target.report, reason=reason(error)))
    if not _left(ours):
        if is_edited(target.errors):
            written = _both(written, _kept(book, target.errors))
        else:
            remove_stale(target.errors, book)
    return written if why is None else _both(_nothing(_problem(book, Code.INPUT_CHANGED, reason=why)), written)


def _write_csv(
    book: Book, target: Target, remarks: Mapping[Place, Remarks], keeper: _Keeper, *, changed: bool
) -> Written:
    (of_sheet,) = remarks.values()
    written = keeper.keep(book, target.report, csv_report.report(book, of_sheet, changed=changed))
    if not _left(remarks):
        return written
    return _both(written, keeper.keep_errors(book, target.errors, csv_report.errors(book, of_sheet, changed=changed)))


def _write_workbook(
    book: Book, target: Target, remarks: Mapping[Place, Remarks], keeper: _Keeper, *, changed: bool
) -> Written:
    if book.format in PACKAGES and not changed:
        return _write_package(book.path, book, target, remarks, keeper)
    target = replace(target, report=keeper.without_macros(target.report))
    with written_anew(book, changed=changed) as source:
        return _write_package(source, renamed(book), target, by_new_name(remarks), keeper)


def _write_package(
    source: Path | IO[bytes], book: Book, target: Target, remarks: Mapping[Place, Remarks], keeper: _Keeper
) -> Written:
    written = keeper.keep(book, target.report, partial(package.annotated, source, book, remarks))
    if not _left(remarks):
        return written
    return _both(
        written, keeper.keep_errors(book, target.errors, partial(package.left_to_correct, source, book, remarks))
    )


def _left(remarks: Mapping[Place, Remarks]) -> bool:
    """Whether rows are left to correct."""
    return any(remark.to_correct for of_sheet in remarks.values() for remark in of_sheet.values())


def _changed(book: Book) -> str | None:
    """What became of the file since it was read, if it is not the same any more."""
    try:
        with book.path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == book.sha256
    except OSError as error:
        return f"the file cannot be read any more ({reason(error)})"
    return None if same else "the file was changed after it had been read"


def _problem(book: Book, code: Code, target: Path | None = None, **details: str) -> Problem:
    value = None if target is None else target.name
    return Problem(code=code, place=Place(file=book.name, sheet=None), value=value, details=details)


def _kept(book: Book, errors: Path) -> Written:
    return _nothing(_problem(book, Code.ERRORS_KEPT, errors))


def _nothing(problem: Problem) -> Written:
    return Written(files=(), problems=(problem,))


def _both(first: Written, second: Written) -> Written:
    return Written(files=first.files + second.files, problems=first.problems + second.problems)
