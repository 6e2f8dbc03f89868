"""What neighbours take from a building (周边遮挡损失): sun on facades and roof, and what its modules give."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from buildings.systems.photovoltaics import array_power, described_array
from buildings.thermal.inputs import Surroundings
from weather.skyline import sun_on

if TYPE_CHECKING:
    from buildings.thermal.batch import ForcingTable
    from buildings.thermal.building import ThermalBuilding
    from buildings.thermal.enclosure import Channel, Surface, Window
    from weather.skyline import Skyline
    from weather.step_weather import StepWeather

_UPRIGHT = 45.0
"""Tilt from which an outer face is counted among the facades [degree]."""


def shade_columns(
    thermal: ThermalBuilding,
    table: ForcingTable,
    weather: StepWeather,
    around: Surroundings,
    pv_kwh: float,
) -> dict[str, float]:
    """Sun on the outer faces of a building over a year, and its PV, with neighbours and without.

    Parameters
    ----------
    thermal : ThermalBuilding
    table : ForcingTable
        Of its march: light on a plane that is there need not be found again.
    weather : StepWeather
    around : Surroundings
    pv_kwh : float
        What its modules can give [kWh].

    Returns
    -------
    dict
        `facade_sun_kwh` and `roof_sun_kwh` before overhangs, `pv_can_kwh` before any curtailment, and the
        same with `open`: as if nothing stood around [kWh].
    """
    enclosed, hours = thermal.enclosed, weather.dt_s / 3600.0
    areas: dict[tuple[float, float, str], float] = defaultdict(float)
    times = [zone.multiplier for zone in thermal.description.zones]
    outer: list[Surface | Window] = [s for s in enclosed.enclosure.surfaces if s.boundary == "outdoors"]
    for face in [*outer, *enclosed.enclosure.windows]:
        if face.sun_exposed:
            areas[face.tilt, face.azimuth, face.skyline] += face.area * times[face.zone]
    found = dict.fromkeys(("facade_sun_kwh", "facade_sun_open_kwh", "roof_sun_kwh", "roof_sun_open_kwh"), 0.0)
    albedo = around.ground_reflectance
    for (tilt, azimuth, name), area in areas.items():
        where, each = "facade" if tilt > _UPRIGHT else "roof", 1e-3 * hours * area
        free = left = _sun(table, weather, tilt, azimuth, albedo)
        if name:
            left = _sun(table, weather, tilt, azimuth, albedo, name, enclosed.skylines[name])
        found[f"{where}_sun_kwh"] += each * left
        found[f"{where}_sun_open_kwh"] += each * free
    return found | {"pv_can_kwh": pv_kwh, "pv_open_kwh": _open_pv(thermal, weather, albedo, pv_kwh)}


def _sun(
    table: ForcingTable,
    weather: StepWeather,
    tilt: float,
    azimuth: float,
    albedo: float,
    name: str = "",
    skyline: Skyline | None = None,
) -> float:
    """Sun on a plane, summed over all steps [W/m2]: of the march where an opaque face looks there too."""
    channel: Channel = ("solar", tilt, azimuth, name) if name else ("solar", tilt, azimuth)
    if channel in table:
        return float(table.series(channel).sum())
    return float(sun_on(weather, tilt, azimuth, albedo, skyline).total.sum())


def _open_pv(thermal: ThermalBuilding, weather: StepWeather, albedo: float, pv_kwh: float) -> float:
    """What the modules could give under a level horizon [kWh]."""
    systems = thermal.description.systems
    if thermal.description.standing is None or not systems.pv:
        return pv_kwh
    given = 0.0
    for row in systems.pv:
        array, azimuth = described_array(row, on_dc_bus=systems.dc_bus is not None)
        given += float(array_power(array, weather, azimuth, albedo).bus_kw.sum())
    return given * weather.dt_s / 3600.0
