"""One cell read as a field declares it: a typed value, or the code of what is wrong with it."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from importer.derive.cell_words import word_of
from importer.derive.error_words import is_error_word
from importer.derive.lookalikes import folded_word, latin, lookalikes, shows_nothing, without_unseen
from importer.entities import (
    ACTION,
    CLEAR,
    FILL_IN,
    IS_SECTION,
    LARGEST_WHOLE,
    RECORD_ID,
    UPDATED_ON,
    Choice,
    Field,
    Kind,
)
from importer.model import ErrorCell, FormulaCell, ScaledCell
from importer.problems import Code, did_you_mean, quoted

_NONE: Final[Mapping[str, object]] = MappingProxyType({})
_WHOLE: Final = re.compile(r"([+-]?)0*([0-9]+)(?:\.0*)?")
_SEPARATED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:([,.'\u2019\s])[0-9]{3})(?:\1[0-9]{3})*")
"""`1,000` or `1.000`: a thousand to one person and one to another."""
_FULL_WIDTH: Final = {0xFF10 + digit: str(digit) for digit in range(10)}
_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff\ud800-\udfff]")
"""Controls, halves of characters (bytes that could not be decoded), and what stands for a character that got lost."""
_AROUND: Final = 12
"""Characters on either side of such a one that a message shows."""
_LOST: Final = "\N{REPLACEMENT CHARACTER}"
_DIGITS_KEPT: Final = 15
_KEPT_BELOW: Final = 10**_DIGITS_KEPT
"""Spreadsheets keep fifteen digits of a number; what comes after them is not what was typed."""
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = len(str(_LARGEST))
_NEAR: Final = 60.0
"""Likeness in percent from which a choice is worth suggesting."""

_TEXTS: Final = frozenset({Kind.TEXT, Kind.BODY, Kind.WEB_ADDRESS})
_YES: Final = frozenset({"true", "yes", "y", "1"})
_NO: Final = frozenset({"false", "no", "n", "0"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell was read as: a value (None if it is blank), or a code with its details."""

    value: str | int | bool | None = None
    code: Code | None = None
    details: Mapping[str, object] = dataclasses.field(default_factory=lambda: _NONE)
    clears: bool = False
    """Whether it says that the field is to be emptied."""


Reader = Callable[[object], Reading]
"""Reads a cell; never raises, whatever the cell holds."""

_BLANK: Final = Reading()
_CLEAR: Final = Reading(clears=True)
_ERROR: Final = Reading(code=Code.ERROR_CELL)
_FORMULA: Final = Reading(code=Code.FORMULA_WITHOUT_VALUE)
_INVISIBLE: Final = Reading(code=Code.NOTHING_SEEN)
_LEFT: Final = {FILL_IN: Reading(code=Code.LEFT_TO_FILL_IN), IS_SECTION: Reading(code=Code.NOT_A_SECTION)}
"""The words of an errors file, where they say nothing else."""
_ROUNDED: Final = Reading(code=Code.NUMBER_ROUNDED)


@cache
def reader_of(field: Field) -> Reader:
    """What reads the cells of a field."""
    read_filled = _READERS[field.kind](field)
    can_clear = field not in (RECORD_ID, ACTION, UPDATED_ON)

    def read(cell: object) -> Reading:
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return _BLANK
        if isinstance(cell, ErrorCell):
            return _ERROR
        if isinstance(cell, FormulaCell):
            return _FORMULA
        if isinstance(cell, ScaledCell):
            return read_filled(cell.number) if _is_seen(cell, field.kind) else _shown_otherwise(cell, field.kind)
        return (_special(cell, can_clear) if isinstance(cell, str) else None) or read_filled(cell)

    return read


def _is_seen(cell: ScaledCell, kind: Kind) -> bool:
    """Whether the number is what a person sees; a yes or no may show as a word, in any language."""
    if kind is Kind.YES_NO and cell.text and not any(map(str.isdigit, cell.text)):
        return True
    return cell.is_dressed and kind not in _TEXTS


def _shown_otherwise(cell: ScaledCell, kind: Kind) -> Reading:
    details = {"number": quoted(cell.number), "kind": "Text" if kind in _TEXTS else "Number"}
    if cell.text:
        return Reading(code=Code.SHOWN_OTHERWISE, details=details)
    return Reading(code=Code.FORMAT_UNCLEAR, details={**details, "form": quoted(cell.form)})


def _special(cell: str, can_clear: bool) -> Reading | None:
    """What a text means or lacks whatever the field is."""
    word = word_of(cell)
    if word in _LEFT:
        return _LEFT[word]
    return _CLEAR if can_clear and word == CLEAR else _odd(cell)


def is_clean(cell: str) -> bool:
    """Whether a text has no character that belongs to no text."""
    return (cell.isprintable() and _LOST not in cell) or _ODD.search(cell) is None


def _odd(cell: str) -> Reading | None:
    """What is wrong with a text that has a character of no text in it; None where there is none."""
    found = None if is_clean(cell) else _ODD.search(cell)
    if found is None:
        return None
    code = Code.CONTROL_CHARACTER
    if "\ud800" <= found[0] <= "\udfff":
        code = Code.UNREADABLE_CHARACTER
    elif found[0] >= _LOST:
        code = Code.LOST_CHARACTER
    around = cell[max(0, found.start() - _AROUND) : found.end() + _AROUND]
    return Reading(code=code, details={"around": quoted(around)})


def example_of(field: Field) -> str:
    """A value that a message can give as an example."""
    return field.example or str(max(field.minimum or 0, 1))


def listed(choices: tuple[Choice, ...], *, words_only: bool = False) -> str:
    """The choices as a message names them: `Immediate (1), Sequential (2)`."""
    return ", ".join(choice.name if words_only else f"{choice.name} ({choice.number})" for choice in choices)


def _digits(cell: str) -> str:
    """A number as it looks: without what nobody sees, in digits of one width."""
    return cell.strip() if cell.isascii() else without_unseen(cell).translate(_FULL_WIDTH).strip()


def _is_rounded(cell: object) -> bool:
    return isinstance(cell, int | float) and abs(cell) >= _KEPT_BELOW


def whole_number(cell: object) -> int | None:
    """The whole number that a cell holds, as a number or as text; None where it holds none."""
    if isinstance(cell, str):
        text = _digits(cell)
        found = _WHOLE.fullmatch(text)
        if found is None or _SEPARATED.fullmatch(text):
            return None
        # Python refuses to read thousands of digits; any number longer than 64 bits is too large all the same.
        number = int(found[2]) if len(found[2]) <= _DIGITS else 10**_DIGITS
        return -number if found[1] == "-" else number
    if isinstance(cell, bool):
        return None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    return cell if isinstance(cell, int) else None


def _whole_reader(field: Field) -> Reader:
    example = {"example": example_of(field)}
    is_date = Reading(code=Code.DATE_FOR_NUMBER, details=example)
    not_whole = Reading(code=Code.NOT_WHOLE, details=example)
    too_large = Reading(code=Code.TOO_LARGE, details={**example, "largest": LARGEST_WHOLE})
    too_small = Reading(code=Code.TOO_SMALL, details={"minimum": field.minimum})

    def read(cell: object) -> Reading:
        number = whole_number(cell)
        if number is None:
            return _separated(cell, field) or (is_date if isinstance(cell, date | time | timedelta) else not_whole)
        if number > LARGEST_WHOLE:
            return too_large
        return Reading(number) if number >= -LARGEST_WHOLE else too_small

    return read


def _separated(cell: object, field: Field) -> Reading | None:
    """What is wrong with a number that has separators between its digits; None where it has none."""
    text = _digits(cell) if isinstance(cell, str) else ""
    found = _SEPARATED.fullmatch(text)
    if found is None:
        return None
    return Reading(
        code=Code.SEPARATED_NUMBER, details={"plain": text.replace(found[1], ""), "example": example_of(field)}
    )


def _yes_no_reader(_: Field) -> Reader:
    readings = {word: Reading(True) for word in _YES} | {word: Reading(False) for word in _NO}
    neither = Reading(code=Code.NOT_YES_NO)

    def read(cell: object) -> Reading:
        if isinstance(cell, bool):
            return Reading(cell)
        word = folded_word(cell) if isinstance(cell, str) else str(whole_number(cell))
        return readings.get(word, neither)

    return read


def _choice_reader(field: Field) -> Reader:
    numbers = {folded_word(choice.name): choice.number for choice in field.choices}
    names = {folded_word(choice.name): choice.name for choice in field.choices}
    readings: dict[int | None, Reading] = {number: Reading(number) for number in numbers.values()}
    choices = listed(field.choices, words_only=field.words_only)

    def read(cell: object) -> Reading:
        number = numbers.get(folded_word(cell)) if isinstance(cell, str) else None
        by_number = None if field.words_only else whole_number(cell)
        reading = readings.get(by_number if number is None else number)
        if reading is not None:
            return reading
        word = latin(folded_word(cell))
        near = process.extractOne(word, names.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
        suggestion = did_you_mean(names[near[0]], lookalikes(str(cell))) if near else did_you_mean(None)
        return Reading(code=Code.NOT_A_CHOICE, details={"choices": choices, "did_you_mean": suggestion})

    return read


def _text_reader(field: Field) -> Reader:
    not_text = Reading(code=Code.NOT_TEXT)

    def read(cell: object) -> Reading:
        if isinstance(cell, date | time | timedelta):
            return not_text
        if isinstance(cell, str) and field.kind is not Kind.WEB_ADDRESS:
            if is_error_word(cell):
                return Reading(cell.strip(), code=Code.ERROR_AS_TEXT)
            if shows_nothing(cell):
                return _INVISIBLE
        return _ROUNDED if _is_rounded(cell) else Reading(number_as_text(cell).strip())

    return read


def _body_reader(field: Field) -> Reader:
    read_text = _text_reader(field)

    def read(cell: object) -> Reading:
        return Reading(cell) if isinstance(cell, str) and not is_error_word(cell) else read_text(cell)

    return read


def _moment_reader(_: Field) -> Reader:
    def read(cell: object) -> Reading:
        # Some programs make a date of the text that an export wrote.
        return Reading(cell.isoformat() if isinstance(cell, date | time) else number_as_text(cell).strip())

    return read


def number_as_text(cell: object) -> str:
    """A cell as text the way a spreadsheet shows it: 7 and not 7.0, 0.3 and not 0.30000000000000004, TRUE, not True."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) <= _LARGEST else f"{cell:.{_DIGITS_KEPT}g}"
    return str(cell)


_READERS: Final[Mapping[Kind, Callable[[Field], Reader]]] = MappingProxyType(
    {
        Kind.TEXT: _text_reader,
        Kind.BODY: _body_reader,
        Kind.WHOLE: _whole_reader,
        Kind.YES_NO: _yes_no_reader,
        Kind.CHOICE: _choice_reader,
        Kind.WEB_ADDRESS: _text_reader,
        Kind.MOMENT: _moment_reader,
    }
)
