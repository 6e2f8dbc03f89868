"""How high outlines of given tops stand in every direction around points of the plan, and how near."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from buildings.compiled import compiled

FloatArray = NDArray[np.float64]

_LEAST_DISTANCE = 0.01
"""To a wall that a point touches [m]."""


@compiled()
def look_around(
    points: FloatArray,
    levels: FloatArray,
    edges: FloatArray,
    tops: FloatArray,
    owner: NDArray[np.int64],
    rise: FloatArray,
    distance: FloatArray,
) -> None:
    """Write what stands around points, along one ray through the middle of each direction.

    Parameters
    ----------
    points : ndarray (q, 2)
        East and north [m].
    levels : ndarray (z,)
        Heights above the ground from which each point looks [m].
    edges : ndarray (e, 4)
        From (east, north) to (east, north) [m], the edges of one outline behind each other.
    tops : ndarray (e,)
        Top of the outline above the ground [m].
    owner : ndarray (e,)
        Number of the outline.
    rise : ndarray (q, z, d)
        Tangent of the height above level; comes as noughts. A point inside an outline sees no sky from below
        its top: inf.
    distance : ndarray (q, z, d)
        To the nearest outline whose top is above that height [m]; comes as inf. What is lower counts as
        ground.
    """
    directions = rise.shape[2]
    width = 2.0 * math.pi / directions
    for q in range(points.shape[0]):
        turned = 0.0
        for e in range(edges.shape[0]):
            if e == 0 or owner[e] != owner[e - 1]:
                turned = 0.0
            x0, y0 = edges[e, 0] - points[q, 0], edges[e, 1] - points[q, 1]
            x1, y1 = edges[e, 2] - points[q, 0], edges[e, 3] - points[q, 1]
            first = math.atan2(x0, y0)
            span = math.atan2(x1, y1) - first
            if span > math.pi:
                span -= 2.0 * math.pi
            elif span < -math.pi:
                span += 2.0 * math.pi
            turned += span
            if span < 0.0:
                first += span
            k = math.ceil(first / width - 0.5)
            while (k + 0.5) * width < first + abs(span):
                east, north = math.sin((k + 0.5) * width), math.cos((k + 0.5) * width)
                across = east * (y1 - y0) - north * (x1 - x0)
                away = _LEAST_DISTANCE
                if across != 0.0:
                    away = max((x0 * (y1 - y0) - y0 * (x1 - x0)) / across, _LEAST_DISTANCE)
                d = int(k) % directions
                for z in range(len(levels)):
                    if levels[z] < tops[e]:
                        rise[q, z, d] = max(rise[q, z, d], (tops[e] - levels[z]) / away)
                        distance[q, z, d] = min(distance[q, z, d], away)
                k += 1.0
            last = e == edges.shape[0] - 1 or owner[e + 1] != owner[e]
            if last and abs(turned) > math.pi:
                for d in range(directions):
                    for z in range(len(levels)):
                        if levels[z] < tops[e]:
                            rise[q, z, d], distance[q, z, d] = math.inf, _LEAST_DISTANCE
