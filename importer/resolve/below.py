"""What stands below records that are to be deleted: nothing of it may stay, and all of it has to go first. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from importer.derive.keys import title_of
from importer.entities import ACTION, ENTITIES, Entity, Parent
from importer.model import Directory, Held, Outcome, Reference, Resolution, Revision, RowKey, Table, Verdict
from importer.problems import Code, Problem, counted, quoted, some_of

__all__ = ["emptied"]


class Emptied(NamedTuple):
    """A resolution that deletes nothing with records below it, and which rows each of its deletions has to wait for."""

    resolution: Resolution
    after: Mapping[RowKey, tuple[RowKey, ...]]


def emptied(
    tables: Sequence[Table], resolution: Resolution, directory: Directory, revisions: Mapping[RowKey, Revision]
) -> Emptied:
    """Take out the deletions of records below which something stays: what is there, or what comes to stand there."""
    below = _Below(tables, resolution, directory, revisions)
    verdicts, after = dict(resolution.verdicts), dict[RowKey, tuple[RowKey, ...]]()
    for entity in reversed(ENTITIES):
        for table in (one for one in tables if one.entity is entity):
            for row in table.rows.index.tolist():
                key = table.key(row)
                number = below.deleted_by(key)
                if number is None:
                    continue
                first, stays = below.of(entity, number)
                if stays:
                    verdicts[key] = Verdict(outcome=Outcome.INVALID, id=number, problems=(_stays(table, row, stays),))
                    del below.deleted[entity.kind, number]
                else:
                    after[key] = first
    references = {key: one for key, one in resolution.references.items() if key not in verdicts}
    return Emptied(replace(resolution, references=references, verdicts=verdicts), after)


def _stays(table: Table, row: int, names: Sequence[str]) -> Problem:
    column = table.sheet.column(ACTION.name)
    records = counted(len(names), "record")
    details = {"singular": table.entity.singular, "records": records, "inside": some_of(names)}
    return Problem(
        code=Code.RECORDS_BELOW, place=table.sheet.place, row=row, column=column, value=column.heading, details=details
    )


class _Below:
    """The rows by the records that they are of, and those that the service holds."""

    def __init__(
        self,
        tables: Sequence[Table],
        resolution: Resolution,
        directory: Directory,
        revisions: Mapping[RowKey, Revision],
    ) -> None:
        self._directory, self._revisions = directory, revisions
        self._references: dict[RowKey, tuple[Entity, Reference]] = {
            key: (table.entity, resolution.references[key])
            for table in tables
            for key in map(table.key, table.rows.index.tolist())
            if key in resolution.references
        }
        self._rows = {
            (entity.kind, one.record): key for key, (entity, one) in self._references.items() if one.record is not None
        }
        self.deleted = {
            (entity.kind, one.record): key
            for key, (entity, one) in self._references.items()
            if one.deletes and one.record is not None
        }

    def deleted_by(self, key: RowKey) -> int | None:
        """The id of the record that the row deletes."""
        _, reference = self._references.get(key, (None, None))
        return reference.record if reference is not None and reference.deletes else None

    def of(self, entity: Entity, number: int) -> tuple[tuple[RowKey, ...], list[str]]:
        """The rows that take away what stands below a record, and the records that stay or come there, in words."""
        first: list[RowKey] = []
        stays: list[str] = []
        for child, parent in _children(entity):
            for held in self._held(child, parent, number):
                key = self._rows.get((child.kind, held.id))
                if key is not None and ((child.kind, held.id) in self.deleted or self._moves(key, parent)):
                    first.append(key)
                else:
                    stays.append(f"{quoted(held.title)} (number {held.id})")
            comes = (key for key in self._references if self._comes(key, child, parent, number))
            stays += [self._coming(key) for key in comes]
        return tuple(dict.fromkeys(first)), stays

    def _held(self, child: Entity, parent: Parent, number: int) -> Iterator[Held]:
        for (kind, _), records in self._directory.records.items():
            if kind == child.kind:
                yield from (one for one in records if number == (one.course if parent is child.scope else one.parent))

    def _coming(self, key: RowKey) -> str:
        """A row whose record comes to stand there, by its title; one that names its record outright by its number."""
        _, reference = self._references[key]
        title = title_of(reference.identity)
        return f"{quoted(title) if title else f'number {reference.record}'} (row {key.row})"

    def _moves(self, key: RowKey, parent: Parent) -> bool:
        """Whether the row puts its record elsewhere."""
        return key in self._revisions and parent.id in self._revisions[key].payload

    def _comes(self, key: RowKey, child: Entity, parent: Parent, number: int) -> bool:
        """Whether the row puts its record below the one that is to be deleted."""
        entity, reference = self._references[key]
        is_new = reference.record is None or self._moves(key, parent)
        return entity is child and is_new and reference.ids.get(parent.id) == number


def _children(entity: Entity) -> Iterator[tuple[Entity, Parent]]:
    """The kinds of records that stand below one, and how they name it."""
    for child in ENTITIES:
        for parent in child.parents:
            if parent.kind == entity.kind:
                yield child, parent
