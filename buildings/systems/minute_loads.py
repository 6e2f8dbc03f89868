"""One-minute plug loads and draws of hot water whose means are those of a given series.

Appliances switch on and taps open at random; each then takes its power for its time. A load is the sum of
such pulses (a Poisson shot noise, M/G/infinity), started at the rate that the mean of the moment asks for
[1]_ [2]_. Its variance is mean x size of the pulses, so that a building of N times the load has 1/sqrt(N) of
the relative spread. Pulses, sizes and shares stand in `data/minute_loads.yaml`.

The sum is scaled block by block so that every block keeps its energy. The block is the hour where chance
moves hours by less than `HOUR_SPREAD`; else the day, as in a dwelling, whose hours cannot hold whole pulses.

References
----------
.. [1] Richardson, I., Thomson, M., Infield, D. and Clifford, C., 2010. Domestic electricity use: a
   high-resolution energy demand model. Energy and Buildings 42(10), 1878-1887. Appliances and cycles from it;
   starts follow the given profile instead of its activity model.
.. [2] Jordan, U. and Vajen, K., 2005. DHWcalc: program to generate domestic hot water profiles with
   statistical means for user defined conditions. ISES Solar World Congress. Flows are drawn from gamma
   distributions of its means and standard deviations instead of truncated normal ones, so that draws add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buildings.systems.records import entry

Array = NDArray[np.float64]

HOUR_SPREAD = 0.15
"""Relative standard deviation of hourly means below which every hour keeps its energy (assumed)."""
_MINUTES = {"hour": 60, "day": 1440}


@dataclass(frozen=True)
class Pulses:
    """One kind of pulses: share of the energy [1], size [W or L/min], its spread, duration [min]."""

    share: float
    size: float
    spread: float
    minutes: int


@dataclass(frozen=True)
class Pattern:
    """What a load is made of; the shares of the pulses leave over what is steady."""

    pulses: tuple[Pulses, ...]

    def relative_spread(self, mean: float, block_minutes: int = 1) -> float:
        """Standard deviation over the mean of the load's mean over a block, for a constant mean.

        Parameters
        ----------
        mean : float
            Of the load, in the unit of the sizes.
        block_minutes : int
            Over which the load is averaged.
        """
        variance = 0.0
        for p in self.pulses:
            short, long = sorted((p.minutes, block_minutes))
            # Squared overlap of pulse and block, summed over all starts.
            overlap = short**2 * (long - short + 1) + (short - 1) * short * (2 * short - 1) / 3
            kept = overlap / (p.minutes * block_minutes**2)
            variance += kept * p.share * p.size * (1.0 + (p.spread / p.size) ** 2)
        return float(np.sqrt(variance / mean)) if mean > 0.0 else 0.0


@dataclass(frozen=True)
class VariedLoad:
    """Factors (n,) on a series of means, the block that keeps its energy, blocks in which nothing started."""

    factor: Array
    block: Literal["hour", "day"]
    empty_blocks: int


def load_pattern(key: str) -> Pattern:
    """A pattern of `data/minute_loads.yaml`.

    Raises
    ------
    TwinError
        If there is none of that name.
    """
    values = entry("minute_loads", key)
    parts = values["parts"].values()
    total = float(values["steady"]) + sum(float(part["energy"]) for part in parts)
    return Pattern(
        tuple(
            Pulses(
                share=float(part["energy"]) / total,
                size=float(part["size"]),
                spread=float(part.get("spread", 0.0)),
                minutes=int(part["minutes"]),
            )
            for part in parts
        )
    )


def vary(mean: Array, step_minutes: int, pattern: Pattern, rng: np.random.Generator) -> VariedLoad:
    """Factors that turn a series of means into one of pulses with the same energy.

    Parameters
    ----------
    mean : ndarray (n,)
        Load at each step, in the unit of the pattern's sizes, over whole days; nought stays nought.
    step_minutes : int
        Length of a step; the pulses themselves are drawn by the minute.
    pattern : Pattern
    rng : numpy.random.Generator

    Returns
    -------
    VariedLoad
        `mean * factor` has in every block the energy of `mean`. A block in which nothing happens to start
        keeps its series.

    Raises
    ------
    ValueError
        Negative means, or steps that do not fill whole days.
    """
    steps_a_day = 1440 // step_minutes
    if step_minutes * steps_a_day != 1440 or len(mean) % steps_a_day or np.any(mean < 0.0):
        raise ValueError(f"{len(mean)} steps of {step_minutes} min with a least mean of {np.min(mean)}")
    average = float(mean.mean())
    block: Literal["hour", "day"] = "hour"
    if pattern.relative_spread(average, _MINUTES["hour"]) > HOUR_SPREAD:
        block = "day"
    if average == 0.0:
        return VariedLoad(np.ones(len(mean)), block, 0)
    load = _pulses(np.repeat(mean, step_minutes), pattern, rng).reshape(-1, step_minutes).mean(axis=1)
    shape = (-1, _MINUTES[block] // step_minutes)
    load = np.where(mean > 0.0, load, 0.0).reshape(shape)
    wanted, drawn = mean.reshape(shape).sum(axis=1), load.sum(axis=1)
    empty = (drawn <= 0.0) & (wanted > 0.0)
    load = load * (wanted / np.where(drawn > 0.0, drawn, 1.0))[:, None]
    varied = np.where(empty[:, None], mean.reshape(shape), load).ravel()
    factor = np.where(mean > 0.0, varied / np.where(mean > 0.0, mean, 1.0), 1.0)
    return VariedLoad(factor, block, int(empty.sum()))


def _pulses(mean: Array, pattern: Pattern, rng: np.random.Generator) -> Array:
    """Load of every minute (n,) around its mean; the series is taken as periodic."""
    load = (1.0 - sum(p.share for p in pattern.pulses)) * mean
    for p in pattern.pulses:
        starts = rng.poisson(p.share / (p.size * p.minutes) * mean)
        if p.spread > 0.0:
            shape = (p.size / p.spread) ** 2
            taken = np.zeros(len(mean))
            some = starts > 0
            taken[some] = rng.gamma(shape * starts[some], p.spread**2 / p.size)
            load += np.sum([np.roll(taken, lag) for lag in range(p.minutes)], axis=0)
        else:
            running = np.cumsum(np.concatenate([starts[len(starts) - p.minutes :], starts]))
            load += p.size * (running[p.minutes :] - running[: -p.minutes])
    return load
