"""Weather forecasts (天气预报) that err as real ones do: temperature and sun as a planner may know them.

A forecast is what somebody believed at a time. `weather` is a numerical forecast with a base time every 6 h,
which arrives late. Its errors are Gaussian fields over (issue i, valid hour v), made of first-order
autoregressions in both directions [1]_: the correlation of z_i(v) and z_k(u) is r^|i-k| p^|v-u|, so
that an error lasts for hours and the next issue corrects it in part.

- Temperature: truth + s(lead) z, with the published root mean square error s. Its mean is zero.
- Sun: the clear-sky index k (GHI over Haurwitz's clear sky [3]_) as a normal score u = N^-1(F(k)) becomes
  a u + sqrt(1 - a^2) z and is mapped back. F is the distribution of k among the hours that have passed,
  beside a published one that stands in for years before. The forecast's index has the truth's distribution:
  it lies between 0 and the clear sky, its mean is the truth's, dull hours are forecast too bright and clear
  ones too dull, as verification finds [4]_. The correlation a falls with lead so that the error of GHI is
  the published one [2]_.

`persistence` and `climatology` use nothing but the past of the truth; `perfect` is the truth, an upper bound.

Left out: seasons and hours of the day in the skill; any correlation of errors in temperature and sun; a
correction of the forecast by the building's own thermometer.

References
----------
.. [1] Zheng, W. et al., 2025. Quantifying and simulating the weather forecast uncertainty for advanced
   building control. Journal of Building Performance Simulation (an autoregression along each forecast).
.. [2] Perez, R. et al., 2013. Comparison of numerical weather prediction solar irradiance forecasts in the
   US, Canada and Europe. Solar Energy 94, 305-326.
.. [3] Haurwitz, B., 1945. Insolation in relation to cloudiness and cloud density. Journal of Meteorology 2,
   154-166; Reno, M.J., Hansen, C.W. and Stein, J.S., 2012. SAND2012-2389.
.. [4] Mathiesen, P. and Kleissl, J., 2011. Evaluation of numerical weather prediction for intra-day solar
   forecasting in the continental United States. Solar Energy 85, 967-977.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from weather.errors import TwinError
from weather.step_weather import StepWeather
from weather.sun import epoch_seconds

FloatArray = NDArray[np.float64]

FORECAST_KINDS = ("weather", "persistence", "climatology", "perfect")
CLIMATOLOGY_DAYS = 21

_LOWEST_COSINE = 0.02
"""Below this (1 degree, 0.02 % of the year's energy in Shanghai) a step counts as dark."""
_FLOOR_COSINE = 0.2
"""Haurwitz's transmissivity is held below this: it falls short of what is measured under a low sun."""
_SOLAR_CONSTANT = 1361.1
_EDGE = 1e-3


@cache
def forecast_skill() -> dict[str, Any]:
    """Published and derived figures of skill, each with source, year and confidence."""
    text = files("weather").joinpath("data", "forecast_skill.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def clear_sky_ghi(zenith_deg: FloatArray, dni_extra: FloatArray) -> FloatArray:
    """GHI of a cloudless sky by Haurwitz, W/m2; 0 in steps that count as dark.

    Parameters
    ----------
    zenith_deg : ndarray (n,)
        Energy-effective zenith of each step, degrees.
    dni_extra : ndarray (n,)
        Extraterrestrial normal irradiance, W/m2.
    """
    cosine = np.cos(np.radians(zenith_deg))
    transmissivity = 1098.0 / _SOLAR_CONSTANT * np.exp(-0.059 / np.maximum(cosine, _FLOOR_COSINE))
    return np.where(cosine >= _LOWEST_COSINE, dni_extra * transmissivity * cosine, 0.0)


class WeatherForecast:
    """What a forecast says of the coming steps, as far as it has been issued.

    Parameters
    ----------
    truth : StepWeather (N steps)
        What will happen; the period is taken as periodic, as the year is. Steps must divide the hour.
    kind : {"weather", "persistence", "climatology", "perfect"}
        `weather`: numerical forecast with errors that grow with lead. `persistence`: the newest temperature
        and clear-sky index known for the same time of day. `climatology`: the mean of the last 21 days at
        the same time of day (of fewer while fewer have passed). `perfect`: the truth; an upper bound.
    seed : int
        Of the errors of `weather`; the same seed gives the same forecasts.
    horizon_h : float
        How far a planner may ask, hours.

    Attributes
    ----------
    upper_bound : bool
        True for `perfect`: no result of it can be had in practice.
    above_clear : int
        Hours whose truth exceeds the clear sky; `weather` takes them as clear.
    blind : int
        Steps that are forecast bright and are truly black, for which `sun_ratio` says 1.

    Raises
    ------
    TwinError
        Another kind, a step that does not divide the hour, a horizon beyond the figures of skill.

    Notes
    -----
    At step k the temperature at its start and the sun of the steps before it are known. On the first day
    `persistence` and `climatology` have no past: the temperature of the start is held and the sun has the
    mean clear-sky index of Shanghai.
    """

    def __init__(
        self, truth: StepWeather, kind: str = "weather", seed: int = 0, horizon_h: float = 48.0
    ) -> None:
        per_hour = round(3600.0 / truth.dt_s)
        if kind not in FORECAST_KINDS:
            raise TwinError(
                f"there is no forecast of kind {kind!r}.",
                f"Use one of {', '.join(FORECAST_KINDS)}.",
                key="forecast",
            )
        if per_hour < 1 or abs(per_hour * truth.dt_s - 3600.0) > 1e-6 or len(truth) % per_hour:
            raise TwinError(
                f"a forecast needs whole hours of equal steps, not {len(truth)} steps of {truth.dt_s:g} s.",
                "Use weather at 1, 5, 10, 15, 30 or 60 minutes over whole hours.",
                key="timestep",
            )
        if not 0.0 < horizon_h <= len(truth) / per_hour:
            raise TwinError(
                f"a forecast horizon of {horizon_h:g} h does not fit weather of {len(truth) / per_hour:g} h.",
                "Give a horizon above 0 and within the period.",
                key="horizon_h",
            )
        self.truth = truth
        self.kind = kind
        self.seed = seed
        self.horizon_h = horizon_h
        self.upper_bound = kind == "perfect"
        self._per_hour = per_hour
        self._longest = int(np.ceil(horizon_h * per_hour))
        self._offsets: dict[tuple[int, int], tuple[NDArray[np.intp], FloatArray]] = {}
        self._prepare_truth()
        if kind == "weather":
            self._prepare_issues()
        elif kind != "perfect":
            self._prepare_past()

    def _prepare_truth(self) -> None:
        """Truth with its beginning repeated after its end, so that a look ahead is one slice."""
        truth, more = self.truth, self._longest
        self._clear = clear_sky_ghi(truth.solar_zenith, truth.dni_extra)
        self.above_clear = 0
        black = truth.ghi <= 0.0
        self.blind = int(np.count_nonzero(black & (self._clear > 0.0)))
        gain = np.where(black, 0.0, self._clear / np.where(black, 1.0, truth.ghi))
        self._temp_ahead = np.concatenate([truth.temp_air[:-1], truth.temp_air[:more]])
        self._ghi_ahead = np.concatenate([truth.ghi, truth.ghi[:more]])
        self._clear_ahead = np.concatenate([self._clear, self._clear[:more]])
        self._gain = np.concatenate([gain, gain[:more]])
        self._one_if_black = np.concatenate([black, black[:more]]).astype(float)

    def _prepare_issues(self) -> None:
        """Errors of every issue, hourly from its base time on."""
        skill = forecast_skill()
        every, delay = int(skill["issues"]["every_h"]), int(skill["issues"]["delay_h"])
        rows = int(np.ceil(self.horizon_h)) + delay + every + 1
        longest = min(skill["temperature_rmse_k"]["lead_h"][-1], skill["score_correlation"]["lead_h"][-1])
        if rows - 1 > longest:
            raise TwinError(
                f"a forecast horizon of {self.horizon_h:g} h needs skill to {rows - 1} h from base time.",
                f"Skill is known to {longest} h: give at most {longest - delay - every} h.",
                key="horizon_h",
            )
        hours = len(self.truth) // self._per_hour
        start_utc = float(epoch_seconds(self.truth.times[:1])[0]) / 3600.0
        newest = -delay - int(np.floor(start_utc - delay)) % every
        count = 1 + (hours - 1 - delay - newest) // every
        self._every, self._delay, self._first_base = every, delay, newest
        base = newest + every * np.arange(count)
        lead = np.arange(rows, dtype=float)
        temperature, index = skill["temperature_rmse_k"], skill["score_correlation"]
        spread = np.interp(lead, temperature["lead_h"], temperature["value"])
        field = _error_field(
            np.random.default_rng([self.seed, 0]),
            count,
            rows,
            every,
            skill["temperature_lag1_h"]["value"],
            skill["temperature_issue_correlation"]["value"],
        )
        self._temp_error = spread * field
        noise = _error_field(
            np.random.default_rng([self.seed, 1]),
            count,
            rows,
            every,
            index["noise_lag1_h"],
            skill["ghi_issue_correlation"]["value"],
        )
        share = np.interp(lead, index["lead_h"], index["value"])
        self._index_ahead = self._forecast_index(base, share, noise)

    def _forecast_index(self, base: NDArray[np.int64], share: FloatArray, noise: FloatArray) -> FloatArray:
        """Clear-sky index forecast by issue and hour, shape of `noise`."""
        from scipy.special import ndtr, ndtri

        table = forecast_skill()["clear_index_quantiles"]
        quantile = np.array(table["value"], dtype=float)
        level = np.linspace(0.0, 1.0, len(quantile))
        ghi = self.truth.ghi.reshape(-1, self._per_hour).sum(axis=1)
        clear = self._clear.reshape(-1, self._per_hour).sum(axis=1)
        lit = clear > 0.0
        true_index = np.where(lit, ghi / np.where(lit, clear, 1.0), quantile.mean())
        self.above_clear = int(np.count_nonzero(true_index > 1.0))
        # Where an hour stands in the published distribution, and how much has passed below each level. Hours
        # weigh as much as their clear sky: the mean of energy shall have no bias.
        place = np.interp(true_index, quantile, level)
        weight = clear * self.truth.dt_s / 3.6e6
        below = np.cumsum(weight[:, None] * (place[:, None] <= level), axis=0)
        below = np.vstack([np.zeros((1, len(level))), below])
        prior = float(table["prior_kwh_m2"])
        passed = below[np.maximum(base, 0)]
        passed[:, 0] = 0.0
        learned = (prior * level + passed) / (prior + passed[:, -1:])
        fresh = np.sqrt(1.0 - share**2)
        found = np.empty_like(noise)
        columns = np.arange(noise.shape[1])
        for i, start in enumerate(base):
            seen = place[(start + columns) % len(place)]
            chance = np.clip(np.interp(seen, level, learned[i]), _EDGE, 1.0 - _EDGE)
            score = share * ndtri(chance) + fresh * noise[i]
            found[i] = np.interp(np.interp(ndtr(score), learned[i], level), level, quantile)
        return found

    def _prepare_past(self) -> None:
        """What is known of each time of day when a step has passed; a day of ignorance goes before."""
        day = 24 * self._per_hour
        days = CLIMATOLOGY_DAYS if self.kind == "climatology" else 1
        temp = self.truth.temp_air[:-1]
        ghi, clear = _sum_of_days(self.truth.ghi, day, days), _sum_of_days(self._clear, day, days)
        count = _sum_of_days(np.ones(len(temp)), day, days)
        table = forecast_skill()["clear_index_quantiles"]
        mean_index = float(np.mean(table["value"]))
        lit = clear > 0.0
        # A time of day that was dark yesterday takes the index of the last light before it.
        last = np.maximum.accumulate(np.where(lit, np.arange(len(lit)), -1))
        index = np.where(lit, ghi / np.where(lit, clear, 1.0), 0.0)
        index = np.where(last >= 0, index[np.maximum(last, 0)], mean_index)
        self._day = day
        self._past_temp = np.concatenate([np.full(day, temp[0]), _sum_of_days(temp, day, days) / count])
        self._past_index = np.concatenate([np.full(day, mean_index), index])

    def _check(self, step: int, n: int) -> None:
        if not (0 <= step < len(self.truth) and 0 < n <= self._longest):
            raise TwinError(
                f"a forecast was asked at step {step} for {n} steps; there are steps 0 to "
                f"{len(self.truth) - 1} and a horizon of {self._longest} steps.",
                "Ask within the period, or build the forecast with a longer horizon_h.",
                key="horizon_h",
            )

    def issued_at(self, step: int) -> int:
        """Step of the base time of the newest forecast that is available at `step`.

        Negative where that lies before the period. `step` itself for the other kinds, which need no issue.
        """
        self._check(step, 1)
        if self.kind != "weather":
            return step
        return (self._first_base + self._every * self._issue(step)) * self._per_hour

    def _issue(self, step: int) -> int:
        return (step // self._per_hour - self._delay - self._first_base) // self._every

    def _row(self, step: int, n: int) -> tuple[int, NDArray[np.intp], FloatArray]:
        """Issue, hour in it and part of that hour of each coming step."""
        issue = self._issue(step)
        age = step - (self._first_base + self._every * issue) * self._per_hour
        known = self._offsets.get((age, n))
        if known is None:
            steps = age + np.arange(n)
            known = (steps // self._per_hour, (steps % self._per_hour) / self._per_hour)
            self._offsets[age, n] = known
        return issue, known[0], known[1]

    def _days_back(self, n: int, past_step: int) -> NDArray[np.intp]:
        """Where coming steps find their time of day in the past; `past_step` 1 if step k is not known."""
        known = self._offsets.get((-1 - past_step, n))
        if known is None:
            ahead = np.arange(n)
            back = ahead - self._day * -(-(ahead + past_step) // self._day) + self._day
            known = self._offsets[-1 - past_step, n] = (back, np.zeros(0))
        return known[0]

    def temp_error(self, step: int, n: int) -> FloatArray:
        """Forecast minus truth of the outdoor temperature at the starts of steps `step` to `step + n - 1`, K.

        Parameters
        ----------
        step : int
            Step at which the planner asks, 0 to N - 1.
        n : int
            Steps ahead, up to the horizon.

        Returns
        -------
        ndarray (n,)

        Raises
        ------
        TwinError
            Outside of the period or beyond the horizon.
        """
        self._check(step, n)
        if self.kind == "weather":
            issue, hour, part = self._row(step, n)
            row = self._temp_error[issue]
            return row[hour] + part * (row[hour + 1] - row[hour])
        if self.kind == "perfect":
            return np.zeros(n)
        return self.temp(step, n) - self._temp_ahead[step : step + n]

    def _index(self, step: int, n: int) -> FloatArray:
        if self.kind == "weather":
            issue, hour, _ = self._row(step, n)
            return self._index_ahead[issue][hour]
        return self._past_index[step + self._days_back(n, 1)]

    def sun_ratio(self, step: int, n: int) -> FloatArray:
        """Forecast GHI over true GHI in steps `step` to `step + n - 1`; 1 where the truth is black.

        Parameters and errors as for `temp_error`. A factor on true PV gives its forecast but for the mix of
        beam and diffuse light: limit the product to what the array can give.

        Returns
        -------
        ndarray (n,)
        """
        self._check(step, n)
        if self.kind == "perfect":
            return np.ones(n)
        end = step + n
        return self._index(step, n) * self._gain[step:end] + self._one_if_black[step:end]

    def temp(self, step: int, n: int) -> FloatArray:
        """Forecast outdoor temperature at the starts of the steps, °C; see `temp_error`."""
        if self.kind in ("weather", "perfect"):
            return self._temp_ahead[step : step + n] + self.temp_error(step, n)
        self._check(step, n)
        return self._past_temp[step + self._days_back(n, 0)]

    def ghi(self, step: int, n: int) -> FloatArray:
        """Forecast GHI, means over steps `step` to `step + n - 1`, W/m2.

        Parameters and errors as for `temp_error`. `weather` stays within 0 and the clear sky; steps with the
        sun below 1 degree count as dark.
        """
        self._check(step, n)
        if self.kind == "perfect":
            return self._ghi_ahead[step : step + n].copy()
        return self._index(step, n) * self._clear_ahead[step : step + n]


def _error_field(
    random: np.random.Generator, issues: int, rows: int, shift: int, lag: float, between: float
) -> FloatArray:
    """Standard normal field z_i(v) with correlation between^|i-k| lag^|v-u|, shape (issues, rows).

    Row i holds the hours v = i * shift + 0, 1, ... rows - 1. Along v it is an autoregression, whose
    innovations and first value are autoregressions along i: that product is exact for hours which the
    issue before has not reached, too.
    """
    # One row of numbers an issue, so that a longer period begins with the same forecasts.
    drawn = random.standard_normal((issues, rows + 1))
    own, drawn = drawn[:, -1], drawn[:, :-1]
    fresh = np.sqrt(1.0 - between**2)
    innovation = np.sqrt(1.0 - lag**2)
    common = rows - shift
    fade = innovation * lag ** np.arange(shift - 1, -1, -1)
    first = own.copy()
    for i in range(1, issues):
        drawn[i, :common] = between * drawn[i - 1, shift:] + fresh * drawn[i, :common]
        said_before = lag**shift * first[i - 1] + fade @ drawn[i - 1, 1 : shift + 1]
        first[i] = between * said_before + fresh * own[i]
    field = np.empty((issues, rows))
    field[:, 0] = first
    for v in range(1, rows):
        field[:, v] = lag * field[:, v - 1] + innovation * drawn[:, v]
    return field


def _sum_of_days(values: FloatArray, day: int, days: int) -> FloatArray:
    """Sum of a series over the last `days` values at the same time of day, or over those that exist."""
    # Added day by day: differences of a running sum would leave crumbs where every day is dark.
    total = values.astype(float)
    for back in range(day, min(day * days, len(values)), day):
        total[back:] += values[:-back]
    return total
