"""A forecast on disk: whole or absent."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.foresight.forecast import SERIES, Forecast
from twin.foresight.score import QUANTILES
from twin.foresight.trial import Trial
from twin.foresight.words import ASSUMED
from twin.response.folder import json_bytes, write_folder


def write_forecast(
    made: Forecast,
    tried: Trial | None,
    out: str | Path,
    *,
    titles: tuple[str, str] = ("", ""),
    came_kw: Mapping[str, NDArray[np.float64]] | None = None,
) -> Path:
    """Write a forecast as a folder.

    Parameters
    ----------
    made : Forecast
    tried : Trial or None
    out : path-like
        Not there yet. `steps.parquet` (series of each building and quantile), `hours.parquet` (flexibility),
        `weather.parquet`, `came.parquet` where something of it is known, `summary.json`, `manifest.json`.
    titles : (str, str)
        Of the project, Chinese and English.
    came_kw : mapping of str to ndarray (n,), optional
        Net import that was measured over these steps since, by building [kW]; NaN where nothing was.

    Raises
    ------
    TwinError
        The folder is there, or nothing can be written.
    """
    summary = {
        "project": titles[1],
        "project_zh": titles[0],
        "start": made.times[0].isoformat(),
        "hours": len(made.hours),
        "members": made.members,
        "quantiles": list(QUANTILES),
        "assumptions": [{"zh": zh, "en": en} for zh, en in ASSUMED],
        "scores": None if tried is None else {way: asdict(score) for way, score in tried.scores.items()},
    }
    steps = {name: made.quantiles[name] for name in SERIES}
    came = {name: values for name, values in (came_kw or {}).items() if np.isfinite(values).any()}
    return write_folder(
        out,
        {
            **({"came.parquet": _parquet(_came(made.times, came))} if came else {}),
            "steps.parquet": _parquet(_long(made.times, made.names, steps)),
            "hours.parquet": _parquet(_long(made.hours, made.names, made.flexible_kw)),
            "weather.parquet": _parquet(
                _long(made.hours, ("",), {name: values[:, None] for name, values in made.weather.items()})
            ),
            "summary.json": json_bytes(summary),
        },
        {"members": made.members},
    )


def _long(times: pd.DatetimeIndex, names: tuple[str, ...], told: dict[str, np.ndarray]) -> pd.DataFrame:
    """A row for each building, moment and quantile; arrays are (Q, B, n)."""
    count = len(names) * len(times)
    return pd.DataFrame(
        {
            "quantile": np.repeat(QUANTILES, count),
            "building": np.tile(np.repeat(names, len(times)), len(QUANTILES)),
            "time": np.tile(times, len(QUANTILES) * len(names)),
            **{name: values.reshape(-1) for name, values in told.items()},
        }
    )


def _came(times: pd.DatetimeIndex, came: Mapping[str, NDArray[np.float64]]) -> pd.DataFrame:
    parts = [pd.DataFrame({"building": name, "time": times, "net_kw": kw}) for name, kw in came.items()]
    return pd.concat(parts, ignore_index=True)


def _parquet(table: pd.DataFrame) -> bytes:
    target = io.BytesIO()
    table.to_parquet(target, index=False)
    return target.getvalue()
