"""Power that a building is to hold at its meter (目标取电功率): of an operator, a schedule, a price, a file.

A file may give the power itself, or a signal (a price, a carbon intensity, any unit) that power follows:

    target = base (1 - gain (signal / mean - 1))

so that it falls by `gain` per cent for each per cent by which the signal lies above its mean.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.equipment import GridTarget
from twin.market.tariff import Period
from weather.errors import TwinError

Floats = NDArray[np.float64]
_COLUMNS = ("grid_target_kw", "signal")
_MOST_BYTES = 100_000_000


def target_kw(
    target: GridTarget, times: pd.DatetimeIndex, period: NDArray[np.int64], folder: Path | None
) -> Floats:
    """Target of every step, NaN where there is none.

    Parameters
    ----------
    target : GridTarget
    times : DatetimeIndex (n,)
        Starts of the steps.
    period : (n,) ndarray of int
        Tariff period codes.
    folder : Path or None
        Of the project, from which a file is named.

    Returns
    -------
    ndarray (n,)
        [kW], import positive.

    Raises
    ------
    TwinError
        A file that cannot be read, or that says nothing of the year.
    """
    if target.power is not None:
        return np.full(len(times), target.power)
    if target.hours is not None:
        return np.asarray(target.hours, dtype=float)[times.hour.to_numpy()]
    if target.periods is not None:
        by_code = np.full(len(Period), np.nan)
        for name, power in target.periods.items():
            by_code[Period[name]] = power
        return by_code[period]
    assert target.file is not None  # one of the four is there, checked as the project is read
    return _from_file(target, (folder or Path()) / target.file, times)


def _from_file(target: GridTarget, path: Path, times: pd.DatetimeIndex) -> Floats:
    table = _read(path)
    name = next((column for column in _COLUMNS if column in table.columns), None)
    if "time" not in table.columns or name is None:
        raise TwinError(
            f"it has the columns {', '.join(map(str, table.columns[:6]))}.",
            "Give `time` and `grid_target_kw`, or `time` and `signal`.",
            file=path,
        )
    stamps = _stamps(table["time"], times, path)
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
    odd = np.flatnonzero(~np.isfinite(values) & table[name].notna().to_numpy())
    if len(odd):
        raise TwinError(
            f"{name} is {table[name].iloc[odd[0]]!r} in row {odd[0] + 2}.",
            "Write numbers; leave a step empty where nothing is to be held.",
            file=path,
        )
    if name == "signal":
        if target.base is None:
            raise TwinError(
                "it gives a signal, and the target has no base.",
                "Write control.target.base, the power at the signal's mean.",
                file=path,
                key="control.target.base",
            )
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else 0.0
        if mean == 0.0:
            raise TwinError("its signal has no mean to compare with.", "Give another signal.", file=path)
        values = target.base * (1.0 - target.gain * (values / mean - 1.0))
    return _on_steps(stamps, values, times, path)


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TwinError("it is larger than 100 MB.", "Give one year of targets.", file=path)
        return pd.read_csv(path, dtype=str, skipinitialspace=True)
    except OSError as error:
        raise TwinError(
            f"it cannot be read: {error.strerror}.", "Name a CSV file beside the project.", file=path
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise TwinError("it is not a table.", "Give a CSV file with a header.", file=path) from error


def _stamps(texts: pd.Series, times: pd.DatetimeIndex, path: Path) -> pd.DatetimeIndex:
    try:
        stamps = pd.DatetimeIndex(pd.to_datetime(texts, errors="raise"))
        stamps = stamps.tz_localize(times.tz) if stamps.tz is None else stamps.tz_convert(times.tz)
    except (ValueError, TypeError) as error:
        raise TwinError(
            "its times cannot be read.", "Write them as 2025-07-21 13:15.", file=path, key="time"
        ) from error
    if not stamps.is_monotonic_increasing or not stamps.is_unique:
        raise TwinError("its times do not rise.", "Order the rows by time, each once.", file=path, key="time")
    return stamps


def _on_steps(stamps: pd.DatetimeIndex, values: Floats, times: pd.DatetimeIndex, path: Path) -> Floats:
    """A value holds from its time to the next one, the last as long as the one before it."""
    width = stamps[1] - stamps[0] if len(stamps) > 1 else pd.Timedelta(hours=1)
    ends = stamps[1:].append(pd.DatetimeIndex([stamps[-1] + width])) if len(stamps) else stamps
    at = np.searchsorted(stamps, times, side="right") - 1
    inside = (at >= 0) & (times < ends[np.maximum(at, 0)]) if len(stamps) else np.zeros(len(times), bool)
    if not inside.any():
        raise TwinError(
            f"no time of it lies in the year {times[0].year}.", "Give targets of the marched year.", file=path
        )
    return np.where(inside, values[np.maximum(at, 0)], np.nan)
