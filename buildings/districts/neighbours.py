"""Which buildings of a district stand around each (街区遮挡), from their outlines and heights.

A building counts as far as its top stands `LEAST_ANGLE` above level, at most `REACH`: what that leaves out is
measured by a test. All ground is level. Buildings around that are not simulated come from a second map.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.districts.footprint import EARTH_RADIUS, Footprint
from buildings.districts.maps import features
from buildings.library.data_text import read_data
from weather.errors import TwinError

_AT_ONCE = 256
_HIGHEST = 1000.0
_SIMPLER = 0.5
"""Corners of an outline that move it by less are passed over [m]."""


@cache
def shade_data() -> Mapping[str, Any]:
    """Reflectance, reach and least angle, with sources."""
    text = (resources.files("buildings.districts") / "data" / "neighbours.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


@dataclass(frozen=True)
class Block:
    """What stands on a map: outline in longitude and latitude [deg], height above its ground [m]."""

    outline: Footprint
    height: float


def context_blocks(path: Path) -> list[Block]:
    """Buildings of a map that stand around the district and are not simulated.

    Raises
    ------
    TwinError
        A file that cannot be read, or a feature without outline or height.
    """
    found = []
    for number, cells, outline in features(path):
        at, height = f"features[{number}]", cells.get("height")
        if outline is None:
            raise TwinError("The feature has no outline.", "Draw one.", file=path, key=at)
        plain = isinstance(height, (int, float)) and not isinstance(height, bool)
        if height is None or not plain or not 0.0 < height <= _HIGHEST:
            raise TwinError(
                f"The height is {str(height)[:40]!r}.", "Give a number of metres.", file=path,
                key=f"{at}.properties.height",
            )  # fmt: skip
        found.append(Block(outline, float(height)))
    return found


def outlines_around(
    blocks: Sequence[Block],
    context: Sequence[Block] = (),
    *,
    least_angle: float | None = None,
    reach: float | None = None,
) -> list[str | None]:
    """What stands around each building of a district.

    Parameters
    ----------
    blocks : sequence of Block
        The buildings of the district.
    context : sequence of Block
        Others; those that stand where one of the district does are left out.
    least_angle, reach : float, optional
        Least height above level, seen from the foot [degree], and greatest distance [m] at which one counts;
        as in the data.

    Returns
    -------
    list of (str or None)
        For each building the outlines as `Neighbours` takes them, from the middle of the smallest rectangle
        around its own; None where nothing stands.
    """
    import shapely

    if not blocks:
        return []
    angle = shade_data()["least_angle"]["value"] if least_angle is None else least_angle
    most = shade_data()["reach"]["value"] if reach is None else reach
    flat, heights = _flat([*blocks, *context])
    own, others = flat[: len(blocks)], flat[len(blocks) :]
    middles = shapely.get_coordinates(shapely.centroid(shapely.oriented_envelope(own)))
    inside, _ = shapely.STRtree(own).query(shapely.point_on_surface(others), predicate="within")
    stands = np.ones(len(flat), dtype=bool)
    stands[len(blocks) + inside] = False
    parts, of = shapely.get_parts(flat, return_index=True)
    parts, of = parts[stands[of]], of[stands[of]]
    reaches = np.minimum(heights[of] / math.tan(math.radians(angle)), most)
    bounds = shapely.bounds(parts) + np.outer(reaches, [-1.0, -1.0, 1.0, 1.0])
    tree = shapely.STRtree(shapely.box(*bounds.T))
    simple = shapely.force_3d(shapely.simplify(parts, _SIMPLER))
    found: list[str | None] = []
    for first in range(0, len(own), _AT_ONCE):
        here = own[first : first + _AT_ONCE]
        who, what = tree.query(here)
        near = (of[what] != first + who) & (shapely.distance(here[who], parts[what]) <= reaches[what])
        texts = _texts(who[near], simple[what[near]], heights[of[what[near]]], middles[first:], len(here))
        found += texts
    return found


def _flat(blocks: Sequence[Block]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Outlines in metres east and north of the first corner of all, and heights [m]."""
    import shapely

    drawn = np.array([block.outline.drawn for block in blocks], dtype=object)
    west, south, _, north = shapely.total_bounds(drawn)
    degree = math.radians(EARTH_RADIUS)
    scale = np.array([degree * math.cos(math.radians(0.5 * (south + north))), degree])
    flat = shapely.transform(shapely.force_2d(drawn), lambda at: (at - [west, south]) * scale)
    return flat, np.array([block.height for block in blocks])


def _texts(
    who: NDArray[np.intp],
    parts: NDArray[Any],
    heights: NDArray[np.float64],
    middles: NDArray[np.float64],
    count: int,
) -> list[str | None]:
    """Outlines as text for each of `count` buildings, from their middles."""
    import shapely

    order = np.argsort(who, kind="stable")
    who, parts, heights = who[order], parts[order], heights[order]
    corners = shapely.get_num_coordinates(parts)
    away = np.repeat(np.column_stack([middles[who], np.zeros(len(who))]), corners, axis=0)
    top = np.repeat(heights, corners)

    def moved(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([at[:, :2] - away[:, :2], top])

    placed = shapely.transform(parts, moved, include_z=True)
    texts: list[str | None] = [None] * count
    for i in np.unique(who):
        these = shapely.multipolygons(placed[who == i])
        texts[int(i)] = shapely.to_wkt(these, rounding_precision=1, output_dimension=3)
    return texts
