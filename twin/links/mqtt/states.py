"""Series to publish, with units: of a Run (all that is known of a building), a district, or a meter file."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from twin.links.stored_meters import StoredMeters, series_bytes, series_files, utc_times
from twin.variables import REGISTRY

NET = "net_import_kw"
"""Import less export: what a meter of both directions says."""
METERED = (NET, "grid_import_kw", "grid_export_kw", "baseline_kw", "available_kw")
_ZONE = "Asia/Shanghai"
_SUFFIXES = {"_kw": "kW", "_kwh": "kWh", "_c": "degC", "_pu": "pu"}


@dataclass(frozen=True)
class Series:
    """What is known of a building or meter.

    Parameters
    ----------
    table : DataFrame, shape (n, columns)
        By interval start, tz-aware, regular; NaN where there is nothing to say.
    units : dict of str to str
        By column.
    """

    table: pd.DataFrame
    units: dict[str, str]

    @property
    def step(self) -> pd.Timedelta:
        """Length of an interval."""
        return pd.Timedelta(self.table.index[1] - self.table.index[0])


def read_series(path: Path) -> dict[str, Series]:
    """Read a source.

    Parameters
    ----------
    path : Path
        Folder of a Run or of a district's year, or a meter file.

    Returns
    -------
    dict of str to Series
        By name of the building or meter.

    Raises
    ------
    TwinError
        If there is nothing of the kind, or it was changed.
    """
    if not path.is_dir():
        meters = StoredMeters(path)
        return {name: _of_meter(meters.table(name)) for name in meters.names}
    found: dict[str, Series] = {}
    files = series_files(path)
    for file, digest in dict.fromkeys(files.values()):
        table = pq.read_table(io.BytesIO(series_bytes(path / file, digest)))
        if "building" not in table.column_names:
            (name,) = (name for name, where in files.items() if where[0] == file)
            found[name] = _of_building(table)
            continue
        for name in table["building"].unique().to_pylist():
            own = table.filter(pc.equal(table["building"], name)).drop_columns(["building"])
            found[name] = _of_building(own)
    return found


def _of_building(table: pa.Table) -> Series:
    index = utc_times(table["time"]).tz_convert(_ZONE)
    columns = {n: table[n].to_numpy().astype(float) for n in table.column_names if n != "time"}
    net = columns["grid_import_kw"] - columns["grid_export_kw"]
    return _with_units(pd.DataFrame({NET: net, **columns}, index))


def _of_meter(table: pd.DataFrame) -> Series:
    index = pd.DatetimeIndex(table.index).tz_convert(_ZONE)
    return _with_units(table.rename(columns={"kw": NET}).set_axis(index))


def _with_units(table: pd.DataFrame) -> Series:
    known = {name: variable.unit for name, variable in REGISTRY["building"].items()}
    units = {str(name): known.get(str(name), _by_suffix(str(name))) for name in table.columns}
    return Series(table, units)


def _by_suffix(name: str) -> str:
    return next((unit for suffix, unit in _SUFFIXES.items() if name.endswith(suffix)), "")


def payloads_of(series: Series, place: int) -> dict[str, str]:
    """JSON of one interval: `meter` and `state`, each left out where it has nothing to say.

    Parameters
    ----------
    series : Series
    place : int
        Number of the interval.

    Returns
    -------
    dict of str to str
        By last level of the topic.
    """
    start = pd.Timestamp(series.table.index[place])
    row = series.table.iloc[place].to_numpy()
    said: dict[str, dict[str, dict[str, float | str]]] = {"meter": {}, "state": {}}
    for name, value in zip(series.table.columns, row, strict=True):
        if np.isfinite(value):
            where = "meter" if name in METERED else "state"
            said[where][str(name)] = {"value": round(float(value), 6), "unit": series.units[str(name)]}
    stamps = {"start": start.isoformat(), "end": (start + series.step).isoformat()}
    return {
        kind: json.dumps({**stamps, "values": values}, ensure_ascii=False)
        for kind, values in said.items()
        if values
    }
