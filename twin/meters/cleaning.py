"""Readings of one column, cleaned step by step: each step tells what it changed, and gaps stay gaps.

Order: text to numbers, readings of one moment, counters to energy, unit changes, bounds and spikes, stuck
sensors. Where the truth behind a flaw is certain (a counter that rolled over, a factor of a thousand that
comes and goes) it is put right; else the reading is taken out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.meters.mapping import Reading
from twin.meters.points import cleaning_limit
from twin.meters.report import Action, Change, told
from weather.errors import TwinError

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_MOST_ROWS = 100
"""Runs of one flaw in one column that are told one by one; more are told as one row."""
_UNIT_DAYS = 2
_DECADES = 3.0
"""A thousand, as between W and kW, kWh and MWh."""
_ROUNDING = 1e-9
"""Relative difference of one reading from itself, once its unit was put right."""


class Ledger:
    """Changes of one column."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.changes: list[Change] = []

    def tell(
        self,
        what: str,
        action: Action,
        times: pd.DatetimeIndex,
        where: BoolArray,
        before: FloatArray | None = None,
        after: FloatArray | None = None,
    ) -> None:
        """A row for each run of marked readings, or one for all where there are many."""
        if not where.any():
            return
        runs = list(runs_of(where))
        if len(runs) > _MOST_ROWS:
            marked = np.flatnonzero(where)
            runs = [(int(marked[0]), int(marked[-1]) + 1)]
        for first, last in runs:
            self.changes.append(
                Change(
                    self.reading.series,
                    self.reading.column,
                    what,
                    action,
                    times[first],
                    times[last - 1],
                    int(where[first:last].sum()),
                    told(float(before[first])) if before is not None and np.isfinite(before[first]) else "",
                    told(float(after[first])) if after is not None and np.isfinite(after[first]) else "",
                )
            )


def runs_of(where: BoolArray) -> Iterator[tuple[int, int]]:
    """First and last + 1 place of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], where.astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


# --- numbers ----------------------------------------------------------------------------------------------


def numbers(column: pd.Series[Any], reading: Reading, place: str) -> tuple[FloatArray, BoolArray]:
    """Readings as numbers, and where something else stood that is not simply empty.

    Raises
    ------
    TwinError
        Text with commas that may be decimals or thousands, where the mapping does not say.
    """
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        values = pd.to_numeric(column, errors="coerce").to_numpy(float)
        wrong = np.isinf(values)
        return np.where(wrong, np.nan, values), wrong
    text = column.reset_index(drop=True).astype(str).str.strip()
    with_comma = text[text.str.contains(",", regex=False)]
    if len(with_comma):
        text = _without_commas(text, with_comma, reading, place)
    values = pd.to_numeric(text, errors="coerce").to_numpy(float)
    empty = text.isin(["", "None", "nan", "NaN", "NaT", "null"]).to_numpy()
    values = np.where(np.isinf(values), np.nan, values)
    return values, ~np.isfinite(values) & ~empty


def _without_commas(
    text: pd.Series[Any], some: pd.Series[Any], reading: Reading, place: str
) -> pd.Series[Any]:
    sign = reading.decimal
    if sign is None:
        thousands = some.map(lambda t: _THOUSANDS.fullmatch(t) is not None)
        decimals = some.map(lambda t: _DECIMAL_COMMA.fullmatch(t) is not None)
        if (decimals & ~thousands).any() and not (thousands & ~decimals).any():
            sign = ","
        elif (thousands & ~decimals).any() or not decimals.any():
            sign = "."
        else:
            example = str(some.iloc[0])[:20]
            raise TwinError(
                f"{example!r} may be a decimal or a thousand.",
                "Write decimal: ',' or decimal: '.' for the reading.",
                file=place,
                key=reading.column,
                zh=(f"“{example}”中的逗号不明。", "请为该读数写 decimal: ',' 或 decimal: '.'。"),
            )
    if sign == ",":
        return text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return text.str.replace(",", "", regex=False)


# --- moments ----------------------------------------------------------------------------------------------


def one_each(times: pd.DatetimeIndex, values: FloatArray, ledger: Ledger) -> pd.Series[float]:
    """Sorted readings, one for each moment; where two differ, none."""
    order = np.argsort(times.asi8, kind="stable")
    series = pd.Series(values[order], times[order])
    twice = series.index.duplicated(keep=False)
    if not twice.any():
        return series
    groups = series[twice].groupby(level=0)
    low, high, first = groups.min(), groups.max(), groups.first()
    most = cleaning_limit("conflict") * np.maximum(high.abs(), low.abs()) + 1e-12
    differ = ((high - low) > most).to_numpy()
    kept = first.where(~differ)
    moments = pd.DatetimeIndex(kept.index)
    ledger.tell("duplicate", "removed", moments, ~differ, first.to_numpy())
    ledger.tell("conflict", "removed", moments, differ, high.to_numpy())
    single = series[~series.index.duplicated(keep="first")]
    single.loc[moments] = kept.to_numpy()
    return single


def energy_of_counter(series: pd.Series[float], width: pd.Timedelta, ledger: Ledger) -> pd.Series[float]:
    """Energy of the interval that begins at each reading of a counter, in the counter's unit."""
    known = series.dropna()
    times = pd.DatetimeIndex(known.index)
    read = known.to_numpy()
    rise = np.diff(read)
    fell = rise < 0.0
    over = ledger.reading.rollover
    limit = np.full(len(rise), over if over is not None else np.nan)
    if over is None:  # counters roll over at a power of ten
        with np.errstate(divide="ignore"):
            limit = np.where(read[:-1] > 0.0, 10.0 ** np.ceil(np.log10(np.maximum(read[:-1], 1e-9))), np.nan)
    share = cleaning_limit("rollover")
    rolled = fell & (read[:-1] >= share * limit) & (read[1:] <= (1.0 - share) * limit)
    ledger.tell("rollover", "repaired", times[:-1], rolled, rise, np.where(rolled, rise + limit, np.nan))
    ledger.tell("reset", "removed", times[:-1], fell & ~rolled, rise)
    rise = np.where(rolled, rise + limit, np.where(fell, np.nan, rise))
    steps = np.diff(times.as_unit("ns").asi8)
    long = steps > 1.5 * width.value
    ledger.tell("counter_gap", "noticed", times[:-1], long & np.isfinite(rise), rise)
    rise = np.where(long, np.nan, rise)
    return pd.Series(rise, times[:-1])


# --- values -----------------------------------------------------------------------------------------------


def one_unit(series: pd.Series[float], zone: str, ledger: Ledger) -> pd.Series[float]:
    """Powers in one unit: stretches of days that are a thousand times as large or small are put right.

    The unit that most days have is taken as the one the mapping names.
    """
    local = pd.DatetimeIndex(series.index).tz_convert(zone).floor("D")
    daily = series.abs().groupby(local)
    size, count = daily.quantile(0.9), daily.count()
    size = size[(size > 0.0) & (2 * count >= count.median())]  # one spike is no day
    if len(size) < 3 * _UNIT_DAYS:
        return series
    level = np.log10(size.to_numpy())
    usual = float(np.median(level))
    decades = _DECADES * np.round((level - usual) / _DECADES)
    off = (decades != 0.0) & (np.abs(level - usual - decades) < 0.8)
    values, times = series.to_numpy().copy(), pd.DatetimeIndex(series.index)
    days = pd.DatetimeIndex(size.index)
    for first, last in runs_of(off):
        power = float(decades[first])
        if last - first < _UNIT_DAYS or (decades[first:last] != power).any():
            continue
        begin, end = _edges(values, local, days, first, last, usual, power)
        span = np.zeros(len(values), dtype=bool)
        span[begin:end] = np.isfinite(values[begin:end])
        fixed = np.where(span, values * 10.0**-power, values)
        ledger.tell("unit", "repaired", times, _solid(begin, end, len(values)), values, fixed)
        values = fixed
    return pd.Series(values, times)


def _solid(begin: int, end: int, n: int) -> BoolArray:
    where = np.zeros(n, dtype=bool)
    where[begin:end] = True
    return where


def _edges(
    values: FloatArray,
    local: pd.DatetimeIndex,
    days: pd.DatetimeIndex,
    first: int,
    last: int,
    usual: float,
    power: float,
) -> tuple[int, int]:
    """Places between which readings are in the other unit: the days before and after may hold some of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log10(np.abs(values))
    other = np.abs(level - usual - power) < np.abs(level - usual)
    begin = int(local.searchsorted(days[first]))
    end = int(local.searchsorted(days[last - 1], side="right"))
    day = pd.Timedelta(days=1)
    start = int(local.searchsorted(days[first] - day))
    stop = int(local.searchsorted(days[last - 1] + day, side="right"))
    begin = _best_cut(other[start:end], start, begin)
    end = len(values) - _best_cut(other[begin:stop][::-1], len(values) - stop, len(values) - end)
    return begin, end


def _best_cut(other: BoolArray, offset: int, usual: int) -> int:
    """Where False turns to True with the fewest exceptions; the place by days where all agree."""
    wrong = np.concatenate(([0], np.cumsum(other))) + np.concatenate((np.cumsum(~other[::-1])[::-1], [0]))
    best = np.flatnonzero(wrong == wrong.min()) + offset
    return usual if usual in best else int(best[np.argmin(np.abs(best - usual))])


def within_bounds(series: pd.Series[float], connection_kw: float | None, ledger: Ledger) -> pd.Series[float]:
    """Readings that the point can have and the connection can carry."""
    point = ledger.reading.meant
    values, times = series.to_numpy(float), pd.DatetimeIndex(series.index)
    with np.errstate(invalid="ignore"):
        beyond = (values < point.low - 1e-9) | (values > point.high + 1e-9)
        ledger.tell("bounds", "removed", times, beyond, values)
        values = np.where(beyond, np.nan, values)
        if point.quantity == "power" and np.isfinite(values).any():
            most = (
                cleaning_limit("spike") * connection_kw
                if connection_kw is not None
                else cleaning_limit("spike_unknown") * float(np.nanquantile(np.abs(values), 0.99))
            )
            spike = (np.abs(values) > most) & (most > 0.0)
            ledger.tell("spike", "removed", times, spike, values)
            values = np.where(spike, np.nan, values)
    return pd.Series(values, times)


def not_stuck(series: pd.Series[float], width: pd.Timedelta, ledger: Ledger) -> pd.Series[float]:
    """Without runs of one reading that are longer than loads and rooms rest; gaps do not end a run.

    A base load rests too, but again and again at the same reading; powers rest at zero.
    """
    sound = np.flatnonzero(series.notna().to_numpy())
    if ledger.reading.meant.rests or len(sound) < 2:
        return series
    values, times = series.to_numpy(float), pd.DatetimeIndex(series.index)
    kept = values[sound]
    same = np.abs(np.diff(kept)) <= _ROUNDING * np.abs(kept[1:])
    runs = [(int(sound[a]), int(sound[b])) for a, b in runs_of(same)]
    hours = [((times[last] - times[first]) + width).total_seconds() / 3600.0 for first, last in runs]
    rest: dict[float, list[float]] = {}
    for (first, _), length in zip(runs, hours, strict=True):
        rest.setdefault(float(f"{values[first]:.9g}"), []).append(length)
    power = ledger.reading.meant.quantity in ("power", "irradiance")
    stuck = np.zeros(len(values), dtype=bool)
    for (first, last), length in zip(runs, hours, strict=True):
        value = float(f"{values[first]:.9g}")
        if length < cleaning_limit("stuck") or (power and value == 0.0):
            continue
        others = rest[value].copy()
        others.remove(length)
        if length > cleaning_limit("stuck_elsewhere") * max(others, default=0.0):
            stuck[first : last + 1] = True
    stuck &= np.isfinite(values)
    ledger.tell("stuck", "removed", times, stuck, values)
    return pd.Series(np.where(stuck, np.nan, values), times)
