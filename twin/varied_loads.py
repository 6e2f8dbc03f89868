"""Minutes of plug loads and hot water in a project with `variability: minute`.

The varied series of equipment stands in the forcing table in the place of the even one, so that the
building's electricity and the heat of its rooms come from the same minutes. Zones that share a schedule share
the factor: the building's own spread is right, that of a single zone among them is too small.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from buildings.description.calendar import DayGrid
from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schedules import values_on
from buildings.systems.end_uses import UsefulDemand
from buildings.systems.minute_loads import load_pattern, vary
from buildings.systems.records import entry
from buildings.thermal.batch import ForcingTable
from buildings.thermal.blocks import equipment_channel
from buildings.thermal.enclosure import Channel

_WATER_J_LK = 4.14e3
_DRAWS = {"residential": "dwelling_draws", "hotel": "lodging_draws", "hospital_inpatient": "lodging_draws"}
_HEATERS = {"electric_water_heater": "storage_heater", "heat_pump_water_heater": "heat_pump_heater"}
"""Water heaters with a store: their own cycles, not the draws, are what the meter sees."""


def equipment_pattern(zone: CompleteZone) -> str:
    """Pattern of a zone's equipment."""
    return "dwelling_equipment" if zone.use.startswith("residential") else "work_equipment"


def draws_pattern(use: str) -> str:
    """Pattern of the draws of a use of `data/end_uses.yaml`."""
    return _DRAWS.get(use, "washroom_draws")


def even_equipment(building: CompleteBuilding, zone: CompleteZone, grid: DayGrid) -> NDArray[np.float64]:
    """Share of the equipment power that runs as the schedule has it, its base included (n,)."""
    base = zone.gains.equipment_base_fraction
    return base + (1.0 - base) * values_on(building.schedules[zone.gains.equipment], grid)


def add_varied_equipment(
    table: ForcingTable, building: CompleteBuilding, grid: DayGrid, step_minutes: int, seed: int
) -> None:
    """Add the equipment of all zones with its minutes, before the even series would be added.

    Parameters
    ----------
    table : ForcingTable
    building : CompleteBuilding
    grid : DayGrid
        Of the steps of the year.
    step_minutes : int
    seed : int
    """
    sharing: dict[Channel, list[CompleteZone]] = {}
    for zone in building.zones:
        sharing.setdefault(equipment_channel(building.name, zone), []).append(zone)
    for channel, zones in sharing.items():
        power = sum(z.gains.equipment_power * z.floor_area * z.multiplier for z in zones)
        even = even_equipment(building, zones[0], grid)
        pattern = load_pattern(equipment_pattern(zones[0]))
        factor = vary(even * power, step_minutes, pattern, stream(seed, *channel)).factor
        table.add(channel, even * factor)


def with_draws(
    demand: UsefulDemand,
    use: str,
    appliance: str | None,
    mains: NDArray[np.float64],
    step_minutes: int,
    rng: np.random.Generator,
) -> UsefulDemand:
    """Demand whose hot water comes in draws, or in the cycles of a water heater with a store.

    Parameters
    ----------
    demand : UsefulDemand
    use : str
        Key in `data/end_uses.yaml`.
    appliance : str or None
        What makes the hot water; None for the plant room.
    mains : ndarray (n,)
        Cold water [degC].
    step_minutes : int
    rng : numpy.random.Generator
    """
    water = demand.hot_water
    if not water.any():
        return demand
    if appliance in _HEATERS:
        # The cycles are of electricity, which a heater takes in nearly constant proportion to useful heat.
        sized = water / float(entry("appliances", appliance)["efficiency"])
        factor = vary(sized, step_minutes, load_pattern(_HEATERS[appliance]), rng).factor
    else:
        # The day's mean temperature, so that litres and energy of a block are kept together.
        steps_a_day = 1440 // step_minutes
        cold = np.repeat(mains.reshape(-1, steps_a_day).mean(axis=1), steps_a_day)
        rise = np.maximum(float(entry("end_uses", use)["hot_water"]["temp_use"]) - cold, 1.0)
        flow = water * 60.0 / (_WATER_J_LK * rise)
        factor = vary(flow, step_minutes, load_pattern(draws_pattern(use)), rng).factor
    return replace(demand, hot_water=water * factor)


def stream(seed: int, *name: str | float) -> np.random.Generator:
    """Random numbers of one load: the same whatever other loads the project has."""
    return np.random.default_rng([seed, zlib.crc32(repr(name).encode())])


def stated(building: CompleteBuilding) -> Mapping[str, str]:
    """Patterns that vary a building's loads, by what they vary."""
    found = {"equipment": equipment_pattern(max(building.zones, key=lambda z: z.floor_area * z.multiplier))}
    uses = building.systems.end_uses
    if uses is not None and "hot_water" in entry("end_uses", uses.use):
        found["hot_water"] = _HEATERS.get(uses.hot_water or "", draws_pattern(uses.use))
    return found
