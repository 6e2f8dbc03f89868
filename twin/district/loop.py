"""A loop near the ground's temperature through a year (常温环网全年推进): its substations and its station.

Buildings are marched before, with what their coils ask for. Here each asks its own heat pumps
(`buildings.districts.substation`), and these the loop (`loop_march`). What the loop cannot give or take is
counted as not served and not felt by rooms.

Rows and the tower are sized, where they name no size, by the most that substations draw from the coldest and
give to the warmest loop. The station's own room has 20 degC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.description.schema import Project
from buildings.districts.ambient_loop import (
    load_loop,
    load_loop_tower,
    loop_data,
)
from buildings.districts.energy_station import AmbientLoop
from buildings.districts.heat_network import DENSITY, HEAT, bore_m, network_data
from buildings.districts.substation import (
    Substations,
    load_substations,
)
from buildings.systems.component import (
    CHILLED_WATER,
    N_FLOWS,
    SPACE_HEAT,
    Setting,
)
from buildings.systems.records import entry
from twin.district.loop_figures import (
    COLUMNS,
    loop_figures,
    loop_residual,
)  # fmt: skip
from twin.district.loop_march import LoopSteps, march_steps, net_heat
from twin.district.station import ROOM_C, ROOM_WET_C, row_figures
from twin.equipment import plant_rooms
from twin.plant_rows import equipment_of
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.ground import ground_temperature
from weather.mains_water import mains_temperature
from weather.psychrometrics import wet_bulb

Floats = NDArray[np.float64]
_GAP_K = 0.5
"""Kelvin by which machines may miss the loop's mean in a step: 1 % of a heat pump's electricity."""


class Served(NamedTuple):
    """Buildings at the loop, as they were marched.

    Attributes
    ----------
    names : tuple of str
    load_kw : ndarray (n, B, 2)
        Heat and cold that each asks for [kW].
    design_kw : tuple of (heat, cold)
        What the coils of each can ask for at most [kW].
    """

    names: tuple[str, ...]
    load_kw: Floats
    design_kw: tuple[tuple[float, float], ...]


class LoopYear(NamedTuple):
    """A loop through a year.

    Attributes
    ----------
    columns : dict of ndarray (n,)
        `COLUMNS`.
    power_kw : ndarray (n, B, 2)
        Electricity of each building's heat pumps in heating and in cooling [kW].
    residual : float
        Largest relative residual of the loop's, the substations' and the rows' balances [-].
    figures : dict
    """

    columns: dict[str, Floats]
    power_kw: Floats
    residual: float
    figures: dict[str, Any]


def march_loop(project: Project, climate: ClimateYear, served: Served, period: NDArray[np.int64]) -> LoopYear:
    """March the ambient loop of a project.

    Parameters
    ----------
    project : Project
        With an energy station that has a loop.
    climate : ClimateYear
    served : Served
    period : ndarray (n,)
        Tariff period of each step, for rows with hours.

    Raises
    ------
    TwinError
        A product that the library does not have or that does not suit a loop, a size that does not fit, or
        pipes that are too narrow or hold too little water for the step.
    """
    station = project.shared.energy_station if project.shared is not None else None
    if station is None or station.ambient_loop is None:
        raise ValueError("a project without an ambient loop")
    described = station.ambient_loop
    weather = climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    _refuse_mute(station.plant_room)
    loop = load_loop(described)
    sub = load_substations(described, [(1e3 * heat, 1e3 * cold) for heat, cold in served.design_kw])
    steps = _steps(climate, weather, served.load_kw)
    draws, gives = (
        _most_w(sub, steps.load, temp, sign) for temp, sign in ((loop.least, -1.0), (loop.most, 1.0))
    )
    _refuse_narrow(described, max(draws, gives))
    draws += loop.water.loss * max(loop.least - float(steps.ground.min()), 0.0)
    design = {"space_heat": max(draws, 1.0), "chilled_water": max(gives, 1.0), "hot_water": 1.0, "steam": 1.0}
    tower = load_loop_tower(described, max(gives, 1.0))
    setting = Setting(weather, climate, project.site.ground_reflectance, design, floor_area=1.0)
    room, state, rows = plant_rooms([station.plant_room], [setting], period)
    room.supply[0, SPACE_HEAT], room.back[0, SPACE_HEAT] = loop.least + described.spread, loop.least
    room.supply[0, CHILLED_WATER], room.back[0, CHILLED_WATER] = loop.most - described.spread, loop.most
    equipment = equipment_of(room, state)
    out, power = np.zeros((len(weather), len(COLUMNS))), np.zeros(steps.load.shape)
    march_steps(equipment, sub, loop, tower, steps, weather.dt_s, np.array([ROOM_C, ROOM_WET_C]), out, power)
    out[:, [j for j, name in enumerate(COLUMNS) if name.endswith("_kw")]] *= 1e-3
    power *= 1e-3
    columns = {name: np.ascontiguousarray(out[:, j]) for j, name in enumerate(COLUMNS)}
    off = max(loop_residual(columns, loop.water), float(equipment.totals[:, N_FLOWS].max()))
    told = loop_figures(columns, loop, weather.dt_s / 3600.0)
    told |= {"rows": row_figures(equipment, rows), "substations": _each(served, power, weather.dt_s / 3600.0)}
    if not told["largest_gap_k"] <= _GAP_K:
        raise TwinError(
            f"Machines and the loop disagree on its temperature by {told['largest_gap_k']:.1f} K in a step.",
            "Give the loop more water (longer or wider pipes), or march in shorter steps.",
            key="shared.energy_station.ambient_loop.pipes",
        )
    told |= _ratios(told, power, weather.dt_s / 3600.0)
    return LoopYear(columns, power, off, told)


def _refuse_narrow(described: AmbientLoop, most_w: float) -> None:
    """Pumps against pipes that are far too narrow would heat the loop more than buildings do."""
    pipes, limit = loop_data()["pipes"], loop_data()["operation"]["velocity"]
    for j, pipe in enumerate(described.pipes):
        bore = bore_m(pipes["products"][pipe.product])
        speed = pipe.share * most_w / (HEAT * DENSITY * described.spread) / (0.25 * math.pi * bore * bore)
        if speed > limit:
            raise TwinError(
                f"Water flows through {pipe.product} at up to {speed:.1f} m/s while substations take "
                f"{1e-3 * most_w:,.0f} kW at once.",
                f"Choose wider pipes, for {limit:g} m/s or less, or a larger `spread`.",
                key=f"shared.energy_station.ambient_loop.pipes[{j}].product",
            )


def _refuse_mute(rows: Sequence[Any]) -> None:
    """A data room without a water loop has nothing for the loop."""
    for row in rows:
        if row.type == "data_room" and row.equipment is not None and not _offers(row.equipment):
            raise TwinError(
                f"The data room '{row.name}' ({row.equipment}) offers no waste heat: it has no water loop.",
                "Choose a product with chilled water or a liquid loop, or leave it out.",
                key=row.name,
            )


def _offers(equipment: str) -> bool:
    return bool(entry("data_rooms", equipment)["offered"] != "none")


def _steps(climate: ClimateYear, weather: Any, load_kw: Floats) -> LoopSteps:
    temp, humidity, pressure = (
        0.5 * (part[1:] + part[:-1]) for part in (weather.temp_air, weather.humidity_ratio, weather.pressure)
    )
    return LoopSteps(
        load=np.ascontiguousarray(1e3 * load_kw),
        ground=np.ascontiguousarray(
            ground_temperature(climate, network_data()["ground"]["depth"], weather.times)
        ),
        temp_out=temp,
        wet_out=wet_bulb(temp, humidity, pressure),
        pressure=pressure,
        mains=np.ascontiguousarray(mains_temperature(climate, weather.times)),
    )


def _most_w(sub: Substations, load: Floats, temp: float, sign: float) -> float:
    """Most that the substations give to a loop of a temperature (`sign` 1) or draw from it (-1) [W]."""
    net = np.zeros(len(load))
    net_heat(sub, load, temp, net)
    return float((sign * net).max())


def _each(served: Served, power_kw: Floats, hours: float) -> list[dict[str, Any]]:
    """What each substation is laid out for [kW], and its electricity [kWh] and most of it [kW]."""
    return [
        {
            "name": name,
            "heat_kw": heat,
            "cold_kw": cold,
            "heating_kwh": float(power_kw[:, b, 0].sum() * hours),
            "cooling_kwh": float(power_kw[:, b, 1].sum() * hours),
            "peak_kw": float(power_kw[:, b].sum(axis=1).max()),
        }
        for b, (name, (heat, cold)) in enumerate(zip(served.names, served.design_kw, strict=True))
    ]


def _ratios(told: dict[str, Any], power_kw: Floats, hours: float) -> dict[str, float]:
    """Heat and cold of the machines over their electricity [-]; 0 where they never ran."""
    heating, cooling = (float(power_kw[:, :, side].sum() * hours) for side in (0, 1))
    cold = told["cold_delivered_kwh"] - told["cold_direct_kwh"]
    return {
        "cop": told["heat_delivered_kwh"] / heating if heating > 0.0 else 0.0,
        "eer": cold / cooling if cooling > 0.0 else 0.0,
    }
