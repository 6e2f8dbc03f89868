"""Stage: a prepared Plant that can start at any midnight of its year, as often as an agent likes.

The year is marched once under the building's own control. At each midnight a copy of everything that the
march moves is kept: air, walls, stores, cells, vehicles that stand at their chargers. To start an episode is
to copy one of these back, so that it begins as warm as the year is on that day, and without orders goes on as
the year went, to the last digit. Nothing that depends on time alone is copied: an episode looks at a window
of it.

Supervisors that a project asks for (`twin.supervision`) have no say here: the agent stands in their place.

`copies` lays a Plant side by side many times, so that one call of the kernel marches all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.batch import Place, initial_state, pack
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import N_SERIES, N_TOTALS, ThermalBatch, ThermalState, copied_state
from controllers.orders import no_orders
from twin.building_batch import N_OUTCOME, PER_BUILDING, PER_STEP_AND_BUILDING, BuildingBatch
from twin.coupling import coupling_scratch, march_buildings
from twin.market.bill import DEMAND_MINUTES
from twin.plant import Plant
from twin.plant_rows import Equipment, equipment_of
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.wear import refuse_worn

Floats = NDArray[np.float64]
_LINKS = ("feeds", "heats", "source", "share")


@dataclass(frozen=True)
class Midnight:
    """What the march had moved at a midnight; arrays as in `Plant`.

    Attributes
    ----------
    before : (B, N_OUTCOME)
        The step before.
    sessions, remaining_kwh, spare_kwh : (s,)
        Vehicles that stood at chargers, by their place in the table of sessions.
    peak_kw, joint_peak_kw : (B,), float
        Highest quarter-hour of the month so far, of each building's import and of all meters together.
    """

    state: ThermalState
    soc: Floats
    electrical: np.ndarray
    nows: np.ndarray
    totals: Floats
    before: Floats
    sessions: NDArray[np.intp]
    remaining_kwh: Floats
    spare_kwh: Floats
    peak_kw: Floats
    joint_peak_kw: float


class Stage:
    """A Plant, or copies of it side by side, in a window of its year.

    Parameters
    ----------
    plant : Plant
        Prepared; it is not consumed.
    days : collection of int
        Days of the year (0 is the first) at whose midnights episodes may start.
    copies : int
        Buildings are those of the plant, all of them that many times: building b is b modulo the plant's.

    Attributes
    ----------
    count : int
        Buildings.
    state, soc, sessions, equipment, buildings, orders
        Of the running episode. `orders` (H, B, N_ORDERS) are those of the window's steps.
    out : (H, B, N_OUTCOME)
        What was marched in the window; before the first step stands the one before the episode.
    now : int
        Step of the window that is marched next.
    arrival, departure : (S,)
        Of the sessions, in steps of the plant.
    touched : (s,)
        Sessions that the running episode may touch.
    """

    def __init__(self, plant: Plant, days: Collection[int], copies: int = 1) -> None:
        refuse_worn(plant.project, "an episode", "训练情节")
        self.per_day = round(86400.0 / plant.dt_s)
        self.original, self.copies = plant, copies
        self.midnights = _midnights(plant, self.per_day, set(days))
        self._lay(plant.copied(), copies)

    def _lay(self, plant: Plant, copies: int) -> None:
        """Take over a plant's arrays, repeated side by side."""
        self.plant, self.dt_s, self.n_steps = plant, plant.dt_s, plant.n_steps
        self.count = copies * len(plant.prepared)
        self.batch, self.state, self.places = _zones(plant, copies)
        self.buildings = _repeated_buildings(plant, self.batch, self.places, copies)
        self.equipment = _repeated_equipment(plant.equipment, copies)
        self.soc = np.tile(plant.soc, (copies, 1))
        self.sessions = np.tile(plant.sessions, copies)
        self.arrival = self.sessions["arrival_step"].copy()
        self.departure = self.sessions["departure_step"].copy()
        self._fresh = plant.sessions.copy()
        self._work = coupling_scratch(self.batch, self.count)
        groups, rows = self.batch.zone.shape[:2]
        self._totals = np.zeros((groups, N_TOTALS, rows, LANES))
        self._no_series = np.zeros((0, N_SERIES, groups, rows, LANES))
        self.touched = np.arange(len(self.sessions))
        self._way = _way_home(plant, self.batch, self.places) if copies > 1 else None
        # a plant may stand at another step than its rooms were described for (`twin.zoom`)
        for name in ("face", "modes", "pane", "zone"):
            self._put(
                getattr(self.batch, name), getattr(plant.batch, name), of_faces=name in ("face", "modes")
            )

    def restart(self, day: int, days: int) -> None:
        """Begin an episode of some days at a midnight.

        Parameters
        ----------
        day : int
            One of the days that were asked for.
        days : int
            Length; the year must hold it.
        """
        then = self.midnights[day]
        first = day * self.per_day
        self._put_state(then.state)
        self.soc[:] = np.tile(then.soc, (self.copies, 1))
        self.buildings.electrical[:] = np.tile(then.electrical, self.copies)
        self.equipment.nows[:] = np.tile(then.nows, self.copies)
        self.equipment.totals[:] = np.tile(then.totals, (self.copies, 1))
        self._restart_sessions(first, first + days * self.per_day, then)
        self.enter(first, first + days * self.per_day, np.tile(then.before, (self.copies, 1)))

    def _put_state(self, state: ThermalState) -> None:
        """Copy a state of the original plant to every copy's lanes."""
        for name, kept in state._asdict().items():
            self._put(getattr(self.state, name), kept, of_faces=name in ("face", "modes"))

    def _put(self, mine: Floats, kept: Floats, *, of_faces: bool) -> None:
        """Copy what the original plant has of zones or faces to every copy's lanes."""
        if self._way is None:
            mine[:] = kept
        elif of_faces:
            (g, z, f, lane), (og, oz, of, olane) = self._way[1]
            mine[g, z, f, ..., lane] = kept[og, oz, of, ..., olane]
        else:
            (g, z, lane), (og, oz, olane) = self._way[0]
            mine[g, z, ..., lane] = kept[og, oz, ..., olane]

    def _restart_sessions(self, first: int, last: int, then: Midnight) -> None:
        """Sessions as they are drawn, but for those that stand here at the midnight."""
        self._restart_vehicles(first, last)
        for copy in range(self.copies if len(then.sessions) else 0):
            standing = then.sessions + copy * len(self._fresh)
            self.sessions["remaining_kwh"][standing] = then.remaining_kwh
            self.sessions["spare_kwh"][standing] = then.spare_kwh

    def _restart_vehicles(self, first: int, last: int) -> None:
        """Sessions of a window as they are drawn."""
        each = len(self._fresh)
        old, self.touched = (
            self.touched,
            np.flatnonzero((self.arrival <= last) & (self.departure >= first - 1)),
        )
        for touched in (old, self.touched):
            self.sessions[touched] = self._fresh[touched % max(each, 1)]
        self._move_clock(max(first - 1, 0), self.touched)

    def _move_clock(self, begin: int, touched: NDArray[np.intp]) -> None:
        """Let sessions count steps as a window does that begins at a step of the year."""
        self.sessions["arrival_step"][touched] = self.arrival[touched] - begin
        self.sessions["departure_step"][touched] = self.departure[touched] - begin

    def enter(self, first: int, last: int, before: Floats) -> None:
        """Look at the steps from `first` to `last` of the year; one before and one behind are seen, too.

        Parameters
        ----------
        first, last : int
            Steps of the year, last excluded.
        before : (B, N_OUTCOME)
            Outcome of the step before.
        """
        self.begin = begin = max(first - 1, 0)
        end, n = min(last + 1, self.n_steps), self.n_steps
        own: dict[str, Any] = {}
        for name, values in self.plant.buildings._asdict().items():
            if isinstance(values, np.ndarray) and len(values) == n and name != "orders":
                own[name] = self._side_by_side(name, values[begin:end])
        self.orders = no_orders(end - begin, self.count)
        self.buildings = self.buildings._replace(**own, orders=self.orders, orders_from=np.zeros(1, np.int64))
        room = self.plant.equipment.room
        series = room.series[begin:end] if len(room.series) == n else room.series
        self.equipment = self.equipment._replace(room=self.equipment.room._replace(series=series))
        self.out = np.zeros((end - begin, self.count, N_OUTCOME))
        self.now, self.last = first - begin, last - begin
        if first > 0:
            self.out[self.now - 1] = before
        self.reads(self.plant.forcing[begin:end], self.plant.weather_table[begin : end + 1])

    def begin_at(self, first: int, last: int, before: Floats) -> None:
        """Begin at any step; vehicles as they are drawn, all other state as it stands.

        Parameters are those of `enter`.
        """
        self._restart_vehicles(first, last)
        self.enter(first, last, before)

    def reads(self, forcing: Floats, weather_table: Floats) -> None:
        """Let the window read these tables: rows from `begin` on, of the outdoor air one more.

        Parameters
        ----------
        forcing : (H, C)
            Columns as the batch names them; more may stand behind those of the plant.
        weather_table : (H + 1, 4)
        """
        self.forcing, self.weather_table = forcing, weather_table
        self._before = (
            self.batch, self.state, self.forcing, self.weather_table,
            self.buildings, self.equipment, self.soc, self.sessions,
        )  # fmt: skip
        self._behind = (self.dt_s, self._work, self._totals, self.out, self._no_series)

    def _side_by_side(self, name: str, values: np.ndarray) -> np.ndarray:
        """A series of the plant for every copy; what all buildings share stays one."""
        if self.copies == 1:
            return values
        if name in PER_STEP_AND_BUILDING:
            return np.tile(values, (1, self.copies, *[1] * (values.ndim - 2)))
        if name == "ev_rows":
            wide = np.tile(values, (1, self.copies))
            offset = np.repeat(np.arange(self.copies) * len(self._fresh), values.shape[1])
            return np.where(wide >= 0, wide + offset, -1).astype(np.int32)
        return values

    def march(self, steps: int = 1) -> Floats:
        """March the next steps under the orders that stand in `orders`; returns the last row of `out`."""
        march_buildings(*self._before, self.now, self.now + steps, *self._behind)
        self.now += steps
        row: Floats = self.out[self.now - 1]
        return row


def _midnights(plant: Plant, per_day: int, days: set[int]) -> dict[int, Midnight]:
    """March the year under the building's own control and keep the midnights of some days."""
    stage = Stage.__new__(Stage)
    stage.per_day, stage.original, stage.copies = per_day, plant, 1
    stage._lay(plant.copied(), 1)
    peaks, joint = np.zeros(stage.count), 0.0
    before = np.zeros((stage.count, N_OUTCOME))
    months = plant.weather.times.month.to_numpy()
    kept: dict[int, Midnight] = {}
    for day in range(max(days) + 1):
        first = day * per_day
        if day and months[first] != months[first - 1]:
            peaks[:], joint = 0.0, 0.0
        if day in days:
            kept[day] = _kept(stage, first, before, peaks, joint)
        if day == max(days):
            break
        stage._move_clock(max(first - 1, 0), stage.touched)
        stage.enter(first, first + per_day, before)
        start = stage.now
        before = stage.march(per_day).copy()
        told = stage.out[start : stage.now]
        peaks = np.maximum(peaks, quarter_means(told[:, :, GRID_IMPORT], plant.dt_s).max(axis=0))
        net = (told[:, :, GRID_IMPORT] - told[:, :, GRID_EXPORT]).sum(axis=1, keepdims=True)
        joint = max(joint, float(quarter_means(net, plant.dt_s).max()))
    return kept


def _kept(stage: Stage, step: int, before: Floats, peaks: Floats, joint: float) -> Midnight:
    standing = np.flatnonzero((stage.arrival < step) & (stage.departure > step))
    return Midnight(
        state=copied_state(stage.state),
        soc=stage.soc.copy(),
        electrical=stage.buildings.electrical.copy(),
        nows=stage.equipment.nows.copy(),
        totals=stage.equipment.totals.copy(),
        before=before.copy(),
        sessions=standing,
        remaining_kwh=stage.sessions["remaining_kwh"][standing],
        spare_kwh=stage.sessions["spare_kwh"][standing],
        peak_kw=peaks.copy(),
        joint_peak_kw=joint,
    )


def steps_per_quarter(dt_s: float) -> int:
    """Steps in a metering interval of the demand charge; 1 where it does not hold whole steps."""
    steps = round(60.0 * DEMAND_MINUTES / dt_s)
    return steps if steps >= 1 and abs(steps * dt_s - 60.0 * DEMAND_MINUTES) < 1e-6 else 1


def quarter_means(power: Floats, dt_s: float) -> Floats:
    """Means over the metering intervals of the demand charge, (n, B) to (m, B)."""
    per = steps_per_quarter(dt_s)
    return np.asarray(power.reshape(-1, per, power.shape[1]).mean(axis=1))


def _zones(plant: Plant, copies: int) -> tuple[ThermalBatch, ThermalState, list[tuple[Place, ...]]]:
    """Zones of a plant, repeated: eight alike march abreast."""
    if copies == 1:
        return plant.batch, plant.state, list(plant.places)
    batch, places = pack([t.packed for _ in range(copies) for t in plant.thermals], plant.table)
    weather = plant.weather
    state = initial_state(batch, 20.0, float(weather.temp_air[0]), float(weather.humidity_ratio[0]))
    return batch, state, places


_Places = tuple[NDArray[np.intp], NDArray[np.intp]]


def _way_home(plant: Plant, batch: ThermalBatch, places: list[tuple[Place, ...]]) -> tuple[_Places, _Places]:
    """Where each lane, and each face of it, of copies is found in the original: indices of both."""
    lanes, home_lanes, faces, home_faces = [], [], [], []
    for b, place in enumerate(places):
        home = plant.places[b % len(plant.places)]
        rooms = plant.thermals[b % len(plant.places)].packed.rooms
        for (g, z, lane), (og, oz, olane), room in zip(place, home, rooms, strict=True):
            lanes.append((g, z, lane))
            home_lanes.append((og, oz, olane))
            # Outer walls lie behind the longest list of shared walls of their row.
            shift = int(batch.n_shared[g, z]) - room.n_shared
            home_shift = int(plant.batch.n_shared[og, oz]) - room.n_shared
            for f in range(len(room.faces)):
                outer = f >= room.n_shared
                faces.append((g, z, f + shift * outer, lane))
                home_faces.append((og, oz, f + home_shift * outer, olane))
    lanes_both = np.array(lanes, dtype=np.intp), np.array(home_lanes, dtype=np.intp)
    faces_both = np.array(faces, dtype=np.intp), np.array(home_faces, dtype=np.intp)
    return (lanes_both[0].T, lanes_both[1].T), (faces_both[0].T, faces_both[1].T)


def _repeated_buildings(
    plant: Plant, batch: ThermalBatch, places: list[tuple[Place, ...]], copies: int
) -> BuildingBatch:
    """The electrical side of a plant, repeated; series stay those of the plant."""
    one = plant.buildings
    if copies == 1:
        return one
    groups, rows = batch.zone.shape[:2]
    owner = np.full((groups, rows, LANES), -1, dtype=np.int32)
    held = np.array([[len(places), 0]] * groups, dtype=np.int64)
    for b, place in enumerate(places):
        g, z, lane = np.array(place).T
        owner[g, z, lane] = b
        held[g[0]] = min(held[g[0], 0], b), max(held[g[0], 1], b + 1)
    own = {name: np.concatenate([getattr(one, name)] * copies) for name in PER_BUILDING}
    columns = one.ev_rows.shape[1] * np.arange(copies)
    chargers = (one.chargers[None] + columns[:, None, None]).reshape(-1, 2)
    return one._replace(**own, owner=owner, held=held, chargers=chargers)


def _repeated_equipment(equipment: Equipment, copies: int) -> Equipment:
    """Plant rooms of all buildings, repeated, with their state."""
    if copies == 1:
        return equipment
    room, number = equipment.room, int(equipment.room.first[-1])
    rows, offsets = np.tile(room.rows, copies), number * np.repeat(np.arange(copies), number)
    for link in _LINKS:
        rows[link] += np.where(rows[link] >= 0, offsets, 0)
    first = (room.first[None, :-1] + number * np.arange(copies)[:, None]).ravel()
    many = room._replace(
        first=np.append(first, number * copies),
        rows=rows,
        supply=np.tile(room.supply, (copies, 1)),
        back=np.tile(room.back, (copies, 1)),
    )
    return equipment_of(many, np.tile(equipment.nows["state"], (copies, 1)))
