"""The pandera schema of an entity: typed, nullable columns with the checks that its fields declare.

Columns come typed (`normalise` reads the cells), so nothing is coerced, and no check looks at more than one
column: rules across fields are not here.
"""

from collections.abc import Callable
from functools import cache, partial

import pandas as pd
import pandera.pandas as pa

from importer.derive.addresses import is_email, is_web_address, shows_type
from importer.derive.dtypes import dtype_of
from importer.entities import Entity, Field, Kind
from importer.problems import Code


@cache
def schema_of(entity: Entity) -> pa.DataFrameSchema:
    """The schema of an entity's typed rows. The name of each check is the code of the problem it finds."""
    return pa.DataFrameSchema(
        {
            field.name: pa.Column(dtype_of(field), checks=_checks(field), nullable=not field.required)
            for field in entity.columns
        },
        coerce=False,
        strict=True,
        name=entity.kind,
    )


def _checks(field: Field) -> list[pa.Check]:
    checks = []
    if field.minimum is not None:
        checks.append(pa.Check.ge(field.minimum, error=Code.TOO_SMALL.value))
    if field.choices:
        numbers = [choice.number for choice in field.choices]
        checks.append(pa.Check.isin(numbers, error=Code.NOT_A_CHOICE.value))
    if field.kind is Kind.WEB_ADDRESS:
        checks.append(_each(is_web_address, Code.NOT_A_WEB_ADDRESS))
    if field.is_email:
        checks.append(_each(is_email, Code.NOT_AN_EMAIL))
    if field.types:
        checks.append(_each(partial(shows_type, types=field.types), Code.NOT_A_PICTURE))
    return checks


def _each(holds: Callable[[str], bool], code: Code) -> pa.Check:
    def check(column: "pd.Series[str]") -> "pd.Series[bool]":
        return pd.Series([holds(text) for text in column.tolist()], index=column.index, dtype=bool)

    return pa.Check(check, error=code.value, ignore_na=True)
