"""A footprint on the map (建筑轮廓) as the rectangle that a storey of an archetype is."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from weather.errors import TwinError

EARTH_RADIUS = 6371008.8
"""Mean radius of the ellipsoid WGS 84 [m]."""
_LARGEST_EXTENT = 0.05
"""Of one building [deg], about 5 km: within it the plane is true to 0.1 % in Shanghai."""
_REMEDY = "Give a Polygon or MultiPolygon in longitude and latitude (WGS 84)."


@dataclass(frozen=True)
class Footprint:
    """Area [m2], length over depth of the rectangle around it [1], turn of that from east-west [deg].

    `drawn` is the outline itself, in longitude and latitude [deg].
    """

    area: float
    aspect_ratio: float
    orientation: float
    drawn: Any = field(default=None, compare=False, repr=False)


def footprint(geometry: Mapping[str, Any] | None, key: str) -> Footprint:
    """Area, proportions and turn of a GeoJSON geometry.

    Parameters
    ----------
    geometry : mapping
        Polygon or MultiPolygon by RFC 7946: longitude and latitude [deg].
    key : str
        For errors.

    Returns
    -------
    Footprint
        The area is that of the polygon; proportions and turn are those of its smallest rectangle.

    Raises
    ------
    TwinError
        No polygon, one that crosses itself, or one that is no building.
    """
    import shapely
    from shapely.geometry import shape

    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise TwinError(f"The geometry is {kind or 'missing'}.", _REMEDY, key=key)
    try:
        drawn = shape(geometry)
    except (ValueError, TypeError, AttributeError, IndexError, shapely.errors.ShapelyError):
        raise TwinError("The coordinates of the polygon cannot be read.", _REMEDY, key=key) from None
    bounds = drawn.bounds
    finite = len(bounds) == 4 and all(math.isfinite(value) for value in bounds)
    if not finite or abs(bounds[1]) > 80.0 or abs(bounds[3]) > 80.0 or max(map(abs, bounds)) > 180.0:
        raise TwinError("The polygon does not lie in longitude and latitude.", _REMEDY, key=key)
    west, south, east, north = bounds
    if max(east - west, north - south) > _LARGEST_EXTENT:
        raise TwinError(
            f"The polygon is {max(east - west, north - south):.2f} degrees wide.",
            "Give one feature for each building.",
            key=key,
        )
    if not drawn.is_valid:
        reason = shapely.is_valid_reason(drawn)
        raise TwinError(f"The polygon is not valid: {reason}.", "Draw it without crossings.", key=key)
    middle = math.radians(0.5 * (south + north))
    east_m, north_m = math.radians(EARTH_RADIUS) * math.cos(middle), math.radians(EARTH_RADIUS)
    flat = shapely.transform(drawn, lambda at: at * [east_m, north_m] - [west * east_m, south * north_m])
    if flat.area < 1.0:
        raise TwinError(f"The polygon is {flat.area:.2g} m2.", "Draw the outline of the building.", key=key)
    corners = list(shapely.minimum_rotated_rectangle(flat).exterior.coords)
    sides = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(corners[:3])]
    long_side, short = sorted(sides, key=lambda side: -math.hypot(*side))
    turn = -math.degrees(math.atan2(long_side[1], long_side[0]))
    return Footprint(
        area=float(flat.area),
        aspect_ratio=math.hypot(*long_side) / max(math.hypot(*short), 1e-6),
        orientation=(turn + 90.0) % 180.0 - 90.0,
        drawn=drawn,
    )


def rectangle(middle: tuple[float, float], area: float, aspect_ratio: float, orientation: float) -> Footprint:
    """A rectangle about a place.

    Parameters
    ----------
    middle : pair of floats
        Longitude and latitude [deg].
    area : float
        [m2].
    aspect_ratio : float
        Length over depth [1].
    orientation : float
        Turn of the long side from east-west, clockwise [deg].
    """
    import shapely

    length, depth, turn = (
        math.sqrt(area * aspect_ratio),
        math.sqrt(area / aspect_ratio),
        math.radians(orientation),
    )
    degree = math.radians(EARTH_RADIUS)
    corners = []
    for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        east = a * length * math.cos(turn) + b * depth * math.sin(turn)
        north = b * depth * math.cos(turn) - a * length * math.sin(turn)
        corners.append(
            (middle[0] + east / (degree * math.cos(math.radians(middle[1]))), middle[1] + north / degree)
        )
    return Footprint(area, aspect_ratio, orientation, shapely.Polygon(corners))
