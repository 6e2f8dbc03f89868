"""Windows as two massless faces: transmission and absorption by angle, and the conductance between them.

`WindowModel` is what the thermal engine takes, whatever described the window: U and SHGC (太阳得热系数;
`simple_window`) or panes and gaps one by one (`buildings.thermal.glass_layers.layered_window`).

The simple window follows LBNL-2804E (Arasteh, Kohler and Griffith, *Modeling windows in EnergyPlus with
simple performance indices*, 2009) with its angular curves as EnergyPlus' `WindowMaterial:SimpleGlazingSystem`
uses them. `rating` gives U and SHGC of any model back under the conditions of NFRC 100 and 200.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from weather.errors import TwinError

STEFAN_BOLTZMANN = 5.670374419e-8
"""[W/(m2 K4)], CODATA 2018."""

TYPICAL_DIFFERENCE = 15.0
"""Between the faces of a window on a winter night [K]."""
LARGEST_DIFFERENCE = 40.0
"""Between the faces of a window for which conductances are fitted [K]."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WindowModel:
    """A window between its outer and its inner face.

    Absorbed light is given by the face at which it enters: what a pane in the middle absorbs is split over
    the two faces by the resistances on its two sides, which is exact for panes without mass.

    Attributes
    ----------
    name : str
    angles : ndarray (k,)
        Angles of incidence, rising from 0 to 90 [degree].
    transmittance, absorbed_outer, absorbed_inner : ndarray (k,)
        Shares of beam that strikes the outer face: transmitted, entering at the outer and at the inner face.
    transmittance_diffuse, absorbed_outer_diffuse, absorbed_inner_diffuse : float
        The same of isotropic light from outside (hemispherical).
    transmittance_back, absorbed_outer_back, absorbed_inner_back : float
        The same of isotropic light from the room.
    emissivity_outside, emissivity_inside : float
        Long-wave, hemispherical, of the two faces.
    conductance : tuple of 3 floats
        Between the faces [W/(m2 K)] while they differ by `TYPICAL_DIFFERENCE`: (c0, c1, c2) of
        c0 + c1 T + c2 T^2 with T the mean of the two faces' temperatures [degC].
    conductance_difference : tuple of 4 floats
        What another difference D of the faces [K] adds, as gas in wide gaps starts to move:
        (D^2 - TYPICAL_DIFFERENCE^2) (d0 + d1 T + d2 D + d3 D T), D at most `LARGEST_DIFFERENCE`.
    convection_ratio : float
        The convective films on both faces times this; above 1 for a frame that conducts more than any pane
        (U above about 5.8), which stands out into the air like a fin.
    """

    name: str
    angles: FloatArray
    transmittance: FloatArray
    absorbed_outer: FloatArray
    absorbed_inner: FloatArray
    transmittance_diffuse: float
    absorbed_outer_diffuse: float
    absorbed_inner_diffuse: float
    transmittance_back: float
    absorbed_outer_back: float
    absorbed_inner_back: float
    emissivity_outside: float
    emissivity_inside: float
    conductance: tuple[float, float, float]
    conductance_difference: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    convection_ratio: float = 1.0

    @cached_property
    def _curves(self) -> PchipInterpolator:
        return PchipInterpolator(
            self.angles, np.column_stack([self.transmittance, self.absorbed_outer, self.absorbed_inner])
        )

    def at(self, aoi: FloatArray | float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Transmitted and absorbed (outer, inner) shares of beam at angles of incidence [degree].

        Monotone cubic between the tabulated angles; nought from 90 degrees on, where the sun is behind.

        Raises
        ------
        ValueError
            For an angle below 0 or one that is no number.
        """
        angle = np.asarray(aoi, dtype=float)
        if not np.all(angle >= 0.0):
            raise ValueError("angles of incidence run from 0 to 180 degrees")
        found, ahead = np.zeros((*angle.shape, 3)), angle < 90.0
        found[ahead] = self._curves(angle[ahead])
        return found[..., 0], found[..., 1], found[..., 2]

    def conductance_at(
        self, temp_mean: FloatArray | float, difference: FloatArray | float = TYPICAL_DIFFERENCE
    ) -> FloatArray:
        """Face-to-face conductance [W/(m2 K)] by the faces' mean temperature [degC] and difference [K]."""
        c0, c1, c2 = self.conductance
        d0, d1, d2, d3 = self.conductance_difference
        temp = np.asarray(temp_mean, dtype=float)
        apart = np.minimum(np.abs(difference), LARGEST_DIFFERENCE)
        moved = (apart**2 - TYPICAL_DIFFERENCE**2) * (d0 + d1 * temp + apart * (d2 + d3 * temp))
        return np.asarray(c0 + temp * (c1 + temp * c2) + moved)


def hemispherical(angles: FloatArray, *series: FloatArray) -> tuple[float, ...]:
    """Means of angular properties under isotropic light: their integrals over sin(2 theta).

    Parameters
    ----------
    angles : ndarray (k,)
        Rising from 0 to 90 [degree].
    *series : ndarray (k,)
        Properties at these angles; monotone cubic between them.
    """
    theta, weights = _isotropic()
    return tuple(float(0.5 * weights @ PchipInterpolator(angles, values)(theta)) for values in series)


@cache
def _isotropic() -> tuple[FloatArray, FloatArray]:
    """Angles [degree] and weights of isotropic light."""
    # Gauss-Legendre in sin^2(theta), whose measure is uniform under isotropic light.
    nodes, weights = np.polynomial.legendre.leggauss(64)
    return np.degrees(np.arcsin(np.sqrt(0.5 * (nodes + 1.0)))), weights


# --- from U and SHGC ------------------------------------------------------------------------------------

# Shares of the normal value by the powers 0 to 4 of cos(theta): LBNL-2804E, angular curves A to J, as in the
# EnergyPlus 22.1 source (module WindowManager), two decimals as published.
_TRANSMITTED = {
    "A": (0.0, 3.36, -3.85, 1.49, 0.01),
    "B": (0.0, 2.83, -2.42, 0.04, 0.55),
    "C": (0.0, 2.45, -1.58, -0.64, 0.77),
    "D": (0.0, 2.85, -2.58, 0.40, 0.35),
    "E": (0.0, 1.51, 2.49, -5.87, 2.88),
    "F": (0.0, 1.21, 3.14, -6.37, 3.03),
    "G": (0.0, 1.09, 3.54, -6.84, 3.23),
    "H": (0.0, 0.98, 3.83, -7.13, 3.33),
    "I": (0.0, 0.79, 3.93, -6.86, 3.15),
    "J": (0.0, 0.08, 6.02, -8.84, 3.74),
}
# The same of transmitted and gained reflectance together: g + t, with reflectance = r0 (1 - g) + g.
_NOT_ABSORBED = {
    "A": (1.0, -0.70, 2.57, -3.20, 1.33),
    "B": (1.0, -1.87, 6.50, -7.86, 3.23),
    "C": (1.0, -2.52, 8.40, -9.86, 3.99),
    "D": (1.0, -1.85, 6.40, -7.64, 3.11),
    "E": (1.0, -1.57, 5.60, -6.82, 2.80),
    "F": (1.0, -3.15, 10.98, -13.14, 5.32),
    "G": (1.0, -3.25, 11.32, -13.54, 5.49),
    "H": (1.0, -3.39, 11.70, -13.94, 5.64),
    "I": (1.0, -4.06, 13.55, -15.74, 6.27),
    "J": (1.0, -4.35, 14.27, -16.32, 6.39),
}
# The 28 cells of the source's chart are linear between these corners: for each U [W/(m2 K)] the curves (mean
# of those named) at rising SHGC, constant beyond the ends.
_CHART: tuple[tuple[float, tuple[tuple[float, str], ...]], ...] = (
    (1.4195, ((0.35, "J"), (0.45, "E"))),
    (1.7034, ((0.25, "FH"), (0.30, "FGHI"), (0.50, "FGHI"), (0.55, "E"))),
    (3.4068, ((0.25, "FH"), (0.30, "FGHI"), (0.50, "FGHI"), (0.55, "E"))),
    (4.5424, ((0.30, "D"), (0.45, "BDCD"), (0.60, "BDCD"), (0.65, "A"))),
)


def _angular(table: Mapping[str, tuple[float, ...]], u_value: float, shgc: float) -> FloatArray:
    """Polynomial in cos(theta) of the chart at U and SHGC."""
    rows = []
    for _, corners in _CHART:
        curves = np.array([np.mean([table[letter] for letter in letters], axis=0) for _, letters in corners])
        places = [place for place, _ in corners]
        rows.append([np.interp(shgc, places, column) for column in curves.T])
    levels = [level for level, _ in _CHART]
    return np.array([np.interp(u_value, levels, column) for column in np.array(rows).T])


def simple_resistance(u_value: float) -> float:
    """Face-to-face resistance [m2 K/W] of a window by its U-factor [W/(m2 K)], LBNL-2804E step 1.

    The films of the source leave at least 0.001 m2 K/W, which only a U-factor beyond any pane reaches.
    """
    if u_value < 5.85:
        inside = 1.0 / (0.359073 * math.log(u_value) + 6.949915)
    else:
        inside = 1.0 / (1.788041 * u_value - 2.886625)
    outside = 1.0 / (0.025342 * u_value + 29.163853)
    return max(1.0 / u_value - inside - outside, 0.001)


def simple_transmittance(u_value: float, shgc: float) -> float:
    """Solar transmittance at normal incidence, LBNL-2804E step 4."""
    clear = 0.939998 * shgc**2 + 0.20332 * shgc if shgc < 0.7206 else 1.30415 * shgc - 0.30515
    low_e = 0.41040 * shgc if shgc <= 0.15 else 0.085775 * shgc**2 + 0.963954 * shgc - 0.084958
    weight = _single_pane(u_value)
    return weight * clear + (1.0 - weight) * low_e


def simple_absorptance(u_value: float, shgc: float) -> float:
    """Share absorbed at normal incidence that, with `simple_transmittance`, makes the SHGC: step 5.

    Films are the summer ones of the source. May exceed what is left beside the transmittance where U and SHGC
    contradict each other.
    """
    extra = shgc - simple_transmittance(u_value, shgc)
    weight = _single_pane(u_value)
    inside = weight / (29.436546 * extra**3 - 21.943415 * extra**2 + 9.945872 * extra + 7.426151) + (
        1.0 - weight
    ) / (199.8208128 * extra**3 - 90.639733 * extra**2 + 19.737055 * extra + 6.766575)
    outside = weight / (2.225824 * extra + 20.577080) + (1.0 - weight) / (5.763355 * extra + 20.541528)
    resistance = simple_resistance(u_value)
    return extra * (outside + resistance + inside) / (outside + 0.5 * resistance)


def _single_pane(u_value: float) -> float:
    """Weight of the source's correlations for U above 4.5 against those below 3.4 W/(m2 K)."""
    return min(max((u_value - 3.4) / (4.5 - 3.4), 0.0), 1.0)


def simple_window(name: str, u_value: float, shgc: float, *, emissivity_inside: float = 0.84) -> WindowModel:
    """A window from the two figures that standards give.

    Parameters
    ----------
    name : str
    u_value : float
        Of the whole window with winter films [W/(m2 K)] (传热系数).
    shgc : float
        Solar heat gain coefficient at normal incidence (太阳得热系数).
    emissivity_inside : float
        Long-wave emissivity of the room side; the outer one is 0.84 as in the source.

    Returns
    -------
    WindowModel
        One layer without mass: half of what it absorbs enters at each face, light from the room meets the
        same properties as light from outside. Number of panes and coating follow from U and SHGC in the
        source's angular curves and are not asked for.

    Raises
    ------
    TwinError
        Where U and SHGC leave the panes no share to reflect.
    """
    transmittance = simple_transmittance(u_value, shgc)
    absorptance = simple_absorptance(u_value, shgc)
    if not 0.0 <= absorptance <= 1.0 - transmittance:
        raise TwinError(
            f"U {u_value:g} W/(m2 K) and SHGC {shgc:g} describe no window: its panes would transmit "
            f"{transmittance:.3f} of the sun and absorb {absorptance:.3f}.",
            "Give a pair of figures that one window can have.",
            key=name,
        )
    reflectance = 1.0 - transmittance - absorptance
    # The published curves hold from 10 degrees on; their rounded coefficients miss one by up to 0.02 at 0.
    angles = np.concatenate(([0.0], np.arange(10.0, 91.0, 2.5)))
    powers = np.vander(np.cos(np.radians(angles)), 5, increasing=True)
    share = powers @ _angular(_TRANSMITTED, u_value, shgc)
    gained = powers @ _angular(_NOT_ABSORBED, u_value, shgc) - share
    share[0], gained[0], share[-1], gained[-1] = 1.0, 0.0, 0.0, 1.0
    tau = np.clip(transmittance * share, 0.0, 1.0)
    half = 0.5 * np.maximum(1.0 - tau - np.maximum(reflectance * (1.0 - gained) + gained, 0.0), 0.0)
    tau_diffuse, half_diffuse = hemispherical(angles, tau, half)
    window = WindowModel(
        name=name,
        angles=angles,
        transmittance=tau,
        absorbed_outer=half,
        absorbed_inner=half,
        transmittance_diffuse=tau_diffuse,
        absorbed_outer_diffuse=half_diffuse,
        absorbed_inner_diffuse=half_diffuse,
        transmittance_back=tau_diffuse,
        absorbed_outer_back=half_diffuse,
        absorbed_inner_back=half_diffuse,
        emissivity_outside=0.84,
        emissivity_inside=emissivity_inside,
        conductance=(1.0 / simple_resistance(u_value), 0.0, 0.0),
    )
    return replace(window, convection_ratio=_frame_ratio(window, u_value))


def _frame_ratio(window: WindowModel, u_value: float) -> float:
    """Ratio of the convective films that gives a window its U where the films alone keep it below.

    The idea of EnergyPlus 9.6 for highly conducting frames (X. Luo and T. Hong, LBNL, 2021); here the ratio
    is the one with which `rating` meets U, with the source's emissivity of 0.84 inside.
    """
    bare = replace(window, emissivity_inside=0.84)

    def missing(ratio: float) -> float:
        return u_value - _winter_u(replace(bare, convection_ratio=ratio))

    # Correlations of the source and films computed here differ by up to 0.3 %, which is no frame.
    if missing(1.0) <= 0.003 * u_value:
        return 1.0
    return float(brentq(missing, 1.0, 10.0, xtol=1e-6))


# --- U and SHGC of a model --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rating:
    """U-factor [W/(m2 K)] and solar heat gain coefficient at normal incidence of the glazed area."""

    u_value: float
    shgc: float


def rating(window: WindowModel) -> Rating:
    """U and SHGC of a window under the conditions of NFRC 100 and NFRC 200 (2020).

    Winter 21 degC inside, -18 degC outside, film 26 W/(m2 K) outside, no sun; summer 24 and 32 degC, film
    15 W/(m2 K), 783 W/m2 of sun at normal incidence. Convection inside is natural on a pane of 1 m
    (ISO 15099:2003, 8.3.2.2); long-wave exchange on both sides is with black surroundings at air temperature.
    """
    heat = tuple(783.0 * float(part) for part in window.at(0.0)[1:])
    summer = resistances(window, temp_in=24.0, temp_out=32.0, film_out=15.0, heat=(heat[0], heat[1]))
    tau, outer, inner = (float(part) for part in window.at(0.0))
    r_out, r_glass, r_in = summer
    inward = (outer * r_out + inner * (r_out + r_glass)) / (r_out + r_glass + r_in)
    return Rating(u_value=_winter_u(window), shgc=float(tau + inward))


def _winter_u(window: WindowModel) -> float:
    return float(1.0 / sum(resistances(window, temp_in=21.0, temp_out=-18.0, film_out=26.0)))


def resistances(
    window: WindowModel,
    *,
    temp_in: float,
    temp_out: float,
    film_out: float,
    heat: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float, float]:
    """Resistances outside, between the faces and inside [m2 K/W] once the faces have settled.

    Parameters
    ----------
    window : WindowModel
    temp_in, temp_out : float
        Of room and outdoors, air and surroundings [degC].
    film_out : float
        Convective [W/(m2 K)].
    heat : tuple of 2 floats
        Absorbed at the outer and the inner face [W/m2].

    Raises
    ------
    TwinError
        Temperatures that do not settle.
    """
    to_outer, to_inner = heat
    outer, inner, ratio = temp_out + 2.0, temp_in - 2.0, window.convection_ratio
    for _ in range(100):
        h_out = ratio * film_out + long_wave(window.emissivity_outside, outer, temp_out)
        h_in = ratio * film_inside(inner, temp_in) + long_wave(window.emissivity_inside, inner, temp_in)
        between = float(window.conductance_at(0.5 * (outer + inner), inner - outer))
        heat_out, heat_in = h_out * temp_out + to_outer, h_in * temp_in + to_inner
        all_out, all_in = h_out + between, h_in + between
        determinant = all_out * all_in - between**2
        new_outer = (all_in * heat_out + between * heat_in) / determinant
        new_inner = (between * heat_out + all_out * heat_in) / determinant
        moved = max(abs(new_outer - outer), abs(new_inner - inner))
        outer, inner = 0.5 * (outer + new_outer), 0.5 * (inner + new_inner)
        if moved < 1e-7:
            return 1.0 / h_out, 1.0 / between, 1.0 / h_in
    raise TwinError(
        "the temperatures of the window's two faces do not settle under rating conditions.",
        "Check the glazing's U-factor and SHGC, or its layers' thickness, conductivity and emissivity.",
        key=window.name,
    )


def long_wave(emissivity: float, face: float, surroundings: float) -> float:
    """Long-wave film between a face and black surroundings, both [degC], in W/(m2 K)."""
    a, b = face + 273.15, surroundings + 273.15
    return emissivity * STEFAN_BOLTZMANN * (a**2 + b**2) * (a + b)


def film_inside(face: float, air: float) -> float:
    """Natural convection on the inner face of a pane of 1 m [W/(m2 K)], ISO 15099:2003 eq. 136 to 139."""
    mean = air + 0.25 * (face - air) + 273.15
    conductivity, viscosity = 2.873e-3 + 7.760e-5 * mean, 3.723e-6 + 4.940e-8 * mean
    heat = 1002.737 + 1.2324e-2 * mean
    density = 101325.0 * 28.97e-3 / (8.314462618 * mean)
    rayleigh = density**2 * 9.81 * heat * abs(face - air) / (mean * viscosity * conductivity)
    return 0.56 * rayleigh**0.25 * conductivity
