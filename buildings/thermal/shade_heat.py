"""Heat of a drawn shade: films, long-wave exchange and the gap through which air rises (ISO 15099:2003, 7.4).

Between the shade and the glass stands air. Where slots at the edges are open it rises as fast as the pressure
of its warmth overcomes friction, and takes heat to the side where the shade hangs; between panes it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from buildings.thermal.glass_layers import Gap, GasName, cavity_conductance
from buildings.thermal.glazing import WindowModel, film_inside, long_wave
from buildings.thermal.shade_light import ShadeLight

Place = Literal["outside", "between", "inside"]
Sources = tuple[float, float, float, float, float]
"""Of the outer glass the outer and the inner face, the shade, of the inner glass the outer and inner face."""

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


# Nodes: faces from outside to inside, air behind the shade; then outdoors and room, whose temperatures stand.
_OUTER_OUT, _OUTER_IN, _FRONT, _BACK, _INNER_OUT, _INNER_IN, _AIR, _OUTDOORS, _ROOM = range(9)
_FREE = 7
Link = tuple[int, int, float]


def reference_inward(
    outer: WindowModel | None,
    inner: WindowModel | None,
    shade: HungShade,
    heat: Sources,
    *,
    temp_out: float,
    temp_in: float,
    film_out: float,
) -> Sources:
    """Share that reaches the room of a little more heat at each place, once all temperatures have settled.

    Parameters
    ----------
    outer, inner : WindowModel or None
        Glass outside and inside of the shade.
    shade : HungShade
    heat : tuple of 5 floats
        Absorbed at each place [W/m2].
    temp_out, temp_in : float
        Of air and surroundings [degC].
    film_out : float
        Convective, outside [W/(m2 K)].

    Raises
    ------
    ArithmeticError
        Temperatures that do not settle.
    """
    temps = np.full(9, 0.5 * (temp_out + temp_in))
    temps[_OUTDOORS], temps[_ROOM] = temp_out, temp_in
    used = _nodes(outer, inner, shade)
    source = np.zeros(_FREE)
    source[[_OUTER_OUT, _OUTER_IN, _INNER_OUT, _INNER_IN]] = [heat[0], heat[1], heat[3], heat[4]]
    source[[_FRONT, _BACK]] = 0.5 * heat[2]
    for _ in range(500):
        links = _links(outer, inner, shade, temps, film_out)
        matrix, fixed = _balance(links, used)
        new = np.linalg.solve(matrix, source[used] + fixed @ temps[[_OUTDOORS, _ROOM]])
        moved = float(np.max(np.abs(new - temps[used])))
        temps[used] += 0.3 * (new - temps[used])
        if moved < 1e-6:
            # Heat at a node reaches the room by what its temperature then sends there.
            shares = np.zeros(_FREE)
            shares[used] = np.linalg.solve(matrix.T, fixed[:, 1])
            outer_out, outer_in, front, back, inner_out, inner_in = shares[:6].tolist()
            return outer_out, outer_in, 0.5 * (front + back), inner_out, inner_in
    raise ArithmeticError("the temperatures around a shade do not settle")


def _nodes(outer: WindowModel | None, inner: WindowModel | None, shade: HungShade) -> list[int]:
    used = [_FRONT, _BACK]
    used += [_OUTER_OUT, _OUTER_IN] if outer is not None else []
    used += [_INNER_OUT, _INNER_IN] if inner is not None else []
    return sorted(used + ([_AIR] if shade.place != "between" else []))


def _balance(links: Sequence[Link], used: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Conductances among the free nodes, and from them to outdoors and room."""
    full = np.zeros((9, 9))
    for a, b, conductance in links:
        full[a, a] += conductance
        full[b, b] += conductance
        full[a, b] -= conductance
        full[b, a] -= conductance
    return full[np.ix_(used, used)], -full[np.ix_(used, [_OUTDOORS, _ROOM])]


def _links(
    outer: WindowModel | None, inner: WindowModel | None, shade: HungShade, temps: np.ndarray, film_out: float
) -> list[Link]:
    light = shade.light
    first = (_OUTER_OUT, outer.emissivity_outside) if outer is not None else (_FRONT, light.emissivity_front)
    last = (_INNER_IN, inner.emissivity_inside) if inner is not None else (_BACK, light.emissivity_back)
    links: list[Link] = [
        (first[0], _OUTDOORS, film_out + long_wave(first[1], temps[first[0]], temps[_OUTDOORS])),
        (
            last[0],
            _ROOM,
            film_inside(temps[last[0]], temps[_ROOM]) + long_wave(last[1], temps[last[0]], temps[_ROOM]),
        ),
        (_FRONT, _BACK, 1.0 / max(shade.resistance, 1e-6)),
    ]
    for glass, a, b in ((outer, _OUTER_OUT, _OUTER_IN), (inner, _INNER_OUT, _INNER_IN)):
        if glass is not None:
            between = glass.conductance_at(0.5 * (temps[a] + temps[b]), temps[b] - temps[a])
            links.append((a, b, float(between)))
    # Long-wave exchange with the glass on each side, and through the shade with what lies beyond.
    sides = []
    if outer is not None:
        sides.append((_OUTER_IN, outer.emissivity_inside, _FRONT, light.emissivity_front))
    if inner is not None:
        sides.append((_INNER_OUT, inner.emissivity_outside, _BACK, light.emissivity_back))
    for glass_node, glass_emits, shade_node, shade_emits in sides:
        mirrored = 1.0 - (1.0 - glass_emits) * (1.0 - shade_emits - light.infrared)
        links.append(
            (
                glass_node,
                shade_node,
                long_wave(glass_emits * shade_emits / mirrored, temps[glass_node], temps[shade_node]),
            )
        )
        beyond = _beyond(shade.place, glass_node)
        links.append(
            (
                glass_node,
                beyond,
                long_wave(glass_emits * light.infrared / mirrored, temps[glass_node], temps[beyond])
                * (0.5 if shade.place == "between" else 1.0),
            )
        )
    return links + _gap_links(shade, temps)


def _beyond(place: Place, glass: int) -> int:
    if place == "outside":
        return _OUTDOORS
    if place == "inside":
        return _ROOM
    return _INNER_OUT if glass == _OUTER_IN else _OUTER_IN


def _gap_links(shade: HungShade, temps: np.ndarray) -> list[Link]:
    """Convection beside the shade: two closed gaps between panes, else one whose air is renewed."""
    if shade.place == "between":
        pairs = ((_OUTER_IN, _FRONT), (_BACK, _INNER_OUT))
        return [(a, b, _still(shade, temps[a], temps[b])) for a, b in pairs]
    outside = shade.place == "outside"
    glass, near, source = (_INNER_OUT, _BACK, _OUTDOORS) if outside else (_OUTER_IN, _FRONT, _ROOM)
    still = _still(shade, temps[glass], temps[near])
    speed = rising_speed(shade, temps[_AIR], temps[source])
    film = 2.0 * still + 4.0 * speed
    return [
        (glass, _AIR, film),
        (near, _AIR, film),
        (_AIR, source, _carried(shade, film, speed, temps[source])),
    ]


def _still(shade: HungShade, one: float, other: float) -> float:
    """Convection across a closed gap [W/(m2 K)]."""
    gap = Gap(shade.distance, shade.gas)
    return float(cavity_conductance(gap, one, other, 0.0, 0.0, height=shade.height))


def rising_speed(shade: HungShade, temp_air: float, temp_source: float) -> float:
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
        return _LEAST_SPEED
    loss = (slot / (_DISCHARGE * opening) - 1.0) ** 2
    gap, source = temp_air + 273.15, temp_source + 273.15
    density = _density(gap)
    viscosity = 3.723e-6 + 4.940e-8 * gap
    drive = _density(source) * _GRAVITY * shade.height * abs(gap - source) / gap
    squared, linear = 0.5 * density * (1.0 + 2.0 * loss), 12.0 * viscosity * shade.height / shade.distance**2
    speed = (np.sqrt(linear**2 + 4.0 * squared * drive) - linear) / (2.0 * squared)
    return max(float(speed), _LEAST_SPEED)


def _carried(shade: HungShade, film: float, speed: float, temp_source: float) -> float:
    """Conductance from the gap's mean air to the source of its air [W/(m2 K)].

    Air warms along the gap towards the mean of the two faces with the length H0 = density c s v / (2 film).
    """
    flow = _density(temp_source + 273.15) * 1006.0 * shade.distance * speed / shade.height
    lengths = 2.0 * film / flow
    warmed = -np.expm1(-lengths)
    return float(flow * warmed / (1.0 - warmed / lengths))


def _density(kelvin: float) -> float:
    return 101325.0 * 28.97e-3 / (8.314462618 * kelvin)
