"""Builders that the tests of the thermal engine share, one way to drive the march, an audit of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from buildings.thermal import kernel
from buildings.thermal import layout as k
from buildings.thermal.air import demand, films_outdated, refresh_films
from buildings.thermal.batch import (
    NO_COOLING,
    NO_HEATING,
    AirSide,
    ForcingTable,
    PackedBuilding,
    Place,
    initial_state,
    pack,
)
from buildings.thermal.enclosure import (
    TEMP_GROUND,
    TEMP_OUTDOORS,
    Channel,
    Enclosure,
    Gain,
    Surface,
    Window,
    Zone,
)
from buildings.thermal.glazing import simple_window
from buildings.thermal.lanes import LANES
from buildings.thermal.rooms import MODES, rooms
from buildings.thermal.wall import Layer

Array = NDArray[np.float64]
Building = tuple[Enclosure, tuple[AirSide, ...]]

CONCRETE = Layer(0.20, 1.74, 2500.0, 920.0)
INSULATION = Layer(0.05, 0.03, 30.0, 1380.0)
GYPSUM = Layer(0.02, 0.33, 1050.0, 1050.0)
SLAB = Layer(0.12, 1.74, 2500.0, 920.0)
GAP = Layer(resistance=0.18)
GLASS = simple_window("glass", 2.7, 0.6)
BARE = {
    "convection_inside": 2.5,
    "convection_outside": 10.0,
    "emissivity_inside": 0.0,
    "emissivity_outside": 0.0,
}
"""Fixed films and no long wave: a surface that a hand can calculate."""


@dataclass
class March:
    """One batch, ready to march or marched; series are (step, building, zone), of the end of each step."""

    batch: k.ThermalBatch
    state: k.ThermalState
    forcing: Array
    weather: Array
    dt: float
    places: list[tuple[Place, ...]]
    work: k.Scratch
    totals: Array
    series: Array

    def run(self, first: int, last: int) -> March:
        """March steps first..last."""
        kernel.march(
            self.batch, self.state, self.forcing, self.weather, first, last, self.dt, self.work, self.totals,
            self.series,
        )  # fmt: skip
        return self

    def at(self, building: int) -> tuple[Array, Array, Array]:
        """Groups, rows and lanes of a building's zones."""
        g, z, lane = np.array(self.places[building]).T
        return g, z, lane

    def _of(self, array: Array) -> Array:
        """The last three axes (group, row, lane) as (building, zone); what a building lacks is NaN."""
        found = np.full((*array.shape[:-3], len(self.places), max(map(len, self.places))), np.nan)
        for b, place in enumerate(self.places):
            found[..., b, : len(place)] = array[(..., *self.at(b))]
        return found

    @property
    def temp(self) -> Array:
        """Air temperature at the end of each step [degC]."""
        return self._of(self.series[:, k.OUT_TEMP])

    @property
    def humidity(self) -> Array:
        """Humidity ratio at the end of each step [kg/kg]."""
        return self._of(self.series[:, k.OUT_HUMIDITY])

    @property
    def sensible(self) -> Array:
        """Heat of the plant over each step [W]."""
        return self._of(self.series[:, k.OUT_SENSIBLE])

    @property
    def latent(self) -> Array:
        """Latent heat taken out over each step [W]."""
        return self._of(self.series[:, k.OUT_LATENT])

    @property
    def radiant(self) -> Array:
        """Mean radiant temperature of each step [degC]."""
        return self._of(self.series[:, k.OUT_RADIANT])

    def total(self, column: int) -> Array:
        """One total (building, zone)."""
        return self._of(self.totals[:, column])

    def now(self, values: Array) -> Array:
        """A state or work array (group, row, lane) as (building, zone)."""
        return self._of(values)

    def set(self, values: Array, building: int, given: Sequence[float]) -> None:
        """Write a state (group, row, lane) of one building."""
        values[self.at(building)] = given

    def warm_to(self, building: int, zone: int, temp: float) -> None:
        """Another temperature of a zone's air; the star and the walls keep theirs."""
        for values in (self.state.temp, self.state.mean):
            values[self.places[building][zone]] = temp

    def settle(self, steps: int = 4000) -> March:
        """March the first step again and again until nothing moves any more."""
        for _ in range(steps):
            self.run(0, 1)
        return self


def _channels(building: PackedBuilding) -> list[Channel]:
    found: list[Channel] = []
    for room, air in zip(building.rooms, building.air, strict=True):
        found += [channel for face in room.faces for channel in face.series]
        found += [channel for pane in room.panes for channel in pane.series]
        found += [gain.channel for gain in room.gains] + [mixing.channel for _, mixing in room.mixing]
        found += [value for value in vars(air).values() if isinstance(value, tuple)]
    return found


def _given(channel: Channel, given: Mapping[Any, float | Array]) -> float | Array:
    """A series by its channel, the part of a window's light, or its kind; a set-point names its figure."""
    if channel[0] == "setpoint" and len(channel) == 2:
        return float(channel[1])
    return given.get(channel, given.get(channel[1] if channel[0] == "pane" else channel[0], 0.0))


def prepare(
    buildings: Sequence[Building],
    n: int,
    *,
    dt: float = 900.0,
    temp_out: float | Array = 0.0,
    humidity_out: float | Array = 0.005,
    density: float | Array = 1.2,
    temp_sky: float | Array | None = None,
    series: Mapping[Any, float | Array] | None = None,
    start: float = 20.0,
    outdoors: float | None = None,
    humidity: float = 0.008,
    modes: int = MODES,
    keep: bool = True,
) -> March:
    """Pack buildings under given weather; what `series` lacks is nought, a sky not given is as warm as air.

    `series` is keyed by a whole channel, by the kind of one ("solar", "gain", "forced", ...) or by the part
    of a window's light ("beam", "diffuse", "heat_out", "heat_in"). `start` is the temperature of all; with
    `outdoors` walls start in the steady state between the two.
    """
    given = dict(series or {})
    packed = [PackedBuilding(rooms(enclosure, dt, modes=modes), air) for enclosure, air in buildings]
    outside = np.broadcast_to(np.asarray(temp_out, float), (n + 1,))
    table = ForcingTable(n)
    table.add(TEMP_OUTDOORS, 0.5 * (outside[1:] + outside[:-1]))
    for channel in (channel for building in packed for channel in _channels(building)):
        if channel not in table:
            kind = "temp_ground" if channel == TEMP_GROUND else None
            values = np.asarray(given.get(kind, 0.0) if kind else _given(channel, given), float)
            table.add(channel, values if values.ndim else np.full(n, float(values)))
    batch, places = pack(packed, table)
    sky = temp_out if temp_sky is None else temp_sky
    weather = np.column_stack([np.broadcast_to(v, (n + 1,)) for v in (temp_out, humidity_out, density, sky)])
    groups, rows = batch.zone.shape[:2]
    return March(
        batch=batch,
        state=initial_state(batch, start, start if outdoors is None else outdoors, humidity),
        forcing=table.values(),
        weather=np.ascontiguousarray(weather, dtype=float),
        dt=dt,
        places=places,
        work=k.scratch(batch),
        totals=np.zeros((groups, k.N_TOTALS, rows, LANES)),
        series=np.zeros((n if keep else 0, k.N_SERIES, groups, rows, LANES)),
    )


def march(buildings: Sequence[Building], n: int, **options: Any) -> March:
    """`prepare` and run all steps."""
    return prepare(buildings, n, **options).run(0, n)


def thermostat(heat: float = -1000.0, cool: float = 1000.0, **air: Any) -> AirSide:
    """An air side with constant set-points and, unless said otherwise, an unlimited plant."""
    limits = {"heat_max": 1e12, "cool_max": 1e12} | air
    return AirSide(
        heating_setpoint=NO_HEATING if heat < -999.0 else ("setpoint", heat),
        cooling_setpoint=NO_COOLING if cool > 999.0 else ("setpoint", cool),
        **limits,
    )


# --- audit ----------------------------------------------------------------------------------------------


@dataclass
class Books:
    """What one step moved, reckoned in NumPy from the states before and after it; (group, row, lane).

    Attributes
    ----------
    outside : ndarray
        Heat into the outer faces of walls and windows from air, sky, ground and sun [W].
    inside : ndarray
        Heat into the inner faces from sun and radiant gains, and from drawn shades into the air [W].
    to_air : ndarray
        Heat from the inner faces and drawn shades to the air [W].
    star : ndarray
        Sum of what the faces give to the star, which holds nothing [W].
    stored : ndarray
        What walls and air gained [W]; shared walls count half on either side.
    wrong_wall : ndarray (group, row, face, lane)
        Heat into one wall less what it gained [W/m2].
    wrong_pane : ndarray (group, row, pane, lane)
        Heat into the two faces of a window, which hold nothing [W/m2].
    """

    outside: Array
    inside: Array
    to_air: Array
    star: Array
    stored: Array
    wrong_wall: Array
    wrong_pane: Array


def _columns(run: March, step: int, series: Any, which: int) -> Array:
    return np.asarray(run.forcing[step][series[..., which, :LANES]])


def _natural(figures: Array, warm: int, cold: int, rise: Array) -> Array:
    factor = np.where(rise > 0.0, figures[..., warm, :], figures[..., cold, :])
    return np.asarray(factor * np.cbrt(np.maximum(np.abs(rise), 1e-3)))


def _outer_heat(
    figures: Array,
    before: Array,
    after: Array,
    behind: Array,
    sky: float,
    forced: Array,
    drawn: tuple[Array | float, Array | float] = (0.0, 0.0),
) -> Array:
    """Convection and long wave into an outer face [W/m2]: Walton's split, the film of DOE-2.

    `drawn` are the conductances with outdoors and sky that stand instead while a shade is drawn.
    """
    natural = _natural(figures, k.WARM_OUT, k.COLD_OUT, before - behind)
    film = figures[..., k.FILM_OUT, :] + natural
    film = film + figures[..., k.ROUGHNESS, :] * (np.hypot(natural, forced) - natural)
    t, a, s = before + 273.15, behind + 273.15, sky + 273.15
    film = film + figures[..., k.SURROUNDINGS, :] * (t**2 + a**2) * (t + a)
    dome = figures[..., k.SKY, :] * (t**2 + s**2) * (t + s)
    film, dome = (np.where(new > 0.0, new, own) for new, own in zip(drawn, (film, dome), strict=True))
    return np.asarray(film * (behind - after) + dome * (sky - after))


def _inner_films(figures: Array, before: Array, air: Array, star: Array) -> tuple[Array, Array]:
    film = figures[..., k.FILM_IN, :] + _natural(figures, k.WARM_IN, k.COLD_IN, before - air)
    t, s = before + 273.15, star + 273.15
    return film, figures[..., k.EXCHANGE, :] * (t**2 + s**2) * (t + s)


def audited(run: March, step: int) -> Books:
    """March one step and reckon it again from the states alone."""
    batch, old = run.batch, k.ThermalState(*(part.copy() for part in run.state))
    films, trial, spare = (
        k.ThermalState(*(part.copy() for part in old)),
        k.scratch(batch),
        np.zeros_like(run.totals),
    )
    for g in range(len(batch.rows)):  # after a jump of the set-point films are those of the step itself
        kernel.free_response(batch, films, g, step, run.forcing, run.weather, run.dt, trial)
        if films_outdated(batch, films, g, run.dt, trial):
            demand(batch, films, g, step, run.weather, run.dt, True, trial, spare)
            refresh_films(batch, films, g, run.dt, trial)
    run.run(step, step + 1)
    new, dt = run.state, run.dt
    temp_out = 0.5 * (run.weather[step, k.TEMP_OUT] + run.weather[step + 1, k.TEMP_OUT])
    sky = float(run.weather[step, k.TEMP_SKY])
    area, glass = batch.face[..., k.AREA, :], batch.pane[..., k.AREA, :]
    lit = [
        np.sum(glass * _columns(run, step, batch.pane_series, part), axis=2)[:, :, None]
        for part in (k.PANE_BEAM, k.PANE_DIFFUSE)
    ]
    gains = batch.zone[:, :, k.GAIN_RADIANT : k.GAIN_RADIANT + k.N_GAINS]
    shares = np.stack([_columns(run, step, batch.zone_series, k.GAIN + i) for i in range(k.N_GAINS)], axis=2)
    radiant = np.sum(gains * shares, axis=2)[:, :, None]
    mean, star = (value[:, :, None] for value in (new.mean, new.star))
    air, mrt = (value[:, :, None] for value in (films.mean, films.star))
    heats = []
    for figures, before, after in ((batch.face, films.face, new.face), (batch.pane, films.pane, new.pane)):
        film, exchange = _inner_films(figures, before[..., k.FACE_IN, :], air, mrt)
        if figures is batch.pane:
            rise = np.maximum(np.abs(before[..., k.FACE_IN, :] - air), 1e-3)
            film = film + figures[..., k.PANE_QUARTER, :] * rise**0.25
            behind_shade = _columns(run, step, batch.pane_series, k.DRAWN_FILM)
            film = np.where(behind_shade > 0.0, behind_shade, film)
            behind_shade = _columns(run, step, batch.pane_series, k.DRAWN_EXCHANGE)
            seen = behind_shade * figures[..., k.PANE_STAR, :]
            exchange = np.where(behind_shade > 0.0, seen, exchange)
        share = figures[..., k.BEAM, :] * lit[0] + figures[..., k.DIFFUSE, :] * lit[1]
        light = share + figures[..., k.RADIANT, :] * radiant
        there = after[..., k.FACE_IN, :]
        heats.append((film * (mean - there), exchange * (star - there), light))
    (face_air, face_star, face_light), (pane_air, pane_star, pane_light) = heats
    behind = _columns(run, step, batch.face_series, k.SERIES_BEHIND)
    outer = _outer_heat(
        batch.face, old.face[..., k.FACE_OUT, :], new.face[..., k.FACE_OUT, :], behind, sky,
        _columns(run, step, batch.face_series, k.SERIES_FORCED),
    )  # fmt: skip
    outer += batch.face[..., k.SOLAR, :] * _columns(run, step, batch.face_series, k.SERIES_SOLAR)
    shared = np.arange(area.shape[2])[:, None] < batch.n_shared[:, :, None, None]
    outer = np.where(shared, 0.0, outer)
    through = _outer_heat(
        batch.pane, old.pane[..., k.FACE_OUT, :], new.pane[..., k.FACE_OUT, :],
        np.full(glass.shape, temp_out), sky, _columns(run, step, batch.pane_series, k.PANE_FORCED),
        (_columns(run, step, batch.pane_series, k.DRAWN_OUTER),
         _columns(run, step, batch.pane_series, k.DRAWN_SKY)),
    )  # fmt: skip
    shades = np.sum(glass * _columns(run, step, batch.pane_series, k.DRAWN_AIR), axis=2)
    kept_out = batch.pane[..., k.PANE_BEAM_OUT, :] * lit[0] + batch.pane[..., k.PANE_DIFFUSE_OUT, :] * lit[1]
    absorbed = [_columns(run, step, batch.pane_series, p) for p in (k.PANE_HEAT_OUT, k.PANE_HEAT_IN)]
    entering = face_air + face_star + face_light
    phi, p_out, p_in = (batch.modes[:, :, :, i] for i in range(3))
    wall = np.sum((p_out + p_in) / np.where(phi < 1.0, 1.0 - phi, 1.0) * (new.modes - old.modes), axis=3)
    carried = new.face[..., k.FACE_CARRY, :] - old.face[..., k.FACE_CARRY, :]
    # Both sides of a shared wall hold the same modes: the wall gains once what enters at both of its faces.
    across = np.where(shared, _partner(batch, entering - carried), outer)
    kept = np.where(shared, 0.5, 1.0) * wall + carried
    stored = batch.zone[:, :, k.CAPACITY] * (new.temp - old.temp) / dt
    return Books(
        outside=np.sum(area * outer, axis=2) + np.sum(glass * (through + absorbed[0] + kept_out), axis=2),
        inside=np.sum(area * face_light, axis=2)
        + np.sum(glass * (pane_light + absorbed[1]), axis=2)
        + shades,
        to_air=shades - np.sum(area * face_air, axis=2) - np.sum(glass * pane_air, axis=2),
        star=-np.sum(area * face_star, axis=2) - np.sum(glass * pane_star, axis=2),
        stored=stored + np.sum(area * kept, axis=2),
        wrong_wall=np.where(area > 0.0, entering - carried + across - wall, 0.0),
        wrong_pane=np.where(
            glass > 0.0,
            pane_air + pane_star + pane_light + absorbed[1] + through + absorbed[0] + kept_out,
            0.0,
        ),
    )


def _partner(batch: k.ThermalBatch, values: Array) -> Array:
    """Values (group, row, face, lane) of the other face of each shared wall."""
    flat = values.reshape(values.shape[0], -1)
    return np.stack([flat[g][batch.partner[g]] for g in range(len(flat))])


def kept_books(run: March, n: int) -> dict[str, float]:
    """Totals over n steps: what entered, what stayed, and the largest error of a wall, a pane, a zone."""
    books = dict.fromkeys(("entered", "stored", "moved", "wall", "pane", "star", "air"), 0.0)
    for step in range(n):
        temp, mixed = run.state.temp.copy(), run.state.mixed.copy()
        one = audited(run, step)
        work, where = run.work, tuple(np.concatenate([run.at(b) for b in range(len(run.places))], axis=1))
        rows = where[1:]
        gain = np.sum(
            [
                run.batch.zone[0, :, k.GAIN_CONVECTIVE + i]
                * run.forcing[step][run.batch.zone_series[0, :, k.GAIN + i, :8]]
                for i in range(k.N_GAINS)
            ],
            axis=0,
        )
        fan = (
            run.batch.zone[0, :, k.FAN_HEAT]
            * run.forcing[step][run.batch.zone_series[0, :, k.VENTILATION_SHARE, :8]]
        )
        mean_out = 0.5 * (run.weather[step, k.TEMP_OUT] + run.weather[step + 1, k.TEMP_OUT])
        fresh = work.flow_heat * (mean_out - work.mean)
        granted, outdoor = work.granted, work.outdoor
        entered = (one.outside + one.inside)[where].sum() + (gain + fan + granted + fresh)[rows].sum()
        stored = one.stored[where].sum()
        books["entered"] += entered
        books["stored"] += stored
        books["moved"] += np.abs(one.outside + one.inside)[where].sum()
        books["wall"] = max(books["wall"], np.abs(one.wrong_wall).max())
        books["pane"] = max(books["pane"], np.abs(one.wrong_pane).max())
        books["star"] = max(books["star"], np.abs(one.star[where]).max())
        air = run.batch.zone[:, :, k.CAPACITY] * (run.state.temp - temp) / run.dt
        wrong = air - one.to_air - gain - fan - granted - outdoor - mixed
        books["air"] = max(books["air"], np.abs(wrong[where]).max())
    return books


# --- enclosures -----------------------------------------------------------------------------------------


def box(
    layers: tuple[Layer, ...], *, window: float = 0.0, capacity: float = 2e5, **surface: Any
) -> Enclosure:
    """A room of 8 m x 6 m x 2.7 m with the same layers on all sides; the window faces south."""
    sides = ((21.6, 90.0, 0.0), (16.2, 90.0, 90.0), (21.6 - window, 90.0, 180.0), (16.2, 90.0, 270.0))
    faces = [
        Surface(f"wall{i}", area, layers, 0, "outdoors", tilt, azimuth, **surface)
        for i, (area, tilt, azimuth) in enumerate(sides)
    ]
    faces.append(Surface("roof", 48.0, layers, 0, "outdoors", 0.0, 0.0, **surface))
    faces.append(Surface("floor", 48.0, layers, 0, "ground", 180.0))
    panes = (Window("south", window, GLASS, 0, 90.0, 180.0),) if window else ()
    return Enclosure(
        (Zone("room", 129.6, 48.0, capacity),), tuple(faces), panes, (Gain(0, ("gain", "all"), 250.0, 250.0),)
    )


def wall_room(
    layers: tuple[Layer, ...],
    *,
    boundary: Any = "outdoors",
    area: float = 10.0,
    capacity: float = 36e3,
    **surface: Any,
) -> Enclosure:
    """Air behind one wall with fixed films and no long wave: all that a hand needs."""
    face = Surface("wall", area, layers, 0, boundary, 90.0, 180.0, **(BARE | surface))
    return Enclosure((Zone("air", 30.0, 12.0, capacity),), (face,))


def twins(partition: float) -> Enclosure:
    """Two rooms of different weight and one large light partition between them."""
    zones = (Zone("a", 60.0, 20.0, 8e4), Zone("b", 90.0, 30.0, 1.2e5))
    surfaces = (
        Surface("outer a", 30.0, (CONCRETE,), 0, "outdoors", 90.0, 0.0),
        Surface("outer b", 15.0, (INSULATION, GYPSUM), 1, "outdoors", 90.0, 180.0),
        Surface("between", partition, (GYPSUM,), 0, "zone", 90.0, 90.0, adjacent_zone=1),
    )
    return Enclosure(zones, surfaces)


def office_floor() -> Enclosure:
    """A core and four perimeter zones on a floor of 45 m x 45 m."""
    side, depth, height = 45.0, 4.5, 3.9
    inner = (side - 2 * depth) ** 2
    outer = (side**2 - inner) / 4
    zones = [Zone("core", inner * height, inner, inner * height * 1.2 * 1006)]
    surfaces, windows = [], []
    for i, (name, azimuth) in enumerate((("N", 0.0), ("E", 90.0), ("S", 180.0), ("W", 270.0)), 1):
        zones.append(Zone(name, outer * height, outer, outer * height * 1.2 * 1006))
        wall = (INSULATION, CONCRETE, GYPSUM)
        surfaces.append(Surface(f"wall{name}", side * height * 0.6, wall, i, "outdoors", 90.0, azimuth))
        windows.append(Window(f"window{name}", side * height * 0.4, GLASS, i, 90.0, azimuth))
        light = (GYPSUM, GAP, GYPSUM)
        partition = (side - 2 * depth) * height
        surfaces.append(Surface(f"part{name}", partition, light, i, "zone", 90.0, azimuth, adjacent_zone=0))
        corner = depth * 1.4 * height
        surfaces.append(
            Surface(f"corner{name}", corner, light, i, "zone", 90.0, 0.0, adjacent_zone=i % 4 + 1)
        )
    gains = []
    for i, zone in enumerate(zones):
        surfaces.append(Surface(f"floor{i}", zone.floor_area, (SLAB,), i, "adiabatic", 180.0))
        surfaces.append(Surface(f"ceiling{i}", zone.floor_area, (SLAB,), i, "adiabatic", 0.0))
        gains.append(Gain(i, ("gain", "people"), zone.floor_area * 2.8, zone.floor_area * 4.2))
        gains.append(Gain(i, ("gain", "light"), zone.floor_area * 4.4, zone.floor_area * 6.6))
    return Enclosure(tuple(zones), tuple(surfaces), tuple(windows), tuple(gains))


def lively_weather(n: int, dt: float = 900.0, seed: int = 7) -> dict[str, Any]:
    """Seasons, days, weather fronts and a drawn sun: forcing that stirs every time scale (not a climate)."""
    hours = np.arange(n + 1) * dt / 3600.0
    rng = np.random.default_rng(seed)
    days = int(np.ceil(hours[-1] / 24.0)) + 2
    front = np.interp(hours / 24.0, np.arange(days), rng.normal(0.0, 3.0, days))
    season = np.sin(2 * np.pi * (hours / 8760.0 - 0.3))
    temp = 16.0 + 12.0 * season + 4.0 * np.sin(2 * np.pi * (hours / 24.0 - 0.4)) + front
    clear = np.repeat(rng.uniform(0.2, 1.0, days), round(86400.0 / dt))[:n]
    day = np.maximum(np.sin(2 * np.pi * (hours[:-1] / 24.0 - 0.25)), 0.0)
    sun = 500.0 * day * clear
    work = ((hours[:-1] % 24 > 8) & (hours[:-1] % 24 < 18)).astype(float)
    daily = round(86400.0 / dt)
    series = {
        ("work",): work,
        "solar": sun,
        "beam": 0.4 * sun * clear,
        "diffuse": 60.0 * day,
        "heat_out": 0.06 * sun,
        "heat_in": 0.04 * sun,
        "forced": np.repeat(rng.uniform(2.0, 18.0, days), daily)[:n],
        "gain": work,
        "temp_ground": 16.0,
    }
    cold_sky = np.append(np.repeat(rng.uniform(3.0, 18.0, days), daily)[:n], 0.0)
    humidity = 0.009 + 0.007 * season + 0.001 * front / 3.0
    return {
        "temp_out": temp,
        "humidity_out": np.maximum(humidity, 0.001),
        "temp_sky": temp - cold_sky,
        "series": series,
    }


def synthetic_climate() -> Any:
    """A climate year near Shanghai made of sines: enough for every column to be physical."""
    from weather.climate_year import ClimateYear, nominal_index
    from weather.sun import epoch_seconds, sun_over_intervals

    index = nominal_index(2025, "Asia/Shanghai", 8.0)
    hours = np.arange(8760)
    season = np.sin(2 * np.pi * (hours / 8760 - 0.3))
    temp = 17.0 + 12.0 * season + 3.5 * np.sin(2 * np.pi * (hours / 24 - 0.4))
    dew = temp - 6.0 - 3.0 * np.sin(2 * np.pi * (hours / 24 - 0.4))
    sun = sun_over_intervals(epoch_seconds(pd.DatetimeIndex(index)), 3600.0, 31.2, 121.4)
    dni = np.where(sun.fraction_up > 0, 400.0, 0.0)
    ghi = dni * sun.mean_cosine + 0.15 * 1361.0 * sun.mean_cosine
    data = pd.DataFrame(
        {
            "temp_air": temp,
            "temp_dew": dew,
            "relative_humidity": 70.0,
            "pressure": 101600.0 - 800.0 * season,
            "wind_speed": 3.2 + 1.5 * np.sin(2 * np.pi * hours / 31.0),
            "wind_direction": 120.0,
            "ghi": ghi,
            "dni": dni * sun.fraction_up,
            "dhi": 0.15 * 1361.0 * sun.mean_cosine,
            "longwave_down": 0.82 * 5.67e-8 * (temp + 273.15) ** 4,
            "total_sky_cover": 5.0,
        },
        index=index,
    )
    return ClimateYear(data, "sines", 31.2, 121.4, 4.0, "Asia/Shanghai", 8.0, "made for a test")


@pytest.fixture(scope="session")
def engine() -> SimpleNamespace:
    """All builders under one name."""
    return SimpleNamespace(
        BARE=BARE,
        CONCRETE=CONCRETE,
        GAP=GAP,
        GLASS=GLASS,
        GYPSUM=GYPSUM,
        INSULATION=INSULATION,
        SLAB=SLAB,
        audited=audited,
        box=box,
        kept_books=kept_books,
        lively_weather=lively_weather,
        march=march,
        office_floor=office_floor,
        prepare=prepare,
        thermostat=thermostat,
        twins=twins,
        wall_room=wall_room,
    )


@pytest.fixture(scope="session")
def climate() -> Any:
    """A made-up year near Shanghai at 15 min."""
    return synthetic_climate().at_step(15)
