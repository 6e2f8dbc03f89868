"""The year of one variant in figures: what a search keeps of a march of which it keeps no series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteZone
from buildings.description.schema import Project
from buildings.thermal.layout import OUT_TEMP
from twin.clock import Outcome, march
from twin.judges.carbon import carbon
from twin.judges.comfort import missed
from twin.judges.cost import cost
from twin.judges.energy import energy
from twin.judges.factors import data
from twin.judges.subject import subject
from twin.outcome import balance_residuals, building_facts, building_series, scheduled_setpoint
from twin.plant import Plant, prepare
from twin.store import RESIDUAL_LIMIT
from twin.supervision import supervisors_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError

_SIZES = (
    "cooling_capacity_kw",
    "heating_capacity_kw",
    "design_cooling_load_kw",
    "design_heating_load_kw",
    "interface_kw",
    "pv_kwp",
)


def march_year(project: Project, climate: ClimateYear) -> dict[str, Any]:
    """Prepare and march a project of one building, and tell its year in figures.

    Parameters
    ----------
    project : Project
        One building.
    climate : ClimateYear

    Returns
    -------
    dict
        Plain data: `energy`, `cost` and `carbon` as their judges tell them, `unmet_hours`, `sizes` [kW],
        `floor_area_m2`, `use`.

    Raises
    ------
    TwinError
        As `prepare` and `march`; or a balance that does not close.
    """
    plant = prepare(project, climate)
    return year_figures(plant, march(plant, None, supervisors_of(plant, None)))


def year_figures(plant: Plant, outcome: Outcome) -> dict[str, Any]:
    """Figures of the first building of a march.

    Raises
    ------
    TwinError
        A balance that does not close: its figures are not told.
    """
    name = plant.prepared[0].description.name
    _refuse_open_balances(name, balance_residuals(plant, outcome, 0))
    facts, series = building_facts(plant, 0), building_series(plant, outcome, 0)
    one = subject(name, facts, plant.project.tariff)
    money, _, _ = cost(series, one)
    account = carbon(series, one)
    return {
        "use": one.use,
        "floor_area_m2": one.floor_area_m2,
        "energy": energy(series, one)[0],
        "cost": {key: money[key] for key in ("electricity_cny", "gas_cny", "total_cny", "gas_m3")}
        | {key: money[key] for key in ("energy_cny", "demand_cny", "export_cny")},
        "carbon": {key: {"total_kg": account[key]["total_kg"]} for key in account},
        "unmet_hours": _unmet_hours(plant, outcome),
        "sizes": {key: facts[key] for key in _SIZES},
    }


def _refuse_open_balances(name: str, residuals: dict[str, float]) -> None:
    """As the store of Runs does."""
    for balance, residual in residuals.items():
        if not residual <= RESIDUAL_LIMIT:
            raise TwinError(
                f"the balance {balance} of {name!r} is open by {residual:.1e} of its throughput, "
                f"more than {RESIDUAL_LIMIT:.0e}.",
                "Report this with the project file; nothing is told of such a march.",
            )


def _unmet_hours(plant: Plant, outcome: Outcome) -> float:
    """Occupied hours in which some zone misses its set-point in force, as `judges.comfort` counts them."""
    prepared = plant.prepared[0]
    zones = [zone for zone in prepared.description.zones if zone.conditioned]
    if not zones:
        return 0.0
    groups, rows, lanes = np.array([prepared.place[zone.name] for zone in zones]).T
    air = np.ascontiguousarray(outcome.zones[:, OUT_TEMP, groups, rows, lanes].T)
    people = np.array([prepared.people[zone.name] for zone in zones])
    heating, cooling = (_setpoints(plant, zones, kind) for kind in ("heating", "cooling"))
    cold, warm = missed(air, people, heating, cooling, data("comfort.yaml")["tolerance_k"]["value"])
    return float((cold | warm).any(axis=0).sum() * plant.dt_s / 3600.0)


def _setpoints(plant: Plant, zones: Sequence[CompleteZone], kind: str) -> NDArray[np.float64]:
    """Set-points in force (zones, n) [degC]; zones that share a schedule read it once."""
    keys = [zone.heating_setpoint if kind == "heating" else zone.cooling_setpoint for zone in zones]
    some = dict(zip(keys, zones, strict=True))
    known = {key: scheduled_setpoint(plant, plant.prepared[0], zone, kind) for key, zone in some.items()}
    return np.array([known[key] for key in keys])
