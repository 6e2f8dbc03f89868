"""March: SimPy owns the time, compiled physics runs from event to event.

Processes: a calendar that wakes every month, supervisors that write orders, and, where a project has a call,
the demand-response programme (notice, start, end); each wakes the clock, and the physics is marched up to it.
Built-in controllers live inside the kernel, so a year without events needs no other wake-up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import simpy
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from buildings.description.schema import CalendarKind, DemandResponseCall
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import N_SERIES, N_TOTALS, lane_array
from controllers.demand_response import event_target_kw, recent_days_baseline
from controllers.orders import EVENT_IN, EVENT_TARGET
from twin.building_batch import N_OUTCOME
from twin.coupling import coupling_scratch, march_buildings
from twin.plant import Plant
from twin.power_columns import GRID_EXPORT, GRID_IMPORT
from twin.supervisors import Supervisor, orders_ahead
from twin.wear import Moment, moments
from weather.errors import TwinError
from weather.step_weather import StepWeather

NOTICE_HOUR = 16.0
"""Local hour of the day before at which a day-ahead call is known [h]; assumed, the rule is not published."""

Progress = Callable[[float], None]


@dataclass(frozen=True)
class CalledEvent:
    """One call as it was marched.

    Attributes
    ----------
    first, last : int
        Steps of the event, last excluded.
    notice : int
        Step at which the call became known.
    baseline_kw : ndarray (B, n_event)
        Causal baseline of each building.
    committed_kw : ndarray (B,)
    baseline_days : tuple of tuple of str
        Days in each building's baseline.
    """

    day: date
    first: int
    last: int
    notice: int
    baseline_kw: NDArray[np.float64]
    committed_kw: NDArray[np.float64]
    baseline_days: tuple[tuple[str, ...], ...]


@dataclass
class Outcome:
    """What a march produced.

    Attributes
    ----------
    buildings : ndarray (n, B, N_OUTCOME)
        Columns of `twin.power_columns.COLUMNS` and `twin.coupling.THERMAL_COLUMNS`.
    zones : ndarray (n, N_SERIES, G, Z, L), or zero steps where none were kept
    totals : ndarray (G, N_TOTALS, Z, L)
    soc_start : ndarray (B,)
    event : CalledEvent or None
    supervision : dict
        What supervisors counted, by building.
    log : list of str
        What happened on the clock.
    """

    buildings: NDArray[np.float64]
    zones: NDArray[np.float64]
    totals: NDArray[np.float64]
    soc_start: NDArray[np.float64]
    wall_s: float
    event: CalledEvent | None = None
    supervision: dict[int, dict[str, float]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


def march(
    plant: Plant,
    progress: Progress | None = None,
    supervisors: Sequence[Supervisor] = (),
    *,
    zones: bool = True,
) -> Outcome:
    """March a Plant through its year.

    Parameters
    ----------
    plant : Plant
        Its state is consumed.
    progress : callable, optional
        Called with the share done, about monthly.
    supervisors : sequence of Supervisor, optional
        Those who decide while it goes on.
    zones : bool
        Whether to keep the series of the zones, which supervisors may read.

    Returns
    -------
    Outcome

    Raises
    ------
    TwinError
        An event that does not fit into the year.
    """
    clock = Clock(plant, progress, supervisors, zones=zones)
    begin = time.perf_counter()
    clock.run()
    clock.outcome.wall_s = time.perf_counter() - begin
    return clock.outcome


class Clock:
    """The SimPy environment of one march; time is counted in steps. `_march_to` is its physics."""

    def __init__(
        self,
        plant: Plant,
        progress: Progress | None,
        supervisors: Sequence[Supervisor] = (),
        *,
        zones: bool = True,
    ) -> None:
        batch = plant.batch
        groups, rows = batch.zone.shape[:2]
        n, count = plant.n_steps, len(plant.prepared)
        self.plant, self.progress, self.supervisors = plant, progress, supervisors
        self.env = simpy.Environment()
        self.work = coupling_scratch(batch, count)
        self.done = 0
        self.outcome = Outcome(
            buildings=np.zeros((n, count, N_OUTCOME)),
            zones=lane_array((n if zones else 0, N_SERIES, groups, rows, LANES)),
            totals=lane_array((groups, N_TOTALS, rows, LANES)),
            soc_start=plant.soc[:, 0].copy(),
            wall_s=0.0,
        )

    def run(self) -> None:
        """Let all processes live until the year is over."""
        call = self.plant.project.event
        living = [self.env.process(self._calendar())]
        if call is not None:
            living.insert(0, self.env.process(self._programme(_window(call, self.plant))))
        if changes := moments(self.plant):
            living.insert(0, self.env.process(self._wear(changes)))
        living += [self.env.process(self._supervision(one)) for one in self.supervisors]
        # Waiting for them hands on a TwinError as it is; of a process that nobody waits for SimPy builds the
        # error anew from its `args`, which a TwinError does not survive.
        self.env.run(until=self.env.all_of(living))
        for supervisor in self.supervisors:
            for b, counted in supervisor.counters().items():
                self.outcome.supervision.setdefault(b, {}).update(counted)

    def _march_to(self, step: int) -> None:
        """Bring the physics up to a step."""
        if step <= self.done:
            return
        p, o = self.plant, self.outcome
        march_buildings(
            p.batch, p.state, p.forcing, p.weather_table, p.buildings, p.equipment, p.soc, p.sessions,
            self.done, step, p.dt_s, self.work, o.totals, o.buildings, o.zones,
        )  # fmt: skip
        self.done = step
        if self.progress is not None:
            self.progress(step / p.n_steps)

    @property
    def told(self) -> NDArray[np.float64]:
        """Outcome of the buildings so far."""
        return self.outcome.buildings

    def _supervision(self, supervisor: Supervisor) -> Generator[Any, Any, None]:
        """Ask a supervisor at its interval."""
        for step in range(0, self.plant.n_steps, supervisor.interval_steps):
            yield self._wait_until(step)
            self._march_to(step)
            supervisor.decide(self)

    def _wait_until(self, step: int) -> simpy.events.Timeout:
        return self.env.timeout(step - self.env.now)

    def _calendar(self) -> Generator[Any, Any, None]:
        """Wake at the end of every month, so that long marches show progress."""
        times = self.plant.weather.times
        months = np.flatnonzero(np.diff(times.month.to_numpy())) + 1
        for step in (*months, self.plant.n_steps):
            yield self._wait_until(int(step))
            self._march_to(int(self.env.now))

    def _wear(self, changes: Sequence[Moment]) -> Generator[Any, Any, None]:
        """Change figures of worn machines and cells as their faults begin and end."""
        for moment in changes:
            yield self._wait_until(moment.step)
            self._march_to(moment.step)
            moment.apply(self.plant)

    def _programme(self, called: _Window) -> Generator[Any, Any, None]:
        """A call: notice, causal baseline and target, start, end."""
        p, first, last = self.plant, called.first, called.last
        times = p.weather.times
        yield self._wait_until(called.notice)
        self._march_to(called.notice)
        event = self._called(called)
        self.outcome.event = event
        self.outcome.log.append(
            f"{times[called.notice]:%Y-%m-%d %H:%M} notice of the call on {called.day} {called.call.start}"
        )
        steps = np.arange(called.notice, first)
        orders = orders_ahead(p, called.notice, last)
        orders[: len(steps), :, EVENT_IN] = ((first - steps) * p.dt_s / 3600.0)[:, None]
        orders[len(steps) :, :, EVENT_TARGET] = (event.baseline_kw - event.committed_kw[:, None]).T
        for supervisor in self.supervisors:
            supervisor.decide(self)
        yield self._wait_until(first)
        self._march_to(first)
        self.outcome.log.append(f"{times[first]:%Y-%m-%d %H:%M} call starts")
        yield self._wait_until(last)
        self._march_to(last)
        self.outcome.log.append(f"{times[last - 1]:%Y-%m-%d %H:%M} last step of the call")

    def _called(self, called: _Window) -> CalledEvent:
        """Baseline of every building from what its meter has shown until the notice."""
        p, call = self.plant, called.call
        first, last, notice = called.first, called.last, called.notice
        per_day = round(86400.0 / p.dt_s)
        days = notice // per_day
        dates = p.weather.times[: days * per_day : per_day]
        window = slice(first % per_day, first % per_day + last - first)
        baselines, committed, used = [], [], []
        for b, prepared in enumerate(p.prepared):
            meter = self.outcome.buildings[: days * per_day, b]
            net = (meter[:, GRID_IMPORT] - meter[:, GRID_EXPORT]).reshape(days, per_day)
            workday = prepared.thermal.calendar.is_workday(dates)
            kind = bool(prepared.thermal.calendar.is_workday(pd.DatetimeIndex([p.weather.times[first]]))[0])
            found = recent_days_baseline(net, days, workday == kind, window)
            size = call.reduction if call.reduction is not None else 0.0
            if call.reduction_fraction is not None:
                size = call.reduction_fraction * float(np.mean(found.power_kw[window]))
            if not size > 0.0:
                raise TwinError(
                    f"the call commits {size:.1f} kW, because the baseline of {prepared.description.name} in "
                    f"its window is {float(np.mean(found.power_kw[window])):.1f} kW.",
                    "Write reduction in kW, or choose hours in which the building draws power.",
                    key="event.reduction_fraction",
                )
            target = event_target_kw(found, window, size)
            baselines.append(target + size)
            committed.append(size)
            used.append(tuple(f"{dates[d]:%Y-%m-%d}" for d in found.days))
        return CalledEvent(
            called.day, first, last, notice, np.array(baselines), np.array(committed), tuple(used)
        )


@dataclass(frozen=True)
class _Window:
    """A call on the clock: its day, its steps (last excluded) and the step of its notice."""

    call: DemandResponseCall
    day: date
    first: int
    last: int
    notice: int


def _window(call: DemandResponseCall, plant: Plant) -> _Window:
    """Where a call lies in the year, found before anything marches.

    Raises
    ------
    TwinError
        A call without a day before it, over midnight, or off the steps.
    """
    day = event_day(call, plant)
    per_day = round(86400.0 / plant.dt_s)
    midnight = int(np.flatnonzero(plant.weather.times.date == day)[0])
    hour, minute = (int(part) for part in call.start.split(":"))
    start, length = (hour + minute / 60.0) * 3600.0 / plant.dt_s, call.duration * 3600.0 / plant.dt_s
    if abs(start - round(start)) > 1e-6 or abs(length - round(length)) > 1e-6 or round(length) < 1:
        raise TwinError(
            f"the call from {call.start} for {call.duration:g} h does not fall on steps of "
            f"{plant.dt_s / 60.0:g} min.",
            "Let it start and end at a step, or choose a shorter timestep.",
            key="event",
        )
    first = midnight + round(start)
    last = first + round(length)
    notice = {
        "day_ahead": midnight - per_day + round(NOTICE_HOUR * 3600.0 / plant.dt_s),
        "half_hour": first - max(round(1800.0 / plant.dt_s), 1),
        "none": first,
    }[call.notice]
    if notice < 0 or last > midnight + per_day:
        raise TwinError(
            f"the call on {day} from {call.start} for {call.duration:g} h does not fit: it needs a day "
            "before it and must end on its own day.",
            "Choose a later date or a shorter call.",
            key="event",
        )
    return _Window(call, day, first, last, notice)


def event_day(call: DemandResponseCall, plant: Plant) -> date:
    """Date of a call in the year of a plant; see `event_date`."""
    return event_date(call, plant.weather, plant.project.calendar)


def event_date(call: DemandResponseCall, weather: StepWeather, calendar: CalendarKind) -> date:
    """Date of a call: as written, or the workday with the hottest afternoon (12:00 to 18:00 mean).

    Raises
    ------
    TwinError
        A date outside the marched year.
    """
    times = weather.times
    if not isinstance(call.date, str):
        if call.date not in set(times.date):
            raise TwinError(
                f"the call is on {call.date}, which is not in the marched year {times[0].year}.",
                "Choose a date of that year, or hottest_workday.",
                key="event.date",
            )
        return call.date
    workday = DayTypes((), calendar).is_workday(times)
    afternoon = (times.hour >= 12) & (times.hour < 18) & workday
    mean = pd.Series(weather.temp_air[:-1][afternoon], index=times[afternoon].date).groupby(level=0).mean()
    first = times[0].date()
    late_enough = mean[[d >= first + timedelta(days=2) for d in mean.index]]
    return date.fromisoformat(str(late_enough.idxmax()))
