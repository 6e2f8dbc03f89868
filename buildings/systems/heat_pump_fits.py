"""Dry machines (热泵去霜性能) out of certified points that hold frost, for air/water heat pumps of hplib.

EN 14825's points at 2 and -7 degC outdoors are means over frosting and defrosting, and hplib draws a plane
through them all: COP over supply and source is convex, so the plane lies 9 to 14 % high at A2, 33 % low at
A-7/W52 and 11 % low at A12/W24 (medians of 1,395 regulated machines), whatever frost does. Here the input
over output of the dry machine is a bilinear function of supply x and source y, e0 + e1 x + e2 y + e3 x y,
whose frosted COP

- passes through the certificate's point A-7/W52, which the database keeps, and leads to hplib's own plane
  when hplib's regression is made of its eight points: four conditions, four coefficients; or
- where the certificate's eight points are known, meets those at A2 and comes as close to the others as it
  can.

The input falls nowhere with the supply and rises nowhere with the source within the range of operation; where
this binds, the conditions are met as closely as it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize

from buildings.systems.frost import LABORATORY_DEPRESSION, frosted
from weather.errors import TwinError

Array = NDArray[np.float64]

SOURCES = np.array([-7.0, 2.0, 7.0, 12.0, -7.0, 2.0, 7.0, 12.0])
SUPPLIES = np.array([34.0, 30.0, 27.0, 24.0, 52.0, 42.0, 36.0, 30.0])
"""EN 14825's points A to D for outdoor air, average climate, low and medium temperature [degC]."""
_FROST_TESTS = [1, 5]
_REFERENCE = 4
_PLANE = np.column_stack([np.ones(8), SUPPLIES, SOURCES])
_BILINEAR = np.column_stack([_PLANE, SUPPLIES * SOURCES])
_REGRESSION = np.linalg.pinv(_PLANE)
_UNITS = np.array([1.0, 1e-2, 1e-2, 1e-3])
"""Order of the four coefficients, for the solver."""
_LEAST_SLOPE = 1e-4
"""Input over output per kelvin [1/K]."""
_LEAST_INPUT = 0.06
"""Input over output anywhere in the range: a COP of 16."""
_WORST = 100.0 * 9 * 0.2**2
"""Misfit of 20 % in the mean, beyond which points contradict each other or every machine."""
_STARTS = ((0.5, 12.0), (0.4, 8.0), (0.6, 20.0))
"""Share of Carnot's COP, and temperature differences in the exchangers [K], to begin the search with."""


@cache
def _frost_at_points(capacity_loss: float, cop_loss: float) -> tuple[Array, Array]:
    """Output and input at EN 14825's points over those of the dry machine."""
    at = [frosted(t, t - LABORATORY_DEPRESSION, capacity_loss, cop_loss) for t in SOURCES]
    output, power = np.array(at).T
    return output, power


def without_frost(plane: Sequence[float], of: str, losses: tuple[float, float]) -> tuple[float, ...]:
    """The dry machine's plane that, frosted at EN 14825's points, regresses to this one.

    Parameters
    ----------
    plane : sequence of float
        Constant, slope over the supply, slope over the source.
    of : {"output", "input"}
    losses : tuple of float
        Of output and COP in the frost test.
    """
    output, power = _frost_at_points(*losses)
    factor = output if of == "output" else power
    back = _REGRESSION @ (factor[:, None] * _PLANE)
    return tuple(float(c) for c in np.linalg.solve(back, np.asarray(plane, float)))


def dry_input_ratio(
    name: str,
    plane: Sequence[float],
    reference: float,
    losses: tuple[float, float],
    supply: tuple[float, float],
    source: tuple[float, float],
    certified: Sequence[float] | None = None,
) -> tuple[float, float, float, float]:
    """Input over output of the dry machine: e0, e1 of the supply, e2 of the source, e3 of their product.

    Parameters
    ----------
    name : str
        Of the machine, for messages.
    plane : sequence of float
        hplib's COP: constant, slope over the supply, slope over the source.
    reference : float
        Certified COP at A-7/W52.
    losses : tuple of float
        Of output and COP in the frost test.
    supply, source : tuple of float
        Range in which the input rises with the supply and falls with the source [degC].
    certified : sequence of float, optional
        COP at the eight points, as `SOURCES` and `SUPPLIES`; then plane and reference are not used.

    Raises
    ------
    TwinError
        Eight points are not eight COPs, or no machine comes near them.
    """
    output, power = _frost_at_points(*losses)
    frost = output / power
    if certified is not None and (len(certified) != 8 or min(certified) <= 1.0):
        raise TwinError(
            f"The certificate of {name!r} needs eight COPs above 1, not {list(certified)}.",
            "Give A-7, A2, A7, A12 at low temperature, then at medium temperature (EN 14825).",
            key="certified_cop",
        )
    points = None if certified is None else np.asarray(certified, float)
    drawn = _PLANE @ np.asarray(plane, float)

    def misfit(z: Array) -> float:
        cop = frost / np.maximum(_BILINEAR @ (z * _UNITS), 0.02)
        if points is not None:
            return 100.0 * float(((cop / points - 1.0) ** 2).sum())
        again = _PLANE @ (_REGRESSION @ cop)
        apart = np.append((again - drawn) / np.maximum(drawn, 1.0), 2.0 * (cop[_REFERENCE] / reference - 1.0))
        return 100.0 * float((apart**2).sum())

    exact = None if points is None else (frost / points)[_FROST_TESTS]
    scale = reference if points is None else float(points[_REFERENCE])
    found = _least(misfit, _conditions(supply, source, exact), frost[_REFERENCE] / scale)
    if found is None:
        raise TwinError(
            f"No dry machine fits the certified points of {name!r}.",
            "Load it with hplib's own planes (`fit='hplib'`), or choose another product.",
            key=name,
        )
    e0, e1, e2, e3 = (float(c) for c in found)
    return e0, e1, e2, e3


def _conditions(
    supply: tuple[float, float], source: tuple[float, float], exact: Array | None
) -> list[LinearConstraint]:
    """Slopes at the corners and the least input, and equality at A2."""
    (cool, hot), (cold, warm) = supply, source
    rows = np.array(
        [[0, 1, 0, cold], [0, 1, 0, warm], [0, 0, -1, -cool], [0, 0, -1, -hot], [1, cool, warm, cool * warm]],
        float,
    )
    least = np.array([_LEAST_SLOPE] * 4 + [_LEAST_INPUT])
    made = [LinearConstraint(100.0 * rows * _UNITS, 100.0 * least, np.inf)]
    if exact is not None:
        through = 10.0 * _BILINEAR[_FROST_TESTS] * _UNITS
        made.append(LinearConstraint(through, 10.0 * exact, 10.0 * exact))
    return made


def _least(
    misfit: Callable[[Array], float], conditions: list[LinearConstraint], reference: float
) -> Array | None:
    """Coefficients of least misfit from the first start that converges; `reference`: input at A-7/W52."""
    for share, apart in _STARTS:
        carnot = (SUPPLIES - SOURCES + apart) / (SUPPLIES + 273.15) / share
        start = np.append(np.linalg.lstsq(_PLANE, carnot)[0], 0.0)
        start *= reference / float(_BILINEAR[_REFERENCE] @ start)
        solved = minimize(
            misfit,
            start / _UNITS,
            constraints=conditions,
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-11},
        )
        if solved.success and solved.fun < _WORST:
            return np.asarray(solved.x * _UNITS, dtype=np.float64)
    return None
