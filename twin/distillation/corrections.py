"""A handful of named physical parameters that may be corrected, each near 1 (or 0 K) and bounded.

Every parameter has a physical reason to differ between a model in full geometry and a twin without vertices,
and a spread that says how far it may be believed to. Least squares on one half of the year weighs the fit
against that spread (a Gaussian prior), so that a parameter which the loads do not tell stays where it was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from buildings.description.schema import Project
from buildings.idf.constructions import significant
from twin.crosscheck.comparison import HourlyZones
from twin.distillation.years import fast_years
from twin.progress import Progress
from weather.climate_year import ClimateYear

Content = dict[str, Any]
_STEP = 0.05
_NOISE = 0.10
"""Spread of an hour's load around a good twin, as a share of the mean load [1]: what a fit is worth."""
_INDEPENDENT_HOURS = 24.0
"""Errors of neighbouring hours hang together; so many count as one."""


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes
    ----------
    key, reason : str
    neutral : float
        Value that changes nothing: 1 for a factor, 0 for a shift.
    spread, low, high : float
        Standard deviation believed in, bounds.
    apply : callable
        Changes a project's content in place by a value.
    """

    key: str
    unit: str
    reason: str
    neutral: float
    spread: float
    low: float
    high: float
    apply: Callable[[Content, float], None]


@dataclass(frozen=True)
class Correction:
    """A corrected parameter: value, and how far the fit would let it go (standard error)."""

    key: str
    unit: str
    reason: str
    value: float
    error: float
    neutral: float


def _infiltration(content: Content, factor: float) -> None:
    for zone in content["buildings"][0]["zones"]:
        if zone.get("infiltration"):
            zone["infiltration"] = significant(zone["infiltration"] * factor)


def _internal_mass(content: Content, factor: float) -> None:
    for surface in content["buildings"][0]["surfaces"]:
        if surface["kind"] == "internal_mass":
            surface["area"] = significant(surface["area"] * factor)


def _window_gain(content: Content, factor: float) -> None:
    for glazing in content["buildings"][0]["glazings"].values():
        if "shgc" in glazing:
            glazing["shgc"] = significant(min(glazing["shgc"] * factor, 0.95))
        for layer in glazing.get("layers", ()):
            if "solar_transmittance" in layer:
                layer["solar_transmittance"] = significant(layer["solar_transmittance"] * factor)


def _window_u(content: Content, factor: float) -> None:
    for glazing in content["buildings"][0]["glazings"].values():
        if "u_value" in glazing:
            glazing["u_value"] = significant(min(glazing["u_value"] * factor, 7.0))


def _ground(content: Content, shift: float) -> None:
    site = content["site"]
    if "ground_temperatures" in site:
        site["ground_temperatures"] = [significant(t + shift) for t in site["ground_temperatures"]]


def _sun_on_walls(content: Content, factor: float) -> None:
    for construction in content["buildings"][0]["constructions"].values():
        if "solar_absorptance_outside" in construction:
            value = construction["solar_absorptance_outside"] * factor
            construction["solar_absorptance_outside"] = significant(min(value, 0.98))


PARAMETERS = (
    Parameter(
        "infiltration_factor", "1", "wind at openings: one height for each zone",
        1.0, 0.2, 0.5, 1.8, _infiltration,
    ),
    Parameter(
        "internal_mass_factor", "1", "furniture faces: a share of them lies on others",
        1.0, 0.2, 0.5, 2.0, _internal_mass,
    ),
    Parameter(
        "window_gain_factor", "1", "shadows of the building on itself, reveals, neighbours",
        1.0, 0.1, 0.6, 1.15, _window_gain,
    ),
    Parameter(
        "window_u_factor", "1", "films of windows at their own height", 1.0, 0.05, 0.85, 1.15, _window_u
    ),
    Parameter(
        "sun_on_walls_factor", "1", "outer films by another correlation, shadows on walls and roofs",
        1.0, 0.15, 0.6, 1.4, _sun_on_walls,
    ),
    Parameter(
        "ground_offset", "K", "ground temperatures by month without transition", 0.0, 0.5, -2.0, 2.0, _ground
    ),
)  # fmt: skip


def corrected(content: Mapping[str, Any], values: Mapping[str, float]) -> Content:
    """Content with parameters set, the given one untouched."""
    changed: Content = copy.deepcopy(dict(content))
    for parameter in PARAMETERS:
        if parameter.key in values and values[parameter.key] != parameter.neutral:
            parameter.apply(changed, values[parameter.key])
    return changed


def acting(content: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Parameters that change anything in this content."""
    return tuple(p for p in PARAMETERS if corrected(content, {p.key: p.neutral + _STEP}) != dict(content))


def fit(
    content: Mapping[str, Any],
    climate: ClimateYear,
    reference: HourlyZones,
    hours: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    rounds: int = 3,
    progress: Progress | None = None,
) -> tuple[Correction, ...]:
    """Least squares on some hours of the year, with all perturbed twins marched together.

    Parameters
    ----------
    content : mapping
        Project as plain content.
    reference : HourlyZones
    hours : ndarray of bool (8760,)
        Hours that may be used.
    weights : ndarray (zones,)
        Multiplier of each zone.
    rounds : int
        Gauss-Newton rounds; each marches one twin more than there are parameters.

    Returns
    -------
    tuple of Correction
    """
    problem = _Problem(content, climate, reference, hours, weights, rounds, progress)
    return problem.solved()


class _Problem:
    """Residuals and their slopes by marching variants together."""

    def __init__(
        self,
        content: Mapping[str, Any],
        climate: ClimateYear,
        reference: HourlyZones,
        hours: NDArray[np.bool_],
        weights: NDArray[np.float64],
        rounds: int,
        progress: Progress | None,
    ) -> None:
        self.content, self.climate, self.hours, self.weights = content, climate, hours, weights
        self.parameters = acting(content)
        self.target = self._loads(reference)
        self.rounds, self.progress, self.done = rounds, progress, 0
        self.scale = _NOISE * max(float(np.mean(np.abs(self.target))), 1e-9)
        self.slopes: NDArray[np.float64] | None = None
        self._last: tuple[bytes, NDArray[np.float64]] | None = None

    def _loads(self, zones: HourlyZones) -> NDArray[np.float64]:
        """Heating and cooling of the building in the hours that may be used [W], one behind the other."""
        return np.concatenate(
            [(getattr(zones, kind)[self.hours] @ self.weights) for kind in ("heating", "cooling")]
        )

    def _evaluate(self, x: NDArray[np.float64]) -> None:
        """Loads at x and their slopes, all in one march."""
        if self._last is not None and self._last[0] == x.tobytes():
            return
        points = [x]
        steps = []
        for k, parameter in enumerate(self.parameters):
            step = _STEP if x[k] + _STEP <= parameter.high else -_STEP
            point = x.copy()
            point[k] += step
            points.append(point)
            steps.append(step)
        projects = [Project.model_validate(corrected(self.content, self._named(p))) for p in points]
        loads = [self._loads(year.zones) for year in fast_years(projects, self.climate)]
        self.slopes = np.column_stack([(b - loads[0]) / s for b, s in zip(loads[1:], steps, strict=True)])
        self._last = (x.tobytes(), loads[0])
        self.done += 1
        if self.progress is not None:
            self.progress(min(self.done / (self.rounds + 1), 1.0))

    def _named(self, x: NDArray[np.float64]) -> dict[str, float]:
        return {p.key: float(v) for p, v in zip(self.parameters, x, strict=True)}

    @property
    def _worth(self) -> float:
        """Weight of an hour's residual: hours that hang together count as one."""
        return 1.0 / (self.scale * _INDEPENDENT_HOURS**0.5)

    def residuals(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hourly differences in spreads, and how far each parameter is from neutral in its own."""
        self._evaluate(x)
        loads = self._last[1] if self._last is not None else self.target
        prior = [(v - p.neutral) / p.spread for p, v in zip(self.parameters, x, strict=True)]
        return np.concatenate([(loads - self.target) * self._worth, prior])

    def jacobian(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Slopes of the residuals."""
        self._evaluate(x)
        slopes = self.slopes if self.slopes is not None else np.zeros((len(self.target), len(x)))
        return np.vstack([slopes * self._worth, np.diag([1.0 / p.spread for p in self.parameters])])

    def solved(self) -> tuple[Correction, ...]:
        """Run the least squares; errors from the curvature at the end."""
        if not self.parameters:
            return ()
        start = np.array([p.neutral for p in self.parameters])
        found = least_squares(
            self.residuals,
            start,
            jac=self.jacobian,
            bounds=([p.low for p in self.parameters], [p.high for p in self.parameters]),
            x_scale=[p.spread for p in self.parameters],
            max_nfev=self.rounds + 1,
        )
        slopes = np.asarray(found.jac, dtype=float)
        spread = np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
        return tuple(
            Correction(p.key, p.unit, p.reason, significant(float(v), 4), significant(float(e), 2), p.neutral)
            for p, v, e in zip(self.parameters, found.x, spread, strict=True)
        )
