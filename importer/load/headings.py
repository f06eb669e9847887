"""What is said of a sheet whose headings cannot be used."""

from collections.abc import Iterable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Final

from importer.derive.columns import is_ours, missing, repeated
from importer.derive.guesses import guess_fields
from importer.entities import Entity
from importer.errors import HeadingError
from importer.problems import Column, Place, quoted

NOTHING_GUESSED: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_NAMED: Final = 20


def named(place: Place) -> str:
    """A file, or a sheet in it, as the sentence about it begins."""
    return place.file if place.sheet is None else f"{place.file}, sheet {place.sheet}"


def found(headings: Iterable[str], row: int = 1, guessed: Mapping[str, str] = NOTHING_GUESSED) -> str:
    """The headings of a sheet, each with what it may mean; their row where it is not the first."""
    given = [quoted(heading) + (f" ({guessed[heading]}?)" if heading in guessed else "") for heading in headings]
    more = ", …" if len(given) > _MOST_NAMED else ""
    where = "" if row == 1 else f" in row {row}"
    return f"found{where}: {', '.join(given[:_MOST_NAMED])}{more}"


def refuse_quoted_headings(headings: Sequence[str], place: Place) -> None:
    """Raise `HeadingError` where quotes stand round headings: in a CSV they are none behind a blank."""
    if sum(len(heading) > 2 and heading[0] == heading[-1] == '"' for heading in headings) > 1:
        raise HeadingError(
            named(place),
            f"blanks stand before quotes ({found(filter(None, headings))}), so that the quotes count as part of the "
            "text; take out these blanks, or save the file as CSV anew",
        )


def refuse_bad_headings(
    columns: Sequence[Column | None], chosen: Entity, place: Place, row: int, provided: Set[str], *, partial: bool
) -> None:
    """Raise `HeadingError` where a heading is given twice in the row of the headings, or a required one is missing.

    Of a `partial` sheet, which may hold no more than what changes, fewer are required.
    """
    for group in repeated(columns):
        where = "" if row == 1 else f" in row {row}"
        given = " and ".join(f"{quoted(column.heading)} (column {column.letter})" for column in group)
        means = f" for {group[0].field}" if group[0].field else ""
        # A report's own columns mean nothing that a mapping could leave out.
        otherwise = "" if is_ours(group[0].heading) else ", or leave one out with --mapping"
        raise HeadingError(
            named(place),
            f"a heading is given twice{means}{where}: {given}; keep one of them{otherwise}",
        )
    lacking = [_either(chosen, field.name) for field in missing(columns, chosen, provided, partial=partial)]
    if lacking:
        what = f"the column {lacking[0]} is" if len(lacking) == 1 else f"the columns {', '.join(lacking)} are"
        pronoun = "it" if len(lacking) == 1 else "them"
        headings = [column.heading for column in columns if column]
        unknown = [column.heading for column in columns if column and not column.field]
        taken = {column.field for column in columns if column and column.field}
        listed = found(headings, row, guess_fields(unknown, chosen, taken))
        raise HeadingError(
            named(place),
            f"{what} missing; every sheet of {chosen.kind} needs {pronoun} ({listed}). If another heading means "
            f"{'it' if len(lacking) == 1 else 'one of them'}: importer check FILE --suggest-mapping",
        )


def _either(entity: Entity, name: str) -> str:
    """The column as a message names it: that of a parent's number with the one that would do as well."""
    title = next((parent.title for parent in entity.named_parents if parent.id == name), None)
    return f"{name} (or {title})" if title else name
