"""A forecast read back from its folder, for pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.errors import TwinError

Floats = NDArray[np.float64]
SUMMARY, STEPS = "summary.json", "steps.parquet"


@dataclass(frozen=True)
class StoredForecast:
    """A forecast as it was written.

    Attributes
    ----------
    summary : mapping
    names : tuple of str
        Buildings.
    times, hours : DatetimeIndex
        Starts of steps and of hours, time of the site.
    steps : dict of str to ndarray (Q, B, n)
    flexible : dict of str to ndarray (Q, B, h)
    weather : dict of str to ndarray (Q, h)
    came : dict of str to ndarray (n,)
        Net import that was measured since, by building [kW]; NaN where nothing was.
    """

    summary: Mapping[str, Any]
    names: tuple[str, ...]
    times: pd.DatetimeIndex
    hours: pd.DatetimeIndex
    steps: dict[str, Floats]
    flexible: dict[str, Floats]
    weather: dict[str, Floats]
    came: dict[str, Floats]


def read_forecast_folder(folder: Path) -> StoredForecast:
    """Read what `twin forecast` wrote.

    Raises
    ------
    TwinError
        Files that are missing or not ours.
    """
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
        count = len(summary["quantiles"])
        steps, names, times = _wide(pd.read_parquet(folder / STEPS), count)
        flexible, _, hours = _wide(pd.read_parquet(folder / "hours.parquet"), count)
        weather, _, _ = _wide(pd.read_parquet(folder / "weather.parquet"), count)
        if "net_kw" not in steps:
            raise ValueError("series are missing")
        came = {}
        if (folder / "came.parquet").is_file():
            for name, own in pd.read_parquet(folder / "came.parquet").groupby("building"):
                came[str(name)] = own.set_index("time")["net_kw"].reindex(times).to_numpy(float)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TwinError(
            "the forecast cannot be read.",
            "Make it anew with `twin forecast PROJECT --at ... --out FOLDER`.",
            file=folder / SUMMARY,
            zh=("无法读取预测结果。", "请用 `twin forecast PROJECT --at ... --out FOLDER` 重新生成。"),
        ) from error
    squeezed = {name: values[:, 0] for name, values in weather.items()}
    return StoredForecast(summary, names, times, hours, steps, flexible, squeezed, came)


def _wide(table: pd.DataFrame, count: int) -> tuple[dict[str, Floats], tuple[str, ...], pd.DatetimeIndex]:
    """Series (Q, B, n) of a table of rows, its buildings and its times."""
    names = tuple(map(str, table["building"].unique()))
    times = pd.DatetimeIndex(table["time"].unique())
    shape = (count, len(names), len(times))
    found = {
        str(name): table[name].to_numpy(float).reshape(shape)
        for name in table.columns.difference(["quantile", "building", "time"])
    }
    return found, names, times
