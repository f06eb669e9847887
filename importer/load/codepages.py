"""Which single-byte encoding a text is written in, told from the words that each of them makes of its bytes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import charset_normalizer

_ALPHABETS: Final = {
    "cp1252": (
        "äöüßé",
        "àâæçéèêëîïôœùûüÿ",
        "áéíóúñü",
        "áâãàçéêíóôõú",
        "àèéìíîòóùú",
        "åäöæøéü",
        "áðéíóúýþæö",
        "áéëèïíóöúüê",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ"),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
    "cp1254": ("çğıiöşü",),
}
"""The letters of the languages that each Windows encoding is for, beyond the plain ones; the likeliest first."""

_CANDIDATES: Final = (
    *((page, alphabet) for page, alphabets in _ALPHABETS.items() for alphabet in alphabets),
    *(("mac_roman", alphabet) for alphabet in _ALPHABETS["cp1252"]),
    *((page, alphabet) for page in ("koi8_r", "cp866") for alphabet in _ALPHABETS["cp1251"]),
)
_MARKS: Final = frozenset("“”„‘’‚–—…€£«»‹›°§©®™·•¿¡²³½¼¾ªº×\u00a0\u00ad№")
_JOINING: Final = frozenset("’·\u00ad")
"""Marks that also stand between two letters."""

_WORD: Final = re.compile(rb"[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS: Final = 2000
_SURE: Final = 0.8
_OTHERS: Final = "cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 koi8_u".split()
_NAMES: Final = {"mac_roman": "Mac Roman", "koi8_r": "KOI8-R", "koi8_u": "KOI8-U"}


@dataclass(frozen=True, slots=True)
class _Fit:
    page: str
    share: float
    """How much of what is beyond ASCII makes sense."""


def likely_page(sample: bytes) -> str:
    """The encoding in which the words of a text make most sense; Windows-1252 where several do."""
    words = [found[0] for found, _ in zip(_WORD.finditer(sample), range(_MOST_WORDS), strict=False)]
    best = max((_fit(words, page, alphabet) for page, alphabet in _CANDIDATES), key=lambda fit: fit.share)
    if best.share >= _SURE:
        return best.page
    told = charset_normalizer.from_bytes(sample[: 2**16], cp_isolation=[*_OTHERS, *_ALPHABETS, "mac_roman"]).best()
    return told.encoding if told is not None and told.encoding != "ascii" else best.page


def page_name(page: str) -> str:
    """How people call an encoding."""
    return _NAMES.get(page, page.replace("cp125", "Windows-125") if page.startswith("cp125") else page)


def _fit(words: list[bytes], page: str, alphabet: str) -> _Fit:
    good = total = 0
    for word in words:
        try:
            text = word.decode(page)
        except UnicodeDecodeError:
            return _Fit(page, -1.0)
        for made_sense in _sense(text, alphabet):
            total += 1
            good += made_sense
    return _Fit(page, good / total if total else 0.0)


def _sense(word: str, alphabet: str) -> Iterator[bool]:
    """For each character of a word beyond ASCII, whether it makes sense where it stands."""
    for at, character in enumerate(word):
        if character.isascii():
            continue
        before, after = word[at - 1 : at], word[at + 1 : at + 2]
        if character in _MARKS:
            yield character in _JOINING or not (before.isalpha() and after.isalpha())
        elif character.isupper() and before.islower():
            yield False
        else:
            yield character.lower() in alphabet and not _mixes_scripts(character, before, after)


def _mixes_scripts(character: str, before: str, after: str) -> bool:
    """Whether a letter that is not Latin stands beside a plain one."""
    return character > "\u0370" and any(beside.isascii() and beside.isalpha() for beside in (before, after))
