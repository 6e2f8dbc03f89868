"""Plane polygons: area, normal, tilt, azimuth, and the volume that a zone's surfaces enclose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
_CLOSED = 0.01
"""Share of the total area by which the surfaces of a zone may fail to close [1]."""


def area_vector(points: Points) -> NDArray[np.float64]:
    """Normal times area [m2] of a plane polygon, shape (3,), by Newell's sum; right-handed."""
    following = np.roll(points, -1, axis=0)
    return 0.5 * np.cross(points, following).sum(axis=0)


def area(points: Points) -> float:
    """Area of a plane polygon [m2]."""
    return float(np.linalg.norm(area_vector(points)))


def tilt_azimuth(vector: NDArray[np.float64]) -> tuple[float, float]:
    """Tilt (0 up, 90 vertical, 180 down) and azimuth clockwise from north (+y) of a normal [deg].

    The azimuth of a level plane is 0.
    """
    x, y, z = vector / np.linalg.norm(vector)
    tilt = float(np.degrees(np.arccos(np.clip(z, -1.0, 1.0))))
    level = np.hypot(x, y) < 1e-6
    return tilt, 0.0 if level else float(np.degrees(np.arctan2(x, y)) % 360.0)


def enclosed_volume(polygons: Sequence[Points]) -> float | None:
    """Volume inside polygons whose normals look outwards [m3]; None where they do not close.

    By the divergence theorem: a third of the sum of centroid . normal . area.
    """
    vectors = [area_vector(p) for p in polygons]
    total = sum(float(np.linalg.norm(v)) for v in vectors)
    if total == 0.0 or np.linalg.norm(np.sum(vectors, axis=0)) > _CLOSED * total:
        return None
    volume = sum(float(np.dot(_centroid(p), v)) for p, v in zip(polygons, vectors, strict=True)) / 3.0
    return volume if volume > 0.0 else None


def _centroid(points: Points) -> NDArray[np.float64]:
    """Centroid of a plane polygon: fan of triangles, weighted by signed area."""
    normal = area_vector(points)
    first = points[0]
    weights, centres = [], []
    for b, c in pairwise(points[1:]):
        weights.append(0.5 * float(np.dot(np.cross(b - first, c - first), normal)))
        centres.append((first + b + c) / 3.0)
    total = sum(weights)
    if total == 0.0:
        return np.asarray(points.mean(axis=0))
    return np.asarray(sum(w * c for w, c in zip(weights, centres, strict=True)) / total)


def width_height(points: Points) -> tuple[float, float]:
    """Extent along the horizontal and along the slope of a plane polygon [m]."""
    normal = area_vector(points)
    normal = normal / np.linalg.norm(normal)
    level = np.cross([0.0, 0.0, 1.0], normal)
    if np.linalg.norm(level) < 1e-6:
        level = points[1] - points[0]
    level = level / np.linalg.norm(level)
    upward = np.cross(normal, level)
    along, up = points @ level, points @ upward
    return float(np.ptp(along)), float(np.ptp(up))


def rim(points: Points) -> float:
    """Perimeter of a polygon [m]."""
    return float(np.sum(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)))
