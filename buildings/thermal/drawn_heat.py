"""A window with its shade drawn (活动遮阳) in the engine: conductances, and where absorbed sun ends.

The engine knows two faces of a window, with the outdoors behind one and the room's air and star before the
other. Window, gap and shade are a network of more nodes, but at given temperatures a linear one: everything
between three ends is a triangle of conductances, and each triangle is a star with one node in its middle.
That middle takes the place of the engine's inner face (shade inside: ends are the window's outer face, the
room's air, its star) or outer face (shade outside: outdoor air, sky, the window's inner face); between panes
only the conductance changes. Heat absorbed anywhere reaches each end as in the network; what the middle would
spread otherwise goes straight to the room's air. So air, star and outdoors get what the full balance gives
them, and what is absorbed is given away in full.

Conductances hang on temperatures and wind: they are solved on a grid of outdoor temperature, absorbed sun and
wind film, and read from there step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.glazing import WindowModel, long_wave
from buildings.thermal.shade_heat import (
    BACK,
    FRONT,
    GAP_AIR,
    INNER_IN,
    INNER_OUT,
    LEAST_EXCHANGE,
    NODES,
    OUTDOORS,
    OUTER_IN,
    OUTER_OUT,
    ROOM,
    SKY,
    STAR,
    Exposure,
    HungShade,
    Place,
    links,
)
from weather.errors import TwinError

FloatArray = NDArray[np.float64]

ROOM_COLDEST, ROOM_WARMEST = 20.0, 26.0
"""The room's temperature for the films: outdoors' within these usual set-points [degC]; assumed."""
SKY_BELOW = 12.0
"""The sky below outdoor air for the films [K]; assumed."""

_OUT = np.array([-10.0, 0.0, 10.0, 20.0, 26.0, 32.0, 40.0])
_SUN = np.array([0.0, 20.0, 60.0, 150.0, 300.0, 500.0, 900.0])
_FORCED = np.array([1.0, 2.5, 5.0, 9.0, 16.0, 50.0])
_ROUNDS = 300
_RESTING_K, _SWINGING_K = 1e-4, 0.2

_ENDS: dict[Place, tuple[int, ...]] = {
    "outside": (OUTDOORS, SKY, INNER_IN),
    "between": (OUTER_OUT, INNER_IN),
    "inside": (OUTER_OUT, ROOM, STAR),
}
_WITHIN: dict[Place, tuple[int, ...]] = {
    "outside": (FRONT, BACK, GAP_AIR, INNER_OUT),
    "between": (OUTER_IN, FRONT, BACK, INNER_OUT),
    "inside": (OUTER_IN, FRONT, BACK, GAP_AIR),
}


@dataclass(frozen=True)
class DrawnHeat:
    """What replaces a window's heat balance at n steps while its shade is drawn.

    Attributes
    ----------
    cross, film, exchange, outer, sky : ndarray (n,)
        Conductances between the engine's two faces, of the inner face with the room's air and with a black
        star, of the outer face with outdoors and sky [W/(m2 K)]; nought where the window's own stays.
    seen : ndarray (n,)
        By what the room sees differs from its star, over what the engine's inner face does; nought likewise.
    shares : ndarray (n, 3, 5)
        Of heat absorbed at the outer glass' outer and inner face, the shade, the inner glass' outer and inner
        face: put on the engine's outer and inner face and into the room's air; each adds up to one.
    """

    cross: FloatArray
    film: FloatArray
    exchange: FloatArray
    seen: FloatArray
    outer: FloatArray
    sky: FloatArray
    shares: FloatArray


_COLUMNS = ("cross", "film", "exchange", "seen", "outer", "sky")


@dataclass(frozen=True, eq=False)
class HeatTable:
    """`DrawnHeat` over outdoor temperature, absorbed sun and wind film, linear between the points of a grid.

    Attributes
    ----------
    values : ndarray (7, 7, 6, 21)
        At the points of the grid: six conductances and ratios, then the shares.
    """

    values: FloatArray

    def at(self, temp_out: FloatArray, sun: FloatArray, forced: FloatArray) -> DrawnHeat:
        """At steps (n,); beyond the ends of the grid its last values hold.

        Parameters
        ----------
        temp_out : ndarray (n,)
            [degC].
        sun : ndarray (n,)
            Absorbed by glass and shade [W/m2].
        forced : ndarray (n,)
            The wind's film [W/(m2 K)].
        """
        found = np.zeros((len(temp_out), self.values.shape[-1]))
        axes = [_between(_OUT, temp_out), _between(_SUN, sun), _between(_FORCED, forced)]
        for i in _sides(axes[0]):
            for j in _sides(axes[1]):
                for m in _sides(axes[2]):
                    found += (i[1] * j[1] * m[1])[:, None] * self.values[i[0], j[0], m[0]]
        parts = dict(zip(_COLUMNS, found.T, strict=False))
        return DrawnHeat(**parts, shares=found[:, len(_COLUMNS) :].reshape(-1, 3, 5))


def _between(grid: FloatArray, value: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Lower neighbour on a grid and the way from it to the next."""
    held = np.clip(value, grid[0], grid[-1])
    low = np.clip(np.searchsorted(grid, held) - 1, 0, len(grid) - 2)
    return low, (held - grid[low]) / (grid[low + 1] - grid[low])


def _sides(axis: tuple[NDArray[np.intp], FloatArray]) -> list[tuple[NDArray[np.intp], FloatArray]]:
    low, way = axis
    return [(low, 1.0 - way), (low + 1, way)]


def heat_table(
    outer: WindowModel | None,
    inner: WindowModel | None,
    shade: HungShade,
    exposure: Exposure,
    absorbed: FloatArray,
    *,
    name: str,
) -> HeatTable:
    """Solve a window with its shade drawn on the whole grid.

    Parameters
    ----------
    outer, inner : WindowModel or None
        Glass outside and inside of the shade.
    shade : HungShade
    exposure : Exposure
    absorbed : ndarray (5,)
        Shares of the absorbed sun by place, those of isotropic light.
    name : str
        Key named in errors.

    Raises
    ------
    TwinError
        Temperatures that do not settle.
    """
    grid = np.meshgrid(_OUT, _SUN, _FORCED, indexing="ij")
    temp_out, sun, wind = (axis.ravel() for axis in grid)
    network = settled(
        outer, inner, shade, exposure, sun * absorbed[:, None], temp_out=temp_out, forced=wind, name=name
    )
    columns = as_star(network, shade, room_side(shade, outer, inner))
    return HeatTable(columns.reshape(len(_OUT), len(_SUN), len(_FORCED), -1))


@dataclass(frozen=True)
class Network:
    """A settled window with its shade: temperatures (NODES, n) and conductances (NODES, NODES, n)."""

    temps: FloatArray
    conductance: FloatArray


def settled(
    outer: WindowModel | None,
    inner: WindowModel | None,
    shade: HungShade,
    exposure: Exposure,
    heat: FloatArray,
    *,
    temp_out: FloatArray,
    forced: FloatArray,
    name: str,
) -> Network:
    """Temperatures and conductances once all have settled under n conditions.

    Parameters
    ----------
    heat : ndarray (5, n)
        Absorbed at the five places [W/m2].
    temp_out, forced : ndarray (n,)
        Outdoor temperature [degC], the wind's film [W/(m2 K)].

    Raises
    ------
    TwinError
        Temperatures that do not settle.
    """
    room = np.clip(temp_out, ROOM_COLDEST, ROOM_WARMEST)
    temps = np.tile(0.5 * (temp_out + room), (NODES, 1))
    temps[[OUTDOORS, SKY, ROOM, STAR]] = temp_out, temp_out - SKY_BELOW, room, room
    free, fixed = _free(outer, inner, shade), [OUTDOORS, SKY, ROOM, STAR]
    source = placed(heat)[free]
    moved = np.inf
    for k in range(_ROUNDS):
        with np.errstate(invalid="ignore", over="ignore"):
            full = _matrix(links(outer, inner, shade, exposure, temps, forced), temps.shape[1])
        if not np.all(np.isfinite(full)):
            break
        balance = np.moveaxis(full, 2, 0)
        given = np.einsum("abn,bn->an", full[np.ix_(free, fixed)], temps[fixed])
        new = np.linalg.solve(_laplacian(balance, free), (source + given).T[:, :, None])[:, :, 0].T
        moved = float(np.max(np.abs(new - temps[free])))
        if moved < _RESTING_K:
            return Network(temps, full)
        # The gap's laws step between regimes; strides that shorten end on such a step instead of swinging.
        temps[free] += min(0.5, 10.0 / (k + 1)) * (new - temps[free])
    else:
        if moved < _SWINGING_K:
            return Network(temps, full)
    raise TwinError(
        "the temperatures of glass and shade do not settle.",
        "Check the shade's distance, edge opening, thickness and conductivity and the layers of its glazing.",
        key=name,
    )


def _free(outer: WindowModel | None, inner: WindowModel | None, shade: HungShade) -> list[int]:
    """Nodes that are there, but for those whose temperatures stand."""
    there = [FRONT, BACK]
    there += [OUTER_OUT, OUTER_IN] if outer is not None else []
    there += [INNER_OUT, INNER_IN] if inner is not None else []
    return sorted(there + ([GAP_AIR] if shade.place != "between" else []))


def placed(heat: FloatArray) -> FloatArray:
    """Heat at the five places (5, n) on the nodes (NODES, n); a shade's own half on each of its faces."""
    found = np.zeros((NODES, heat.shape[1]))
    found[[OUTER_OUT, OUTER_IN, INNER_OUT, INNER_IN]] = heat[[0, 1, 3, 4]]
    found[[FRONT, BACK]] = 0.5 * heat[2]
    return found


def _matrix(found: list[tuple[int, int, FloatArray]], n: int) -> FloatArray:
    full = np.zeros((NODES, NODES, n))
    for a, b, conductance in found:
        full[a, b] += conductance
        full[b, a] += conductance
    return full


def _laplacian(full: FloatArray, nodes: list[int]) -> FloatArray:
    """Balance of some nodes (n, len, len) out of all conductances (n, NODES, NODES)."""
    part = -full[:, nodes][:, :, nodes]
    rows = np.arange(len(nodes))
    part[:, rows, rows] += full[:, nodes].sum(axis=2)
    return part


def room_side(shade: HungShade, outer: WindowModel | None, inner: WindowModel | None) -> float:
    """Long-wave emissivity of what the room sees of a window with its shade drawn, glass behind it too."""
    if shade.place == "inside":
        return min(shade.light.emissivity_back + shade.light.infrared, 1.0)
    return 0.0 if inner is None else inner.emissivity_inside


def as_star(network: Network, shade: HungShade, emissivity: float) -> FloatArray:
    """The columns of `HeatTable` (n, 21) of a settled network.

    Parameters
    ----------
    emissivity : float
        Of what the room sees (`room_side`).
    """
    n = network.temps.shape[1]
    ends, within = list(_ENDS[shade.place]), list(_WITHIN[shade.place])
    full = np.moveaxis(network.conductance, 2, 0)
    # Only what lies between the ends: links beyond them are the engine's own.
    inside = _laplacian(full, within)
    to_ends = full[:, ends][:, :, within]
    # Heat at a node within reaches each end by what its temperature then sends there.
    passed = np.moveaxis(np.linalg.solve(np.swapaxes(inside, 1, 2), np.swapaxes(to_ends, 1, 2)), 1, 2)
    between = full[:, ends][:, :, ends] + passed @ np.swapaxes(to_ends, 1, 2)
    reach = np.zeros((n, len(ends), NODES))
    reach[:, :, within] = passed
    reach[:, np.arange(len(ends)), ends] = 1.0
    arrives = reach @ placed(np.eye(5))
    columns = {name: np.zeros(n) for name in _COLUMNS}
    shares = np.zeros((n, 3, 5))
    if shade.place == "between":
        columns["cross"] = between[:, 0, 1]
        shares[:, 0], shares[:, 1] = arrives[:, 0], arrives[:, 1]
    else:
        arms = _star(between)
        part = (arms / arms.sum(axis=0))[:, :, None]
        if shade.place == "outside":
            columns["outer"], columns["sky"], columns["cross"] = arms
            # On the inner face what more than the middle's share of all arrives there.
            shares[:, 1] = (arrives[:, 2] - part[2] * arrives.sum(axis=1)) / (1.0 - part[2])
            shares[:, 0] = arrives.sum(axis=1) - shares[:, 1]
        else:
            columns["cross"], columns["film"], columns["exchange"] = arms
            faced = long_wave(emissivity, network.temps[BACK], network.temps[STAR])
            columns["seen"] = arms[2] / np.maximum(faced, LEAST_EXCHANGE)
            # As much on the middle as brings the star its part; outer face and air get the rest of theirs.
            shares[:, 1] = arrives[:, 2] / part[2]
            shares[:, 0] = arrives[:, 0] - part[0] * shares[:, 1]
            shares[:, 2] = arrives[:, 1] - part[1] * shares[:, 1]
    return np.column_stack([*(columns[name] for name in _COLUMNS), shares.reshape(n, 15)])


def _star(between: FloatArray) -> FloatArray:
    """Arms (3, n) of the star that does what the triangle of conductances (n, 3, 3) does."""
    a, b, c = between[:, 0, 1], between[:, 1, 2], between[:, 2, 0]
    pairs = a * b + b * c + c * a
    return np.array([pairs / b, pairs / c, pairs / a])
