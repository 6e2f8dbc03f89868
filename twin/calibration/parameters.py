"""Parameters that a project is fitted by: prior, and what each changes in the description.

References
----------
.. [1] Kennedy and O'Hagan, Bayesian calibration of computer models, J. R. Statist. Soc. B 63 (2001) 425.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from buildings.description.complete import CompleteZone
from buildings.description.schema import ExplicitBuilding, GainOverrides, Glazing, Project, Zone
from buildings.library import catalogue
from buildings.library.data_text import read_data
from buildings.retrofit.base import Base, base_of
from buildings.retrofit.draft import own_name
from twin.retrofit.uncertain import quantile, varied

FloatArray = NDArray[np.float64]
_MOST_BASE = 0.95
_MOST_SHGC = 0.95
_NODES = 801


@cache
def _data() -> dict[str, Any]:
    text = (resources.files("twin.calibration") / "data" / "parameters.yaml").read_text("utf-8")
    found: dict[str, Any] = read_data(text)
    return found


def parameters() -> dict[str, dict[str, Any]]:
    """Priors by name."""
    found: dict[str, dict[str, Any]] = _data()["parameters"]
    return found


def setting(group: str, name: str) -> float:
    """A figure of the method; see the data file."""
    return float(_data()[group][name]["value"])


def values_at(names: Sequence[str], shares: FloatArray) -> FloatArray:
    """Values of parameters at shares of their priors.

    Parameters
    ----------
    names : sequence of str, length k
    shares : ndarray, shape (n, k)
        0 to 1.

    Returns
    -------
    ndarray, shape (n, k)
    """
    known = parameters()
    return np.stack([quantile(known[name], shares[:, j]) for j, name in enumerate(names)], axis=1)


def places_of(names: Sequence[str]) -> Callable[[FloatArray], FloatArray]:
    """A function from shares of the priors, shape (n, k), to where the values lie between the priors' ends.

    By interpolation between nodes that lie closer towards the ends, where quantiles of a tail are steep.
    """
    nodes = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, _NODES))
    known = parameters()
    ends = np.array([[known[name]["low"], known[name]["high"]] for name in names], dtype=float)
    values = values_at(names, np.repeat(nodes[:, None], len(names), axis=1))
    lines = ((values - ends[:, 0]) / (ends[:, 1] - ends[:, 0])).T

    def places(shares: FloatArray) -> FloatArray:
        own = np.atleast_2d(shares)
        return np.stack([np.interp(own[:, j], nodes, line) for j, line in enumerate(lines)], axis=1)

    return places


def changed(project: Project, values: Mapping[str, float], sizes: Mapping[str, float]) -> Project:
    """The project of one building with parameters changed.

    Parameters
    ----------
    project : Project
    values : mapping
        By name of the parameter; those left out stay.
    sizes : mapping
        `cooling_capacity_kw` and `heating_capacity_kw` of the plant that stands there.
    """
    existing = project.buildings[0]
    made = varied(project, values, sizes, existing)
    building = made.buildings[0]
    assert isinstance(building, ExplicitBuilding)
    base = base_of(existing)
    update: dict[str, Any] = {"zones": _zones(building, base, values)}
    if values.get("shgc", 1.0) != 1.0:
        update |= _glass(building, base, values["shgc"])
    if values.get("pv_yield", 1.0) != 1.0:
        update["pv"] = tuple(
            array.model_copy(update={"capacity": array.capacity * values["pv_yield"]})
            for array in building.pv
        )
    return made.model_copy(update={"buildings": (building.model_copy(update=update),)})


def acting(project: Project, sizes: Mapping[str, float]) -> tuple[str, ...]:
    """Parameters that change the project at all."""
    plain = changed(project, {}, sizes)
    return tuple(
        name
        for name, entry in parameters().items()
        if changed(project, {name: entry["low"]}, sizes) != plain
        or changed(project, {name: entry["high"]}, sizes) != plain
    )


def _zones(building: ExplicitBuilding, base: Base, values: Mapping[str, float]) -> tuple[Zone, ...]:
    more, mass = values.get("night_load", 0.0), values.get("mass", 1.0)
    if more == 0.0 and mass == 1.0:
        return building.zones
    return tuple(_zone(zone, base.zones[zone.name], more, mass) for zone in building.zones)


def _zone(zone: Zone, done: CompleteZone, more: float, mass: float) -> Zone:
    share = done.gains.equipment_base_fraction
    written = zone.gains.model_dump(exclude_unset=True)
    written["equipment_base_fraction"] = min(share + more * (1.0 - share), _MOST_BASE)
    return zone.model_copy(
        update={
            "gains": GainOverrides.model_validate(written),
            "sensible_capacity_multiplier": done.sensible_capacity_multiplier * mass,
        }
    )


def _glass(building: ExplicitBuilding, base: Base, factor: float) -> dict[str, Any]:
    """Surfaces and glazings whose solar gain is other; windows described pane by pane stay."""
    glazings, names = dict(building.glazings), {}

    def found(key: str) -> Glazing:
        own = glazings.get(key) or base.complete.glazings.get(key)
        return catalogue.glazings()[key] if own is None else own

    for surface in building.surfaces:
        for window in surface.windows:
            glass = found(window.glazing)
            if window.glazing in names or glass.shgc is None:
                continue
            name = own_name(f"{window.glazing[:40]} calibrated", glazings)
            glazings[name] = glass.model_copy(update={"shgc": min(glass.shgc * factor, _MOST_SHGC)})
            names[window.glazing] = name
    surfaces = tuple(
        surface.model_copy(
            update={
                "windows": tuple(
                    w.model_copy(update={"glazing": names.get(w.glazing, w.glazing)}) for w in surface.windows
                )
            }
        )
        if surface.windows
        else surface
        for surface in building.surfaces
    )
    return {"surfaces": surfaces, "glazings": glazings}
