"""Figures of a day by which faults are looked for: what its readings alone tell, with their standard error.

Slow parameters of a live twin remember days, wander where nothing tells them, and take over a fault within
days. So they are taken out again: a channel compares what was read with what the twin expected *as described*,
or readings with readings, in one day alone, and keeps silent on days that tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """Readings and expectations of a day, by steps.

    Parameters
    ----------
    table : DataFrame
        Of `Following.estimates`.
    hours : float
        Step [h].
    largest : dict
        Largest expected power of the whole table by name [kW].
    """

    def __init__(self, table: pd.DataFrame, hours: float, largest: dict[str, float]) -> None:
        self.table, self.hours, self.largest = table, hours, largest

    def has(self, *names: str) -> bool:
        """Whether these points are heard."""
        return all(f"{name} residual" in self.table for name in names)

    def expected(self, name: str) -> Floats:
        """What the twin expected of a point of the building, (n,)."""
        own = f"{name} expected"
        return self.table[own if own in self.table else name].to_numpy(float)

    def read(self, name: str) -> Floats:
        """What was read, (n,); NaN where silent."""
        return np.asarray(self.expected(name) + self.table[f"{name} residual"].to_numpy(float))

    def mean_of(self, name: str) -> float:
        """Mean of a slow parameter, or of a room's over all rooms."""
        return float(self.rooms(name).mean()) if name not in self.table else float(self.table[name].mean())

    def rooms(self, name: str) -> Floats:
        """Something of all rooms, (n, Z)."""
        columns = [column for column in self.table.columns if column.endswith(f"/{name}")]
        return self.table[columns].to_numpy(float)

    def error_of(self, name: str, power: Floats) -> Floats:
        """Standard deviation of the readings' errors by the class of the meter [kW]."""
        kind = sensors("building")[name]
        return np.hypot(kind.sd, kind.share * power)


Figure = tuple[float, float]
_NOTHING: Figure = (np.nan, np.nan)


def ratio(day: Day, name: str, factor: Floats | float = 1.0, steps: NDArray[np.bool_] | None = None) -> Figure:
    """Logarithm of energy read over energy expected, its expectation times a factor."""
    read = day.read(name)
    there = np.isfinite(read) if steps is None else np.isfinite(read) & steps
    expected = (day.expected(name) * factor)[there]
    total, error = expected.sum(), np.sqrt((day.error_of(name, expected) ** 2).sum())
    if total <= 0.0 or error > detector("least_told") * total:
        return _NOTHING
    return float(np.log(max(read[there].sum(), error) / total)), float(error / total)


def pv(day: Day) -> Figure:
    """Yield against the sun that was measured."""
    return ratio(day, "pv_kw", np.exp(-day.table["pv"].to_numpy(float))) if day.has("pv_kw") else _NOTHING


def machine(day: Day, name: str) -> Figure:
    """Efficiency of heating or cooling, where its meter or that of all air conditioning tells it."""
    parameter = day.table[f"{name}_ratio"].to_numpy(float)
    own, other = (day.table[f"{one}_kw expected"].to_numpy(float) for one in (name, _OTHER[name]))
    meter = f"{name}_kw" if day.has(f"{name}_kw") else "hvac_kw"
    if not day.has(meter) or other.sum() > 0.05 * own.sum():
        return _NOTHING
    value, error = ratio(day, meter, np.exp(parameter))
    return -value, error


_OTHER = {"cooling": "heating", "heating": "cooling"}


def fans_running(day: Day) -> Figure:
    """Power of fans while they are expected to run."""
    return ratio(day, "fans_kw", 1.0, _runs(day)) if day.has("fans_kw") else _NOTHING


def fans_resting(day: Day) -> Figure:
    """Power of fans while they are expected to rest, as a share of their largest."""
    if not day.has("fans_kw") or day.largest["fans_kw"] <= 0.0:
        return _NOTHING
    read = day.read("fans_kw")
    rests = np.isfinite(read) & (day.expected("fans_kw") < 0.05 * day.largest["fans_kw"])
    return _mean(read[rests] / day.largest["fans_kw"], sensors("building")["fans_kw"].sd / day.largest["fans_kw"])


def _runs(day: Day) -> NDArray[np.bool_]:
    return day.expected("fans_kw") > 0.3 * day.largest["fans_kw"]


def setpoint(day: Day, name: str) -> Figure:
    """Room temperature beyond the described set-point while its machine runs [K]."""
    meter = f"{name}_kw" if day.has(f"{name}_kw") else "hvac_kw"
    own, other = (day.table[f"{one}_kw expected"].to_numpy(float) for one in (name, _OTHER[name]))
    if not day.has(meter) or other.sum() > 0.05 * own.sum():
        return _NOTHING
    read = day.read(meter)
    runs = np.isfinite(read) & (read > 0.3 * day.largest[meter])
    wished, air = day.rooms(f"{name}_setpoint_c"), day.rooms("temp_air_c")
    away = np.where((np.abs(wished) < _OFF_C) & runs[:, None], air - wished, np.nan)
    return _mean(away[np.isfinite(away)], sensors("zone")["temp_air_c"].sd)


def moisture(day: Day) -> Figure:
    """Moisture that the model does not know, mean of rooms while air is changed [g/(h m2)]."""
    steps = _runs(day) if "fans_kw" in day.table else np.ones(len(day.table), bool)
    return _mean(day.rooms("moisture")[steps].mean(axis=1), 0.0)


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
    run, counted = np.cumsum(~np.isfinite(power)), np.cumsum(np.nan_to_num(power)) * day.hours
    there = np.isfinite(charge)
    frame = pd.DataFrame({"charge": charge[there], "counted": counted[there]})
    frame -= frame.groupby(run[there]).transform("mean")
    moved = float((frame["counted"] ** 2).sum())
    if moved <= 0.0:
        return _NOTHING
    slope = float((frame["charge"] * frame["counted"]).sum()) / moved
    error = sensors("building")["battery_soc"].sd / np.sqrt(moved)
    if error > detector("least_told") * slope:
        return _NOTHING
    return float(-np.log(slope)), float(error / slope)


def scale(day: Day) -> Figure:
    """Logarithm of what the main meter reads over what its sub-meters make of it (`Day.made`)."""
    if "made" not in day.table:
        return _NOTHING
    read, made = day.read("net_import_kw"), day.table["made"].to_numpy(float)
    there = np.isfinite(read) & np.isfinite(made)
    power = float((made[there] ** 2).sum())
    error = float(day.table["made error"].iloc[0]) / np.sqrt(power) if power > 0.0 else np.inf
    if error > detector("least_told"):
        return _NOTHING
    return float(np.log(max(float((made * read)[there].sum()) / power, error))), error


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
    hours = index.to_series().diff().median() / pd.Timedelta(hours=1)
    estimates = _with_balance(estimates, local)
    names = [name for name in ("fans_kw", "hvac_kw", "cooling_kw", "heating_kw") if name in estimates]
    largest = {name: float(estimates[name].max()) for name in names}
    values, errors = {}, {}
    for date, table in estimates.groupby(local):
        if len(table) * hours < 23.0:
            continue
        told = {name: figure(Day(table, hours, largest)) for name, figure in CHANNELS.items()}
        values[date] = {name: one[0] for name, one in told.items()}
        errors[date] = {name: one[1] for name, one in told.items()}
    both = [pd.DataFrame.from_dict(part, orient="index", columns=list(CHANNELS)) for part in (values, errors)]
    telling = both[0].notna().any()
    return Days(both[0].loc[:, telling], both[1].loc[:, telling])


def _with_balance(estimates: pd.DataFrame, local: NDArray[Any]) -> pd.DataFrame:
    """With what sub-meters make of the main meter, as they did in the days of training, and its error [kW].

    The main meter is a straight line of the sum of its sub-meters, by least squares over the days that are
    taken as sound; what nobody meters and what conversion loses is in level, slope and error of the line.
    """
    balance = watch_data()["balance"]
    adds = [name for name in balance["adds"] if f"{name} residual" in estimates]
    lessens = [name for name in balance["lessens"] if f"{name} residual" in estimates]
    if "net_import_kw residual" not in estimates or not adds:
        return estimates
    day = Day(estimates, 1.0, {})
    total = np.sum([day.read(name) for name in adds], axis=0)
    total = total - np.sum([day.read(name) for name in lessens], axis=0) if lessens else total
    net, dates = day.read("net_import_kw"), sorted(set(local))
    first, last = int(detector("settling_days")), int(detector("settling_days") + detector("training_days"))
    sound = np.isin(local, dates[first:last]) & np.isfinite(net) & np.isfinite(total)
    if len(dates) <= last or sound.sum() < 3:
        return estimates
    slope, level = np.polyfit(total[sound], net[sound], 1)
    made = level + slope * total
    return estimates.assign(**{"made": made, "made error": float(np.std(net[sound] - made[sound]))})
