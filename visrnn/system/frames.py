"""Tables as pandas DataFrames, from where one is read to where it is drawn or written.

Columns are pyarrow-backed (pandas.ArrowDtype), so that a frame keeps the schema of its file: a
whole number that may be missing stays one (8, not 8.0), a missing one is pandas.NA, and a list
stays a list. It is apart from visrnn.system.files, for not every job has to import pandas.
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from visrnn.system.files import read_table


def read_frame(path: str | Path) -> pd.DataFrame:
    """Any Parquet table of a study as a DataFrame. Raises InputError when it is damaged.

    >>> losses = read_frame("results/python_prose/analysis/losses.parquet")  # doctest: +SKIP
    >>> losses.groupby("cell")["loss"].min()  # doctest: +SKIP
    """
    return to_frame(read_table(path))


def build_frame(data: list[dict] | Mapping | pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """A DataFrame with the columns and types of `schema`, from rows or from columns by name.

    NaN counts as missing, and so does what a row leaves out.

    >>> build_frame([{"n": 8}, {"n": None}], pa.schema([("n", pa.int32())]))
          n
    0     8
    1  <NA>
    """
    columns = (
        {name: [row.get(name) for row in data] for name in schema.names}
        if isinstance(data, list)
        else data
    )
    arrays = [pa.array(columns[field.name], field.type, from_pandas=True) for field in schema]
    return to_frame(pa.Table.from_arrays(arrays, schema=schema))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a DataFrame with the same types."""
    return table.to_pandas(types_mapper=pd.ArrowDtype)
