"""Times of measured rows: read, put right where that is certain, told where it is not.

What is certain: 24:00 is 00:00 of the next day; a logger in a zone without summer time whose clock leaps an
hour once and falls back an hour months later was on summer time in between. A clock that merely runs beside
the sun is told, and shifted only where the mapping says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.meters.mapping import TimeColumn
from twin.meters.points import cleaning_limit
from twin.meters.reading import Cells
from twin.meters.report import Action, Change
from weather.errors import TwinError

_FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M", "%Y%m%d %H:%M:%S", "%Y%m%d %H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y-%m-%d %H",
    "%Y/%m/%d %H", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
)  # fmt: skip
_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})$"
_MIDNIGHT = r"(?<=[ T])24(?=(?::00){0,2}(?:\.0+)?$)"
_SERIAL_DAY = pd.Timestamp("1899-12-30")
_SAMPLE = 400
_HOUR = pd.Timedelta(hours=1)
_SUMMER = (pd.Timedelta(days=90), pd.Timedelta(days=270))
"""Least and most length of a summer time."""
_SUN_MINUTES = 30.0
"""Least distance from the sun that is told [min]; half of the smallest mistake that clocks make."""
_SUN_DAYS = 20


@dataclass(frozen=True)
class RowTimes:
    """Moments of rows as they are written.

    Attributes
    ----------
    utc : DatetimeIndex, shape (n,)
        In UTC; NaT where a time cannot be read.
    width : Timedelta
        Usual distance of rows.
    changes : tuple of Change
    """

    utc: pd.DatetimeIndex
    width: pd.Timedelta
    changes: tuple[Change, ...]


def row_times(cells: Cells, time: TimeColumn, zone: str, place: str) -> RowTimes:
    """Read the times of rows.

    Parameters
    ----------
    cells : Cells
        With the column or columns of the times.
    time : TimeColumn
    zone : str
        Of times that say no offset.
    place : str
        File, for errors.

    Raises
    ------
    TwinError
        Times whose form is not known, or fewer than two that can be read.
    """
    changes: list[Change] = []
    own_zone = time.zone or zone
    name = time.column if isinstance(time.column, str) else " ".join(time.column)
    read, added = _read(cells, time, place)
    if added.any():
        changes.append(_row(name, "midnight", "repaired", read, added, "24:00", "00:00 +1 d"))
    if read.dt.tz is None:
        read, summer = _without_summer_time(read, own_zone)
        if summer.any():
            changes.append(_row(name, "summer_time", "repaired", read, summer, "+01:00", "-1 h"))
        bad = read.isna().to_numpy()
        aware = read.dt.tz_localize(own_zone, ambiguous="NaT", nonexistent="NaT")
        open_ = aware.isna().to_numpy() & ~bad
        if open_.any():
            changes.append(_row(name, "ambiguous_time", "removed", read, open_))
    else:
        bad, aware = read.isna().to_numpy(), read
    if bad.any():
        first = int(np.argmax(bad))
        example = "" if isinstance(time.column, tuple) else str(cells.columns[time.column].iloc[first])[:40]
        changes.append(Change("", name, "bad_time", "removed", None, None, int(bad.sum()), example))
    shift = pd.Timedelta(time.shift)
    utc = pd.DatetimeIndex(aware.dt.tz_convert("UTC")).as_unit("ns") + shift
    if shift != pd.Timedelta(0):
        changes.append(
            Change(
                "",
                name,
                "shift",
                "repaired",
                utc.min(),
                utc.max(),
                int(np.sum(utc.notna())),
                "",
                time.shift,
            )
        )
    moments = np.unique(utc[utc.notna()].asi8)
    if len(moments) < 2:
        raise TwinError(
            f"{len(moments)} times could be read.",
            "Name the column of the times, and its format where it is unusual.",
            file=place,
            key="time",
            zh=(f"只读出 {len(moments)} 个时间。", "请给出时间列；格式特殊时请写 format。"),
        )
    return RowTimes(utc, pd.Timedelta(int(np.median(np.diff(moments))), "ns"), tuple(changes))


def _row(
    column: str,
    what: str,
    action: Action,
    times: pd.Series[Any],
    where: NDArray[np.bool_],
    before: str = "",
    after: str = "",
) -> Change:
    known = times[where].dropna()
    first, last = (known.min(), known.max()) if len(known) else (None, None)
    return Change("", column, what, action, first, last, int(where.sum()), before, after)


# --- text to times ----------------------------------------------------------------------------------------


def _read(cells: Cells, time: TimeColumn, place: str) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Times of rows, naive or in UTC, and where 24:00 stood."""
    if isinstance(time.column, tuple):
        day, clock = (cells.columns[name] for name in time.column)
        column = _as_text(day).str.replace(r"[ T]00:00(:00)?$", "", regex=True) + " " + _as_text(clock)
    else:
        column = cells.columns[time.column]
    none = np.zeros(len(column), dtype=bool)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        plain = pd.Series(pd.to_datetime(column).reset_index(drop=True))
        return (plain.dt.tz_convert("UTC") if plain.dt.tz is not None else plain), none
    if time.format in ("unix", "unix_ms"):
        seconds = pd.to_numeric(column, errors="coerce").to_numpy(float)
        moments = _within(seconds) * (1.0 if time.format == "unix" else 1e-3)
        return pd.Series(pd.to_datetime(pd.Series(moments), unit="s", utc=True, errors="coerce")), none
    if pd.api.types.is_numeric_dtype(column.dtype) or _all_numbers(column):
        days = _within(pd.to_numeric(column, errors="coerce").to_numpy(float), 1e5)
        if time.format is None and bool(np.nanmax(days, initial=0.0) < 1e5) and bool((days > 2e4).any()):
            return pd.Series(_SERIAL_DAY + pd.to_timedelta(days, unit="D")).dt.round("s"), none
    text = _as_text(column)
    midnight = text.str.contains(_MIDNIGHT, regex=True).to_numpy(bool)
    text = text.str.replace(_MIDNIGHT, "00", regex=True)
    read = _parsed(text, time.format, place)
    return read + pd.to_timedelta(midnight.astype(float), unit="D"), midnight


def _within(numbers: NDArray[np.float64], most: float = 1e13) -> NDArray[np.float64]:
    return np.where(np.abs(numbers) < most, numbers, np.nan)


def _all_numbers(column: pd.Series[Any]) -> bool:
    sample = column.iloc[:_SAMPLE]
    return bool(len(sample)) and all(isinstance(value, (int, float)) for value in sample)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.reset_index(drop=True).astype(str).str.strip()


def _parsed(text: pd.Series[Any], form: str | None, place: str) -> pd.Series[Any]:
    if form is not None:
        aware = "%z" in form
        return pd.Series(pd.to_datetime(text, format=form, errors="coerce", utc=aware))
    offsets = text.str.contains(_OFFSET, regex=True) & text.str.contains(":")
    if offsets.mean() > 0.5:
        known = text.where(offsets)
        return pd.Series(pd.to_datetime(known, format="ISO8601", errors="coerce", utc=True))
    sample = text[text != ""].iloc[:_SAMPLE]
    best = max(_FORMATS, key=lambda f: pd.to_datetime(sample, format=f, errors="coerce").notna().mean())
    share = pd.to_datetime(sample, format=best, errors="coerce").notna().mean() if len(sample) else 0.0
    if not share > 0.5:
        example = str(sample.iloc[0])[:40] if len(sample) else ""
        raise TwinError(
            f"the form of the time {example!r} is not known.",
            "Write it as time: {format: ...} in the mapping, such as '%m/%d/%Y %H:%M'.",
            file=place,
            key="time.format",
            zh=(
                f"无法识别时间“{example}”的格式。",
                "请在映射中写 time: {format: ...}，如 '%m/%d/%Y %H:%M'。",
            ),
        )
    return pd.Series(pd.to_datetime(text, format=best, errors="coerce"))


# --- clocks that leap -------------------------------------------------------------------------------------


def _without_summer_time(times: pd.Series[Any], zone: str) -> tuple[pd.Series[Any], NDArray[np.bool_]]:
    """Naive times in file order with a logger's summer time set back, where the zone has none."""
    moved = np.zeros(len(times), dtype=bool)
    known = np.flatnonzero(times.notna().to_numpy())
    if len(known) < 3:
        return times, moved
    stamps = times.iloc[known].to_numpy("M8[ns]").astype(np.int64)
    ends = pd.DatetimeIndex([times.min(), times.max()])
    year = pd.date_range(ends[0], ends[1] + pd.Timedelta(days=1), freq="D").tz_localize(
        zone, ambiguous="NaT", nonexistent="NaT"
    )
    offsets = {moment.utcoffset() for moment in year if moment is not pd.NaT}
    steps = np.diff(stamps)
    width = int(np.median(steps))
    if len(offsets) > 1 or width <= 0:
        return times, moved
    hour = _HOUR.value
    leaps, falls = np.flatnonzero(steps == width + hour), np.flatnonzero(steps == width - hour)
    if width == 2 * hour:  # a missing row looks like a fall there
        return times, moved
    for leap in leaps:
        behind = falls[falls > leap]
        if not len(behind):
            continue
        length = pd.Timedelta(int(stamps[behind[0]] - stamps[leap]), "ns")
        if _SUMMER[0] < length < _SUMMER[1]:
            moved[known[leap + 1] : known[behind[0]] + 1] = True
    moved &= times.notna().to_numpy()
    return times.where(~moved, times - _HOUR), moved


def on_grid(
    utc: pd.DatetimeIndex, width: pd.Timedelta
) -> tuple[pd.DatetimeIndex, NDArray[np.bool_], NDArray[np.bool_]]:
    """Moments on the clock's grid of a width.

    Returns
    -------
    grid : DatetimeIndex
        The nearest moment of the grid.
    moved, off : ndarray of bool
        Whether it differs, and whether it is too far to be meant.
    """
    near = utc.round(width)
    far = np.abs((utc - near).total_seconds().to_numpy())
    moved = far > 0.0
    return near, moved, far > cleaning_limit("jitter") * width.total_seconds()


def beside_the_sun(values: pd.Series[float], longitude: float) -> float | None:
    """Minutes by which the middle of the day's light comes late, from PV or irradiance.

    Parameters
    ----------
    values : Series
        Power or irradiance by interval start, tz-aware, regular.
    longitude : float
        Of the site, east positive [deg].

    Returns
    -------
    float or None
        Median over days with light; None where that is within what clouds and facades do, or nothing is
        known.
    """
    from pvlib.solarposition import equation_of_time_spencer71

    times = pd.DatetimeIndex(values.index)
    utc = times.tz_convert("UTC")
    step = (times[1] - times[0]).total_seconds() / 3600.0
    hours = (utc.hour + utc.minute / 60.0 + step / 2.0 + longitude / 15.0).to_numpy() % 24.0
    days = (utc + pd.Timedelta(hours=longitude / 15.0)).floor("D")
    table = pd.DataFrame({"v": values.clip(lower=0.0).to_numpy(), "h": hours, "d": days})
    whole = table.groupby("d")["v"].transform(lambda v: v.notna().mean()) > 0.95
    table = table[whole.to_numpy()].fillna(0.0)
    sums = table.groupby("d")["v"].sum()
    moments = (table["v"] * table["h"]).groupby(table["d"]).sum()
    bright = sums > 0.5 * sums.quantile(0.9) if len(sums) else sums > 0.0
    if int(bright.sum()) < _SUN_DAYS:
        return None
    noon = (
        12.0 - np.asarray(equation_of_time_spencer71(pd.DatetimeIndex(sums.index)[bright].dayofyear)) / 60.0
    )
    late = 60.0 * float(np.median((moments / sums)[bright].to_numpy() - noon))
    return late if math.isfinite(late) and abs(late) >= _SUN_MINUTES else None
