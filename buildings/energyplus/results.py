"""Zone series from the engine's SQL file.

Rates are means over the step, as EnergyPlus reports them. Temperatures and humidity are EnergyPlus' mean over
the zone's step, which is the value at its end (EnergyPlus holds one value per step). A row is stamped with
the START of its step, as everywhere in this project.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.errors import TwinError

_FREQUENCY = {"timestep": "Zone Timestep", "hourly": "Hourly"}
_RUN_PERIOD = 3
_CHUNK = 200_000


def read_zone_series(
    sql: str | Path, variables: Mapping[str, str], frequency: str = "timestep"
) -> dict[str, pd.DataFrame]:
    """Read output variables of the run period.

    Parameters
    ----------
    sql : path-like
        `eplusout.sql`.
    variables : mapping
        Own name to EnergyPlus' variable name.
    frequency : {"timestep", "hourly"}

    Returns
    -------
    dict
        For each own name a table: one row per step in order of time, columns are the variable's keys in upper
        case (zones, or `<zone> IDEAL LOADS`). Index: month, day, hour, minute of the END of each interval, as
        the file has it.

    Raises
    ------
    TwinError
        The file is no SQL output, or holds no such variable.
    """
    path = Path(sql)
    if not path.is_file():
        raise TwinError("the run left no SQL file.", "Add `Output:SQLite,Simple;` to the model.", file=path)
    try:
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
            return _tables(connection, path, variables, _FREQUENCY[frequency])
    except sqlite3.DatabaseError as error:
        raise TwinError(
            f"the SQL file cannot be read ({error}).", "Run the model again.", file=path
        ) from error


def _tables(
    connection: sqlite3.Connection, path: Path, variables: Mapping[str, str], frequency: str
) -> dict[str, pd.DataFrame]:
    """All variables in one scan of the data: it has no index, and a scan each would take minutes."""
    known = connection.execute(
        "select ReportDataDictionaryIndex, Name, upper(coalesce(KeyValue, '')) from ReportDataDictionary "
        "where ReportingFrequency = ? order by ReportDataDictionaryIndex",
        (frequency,),
    ).fetchall()
    for name in variables.values():
        if not any(row[1] == name for row in known):
            raise TwinError(
                f"the run holds no series of '{name}' at the frequency '{frequency}'.",
                f"Add `Output:Variable,*,{name},...;` to the model.",
                file=path,
            )
    column_of = {number: i for i, (number, _, _) in enumerate(known)}
    stamps, values = _scan(connection, column_of)
    index = pd.MultiIndex.from_arrays(list(stamps.T), names=["month", "day", "hour", "minute"])
    return {
        own: pd.DataFrame(
            {key: values[:, column_of[number]] for number, wanted, key in known if wanted == name},
            index=index,
        )
        for own, name in variables.items()
    }


def _scan(
    connection: sqlite3.Connection, column_of: Mapping[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Time stamps (n, 4) and values (n, columns) of the run period."""
    times = connection.execute(
        "select t.TimeIndex, t.Month, t.Day, t.Hour, t.Minute from Time t "
        "join EnvironmentPeriods e on e.EnvironmentPeriodIndex = t.EnvironmentPeriodIndex "
        "where e.EnvironmentType = ? and coalesce(t.WarmupFlag, 0) = 0 order by t.TimeIndex",
        (_RUN_PERIOD,),
    ).fetchall()
    stamps = np.array(times, dtype=np.int64).reshape(-1, 5)
    size = int(stamps[:, 0].max()) + 1 if len(stamps) else 1
    row_of = np.full(size, -1)
    row_of[stamps[:, 0]] = np.arange(len(stamps))
    place = np.full(max(column_of, default=0) + 1, -1)
    place[list(column_of)] = list(column_of.values())
    values = np.full((len(stamps), len(column_of)), np.nan)
    cursor = connection.execute("select TimeIndex, ReportDataDictionaryIndex, Value from ReportData")
    while rows := cursor.fetchmany(_CHUNK):
        block = np.array(rows)
        when, what = block[:, 0].astype(np.int64), block[:, 1].astype(np.int64)
        ours = (when < size) & (what < len(place))
        when, what, value = when[ours], what[ours], block[ours, 2]
        ours = (row_of[when] >= 0) & (place[what] >= 0)
        values[row_of[when[ours]], place[what[ours]]] = value[ours]
    seen = ~np.isnan(values).all(axis=1)
    return stamps[seen][:, 1:], values[seen]


@dataclass(frozen=True, eq=False)
class ZoneYear:
    """Zones over the steps of a run, of one such zone each (without multiplier).

    Attributes
    ----------
    zones : tuple of str
        Names as described; columns of every table, in the order of the description.
    temp_air, temp_radiant : DataFrame (n_steps, zones)
        At the end of each step [degC].
    humidity_ratio : DataFrame (n_steps, zones)
        [kg/kg].
    sensible : DataFrame (n_steps, zones)
        Heat that the plant gives the zone's air, mean over the step [W]: heating positive, cooling negative.
    latent : DataFrame (n_steps, zones)
        Latent heat that the coil removes, mean over the step, not negative [W].
    asked : DataFrame (n_steps, zones)
        Sensible heat that would bring the zone to its set-point [W], signed as `sensible`; larger where
        capacity lacks.
    warnings : tuple of str
    cpu_s : float
        CPU time of the engine [s].
    folder : Path or None
        Where model and outputs were kept.
    """

    zones: tuple[str, ...]
    temp_air: pd.DataFrame
    temp_radiant: pd.DataFrame
    humidity_ratio: pd.DataFrame
    sensible: pd.DataFrame
    latent: pd.DataFrame
    asked: pd.DataFrame
    warnings: tuple[str, ...]
    cpu_s: float
    folder: Path | None = None


def by_zone(
    table: pd.DataFrame | None,
    keys: Mapping[str, str],
    zones: Sequence[str],
    times: pd.DatetimeIndex,
    scale: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Columns of a table in the order of the zones; zones without the variable are 0 (no plant).

    Parameters
    ----------
    table : DataFrame or None
        As `read_zone_series` gives it; None where no zone has the variable.
    keys : mapping
        Zone to key in upper case.
    scale : mapping, optional
        Zone to a factor.
    """
    out: dict[str, NDArray[np.float64]] = {}
    for zone in zones:
        if table is None or keys[zone] not in table.columns:
            out[zone] = np.zeros(len(times))
        else:
            factor = scale[zone] if scale is not None else 1.0
            out[zone] = factor * table[keys[zone]].to_numpy(float)
    return pd.DataFrame(out, index=times)
