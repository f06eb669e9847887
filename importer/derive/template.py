"""Empty files to fill in: a CSV with the headings of one kind, or a workbook that helps to fill it in."""

import csv
import os
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from importer.derive.filled import fill, offer
from importer.derive.present import Rows
from importer.derive.words import both
from importer.derive.workbook import blank_workbook, workbook_bytes
from importer.entities import COURSE, ENTITIES, ID, RECORD_HEADING, Entity
from importer.errors import TemplateError

KINDS: Final[Mapping[str, tuple[Entity, ...]]] = {
    **{entity.kind: (entity,) for entity in ENTITIES},
    COURSE.singular: ENTITIES,
}
"""What a template can be for, and the entities that it then has a sheet for."""


def write_template(kind: str, path: Path, *, overwrite: bool = False) -> None:
    """Write an empty template of that kind; the ending of the path says whether CSV or Excel.

    The same bytes every time, and all of them or none. Raises `TemplateError` where the kind or the ending is
    not one that can be written, the file is there already (unless `overwrite`) or its folder cannot be used.
    """
    _put(path, template_bytes(kind, path), overwrite=overwrite)


def _put(path: Path, content: bytes, *, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise TemplateError(path, "a file of that name is there already; --force replaces it")
    try:
        _write(path, content)
    except OSError as error:
        gone = not path.parent.is_dir()
        raise TemplateError(path, "there is no such folder" if gone else error.strerror or str(error)) from error


def write_course(path: Path, titles: Sequence[str], rows: Mapping[str, Rows], *, overwrite: bool = False) -> None:
    """Write the template of a course that is there: it offers the titles of its sections, and holds rows by kind.

    Raises `TemplateError` as `write_template` does.
    """
    book = blank_workbook(ENTITIES)
    fill(book, rows, {RECORD_HEADING: ID})
    offer(book, [] if rows else titles)
    _put(path, workbook_bytes(book), overwrite=overwrite)


def template_bytes(kind: str, path: Path) -> bytes:
    """The content of the template of that kind for a file of that name; raises as `write_template`."""
    if kind not in KINDS:
        raise TemplateError(path, f'there is no template "{kind}", only {both(tuple(KINDS))}')
    entities = KINDS[kind]
    ending = path.suffix.lower()
    if ending == ".xlsx":
        return workbook_bytes(blank_workbook(entities))
    if ending != ".csv":
        raise TemplateError(path, "its name has to end in .xlsx or .csv")
    if len(entities) > 1:
        kinds = both(tuple(entity.kind for entity in entities))
        raise TemplateError(path, f"a CSV cannot hold {kinds} together; choose a name that ends in .xlsx")
    return _headings_csv(entities[0])


def _headings_csv(entity: Entity) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow([field.name for field in entity.fields])
    # Excel takes a CSV without a byte order mark for Windows-1252 and spoils what is not English.
    return text.getvalue().encode("utf-8-sig")


def _write(path: Path, content: bytes) -> None:
    # A neighbour of the target, so that the replacement stays on one disk and is atomic.
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
