"""Times without the grid: how long each class of loads was served, what was missing, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from controllers.islanding import BLACK_START, BLACKOUT, CLASSES, GRID
from twin.judges.kpis.resilience import endurance_h
from twin.market.days import step_minutes

SERVED = {"critical": 0.9, "essential": 0.9, "comfort": 0.5, "deferrable": 0.9}
"""Share of its demand with which a class counts as served in a step: lamps dim by up to a twentieth before
loads are shed, air conditioning goes down to half in the reduced band; our own criterion."""
_DEMAND_KW = 1e-6

Array = NDArray[np.float64]


def islanding(
    series: pd.DataFrame, outages: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """Judge every outage of a building.

    Parameters
    ----------
    series : DataFrame, shape (n, variables)
        With the columns of the group ``island``; without them nothing is judged.
    outages : sequence of mapping
        `start` and `end` of each time without the grid (or, for the bus, without its interface), as stamps.
    facts : mapping
        Of the building: `battery_capacity_kwh`, `battery_soc_min`; None without a battery.

    Returns
    -------
    list of dict or None
        One for each outage: `hours`; `hours_survived` (from its start until a class first fell short) and
        `hours_served` by class, None for a class that wanted nothing; `unserved_kwh` by class; `lowest_soc`;
        `hours_dark`, `black_starts`; `return_steps`, `return_minutes` from its end until the building is on
        the grid with all classes (None if that is not within the year), `largest_soc_step` on that way;
        `endurance` (`_endurance`).
    """
    if "island_state" not in series:
        return None
    return [_one(series, outage, facts) for outage in outages]


def _one(series: pd.DataFrame, outage: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    times = series.index
    assert isinstance(times, pd.DatetimeIndex)
    step_h = step_minutes(times) / 60.0
    first, last = times.searchsorted(pd.DatetimeIndex([outage["start"], outage["end"]]))
    part = series.iloc[first:last]
    state = part["island_state"].to_numpy(float).round().astype(int)
    survived: dict[str, float | None] = {}
    served: dict[str, float | None] = {}
    unserved: dict[str, float] = {}
    for name, (got, missing) in _by_class(part).items():
        unserved[name] = float(missing.sum() * step_h)
        short = missing > (1.0 - SERVED[name]) * (got + missing) + _DEMAND_KW
        wanted = bool((got + missing > _DEMAND_KW).any())
        until = int(np.argmax(short)) if short.any() else len(short)
        survived[name] = until * step_h if wanted else None
        served[name] = float((~short).sum() * step_h) if wanted else None
    starts = (state == BLACK_START) & (np.concatenate([[GRID], state[:-1]]) != BLACK_START)
    soc = part["battery_soc"].to_numpy(float)
    return {
        "start": str(outage["start"]),
        "end": str(outage["end"]),
        "hours": len(part) * step_h,
        "hours_survived": survived,
        "hours_served": served,
        "unserved_kwh": unserved,
        "lowest_soc": None if np.isnan(soc).all() else float(soc.min()),
        "hours_dark": float((state == BLACKOUT).sum() * step_h),
        "black_starts": int(starts.sum()),
        **_return(series, int(last), step_h),
        "endurance": _endurance(series, int(first), int(last), step_h, facts, survived["critical"]),
    }


def _by_class(part: pd.DataFrame) -> dict[str, tuple[Array, Array]]:
    """What each class got and what it missed [kW]; vehicles are judged by their departures."""

    def add(*names: str) -> Array:
        return np.asarray(np.sum([part[f"{name}_kw"].to_numpy(float) for name in names], axis=0))

    critical = add("critical_served")
    got = {
        "critical": critical,
        "essential": np.maximum(add("lighting", "equipment") - critical, 0.0),
        "comfort": add("cooling", "heating", "fans", "pumps", "fresh_air"),
        "deferrable": add("hot_water", "cooking", "process"),
    }
    return {name: (got[name], add(f"unserved_{name}")) for name in CLASSES}


def _return(series: pd.DataFrame, last: int, step_h: float) -> dict[str, Any]:
    """How the building came back after the step `last`."""
    after = series["island_state"].to_numpy(float)[last:].round().astype(int)
    back = np.flatnonzero(after == GRID)
    if not len(back):
        return {"return_steps": None, "return_minutes": None, "largest_soc_step": None}
    steps = int(back[0])
    soc = series["battery_soc"].to_numpy(float)[max(last - 1, 0) : last + steps + 1]
    jump = None if np.isnan(soc).any() or len(soc) < 2 else float(np.abs(np.diff(soc)).max())
    return {"return_steps": steps, "return_minutes": 60.0 * steps * step_h, "largest_soc_step": jump}


def _endurance(
    series: pd.DataFrame,
    first: int,
    last: int,
    step_h: float,
    facts: Mapping[str, Any],
    marched_h: float | None,
) -> dict[str, Any] | None:
    """What the formula E (SOC - SOC_min) eta / P_crit said at the loss, beside what was marched.

    `battery_alone_h` is the formula with the mean critical demand of the outage; `with_sun_and_vehicles_h`
    adds step by step the PV power that was available and what vehicles lent, up to the outage's length.
    Both give the battery to critical loads alone, which the march does not: it serves the other classes
    down to their reserves, and keeps one for the black start. The efficiency is that of the battery's
    discharge in the outage.
    """
    capacity, floor = facts.get("battery_capacity_kwh"), facts.get("battery_soc_min")
    part = series.iloc[first:last]
    names = ("critical_served_kw", "unserved_critical_kw")
    critical = np.sum([part[name].to_numpy(float) for name in names], axis=0)
    if not capacity or floor is None or first == 0 or not critical.mean() > 0.0:
        return None
    given = part["battery_discharge_kw"].to_numpy(float)
    loss = part["battery_loss_kw"].to_numpy(float)[given > 0.0]
    efficiency = float(given.sum() / (given.sum() + loss.sum())) if given.sum() > 0.0 else 1.0
    soc = float(series["battery_soc"].iloc[first - 1])
    mean = float(critical.mean())
    free = part["pv_kw"].to_numpy(float) + part["pv_curtailed_kw"].to_numpy(float)
    free = free + part["ev_discharge_kw"].to_numpy(float)
    stored, most, lasted = capacity * (soc - floor) * efficiency, capacity * (1.0 - floor) * efficiency, 0
    for net in (free - critical) * step_h:
        stored = min(stored + net, most)
        if stored < 0.0:
            break
        lasted += 1
    return {
        "soc_at_loss": soc,
        "critical_kw": mean,
        "efficiency": efficiency,
        "battery_alone_h": float(endurance_h([soc], [mean], capacity, floor, efficiency)[0]),
        "with_sun_and_vehicles_h": lasted * step_h,
        "marched_h": marched_h,
    }
