"""The door itself: a mapping becomes one regular table of the twin's points, with its cleaning report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from buildings.description.yaml_text import Node
from twin.meters.cleaning import (
    Ledger,
    energy_of_counter,
    not_stuck,
    numbers,
    one_each,
    one_unit,
    runs_of,
    within_bounds,
)
from twin.meters.clock import RowTimes, beside_the_sun, on_grid, row_times
from twin.meters.mapping import Mapping, MeterFile, Reading, TimeColumn, read_mapping
from twin.meters.points import Point
from twin.meters.reading import Cells, read_cells
from twin.meters.report import Change
from weather.errors import TwinError

_LIGHT = ("ghi", "pv_kw")
_OWN_TIME = TimeColumn(column="time")


@dataclass(frozen=True)
class Measured:
    """What was measured at a building.

    Attributes
    ----------
    table : DataFrame, shape (n, series)
        By interval start, tz-aware, regular; powers as means [kW], states in their point's unit at the moment
        of the interval that the registry of variables says. NaN where nothing sound was measured. Columns are
        names of points, those of a zone behind its name: ``office north/temp_air_c``.
    points : dict of str to Point
        By column.
    changes : tuple of Change
        The cleaning report.
    """

    table: pd.DataFrame
    points: dict[str, Point]
    changes: tuple[Change, ...]

    @property
    def step(self) -> pd.Timedelta:
        """Length of an interval."""
        return pd.Timedelta(self.table.index[1] - self.table.index[0])

    def present(self) -> pd.Series[float]:
        """Share of intervals with a sound reading, by column."""
        return self.table.notna().mean()


def read_meters(path: Path, *, step: str | None = None, longitude: float | None = None) -> Measured:
    """Read and clean everything that a mapping names.

    Parameters
    ----------
    path : Path
        The mapping (YAML); see `twin.meters.mapping`.
    step : str, optional
        Interval of the table, such as ``1 min``, instead of the mapping's.
    longitude : float, optional
        Of the site [deg]; with it clocks are held against the sun.

    Returns
    -------
    Measured

    Raises
    ------
    TwinError
        Anything in mapping or files that the user can put right.
    """
    mapping, node = read_mapping(path)
    if step is not None:
        mapping = mapping.model_copy(update={"step": step})
    series: dict[str, pd.Series[float]] = {}
    points: dict[str, Point] = {}
    changes: list[Change] = []
    for i, one in enumerate(mapping.meters):
        try:
            found = _of_file(one, mapping, path.parent, changes)
        except TwinError as error:
            if error.file is not None:
                raise
            line = node.value["meters"].value[i].line
            raise error.at(file=path, key=error.key, line=line) from None
        for reading, values in found:
            series[reading.series], points[reading.series] = values, reading.meant
    table = _table(series, mapping, path, node)
    changes += _gaps(table, series, mapping)
    if longitude is not None:
        changes += _sun(table, longitude)
    ordered = sorted(changes, key=lambda c: (c.series, c.first is not None, _stamp(c)))
    return Measured(table, points, tuple(ordered))


def _stamp(change: Change) -> float:
    return pd.Timestamp(change.first).timestamp() if change.first is not None else 0.0


def _of_file(
    one: MeterFile, mapping: Mapping, folder: Path, changes: list[Change]
) -> list[tuple[Reading, pd.Series[float]]]:
    parts = [folder / name for name in one.files]
    folders = [part for part in parts if part.is_dir()]
    if folders and len(parts) > 1:
        raise TwinError("a folder stands beside other files.", "Name it alone.", file=folders[0], key="file")
    if one.time is None and not folders:
        raise TwinError(
            "the times of the rows are not named.",
            "Write time: {column: NAME}.",
            key="time",
            zh=("没有指明时间列。", "请写 time: {column: 列名}。"),
        )
    time = one.time if one.time is not None else _OWN_TIME
    named = (time.column,) if isinstance(time.column, str) else time.column
    chosen = one.rows or {}
    wanted = list(dict.fromkeys([*named, *chosen, *(reading.column for reading in one.readings)]))
    read = [read_cells(part, wanted, sheet=one.sheet, building=one.building) for part in parts]
    columns = {name: pd.concat([c.columns[name] for c in read], ignore_index=True) for name in wanted}
    columns = _rows(columns, chosen, parts[0])
    cells = Cells(columns, read[0].first_row)
    times = row_times(cells, time, mapping.zone, str(parts[0]))
    changes += times.changes
    return [
        (reading, _cleaned(reading, columns[reading.column], times, time, mapping, parts[0], changes))
        for reading in one.readings
    ]


def _rows(columns: dict[str, pd.Series[Any]], chosen: dict[str, str], place: Path) -> dict[str, Any]:
    """Rows of one meter or station."""
    if not chosen:
        return columns
    keep = np.logical_and.reduce(
        [columns[name].astype(str).str.strip() == word for name, word in chosen.items()]
    )
    if not keep.any():
        name, word = next(iter(chosen.items()))
        held = ", ".join(sorted(set(columns[name].astype(str).str.strip()))[:12])
        raise TwinError(
            f"no row holds {', '.join(f'{key}: {said}' for key, said in chosen.items())}.",
            f"'{name}' holds for example: {held[:300]}.",
            file=place,
            key="rows",
            zh=(f"没有 {name} 为“{word}”的行。", f"“{name}”列的取值如：{held[:300]}。"),
        )
    return {name: column[keep].reset_index(drop=True) for name, column in columns.items()}


def _cleaned(
    reading: Reading,
    column: pd.Series[Any],
    times: RowTimes,
    time: TimeColumn,
    mapping: Mapping,
    place: Path,
    changes: list[Change],
) -> pd.Series[float]:
    """One column as a regular series on the mapping's step, in its point's unit."""
    ledger = Ledger(reading)
    step = pd.Timedelta(mapping.step)
    values, wrong = numbers(column, reading, str(place))
    known = times.utc.notna()
    utc, values, wrong = times.utc[known], values[known], wrong[known]
    ledger.tell("text", "removed", utc, wrong)
    kind, width = reading.read_as, times.width
    if kind != "state":
        utc, values = _onto_grid(utc, values, width, step, ledger, place)
    if kind in ("power", "energy") and time.label == "end":
        utc = utc - width
    series = one_each(utc, values, ledger)
    if kind == "counter":
        series = energy_of_counter(series, width, ledger)
    zero = reading.to_base(0.0)  # not 0 for degrees Fahrenheit
    series = zero + series * (reading.to_base(1.0) - zero)
    if kind in ("energy", "counter"):
        series = series / (width.total_seconds() / 3600.0)
    if reading.meant.quantity == "power":
        series = one_unit(series, mapping.zone, ledger)
    series = within_bounds(series, mapping.connection, ledger)
    series = not_stuck(series, width, ledger)
    series = (
        _at_moments(series, step, mapping.zone, reading.meant)
        if kind == "state"
        else _means(series, width, step, mapping.zone, ledger)
    )
    changes += ledger.changes
    return series


def _onto_grid(
    utc: pd.DatetimeIndex,
    values: np.ndarray,
    width: pd.Timedelta,
    step: pd.Timedelta,
    ledger: Ledger,
    place: Path,
) -> tuple[pd.DatetimeIndex, np.ndarray]:
    if width > step or step % width != pd.Timedelta(0):
        minutes = width.total_seconds() / 60.0
        raise TwinError(
            f"rows of {minutes:g} min do not make up intervals of {step.total_seconds() / 60.0:g} min.",
            "Write a longer step in the mapping (step: 60 min), or leave the column out.",
            file=place,
            key="step",
            zh=(
                f"{minutes:g} min 一行，不能合成 {step.total_seconds() / 60.0:g} min 的区间。",
                "请在映射中取更长的 step（如 60 min），或不读该列。",
            ),
        )
    grid, moved, off = on_grid(utc, width)
    ledger.tell("jitter", "repaired", utc, moved & ~off)
    ledger.tell("off_grid", "removed", utc, off, values)
    return grid[~off], values[~off]


def _starts(times: pd.DatetimeIndex, step: pd.Timedelta, zone: str, *, closed_right: bool) -> Any:
    """Start of the interval that holds each moment, on the local clock's grid."""
    offset = pd.Timedelta(times[0].tz_convert(zone).utcoffset() or 0) % step
    local = times + offset
    return ((local.ceil(step) - step) if closed_right else local.floor(step)) - offset


def _means(
    series: pd.Series[float], width: pd.Timedelta, step: pd.Timedelta, zone: str, ledger: Ledger
) -> pd.Series[float]:
    """Means of intervals whose readings are all there."""
    if step == width or series.empty:
        return series
    times = pd.DatetimeIndex(series.index)
    grouped = series.groupby(_starts(times, step, zone, closed_right=False))
    count = grouped.count()
    means = grouped.mean().where(count == step // width)
    partial = ((count > 0) & means.isna()).to_numpy()
    ledger.tell("partial", "removed", pd.DatetimeIndex(means.index), partial)
    return means


def _at_moments(series: pd.Series[float], step: pd.Timedelta, zone: str, point: Point) -> pd.Series[float]:
    """The reading nearest to the moment that the point's state belongs to; irradiance as a mean."""
    sound = series.dropna()
    if sound.empty:
        return sound
    times = pd.DatetimeIndex(sound.index)
    end = point.at == "end"
    grouped = sound.groupby(_starts(times, step, zone, closed_right=end))
    if point.at == "mean":
        return grouped.mean()
    return grouped.last() if end else grouped.first()


def _table(series: dict[str, pd.Series[float]], mapping: Mapping, path: Path, node: Node) -> pd.DataFrame:
    sound = [one.dropna() for one in series.values()]
    sound = [one for one in sound if not one.empty]
    if not sound:
        raise TwinError(
            "no sound reading is left.",
            "See that columns, units and times are those of the files.",
            file=path,
            line=node.value["meters"].line,
            key="meters",
            zh=("没有剩下可用的读数。", "请核对列名、单位和时间。"),
        )
    step = pd.Timedelta(mapping.step)
    first = min(one.index[0] for one in sound)
    last = max(*(one.index[-1] for one in sound), first + step)
    axis = pd.date_range(first, last, freq=step)
    table = pd.DataFrame({name: one.reindex(axis) for name, one in series.items()}, index=axis)
    return table.set_axis(axis.tz_convert(mapping.zone), axis=0)


def _gaps(table: pd.DataFrame, series: dict[str, pd.Series[float]], mapping: Mapping) -> list[Change]:
    """What is missing in the end; a state that is read more seldom than the step has no gaps between."""
    found: list[Change] = []
    columns = {reading.series: reading for one in mapping.meters for reading in one.readings}
    step = pd.Timedelta(mapping.step)
    times = pd.DatetimeIndex(table.index)
    for name, reading in columns.items():
        missing = table[name].isna().to_numpy()
        usual = step
        sound = pd.DatetimeIndex(series[name].dropna().index)
        if reading.read_as == "state" and len(sound) > 2:
            usual = pd.Timedelta(int(np.median(np.diff(sound.as_unit("ns").asi8))), "ns")
        ledger = Ledger(reading)
        keep = np.zeros(len(missing), dtype=bool)
        for first, last in runs_of(missing):
            if (last - first) * step >= usual:
                keep[first:last] = True
        ledger.tell("gap", "noticed", times, keep)
        found += ledger.changes
    return found


def _sun(table: pd.DataFrame, longitude: float) -> list[Change]:
    for name in _LIGHT:
        if name not in table:
            continue
        late = beside_the_sun(table[name], longitude)
        if late is not None:
            times = pd.DatetimeIndex(table.index)
            rounded = 30 * round(late / 30.0)
            return [
                Change(
                    name, "", "sun", "noticed", times[0], times[-1], len(times),
                    f"{late:+.0f} min", f"shift: {-rounded} min",
                )
            ]  # fmt: skip
    return []
