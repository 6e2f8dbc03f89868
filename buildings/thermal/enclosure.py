"""The zones of a building and what encloses them, as physics sees them: plain figures, no library keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from buildings.thermal.glazing import WindowModel
from buildings.thermal.wall import Layer

Boundary = Literal["outdoors", "ground", "adiabatic", "zone"]
Channel = tuple[str | float, ...]
"""Key of a forcing series: ("solar", tilt, azimuth[, skyline]), ("gain", name) ..."""

TEMP_OUTDOORS: Channel = ("temp_outdoors",)
TEMP_GROUND: Channel = ("temp_ground",)
ONE: Channel = ("one",)
"""Series that is always one."""
ZERO: Channel = ("zero",)
"""Series that is always nought; padding and absent schedules point to it."""


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
    placed : bool
        Whether tilt and azimuth tell its plane in the room; not for furniture and where no azimuth is known.
    height : float
        Height of its middle above the ground, for the wind [m].
    roughness : float
        Factor on the forced film outside (`films.ROUGHNESS`).
    convection_inside, convection_outside : float or None
        Fixed films instead of the correlations [W/(m2 K)].
    sun_exposed, wind_exposed : bool
        Whether sun reaches the outer face, and wind.
    plate : float
        Perimeter over area of the whole plane where the wind's film is that of a plate [1/m], else nought.
    heat : Channel or None
        Series of what the outer face absorbs [W/m2], instead of its share of the sun on its plane.
    film : Channel or None
        Series of the whole convective film outside [W/(m2 K)], instead of the correlations.
    sky_seen : float
        Share of the sky that is left to the outer face; what hides the rest is as warm as the air.
    skyline : str
        Name of what stands around, empty for nothing.
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
    height: float = 10.0
    roughness: float = 1.52
    convection_inside: float | None = None
    convection_outside: float | None = None
    sun_exposed: bool = True
    wind_exposed: bool = True
    plate: float = 0.0
    placed: bool = True
    heat: Channel | None = None
    film: Channel | None = None
    sky_seen: float = 1.0
    skyline: str = ""


@dataclass(frozen=True)
class Window:
    """One glazed opening (whole window, frame included in its figures).

    Attributes
    ----------
    glass_height : float
        Of the glazing itself, along which air falls or rises [m].
    hung : float or None
        Long-wave emissivity of what the room sees while a described shade is drawn; None where none hangs.
    plate : float
        As of the surface that it lies in [1/m].
    sky_seen : float
        Share of the sky's long waves that overhang, fins and neighbours leave; they are as warm as the air.
    skyline : str
        As of the surface that it lies in; its `shading` knows it too.
    sun_exposed, wind_exposed : bool
        As of the surface that it lies in. Whether sun reaches the glass, its `shading` knows.
    """

    name: str
    area: float
    glazing: WindowModel
    zone: int
    tilt: float
    azimuth: float
    height: float = 10.0
    shading: str = "none"
    glass_height: float = 1.5
    convection_inside: float | None = None
    convection_outside: float | None = None
    plate: float = 0.0
    hung: float | None = None
    sky_seen: float = 1.0
    skyline: str = ""
    sun_exposed: bool = True
    wind_exposed: bool = True

    @property
    def placed(self) -> bool:
        """Windows stand in planes of known direction."""
        return True


@dataclass(frozen=True)
class Gain:
    """A gain in a zone: each figure times the series of its channel.

    Attributes
    ----------
    convective, radiant : float
        Heat to the air and to the faces [W].
    moisture : float
        Vapour to the air [kg/s].
    """

    zone: int
    channel: Channel
    convective: float
    radiant: float
    moisture: float = 0.0


@dataclass(frozen=True)
class Mixing:
    """Air that two zones swap: `flow` [kg/s] times the series of its channel, each way."""

    zones: tuple[int, int]
    flow: float
    channel: Channel = ONE


@dataclass(frozen=True)
class Enclosure:
    """A building's zones with all that bounds and heats them.

    Attributes
    ----------
    air_density : float
        Of the rooms' air [kg/m3].
    """

    zones: tuple[Zone, ...]
    surfaces: tuple[Surface, ...]
    windows: tuple[Window, ...] = ()
    gains: tuple[Gain, ...] = ()
    mixing: tuple[Mixing, ...] = ()
    air_density: float = 1.2
