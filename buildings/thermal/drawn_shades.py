"""A window with its movable shade drawn (活动遮阳): what of the sun comes in, and what keeps the rest.

Light goes to and fro between the glass outside of the shade, the shade, and the glass inside of it. Where the
absorbed part ends, and what the shade keeps out and in besides, is `buildings.thermal.drawn_heat`: films,
long-wave exchange and the gap through which air rises (ISO 15099:2003, chapter 7).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.drawn_heat import HeatTable, heat_table
from buildings.thermal.glazing import WindowModel
from buildings.thermal.shade_heat import Exposure, HungShade
from buildings.thermal.shade_light import Scattered

FloatArray = NDArray[np.float64]

ASSUMPTION = (
    "A drawn shade changes the sun that enters, the heat that shade and glass give to the room's air and "
    "surfaces, and the window's conductance (ISO 15099). Its films are those of an upright window before a "
    "room of 20 to 26 degC; light that the room throws back meets the window as if the shade were up."
)


@dataclass(frozen=True)
class Through:
    """Shares of the light on a window: in as beam, in scattered, absorbed.

    `absorbed` names five places: of the outer glass the outer and the inner face, the shade, of the inner
    glass the outer and the inner face.
    """

    beam: FloatArray | float
    diffuse: FloatArray | float
    absorbed: tuple[FloatArray | float, ...]


@dataclass(frozen=True, eq=False)
class DrawnWindow:
    """A window behind, around or before its drawn shade.

    Attributes
    ----------
    outer, inner : WindowModel or None
        Glass outside and inside of the shade.
    shade : HungShade
    name : str
        Key named in errors.
    """

    outer: WindowModel | None
    inner: WindowModel | None
    shade: HungShade
    name: str = "shade"
    _tables: dict[Exposure, HeatTable] = field(default_factory=dict)

    def of_beam(self, aoi: FloatArray | float, profile: FloatArray | float) -> Through:
        """Beam by its angle of incidence and its profile angle [degree]."""
        first = _specular(self.outer, aoi)
        unhindered, scattered, returned = self.shade.light.beam_front.at(profile)
        second = _specular(self.inner, aoi)
        back = self.shade.light.beam_back.at(profile)
        return self._followed(first, (unhindered, scattered, returned), second, back)

    def of_sky(self) -> Through:
        """Isotropic light of the sky."""
        return self._of_diffuse(self.shade.light.sky)

    def of_ground(self) -> Through:
        """Isotropic light of the ground."""
        return self._of_diffuse(self.shade.light.ground)

    def _of_diffuse(self, at_shade: Scattered) -> Through:
        first, second = _diffuse(self.outer), _diffuse(self.inner)
        nothing = (0.0, 0.0, 0.0)
        return self._followed(first, (0.0, at_shade.passed, at_shade.returned), second, nothing)

    def heat(self, exposure: Exposure) -> HeatTable:
        """Conductances and ways of absorbed sun, solved once for each exposure.

        Raises
        ------
        TwinError
            Temperatures that do not settle.
        """
        if exposure not in self._tables:
            front = self.shade.light.front
            isotropic = self._of_diffuse(front).absorbed
            total = sum(isotropic)
            absorbed = np.array([float(part) / float(total) if total else 0.0 for part in isotropic])
            self._tables[exposure] = heat_table(
                self.outer, self.inner, self.shade, exposure, absorbed, name=self.name
            )
        return self._tables[exposure]

    def _followed(self, first: _Rays, at_shade: _Rays, second: _Rays, from_back: _Rays) -> Through:
        """Follow light of one direction; what the shade scatters goes on as isotropic light.

        `first` and `second` are transmittance and absorption at the two faces of the glasses, `at_shade` and
        `from_back` what passes unhindered, passes scattered and returns at the shade's front and back.
        """
        front, back = self.shade.light.front, self.shade.light.back
        outer_back, inner_front = _diffuse(self.outer, from_room=True), _diffuse(self.inner)
        mirror_outer = 1.0 - sum(outer_back) if self.outer is not None else 0.0
        mirror_inner = 1.0 - sum(inner_front) if self.inner is not None else 0.0
        reach, straight = first[0], first[0] * at_shade[0]
        again = straight * (1.0 - second[0] - second[1] - second[2])
        to_outer = reach * at_shade[2] + again * (from_back[0] + from_back[1])
        to_inner = reach * at_shade[1] + again * from_back[2]
        # Isotropic light d1 on the back of the outer glass, d4 on the front of the inner one:
        # d1 (1 - mirror rho_f) - mirror' tau_b d4 = to_outer, and the like for d4.
        a, b = 1.0 - mirror_outer * front.returned, -mirror_inner * back.passed
        c, d = -mirror_outer * front.passed, 1.0 - mirror_inner * back.returned
        d1 = (to_outer * d - b * to_inner) / (a * d - b * c)
        d4 = (a * to_inner - c * to_outer) / (a * d - b * c)
        in_shade = (
            reach * (1.0 - at_shade[0] - at_shade[1] - at_shade[2])
            + again * (1.0 - from_back[0] - from_back[1] - from_back[2])
            + d1 * mirror_outer * front.kept
            + d4 * mirror_inner * back.kept
        )
        absorbed = (
            first[1] + d1 * outer_back[1],
            first[2] + d1 * outer_back[2],
            in_shade,
            straight * second[1] + d4 * inner_front[1],
            straight * second[2] + d4 * inner_front[2],
        )
        return Through(straight * second[0], d4 * inner_front[0], absorbed)


_Rays = tuple[FloatArray | float, FloatArray | float, FloatArray | float]


def _specular(glass: WindowModel | None, aoi: FloatArray | float) -> _Rays:
    return (1.0, 0.0, 0.0) if glass is None else glass.at(aoi)


def _diffuse(glass: WindowModel | None, *, from_room: bool = False) -> tuple[float, float, float]:
    """Transmittance and absorption at the outer and the inner face; without glass all passes."""
    if glass is None:
        return 1.0, 0.0, 0.0
    if from_room:
        return glass.transmittance_back, glass.absorbed_outer_back, glass.absorbed_inner_back
    return glass.transmittance_diffuse, glass.absorbed_outer_diffuse, glass.absorbed_inner_diffuse


def drawn_window(
    window: WindowModel,
    shade: HungShade,
    *,
    parts: tuple[WindowModel, WindowModel] | None = None,
    name: str = "shade",
) -> DrawnWindow:
    """A window with its shade drawn.

    Parameters
    ----------
    window : WindowModel
        Without the shade, as the engine marches it.
    shade : HungShade
    parts : tuple of 2 WindowModel, optional
        Glass outside and inside of a shade between the panes.
    name : str
        Key named in errors.

    Raises
    ------
    ValueError
        A shade between panes without `parts`.
    """
    if shade.place == "outside":
        return DrawnWindow(None, window, shade, name)
    if shade.place == "inside":
        return DrawnWindow(window, None, shade, name)
    if parts is None:
        raise ValueError("a shade between panes needs the glass on its two sides")
    return DrawnWindow(*parts, shade, name)
