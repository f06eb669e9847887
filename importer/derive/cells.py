"""One cell read as a field declares it: a typed value, or the code of what is wrong with it."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from importer.entities import Choice, Field, Kind
from importer.model import ErrorCell, FormulaCell
from importer.problems import Code, did_you_mean

_NONE: Final[Mapping[str, object]] = MappingProxyType({})
_WHOLE: Final = re.compile(r"([+-]?)0*([0-9]+)(?:\.0*)?")
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = len(str(_LARGEST))
_NEAR: Final = 60.0
_YES: Final = frozenset({"true", "yes", "y", "1"})
_NO: Final = frozenset({"false", "no", "n", "0"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell was read as: a value (None if it is blank), or a code with its details."""

    value: str | int | bool | None = None
    code: Code | None = None
    details: Mapping[str, object] = dataclasses.field(default_factory=lambda: _NONE)


_BLANK: Final = Reading()


def read_cell(field: Field, cell: object) -> Reading:
    """Read a cell as its field's kind says. Never raises, whatever the cell holds."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return _BLANK
    if isinstance(cell, ErrorCell):
        return Reading(code=Code.ERROR_CELL)
    if isinstance(cell, FormulaCell):
        return Reading(code=Code.FORMULA_WITHOUT_VALUE)
    return _READERS[field.kind](field, cell)


def example_of(field: Field) -> str:
    """A value that a message can give as an example."""
    return field.example or str(max(field.minimum or 0, 1))


def listed(choices: tuple[Choice, ...]) -> str:
    """The choices as a message names them: `Immediate (1), Sequential (2)`."""
    return ", ".join(f"{choice.name} ({choice.number})" for choice in choices)


def whole_number(cell: object) -> int | None:
    """The whole number that a cell holds, as a number or as text; None where it holds none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else None
    found = _WHOLE.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None:
        return None
    # Python refuses to read thousands of digits; any number longer than 64 bits is too large all the same.
    number = int(found[2]) if len(found[2]) <= _DIGITS else 10**_DIGITS
    return -number if found[1] == "-" else number


def _read_whole(field: Field, cell: object) -> Reading:
    if isinstance(cell, date | time | timedelta):
        return Reading(code=Code.DATE_FOR_NUMBER, details={"example": example_of(field)})
    number = whole_number(cell)
    if number is None:
        return Reading(code=Code.NOT_WHOLE, details={"example": example_of(field)})
    if number > _LARGEST:
        return Reading(code=Code.TOO_LARGE, details={"example": example_of(field)})
    if number < -_LARGEST:
        return Reading(code=Code.TOO_SMALL, details={"minimum": field.minimum})
    return Reading(number)


def _read_yes_no(field: Field, cell: object) -> Reading:
    if isinstance(cell, bool):
        return Reading(cell)
    number = None if isinstance(cell, str) else whole_number(cell)
    word = cell.strip().casefold() if isinstance(cell, str) else str(number)
    if word in _YES or word in _NO:
        return Reading(word in _YES)
    return Reading(code=Code.NOT_YES_NO)


def _read_choice(field: Field, cell: object) -> Reading:
    number = whole_number(cell)
    if number is None and isinstance(cell, str):
        number = _numbers(field).get(_word(cell))
    if any(choice.number == number for choice in field.choices):
        return Reading(number)
    near = process.extractOne(_word(str(cell)), _numbers(field).keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    name = next((choice.name for choice in field.choices if near and _word(choice.name) == near[0]), None)
    return Reading(
        code=Code.NOT_A_CHOICE, details={"choices": listed(field.choices), "did_you_mean": did_you_mean(name)}
    )


@cache
def _numbers(field: Field) -> Mapping[str, int]:
    return {_word(choice.name): choice.number for choice in field.choices}


def _word(text: str) -> str:
    return " ".join(text.split()).casefold()


def _read_text(field: Field, cell: object) -> Reading:
    if isinstance(cell, datetime | date | time | timedelta):
        return Reading(code=Code.NOT_TEXT)
    return Reading(_text(cell).strip())


def _read_body(field: Field, cell: object) -> Reading:
    return Reading(cell) if isinstance(cell, str) else _read_text(field, cell)


def _text(cell: object) -> str:
    """A cell as text the way a spreadsheet shows it: 7 and not 7.0, TRUE and not True."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= _LARGEST:
        return str(int(cell))
    return str(cell)


_READERS: Final[Mapping[Kind, Callable[[Field, object], Reading]]] = MappingProxyType(
    {
        Kind.TEXT: _read_text,
        Kind.BODY: _read_body,
        Kind.WHOLE: _read_whole,
        Kind.YES_NO: _read_yes_no,
        Kind.CHOICE: _read_choice,
        Kind.WEB_ADDRESS: _read_text,
    }
)
