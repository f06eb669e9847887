"""Which heading means which field: derived from the names and spellings that `entities` declares."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from functools import cache
from typing import Final

from rapidfuzz import fuzz, process

from importer.entities import ENTITIES, OUR_HEADINGS, Entity, Field
from importer.problems import Column

_NEAR: Final = 75.0
"""Likeness in percent from which a word is worth suggesting."""

_IGNORED: Final = {ord("_"): None, ord("-"): None}


def folded_heading(heading: str) -> str:
    """The heading without what does not matter: case, white space, `_`, `-` and trailing asterisks."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = "".join(text.split()).translate(_IGNORED).rstrip("*")
    # What has been taken away may have stood between a letter and its accent.
    return unicodedata.normalize("NFKC", text)


@cache
def headings_of(entity: Entity) -> Mapping[str, str]:
    """Every folded heading that an entity knows, with the API name it stands for."""
    spelled = {folded_heading(word): field.name for field in entity.fields for word in field.spellings}
    return spelled | {folded_heading(field.name): field.name for field in entity.fields}


@cache
def _our_headings() -> frozenset[str]:
    return frozenset(map(folded_heading, OUR_HEADINGS))


def is_ours(heading: str) -> bool:
    """Whether it is one of the columns that reports add."""
    return folded_heading(heading) in _our_headings()


def is_known(heading: str) -> bool:
    """Whether any entity has a field for it, or reports add it."""
    return is_ours(heading) or any(folded_heading(heading) in headings_of(entity) for entity in ENTITIES)


def letter(position: int) -> str:
    """The letters of the column at a position that counts from 0: A, Z, AA, XFD."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def columns_of(headings: Sequence[str], entity: Entity) -> tuple[Column | None, ...]:
    """A column for each heading, with the field it holds; None where a heading is blank."""
    known = headings_of(entity)
    return tuple(
        Column(letter=letter(position), heading=heading, field=known.get(folded_heading(heading))) if heading else None
        for position, heading in enumerate(headings)
    )


def repeated(columns: Sequence[Column | None]) -> tuple[tuple[Column, ...], ...]:
    """The columns that hold one field, or bear one heading, more than once; reports' own columns left out."""
    groups: dict[str, list[Column]] = {}
    for column in columns:
        if column is not None and not is_ours(column.heading):
            groups.setdefault(column.field or folded_heading(column.heading), []).append(column)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def missing(columns: Sequence[Column | None], entity: Entity, provided: Set[str]) -> tuple[Field, ...]:
    """The required fields that no column holds and no option provides."""
    held = {column.field for column in columns if column is not None}
    return tuple(field for field in entity.required if field.name not in held and field.name not in provided)


def nearest_field(heading: str, entity: Entity, taken: Set[str]) -> str | None:
    """The API name of the field whose headings look most like this one; None where none is near."""
    candidates = {word: name for word, name in headings_of(entity).items() if name not in taken}
    found = process.extractOne(folded_heading(heading), candidates.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return candidates[found[0]] if found else None


def kind_of(headings: Sequence[str], provided: Set[str] = frozenset()) -> Entity | None:
    """The entity that the headings belong to; None where that cannot be told.

    Headings that only one entity has decide; then the first entity whose required columns are all there.
    """
    folded = {folded_heading(heading) for heading in headings if heading}
    owners = Counter(owner.kind for word in folded for owner in [_only_owner(word)] if owner is not None)
    leading = [entity for entity in ENTITIES if owners[entity.kind] == max(owners.values(), default=0) > 0]
    if len(leading) == 1:
        return leading[0]
    return next((entity for entity in ENTITIES if not missing(columns_of(headings, entity), entity, provided)), None)


def _only_owner(word: str) -> Entity | None:
    """The one entity that knows a folded heading, if exactly one does."""
    owners = [entity for entity in ENTITIES if word in headings_of(entity)]
    return owners[0] if len(owners) == 1 else None


def fields_named(heading: str) -> tuple[Field, ...]:
    """The different fields, over all entities, that a heading may mean; one for each API name."""
    names: dict[str, Field] = {}
    for entity in ENTITIES:
        name = headings_of(entity).get(folded_heading(heading))
        if name is not None:
            names.setdefault(name, entity.field(name))
    return tuple(names.values())
