"""Controllers against each other on one project: the same year, building and tariff, one table (控制器对比).

What a plan optimises is what it is judged by: cost by the bill, wear of the battery, carbon at the price that
the project gives it. Beside it stands what no saving may hide: comfort, vehicles, limits, fallbacks.
Regret is the distance to plans that know the future, over what these save against no control:

    regret = (J - J_perfect) / (J_fixed - J_perfect)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from controllers.codes import CONTROLLERS, SUPERVISED
from twin.market.bill import demand_kw
from twin.progress import Progress, parts_of
from twin.project import Loaded, simulate
from twin.store import Run
from weather.errors import TwinError

PERFECT = "mpc_perfect"
COMPETITORS = (*CONTROLLERS, *SUPERVISED, PERFECT)
"""Controllers of a contest: those of a project, and plans under perfect foresight, an upper bound."""
_LEAST_SPAN = 0.005
"""Share of the cost without control that perfect foresight must save for a regret to say anything [-]."""


@dataclass(frozen=True)
class Score:
    """What a controller made of the year, summed over the buildings of a project.

    Attributes
    ----------
    controller : str
    cost_cny, wear_cny, carbon_kg, objective_cny : float
        Bill with gas; wear by use, of vehicles that lend counted in; carbon of the physical account; and what
        plans weigh.
    peak_kw : float
        Highest quarter-hour of the import.
    hours_above_limit : float
        Time above the demand limit, where there is one [h].
    self_consumption, self_sufficiency : float or None
    unmet_hours : float
        Occupied hours out of the set-points, of the worst building [h].
    hvac_shed_kwh, unserved_kwh, hot_water_unmet_kwh : float
    vehicles_short, vehicle_missed_kwh, vehicle_lent_kwh : float
        Vehicles that left with less than fits into their stay, what they missed, and what vehicles lent.
    cycles : float
        Full cycles of the batteries' whole capacity.
    orders_missed_h, plans, plans_failed, plans_without_forecast : float
    regret : float or None
        None without both ends of the scale, and where perfect foresight saves next to nothing.
    cpu_s : float
    """

    controller: str
    cost_cny: float
    wear_cny: float
    carbon_kg: float
    objective_cny: float
    peak_kw: float
    hours_above_limit: float
    self_consumption: float | None
    self_sufficiency: float | None
    unmet_hours: float
    hvac_shed_kwh: float
    unserved_kwh: float
    hot_water_unmet_kwh: float
    vehicles_short: float
    vehicle_missed_kwh: float
    vehicle_lent_kwh: float
    cycles: float
    orders_missed_h: float
    plans: float
    plans_failed: float
    plans_without_forecast: float
    regret: float | None
    cpu_s: float

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def competitors(loaded: Loaded) -> list[str]:
    """Controllers that a project can be marched under: without a bus no droop, without a limit no shaving."""
    built = loaded.project.buildings
    found = list(COMPETITORS)
    if any(b.dc_bus is None for b in built):
        found.remove("droop")
    if any(b.control.demand_limit is None for b in built):
        found.remove("peak_shaving")
    return found


def under(loaded: Loaded, controller: str) -> Loaded:
    """The project with all of its buildings under a controller.

    Raises
    ------
    TwinError
        There is no such controller, or the project cannot be marched under it.
    """
    known = competitors(loaded)
    if controller not in known:
        raise TwinError(
            f"the project cannot be marched under {controller!r}.",
            f"Use some of: {', '.join(known)}.",
            key="--controllers",
        )
    kind = "mpc" if controller == PERFECT else controller
    buildings = []
    for building in loaded.project.buildings:
        control = building.control.model_copy(update={"type": kind})
        if controller == PERFECT:
            plans = control.mpc.model_copy(update={"forecast": "perfect", "margin": 0.0})
            control = control.model_copy(update={"mpc": plans})
        buildings.append(building.model_copy(update={"control": control}))
    return replace(loaded, project=loaded.project.model_copy(update={"buildings": tuple(buildings)}))


def contest(
    loaded: Loaded, names: Sequence[str] | None = None, progress: Progress | None = None
) -> list[Score]:
    """March a project under several controllers.

    Parameters
    ----------
    loaded : Loaded
    names : sequence of str, optional
        Of `competitors(loaded)`; all where not given.
    progress : callable, optional
        Called with the share that is done.

    Returns
    -------
    list of Score
        In the order of `names`.

    Raises
    ------
    TwinError
        An unknown controller, or anything else that the user can put right.
    """
    wanted = list(names) if names is not None else competitors(loaded)
    projects = [under(loaded, name) for name in wanted]
    scores = []
    for name, project, part in zip(wanted, projects, parts_of(progress, len(wanted)), strict=True):
        begin = time.process_time()
        run = simulate(project, progress=part)
        scores.append(_score(name, run, project, time.process_time() - begin))
    return with_regret(scores)


def with_regret(scores: Sequence[Score]) -> list[Score]:
    """Fill in the regret, where both ends of its scale were marched."""
    ends = {score.controller: score.objective_cny for score in scores}
    if "fixed" not in ends or PERFECT not in ends:
        return list(scores)
    span = ends["fixed"] - ends[PERFECT]
    if span <= _LEAST_SPAN * abs(ends["fixed"]):
        return list(scores)
    return [replace(score, regret=(score.objective_cny - ends[PERFECT]) / span) for score in scores]


def _score(name: str, run: Run, loaded: Loaded, cpu_s: float) -> Score:
    cost = wear = carbon = objective = above = shed = unserved = cycles = 0.0
    imported = exported = sun = load = lent = 0.0
    counted: dict[str, float] = {}
    peak = unmet = cold_water = 0.0
    for building in loaded.project.buildings:
        judged, series = run.summary["buildings"][building.name], run.series[building.name]
        counters = run.summary["counters"][building.name]
        step_h = (series.index[1] - series.index[0]).total_seconds() / 3600.0
        own_cost = float(judged["cost"]["total_cny"])
        own_carbon = float(judged["carbon"]["physical"]["total_kg"])
        storage = judged.get("storage") or {}
        battery, lenders = storage.get("battery") or {}, storage.get("vehicles") or {}
        own_wear = float(battery.get("wear_cny_kwh") or 0.0) * float(battery.get("discharged_kwh") or 0.0)
        own_wear += float(lenders.get("wear_cny") or 0.0)
        cold_water += float(series["unmet_hot_water_kw"].sum()) * step_h
        lent += float(series["ev_discharge_kw"].sum()) * step_h
        weights = building.control.mpc.weights
        cost, wear, carbon = cost + own_cost, wear + own_wear, carbon + own_carbon
        objective += own_cost + weights.wear * own_wear + weights.carbon * own_carbon
        quarters, _ = demand_kw(series["grid_import_kw"].to_numpy(float), pd.DatetimeIndex(series.index))
        peak += float(quarters.max())
        if building.control.demand_limit is not None:
            above += 0.25 * float((quarters > 1.005 * building.control.demand_limit).sum())
        unmet = max(unmet, float(judged["comfort"]["unmet_hours"] or 0.0))
        cycles += float(battery.get("full_cycles") or 0.0)
        shed += float(counters["hvac_shed_kwh"])
        unserved += float(counters["load_not_served_kwh"])
        for key, value in counters.items():
            counted[key] = counted.get(key, 0.0) + float(value)
        imported += float(series["grid_import_kw"].sum()) * step_h
        exported += float(series["grid_export_kw"].sum()) * step_h
        sun += float(series["pv_kw"].sum()) * step_h
    load = imported - exported + sun
    return Score(
        controller=name,
        cost_cny=cost,
        wear_cny=wear,
        carbon_kg=carbon,
        objective_cny=objective,
        peak_kw=peak,
        hours_above_limit=above,
        self_consumption=1.0 - exported / sun if sun > 0.0 else None,
        self_sufficiency=1.0 - imported / load if load > 0.0 else None,
        unmet_hours=unmet,
        hvac_shed_kwh=shed,
        unserved_kwh=unserved,
        hot_water_unmet_kwh=cold_water,
        vehicles_short=counted.get("vehicles_left_short", 0.0),
        vehicle_missed_kwh=counted.get("vehicle_energy_missed_kwh", 0.0),
        vehicle_lent_kwh=lent,
        cycles=cycles,
        orders_missed_h=counted.get("hours_orders_missed", 0.0),
        plans=counted.get("plans_made", 0.0),
        plans_failed=counted.get("plans_failed", 0.0),
        plans_without_forecast=counted.get("plans_without_forecast", 0.0),
        regret=None,
        cpu_s=cpu_s,
    )
