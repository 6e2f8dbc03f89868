"""A crosscheck as a file, for pages that show it later: what `--json` says, with hourly loads."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.crosscheck.comparison import Compared, Comparison
from twin.crosscheck.measures import LoadMeasures, Series, TemperatureMeasures
from twin.crosscheck.targets import Judged
from weather.errors import TwinError

SCHEMA = 1
FILE, PAGE = "crosscheck.json", "crosscheck.html"
_DIGITS = 3
"""Of hourly loads [W/m2]: a milliwatt."""


@dataclass(frozen=True)
class StoredComparison:
    """One building as it was stored; figures read it like a `Comparison`.

    Attributes
    ----------
    whole : Compared
    zones : tuple of Compared
    times : DatetimeIndex (hours,)
        Starts of the hours.
    cpu_s : (fast, EnergyPlus)
    warnings : tuple of str
        Of EnergyPlus.
    """

    whole: Compared
    zones: tuple[Compared, ...]
    times: pd.DatetimeIndex
    hourly: Mapping[str, tuple[Series, Series]]
    cpu_s: tuple[float, float]
    warnings: tuple[str, ...]

    def building_load(self, kind: str) -> tuple[Series, Series]:
        """Hourly load of the building per conditioned floor area, ours and the reference [W/m2]."""
        return self.hourly[kind]


@dataclass(frozen=True)
class StoredCheck:
    """A project under both engines, as it was stored."""

    title: str
    title_zh: str
    weather: str
    created: str
    buildings: tuple[StoredComparison, ...]


def hourly_of(one: Comparison) -> dict[str, Any]:
    """Hourly loads of a building as plain data."""
    loads = {kind: one.building_load(kind) for kind in one.whole.loads}
    return {
        "start": one.times[0].isoformat(),
        "timezone": str(one.times.tz),
        "loads_w_m2": {
            kind: {
                name: np.round(values, _DIGITS).tolist()
                for name, values in zip(("fast", "energyplus"), both, strict=True)
            }
            for kind, both in loads.items()
        },
    }


def read_check(path: Path) -> StoredCheck:
    """Read a stored crosscheck.

    Parameters
    ----------
    path : Path
        `crosscheck.json`, or the same in a gzip.

    Raises
    ------
    TwinError
        No file, or none of ours.
    """
    remedy = "Make it anew with `twin crosscheck PROJECT --out FOLDER`."
    try:
        content = path.read_bytes()
        told = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    except (OSError, ValueError, EOFError) as error:
        raise TwinError(f"the crosscheck cannot be read: {error}.", remedy, file=path) from error
    schema = told.get("schema") if isinstance(told, dict) else None
    if schema != SCHEMA:
        raise TwinError(
            f"the crosscheck has schema {schema!r}, this program reads {SCHEMA}.",
            remedy,
            file=path,
            key="schema",
        )
    results = told["results"]
    return StoredCheck(
        told["title"],
        told["title_zh"],
        results[0]["weather"] if results else "",
        told["created"],
        tuple(_comparison(one) for one in results),
    )


def _comparison(told: Mapping[str, Any]) -> StoredComparison:
    hourly = told["hourly"]
    loads = {
        kind: (np.array(both["fast"], float), np.array(both["energyplus"], float))
        for kind, both in hourly["loads_w_m2"].items()
    }
    count = max((len(ours) for ours, _ in loads.values()), default=0)
    start = pd.Timestamp(hourly["start"]).tz_convert(hourly["timezone"])
    return StoredComparison(
        _compared(told["building"]),
        tuple(_compared(zone) for zone in told["zones"]),
        pd.date_range(start, periods=count, freq="h"),
        loads,
        (told["cpu_s"]["fast"], told["cpu_s"]["energyplus"]),
        tuple(told["warnings"]),
    )


def _compared(told: Mapping[str, Any]) -> Compared:
    free = told["free_float"]
    return Compared(
        told["name"],
        told["floor_area_m2"],
        {kind: _load(found) for kind, found in told["loads"].items()},
        _temperature(told["temperature"]),
        None if free is None else _temperature(free),
        tuple(Judged(**said) for said in told["judged"]),
    )


def _load(told: Mapping[str, Any]) -> LoadMeasures:
    def both(key: str) -> Sequence[Any]:
        return [told[key]["fast"], told[key]["energyplus"]]

    annual, monthly, peak, hour = (
        both(f"{k}") for k in ("annual_kwh_m2", "monthly_kwh_m2", "peak_w_m2", "peak_hour")
    )
    return LoadMeasures(
        annual=annual[0],
        reference_annual=annual[1],
        monthly=tuple(monthly[0]),
        reference_monthly=tuple(monthly[1]),
        peak=peak[0],
        reference_peak=peak[1],
        peak_hour=_time(hour[0]),
        reference_peak_hour=_time(hour[1]),
        rmse=told["rmse_w_m2"],
        nmbe=told["nmbe_percent"],
        cv_rmse=told["cv_rmse_percent"],
        cv_rmse_running=told["cv_rmse_hours_with_load_percent"],
    )


def _temperature(told: Mapping[str, Any]) -> TemperatureMeasures:
    return TemperatureMeasures(
        told["rmse_k"], told["bias_k"], told["largest_k"], pd.Timestamp(told["largest_hour"])
    )


def _time(text: str | None) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(text)
