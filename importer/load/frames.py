"""The cells of a sheet as a frame that holds just what the file holds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def frame(cells: dict[str, list[object]], rows: Sequence[int]) -> pd.DataFrame:
    """The columns of a sheet, which are taken out of `cells` so that they are held once.

    Index: `rows`, as int64, named "row". Columns: as given. Dtype: object.
    """
    index = pd.Index(np.asarray(rows, dtype=np.int64), name="row")
    columns = {}
    for name in list(cells):
        column = cells.pop(name)
        array = np.empty(len(column), dtype=object)
        array[:] = column
        columns[name] = pd.Series(array, index=index, dtype=object, copy=False)
    return pd.DataFrame(columns, index=index, copy=False)
