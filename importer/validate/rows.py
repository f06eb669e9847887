"""What is wrong with single rows, by their fields and across fields."""

from collections.abc import Mapping
from itertools import repeat
from typing import Final

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaError

from importer.derive.addresses import carries_sign_in, has_youtube_video, is_out_of_reach
from importer.derive.cells import example_of, listed
from importer.derive.schema import schema_of
from importer.entities import Field, Kind, NeededWith, NotWithYes, NumberOnlyWith, Parent, Rule, VideoNeeded
from importer.problems import Code, did_you_mean, quoted
from importer.validate.faults import Faults, objects

_NOT_TYPED: Final = "the rows are not what normalise gives"


def check_rows(faults: Faults) -> None:
    """Find what is wrong with the rows of a table, each by itself."""
    _check_fields(faults)
    for parent in faults.table.entity.parents:
        if parent.required:
            _check_parent(faults, parent)
    for rule in faults.table.entity.rules:
        _check_rule(faults, rule)
    _warn_of_addresses(faults)


# --- one field -------------------------------------------------------------------------------------------


def _check_fields(faults: Faults) -> None:
    """Find what the schema finds.

    Most sheets pass it. For one that does not, its checks are asked one by one which rows they mean: pandera's own
    list of every failure is sorted and worded once a column and once more as a whole, which nobody would read.
    """
    schema, rows = schema_of(faults.table.entity), faults.table.rows
    try:
        schema.validate(rows)
    except SchemaError as error:
        if not sum(_check_column(faults, column) for column in schema.columns.values()):
            raise ValueError(_NOT_TYPED) from error


def _check_column(faults: Faults, column: pa.Column) -> int:
    """Find what a column's schema finds; the number of cells."""
    name = str(column.name)
    values = faults.table.rows[name]
    found = [] if column.nullable else [(Code.MISSING, values.isna())]
    found += [(Code(check.error), ~check(values).check_output) for check in column.checks]
    details = _details(faults.table.entity.field(name))
    for code, wrong in found:
        faults.add(name, code, _rows(wrong), repeat(details.get(code, {})))
    return sum(int(wrong.sum()) for _, wrong in found)


def _warn_of_addresses(faults: Faults) -> None:
    """Warn of pictures that the service could not fetch, or only with a secret. What is worse was found before."""
    for field in faults.table.entity.fields:
        if field.kind is Kind.WEB_ADDRESS:
            column = faults.table.rows[field.name].dropna()
            rows = [int(row) for row in column.index]
            for code, is_so in (
                (Code.PICTURE_WITH_SIGN_IN, carries_sign_in),
                (Code.PICTURE_OUT_OF_REACH, is_out_of_reach),
            ):
                found = [row for row, address in zip(rows, column.tolist(), strict=True) if is_so(address)]
                faults.add(field.name, code, found, repeat({}))


def _details(field: Field) -> Mapping[Code, Mapping[str, object]]:
    """What the messages about a field's own checks say of it."""
    *others, last = field.types or ("",)
    return {
        Code.MISSING: {"such_as": f", such as {example_of(field)}"},
        Code.TOO_SMALL: {"minimum": field.minimum},
        Code.NOT_A_CHOICE: {
            "choices": listed(field.choices, words_only=field.words_only),
            "did_you_mean": did_you_mean(None),
        },
        Code.NOT_A_PICTURE: {"types": f"{', '.join(others)} or {last}" if others else last},
    }


def _check_parent(faults: Faults, parent: Parent) -> None:
    """Find the rows that do not name the record above them, neither by its number nor by its title."""
    names = [parent.id, *([parent.title] if parent.title else [])]
    nothing = faults.sound(*names) & faults.table.rows[names].isna().all(axis=1)
    name = next((name for name in names if faults.table.sheet.column(name).letter), parent.id)
    such_as = f", such as {example_of(faults.table.entity.field(name))}"
    other = f", or its title in {parent.title}" if name == parent.id and parent.title else ""
    faults.add(name, Code.MISSING, _rows(nothing), repeat({"such_as": such_as + other}))


# --- across fields ---------------------------------------------------------------------------------------


def _check_rule(faults: Faults, rule: Rule) -> None:
    match rule:
        case NumberOnlyWith():
            _check_number(faults, rule)
        case VideoNeeded():
            _check_video(faults, rule)
        case NotWithYes():
            _check_flag(faults, rule)
        case NeededWith():
            _check_needed(faults, rule)


def _rows(mask: "pd.Series[bool]") -> list[int]:
    """The rows for which a mask holds; where it is missing, it does not."""
    return [int(row) for row in mask.index[mask.fillna(False).to_numpy(dtype=bool)]]


def _check_number(faults: Faults, rule: NumberOnlyWith) -> None:
    rows = faults.table.rows
    number, choice = rows[rule.number].fillna(0), rows[rule.choice_field]
    sound = faults.sound(rule.number, rule.choice_field)
    other = faults.label(rule.choice_field)
    needed = {"other": other, "choice": rule.choice.name, "minimum": rule.minimum}
    few = _rows(sound & (choice == rule.choice.number) & (number < rule.minimum))
    cells = faults.cells(rule.number, few)
    blank = "the cell is empty" if faults.has_column(rule.number) else "the sheet has no such column"
    shown = (blank if cell is None else f"{quoted(cell)} is too few" for cell in cells)
    faults.add(rule.number, Code.DAYS_NEEDED, few, ({"found": found, **needed} for found in shown))
    for actual in faults.table.entity.field(rule.choice_field).choices:
        if actual != rule.choice:
            details = {"other": other, "actual": actual.name, "choice": rule.choice.name}
            rows_of_it = _rows(sound & (choice == actual.number) & (number > 0))
            faults.add(rule.number, Code.DAYS_NOT_USED, rows_of_it, repeat(details))


def _check_video(faults: Faults, rule: VideoNeeded) -> None:
    rows = faults.table.rows
    wanted = faults.sound(rule.body, rule.choice_field) & (rows[rule.choice_field] == rule.choice.number)
    details = {"other": faults.label(rule.choice_field), "choice": rule.choice.name}
    bodies = zip(_rows(wanted), objects(rows[rule.body][wanted.fillna(False)]), strict=True)
    without = [row for row, body in bodies if not (isinstance(body, str) and has_youtube_video(body))]
    faults.add(rule.body, Code.VIDEO_NEEDED, without, repeat(details))


def _check_flag(faults: Faults, rule: NotWithYes) -> None:
    rows = faults.table.rows
    both = faults.sound(rule.value, rule.flag) & rows[rule.value].notna() & rows[rule.flag]
    details = {"other": faults.label(rule.flag)}
    faults.add(rule.value, Code.PICTURE_AND_CLEAR, _rows(both), repeat(details))


def _check_needed(faults: Faults, rule: NeededWith) -> None:
    rows, sound = faults.table.rows, faults.sound(rule.value, rule.choice_field)
    without = sound & (rows[rule.choice_field] == rule.choice.number) & rows[rule.value].isna()
    about = {"other": faults.label(rule.choice_field), "choice": rule.choice.name}
    faults.add(rule.value, Code.NEEDED_WITH_CHOICE, _rows(without), repeat(about))
