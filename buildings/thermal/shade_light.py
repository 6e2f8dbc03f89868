"""Light at a movable shade (活动遮阳) alone: fabrics that scatter, and slats by two-dimensional radiosity.

A fabric scatters all light and knows no angle, as EnergyPlus' `WindowMaterial:Shade`. Slats are flat, long
and diffusely reflecting; the cell between two of them is solved by radiosity with view factors of crossed
strings (ISO 15099:2003, 7.3; H. Simmler, U. Fischer, F. Winkelmann, *Solar-thermal window blind model for
DOE-2*, LBL-39042, 1996, on which EnergyPlus builds), here with many segments a slat, the sunlit part exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SEGMENTS = 24
_STEEPEST = 89.0
"""Profile angle beyond which light runs along the slats' plane of symmetry [degree]."""


@dataclass(frozen=True)
class Scattered:
    """Shares of diffuse light that pass and that go back."""

    passed: float
    returned: float

    @property
    def kept(self) -> float:
        """Share absorbed."""
        return 1.0 - self.passed - self.returned


@dataclass(frozen=True, eq=False)
class DirectLight:
    """Beam on one side of a shade by its profile angle.

    Attributes
    ----------
    profiles : ndarray (m,)
        Angle of the beam above the horizontal in the plane across the slats, rising [degree].
    unhindered, scattered, returned : ndarray (m,)
        Shares that pass without meeting the shade, that pass scattered, that go back scattered.
    """

    profiles: FloatArray
    unhindered: FloatArray
    scattered: FloatArray
    returned: FloatArray

    def at(self, profile: FloatArray | float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The three shares at profile angles, linear between those computed."""
        columns = (self.unhindered, self.scattered, self.returned)
        first, second, third = (np.asarray(np.interp(profile, self.profiles, column)) for column in columns)
        return first, second, third


@dataclass(frozen=True, eq=False)
class ShadeLight:
    """Light and long-wave properties of a shade; "front" faces outside.

    Attributes
    ----------
    beam_front, beam_back : DirectLight
    sky, ground : Scattered
        Of isotropic light from above and from below the horizon, on the front.
    front, back : Scattered
        Of isotropic light.
    emissivity_front, emissivity_back, infrared : float
        Long-wave, infrared the share that passes.
    holes : float
        Share of its area through which air passes.
    """

    beam_front: DirectLight
    beam_back: DirectLight
    sky: Scattered
    ground: Scattered
    front: Scattered
    back: Scattered
    emissivity_front: float
    emissivity_back: float
    infrared: float
    holes: float


def fabric(
    transmittance: float,
    reflectance: float,
    *,
    emissivity: float = 0.9,
    infrared: float = 0.0,
    holes: float = 0.0,
) -> ShadeLight:
    """A fabric of two like faces; figures are solar and do not depend on the angle.

    Parameters
    ----------
    transmittance, reflectance : float
    emissivity, infrared : float
        Long-wave emissivity and transmittance.
    holes : float
        Share through which air passes.
    """
    ends, ones = np.array([-90.0, 90.0]), np.ones(2)
    beam = DirectLight(ends, 0.0 * ones, transmittance * ones, reflectance * ones)
    any_light = Scattered(transmittance, reflectance)
    return ShadeLight(
        beam, beam, any_light, any_light, any_light, any_light, emissivity, emissivity, infrared, holes
    )


def slats(
    width: float,
    separation: float,
    angle: float,
    reflectance_front: float,
    reflectance_back: float,
    *,
    emissivity: float = 0.9,
) -> ShadeLight:
    """Slats of a venetian blind.

    Parameters
    ----------
    width, separation : float
        Of the slats [m].
    angle : float
        Between the outward normals of the glass and of the slats' front [degree], 0 to 180: at 45 the outer
        edge is down.
    reflectance_front, reflectance_back : float
        Solar, diffuse.
    emissivity : float
        Long-wave, both faces.
    """
    outside = _Cell(width, separation, angle)
    # Seen from the room the same blind is its mirror image.
    inside = _Cell(width, separation, 180.0 - angle)
    beam_front = outside.direct(reflectance_front, reflectance_back)
    warm_front = outside.diffuse(1.0 - emissivity, 1.0 - emissivity)
    warm_back = inside.diffuse(1.0 - emissivity, 1.0 - emissivity)
    return ShadeLight(
        beam_front=beam_front,
        beam_back=inside.direct(reflectance_front, reflectance_back),
        sky=_half(beam_front, above=True),
        ground=_half(beam_front, above=False),
        front=outside.diffuse(reflectance_front, reflectance_back),
        back=inside.diffuse(reflectance_front, reflectance_back),
        emissivity_front=warm_front.kept,
        emissivity_back=warm_back.kept,
        infrared=warm_front.passed,
        holes=abs(float(np.sin(np.radians(angle)))),
    )


def _half(beam: DirectLight, *, above: bool) -> Scattered:
    """Isotropic light of one half of the surroundings: its profile angles are spread by their cosine."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    # Uniform in the sine of the profile angle.
    sine = 0.5 * (nodes + 1.0)
    profile = np.degrees(np.arcsin(sine)) * (1.0 if above else -1.0)
    unhindered, scattered, returned = beam.at(profile)
    return Scattered(float(0.5 * weights @ (unhindered + scattered)), float(0.5 * weights @ returned))


class _Cell:
    """Between two slats: the front of the lower, the back of the upper, the openings outside and inside."""

    def __init__(self, width: float, separation: float, angle: float) -> None:
        self.width, self.separation = width, separation
        turn = np.radians(angle)
        # From the outer to the inner edge; x inwards, y upwards.
        self.along = np.array([np.sin(turn), np.cos(turn)])
        n = _SEGMENTS
        ends = np.linspace(0.0, width, n + 1)[:, None] * self.along
        lower, upper = ends, ends + np.array([0.0, separation])
        starts = np.concatenate([lower[:-1], upper[:-1], lower[:1], lower[-1:]])
        stops = np.concatenate([lower[1:], upper[1:], upper[:1], upper[-1:]])
        self.lengths = np.concatenate([np.full(2 * n, width / n), [separation, separation]])
        self.views = self._views(starts, stops)

    def _views(self, starts: FloatArray, stops: FloatArray) -> FloatArray:
        """View factors (i to j) of strips by crossed strings; strips of one face do not see each other."""

        def between(a: FloatArray, b: FloatArray) -> FloatArray:
            return np.asarray(np.linalg.norm(a[:, None, :] - b[None, :, :], axis=2))

        one = between(starts, starts) + between(stops, stops)
        other = between(starts, stops) + between(stops, starts)
        seen = 0.5 * np.abs(one - other) / self.lengths[:, None]
        n = _SEGMENTS
        seen[:n, :n] = seen[n : 2 * n, n : 2 * n] = 0.0
        np.fill_diagonal(seen, 0.0)
        return np.asarray(seen)

    def _leaving(self, front: float, back: float) -> FloatArray:
        """Radiosity of the strips per flux that first strikes them (2n, 2n)."""
        n = _SEGMENTS
        reflected = np.repeat([front, back], n)
        among = reflected[:, None] * self.views[: 2 * n, : 2 * n]
        return np.asarray(np.linalg.solve(np.eye(2 * n) - among, np.diag(reflected)))

    def diffuse(self, front: float, back: float) -> Scattered:
        """Isotropic light from outside."""
        n = 2 * _SEGMENTS
        radiosity = self._leaving(front, back) @ self.views[:n, n]
        out, into = (self.views[n + k, :n] @ radiosity for k in (0, 1))
        return Scattered(float(self.views[n, n + 1] + into), float(out))

    def direct(self, front: float, back: float) -> DirectLight:
        """Beam from outside by its profile angle."""
        n = _SEGMENTS
        profiles = np.linspace(-_STEEPEST, _STEEPEST, 179)
        # How far a ray falls against the slat while it passes one unit of the slat's length.
        fall = self.along[1] + self.along[0] * np.tan(np.radians(profiles))
        unhindered = np.maximum(1.0 - self.width * np.abs(fall) / self.separation, 0.0)
        lit_until = np.minimum(self.width, self.separation / np.maximum(np.abs(fall), 1e-12))
        place = np.arange(n) * self.width / n
        share = np.clip((lit_until[:, None] - place) * n / self.width, 0.0, 1.0) * np.abs(fall)[:, None]
        struck = np.zeros((len(profiles), 2 * n))
        struck[:, :n] = np.where(fall[:, None] > 0.0, share, 0.0)
        struck[:, n:] = np.where(fall[:, None] < 0.0, share, 0.0)
        radiosity = struck @ self._leaving(front, back).T
        scattered, returned = (radiosity @ self.views[2 * n + k, : 2 * n] for k in (1, 0))
        return DirectLight(profiles, unhindered, scattered, returned)
