"""Many live twins abreast: the filter of `twin.live`, each building of it for many halls in one march.

All halls are described alike and stand beside one weather station, so that one call of the kernel marches the
members of all of them. What is done to the members is what `Filter` does, hall by hall; members of a hall
stand side by side. A flock may part: each hall goes on as several that are equal so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.thermal import layout as k
from buildings.thermal.lanes import LANES
from twin.learning.stage import Stage
from twin.live.analysis import analyse, applied
from twin.live.ensemble import _CARRIED, YEAR_MINUTES, Ensemble
from twin.live.filter import Filter, _column
from twin.project import Loaded
from twin.zoom import zoomed
from weather.psychrometrics import relative_humidity

Floats = NDArray[np.float64]


class LongDays(Ensemble):
    """An ensemble that prepares a week at once, so that its days are weeks."""

    window = 7

    def _open(self, day: int, old: Stage | None) -> None:
        quarters, before = 1440 // YEAR_MINUTES, 0 if old is None else 1
        last = min(day + self.window, self.days)
        plant = zoomed(self.year, (day - before) * quarters, last * quarters, self.minutes)
        self.stage = stage = Stage(plant, {0}, copies=self.members)
        first, end = before * self.per_day, (before + last - day) * self.per_day
        if old is None:
            stage.restart(0, last - day)
        else:
            stage.begin_at(first, end, old.out[old.now - 1])
            self._carry(old, stage, first)
        self.day, self.plant = last - 1, plant
        self._know_base()


class Flock(Filter):
    """Filters of `halls` halls that are described alike.

    Parameters
    ----------
    loaded : Loaded
        The description.
    day, members, minutes, seed : int
        As of `Ensemble`; members are those of each hall.
    points : sequence of str
        As of `Filter`.
    """

    def __init__(
        self,
        loaded: Loaded,
        day: int,
        points: Sequence[str],
        halls: int,
        *,
        members: int,
        minutes: int,
        seed: int,
    ) -> None:
        made = LongDays(loaded, day, members=halls * members, minutes=minutes, seed=seed)
        super().__init__(made, points)
        self.halls, self.each = halls, members
        self.learned = np.zeros((halls, len(self._meter_names)))
        self._listens = np.array([one.listen for one in self._meter_kinds])
        self._learns = np.array([one.learn for one in self._meter_kinds])

    def part(self, times: int) -> None:
        """Let each hall go on as `times` halls, at a midnight."""
        ensemble = self.ensemble
        old = ensemble.stage
        if old.now != old.last:
            raise ValueError("a flock parts at midnight")
        lanes = {name: self._parted_lanes(getattr(old.state, name), times) for name in _CARRIED}
        each = len(old._fresh)
        place = self._parted(np.arange(ensemble.members), times)
        sessions = (each * place[:, None] + np.arange(each)).ravel()
        wide: Any = SimpleNamespace(
            state=SimpleNamespace(**lanes), soc=old.soc[place],
            now=1, out=old.out[old.now - 1 : old.now, place],
            buildings=SimpleNamespace(electrical=old.buildings.electrical[place]),
            equipment=SimpleNamespace(nows=old.equipment.nows.reshape(ensemble.members, -1)[place].ravel()),
            sessions=old.sessions[sessions],
        )  # fmt: skip
        ensemble.parameters, ensemble.shared = ensemble.parameters[:, :, place], ensemble.shared[:, place]
        self.learned = np.repeat(self.learned, times, axis=0)
        ensemble.members *= times
        self.halls *= times
        ensemble._open(ensemble.day + 1, wide)

    def _parted(self, of_members: NDArray[np.intp], times: int) -> NDArray[np.intp]:
        return np.repeat(of_members.reshape(self.halls, 1, self.each), times, axis=1).ravel()

    def _parted_lanes(self, lanes: Floats, times: int) -> Floats:
        apart = lanes.reshape(self.halls, self.each // LANES, *lanes.shape[1:])
        return np.repeat(apart, times, axis=0).reshape(-1, *lanes.shape[1:])

    def listen(self, readings: Floats) -> Floats:
        """A step of all halls.

        Parameters
        ----------
        readings : (C, P)
            By `points`; those of the weather are the first hall's.

        Returns
        -------
        (C, n)
            By `names`.
        """
        rows = np.concatenate([readings, np.full((len(readings), 1), np.nan)], axis=1)
        told = self.ensemble.march(self._outdoors(rows[0]))
        rooms, rooms_sd = self._rooms_of_halls(rows)
        meters, meters_sd, columns = self._meters_of_halls(rows, told)
        means = self._means(np.concatenate([columns, self._by_hall(self._described(told)[None])], axis=1))
        return np.concatenate([means, rooms, meters, rooms_sd, meters_sd], axis=1)

    def _by_hall(self, members: Floats) -> Floats:
        """(Z, ..., N) as (C * Z, ..., M)."""
        zones = len(members)
        apart = members.reshape(*members.shape[:-1], self.halls, self.each)
        return np.ascontiguousarray(np.moveaxis(apart, -2, 0)).reshape(
            self.halls * zones, *members.shape[1:-1], self.each
        )

    def _by_all(self, halls: Floats) -> Floats:
        """Back again."""
        apart = np.moveaxis(halls.reshape(self.halls, -1, *halls.shape[1:]), 0, -2)
        return np.ascontiguousarray(apart).reshape(*apart.shape[:-2], -1)

    def _rooms_of_halls(self, rows: Floats) -> tuple[Floats, Floats]:
        ensemble, state = self.ensemble, self.ensemble.stage.state
        temp, humidity = ensemble.by_member(state.temp), ensemble.by_member(state.humidity)
        relative = np.asarray(relative_humidity(temp, humidity, ensemble.pressure))
        expected = self._by_hall(np.stack([temp, relative], axis=1))
        readings = rows[:, self._rooms].reshape(-1, self._rooms.shape[1])
        variance = np.tile([kind.sd**2 for kind in self._zone_kinds], (len(readings), 1))
        parameters = self._by_hall(ensemble.parameters)
        weights = analyse(expected, readings, variance, parameters)
        ensemble.parameters = self._by_all(parameters)
        self._move(weights.matrix)
        return weights.innovation.reshape(self.halls, -1), weights.spread.reshape(self.halls, -1)

    def _move(self, matrix: Floats) -> None:
        ensemble, state = self.ensemble, self.ensemble.stage.state
        zones = len(ensemble.zones)
        moving = (k.FACE_IN, k.FACE_OUT, k.MEMORY_IN, k.MEMORY_OUT)
        faces = state.face[:, :, :, moving]
        parts = [state.temp, state.humidity, state.mean, state.star, faces, state.modes, state.pane]
        flat = [ensemble.by_member(part).reshape(zones, -1, ensemble.members) for part in parts]
        moved = self._by_all(applied(self._by_hall(np.concatenate(flat, axis=1)), matrix))
        first = 0
        for i, (part, one) in enumerate(zip(parts, flat, strict=True)):
            rows = moved[:, first : first + one.shape[1]]
            first += one.shape[1]
            if i == 1:
                rows = np.maximum(rows, 1e-4)
            lanes = ensemble.by_lane(rows.reshape(zones, *part.shape[2:-1], ensemble.members))
            if i == 4:
                state.face[:, :, :, moving] = lanes
            else:
                part[:] = lanes

    def _meters_of_halls(self, rows: Floats, told: Floats) -> tuple[Floats, Floats, Floats]:
        ensemble = self.ensemble
        columns = self._by_hall(np.array([_column(told, name) for name in self._meter_names])[None])
        readings = rows[:, self._meters]
        own = np.array([one.sd**2 for one in self._meter_kinds])
        share = np.array([one.share for one in self._meter_kinds])
        fresh = own + (share * np.nan_to_num(readings)) ** 2
        lasting = max(60.0 / ensemble.minutes, 1.0)
        free = self._by_hall(np.concatenate([ensemble.shared, ensemble.stage.soc.T])[None])
        weights = analyse(
            columns, np.where(self._listens, readings, np.nan), fresh + lasting * self.learned, free
        )
        known = columns.var(axis=2, ddof=1) + fresh
        silent = ~self._listens & np.isfinite(readings)
        innovation = np.where(silent, readings - columns.mean(axis=2), weights.innovation)
        spread = np.where(silent, np.sqrt(known), weights.spread)
        both = self._by_all(free)[0]
        ensemble.shared = np.ascontiguousarray(both[:-1])
        ensemble.stage.soc[:, 0] = np.clip(both[-1], 0.0, 1.0)
        rate = -np.expm1(-ensemble.minutes / 60.0 / 24.0)
        beyond = np.maximum(innovation**2 - known, 0.0) - self.learned
        self.learned += np.where(self._learns & np.isfinite(innovation), rate * beyond, 0.0)
        return innovation, spread, columns

    def _means(self, columns: Floats) -> Floats:
        ensemble, state = self.ensemble, self.ensemble.stage.state
        parts = np.concatenate(
            [
                ensemble.by_member(state.temp), ensemble.by_member(state.humidity), ensemble.stage.soc.T,
                ensemble.parameters.transpose(1, 0, 2).reshape(-1, ensemble.members), ensemble.shared,
            ]
        )  # fmt: skip
        rooms, apart = 2 * len(ensemble.zones), self._by_hall(parts[None])
        whole = np.concatenate([apart[:, :rooms], columns, apart[:, rooms:]], axis=1)
        return np.concatenate([whole.mean(axis=2), whole.std(axis=2, ddof=1)], axis=1)

    @property
    def names(self) -> list[str]:
        """Of what `listen` returns."""
        both = [*self.columns, *(f"{c} ±" for c in self.columns)]
        return [*both, *(f"{p} residual" for p in self.heard), *(f"{p} residual ±" for p in self.heard)]
