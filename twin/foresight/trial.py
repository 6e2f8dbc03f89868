"""Forecasts of days that are over (回测): made from what was known at the hour, held against the meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.crew import Crew
from twin.foresight.boosting import boosted
from twin.foresight.forecast import Ground
from twin.foresight.score import Score, persistence, scored
from twin.foresight.weather_ahead import HourlyForecast, simulated_forecast
from twin.progress import Progress
from twin.project import Loaded
from weather.forecast import WeatherForecast

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trial:
    """Scores of the net import of all buildings together, over some starts.

    Attributes
    ----------
    starts : tuple of int
        Hours of the year.
    hours : int
    scores : dict of str to Score
        `twin` (with its own errors), `weather_only` (without), `persistence`, and `boosting` where all starts
        have days enough behind them to learn from; kW.
    """

    starts: tuple[int, ...]
    hours: int
    scores: dict[str, Score]


def trial(
    loaded: Loaded,
    metered_kw: Mapping[str, Floats],
    starts: Sequence[int],
    hours: int,
    crew: Crew,
    *,
    members: int = 40,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trial:
    """Score forecasts of the first metered building at past hours.

    The weather forecasts are simulated (`weather.forecast`): those that were issued are not at hand.

    Parameters
    ----------
    loaded : Loaded
    metered_kw : mapping of str to ndarray (N,)
        Net import of one building on the steps of the year [kW]; what lies behind a start scores it.
    starts : sequence of int
    hours : int
    crew : Crew
    members, seed : int
    progress : callable, optional
    """
    ((name, metered),) = metered_kw.items()
    ground = Ground(loaded, starts, hours)
    told: dict[str, list[Floats]] = {"twin": [], "weather_only": [], "persistence": [], "boosting": []}
    came = []
    past = WeatherForecast(loaded.climate.at_step(60), "weather", seed + len(starts), float(hours))
    for done, hour in enumerate(starts):
        ahead = simulated_forecast(loaded.climate, hour, hours, seed + done)
        marched = ground.march(hour, ahead, crew, members=members, seed=seed + done)
        for way, meters in (("twin", metered_kw), ("weather_only", None)):
            made = ground.forecast(marched, meters)
            told[way].append(made.quantiles["net_kw"][:, made.names.index(name)])
        step, n = hour * ground.per_hour, hours * ground.per_hour
        days = ground.workday[:: ground.per_day]
        told["persistence"].append(persistence(metered, days, step, n, ground.per_day))

        def known(at: int, start: int = hour, now: HourlyForecast = ahead) -> HourlyForecast:
            """The forecast of the weather that was known at a step."""
            then = at // ground.per_hour
            return now if then == start else HourlyForecast(past.temp(then, hours), past.ghi(then, hours))

        learnt = boosted(metered, days, step, n, ground.per_day, known)
        if learnt is not None:
            told["boosting"].append(learnt)
        came.append(metered[step : step + n])
        if progress is not None:
            progress((done + 1) / len(starts))
    truth = np.concatenate(came)
    scores = {
        way: scored(truth, np.concatenate(rows, axis=1))
        for way, rows in told.items()
        if len(rows) == len(starts)
    }
    return Trial(tuple(starts), hours, scores)
