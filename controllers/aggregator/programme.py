"""The linear programme of a dispatch, passed to HiGHS whole: what faster ways are measured against."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from weather.errors import TwinError

Floats = NDArray[np.float64]

ABOVE_CNY_KWH = 1.0
"""By how much a kilowatt-hour that is missing is dearer than the dearest participant [CNY/kWh]: any number
above nothing gives the least shortfall, since nobody's energy has to go down for another's to go up."""


@dataclass(frozen=True, eq=False)
class Dispatch:
    """Shares of a target.

    Attributes
    ----------
    kw : ndarray, shape (P, T)
        Of each participant in each interval [kW].
    short_kw : ndarray, shape (T,)
        Of the target that nobody can give [kW].
    cost_cny : float
        What participants are paid by their prices; the shortfall costs nothing here [CNY].
    gap_cny : float
        By how much the cost of a least shortfall can be lower at most, missing energy at its own price [CNY].
    marginal_price : ndarray, shape (T,)
        What a kilowatt-hour more would cost in each interval, the price of missing energy where the
        target is short [CNY/kWh].
    """

    kw: Floats
    short_kw: Floats
    cost_cny: float
    gap_cny: float
    marginal_price: Floats


def dispatch_by_programme(
    target_kw: ArrayLike,
    most_kw: ArrayLike,
    energy_kwh: ArrayLike,
    price_cny_kwh: ArrayLike,
    dt_h: float = 0.25,
) -> Dispatch:
    """Share a target at exactly the least cost; parameters as those of `dispatch`.

    Returns
    -------
    Dispatch
        A corner of the programme: equals are not treated alike in it. `gap_cny` is 0.

    Raises
    ------
    TwinError
        As `dispatch`, and where HiGHS finds no optimum.
    """
    target, most, energy, price = checked(target_kw, most_kw, energy_kwh, price_cny_kwh, dt_h)
    fleet, points = most.shape
    n, high = fleet * points, shortfall_price(price)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n + points, points + fleet
    lp.col_cost_ = dt_h * np.append(np.repeat(price, points), np.full(points, high))
    lp.col_lower_, lp.col_upper_ = np.zeros(n + points), np.append(most.ravel(), target)
    lp.row_lower_ = np.append(target, np.full(fleet, -highspy.kHighsInf))
    lp.row_upper_ = np.append(target, np.minimum(energy / dt_h, highspy.kHighsInf))
    # Each power stands in the balance of its interval and in the energy of its participant.
    rows = np.column_stack([np.tile(np.arange(points), fleet), points + np.repeat(np.arange(fleet), points)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.append(2 * np.arange(n), 2 * n + np.arange(points + 1)).astype(np.int32)
    lp.a_matrix_.index_ = np.append(rows.ravel(), np.arange(points)).astype(np.int32)
    lp.a_matrix_.value_ = np.ones(2 * n + points)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise TwinError(
            f"HiGHS found no optimum of a dispatch ({solver.getModelStatus()}).",
            "Bring powers and prices to magnitudes that are less apart.",
            key="most_kw",
        )
    solution = solver.getSolution()
    value, dual = np.array(solution.col_value), np.array(solution.row_dual)
    kw = np.clip(value[:n].reshape(fleet, points), 0.0, most)
    cost = float(dt_h * price @ kw.sum(axis=1))
    return Dispatch(kw, np.clip(value[n:], 0.0, target), cost, 0.0, dual[:points] / dt_h)


def shortfall_price(price: Floats) -> float:
    """Price of energy that is missing, above that of each participant [CNY/kWh]."""
    return float(price.max(initial=0.0)) + ABOVE_CNY_KWH


def checked(
    target_kw: ArrayLike, most_kw: ArrayLike, energy_kwh: ArrayLike, price_cny_kwh: ArrayLike, dt_h: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Target (T,), most (P, T), energy and price (P,) as arrays, refused where they cannot be dispatched."""
    target, most = np.asarray(target_kw, dtype=float), np.asarray(most_kw, dtype=float)
    energy, price = np.asarray(energy_kwh, dtype=float), np.asarray(price_cny_kwh, dtype=float)
    fleet, points = (energy.size,), (target.size,)
    wanted = {"most_kw": fleet + points, "energy_kwh": fleet, "target_kw": points, "price_cny_kwh": fleet}
    given = {"most_kw": most, "energy_kwh": energy, "target_kw": target, "price_cny_kwh": price}
    for key, values in given.items():
        if values.shape != wanted[key] or 0 in values.shape:
            raise TwinError(
                f"the shape is {values.shape}.", f"Give {wanted[key]}: participants, intervals.", key=key
            )
        bound = np.inf if key == "energy_kwh" else np.finfo(float).max
        if not np.all((values >= 0.0) & (values <= bound)):
            raise TwinError("a figure is negative or not a number.", "Give 0 for nothing.", key=key)
    if not 0.0 < dt_h < np.inf:
        raise TwinError(f"an interval lasts {dt_h:g} h.", "Give more than 0.", key="dt_h")
    return target, most, energy, price
