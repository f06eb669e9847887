"""Which heading means which field: derived from the names and spellings that `entities` declares."""

import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from importer.derive.lookalikes import latin, without_unseen
from importer.entities import ACTION, ENTITIES, ID, OUR_HEADINGS, Entity, Field
from importer.problems import Column

_NEAR: Final = 75.0
"""Likeness in percent from which a word is worth suggesting."""

_IGNORED: Final = {ord("_"): None, ord("-"): None}

Given = Mapping[str, Mapping[str, str]]
"""What a mapping file says: by kind, the API name for a folded heading, empty for a column to be left out."""

NOTHING_GIVEN: Final[Given] = MappingProxyType({})


def folded_heading(heading: str) -> str:
    """The heading without what does not matter: case, white space, `_`, `-`, trailing asterisks, what nobody sees."""
    text = without_unseen(unicodedata.normalize("NFKC", heading).casefold())
    text = "".join(text.split()).translate(_IGNORED).rstrip("*")
    # What has been taken away may have stood between a letter and its accent.
    return unicodedata.normalize("NFKC", text)


@cache
def headings_of(entity: Entity) -> Mapping[str, str]:
    """Every folded heading that an entity knows, with the API name it stands for."""
    spelled = {folded_heading(word): field.name for field in entity.columns for word in field.spellings}
    return spelled | {folded_heading(field.name): field.name for field in entity.columns}


@cache
def _our_headings() -> frozenset[str]:
    return frozenset(map(folded_heading, OUR_HEADINGS))


def is_ours(heading: str) -> bool:
    """Whether it is one of the columns that reports add."""
    return folded_heading(heading) in _our_headings()


def is_known(heading: str) -> bool:
    """Whether any entity has a field for it, or reports add it."""
    return is_ours(heading) or any(field_of(heading, entity) for entity in ENTITIES)


def field_of(heading: str, entity: Entity, given: Given = NOTHING_GIVEN) -> str | None:
    """The API name of the field that a heading stands for: as given, else as declared, else as it looks."""
    word = folded_heading(heading)
    chosen = given.get(entity.kind, {}).get(word)
    if chosen is not None:
        return chosen or None
    known = headings_of(entity)
    return known.get(word) or known.get(folded_heading(latin(heading)))


def letter(position: int) -> str:
    """The letters of the column at a position that counts from 0: A, Z, AA, XFD."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def columns_of(headings: Sequence[str], entity: Entity, given: Given = NOTHING_GIVEN) -> tuple[Column | None, ...]:
    """A column for each heading, with the field it holds; None where a heading is blank."""
    return tuple(
        Column(letter=letter(position), heading=heading, field=field_of(heading, entity, given)) if heading else None
        for position, heading in enumerate(headings)
    )


def repeated(columns: Sequence[Column | None]) -> tuple[tuple[Column, ...], ...]:
    """The columns that hold one field, or bear one heading, more than once."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        if column is not None:
            groups.setdefault(column.field or folded_heading(column.heading), []).append(column)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def first_of_each(columns: Sequence[Column | None]) -> tuple[Column | None, ...]:
    """The same columns, of those that hold one field only the first one with it."""
    later = {id(column) for group in repeated(columns) for column in group[1:]}
    return tuple(
        replace(column, field=None) if column is not None and id(column) in later else column for column in columns
    )


def missing(
    columns: Sequence[Column | None], entity: Entity, provided: Set[str], *, partial: bool = False
) -> tuple[Field, ...]:
    """The required fields that no column holds and no option provides; of a parent either of its two is enough.

    Of a `partial` sheet, whose rows may say no more than what changes, only what tells records apart is required, and
    nothing where it has their numbers.
    """
    held = {column.field for column in columns if column is not None} | provided
    # What a row of a sheet needs that says what is to happen to each is asked row by row.
    partial = partial or ACTION.name in held
    if partial and ID in held:
        return ()
    above = [entity.field(one.id) for one in entity.parents if one.required and not {one.id, one.title} & held]
    required = [field for field in entity.required if not partial or field.name in entity.natural_key]
    return (*above, *(field for field in required if field.name not in held))


def nearest_field(heading: str, entity: Entity, taken: Set[str]) -> str | None:
    """The API name of the field whose headings look most like this one; None where none is near."""
    candidates = {word: name for word, name in headings_of(entity).items() if name not in taken}
    word = folded_heading(latin(heading))
    found = process.extractOne(word, candidates.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return candidates[found[0]] if found else None


def kind_of(
    headings: Sequence[str], provided: Set[str] = frozenset(), given: Given = NOTHING_GIVEN, *, partial: bool = False
) -> Entity | None:
    """The entity that the headings belong to; None where that cannot be told.

    A required column that only one entity has decides; then how many headings each knows; then which of those has its
    required columns, none of them twice.
    """
    told = [heading for heading in headings if heading]
    columns = {entity.kind: columns_of(told, entity, given) for entity in ENTITIES}
    likely: tuple[Entity, ...] = ENTITIES
    for score in (_own_required, _known):
        scores = {entity.kind: score(entity, columns) for entity in likely}
        likely = tuple(entity for entity in likely if scores[entity.kind] == max(scores.values()))
        if len(likely) == 1:
            return likely[0]
    whole = [entity for entity in likely if not missing(columns[entity.kind], entity, provided, partial=partial)]
    single = [entity for entity in likely if not repeated(columns[entity.kind])]
    best = [entity for entity in single if entity in whole] or (single if len(single) == 1 else whole)
    return best[0] if best else None


def likeliest_kind(headings: Sequence[str]) -> Entity:
    """The entity whose headings look most like these, for want of anything better; of several the one with most rows.

    What looks like none of them counts for nothing: it may be in another language.
    """

    def likeness(entity: Entity) -> float:
        words = [folded_heading(latin(heading)) for heading in headings if heading]
        best = (
            process.extractOne(word, headings_of(entity).keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
            for word in words
        )
        return sum(found[1] for found in best if found)

    return max(reversed(ENTITIES), key=likeness)


def _own_required(entity: Entity, columns: Mapping[str, Sequence[Column | None]]) -> int:
    """How many required fields that no other entity has the sheet has columns for."""
    others = [other for other in ENTITIES if other is not entity]
    own = {field.name for field in entity.required if not any(other.has(field.name) for other in others)}
    return sum(column is not None and column.field in own for column in columns[entity.kind])


def _known(entity: Entity, columns: Mapping[str, Sequence[Column | None]]) -> int:
    """How many headings mean something for this entity."""
    return sum(column is not None and column.field is not None for column in columns[entity.kind])


def fields_named(heading: str) -> tuple[Field, ...]:
    """The different fields, over all entities, that a heading may mean; one for each API name."""
    names: dict[str, Field] = {}
    for entity in ENTITIES:
        name = field_of(heading, entity)
        if name is not None:
            names.setdefault(name, entity.field(name))
    return tuple(names.values())
