"""How far one hourly series stands from another: sums, peaks, CV(RMSE), NMBE, worst week.

Ours is always the first argument, the reference (EnergyPlus) the second; a positive difference or NMBE means
that ours is larger. CV(RMSE) and NMBE after ASHRAE Guideline 14-2014 (5.2.11.3), with no parameter fitted
(p = 0) and n hours in the divisor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Series = NDArray[np.float64]

_DAYS_OF_WEEK = 7


def hourly_means(values: Series, per_hour: int) -> Series:
    """Means over the hour of step values, axis 0 being time.

    Parameters
    ----------
    values : ndarray (n, ...)
    per_hour : int
        Steps in an hour.
    """
    return np.asarray(values.reshape(-1, per_hour, *values.shape[1:]).mean(axis=1))


def rmse(ours: Series, reference: Series) -> float:
    """Root of the mean squared difference, in the unit of the series."""
    return float(np.sqrt(np.mean((ours - reference) ** 2)))


def cv_rmse(ours: Series, reference: Series) -> float | None:
    """RMSE over the reference's mean [%]; None where the reference has no load."""
    mean = float(np.mean(reference))
    return 100.0 * rmse(ours, reference) / mean if mean > 0.0 else None


def cv_rmse_running(ours: Series, reference: Series) -> float | None:
    """CV(RMSE) over the hours in which either engine has a load [%]; None where the reference has none."""
    on = (ours > 0.0) | (reference > 0.0)
    return cv_rmse(ours[on], reference[on]) if on.any() else None


def nmbe(ours: Series, reference: Series) -> float | None:
    """Mean difference over the reference's mean [%]; None where the reference has no load."""
    mean = float(np.mean(reference))
    return 100.0 * float(np.mean(ours - reference)) / mean if mean > 0.0 else None


def difference_percent(ours: float, reference: float) -> float | None:
    """Difference as a share of the reference [%]; None where the reference is nought and ours is not."""
    if reference == 0.0:
        return 0.0 if ours == 0.0 else None
    return 100.0 * (ours - reference) / reference


def monthly_sums(values: Series, times: pd.DatetimeIndex) -> tuple[float, ...]:
    """Sums by calendar month, January first; months outside the series are nought."""
    sums = np.zeros(12)
    np.add.at(sums, times.month.to_numpy() - 1, values)
    return tuple(float(v) for v in sums)


@dataclass(frozen=True)
class LoadMeasures:
    """One load (heating, cooling or latent) of a zone or building under both engines.

    Attributes
    ----------
    annual, reference_annual : float
        [kWh/m2].
    monthly, reference_monthly : tuple of 12 floats
        [kWh/m2].
    peak, reference_peak : float
        Largest hourly mean [W/m2].
    peak_hour, reference_peak_hour : Timestamp or None
        Start of the first hour with the peak; None without load.
    rmse : float
        Hourly [W/m2].
    nmbe, cv_rmse, cv_rmse_running : float or None
        Hourly [%]; over all hours, the last over hours with load.
    """

    annual: float
    reference_annual: float
    monthly: tuple[float, ...]
    reference_monthly: tuple[float, ...]
    peak: float
    reference_peak: float
    peak_hour: pd.Timestamp | None
    reference_peak_hour: pd.Timestamp | None
    rmse: float
    nmbe: float | None
    cv_rmse: float | None
    cv_rmse_running: float | None

    @property
    def annual_difference(self) -> float | None:
        """[%] of the reference."""
        return difference_percent(self.annual, self.reference_annual)

    @property
    def peak_difference(self) -> float | None:
        """[%] of the reference."""
        return difference_percent(self.peak, self.reference_peak)


def load_measures(ours: Series, reference: Series, times: pd.DatetimeIndex, area: float) -> LoadMeasures:
    """Compare one hourly load.

    Parameters
    ----------
    ours, reference : ndarray (n,)
        Hourly means, not below nought [W].
    times : DatetimeIndex (n,)
        Starts of the hours.
    area : float
        Floor area that the load serves [m2].
    """
    own, other = ours / area, reference / area
    return LoadMeasures(
        annual=float(own.sum()) / 1000.0,
        reference_annual=float(other.sum()) / 1000.0,
        monthly=monthly_sums(own / 1000.0, times),
        reference_monthly=monthly_sums(other / 1000.0, times),
        peak=float(own.max()),
        reference_peak=float(other.max()),
        peak_hour=_hour_of_peak(own, times),
        reference_peak_hour=_hour_of_peak(other, times),
        rmse=rmse(own, other),
        nmbe=nmbe(own, other),
        cv_rmse=cv_rmse(own, other),
        cv_rmse_running=cv_rmse_running(own, other),
    )


def _hour_of_peak(values: Series, times: pd.DatetimeIndex) -> pd.Timestamp | None:
    at = int(np.argmax(values))
    return times[at] if values[at] > 0.0 else None


@dataclass(frozen=True)
class TemperatureMeasures:
    """Hourly air temperature under both engines [K].

    Attributes
    ----------
    rmse, bias : float
        `bias` is the mean of ours less the reference.
    largest : float
        Largest absolute difference.
    largest_hour : Timestamp
    """

    rmse: float
    bias: float
    largest: float
    largest_hour: pd.Timestamp


def temperature_measures(ours: Series, reference: Series, times: pd.DatetimeIndex) -> TemperatureMeasures:
    """Compare one hourly temperature (n,) [degC]."""
    difference = ours - reference
    at = int(np.argmax(np.abs(difference)))
    return TemperatureMeasures(
        rmse(ours, reference), float(difference.mean()), float(abs(difference[at])), times[at]
    )


def together(zones: list[TemperatureMeasures], areas: list[float]) -> TemperatureMeasures:
    """Zones as one: mean squares and means weighted with floor area, the largest of all."""
    total = math.fsum(areas)
    square = math.fsum(z.rmse**2 * area for z, area in zip(zones, areas, strict=True)) / total
    bias = math.fsum(z.bias * area for z, area in zip(zones, areas, strict=True)) / total
    worst = max(zones, key=lambda z: z.largest)
    return TemperatureMeasures(math.sqrt(square), bias, worst.largest, worst.largest_hour)


def worst_week(ours: Series, reference: Series, times: pd.DatetimeIndex) -> slice:
    """The calendar week (from Monday, whole) with the largest squared difference.

    Returns
    -------
    slice
        Of the series. The whole series where it holds no whole week.
    """
    local = times.tz_localize(None)
    midnights = np.flatnonzero((local.day_of_week == 0) & (local == local.normalize()))
    length = _DAYS_OF_WEEK * round(timedelta(days=1) / (times[1] - times[0]))
    starts = [int(m) for m in midnights if m + length <= len(times)]
    if not starts:
        return slice(0, len(times))
    square = np.concatenate([[0.0], np.cumsum((ours - reference) ** 2)])
    best = max(starts, key=lambda s: square[s + length] - square[s])
    return slice(best, best + length)
