"""The compiled pass of a year's light through one window: shares by angle for beam, fixed ones for the rest.

One pass over the steps in place of some thirty over arrays of their length, with the same operations in the
same order: what comes out is the same to the last digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from buildings.compiled import compiled
from buildings.thermal.glazing import WindowModel
from weather.kept import kept

FloatArray = NDArray[np.float64]


@kept(256)
def cubics(glazing: WindowModel) -> tuple[FloatArray, FloatArray]:
    """Pieces of the curves of `WindowModel.at`.

    Returns
    -------
    ends : ndarray (k + 1,)
        Rising from 0 to 90 [degree].
    powers : ndarray (4, k, 3)
        Of each piece for the shares let in, absorbed outside and inside, the highest power first.
    """
    shares = np.column_stack([glazing.transmittance, glazing.absorbed_outer, glazing.absorbed_inner])
    curves = PchipInterpolator(glazing.angles, shares)
    return curves.x, curves.c


@compiled(fastmath=False)
def let_in(
    beam: FloatArray,
    circumsolar: FloatArray,
    aoi: FloatArray,
    sky: FloatArray,
    ground: FloatArray,
    sunlit: FloatArray,
    seen: tuple[float, float],
    shade: tuple[float, float],
    angles: FloatArray,
    curves: FloatArray,
    diffuse_shares: tuple[float, float, float],
    out: FloatArray,
) -> bool:
    """Light that a window lets in and that its panes absorb.

    Parameters
    ----------
    beam, circumsolar, sky, ground : ndarray (n,)
        Irradiance of the window's plane [W/m2].
    aoi : ndarray (n,)
        Angle of incidence of the beam [degree].
    sunlit : ndarray (n,)
        Share of the glass that the beam reaches [-].
    seen : tuple
        Shares of the light of sky and of ground that are left [-].
    shade : tuple
        Light from which a movable shade is down [W/m2], and what it then leaves [-].
    angles : ndarray (k + 1,)
        Ends of the pieces of the curves, rising from 0 to 90 [degree].
    curves : ndarray (4, k, 3)
        Cubic pieces of the shares let in, absorbed outside and inside, the highest power first.
    diffuse_shares : tuple
        The same three shares of diffuse light [-].
    out : ndarray (4, n)
        Let in as beam, as diffuse light, absorbed at the outer and the inner face [W/m2]; written.

    Returns
    -------
    bool
        False where beam comes at an angle that is none: below 0, or no number.
    """
    piece, right = 0, True
    for i in range(len(beam)):
        direct = (beam[i] + circumsolar[i]) * sunlit[i]
        diffuse = sky[i] * seen[0] + ground[i] * seen[1]
        down = shade[1] if direct + diffuse > shade[0] else 1.0
        direct, diffuse = direct * down, diffuse * down
        tau = outer = inner = 0.0
        if direct != 0.0:
            angle = aoi[i]
            if not angle >= 0.0:
                right = False
            elif angle < 90.0:
                while angle < angles[piece]:
                    piece -= 1
                while angle >= angles[piece + 1]:
                    piece += 1
                # from the lowest power up, as scipy.interpolate.PPoly adds them
                x = angle - angles[piece]
                x2 = x * x
                x3 = x2 * x
                tau = direct * _cubic(curves, piece, 0, x, x2, x3)
                outer = direct * _cubic(curves, piece, 1, x, x2, x3)
                inner = direct * _cubic(curves, piece, 2, x, x2, x3)
        out[0, i] = tau
        out[1, i] = diffuse * diffuse_shares[0]
        out[2, i] = outer + diffuse * diffuse_shares[1]
        out[3, i] = inner + diffuse * diffuse_shares[2]
    return right


@compiled(fastmath=False, forceinline=True)
def _cubic(curves: FloatArray, piece: int, share: int, x: float, x2: float, x3: float) -> float:
    value = curves[3, piece, share] + curves[2, piece, share] * x
    value += curves[1, piece, share] * x2
    return value + curves[0, piece, share] * x3
