"""Which surfaces stand behind photovoltaic modules (光伏构件), and in what plane each array lies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildings.description.equipment import PvArray
from buildings.description.zones import Surface
from buildings.systems.records import part
from weather.errors import TwinError

RACK_TILT, RACK_AZIMUTH = 10.0, 180.0
"""Plane of an array for which nothing is written [deg]."""
_FLUSH_WITHIN = 5.0
"""Angle between modules and the surface that they lie on [deg]; on a rack up to `_RACK_WITHIN`."""
_RACK_WITHIN = 45.0
_LEVEL = 5.0


@dataclass(frozen=True)
class ModuleCover:
    """Modules of one array in front of one surface.

    Attributes
    ----------
    array, surface : str
        Their names.
    share : float
        Of the surface's opaque area that the modules cover [-].
    """

    array: str
    surface: str
    share: float


def placed_arrays(
    building: str, arrays: Sequence[PvArray], surfaces: Sequence[Surface], *, parts: bool
) -> tuple[PvArray, ...]:
    """Arrays with tilt and azimuth.

    Parameters
    ----------
    building : str
        Its name, for errors.
    arrays : sequence of PvArray
    surfaces : sequence of Surface
        Of the same building.
    parts : bool
        Whether `surface` may name a side of all storeys (archetypes).

    Returns
    -------
    tuple of PvArray
        What is left open is taken from the surface, or is 10 deg to the south.

    Raises
    ------
    TwinError
        A surface that is not there, is no outdoor surface in the sun, or lies in another plane.
    """
    return tuple(
        _placed(array, _behind(building, array, surfaces, parts), f"{building}.pv.{array.name}")
        for array in arrays
    )


def covered_surfaces(
    building: str,
    arrays: Sequence[PvArray],
    surfaces: Sequence[Surface],
    multipliers: Mapping[str, int],
    *,
    parts: bool,
) -> tuple[ModuleCover, ...]:
    """What each array covers of each surface; a side of several storeys is covered evenly.

    Parameters
    ----------
    building, arrays, surfaces, parts
        As of `placed_arrays`, with planes.
    multipliers : dict
        How often each zone, and so its surfaces, stands in the building.

    Raises
    ------
    TwinError
        Modules that do not fit, or a module or mounting that the library lacks.
    """
    found: list[ModuleCover] = []
    taken: dict[str, float] = defaultdict(float)
    for array in arrays:
        behind = _behind(building, array, surfaces, parts)
        if not behind:
            continue
        at = f"{building}.pv.{array.name}"
        rows = part("pv", "mountings", array.mounting, f"{at}.mounting").get("rows")
        density = float(part("pv", "modules", array.module, f"{at}.module")["watt_per_m2"])
        across = math.cos(math.radians(_angle(array, behind[0])))
        shadow = 1000.0 * array.capacity / density * across
        free = sum(s.opaque_area * multipliers[s.zone] for s in behind)
        needed = shadow / rows["ground_coverage"] if rows else shadow
        fullest = max(taken[s.name] for s in behind)
        if needed / free + fullest > 1.0 + 1e-9:
            most = array.capacity * (1.0 - fullest) * free / needed
            raise TwinError(
                f"The array '{array.name}' needs {needed:.1f} m2 of '{array.surface}', which has "
                f"{(1.0 - fullest) * free:.1f} m2 left beside windows and other arrays.",
                f"Give a capacity of at most {math.floor(most * 100.0) / 100.0:g} kWp, or split the array.",
                key=f"{at}.capacity",
            )
        for s in behind:
            taken[s.name] += needed / free
            found.append(ModuleCover(array.name, s.name, shadow / free))
    return tuple(found)


def _behind(building: str, array: PvArray, surfaces: Sequence[Surface], parts: bool) -> tuple[Surface, ...]:
    """Surfaces that an array names."""
    if array.surface is None:
        return ()
    named = tuple(s for s in surfaces if s.name == array.surface)
    if not named and parts:
        named = tuple(s for s in surfaces if s.name.endswith(f"-{array.surface}") and s.kind in _OUTER)
    key, sunny = f"{building}.pv.{array.name}.surface", [s for s in surfaces if _in_the_sun(s)]
    some = ", ".join(s.name for s in sunny[:8]) + (", ..." if len(sunny) > 8 else "")
    if parts:
        some = f"roof, south-wall, east-wall, north-wall, west-wall, or one of {some}"
    if not named:
        raise TwinError(
            f"The array '{array.name}' covers the surface '{array.surface}', which is not there.",
            f"Use one of: {some}.",
            key=key,
        )
    if not all(_in_the_sun(s) for s in named):
        raise TwinError(
            f"The array '{array.name}' covers '{array.surface}', no opaque outdoor surface in the sun.",
            f"Use one of: {some}.",
            key=key,
        )
    return named


_OUTER = ("wall", "roof")


def _in_the_sun(surface: Surface) -> bool:
    return surface.boundary == "outdoors" and surface.sun_exposed and surface.opaque_area > 1e-9


def _placed(array: PvArray, behind: Sequence[Surface], at: str) -> PvArray:
    on_rack = True
    tilt, azimuth = RACK_TILT, RACK_AZIMUTH
    if behind:
        mounting = part("pv", "mountings", array.mounting, f"{at}.mounting")
        on_rack = not (mounting.get("attached") or mounting.get("gap"))
        level = min(behind[0].tilt_deg, 180.0 - behind[0].tilt_deg) < _LEVEL
        if not (on_rack and level):
            tilt = behind[0].tilt_deg
        if behind[0].azimuth is not None:
            azimuth = behind[0].azimuth
    placed = array.model_copy(
        update={
            "tilt": tilt if array.tilt is None else array.tilt,
            "azimuth": azimuth if array.azimuth is None else array.azimuth,
        }
    )
    within = _RACK_WITHIN if on_rack else _FLUSH_WITHIN
    for surface in behind:
        if _angle(placed, surface) > within:
            raise TwinError(
                f"The array '{array.name}' ({placed.tilt:g} deg, azimuth {placed.azimuth:g} deg) lies at "
                f"{_angle(placed, surface):.0f} deg to '{surface.name}'; mounted as {array.mounting} it may "
                f"lie at up to {within:g} deg.",
                "Leave out tilt and azimuth: they are then those of the surface.",
                key=f"{at}.surface",
            )
    return placed


def _angle(array: PvArray, surface: Surface) -> float:
    """Between the normals of an array with its plane and of a surface [deg]."""
    one, other = math.radians(array.tilt or 0.0), math.radians(surface.tilt_deg)
    turned = math.radians((array.azimuth or 0.0) - (surface.azimuth or 0.0))
    cosine = math.cos(one) * math.cos(other) + math.sin(one) * math.sin(other) * math.cos(turned)
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))
