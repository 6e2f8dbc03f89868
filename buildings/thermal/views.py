"""What the faces of a room see of each other, from their areas and directions alone.

Rooms are described without corners, so views follow from two facts that hold for any convex room: faces in
one plane do not see each other, and every plane sees out with all of its area. The exchange areas

    S_ij = w_i w_j / sum(w),   sum over j != i of S_ij = A_i

of Carroll's star [1]_ between planes meet both; the faces of a plane share by area. In a box of 8 m x 6 m x
2.7 m they lie within 0.05 of the exact view factors [2]_, and light that enters ends within 0.025 of where
these put it.

References
----------
.. [1] Carroll, J. A., 1980. An MRT method of computing radiant energy exchange in rooms. The form used by
   EnergyPlus and CSE.
.. [2] Howell, J. R. A catalog of radiation heat transfer configuration factors, C-11 and C-14.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from weather.kept import kept

FloatArray = NDArray[np.float64]

_CLOSE = 1e-6
"""The largest plane's area over that of all others within which the equation below has lost its digits."""


def carroll_factors(areas: FloatArray) -> FloatArray:
    """Mean-radiant-temperature factors f_i = 1 / (1 - A_i f_i / sum(A f)) [1]_, by fixed point.

    Parameters
    ----------
    areas : ndarray (n,)
        Surface areas of one enclosure [m2].

    Returns
    -------
    ndarray (n,)
        Factors, at least 1, read-only. A surface larger than all others together has no finite factor; it is
        held at 10, where its exchange is limited by its emissivity anyway.
    """
    return _carroll_factors(tuple(float(a) for a in areas))


@kept(1024)
def _carroll_factors(area: tuple[float, ...]) -> FloatArray:
    # Plain numbers: a room has a handful of faces, for which arrays cost more than their arithmetic.
    f = [1.0] * len(area)
    for _ in range(200):
        total = sum(a * x for a, x in zip(area, f, strict=True))
        new = [min(1.0 / max(1.0 - a * x / total, 0.1), 10.0) for a, x in zip(area, f, strict=True)]
        if max(abs(y - x) for x, y in zip(f, new, strict=True)) < 1e-12:
            return np.array(new)
        f = [0.5 * (x + y) for x, y in zip(f, new, strict=True)]
    return np.array(f)


def plane_exchange(areas: FloatArray) -> FloatArray:
    """Exchange areas of the planes of a room [m2]; row i sums to the area of plane i.

    Parameters
    ----------
    areas : ndarray (n,)
        Of each plane [m2].

    Returns
    -------
    ndarray (n, n)
        Symmetric, none negative. A plane as large as all others together is all that they see, and sees
        itself with what is left of it.
    """
    largest = int(np.argmax(areas))
    others = float(areas.sum() - areas[largest])
    relative = areas / areas[largest]
    if others <= areas[largest] * (1.0 + _CLOSE):
        found = np.zeros((len(areas), len(areas)))
        if others > 0.0:
            seen = areas * min(areas[largest] / others, 1.0)
            found[largest], found[:, largest] = seen, seen
        found[largest, largest] = 0.0
        np.fill_diagonal(found, np.maximum(areas - found.sum(axis=1), 0.0))
        return found

    def shares(first: float) -> FloatArray:
        """w / sum(w) of all planes by that of the largest: A_i = sum(w) s_i (1 - s_i)."""
        inner = np.maximum(1.0 - 4.0 * relative * first * (1.0 - first), 0.0)  # rounding, where it is nought
        s = 0.5 * (1.0 - np.sqrt(inner))
        s[largest] = first
        return np.asarray(s)

    def beyond(first: float) -> float:
        return float(shares(first).sum()) - 1.0

    first = float(brentq(beyond, 1e-9, 1.0 - 0.1 * _CLOSE, xtol=1e-15, rtol=1e-14))
    share = shares(first)
    found = np.outer(share, share) * areas[largest] / (first * (1.0 - first))
    np.fill_diagonal(found, 0.0)
    return found


def views(areas: FloatArray, planes: Sequence[Hashable]) -> FloatArray:
    """View factors between the faces of a room.

    Parameters
    ----------
    areas : ndarray (n,)
        Of each face [m2].
    planes : sequence of n hashables
        What tells one plane of the room from another; faces with the same one do not see each other.

    Returns
    -------
    ndarray (n, n)
        Row i: shares of the diffuse light that leaves face i which reach each face. Rows sum to one, and
        A_i F_ij = A_j F_ji. Read-only.
    """
    number = {plane: i for i, plane in enumerate(dict.fromkeys(planes))}
    return _views(tuple(float(a) for a in areas), tuple(number[plane] for plane in planes))


@kept(1024)
def _views(area: tuple[float, ...], plane: tuple[int, ...]) -> FloatArray:
    """The same by the number of each face's plane."""
    areas, group = np.array(area), np.array(plane)
    total = np.zeros(max(plane) + 1)
    np.add.at(total, group, areas)
    between = plane_exchange(total) / total[:, None]
    return np.asarray(between[np.ix_(group, group)] * (areas / total[group]))


def cavity_absorption(absorptance: FloatArray, transmittance: FloatArray, seen: FloatArray) -> FloatArray:
    """Where light ends that first strikes face j: diffuse inter-reflection.

    Parameters
    ----------
    absorptance, transmittance : ndarray (n,)
        Share absorbed and share let out again by each face.
    seen : ndarray (n, n)
        View factors of `views`.

    Returns
    -------
    ndarray (n, n)
        Column j: watts absorbed on each face per watt that strikes face j. Columns sum to at most one;
        the rest has left through the windows.
    """
    reflected = np.diag(1.0 - absorptance - transmittance)
    incident = np.linalg.inv(np.eye(len(seen)) - seen.T @ reflected)
    return np.asarray(np.diag(absorptance) @ incident)
