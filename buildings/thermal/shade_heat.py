"""Heat of a drawn shade: films, long-wave exchange and the gap through which air rises (ISO 15099:2003, 7.4).

Between the shade and the glass stands air. Where slots at the edges are open it rises as fast as the pressure
of its warmth overcomes friction, and takes heat to the side where the shade hangs; between panes it stays.

All functions take many conditions at once: temperatures have the shape (nodes, n).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.films import natural_convection
from buildings.thermal.glass_layers import Gap, GasName, cavity_conductance
from buildings.thermal.glazing import WindowModel, film_inside, long_wave
from buildings.thermal.shade_light import ShadeLight

FloatArray = NDArray[np.float64]
Place = Literal["outside", "between", "inside"]

_DISCHARGE = 0.6
_GRAVITY = 9.81
_LEAST_SPEED = 1e-4


@dataclass(frozen=True, eq=False)
class HungShade:
    """A shade and how it hangs.

    Attributes
    ----------
    light : ShadeLight
    place : {"outside", "between", "inside"}
    distance : float
        From the glass on either side [m].
    edge_opening : float
        Free share of the slots at its four edges.
    resistance : float
        Of the fabric itself [m2 K/W].
    width, height : float
        Of the window [m].
    gas : str
        On both sides of a shade between panes.
    """

    light: ShadeLight
    place: Place
    distance: float = 0.05
    edge_opening: float = 0.5
    resistance: float = 0.001
    width: float = 1.0
    height: float = 1.0
    gas: GasName = "air"


@dataclass(frozen=True)
class Exposure:
    """How a window stands to sky, wind and room.

    Attributes
    ----------
    tilt : float
        Of its outward normal [degree].
    plate : bool
        Whether the wind's film adds to the natural one, as on a plate; else their squares add up.
    convection_inside, convection_outside : float or None
        Fixed films instead of the correlations [W/(m2 K)].
    sky_seen : float
        Share of the sky's long waves that overhang and fins leave; they themselves are as warm as the air.
    """

    tilt: float = 90.0
    plate: bool = False
    convection_inside: float | None = None
    convection_outside: float | None = None
    sky_seen: float = 1.0


# Faces from outside to inside and the air behind the shade; then outdoors, sky, and of the room the air and
# the star of its faces, whose temperatures stand.
NODES = 11
OUTER_OUT, OUTER_IN, FRONT, BACK, INNER_OUT, INNER_IN, GAP_AIR, OUTDOORS, SKY, ROOM, STAR = range(NODES)
Link = tuple[int, int, FloatArray]
LEAST_EXCHANGE = 1e-6
"""Of what a window does not see or a face does not radiate to [W/(m2 K)]: nothing divides by nought."""


def links(
    outer: WindowModel | None,
    inner: WindowModel | None,
    shade: HungShade,
    exposure: Exposure,
    temps: FloatArray,
    forced: FloatArray,
) -> list[Link]:
    """Conductances between the nodes of a window with its shade drawn, at given temperatures.

    Parameters
    ----------
    outer, inner : WindowModel or None
        Glass outside and inside of the shade.
    shade : HungShade
    exposure : Exposure
    temps : ndarray (NODES, n)
        [degC].
    forced : ndarray (n,)
        The wind's film outside [W/(m2 K)].

    Returns
    -------
    list of (node, node, ndarray (n,))
        [W/(m2 K)].
    """
    light = shade.light
    found = _outer_links(outer, light, exposure, temps, forced)
    last, ratio = (BACK, 1.0) if inner is None else (INNER_IN, inner.convection_ratio)
    emits = light.emissivity_back if inner is None else inner.emissivity_inside
    fixed = exposure.convection_inside
    # The film of a pane of 1 m falls with the fourth root of the height.
    law = film_inside(temps[last], temps[ROOM]) * shade.height**-0.25 * ratio
    found.append((last, ROOM, law if fixed is None else np.full_like(law, fixed)))
    found.append((last, STAR, np.maximum(_radiation(emits, temps[last], temps[STAR]), LEAST_EXCHANGE)))
    found.append((FRONT, BACK, np.full_like(law, 1.0 / max(shade.resistance, 1e-6))))
    for glass, a, b in ((outer, OUTER_OUT, OUTER_IN), (inner, INNER_OUT, INNER_IN)):
        if glass is not None:
            found.append((a, b, glass.conductance_at(0.5 * (temps[a] + temps[b]), temps[b] - temps[a])))
    return found + _long_wave_links(outer, inner, shade, exposure, temps) + _gap_links(shade, temps)


def _outer_links(
    outer: WindowModel | None,
    light: ShadeLight,
    exposure: Exposure,
    temps: FloatArray,
    forced: FloatArray,
) -> list[Link]:
    """Of what stands outermost with the air and the sky, as the engine has its bare faces."""
    first, ratio = (FRONT, 1.0) if outer is None else (OUTER_OUT, outer.convection_ratio)
    emits = light.emissivity_front if outer is None else outer.emissivity_outside
    rise = temps[first] - temps[OUTDOORS]
    warm, cold = natural_convection(exposure.tilt)
    natural = np.where(rise > 0.0, warm, cold) * np.cbrt(np.abs(rise))
    film = ratio * (natural + forced if exposure.plate else np.hypot(natural, forced))
    if exposure.convection_outside is not None:
        film = np.full_like(film, exposure.convection_outside)
    return [(first, OUTDOORS, film), *_to_surroundings(first, emits, exposure, temps)]


def _to_surroundings(node: int, emits: float, exposure: Exposure, temps: FloatArray) -> list[Link]:
    """Long-wave exchange outside, split over sky and surroundings at air temperature (TARP)."""
    view = 0.5 * (1.0 + np.cos(np.radians(exposure.tilt)))
    sky = exposure.sky_seen * float(view * np.sqrt(max(view, 0.0)))
    with_sky = _radiation(emits * sky, temps[node], temps[SKY])
    return [
        (node, OUTDOORS, _radiation(emits * (1.0 - sky), temps[node], temps[OUTDOORS])),
        (node, SKY, np.maximum(with_sky, LEAST_EXCHANGE)),
    ]


def _long_wave_links(
    outer: WindowModel | None,
    inner: WindowModel | None,
    shade: HungShade,
    exposure: Exposure,
    temps: FloatArray,
) -> list[Link]:
    """Long-wave exchange of the shade with the glass beside it, and through it with what lies beyond."""
    light = shade.light
    sides = []
    if outer is not None:
        sides.append((OUTER_IN, outer.emissivity_inside, FRONT, light.emissivity_front))
    if inner is not None:
        sides.append((INNER_OUT, inner.emissivity_outside, BACK, light.emissivity_back))
    found: list[Link] = []
    for glass, glass_emits, near, shade_emits in sides:
        if glass_emits == 0.0:
            continue
        mirrored = 1.0 - (1.0 - glass_emits) * (1.0 - shade_emits - light.infrared)
        facing = glass_emits * shade_emits / mirrored
        found.append((glass, near, _radiation(facing, temps[glass], temps[near])))
        through = glass_emits * light.infrared / mirrored
        if shade.place == "outside":
            found += _to_surroundings(glass, through, exposure, temps)
        elif shade.place == "inside":
            found.append((glass, STAR, _radiation(through, temps[glass], temps[STAR])))
        else:
            # Seen from either side it is the same exchange: half from each.
            beyond = INNER_OUT if glass == OUTER_IN else OUTER_IN
            found.append((glass, beyond, 0.5 * _radiation(through, temps[glass], temps[beyond])))
    return found


def _radiation(emissivity: float, one: FloatArray, other: FloatArray) -> FloatArray:
    """Long-wave film between two nodes [W/(m2 K)]."""
    return np.asarray(long_wave(emissivity, one, other))  # type: ignore[arg-type]


def _gap_links(shade: HungShade, temps: FloatArray) -> list[Link]:
    """Convection beside the shade: two closed gaps between panes, else one whose air is renewed."""
    if shade.place == "between":
        pairs = ((OUTER_IN, FRONT), (BACK, INNER_OUT))
        return [(a, b, _still(shade, temps[a], temps[b])) for a, b in pairs]
    outside = shade.place == "outside"
    glass, near, source = (INNER_OUT, BACK, OUTDOORS) if outside else (OUTER_IN, FRONT, ROOM)
    still = _still(shade, temps[glass], temps[near])
    speed = rising_speed(shade, temps[GAP_AIR], temps[source])
    film = 2.0 * still + 4.0 * speed
    return [
        (glass, GAP_AIR, film),
        (near, GAP_AIR, film),
        (GAP_AIR, source, _carried(shade, film, speed, temps[source])),
    ]


def _still(shade: HungShade, one: FloatArray, other: FloatArray) -> FloatArray:
    """Convection across a closed gap [W/(m2 K)]."""
    gap = Gap(shade.distance, shade.gas)
    return cavity_conductance(gap, one, other, 0.0, 0.0, height=shade.height)


def rising_speed(
    shade: HungShade, temp_air: FloatArray | float, temp_source: FloatArray | float
) -> FloatArray:
    """Speed of the air in the gap behind a shade [m/s], ISO 15099:2003, 7.4.1 (thermally driven).

    Buoyancy of the gap's air against the losses of its speed, of the walls (Hagen and Poiseuille) and of the
    openings at bottom and top.
    """
    slot = shade.distance * shade.width
    top = bottom = shade.edge_opening * slot
    sides = 2.0 * shade.edge_opening * shade.distance * shade.height
    holes = shade.light.holes * shade.width * shade.height
    opening = bottom + top / (2.0 * (top + bottom)) * (sides + holes) if top > 0.0 else 0.5 * holes
    if opening <= 0.0:
        return np.full_like(np.asarray(temp_air, float), _LEAST_SPEED)
    loss = (slot / (_DISCHARGE * opening) - 1.0) ** 2
    gap, source = temp_air + 273.15, temp_source + 273.15
    density = _density(gap)
    viscosity = 3.723e-6 + 4.940e-8 * gap
    drive = _density(source) * _GRAVITY * shade.height * np.abs(gap - source) / gap
    squared, linear = 0.5 * density * (1.0 + 2.0 * loss), 12.0 * viscosity * shade.height / shade.distance**2
    speed = (np.sqrt(linear**2 + 4.0 * squared * drive) - linear) / (2.0 * squared)
    return np.maximum(speed, _LEAST_SPEED)


def _carried(shade: HungShade, film: FloatArray, speed: FloatArray, temp_source: FloatArray) -> FloatArray:
    """Conductance from the gap's mean air to the source of its air [W/(m2 K)].

    Air warms along the gap towards the mean of the two faces with the length H0 = density c s v / (2 film).
    """
    flow = _density(temp_source + 273.15) * 1006.0 * shade.distance * speed / shade.height
    lengths = 2.0 * film / flow
    warmed = -np.expm1(-lengths)
    return np.asarray(flow * warmed / (1.0 - warmed / lengths))


def _density(kelvin: FloatArray | float) -> FloatArray | float:
    return 101325.0 * 28.97e-3 / (8.314462618 * kelvin)
