"""The thermal network of a block of zones: layers, surfaces and air become one linear state-space model.

A *block* is a set of zones that exchange heat through shared partitions (a floor of an office, a
dwelling). Every massive layer is cut into cells whose capacity sits at the cell centre with half-cell
resistances on both sides; massless layers are resistances; surface faces and the radiant star of a
zone carry no capacity and are eliminated. What remains is

    C dx/dt = K x + B u,    x = [air temperatures, cell temperatures]

with K symmetric, so that energy leaves one node exactly as it enters the next.

Method: control-volume conduction (Clarke, *Energy Simulation in Building Design*, 2nd ed. 2001, ch. 3);
long-wave exchange inside by Carroll's mean-radiant-temperature network (J. A. Carroll, *An MRT method of
computing radiant energy exchange in rooms*, 1980; the form used by EnergyPlus and CSE).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.films import (
    STEFAN_BOLTZMANN,
    TEMP_RADIANT_INSIDE_K,
    convection_inside,
)
from buildings.thermal.glazing import Glazing

Boundary = Literal["outdoors", "ground", "adiabatic", "zone"]
Channel = tuple[str | float, ...]
"""Key of a forcing series: ("temp_air",), ("sky", tilt), ("solar", tilt, azimuth), ("gain", name) ..."""

TEMP_AIR: Channel = ("temp_air",)


@dataclass(frozen=True)
class Layer:
    """One layer of a construction.

    Attributes
    ----------
    thickness : float
        [m]. Zero for a pure resistance.
    conductivity, density, specific_heat : float
        [W/(m K)], [kg/m3], [J/(kg K)]. A layer with zero density is a resistance.
    resistance : float
        [m2 K/W], used where `conductivity` is zero (air gaps, the virtual soil of ISO 13370).
    """

    thickness: float = 0.0
    conductivity: float = 0.0
    density: float = 0.0
    specific_heat: float = 0.0
    resistance: float = 0.0

    @property
    def r(self) -> float:
        """Thermal resistance [m2 K/W]."""
        return self.thickness / self.conductivity if self.conductivity > 0 else self.resistance

    @property
    def capacity(self) -> float:
        """Heat capacity per area [J/(m2 K)]."""
        return self.thickness * self.density * self.specific_heat


@dataclass(frozen=True)
class Zone:
    """One well-mixed air volume.

    Attributes
    ----------
    volume, floor_area : float
        [m3], [m2].
    capacity : float
        Heat capacity of the air (and of what moves with it) [J/K].
    """

    name: str
    volume: float
    floor_area: float
    capacity: float


@dataclass(frozen=True)
class Surface:
    """One opaque surface; `layers` run from the outside (or the adjacent zone) to the inside face.

    Attributes
    ----------
    area : float
        Net opaque area [m2].
    zone, adjacent_zone : int
        Indices of the zone inside and, for `boundary="zone"`, of the zone behind.
    tilt, azimuth : float
        [degree], outward normal; azimuth clockwise from north (pvlib).
    convection_outside : float
        Mean convective film outside [W/(m2 K)].
    height : float
        Height of its middle above the ground, for the wind [m].
    """

    name: str
    area: float
    layers: tuple[Layer, ...]
    zone: int
    boundary: Boundary
    tilt: float
    azimuth: float = 0.0
    adjacent_zone: int = -1
    solar_absorptance_outside: float = 0.7
    solar_absorptance_inside: float = 0.6
    emissivity_outside: float = 0.9
    emissivity_inside: float = 0.9
    convection_outside: float = 10.0
    height: float = 10.0


@dataclass(frozen=True)
class Window:
    """One glazed opening (whole window, frame included in its figures)."""

    name: str
    area: float
    glazing: Glazing
    zone: int
    tilt: float
    azimuth: float
    convection_outside: float = 8.0
    shading: str = "none"


@dataclass(frozen=True)
class Gain:
    """A heat gain in a zone: `watts` times the series of channel ("gain", name)."""

    zone: int
    name: str
    watts: float
    convective: float
    radiant: float


@dataclass(frozen=True)
class Block:
    """Zones that share partitions, with all that bounds them."""

    zones: tuple[Zone, ...]
    surfaces: tuple[Surface, ...]
    windows: tuple[Window, ...] = ()
    gains: tuple[Gain, ...] = ()


@dataclass(frozen=True)
class StateSpace:
    """C dx/dt = K x + B u; y = radiant temperatures = Cm x + Dm u. Air nodes come first.

    Attributes
    ----------
    capacity : ndarray (n,)
        [J/K].
    conductance : ndarray (n, n)
        K, symmetric, negative semi-definite [W/K].
    forcing : ndarray (n, m)
        B, one column per channel of `channels`.
    radiant_state, radiant_forcing : ndarray (nz, n), (nz, m)
        Area-weighted mean surface temperature of each zone.
    """

    n_zones: int
    capacity: NDArray[np.float64]
    conductance: NDArray[np.float64]
    forcing: NDArray[np.float64]
    channels: tuple[Channel, ...]
    radiant_state: NDArray[np.float64]
    radiant_forcing: NDArray[np.float64]
    names: tuple[str, ...] = field(default=())

    @property
    def n(self) -> int:
        """Number of states."""
        return len(self.capacity)


def u_value(layers: tuple[Layer, ...], r_inside: float = 0.11, r_outside: float = 0.04) -> float:
    """Thermal transmittance (传热系数) with the film resistances of GB 50176-2016 [W/(m2 K)]."""
    return 1.0 / (r_inside + sum(layer.r for layer in layers) + r_outside)


def carroll_factors(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean-radiant-temperature factors f_i = 1 / (1 - A_i f_i / sum(A f)), by fixed point.

    Parameters
    ----------
    areas : ndarray (n,)
        Surface areas of one enclosure [m2].

    Returns
    -------
    ndarray (n,)
        Factors, at least 1. A surface larger than all others together has no finite factor; it is
        held at 10, where its exchange is limited by its emissivity anyway.
    """
    f = np.ones_like(areas)
    for _ in range(200):
        share = areas * f / np.sum(areas * f)
        new = np.minimum(1.0 / np.maximum(1.0 - share, 0.1), 10.0)
        if np.max(np.abs(new - f)) < 1e-12:
            return new
        f = 0.5 * (f + new)
    return f


class _Nodes:
    """Grows the conductance matrix: massive nodes (air, cells) and massless ones (faces, stars)."""

    def __init__(self) -> None:
        self.capacity: list[float] = []
        self.names: list[str] = []
        self.links: list[tuple[int, int, float]] = []
        self.forcing: dict[Channel, dict[int, float]] = {}
        self.fixed: list[tuple[int, Channel, float]] = []

    def node(self, name: str, capacity: float = 0.0) -> int:
        self.capacity.append(capacity)
        self.names.append(name)
        return len(self.capacity) - 1

    def link(self, a: int, b: int, conductance: float) -> None:
        self.links.append((a, b, conductance))

    def to_known(self, a: int, channel: Channel, conductance: float) -> None:
        """Connect a node with a known temperature."""
        self.fixed.append((a, channel, conductance))

    def heat(self, channel: Channel, a: int, per_unit: float) -> None:
        """Let a channel put `per_unit` watts per unit of its series into a node."""
        column = self.forcing.setdefault(channel, {})
        column[a] = column.get(a, 0.0) + per_unit


@dataclass
class _Face:
    """An inside face as its zone sees it."""

    node: int
    area: float
    emissivity: float
    absorptance: float
    is_floor: bool
    transmittance: float = 0.0  # diffuse light that leaves through this face again


def _stack(nodes: _Nodes, surface: Surface, cells: int) -> tuple[int, int]:
    """Add the cells of a construction between its two faces; returns (outer face, inner face)."""
    outer = nodes.node(f"{surface.name}:outer")
    inner = nodes.node(f"{surface.name}:inner")
    pending = 0.0
    last = outer
    for number, layer in enumerate(surface.layers):
        if layer.capacity <= 0.0:
            pending += layer.r
            continue
        r_half = layer.r / cells / 2.0
        for cell in range(cells):
            name = f"{surface.name}:{number}.{cell}"
            here = nodes.node(name, layer.capacity * surface.area / cells)
            nodes.link(last, here, surface.area / max(pending + r_half, 1e-9))
            last, pending = here, r_half
    nodes.link(last, inner, surface.area / max(pending, 1e-9))
    return outer, inner


def _outside(nodes: _Nodes, surface: Surface, outer: int, faces: list[list[_Face]], air: list[int]) -> None:
    """Bind the outer face to what lies behind it."""
    if surface.boundary == "outdoors":
        radiative = 4.0 * surface.emissivity_outside * STEFAN_BOLTZMANN * 283.0**3
        nodes.to_known(outer, TEMP_AIR, surface.area * (surface.convection_outside + radiative))
        solar = surface.area * surface.solar_absorptance_outside
        nodes.heat(("solar", surface.tilt, surface.azimuth, surface.height), outer, solar)
        sky = surface.area * surface.emissivity_outside
        nodes.heat(("sky", surface.tilt, surface.height), outer, sky)
    elif surface.boundary == "ground":
        nodes.to_known(outer, ("temp_ground",), surface.area / 1e-6)
    elif surface.boundary == "zone":
        _inside(nodes, surface, outer, surface.adjacent_zone, 180.0 - surface.tilt, faces, air)


def _inside(
    nodes: _Nodes,
    surface: Surface,
    face: int,
    zone: int,
    tilt: float,
    faces: list[list[_Face]],
    air: list[int],
) -> None:
    """Bind a face to the air of a zone and note it for the zone's radiant exchange."""
    nodes.link(face, air[zone], surface.area * convection_inside(tilt))
    faces[zone].append(
        _Face(
            face,
            surface.area,
            surface.emissivity_inside,
            surface.solar_absorptance_inside,
            is_floor=tilt > 135.0,
        )
    )


def _window(nodes: _Nodes, window: Window, faces: list[list[_Face]], air: list[int]) -> None:
    """A window: two massless faces with the glass resistance between them."""
    glazing = window.glazing
    outer = nodes.node(f"{window.name}:outer")
    inner = nodes.node(f"{window.name}:inner")
    nodes.link(outer, inner, window.area / glazing.resistance)
    radiative = 4.0 * glazing.emissivity * STEFAN_BOLTZMANN * 283.0**3
    nodes.to_known(outer, TEMP_AIR, window.area * (window.convection_outside + radiative))
    nodes.heat(("sky", window.tilt), outer, window.area * glazing.emissivity)
    # Half of what the panes absorb enters at each face (the layer's centre, as in the LBNL simple window);
    # it falls with the angle as the transmitted light does, so it rides on the same channels.
    key = (window.tilt, window.azimuth, glazing.name, window.shading)
    per_watt = 0.5 * window.area * glazing.absorptance / glazing.transmittance
    for kind in ("beam", "diffuse"):
        nodes.heat((kind, *key), outer, per_watt)
        nodes.heat((kind, *key), inner, per_watt)
    nodes.link(inner, air[window.zone], window.area * convection_inside(window.tilt))
    faces[window.zone].append(
        _Face(
            inner,
            window.area,
            glazing.emissivity,
            glazing.absorptance_back,
            is_floor=False,
            transmittance=glazing.transmittance_back,
        )
    )


def _star(nodes: _Nodes, zone: Zone, faces: list[_Face]) -> None:
    """Long-wave exchange of a zone's faces through one massless radiant node."""
    star = nodes.node(f"{zone.name}:star")
    areas = np.array([f.area for f in faces])
    for face, factor in zip(faces, carroll_factors(areas), strict=True):
        resistance = (1.0 - face.emissivity) / face.emissivity + 1.0 / factor
        nodes.link(
            star, face.node, 4.0 * STEFAN_BOLTZMANN * TEMP_RADIANT_INSIDE_K**3 * face.area / resistance
        )


def cavity_absorption(faces_area: NDArray, absorptance: NDArray, transmittance: NDArray) -> NDArray:
    """Where light ends that first strikes face j: diffuse inter-reflection with area-weighted views.

    Parameters
    ----------
    faces_area, absorptance, transmittance : ndarray (n,)
        Area [m2], share absorbed and share let out again by each face.

    Returns
    -------
    ndarray (n, n)
        Column j: watts absorbed on each face per watt that strikes face j. Columns sum to at most one;
        the rest has left through the windows.
    """
    view = np.tile(faces_area / faces_area.sum(), (len(faces_area), 1))
    reflected = np.diag(1.0 - absorptance - transmittance)
    incident = np.linalg.inv(np.eye(len(faces_area)) - view.T @ reflected)
    return np.asarray(np.diag(absorptance) @ incident)


def _short_wave(nodes: _Nodes, window: Window, faces: list[_Face]) -> None:
    """Distribute the transmitted sun: beam strikes the floor, diffuse all faces by area."""
    areas = np.array([f.area for f in faces])
    absorbed = cavity_absorption(
        areas, np.array([f.absorptance for f in faces]), np.array([f.transmittance for f in faces])
    )
    floors = np.array([f.area if f.is_floor else 0.0 for f in faces])
    if floors.sum() == 0.0:
        floors = areas
    key = (window.tilt, window.azimuth, window.glazing.name, window.shading)
    for kind, first in (("beam", floors / floors.sum()), ("diffuse", areas / areas.sum())):
        for face, watts in zip(faces, absorbed @ first, strict=True):
            nodes.heat((kind, *key), face.node, window.area * watts)


def assemble(block: Block, cells: int = 3) -> StateSpace:
    """Build the full-order state-space model of a block.

    Parameters
    ----------
    block : Block
    cells : int
        Cells per massive layer. 3 is the production mesh: against 10 it moves annual loads of the
        ASHRAE 140 boxes by at most 0.3 %.

    Returns
    -------
    StateSpace
    """
    nodes = _Nodes()
    air = [nodes.node(f"{zone.name}:air", zone.capacity) for zone in block.zones]
    faces: list[list[_Face]] = [[] for _ in block.zones]
    for surface in block.surfaces:
        outer, inner = _stack(nodes, surface, cells)
        _outside(nodes, surface, outer, faces, air)
        _inside(nodes, surface, inner, surface.zone, surface.tilt, faces, air)
    for window in block.windows:
        _window(nodes, window, faces, air)
    for zone, zone_faces in zip(block.zones, faces, strict=True):
        _star(nodes, zone, zone_faces)
    for window in block.windows:
        _short_wave(nodes, window, faces[window.zone])
    for gain in block.gains:
        _internal_gain(nodes, gain, faces[gain.zone], air)
    return _eliminate(nodes, block, faces)


def _internal_gain(nodes: _Nodes, gain: Gain, faces: list[_Face], air: list[int]) -> None:
    """Convective share to the air, radiant share to all faces by area."""
    nodes.heat(("gain", gain.name), air[gain.zone], gain.watts * gain.convective)
    total = sum(f.area for f in faces)
    for face in faces:
        nodes.heat(("gain", gain.name), face.node, gain.watts * gain.radiant * face.area / total)


def _eliminate(nodes: _Nodes, block: Block, faces: list[list[_Face]]) -> StateSpace:
    """Solve the massless nodes out of the network; keep the mean radiant temperatures as outputs."""
    n = len(nodes.capacity)
    conductance = np.zeros((n, n))
    for a, b, g in nodes.links:
        conductance[a, b] += g
        conductance[b, a] += g
        conductance[a, a] -= g
        conductance[b, b] -= g
    for a, channel, g in nodes.fixed:
        conductance[a, a] -= g
        nodes.heat(channel, a, g)
    others = sorted((c for c in nodes.forcing if c != TEMP_AIR), key=str)
    channels = (TEMP_AIR, *others)
    forcing = np.zeros((n, len(channels)))
    for column, channel in enumerate(channels):
        for a, value in nodes.forcing.get(channel, {}).items():
            forcing[a, column] = value
    capacity = np.array(nodes.capacity)
    massive, massless = capacity > 0.0, capacity <= 0.0
    inverse = np.linalg.inv(conductance[np.ix_(massless, massless)])
    to_state = -inverse @ conductance[np.ix_(massless, massive)]
    to_input = -inverse @ forcing[massless]
    back = conductance[np.ix_(massive, massless)]
    reduced = conductance[np.ix_(massive, massive)] + back @ to_state
    position = np.full(n, -1)
    position[massless] = np.arange(massless.sum())
    weights = np.zeros((len(block.zones), int(massless.sum())))
    for z, zone_faces in enumerate(faces):
        for face in zone_faces:
            weights[z, position[face.node]] += face.area
        weights[z] /= max(weights[z].sum(), 1e-12)
    return StateSpace(
        n_zones=len(block.zones),
        capacity=capacity[massive],
        conductance=0.5 * (reduced + reduced.T),
        forcing=forcing[massive] + back @ to_input,
        channels=channels,
        radiant_state=weights @ to_state,
        radiant_forcing=weights @ to_input,
        names=tuple(name for name, heavy in zip(nodes.names, massive, strict=True) if heavy),
    )
