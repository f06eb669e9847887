"""A mapping file: which heading of the user means which field, and which word which value.

[lessons.columns]
"Their heading" = "Title"
"Notes" = ""                # left out without a word

[lessons.values.UnlockType]
"drip" = "Timed"
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from importer.derive.cells import listed, reader_of
from importer.derive.columns import Given, field_of, folded_heading, nearest_field
from importer.derive.lookalikes import folded_word
from importer.derive.words import either, limits
from importer.entities import ENTITIES, LESSON, TIMED, TITLE, UNLOCK_TYPE, Entity, Field
from importer.errors import MappingError
from importer.problems import did_you_mean, quoted

COLUMNS: Final = "columns"
VALUES: Final = "values"

Words = Mapping[str, Mapping[str, object]]
"""By API name: the cell that a folded word stands for."""

_PLACE: Final = re.compile(r" \(at line (\d+), column \d+\)$| \(at end of document\)$")
_EXAMPLE: Final = f'"Their heading" = "{TITLE.name}" under [{LESSON.kind}.{COLUMNS}]'


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What a mapping file says, by kind."""

    columns: Given = field(default_factory=dict)
    values: Mapping[str, Words] = field(default_factory=dict)

    def words(self, entity: Entity, held_by: Entity | None = None) -> Words:
        """The words for the cells of an entity's rows; where a sheet of another holds them, those of that sheet too."""
        own = self.values.get(entity.kind, {})
        if held_by is None or held_by is entity:
            return own
        others = self.values.get(held_by.kind, {})
        return {name: {**others.get(name, {}), **own.get(name, {})} for name in {*others, *own}}


def read_mapping(content: bytes, name: str) -> Mapped:
    """What the content of a mapping file says. Raises `MappingError`, which names the line or the entry."""
    tables = _tables(content, name)
    columns: dict[str, Mapping[str, str]] = {}
    values: dict[str, Words] = {}
    for kind, parts in tables.items():
        entity = _entity(kind, parts, name)
        for part, entries in cast(dict[str, Any], parts).items():
            if part == COLUMNS and isinstance(entries, dict):
                columns[entity.kind] = dict(_columns(entity, entries, name))
            elif part == VALUES and isinstance(entries, dict):
                values[entity.kind] = dict(_values(entity, entries, name))
            else:
                raise MappingError(name, f"[{kind}.{part}] means nothing; {_expected_tables(entity)}")
    return Mapped(columns=columns, values=values)


def _tables(content: bytes, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise MappingError(name, "it is not UTF-8 text; save it as plain text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        found = _PLACE.search(said)
        where = f"line {found[1]}" if found and found[1] else "its last line"
        what = said[: found.start()] if found else said
        raise MappingError(name, f"{where} cannot be read ({_lower(what)}); expected {_EXAMPLE}") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _entity(kind: str, parts: object, name: str) -> Entity:
    for entity in ENTITIES:
        if entity.kind == kind.strip().casefold() and isinstance(parts, dict):
            return entity
    tables = " or ".join(f"[{entity.kind}.{COLUMNS}]" for entity in ENTITIES)
    raise MappingError(name, f"{quoted(kind)} is not a kind of sheet; expected {tables}")


def _expected_tables(entity: Entity) -> str:
    return f"expected [{entity.kind}.{COLUMNS}] or [{entity.kind}.{VALUES}.{UNLOCK_TYPE.name}]"


def _columns(entity: Entity, entries: Mapping[str, object], name: str) -> Iterator[tuple[str, str]]:
    for heading, target in entries.items():
        where = f"[{entity.kind}.{COLUMNS}] {quoted(heading)}"
        if not isinstance(target, str):
            raise MappingError(name, f'{where}: expected the name of a field between quotes, or "" to leave it out')
        yield folded_heading(heading), _named(entity, target, where, name) if target.strip() else ""


def _named(entity: Entity, target: str, where: str, name: str) -> str:
    """The API name of the field that the file names."""
    found = field_of(target, entity)
    if found is None:
        near = did_you_mean(nearest_field(target, entity, frozenset()))
        fields = either(tuple(field.name for field in entity.columns))
        raise MappingError(name, f"{where}: there is no field {quoted(target)}.{near} Expected {fields}")
    return found


def _values(entity: Entity, entries: Mapping[str, object], name: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    for target, words in entries.items():
        where = f"[{entity.kind}.{VALUES}.{target}]"
        chosen = entity.field(_named(entity, target, where, name))
        if not isinstance(words, dict):
            raise MappingError(name, f'{where}: expected lines below it such as "drip" = "{TIMED.name}"')
        yield chosen.name, {folded_word(word): _value(chosen, word, cell, where, name) for word, cell in words.items()}


def _value(field: Field, word: str, cell: object, where: str, name: str) -> object:
    if not folded_word(word):
        raise MappingError(name, f"{where}: an empty cell cannot be mapped; use --default {field.name}=VALUE for that")
    reading = reader_of(field)(cell)
    small = field.minimum is not None and isinstance(reading.value, int) and reading.value < field.minimum
    if reading.code is not None or reading.value is None or small or not isinstance(cell, str | int | float):
        expected = f"one of {listed(field.choices)}" if field.choices else limits(field)
        raise MappingError(name, f"{where} {quoted(word)}: {quoted(cell)} is not what the field takes: {expected}")
    return cell
