"""What a prepared model takes from libraries, with sources: products, quotas, appliances, temperatures."""

from __future__ import annotations

import math
from collections.abc import Iterator

from buildings.description.complete import CompleteBuilding
from buildings.description.ledger import Entry
from buildings.systems.end_uses import USES, default_count
from buildings.systems.records import entry, read_library
from twin.plant import Plant
from weather.mains_water import RIVER_BASE, RIVER_SLOPE


def library_entries(plant: Plant) -> Iterator[Entry]:
    """Entries of plant rooms, end uses and fresh-air drying, building by building.

    Yields
    ------
    Entry
        Path in the project, value, unit, source, confidence.
    """
    for prepared in plant.prepared:
        building = prepared.description
        carriers: set[str] = set()
        for row in plant.rows:
            if plant.prepared[row.building] is prepared:
                carriers.add(row.carrier)
                yield Entry(
                    f"{building.name}.plant_room.{row.name}.{row.carrier}",
                    row.size,
                    row.unit,
                    f"{row.product.get('name_en', row.type)}: {row.product.get('source', '')}",
                    str(row.product.get("confidence", "")),
                )
        yield from _temperatures(building.name, carriers)
        yield from _end_uses(building)
        yield from _modules(building)
        drier = building.ventilation.dehumidification
        if drier is not None:
            unit = entry("fresh_air_units", drier.equipment)
            path = f"{building.name}.ventilation.dehumidification.{drier.equipment}"
            yield Entry(path, unit["ratio"], "W/W", unit["source"], unit["confidence"])


def _modules(building: CompleteBuilding) -> Iterator[Entry]:
    """Modules of the arrays, the model that they are calculated by, and their losses."""
    library = read_library("pv")
    models = {"pvwatts": "PVWatts by pvlib", "cec": "CEC single diode by pvlib"}
    for array in building.systems.pv:
        at, module = f"{building.name}.pv.{array.name}", library["modules"][array.module]
        source, confidence = str(module["source"]), str(module["confidence"])
        yield Entry(f"{at}.{array.module}", models[module["model"]], "-", source, confidence)
    if building.systems.pv:
        losses = library["losses"]
        kept = math.prod(1.0 - 0.01 * float(loss) for loss in losses["percent"].values())
        parts = ", ".join(f"{name} {loss:g}" for name, loss in losses["percent"].items() if loss)
        source = f"{parts} %: {losses['source']}"
        yield Entry(f"{building.name}.pv.losses", 100.0 * (1.0 - kept), "%", source, losses["confidence"])


def _temperatures(at: str, carriers: set[str]) -> Iterator[Entry]:
    """What consumers of a plant room ask for."""
    for carrier, asked in read_library("supply_temperatures").items():
        if carrier in carriers:
            path = f"{at}.plant_room.supply_temperature.{carrier}"
            yield Entry(path, asked["supply"], "degC", asked["source"], asked["confidence"])


def _end_uses(building: CompleteBuilding) -> Iterator[Entry]:
    uses = building.systems.end_uses
    if uses is None:
        return
    at, quota = f"{building.name}.end_uses", entry("end_uses", uses.use)
    count, source = uses.count, "as written"
    if count is None:
        count = default_count(uses.use, building.floor_area)
        source = f"{quota['area_per_unit']:g} m2 of floor area each"
    yield Entry(f"{at}.count", count, str(quota["unit"]), source, "derived" if uses.count else "assumed")
    for use in USES:
        if use not in quota:
            continue
        amount = quota[use]
        value, unit = (
            (amount["litres"], "L/d each, 60 degC")
            if use == "hot_water"
            else (amount["per_day"] * amount["useful_kwh"], "kWh/d each, useful")
        )
        yield Entry(f"{at}.{use}", value, unit, quota["source"], quota["confidence"])
        appliance = getattr(uses, use)
        if appliance is not None:
            made = entry("appliances", appliance)
            yield Entry(
                f"{at}.{use}.{appliance}",
                made["efficiency"],
                "useful/taken",
                made["source"],
                made["confidence"],
            )
    if "hot_water" in quota:
        relation = f"{RIVER_BASE:g} + {RIVER_SLOPE:g} x air of the last two weeks"
        source = "river water after Stefan and Preud'homme 1993 (from memory); pipes in the ground left out"
        yield Entry(f"{at}.mains_water", relation, "degC", source, "gk-verify")
    yield Entry(f"{at}.heat_to_rooms", "not counted", "-", "kitchens and laundries are aired", "assumed")
