"""Envelope and machines of a building under a draw: what stands and what is new, each by its own factor.

Factors act on the description: on the conductivity of every layer, on the U of whole windows, on the
efficiency of machines. Machines of the plant room and windows that are described pane by pane keep their
data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from buildings.description.schema import (
    Construction,
    ExplicitBuilding,
    Glazing,
    Hvac,
    Layer,
    Surface,
    Window,
)
from buildings.library import catalogue
from buildings.retrofit.base import Base
from buildings.retrofit.draft import own_name
from buildings.systems.records import entry

Draw = Mapping[str, float]
"""Factor, shift [K] or seed of each input by name."""
_HIGHEST_U = 7.0
"""Largest U that a window can be given [W/(m2.K)]."""


def drawn_constructions(building: ExplicitBuilding, existing: Base, draw: Draw) -> dict[str, Construction]:
    """Constructions of a building with its package, those of planes to outdoors or unheated rooms drawn.

    Layers that stood before the package are told from new ones by their place in the stack.

    Parameters
    ----------
    building : ExplicitBuilding
        With its package.
    existing : Base
        The building as it is.
    draw : mapping
        `envelope_conductivity` and `insulation_conductivity` [1].
    """
    old, new = (draw.get(f"{name}_conductivity", 1.0) for name in ("envelope", "insulation"))
    made = dict(building.constructions)
    before = {surface.name: surface.construction for surface in existing.building.surfaces}
    if old != 1.0:
        parting = {s.construction for s in existing.building.surfaces if _parts(s, existing)}
        for key in sorted(parting & existing.solved.keys()):
            made[key] = _scaled(existing.solved[key], None, old, new)
    known = set(before.values())
    for surface in building.surfaces:
        key = surface.construction
        if key not in known and surface.name in before:
            known.add(key)
            stood = existing.solved.get(before[surface.name])
            made[key] = _scaled(building.constructions[key], stood, old, new)
    return made


def _parts(surface: Surface, existing: Base) -> bool:
    """Whether a plane faces outdoors or parts a conditioned room from another."""
    behind = existing.zones.get(surface.boundary)
    if behind is None:
        return surface.boundary == "outdoors"
    return behind.conditioned != existing.zones[surface.zone].conditioned


def _scaled(construction: Construction, stood: Construction | None, old: float, new: float) -> Construction:
    """Conductivities times a factor, of the layers that stood (all where None) and of the others."""
    layers = construction.layers
    here = layers if stood is None else stood.layers
    n = len(here)
    first = next((i for i in range(len(layers) - n + 1) if layers[i : i + n] == here), len(layers))
    drawn = tuple(
        _conducting(layer, old if first <= i < first + n else new) for i, layer in enumerate(layers)
    )
    return construction.model_copy(update={"layers": drawn})


def _conducting(layer: Layer, factor: float) -> Layer:
    if factor == 1.0:
        return layer
    if layer.resistance is not None:
        return layer.model_copy(update={"resistance": layer.resistance / factor})
    if layer.material is None:
        return layer.model_copy(update={"conductivity": (layer.conductivity or 0.0) * factor})
    found = catalogue.material(layer.material)
    return Layer(
        thickness=layer.thickness,
        conductivity=found.conductivity * factor,
        density=found.density,
        specific_heat=found.specific_heat,
    )


def drawn_windows(
    building: ExplicitBuilding, existing: Base, draw: Draw, *, replaced: bool
) -> dict[str, Any]:
    """Surfaces and glazings of a building with its package under a draw.

    Parameters
    ----------
    building : ExplicitBuilding
        With its package.
    existing : Base
        The building as it is.
    draw : mapping
        `window_u` and `window_u_new` [1].
    replaced : bool
        Whether the package holds new windows: then those with another glazing than before are new; else they
        are the old ones with a film.
    """
    before = {w.name: w.glazing for s in existing.building.surfaces for w in s.windows}
    glazings, keys = dict(building.glazings), {}

    def drawn(window: Window) -> Window:
        fresh = replaced and before.get(window.name) != window.glazing
        factor = draw.get("window_u_new" if fresh else "window_u", 1.0)
        found = _glazing(window.glazing, building, existing)
        if factor == 1.0 or found.u_value is None:
            return window
        if (window.glazing, fresh) not in keys:
            name = own_name(f"{window.glazing[:45]} drawn", glazings)
            u_value = min(found.u_value * factor, _HIGHEST_U)
            glazings[name] = found.model_copy(update={"u_value": u_value})
            keys[window.glazing, fresh] = name
        return window.model_copy(update={"glazing": keys[window.glazing, fresh]})

    surfaces = tuple(
        surface.model_copy(update={"windows": tuple(drawn(window) for window in surface.windows)})
        if surface.windows
        else surface
        for surface in building.surfaces
    )
    return {"surfaces": surfaces, "glazings": glazings}


def _glazing(key: str, building: ExplicitBuilding, existing: Base) -> Glazing:
    found = building.glazings.get(key) or existing.complete.glazings.get(key)
    return catalogue.glazings()[key] if found is None else found


def drawn_machines(hvac: Hvac, equipment: str, existing: Base, draw: Draw) -> Hvac:
    """Plant whose machines are better or worse than their data.

    Parameters
    ----------
    hvac : Hvac
        With its package.
    equipment : str
        Key of its equipment.
    existing : Base
        The building as it is; other equipment than its own is new.
    draw : mapping
        `cooling_cop`, `heating_cop` and `boiler_efficiency`, and the same with `_new` [1].
    """
    suffix = "" if equipment == existing.complete.hvac.equipment else "_new"
    boiler = entry("hvac_equipment", equipment)["heating"]["kind"] == "boiler"
    heating = draw.get(f"{'boiler_efficiency' if boiler else 'heating_cop'}{suffix}", 1.0)
    return hvac.model_copy(
        update={
            "cooling_efficiency_factor": hvac.cooling_efficiency_factor
            * draw.get(f"cooling_cop{suffix}", 1.0),
            "heating_efficiency_factor": hvac.heating_efficiency_factor * heating,
        }
    )
