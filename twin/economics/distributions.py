"""Distributions of uncertain figures, by their quantiles (分位数)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from weather.errors import TwinError

FloatArray = NDArray[np.float64]
_TAIL = 1e-6
"""Share beyond which a normal distribution is cut on either side, so that no draw is infinite."""
ENDS = (0.05, 0.95)
"""Quantiles that stand for the ends of a distribution without ends."""


def triangular(share: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Quantiles of a triangular distribution; constant where `low` is `high`."""
    width = high - low
    if width == 0.0:
        return np.full(np.shape(share), mode)
    rising = low + np.sqrt(share * width * (mode - low))
    falling = high - np.sqrt((1.0 - share) * width * (high - mode))
    return np.where(share * width < mode - low, rising, falling)


def quantile(entry: Mapping[str, Any], share: FloatArray) -> FloatArray:
    """Quantiles of a distribution of the data file.

    Parameters
    ----------
    entry : mapping
        `distribution` "triangular" (low, value, high), "uniform" (low, high) or "normal" (mean, sd).
    share : ndarray
        From 0 to 1.

    Raises
    ------
    TwinError
        Another distribution, or ends that do not ascend.
    """
    kind = entry["distribution"]
    share = np.asarray(share, float)
    if kind == "normal":
        return np.asarray(entry["mean"] + entry["sd"] * ndtri(np.clip(share, _TAIL, 1.0 - _TAIL)))
    low, high = entry["low"], entry["high"]
    mode = entry.get("value", low)
    if not low <= mode <= high:
        raise TwinError(
            f"a distribution from {low:g} over {mode:g} to {high:g} does not ascend.", "Order its figures."
        )
    if kind == "uniform":
        return np.asarray(low + share * (high - low))
    if kind == "triangular":
        return triangular(share, low, mode, high)
    raise TwinError(
        f"no distribution is called {kind!r}.", "Known: triangular, uniform, normal.", key="distribution"
    )


def ends(entry: Mapping[str, Any]) -> tuple[float, float]:
    """Shares at which a tornado stands: the ends, or the 5th and 95th percentile of a normal distribution."""
    return ENDS if entry["distribution"] == "normal" else (0.0, 1.0)
