"""The electrical side of one building as it is prepared: records of its devices, and what it draws by use."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, CompleteHvac
from buildings.description.schema import DcBus
from buildings.systems.battery import load_battery, room_temperature
from buildings.systems.converter import load_converter
from buildings.systems.device_curves import load_device_curves
from buildings.systems.end_uses import USES, appliance_loads, default_count, useful_demand
from buildings.systems.endpoints import dc_demand_factor
from buildings.systems.ev import load_charger
from buildings.systems.ev_sessions import ChargingYear, charging_pattern, draw_sessions
from buildings.systems.photovoltaics import array_power, described_array
from buildings.systems.plant import load_plant
from buildings.systems.records import Record, entry
from buildings.thermal.batch import ForcingTable
from buildings.thermal.blocks import (
    equipment_channel,
    fresh_air_channel,
    fresh_air_m3_s,
    lighting_channel,
)
from buildings.thermal.building import ThermalBuilding, day_grid
from buildings.thermal.inputs import Surroundings
from controllers.islanding import load_islanding
from twin.building_batch import (
    COOKING_IN,
    EQUIPMENT_IN,
    FANS_IN,
    GAS_IN,
    HEATERS_IN,
    HOT_WATER_IN,
    LAUNDRY_IN,
    LIGHTING_IN,
    N_INPUTS,
    PV_IN,
    STEAM_IN,
)
from twin.power_balance import load_electrical
from twin.varied_loads import even_equipment, stream, with_draws
from weather.errors import TwinError
from weather.step_weather import StepWeather

_ELECTRIC_IN = {
    "hot_water": HEATERS_IN,
    "cooking": COOKING_IN,
    "laundry": LAUNDRY_IN,
    "sterilisation": LAUNDRY_IN,
}
"""Where the electricity of appliances is entered."""


class ElectricSide:
    """Electrical side of one building: records and input series.

    With `draws_seed` hot water comes in draws beside the minutes of equipment; sizes follow the even series.
    """

    def __init__(
        self,
        thermal: ThermalBuilding,
        table: ForcingTable,
        weather: StepWeather,
        around: Surroundings,
        mains: NDArray[np.float64],
        *,
        draws_seed: int | None = None,
    ) -> None:
        building = thermal.description
        systems = building.systems
        self.inputs = self._inputs(building, table)
        self.equipment_design_kw = self._equipment_design_kw(thermal, weather, even=draws_seed is None)
        self.hot_water_design_kw = 0.0
        self._add_end_uses(thermal, weather, mains, draws_seed)
        self.pv_kwp = sum(array.capacity for array in systems.pv)
        self.pv_clipped_kwh = 0.0
        bus = systems.dc_bus
        for array in systems.pv:
            own, azimuth = described_array(array, on_dc_bus=bus is not None)
            skyline = building.standing.of_array(array) if building.standing is not None else None
            power = array_power(own, weather, azimuth, around.ground_reflectance, skyline)
            self.inputs[:, PV_IN] += power.bus_kw
            self.pv_clipped_kwh += power.clipped_kw * len(weather) * weather.dt_s / 3600.0
        loads = bus.loads if bus is not None else ()
        if "lighting" in loads:
            self.inputs[:, LIGHTING_IN] *= dc_demand_factor("lighting")
        # A building in which nothing is served has no plant; an ideal one of a watt stands idle in its place.
        served = any(zone.conditioned for zone in building.zones)
        self.plant = load_plant(
            building.hvac.equipment if served else "ideal",
            max(thermal.sizing.cooling_capacity, 1.0),
            max(thermal.sizing.heating_capacity, 1.0),
            dc_supply="hvac" in loads,
        )
        _set_efficiency(self.plant, building.hvac)
        self.charger = self._charger(building)
        self.vehicles = self._vehicles(thermal, weather)
        self.battery_room = self._battery_room(building, weather)
        self.bus_load_kw = self._bus_load_kw(thermal) if bus is not None else 0.0
        self.interface_kw = self._interface_kw(bus) if bus is not None else 0.0
        self.electrical, self.soc = self._record(building)
        drier = building.ventilation.dehumidification
        unit = entry("fresh_air_units", drier.equipment) if drier is not None else {}
        self.drier = float(unit.get("ratio", 0.0)), float(unit.get("per_kelvin", 0.0))
        asked = systems.control.precool if systems.control.type == "droop" else 0.0
        self.shifts = asked, -systems.control.drift, systems.control.precool, systems.control.shed

    def _inputs(self, building: CompleteBuilding, table: ForcingTable) -> NDArray[np.float64]:
        """Lighting, equipment and fresh-air fans of all zones [kW]."""
        inputs = np.zeros((table.n_steps, N_INPUTS))
        vent = building.ventilation
        for zone in building.zones:
            area = 1e-3 * zone.floor_area * zone.multiplier
            lighting, equipment = (
                lighting_channel(building.name, zone),
                equipment_channel(building.name, zone),
            )
            inputs[:, LIGHTING_IN] += area * zone.gains.lighting_power * table.series(lighting)
            inputs[:, EQUIPMENT_IN] += area * zone.gains.equipment_power * table.series(equipment)
            air = fresh_air_channel(building.name, zone, vent.demand_controlled)
            fan = 1e-3 * vent.specific_fan_power * fresh_air_m3_s(zone) * zone.multiplier
            inputs[:, FANS_IN] += fan * table.series(air)
        return inputs

    def _equipment_design_kw(self, thermal: ThermalBuilding, weather: StepWeather, *, even: bool) -> float:
        """Highest equipment power of the schedules [kW], which sizes what feeds it."""
        if even:
            return float(self.inputs[:, EQUIPMENT_IN].max())
        building, grid = thermal.description, thermal.calendar.grid(weather.times)
        each = (
            1e-3 * z.floor_area * z.multiplier * z.gains.equipment_power * even_equipment(building, z, grid)
            for z in building.zones
        )
        return float(np.max(sum(each)))

    def _add_end_uses(
        self,
        thermal: ThermalBuilding,
        weather: StepWeather,
        mains: NDArray[np.float64],
        draws_seed: int | None,
    ) -> None:
        """Hot water, cooking, laundry and sterilisation, by carrier."""
        building = thermal.description
        uses = building.systems.end_uses
        if uses is None:
            return
        count = uses.count if uses.count is not None else default_count(uses.use, building.floor_area)
        grid = day_grid(weather, thermal.calendar)
        workday = grid.workday[grid.position]
        demand = useful_demand(uses.use, count, weather.times, workday, mains, central=uses.central)
        choice = {name: getattr(uses, name) for name in USES}
        temp_out = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
        if uses.hot_water is None:
            self.hot_water_design_kw = 1e-3 * float((demand.hot_water + demand.circulation).max())
        if draws_seed is not None:
            rng = stream(draws_seed, building.name, "hot_water")
            minutes = round(weather.dt_s / 60.0)
            demand = with_draws(demand, uses.use, uses.hot_water, mains, minutes, rng)
        for name, load in appliance_loads(demand, choice, temp_out).items():
            column = _ELECTRIC_IN[name]
            for target, power in (
                (column, load.electricity), (GAS_IN, load.gas), (HOT_WATER_IN, load.hot_water),
                (STEAM_IN, load.steam),
            ):  # fmt: skip
                self.inputs[:, target] += 1e-3 * power
        if self.inputs[:, STEAM_IN].any() and not any(
            "steam" in r.carriers for r in building.systems.plant_room
        ):
            raise TwinError(
                f"Appliances of {building.name} take steam, and its plant room makes none.",
                "Add a boiler that serves steam, or choose other appliances.",
                key="end_uses",
            )

    def _charger(self, building: CompleteBuilding) -> Record | None:
        """One of the chargers, with the losses of the vehicles that come."""
        ev, bus = building.systems.ev, building.systems.dc_bus
        if ev is None:
            return None
        return load_charger(
            ev.power,
            on_dc_bus=bus is not None and "ev" in bus.loads,
            vehicle_to_building=ev.v2b,
            vehicle=ev.vehicle or charging_pattern(ev.pattern)["vehicle"],
        )

    def _vehicles(self, thermal: ThermalBuilding, weather: StepWeather) -> ChargingYear | None:
        ev = thermal.description.systems.ev
        if ev is None:
            return None
        per_day = ev.vehicles_per_day if ev.vehicles_per_day is not None else 1.5 * ev.chargers
        steps_per_day = round(86400.0 / weather.dt_s)
        rest = ~day_grid(weather, thermal.calendar).workday
        return draw_sessions(
            ev.pattern,
            ev.chargers,
            self.charger,
            per_day,
            rest,
            steps_per_day,
            ev.seed,
            opt_in=1.0 if ev.opt_in is None else ev.opt_in,
            vehicle=ev.vehicle,
        )

    def _battery_room(self, building: CompleteBuilding, weather: StepWeather) -> NDArray[np.float64]:
        """Temperature around the battery [degC]; that of the data sheets where there is none."""
        store = building.systems.battery
        middle = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
        return room_temperature(store.location if store is not None else "container", middle, weather.dt_s)

    def _bus_load_kw(self, thermal: ThermalBuilding) -> float:
        """What the loads on the bus can draw at once [kW]."""
        systems = thermal.description.systems
        assert systems.dc_bus is not None
        plant = self.plant
        hvac = 1e-3 * max(
            thermal.sizing.cooling_capacity / float(plant["cooling"]["ratio"]),
            thermal.sizing.heating_capacity / max(float(plant["heating"]["ratio"]), 1.0),
        )
        rated = {
            "hvac": hvac,
            "lighting": float(self.inputs[:, LIGHTING_IN].max()),
            "equipment": self.equipment_design_kw + float(self.inputs[:, FANS_IN].max()),
            "ev": systems.ev.chargers * systems.ev.power if systems.ev is not None else 0.0,
        }
        return sum(rated[load] for load in systems.dc_bus.loads)

    def _interface_kw(self, bus: DcBus) -> float:
        """Rating of the grid interface: as written, else what the loads on the bus can draw at once."""
        if bus.interface_capacity != "autosize":
            return float(bus.interface_capacity)
        return max(self.bus_load_kw, self.pv_kwp, 1.0)

    def _record(self, building: CompleteBuilding) -> tuple[Any, float]:
        systems = building.systems
        bus, control, store = systems.dc_bus, systems.control, systems.battery
        loads = None
        if bus is not None:
            loads = tuple(dict.fromkeys(part for load in bus.loads for part in _ON_BUS[load]))
        battery = None
        if store is not None:
            battery = load_battery(
                store.equipment,
                store.capacity,
                store.power,
                on_dc_bus=bus is not None,
                soc_min=store.soc_min,
                soc_max=store.soc_max,
                soc_initial=store.soc_initial,
                converter=store.converter if bus is not None else None,
                temperature=float(self.battery_room[0]),
            )
        interface = load_converter(bus.interface, self.interface_kw, bus.modules) if bus else None
        electrical = load_electrical(
            controller=control.type,
            dc_loads=loads,
            interface=interface,
            battery=battery,
            charger=self.charger,
            curves=load_device_curves(bus.curves.base, bus.curves.overrides()) if bus is not None else None,
            demand_limit_kw=control.demand_limit if control.demand_limit is not None else np.inf,
            islanding=load_islanding(
                critical_lighting=bus.critical_share.lighting if bus is not None else None,
                critical_equipment=bus.critical_share.equipment if bus is not None else None,
                reserve=store.usable_reserve if store is not None else 0.0,
            ),
        )
        return electrical, store.soc_initial if store is not None else 0.0


_ON_BUS: dict[str, tuple[str, ...]] = {
    "hvac": ("hvac", "pumps"),
    "lighting": ("lighting",),
    "equipment": ("equipment", "fans"),
    "ev": ("ev",),
}


def _set_efficiency(plant: Record, hvac: CompleteHvac) -> None:
    """Machines or boiler as good as the project says; pumps, tower, fans and standby keep their data."""
    plant["cooling"]["ratio"] *= hvac.cooling_efficiency_factor
    plant["heating"]["ratio"] *= hvac.heating_efficiency_factor
    plant["boiler_efficiency"] *= hvac.heating_efficiency_factor
