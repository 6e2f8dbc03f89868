"""Worn things (性能劣化): faults with which a building goes on, only worse, as changes of what a march reads.

Series (fresh air, set-points, fans, PV) are changed once, when the plant is prepared. Figures of machines and
cells are changed when the fault begins and put back when it ends; whoever marches asks for these moments.
What only reads wrong (`OF_READINGS`) is left to who reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding
from buildings.description.faults import SIZES, Fault
from buildings.description.schema import Project
from buildings.thermal.batch import ForcingTable
from buildings.thermal.blocks import fresh_air_channel, fresh_air_m3_s, setpoint_channel
from twin.building_batch import FANS_IN, PV_IN
from twin.fault_steps import fault_steps
from weather.errors import TwinError

if TYPE_CHECKING:
    from twin.plant import Plant

_OF_RECORDS = ("refrigerant", "battery_fade")
_OFF_C = 900.0
"""Set-points beyond are those of times when it is off [degC]."""


@dataclass(frozen=True)
class Moment:
    """A step before which figures of a building's machines or cells change."""

    step: int
    apply: Callable[[Any], None]


def worn(project: Project) -> list[Fault]:
    """Faults of a project that wear things."""
    return [fault for fault in project.faults if fault.of in SIZES]


def refuse_worn(project: Project, where: str, where_zh: str) -> None:
    """Refuse worn things where they would be passed over.

    Raises
    ------
    TwinError
        Naming the first.
    """
    for fault in worn(project):
        raise TwinError(
            f"{where} does not know a fault of {fault.of}.",
            "Leave it out, or march the year with the fast engine.",
            key="faults",
            zh=(f"{where_zh}不支持 {fault.of} 故障。", "请删去该故障，或用 fast 引擎推进全年。"),
        )


def wear_rooms(
    project: Project,
    descriptions: Sequence[CompleteBuilding],
    table: ForcingTable,
    forcing: NDArray[np.float64],
    times: pd.DatetimeIndex,
    step_s: float,
) -> None:
    """Change the forcing of rooms, (n, C): fresh air of a stuck damper, wrong set-points.

    Sizes follow the sound series, which stay in the table.
    """
    for fault in worn(project):
        steps = fault_steps(fault, times, step_s)
        for described, building in zip(project.buildings, descriptions, strict=True):
            if not fault.hits(described) or fault.size is None:
                continue
            if fault.of == "damper":
                controlled = building.ventilation.demand_controlled
                for zone in building.zones:
                    column = table.column(fresh_air_channel(building.name, zone, controlled))
                    forcing[steps, column] = fault.size
            if fault.of == "setpoint":
                _shift(building, table, forcing[steps], fault.size)


def _shift(building: CompleteBuilding, table: ForcingTable, rows: NDArray[np.float64], kelvin: float) -> None:
    """Bring set-points nearer to each other while they hold."""
    kinds = {("heating", zone.heating_setpoint, 1.0) for zone in building.zones}
    kinds |= {("cooling", zone.cooling_setpoint, -1.0) for zone in building.zones}
    for kind, key, sign in kinds:
        part = rows[:, table.column(setpoint_channel(building.name, kind, key))]
        part[np.abs(part) < _OFF_C] += sign * kelvin


def wear_inputs(
    project: Project,
    descriptions: Sequence[CompleteBuilding],
    inputs: NDArray[np.float64],
    times: pd.DatetimeIndex,
    step_s: float,
) -> None:
    """Change what the electrical side is given, (n, B, N_INPUTS): the sun of modules, power of fans."""
    for fault in worn(project):
        steps = fault_steps(fault, times, step_s)
        grows = np.linspace(0.0, 1.0, steps.stop - steps.start)
        for b, (described, building) in enumerate(zip(project.buildings, descriptions, strict=True)):
            if not fault.hits(described) or fault.size is None:
                continue
            if fault.of == "pv_soiling":
                inputs[steps, b, PV_IN] *= 1.0 - fault.size * grows
            elif fault.of == "pv_string":
                inputs[steps, b, PV_IN] *= 1.0 - fault.size
            elif fault.of == "damper":
                inputs[steps, b, FANS_IN] = fault.size * _design_fans_kw(building)
            elif fault.of == "filter":
                inputs[steps, b, FANS_IN] *= 1.0 + fault.size


def _design_fans_kw(building: CompleteBuilding) -> float:
    """Power of the fans at the design flow of all zones [kW]."""
    flow = sum(fresh_air_m3_s(zone) * zone.multiplier for zone in building.zones)
    return 1e-3 * building.ventilation.specific_fan_power * flow


def moments(plant: Plant) -> list[Moment]:
    """Steps before which figures of machines or cells change, in the order of time."""
    found = []
    for fault in worn(plant.project):
        steps = fault_steps(fault, plant.weather.times, plant.dt_s)
        for b, described in enumerate(plant.project.buildings):
            if fault.of in _OF_RECORDS and fault.hits(described) and fault.size is not None:
                left = 1.0 - fault.size
                found.append(Moment(steps.start, _times(fault.of, b, left)))
                found.append(Moment(steps.stop, _times(fault.of, b, 1.0 / left)))
    return sorted(found, key=lambda moment: moment.step)


def _times(of: str, b: int, factor: float) -> Callable[[Plant], None]:
    """Multiply figures of building `b`."""

    def change(plant: Plant) -> None:
        if of == "battery_fade":
            plant.buildings.electrical["battery"]["capacity_kwh"][b] *= factor
            return
        for machine in ("cooling", "heating"):
            for figure in ("rated_w", "ratio"):
                plant.buildings.plant[machine][figure][b] *= factor

    return change


def read_worn(project: Project, building: str, readings: pd.DataFrame, time_zone: str) -> pd.DataFrame:
    """Readings of a building with what its meter and sensors read wrong.

    Parameters
    ----------
    readings : DataFrame
        By the starts of steps; `net_import_kw`, `grid_import_kw` and `.../relative_humidity_pct` change.
    time_zone : str
        In which faults are written.
    """
    found = readings.copy()
    described = next(one for one in project.buildings if one.name == building)
    naive = pd.DatetimeIndex(readings.index).tz_convert(time_zone).tz_localize(None)
    for fault in worn(project):
        if not fault.hits(described) or fault.size is None:
            continue
        held = (naive >= pd.Timestamp(fault.begin)) & (naive < pd.Timestamp(fault.end))
        share = (naive[held] - fault.begin).total_seconds() / (3600.0 * fault.duration)
        for column in found.columns:
            if fault.of == "meter" and column in ("net_import_kw", "grid_import_kw"):
                found.loc[held, column] *= 1.0 + fault.size * share.to_numpy()
            if fault.of == "humidity_sensor" and column.endswith("/relative_humidity_pct"):
                found.loc[held, column] += fault.size
    return found
