"""The languages in which messages can be read.

English is what the code holds, what the journal stores and what programs get; status words, headings and codes are
English in every language, as they are what others rely on. A catalogue beside this module has, for each English
template, the same in another language. A text that was made from a template long before anybody reads it (the
reason that the journal kept, the error that ended a command) is recognised by that template.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Final


class Language(StrEnum):
    """A language that there is a catalogue for, or the one that needs none."""

    ENGLISH = "en"
    SPANISH = "es"


_SPOKEN: Final = ContextVar("spoken", default=Language.ENGLISH)
WORDS_OF_OURS: Final = frozenset(
    "advice candidates did_you_mean expected explanation first found in_course key kind kinds others parent reason "
    "records rows sheets singular state such_as types wait what".split()
)
"""The blanks that hold our own words; what stands in others is the user's and stays as it is."""

_BLANK: Final = re.compile(r"\{(\w*)[^{}]*\}")


@dataclass(frozen=True)
class Catalogue:
    """The wording of one language: of problems by their code and part, of everything else by its English template."""

    problems: Mapping[str, Mapping[str, str]]
    texts: Mapping[str, str]
    """What is also recognised in a finished text."""
    said: Mapping[str, str]

    @cached_property
    def patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """What recognises a text that was made from a template, those with most words of their own first."""
        blanks = [template for template in self.texts if _BLANK.search(template)]
        blanks.sort(key=lambda template: -len(_BLANK.sub("", template)))
        return tuple((_pattern(template), self.texts[template]) for template in blanks)


def _pattern(template: str) -> re.Pattern[str]:
    parts = _BLANK.split(template)
    # Names stand between the literal parts.
    pieces = [re.escape(part) if at % 2 == 0 else f"(?P<{part}>.+?)" for at, part in enumerate(parts)]
    return re.compile("".join(pieces), re.DOTALL)


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of a language; an empty one for English."""
    if language is Language.ENGLISH:
        return Catalogue(problems={}, texts={}, said={})
    content = tomllib.loads(files(__name__).joinpath(f"{language.value}.toml").read_text(encoding="utf-8"))
    return Catalogue(problems=content["problems"], texts=content["texts"], said=content["said"])


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say everything in a language meanwhile."""
    before = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken() -> Language:
    """The language in which things are said at present."""
    return _SPOKEN.get()


def say(template: str, /, **values: object) -> str:
    """A template in the present language, its blanks filled in."""
    known = catalogue(_SPOKEN.get())
    return (known.said.get(template) or known.texts.get(template, template)).format(**values)


def told(text: str) -> str:
    """A finished English text in the present language; as it is where no template is known that it was made from."""
    language = _SPOKEN.get()
    return text if language is Language.ENGLISH else _translated(language, text)


@lru_cache(maxsize=4096)
def _translated(language: Language, text: str) -> str:
    known = catalogue(language)
    if text in known.texts:
        return known.texts[text]
    for pattern, template in known.patterns:
        found = pattern.fullmatch(text)
        if found:
            values = {
                name: _translated(language, value) if name in WORDS_OF_OURS else value
                for name, value in found.groupdict().items()
            }
            return template.format(**values)
    return text
