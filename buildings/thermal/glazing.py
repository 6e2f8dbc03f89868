"""Windows from the two figures that standards give: U and SHGC (太阳得热系数).

Transmittance, absorption and glass resistance follow the simple window model of LBNL (Arasteh, Kohler and
Griffith, *Modeling windows in EnergyPlus with simple performance indices*, LBNL-2804E, 2009); the fall with
the angle of incidence follows Karlsson and Roos (*Solar Energy* 69, 2000, 321-329).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Glazing:
    """A whole window as its U-factor and SHGC describe it.

    Attributes
    ----------
    u_value : float
        With standard winter films [W/(m2 K)].
    shgc : float
        Solar heat gain coefficient at normal incidence.
    panes : int
        Number of panes, 1 to 3.
    category : float
        Coating category q of Karlsson and Roos: 4 uncoated, 2 to 3 low-e, 1 strongly solar-control.
    emissivity : float
        Hemispherical, of both outermost faces (uncoated glass 0.84).
    """

    name: str
    u_value: float
    shgc: float
    panes: int = 2
    category: float = 4.0
    emissivity: float = 0.84

    @cached_property
    def resistance(self) -> float:
        """Face-to-face resistance [m2 K/W]."""
        return max(1.0 / self.u_value - self._film_inside_winter - self._film_outside_winter, 0.005)

    @property
    def _film_inside_winter(self) -> float:
        u = self.u_value
        if u < 5.85:
            return 1.0 / (0.359073 * math.log(u) + 6.949915)
        return 1.0 / (1.788041 * u - 2.886625)

    @property
    def _film_outside_winter(self) -> float:
        return 1.0 / (0.025342 * self.u_value + 29.163853)

    @cached_property
    def transmittance(self) -> float:
        """Solar transmittance at normal incidence."""
        s, u = self.shgc, self.u_value
        clear = 0.939998 * s**2 + 0.20332 * s if s < 0.7206 else 1.30415 * s - 0.30515
        low_e = 0.41040 * s if s <= 0.15 else 0.085775 * s**2 + 0.963954 * s - 0.084958
        weight = min(max((u - 3.4) / (4.5 - 3.4), 0.0), 1.0)
        return weight * clear + (1.0 - weight) * low_e

    @cached_property
    def absorptance(self) -> float:
        """Share absorbed in the panes at normal incidence.

        Transmitted and inward-flowing heat make SHGC. The inward-flowing fraction is taken with the summer
        films of the same source.
        """
        extra = max(self.shgc - self.transmittance, 0.0)
        weight = min(max((self.u_value - 3.4) / (4.5 - 3.4), 0.0), 1.0)
        inside = weight / (29.436546 * extra**3 - 21.943415 * extra**2 + 9.945872 * extra + 7.426151) + (
            1.0 - weight
        ) / (199.8208128 * extra**3 - 90.639733 * extra**2 + 19.737055 * extra + 6.766575)
        outside = weight / (2.225824 * extra + 20.577080) + (1.0 - weight) / (5.763355 * extra + 20.541528)
        inward = (outside + 0.5 * self.resistance) / (outside + self.resistance + inside)
        return min(extra / inward, 1.0 - self.transmittance)

    def relative(self, aoi: NDArray[np.float64]) -> NDArray[np.float64]:
        """Transmittance and absorption over their normal value, by angle of incidence [degree]."""
        z = np.clip(np.asarray(aoi, dtype=float) / 90.0, 0.0, 1.0)
        a, b = 8.0, 0.25 / self.category
        alpha = 5.2 + 0.7 * self.category
        gamma = 5.26 + 0.06 * self.panes + (0.73 + 0.04 * self.panes) * self.category
        return np.clip(1.0 - a * z**alpha - b * z**2 - (1.0 - a - b) * z**gamma, 0.0, 1.0)

    @cached_property
    def relative_diffuse(self) -> float:
        """Hemispherical mean of `relative`: its integral over sin(2 theta)."""
        angle = (np.arange(900, dtype=np.float64) + 0.5) * 0.1
        weight = np.sin(np.radians(2.0 * angle))
        return float(np.sum(self.relative(angle) * weight) / np.sum(weight))

    @property
    def transmittance_back(self) -> float:
        """Diffuse light of the room that leaves through the window."""
        return self.transmittance * self.relative_diffuse

    @property
    def absorptance_back(self) -> float:
        """Diffuse light of the room that the panes keep."""
        return min(self.absorptance * self.relative_diffuse, 1.0 - self.transmittance_back)
