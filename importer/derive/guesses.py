"""What unknown headings and words may mean, guessed by their likeness to the known ones; a person looks it through."""

import re
from collections.abc import Iterable, Mapping, Set
from typing import Final

from rapidfuzz import fuzz, process

from importer.derive.columns import folded_heading
from importer.derive.lookalikes import folded_word, latin
from importer.derive.words import options
from importer.entities import Entity, Field

_HEADING: Final = 80.0
"""Likeness in percent from which a heading is guessed to mean a field."""
_WORD: Final = 70.0
"""Likeness in percent from which a word is guessed to mean a choice."""

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def guess_fields(headings: Iterable[str], entity: Entity, taken: Set[str]) -> Mapping[str, str]:
    """The API name that each heading seems to mean, no field twice; the best guesses come first."""
    free = [field for field in entity.fields if field.name not in taken]
    scores = [(_likeness(heading, field), heading, field.name) for heading in headings for field in free]
    found: dict[str, str] = {}
    for score, heading, name in sorted(scores, key=lambda one: -one[0]):
        if score >= _HEADING and heading not in found and name not in found.values():
            found[heading] = name
    return found


def _likeness(heading: str, field: Field) -> float:
    known = [_HUMP.sub(" ", word) for word in (field.name, *field.spellings)]
    return max(
        max(
            fuzz.ratio(folded_heading(latin(heading)), folded_heading(word)),
            fuzz.token_sort_ratio(folded_word(latin(heading)), folded_word(word)),
        )
        for word in known
    )


def guess_option(word: str, field: Field) -> str | None:
    """What the field takes that looks most like a word; None where nothing does."""
    known = {folded_word(option): option for option in options(field)}
    near = process.extractOne(folded_word(latin(word)), known.keys(), scorer=fuzz.ratio, score_cutoff=_WORD)
    return known[near[0]] if near else None
