"""Days of a channel as standard normal figures, however short the training and however days hang together.

Each day is held against what the days before it foretell. Its scatter has two parts: the noise of its own
readings, which is known, and what a sound building scatters from day to day, of which few days of training
say little; so a scatter found on other buildings counts as some days more (moderated t [1]_), and in the same
way the correlation of neighbouring days. By Student's t the quotient is then normal whatever they are, and
days that came later do not change it (self-starting sums [2]_). What is usual follows slowly, since seasons
are not faults.

References
----------
.. [1] Smyth, G. K., 2004. Linear models and empirical Bayes methods for assessing differential expression in
   microarray experiments. Statistical Applications in Genetics and Molecular Biology 3 (1), 3.
.. [2] Hawkins, D. M., 1987. Self-starting CUSUM charts for location and scale. The Statistician 36, 299-316.
.. [3] Alwan, L. C. and H. V. Roberts, 1988. Time-series modeling for statistical process control. Journal of
   Business and Economic Statistics 6, 87-95 (charts of what a first-order model did not foretell).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

Floats = NDArray[np.float64]
_FEWEST = 5
"""Days of training that tell something, without which a channel is not watched."""
_HIGHEST_LAG = 0.9


@dataclass(frozen=True)
class Before:
    """What is known of a channel before its building was seen.

    Attributes
    ----------
    sd : float
        Scatter of sound days beside the noise of readings.
    lag : float
        Correlation of neighbouring days.
    days : float
        Days that this counts for.
    memory : float
        Days after which an older one counts for 1/e.
    farthest : float
        Standard deviations beyond which no day teaches more.
    """

    sd: float
    lag: float
    days: float
    memory: float
    farthest: float


def standard_days(values: Floats, errors: Floats, first: int, training: int, before: Before) -> Floats:
    """Standard normal figures of the days behind the training, (n,); NaN where a day tells nothing.

    Parameters
    ----------
    values, errors : (n,)
        Figures of consecutive days and standard errors of their readings; NaN where a day tells nothing.
    first, training : int
        Days until the twin has settled, which are left out, and days of training behind them.
    before : Before
    """
    found = np.full(len(values), np.nan)
    told = np.flatnonzero(np.isfinite(values))
    told = told[told >= first]
    if (told < first + training).sum() < _FEWEST:
        return found
    width = np.sqrt(before.sd**2 + errors**2)
    fade = np.exp(-1.0 / before.memory)
    sound = told[told < first + training]
    weight = 1.0 / width[sound] ** 2
    mean, weights = float((weight * values[sound]).sum() / weight.sum()), float(weight.sum())
    away = (values[sound] - mean) / width[sound]
    squares, count = float((away**2).sum()), float(len(sound) - 1)
    near = np.diff(sound) <= 1
    together = float((away[1:] * away[:-1])[near].sum())
    pairs = float((away[:-1] ** 2)[near].sum())
    last, last_away = int(sound[-1]), float(away[-1])
    for i in told[told >= first + training]:
        variance = (before.days + squares) / (before.days + count)
        lag = (before.days * before.lag * variance + together) / (before.days * variance + pairs)
        lag = min(max(lag, 0.0), _HIGHEST_LAG)
        hangs = lag ** (i - last)
        # days that hang together tell their mean as fewer would
        of_mean = (1.0 + lag) / (1.0 - lag) / (weights * width[i] ** 2)
        foretold = mean + hangs * last_away * width[i]
        sd = width[i] * np.sqrt(variance * (1.0 - hangs**2 + of_mean * (1.0 - hangs) ** 2))
        quotient = (values[i] - foretold) / sd
        # the upper tail, so that far days do not round to certainty
        tail = max(float(stdtr(before.days + count, -abs(quotient))), 1e-300)
        found[i] = -np.sign(quotient) * ndtri(tail)
        value = foretold + np.clip(quotient, -before.farthest, before.farthest) * sd
        away_now = (value - mean) / width[i]
        fading = fade ** (i - last)
        squares, count = fading * squares + away_now**2, fading * count + 1.0
        together, pairs = fading * together, fading * pairs
        if i - last == 1:
            together, pairs = together + away_now * last_away, pairs + last_away**2
        weights = fading * weights + 1.0 / width[i] ** 2
        mean += (value - mean) / (width[i] ** 2 * weights)
        last, last_away = int(i), float((value - mean) / width[i])
    return found
