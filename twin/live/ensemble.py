"""Members of the ensemble: a building many times side by side, each with states and parameters of its own.

All of them march in one call of the compiled kernel. Days are prepared at the filter's step as
`twin.zoom` does, one after the other; what the march moves is carried over midnight. Members come by eights,
so that a group of lanes holds eight whole buildings, row by row the same room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.thermal import layout as k
from buildings.thermal.enclosure import TEMP_OUTDOORS
from buildings.thermal.lanes import LANES
from twin.building_batch import EQUIPMENT_IN, LIGHTING_IN, PV_IN
from twin.going import Going, Standing
from twin.learning.stage import Stage
from twin.live.figures import Followed, followed
from twin.plant import prepare
from twin.project import Loaded
from twin.zoom import zoomed
from weather.errors import TwinError
from weather.psychrometrics import wet_bulb

Floats = NDArray[np.float64]
YEAR_MINUTES = 15
"""Step of the year's march that brings the building to where the filter begins [min]."""
_START_ROOM_K, _START_WALL_K, _START_HUMIDITY, _START_CHARGE = 1.0, 1.5, 0.1, 0.05
_CHARGE_WALK = 0.05
"""What a march may miss of a battery's charge in an hour [-]: a tenth of its power, for one of two hours."""
_CARRIED = ("temp", "humidity", "mean", "star", "mixed", "face", "modes", "pane")


@dataclass(frozen=True)
class Outdoors:
    """Outdoor air and sun of a step, as far as they were measured.

    Attributes
    ----------
    temp, humidity : float
        At the end of the step [degC], [kg/kg].
    sun : float
        Measured over expected global irradiance in the step [-].
    """

    temp: float
    humidity: float
    sun: float


class Ensemble:
    """A building, `members` times.

    Parameters
    ----------
    loaded : Loaded
        Of one building.
    day : int
        Day of the year (0 is the first) at whose midnight it begins.
    members : int
        A multiple of eight.
    minutes : int
        Step [min]; divides a quarter of an hour.
    seed : int
        Of all draws.

    Attributes
    ----------
    zones : tuple of str
    parameters : ndarray (Z, Q, N)
        Of rooms, in the order of `of_zones`; logarithms of factors.
    shared : ndarray (R, N)
        Of the building, in the order of `of_building`.
    step : int
        Steps since the first midnight.

    Raises
    ------
    TwinError
        More than one building, or members or minutes that do not fit.
    """

    def __init__(self, loaded: Loaded, day: int, *, members: int, minutes: int, seed: int) -> None:
        _refuse(loaded, members, minutes)
        self.members, self.minutes, self.seed, self.first_day = members, minutes, seed, day
        self.per_day = 1440 // minutes
        self.of_zones = tuple(one for one in followed() if one.per == "zone")
        self.of_building = tuple(one for one in followed() if one.per == "building")
        whole = loaded.project.model_copy(update={"timestep": float(YEAR_MINUTES), "event": None})
        year = prepare(whole, loaded.climate, cut_s=60.0 * minutes)
        groups, rows = year.batch.zone.shape[:2]
        none = np.zeros((1, 0)), np.zeros((k.N_SERIES, groups, rows, LANES))
        going = Going(Standing(year, 0, *none))
        going.to(day * 1440 // YEAR_MINUTES)
        self.year, self.days = going.plant, year.n_steps * YEAR_MINUTES // 1440
        description = year.prepared[0].description
        self.zones = tuple(year.prepared[0].place)
        self.areas = np.array([zone.floor_area for zone in description.zones])
        self.multipliers = np.array([float(zone.multiplier) for zone in description.zones])
        self.step = 0
        self._open(day, None)
        self._draw_start()

    # --- days -----------------------------------------------------------------------------------------

    def _open(self, day: int, old: Stage | None) -> None:
        """Lay the members of a day; of the first as the year stands, of others as they stand in `old`."""
        if day >= self.days:
            raise TwinError(
                f"the live twin has come to the end of the year {self.year.weather.times[0].year}.",
                "Begin anew with a project of the next year.",
                key="year",
                zh=("在线孪生已到达项目年份末尾。", "请用下一年份的项目重新开始。"),
            )
        quarters = 1440 // YEAR_MINUTES
        before = 0 if old is None else 1
        plant = zoomed(self.year, (day - before) * quarters, (day + 1) * quarters, self.minutes)
        self.stage = stage = Stage(plant, {0}, copies=self.members)
        first = before * self.per_day
        if old is None:
            stage.restart(0, 1)
        else:
            stage.begin_at(first, first + self.per_day, old.out[old.now - 1])
            self._carry(old, stage, first)
        self.day, self.plant = day, plant
        self._know_base()
        if old is not None:  # a step begins with the air that was measured at the end of the one before
            ends = [k.TEMP_OUT, k.HUMIDITY_OUT]  # other columns are those of whole steps
            stage.weather_table[stage.now, ends] = old.weather_table[old.now, ends]

    def _carry(self, old: Stage, new: Stage, first: int) -> None:
        """What the march moved; vehicles that stand at their chargers are found by their place."""
        for name in _CARRIED:
            getattr(new.state, name)[:] = getattr(old.state, name)
        new.soc[:] = old.soc
        new.buildings.electrical[:] = old.buildings.electrical
        new.equipment.nows[:] = old.equipment.nows
        for name in ("remaining_kwh", "spare_kwh"):
            standing = (new.arrival < first) & (new.departure > first)
            new.sessions[name][standing] = old.sessions[name][standing]

    def _know_base(self) -> None:
        """Figures that parameters scale, and columns of the room that members read for themselves."""
        stage, batch = self.stage, self.stage.batch
        groups, rows = batch.zone.shape[:2]
        if rows != len(self.zones) or groups * LANES != self.members:
            raise ValueError("members are not laid by eights, row by row the same room")
        self.base_zone = batch.zone.copy()
        self.base_face, self.base_pane = (
            part[:, :, :, [k.BEAM, k.DIFFUSE]].copy() for part in (batch.face, batch.pane)
        )
        self.base_plant, self.base_inputs = stage.buildings.plant.copy(), stage.buildings.inputs.copy()
        channels = self.plant.table.channels
        self._sunny = np.array([i for i, c in enumerate(channels) if _of_sun(c)], dtype=np.intp)
        self._outdoor_column = self.plant.table.column(TEMP_OUTDOORS) if TEMP_OUTDOORS in channels else -1
        own = 2 * rows * self.members
        forcing = stage.forcing
        wide = np.zeros((len(forcing), forcing.shape[1] + own))
        wide[:, : forcing.shape[1]] = forcing
        named = batch.zone_series[0, :, [k.HEATING_SETPOINT, k.COOLING_SETPOINT], 0]
        self._setpoints = forcing[:, named]  # (n, 2, Z)
        columns = forcing.shape[1] + np.arange(own).reshape(2, groups, rows, LANES)
        for which, series in enumerate((k.HEATING_SETPOINT, k.COOLING_SETPOINT)):
            batch.zone_series[:, :, series, :LANES] = columns[which]
            batch.zone_series[:, :, series, LANES] = -1
        self._own_columns, self._expected = slice(forcing.shape[1], None), forcing
        self.expected_weather = stage.weather_table.copy()
        stage.reads(wide, stage.weather_table)
        expected = self.plant.weather
        self._begin = stage.begin
        self.ghi = np.asarray(expected.ghi, dtype=float)[stage.begin :]
        self._expected_wet = stage.buildings.wet_bulb_out.copy()

    # --- lanes ----------------------------------------------------------------------------------------

    def by_member(self, lanes: Floats) -> Floats:
        """(G, Z, ..., L) of the batch as (Z, ..., N)."""
        turned = np.moveaxis(lanes, 0, -2)
        return np.ascontiguousarray(turned).reshape(*turned.shape[:-2], self.members)

    def by_lane(self, members: Floats) -> Floats:
        """(Z, ..., N) as (G, Z, ..., L)."""
        apart = members.reshape(*members.shape[:-1], -1, LANES)
        return np.moveaxis(apart, -2, 0)

    def of(self, name: str) -> Floats:
        """A parameter by its name, (Z, N) of rooms or (N,) of the building."""
        for i, one in enumerate(self.of_zones):
            if one.name == name:
                return self.parameters[:, i]
        return self.shared[[one.name for one in self.of_building].index(name)]

    def _draw_start(self) -> None:
        """Spread of rooms, walls, charge and parameters before anything is measured."""
        draw = np.random.default_rng((self.seed, 0))
        zones, n, state = len(self.zones), self.members, self.stage.state
        self.parameters = np.array(
            [one.start_sd * draw.standard_normal((zones, n)) for one in self.of_zones]
        ).transpose(1, 0, 2).copy()  # fmt: skip
        self.shared = np.array([one.start_sd * draw.standard_normal(n) for one in self.of_building])
        warmer = self.by_lane(_START_ROOM_K * draw.standard_normal((zones, n)))
        walls = self.by_lane(_START_WALL_K * draw.standard_normal((zones, n)))
        wetter = self.by_lane(np.exp(_START_HUMIDITY * draw.standard_normal((zones, n))))
        for name in ("temp", "mean", "star"):
            getattr(state, name)[:] += warmer
        state.humidity[:] *= wetter
        state.face[:, :, :, [k.FACE_IN, k.FACE_OUT]] += walls[:, :, None, None]
        state.pane[:] += walls[:, :, None, None]
        phi, p_out, p_in = (self.stage.batch.modes[:, :, :, i] for i in range(3))
        steady = np.divide(p_out + p_in, 1.0 - phi, out=np.zeros_like(phi), where=phi < 1.0)
        state.modes[:] += walls[:, :, None, None] * steady
        self.remember()
        if self.has_battery:
            soc = self.stage.soc[:, 0] + _START_CHARGE * draw.standard_normal(n)
            self.stage.soc[:, 0] = np.clip(soc, 0.0, 1.0)

    def remember(self) -> None:
        """Let faces remember what their walls' modes bring to the next step."""
        state, batch = self.stage.state, self.stage.batch
        state.face[:, :, :, k.MEMORY_OUT] = np.sum(batch.modes[:, :, :, 1] * state.modes, axis=3)
        state.face[:, :, :, k.MEMORY_IN] = np.sum(batch.modes[:, :, :, 2] * state.modes, axis=3)

    @property
    def has_battery(self) -> bool:
        """Whether there are cells whose charge is followed."""
        return float(self.stage.buildings.electrical["battery"]["capacity_kwh"][0]) > 0.0

    # --- a step ---------------------------------------------------------------------------------------

    def march(self, outdoors: Outdoors | None) -> Floats:
        """March all members by one step; returns what their buildings told, (N, N_OUTCOME).

        Parameters
        ----------
        outdoors : Outdoors or None
            None where nothing outside is known beyond what the project's weather expects.
        """
        if self.stage.now >= self.stage.last:
            self._open(self.day + 1, self.stage)
        self._wander()
        self._set_parameters()
        now = self.stage.now
        self._set_rows(now, outdoors)
        told = self.stage.march()
        self._add_unknown()
        self.step += 1
        return told

    def _wander(self) -> None:
        """Slow parameters take a step of their walk."""
        draw = np.random.default_rng((self.seed, 1, self.first_day * self.per_day + self.step))
        hours = self.minutes / 60.0
        for values, ones in (
            (self.parameters.transpose(1, 0, 2), self.of_zones),
            (self.shared, self.of_building),
        ):
            for value, one in zip(values, ones, strict=True):
                keep, sd = _pace(one, hours)
                value *= keep
                value += sd * draw.standard_normal(value.shape)
        if self.has_battery:
            self.stage.soc[:, 0] += _CHARGE_WALK * np.sqrt(hours) * draw.standard_normal(self.members)
            np.clip(self.stage.soc, 0.0, 1.0, out=self.stage.soc)

    def _set_parameters(self) -> None:
        """Write the members' parameters into their lanes and records."""
        batch, base = self.stage.batch, self.base_zone
        leaks, gains, sun = (self.by_lane(np.exp(self.of(name))) for name in ("infiltration", "gains", "sun"))
        for column in (k.INFILTRATION, k.INFILTRATION_KELVIN):
            batch.zone[:, :, column] = base[:, :, column] * leaks
        for first in (k.GAIN_CONVECTIVE, k.GAIN_RADIANT, k.GAIN_MOISTURE):
            columns = slice(first, first + k.N_GAINS)
            batch.zone[:, :, columns] = base[:, :, columns] * gains[:, :, None]
        both = [k.BEAM, k.DIFFUSE]
        batch.face[:, :, :, both] = self.base_face * sun[:, :, None, None]
        batch.pane[:, :, :, both] = self.base_pane * sun[:, :, None, None]
        plant, ratio = self.stage.buildings.plant, self.base_plant
        heating = np.exp(self.of("heating_ratio"))
        plant["cooling"]["ratio"] = ratio["cooling"]["ratio"] * np.exp(self.of("cooling_ratio"))
        plant["heating"]["ratio"] = ratio["heating"]["ratio"] * heating
        plant["boiler_efficiency"] = ratio["boiler_efficiency"] * heating

    def _set_rows(self, now: int, outdoors: Outdoors | None) -> None:
        """Write what members read in the step: set-points, loads, and what is measured outside."""
        stage = self.stage
        off = self.by_lane(self.of("setpoint"))
        wished = self._setpoints[now]
        stage.forcing[now, self._own_columns] = (wished[:, None, :, None] + off).ravel()
        inputs = stage.buildings.inputs[now]
        plugs = np.exp(self.of("plugs"))
        for column in (LIGHTING_IN, EQUIPMENT_IN):
            inputs[:, column] = self.base_inputs[now, :, column] * plugs
        inputs[:, PV_IN] = self.base_inputs[now, :, PV_IN] * np.exp(self.of("pv"))
        if outdoors is not None:
            self._set_outdoors(now, outdoors)

    def _set_outdoors(self, now: int, outdoors: Outdoors) -> None:
        stage, table = self.stage, self.stage.weather_table
        rise = outdoors.temp - self.expected_weather[now + 1, k.TEMP_OUT]
        table[now + 1, k.TEMP_OUT], table[now + 1, k.HUMIDITY_OUT] = outdoors.temp, outdoors.humidity
        kelvin = self.expected_weather[now, k.TEMP_OUT] + k.KELVIN
        table[now, k.DENSITY_OUT] = self.expected_weather[now, k.DENSITY_OUT] * kelvin / (kelvin + rise)
        table[now, k.TEMP_SKY] = self.expected_weather[now, k.TEMP_SKY] + rise
        middle = 0.5 * (
            table[now, [k.TEMP_OUT, k.HUMIDITY_OUT]] + table[now + 1, [k.TEMP_OUT, k.HUMIDITY_OUT]]
        )
        if self._outdoor_column >= 0:
            stage.forcing[now, self._outdoor_column] = middle[0]
        pressure = stage.buildings.pressure[now]
        stage.buildings.wet_bulb_out[now] = float(wet_bulb(middle[0], middle[1], pressure))
        stage.forcing[now, self._sunny] = self._expected[now, self._sunny] * outdoors.sun
        stage.buildings.inputs[now, :, PV_IN] *= outdoors.sun

    def _add_unknown(self) -> None:
        """Heat and moisture that the model does not know, into the air of rooms."""
        state, zone = self.stage.state, self.base_zone
        seconds, areas = 60.0 * self.minutes, self.areas[:, None]
        heat = self.by_lane(self.of("heat") * areas)
        water = self.by_lane(self.of("moisture") * areas / 3.6e6)
        state.temp[:] += heat * seconds / zone[:, :, k.CAPACITY]
        state.humidity[:] = np.maximum(state.humidity + water * seconds / zone[:, :, k.AIR_MASS], 1e-4)

    @property
    def expected_outdoors(self) -> tuple[Floats, Floats, float]:
        """Outdoor temperature and humidity ratio at both ends of the next step, sun in it [W/m2]."""
        if self.stage.now >= self.stage.last:
            self._open(self.day + 1, self.stage)
        now = self.stage.now
        rows = self.expected_weather[now : now + 2]
        return rows[:, k.TEMP_OUT], rows[:, k.HUMIDITY_OUT], float(self.ghi[now])

    @property
    def setpoints(self) -> Floats:
        """Heating and cooling set-points of rooms in the last step as described, (2, Z) [degC]."""
        rows: Floats = self._setpoints[max(self.stage.now - 1, 0)]
        return rows

    @property
    def pressure(self) -> float:
        """Outdoor air pressure of the last step [Pa]."""
        return float(self.stage.buildings.pressure[max(self.stage.now - 1, 0)])

    # --- what is kept ---------------------------------------------------------------------------------

    def kept(self) -> dict[str, np.ndarray]:
        """Arrays from which it goes on as if nothing had happened."""
        stage = self.stage
        found: dict[str, Any] = {name: getattr(stage.state, name) for name in _CARRIED}
        found |= {name: stage.sessions[name][stage.touched] for name in ("remaining_kwh", "spare_kwh")}
        before = max(stage.now - 1, 0)
        found |= {
            "soc": stage.soc, "electrical": stage.buildings.electrical, "nows": stage.equipment.nows,
            "before": stage.out[before], "parameters": self.parameters, "shared": self.shared,
            "outdoor_row": stage.weather_table[stage.now],
            "clock": np.array([self.day, stage.now, self.step]),
        }  # fmt: skip
        return found

    def go_on(self, kept: dict[str, np.ndarray]) -> None:
        """Put back what `kept` told."""
        day, now, self.step = (int(part) for part in kept["clock"])
        if day != self.day:
            self._open(day, self.stage)
        stage = self.stage
        stage.now = now
        for name in _CARRIED:
            getattr(stage.state, name)[:] = kept[name]
        for name in ("remaining_kwh", "spare_kwh"):
            stage.sessions[name][stage.touched] = kept[name]
        stage.soc[:], stage.buildings.electrical[:] = kept["soc"], kept["electrical"]
        stage.equipment.nows[:] = kept["nows"]
        if now > 0:
            stage.out[now - 1] = kept["before"]
        stage.weather_table[now] = kept["outdoor_row"]
        self.parameters, self.shared = kept["parameters"].copy(), kept["shared"].copy()


def _pace(one: Followed, hours: float) -> tuple[float, float]:
    """What stays of a parameter in a step, and the standard deviation of what is added."""
    if one.hours is None:
        return 1.0, one.walk_sd * float(np.sqrt(hours / 24.0))
    keep = float(np.exp(-hours / one.hours))
    return keep, one.walk_sd * float(np.sqrt(1.0 - keep**2))


def _of_sun(channel: tuple[Any, ...]) -> bool:
    return channel[0] == "solar" or (
        channel[0] == "pane" and channel[1] in ("beam", "diffuse", "heat_out", "heat_in")
    )


def _refuse(loaded: Loaded, members: int, minutes: int) -> None:
    if len(loaded.project.buildings) != 1:
        raise TwinError(
            f"the live twin follows one building, and the project has {len(loaded.project.buildings)}.",
            "Write a project of the building alone.",
            key="buildings",
            zh=(
                f"在线孪生跟随单栋建筑，而项目有 {len(loaded.project.buildings)} 栋。",
                "请为该建筑单独写一个项目。",
            ),
        )
    if members < LANES or members % LANES:
        raise TwinError(
            f"{members} members cannot march by eights.",
            "Use a multiple of 8, such as 40.",
            key="--members",
            zh=(f"成员数 {members} 不是 8 的倍数。", "请用 8 的倍数，例如 40。"),
        )
    if minutes < 1 or YEAR_MINUTES % minutes:
        raise TwinError(
            f"a step of {minutes} min does not divide a quarter of an hour.",
            "Use 1, 5 or 15.",
            key="--step",
            zh=(f"步长 {minutes} 分钟不能整除一刻钟。", "请用 1、5 或 15。"),
        )
