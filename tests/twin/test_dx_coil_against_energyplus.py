"""A direct-expansion coil in one room beside EnergyPlus' Coil:Cooling:DX:SingleSpeed: power and water drawn.

Each engine has the room in its own way, with the same curves of capacity, input and part load, the same coil
at its rating, and the same evaporation from a coil that has stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from buildings.description.complete import complete
from buildings.description.loading import parse_project
from buildings.description.schema import Project
from buildings.energyplus.process import run_idf
from buildings.energyplus.results import read_zone_series
from buildings.energyplus.step_epw import write_step_epw
from buildings.energyplus.writer import Days, write_model
from buildings.systems.coils import load_coil
from buildings.systems.plant import cooling_power_w, load_plant
from buildings.thermal.layout import FAN_TIME, OUT_HUMIDITY, OUT_LATENT, OUT_SENSIBLE, OUT_TEMP
from twin.plant import prepare
from twin.zone_loads import march_zones
from weather import load_weather
from weather.climate_year import ClimateYear
from weather.psychrometrics import (
    enthalpy,
    humidity_ratio_from_dew_point,
    humidity_ratio_from_wet_bulb,
    wet_bulb,
)

pytestmark = pytest.mark.long
Array = NDArray[np.float64]
EQUIPMENT, RATED, DAYS, MINUTES = "split_multi_2005", 7000.0, Days((7, 14), (7, 20)), 5
WOOL = {"conductivity": 0.04, "density": 50.0, "specific_heat": 800.0, "thickness": 0.08}
GYPSUM = {"conductivity": 0.35, "density": 1000.0, "specific_heat": 1000.0, "thickness": 0.03}
OFFICE = {
    "people_density": 0.1, "sensible_per_person": 66.0, "latent_per_person": 68.0, "lighting_power": 8.0,
    "equipment_power": 15.0, "fresh_air_changes": 0.0,
}  # fmt: skip


FLOW = 4.3e-5 * RATED
"""Air through the coil [m3/s]; EnergyPlus takes 4.0e-5 to 6.0e-5 for each watt."""
EVAPORATION = ",,1000,1.5,3,45"
"""Time until water leaves the pan [s], evaporation as the coil stops over its latent capacity, cycles an
hour, time constant [s], as our library has them."""


def room(fresh_air: float) -> dict[str, Any]:
    """An office of 48 m2 for five people with a window to the south, cooled at all hours."""
    walls = [("north", 0, 21.6), ("east", 90, 16.2), ("south", 180, 21.6), ("west", 270, 16.2)]
    planes: list[dict[str, Any]] = [
        {"name": n, "zone": "room", "kind": "wall", "area": a, "azimuth": az, "construction": "wall"}
        for n, az, a in walls
    ]
    planes[2]["windows"] = [{"name": "glass", "area": 6.0, "height": 2.0, "glazing": "pane"}]
    roof = {"name": "roof", "zone": "room", "kind": "roof", "area": 48, "construction": "wall"}
    floor = {**roof, "name": "floor", "kind": "floor", "boundary": "adiabatic"}
    return {
        "name": "box",
        "zones": [
            {
                "name": "room", "floor_area": 48, "height": 2.7, "infiltration": 0.3,
                "gains": {**OFFICE, "fresh_air_per_person": fresh_air},
                "thermostat": {"heating": 10, "cooling": 26},
            }
        ],
        "constructions": {"wall": {"layers": [WOOL, GYPSUM]}},
        "glazings": {"pane": {"u_value": 2.2, "shgc": 0.35, "coating": "low_e"}},
        "surfaces": [*planes, roof, floor],
        "hvac": {"type": "vrf", "equipment": EQUIPMENT, "heating_capacity": 7e3, "cooling_capacity": RATED},
        "ventilation": {
            "heat_recovery_sensible": 0, "heat_recovery_latent": 0, "specific_fan_power": 0, "bypass": False,
        },
    }  # fmt: skip


@dataclass(frozen=True)
class Coil:
    """Hourly means: heat and water drawn [W], electricity [W], and the room [degC, kg/kg]."""

    sensible: Array
    latent: Array
    power: Array
    temp: Array
    humidity: Array


def hourly(values: Array, steps: int) -> Array:
    return values.reshape(-1, steps).mean(axis=1)


def _curve(name: str, c: Array, span: str) -> str:
    return f"Curve:Biquadratic,{name},{','.join(f'{x:.12g}' for x in c[:6])},{span};\n"


def unit(zone: str, shr: float, flow: float, wet_coil: str) -> str:
    """A window unit without fresh air whose fan takes nothing.

    The fan stops with the coil, or runs on where `wet_coil` has the fields of Henderson and Rengarajan.
    """
    machine = load_plant(EQUIPMENT, RATED, RATED)["cooling"]
    least = 1.0 - machine["cycling_degradation"]
    span = ",".join(str(x) for x in machine["range"])
    return f"""
Schedule:Constant,Always,,1;
Schedule:Constant,Fan mode,,{int(bool(wet_coil))};
Schedule:Constant,Set cool,,26;
Schedule:Constant,Cooling only,,2;
ZoneControl:Thermostat,Thermostat,{zone},Cooling only,ThermostatSetpoint:SingleCooling,Set;
ThermostatSetpoint:SingleCooling,Set,Set cool;
ZoneHVAC:EquipmentConnections,{zone},List,Unit out,Unit in,{zone} air,;
ZoneHVAC:EquipmentList,List,SequentialLoad,ZoneHVAC:WindowAirConditioner,Unit,1,1,,;
ZoneHVAC:WindowAirConditioner,Unit,Always,{flow},0,Unit in,Unit out,OutdoorAir:Mixer,Mixer,Fan:OnOff,Fan,
  Coil:Cooling:DX:SingleSpeed,Coil,Fan mode,BlowThrough,0.001;
OutdoorAir:Mixer,Mixer,Mixed,Outdoor,Relief,Unit in;
OutdoorAir:Node,Outdoor;
Fan:OnOff,Fan,Always,0.7,0.01,{flow},0.9,1,Mixed,Blown;
Coil:Cooling:DX:SingleSpeed,Coil,Always,{RATED},{shr},{machine["ratio"]},{flow},,,Blown,Unit out,CapFT,CapFF,
  EirFT,EirFF,PLF{wet_coil};
{_curve("CapFT", machine["capacity_low"], span)}{_curve("EirFT", machine["input_low"], span)}
Curve:Quadratic,CapFF,1,0,0,0,2;
Curve:Quadratic,EirFF,1,0,0,0,2;
Curve:Linear,PLF,{least},{machine["cycling_degradation"]},0,1;
Output:Variable,*,Cooling Coil Sensible Cooling Rate,Timestep;
Output:Variable,*,Cooling Coil Latent Cooling Rate,Timestep;
Output:Variable,*,Cooling Coil Electricity Rate,Timestep;
"""


def described(fresh_air: float) -> tuple[Project, ClimateYear]:
    text = {"schema": 1, "name": "t", "calendar": "weekdays", "buildings": [room(fresh_air)]}
    project = parse_project(json.dumps(text))
    return project, load_weather("shanghai", year=project.year)


def energyplus(folder: Path, fresh_air: float, shr: float, flow: float = FLOW, wet_coil: str = "") -> Coil:
    project, climate = described(fresh_air)
    building = complete(project.buildings[0], calendar=project.calendar)
    model = write_model(
        building, climate, project.site, minutes=MINUTES, conditioned=False, days=DAYS, dew_point=10.0
    )
    idf = model.save(folder)
    idf.write_text(idf.read_text() + unit(model.names.of("zone", "room"), shr, flow, wet_coil))
    done = run_idf(idf, write_step_epw(climate, MINUTES, folder / "weather.epw"), folder / "out")
    read = read_zone_series(
        done.sql,
        {
            "sensible": "Cooling Coil Sensible Cooling Rate", "latent": "Cooling Coil Latent Cooling Rate",
            "power": "Cooling Coil Electricity Rate", "temp": "Zone Mean Air Temperature",
            "humidity": "Zone Mean Air Humidity Ratio",
        },
    )  # fmt: skip
    return Coil(**{name: hourly(table.iloc[:, 0].to_numpy(), 60 // MINUTES) for name, table in read.items()})


def ours(fresh_air: float, *, fan_runs_on: bool) -> Coil:
    project, climate = described(fresh_air)
    zones = prepare(project, climate)
    assert np.any(zones.batch.zone[:, :, FAN_TIME] > 0.0)  # as the library has it
    if not fan_runs_on:
        zones.batch.zone[:, :, FAN_TIME] = 0.0
    g, z, lane = zones.prepared[0].place["room"]
    stored = march_zones(zones)[:, :, g, z, lane]
    weather = climate.at_step(15)
    first = int(np.flatnonzero((weather.times.month == 7) & (weather.times.day == 14))[0])
    steps = slice(first, first + 7 * 96)
    out = (0.5 * (series[:-1] + series[1:])[steps] for series in (weather.temp_air, weather.humidity_ratio))
    temp_out, humid_out = out
    pressure = weather.pressure[:-1][steps]
    sensible, latent = -stored[steps, OUT_SENSIBLE], stored[steps, OUT_LATENT]
    temp, humidity = stored[steps, OUT_TEMP], stored[steps, OUT_HUMIDITY]
    wet_in, wet_out = wet_bulb(temp, humidity, pressure), wet_bulb(temp_out, humid_out, pressure)
    plant = load_plant(EQUIPMENT, RATED, RATED)
    power = np.array([
        cooling_power_w(*values, plant)
        for values in zip(sensible + latent, temp_out, wet_out, wet_in, strict=True)
    ])  # fmt: skip
    return Coil(*(hourly(x, 4) for x in (sensible, latent, power, temp, humidity)))


def spread(mine: Array, theirs: Array) -> float:
    """CV(RMSE) [%]."""
    return float(100.0 * np.sqrt(np.mean((mine - theirs) ** 2)) / theirs.mean())


def own_share() -> float:
    """Sensible share at 26.67/19.44 degC, EnergyPlus' rating, of a coil that there draws as much enthalpy.

    EnergyPlus takes stream and bypass factor from the capacity and this share, we from the drop of enthalpy
    towards the apparatus dew point at 27/19 degC.
    """
    sea_level = 101325.0
    water = float(humidity_ratio_from_wet_bulb(26.67, 19.44, sea_level))
    enters = float(enthalpy(26.67, water))
    cold = enters - load_coil(EQUIPMENT).drop
    temp = brentq(lambda t: float(enthalpy(t, humidity_ratio_from_dew_point(t, sea_level))) - cold, 0.0, 20.0)
    dried = enthalpy(26.67, water) - enthalpy(26.67, humidity_ratio_from_dew_point(temp, sea_level))
    return 1.0 - float(dried) / (enters - cold)


def compare(mine: Coil, theirs: Coil, name: str, figure: Callable[[str], None]) -> tuple[float, float]:
    power, latent = spread(mine.power, theirs.power), spread(mine.latent, theirs.latent)
    figure(
        f"{name}: hourly CV(RMSE) power {power:.1f} %, latent {latent:.1f} %; "
        f"room {1e3 * mine.humidity.mean():.1f} for {1e3 * theirs.humidity.mean():.1f} g/kg"
    )
    assert len(theirs.power) == 7 * 24
    # the room asks both for the same, and neither coil is at its limit
    assert spread(mine.sensible, theirs.sensible) < 2.0
    return power, latent


def test_energyplus_has_our_figures_of_a_running_fan() -> None:
    runs_on = load_coil(EQUIPMENT).runs_on
    assert runs_on is not None
    assert ",," + ",".join(f"{x:g}" for x in runs_on) == EVAPORATION


def test_a_coil_whose_fan_stops_with_it(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """With our coil's sensible share at rating, and with 0.76 and more air."""
    cases = (
        (30.0, own_share(), FLOW, "fresh air"),
        (30.0, 0.76, 5.4e-5 * RATED, "fresh air, sensible share 0.76"),
        (0.0, own_share(), FLOW, "no fresh air"),
    )
    mine = {fresh_air: ours(fresh_air, fan_runs_on=False) for fresh_air in (30.0, 0.0)}
    for number, (fresh_air, share, flow, name) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        theirs = energyplus(folder, fresh_air, share, flow)
        power, latent = compare(mine[fresh_air], theirs, name, figure)
        assert power < 10.0, name
        assert latent < 15.0, name


def test_a_coil_whose_fan_runs_on(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Henderson and Rengarajan's evaporation, with fresh air (a wet room at low load) and without."""
    for number, (fresh_air, name) in enumerate(((30.0, "fan runs on"), (0.0, "fan runs on, no fresh air"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        theirs = energyplus(folder, fresh_air, own_share(), wet_coil=EVAPORATION)
        power, latent = compare(ours(fresh_air, fan_runs_on=True), theirs, name, figure)
        assert power < 10.0, name
        assert latent < 15.0, name
