"""One-minute sun inside the hours of a year: every hour keeps its GHI, DNI and DHI.

The beam of each hour is a Markov chain of the minute's beam index (DNI over that of a cloudless sky) with a
mixture of uniform distributions [1]_. Its transition matrix is that of the hour's class, as in [2]_; the
class is the hour's own index and its change to its neighbours, the two that govern the spread inside hours
[3]_. Of several paths that go on from the minute before, the one nearest to the hour's energy is taken and
made exact. Since GHI and DNI of an hour both stand, its beam cannot have a trend while the sun rises or
sinks: that, and the chain, leave less memory at 5 to 10 min than is measured (autocorrelation of the beam
index about the hour's mean 0.72, 0.51, 0.12, -0.14 at 1, 2, 5, 10 min; measured 0.80, 0.64, 0.38, 0.14).
Diffuse light follows the beam as it does in the class, with a second-order autoregressive part beside.
Matrices, levels and spreads were derived from a year of one-minute means in Denmark (`data/minute_beam.csv`);
that such matrices serve other places is the claim of [2]_, for Shanghai it is not verified.
Derived from every second day they give the other days' distribution of GHI over that outside the atmosphere
within 0.02 (Kolmogorov-Smirnov, hours with some beam) and the 99 % quantile of its ramps within 8 %.

An hour's constraints are linear, so a path that leaves the physical range is drawn back to the constant
clearness of the hour until it fits, and no energy is lost; such hours are counted. The upper limits are the
"extremely rare" ones of BSRN's quality control for DNI and DHI [4]_, `MOST_CLEARNESS` for GHI (cloud
enhancement), and for the beam what a clean day gives.

References
----------
.. [1] Munkhammar, J. and Widén, J., 2018. An N-state Markov-chain mixture distribution model of the clear-sky
   index. Solar Energy 173, 487-495.
.. [2] Hofmann, M., Riechelmann, S., Crisosto, C., Mubarak, R. and Seckmeyer, G., 2014. Improved synthesis of
   global irradiance with one-minute resolution for PV system simulations. International Journal of
   Photoenergy, 808509.
.. [3] Skartveit, A. and Olseth, J.A., 1992. The probability density and autocorrelation of short-term global
   and beam irradiance. Solar Energy 49(6), 477-487 (from memory: gk-verify).
.. [4] Long, C.N. and Dutton, E.G., 2002. BSRN Global Network recommended QC tests, V2.0 (from memory:
   gk-verify).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather.clear_sky import ashrae_clear_sky, linke_clear_sky
from weather.sun import IntervalSun

if TYPE_CHECKING:
    from weather.climate_year import ClimateYear

FloatArray = NDArray[np.float64]

SOURCE = "Markov-chain mixture by class of hour (Munkhammar and Widén 2018; Hofmann et al. 2014)"
CLEANER_DAY = 1.15
"""Beam of clean air over that of the month's mean optical depth (assumed, as in `weather.day_shape`)."""
_OVER_HOUR = 1.1
"""Beam of a minute over that of an hour clearer than `CLEANER_DAY`, and over the highest index of a path once
it is scaled to the hour's energy (assumed)."""
MOST_CLEARNESS = 1.11
"""Highest GHI of a minute over that outside the atmosphere, beside 20 W/m2: of 208,000 measured minutes with
the sun above 37 deg 1 in 10,000 came over it, none over 1.16 (same station, 2015 to 2017, 2024: derived)."""
_LAST_EDGE = 1.4
_PATHS = 24
"""Paths from which each hour takes the nearest to its energy."""
_TREND_WEIGHT = 1.0
"""How much a trend inside the hour, which the hour's DNI forbids, counts beside the energy (assumed)."""
_DRAWS = 4096
"""Length of a row of the sampling table: probabilities are kept to 1/4096."""
_POLES = (0.93, 0.30)
_WITHIN_HOUR = 0.795
"""Poles of the diffuse part: they give the measured autocorrelation about the hour's mean (0.94, 0.84, 0.55,
0.19 at 1, 2, 5, 10 min); and its spread about hourly means over its whole spread."""
_STREAM = 0x5E
_LEAST_COSINE = 0.02
"""Hours whose mean cosine is lower keep a constant beam: there is next to none."""
_WITHIN = 1.0 - 1e-9
"""Keeps what is drawn back to a limit on its side of it for all rounding."""


@dataclass(frozen=True, eq=False)
class MinuteSun:
    """Irradiance of every minute of a year, or its means over longer steps.

    Attributes
    ----------
    ghi, dni, dhi : ndarray (525600,)
        Means over the minutes (or steps), W/m2.
    hours_varied : int
        Hours whose beam varies.
    hours_drawn_back : int
        Hours whose path was drawn back to the physical range.
    """

    ghi: FloatArray
    dni: FloatArray
    dhi: FloatArray
    hours_varied: int
    hours_drawn_back: int


@dataclass(frozen=True, eq=False)
class _Hours:
    """Hours (h,) at constant clearness and the sun of their minutes (h, 60).

    `cosine` and `up` are the minutes' mean cosine and lit part, `extra` and `height` the extraterrestrial
    irradiance and the cosine while the sun is up, `flat` the diffuse light; `normal` is the beam while the
    sun is up, `clear` that of a cloudless sky, `index` the one over the other.
    """

    cosine: FloatArray
    up: FloatArray
    extra: FloatArray
    height: FloatArray
    flat: FloatArray
    lit: NDArray[np.bool_]
    normal: FloatArray
    clear: FloatArray
    index: FloatArray


@dataclass(frozen=True, eq=False)
class _Classes:
    """`data/minute_beam.csv`: bounds (c, 2), diffuse level (c, states), spread (c,), chain of each class."""

    bounds: FloatArray
    level: FloatArray
    spread: FloatArray
    first: NDArray[np.int8]
    following: NDArray[np.int8]
    edges: FloatArray
    keeps: FloatArray

    def of(self, index: FloatArray, change: FloatArray) -> NDArray[np.intp]:
        """Class of hours: the last whose bounds they reach."""
        lower = np.unique(self.bounds[:, 0])
        beam = lower[np.searchsorted(lower, index, side="right") - 1]
        found = np.zeros(index.shape, dtype=np.intp)
        for c, (low, least_change) in enumerate(self.bounds):
            found = np.where((beam == low) & (change >= least_change), c, found)
        return found


def _sampled(shares: FloatArray) -> NDArray[np.int8]:
    """States of `_DRAWS` equally likely draws for each row of shares."""
    upper = np.cumsum(shares, axis=-1)
    middle = (np.arange(_DRAWS) + 0.5) / _DRAWS
    rows = upper.reshape(-1, shares.shape[-1])
    drawn = [np.searchsorted(row / row[-1], middle, side="right") for row in rows]
    return np.array(drawn, dtype=np.int8).reshape(*shares.shape[:-1], _DRAWS)


@cache
def _classes() -> _Classes:
    table = pd.read_csv(Path(__file__).parent / "data" / "minute_beam.csv", comment="#")
    bounds = table[["beam_from", "change_from"]].to_numpy(float)
    _, start = np.unique(bounds, axis=0, return_index=True)
    start = np.sort(start)
    count = len(table) // len(start)
    chance = table[[f"to_{state}" for state in range(count)]].to_numpy(float)
    return _Classes(
        bounds=bounds[start],
        level=table["diffuse_level"].to_numpy(float).reshape(-1, count),
        spread=table["diffuse_spread"].to_numpy(float)[start],
        first=_sampled(table["share"].to_numpy(float).reshape(-1, count)),
        following=_sampled(chance.reshape(-1, count, count)),
        edges=np.append(table["state_from"].to_numpy(float)[:count], _LAST_EDGE),
        keeps=table["keeps"].to_numpy(float)[:count],
    )


def minute_sun(climate: ClimateYear, sun: IntervalSun, seed: int) -> MinuteSun:
    """Synthesise the irradiance of every minute of a year.

    Parameters
    ----------
    climate : ClimateYear
    sun : IntervalSun (525600)
        Over the minutes of the year.
    seed : int
        Equal seeds give equal years.

    Returns
    -------
    MinuteSun
        GHI, DNI and DHI are never negative and close at every minute; the mean of each over every hour is
        that of the hourly year at constant clearness (`weather.step_weather`).
    """
    rng = np.random.default_rng([seed, _STREAM])
    hours, classes = _hours(climate, sun), _classes()
    kind = classes.of(hours.index, _change(hours.index, hours.lit))
    enough = hours.cosine.sum(axis=1) > 60.0 * _LEAST_COSINE
    varied = hours.lit & enough & (classes.bounds[kind, 0] > 0.0)
    beam, drawn = _beam(hours, classes, kind, varied, rng)
    dhi = _diffuse(hours, classes, kind, beam, rng)

    # GHI is drawn back in both parts alike, so that the hour's sums stay.
    flat, even = hours.flat, hours.normal[:, None]
    limit = MOST_CLEARNESS * hours.extra * hours.height + 20.0
    keep = _part_kept(dhi + beam * hours.cosine, flat + even * hours.cosine, limit)
    rare = 0.75 * hours.extra * hours.height**1.2 + 30.0
    keep_diffuse = np.minimum(keep, _part_kept(dhi, flat, rare))
    dhi = flat + keep_diffuse[:, None] * (dhi - flat)
    beam = even + keep[:, None] * (beam - even)
    return MinuteSun(
        ghi=(dhi + beam * hours.cosine).ravel(),
        dni=(beam * hours.up).ravel(),
        dhi=dhi.ravel(),
        hours_varied=int(varied.sum()),
        hours_drawn_back=int((drawn | (hours.lit & (keep_diffuse < 1.0))).sum()),
    )


def _hours(climate: ClimateYear, sun: IntervalSun) -> _Hours:
    """The hours as `weather.step_weather` spreads them, which is what the minutes deviate from."""
    ghi, dhi = climate.data["ghi"].to_numpy(float), climate.data["dhi"].to_numpy(float)
    cosine, up = sun.mean_cosine.reshape(-1, 60), sun.fraction_up.reshape(-1, 60)
    total = cosine.sum(axis=1)
    lit = total > 0.0
    some = np.where(lit, total, 1.0)
    diffuse = np.where(lit, np.minimum(dhi, ghi), ghi)
    normal = np.where(lit, (ghi - diffuse) * 60.0 / some, 0.0)
    clear = _clear_beam(climate)
    return _Hours(
        cosine=cosine,
        up=up,
        extra=sun.dni_extra.reshape(-1, 60),
        height=sun.cos_zenith.reshape(-1, 60),
        flat=diffuse[:, None] * np.where(lit[:, None], 60.0 * cosine / some[:, None], 1.0),
        lit=lit,
        normal=normal,
        clear=clear,
        index=normal / np.where(clear > 0.0, clear, np.inf),
    )


def _beam(
    hours: _Hours,
    classes: _Classes,
    kind: NDArray[np.intp],
    varied: NDArray[np.bool_],
    rng: np.random.Generator,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Beam while the sun is up (h, 60), and the hours whose path had to be drawn back."""
    highest = np.maximum(CLEANER_DAY, _OVER_HOUR * hours.index)
    path = _paths(hours, classes, kind, highest, varied, rng)
    even = hours.normal[:, None]
    beam = _exact(np.where(varied[:, None], path * hours.clear[:, None], even), hours)
    rare = 0.95 * hours.extra * hours.height**0.2 + 10.0
    most = np.minimum(rare, (_OVER_HOUR * highest * hours.clear)[:, None])
    keep = _part_kept(beam, np.broadcast_to(even, beam.shape), most)
    return even + keep[:, None] * (beam - even), keep < 1.0


def _diffuse(
    hours: _Hours, classes: _Classes, kind: NDArray[np.intp], beam: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Diffuse light (h, 60) with the hour's mean."""
    index = beam / np.where(hours.clear > 0.0, hours.clear, np.inf)[:, None]
    state = np.clip(np.searchsorted(classes.edges, index, side="right") - 1, 0, len(classes.keeps) - 1)
    light = np.exp(classes.level[kind[:, None], state] + _drift(classes.spread[kind], rng))
    mean = (hours.flat * light).sum(axis=1)
    scale = hours.flat.sum(axis=1) / np.where(mean > 0.0, mean, 1.0)
    return np.where(hours.lit[:, None], hours.flat * light * scale[:, None], hours.flat)


def _clear_beam(climate: ClimateYear) -> FloatArray:
    """Cloudless DNI of each hour while the sun is up, W/m2."""
    index, sun = pd.DatetimeIndex(climate.data.index), climate.sun
    if climate.clear_sky_taub is None or climate.clear_sky_taud is None:
        return linke_clear_sky(index, climate.latitude, climate.longitude, climate.altitude, sun.zenith)[0]
    month = index.month.to_numpy() - 1
    taub, taud = (np.array(tau)[month] for tau in (climate.clear_sky_taub, climate.clear_sky_taud))
    return ashrae_clear_sky(sun.zenith, sun.dni_extra, taub, taud)[0]


def _change(index: FloatArray, lit: NDArray[np.bool_]) -> FloatArray:
    """Root mean square of an hour's change from the hour before and to the hour after, where they are lit."""
    step = np.abs(np.diff(index)) ** 2
    both = lit[1:] & lit[:-1]
    squared, count = np.zeros(len(index)), np.zeros(len(index))
    squared[1:] += np.where(both, step, 0.0)
    squared[:-1] += np.where(both, step, 0.0)
    count[1:] += both
    count[:-1] += both
    return np.sqrt(squared / np.maximum(count, 1.0))


def _paths(
    hours: _Hours,
    classes: _Classes,
    kind: NDArray[np.intp],
    highest: FloatArray,
    varied: NDArray[np.bool_],
    rng: np.random.Generator,
) -> FloatArray:
    """Beam index of each minute (n_hours, 60): all days at once, hour after hour, minute after minute."""
    days = len(kind) // 24
    path = np.zeros((days, 24, 60))
    state = np.full(days, -1)
    place = np.zeros(days)
    width = np.diff(classes.edges)
    for hour in range(24):
        at = np.arange(days) * 24 + hour
        state[~varied[at]] = -1
        goes = np.flatnonzero(varied[at])
        if len(goes) == 0:
            continue
        own, shape = kind[at[goes]][:, None], (len(goes), _PATHS)
        now = np.broadcast_to(state[goes][:, None], shape)
        fresh = classes.first[own, rng.integers(_DRAWS, size=shape)]
        now = np.where(now < 0, fresh, now).astype(np.intp)
        inside = np.where(state[goes][:, None] < 0, rng.random(shape), place[goes][:, None])
        states, places = np.empty((60, *shape), np.int8), np.empty((60, *shape))
        draws = rng.integers(_DRAWS, size=(60, *shape), dtype=np.int16)
        new_places, lets_go = rng.random((60, *shape)), rng.random((60, *shape))
        for minute in range(60):
            after = classes.following[own, now, draws[minute]]
            moves = (after != now) | (lets_go[minute] > classes.keeps[after])
            inside = np.where(moves, new_places[minute], inside)
            now = after.astype(np.intp)
            states[minute], places[minute] = now, inside
        values = np.minimum(classes.edges[states] + width[states] * places, highest[at[goes]][:, None])
        chosen = at[goes]
        best = _nearest(values, hours.index[chosen], hours.cosine[chosen], hours.up[chosen])
        rows = np.arange(len(goes))
        path[goes, hour] = values[:, rows, best].T
        state[goes], place[goes] = states[-1, rows, best], places[-1, rows, best]
    return path.reshape(-1, 60)


def _nearest(values: FloatArray, index: FloatArray, cosine: FloatArray, up: FloatArray) -> NDArray[np.intp]:
    """The path of each hour with the hour's index and little trend; values (60, hours, paths)."""
    weight = (cosine / cosine.sum(axis=1, keepdims=True)).T[:, :, None]
    mean = (weight * values).sum(axis=0)
    level = (up / np.maximum(cosine, 1e-9)).T[:, :, None]
    middle = (weight * level).sum(axis=0)
    spread = np.sqrt((weight * (level - middle) ** 2).sum(axis=0)) + 1e-12
    trend = (weight * values * (level - middle)).sum(axis=0) / spread
    some = np.maximum(mean, 0.01 * index[:, None])
    return np.argmin(np.abs(np.log(some / index[:, None])) + _TREND_WEIGHT * np.abs(trend / some), axis=1)


def _exact(beam: FloatArray, hours: _Hours) -> FloatArray:
    """Scale and tilt the beam of each hour to its GHI (weights `cosine`) and to its DNI (weights `up`).

    The tilt is linear in the secant of the zenith, the ratio of the two weights. Where the path holds no beam
    at all the hour stays constant.
    """
    cosine, normal = hours.cosine, hours.normal
    wanted, given = normal * cosine.sum(axis=1), (beam * cosine).sum(axis=1)
    able = (given > 0.0) & (wanted > 0.0)
    scale = wanted / np.where(able, given, 1.0)
    beam = np.where(able[:, None], beam * scale[:, None], normal[:, None])
    total = np.where(able, wanted, 1.0)
    sees = cosine > 0.0
    secant = np.where(sees, hours.up / np.where(sees, cosine, 1.0), 0.0)
    middle = (beam * hours.up).sum(axis=1) / total
    away = np.where(sees, secant - middle[:, None], 0.0)
    spread = (beam * cosine * away**2).sum(axis=1) / total
    able &= spread > 1e-16
    tilt = (normal * hours.up.sum(axis=1) / total - middle) / np.where(able, spread, 1.0)
    return np.asarray(beam * np.where(able[:, None], 1.0 + tilt[:, None] * away, 1.0))


def _part_kept(values: FloatArray, flat: FloatArray, most: FloatArray) -> FloatArray:
    """Part of the deviation from `flat` that keeps each hour between nothing and `most`, 0..1.

    Where `flat` itself lies above `most` nothing of it is kept.
    """
    above = np.maximum(most - flat, 0.0) / np.maximum(values - flat, 1e-12)
    below = flat / np.maximum(flat - values, 1e-12)
    part = np.minimum(np.where(values > most, above, np.inf), np.where(values < 0.0, below, np.inf))
    least = part.min(axis=1)
    return np.where(least < 1.0, _WITHIN * least, 1.0)


def _drift(spread: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Autoregressive part of the logarithm of diffuse light (h, 60) with the spread of each hour's class."""
    one, two = _POLES
    from scipy.signal import lfilter  # half a second that most who import this module need not wait

    score = lfilter([1.0], [1.0, -(one + two), one * two], rng.standard_normal(60 * len(spread)))
    score /= score.std()
    return np.asarray(score.reshape(-1, 60) * (spread / _WITHIN_HOUR)[:, None])
