"""Windows pane by pane: light through coated and uncoated glass at every angle, heat through the gaps.

Uncoated glass obeys Fresnel with the refractive index and extinction that its normal transmittance and
reflectance imply; coated glass follows the normalised angular curves of clear and bronze glass (E. Finlayson
et al., *WINDOW 4.0: Documentation of calculation procedures*, LBL-33943, 1993; the rule of WINDOW and
EnergyPlus for broadband data). Panes exchange light by net radiation, solved exactly at each angle. Gaps are
ISO 15099:2003 cavities between long-wave opaque panes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from buildings.thermal.glazing import (
    LARGEST_DIFFERENCE,
    STEFAN_BOLTZMANN,
    TYPICAL_DIFFERENCE,
    WindowModel,
    hemispherical,
)
from weather.errors import TwinError

FloatArray = NDArray[np.float64]

GasName = Literal["air", "argon", "krypton"]

GAS_CONSTANT = 8.314462618
"""Molar gas constant [J/(mol K)], CODATA 2018."""


@dataclass(frozen=True)
class Pane:
    """One sheet of glass; "front" faces outside, solar properties at normal incidence.

    Attributes
    ----------
    thickness, conductivity : float
        [m], [W/(m K)].
    solar_transmittance, solar_reflectance_front, solar_reflectance_back : float
        Of the pane alone in air.
    emissivity_front, emissivity_back : float
        Long-wave, hemispherical.
    coating : {"none", "low_e"}
        Decides the fall with the angle. A pane whose two faces reflect unequally counts as coated.
    """

    thickness: float
    solar_transmittance: float
    solar_reflectance_front: float
    solar_reflectance_back: float
    conductivity: float = 1.0
    emissivity_front: float = 0.84
    emissivity_back: float = 0.84
    coating: Literal["none", "low_e"] = "none"


@dataclass(frozen=True)
class Gap:
    """A sealed space between two panes, filled with one gas; thickness in m."""

    thickness: float
    gas: GasName = "air"


class PaneLike(Protocol):
    """Anything with the fields of `Pane`."""

    @property
    def thickness(self) -> float: ...
    @property
    def conductivity(self) -> float: ...
    @property
    def solar_transmittance(self) -> float: ...
    @property
    def solar_reflectance_front(self) -> float: ...
    @property
    def solar_reflectance_back(self) -> float: ...
    @property
    def emissivity_front(self) -> float: ...
    @property
    def emissivity_back(self) -> float: ...
    @property
    def coating(self) -> Literal["none", "low_e"]: ...


class GapLike(Protocol):
    """Anything with the fields of `Gap`."""

    @property
    def thickness(self) -> float: ...
    @property
    def gas(self) -> GasName: ...


Layer = PaneLike | GapLike


def layered_window(name: str, layers: Sequence[Layer]) -> WindowModel:
    """A window from its panes and gaps, outside first.

    Parameters
    ----------
    name : str
    layers : sequence of Pane and Gap
        Alternating, a pane first and last.

    Returns
    -------
    WindowModel

    Raises
    ------
    TwinError
        For layers that do not alternate, panes whose figures no glass can have, and panes whose temperatures
        do not settle.

    Notes
    -----
    The conductance is fitted over mean temperatures of -15 to 50 degC and face differences up to 40 K, gaps
    vertical and 1 m high. Against the cavity equations the fit is within 1 % for gaps up to 9 mm of air, 2 %
    for 12 mm and, where the gas moves (16 mm and wider, argon), 2 % in the mean and 7 % at most. Light that
    middle panes absorb is split over the faces by the resistances at 20 degC and 15 K.
    """
    panes, gaps = _sorted_layers(name, layers)
    angles = np.arange(91.0)
    cosine = np.cos(np.radians(angles[:-1]))
    optics = [pane_optics(pane, cosine, where=f"{name}.layers.{2 * i}") for i, pane in enumerate(panes)]
    shares = _shares_inside(name, panes, gaps, temp_mean=20.0, difference=TYPICAL_DIFFERENCE)
    front, back = (_split(*_net_radiation(optics, from_room=side), shares) for side in (False, True))
    # At grazing incidence everything is reflected; the sums between two perfect mirrors have no limit there.
    tau, outer, inner = (np.append(part, 0.0) for part in front)
    tau_back, outer_back, inner_back = (np.append(part, 0.0) for part in back)
    conductance, moved = _fitted_conductance(name, panes, gaps)
    diffuse = hemispherical(angles, tau, outer, inner)
    diffuse_back = hemispherical(angles, tau_back, outer_back, inner_back)
    return WindowModel(
        name=name,
        angles=angles,
        transmittance=tau,
        absorbed_outer=outer,
        absorbed_inner=inner,
        transmittance_diffuse=diffuse[0],
        absorbed_outer_diffuse=diffuse[1],
        absorbed_inner_diffuse=diffuse[2],
        transmittance_back=diffuse_back[0],
        absorbed_outer_back=diffuse_back[1],
        absorbed_inner_back=diffuse_back[2],
        emissivity_outside=panes[0].emissivity_front,
        emissivity_inside=panes[-1].emissivity_back,
        conductance=conductance,
        conductance_difference=moved,
    )


def _is_gap(layer: Layer) -> TypeGuard[GapLike]:
    return hasattr(layer, "gas")


def _is_pane(layer: Layer) -> TypeGuard[PaneLike]:
    return hasattr(layer, "solar_transmittance")


def _sorted_layers(name: str, layers: Sequence[Layer]) -> tuple[list[PaneLike], list[GapLike]]:
    panes = [layer for layer in layers[::2] if _is_pane(layer)]
    gaps = [layer for layer in layers[1::2] if _is_gap(layer)]
    if len(layers) % 2 == 0 or len(panes) + len(gaps) != len(layers):
        raise TwinError(
            f"the {len(layers)} layers of the window do not alternate between panes and gaps.",
            "Give a pane, a gap, a pane and so on from outside to inside, a pane first and last.",
            key=f"{name}.layers",
        )
    return panes, gaps


# --- light ------------------------------------------------------------------------------------------------


def pane_optics(pane: PaneLike, cosine: FloatArray, *, where: str = "pane") -> FloatArray:
    """Transmittance and reflectances of one pane by the cosine of the angle of incidence.

    Parameters
    ----------
    pane : Pane
    cosine : ndarray (k,)
        Greater than 0.
    where : str
        Key named in errors.

    Returns
    -------
    ndarray (3, k)
        Transmittance, reflectance of the front and of the back.
    """
    tau, front, back = pane.solar_transmittance, pane.solar_reflectance_front, pane.solar_reflectance_back
    if min(tau, front, back) < 0.0 or tau + max(front, back) > 1.0:
        raise TwinError(
            f"transmittance {tau:g} and reflectances {front:g} and {back:g} do not add up to at most 1.",
            "Give the solar figures of the pane alone at normal incidence.",
            key=where,
        )
    if tau == 0.0:
        return np.array([np.full_like(cosine, value) for value in (tau, front, back)])
    # Two surfaces of bare glass reflect alike; the tolerance is that of figures with three decimals.
    if pane.coating == "none" and abs(front - back) <= 0.001:
        clear = _fresnel(tau, 0.5 * (front + back), cosine)
        return np.array([clear[0], clear[1], clear[1]])
    return _coated(tau, front, back, cosine)


def _fresnel(tau: float, rho: float, cosine: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Transmittance and reflectance of bare glass with these normal properties.

    A sheet whose surfaces reflect r and whose path passes a reflects rho = r (1 + a tau) and transmits
    tau = (1 - r)^2 a / (1 - r^2 a^2): two equations for r and a, which have a solution wherever tau and rho
    leave something to absorb; n follows from r = ((n - 1) / (n + 1))^2.
    """
    beta = tau**2 - rho**2 + 2.0 * rho + 1.0
    surface = (beta - np.sqrt(beta**2 - 4.0 * (2.0 - rho) * rho)) / (2.0 * (2.0 - rho))
    passed = (rho - surface) / (surface * tau) if surface > 0.0 else tau
    index = (1.0 + np.sqrt(surface)) / (1.0 - np.sqrt(surface))
    inside = np.sqrt(1.0 - (1.0 - cosine**2) / index**2)
    path = min(passed, 1.0) ** (1.0 / inside)
    both = []
    for ratio in (
        (index * cosine - inside) / (index * cosine + inside),
        (cosine - index * inside) / (cosine + index * inside),
    ):
        r = ratio**2
        t = (1.0 - r) ** 2 * path / (1.0 - (r * path) ** 2)
        both.append((t, r * (1.0 + path * t)))
    (t_p, r_p), (t_s, r_s) = both
    return 0.5 * (t_p + t_s), 0.5 * (r_p + r_s)


# Transmittance over its normal value, and transmitted and gained reflectance together (g + t), by the powers
# 0 to 4 of cos(theta): LBL-33943 for clear and for bronze glass.
_CLEAR = ((-0.0015, 3.355, -3.840, 1.460, 0.0288), (0.999, -0.563, 2.043, -2.532, 1.054))
_BRONZE = ((-0.002, 2.813, -2.341, -0.05725, 0.599), (0.997, -1.868, 6.513, -7.862, 3.225))
_BRONZE_UP_TO = 0.645


def _coated(tau: float, front: float, back: float, cosine: FloatArray) -> FloatArray:
    """A coated pane: the curves of clear glass above a transmittance of 0.645, else those of bronze glass."""
    transmitted, both = _CLEAR if tau > _BRONZE_UP_TO else _BRONZE
    powers = np.vander(cosine, 5, increasing=True)
    normal = cosine > 0.999
    share = np.where(normal, 1.0, np.maximum(powers @ transmitted, 0.0))
    gained = np.where(normal, 0.0, powers @ both - share)
    rows = [tau * share]
    for rho in (front, back):
        # The rounded coefficients of the curves can leave a pane 0.001 more than all light.
        rows.append(np.clip(rho * (1.0 - gained) + gained, 0.0, 1.0 - rows[0]))
    return np.array(rows)


def _net_radiation(optics: Sequence[FloatArray], *, from_room: bool) -> tuple[FloatArray, FloatArray]:
    """Transmittance (k,) and absorption by pane (n, k) of a stack of panes, all reflections included.

    Unknown are the fluxes towards the room on the front of each pane and towards outside on the back of each.
    """
    n, k = len(optics), optics[0].shape[1]
    matrix = np.tile(np.eye(2 * n), (k, 1, 1))
    given = np.zeros((k, 2 * n, 1))
    given[:, 2 * n - 1 if from_room else 0] = 1.0
    for i, (tau, front, back) in enumerate(optics):
        if i + 1 < n:
            matrix[:, i + 1, i] -= tau
            matrix[:, i + 1, n + i] -= back
        if i > 0:
            matrix[:, n + i - 1, n + i] -= tau
            matrix[:, n + i - 1, i] -= front
    flux = np.linalg.solve(matrix, given)[:, :, 0].T
    inward, outward = flux[:n], flux[n:]
    absorbed = np.array(
        [
            inward[i] * (1.0 - tau - front) + outward[i] * (1.0 - tau - back)
            for i, (tau, front, back) in enumerate(optics)
        ]
    )
    through = outward[0] * optics[0][0] if from_room else inward[-1] * optics[-1][0]
    return through, absorbed


def _split(
    through: FloatArray, absorbed: FloatArray, shares: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Transmitted, entering at the outer and at the inner face."""
    inner = shares @ absorbed
    return through, absorbed.sum(axis=0) - inner, inner


# --- heat -------------------------------------------------------------------------------------------------

# Molar mass [kg/mol] and linear fits a + b T (T in K) of conductivity [W/(m K)], dynamic viscosity [kg/(m s)]
# and specific heat [J/(kg K)]: ISO 15099:2003, annex B.
_GASES: dict[str, tuple[float, tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "air": (28.97e-3, (2.873e-3, 7.760e-5), (3.723e-6, 4.940e-8), (1002.737, 1.2324e-2)),
    "argon": (39.948e-3, (2.285e-3, 5.149e-5), (3.379e-6, 6.451e-8), (521.9285, 0.0)),
    "krypton": (83.80e-3, (9.443e-4, 2.826e-5), (2.213e-6, 7.777e-8), (248.0907, 0.0)),
}


def cavity_conductance(
    gap: GapLike,
    temp_outer: FloatArray | float,
    temp_inner: FloatArray | float,
    emissivity_outer: float,
    emissivity_inner: float,
    *,
    height: float = 1.0,
) -> FloatArray:
    """Conductance of a vertical gap between two panes [W/(m2 K)], gas and long-wave exchange together.

    Parameters
    ----------
    gap : Gap
    temp_outer, temp_inner : float or ndarray
        Of the two faces towards the gap [degC].
    emissivity_outer, emissivity_inner : float
        Of the same faces.
    height : float
        Of the cavity [m].

    Notes
    -----
    ISO 15099:2003, 5.3.3.2 to 5.3.3.5 (eq. 40 to 51: Nusselt number of a vertical cavity, gas at the mean
    temperature and 101,325 Pa) and eq. 33 for the long-wave exchange of parallel opaque planes.
    """
    outer, inner = np.asarray(temp_outer) + 273.15, np.asarray(temp_inner) + 273.15
    mean = 0.5 * (outer + inner)
    molar, *fits = _GASES[gap.gas]
    conductivity, viscosity, heat = (a + b * mean for a, b in fits)
    density = 101325.0 * molar / (GAS_CONSTANT * mean)
    rayleigh = (
        density**2
        * gap.thickness**3
        * 9.81
        * heat
        * np.abs(inner - outer)
        / (mean * viscosity * conductivity)
    )
    laws = [0.0673838 * rayleigh ** (1.0 / 3.0), 0.028154 * rayleigh**0.4134]
    nusselt = np.select([rayleigh > 5e4, rayleigh > 1e4], laws, 1.0 + 1.7596678e-10 * rayleigh**2.2984755)
    nusselt = np.maximum(nusselt, 0.242 * (rayleigh * gap.thickness / height) ** 0.272)
    radiative = STEFAN_BOLTZMANN * (outer**2 + inner**2) * (outer + inner)
    both = emissivity_outer * emissivity_inner
    exchange = both / (emissivity_outer + emissivity_inner - both) if both > 0.0 else 0.0
    return np.asarray(nusselt * conductivity / gap.thickness + exchange * radiative)


def _resistances(
    name: str,
    panes: Sequence[PaneLike],
    gaps: Sequence[GapLike],
    temp_mean: FloatArray | float,
    difference: FloatArray | float,
) -> FloatArray:
    """Of pane, gap, pane, ... (layers, ...) [m2 K/W], the outermost faces at mean -/+ half the difference."""
    mean, apart = np.broadcast_arrays(np.asarray(temp_mean, float), np.asarray(difference, float))
    found = np.full((len(panes) + len(gaps), *mean.shape), 0.2)
    for i, pane in enumerate(panes):
        found[2 * i] = pane.thickness / pane.conductivity
    # The standard's laws step by half a percent between regimes; where the balance lies on such a step the
    # search would swing across it for ever, so its strides shorten.
    stride, before = 1.0, found
    for k in range(400):
        stride = min(0.5, 5.0 / (k + 1))
        faces = mean + apart * (np.cumsum(found, axis=0) / found.sum(axis=0) - 0.5)
        before = found.copy()
        for j, gap in enumerate(gaps):
            emissivities = panes[j].emissivity_back, panes[j + 1].emissivity_front
            found[2 * j + 1] = 1.0 / cavity_conductance(gap, faces[2 * j], faces[2 * j + 1], *emissivities)
        if np.all(np.abs(found - before) < 1e-10):
            return found
        found = before + stride * (found - before)
    if np.all(np.abs(found - before) < 2e-4 * found):
        return found
    raise TwinError(
        "the temperatures of the window's panes do not settle.",
        "Check thickness, conductivity and emissivity of its panes and the thickness of its gaps.",
        key=f"{name}.layers",
    )


def _fitted_conductance(
    name: str, panes: Sequence[PaneLike], gaps: Sequence[GapLike]
) -> tuple[tuple[float, float, float], tuple[float, float, float, float]]:
    """Least squares for `conductance` and `conductance_difference` of `WindowModel`."""
    if not gaps:
        return (panes[0].conductivity / panes[0].thickness, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)
    means = np.linspace(-15.0, 50.0, 14)
    apart = np.linspace(0.0, LARGEST_DIFFERENCE, 9)
    temp, d = np.meshgrid(means, apart, indexing="ij")
    typical = 1.0 / _resistances(name, panes, gaps, means, TYPICAL_DIFFERENCE).sum(axis=0)
    c2, c1, c0 = np.polyfit(means, typical, 2).tolist()
    rest = 1.0 / _resistances(name, panes, gaps, temp, d).sum(axis=0) - (c0 + temp * (c1 + temp * c2))
    moved = (d**2 - TYPICAL_DIFFERENCE**2) * np.array([np.ones_like(d), temp, d, d * temp])
    d0, d1, d2, d3 = np.linalg.lstsq(moved.reshape(4, -1).T, rest.ravel())[0].tolist()
    return (c0, c1, c2), (d0, d1, d2, d3)


def _shares_inside(
    name: str, panes: Sequence[PaneLike], gaps: Sequence[GapLike], temp_mean: float, difference: float
) -> FloatArray:
    """Share (n,) of what each pane absorbs that enters at the innermost face.

    A pane absorbs over its thickness; its middle stands for it, as half at each of its faces would.
    """
    resistances = _resistances(name, panes, gaps, temp_mean, difference)
    middle = np.cumsum(resistances) - 0.5 * resistances
    return np.asarray(middle[::2] / resistances.sum())
