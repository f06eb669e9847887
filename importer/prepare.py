"""What is done with the files before the service is asked, and how the answers of a command are put together."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from importer.derive.columns import Given
from importer.derive.combined import parts_of
from importer.derive.filled_once import sections_left_blank
from importer.derive.keys import folded
from importer.derive.mapping import Mapped, read_mapping
from importer.entities import ACTION, ACTIVE, COURSE_ID, DELETE, ID, SECTION, TITLE, Parent
from importer.errors import FileError, MappingError, NothingToImportError, SettingError
from importer.load import load
from importer.model import Book, Former, Operation, Outcome, Row, RowKey, Sheet, Table, Verdict, Wanted
from importer.normalise import normalise, read_default
from importer.outline import early_lessons
from importer.problems import Code, Column, Problem, counted
from importer.report import Places, ensure_writable, places
from importer.settings import Settings
from importer.validate import only_if_new, validate

NO_REPORTS: Final = Places(targets=(), taken=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The files, read and checked: what is wrong with each row, and with whole files."""

    books: tuple[Book, ...]
    places: Places
    tables: tuple[Table, ...]
    found: Mapping[RowKey, tuple[Problem, ...]]
    problems: tuple[Problem, ...]
    if_new: Mapping[RowKey, tuple[Problem, ...]] = field(default_factory=dict)
    """What is wrong with a row if its record is not there yet; of others it has to be judged with what they hold."""
    is_partial: bool = False
    """Whether a row may stand for a record that is there, and say no more than what changes."""
    former: Former | None = None
    """The answers of the run whose rows are sent again."""

    def is_good(self, key: RowKey) -> bool:
        """Whether nothing keeps the row from being sent."""
        found = self.found.get(key)
        return found is None or not any(problem.is_error for problem in found)

    @property
    def wanted(self) -> Wanted:
        """What has to be known of the service for the good rows."""
        return Wanted(
            courses=frozenset(map(int, [*self._named(attrgetter("id")), *self._deleted_courses(ID)])),
            titles=frozenset(
                folded(str(title)) for title in [*self._named(attrgetter("title")), *self._deleted_courses(TITLE.name)]
            ),
            whole=any(
                self.is_good(table.key(row))
                for table in self.tables
                if table.entity.scope is None
                for row in table.rows.index.tolist()
            ),
            records=frozenset(
                (table.entity.kind, int(number))
                for table in self.tables
                for number in self._said(table, table.rows[ID])
            ),
        )

    def _deleted_courses(self, name: str) -> Iterator[Any]:
        """What the good rows say in a column that delete a course: what is below it has to be known."""
        for table in self.tables:
            if table.entity.scope is None:
                deleted = (table.rows[ACTION.name] == DELETE.number).fillna(False).astype(bool)
                yield from self._said(table, table.rows[name][deleted])

    def _named(self, name: Callable[[Parent], str]) -> Iterator[Any]:
        """What the good rows say in one of the columns that name their course."""
        for table in self.tables:
            if table.entity.scope is not None:
                yield from self._said(table, table.rows[name(table.entity.scope)])

    def _said(self, table: Table, cells: pd.Series) -> Iterator[Any]:
        """What some cells of a column say, those of the good rows."""
        said = cells.dropna()
        yield from (
            cell for row, cell in zip(said.index.tolist(), said.tolist(), strict=True) if self.is_good(table.key(row))
        )

    @property
    def blank_rows(self) -> int:
        """Rows that were skipped because they are blank."""
        return sum(table.sheet.blank_rows for table in self.tables)


NO_FILES: Final = Prepared(books=(), places=NO_REPORTS, tables=(), found={}, problems=())
"""What a command prepares that takes no files."""


def prepare(files: Sequence[str], settings: Settings, *, reports: bool = True) -> Prepared:
    """Load, normalise and validate, and, where `reports` are to be written, see that they can be.

    Raises `FileError` and `SettingError`; nothing touches the network.
    """
    _refuse_twice(files)
    defaults = dict(read_default(text) for text in settings.default)
    if settings.course_id is not None:
        defaults[COURSE_ID.name] = settings.course_id
    mapped = mapping_of(settings)
    books = open_books(files, settings, given=mapped.columns, provided=defaults.keys())
    where = places(books, settings.report_dir) if reports else NO_REPORTS
    ensure_writable(where)
    tables = tuple(normalise(part, defaults, mapped.words(part.entity, sheet.entity)) for sheet, part in _parts(books))
    cells = [problem for table in tables for problem in (*table.sheet.problems, *table.problems)]
    cells += sections_left_blank(tables, defaults)
    cells += validate(tables, allow_duplicates=settings.allow_duplicates)
    always, if_new = only_if_new(tables, cells, updates=settings.updates)
    whole = [problem for book in books for problem in book.problems]
    whole += [problem for problem in always if problem.row is None]
    prepared = Prepared(
        books=books,
        places=where,
        tables=tables,
        found=_by_row(tables, always),
        problems=tuple(whole),
        if_new=_by_row(tables, if_new),
        is_partial=settings.updates,
    )
    early = early_lessons(tables, prepared.is_good)
    return replace(prepared, found=_by_row(tables, [*always, *early])) if early else prepared


def _parts(books: Sequence[Book]) -> Iterator[tuple[Sheet, Sheet]]:
    """Each sheet with its parts: one that holds sections and lessons has two, if nothing else holds sections."""
    sheets = tuple(sheet for book in books for sheet in book.sheets)
    whole = any(sheet.entity is SECTION for sheet in sheets)
    return ((sheet, part) for sheet in sheets for part in ((sheet,) if whole else parts_of(sheet)))


def open_books(
    files: Sequence[str], settings: Settings, *, given: Given, provided: Set[str] = frozenset(), tolerant: bool = False
) -> tuple[Book, ...]:
    """The files, read as the settings say. Raises `FileError`."""
    books = tuple(
        load(
            file,
            among=among,
            kind=settings.kind,
            encoding=settings.encoding,
            delimiter=settings.delimiter,
            provided=provided,
            given=given,
            tolerant=tolerant,
            partial=settings.updates,
            chosen=settings.sheets,
            limits=settings,
        )
        for file, among in zip(files, _told_apart(files), strict=True)
    )
    _refuse_unknown_sheets(books, settings.sheets)
    return books


def _told_apart(files: Sequence[str]) -> list[str]:
    """How messages tell files apart: by as much of the end of each path as no other has. One alone needs nothing."""
    if len(files) == 1:
        return [""]
    parts = [file.replace("\\", "/").split("/") for file in files]
    longest = max(map(len, parts))
    told = []
    for one in parts:
        tails = ((one[-size:], [other[-size:] for other in parts]) for size in range(1, longest + 1))
        told.append("/".join(next((tail for tail, all_of_them in tails if all_of_them.count(tail) == 1), one)))
    return told


def _refuse_unknown_sheets(books: Sequence[Book], chosen: Mapping[str, str]) -> None:
    """A sheet that `--sheet` names has to be in one of the files."""
    there = [name for book in books for name in book.sheet_names]
    known = {name.strip().casefold() for name in there}
    for name in chosen:
        if name.strip().casefold() not in known:
            found = ", ".join(f'"{one}"' for one in there) or "none: a CSV has no sheets"
            raise NothingToImportError(books[0].name, f'no sheet is called "{name}" (found: {found})')


def mapping_of(settings: Settings) -> Mapped:
    """What the mapping file says, where one is named. Raises `MappingError`."""
    path = settings.mapping
    if path is None:
        return Mapped()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MappingError(str(path), (error.strerror or str(error)).lower()) from None
    return read_mapping(content, str(path))


def _refuse_twice(files: Sequence[str]) -> None:
    if not files:
        message = "No file was given. Name the spreadsheet to import."
        raise SettingError(message)
    seen: dict[str, str] = {}
    for file in files:
        first = seen.setdefault(os.path.normcase(os.path.realpath(file)), file)
        if first is not file:
            message = f"{file}: the file was given twice."
            raise FileError(message)


def _by_row(tables: Sequence[Table], problems: Sequence[Problem]) -> dict[RowKey, tuple[Problem, ...]]:
    """The problems of each row, from left to right."""
    order: dict[object, int] = {}
    for table in tables:
        for number, column in enumerate(table.sheet.columns):
            order[table.sheet.place, column.heading] = number
    found: defaultdict[RowKey, list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.row is not None and problem.place is not None:
            found[RowKey(problem.place.file, problem.place.sheet or "", problem.row)].append(problem)
    return {
        key: tuple(sorted(some, key=lambda one: order.get((one.place, one.column.heading if one.column else ""), 0)))
        if len(some) > 1
        else tuple(some)
        for key, some in found.items()
    }


_NONE: Final[Mapping[RowKey, Operation]] = MappingProxyType({})


def rows(
    prepared: Prepared, verdicts: Mapping[RowKey, Verdict], operations: Mapping[RowKey, Operation] = _NONE
) -> Iterator[Row]:
    """Every data row, file after file, sheet after sheet, from top to bottom, with its outcome and what it changes.

    A row without a verdict is invalid if something is wrong with it, and pending otherwise.
    """
    for table in prepared.tables:
        titles = _titles(table)
        for row, title in zip(table.rows.index.tolist(), titles, strict=True):
            key = table.key(row)
            kept = prepared.former.answer(key, verdicts) if prepared.former else None
            planned = operations.get(key)
            waiting = Verdict(outcome=Outcome.PENDING, id=planned.id) if planned else None
            yield Row(
                key=key,
                place=table.sheet.place,
                kind=table.entity.kind,
                title=title or (planned.title if planned else ""),
                verdict=kept or _verdict(prepared, key, with_number(verdicts.get(key), planned) or waiting),
                changes=planned.changes if planned else (),
            )


def with_number(verdict: Verdict | None, planned: Operation | None) -> Verdict | None:
    """The same; of what was deleted with the number that it had, which no answer of the service says."""
    if verdict is None or planned is None or verdict.outcome is not Outcome.DELETED:
        return verdict
    return replace(verdict, id=planned.id)


_READY = Verdict(outcome=Outcome.PENDING)


def _titles(table: Table) -> list[str]:
    """The title of each row, as the cell has it where it cannot be sent."""
    typed = table.rows[TITLE.name].fillna("").tolist()
    cells = table.sheet.cells.get(TITLE.name)
    raw = [""] * len(typed) if cells is None else cells.reindex(table.rows.index).tolist()
    return [one or (cell if isinstance(cell, str) else "") for one, cell in zip(typed, raw, strict=True)]


def _verdict(prepared: Prepared, key: RowKey, verdict: Verdict | None) -> Verdict:
    found = prepared.found.get(key)
    if found is None:
        return verdict or _READY
    if not prepared.is_good(key):
        return Verdict(outcome=Outcome.INVALID, problems=found)
    known = verdict or _READY
    return Verdict(outcome=known.outcome, id=known.id, problems=(*known.problems, *found))


def left_blank(prepared: Prepared, sends: Callable[[RowKey], bool]) -> tuple[Problem, ...]:
    """The warning that says for how many of the rows that are sent the service will choose whether they are active."""
    number = sum(
        sends(key)
        for table in prepared.tables
        for key in map(table.key, table.rows.index[table.rows[ACTIVE.name].isna()].tolist())
    )
    if not number:
        return ()
    column = Column(letter=None, heading=ACTIVE.name, field=ACTIVE.name)
    return (Problem(code=Code.ACTIVE_BLANK, column=column, details={"rows": counted(number, "row")}),)
