"""A window with its movable shade drawn (活动遮阳): what of the sun comes in, and where the rest ends.

Light goes to and fro between the glass outside of the shade, the shade, and the glass inside of it; what is
absorbed is led to room and outdoors by the heat balance of ISO 15099:2003, chapter 7: films, long-wave
exchange, and a gap behind the shade through which air rises (7.4).

The engine knows two faces of a window and the resistance between them, which a drawn shade does not change.
Absorbed light is therefore put on these two faces in the shares that bring to the room, under reference
conditions, just what the full balance with the shade brings; the sum is kept. So the solar gain is that of
ISO 15099, while two things are left out (`ASSUMPTION`): the resistance that a drawn shade adds against cold
or heat, and that a shade inside warms the air more than the faces of the room.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.glazing import WindowModel, resistances
from buildings.thermal.shade_heat import HungShade, Sources, reference_inward
from buildings.thermal.shade_light import Scattered, ShadeLight

FloatArray = NDArray[np.float64]

ASSUMPTION = (
    "A drawn shade changes the sun that enters and how much of the sun that it absorbs reaches the room (ISO "
    "15099). The fast engine does not count the resistance that it adds to the window; a shade inside gives "
    "its heat by the window's inner face, which convects about 30 % of it where a shade convects 60 %."
)
REFERENCE_SUN = 500.0
"""Isotropic light on the window of the reference conditions [W/m2]; assumed, of a sunny facade."""
REFERENCE_OUT, REFERENCE_IN, REFERENCE_FILM = 32.0, 24.0, 15.0
"""Outdoor and room temperature [degC] and film outside [W/(m2 K)], those of NFRC 200 (2020) in summer."""


@dataclass(frozen=True)
class Through:
    """Shares of the light on a window: in as beam, in scattered, and heat into its outer and inner face."""

    beam: FloatArray | float
    diffuse: FloatArray | float
    outer: FloatArray | float
    inner: FloatArray | float


@dataclass(frozen=True, eq=False)
class DrawnWindow:
    """A window behind, around or before its drawn shade.

    Attributes
    ----------
    outer, inner : WindowModel or None
        Glass outside and inside of the shade.
    light : ShadeLight
    inward : Sources
        Share that reaches the room of what is absorbed at each place.
    bare : tuple of 2 floats
        The same of the outer and the inner face of the window as the engine knows it, without the shade.
    """

    outer: WindowModel | None
    inner: WindowModel | None
    light: ShadeLight
    inward: Sources
    bare: tuple[float, float]

    def of_beam(self, aoi: FloatArray | float, profile: FloatArray | float) -> Through:
        """Beam by its angle of incidence and its profile angle [degree]."""
        first = _specular(self.outer, aoi)
        unhindered, scattered, returned = self.light.beam_front.at(profile)
        second = _specular(self.inner, aoi)
        back = self.light.beam_back.at(profile)
        return self._traced(first, (unhindered, scattered, returned), second, back)

    def of_sky(self) -> Through:
        """Isotropic light of the sky."""
        return self._of_diffuse(self.light.sky)

    def of_ground(self) -> Through:
        """Isotropic light of the ground."""
        return self._of_diffuse(self.light.ground)

    def _of_diffuse(self, at_shade: Scattered) -> Through:
        first, second = _diffuse(self.outer), _diffuse(self.inner)
        nothing = (0.0, 0.0, 0.0)
        return self._traced(first, (0.0, at_shade.passed, at_shade.returned), second, nothing)

    def absorbed_isotropic(self) -> Sources:
        """Where isotropic light from outside is absorbed."""
        nothing = (0.0, 0.0, 0.0)
        front = self.light.front
        at = self._followed(
            _diffuse(self.outer), (0.0, front.passed, front.returned), _diffuse(self.inner), nothing
        )[2]
        first, second, third, fourth, fifth = (float(part) for part in at)
        return first, second, third, fourth, fifth

    def _traced(self, first: _Rays, at_shade: _Rays, second: _Rays, from_back: _Rays) -> Through:
        beam, diffuse, absorbed = self._followed(first, at_shade, second, from_back)
        return Through(beam, diffuse, *self.on_faces(absorbed))

    def _followed(
        self, first: _Rays, at_shade: _Rays, second: _Rays, from_back: _Rays
    ) -> tuple[FloatArray | float, FloatArray | float, tuple[FloatArray | float, ...]]:
        """Follow light of one direction; what the shade scatters goes on as isotropic light.

        `first` and `second` are transmittance and absorption at the two faces of the glasses, `at_shade` and
        `from_back` what passes unhindered, passes scattered and returns at the shade's front and back.
        """
        front, back = self.light.front, self.light.back
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
        return straight * second[0], d4 * inner_front[0], absorbed

    def on_faces(
        self, absorbed: tuple[FloatArray | float, ...]
    ) -> tuple[FloatArray | float, FloatArray | float]:
        """Heat on the engine's two faces that brings the room what the absorbed light does with the shade."""
        total = sum(absorbed)
        wanted = sum(part * share for part, share in zip(absorbed, self.inward, strict=True))
        from_outer, from_inner = self.bare
        inner = (wanted - from_outer * total) / (from_inner - from_outer)
        return total - inner, inner


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
    window: WindowModel, shade: HungShade, *, parts: tuple[WindowModel, WindowModel] | None = None
) -> DrawnWindow:
    """A window with its shade drawn.

    Parameters
    ----------
    window : WindowModel
        Without the shade, as the engine marches it.
    shade : HungShade
    parts : tuple of 2 WindowModel, optional
        Glass outside and inside of a shade between the panes.

    Raises
    ------
    ValueError
        A shade between panes without `parts`.
    """
    outer: WindowModel | None = None
    inner: WindowModel | None = None
    if shade.place == "between":
        if parts is None:
            raise ValueError("a shade between panes needs the glass on its two sides")
        outer, inner = parts
    elif shade.place == "outside":
        inner = window
    else:
        outer = window
    optics = DrawnWindow(outer, inner, shade.light, (0.0,) * 5, (0.0, 1.0))
    absorbed = optics.absorbed_isotropic()
    heat = tuple(REFERENCE_SUN * part for part in absorbed)
    inward = reference_inward(
        outer,
        inner,
        shade,
        (heat[0], heat[1], heat[2], heat[3], heat[4]),
        temp_out=REFERENCE_OUT,
        temp_in=REFERENCE_IN,
        film_out=REFERENCE_FILM,
    )
    return _matched(window, replace(optics, inward=inward), absorbed)


def _matched(window: WindowModel, drawn: DrawnWindow, absorbed: Sources) -> DrawnWindow:
    """Find the shares of the bare window's faces with the films that the heat put on them brings about."""
    found = drawn
    heat = (0.0, 0.0)
    for _ in range(100):
        outside, glass, inside = resistances(
            window, temp_in=REFERENCE_IN, temp_out=REFERENCE_OUT, film_out=REFERENCE_FILM, heat=heat
        )
        total = outside + glass + inside
        found = replace(drawn, bare=(outside / total, (outside + glass) / total))
        outer, inner = (REFERENCE_SUN * float(part) for part in found.on_faces(absorbed))
        if abs(inner - heat[1]) < 1e-6:
            return found
        heat = (0.5 * (heat[0] + outer), 0.5 * (heat[1] + inner))
    raise ArithmeticError(f"the faces of window {window.name} do not settle behind its shade")
