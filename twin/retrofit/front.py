"""What no other package beats in every respect (帕累托前沿)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def non_dominated(objectives: ArrayLike) -> NDArray[np.bool_]:
    """Which rows no other row dominates.

    Parameters
    ----------
    objectives : array_like, shape (n, k)
        All to be small. A row dominates another if it is nowhere larger and somewhere smaller; of equal rows
        none dominates the other.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    values = np.asarray(objectives, dtype=float)
    keep = np.ones(len(values), dtype=bool)
    for i, row in enumerate(values):
        if keep[i]:
            beaten = (values >= row).all(axis=1) & (values > row).any(axis=1)
            keep &= ~beaten
    return keep
