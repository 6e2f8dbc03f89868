"""The filter: a step of the ensemble, what sensors say of it, and books of what they moved.

Between two steps readings move states: air, walls, moisture, charge. These increments are no physics; they
are booked as what they are, beside the heat and the moisture that the model does not know. Inside a step all
balances of the march hold as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal import layout as k
from twin.live.analysis import Weights, analyse, applied
from twin.live.ensemble import Ensemble, Outdoors
from twin.live.figures import Sensor, sensors
from twin.power_columns import (
    BATTERY_CHARGE,
    BATTERY_DISCHARGE,
    BATTERY_SOC,
    COLUMNS,
    GRID_EXPORT,
    GRID_IMPORT,
)
from weather.errors import TwinError
from weather.psychrometrics import humidity_ratio_from_relative_humidity, relative_humidity

Floats = NDArray[np.float64]
BOOKS = ("air_kwh", "walls_kwh", "unknown_kwh", "moisture_kg", "unknown_kg", "battery_kwh")
"""Books of increments: of rooms' air and walls, heat and water that the model does not know, cells."""
_SUNLESS = 20.0
"""Expected irradiance below which the ratio of measured to expected means nothing [W/m2]."""
_SUN_MOST = 3.0
_OUTDOOR_MINUTES = 10.0
"""Time over which outdoor sensors are averaged [min]; errors of 0.3 K would else enter each step."""
_MACHINES = ("heating_kw", "cooling_kw")
_LASTING_HOURS = 1.0
"""Time that learned errors last [h]: visitors and switching go on, and an hour's readings count as one."""
_LEARN_HOURS = 24.0
"""Time over which errors of meters are learned [h]: all hours of a day count alike."""


@dataclass(frozen=True)
class Estimate:
    """What the filter says of a step, after its readings.

    Attributes
    ----------
    mean, sd : (n,)
        By `Filter.columns`.
    innovation, expected_sd : (P,)
        Reading less expected and the standard deviation that it should have, by `Filter.heard`; NaN where
        silent.
    outlying : int
        Readings so far off that they counted for less.
    """

    mean: Floats
    sd: Floats
    innovation: Floats
    expected_sd: Floats
    outlying: int


class Filter:
    """An ensemble that listens to sensors.

    Parameters
    ----------
    ensemble : Ensemble
    points : sequence of str
        Columns of the readings, named as `twin.meters` does: `ZONE/temp_air_c`,
        `ZONE/relative_humidity_pct`, columns of `twin.power_columns`, `net_import_kw`, `battery_soc`; of the
        weather `temp_air`, `relative_humidity` [%] and `ghi`.

    Attributes
    ----------
    columns : tuple of str
        What is estimated: rooms' `temp_air_c` and `humidity_ratio`; what was expected of the building's
        heard columns and of heating and cooling; set-points as described, beyond 90 degC where off;
        `battery_soc`, then parameters.
    heard : tuple of str
        Points of innovations, those of rooms first.
    books : ndarray (2, len(BOOKS))
        Sums of increments with their sign, and without.

    Raises
    ------
    TwinError
        A point that the twin does not have.
    """

    def __init__(self, ensemble: Ensemble, points: Sequence[str]) -> None:
        self.ensemble, self.points = ensemble, tuple(points)
        _refuse_unknown(self.points, ensemble.zones)
        self._zone_kinds = tuple(sensors("zone").values())
        kinds, zones = tuple(sensors("zone")), ensemble.zones
        self._rooms = np.array([[self._at(f"{zone}/{kind}") for kind in kinds] for zone in zones])
        meters = [name for name in sensors("building") if name in self.points]
        self._meters = np.array([self._at(name) for name in meters], dtype=np.intp)
        self._meter_kinds: list[Sensor] = [sensors("building")[name] for name in meters]
        self._outside = [self._at(name) for name in ("temp_air", "relative_humidity", "ghi")]
        self.heard = (*(f"{zone}/{kind}" for zone in zones for kind in kinds), *meters)
        self._meter_names = meters
        told = ("temp_air_c", "humidity_ratio")
        self.columns = (
            *(f"{zone}/{name}" for name in told for zone in zones),
            *("battery_soc expected" if name == "battery_soc" else name for name in meters),
            *(f"{name} expected" for name in _MACHINES),
            *(f"{zone}/{kind}_setpoint_c" for kind in ("heating", "cooling") for zone in zones),
            *(("battery_soc",) if ensemble.has_battery else ()),
            *(f"{zone}/{one.name}" for one in ensemble.of_zones for zone in zones),
            *(one.name for one in ensemble.of_building),
        )
        self.learned = np.zeros(len(meters))
        self.outdoor_offset = np.array([np.nan, np.nan, 1.0])
        self.books = np.zeros((2, len(BOOKS)))
        self.far_suns = 0

    def _at(self, point: str) -> int:
        return self.points.index(point) if point in self.points else -1

    # --- a step ---------------------------------------------------------------------------------------

    def step(self, readings: Floats) -> Estimate:
        """March one step and listen to what was read at its end.

        Parameters
        ----------
        readings : (P,)
            By `points`: means over the step, but for states of building and rooms at its end and those of
            the weather at its start; NaN where nothing was read.
        """
        row = np.append(np.asarray(readings, dtype=float), np.nan)  # -1 is a point that nobody reads
        ensemble = self.ensemble
        told = ensemble.march(self._outdoors(row))
        self._book_unknown()
        zones = self._listen_rooms(row)
        building, columns = self._listen_meters(row, told)
        mean, sd = self._estimates(np.concatenate([columns, self._described(told)]))
        return Estimate(
            mean,
            sd,
            np.concatenate([zones.innovation.ravel(), building.innovation.ravel()]),
            np.concatenate([zones.spread.ravel(), building.spread.ravel()]),
            int(zones.outlying.sum() + building.outlying.sum()),
        )

    def _outdoors(self, row: Floats) -> Outdoors | None:
        """Outdoor air and sun as read; while sensors are silent, as far from the expected as they were."""
        temp, relative, sun = (float(row[at]) for at in self._outside)
        if max(self._outside) < 0:
            return None
        warm, humid, bright = self.ensemble.expected_outdoors
        share = -np.expm1(-self.ensemble.minutes / _OUTDOOR_MINUTES)
        offset = self.outdoor_offset
        if np.isfinite(temp):
            away = temp - warm[0]
            offset[0] = away if np.isnan(offset[0]) else offset[0] + share * (away - offset[0])
        air = warm + np.nan_to_num(offset[0])  # at both ends
        if np.isfinite(relative):
            relative, pressure = min(max(relative, 0.0), 100.0), self.ensemble.pressure
            ratio = float(humidity_ratio_from_relative_humidity(air[0], relative, pressure))
            away = ratio - humid[0]
            offset[1] = away if np.isnan(offset[1]) else offset[1] + share * (away - offset[1])
        if np.isfinite(sun) and bright >= _SUNLESS:
            ratio = max(sun, 0.0) / bright
            self.far_suns += ratio > _SUN_MOST
            offset[2] = min(ratio, _SUN_MOST)
        wet = max(float(humid[1] + np.nan_to_num(offset[1])), 1e-4)
        return Outdoors(float(air[1]), wet, float(offset[2]))

    def _listen_rooms(self, row: Floats) -> Weights:
        """Rooms' sensors move air, walls and parameters of their room."""
        ensemble, state = self.ensemble, self.ensemble.stage.state
        temp, humidity = ensemble.by_member(state.temp), ensemble.by_member(state.humidity)
        relative = np.asarray(relative_humidity(temp, humidity, ensemble.pressure))
        readings = row[self._rooms]
        variance = np.array([[kind.sd**2 for kind in self._zone_kinds]] * len(readings))
        expected = np.stack([temp, relative], axis=1)
        weights = analyse(expected, readings, variance, ensemble.parameters)
        if np.isfinite(readings).any():
            self._move_rooms(weights.matrix)
        return weights

    def _move_rooms(self, matrix: Floats) -> None:
        """Move the states of all rooms by their weights, and book it."""
        ensemble, state = self.ensemble, self.ensemble.stage.state
        zones = len(ensemble.zones)
        moving = (k.FACE_IN, k.FACE_OUT, k.MEMORY_IN, k.MEMORY_OUT)
        faces = state.face[:, :, :, moving]
        parts = [state.temp, state.humidity, state.mean, state.star, faces, state.modes, state.pane]
        flat = [ensemble.by_member(part).reshape(zones, -1, ensemble.members) for part in parts]
        moved = applied(np.concatenate(flat, axis=1), matrix)
        first = 0
        for i, (part, one) in enumerate(zip(parts, flat, strict=True)):
            rows = moved[:, first : first + one.shape[1]]
            first += one.shape[1]
            if i in (0, 1, 5):
                self._book_moved(i, (rows - one).mean(axis=2))
            if i == 1:
                rows = np.maximum(rows, 1e-4)
            lanes = ensemble.by_lane(rows.reshape(zones, *part.shape[2:-1], ensemble.members))
            if i == 4:
                state.face[:, :, :, moving] = lanes
            else:
                part[:] = lanes

    def _book_moved(self, part: int, rise: Floats) -> None:
        """Book what readings moved: air [K], water [kg/kg] or modes of walls, (Z, n), means of members."""
        ensemble = self.ensemble
        zone, times = ensemble.base_zone[0], ensemble.multipliers
        if part == 0:
            self._book("air_kwh", rise[:, 0] * zone[:, k.CAPACITY, 0] * times / 3.6e6)
        elif part == 1:
            self._book("moisture_kg", rise[:, 0] * zone[:, k.AIR_MASS, 0] * times)
        else:
            self._book("walls_kwh", (rise * self._mode_heat).sum(axis=1) * times / 3.6e6)

    @property
    def _mode_heat(self) -> Floats:
        """Heat that a mode of a wall gives back until it has died away [J], (Z, F * R)."""
        batch = self.ensemble.stage.batch
        phi, p_out, p_in = (batch.modes[0, :, :, i, :, 0] for i in range(3))
        shared = np.arange(phi.shape[1])[None, :] < batch.n_shared[0][:, None]
        pull = p_in + np.where(shared[:, :, None], 0.0, p_out)
        area = batch.face[0, :, :, k.AREA, 0]
        left = np.divide(pull, 1.0 - phi, out=np.zeros_like(phi), where=phi < 1.0)
        heat = area[:, :, None] * left * 60.0 * self.ensemble.minutes
        return np.asarray(heat.reshape(len(phi), -1))

    def _book_unknown(self) -> None:
        ensemble = self.ensemble
        hours, areas = ensemble.minutes / 60.0, ensemble.areas * ensemble.multipliers
        self._book("unknown_kwh", ensemble.of("heat").mean(axis=1) * areas * hours / 1e3)
        self._book("unknown_kg", ensemble.of("moisture").mean(axis=1) * areas * hours / 1e3)

    def _book(self, name: str, amounts: Floats) -> None:
        at = BOOKS.index(name)
        self.books[0, at] += amounts.sum()
        self.books[1, at] += np.abs(amounts).sum()

    def _listen_meters(self, row: Floats, told: Floats) -> tuple[Weights, Floats]:
        """Meters move charge and parameters of the building; returns what members expected, (P, N)."""
        ensemble = self.ensemble
        columns = np.array([_column(told, name) for name in self._meter_names])
        columns = columns.reshape(len(self._meter_names), ensemble.members)
        readings = row[self._meters]
        own = np.array([one.sd**2 for one in self._meter_kinds])
        share = np.array([one.share for one in self._meter_kinds])
        fresh = own + (share * np.nan_to_num(readings)) ** 2
        lasting = max(60.0 * _LASTING_HOURS / ensemble.minutes, 1.0)
        variance = fresh + lasting * self.learned
        free = np.concatenate([ensemble.shared, ensemble.stage.soc.T])[None]
        moving = np.where([one.listen for one in self._meter_kinds], readings, np.nan)
        weights = analyse(columns[None], moving[None], variance[None], free)
        known = columns.var(axis=1, ddof=1) + fresh
        told_only = np.isfinite(readings) & np.isnan(moving)
        weights.innovation[0, told_only] = (readings - columns.mean(axis=1))[told_only]
        weights.spread[0, told_only] = np.sqrt(known[told_only])
        ensemble.shared = np.ascontiguousarray(free[0, :-1])
        if ensemble.has_battery:
            moved = np.clip(free[0, -1], 0.0, 1.0)
            capacity = float(ensemble.stage.buildings.electrical["battery"]["capacity_kwh"][0])
            self._book("battery_kwh", np.array([(moved - ensemble.stage.soc[:, 0]).mean() * capacity]))
            ensemble.stage.soc[:, 0] = moved
        self._learn(weights.innovation[0], known)
        return weights, columns

    def _described(self, told: Floats) -> Floats:
        """Heating and cooling that members expected, and set-points as described, (n, N)."""
        ensemble = self.ensemble
        wished = ensemble.setpoints.reshape(-1, 1)
        machines = told[:, [COLUMNS.index(name) for name in _MACHINES]].T
        return np.concatenate([machines, np.broadcast_to(wished, (len(wished), ensemble.members))])

    def _learn(self, innovation: Floats, known: Floats) -> None:
        """What residuals show beyond what members and the meter's class explain is learned as its error."""
        rate = -np.expm1(-self.ensemble.minutes / 60.0 / _LEARN_HOURS)
        heard = np.isfinite(innovation) & np.array([one.learn for one in self._meter_kinds], dtype=bool)
        beyond = np.maximum(innovation[heard] ** 2 - known[heard], 0.0)
        self.learned[heard] += rate * (beyond - self.learned[heard])

    def _estimates(self, meters: Floats) -> tuple[Floats, Floats]:
        ensemble, state = self.ensemble, self.ensemble.stage.state
        parts = [
            ensemble.by_member(state.temp),
            ensemble.by_member(state.humidity),
            meters,
            *([ensemble.stage.soc.T] if ensemble.has_battery else []),
            ensemble.parameters.transpose(1, 0, 2).reshape(-1, ensemble.members),
            ensemble.shared,
        ]
        found = np.concatenate(parts)
        return found.mean(axis=1), found.std(axis=1, ddof=1)

    # --- what is kept ---------------------------------------------------------------------------------

    def kept(self) -> dict[str, np.ndarray]:
        """Arrays from which it goes on as if nothing had happened."""
        own = {"learned": self.learned, "offset": self.outdoor_offset, "books": self.books}
        return {**self.ensemble.kept(), **own, "far_suns": np.array(self.far_suns)}

    def go_on(self, kept: dict[str, np.ndarray]) -> None:
        """Put back what `kept` told."""
        self.ensemble.go_on(kept)
        self.learned, self.outdoor_offset = kept["learned"].copy(), kept["offset"].copy()
        self.books, self.far_suns = kept["books"].copy(), int(kept["far_suns"])


def _column(told: Floats, name: str) -> Floats:
    """What members expect of a meter, (N,)."""
    if name == "net_import_kw":
        return np.asarray(told[:, GRID_IMPORT] - told[:, GRID_EXPORT])
    if name == "battery_kw":
        return np.asarray(told[:, BATTERY_DISCHARGE] - told[:, BATTERY_CHARGE])
    return np.asarray(told[:, BATTERY_SOC if name == "battery_soc" else COLUMNS.index(name)])


def _refuse_unknown(points: Sequence[str], zones: Sequence[str]) -> None:
    known = {f"{zone}/{kind}" for zone in zones for kind in sensors("zone")}
    known |= set(sensors("building")) | set(sensors("weather"))
    for point in points:
        if point not in known:
            raise TwinError(
                f"the twin has no point {point!r}.",
                f"Use ZONE/{', ZONE/'.join(sensors('zone'))} with ZONE one of {', '.join(zones)}; "
                f"{', '.join((*sensors('building'), *sensors('weather')))}.",
                key=point,
                zh=(
                    f"孪生中没有测点 {point!r}。",
                    f"可用：区域/{'、区域/'.join(sensors('zone'))}（区域为 {'、'.join(zones)}）；"
                    f"{'、'.join((*sensors('building'), *sensors('weather')))}。",
                ),
            )
