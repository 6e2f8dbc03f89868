"""Figures of ASHRAE Guideline 14: bias and scatter of a calibrated model, monthly and hourly.

References
----------
.. [1] ASHRAE Guideline 14-2014, Measurement of energy, demand and water savings (limits as quoted widely).
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.library.data_text import read_data

FloatArray = NDArray[np.floating[Any]]


@cache
def limits() -> dict[str, dict[str, Any]]:
    """Limits of `monthly` and `hourly` data [%]."""
    text = (resources.files("twin.calibration") / "data" / "guideline14.yaml").read_text("utf-8")
    found: dict[str, dict[str, Any]] = read_data(text)["limits"]
    return found


def nmbe(measured: FloatArray, modelled: FloatArray) -> float:
    """Normalised mean bias, positive where the model is too low [%]; p = 1 as the guideline counts."""
    n = len(measured)
    return float(100.0 * (measured - modelled).sum() / (max(n - 1, 1) * measured.mean()))


def cv_rmse(measured: FloatArray, modelled: FloatArray) -> float:
    """Scatter: root of the mean square over the mean [%]."""
    n = len(measured)
    return float(100.0 * np.sqrt(((measured - modelled) ** 2).sum() / max(n - 1, 1)) / measured.mean())


def figures(measured: pd.Series[float], modelled: pd.Series[float]) -> dict[str, Any]:
    """Figures of one series over the hours that were measured.

    Parameters
    ----------
    measured, modelled : Series
        On the same hours; NaN where nothing was measured.

    Returns
    -------
    dict
        `hourly` and `monthly`, each with `nmbe`, `cv_rmse` [%], `n`, `nmbe_limit`, `cv_rmse_limit`, `within`.
    """
    known = measured.notna().to_numpy()
    own, model = measured[known], modelled[known]
    month = pd.DatetimeIndex(own.index).month
    sums = own.groupby(month).sum().to_numpy(float), model.groupby(month).sum().to_numpy(float)
    return {
        "hourly": _held("hourly", own.to_numpy(float), model.to_numpy(float)),
        "monthly": _held("monthly", *sums),
    }


def _held(kind: str, measured: FloatArray, modelled: FloatArray) -> dict[str, Any]:
    limit = limits()[kind]
    bias, scatter = nmbe(measured, modelled), cv_rmse(measured, modelled)
    return {
        "nmbe": bias,
        "cv_rmse": scatter,
        "n": len(measured),
        "nmbe_limit": float(limit["nmbe"]),
        "cv_rmse_limit": float(limit["cv_rmse"]),
        "within": bool(abs(bias) <= limit["nmbe"] and scatter <= limit["cv_rmse"]),
    }
