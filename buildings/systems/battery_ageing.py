"""Ageing of batteries (电池老化): capacity and resistance after a year as it was marched, and after many.

Lost capacity is the sum of a calendar and a cycle part, each a power of days or of full cycles, with a rate
that depends on how the cells were kept: the published semi-empirical models of `data/battery_ageing.yaml`.
Where rates change from day to day each part grows from the loss it has, as if it had always grown at this
day's rate. The charge is cut into cycles by rainflow counting after ASTM E1049-85 (2017), 5.4.4, compiled
here. A cycle counts on the day on which it closes, at the current that flowed on that day while any did.

That current is the mean over the charge that moved. The tests behind the models cycle without rests, and the
rate is one per full cycle: where it is linear in the current, this mean is exact. BLAST-Lite's edition for
MATLAB averages over "non-resting periods" as well (NREL, func_LifeMdl_StressStatistics), and SimSES, of the
chair whose model `lfp_naumann` is, leaves standing still out of a half cycle's time (HalfCycleDetector).
BLAST-Lite's edition for Python spreads the current over the whole day, rests included: a battery that works
some hours a day then wears about a fifth less. Read in 2026; what the tests were like is on our side.

The year repeats: the same charge over time, relative to the capacity that is left, so that a worn battery
moves less energy. The models know no knee, the sudden end of some cells. Chemistries without a published
model are judged by their maker's warranty, a straight line in cycles or years, whichever comes first, and
the outcome says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.systems.ev import load_vehicle
from buildings.systems.records import entry, positive
from weather.errors import TwinError

Array = NDArray[np.float64]

PUBLISHED_MODEL = "published model"
MAKERS_WARRANTY = "maker's warranty"
HORIZON_YEARS = 60
"""Years after which a battery that still holds its capacity is called not replaced."""
_DAYS = 365.25
_CALENDAR = {"anode": 0, "charge": 1, "cubic": 2}
_CYCLE = {"warm": 0, "constant": 1, "cubic": 2}


@dataclass(frozen=True, eq=False)
class Ageing:
    """How a battery ages when its year repeats.

    Attributes
    ----------
    basis : str
        `PUBLISHED_MODEL` or `MAKERS_WARRANTY`.
    model : str
        Key of the model, or of the battery whose warranty it is.
    capacity, resistance : ndarray (years + 1,)
        Over those at purchase, at purchase and after each year; resistance NaN where nothing is published.
    calendar_loss, cycle_loss : ndarray (years + 1,)
        Parts of the lost capacity; NaN by warranty, which does not tell them apart.
    full_cycles : float
        Equivalent full cycles of the first year.
    replaced_after : float
        Years until the capacity is at the end of life, infinite beyond `HORIZON_YEARS`.
    design_life : float
        Years after which it is replaced whatever it holds; infinite where none is stated.
    end_of_life : float
        That capacity over the one at purchase.
    outside : tuple of str
        Where the year lies outside the tests behind the model.
    """

    basis: str
    model: str
    capacity: Array
    resistance: Array
    calendar_loss: Array
    cycle_loss: Array
    full_cycles: float
    replaced_after: float
    end_of_life: float
    outside: tuple[str, ...]
    design_life: float = math.inf

    @property
    def life(self) -> float:
        """Years until it is replaced: for its capacity or its age, whichever comes first."""
        return min(self.replaced_after, self.design_life)


@compiled(allocates=True)
def count_cycles(series: np.ndarray, depth: np.ndarray, count: np.ndarray, last: np.ndarray) -> int:
    """Cycles of a series by rainflow counting (雨流计数法), ASTM E1049-85 (2017), 5.4.4.

    Parameters
    ----------
    series : numpy.ndarray of float64, shape (n,)
    depth, count : numpy.ndarray of float64, shape (n,)
        Written: range of each cycle, and 1 for a full or 0.5 for a half one.
    last : numpy.ndarray of int64, shape (n,)
        Written: index in the series of the point that ends the cycle's range.

    Returns
    -------
    int
        Number of cycles written.
    """
    n = series.shape[0]
    points = np.empty(n, np.int64)
    held = found = 0
    for i in range(n):
        turns = i == 0 or i == n - 1
        if not turns:
            # a plateau turns at its last point
            step, back = series[i + 1] - series[i], held - 1
            turns = step != 0.0 and (series[i] - series[points[back]]) * step < 0.0
        if not turns:
            continue
        points[held] = i
        held += 1
        while held >= 3:
            x = abs(series[points[held - 1]] - series[points[held - 2]])
            y = abs(series[points[held - 2]] - series[points[held - 3]])
            if x < y:
                break
            depth[found], last[found] = y, points[held - 2]
            if held == 3:
                count[found] = 0.5
                points[0], points[1] = points[1], points[2]
                held = 2
            else:
                count[found] = 1.0
                points[held - 3] = points[held - 1]
                held -= 2
            found += 1
    for i in range(held - 1):
        depth[found] = abs(series[points[i + 1]] - series[points[i]])
        if depth[found] > 0.0:
            count[found], last[found] = 0.5, points[i + 1]
            found += 1
    return found


@compiled()
def anode_potential(soc: float) -> float:
    """Potential of the graphite against lithium [V]: Safari and Delacourt 2011, doi 10.1149/1.3567007.

    Lithium in the graphite over the charge after Schimpe and others 2018, doi 10.1149/2.1181714jes.
    """
    x = 8.5e-3 + soc * (0.78 - 8.5e-3)
    rise = 0.6379 + 0.5416 * math.exp(-305.5309 * x) + 0.044 * math.tanh(-(x - 0.1958) / 0.1088)
    fall = 0.1978 * math.tanh((x - 1.0571) / 0.0854) + 0.6875 * math.tanh((x + 0.0117) / 0.0529)
    return rise - fall - 0.0175 * math.tanh((x - 0.5692) / 0.0875)


@compiled()
def _calendar_rate(form: int, p: np.ndarray, soc: float, kelvin: float) -> float:
    if form == 0:
        return p[0] * math.exp((p[1] + p[2] * anode_potential(soc)) / kelvin)
    if form == 1:
        return p[0] * math.exp((p[1] + p[2] * soc) / kelvin)
    return p[0] * math.exp(p[1] / kelvin) * (p[2] * (soc - 0.5) ** 3 + p[3])


@compiled()
def _cycle_rate(form: int, p: np.ndarray, depth: float, kelvin: float) -> tuple[float, float]:
    """Rate without current, and what each 1/h of current adds."""
    if form == 0:
        warm = math.exp(p[4] / kelvin) + math.exp(p[5] / kelvin)
        return (p[0] + p[1] * depth) * warm, p[2] * warm
    if form == 1:
        return p[0], 0.0
    bend = p[2] * (depth - 0.6) ** 3 + p[3]
    return p[0] * bend, p[1] * bend


TIME, FULL_CYCLES, C_RATE, K_CALENDAR, K_CYCLE, K_CYCLE_RATE, R_TIME, R_CYCLE, R_CYCLE_RATE = range(9)
"""Columns of a day's stress: its length [d], full cycles closed in it, current over nominal capacity [1/h],
calendar rate, cycle rate and what the current adds to it, and the same of the resistance."""


@compiled(allocates=True)
def daily_stress(
    soc: np.ndarray, temp: np.ndarray, step_h: float, forms: np.ndarray, calendar: np.ndarray,
    cycle: np.ndarray, resistance: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """What a year does to the cells, day by day.

    Parameters
    ----------
    soc, temp : numpy.ndarray of float64, shape (n,)
        State of charge [-] and cell temperature [degC] at the ends of the steps.
    step_h : float
        Length of a step [h].
    forms : numpy.ndarray of int64
        Forms of the calendar and the cycle rate, power of the resistance's charge term.
    calendar, cycle, resistance : numpy.ndarray of float64
        Coefficients a, b, c, ... of `data/battery_ageing.yaml`.

    Returns
    -------
    numpy.ndarray of float64, shape (days, 9)
    """
    n = soc.shape[0]
    days = math.ceil(n * step_h / 24.0 - 1e-9)
    out = np.zeros((days, 9))
    warmth, moved = np.zeros(days), np.zeros(days)
    p, r = calendar, resistance
    for i in range(n):
        day = min(int((i + 0.5) * step_h / 24.0), days - 1)
        kelvin = temp[i] + 273.15
        dt = step_h / 24.0
        row = out[day]
        row[TIME] += dt
        warmth[day] += dt * kelvin
        row[K_CALENDAR] += dt * _calendar_rate(forms[0], p, soc[i], kelvin)
        row[R_TIME] += dt * r[0] * math.exp(r[1] / kelvin) * (r[2] * (soc[i] - 0.5) ** forms[2] + r[3])
        if i > 0:
            change = abs(soc[i] - soc[i - 1])
            moved[day] += change
            row[C_RATE] += change * change / step_h
    for day in range(days):
        row = out[day]
        row[K_CALENDAR] /= row[TIME]
        row[R_TIME] /= row[TIME]
        warmth[day] /= row[TIME]
        if moved[day] > 0.0:
            row[C_RATE] /= moved[day]
    depth, count, last = np.empty(n), np.empty(n), np.empty(n, np.int64)
    for k in range(count_cycles(soc, depth, count, last)):
        day = min(int((last[k] + 0.5) * step_h / 24.0), days - 1)
        row = out[day]
        cycles = depth[k] * count[k]
        still, current = _cycle_rate(forms[1], cycle, depth[k], warmth[day])
        bend = r[6] * (depth[k] - 0.5) ** 3 + r[7]
        row[FULL_CYCLES] += cycles
        row[K_CYCLE] += cycles * still
        row[K_CYCLE_RATE] += cycles * current
        row[R_CYCLE] += cycles * r[4] * bend
        row[R_CYCLE_RATE] += cycles * r[5] * bend
    for day in range(days):
        if out[day, FULL_CYCLES] > 0.0:
            for column in (K_CYCLE, K_CYCLE_RATE, R_CYCLE, R_CYCLE_RATE):
                out[day, column] /= out[day, FULL_CYCLES]
    return out


@compiled()
def _grown(loss: float, more: float, rate: float, power: float) -> float:
    """A loss that grows as rate * x^power, after x has grown by `more`."""
    if rate <= 0.0 or more <= 0.0:
        return loss
    return rate * ((loss / rate) ** (1.0 / power) + more) ** power


@compiled()
def repeat_year(
    stress: np.ndarray, powers: np.ndarray, prior: float, end_of_life: float, losses: np.ndarray
) -> float:
    """Let a year repeat.

    Parameters
    ----------
    stress : numpy.ndarray of float64, shape (days, 9)
        Of `daily_stress`.
    powers : numpy.ndarray of float64, shape (2,)
        Powers of days and of full cycles.
    prior : float
        Capacity lost before purchase [-], half to calendar and half to cycles.
    end_of_life : float
        Capacity over that at purchase at which the battery is replaced [-].
    losses : numpy.ndarray of float64, shape (years + 1, 3)
        Written for each end of a year: calendar loss, cycle loss, resistance added.

    Returns
    -------
    float
        Years until the end of life; infinite where the last year ends before.
    """
    by_time = by_cycles = 0.5 * prior
    added, elapsed, replaced = 0.0, 0.0, math.inf
    losses[0, 0], losses[0, 1], losses[0, 2] = by_time, by_cycles, 0.0
    for year in range(1, losses.shape[0]):
        for day in range(stress.shape[0]):
            row = stress[day]
            left = 1.0 - by_time - by_cycles
            if left <= 0.0:
                break
            # currents and cycles over the nominal capacity
            cycles, current = row[FULL_CYCLES] * left, row[C_RATE] * left
            by_time = _grown(by_time, row[TIME], row[K_CALENDAR], powers[0])
            by_cycles = _grown(by_cycles, cycles, row[K_CYCLE] + current * row[K_CYCLE_RATE], powers[1])
            growth = row[R_CYCLE] + current * row[R_CYCLE_RATE]
            added += row[R_TIME] * row[TIME] + cycles * max(growth, 0.0)
            now = 1.0 - by_time - by_cycles
            least = end_of_life * (1.0 - prior)
            if replaced == math.inf and now <= least:
                share = (left - least) / (left - now) if left > now else 1.0
                replaced = (elapsed + share * row[TIME]) / _DAYS
            elapsed += row[TIME]
        losses[year, 0], losses[year, 1], losses[year, 2] = by_time, by_cycles, added
    return replaced


def age_battery(
    key: str,
    soc: Array,
    temperature: Array,
    step_s: float,
    *,
    years: int = 10,
    end_of_life: float | None = None,
    model: str | None = None,
) -> Ageing:
    """Ageing of a battery of the library that lives the same year again and again.

    Parameters
    ----------
    key : str
        Key in `data/batteries.yaml`.
    soc, temperature : ndarray of float64, shape (n,)
        State of charge [-] and cell temperature [degC] at the ends of the steps of a year.
    step_s : float
        Length of a step [s].
    years : int, optional
        Years to tell.
    end_of_life : float, optional
        Capacity over that at purchase at which it is replaced [-]; the library's where not given.
    model : str, optional
        Key in `data/battery_ageing.yaml` instead of the battery's own.

    Returns
    -------
    Ageing

    Raises
    ------
    TwinError
        If a key is unknown, the series do not fit together or a number is out of range.
    """
    return _aged(key, entry("batteries", key)["ageing"], soc, temperature, step_s, years, end_of_life, model)


def age_vehicle(
    key: str, soc: Array, temperature: Array, step_s: float, *, years: int = 10, model: str | None = None
) -> Ageing:
    """The same for the battery of a vehicle.

    Parameters
    ----------
    key : str
        Key of a vehicle in `data/ev_patterns.yaml`.
    soc, temperature, step_s, years, model
        As `age_battery`.

    Returns
    -------
    Ageing

    Raises
    ------
    TwinError
        As `age_battery`.
    """
    return _aged(key, load_vehicle(key)["ageing"], soc, temperature, step_s, years, None, model)


def _aged(
    key: str,
    judged: dict[str, Any],
    soc: Array,
    temperature: Array,
    step_s: float,
    years: int,
    end_of_life: float | None,
    model: str | None,
) -> Ageing:
    end = judged["end_of_life"] if end_of_life is None else end_of_life
    soc, temperature = _series(soc, temperature)
    if not (0.0 < end < 1.0 and 1 <= years <= HORIZON_YEARS):
        raise TwinError(
            f"End of life at {end} and {years} years cannot be judged.",
            f"Give a share of the capacity between 0 and 1, and 1 to {HORIZON_YEARS} years.",
            key="end_of_life",
        )
    step_h = positive(step_s, "step") / 3600.0
    if model is None and "model" not in judged:
        return _by_warranty(key, judged, soc, step_h, years, end)
    return _by_model(model or judged["model"], judged, soc, temperature, step_h, years, end)


def _series(soc: Array, temperature: Array) -> tuple[Array, Array]:
    soc, temperature = np.ascontiguousarray(soc, float), np.ascontiguousarray(temperature, float)
    if not (soc.ndim == 1 and soc.shape == temperature.shape and len(soc) > 1):
        raise TwinError(
            f"States of charge {soc.shape} and temperatures {temperature.shape} are no series of one march.",
            "Give both for every step.",
            key="soc",
        )
    if not (np.isfinite(soc).all() and np.isfinite(temperature).all()):
        raise TwinError(
            "A state of charge or a cell temperature is not finite.", "Look into the march.", key="soc"
        )
    return soc, temperature


def model_parameters(model: str) -> dict[str, Any]:
    """Parameters of an ageing model as the compiled functions read them.

    Parameters
    ----------
    model : str
        Key in `data/battery_ageing.yaml`.

    Returns
    -------
    dict
        `forms`, `calendar`, `cycle`, `resistance`, `powers`; `has_resistance`, `tested`.

    Raises
    ------
    TwinError
        If there is no such model.
    """
    values = entry("battery_ageing", model)
    if "calendar" not in values:
        raise TwinError(f"{model!r} is no ageing model.", "Use one with a calendar part.", key=model)
    calendar, cycle = values["calendar"], values["cycle"]
    has = values["resistance"] != "none"
    grown = entry("battery_ageing", "resistance")[values["resistance"]] if has else {"power": 2}
    forms = [_CALENDAR[calendar["form"]], _CYCLE[cycle["form"]], grown["power"]]
    return {
        "forms": np.array(forms, np.int64),
        "calendar": np.array([float(calendar.get(name, 0.0)) for name in "abcd"]),
        "cycle": np.array([float(cycle.get(name, 0.0)) for name in "abcdef"]),
        "resistance": np.array([float(grown.get(name, 0.0)) for name in "abcdefgh"]),
        "powers": np.array([calendar["power"], cycle["power"]], float),
        "has_resistance": has,
        "tested": values["tested"],
    }


def _by_model(
    model: str, judged: dict[str, Any], soc: Array, temp: Array, step_h: float, years: int, end: float
) -> Ageing:
    p = model_parameters(model)
    stress = daily_stress(soc, temp, step_h, p["forms"], p["calendar"], p["cycle"], p["resistance"])
    prior = float(judged.get("prior_loss", 0.0))
    losses = np.zeros((HORIZON_YEARS + 1, 3))
    replaced = repeat_year(stress, p["powers"], prior, end, losses)
    told = losses[: years + 1]
    left = (1.0 - told[:, 0] - told[:, 1]) / (1.0 - prior)
    grown = 1.0 + told[:, 2] if p["has_resistance"] else np.full(years + 1, np.nan)
    outside = []
    for what, low, high, limits in (
        ("cell temperature [degC]", temp.min(), temp.max(), p["tested"]["temperature"]),
        ("current over capacity [1/h]", 0.0, stress[:, C_RATE].max(), p["tested"]["c_rate"]),
    ):
        if low < limits[0] or high > limits[1]:
            outside.append(f"{what} {low:.3g} to {high:.3g}, tested {limits[0]:g} to {limits[1]:g}")
    return Ageing(
        basis=PUBLISHED_MODEL,
        model=model,
        capacity=left,
        resistance=grown,
        calendar_loss=told[:, 0].copy(),
        cycle_loss=told[:, 1].copy(),
        full_cycles=float(stress[:, FULL_CYCLES].sum()),
        replaced_after=float(replaced),
        end_of_life=end,
        outside=tuple(outside),
        design_life=float(judged.get("design_years", math.inf)),
    )


def _by_warranty(
    key: str, judged: dict[str, Any], soc: Array, step_h: float, years: int, end: float
) -> Ageing:
    """A straight line to the warranted capacity, by cycles or by years."""
    cycles = float(0.5 * np.abs(np.diff(soc)).sum())
    share = len(soc) * step_h / (24.0 * _DAYS)
    yearly = max(cycles / share / judged["warranty_cycles"], 1.0 / judged["warranty_years"])
    slope = (1.0 - judged["warranty_capacity"]) * yearly
    unknown = np.full(years + 1, np.nan)
    after = (1.0 - end) / slope
    return Ageing(
        basis=MAKERS_WARRANTY,
        model=key,
        capacity=np.maximum(1.0 - slope * np.arange(years + 1), 0.0),
        resistance=unknown,
        calendar_loss=unknown,
        cycle_loss=unknown,
        full_cycles=cycles,
        replaced_after=after if after <= HORIZON_YEARS else math.inf,
        end_of_life=end,
        outside=(),
    )
