"""Packing: rooms side by side in lanes, padded to one shape, and the series that drive them in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal import layout as k
from buildings.thermal.enclosure import ONE, ZERO, Channel
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import ThermalBatch, ThermalState, lane_array
from buildings.thermal.rooms import Room

NO_HEATING: Channel = ("setpoint", -1000.0)
"""Heating set-point where heating is off [degC]."""
NO_COOLING: Channel = ("setpoint", 1000.0)
"""Cooling set-point where cooling is off [degC]."""
_NEVER_K = 1e3
_WEATHERED = [k.WARM_OUT, k.COLD_OUT, k.ROUGHNESS, k.ADDED, k.SOLAR, k.SKY, k.SURROUNDINGS]
"""Figures of an outer face that are all nought where no weather reaches it."""
_NEVER_DRIED = 1.0
"""Humidity that no air has [kg/kg]."""


@dataclass(frozen=True)
class FollowingCoil:
    """A coil whose apparatus dew point follows the entering air and the capacity of its machine.

    Attributes
    ----------
    drop : float
        Enthalpy of the entering air less that of saturated air at the apparatus dew point, at rating [J/kg].
    curve : tuple of 6 floats
        Capacity over rated from the wet bulb of the entering air x and the outdoor temperature y [degC]:
        c0 + c1 x + c2 x^2 + c3 y + c4 y^2 + c5 x y.
    limits : tuple of 4 floats
        Least and greatest x and y [degC]; beyond them the curve is held at its edge.
    """

    drop: float
    curve: tuple[float, ...]
    limits: tuple[float, float, float, float]


@dataclass(frozen=True)
class RunningFan:
    """What evaporates from a coil that has stopped while its fan runs on.

    Attributes
    ----------
    time : float
        Steady drying from a dry coil until water leaves the pan, at rating [s].
    rate : float
        Evaporation as the coil stops over its steady latent capacity, at rating [-].
    cycles : float
        Starts per hour at half load, where there are most [1/h].
    constant : float
        Time constant with which drying begins [s].
    latent_rated : float
        Latent over rated total capacity at 26.7/19.4 degC inside and 35 degC outside [-].
    degradation : float
        Of the machine's efficiency by cycling: run time = load / (1 - degradation (1 - load)) [-].
    least : float
        Share of the capacity below which the coil cycles [-].
    """

    time: float
    rate: float
    cycles: float
    constant: float
    latent_rated: float
    degradation: float = 0.0
    least: float = 1.0


@dataclass(frozen=True)
class AirSide:
    """What a zone exchanges with outdoor air and plant.

    Attributes
    ----------
    multiplier : float
        Number of identical zones that this one stands for.
    air_mass : float
        [kg] of dry air that stores moisture.
    infiltration, ventilation, natural : float
        Outdoor air through cracks, fans and opened windows [m3/s], times their series.
    infiltration_kelvin : float
        Rise of infiltration with |T_zone - T_out| [1/K], times `leakage_series`.
    natural_min_in, natural_max_out, natural_delta : float
        Opened only while the zone is warmer [degC], the air outside colder [degC], the difference larger [K].
    heat_max, cool_max : float
        Capacity, sensible and total [W].
    adp_temp, adp_humidity : float
        Apparatus dew point of the coil [degC], [kg/kg].
    coil : FollowingCoil, optional
        In its place one that follows the entering air.
    fan : RunningFan, optional
        Of a coil whose fan runs on; None where it stops with the coil.
    supply_temp, supply_humidity : float
        State at which a drier lets the fresh air in where it would be wetter [degC], [kg/kg].
    people_slope, people_curve : float
        Sensible heat of people at T over that at 24 degC, less one: slope (T - 24) + slope curve (T - 24)^2
        [1/K], [1/K]; what they give off in all stays.
    """

    multiplier: float = 1.0
    air_mass: float = 1.0
    infiltration: float = 0.0
    infiltration_kelvin: float = 0.0
    ventilation: float = 0.0
    recovery_sensible: float = 0.0
    recovery_latent: float = 0.0
    bypass: float = 1.0
    fan_heat: float = 0.0
    natural: float = 0.0
    natural_min_in: float = -_NEVER_K
    natural_max_out: float = _NEVER_K
    natural_delta: float = -_NEVER_K
    heat_max: float = 0.0
    cool_max: float = 0.0
    adp_temp: float = 12.0
    adp_humidity: float = 0.0087
    coil: FollowingCoil | None = None
    fan: RunningFan | None = None
    supply_temp: float = 20.0
    supply_humidity: float = _NEVER_DRIED
    people_slope: float = 0.0
    people_curve: float = 0.0
    heating_setpoint: Channel = NO_HEATING
    cooling_setpoint: Channel = NO_COOLING
    ventilation_series: Channel = ZERO
    infiltration_series: Channel = ONE
    leakage_series: Channel = ONE
    natural_series: Channel = ZERO


_AIR_NUMBERS = {
    "multiplier": k.MULTIPLIER,
    "air_mass": k.AIR_MASS,
    "infiltration": k.INFILTRATION,
    "infiltration_kelvin": k.INFILTRATION_KELVIN,
    "ventilation": k.VENTILATION,
    "recovery_sensible": k.RECOVERY_SENSIBLE,
    "recovery_latent": k.RECOVERY_LATENT,
    "bypass": k.BYPASS,
    "fan_heat": k.FAN_HEAT,
    "natural": k.NATURAL,
    "natural_min_in": k.NATURAL_MIN_IN,
    "natural_max_out": k.NATURAL_MAX_OUT,
    "natural_delta": k.NATURAL_DELTA,
    "heat_max": k.HEAT_MAX,
    "cool_max": k.COOL_MAX,
    "adp_temp": k.ADP_TEMP,
    "adp_humidity": k.ADP_HUMIDITY,
    "supply_temp": k.SUPPLY_TEMP,
    "supply_humidity": k.SUPPLY_HUMIDITY,
    "people_slope": k.PEOPLE_SLOPE,
    "people_curve": k.PEOPLE_CURVE,
}
_AIR_SERIES = {
    "heating_setpoint": k.HEATING_SETPOINT,
    "cooling_setpoint": k.COOLING_SETPOINT,
    "ventilation_series": k.VENTILATION_SHARE,
    "infiltration_series": k.INFILTRATION_SHARE,
    "leakage_series": k.LEAKAGE_SHARE,
    "natural_series": k.NATURAL_SHARE,
}


@dataclass(frozen=True)
class PackedBuilding:
    """The rooms of a building, each with its air side; rooms of one building may exchange heat."""

    rooms: tuple[Room, ...]
    air: tuple[AirSide, ...]


_BLOCK = 480
"""Steps turned from columns into rows at once: no power of two, whose columns share lines of a cache."""


class ForcingTable:
    """Series by channel, one column each; columns are shared by every room that names the channel."""

    def __init__(self, n_steps: int) -> None:
        self.n_steps = n_steps
        self._columns: dict[Channel, int] = {}
        self._series: list[NDArray[np.float64]] = []
        self.add(ZERO, np.zeros(n_steps))
        self.add(ONE, np.ones(n_steps))
        self.add(NO_HEATING, np.full(n_steps, -1000.0))
        self.add(NO_COOLING, np.full(n_steps, 1000.0))

    def add(self, channel: Channel, values: NDArray[np.float64]) -> None:
        """Add a series of n_steps values."""
        if len(values) != self.n_steps or not np.isfinite(values).all():
            raise ValueError(f"series of {channel} must be {self.n_steps} finite values, got {len(values)}")
        self._columns[channel] = len(self._series)
        self._series.append(np.asarray(values, dtype=float))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All channels in the order of their columns."""
        return tuple(self._columns)

    def __contains__(self, channel: Channel) -> bool:
        return channel in self._columns

    def column(self, channel: Channel) -> int:
        """Column of a channel."""
        return self._columns[channel]

    def series(self, channel: Channel) -> NDArray[np.float64]:
        """Values of a channel (n_steps,)."""
        return self._series[self._columns[channel]]

    def values(self) -> NDArray[np.float64]:
        """The table (n_steps, n_series)."""
        table = np.empty((self.n_steps, len(self._series)))
        # Turned in blocks that stay in the processor's cache, three times as fast as in one go.
        for first in range(0, self.n_steps, _BLOCK):
            block = slice(first, first + _BLOCK)
            table[block] = np.array([series[block] for series in self._series]).T
        return table


Place = tuple[int, int, int]
"""Group, row and lane of a zone."""


def pack(
    buildings: Sequence[PackedBuilding], table: ForcingTable
) -> tuple[ThermalBatch, list[tuple[Place, ...]]]:
    """Lay rooms into lanes.

    Eight buildings with rooms of the same shape march abreast, lane by lane; others fill the lanes of a group
    with their own rooms. A building is never split over groups, and groups follow the order of the buildings.

    Parameters
    ----------
    buildings : sequence of PackedBuilding
    table : ForcingTable
        Holds every channel that the rooms name.

    Returns
    -------
    ThermalBatch
    list of tuple of Place
        Where each room of each building lies.
    """
    places, rows = _places(buildings)
    flat = [room for building in buildings for room in building.rooms]
    n_groups, n_rows = len(rows), max(rows)
    # The shared walls of one room may stand beside the outer walls of another.
    n_faces = max(r.n_shared for r in flat) + max(len(r.faces) - r.n_shared for r in flat)
    n_panes = max([1, *(len(room.panes) for room in flat)])
    n_mixing = max([1, *(len(room.mixing) for room in flat)])
    n_modes = max((len(face.wall.phi) for room in flat for face in room.faces), default=0)
    zero, grid = table.column(ZERO), (n_groups, n_rows)
    batch = ThermalBatch(
        rows=np.array(rows, dtype=np.int64),
        n_shared=np.zeros(grid, np.int64),
        n_faces=np.zeros(grid, np.int64),
        n_panes=np.zeros(grid, np.int64),
        n_mixing=np.zeros(grid, np.int64),
        sweeps=np.zeros(n_groups, np.int64),
        face=lane_array((*grid, n_faces, k.N_FACE, LANES)),
        modes=lane_array((*grid, n_faces, 3, max(n_modes, 1), LANES)),
        exposed=np.zeros((*grid, n_faces), np.int64),
        face_series=np.full((*grid, n_faces, k.N_FACE_SERIES, LANES + 1), zero, np.int32),
        partner=np.zeros((*grid, n_faces, LANES), np.int32),
        pane=lane_array((*grid, n_panes, k.N_PANE, LANES)),
        pane_series=np.full((*grid, n_panes, k.N_PANE_SERIES, LANES + 1), zero, np.int32),
        hung=np.zeros((*grid, n_panes), np.int64),
        zone=lane_array((*grid, k.N_ZONE, LANES)),
        zone_series=np.full((*grid, k.N_ZONE_SERIES, LANES + 1), zero, np.int32),
        mixing_place=np.zeros((*grid, n_mixing, LANES), np.int32),
        mixing_flow=lane_array((*grid, n_mixing, LANES)),
        mixing_series=np.full((*grid, n_mixing, LANES + 1), zero, np.int32),
    )
    # Lanes, faces and windows that nobody uses: a joule of air alone in the world, so that nothing divides by
    # nought.
    batch.zone[:, :, k.CAPACITY] = 1.0
    batch.zone[:, :, k.AIR_MASS] = 1.0
    batch.face[:, :, :, k.FILM_IN] = batch.face[:, :, :, k.FILM_OUT] = 1.0
    batch.pane[:, :, :, k.FILM_IN] = batch.pane[:, :, :, k.FILM_OUT] = 1.0
    for building, place in zip(buildings, places, strict=True):
        for room, (g, z, _) in zip(building.rooms, place, strict=True):
            batch.n_shared[g, z] = max(batch.n_shared[g, z], room.n_shared)
    for building, place in zip(buildings, places, strict=True):
        for room, air, at in zip(building.rooms, building.air, place, strict=True):
            _lay(batch, table, room, air, at, place)
    batch.exposed[:] = np.any(batch.face[:, :, :, _WEATHERED] != 0.0, axis=(3, 4))
    used = np.zeros((*grid, LANES), bool)
    used[tuple(np.array([at for place in places for at in place]).T)] = True
    _share(batch.zone_series, used, zero)
    for series in (batch.face_series, batch.pane_series, batch.mixing_series):
        _share(series, used, zero)
    return batch, places


def _share(series: NDArray[np.int32], used: NDArray[np.bool_], zero: int) -> None:
    """Note where all lanes name the same column; an empty place takes part in whatever the others do."""
    columns = series[..., :LANES]
    empty = (columns == zero) & ~used.reshape(*used.shape[:2], *(1,) * (series.ndim - 3), LANES)
    highest = np.max(np.where(empty, -1, columns), axis=-1, keepdims=True)
    same = np.all((columns == highest) | empty, axis=-1)
    series[..., LANES] = np.where(same, np.where(highest[..., 0] < 0, zero, highest[..., 0]), -1)


def _places(buildings: Sequence[PackedBuilding]) -> tuple[list[tuple[Place, ...]], list[int]]:
    """Where every room goes, and how many rows each group has."""
    places: list[tuple[Place, ...]] = [()] * len(buildings)
    rows: list[int] = []
    alike: list[int] = []
    mixed: list[int] = []

    def close_alike() -> None:
        if len(alike) * 2 >= LANES:
            if mixed:
                close_mixed()
            g = len(rows)
            for lane, b in enumerate(alike):
                places[b] = tuple((g, z, lane) for z in range(len(buildings[b].rooms)))
            rows.append(len(buildings[alike[0]].rooms))
        else:
            for b in alike:
                if mixed and sum(len(buildings[i].rooms) for i in (*mixed, b)) > LANES:
                    close_mixed()
                mixed.append(b)
        alike.clear()

    def close_mixed() -> None:
        order = sorted(
            ((b, r) for b in mixed for r in range(len(buildings[b].rooms))),
            key=lambda br: _shape(buildings[br[0]].rooms[br[1]]),
        )
        found = {br: (len(rows), i // LANES, i % LANES) for i, br in enumerate(order)}
        for b in mixed:
            places[b] = tuple(found[b, r] for r in range(len(buildings[b].rooms)))
        rows.append(-(-len(order) // LANES))
        mixed.clear()

    for b, building in enumerate(buildings):
        shape = [_shape(room) for room in building.rooms]
        if alike and (len(alike) == LANES or shape != [_shape(room) for room in buildings[alike[0]].rooms]):
            close_alike()
        alike.append(b)
    close_alike()
    if mixed:
        close_mixed()
    return places, rows


def _shape(room: Room) -> tuple[int, int, int]:
    return room.n_shared, len(room.faces), len(room.panes)


def _lay_coil(zone: NDArray[np.float64], air: AirSide) -> None:
    """Write the figures of a coil that follows its air, and of a fan that runs on."""
    if air.coil is not None:
        zone[k.COIL_DROP] = air.coil.drop
        zone[k.COIL_CURVE : k.COIL_CURVE + 6] = air.coil.curve
        zone[k.COIL_RANGE : k.COIL_RANGE + 4] = air.coil.limits
    if air.fan is not None:
        fan = air.fan
        zone[k.FAN_TIME : k.FAN_LEAST + 1] = (
            fan.time, fan.rate, 4.0 * fan.cycles / 3600.0, fan.constant, fan.latent_rated, fan.degradation,
            fan.least,
        )  # fmt: skip


def _lay(
    batch: ThermalBatch, table: ForcingTable, room: Room, air: AirSide, at: Place, place: tuple[Place, ...]
) -> None:
    """Write one room's figures and columns."""
    g, z, lane = at
    zone, series = batch.zone[g, z, :, lane], batch.zone_series[g, z, :, lane]
    zone[k.CAPACITY] = room.zone.capacity
    for name, i in _AIR_NUMBERS.items():
        zone[i] = getattr(air, name)
    _lay_coil(zone, air)
    for name, i in _AIR_SERIES.items():
        series[i] = table.column(getattr(air, name))
    if len(room.gains) > k.N_GAINS:
        raise ValueError(f"zone {room.zone.name} has {len(room.gains)} gains; the kernel takes {k.N_GAINS}")
    for i, gain in enumerate(room.gains):
        zone[k.GAIN_CONVECTIVE + i], zone[k.GAIN_RADIANT + i] = gain.convective, gain.radiant
        zone[k.GAIN_MOISTURE + i] = gain.moisture
        series[k.GAIN + i] = table.column(gain.channel)
    zone[k.FACE_AREA] = sum(f.figures[k.AREA] for f in room.faces) + sum(
        w.figures[k.AREA] for w in room.panes
    )
    n_faces, shift = batch.face.shape[2], int(batch.n_shared[g, z]) - room.n_shared
    for f, face in enumerate(room.faces):
        # Outer walls begin behind the longest list of shared walls of the row.
        slot = f if f < room.n_shared else f + shift
        batch.face[g, z, slot, :, lane] = face.figures
        modes = batch.modes[g, z, slot, :, :, lane]
        modes[:, : len(face.wall.phi)] = (face.wall.phi, face.wall.p_out, face.wall.p_in)
        batch.face_series[g, z, slot, :, lane] = [table.column(c) for c in face.series]
        if face.partner is not None:
            _, row, other = place[face.partner[0]]
            batch.partner[g, z, slot, lane] = (row * n_faces + face.partner[1]) * LANES + other
            batch.sweeps[g] = 1
    batch.n_faces[g, z] = max(batch.n_faces[g, z], len(room.faces) + shift)
    for w, pane in enumerate(room.panes):
        batch.pane[g, z, w, :, lane] = pane.figures
        columns = [table.column(c) for c in pane.series]
        batch.pane_series[g, z, w, : len(columns), lane] = columns
        if len(columns) == k.N_PANE_SERIES:
            batch.hung[g, z, w] = 1
    batch.n_panes[g, z] = max(batch.n_panes[g, z], len(room.panes))
    for x, (neighbour, mixing) in enumerate(room.mixing):
        _, row, other = place[neighbour]
        batch.mixing_place[g, z, x, lane] = row * LANES + other
        batch.mixing_flow[g, z, x, lane] = mixing.flow
        batch.mixing_series[g, z, x, lane] = table.column(mixing.channel)
        batch.sweeps[g] = 1
    batch.n_mixing[g, z] = max(batch.n_mixing[g, z], len(room.mixing))


def initial_state(batch: ThermalBatch, temp: float, outdoors: float, humidity: float) -> ThermalState:
    """Every room at one temperature, walls in the steady state between it and the outdoors.

    Parameters
    ----------
    temp, outdoors : float
        [degC].
    humidity : float
        [kg/kg].
    """
    groups, rows, n_faces, _, lanes = batch.face.shape
    grid = (groups, rows, lanes)
    behind = np.full((groups, rows, n_faces, lanes), temp)
    outer = np.arange(n_faces)[None, None, :, None] >= batch.n_shared[:, :, None, None]
    behind[np.broadcast_to(outer, behind.shape)] = outdoors
    phi, p_out, p_in = (batch.modes[:, :, :, i] for i in range(3))
    modes = (p_out * behind[:, :, :, None] + p_in * temp) / (1.0 - phi)
    face = lane_array((groups, rows, n_faces, k.N_FACE_STATE, lanes))
    face[:, :, :, k.FACE_IN], face[:, :, :, k.FACE_OUT] = temp, behind
    face[:, :, :, k.MEMORY_IN] = np.sum(p_in * modes, axis=3)
    face[:, :, :, k.MEMORY_OUT] = np.sum(p_out * modes, axis=3)
    pane = lane_array((groups, rows, batch.pane.shape[2], 2, lanes), temp)
    pane[:, :, :, k.FACE_OUT] = outdoors
    return ThermalState(
        temp=lane_array(grid, temp),
        humidity=lane_array(grid, humidity),
        mean=lane_array(grid, temp),
        star=lane_array(grid, temp),
        mixed=lane_array(grid),
        face=face,
        modes=lane_array(modes.shape, modes),
        pane=pane,
    )
