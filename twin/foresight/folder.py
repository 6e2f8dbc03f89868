"""A forecast on disk: whole or absent."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from twin.foresight.forecast import SERIES, Forecast
from twin.foresight.score import QUANTILES
from twin.foresight.trial import Trial
from twin.foresight.words import ASSUMED
from twin.response.folder import json_bytes, write_folder


def write_forecast(made: Forecast, tried: Trial | None, out: str | Path) -> Path:
    """Write a forecast as a folder.

    Parameters
    ----------
    made : Forecast
    tried : Trial or None
    out : path-like
        Not there yet. `steps.parquet` (series of each building and quantile), `hours.parquet` (flexibility),
        `weather.parquet`, `summary.json`, `manifest.json`.

    Raises
    ------
    TwinError
        The folder is there, or nothing can be written.
    """
    summary = {
        "start": made.times[0].isoformat(),
        "hours": len(made.hours),
        "members": made.members,
        "quantiles": list(QUANTILES),
        "assumptions": [{"zh": zh, "en": en} for zh, en in ASSUMED],
        "scores": None if tried is None else {way: asdict(score) for way, score in tried.scores.items()},
    }
    steps = {name: made.quantiles[name] for name in SERIES}
    return write_folder(
        out,
        {
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


def _parquet(table: pd.DataFrame) -> bytes:
    target = io.BytesIO()
    table.to_parquet(target, index=False)
    return target.getvalue()
