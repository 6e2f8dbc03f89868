"""What to bid: the constant capacity that a fleet reaches with a stated probability, and how sure that is.

A sample is one past day for the whole fleet together, since weather and calendar move its buildings alike,
then who answers at all and what each keeps of its promise. A bid is an order statistic of such samples: never
interpolated, so that at least the stated share of them reaches it. Its own uncertainty has two parts: that of
drawing a finite number of samples, by the binomial law of the number below a quantile [1], and that of having
seen a finite number of days, by drawing the days anew with all their samples [2].

References
----------
.. [1] H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed., Wiley, 2003, section 7.1 (intervals for
   quantiles that hold for any distribution).
.. [2] A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application, Cambridge University Press,
   1997, section 3.8 (resampling of whole groups).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from weather.errors import TwinError

Floats = NDArray[np.float64]
Measure = Literal["mean", "least"]

_CONFIDENCE = 0.95
_REDRAWS = 400
_ROUNDING = 1e-9
"""Share of a sample by which a probability times their number may miss a whole number."""


@dataclass(frozen=True, eq=False)
class Bid:
    """A capacity to offer, and the distribution that it is taken from.

    Attributes
    ----------
    kw : float
        Capacity [kW].
    probability : float
        That was asked for.
    reached : float
        Share of the samples that reach `kw`; not below `probability` unless even nothing is reached less
        often (a fleet that goes the wrong way).
    expected_kw : float
        Mean of the samples [kW].
    quantiles_kw : tuple of float
        P10, P50 and P90: what 90, 50 and 10 % of the samples reach [kW].
    shares_kw : ndarray, shape (P,)
        Of each participant; they sum to `kw` and none is above its own expected capability [kW].
    samples_kw : ndarray, shape (S,)
        Mean or least quarter-hour of the fleet's response in each sample [kW].
    sampling_error_kw : float
        Standard error of the quantile from the number of samples [kW].
    past_error_kw : float
        Standard error from the number of past days and of samples together, NaN where days are not told [kW].
    between_kw : tuple of float
        Order statistics between which the true quantile lies with 95 % by the number of samples [kW].
    """

    kw: float
    probability: float
    reached: float
    expected_kw: float
    quantiles_kw: tuple[float, float, float]
    shares_kw: Floats
    samples_kw: Floats
    sampling_error_kw: float
    past_error_kw: float
    between_kw: tuple[float, float]


def sampled_days(days: int, count: int, seed: int) -> NDArray[np.int64]:
    """Past day of each of `count` samples of `fleet_samples` with the same seed, shape (count,)."""
    if days < 1 or count < 1:
        raise TwinError(
            f"{count} samples of {days} past days were asked for.", "Give at least one of each.", key="count"
        )
    return np.random.default_rng((seed, 0)).integers(days, size=count)


def fleet_samples(
    capability_kw: ArrayLike, answers: ArrayLike, keeps: ArrayLike, count: int, seed: int
) -> Floats:
    """Responses of a fleet that a call could get, by what its participants could have given on past days.

    Parameters
    ----------
    capability_kw : array_like, shape (D, P, w)
        What each participant could have given in the quarter-hours of the event on each past day [kW].
    answers : array_like, shape (P,)
        Probability that a participant answers a call at all [-].
    keeps : array_like, shape (K,) or (P, K)
        Ratios of delivered over promised, of all or of each participant, each as likely as the others [-].
    count : int
        Samples, S.
    seed : int

    Returns
    -------
    ndarray, shape (S, w)
        Sum of the fleet [kW].

    Raises
    ------
    TwinError
        Shapes that do not fit, a capability that is negative or not finite, no probability, no ratio.

    Notes
    -----
    The draws do not depend on the values, so that fleets are compared on the same dice: whoever is likelier
    to answer answers in the same samples and in more.
    """
    capability, ratios = _capability(capability_kw), np.asarray(keeps, dtype=float)
    days, fleet, points = capability.shape
    likely = np.asarray(answers, dtype=float)
    if likely.shape != (fleet,) or not np.all((likely >= 0.0) & (likely <= 1.0)):
        raise TwinError(
            f"the probabilities of an answer have the shape {likely.shape} or leave 0 to 1.",
            f"Give one of each of the {fleet} participants.",
            key="answers",
        )
    if (
        ratios.ndim not in (1, 2)
        or ratios.size == 0
        or not np.isfinite(ratios).all()
        or (ratios.ndim == 2 and len(ratios) != fleet)
    ):
        raise TwinError(
            f"the ratios of delivered over promised have the shape {ratios.shape} or are not finite.",
            f"Give some for all, or a row of each of the {fleet} participants.",
            key="keeps",
        )
    day = sampled_days(days, count, seed)
    dice = np.random.default_rng((seed, 1))
    everyone = np.arange(fleet)
    samples = np.empty((count, points))
    for sample in range(count):
        there = dice.random(fleet) < likely
        drawn = dice.integers(ratios.shape[-1], size=fleet)
        kept = ratios[drawn] if ratios.ndim == 1 else ratios[everyone, drawn]
        samples[sample] = np.where(there, kept, 0.0) @ capability[day[sample]]
    return samples


def confident_bid(
    samples_kw: ArrayLike,
    capability_kw: ArrayLike,
    probability: float = 0.9,
    measure: Measure = "mean",
    days: ArrayLike | None = None,
) -> Bid:
    """The largest constant capacity that a fleet reaches with at least a probability.

    Parameters
    ----------
    samples_kw : array_like, shape (S, w)
        Of `fleet_samples` [kW].
    capability_kw : array_like, shape (D, P, w)
        What participants could have given on past days [kW]; its mean is what a bid is shared out by.
    probability : float, optional
        Between 0 and 1.
    measure : {"mean", "least"}, optional
        What has to reach the bid: the mean over the event, or its least quarter-hour.
    days : array_like of int, shape (S,), optional
        Past day of each sample (`sampled_days`), for `Bid.past_error_kw`.

    Returns
    -------
    Bid
        Not below 0 and not above the sum of expected capabilities: nobody is committed to more than its own.

    Raises
    ------
    TwinError
        Shapes that do not fit, samples that are not finite, a probability that is none, an unknown measure.
    """
    capability, samples = _capability(capability_kw), np.asarray(samples_kw, dtype=float)
    if samples.ndim != 2 or 0 in samples.shape or not np.isfinite(samples).all():
        raise TwinError(
            f"samples of the fleet have the shape {samples.shape} or are not finite.",
            "Give finite sums of the fleet by sample and quarter-hour.",
            key="samples_kw",
        )
    if not 0.0 < probability < 1.0:
        raise TwinError(f"a probability of {probability:g}.", "Give one between 0 and 1.", key="probability")
    if measure not in ("mean", "least"):
        raise TwinError(f"no measure is called {measure!r}.", "Known: mean, least.", key="measure")
    reach = samples.mean(axis=1) if measure == "mean" else samples.min(axis=1)
    ordered = np.sort(reach)
    own = capability.mean(axis=(0, 2))
    kw = min(max(_reached_by(ordered, probability), 0.0), float(own.sum()))
    return Bid(
        kw,
        probability,
        float(np.mean(reach >= kw)),
        float(reach.mean()),
        (_reached_by(ordered, 0.9), _reached_by(ordered, 0.5), _reached_by(ordered, 0.1)),
        np.minimum(own * (kw / own.sum()), own) if kw > 0.0 else np.zeros(len(own)),
        reach,
        _sampling_error(ordered, probability),
        _past_error(reach, probability, days),
        _between(ordered, probability),
    )


def reached_by(samples_kw: ArrayLike, probabilities: Sequence[float]) -> Floats:
    """What a fleet reaches with at least each probability, in every quarter-hour by itself.

    Parameters
    ----------
    samples_kw : array_like, shape (S, w)
        Of `fleet_samples` [kW].
    probabilities : sequence of float
        Each between 0 and 1.

    Returns
    -------
    ndarray, shape (len(probabilities), w)
        Order statistics, as `confident_bid` takes them [kW].
    """
    ordered = np.sort(np.asarray(samples_kw, dtype=float), axis=0)
    return np.stack([_reached(ordered, probability) for probability in probabilities])


def _capability(capability_kw: ArrayLike) -> Floats:
    capability = np.asarray(capability_kw, dtype=float)
    if (
        capability.ndim != 3
        or 0 in capability.shape
        or not np.all((capability >= 0.0) & (capability < np.inf))
    ):
        raise TwinError(
            f"capabilities have the shape {capability.shape}, or one is negative or not finite.",
            "Give what each could have given, by day, participant and quarter-hour, 0 for nothing.",
            key="capability_kw",
        )
    return capability


def _needed(count: int, probability: float) -> int:
    """How many of `count` samples are at least the share `probability` of them."""
    return max(1, math.ceil(probability * count - _ROUNDING))


def _reached_by(ordered: Floats, probability: float) -> float:
    """The largest sample that at least this share of the ascending samples reaches."""
    return float(_reached(ordered, probability))


def _reached(ordered: Floats, probability: float) -> Floats:
    """The same down each column of ascending samples."""
    return np.asarray(ordered[len(ordered) - _needed(len(ordered), probability)])


def _sampling_error(ordered: Floats, probability: float) -> float:
    """Half the distance of the order statistics one standard deviation of the rank on either side [kW]."""
    count = len(ordered)
    rank = count - _needed(count, probability)
    width = math.ceil(math.sqrt(count * probability * (1.0 - probability)))
    low, high = max(rank - width, 0), min(rank + width, count - 1)
    return float(ordered[high] - ordered[low]) / 2.0


def _between(ordered: Floats, probability: float) -> tuple[float, float]:
    """Order statistics about a quantile: the number of samples below it is binomial."""
    count, tail = len(ordered), (1.0 - _CONFIDENCE) / 2.0
    from scipy.stats import binom  # a second that pages need not wait for

    low, high = (int(binom.ppf(side, count, 1.0 - probability)) for side in (tail, 1.0 - tail))
    return float(ordered[max(low - 1, 0)]), float(ordered[min(high, count - 1)])


def _past_error(reach: Floats, probability: float, days: ArrayLike | None) -> float:
    """Standard deviation of the quantile as the past days are drawn anew, each with all its samples [kW]."""
    if days is None:
        return math.nan
    day = np.asarray(days)
    if day.shape != reach.shape:
        raise TwinError(
            f"{len(reach)} samples, but days of the shape {day.shape}.",
            "Give `sampled_days` of the same count and seed.",
            key="days",
        )
    _, group = np.unique(day, return_inverse=True)
    n = int(group.max()) + 1
    drawn = np.random.default_rng(n).multinomial(n, np.full(n, 1.0 / n), size=_REDRAWS)
    order = np.argsort(reach)[::-1]
    weight = np.cumsum(drawn[:, group[order]], axis=1)
    enough = weight >= probability * weight[:, -1:] * (1.0 - _ROUNDING)
    return float(reach[order][np.argmax(enough, axis=1)].std(ddof=1))
