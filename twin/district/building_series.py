"""Series of a district's buildings as they are written: Parquet, a row group for each building."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

SERIES = ("grid_import_kw", "grid_export_kw", "hvac_kw", "load_kw")
"""What is kept of every building at every step; its load is that of its end uses and vehicles."""


def series_bytes(names: Sequence[str], times: pd.DatetimeIndex, powers: NDArray[np.float32]) -> bytes:
    """Parquet of the series of a part: building, time, `SERIES`; a row group for each building.

    Parameters
    ----------
    names : sequence of str
    times : DatetimeIndex (n,)
    powers : ndarray (B, len(SERIES), n)
        [kW].
    """
    stamps = pa.array(times.as_unit("us").asi8, pa.timestamp("us", tz=str(times.tz)))
    schema = pa.schema(
        [pa.field("building", pa.string(), nullable=False), pa.field("time", stamps.type, nullable=False)]
        + [pa.field(name, pa.float32(), metadata={"unit": "kW"}) for name in SERIES]
    )
    target = io.BytesIO()
    with pq.ParquetWriter(
        target,
        schema,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=["building"],
        column_encoding=dict.fromkeys(SERIES, "BYTE_STREAM_SPLIT") | {"time": "DELTA_BINARY_PACKED"},
    ) as writer:
        for name, own in zip(names, powers, strict=True):
            arrays = [pa.repeat(name, len(times)), stamps, *map(pa.array, own)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return target.getvalue()
