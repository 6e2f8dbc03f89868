"""Trade-off by simulated comparison (权衡判断): the same building with its own envelope and with the code's.

Both stand under the conditions of the standard with one plant, one lighting and one airtightness, without
hot water, PV and storage, so that what differs is the envelope alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from buildings.description.schema import Building, Era, ExplicitBuilding, Project
from buildings.library import catalogue
from buildings.standards.conditions import under_conditions
from buildings.standards.reference_building import explicit_form, with_envelope
from buildings.standards.replaced import Derivation, Replaced


@dataclass(frozen=True)
class TradeOff:
    """The two projects to march, and what the reference replaced."""

    design: Project
    reference: Project
    derivation: tuple[Replaced, ...]


def trade_off_pair(project: Project, *, code: Era = "gb55015-2021") -> TradeOff:
    """Design and reference building of a code for the comparison of their heating and cooling.

    Parameters
    ----------
    project : Project
        As validated.
    code : str
        Era of the library whose limits the reference has.

    Returns
    -------
    TradeOff

    Raises
    ------
    TwinError
        A library key that does not exist, or a U value that no thickness reaches.
    """
    book = Derivation()
    designs = tuple(_bare(building, book) for building in project.buildings)
    references = tuple(with_envelope(building, code, book) for building in designs)
    shared = {"event": None, "faults": (), "variability": "hourly"}
    return TradeOff(
        project.model_copy(update={**shared, "buildings": designs}),
        project.model_copy(update={**shared, "buildings": references}),
        book.shared(),
    )


def _bare(building: Building, book: Derivation) -> ExplicitBuilding:
    """A building under the conditions, with lighting of the standard and the main plant alone."""
    explicit = explicit_form(under_conditions(building, book))
    update: dict[str, Any] = {
        "pv": (), "battery": None, "dc_bus": None, "plant_room": (), "end_uses": None,
    }  # fmt: skip
    zones = []
    for zone in explicit.zones:
        if zone.use is None or not zone.conditioned:
            zones.append(zone)
            continue
        use = catalogue.use(zone.use)
        was = zone.gains.lighting_power
        if was is None:
            was = catalogue.lighting_power(zone.use, explicit.era).value
        at = f"{explicit.name}.zones.{zone.name}.gains.lighting_power"
        words = ("installed lighting", "照明功率密度")
        book.put(at, words, was, use.lighting_power, use.density_origin, "W/m2")
        gains = zone.gains.model_copy(update={"lighting_power": use.lighting_power})
        zones.append(zone.model_copy(update={"gains": gains}))
    return explicit.model_copy(update={**update, "zones": tuple(zones)})
