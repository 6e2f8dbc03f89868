"""One controller object, either engine: EnergyPlus while it runs, or the fast engine.

The controller sees `ZoneObservation`s and answers `ZoneActions`; it cannot tell which engine asks. Both
engines ask it at the start of each of its intervals with the state of that moment, and hold its answer until
the next.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import Project
from buildings.energyplus import Orders, Readings, run_coupled
from buildings.thermal.blocks import equipment_channel
from buildings.thermal.kernel import march
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import (
    COOLING_SETPOINT,
    GAIN,
    HEATING_SETPOINT,
    N_GAINS,
    N_SERIES,
    N_TOTALS,
    OUT_LATENT,
    OUT_SENSIBLE,
    scratch,
)
from controllers.protocol import ZoneActions, ZoneController, ZoneObservation
from twin.plant import Plant, prepare
from weather.climate_year import ClimateYear
from weather.errors import TwinError

Floats = NDArray[np.float64]
_NEVER_HEAT_C, _NEVER_COOL_C = -1000.0, 1000.0


@dataclass(frozen=True, eq=False)
class Driven:
    """What a controller saw and ordered, interval by interval.

    Attributes
    ----------
    engine : {"fast", "energyplus"}
    temp_air_c : DataFrame (intervals, zones)
        At the start of each interval [degC].
    heating_setpoint_c, cooling_setpoint_c : DataFrame (intervals, zones)
        As ordered; NaN where left to the schedule.
    outdoor_temp_c, electricity_kw : Series (intervals,)
    calls : int
    controller_s, exchange_s, engine_s : float
        CPU time of the controller's answers, of handing data to and fro, and of the engine [s]. The engine's
        own time counts in the exchange where that happens inside it (EnergyPlus).
    sensible_kw, latent_kw : DataFrame (steps, zones) or None
        Heat to the zones and latent cooling by step, where the engine gives them.
    """

    engine: str
    temp_air_c: pd.DataFrame
    heating_setpoint_c: pd.DataFrame
    cooling_setpoint_c: pd.DataFrame
    outdoor_temp_c: pd.Series
    electricity_kw: pd.Series
    calls: int
    controller_s: float
    exchange_s: float
    engine_s: float
    sensible_kw: pd.DataFrame | None = None
    latent_kw: pd.DataFrame | None = None

    @property
    def overhead(self) -> float:
        """Share that asking the controller adds to the engine's time [1]."""
        return (self.controller_s + self.exchange_s) / self.engine_s if self.engine_s > 0.0 else math.nan


@dataclass
class _Diary:
    """Observations and actions as they come."""

    controller: ZoneController
    times: list[datetime] = field(default_factory=list)
    seen: list[ZoneObservation] = field(default_factory=list)
    done: list[ZoneActions] = field(default_factory=list)
    seconds: float = 0.0

    def ask(self, observation: ZoneObservation) -> ZoneActions:
        begin = time.process_time()
        actions = self.controller.act(observation)
        self.seconds += time.process_time() - begin
        _check(actions, observation)
        self.seen.append(observation)
        self.done.append(actions)
        return actions

    def driven(
        self, engine: str, zones: Sequence[str], exchange_s: float, engine_s: float,
        sensible: pd.DataFrame | None = None, latent: pd.DataFrame | None = None,
    ) -> Driven:  # fmt: skip
        index = pd.DatetimeIndex([o.time for o in self.seen])

        def ordered(name: str) -> pd.DataFrame:
            rows = [
                np.full(len(zones), np.nan) if getattr(a, name) is None else getattr(a, name)
                for a in self.done
            ]
            return pd.DataFrame(np.array(rows).reshape(len(rows), len(zones)), index, list(zones))

        return Driven(
            engine=engine,
            temp_air_c=pd.DataFrame([o.temp_air_c for o in self.seen], index, list(zones)),
            heating_setpoint_c=ordered("heating_setpoint_c"),
            cooling_setpoint_c=ordered("cooling_setpoint_c"),
            outdoor_temp_c=pd.Series([o.outdoor_temp_c for o in self.seen], index),
            electricity_kw=pd.Series([o.electricity_kw for o in self.seen], index),
            calls=len(self.seen),
            controller_s=self.seconds,
            exchange_s=exchange_s,
            engine_s=engine_s,
            sensible_kw=sensible,
            latent_kw=latent,
        )


def _check(actions: ZoneActions, observation: ZoneObservation) -> None:
    """Refuse what neither engine could follow, in the same words for both."""
    n = len(observation.zones)
    for name in ("heating_setpoint_c", "cooling_setpoint_c", "available", "equipment_factor"):
        values = getattr(actions, name)
        if values is None:
            continue
        array = np.asarray(values, dtype=float)
        if array.shape != (n,) or np.isinf(array).any():
            raise TwinError(
                f"the controller ordered {name} of shape {array.shape} for {n} zones"
                f"{' with infinite values' if array.shape == (n,) else ''}.",
                "Give one finite value or NaN for each zone.",
                key=name,
            )
    factor = actions.equipment_factor
    if factor is not None and np.any(np.asarray(factor) < 0.0):
        raise TwinError(
            "the controller ordered a negative equipment_factor.", "Give 0 or more.", key="equipment_factor"
        )


# --- EnergyPlus -----------------------------------------------------------------------------------------


def drive_energyplus(
    idf: str | Path,
    epw: str | Path,
    controller: ZoneController,
    out: str | Path,
    *,
    year: int = 2025,
    time_zone: str = "Asia/Shanghai",
    zones: Sequence[str] | None = None,
    accepted: tuple[str, ...] = (),
) -> Driven:
    """Run a model in EnergyPlus under a controller.

    Parameters
    ----------
    idf, epw, out : path-like
        Model, weather, folder of the outputs; see `buildings.energyplus.run_idf`.
    controller : ZoneController
    year : int
        Calendar year of the stamps: EnergyPlus counts days of a year without a name.
    time_zone : str
        Zone of the stamps, in standard time.
    zones : sequence of str, optional
        Zones to read and order; default all.
    accepted : tuple of str
        Words of severe errors that count as warnings.

    Raises
    ------
    TwinError
        See `run_coupled`. What the controller raises goes through unchanged.
    """
    diary = _Diary(controller)
    names: list[str] = []

    def act(readings: Readings) -> Orders:
        names[:] = readings.zones
        stamp = pd.Timestamp(
            year=year, month=readings.month, day=readings.day, hour=readings.hour, minute=readings.minute,
            tz=time_zone,
        )  # fmt: skip
        seen = ZoneObservation(
            time=stamp.to_pydatetime(),
            zones=readings.zones,
            temp_air_c=readings.temp_air,
            humidity_ratio=readings.humidity_ratio,
            outdoor_temp_c=readings.temp_outdoor,
            electricity_kw=1e-3 * readings.electricity,
        )
        actions = diary.ask(seen)
        return Orders(
            actions.heating_setpoint_c,
            actions.cooling_setpoint_c,
            actions.available,
            actions.equipment_factor,
        )

    coupled = run_coupled(
        idf, epw, out, act, interval_min=controller.interval_min, zones=zones, accepted=accepted
    )
    return diary.driven("energyplus", names, coupled.exchange_s, coupled.output.cpu_s)


# --- the fast engine ------------------------------------------------------------------------------------


def drive_fast(
    project: Project,
    climate: ClimateYear,
    controller: ZoneController,
    *,
    first: tuple[int, int] = (1, 1),
    last: tuple[int, int] = (12, 31),
) -> Driven:
    """March the zones of a project's first building under a controller, with ideal plant.

    Parameters
    ----------
    project : Project
    climate : ClimateYear
    controller : ZoneController
    first, last : (month, day)
        Days under control, both included; the days before are marched by the schedules.

    Raises
    ------
    TwinError
        A project that cannot be prepared, or orders that cannot be followed.
    """
    alone = project.model_copy(update={"buildings": project.buildings[:1], "event": None})
    plant = prepare(alone, climate)
    per = _steps(controller, plant)
    zones = _Zones(plant)
    begin, end = _days(plant, first, last)
    diary, steps = _Diary(controller), plant.n_steps
    groups, rows, _, lanes = plant.batch.zone.shape
    series, totals = (
        np.zeros((steps, N_SERIES, groups, rows, lanes)),
        np.zeros((groups, N_TOTALS, rows, lanes)),
    )
    work = scratch(plant.batch)

    def go(a: int, b: int) -> float:
        started = time.process_time()
        march(
            plant.batch, plant.state, zones.forcing, plant.weather_table, a, b, plant.dt_s, work, totals,
            series,
        )  # fmt: skip
        return time.process_time() - started

    go(0, begin)
    exchange = busy = 0.0
    for k in range(begin, end, per):
        handing = time.process_time()
        before = diary.seconds
        zones.order(k, min(k + per, end), diary.ask(zones.observe(k)))
        exchange += time.process_time() - handing - (diary.seconds - before)
        busy += go(k, min(k + per, end))
    times = plant.weather.times[begin:end]

    def table(column: int) -> pd.DataFrame:
        return pd.DataFrame(
            {z: 1e-3 * series[begin:end, column, g, r, lane] for z, (g, r, lane) in zones.place.items()},
            times,
        )

    return diary.driven("fast", zones.names, exchange, busy, table(OUT_SENSIBLE), table(OUT_LATENT))


def _steps(controller: ZoneController, plant: Plant) -> int:
    steps = controller.interval_min * 60.0 / plant.dt_s
    if steps < 1.0 - 1e-9 or abs(steps - round(steps)) > 1e-9:
        raise TwinError(
            f"the controller wakes every {controller.interval_min:g} min, the model steps every "
            f"{plant.dt_s / 60.0:g} min.",
            "Let the interval be a multiple of the step.",
            key="interval_min",
        )
    return round(steps)


def _days(plant: Plant, first: tuple[int, int], last: tuple[int, int]) -> tuple[int, int]:
    times = plant.weather.times
    found = []
    for month, day in (first, last):
        steps = np.flatnonzero((times.month == month) & (times.day == day))
        if not len(steps):
            raise TwinError(f"there is no day {month:02d}-{day:02d}.", "Give a day of the year.", key="days")
        found.append(steps)
    if found[1][-1] < found[0][0]:
        raise TwinError("the last day lies before the first.", "Give the days in order.", key="days")
    return int(found[0][0]), int(found[1][-1]) + 1


class _Zones:
    """Zones of a plant with series of their own, so that each can be ordered apart."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.place = dict(plant.prepared[0].place)
        self.names = tuple(self.place)
        n, columns = plant.forcing.shape
        zones = plant.prepared[0].description.zones
        self.forcing = np.hstack([plant.forcing, np.zeros((n, 3 * len(self.names)))])
        self.scheduled = np.zeros((n, 3, len(self.names)))
        self.equipment: list[bool] = []
        series = plant.batch.zone_series
        series[..., LANES] = -1  # from here on no series is shared by the lanes
        for i, zone in enumerate(zones):
            g, z, lane = self.place[zone.name]
            rows = [HEATING_SETPOINT, COOLING_SETPOINT]
            channel = equipment_channel(plant.prepared[0].description.name, zone)
            own = [
                GAIN + j
                for j in range(N_GAINS)
                if channel in plant.table and series[g, z, GAIN + j, lane] == plant.table.column(channel)
            ]
            self.equipment.append(bool(own))
            for j, row in enumerate([*rows, *own[:1]]):
                self.scheduled[:, j, i] = plant.forcing[:, series[g, z, row, lane]]
                at = columns + 3 * i + j
                series[g, z, row, lane] = at
                self.forcing[:, at] = self.scheduled[:, j, i]
        self.first = columns

    def observe(self, k: int) -> ZoneObservation:
        p = self.plant
        where = tuple(np.array([self.place[name] for name in self.names]).T)
        return ZoneObservation(
            time=p.weather.times[k].to_pydatetime(),
            zones=self.names,
            temp_air_c=p.state.temp[where].copy(),
            humidity_ratio=p.state.humidity[where].copy(),
            outdoor_temp_c=float(p.weather.temp_air[k]),
            electricity_kw=math.nan,
        )

    def order(self, a: int, b: int, actions: ZoneActions) -> None:
        """Lay the actions of steps a to b into the series."""
        scheduled = self.scheduled[a:b]
        heat = _or_schedule(actions.heating_setpoint_c, scheduled[:, 0])
        cool = _or_schedule(actions.cooling_setpoint_c, scheduled[:, 1])
        if actions.available is not None:
            off = np.asarray(actions.available) == 0.0
            heat, cool = np.where(off, _NEVER_HEAT_C, heat), np.where(off, _NEVER_COOL_C, cool)
        power = scheduled[:, 2]
        if actions.equipment_factor is not None:
            factor = np.asarray(actions.equipment_factor, dtype=float)
            for i, name in enumerate(self.names):
                if not np.isnan(factor[i]) and not self.equipment[i]:
                    raise TwinError(
                        f"zone '{name}' has no electric equipment.", "Order NaN for it.", key=name
                    )
            power = power * np.where(np.isnan(factor), 1.0, factor)
        for j, values in enumerate((heat, cool, power)):
            self.forcing[a:b, self.first + j :: 3] = values


def _or_schedule(ordered: Floats | None, scheduled: Floats) -> Floats:
    if ordered is None:
        return scheduled
    return np.where(np.isnan(ordered), scheduled, ordered)
