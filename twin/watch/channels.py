"""Figures of a day by which faults are looked for: what its readings alone tell, with their standard error.

Slow parameters of a live twin remember days, wander where nothing tells them, and take over a fault within
days. So they are taken out again: a channel compares what was read with what the twin expected *as
described*, or readings with readings, in one day alone, and keeps silent on days that tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.library.data_text import read_data
from twin.live.figures import sensors

Floats = NDArray[np.float64]
_OFF_C = 90.0
"""Set-points beyond are those of times when it is off [degC]."""
_WHOLE_DAY_H = 23.0
"""Shortest day of a year with summer time [h]."""


@cache
def watch_data() -> dict[str, Any]:
    """Channels, the faults that show there, and figures of the detector."""
    found: dict[str, Any] = read_data((files("twin.watch") / "data" / "channels.yaml").read_text("utf-8"))
    return found


def detector(name: str) -> float:
    """A figure of the detector."""
    return float(watch_data()["detector"][name]["value"])


@dataclass(frozen=True)
class Days:
    """Channels by whole local days.

    Attributes
    ----------
    values, errors : DataFrame
        Figure of each day and its standard error from the noise of the readings; NaN on days that tell
        nothing.
    """

    values: pd.DataFrame
    errors: pd.DataFrame


class Day:
    """Readings and expectations of some days, by steps.

    Parameters
    ----------
    columns : mapping
        Columns of `Following.estimates`, each (n,).
    hours : float
        Step [h].
    largest : mapping
        Largest expected power of all days by name [kW].
    """

    def __init__(self, columns: Mapping[str, Floats], hours: float, largest: Mapping[str, float]) -> None:
        self.columns, self.hours, self.largest = columns, hours, largest

    def has(self, *names: str) -> bool:
        """Whether these points are heard."""
        return all(f"{name} residual" in self.columns for name in names)

    def expected(self, name: str) -> Floats:
        """What the twin expected of a point of the building, (n,)."""
        own = f"{name} expected"
        return self.columns[own if own in self.columns else name]

    def read(self, name: str) -> Floats:
        """What was read, (n,); NaN where silent."""
        return np.asarray(self.expected(name) + self.columns[f"{name} residual"])

    def rooms(self, name: str) -> Floats:
        """Something of all rooms, (Z, n)."""
        return np.array([values for column, values in self.columns.items() if column.endswith(f"/{name}")])

    def runs(self, name: str) -> NDArray[np.bool_]:
        """Steps in which something is expected to run, (n,)."""
        return np.asarray(self.expected(name) > _RUNS * self.largest[name])

    def meter(self, name: str) -> str | None:
        """Meter of heating or cooling in days of that alone: its own or that of all air conditioning."""
        own, other = (self.columns.get(f"{one}_kw expected") for one in (name, _OTHER[name]))
        alone = own is not None and other is not None and other.sum() <= _ALONE * own.sum()
        return self.heard_meter(name) if alone else None

    def heard_meter(self, name: str) -> str | None:
        """Meter of heating or cooling: its own or that of all air conditioning."""
        return next((one for one in (f"{name}_kw", "hvac_kw") if self.has(one)), None)


Figure = tuple[float, float]
_NOTHING: Figure = (np.nan, np.nan)
_OTHER = {"cooling": "heating", "heating": "cooling"}
_RUNS, _RESTS, _ALONE = 0.3, 0.05, 0.05
"""Shares of the largest power beyond which something runs, below which it rests; of other energy in a day."""


def share(
    day: Day, name: str, factor: Floats | float = 1.0, steps: NDArray[np.bool_] | None = None
) -> Figure:
    """Energy read beyond the expected, as a share of it; expected times a factor."""
    read = day.read(name)
    there = np.isfinite(read) if steps is None else np.isfinite(read) & steps
    expected, kind = (day.expected(name) * factor)[there], sensors("building")[name]
    total, error = expected.sum(), np.sqrt((kind.sd**2 + (kind.share * expected) ** 2).sum())
    if total <= 0.0 or error > detector("least_told") * total:
        return _NOTHING
    return float(read[there].sum() / total - 1.0), float(error / total)


def pv(day: Day) -> Figure:
    """Yield against the sun that was measured, beyond the described, as a share."""
    return share(day, "pv_kw", np.exp(-day.columns["pv"])) if day.has("pv_kw") else _NOTHING


def machine(day: Day, name: str) -> Figure:
    """Efficiency of heating or cooling beyond the described, as a share."""
    meter = day.meter(name)
    if meter is None:
        return _NOTHING
    more, error = share(day, meter, np.exp(day.columns[f"{name}_ratio"]))
    least = max(1.0 + more, error)
    return float(1.0 / least - 1.0), float(error / least**2)


def fans_running(day: Day) -> Figure:
    """Power of fans while they are expected to run beyond the described, as a share."""
    return share(day, "fans_kw", 1.0, day.runs("fans_kw")) if day.has("fans_kw") else _NOTHING


def fans_resting(day: Day) -> Figure:
    """Power of fans while they are expected to rest, as a share of their largest."""
    if not day.has("fans_kw") or day.largest["fans_kw"] <= 0.0:
        return _NOTHING
    largest, read = day.largest["fans_kw"], day.read("fans_kw")
    rests = np.isfinite(read) & (day.expected("fans_kw") < _RESTS * largest)
    return _mean(read[rests] / largest, sensors("building")["fans_kw"].sd / largest)


def setpoint(day: Day, name: str) -> Figure:
    """Air of rooms beyond their described set-point while the machine runs [K]."""
    meter = day.meter(name)
    if meter is None:
        return _NOTHING
    read = day.read(meter)
    runs = np.isfinite(read) & (read > _RUNS * day.largest[meter])
    wished, air = day.rooms(f"{name}_setpoint_c")[:, runs], day.rooms("temp_air_c")[:, runs]
    holds = np.abs(wished) < _OFF_C
    return _mean((air - wished)[holds], sensors("zone")["temp_air_c"].sd)


def moisture(day: Day) -> Figure:
    """Moisture that the twin does not know, mean of rooms while air is changed [g/(h m2)]."""
    unknown = day.rooms("moisture").mean(axis=0)
    return _mean(unknown[day.runs("fans_kw")] if "fans_kw" in day.largest else unknown, 0.0)


def _mean(values: Floats, sd: float) -> Figure:
    if len(values) < detector("least_steps"):
        return _NOTHING
    return float(values.mean()), float(sd / np.sqrt(len(values)))


def capacity(day: Day) -> Figure:
    """Logarithm of the battery's capacity [kWh]: charge counted at its meter over what the charge rose.

    Slope of the charge against counted energy, within runs of steps whose power was read, each with a level
    of its own.
    """
    if not day.has("battery_soc", "battery_kw"):
        return _NOTHING
    charge, power = day.read("battery_soc"), -day.read("battery_kw")
    there = np.isfinite(charge)
    run = np.cumsum(~np.isfinite(power))[there]
    charge, counted = charge[there], np.cumsum(np.nan_to_num(power))[there] * day.hours
    many = np.maximum(np.bincount(run), 1)
    charge = charge - (np.bincount(run, charge) / many)[run]
    counted = counted - (np.bincount(run, counted) / many)[run]
    moved = float((counted**2).sum())
    slope = float((charge * counted).sum()) / moved if moved > 0.0 else 0.0
    error = sensors("building")["battery_soc"].sd / np.sqrt(max(moved, 1e-12))
    if error > detector("least_told") * slope:
        return _NOTHING
    return float(-np.log(slope)), float(error / slope)


def scale(day: Day) -> Figure:
    """What the main meter reads beyond what its sub-meters make of it (`_with_balance`), as a share."""
    if "made" not in day.columns:
        return _NOTHING
    read, made = day.read("net_import_kw"), day.columns["made"]
    there = np.isfinite(read) & np.isfinite(made)
    power = float((made[there] ** 2).sum())
    error = float(day.columns["made error"][0]) / np.sqrt(power) if power > 0.0 else np.inf
    if error > detector("least_told"):
        return _NOTHING
    return float((made[there] * read[there]).sum() / power - 1.0), float(error)


CHANNELS: dict[str, Callable[[Day], Figure]] = {
    "pv": pv,
    "cooling": lambda day: machine(day, "cooling"),
    "heating": lambda day: machine(day, "heating"),
    "fans_running": fans_running,
    "fans_resting": fans_resting,
    "cooling_setpoint": lambda day: setpoint(day, "cooling"),
    "heating_setpoint": lambda day: setpoint(day, "heating"),
    "moisture": moisture,
    "battery": capacity,
    "meter": scale,
}


def days_of(estimates: pd.DataFrame, zone: str) -> Days:
    """Figures of the channels for each whole local day; channels that never tell anything are left out.

    Parameters
    ----------
    estimates : DataFrame
        Of `Following.estimates`.
    zone : str
        Time zone of the site.
    """
    index = pd.DatetimeIndex(estimates.index)
    local = np.asarray(index.tz_convert(zone).date)
    hours = float(index.to_series().diff().median() / pd.Timedelta(hours=1))
    columns = {str(name): estimates[name].to_numpy(float) for name in estimates.columns}
    columns |= _balance(Day(columns, hours, {}), local)
    names = [name for name in ("fans_kw", "hvac_kw", "cooling_kw", "heating_kw") if name in columns]
    largest: dict[str, float] = {name: float(columns[name].max()) for name in names}
    values, errors = {}, {}
    dates, begins = np.unique(local, return_index=True)
    for date, first, last in zip(dates, begins, [*begins[1:], len(local)], strict=True):
        if (last - first) * hours < _WHOLE_DAY_H:
            continue
        day = Day({name: column[first:last] for name, column in columns.items()}, hours, largest)
        told = {name: figure(day) for name, figure in CHANNELS.items()}
        values[date] = {name: one[0] for name, one in told.items()}
        errors[date] = {name: one[1] for name, one in told.items()}
    both = [pd.DataFrame.from_dict(part, orient="index", columns=list(CHANNELS)) for part in (values, errors)]
    telling = both[0].notna().any()
    return Days(both[0].loc[:, telling], both[1].loc[:, telling])


def _balance(day: Day, local: NDArray[Any]) -> dict[str, Floats]:
    """What sub-meters make of the main meter, as they did in the days of training, and its error [kW].

    The main meter is a straight line of the sum of its sub-meters, by least squares over the days that are
    taken as sound; what nobody meters and what conversion loses is in level, slope and error of the line.
    """
    balance = watch_data()["balance"]
    adds, lessens = ([name for name in balance[part] if day.has(name)] for part in ("adds", "lessens"))
    if not day.has("net_import_kw") or not adds:
        return {}
    total = np.sum([day.read(name) for name in adds], axis=0)
    total = total - np.sum([day.read(name) for name in lessens], axis=0)
    net, dates = day.read("net_import_kw"), np.unique(local)
    first, last = int(detector("settling_days")), int(detector("settling_days") + detector("training_days"))
    sound = np.isin(local, dates[first:last]) & np.isfinite(net) & np.isfinite(total)
    if len(dates) <= last or not sound.any() or np.ptp(total[sound]) <= 0.0:
        return {}
    slope, level = np.polyfit(total[sound], net[sound], 1)
    made = level + slope * total
    return {"made": made, "made error": np.full(len(made), np.std(net[sound] - made[sound]))}
