"""Prepare: a project and its weather become a Plant, plain arrays that compiled kernels march.

Everything that does not react to the march is computed here once: sun on every face, schedules, set-points,
PV, prices, drawn vehicles. What reacts (thermostats, plant, battery, bus) is left to the march.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteBuilding, complete
from buildings.description.ledger import Ledger
from buildings.description.schema import Building, Project
from buildings.systems.coils import load_coil
from buildings.systems.component import Setting
from buildings.systems.ev import EV_SESSION
from buildings.systems.ev_sessions import ChargingYear
from buildings.systems.plant import PLANT
from buildings.thermal.batch import FollowingCoil, ForcingTable, Place, RunningFan, initial_state, pack
from buildings.thermal.building import (
    Coil,
    ThermalBuilding,
    add_series,
    day_grid,
    occupancy,
    thermal_buildings,
)
from buildings.thermal.ground import lead_in_days
from buildings.thermal.inputs import Surroundings, weather_table
from buildings.thermal.kernel import march
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import (
    COOL_MAX,
    HEAT_MAX,
    N_TOTALS,
    ThermalBatch,
    ThermalState,
    copied_state,
    scratch,
)
from controllers.orders import no_orders
from twin.building_batch import (
    N_ISLAND,
    STEAM_IN,
    BuildingBatch,
)
from twin.electric_side import ElectricSide
from twin.equipment import EquipmentRow, plant_rooms
from twin.fault_steps import fault_bits
from twin.market.tariff import Prices, load_tariff, prices
from twin.plant_rows import Equipment, equipment_of
from twin.power_balance import ELECTRICAL
from twin.varied_loads import add_varied_equipment
from twin.wear import wear_inputs, wear_rooms
from weather.climate_year import ClimateYear
from weather.design_days import design_days
from weather.errors import TwinError
from weather.ground import ground_temperature
from weather.kept import kept_while
from weather.mains_water import mains_temperature
from weather.psychrometrics import wet_bulb
from weather.step_weather import StepWeather

GROUND_DEPTH_M = 2.0
"""Depth of the undisturbed ground that bounds the soil below a slab [m], as in the EPW header."""
_START_C = 18.0


@dataclass(frozen=True)
class PreparedBuilding:
    """What judging and showing need of a building.

    Attributes
    ----------
    thermal : ThermalBuilding
    ledger : Ledger
        Every derived figure with its source.
    place : dict
        Group, zone row and lane of each zone.
    people : dict
        People in each zone (one such zone) at each step.
    vehicles : ChargingYear or None
    pv_kwp, pv_clipped_kwh, interface_kw, bus_load_kw : float
        Installed PV, what its converters clip in the year, rating of the grid interface and what the loads
        on the bus can draw at once (0 without a DC bus).
    """

    thermal: ThermalBuilding
    ledger: Ledger
    place: Mapping[str, tuple[int, int, int]]
    people: Mapping[str, NDArray[np.float64]]
    vehicles: ChargingYear | None
    pv_kwp: float
    pv_clipped_kwh: float
    interface_kw: float
    bus_load_kw: float

    @property
    def description(self) -> CompleteBuilding:
        """The complete description."""
        return self.thermal.description


@dataclass
class Zones:
    """Prepared zones of a project, without what stands between them and the grid.

    `march` consumes the state, so it serves one march.

    Attributes
    ----------
    weather : StepWeather
    thermals, ledgers : tuple
        Each building, and where its derived figures come from.
    places : tuple of tuple of Place
        Group, row and lane of each zone of each building.
    batch, state, table, forcing, weather_table
        What the kernel reads.
    cut_s : float
        Step for which the walls were cut into cells [s].
    """

    project: Project
    climate: ClimateYear
    weather: StepWeather
    thermals: tuple[ThermalBuilding, ...]
    ledgers: tuple[Ledger, ...]
    places: tuple[tuple[Place, ...], ...]
    batch: ThermalBatch
    state: ThermalState
    table: ForcingTable
    forcing: NDArray[np.float64]
    weather_table: NDArray[np.float64]
    cut_s: float

    @property
    def n_steps(self) -> int:
        """Steps of the year."""
        return len(self.weather)

    @property
    def dt_s(self) -> float:
        """Length of a step [s]."""
        return self.weather.dt_s

    def place(self, b: int) -> dict[str, tuple[int, int, int]]:
        """Where each zone of building b lies in the batch."""
        named = self.thermals[b].description.zones
        return {zone.name: at for zone, at in zip(named, self.places[b], strict=True)}


@dataclass
class Plant(Zones):
    """Prepared physics of a project: its zones, plant, storage, vehicles, PV and prices."""

    buildings: BuildingBatch
    equipment: Equipment
    rows: tuple[EquipmentRow, ...]
    soc: NDArray[np.float64]
    sessions: np.ndarray
    prepared: tuple[PreparedBuilding, ...]
    price: NDArray[np.float64]
    assumptions: tuple[Any, ...]

    def copied(self) -> Plant:
        """The same Plant with a state and orders of its own, since a march consumes them."""
        own = {"electrical": self.buildings.electrical.copy(), "orders": self.buildings.orders.copy()}
        own |= {"orders_from": self.buildings.orders_from.copy(), "island": self.buildings.island.copy()}
        own["shifts"] = self.buildings.shifts.copy()
        return replace(
            self,
            state=copied_state(self.state),
            soc=self.soc.copy(),
            sessions=self.sessions.copy(),
            equipment=copy.deepcopy(self.equipment),
            buildings=self.buildings._replace(**own),
        )


def prepare_zones(
    project: Project,
    climate: ClimateYear,
    *,
    conditioned: bool = True,
    steady_coil: bool = False,
    cut_s: float | None = None,
    steps: slice = slice(None),
) -> Zones:
    """The zones of a project, sized and warmed up.

    Parameters
    ----------
    project : Project
        Validated.
    climate : ClimateYear
        In the project's calendar year.
    conditioned : bool
        False lets all zones float.
    steady_coil : bool
        The coil leaves its air at one apparatus dew point whatever its load, as ideal loads of EnergyPlus do.
    cut_s : float, optional
        Step for which walls are cut into cells [s], default the project's.
    steps : slice
        Steps of the year that are prepared, whole days; by default all.

    Raises
    ------
    TwinError
        Something that the libraries do not have, or a plant that cannot be sized.
    """
    if project.shared is not None:
        raise TwinError(
            "What buildings share is not marched with each of them.",
            "Use `twin district`, or leave out `shared`.",
            key="shared",
        )
    varied, minutes = project.variability == "minute", int(project.timestep)
    weather = climate.at_step(minutes, project.variability, project.weather_seed)
    if steps != slice(None):
        weather = weather.between(steps.start, steps.stop)
    around = surroundings(project)
    days, table = design_days(climate), ForcingTable(len(weather))
    given = project.site.ground_temperatures
    soil = given is None
    ground = (
        _ground(weather, ref(climate))
        if given is None
        else np.asarray(given, dtype=float)[weather.times.month.to_numpy() - 1]
    )
    descriptions, ledgers, coils = [], [], []
    for i, described in enumerate(project.buildings):
        ledger = Ledger()
        description = complete(described, ledger, calendar=project.calendar)
        with _naming_key(i, described):
            coil = _coil(description.hvac.equipment, steady=steady_coil)
        if description.ventilation.dehumidification is not None:
            coil = _DRY_COIL
        descriptions.append(description)
        ledgers.append(ledger)
        coils.append(coil)
    thermals = thermal_buildings(descriptions, weather, days, around, ground, coils, soil=soil, cut_s=cut_s)
    for thermal in thermals:
        if varied:
            grid = day_grid(weather, thermal.calendar)
            add_varied_equipment(table, thermal.description, grid, minutes, project.weather_seed)
        add_series(table, thermal, weather, around, ground)
    batch, places = pack([t.packed for t in thermals], table)
    if not conditioned:
        batch.zone[:, :, [HEAT_MAX, COOL_MAX]] = 0.0
    forcing, shared = table.values(), weather_table(weather)
    wear_rooms(project, descriptions, table, forcing, weather.times, weather.dt_s)
    return Zones(
        project=project,
        climate=climate,
        weather=weather,
        thermals=tuple(thermals),
        ledgers=tuple(ledgers),
        places=tuple(places),
        batch=batch,
        state=start(batch, weather, forcing, shared, lead_in_days(on_soil=soil and _on_ground(thermals))),
        table=table,
        forcing=forcing,
        weather_table=shared,
        cut_s=weather.dt_s if cut_s is None else cut_s,
    )


def prepare(
    project: Project, climate: ClimateYear, *, cut_s: float | None = None, steps: slice = slice(None)
) -> Plant:
    """Turn a project into a Plant: `prepare_zones`, and everything between the zones and the grid.

    `cut_s` and `steps` are those of `prepare_zones`.

    Raises
    ------
    TwinError
        As `prepare_zones`.
    """
    zones = prepare_zones(project, climate, cut_s=cut_s, steps=steps)
    weather, around = zones.weather, surroundings(project)
    tariff = _prices(weather, project.tariff)
    mains = _mains(weather, ref(climate)).copy()
    electric = []
    for i, (described, thermal) in enumerate(zip(project.buildings, zones.thermals, strict=True)):
        with _naming_key(i, described):
            seed = project.weather_seed if project.variability == "minute" else None
            electric.append(ElectricSide(thermal, zones.table, weather, around, mains, draws_seed=seed))
    settings = [
        _setting(zones, thermal, e, around) for thermal, e in zip(zones.thermals, electric, strict=True)
    ]
    written = [building.plant_room for building in project.buildings]
    room, state, rows = plant_rooms(written, settings, np.asarray(tariff.period, dtype=np.int64))
    return Plant(
        **vars(zones),
        buildings=_building_batch(zones, electric, tariff, mains),
        equipment=equipment_of(room, state),
        rows=rows,
        soc=np.array([[e.soc] for e in electric]),
        sessions=_all_sessions(electric),
        prepared=tuple(_prepared(zones, b, e) for b, e in enumerate(electric)),
        price=tariff.price.copy(),
        assumptions=tuple(tariff.assumptions),
    )


def _setting(zones: Zones, thermal: ThermalBuilding, electric: ElectricSide, around: Surroundings) -> Setting:
    """What plant-room equipment may know of a building."""
    sizing, standing = thermal.sizing, thermal.description.standing
    return Setting(
        weather=zones.weather,
        climate=zones.climate,
        ground_reflectance=around.ground_reflectance,
        design={
            "space_heat": max(sizing.design_heating_load, 1.0),
            "chilled_water": max(sizing.design_cooling_load, 1.0),
            "hot_water": max(1e3 * electric.hot_water_design_kw, 1.0),
            "steam": max(1e3 * float(electric.inputs[:, STEAM_IN].max()), 1.0),
        },
        floor_area=thermal.description.floor_area,
        roof=standing.roof if standing is not None else None,
    )


def surroundings(project: Project) -> Surroundings:
    """What the outside of its buildings sees."""
    return Surroundings(project.site.terrain, project.site.ground_reflectance)


@contextmanager
def _naming_key(i: int, described: Building) -> Iterator[None]:
    """Equipment libraries name the key that they lack; a user looks for the key at which he wrote it."""
    try:
        yield
    except TwinError as error:
        written = described.model_dump(
            include={"hvac", "pv", "battery", "ev", "dc_bus", "plant_room", "ventilation", "end_uses"}
        )
        key = _key_of(error.key, written, f"buildings[{i}]")
        if key is None:
            raise
        raise error.at(key=key) from error


def _key_of(word: str | None, value: Any, at: str) -> str | None:
    """Dotted key below which a word stands as a value, None where it does not."""
    inner: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        inner = [(f"{at}.{key}", part) for key, part in value.items()]
    elif isinstance(value, (list, tuple)):
        inner = [(f"{at}[{j}]", part) for j, part in enumerate(value)]
    elif isinstance(value, str) and value == word:
        return at
    return next((found for key, part in inner if (found := _key_of(word, part, key))), None)


_DRY_COIL = Coil(16.0, 1.0)
"""Of rooms whose fresh air is dried: water of 16 degC lies above the dew point; no air is wetter than 1."""


def _coil(equipment: str, *, steady: bool) -> Coil:
    """Coil of the equipment, at sea level; `steady` holds it at its rated dew point without losses."""
    data = load_coil(equipment)
    plain = Coil(data.temp, data.humidity)
    if steady:
        return plain
    follows = FollowingCoil(data.drop, data.curve, data.limits) if data.follows else None
    fan = None
    if data.runs_on is not None:
        fan = RunningFan(*data.runs_on, data.latent_rated, data.degradation, data.cycles_below)
    return replace(plain, follows=follows, fan=fan)


def _on_ground(thermals: Sequence[ThermalBuilding]) -> bool:
    return any(s.boundary == "ground" for t in thermals for s in t.enclosed.enclosure.surfaces)


def start(
    batch: ThermalBatch,
    weather: StepWeather,
    forcing: NDArray[np.float64],
    shared: NDArray[np.float64],
    days: int,
) -> ThermalState:
    """Rooms and walls as the year ends: its last `days` are marched before it, with ideal plant."""
    state = initial_state(batch, _START_C, float(weather.temp_air[0]), float(weather.humidity_ratio[0]))
    n = len(forcing)
    first = max(n - round(days * 86400.0 / weather.dt_s), 0)
    groups, rows, _, lanes = batch.zone.shape
    totals = np.zeros((groups, N_TOTALS, rows, lanes))
    none = np.zeros((0, 0, 0, 0, 0))
    march(batch, state, forcing, shared, first, n, weather.dt_s, scratch(batch), totals, none)
    return state


@kept_while(megabytes=16)
def _prices(weather: StepWeather, tariff: str) -> Prices:
    return prices(load_tariff(tariff), weather.times)


# The steps of a year stay with it and may not refer back to it, so that it comes by a weak reference.


@kept_while(megabytes=16)
def _ground(weather: StepWeather, climate: ref[ClimateYear]) -> NDArray[np.float64]:
    """Undisturbed ground below slabs at each step [degC]."""
    return ground_temperature(_living(climate), GROUND_DEPTH_M, weather.times)


@kept_while(megabytes=16)
def _mains(weather: StepWeather, climate: ref[ClimateYear]) -> NDArray[np.float64]:
    """Mains water at each step [degC]."""
    return mains_temperature(_living(climate), weather.times)


def _living(climate: ref[ClimateYear]) -> ClimateYear:
    found = climate()
    if found is None:
        raise ReferenceError("the year is gone while it is prepared")
    return found


@kept_while(megabytes=16)
def _wet_bulb_out(weather: StepWeather) -> NDArray[np.float64]:
    """Wet bulb in the middle of each step [degC]."""
    temp, humidity, pressure = (
        0.5 * (part[1:] + part[:-1]) for part in (weather.temp_air, weather.humidity_ratio, weather.pressure)
    )
    return wet_bulb(temp, humidity, pressure)


def _building_batch(
    zones: Zones, electric: Sequence[ElectricSide], tariff: Any, mains: NDArray[np.float64]
) -> BuildingBatch:
    """Lay the electrical side of all buildings into one batch."""
    places, batch, weather = zones.places, zones.batch, zones.weather
    n, count = len(weather), len(places)
    groups, zone_rows = batch.zone.shape[:2]
    owner = np.full((groups, zone_rows, LANES), -1, dtype=np.int32)
    held = np.array([[count, 0]] * groups, dtype=np.int64)
    for b, place in enumerate(places):
        g, z, lane = np.array(place).T
        owner[g, z, lane] = b
        held[g[0]] = min(held[g[0], 0], b), max(held[g[0], 1], b + 1)
    rows = [
        e.vehicles.session_index if e.vehicles is not None else np.zeros((n, 0), np.int32) for e in electric
    ]
    offset, shifted, chargers, column = 0, [], [], 0
    for e, own in zip(electric, rows, strict=True):
        shifted.append(np.where(own >= 0, own + offset, -1).astype(np.int32))
        chargers.append([column, column + own.shape[1]])
        column += own.shape[1]
        offset += len(e.vehicles.sessions) if e.vehicles is not None else 0
    pressure = 0.5 * (weather.pressure[1:] + weather.pressure[:-1])
    faults = fault_bits(zones.project, weather.times, weather.dt_s)
    inputs = np.ascontiguousarray(np.stack([e.inputs for e in electric], axis=1))
    described = [thermal.description for thermal in zones.thermals]
    wear_inputs(zones.project, described, inputs, weather.times, weather.dt_s)
    return BuildingBatch(
        held=held,
        owner=owner,
        plant=_records([e.plant for e in electric], PLANT),
        electrical=_records([e.electrical for e in electric], ELECTRICAL),
        drier=np.array([e.drier for e in electric], dtype=float).reshape(-1, 2),
        shifts=np.array([e.shifts for e in electric], dtype=float).reshape(-1, 4),
        inputs=inputs,
        period=np.asarray(tariff.period, dtype=np.int64),
        hours_left=tariff.hours_left.copy(),
        wet_bulb_out=_wet_bulb_out(weather).copy(),
        temp_mains=mains,
        pressure=pressure,
        battery_room=np.ascontiguousarray(np.stack([e.battery_room for e in electric], axis=1)),
        orders=no_orders(0, count),
        orders_from=np.zeros(1, dtype=np.int64),
        faults=faults,
        island=np.zeros((*faults.shape, N_ISLAND)),
        chargers=np.array(chargers, dtype=np.int64),
        ev_rows=np.ascontiguousarray(np.hstack(shifted)),
    )


def _records(rows: Sequence[Any], dtype: np.dtype[Any]) -> np.ndarray:
    """One structured array of single records."""
    table = np.zeros(len(rows), dtype)
    for i, row in enumerate(rows):
        table[i] = row
    return table


def _all_sessions(electric: Sequence[ElectricSide]) -> np.ndarray:
    drawn = [e.vehicles.sessions for e in electric if e.vehicles is not None]
    return np.concatenate(drawn) if drawn else np.zeros(0, EV_SESSION)


def _prepared(zones: Zones, b: int, electric: ElectricSide) -> PreparedBuilding:
    thermal = zones.thermals[b]
    people = {
        zone.name: occupancy(thermal.description, zones.table, zone) for zone in thermal.description.zones
    }
    return PreparedBuilding(
        thermal,
        zones.ledgers[b],
        zones.place(b),
        people,
        electric.vehicles,
        electric.pv_kwp,
        electric.pv_clipped_kwh,
        electric.interface_kw,
        electric.bus_load_kw,
    )
