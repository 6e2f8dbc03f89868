"""The energy station of a district (能源站) through a year: its plant room, its networks, who goes short.

Buildings that take district heat and cold are marched before, with what they ask for; here it goes through
the water of two networks (`buildings.districts.heat_network`) to the rows of the plant room, which serve it
as they serve any building (`twin.plant_room`). What the station cannot give the water gives while it can;
what buildings then miss is counted, their rooms do not feel it.

Rows that name no size are sized by the largest load of the year with the losses in the coldest or warmest
ground. The station's own room has 20 degC.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled
from buildings.description.schema import Project
from buildings.districts.energy_station import EnergyStation
from buildings.districts.heat_network import (
    Network,
    asked_w,
    load_network,
    network_data,
    network_step,
    pump_power_w,
)
from buildings.lent import lent
from buildings.systems.component import (
    CARRIERS,
    CHILLED_WATER,
    GAS,
    HYDROGEN,
    N_FLOWS,
    PRESSURE,
    SPACE_HEAT,
    STEP,
    TEMP_IN,
    TEMP_MAINS,
    TEMP_OUT,
    WET_BULB_IN,
    WET_BULB_OUT,
    Setting,
)
from buildings.systems.records import read_library
from buildings.thermal.lanes import borrowed
from twin.equipment import EquipmentRow, described_size, plant_rooms
from twin.plant_room import electricity_for, electricity_made, serve, settle
from twin.plant_rows import Equipment, equipment_of
from weather.climate_year import ClimateYear
from weather.ground import ground_temperature
from weather.mains_water import mains_temperature
from weather.psychrometrics import wet_bulb
from weather.step_weather import StepWeather

Floats = NDArray[np.float64]
ROOM_C, ROOM_WET_C = 20.0, 14.0
"""Air in the station [degC], assumed: an aired machine room."""
_TURNS = 12
_CLOSE = 1e-6
"""Share of what is asked that may be left when rows have been asked again [-]."""
COLUMNS = (
    "heat_load_kw",
    "heat_given_kw",
    "heat_delivered_kw",
    "heat_lost_kw",
    "heat_stored_kw",
    "heat_pumps_kw",
    "heat_water_c",
    "cold_load_kw",
    "cold_given_kw",
    "cold_delivered_kw",
    "cold_lost_kw",
    "cold_stored_kw",
    "cold_pumps_kw",
    "cold_water_c",
    "station_kw",
    "station_generation_kw",
    "station_gas_kw",
    "station_hydrogen_kw",
)
"""What is told of every step: of both networks the buildings' load, what the station gives, buildings get,
the ground takes (of cold: gives) and the water gains, electricity of the pumps [kW], mean temperature of the
water at its end [degC]; then electricity that machines and pumps draw and make, fuels [kW]."""
_STATION, _MADE, _GAS, _HYDROGEN = 14, 15, 16, 17


class StationYear(NamedTuple):
    """A station through a year.

    Attributes
    ----------
    columns : dict of ndarray (n,)
        `COLUMNS`.
    residual : float
        Largest relative residual of the networks' and the rows' balances [-].
    figures : dict
    """

    columns: dict[str, Floats]
    residual: float
    figures: dict[str, Any]


class _Steps(NamedTuple):
    """What the march reads: (n,) each, but loads and kept (n, 2)."""

    load: Floats
    kept: NDArray[np.bool_]
    ground: Floats
    temp_out: Floats
    wet_out: Floats
    pressure: Floats
    mains: Floats


@compiled(allocates=True)
def serve_all(equipment: Equipment, k: int) -> None:
    """Solve a step of the plant room; what rows gave less than they promised goes to those behind them.

    A machine promises what its source gives before anybody draws on it. Buildings have their main plant for
    the difference, a station has none: it asks again for more, as long as that helps.
    """
    asked, sums = equipment.demands, equipment.sums
    heat, cold = asked[SPACE_HEAT], asked[CHILLED_WATER]
    before, b = -1.0, np.int64(0)  # not a literal: kernels of any building's place are compiled once
    for _ in range(_TURNS):
        serve(equipment, b, k, 0.0, 1.0)
        heat_lack, cold_lack = max(heat - sums[SPACE_HEAT], 0.0), max(cold + sums[CHILLED_WATER], 0.0)
        lack = heat_lack + cold_lack
        if lack <= _CLOSE * (heat + cold) or (before >= 0.0 and before - lack <= _CLOSE * (heat + cold)):
            return
        before = lack
        asked[SPACE_HEAT] += heat_lack
        asked[CHILLED_WATER] += cold_lack


@compiled(allocates=True)
def _march(
    equipment: Equipment, heating: Network, cooling: Network, steps: Any, dt: float, room: Any, out: Any
) -> None:
    """All steps of a station; `room` is dry and wet bulb of its air [degC], `out` (n, COLUMNS) [W, degC]."""
    rooms = lent(borrowed(equipment))  # as buildings lend theirs: its kernels are compiled once for both
    warm, cool = heating.mean, cooling.mean
    common, asked = rooms.common, rooms.demands
    for k in range(out.shape[0]):
        row, ground = out[k], steps.ground[k]
        heat = steps.load[k, 0] if steps.kept[k, 0] else 0.0
        cold = steps.load[k, 1] if steps.kept[k, 1] else 0.0
        heat_pumps, cold_pumps = pump_power_w(heat, heating), pump_power_w(cold, cooling)
        common[STEP], common[TEMP_OUT], common[WET_BULB_OUT] = dt, steps.temp_out[k], steps.wet_out[k]
        common[PRESSURE], common[TEMP_MAINS] = steps.pressure[k], steps.mains[k]
        common[TEMP_IN], common[WET_BULB_IN] = room[0], room[1]
        asked[:] = 0.0
        asked[SPACE_HEAT] = asked_w(warm, ground, heat, heat_pumps, steps.kept[k, 0], dt, heating)
        asked[CHILLED_WATER] = asked_w(cool, ground, cold, cold_pumps, steps.kept[k, 1], dt, cooling)
        serve_all(rooms, k)
        heat_given, cold_given = rooms.sums[SPACE_HEAT], -rooms.sums[CHILLED_WATER]
        was_warm, was_cool = warm, cool
        warm, row[2], row[3] = network_step(
            warm, ground, heat, heat_given, heat_pumps, steps.kept[k, 0], dt, heating
        )
        cool, row[9], row[10] = network_step(
            cool, ground, cold, cold_given, cold_pumps, steps.kept[k, 1], dt, cooling
        )
        row[0], row[1], row[5], row[6] = steps.load[k, 0], heat_given, heat_pumps, warm
        row[7], row[8], row[12], row[13] = steps.load[k, 1], cold_given, cold_pumps, cool
        row[4] = heating.capacity * (warm - was_warm) / dt
        row[11] = cooling.capacity * (was_cool - cool) / dt
        row[_STATION] = electricity_for(rooms, 0, -1) + heat_pumps + cold_pumps
        row[_MADE] = electricity_made(rooms, 0)
        row[_GAS] = max(-rooms.sums[GAS], 0.0)
        row[_HYDROGEN] = max(-rooms.sums[HYDROGEN], 0.0)
        settle(rooms, np.int64(0), dt / 3600.0)


def march_station(
    project: Project,
    climate: ClimateYear,
    heat_kw: Floats,
    cold_kw: Floats,
    period: NDArray[np.int64],
) -> StationYear:
    """March the energy station of a project.

    Parameters
    ----------
    project : Project
        With an energy station.
    climate : ClimateYear
    heat_kw, cold_kw : ndarray (n,)
        What the connected buildings ask for together [kW].
    period : ndarray (n,)
        Tariff period of each step, for rows with hours.

    Raises
    ------
    TwinError
        A product that the library does not have, or a size that does not fit.
    """
    station = project.shared.energy_station if project.shared is not None else None
    if station is None:
        raise ValueError("a project without an energy station")
    weather = climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    temps = read_library("supply_temperatures")
    heating, cooling = (
        load_network(network, heating=warm, supply=temps[key]["supply"], back=temps[key]["back"])
        for network, warm, key in zip(
            station.networks, (True, False), ("space_heat", "chilled_water"), strict=True
        )
    )
    steps = _steps(station, climate, weather, heat_kw, cold_kw)
    design = {
        "space_heat": _design_w(heating, steps.load[:, 0], steps.kept[:, 0], steps.ground),
        "chilled_water": _design_w(cooling, steps.load[:, 1], steps.kept[:, 1], steps.ground),
        "hot_water": 1.0,
        "steam": 1.0,
    }
    setting = Setting(weather, climate, project.site.ground_reflectance, design, floor_area=1.0)
    room, state, rows = plant_rooms([station.plant_room], [setting], period)
    for carrier, network in ((SPACE_HEAT, heating), (CHILLED_WATER, cooling)):
        half = 0.5 * network.sign * network.spread
        room.supply[0, carrier], room.back[0, carrier] = network.mean + half, network.mean - half
    equipment = equipment_of(room, state)
    out = np.zeros((len(weather), len(COLUMNS)))
    air = np.array([ROOM_C, ROOM_WET_C])
    _march(equipment, heating, cooling, steps, weather.dt_s, air, out)
    out[:, [j for j, name in enumerate(COLUMNS) if name.endswith("_kw")]] *= 1e-3
    columns = {name: np.ascontiguousarray(out[:, j]) for j, name in enumerate(COLUMNS)}
    off = max(_residuals(columns, heating, cooling), float(equipment.totals[:, N_FLOWS].max()))
    return StationYear(columns, off, _figures(columns, equipment, rows, weather.dt_s / 3600.0))


def _steps(
    station: EnergyStation, climate: ClimateYear, weather: StepWeather, heat_kw: Floats, cold_kw: Floats
) -> _Steps:
    months = weather.times.month.to_numpy()
    temp, humidity, pressure = (
        0.5 * (part[1:] + part[:-1]) for part in (weather.temp_air, weather.humidity_ratio, weather.pressure)
    )
    kept = np.stack([np.isin(months, n.months) for n in station.networks], axis=1)
    return _Steps(
        load=1e3 * np.stack([heat_kw, cold_kw], axis=1),
        kept=np.ascontiguousarray(kept),
        ground=np.ascontiguousarray(
            ground_temperature(climate, network_data()["ground"]["depth"], weather.times)
        ),
        temp_out=temp,
        wet_out=wet_bulb(temp, humidity, pressure),
        pressure=pressure,
        mains=np.ascontiguousarray(mains_temperature(climate, weather.times)),
    )


def _design_w(network: Network, load: Floats, kept: NDArray[np.bool_], ground: Floats) -> float:
    """Largest load in the season and the losses of the worst ground [W]."""
    most = float(np.where(kept, load, 0.0).max())
    worst = float((network.sign * (network.mean - ground)).max())
    pumps = float(pump_power_w(most, network)) if network.sign < 0.0 else 0.0
    return max(most + network.loss * max(worst, 0.0) + pumps, 1.0)


def _residuals(columns: dict[str, Floats], heating: Network, cooling: Network) -> float:
    """Largest residual of both networks relative to what passes them at most [-]."""
    found = []
    for side, network in (("heat", heating), ("cold", cooling)):
        part = {
            name: columns[f"{side}_{name}_kw"] for name in ("given", "delivered", "lost", "stored", "pumps")
        }
        into = part["given"] + network.sign * network.motor * part["pumps"]
        off = into - part["delivered"] - part["lost"] - part["stored"]
        found.append(float(np.abs(off).max()) / max(float(part["given"].max()), 1e-3))
    return max(found)


def _figures(
    columns: dict[str, Floats], equipment: Equipment, rows: tuple[EquipmentRow, ...], hours: float
) -> dict[str, Any]:
    """Energy of the year [kWh], of every row by carrier too."""
    total = {
        name.replace("_kw", "_kwh"): float(values.sum() * hours)
        for name, values in columns.items()
        if name.endswith("_kw")
    }
    for side in ("heat", "cold"):
        short = columns[f"{side}_load_kw"] - columns[f"{side}_delivered_kw"]
        total[f"{side}_unserved_kwh"] = float(short.sum() * hours)
        total[f"{side}_hours_short"] = float((short > 1e-6).sum() * hours)
        total[f"{side}_peak_kw"] = float(columns[f"{side}_given_kw"].max())
    told = row_figures(equipment, rows)
    # what a data room draws it draws without a station too
    total["sources_kwh"] = -sum(
        row["energy_kwh"].get("electricity", 0.0) for row in told if row["type"] == "data_room"
    )
    served = total["heat_delivered_kwh"] + total["cold_delivered_kwh"]
    drawn = total["station_kwh"] - total["sources_kwh"]
    total["ratio"] = served / drawn if drawn > 0.0 else 0.0
    return {**total, "rows": told}


def row_figures(equipment: Equipment, rows: tuple[EquipmentRow, ...]) -> list[dict[str, Any]]:
    """What each row of the plant room is and did: energy by carrier [kWh], hours at the edge of curves."""
    return [
        {
            "name": row.name,
            "type": row.type,
            "serves": row.carrier,
            "feeds": row.feeds,
            "source": row.source,
            "size": described_size(row),
            "energy_kwh": {c: 1e-3 * float(books[j]) for j, c in enumerate(CARRIERS) if books[j] != 0.0},
            "hours_outside_curves": float(books[N_FLOWS + 1]),
        }
        for row, books in zip(rows, equipment.totals, strict=True)
    ]
