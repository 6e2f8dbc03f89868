"""What a fleet could move over a day (可调能力展望): kilowatts by source at each quarter-hour, how surely.

Every building tells its envelope (`twin.flexibility`) at each quarter-hour of the day and of similar days
before it; the fleet has their sum. How much of it answers is drawn with the dice and the behaviours of a bid
(`controllers.aggregator.capacity`), once on the day as it was marched and once over the similar days, which
is all that somebody knows who has no forecast.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.schema import Building, DemandResponseCall, Project
from controllers.aggregator.capacity import fleet_samples, reached_by
from twin.clock import event_date
from twin.crew import Crew
from twin.district.year import Part, district_parts, in_project
from twin.flexibility.envelope import BUILDING, DIRECTIONS, SOURCES, flexibility
from twin.flexibility.witness import baseline
from twin.going import refuse_unbalanced
from twin.market.assumption import Assumption
from twin.plant import prepare
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.progress import Progress, part_of
from twin.project import Loaded
from twin.response.behaviour import kept_of_orders
from twin.response.call_times import LEAST_PAST_DAYS, similar_days
from twin.response.invitation import SCENARIOS, Behaviour, figure
from twin.response.looked_at import kept_full_kw
from twin.response.offers import to_watts
from twin.response.outlook_assumptions import outlook_assumptions
from twin.shift_response import UncontrolledYears
from weather.climate_year import ClimateYear
from weather.errors import TwinError
from weather.step_weather import StepWeather

Floats = NDArray[np.float64]
MINUTES = (15, 60, 120)
"""Times that a change must last [min]."""
SURE = (0.9, 0.5, 0.1)
"""Probabilities with which a capability is told to be reached."""
HOTTEST = "hottest_workday"
_QUARTER_S = 900.0
IN_A_PART = 16
"""Buildings that are marched together: with their years watched by quarter-hours they take 1.8 GB."""
_SEED = 0
_MARCHED = 0.95
"""Share of the work that is over when all parts are marched."""


class Ahead(NamedTuple):
    """What all parts have in common: `starts` (D, T), steps of the year, those of the day itself first."""

    project: Project
    climate: ClimateYear
    starts: NDArray[np.int64]


class PartAhead(NamedTuple):
    """Part of a fleet (B buildings) over the day (T quarter-hours) and D - 1 similar ones before it.

    Directions are those of `twin.flexibility`, times that it lasts `MINUTES`.

    Attributes
    ----------
    names : tuple of str
    building_kw : ndarray (2, D, B, M, T)
        Largest lasting change at the meter [kW].
    source_kw : ndarray (2, S, B, M, T)
        What each source could do by itself on the day [kW].
    kept_kw : ndarray (B, M, T)
        By how much less import would be possible beyond that with a battery kept full for it [kW].
    meter_kw : ndarray (B, T)
        Baseline on the day [kW].
    area_m2 : ndarray (B,)
    """

    names: tuple[str, ...]
    building_kw: Floats
    source_kw: Floats
    kept_kw: Floats
    meter_kw: Floats
    area_m2: Floats


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a fleet could move at each quarter-hour (T) of a day, in either direction.

    Attributes
    ----------
    day : date
    times : DatetimeIndex (T,)
    past_days : tuple of date
        Similar days before it, latest first; none where there are too few.
    names : tuple of str
        Of the P buildings.
    area_m2 : float
    meter_kw : ndarray (T,)
        Baseline of the fleet, import positive [kW].
    total_kw : ndarray (2, M, T)
        Sum of all buildings [kW].
    mean_kw : ndarray (2, M, P)
        Mean of each building over the day [kW].
    source_kw : ndarray (2, S, M, T)
        The same by source: what each building can do at its meter, shared out by what its sources could do
        by themselves [kW].
    alone_kw : ndarray (2, S, M, T)
        Sum of what each source could do by itself [kW].
    kept_kw : ndarray (M, T)
        What would come on top for less import if batteries were kept full for it [kW].
    sure_kw : dict of str to ndarray (3, 2, M, T)
        By scenario of behaviour: what is reached with the probabilities `SURE` on the day as it was marched.
    sure_past_kw : dict of str to ndarray (3, 2, M, T)
        The same over the similar days; empty where there are too few.
    assumptions : tuple of Assumption
    wall_s : float
    """

    day: date
    times: pd.DatetimeIndex
    past_days: tuple[date, ...]
    names: tuple[str, ...]
    area_m2: float
    meter_kw: Floats
    total_kw: Floats
    mean_kw: Floats
    source_kw: Floats
    alone_kw: Floats
    kept_kw: Floats
    sure_kw: dict[str, Floats]
    sure_past_kw: dict[str, Floats]
    assumptions: tuple[Assumption, ...]
    wall_s: float


def outlook_of(loaded: Loaded, day: str, crew: Crew, progress: Progress | None = None) -> Outlook:
    """What a fleet could move over a day.

    Parameters
    ----------
    loaded : Loaded
        The buildings of the project are the participants.
    day : str
        Date as YYYY-MM-DD, or ``hottest_workday``.
    crew : Crew
        Who marches parts.
    progress : callable, optional

    Raises
    ------
    TwinError
        A day that is none or is not in the year, a step that is no part of a quarter-hour, a project with a
        call of its own, or anything wrong with a building.
    """
    began = time.perf_counter()
    project = loaded.project
    if project.event is not None:
        raise TwinError("The project has a call of its own.", "Leave its event out.", key="event")
    weather = loaded.climate.at_step(int(project.timestep), project.variability, project.weather_seed)
    found = day_of(day, weather, project)
    starts, past = _starts(weather, project, found)
    parts = _looked(loaded, starts, crew, part_of(progress, 0.0, _MARCHED))
    building = np.concatenate([part.building_kw for part in parts], axis=2)
    source = np.concatenate([part.source_kw for part in parts], axis=2)
    now = building[:, 0]
    whole = source.sum(axis=1)
    share = np.divide(now, whole, out=np.zeros_like(now), where=whole > 0.0)
    sure, sure_past = {}, {}
    for name, scenario in SCENARIOS.items():
        sure[name] = sure_of(building[:, :1], Behaviour(**scenario))
        if past:
            sure_past[name] = sure_of(building[:, 1:], Behaviour(**scenario))
    if progress is not None:
        progress(1.0)
    return Outlook(
        found,
        weather.times[starts[0]],
        past,
        tuple(name for part in parts for name in part.names),
        float(np.concatenate([part.area_m2 for part in parts]).sum()),
        np.concatenate([part.meter_kw for part in parts]).sum(axis=0),
        now.sum(axis=1),
        now.mean(axis=3).swapaxes(1, 2),
        (source * share[:, None]).sum(axis=2),
        source.sum(axis=2),
        np.concatenate([part.kept_kw for part in parts]).sum(axis=0),
        sure,
        sure_past,
        outlook_assumptions(len(past), shared=project.shared is not None),
        time.perf_counter() - began,
    )


def day_of(text: str, weather: StepWeather, project: Project) -> date:
    """The day that somebody asked for.

    Raises
    ------
    TwinError
        No date, or one outside of the year.
    """
    if text == HOTTEST:
        return event_date(DemandResponseCall(date=HOTTEST, reduction=1.0), weather, project.calendar)
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise TwinError(
            f"{text[:40]!r} is no day.", f"Write it like 2025-07-30, or {HOTTEST}.", key="--date"
        ) from error
    if found not in set(weather.times.date):
        raise TwinError(
            f"{text} is not in the marched year {weather.times[0].year}.",
            f"Choose a date of it, or {HOTTEST}.",
            key="--date",
        )
    return found


def sure_of(building_kw: Floats, behaviour: Behaviour) -> Floats:
    """What a fleet reaches with the probabilities `SURE`, shape (3, 2, M, T) [kW].

    Parameters
    ----------
    building_kw : ndarray (2, D, P, M, T)
        What each of P participants could do on each day.
    behaviour : Behaviour

    Notes
    -----
    Samples, seeds and ratios are those of a bid: a day, who answers, what each keeps. Who is late loses the
    more of a call the shorter it is. What somebody overstates is not in a model's envelope.
    """
    ways, _, fleet, lasting, quarters = building_kw.shape
    count = round(figure("dispatch", "samples"))
    answers = np.full(fleet, max(1.0 - behaviour.refuse - behaviour.silent, 0.0))
    found = np.empty((len(SURE), ways, lasting, quarters))
    for m in range(lasting):
        keeps = kept_of_orders(behaviour, float(MINUTES[m]), count, _SEED)
        # (2, D, P, T) to (D, P, 2 T): both directions have the same dice
        capability = building_kw[:, :, :, m].transpose(1, 2, 0, 3).reshape(-1, fleet, ways * quarters)
        samples = fleet_samples(capability, answers, keeps, count, _SEED)
        found[:, :, m] = reached_by(samples, SURE).reshape(len(SURE), ways, quarters)
    return found


def look_ahead(shared: Ahead, part: Part) -> dict[str, Any]:
    """March a part and tell its envelopes; `part`, or `error` with what a user can put right."""
    try:
        return {"part": _looked_ahead(shared, part.buildings)}
    except TwinError as error:
        file = None if error.file is None else str(error.file)
        key = in_project(error.key, part.places)
        return {"error": {"what": error.what, "remedy": error.remedy, "key": key, "file": file}}


def _starts(weather: StepWeather, project: Project, day: date) -> tuple[NDArray[np.int64], tuple[date, ...]]:
    """Steps at which quarter-hours begin, (1 + D, T), of the day and of similar ones before it."""
    per_quarter = _QUARTER_S / weather.dt_s
    if per_quarter < 1.0 or per_quarter != round(per_quarter):
        raise TwinError(
            f"a project of {weather.dt_s / 60.0:g} min knows no quarter-hours.",
            "Set timestep to 15 min, or a part of it.",
            key="timestep",
        )
    per_day = round(86400.0 / weather.dt_s)
    today = int(np.flatnonzero(weather.times.date == day)[0]) // per_day
    alike = similar_days(weather, project, today, today)
    if len(alike) < LEAST_PAST_DAYS:
        alike = []
    quarters = np.arange(0, per_day, round(per_quarter))
    days = np.array([today, *alike])
    return days[:, None] * per_day + quarters, tuple(weather.times[d * per_day].date() for d in alike)


def _looked(
    loaded: Loaded, starts: NDArray[np.int64], crew: Crew, progress: Progress
) -> tuple[PartAhead, ...]:
    parts = district_parts(loaded.project, IN_A_PART)
    ahead = Ahead(loaded.project.model_copy(update={"buildings": ()}), loaded.climate, starts)
    found: dict[int, PartAhead] = {}
    for done, (place, told) in enumerate(crew.each(look_ahead, ahead, parts)):
        if "error" in told:
            raise TwinError(**told["error"])
        found[place] = told["part"]
        progress((done + 1) / len(parts))
    return tuple(found[place] for place in sorted(found))


def _looked_ahead(shared: Ahead, buildings: tuple[Building, ...]) -> PartAhead:
    plant = prepare(shared.project.model_copy(update={"buildings": buildings}), shared.climate)
    years = UncontrolledYears(plant)
    known = baseline(plant, (), years, _QUARTER_S)
    refuse_unbalanced(plant, known.outcome)
    days, quarters = shared.starts.shape
    building, source, kept = [], [], []
    for b in range(len(buildings)):
        told = flexibility(known, b, years.answers[b], shared.starts.ravel().tolist(), MINUTES)
        shape = len(MINUTES), days, quarters
        whole = [told.sources[way, BUILDING].kw.reshape(shape).swapaxes(0, 1) for way in DIRECTIONS]
        building.append(whole)
        today = [[told.sources[way, name].kw[:, :quarters] for name in SOURCES] for way in DIRECTIONS]
        source.append(today)
        battery = today[DIRECTIONS.index("down")][SOURCES.index("battery")]
        kept.append(np.maximum(kept_full_kw(known, b, MINUTES)[:, None] - battery, 0.0))
    meter = known.outcome.buildings[:, :, GRID_IMPORT] - known.outcome.buildings[:, :, GRID_EXPORT]
    per_quarter = round(_QUARTER_S / plant.dt_s)
    steps = shared.starts[0][:, None] + np.arange(per_quarter)
    return PartAhead(
        tuple(p.description.name for p in plant.prepared),
        to_watts(np.array(building).transpose(1, 2, 0, 3, 4)),
        to_watts(np.array(source).transpose(1, 2, 0, 3, 4)),
        to_watts(np.array(kept)),
        meter[steps].mean(axis=1).T,
        np.array([p.description.floor_area for p in plant.prepared]),
    )
