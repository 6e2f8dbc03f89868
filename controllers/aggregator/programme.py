"""The linear programme of a dispatch, passed to HiGHS whole: what faster ways are measured against."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import ArrayLike

from controllers.aggregator.dispatch import Dispatch, checked, shortfall_price
from weather.errors import TwinError


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
