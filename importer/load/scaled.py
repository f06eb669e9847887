"""Number formats that show something else than the number that a cell holds: 1 as 100%, 7 as 007, 5 as 5 kg."""

import operator
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from defusedxml import ElementTree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from importer.derive.cells import number_as_text
from importer.load.cells import cleaned
from importer.model import ScaledCell

_STYLES: Final = "xl/styles.xml"
_PLAIN: Final = frozenset({"", "general", "@"})
_LONGEST: Final = 255
"""Characters that a number format has at most, and so what is between its brackets."""
_PIECE: Final = re.compile(
    r'"(?P<text>[^"]*)"?|\\(?P<sign>.)|(?P<room>_.)|(?P<fill>\*.)|\[\$(?P<money>[^\]-]{0,255})(?:-[^\]]{0,255})?\]'
    r"|\[(?P<condition>[<>=][^\]]{0,255})\]|(?P<colour>\[[^\]]{0,255}\])|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*,*)?|\.[0#?]+)"
    r"|(?P<general>general)|(?P<unclear>[E/@?])|(?P<next>;)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_LATER: Final = re.compile(r",+\Z")
"""Commas that end the digits: each leaves three of them out."""
_SIGNS: Final = 3
"""Parts of a format: for what is more than nothing, for less, for nothing."""
_MOST_PERCENT: Final = 100
_EXACT_BELOW: Final = 1e15
_EXACT_PLACES: Final = 12
_CONDITION: Final = re.compile(r"(<=|>=|<>|[<>=])\s*(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)\s*")
_COMPARED: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "<>": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
_PLAIN_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_PERCENT_TEXT: Final = re.compile(r"[0-9](?:[.,]([0-9]{1,11}))?\s?%")
_WRITTEN: Final = re.compile(r"(?P<sign>[-\u2212])?(?P<digits>[0-9]{1,300}(?:[.,'\u2019\s][0-9]{1,300})*)")
_MARK: Final = re.compile(r"[.,'\u2019\s]")


@dataclass(frozen=True, slots=True)
class _Section:
    """What a number format does with numbers of one sign: its pieces, by what they are."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def condition(self) -> str | None:
        """Of which numbers it says that they are to be shown so; None where it says nothing."""
        return next((text for kind, text in self.pieces if kind == "condition"), None)

    @property
    def is_unclear(self) -> bool:
        """Whether it writes numbers in a way that is not worked out here: fractions, powers of ten, conditions."""
        kinds = [kind for kind, _ in self.pieces]
        return "unclear" in kinds or "condition" in kinds or kinds.count("digits") > 1

    @property
    def of_whole_numbers(self) -> "_Section":
        """The same without a fraction that it leaves blank for them; itself where it writes one all the same."""
        bar = next((at for at, piece in enumerate(self.pieces) if piece == ("unclear", "/")), 0)
        above, below = self.pieces[bar - 1 : bar], self.pieces[bar + 1 : bar + 2]
        is_left_blank = all(kind == "digits" and not text.strip("#?") for kind, text in (*above, *below))
        before = self.pieces[: max(0, bar - 1)]
        if is_left_blank and any(kind == "digits" for kind, _ in before):
            return _Section((*before, *self.pieces[bar + 2 :]))
        return self


def scaling_styles(archive: zipfile.ZipFile) -> Mapping[int, str]:
    """The number formats that may show something else, by the number of the cell style that has each."""
    part = next((name for name in archive.namelist() if name.lower() == _STYLES), None)
    if part is None:
        return {}
    root = ElementTree.fromstring(archive.read(part))
    forms: dict[int, str] = dict(BUILTIN_FORMATS)
    for node in root.iterfind("{*}numFmts/{*}numFmt"):
        forms[int(node.get("numFmtId", "0"))] = node.get("formatCode", "")
    used = [forms.get(int(node.get("numFmtId", "0")), "") for node in root.iterfind("{*}cellXfs/{*}xf")]
    return {style: form for style, form in enumerate(used) if scales(form)}


def scales(form: str) -> bool:
    """Whether a number format may show something else than the number; those of dates are none of these."""
    return form.strip().lower() not in _PLAIN and not is_date(form)


def is_date(form: str) -> bool:
    """Whether a number format is that of a date or a time."""
    return len(form) <= _LONGEST and is_date_format(form)


@lru_cache(maxsize=4096)
def scaled(number: float, form: str) -> ScaledCell | None:
    """What a cell shows of its number under a number format; None where it shows the number as it is."""
    held = cleaned(number)
    if not isinstance(held, int | float):
        return None
    plain = number_as_text(held)
    section, amount = _section_for(number, form)
    if isinstance(held, int):
        section = section.of_whole_numbers
    if section.is_unclear:
        return ScaledCell(number=held, text="", form=form)
    text, value = _shown(section, amount)
    if text == plain:
        return None
    return ScaledCell(number=held, text=text, form=form, is_dressed=value == number)


def shown(number: float, text: str) -> ScaledCell | None:
    """A cell whose text is known; None where that is its number as it is, or there is none."""
    held = cleaned(number)
    if not text or not isinstance(held, int | float) or text == number_as_text(held):
        return None
    found = _WRITTEN.search(text)
    read = _read(found) if found else {}
    places = next((places for value, places in read.items() if _rounds_to(held, value, places)), None)
    form = _literally(text, held) if found is None or places is None else _form_of(text, found, places)
    return ScaledCell(number=held, text=text, form=form, is_dressed=held in read)


def percentage(number: float, text: str) -> ScaledCell | None:
    """A cell with a number that is shown in percent, as this text where there is one."""
    found = _PERCENT_TEXT.search(text)
    cell = scaled(number, "0" + ("." + "0" * len(found[1]) if found and found[1] else "") + "%")
    return replace(cell, text=text) if cell and text else cell


def _read(found: re.Match[str]) -> Mapping[float, int]:
    """The numbers that a person may read in a text: its last mark may part thousands from others, or a fraction.

    Each has the number of its decimal places; the likelier one is the first.
    """
    *others, last = _MARK.split(found["digits"])
    whole = "".join(others)
    sign = -1.0 if found["sign"] else 1.0
    as_whole = (sign * float(whole + last), 0)
    if not others:
        return dict([as_whole])
    as_fraction = (sign * float(f"{whole}.{last}"), len(last))
    is_fraction = len(last) != 3 or len(set(_MARK.findall(found["digits"]))) > 1
    return dict([as_fraction, as_whole] if is_fraction else [as_whole, as_fraction])


def _rounds_to(number: float, value: float, places: int) -> bool:
    has_sign = (number < 0) == (value < 0)
    return has_sign and (
        number == value or (places < _EXACT_PLACES and float(_rounded(abs(number), places)) == abs(value))
    )


def _form_of(text: str, found: re.Match[str], places: int) -> str:
    """A number format that shows a number the way it is shown in this text."""
    *groups, last = _MARK.split(found["digits"])
    if places:
        digits = ("#,##0." if len(groups) > 1 else "0.") + "0" * places
    else:
        digits = "#,##0" if groups else "0" * (len(last) if last.startswith("0") else 1)
    return _literal(text[: found.start()]) + digits + _literal(text[found.end() :])


def _literally(text: str, number: float) -> str:
    """A number format that shows this number as a text, and others as they are, so that the cell can be corrected."""
    plain = number_as_text(number)
    if number < 0 or not _PLAIN_NUMBER.fullmatch(plain):
        return ";".join([_literal(text)] * _SIGNS)
    return f"[={plain}]{_literal(text)};General"


def _literal(text: str) -> str:
    return "".join(f"\\{character}" for character in text)


@lru_cache
def _sections(form: str) -> tuple[_Section, ...]:
    return tuple(_split(form))


def _split(form: str) -> Iterator[_Section]:
    pieces: list[tuple[str, str]] = []
    for found in _PIECE.finditer(form):
        kind = found.lastgroup or ""
        if kind == "next":
            yield _Section(tuple(pieces))
            pieces = []
        else:
            pieces.append((kind, found[kind]))
    yield _Section(tuple(pieces))


def _section_for(number: float, form: str) -> tuple[_Section, float]:
    """The part of a format that shows a number, and the number as it does: one of its own leaves the sign out."""
    sections = _sections(form)
    if any(section.condition for section in sections):
        return _under_condition(sections, number), number
    if number < 0 and len(sections) > 1:
        return sections[1], -number
    return sections[2] if number == 0 and len(sections) > 2 else sections[0], number


def _under_condition(sections: Sequence[_Section], number: float) -> _Section:
    """The first part whose condition holds, or that has none; one whose condition is unclear stays so.

    How programs write the sign of numbers below zero then is not worked out.
    """
    for section in sections:
        if section.condition is None and number >= 0:
            return section
        found = _CONDITION.fullmatch(section.condition or "")
        if found is None or number < 0:
            break
        if _COMPARED[found[1]](number, float(found[2])):
            return _Section(tuple(piece for piece in section.pieces if piece[0] != "condition"))
    return next(section for section in sections if section.condition is not None)


def _shown(section: _Section, number: float) -> tuple[str, float | None]:
    """A number as the section shows it, and the number that a person reads there; None where that is none."""
    percents = min(_MOST_PERCENT, sum(kind == "other" and text == "%" for kind, text in section.pieces))
    value: float | None = None
    parts = []
    for kind, text in section.pieces:
        if kind == "digits":
            digits, value = _digits(text, abs(number) * 100.0**percents)
            parts.append(digits)
        elif kind == "general":
            parts.append(number_as_text(cleaned(abs(number))))
            value = abs(number)
        elif kind in ("text", "sign", "money", "other"):
            parts.append(text)
        elif kind == "room":
            parts.append(" ")
    sign = "-" if number < 0 else ""
    is_below = bool(sign) or any(text == "-" for kind, text in section.pieces if kind in ("sign", "other"))
    read = None if value is None else (-value if is_below else value)
    return (sign + "".join(parts)).strip(), read


def _digits(pattern: str, amount: float) -> tuple[str, float]:
    """An amount in the digits that a pattern such as `#,##0.0` gives it, and what these amount to."""
    whole, dot, fraction = pattern.partition(".")
    left_out = len((_LATER.search(fraction or whole) or [""])[0])
    amount /= 1000.0**left_out
    whole, fraction = whole.rstrip(",") if not dot else whole, fraction.rstrip(",")
    rounded = _rounded(amount, len(fraction))
    digits, _, decimals = rounded.partition(".")
    least = len(fraction.rstrip("#?"))
    decimals = decimals[:least] + decimals[least:].rstrip("0")
    digits = digits.lstrip("0").zfill(whole.count("0"))
    if "," in whole:
        digits = f"{int(digits or 0):,}" if digits.isdecimal() or not digits else digits
    return digits + dot + decimals, float(rounded)


def _rounded(amount: float, places: int) -> str:
    """As spreadsheets round: a half goes up."""
    if amount < _EXACT_BELOW and places < _EXACT_PLACES:
        return str(Decimal(repr(amount)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
    return f"{amount:.{places}f}"
