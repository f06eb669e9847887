"""What changes of a record, as people are told: under their own headings, and what is above it by its titles."""

from collections.abc import Mapping
from typing import Any

from importer.entities import TITLE, Entity
from importer.model import Change
from importer.problems import Column

Record = Mapping[str, Any]


def told_change(entity: Entity, name: str, before: Record, after: Record, columns: Mapping[str, Column]) -> Change:
    """A field under the user's column; a record above with both titles, where `before` and `after` tell them.

    `columns` are those of the sheet, by the API name of what they hold.
    """
    parent = next((one for one in entity.parents if one.id == name), None)
    if parent is not None and parent.title is not None:
        states = (before, after)
        old, new = (one.get(f"{parent.filter_name}{TITLE.name}") or None for one in states)
        if all(title or not one.get(name) for title, one in zip((old, new), states, strict=True)):
            column = columns.get(parent.title) or _column(columns, name)
            return Change(column=column, field=parent.title, old=old, new=new)
    told_by = next((one.column.name for one in entity.lookups if one.gives == name), name)
    column = columns.get(name) or _column(columns, told_by)
    return Change(column=column, field=name, old=before.get(name), new=after.get(name))


def _column(columns: Mapping[str, Column], name: str) -> Column:
    """The column that holds a field; one without a letter where the sheet has none for it."""
    return columns.get(name) or Column(letter=None, heading=name, field=name)
