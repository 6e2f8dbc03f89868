"""The envelope of a building: kilowatts up and down, for how long, by source, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.systems.battery import no_battery
from buildings.systems.device_curves import V_MAX, V_MIN, curve_share
from twin.building_batch import LATENT_COOLING, SENSIBLE_COOLING, SPACE_HEATING
from twin.coupling import wet_bulb_room
from twin.flexibility.bounds import (
    DEMAND,
    INTERFACE,
    NOTHING,
    at_meter,
    battery_reach,
    plant_w,
    vehicle_paths,
)
from twin.flexibility.mass import held
from twin.flexibility.shared import (
    BATTERY_KW,
    BEYOND_K,
    COOLED,
    HVAC_KW,
    LIGHT_KW,
    LOAD_KW,
    N_CONDITIONS,
    N_MASSES,
    SHARES,
    SLOPE,
    WORKS,
    bus_reach,
    served_loads,
)
from twin.flexibility.tank import tank_reach
from twin.flexibility.witness import Baseline
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_SOC,
    BATTERY_TEMP,
    CONVERSION_LOSS,
    COOKING,
    COOLING,
    EQUIPMENT,
    EV_CHARGE,
    EV_DISCHARGE,
    FANS,
    FRESH_AIR,
    GENERATION,
    GRID_EXPORT,
    GRID_IMPORT,
    HEATING,
    HOT_WATER,
    HVAC,
    LIGHTING,
    PROCESS,
    PUMPS,
)
from twin.shift_response import SeasonAnswer
from twin.supervision import storage_of
from weather.errors import TwinError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MINUTES = (15, 30, 60, 120, 180, 240)
DIRECTIONS = ("down", "up")
"""Less import and more import than the baseline."""
SOURCES = ("battery", "vehicles", "mass", "tank", "lighting")
RESERVE = "lighting_reserve"
"""What lighting gives up below the voltages at which the interface still holds a target; not in the sum."""
BUILDING = "building"
RESERVE_PU = 0.85
_MORE = 0.25
"""Load beyond the baseline's over it, along which the power of a little more heat is taken [-]."""
_FREE = 0.02
"""Conditioning over the year's greatest below which rooms count as floating [-]."""
BINDS = {NOTHING: "", INTERFACE: "interface", DEMAND: "demand_limit"}


@dataclass(frozen=True)
class Source:
    """What one source has in one direction; arrays (M, H) by time it must last and hour, energy (H,).

    Attributes
    ----------
    kw : Floats
        Largest lasting change from the baseline; of a source behind its device, of the building at the meter.
    kwh : Floats
        Energy that limits it, within the longest time [kWh].
    rebound_kwh, rebound_kw : Floats
        What goes the other way afterwards: energy, and power in the first hour.
    """

    kw: Floats
    kwh: Floats
    rebound_kwh: Floats
    rebound_kw: Floats


@dataclass(frozen=True)
class Envelope:
    """Flexibility (柔性度) of a building.

    Attributes
    ----------
    starts : (H,) int64
        Steps at which it is told.
    times : DatetimeIndex (H,)
    minutes : tuple of int
        Times that a change must last [min].
    sources : dict
        By direction and source; `building` is what all can do at the meter.
    binds : dict
        By direction, (M, H) codes: what binds the building's sum.
    meter_kw : Floats
        Baseline at the meter, import positive, mean over the first hour [kW].
    floor_area : float
    """

    starts: Ints
    times: pd.DatetimeIndex
    minutes: tuple[int, ...]
    sources: dict[tuple[str, str], Source]
    binds: dict[str, Ints]
    meter_kw: Floats
    floor_area: float


@dataclass(frozen=True)
class _Window:
    """Steps behind each start, (H, J), and how many of them each asked time has."""

    starts: Ints
    steps: Ints
    spans: Ints
    dt_h: float

    def lasting(self, values: Floats) -> Floats:
        """Least of (H, J) values over each asked time, (M, H), not below zero."""
        least = np.minimum.accumulate(values, axis=1)
        return np.maximum(least[:, self.spans - 1].T, 0.0)

    @property
    def hours(self) -> Floats:
        """Asked times [h], shape (M, 1)."""
        return np.asarray(self.spans[:, None] * self.dt_h)


@dataclass(frozen=True)
class _Reach:
    """Voltages between which the interface holds its target, and what devices do there [-].

    Without a bus there is no voltage: what is flexible is ordered by itself, air conditioning by set-points.
    """

    by_voltage: bool
    lowest: float = 1.0
    battery: dict[str, float] = field(default_factory=lambda: dict.fromkeys(DIRECTIONS, 1.0))
    vehicles: dict[str, float] = field(default_factory=lambda: dict.fromkeys(DIRECTIONS, 1.0))
    hvac: dict[str, float] = field(default_factory=lambda: dict.fromkeys(DIRECTIONS, 1.0))
    lighting: float = 0.0
    reserve: float = 0.0


@dataclass(frozen=True)
class _Conditions:
    """What `twin.flexibility.shared` reads; capacity [kW] of the plant and share of rooms it serves, (n,)."""

    table: Floats
    served: Floats
    rooms: Floats
    capacity: Floats
    active: Floats


def flexibility(
    known: Baseline,
    b: int,
    answers: dict[str, SeasonAnswer],
    at: Sequence[int] | None = None,
    minutes: Sequence[int] | None = None,
) -> Envelope:
    """The flexibility envelope of a building against its baseline.

    Parameters
    ----------
    known : Baseline
        The year as it goes, see `twin.flexibility.witness.baseline`.
    b : int
        Building.
    answers : dict
        Its reduced answers to shifted set-points, see `twin.shift_response.UncontrolledYears`.
    at : sequence of int, optional
        Steps at which the baseline was watched; every hour of the year where not given.
    minutes : sequence of int, optional
        Times that a change must last, multiples of the step; those of `MINUTES` that are where not given.

    Returns
    -------
    Envelope

    Raises
    ------
    TwinError
        A time that is no multiple of the step.

    Notes
    -----
    P is the baseline, a change X is constant over a time T from a start on; every limit holds at each step.

    - Battery: the largest X with which P + X stays inside what the battery gives and takes at its state of
      charge, found with the march's own battery step. Rebound X T / (eta_c eta_d) down, X T eta_c eta_d up.
    - Vehicles: with E_min and E_max the energies by which the latest and the earliest charging still let all
      leave with what they asked for, X <= (E - E_min) / t down and (E_max - E) / t up for all t <= T (Zhang
      et al., IEEE Trans. Power Systems 32, 2017), and P - X is not below what they lend. All of it comes
      back. Vehicles that come within T count as the baseline has them.
    - Mass: R(t), the shift of rooms [K/kW] that a lasting heat makes (`mass`). Down by voltage, air
      conditioning gives up the less the further rooms have left their set-points, X = P (1 - k/s) /
      (1 + q R/s), with q the load, s `control.shed`, k what they lie outside already, R of the step before;
      within the step they shift by s - k at most, and the device curve takes away no more than at the lowest
      voltage at which the interface holds a target. Without a bus X follows from q <= s'/R with
      s' `control.drift`. Up q <= f `control.precool`/R, with f the share of the rooms that are conditioned
      already, and what the plant can do above its load; X is what the plant takes more for it. R is taken
      larger by the error of its fit: a promise is to be kept. Rebound is what the masses hold at the end; the
      rest was loss, or was saved.
    - Lighting: what its curve takes away at that voltage. To 85 % at 0.85 it is a reserve below it, not in
      the sum, since the interface then buys what was to be left.
    - Building: the sum, behind the converter of the interface, inside its rating and the export limit, and up
      inside of the demand limit. Down by voltage it is what all hold together where the voltage takes from
      each by its curve (`twin.flexibility.shared`), not as each lasts best.
      Stores for rooms are not in it; nor is mass upwards where a plant room serves the building, whose stores
      may give what rooms take more of.
    - Tank: what fills hot water, see `twin.flexibility.tank`. It hangs on the board beside the interface, so
      it comes on top of what that lets pass.

    Sources of the idea: IEA EBC Annex 67 (Jensen et al., Energy and Buildings 155, 2017) and 82.
    """
    plant = known.plant
    per = max(round(3600.0 / plant.dt_s), 1)
    starts = np.arange(0, plant.n_steps, per) if at is None else np.asarray(at, dtype=np.int64)
    if minutes is None:
        minutes = [m for m in MINUTES if _whole_steps(m, plant.dt_s)]
    if not minutes or not all(_whole_steps(m, plant.dt_s) for m in minutes):
        raise TwinError(
            f"{list(minutes)} min are not multiples of the step of {plant.dt_s / 60.0:g} min.",
            "Ask for multiples of it, or choose a shorter timestep.",
            key="timestep",
        )
    spans = np.round(np.array(minutes) * 60.0 / plant.dt_s).astype(np.int64)
    steps = (starts[:, None] + np.arange(int(spans.max()))) % plant.n_steps
    window = _Window(starts, steps, spans, plant.dt_s / 3600.0)
    reach = _reach(known, b)
    sources: dict[tuple[str, str], Source] = {}
    conditions = _conditions(known, b, answers, np.unique(steps))
    for direction in DIRECTIONS:
        sources[direction, "battery"] = _battery(known, b, window, direction, reach)
        sources[direction, "mass"] = _mass(known, b, answers, conditions, window, direction, reach)
    paths = _paths(known, b, window)
    sources |= _vehicles(known, b, window, reach, paths)
    sources |= _lighting(known, b, window, reach)
    binds = {}
    for direction in DIRECTIONS:
        sources[direction, "tank"] = _tank(known, b, window, direction)
        parts = np.sum([sources[direction, name].kw for name in SOURCES if name != "tank"], axis=0)
        if direction == "down" and reach.by_voltage:
            parts = _shared(known, b, window, reach, conditions, paths, parts)
        sources[direction, BUILDING], binds[direction] = _building(
            known, b, window, direction, sources, parts
        )
    told = known.outcome.buildings[:, b]
    meter = told[:, GRID_IMPORT] - told[:, GRID_EXPORT]
    return Envelope(
        starts=starts,
        times=plant.weather.times[starts],
        minutes=tuple(minutes),
        sources=sources,
        binds=binds,
        meter_kw=meter[window.steps[:, :per]].mean(axis=1),
        floor_area=plant.prepared[b].description.floor_area,
    )


def _whole_steps(minutes: int, dt_s: float) -> bool:
    steps = minutes * 60.0 / dt_s
    return steps > 0.5 and abs(steps - round(steps)) < 1e-9


def _reach(known: Baseline, b: int) -> _Reach:
    electrical = known.plant.buildings.electrical[b]
    if electrical["has_dc_bus"] == 0:
        return _Reach(by_voltage=False)
    curves = electrical["curves"]
    volts = np.round(np.arange(V_MIN, V_MAX + 5e-4, 1e-3), 3)

    def share(name: str, v: float) -> float:
        return float(curve_share(float(v), curves[f"{name}_v"], curves[f"{name}_share"]))

    support = np.array([share("interface", v) for v in volts])
    low, high = volts[support <= 1e-9].min(), volts[support >= -1e-9].max()
    on_ev, on_hvac = float(electrical["ev_on_bus"]), float(electrical["hvac_on_bus"])
    lit = float(electrical["lighting_on_bus"])
    return _Reach(
        by_voltage=True,
        lowest=float(low),
        battery={"down": share("battery", low), "up": -share("battery", high)},
        vehicles={"down": on_ev * (1.0 - max(share("ev", low), 0.0)), "up": on_ev * share("ev", high)},
        hvac={
            "down": on_hvac * (1.0 - share("hvac_reduced", low)),
            "up": on_hvac * share("hvac_precool", high),
        },
        lighting=lit * (1.0 - share("lighting", low)),
        reserve=lit * (1.0 - share("lighting", RESERVE_PU)),
    )


def _none(window: _Window) -> Source:
    shape = len(window.spans), len(window.starts)
    return Source(np.zeros(shape), np.zeros(shape[1]), np.zeros(shape), np.zeros(shape))


def _stored(known: Baseline, b: int, window: _Window) -> tuple[np.ndarray, Floats, Floats]:
    """Electrical record, state of charge of the battery and temperature of its cells at each start."""
    electrical = known.plant.buildings.electrical[b : b + 1].copy()
    told, before = known.outcome.buildings[:, b], window.starts - 1
    soc = np.where(before >= 0, told[before, BATTERY_SOC], known.outcome.soc_start[b])
    temp = np.where(before >= 0, told[before, BATTERY_TEMP], float(electrical[0]["battery"]["temp"]))
    return electrical, soc, temp


def _battery(known: Baseline, b: int, window: _Window, direction: str, reach: _Reach) -> Source:
    plant, told = known.plant, known.outcome.buildings[:, b]
    electrical, soc, temp = _stored(known, b, window)
    size = float(electrical[0]["battery"]["capacity_kwh"])
    if size <= 0.0:
        return _none(window)
    base = np.ascontiguousarray(told[:, BATTERY_DISCHARGE] - told[:, BATTERY_CHARGE])
    sign = 1.0 if direction == "down" else -1.0
    kw = np.zeros((len(window.spans), len(window.starts)))
    battery_reach(window.starts, soc, temp, base, electrical, window.dt_h, window.spans, sign, kw)
    kw *= max(reach.battery[direction], 0.0)
    store = storage_of(plant, b, 0.0)
    if direction == "down":
        kwh = np.maximum(soc * size - store.low_kwh, 0.0) * store.discharging
        trip = 1.0 / (store.charging * store.discharging)
    else:
        kwh = np.maximum(store.high_kwh - soc * size, 0.0) / store.charging
        trip = store.charging * store.discharging
    # When a battery brings its charge back is for its control to say.
    return Source(kw, kwh, kw * window.hours * trip, np.zeros_like(kw))


def _paths(known: Baseline, b: int, window: _Window) -> Floats:
    """Vehicles behind each start, (5, H, J), see `twin.flexibility.shared.bus_reach`."""
    plant, seen = known.plant, known.seen
    first, last = plant.buildings.chargers[b]
    paths = np.zeros((5, *window.steps.shape))
    if last == first or not len(plant.sessions):
        return paths
    looks = window.starts // seen.interval_steps
    charger = plant.buildings.electrical[b]["charger"]
    rows = np.ascontiguousarray(plant.buildings.ev_rows[:, first:last])
    vehicle_paths(
        window.starts, seen.rows[looks, first:last], seen.left[looks, first:last],
        seen.spare[looks, first:last], rows, plant.sessions, charger, window.dt_h,
        float(plant.buildings.electrical[b]["curves"]["ev_urgency_shift"]), paths[1], paths[2], paths[4],
    )  # fmt: skip
    told = known.outcome.buildings[:, b]
    paths[0] = (told[:, EV_CHARGE] - told[:, EV_DISCHARGE])[window.steps]
    paths[1:3] = np.cumsum(paths[1:3], axis=2) * window.dt_h
    paths[3] = (rows >= 0).sum(axis=1)[window.steps] * float(charger["power_kw"])
    return paths


def _vehicles(
    known: Baseline, b: int, window: _Window, reach: _Reach, paths: Floats
) -> dict[tuple[str, str], Source]:
    base, least, most, full, _ = paths
    passed = window.dt_h * np.arange(1, window.steps.shape[1] + 1)
    lends = int(known.plant.buildings.electrical[b]["charger"]["vehicle_to_building"])
    got = np.cumsum(base, axis=1) * window.dt_h
    found = {}
    for direction, energy, bound in (
        ("down", got - least, base + lends * full),
        ("up", most - got, full - base),
    ):
        kw = window.lasting(np.minimum(energy / passed, bound)) * max(reach.vehicles[direction], 0.0)
        moved = kw * window.hours
        other = full.max(axis=1) if direction == "down" else base.max(axis=1)
        kwh = np.maximum(energy[:, -1], 0.0)
        found[direction, "vehicles"] = Source(kw, kwh, moved, np.minimum(moved, other))
    return found


def _shared(
    known: Baseline, b: int, window: _Window, reach: _Reach, found: _Conditions, paths: Floats, wanted: Floats
) -> Floats:
    """What of the sources' sum the voltage brings about: it takes from all, not as each lasts best."""
    electrical, soc, temp = _stored(known, b, window)
    on_bus = np.array([float(electrical[0]["ev_on_bus"]), float(electrical[0]["hvac_on_bus"])])
    control = known.plant.prepared[b].description.systems.control
    out, held_kwh, back = (np.zeros_like(wanted) for _ in range(3))
    bus_reach(
        window.starts, window.spans, wanted, soc, temp, found.table, found.served, found.rooms, control.shed,
        on_bus, paths, electrical, reach.lowest, window.dt_h, out, held_kwh, back,
    )  # fmt: skip
    return out


def _mass_by_voltage(
    known: Baseline, b: int, found: _Conditions, window: _Window, reach: _Reach
) -> tuple[Floats, Floats, Floats]:
    """What of its power the voltage takes from air conditioning alone, and what masses then ask back."""
    electrical, soc, temp = _stored(known, b, window)
    electrical[0]["battery"] = no_battery()
    alone = found.table.copy()
    alone[:, (BATTERY_KW, LIGHT_KW)] = 0.0
    shed = known.plant.prepared[b].description.systems.control.shed
    wanted = np.tile(reach.hvac["down"] * alone[window.starts, HVAC_KW], (len(window.spans), 1))
    out, held_kwh, back = (np.zeros_like(wanted) for _ in range(3))
    bus_reach(
        window.starts, window.spans, wanted, soc, temp, alone, found.served, found.rooms, shed,
        np.array([0.0, 1.0]), np.zeros((5, *window.steps.shape)), electrical, reach.lowest, window.dt_h, out,
        held_kwh, back,
    )  # fmt: skip
    return out, held_kwh, back


def _tank(known: Baseline, b: int, window: _Window, direction: str) -> Source:
    store = known.hot_water(b)
    if store is None:
        return _none(window)
    told = known.outcome.buildings[:, b]
    down = direction == "down"
    return Source(*tank_reach(store, told, window.steps, window.spans, window.dt_h, down=down))


def _lighting(known: Baseline, b: int, window: _Window, reach: _Reach) -> dict[tuple[str, str], Source]:
    lit = known.outcome.buildings[:, b, LIGHTING][window.steps]
    found = {}
    for name, share in (("lighting", reach.lighting), (RESERVE, reach.reserve)):
        kw = window.lasting(share * lit)
        found["down", name] = Source(
            kw, share * lit.sum(axis=1) * window.dt_h, np.zeros_like(kw), np.zeros_like(kw)
        )
        found["up", name] = _none(window)
    return found


def _conditions(known: Baseline, b: int, answers: dict[str, SeasonAnswer], asked: Ints) -> _Conditions:
    """What steps offer air conditioning, see `twin.flexibility.shared`; told of those that are asked for."""
    plant, told = known.plant, known.outcome.buildings[:, b]
    cool, heat = told[:, SENSIBLE_COOLING] + told[:, LATENT_COOLING], told[:, SPACE_HEATING]
    cooling = cool >= heat
    load = np.where(cooling, cool, heat)
    works = load > _FREE * max(float(load.max()), 1e-9)
    works &= np.where(cooling, "cooling" in answers, "heating" in answers) & (told[:, HVAC] > 0.0)
    weather = plant.weather
    temp_out = 0.5 * (weather.temp_air[1:] + weather.temp_air[:-1])
    temp, humid, beyond = known.air(b)
    wet_in = np.zeros(len(told))
    wet_in[asked] = [wet_bulb_room(t, w) for t, w in zip(temp[asked], humid[asked], strict=True)]
    wet_out, record = plant.buildings.wet_bulb_out, plant.buildings.plant[b]
    n, room = len(told), plant.equipment.room.first
    curves = bool(room[b + 1] == room[b])
    capacity, before, after = np.zeros(n), np.zeros(n), np.zeros(n)
    for heating in (False, True):
        some = asked[works[asked] & (cooling[asked] != heating)]
        air = temp_out[some], wet_out[some], wet_in[some], record
        one, two, most = (np.zeros(len(some)) for _ in range(3))
        plant_w(1e3 * load[some], heating, *air, one, most)
        more = np.minimum(_MORE * load[some], np.maximum(1e-3 * most - load[some], 1e-3))
        plant_w(1e3 * (load[some] + more), heating, *air, two, most)
        capacity[some] = 1e-3 * most
        before[some], after[some] = 1e-3 * one / more, 1e-3 * two / more
    table = np.zeros((n, N_CONDITIONS))
    table[:, BATTERY_KW] = told[:, BATTERY_DISCHARGE] - told[:, BATTERY_CHARGE]
    table[:, HVAC_KW], table[:, LOAD_KW] = told[:, HVAC], load
    mean = told[:, HVAC] / np.maximum(load, 1e-9)
    table[:, SLOPE] = np.where(works, np.maximum(after - before, 0.0) if curves else mean, 0.0)
    table[:, LIGHT_KW] = told[:, LIGHTING] * float(plant.buildings.electrical[b]["lighting_on_bus"])
    table[:, BEYOND_K], table[:, COOLED], table[:, WORKS] = beyond, cooling, works
    served, shares = np.zeros((n, SHARES)), np.zeros((len(asked), SHARES))
    served_loads(
        1e3 * told[asked, HVAC],
        1e3 * np.where(works, load, 0.0)[asked],
        table[asked, COOLED],
        temp_out[asked],
        wet_out[asked],
        wet_in[asked],
        record,
        curves,
        shares,
    )
    served[asked] = shares
    rooms = np.zeros((2, 1 + 2 * N_MASSES))
    rooms[:, 1 + N_MASSES :] = 1.0
    for i, name in enumerate(("cooling", "heating")):
        if name in answers:
            own = answers[name].three.cautious
            rooms[i] = own.conductance, *own.capacity, *own.time_constant
    return _Conditions(table, served, rooms, capacity, np.where(cooling, *known.active(b)))


def _mass(
    known: Baseline,
    b: int,
    answers: dict[str, SeasonAnswer],
    found: _Conditions,
    window: _Window,
    direction: str,
    reach: _Reach,
) -> Source:
    control = known.plant.prepared[b].description.systems.control
    rows = known.plant.equipment.room.first
    # Stores of a plant room may serve what rooms take more of, without any electricity.
    unknown = direction == "up" and rows[b + 1] > rows[b]
    if not answers or reach.hvac[direction] <= 0.0 or unknown:
        return _none(window)
    at, table = window.steps, found.table
    q, p = table[at, LOAD_KW], table[at, HVAC_KW]
    on, mode = table[at, WORKS] > 0.0, table[at, COOLED] > 0.0
    each = np.where(on[:, 0], p[:, 0] / np.maximum(q[:, 0], 1e-9), 0.0)
    if direction == "down" and reach.by_voltage:
        if control.shed <= 0.0:
            return _none(window)
        kw, held_kwh, back = _mass_by_voltage(known, b, found, window, reach)
        slope = table[window.starts, SLOPE]
        return Source(kw, kw[-1] * window.hours[-1], held_kwh * slope, back * slope)
    parts = {name: held(one.three.cautious, window.dt_h, at.shape[1]) for name, one in answers.items()}
    any_part = next(iter(parts.values()))
    c, h = parts.get("cooling", any_part), parts.get("heating", any_part)
    shift = np.where(mode, c.shift, h.shift)
    if direction == "up":
        room = np.maximum(found.capacity[at] - q, 0.0)
        thermal = window.lasting(
            np.where(on, np.minimum(control.precool * found.active[at] / shift, room), 0.0)
        )
        each = np.where(on, table[at, SLOPE], 0.0)
    else:
        thermal = window.lasting(np.where(on, np.minimum(q, control.drift / shift), 0.0))
        each = np.where(on, p / np.maximum(q, 1e-9), 0.0)
    per_heat = window.lasting(each)
    kw = per_heat * thermal
    ends = window.spans - 1
    kept = np.where(mode[:, 0], c.kept[ends][:, None], h.kept[ends][:, None])
    back = np.where(mode[:, 0], c.back[ends][:, None], h.back[ends][:, None])
    return Source(kw, kw[-1] * window.hours[-1], kw * kept, kw * back)


def bus_power_kw(known: Baseline, b: int) -> Floats:
    """Baseline power of the grid interface into the bus [kW], from what stands in the books."""
    told, electrical = known.outcome.buildings[:, b], known.plant.buildings.electrical[b]
    own_pumps = told[:, PUMPS] - (told[:, HVAC] - told[:, COOLING] - told[:, HEATING])
    off = {
        "lighting": told[:, LIGHTING],
        "equipment": told[:, EQUIPMENT],
        "fans": told[:, FANS],
        "pumps": own_pumps,
        "hvac": told[:, HVAC],
        "ev": told[:, EV_CHARGE] - told[:, EV_DISCHARGE],
    }
    board = told[:, (FRESH_AIR, HOT_WATER, COOKING, PROCESS)].sum(axis=1) - told[:, GENERATION]
    for name, values in off.items():
        if electrical[f"{name}_on_bus"] == 0:
            board = board + values
    meter = told[:, GRID_IMPORT] - told[:, GRID_EXPORT]
    return np.asarray(meter - board - told[:, CONVERSION_LOSS])


def _building(
    known: Baseline,
    b: int,
    window: _Window,
    direction: str,
    sources: dict[tuple[str, str], Source],
    wanted: Floats,
) -> tuple[Source, Ints]:
    parts = [sources[direction, name] for name in SOURCES]
    whole = np.sum([part.kw for part in parts], axis=0)
    told, electrical = known.outcome.buildings[:, b], known.plant.buildings.electrical[b]
    meter = told[:, GRID_IMPORT] - told[:, GRID_EXPORT]
    kw, binds = np.zeros_like(wanted), np.zeros(wanted.shape, dtype=np.int64)
    sign, tank = 1.0 if direction == "down" else -1.0, sources[direction, "tank"].kw
    if electrical["has_dc_bus"] == 1:
        low, high = (float(electrical["bus"][f"interface_{end}_kw"]) for end in ("low", "high"))
        at_meter(
            window.starts, window.spans, wanted, sign, bus_power_kw(known, b), meter, electrical["interface"],
            low, high, float(electrical["demand_limit_kw"]), kw, binds,
        )  # fmt: skip
        ends = (np.full_like(meter, np.inf), electrical["demand_limit_kw"] - meter)
        kw = kw + tank
    else:
        ends = (meter + electrical["export_limit_kw"], electrical["demand_limit_kw"] - meter)
        kw = wanted + tank
    room = window.lasting(ends[direction == "up"][window.steps])
    binds[room < kw] = INTERFACE if direction == "down" else DEMAND
    kw = np.minimum(kw, room)
    share = np.where(whole > 0.0, np.minimum(kw / np.maximum(whole, 1e-9), 1.0), 0.0)
    return Source(
        kw,
        np.sum([part.kwh for part in parts], axis=0),
        share * np.sum([part.rebound_kwh for part in parts], axis=0),
        share * np.sum([part.rebound_kw for part in parts], axis=0),
    ), binds
