"""A workbook (.xlsx, .xlsm, .xlsb, .xls, .ods): which of its sheets are imported, and their rows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from importer.derive.combined import numbered
from importer.entities import ENTITIES, INSTRUCTIONS_SHEET, SUMMARY_SHEET, Entity
from importer.errors import EmptyFileError, NothingToImportError
from importer.load.beside import without_beside
from importer.load.cells import Cells
from importer.load.container import Opened
from importer.load.extent import Area
from importer.load.hidden import Hidden, hidden_cells
from importer.load.limits import within
from importer.load.mended import mended
from importer.load.merged import about_merged, merged_areas
from importer.load.reading import DAMAGE, damaged, locked, refusing_panics
from importer.load.sheets import Wanted, read_sheet
from importer.load.unseen import unseen_rows
from importer.model import Format, Sheet
from importer.problems import Code, Problem, counted

_REFUSED: Final = (CalamineError, XmlError, ZipError, OSError)
"""What the fast reader raises where it cannot read a workbook."""

_Rows = Mapping[str, frozenset[int]]
"""Row numbers, by the names of sheets."""
_Loaded = tuple[tuple[Sheet, ...], tuple[Problem, ...], tuple[str, ...], _Rows]

_TABLE: Final = re.compile(r" - tab[a-zé]{1,6} [0-9]{1,3}\Z")
"""What Numbers adds, in English, German, Spanish, French and others."""


def load_workbook(path: Path, opened: Opened, wanted: Wanted) -> _Loaded:
    """Read the sheets of a workbook that can be imported, sections first, and name the others, all its sheets, and the
    rows that nobody sees.

    Raises a `FileError` where it cannot be used as a whole.
    """
    if not any(signs.odd for signs in opened.signs.values()):
        try:
            with refusing_panics(wanted.file), CalamineWorkbook.from_path(str(path)) as book:
                return _loaded(book, path, opened, wanted)
        except PasswordError:
            raise locked(wanted.file) from None
        except _REFUSED:
            if opened.format not in (Format.XLSX, Format.XLSM):
                raise damaged(wanted.file) from None
    return _load_mended(path, opened, wanted)


def _load_mended(path: Path, opened: Opened, wanted: Wanted) -> _Loaded:
    """Read a package that the fast reader cannot read as it is, or would leave something out of."""
    try:
        mended_copy = mended(path)
    except DAMAGE:
        raise damaged(wanted.file) from None
    try:
        with mended_copy, refusing_panics(wanted.file), CalamineWorkbook.from_filelike(mended_copy) as book:
            return _loaded(book, path, opened, wanted)
    except _REFUSED:
        raise damaged(wanted.file) from None


def _loaded(book: CalamineWorkbook, path: Path, opened: Opened, wanted: Wanted) -> _Loaded:
    metadata = book.sheets_metadata
    chosen = _choose(metadata, wanted)
    beside = _beside(path, opened, [name for name, _ in chosen], wanted.file)
    sheets = [_load_sheet(book, name, entity, beside, wanted) for name, entity in chosen]
    names = book.sheet_names
    loaded = tuple(sheet for sheet in sheets if sheet is not None)
    if not loaded:
        raise EmptyFileError(wanted.file, f"the sheet {_listed([name for name, _ in chosen])} is empty")
    unseen = {sheet.name for sheet in metadata if sheet.visible is not SheetVisibleEnum.Visible}
    imported = [sheet.place.sheet or "" for sheet in loaded]
    # The report of a package is the package itself; of all others it is a copy, in which they have to be hidden anew.
    looked_at = imported if opened.format in (Format.XLSX, Format.XLSM) else names
    rows = unseen_rows(path, opened.format, looked_at, opened.signs)
    about = (*_about_sheets(names, chosen, sheets, wanted), *_about_hidden(rows, loaded, unseen))
    return loaded, about, tuple(names), rows


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the fast reader does not give, by the names of the sheets."""

    hidden: Mapping[str, Hidden]
    merged: Mapping[str, Sequence[Area]]


def _beside(path: Path, opened: Opened, names: list[str], file: str) -> _Beside:
    try:
        return _Beside(hidden_cells(path, opened.format, names, opened.signs), merged_areas(path, opened.format, names))
    except DAMAGE:
        raise damaged(file) from None


def _choose(found: list[SheetMetadata], wanted: Wanted) -> list[tuple[str, Entity | None]]:
    """The sheets to import with what their name says they hold, in the order of the entities."""
    called = {_folded(name): kind for name, kind in wanted.chosen.items()}
    own = {entity.sheet.casefold(): entity.kind for entity in ENTITIES}
    for kinds, fold in ((called, _folded), (own, _folded), (own, _without_table)):
        named: list[tuple[str, Entity | None]] = [
            (sheet.name, entity) for entity in ENTITIES for sheet in found if kinds.get(fold(sheet.name)) == entity.kind
        ]
        if named:
            return named
    shown = [
        sheet.name
        for sheet in found
        if sheet.visible is SheetVisibleEnum.Visible
        and sheet.typ is SheetTypeEnum.WorkSheet
        and sheet.name != SUMMARY_SHEET
    ]
    if len(shown) == 1:
        return [(shown[0], None)]
    if wanted.chosen:
        listed = _listed([sheet.name for sheet in found])
        raise NothingToImportError(wanted.file, f"no sheet is called {_listed(list(wanted.chosen))} (found: {listed})")
    *others, last = (entity.sheet for entity in ENTITIES)
    names = f"{', '.join(others)} or {last}"
    raise NothingToImportError(
        wanted.file,
        f"no sheet is called {names} (found: {_listed([sheet.name for sheet in found])}); "
        f'give the sheet to import one of these names, or say what it holds: --sheet "NAME={ENTITIES[-1].kind}"',
    )


def _folded(name: str) -> str:
    return name.strip().casefold()


def _without_table(name: str) -> str:
    """The name of a sheet of Numbers, which exports each table as a sheet: `Lessons - Table 1`."""
    return _TABLE.sub("", _folded(name))


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _load_sheet(
    book: CalamineWorkbook, name: str, entity: Entity | None, beside: _Beside, wanted: Wanted
) -> Sheet | None:
    place = wanted.place(name)
    source = book.get_sheet_by_name(name)
    hidden = beside.hidden.get(name, {})
    rows = within(_rows(source, hidden), f"{wanted.file}, sheet {name}", wanted.limits)
    sheet = read_sheet(rows, place, wanted, entity_of_sheet=entity)
    areas = beside.merged.get(name) or source.merged_cell_ranges
    if sheet is not None and areas:
        told = about_merged(sheet, areas, lambda: _rows(source, hidden))
        sheet = replace(sheet, problems=(*sheet.problems, *told))
    return sheet if sheet is None or wanted.tolerant else without_beside(sheet)


def _rows(sheet: CalamineSheet, hidden: Hidden) -> Iterator[Cells]:
    """All rows from the first on, and in them what calamine gives as blank: errors, formulas without a value."""
    before: list[object] = [None] * (sheet.start[1] if sheet.start else 0)
    number = 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row: Sequence[object] = [*before, *cells] if before else cells
        yield _with_hidden(row, hidden[number]) if number in hidden else row
    for later in range(number + 1, max(hidden, default=0) + 1):
        yield _with_hidden([], hidden.get(later, {}))


def _with_hidden(row: Sequence[object], hidden: Mapping[int, object]) -> list[object]:
    width = max(len(row), max(hidden, default=-1) + 1)
    full = [*row, *[None] * (width - len(row))]
    for at, cell in hidden.items():
        full[at] = cell
    return full


def _about_sheets(
    names: list[str], chosen: list[tuple[str, Entity | None]], sheets: list[Sheet | None], wanted: Wanted
) -> Iterator[Problem]:
    expected = {name for name, _ in chosen} | {INSTRUCTIONS_SHEET, SUMMARY_SHEET}
    for name in names:
        if name not in expected:
            yield Problem(
                code=Code.IGNORED_SHEET,
                place=wanted.place(name),
                value=name,
                details={"names": ", ".join(name for name, _ in chosen)},
            )
    for (name, _), sheet in zip(chosen, sheets, strict=True):
        if sheet is None or sheet.cells.empty:
            yield Problem(code=Code.NO_ROWS, place=wanted.place(name))


def _about_hidden(rows: _Rows, sheets: tuple[Sheet, ...], unseen: set[str]) -> Iterator[Problem]:
    """What is imported although nobody sees it in the workbook."""
    for sheet in sheets:
        name = sheet.place.sheet or ""
        if name in unseen:
            yield Problem(code=Code.HIDDEN_SHEET, place=sheet.place)
        found = rows.get(name, frozenset())
        numbers = [row for row in sheet.cells.index.tolist() if row in found] if found else []
        if numbers:
            details = {"rows": counted(len(numbers), "row"), "numbers": numbered(numbers)}
            yield Problem(code=Code.HIDDEN_ROWS, place=sheet.place, details=details)
