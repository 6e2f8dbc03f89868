"""How the ground answers a borefield (地埋管群): its g-function and the resistance of its boreholes.

Both come from pygfunction, which is imported only here and only when a field is met for the first time: a
g-function is kept in the user's cache under the hash of what it depends on. The compiled component needs
neither; it reads the g-function as a sum of exponentials, exact for steps of any length and free of history.

Uniform wall temperature, equal inlet for all boreholes, no ground water flow. Heat that grout and fluid hold
is left out (a step load shorter than some hours acts a little too soon), and so is the yearly wave of
temperature in the uppermost metres.

References
----------
Cimmino, M., & Cook, J. C. (2022). pygfunction 2.2: new features and improvements in accuracy and
computational efficiency. IGSHPA Research Conference 2022.
Prieto, C., & Cimmino, M. (2021). Thermal interactions in large irregular fields of geothermal boreholes: the
method of equivalent boreholes. Journal of Building Performance Simulation 14 (4), 446-460.
Claesson, J., & Hellström, G. (2011). Multipole method to calculate borehole thermal resistances in a borehole
heat exchanger. HVAC&R Research 17 (6), 895-911.
Lamarche, L. (2009). A fast algorithm for the hourly simulations of ground-source heat pumps using arbitrary
response factors. Renewable Energy 34 (10), 2252-2258.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray
from scipy.special import exp1

from weather.errors import TwinError

Array = NDArray[np.float64]

TERMS = 26
"""Number of exponentials, three a decade."""
_LONGEST = 2e10
"""Time constant of the slowest of them [s]; 630 years."""
_LAST = 100 * 8760 * 3600.0
"""A g-function is asked for up to here [s]."""
_POINTS, _SHORT_POINTS = 70, 20
_EARLY = 60.0
"""Shortest time at which the sum of exponentials is fitted [s]."""
_RIDGE = 1e-4
"""Weight of small coefficients against a small error: keeps the slow terms, which no data tell apart, tame.

"""
_FIT = 2e-3
"""Largest error of the sum of exponentials [1]: 0.01 K at 50 W/m in ground of 1.6 W/(m K)."""
_FORM = 1
"""Changes when the content of the cache does."""


@dataclass(frozen=True)
class Field:
    """A rectangle of equal vertical boreholes.

    Attributes
    ----------
    rows, columns : int
        Numbers of boreholes.
    spacing, length, depth, radius : float
        Between neighbours, of a borehole, of its top below ground, of its wall [m].
    conductivity, capacity : float
        Of the ground [W/(m K)], [J/(m3 K)].
    """

    rows: int
    columns: int
    spacing: float
    length: float
    depth: float
    radius: float
    conductivity: float
    capacity: float

    @property
    def diffusivity(self) -> float:
        """Of the ground [m2/s]."""
        return self.conductivity / self.capacity


@dataclass(frozen=True)
class Pipes:
    """What lies in a borehole.

    Attributes
    ----------
    u_tubes : int
        1, or 2 in parallel.
    inner, outer : float
        Radii of a pipe [m].
    shank : float
        Between the axes of opposite pipes [m].
    pipe_conductivity, grout_conductivity : float
        [W/(m K)].
    roughness : float
        Of a pipe [m].
    flow : float
        Of water through a borehole [kg/s].
    """

    u_tubes: int
    inner: float
    outer: float
    shank: float
    pipe_conductivity: float
    grout_conductivity: float
    roughness: float
    flow: float


def g_function(field: Field) -> tuple[Array, Array]:
    """Dimensionless step response of the mean borehole wall.

    Parameters
    ----------
    field : Field

    Returns
    -------
    times, g : (n,)
        [s], and g so that the wall is cooler by q g / (2 pi k) after q [W/m] were drawn so long [1]. Before
        the borehole's own time, r^2 / (6 a), it is the infinite line source, which it equals there.

    Raises
    ------
    TwinError
        If boreholes overlap.
    """
    if field.rows * field.columns > 1 and field.spacing <= 2.0 * field.radius:
        raise TwinError(
            f"Boreholes {field.spacing} m apart overlap: their radius is {field.radius} m.",
            "Give a spacing of some metres.",
            key="spacing",
        )
    key = {"form": _FORM, "pygfunction": metadata.version("pygfunction"), **asdict(field)}
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]
    path = Path(platformdirs.user_cache_dir("pedf-twin")) / "g_functions" / f"{name}.npy"
    kept = _read(path)
    if kept is None:
        kept = _compute(field)
        _write(path, kept)
    return kept[0], kept[1]


def _read(path: Path) -> Array | None:
    """What is kept, or None where there is nothing sound."""
    try:
        kept: Array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return kept if kept.shape == (2, _POINTS + _SHORT_POINTS) and np.isfinite(kept).all() else None


def _write(path: Path, kept: Array) -> None:
    """Keep it whole or, where nothing can be written, not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as stream:
            np.save(stream, kept)
        Path(stream.name).replace(path)
    except OSError:
        return


def _compute(field: Field) -> Array:
    from pygfunction.borefield import Borefield

    a, r = field.diffusivity, field.radius
    begin = r * r / (6.0 * a)
    short = np.geomspace(min(_EARLY, begin / 2.0), begin, _SHORT_POINTS, endpoint=False)
    times = np.geomspace(begin, _LAST, _POINTS)
    bores = Borefield.rectangle_field(
        field.rows, field.columns, field.spacing, field.spacing, field.length, field.depth, r
    )
    # pygfunction's linear system is ill-conditioned where the first response is next to nothing
    g = np.asarray(bores.evaluate_g_function(a, times, method="equivalent", boundary_condition="UBWT"))
    line = 0.5 * exp1(r * r / (4.0 * a * short))
    out = np.array([np.concatenate((short, times)), np.concatenate((line, g))])
    if not ((np.diff(out[1]) > -1e-6).all() and abs(g[0] / (0.5 * exp1(1.5)) - 1.0) < 0.05):
        raise TwinError(
            f"The response of a borefield of {field.rows} x {field.columns} boreholes cannot be found.",
            "Check spacing, length and depth; boreholes must be much longer than wide.",
            key="borefield",
        )
    return out


def exponentials(times: Array, g: Array) -> tuple[Array, Array]:
    """A g-function as a sum of a_i (1 - exp(-t / tau_i)).

    Returns
    -------
    tau, a : (TERMS,)
        Time constants in geometric order [s], and weights [1]; the weights of the shortest may be negative,
        since the wall feels the line in the borehole's middle with delay.

    Raises
    ------
    TwinError
        If the sum is off by more than `_FIT`.
    """
    begin = times[_SHORT_POINTS]
    tau = np.geomspace(begin / 10.0, _LONGEST, TERMS)
    rises = -np.expm1(-times[:, None] / tau)
    rows = np.vstack((rises, _RIDGE * np.eye(TERMS)))
    a = np.linalg.lstsq(rows, np.concatenate((g, np.zeros(TERMS))), rcond=None)[0]
    error = float(np.abs(rises @ a - g).max())
    if error > _FIT:
        raise TwinError(
            f"The response of the borefield is off by {error:.4f} as a sum of exponentials.",
            "Check the sizes of the field and the ground.",
            key="borefield",
        )
    return tau, a


@lru_cache(maxsize=256)
def borehole_resistance(field: Field, pipes: Pipes, temp: float) -> float:
    """Effective resistance between mean fluid and borehole wall, by the multipole method [m K/W].

    Parameters
    ----------
    field, pipes : Field, Pipes
    temp : float
        Of the water, for its properties [degC].

    Raises
    ------
    TwinError
        If pipes overlap or do not fit into the borehole.
    """
    from pygfunction.boreholes import Borehole
    from pygfunction.enums import PipeType
    from pygfunction.media import Fluid
    from pygfunction.pipes import MultipleUTube, SingleUTube, fluid_to_pipe_thermal_resistance

    half = 0.5 * pipes.shank
    nearest = pipes.shank if pipes.u_tubes == 1 else half * math.sqrt(2.0)
    if nearest < 2.0 * pipes.outer or half + pipes.outer > field.radius or pipes.inner >= pipes.outer:
        raise TwinError(
            f"Pipes of radius {pipes.outer} m, {pipes.shank} m apart, do not fit into a borehole of radius "
            f"{field.radius} m.",
            "Give a wider borehole, thinner pipes or another distance.",
            key="borefield",
        )
    water = Fluid("Water", 0.0, T=temp)
    kind = PipeType.SINGLE_UTUBE if pipes.u_tubes == 1 else PipeType.DOUBLE_UTUBE_PARALLEL
    to_pipe = fluid_to_pipe_thermal_resistance(
        kind, pipes.flow, pipes.inner, pipes.outer, pipes.pipe_conductivity, pipes.roughness, water
    )
    bore = Borehole(field.length, field.depth, field.radius, 0.0, 0.0)
    inside = (bore, field.conductivity, pipes.grout_conductivity, to_pipe)
    # one leg after the other around the axis; pipe i and i + u_tubes are the two legs of one tube
    angles = [math.pi * i / pipes.u_tubes for i in range(2 * pipes.u_tubes)]
    legs = [(half * math.cos(angle), half * math.sin(angle)) for angle in angles]
    if pipes.u_tubes == 1:
        tube = SingleUTube(legs, pipes.inner, pipes.outer, *inside)
    else:
        tube = MultipleUTube(legs, pipes.inner, pipes.outer, *inside, pipes.u_tubes, config="parallel")
    return float(tube.effective_borehole_thermal_resistance(pipes.flow, water.cp))
