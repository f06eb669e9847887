"""The dtype that each kind of field has in a `Table`."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype

from importer.entities import Field, Kind

TEXT: Final = pd.StringDtype("python")
"""Text as Python strings: missing is `pd.NA`, and pyarrow is not needed."""

_DTYPES: Final[Mapping[Kind, ExtensionDtype]] = MappingProxyType(
    {
        Kind.WHOLE: pd.Int64Dtype(),
        Kind.CHOICE: pd.Int64Dtype(),
        Kind.YES_NO: pd.BooleanDtype(),
    }
)


def dtype_of(field: Field) -> ExtensionDtype:
    """The dtype of a field's column in a `Table`."""
    return _DTYPES.get(field.kind, TEXT)


def typed(field: Field, values: Sequence[object]) -> ExtensionArray:
    """The values of a field as the array of its dtype; None is missing."""
    return pd.array(values, dtype=dtype_of(field))  # type: ignore[call-overload,no-any-return]  # dtype known at run time
