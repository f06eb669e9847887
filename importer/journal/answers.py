"""How the answer of a row becomes text in the journal, and the same answer again.

Only what a message says is kept: of a cell no more than is quoted of it, and nothing where its message quotes nothing.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from numbers import Integral
from typing import Any, Final

from importer.model import ErrorCell
from importer.problems import LONGEST_QUOTE, WORDINGS, Code, Column, Place, Problem, shown

_SIGN_IN: Final = re.compile(r"(?<=://)[^/?#\s]*@")
"""The user name and password of an address."""

_MOMENTS: Final = {kind.__name__: kind for kind in (datetime, date, time)}


def columns_text(columns: Iterable[Column]) -> str:
    """The columns of a sheet, for `columns_of`."""
    return _dumped([[one.letter, one.heading, one.field] for one in columns])


def columns_of(text: str) -> tuple[Column, ...]:
    """The columns of a sheet. Raises `ValueError` where the text says anything else."""
    return tuple(_column(one) for one in _list(json.loads(text)))


def problems_text(problems: Sequence[Problem], columns: Sequence[Column]) -> str | None:
    """The problems of a row whose sheet has these columns, for `problems_of`; None where there are none."""
    numbers = {column: number for number, column in enumerate(columns)}
    return _dumped([_of_problem(one, numbers) for one in problems]) if problems else None


def problems_of(
    text: str | None, columns: Sequence[Column], place: Place | None, row: int | None
) -> tuple[Problem, ...]:
    """The problems of a row. Raises `ValueError` where the text says anything else."""
    return () if text is None else tuple(_problem(one, columns, place, row) for one in _list(json.loads(text)))


def file_problems_value(problems: Iterable[Problem]) -> list[object]:
    """Problems of whole files as JSON can hold them, for `file_problems_of`."""
    return [[*_place(one.place), one.row, _of_problem(one, {})] for one in problems]


def file_problems_of(value: object) -> tuple[Problem, ...]:
    """Problems of whole files. Raises `ValueError` where the value says anything else."""
    return tuple(
        _problem(problem, (), None if file is None else Place(file=file, sheet=sheet, among=among or ""), row)
        for file, sheet, among, row, problem in _list(value)
    )


def _of_problem(problem: Problem, numbers: Mapping[Column, int]) -> list[object]:
    column = problem.column
    named = None if column is None else numbers.get(column, [column.letter, column.heading, column.field])
    details = {name: _kept(value) for name, value in problem.details.items()}
    value = _kept(_quoted(problem.value)) if "{value}" in WORDINGS[problem.code].template else None
    return [problem.code.value, named, value, details]


def _problem(found: Any, columns: Sequence[Column], place: Place | None, row: int | None) -> Problem:
    code, named, value, details = _list(found)
    column = columns[named] if isinstance(named, int) else None if named is None else _column(named)
    given = {name: _value(one) for name, one in details.items()}
    return Problem(code=Code(code), place=place, row=row, column=column, value=_value(value), details=given)


def _place(place: Place | None) -> tuple[str | None, str | None, str]:
    return (None, None, "") if place is None else (place.file, place.sheet, place.among)


def _column(found: Any) -> Column:
    letter, heading, field = _list(found)
    return Column(letter=letter, heading=heading, field=field)


def _quoted(value: object) -> object:
    """As much of a text as a message shows of it."""
    return shown(value) if isinstance(value, str) and len(value) > LONGEST_QUOTE else value


def _kept(value: object) -> object:
    """What JSON holds as it is, everything else named by its kind."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _SIGN_IN.sub("…@", value)
    if isinstance(value, Integral):  # a number of numpy
        return int(value)
    moment = next((name for name, kind in _MOMENTS.items() if type(value) is kind), None)
    return {"text": shown(value)} if moment is None else {moment: value.isoformat()}  # type: ignore[attr-defined]


def _value(kept: Any) -> object:
    if not isinstance(kept, dict):
        return kept
    ((kind, text),) = kept.items()
    return ErrorCell(text) if kind == "text" else _MOMENTS[kind].fromisoformat(text)


def _list(found: object) -> list[Any]:
    if not isinstance(found, list):
        raise ValueError(found)  # what reads a journal expects one error for all that is wrong in it
    return found


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
