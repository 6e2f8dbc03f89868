"""What the envelope (围护结构) of a building is worth: U, SHGC and thermal inertia by element and side."""

from __future__ import annotations

from dataclasses import dataclass

from buildings.description.complete import CompleteBuilding, CompleteZone
from buildings.description.schema import Glazing, Surface, Window
from buildings.standards.elements import (
    SIDES,
    Side,
    element_of,
    shape_coefficient,
    side_of,
    window_wall_ratios,
)
from buildings.thermal.glass_layers import layered_window
from buildings.thermal.glazing import rating

_DIGITS = 9
"""To which means are rounded: a solved U must not miss its own limit by the last bit."""


@dataclass(frozen=True, slots=True)
class OpaqueValue:
    """An opaque element: `area` [m2], area-weighted `u_value` [W/(m2.K)] and thermal inertia `d` [1]."""

    element: str
    area: float
    u_value: float
    d: float


@dataclass(frozen=True, slots=True)
class WindowValue:
    """Windows of a side, or skylights (`side` is `roof`): area-weighted figures.

    Parameters
    ----------
    side : str
    area : float
        [m2].
    ratio : float
        Window-to-wall ratio of the side, of skylights share of the roof [1].
    u_value : float
        With frame [W/(m2.K)].
    shgc : float
        Without shades [1].
    shgc_summer : float
        With the factor of movable shades, where it is written [1].
    shaded : bool
        Whether overhangs, fins or described shades make it less in a way that no factor tells: then
        `shgc_summer` is an upper bound.
    """

    side: str
    area: float
    ratio: float
    u_value: float
    shgc: float
    shgc_summer: float
    shaded: bool


@dataclass(frozen=True)
class EnvelopeValues:
    """The envelope of a building; U counts no thermal bridges, because the model has none.

    Parameters
    ----------
    opaque : tuple of OpaqueValue
        Of `wall`, `roof`, `exposed_floor`, `ground_floor` and `inner` (to unconditioned zones) what there is.
    windows : tuple of WindowValue
    ratios : dict
        Window-to-wall ratio by side [1].
    shape_coefficient : float
        Outer area over conditioned volume [1/m].
    """

    opaque: tuple[OpaqueValue, ...]
    windows: tuple[WindowValue, ...]
    ratios: dict[Side, float]
    shape_coefficient: float


def envelope_values(building: CompleteBuilding) -> EnvelopeValues:
    """Area-weighted U, SHGC and D of a complete building, by element and side.

    Notes
    -----
    U of opaque elements with the films of GB 50176, of `layers` of glass by NFRC 100/200 conditions; zones
    with their multipliers. Sides by GB 50189 (north within 60 degrees of north, south within 30 of south).
    """
    zones = {zone.name: zone for zone in building.zones}
    ratios = window_wall_ratios(building.surfaces, zones)
    volumes = {zone.name: zone.volume for zone in building.zones}
    return EnvelopeValues(
        opaque=_opaque(building, zones),
        windows=_windows(building, zones, ratios),
        ratios=ratios,
        shape_coefficient=shape_coefficient(building.surfaces, zones, volumes),
    )


def _opaque(building: CompleteBuilding, zones: dict[str, CompleteZone]) -> tuple[OpaqueValue, ...]:
    sums: dict[str, list[float]] = {}
    for surface in building.surfaces:
        element = element_of(surface, zones)
        if element is None:
            continue
        size = zones[surface.zone].multiplier * surface.opaque_area
        built = building.constructions[surface.construction]
        total = sums.setdefault(element, [0.0, 0.0, 0.0])
        total[0] += size
        total[1] += size * built.u_value
        total[2] += size * built.thermal_inertia
    return tuple(
        OpaqueValue(name, area, round(u / area, _DIGITS), round(d / area, _DIGITS))
        for name, (area, u, d) in sums.items()
        if area > 0.0
    )


def _windows(
    building: CompleteBuilding, zones: dict[str, CompleteZone], ratios: dict[Side, float]
) -> tuple[WindowValue, ...]:
    known = {key: _rated(key, glazing) for key, glazing in building.glazings.items()}
    found: dict[str, list[tuple[float, Window]]] = {}
    roof = 0.0
    for surface in building.surfaces:
        place, size = _place(surface, zones), zones[surface.zone].multiplier
        roof += size * surface.area if place == "roof" else 0.0
        if place is not None:
            found.setdefault(place, []).extend((size * w.area, w) for w in surface.windows)
    order = [*SIDES, "roof"]
    return tuple(_mean(place, found[place], known, roof, ratios) for place in order if found.get(place))


def _place(surface: Surface, zones: dict[str, CompleteZone]) -> str | None:
    element = element_of(surface, zones)
    if element == "wall" and surface.azimuth is not None:
        return side_of(surface.azimuth)
    return "roof" if element == "roof" else None


def _mean(
    place: str,
    windows: list[tuple[float, Window]],
    known: dict[str, tuple[float, float]],
    roof: float,
    ratios: dict[Side, float],
) -> WindowValue:
    area = sum(size for size, _ in windows)
    u_value = round(sum(size * known[w.glazing][0] for size, w in windows) / area, _DIGITS)
    shgc = round(sum(size * known[w.glazing][1] for size, w in windows) / area, _DIGITS)
    gained = sum(size * known[w.glazing][1] * w.shading.movable_factor for size, w in windows)
    summer = round(gained / area, _DIGITS)
    shaded = any(
        w.shading.overhang_depth > 0.0 or w.shading.fin_depth > 0.0 or w.shading.shade is not None
        for _, w in windows
    )
    share = area / roof if place == "roof" else next(r for side, r in ratios.items() if side == place)
    return WindowValue(place, area, share, u_value, shgc, summer, shaded)


def _rated(key: str, glazing: Glazing) -> tuple[float, float]:
    """U [W/(m2.K)] and SHGC [1] of a window with its frame; the sun that a frame lets in is left out."""
    if glazing.layers is None:
        if glazing.u_value is None or glazing.shgc is None:
            raise TypeError("a glazing without layers passed validation without u_value and shgc")
        return glazing.u_value, glazing.shgc
    found = rating(layered_window(key, glazing.layers))
    if glazing.frame is None:
        return found.u_value, found.shgc
    share = glazing.glass_share
    return share * found.u_value + (1.0 - share) * glazing.frame.u_value, share * found.shgc
