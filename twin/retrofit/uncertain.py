"""The same building as it may be built, used and weathered: draws of what is not known (不确定性).

Each draw changes the building as it is and every package of it alike, so that what the packages save is
compared within one draw. Draws are marched in full; nothing is scaled.

References
----------
.. [1] Macdonald, Quantifying the effects of uncertainty in building simulation (thesis, Strathclyde 2002):
       sampling inputs and marching each draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schema import (
    Building,
    ExplicitBuilding,
    GainOverrides,
    Project,
    Schedule,
    Thermostat,
    Zone,
)
from buildings.description.setpoints import shift_operating_hours
from buildings.library.data_text import read_data
from buildings.retrofit.base import base_of
from twin.market.assumption import UNVERIFIED, Assumption
from twin.retrofit.drawn_parts import Draw, drawn_constructions, drawn_machines, drawn_windows

_Z90 = 1.2815515655446004
"""90 % quantile of the standard normal distribution."""
_SET_POINTS = {"cooling": min, "heating": max}


@cache
def inputs() -> dict[str, dict[str, Any]]:
    """Distributions of the uncertain inputs by name."""
    text = (resources.files("twin.retrofit") / "data" / "uncertain_inputs.yaml").read_text("utf-8")
    found: dict[str, dict[str, Any]] = read_data(text)["inputs"]
    return found


def draws(count: int, seed: int) -> list[dict[str, float]]:
    """Draws from all distributions by a Latin hypercube.

    Parameters
    ----------
    count : int
    seed : int

    Returns
    -------
    list of dict
        The same for the same seed; `weather_year` holds whole numbers from 1.
    """
    from scipy import stats

    known = inputs()
    unit = stats.qmc.LatinHypercube(d=len(known), rng=np.random.default_rng(seed)).random(count)
    columns = {
        name: quantile(entry, unit[:, j]) if entry["kind"] != "seed" else np.argsort(unit[:, j]) + 1.0
        for j, (name, entry) in enumerate(known.items())
    }
    return [{name: float(values[i]) for name, values in columns.items()} for i in range(count)]


def quantile(entry: Mapping[str, Any], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Quantiles of a distribution of the data file; a lognormal one is cut at `low` and `high`."""
    from scipy import stats

    if entry["kind"] == "triangular":
        low, high = entry["low"], entry["high"]
        mode = (entry["mode"] - low) / (high - low)
        return np.asarray(stats.triang.ppf(share, mode, low, high - low), dtype=float)
    sigma = math.log(entry["p90"] / entry["median"]) / _Z90
    whole = stats.lognorm(sigma, scale=entry["median"])
    first, last = whole.cdf(entry["low"]), whole.cdf(entry["high"])
    return np.asarray(whole.ppf(first + share * (last - first)), dtype=float)


def varied(
    project: Project,
    draw: Draw,
    sizes: Mapping[str, float],
    existing: Building,
    actions: Collection[str] = (),
) -> Project:
    """A project of one building under a draw; its weather is chosen by whoever marches it.

    Parameters
    ----------
    project : Project
        With its package.
    draw : mapping
        Inputs that it does not name stay.
    sizes : mapping
        `cooling_capacity_kw` and `heating_capacity_kw` of its plant: the machines are bought for the design
        figures and stay, however the building is used.
    existing : Building
        The building as it is, from which parts that are new are told.
    actions : collection of str, optional
        Types of the actions of the package.
    """
    base, before = base_of(project.buildings[0]), base_of(existing)
    building, done = base.building, base.complete
    schedules = dict(building.schedules)
    zones = tuple(
        _zone(zone, complete, building, done, draw, schedules)
        for zone, complete in zip(building.zones, done.zones, strict=True)
    )
    plant = {key: 1e3 * max(sizes[f"{key}_kw"], 1e-3) for key in ("cooling_capacity", "heating_capacity")}
    hvac = building.hvac.model_copy(update=plant)
    windows = drawn_windows(building, before, draw, replaced="replace_windows" in actions)
    update = {
        "zones": zones,
        "schedules": schedules,
        "hvac": drawn_machines(hvac, done.hvac.equipment, before, draw),
        "constructions": drawn_constructions(building, before, draw),
        **windows,
    }
    changed = building.model_copy(update=update)
    return project.model_copy(update={"buildings": (changed,)})


def acting(under: Callable[[Draw], Project]) -> frozenset[str]:
    """Inputs that change a building at all: without a boiler its efficiency moves nothing, only by chance.

    Parameters
    ----------
    under : callable
        The project of the building under a draw, see `varied`.
    """
    plain = under({})
    return frozenset(
        name
        for name, entry in inputs().items()
        if entry["kind"] == "seed" or under({name: entry["low"]}) != plain
    )


def _zone(
    zone: Zone,
    complete: CompleteZone,
    building: ExplicitBuilding,
    done: CompleteBuilding,
    draw: Draw,
    schedules: dict[str, Schedule],
) -> Zone:
    gains, air = complete.gains, draw.get("fresh_air", 1.0)
    own: dict[str, float] = {
        "people_density": gains.people_density * draw.get("people_density", 1.0),
        "equipment_power": gains.equipment_power * draw.get("equipment_power", 1.0),
        "lighting_power": gains.lighting_power * draw.get("lighting_power", 1.0),
        "fresh_air_per_person": gains.fresh_air_per_person * air / draw.get("people_density", 1.0),
        "fresh_air_changes": gains.fresh_air_changes * air,
    }
    written = zone.gains.model_dump(exclude_unset=True) | own
    update: dict[str, Any] = {
        "gains": GainOverrides.model_validate(written),
        "infiltration": complete.infiltration * draw.get("infiltration", 1.0),
    }
    if complete.conditioned:
        keys = {kind: _shifted(kind, complete, done, draw, schedules) for kind in _SET_POINTS}
        update["thermostat"] = Thermostat(**keys)
    return zone.model_copy(update=update)


def _shifted(
    kind: str, zone: CompleteZone, done: CompleteBuilding, draw: Draw, schedules: dict[str, Schedule]
) -> str:
    """Key of the zone's set-point schedule with its operating hours shifted."""
    key = zone.cooling_setpoint if kind == "cooling" else zone.heating_setpoint
    name = "drawn " + "".join(c if c.isalnum() or c in " ._-" else "-" for c in f"{kind} {key}")[:50].strip(
        " ."
    )
    if name not in schedules:
        schedule = done.schedules[key]
        numbers = [v for v in schedule.values() if v != "off"]
        shift = draw.get(f"{kind}_setpoint", 0.0)
        if numbers:
            schedule = shift_operating_hours(schedule, _SET_POINTS[kind](numbers) + shift, kind)
        schedules[name] = schedule
    return name


def assumptions(used: tuple[str, ...]) -> tuple[Assumption, ...]:
    """Distributions that nobody verified, of the inputs that were drawn."""
    said = []
    for name in used:
        entry = inputs()[name]
        if entry["confidence"] in UNVERIFIED:
            span = f"{entry['low']:g} … {entry['high']:g}"
            said.append(
                Assumption(
                    f"uncertain.{name}",
                    f"{entry['name_zh']}的不确定范围按 {span} {_unit(entry, 'zh')} 抽样。",
                    f"The range of {entry['name_en']} is drawn from {span} {_unit(entry, 'en')}.",
                    span,
                    entry["unit"],
                    entry["source"],
                    entry["confidence"],
                )
            )
    if used:
        said.append(_KEPT)
    return tuple(said)


_KEPT = Assumption(
    "uncertain.kept",
    "抽样不改变机房设备、光伏、电池以及逐层描述的玻璃。",
    "Machines of the plant room, PV, batteries and windows described pane by pane keep their data in draws.",
    None,
    "",
    "convention of this study",
    "assumed",
)


def _unit(entry: Mapping[str, Any], language: str) -> str:
    if entry["unit"] != "1":
        return str(entry["unit"])
    return "倍" if language == "zh" else "times its figure"
