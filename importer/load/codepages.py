"""Which single-byte encoding a text is written in, told from the words that each of them makes of its bytes."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import charset_normalizer

_WESTERN: Final = (
    "éàèêçâîôœùûïëüæÿ",
    "üäößé",
    "áíóéñúü",
    "ãçéáíóêõâàúô",
    "àèùòìéó",
    "äåöé",
    "øåæéü",
    "áðéíóúýþæö",
    "ëéïèöüêóáíú",
)
_RUSSIAN: Final = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_ALPHABETS: Final = {
    "cp1252": _WESTERN,
    "cp1250": (
        "łąęóżśćńź",
        "íáéěýřčšžůúťňóď",
        "áíéýčšžľťúôňäďóĺŕěř",
        "áéöóőüíúű",
        "čšžćđ",
        "ăîşţâ",
    ),
    "cp1251": (_RUSSIAN, "оаинетврлскмідпузябьгйчхцжюшєїщфґ"),
    "cp1253": ("αοιτενσηρπκμλυςήγδωχθάίέφόβύώξζψϊϋΐΰ",),
    "cp1254": ("ıüşçöğiâ",),
}
"""The letters of the languages that each Windows encoding is for, beyond the plain ones; the commonest first."""

_CANDIDATES: Final = (
    *((page, alphabet) for page, alphabets in _ALPHABETS.items() for alphabet in alphabets),
    *(("mac_roman", alphabet) for alphabet in _WESTERN),
    *((page, alphabet) for page in ("koi8_r", "cp866") for alphabet in _ALPHABETS["cp1251"]),
)
_RARER: Final[Mapping[str, float]] = {"cp1252": 0.0, "mac_roman": 2.0, "koi8_r": 2.5, "cp866": 2.5}
_RARE: Final = 1.0
"""How much rarer files in an encoding are than those in Windows-1252, as the logarithm of odds."""

_OPENING: Final = frozenset("“„‘‚«‹¿¡£§©№°")
_CLOSING: Final = frozenset("”»›…°™®²³½¼¾ªº¹")
_FREE: Final = frozenset("–—€•·×\u00a0\u00ad")
_JOINING: Final = frozenset("’·\u00ad")
"""Marks that stand before a word, behind one, apart from any, and between two letters."""

_NEVER_FIRST: Final = frozenset("ъьыς")
_WORD: Final = re.compile(rb"[A-Za-z]?[\x80-\xff][A-Za-z\x80-\xff]*")
"""A word from the letter before the first one beyond ASCII: those before that say nothing."""
_MOST_WORDS: Final = 2000
_SURE: Final = 0.8
_MARK: Final = math.log(0.02)
_NONSENSE: Final = math.log(0.0005)
_OTHERS: Final = "cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 koi8_u".split()
_NAMES: Final = {"mac_roman": "Mac Roman", "koi8_r": "KOI8-R", "koi8_u": "KOI8-U"}


@dataclass(frozen=True, slots=True)
class _Fit:
    page: str
    share: float
    """How much of what is beyond ASCII makes sense."""
    likelihood: float
    """How likely it is that somebody writes just that, as a logarithm."""


def likely_page(sample: bytes) -> str:
    """The encoding in which the words of a text make most sense; Windows-1252 where several do."""
    words = [found[0] for found, _ in zip(_WORD.finditer(sample), range(_MOST_WORDS), strict=False)]
    best = max((_fit(words, page, alphabet) for page, alphabet in _CANDIDATES), key=lambda fit: fit.likelihood)
    if best.share >= _SURE:
        return best.page
    told = charset_normalizer.from_bytes(sample[: 2**16], cp_isolation=[*_OTHERS, *_ALPHABETS, "mac_roman"]).best()
    return told.encoding if told is not None and told.encoding != "ascii" else best.page


def page_name(page: str) -> str:
    """How people call an encoding."""
    return _NAMES.get(page, page.replace("cp125", "Windows-125") if page.startswith("cp125") else page)


def _fit(words: list[bytes], page: str, alphabet: str) -> _Fit:
    letters = _likelihoods(alphabet)
    total = good = 0
    likelihood = -_RARER.get(page, _RARE)
    for word in words:
        try:
            text = word.decode(page)
        except UnicodeDecodeError:
            return _Fit(page, -1.0, -math.inf)
        for one in _sense(text, letters):
            total += 1
            good += one > _NONSENSE
            likelihood += one
    return _Fit(page, good / total if total else 0.0, likelihood)


def _likelihoods(alphabet: str) -> Mapping[str, float]:
    """Of each letter, as logarithms: the second one is half as common as the first, the third a third."""
    whole = sum(1 / rank for rank in range(1, len(alphabet) + 1))
    return {letter: -math.log(rank * whole) for rank, letter in enumerate(alphabet, start=1)}


def _sense(word: str, letters: Mapping[str, float]) -> Iterator[float]:
    """For each character of a word beyond ASCII, how likely it stands there."""
    for at, character in enumerate(word):
        if not character.isascii():
            before, after = word[at - 1 : at] if at else "", word[at + 1 : at + 2]
            yield _letter(character, before, after, letters) if character.isalpha() else _mark(character, before, after)


def _mark(character: str, before: str, after: str) -> float:
    is_known = character in _FREE or character in _JOINING
    if before.isalpha() and after.isalpha():
        is_known = character in _JOINING
    elif after.isalpha():
        is_known = is_known or character in _OPENING
    elif before.isalpha():
        is_known = is_known or character in _CLOSING
    else:
        is_known = is_known or character in _OPENING or character in _CLOSING
    return _MARK if is_known else _NONSENSE


def _letter(character: str, before: str, after: str, letters: Mapping[str, float]) -> float:
    if character in "ªº":
        return _mark(character, before, after)
    is_large_inside = character.isupper() and before.isalpha() and (before.islower() or after.islower())
    is_first = character in _NEVER_FIRST and not before.isalpha()
    if is_large_inside or is_first or _mixes_scripts(character, before, after):
        return _NONSENSE
    return letters.get(character.lower(), _NONSENSE)


def _mixes_scripts(character: str, before: str, after: str) -> bool:
    """Whether a letter that is not Latin stands beside a plain one."""
    return character > "\u0370" and any(beside.isascii() and beside.isalpha() for beside in (before, after))
