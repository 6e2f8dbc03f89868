"""Weathers that may come behind a forecast (集合预报): what its published errors leave open.

`weather.forecast` draws forecasts of a known truth; here a forecast is known and truths are drawn. Both are
one and the same Gaussian model: the temperature's error is an autoregression along the valid hours with the
published root mean square error of its lead, and the true clear-sky index has, as a normal score, the
correlation a of its lead with the forecast's: given the forecast's score u it is a u + sqrt(1 - a^2) z.

Left out: what the forecast itself says of its certainty, seasons in the skill, errors that temperature and
sun have together. The truth's temperature is drawn around the forecast without leaning towards the normal
of the season, by which an error of 1.5 to 2 K is told up to a tenth too wide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from weather.errors import TwinError
from weather.forecast import forecast_skill

FloatArray = NDArray[np.float64]
_EDGE = 1e-3


class Members(NamedTuple):
    """Weathers of N members in the hours behind a forecast.

    Attributes
    ----------
    temp_air : ndarray (N, H + 1)
        At the starts of the hours and the end of the last [degC].
    ghi : ndarray (N, H)
        Means of the hours [W/m2].
    """

    temp_air: FloatArray
    ghi: FloatArray


def longest_hours() -> int:
    """How far ahead skill is known from the moment a forecast can be had [h]."""
    skill = forecast_skill()
    longest = min(skill[name]["lead_h"][-1] for name in ("temperature_rmse_k", "score_correlation"))
    return int(longest) - int(skill["issues"]["delay_h"]) - int(skill["issues"]["every_h"])


def weather_members(
    temp_air: FloatArray,
    ghi: FloatArray,
    clear: FloatArray,
    count: int,
    seed: int,
    age_h: float | None = None,
) -> Members:
    """Draw weathers around a forecast.

    Parameters
    ----------
    temp_air : ndarray (H + 1,)
        Forecast at the starts of the hours and the end of the last [degC].
    ghi, clear : ndarray (H,)
        Forecast and clear sky, means of the hours [W/m2].
    count : int
        Members.
    seed : int
    age_h : float, optional
        Time since the forecast's base time [h]; as it can first be had where not given.

    Returns
    -------
    Members

    Raises
    ------
    TwinError
        More hours than skill is known for.
    """
    skill = forecast_skill()
    age = float(skill["issues"]["delay_h"]) if age_h is None else age_h
    hours = len(ghi)
    index, spread = skill["score_correlation"], skill["temperature_rmse_k"]
    most = min(index["lead_h"][-1], spread["lead_h"][-1]) - age
    if hours > most:
        raise TwinError(
            f"a forecast of {hours} h is longer than its skill is known for.",
            f"Ask for {int(most)} h at most.",
            key="hours",
        )
    dice = np.random.default_rng((seed, 2))
    lead = age + np.arange(hours + 1)
    error = _autoregression(dice, count, hours + 1, skill["temperature_lag1_h"]["value"])
    temp = temp_air - np.interp(lead, spread["lead_h"], spread["value"]) * error
    share = np.interp(lead[:-1] + 0.5, index["lead_h"], index["value"])
    noise = _autoregression(dice, count, hours, index["noise_lag1_h"])
    return Members(temp, _drawn_sun(ghi, clear, share, noise))


def _drawn_sun(ghi: FloatArray, clear: FloatArray, share: FloatArray, noise: FloatArray) -> FloatArray:
    from scipy.special import ndtr, ndtri

    quantile = np.array(forecast_skill()["clear_index_quantiles"]["value"], dtype=float)
    level = np.linspace(0.0, 1.0, len(quantile))
    lit = clear > 0.0
    index = np.where(lit, ghi / np.where(lit, clear, 1.0), 0.0)
    chance = np.clip(np.interp(index, quantile, level), _EDGE, 1.0 - _EDGE)
    score = share * ndtri(chance) + np.sqrt(1.0 - share**2) * noise
    return np.asarray(np.where(lit, np.interp(ndtr(score), level, quantile) * clear, 0.0))


def _autoregression(dice: np.random.Generator, count: int, n: int, lag: float) -> FloatArray:
    """Standard normal series of first order, shape (count, n)."""
    drawn = dice.standard_normal((count, n))
    fresh = np.sqrt(1.0 - lag**2)
    for v in range(1, n):
        drawn[:, v] = lag * drawn[:, v - 1] + fresh * drawn[:, v]
    return drawn
