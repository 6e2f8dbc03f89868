"""Builders that the tests of the thermal engine share, and one way to drive the compiled march."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from buildings.thermal.discretisation import discretise
from buildings.thermal.network import TEMP_AIR, Block, Channel, Gain, Layer, Surface, Window, Zone
from buildings.thermal.reduction import ZoneModel, balanced_initial
from numpy.typing import NDArray

from buildings.thermal import kernel
from buildings.thermal.batch import (
    NO_COOLING,
    NO_HEATING,
    AirSide,
    ForcingTable,
    PackedBlock,
    initial_state,
    pack,
)
from buildings.thermal.glazing import Glazing

Array = NDArray[np.float64]
Block_ = tuple[ZoneModel, tuple[AirSide, ...]]

CONCRETE = Layer(0.20, 1.74, 2500.0, 920.0)
INSULATION = Layer(0.05, 0.03, 30.0, 1380.0)
GYPSUM = Layer(0.02, 0.33, 1050.0, 1050.0)
SLAB = Layer(0.12, 1.74, 2500.0, 920.0)
GAP = Layer(resistance=0.18)
GLASS = Glazing("glass", 2.7, 0.6)


@dataclass
class March:
    """One batch, ready to march or marched; series are (step, block, zone), of the end of each step."""

    batch: kernel.ThermalBatch
    state: kernel.ThermalState
    forcing: Array
    weather: Array
    dt: float
    place: NDArray[np.int32]
    work: kernel.Scratch
    totals: Array
    series: Array
    n_zones: int

    def run(self, first: int, last: int) -> March:
        """March steps first..last."""
        kernel.march(
            self.batch,
            self.state,
            self.forcing,
            self.weather,
            first,
            last,
            self.dt,
            self.work,
            self.totals,
            self.series,
        )
        return self

    def _of(self, column: int) -> Array:
        part = self.series[:, column]
        return np.stack([part[:, g, : self.n_zones, lane] for g, lane in self.place], axis=1)

    @property
    def temp(self) -> Array:
        """Air temperature at the end of each step [degC]."""
        return self._of(kernel.OUT_TEMP)

    @property
    def humidity(self) -> Array:
        """Humidity ratio at the end of each step [kg/kg]."""
        return self._of(kernel.OUT_HUMIDITY)

    @property
    def sensible(self) -> Array:
        """Heat of the plant over each step [W]."""
        return self._of(kernel.OUT_SENSIBLE)

    @property
    def latent(self) -> Array:
        """Latent heat taken out over each step [W]."""
        return self._of(kernel.OUT_LATENT)

    @property
    def radiant(self) -> Array:
        """Mean radiant temperature at the end of each step [degC]."""
        return self._of(kernel.OUT_RADIANT)

    def total(self, column: int) -> Array:
        """One total (block, zone)."""
        return np.stack([self.totals[g, column, : self.n_zones, lane] for g, lane in self.place])

    def states(self, block: int, n: int) -> Array:
        """Current state vector of a block whose air nodes number `n_zones`."""
        g, lane = self.place[block]
        return self.state.x[g, :n, lane].copy()


def prepare(
    blocks: Sequence[Block_],
    n: int,
    *,
    dt: float = 900.0,
    temp_out: float | Array = 0.0,
    humidity_out: float | Array = 0.005,
    density: float | Array = 1.2,
    series: Mapping[Any, float | Array] | None = None,
    start: float | Sequence[Array] = 20.0,
    humidity: float = 0.008,
    keep: bool = True,
) -> March:
    """Pack blocks of equal zone count under given weather; what `series` lacks is nought.

    `series` is keyed by a whole channel or by the kind of one ("solar", "gain", ...).
    """
    given = dict(series or {})
    table = ForcingTable(n)
    table.add(TEMP_AIR, np.broadcast_to(np.asarray(temp_out, float), (n + 1,)))
    wanted = [c for model, _ in blocks for c in model.channels] + [c for c in given if isinstance(c, tuple)]
    for channel in wanted:
        if channel not in table:
            values = np.asarray(given.get(channel, given.get(str(channel[0]), 0.0)), float)
            table.add(channel, values if values.ndim else np.full(n, float(values)))
    packed = [[PackedBlock(model, discretise(model, dt), air)] for model, air in blocks]
    batch, place = pack(packed, table)
    starts = [balanced_initial(m, start) for m, _ in blocks] if isinstance(start, float | int) else start
    groups, nz = batch.multiplier.shape[:2]
    weather = np.column_stack([np.broadcast_to(v, (n + 1,)) for v in (temp_out, humidity_out, density)])
    return March(
        batch=batch,
        state=initial_state(batch, packed, place, starts, humidity),
        forcing=table.values(),
        weather=np.ascontiguousarray(weather, dtype=float),
        dt=dt,
        place=place,
        work=kernel.scratch(batch.advance.shape[1] - nz, nz, batch.channel.shape[1]),
        totals=np.zeros((groups, kernel.N_TOTALS, nz, 8)),
        series=np.zeros((n if keep else 0, kernel.N_SERIES, groups, nz, 8)),
        n_zones=max(model.n_zones for model, _ in blocks),
    )


def march(blocks: Sequence[Block_], n: int, **options: Any) -> March:
    """`prepare` and run all steps."""
    return prepare(blocks, n, **options).run(0, n)


def thermostat(heat: float = -1000.0, cool: float = 1000.0, **air: Any) -> AirSide:
    """An air side with constant set-points and, unless said otherwise, an unlimited plant."""
    limits = {"heat_max": 1e12, "cool_max": 1e12} | air
    return AirSide(
        heating_setpoint=NO_HEATING if heat < -999.0 else ("setpoint", heat),
        cooling_setpoint=NO_COOLING if cool > 999.0 else ("setpoint", cool),
        **limits,
    )


def setpoints(*values: float) -> dict[Channel, float]:
    """Series of the set-points that `thermostat` names."""
    return {("setpoint", v): v for v in values}


def box(layers: tuple[Layer, ...], *, window: float = 0.0, capacity: float = 2e5, **surface: Any) -> Block:
    """A room of 8 m x 6 m x 2.7 m with the same layers on all sides; the window faces south."""
    sides = ((21.6, 90.0, 0.0), (16.2, 90.0, 90.0), (21.6 - window, 90.0, 180.0), (16.2, 90.0, 270.0))
    faces = [
        Surface(f"wall{i}", area, layers, 0, "outdoors", tilt, azimuth, **surface)
        for i, (area, tilt, azimuth) in enumerate(sides)
    ]
    faces.append(Surface("roof", 48.0, layers, 0, "outdoors", 0.0, 0.0, **surface))
    faces.append(Surface("floor", 48.0, layers, 0, "ground", 180.0))
    panes = (Window("south", window, GLASS, 0, 90.0, 180.0),) if window else ()
    return Block(
        (Zone("room", 129.6, 48.0, capacity),), tuple(faces), panes, (Gain(0, "all", 500.0, 0.5, 0.5),)
    )


def wall_room(layers: tuple[Layer, ...], *, boundary: Any = "outdoors", area: float = 10.0) -> Block:
    """Air behind one wall: the radiant star has one face and carries nothing."""
    return Block((Zone("air", 30.0, 12.0, 36e3),), (Surface("wall", area, layers, 0, boundary, 90.0, 180.0),))


def office_floor() -> Block:
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
        gains.append(Gain(i, "people", zone.floor_area * 7.0, 0.4, 0.6))
        gains.append(Gain(i, "light", zone.floor_area * 11.0, 0.4, 0.6))
    return Block(tuple(zones), tuple(surfaces), tuple(windows), tuple(gains))


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
    series = {
        "solar": sun,
        "beam": 0.4 * sun * clear,
        "diffuse": 60.0 * day,
        "sky": -40.0 * np.repeat(rng.uniform(0.3, 1.3, days), round(86400.0 / dt))[:n],
        "gain": work,
        "temp_ground": 16.0,
    }
    humidity = 0.009 + 0.007 * season + 0.001 * front / 3.0
    return {"temp_out": temp, "humidity_out": np.maximum(humidity, 0.001), "series": series, "work": work}


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
        CONCRETE=CONCRETE,
        GAP=GAP,
        GLASS=GLASS,
        GYPSUM=GYPSUM,
        INSULATION=INSULATION,
        SLAB=SLAB,
        box=box,
        lively_weather=lively_weather,
        march=march,
        office_floor=office_floor,
        prepare=prepare,
        setpoints=setpoints,
        thermostat=thermostat,
        wall_room=wall_room,
    )


@pytest.fixture(scope="session")
def climate() -> Any:
    """A made-up year near Shanghai at 15 min."""
    return synthetic_climate().at_step(15)


_FIGURES: list[str] = []


@pytest.fixture(scope="session")
def figure() -> Callable[[str], None]:
    """Note a measured figure; it is printed at the end of the test run."""
    return _FIGURES.append


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests measured."""
    if _FIGURES:
        terminalreporter.section("figures of the thermal engine")
        for line in _FIGURES:
            terminalreporter.write_line(line)
