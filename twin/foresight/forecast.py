"""A forecast of buildings (负荷预测): every weather that may come is marched from where the building stands.

The year is marched under its own control up to the midnight before the forecast, then each member goes on
under a weather of its own, at the year's step: the known one up to the start, a drawn one behind it. Where
meters are at hand, members also carry what the twin itself misses (`twin.foresight.own_errors`).
Quantiles are those of the members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from twin.crew import Crew
from twin.flexibility.envelope import BUILDING, DIRECTIONS, flexibility
from twin.flexibility.witness import baseline, room_air
from twin.foresight.own_errors import OwnErrors, own_errors
from twin.foresight.score import of_members
from twin.foresight.weather_ahead import HourlyForecast, climate_with, members_of
from twin.going import refuse_unbalanced
from twin.plant import Plant, prepare
from twin.power_columns import END_USES, EV_CHARGE, EV_DISCHARGE, GRID_EXPORT, GRID_IMPORT, PV
from twin.progress import Progress
from twin.project import Loaded
from twin.shift_response import UncontrolledYears
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.forecast_members import Members

Floats = NDArray[np.float64]
SERIES = ("load_kw", "pv_kw", "net_kw", "room_c")
"""What is forecast at each step: end uses and vehicles, sun on modules, the meter, mean room air."""
LASTING_MIN = 60
"""Time that a change has to last whose size is forecast [min]."""
_HOURS = 8760


class Look(NamedTuple):
    """What all members share."""

    year: Plant
    climate: ClimateYear
    answers: list[Any]
    first: int
    last: int
    start: int
    steps: int
    hour: int


class Marched(NamedTuple):
    """Members of a forecast, marched: series (M, B, n) and what could move (M, B, H) [kW], [degC]."""

    hour: int
    told: HourlyForecast
    drawn: Members
    kw: dict[str, Floats]
    seed: int


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast of the buildings of a project.

    Attributes
    ----------
    times : DatetimeIndex (n,)
        Starts of the steps.
    names : tuple of str
    quantiles : dict of str to ndarray (Q, B, n)
        By `SERIES`, at `QUANTILES`.
    hours : DatetimeIndex (H,)
    flexible_kw : dict of str to ndarray (Q, B, H)
        Largest change that lasts an hour, by direction (`down`, `up`).
    weather : dict of str to ndarray (Q, H)
        `temp_air` [degC] and `ghi` [W/m2].
    told : HourlyForecast
    members : int
    own : dict of str to OwnErrors
        By building, where meters were given.
    """

    times: pd.DatetimeIndex
    names: tuple[str, ...]
    quantiles: dict[str, Floats]
    hours: pd.DatetimeIndex
    flexible_kw: dict[str, Floats]
    weather: dict[str, Floats]
    told: HourlyForecast
    members: int
    own: dict[str, OwnErrors]


class Ground:
    """A project's year without a forecast, from which any number of them begin.

    Parameters
    ----------
    loaded : Loaded
        Up to the start of a forecast its climate year is what was.
    starts : sequence of int
        Hours of the year at which forecasts will begin.
    hours : int
        How far they go [h].

    Attributes
    ----------
    names : tuple of str
    workday : ndarray of bool (N,)
        By step of the year.

    Raises
    ------
    TwinError
        Hours outside of the year, plans, or anything wrong with a building.
    """

    def __init__(self, loaded: Loaded, starts: Sequence[int], hours: int) -> None:
        for hour in starts:
            _refuse(loaded, hour, hours)
        self.climate, self.hours = loaded.climate, hours
        self.plant = plant = prepare(loaded.project.model_copy(update={"event": None}), loaded.climate)
        self.per_hour = round(3600.0 / plant.dt_s)
        self.per_day = 24 * self.per_hour
        years = UncontrolledYears(plant)
        self._known = baseline(plant, {self._midnight(hour) for hour in starts}, years)
        refuse_unbalanced(plant, self._known.outcome)
        self._answers = years.answers
        self.names = tuple(one.description.name for one in plant.prepared)
        days = DayTypes((), plant.project.calendar).is_workday(plant.weather.times[:: self.per_day])
        self.workday = np.repeat(np.asarray(days, dtype=bool), self.per_day)

    def _midnight(self, hour: int) -> int:
        """Step of the midnight before an hour."""
        return hour * self.per_hour // self.per_day * self.per_day

    def march(
        self,
        hour: int,
        told: HourlyForecast,
        crew: Crew,
        *,
        members: int = 40,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Marched:
        """March the weathers that may come behind a forecast of the weather.

        Parameters
        ----------
        hour : int
            One of the starts.
        told : HourlyForecast
        crew : Crew
        members, seed : int
        progress : callable, optional
        """
        first, start, steps = self._midnight(hour), hour * self.per_hour, self.hours * self.per_hour
        end = start + steps + LASTING_MIN * self.per_hour // 60
        last = min(-(-end // self.per_day) * self.per_day, self.plant.n_steps)
        drawn = members_of(told, self.climate, hour, members, seed)
        copy = self._known.seen.copies[first]
        look = Look(copy, self.climate, self._answers, first, last, start, steps, hour)
        found: dict[int, dict[str, Any]] = {}
        items = [(drawn.temp_air[i], drawn.ghi[i]) for i in range(members)]
        for done, (place, one) in enumerate(crew.each(march_member, look, items)):
            if "error" in one:
                raise TwinError(**one["error"])
            found[place] = one
            if progress is not None:
                progress((done + 1) / members)
        kw = {name: np.array([found[i][name] for i in range(members)]) for name in (*SERIES, *DIRECTIONS)}
        return Marched(hour, told, drawn, kw, seed)

    def errors(self, metered_kw: Mapping[str, Floats], hour: int) -> dict[str, OwnErrors]:
        """Errors of the twin of each metered building before an hour; see `own_errors`."""
        start, told = hour * self.per_hour, self._known.outcome.buildings
        found = {}
        for b, name in enumerate(self.names):
            if name in metered_kw:
                expected = told[:start, b, GRID_IMPORT] - told[:start, b, GRID_EXPORT]
                residual = metered_kw[name][:start] - expected
                found[name] = own_errors(residual, self.workday[:start], self.per_day)
        return found

    def forecast(self, marched: Marched, metered_kw: Mapping[str, Floats] | None = None) -> Forecast:
        """Quantiles of marched members.

        Parameters
        ----------
        marched : Marched
        metered_kw : mapping of str to ndarray (N,), optional
            Net import of buildings on the steps of the year [kW], NaN where nothing was measured; read up to
            the start: members then also carry what the twin itself misses.
        """
        hour, steps = marched.hour, self.hours * self.per_hour
        start, members = hour * self.per_hour, len(marched.drawn.ghi)
        own = self.errors(metered_kw or {}, hour)
        workday = self.workday[start : start + steps]
        kw = dict(marched.kw)
        for name, errors in own.items():
            b = self.names.index(name)
            missed = errors.drawn(start % self.per_day, workday, steps, members, marched.seed + b)
            for series in ("load_kw", "net_kw"):
                kw[series] = kw[series].copy()
                kw[series][:, b] += missed
        quantiles = {name: of_members(values) for name, values in kw.items()}
        times = self.plant.weather.times[start : start + steps]
        weather = {"temp_air": marched.drawn.temp_air[:, :-1], "ghi": marched.drawn.ghi}
        return Forecast(
            times,
            self.names,
            {name: quantiles[name] for name in SERIES},
            times[:: self.per_hour],
            {name: quantiles[name] for name in DIRECTIONS},
            {name: of_members(values) for name, values in weather.items()},
            marched.told,
            members,
            own,
        )


def forecast(
    loaded: Loaded,
    hour: int,
    told: HourlyForecast,
    crew: Crew,
    *,
    members: int = 40,
    seed: int = 0,
    metered_kw: Mapping[str, Floats] | None = None,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast the buildings of a project; see `Ground`."""
    ground = Ground(loaded, [hour], len(told.ghi))
    marched = ground.march(hour, told, crew, members=members, seed=seed, progress=progress)
    return ground.forecast(marched, metered_kw)


def march_member(look: Look, weather: tuple[Floats, Floats]) -> dict[str, Any]:
    """March one member; its series (B, n) and what it could move (B, H), or `error`."""
    try:
        return _marched(look, weather)
    except TwinError as error:
        return {"error": {"what": error.what, "remedy": error.remedy, "key": error.key, "file": error.file}}


def _marched(look: Look, weather: tuple[Floats, Floats]) -> dict[str, Any]:
    from twin.zoom import zoomed

    climate = climate_with(look.climate, look.hour, *weather)
    step_min = round(look.year.dt_s / 60.0)
    plant = zoomed(replace(look.year, climate=climate), look.first, look.last, step_min)
    known = baseline(plant)
    refuse_unbalanced(plant, known.outcome)
    rows = slice(look.start - look.first, look.start - look.first + look.steps)
    told = known.outcome.buildings[rows]
    per_hour = round(3600.0 / plant.dt_s)
    starts = range(rows.start, rows.stop, per_hour)
    flexible = {name: [] for name in DIRECTIONS}  # type: dict[str, list[Floats]]
    for b in range(len(plant.prepared)):
        envelope = flexibility(known, b, look.answers[b], starts, (LASTING_MIN,))
        for name in DIRECTIONS:
            flexible[name].append(envelope.sources[name, BUILDING].kw[0])
    rooms = np.array([room_air(plant, known.outcome.zones, b)[0][rows] for b in range(len(plant.prepared))])
    return {
        "load_kw": (
            told[:, :, : len(END_USES)].sum(axis=2) + told[:, :, EV_CHARGE] - told[:, :, EV_DISCHARGE]
        ).T,
        "pv_kw": told[:, :, PV].T,
        "net_kw": (told[:, :, GRID_IMPORT] - told[:, :, GRID_EXPORT]).T,
        "room_c": rooms,
        **{name: np.array(values) for name, values in flexible.items()},
    }


def _refuse(loaded: Loaded, hour: int, hours: int) -> None:
    if not 0 <= hour < hour + hours <= _HOURS - 24:
        raise TwinError(
            f"a forecast of {hours} h from hour {hour} of the year leaves the year.",
            "Begin it so that it ends a day before the year does.",
            key="--at",
            zh=(
                f"自全年第 {hour} 小时起预测 {hours} h 超出年份范围。",
                "请提前起始时刻，使其在年末前一天结束。",
            ),
        )
    planned = [b.name for b in loaded.project.buildings if b.control.type == "mpc"]
    if planned:
        raise TwinError(
            f"{planned[0]} plans (mpc); a forecast marches buildings by rules and by their bus.",
            "Give it another control.type.",
            key="control.type",
            zh=(f"{planned[0]} 采用计划控制（mpc），预测仅支持规则或母线控制。", "请改用其他 control.type。"),
        )
    if loaded.project.variability == "minute":
        raise TwinError(
            "minutes of sun are drawn for a year that is known, not for one to come.",
            "Set variability to hourly.",
            key="variability",
            zh=("逐分钟太阳变化只对已知年份生成，不用于预测。", "请将 variability 设为 hourly。"),
        )
