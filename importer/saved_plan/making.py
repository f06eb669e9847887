"""A plan with all that it was made from, put into the form in which it is saved."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from importer.errors import MappingError
from importer.model import Directory, Held, Operation, Plan, RowKey, Verdict
from importer.prepare import Prepared, rows
from importer.saved_plan.form import (
    FORMAT,
    VERSION,
    Option,
    SavedFile,
    SavedList,
    SavedPlace,
    SavedPlan,
    SavedRecord,
    SavedRow,
    SavedStep,
    all_seen,
)
from importer.settings import Settings

MATTERS: Final = (
    "kind",
    "sheet",
    "course_id",
    "encoding",
    "delimiter",
    "default",
    "mapping",
    "allow_duplicates",
    "on_existing",
    "update_only",
    "overwrite",
    "allow_delete",
    "all_or_nothing",
    "limit",
)
"""The settings that a plan depends on: a run of it has the same."""


def saved_plan(
    prepared: Prepared,
    settings: Settings,
    plan: Plan,
    verdicts: Mapping[RowKey, Verdict],
    directory: Directory,
    *,
    run: str,
    made: datetime,
) -> SavedPlan:
    """The plan as it is saved. Raises `MappingError` where the mapping is gone by now."""
    return SavedPlan(
        format=FORMAT,
        version=VERSION,
        made=made,
        run=run,
        service=service_of(settings),
        account=account_of(settings),
        options=options_of(settings),
        mapping_sha256=mapping_sha256(settings),
        files=tuple(SavedFile(name=book.name, sha256=book.sha256) for book in prepared.books),
        courses=None if directory.courses is None else dict(directory.courses),
        lists=lists_of(directory, {one.course for one in plan.operations}),
        rows=_rows(prepared, verdicts, {one.key: one for one in plan.operations}),
    )


def service_of(settings: Settings) -> str:
    """The service that is asked."""
    return settings.journal_address or settings.base_url


def account_of(settings: Settings) -> str | None:
    """Who signs in, where that is said by name: a token is another one each day."""
    return (settings.username or "").strip().casefold() or None


def options_of(settings: Settings) -> dict[str, Option]:
    """The settings that a plan depends on."""
    return {name: _plain(value) for name, value in settings.model_dump(mode="json", include=set(MATTERS)).items()}


def _plain(value: Option | list[str]) -> Option:
    return tuple(value) if isinstance(value, list) else value


def mapping_sha256(settings: Settings) -> str | None:
    """A fingerprint of the mapping file. Raises `MappingError`."""
    if settings.mapping is None:
        return None
    try:
        return hashlib.sha256(settings.mapping.read_bytes()).hexdigest()
    except OSError as error:
        raise MappingError(str(settings.mapping), (error.strerror or str(error)).lower()) from None


def lists_of(directory: Directory, courses: set[int]) -> tuple[SavedList, ...]:
    """What is listed of these courses."""
    return tuple(
        SavedList(kind=kind, course=course, records=tuple(map(_record, sorted(held, key=lambda one: one.id))))
        for (kind, course), held in sorted(directory.records.items())
        if course in courses and course
    )


def _record(held: Held) -> SavedRecord:
    return SavedRecord(id=held.id, title=held.title, parent=held.parent, numbers=dict(held.numbers))


def _rows(
    prepared: Prepared, verdicts: Mapping[RowKey, Verdict], operations: Mapping[RowKey, Operation]
) -> tuple[SavedRow, ...]:
    numbers = {book.name: number for number, book in enumerate(prepared.books)}
    return tuple(
        SavedRow(
            place=place_of(row.key, numbers),
            outcome=row.verdict.outcome,
            id=row.verdict.id,
            step=step_of(operations[row.key], numbers) if row.key in operations else None,
        )
        for row in rows(prepared, verdicts)
    )


def place_of(key: RowKey, numbers: Mapping[str, int]) -> SavedPlace:
    """A row as it is named in a saved plan; `numbers` are those of the files by name."""
    return SavedPlace(file=numbers[key.file], sheet=key.sheet, row=key.row)


def step_of(operation: Operation, numbers: Mapping[str, int]) -> SavedStep:
    """What is done for a row; of the record as it was, only what a sheet can say and when it was last changed."""
    known = {field.name for field in operation.entity.columns}
    before = {name: value for name, value in (operation.before or {}).items() if name in known}
    values = {name: value for name, value in operation.payload.items() if name not in operation.parents}
    return SavedStep(
        verb=operation.verb,
        id=operation.id,
        course=operation.course,
        title=operation.title,
        values=all_seen(values),
        parents={name: place_of(key, numbers) for name, key in operation.parents.items()},
        before=all_seen(before),
        overwrite=operation.overwrite,
    )
