"""Numbers that rows tell by something that people know: an instructor by the e-mail address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode

import pandas as pd

from importer.answers import Request, Unusable
from importer.api import read_id, read_list
from importer.derive.dtypes import typed
from importer.entities import ID, Lookup
from importer.errors import ImporterError
from importer.model import RowKey, Table
from importer.prepare import Prepared
from importer.problems import Code, Problem
from importer.service import Service

_PAGE: Final = 100
_MOST_PAGES: Final = 20

Found = tuple[int, ...] | str
"""The numbers of those who have an address, or why that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """The tables with the numbers filled in, and what is wrong with rows."""

    tables: tuple[Table, ...]
    problems: Mapping[RowKey, Problem] = field(default_factory=dict)


async def with_numbers(service: Service, prepared: Prepared) -> Prepared:
    """The same with the numbers that its rows tell otherwise; each address is asked for once.

    Raises `StoppedError` alone: where somebody cannot be looked up, that is a problem of the rows.
    """
    answers: dict[tuple[str, str], Found] = {}
    for table in prepared.tables:
        for lookup in table.entity.lookups:
            for row, address in table.rows[lookup.column.name].dropna().items():
                asked = lookup.path, str(address).casefold()
                if asked not in answers and prepared.is_good(table.key(int(str(row)))):
                    answers[asked] = await _numbers(service, lookup, str(address))
    if not answers:
        return prepared
    done = filled(prepared.tables, answers)
    found = {key: (*prepared.found.get(key, ()), problem) for key, problem in done.problems.items()}
    return replace(prepared, tables=done.tables, found={**prepared.found, **found})


async def _numbers(service: Service, lookup: Lookup, address: str) -> Found:
    numbers: set[int] = set()
    for page in range(1, _MOST_PAGES + 1):
        query = urlencode({f"{lookup.record}_{lookup.key}": address, "page": page, "size": _PAGE})
        request = Request(
            method="GET", path=f"/api/{lookup.path}?{query}", what="look a coworker up by e-mail address", role="List"
        )
        try:
            answer = read_list(await service.read(request, lookup.record))
        except ImporterError as error:
            return error.message.rstrip(".")
        if isinstance(answer, Unusable):
            return answer.reason
        for record in answer["Records"]:
            # Filters match parts of a text, so what they find is compared in full.
            number = read_id(record.get(ID)) if isinstance(record, dict) else None
            if number is not None and str(record.get(lookup.key) or "").strip().casefold() == address.casefold():
                numbers.add(number)
        if not answer["HasNextPage"]:
            return tuple(sorted(numbers))
    return "the list does not end"


def filled(tables: Sequence[Table], answers: Mapping[tuple[str, str], Found]) -> LookedUp:
    """The tables with the numbers that were found, and the problems of rows with none, several or another one."""
    problems: dict[RowKey, Problem] = {}
    done = []
    for table in tables:
        for lookup in table.entity.lookups:
            table = _filled(table, lookup, answers, problems)
        done.append(table)
    return LookedUp(tables=tuple(done), problems=problems)


def _filled(
    table: Table, lookup: Lookup, answers: Mapping[tuple[str, str], Found], problems: dict[RowKey, Problem]
) -> Table:
    numbers = dict(zip(table.rows.index.tolist(), table.rows[lookup.gives].tolist(), strict=True))
    for row, address in table.rows[lookup.column.name].dropna().items():
        number = int(str(row))
        found = answers.get((lookup.path, str(address).casefold()))
        if found is None:
            continue
        given = numbers[number]
        problem = _problem(table, lookup, number, str(address), found, None if given is pd.NA else int(given))
        if problem is not None:
            problems[table.key(number)] = problem
        elif not isinstance(found, str):
            numbers[number] = found[0]
    column = typed(table.entity.field(lookup.gives), list(numbers.values()))
    return replace(table, rows=table.rows.assign(**{lookup.gives: column}))


def _problem(table: Table, lookup: Lookup, row: int, address: str, found: Found, given: int | None) -> Problem | None:
    details: dict[str, object] = {}
    if isinstance(found, str):
        code, details = Code.COWORKER_NOT_SEEN, {"reason": found}
    elif not found:
        code = Code.COWORKER_UNKNOWN
    elif len(found) > 1:
        code, details = Code.COWORKER_AMBIGUOUS, {"ids": ", ".join(map(str, found)), "id_heading": lookup.gives}
    elif given not in (None, found[0]):
        code, details = Code.COWORKER_DISAGREES, {"id": found[0], "other": given, "id_heading": lookup.gives}
    else:
        return None
    column = table.sheet.column(lookup.column.name)
    return Problem(code=code, place=table.sheet.place, row=row, column=column, value=address, details=details)
