"""What follows once all buildings of a district are marched: shared assets, the balance, and their files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from twin.district.assets import Asset, SharedYear, march_shared
from twin.district.balance import balance
from twin.district.substations import Loads, sums_with
from twin.project import Loaded
from twin.store import RESIDUAL_LIMIT
from weather.errors import TwinError


class Behind(NamedTuple):
    """What stands behind the buildings of a district.

    Attributes
    ----------
    sums : DataFrame, shape (n, columns)
        Powers of all buildings together, with their substations at a loop [kW].
    balance : DataFrame, shape (n, columns)
        `twin.district.balance` [kW].
    substations_kw : ndarray (n, B, 2) or None
        Electricity of the substations at a loop in heating and in cooling [kW].
    files : dict of bytes
        Parquet by its name in the folder of the year.
    assets : list of dict
        Name, kind and figures of each shared asset.
    residual : float
        Largest of the shared assets [-].
    """

    sums: pd.DataFrame
    balance: pd.DataFrame
    substations_kw: NDArray[np.float64] | None
    files: dict[str, bytes]
    assets: list[dict[str, Any]]
    residual: float


def march_behind(loaded: Loaded, sums: pd.DataFrame, loads: Loads | None = None) -> Behind:
    """March what the buildings share, and reckon up the district.

    Parameters
    ----------
    loaded : Loaded
    sums : DataFrame, shape (n, columns)
        Powers of all buildings together [kW].
    loads : Loads, optional
        What each building asks of an ambient loop.

    Raises
    ------
    TwinError
        A balance that does not close, or equipment that is not there.
    """
    times = pd.DatetimeIndex(sums.index)
    if loaded.project.shared is None:
        table = balance(sums, {}, np.zeros(len(sums)))
        return Behind(sums, table, None, {"balance.parquet": _parquet(times, table)}, [], 0.0)
    year = march_shared(loaded.project, loaded.climate, sums, loads)
    if loads is not None and year.substations_kw is not None:
        sums = sums_with(sums, loads, year.substations_kw)
    if not year.residual <= RESIDUAL_LIMIT:
        raise TwinError(
            f"The balance of a shared asset is off by {year.residual:.1e}.",
            "Report it with the project: such a year is not kept.",
            key="shared",
        )
    table = balance(sums, year.columns, year.take_kw)
    files = {
        "balance.parquet": _parquet(times, table),
        "shared.parquet": _parquet(times, year.columns),
        "series/shared.parquet": _series(times, year),
    }
    assets = [{"name": a.name, "kind": a.kind, **_peaks(a), **a.figures} for a in year.assets]
    return Behind(sums, table, year.substations_kw, files, assets, year.residual)


def _peaks(asset: Asset) -> dict[str, float]:
    """What a feeder is laid out for."""
    return {"most_kw": float(asset.take_kw.max()), "least_kw": float(asset.take_kw.min())}


def _parquet(times: pd.DatetimeIndex, columns: Mapping[str, Any] | pd.DataFrame) -> bytes:
    named = {str(name): np.asarray(values, float) for name, values in columns.items()}
    arrays = [_stamps(times), *map(pa.array, named.values())]
    return _bytes(pa.Table.from_arrays(arrays, ["time", *named]))


def _series(times: pd.DatetimeIndex, year: SharedYear) -> bytes:
    """As the series of buildings: name, time, import, export, air conditioning and load [kW]."""
    stamps = _stamps(times)
    target = io.BytesIO()
    names = ("grid_import_kw", "grid_export_kw", "hvac_kw", "load_kw")
    schema = pa.schema(
        [pa.field("building", pa.string(), nullable=False), pa.field("time", stamps.type, nullable=False)]
        + [pa.field(name, pa.float32(), metadata={"unit": "kW"}) for name in names]
    )
    with pq.ParquetWriter(
        target, schema, version="2.6", compression="zstd", compression_level=3
    ) as writer:  # a row group for each, as of buildings
        for asset in year.assets:
            powers = (asset.take_kw.clip(0.0), (-asset.take_kw).clip(0.0), 0.0 * asset.take_kw, asset.load_kw)
            arrays = [pa.array(power.astype(np.float32)) for power in powers]
            name = pa.array([asset.name] * len(times))
            writer.write_table(pa.Table.from_arrays([name, stamps, *arrays], schema=schema))
    return target.getvalue()


def _stamps(times: pd.DatetimeIndex) -> pa.Array:
    return pa.array(times.as_unit("us").asi8, pa.timestamp("us", tz=str(times.tz)))


def _bytes(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, version="2.6", compression="zstd", compression_level=3)
    return target.getvalue()


def energy_kwh(table: pd.DataFrame, hours: float) -> dict[str, float]:
    """Energies of a balance [kWh], by column without its unit."""
    total: NDArray[np.float64] = table.to_numpy(dtype=float).sum(axis=0) * hours
    return {name.removesuffix("_kw"): float(value) for name, value in zip(table.columns, total, strict=True)}
