"""From an enclosure to rooms: for each zone its faces with every figure that a step needs.

Long-wave exchange inside goes through one massless star per zone with Carroll's factors [1]_; the sun that
comes in is spread by diffuse inter-reflection between planes (`views`), beam striking the floor first.

References
----------
.. [1] Carroll, J. A., 1980. An MRT method of computing radiant energy exchange in rooms. The form used by
   EnergyPlus and CSE.
.. [2] Walton, G. N., 1983. TARP Reference Manual, NBSIR 83-2655: sky view (1 + cos tilt)/2, of which the
   share sqrt(view) is sky proper; ground and air at outdoor temperature.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from buildings.thermal import layout as k
from buildings.thermal.enclosure import (
    TEMP_GROUND,
    TEMP_OUTDOORS,
    ZERO,
    Channel,
    Enclosure,
    Gain,
    Mixing,
    Surface,
    Window,
    Zone,
)
from buildings.thermal.films import STEFAN_BOLTZMANN, natural_convection, natural_convection_glass
from buildings.thermal.views import carroll_factors, cavity_absorption, views
from buildings.thermal.wall import Wall, wall

MODES = 8
"""Modes kept of each wall; against all of them this moves annual loads by less than 0.01 %."""
_UPRIGHT_FROM = 15.0
"""Tilt from which glazing convects as an upright plate (ISO 15099) and no longer as a skylight [degree]."""
_FLAT = 5.0
"""Tilt from the horizontal within which a plane has no azimuth [degree]; as descriptions have it."""
_CLOSE = 1e6
"""Film between ground floor and the temperature given there [W/(m2 K)]."""


@dataclass(frozen=True, eq=False)
class Face:
    """An opaque face of a room.

    Attributes
    ----------
    figures : ndarray (N_FACE,)
        Parameters in the kernel's order.
    wall : Wall
    series : tuple of 3 Channels
        Irradiance, forced film, temperature behind.
    partner : tuple (zone, face) or None
        The other face of a shared wall.
    """

    figures: NDArray[np.float64]
    wall: Wall
    series: tuple[Channel, Channel, Channel]
    partner: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class Pane:
    """A window of a room: figures (N_PANE,) and channels of its series, seven more where a shade hangs."""

    figures: NDArray[np.float64]
    series: tuple[Channel, ...]


@dataclass(frozen=True, eq=False)
class Room:
    """One zone with its faces (shared walls first), windows, gains and air exchanges."""

    zone: Zone
    faces: tuple[Face, ...]
    n_shared: int
    panes: tuple[Pane, ...]
    gains: tuple[Gain, ...]
    mixing: tuple[tuple[int, Mixing], ...]
    error_bound: float


@dataclass
class _Seen:
    """A face as its zone sees it, before the zone's distribution is known."""

    area: float
    emissivity: float
    absorptance: float
    is_floor: bool
    transmittance: float = 0.0
    surface: Surface | None = None
    window: Window | None = None
    behind: bool = False
    """Whether this is the face on the surface's outer side, in the adjacent zone."""

    @property
    def hung(self) -> float | None:
        """Emissivity towards the room while the shade of this window is drawn."""
        return None if self.window is None else self.window.hung

    @property
    def plane(self) -> Hashable:
        """What tells its plane from others of the room; furniture and what has no known place stand alone."""
        one = self.window or self.surface
        if one is None or not one.placed:
            return id(self)
        tilt, azimuth = one.tilt, one.azimuth
        if self.behind:
            tilt, azimuth = 180.0 - tilt, azimuth + 180.0
        flat = min(tilt, 180.0 - tilt) < _FLAT
        return (round(tilt), None if flat else round(azimuth) % 360)


def rooms(
    enclosure: Enclosure, dt: float, *, modes: int = MODES, cut_s: float | None = None
) -> tuple[Room, ...]:
    """Rooms of an enclosure over a step.

    Parameters
    ----------
    enclosure : Enclosure
    dt : float
        [s].
    modes : int
        Modes kept of each wall, 0 for all.
    cut_s : float, optional
        See `buildings.thermal.wall.wall`.
    """
    seen: list[list[_Seen]] = [[] for _ in enclosure.zones]
    for s in enclosure.surfaces:
        own = _Seen(s.area, s.emissivity_inside, s.solar_absorptance_inside, s.tilt > 135.0, surface=s)
        seen[s.zone].append(own)
        if s.boundary == "zone":
            back = _Seen(s.area, s.emissivity_outside, s.solar_absorptance_outside, s.tilt < 45.0, surface=s)
            back.behind = True
            seen[s.adjacent_zone].append(back)
    for faces in seen:
        faces.sort(key=lambda face: not _is_shared(face))
    place = {
        (id(face.surface), face.behind): (z, f)
        for z, faces in enumerate(seen)
        for f, face in enumerate(faces)
        if _is_shared(face)
    }
    for w in enclosure.windows:
        light = w.glazing.absorbed_outer_back + w.glazing.absorbed_inner_back
        pane = _Seen(
            w.area, w.glazing.emissivity_inside, light, False, w.glazing.transmittance_back, window=w
        )
        seen[w.zone].append(pane)
    conduct = partial(wall, dt=dt, modes=modes, cut_s=cut_s)
    return tuple(_room(enclosure, z, faces, place, conduct) for z, faces in enumerate(seen))


def _is_shared(face: _Seen) -> bool:
    return face.surface is not None and face.surface.boundary == "zone"


def _room(
    enclosure: Enclosure,
    z: int,
    seen: list[_Seen],
    place: dict[tuple[int, bool], tuple[int, int]],
    conduct: Callable[..., Wall],
) -> Room:
    areas = np.array([f.area for f in seen])
    exchange = _star_exchange(areas, np.array([f.emissivity for f in seen]))
    behind = np.array([f.emissivity if f.hung is None else f.hung for f in seen])
    drawn = _star_exchange(areas, behind) / (STEFAN_BOLTZMANN * np.where(behind > 0.0, behind, 1.0))
    beam, diffuse, radiant = _distribution(seen, areas)
    faces, panes = [], []
    for i, face in enumerate(seen):
        inside = (exchange[i], beam[i] / face.area, diffuse[i] / face.area, radiant[i] / face.area)
        if face.window is not None:
            panes.append(_pane(face.window, inside, enclosure.air_density, drawn[i]))
        elif face.surface is not None:
            partner = place.get((id(face.surface), not face.behind))
            faces.append(_face(face.surface, face.behind, inside, partner, conduct))
    mixing = tuple((m.zones[1 - m.zones.index(z)], m) for m in enclosure.mixing if z in m.zones)
    gains = tuple(gain for gain in enclosure.gains if gain.zone == z)
    shared = sum(_is_shared(face) for face in seen)
    bound = max((face.wall.error_bound for face in faces), default=0.0)
    return Room(enclosure.zones[z], tuple(faces), shared, tuple(panes), gains, mixing, bound)


def _star_exchange(areas: NDArray, emissivity: NDArray) -> NDArray:
    """Stefan-Boltzmann constant times the exchange factor of each face with the star; nought for a mirror."""
    factors = carroll_factors(areas)
    emits = emissivity > 0.0
    found = np.zeros_like(areas)
    resistance = (1.0 - emissivity[emits]) / emissivity[emits] + 1.0 / factors[emits]
    found[emits] = STEFAN_BOLTZMANN / resistance
    return found


def _distribution(seen: list[_Seen], areas: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Watts on each face per watt of beam that comes in, of diffuse light, and of radiant gains.

    Beam strikes the floor first. Diffuse light comes in through the windows and strikes what they see; where
    there are several, all light is taken as if it came through each by its area and transmittance. Without a
    floor beam is spread as diffuse light.
    """
    absorptance = np.array([f.absorptance for f in seen])
    transmittance = np.array([f.transmittance for f in seen])
    emissivity = np.array([f.emissivity for f in seen])
    warm = areas * emissivity if np.any(emissivity > 0.0) else areas
    if not np.any(transmittance > 0.0):
        none = np.zeros_like(areas)
        return none, none, warm / warm.sum()
    between = views(areas, [f.plane for f in seen])
    absorbed = cavity_absorption(absorptance, transmittance, between)
    glass = areas * transmittance
    diffuse = (glass / glass.sum()) @ between
    floors = np.array([f.area if f.is_floor else 0.0 for f in seen])
    beam = floors / floors.sum() if floors.any() else diffuse
    return absorbed @ beam, absorbed @ diffuse, warm / warm.sum()


def _face(
    s: Surface,
    behind: bool,
    inside: tuple[float, float, float, float],
    partner: tuple[int, int] | None,
    conduct: Callable[..., Wall],
) -> Face:
    """Figures of an opaque face; on the other side of a shared wall everything is turned round."""
    figures = np.zeros(k.N_FACE)
    conduction = conduct(s.layers, adiabatic=s.boundary == "adiabatic")
    if behind:
        conduction = conduction.turned()
    tilt = 180.0 - s.tilt if behind else s.tilt
    figures[k.AREA] = s.area
    figures[k.Y_OUT], figures[k.Y_IN] = conduction.y_out, conduction.y_in
    figures[k.Y_CROSS] = conduction.y_cross
    _inner(figures, tilt, s.convection_outside if behind else s.convection_inside, inside)
    series: tuple[Channel, Channel, Channel] = (ZERO, ZERO, TEMP_OUTDOORS)
    if s.boundary == "outdoors":
        place = (s.tilt, s.azimuth, s.skyline) if s.skyline else (s.tilt, s.azimuth)
        sun: Channel = ("solar", *place) if s.sun_exposed else ZERO
        wind = _wind(s.tilt, s.azimuth, s.height, s.plate, s.roughness) if s.wind_exposed else ZERO
        series = (s.heat or sun, s.film or wind, TEMP_OUTDOORS)
        figures[k.SOLAR] = 1.0 if s.heat else s.solar_absorptance_outside
        _outer(
            figures, s.tilt, s.convection_outside, s.roughness, s.emissivity_outside,
            plate=s.plate > 0.0, seen=s.sky_seen,
        )  # fmt: skip
        if s.film:
            figures[[k.FILM_OUT, k.WARM_OUT, k.COLD_OUT, k.ROUGHNESS]] = 0.0
            figures[k.ADDED] = 1.0
    elif s.boundary == "ground":
        series = (ZERO, ZERO, TEMP_GROUND)
        figures[k.FILM_OUT] = _CLOSE
    elif s.boundary == "adiabatic":
        # Nothing passes: the outer node is alone in the world and only must not be divided by nought.
        figures[k.FILM_OUT] = 1.0
    return Face(figures, conduction, series, partner)


def _inner(
    figures: NDArray, tilt: float, fixed: float | None, inside: tuple[float, float, float, float]
) -> None:
    if fixed is not None:
        figures[k.FILM_IN] = fixed
    else:
        figures[k.WARM_IN], figures[k.COLD_IN] = natural_convection(180.0 - tilt)
    figures[k.EXCHANGE], figures[k.BEAM], figures[k.DIFFUSE], figures[k.RADIANT] = inside


def _outer(
    figures: NDArray,
    tilt: float,
    fixed: float | None,
    roughness: float,
    emissivity: float,
    *,
    plate: bool,
    seen: float = 1.0,
) -> None:
    """Films outside and the long-wave split; `seen` is the share of the sky that shades leave."""
    if fixed is not None:
        figures[k.FILM_OUT] = fixed
    else:
        figures[k.WARM_OUT], figures[k.COLD_OUT] = natural_convection(tilt)
        # The film of a plate is the natural one plus the wind's, which knows the roughness.
        figures[k.ADDED], figures[k.ROUGHNESS] = (1.0, 0.0) if plate else (0.0, roughness)
    view = 0.5 * (1.0 + math.cos(math.radians(tilt)))
    sky = seen * view * math.sqrt(max(view, 0.0))
    figures[k.SKY] = emissivity * STEFAN_BOLTZMANN * sky
    figures[k.SURROUNDINGS] = emissivity * STEFAN_BOLTZMANN * (1.0 - sky)


def _pane(w: Window, inside: tuple[float, float, float, float], density: float, star: float) -> Pane:
    """Figures of a window; light of the room that its panes absorb enters at both faces.

    `star` is the exchange with the star over that with black surroundings while a shade is drawn.
    """
    figures = np.zeros(k.N_PANE)
    glazing = w.glazing
    figures[k.AREA] = w.area
    _inner(figures, w.tilt, w.convection_inside, inside)
    if w.convection_inside is None and w.tilt >= _UPRIGHT_FROM:
        figures[k.WARM_IN] = figures[k.COLD_IN] = 0.0
        steep = math.sin(math.radians(w.tilt)) ** 0.25
        figures[k.PANE_QUARTER] = natural_convection_glass(w.glass_height, density) * steep
    _outer(
        figures, w.tilt, w.convection_outside, 1.0, glazing.emissivity_outside,
        plate=w.plate > 0.0, seen=w.sky_seen,
    )  # fmt: skip
    # A frame that stands out like a fin: `WindowModel.convection_ratio`; films that a user fixed stay.
    for column in (k.WARM_IN, k.COLD_IN, k.PANE_QUARTER, k.WARM_OUT, k.COLD_OUT, k.ROUGHNESS, k.ADDED):
        figures[column] *= glazing.convection_ratio
    figures[k.PANE_C0 : k.PANE_C2 + 1] = glazing.conductance
    figures[k.PANE_D0 : k.PANE_D3 + 1] = glazing.conductance_difference
    kept = glazing.absorbed_outer_back + glazing.absorbed_inner_back
    outer = glazing.absorbed_outer_back / kept if kept > 0.0 else 0.0
    figures[k.PANE_BEAM_OUT], figures[k.PANE_DIFFUSE_OUT] = (
        outer * figures[k.BEAM],
        outer * figures[k.DIFFUSE],
    )
    figures[k.BEAM] *= 1.0 - outer
    figures[k.DIFFUSE] *= 1.0 - outer
    key = (w.tilt, w.azimuth, glazing.name, w.shading)
    wind = _wind(w.tilt, w.azimuth, w.height, w.plate, 1.0) if w.wind_exposed else ZERO
    if w.hung is None:
        return Pane(figures, (*(("pane", part, *key) for part in PANE_PARTS), wind))
    figures[k.PANE_STAR] = star
    films = tuple(OWN_FILM if film is None else film for film in (w.convection_inside, w.convection_outside))
    hung = (*key, *films, *wind[3:])
    parts, drawn = ([("pane", part, *hung) for part in names] for names in (PANE_PARTS, DRAWN_PARTS))
    return Pane(figures, (*parts, wind, *drawn))


def _wind(tilt: float, azimuth: float, height: float, plate: float, roughness: float) -> Channel:
    """Series of the wind's film."""
    if not plate:
        return ("forced", tilt, azimuth, height)
    return ("forced", tilt, azimuth, height, round(plate, 4), roughness)


PANE_PARTS = ("beam", "diffuse", "heat_out", "heat_in")
"""Series of a window in the kernel's order: light let in as beam, as diffuse light, heat at both faces."""
DRAWN_PARTS = ("air", "cross", "film", "exchange", "seen", "outer", "sky")
"""Further series where a shade hangs: heat into the air, and `buildings.thermal.drawn_heat.DrawnHeat`."""
OWN_FILM = -1.0
"""In a channel's key: a film that follows the correlations."""
