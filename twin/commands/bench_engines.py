"""EnergyPlus beside the fast engine: CPU time for the same description, year and step, in the same run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import Any

from buildings.energyplus import simulate_zones
from twin.commands.bench import YEAR_STEPS, march_cpu
from twin.crosscheck.engines import zone_capacities
from twin.plant import prepare
from twin.project import load
from twin.zone_loads import zone_year

BUILDINGS = ("box_heavy", "office_2005", "institute_forty_zones")
"""Bundled crosscheck buildings of 1, 15 and 40 zones."""
VARIANTS = 100


def engine_ratios(names: Sequence[str] = BUILDINGS) -> list[dict[str, Any]]:
    """One row a building; both engines with ideal plant.

    Columns: EnergyPlus' CPU time is the engine's own, without the writing of its model and the reading of its
    results; the fast engine's for one building is with its preparation (description, weather at the step,
    sizing), and for a variant that of the march of a hundred at once.

    Parameters
    ----------
    names : sequence of str
        Of the bundled crosscheck buildings.
    """
    return [_ratio(name) for name in names]


def _ratio(name: str) -> dict[str, Any]:
    with as_file(files("twin") / "examples" / "crosscheck") as folder:
        loaded = load(folder / f"{name}.yaml")
    plant = prepare(loaded.project, loaded.climate)
    building = plant.prepared[0].description
    zone_year(loaded.project, loaded.climate)  # compiles, or reads the cache
    begin = time.process_time()
    zone_year(loaded.project, loaded.climate)
    one = time.process_time() - begin
    each = march_cpu(plant, VARIANTS, YEAR_STEPS)[0] / VARIANTS
    reference = simulate_zones(
        building,
        loaded.climate,
        loaded.project.site,
        minutes=int(loaded.project.timestep),
        capacities=zone_capacities(plant),
    ).cpu_s
    return {
        "building": name,
        "zones": len(building.zones),
        "energyplus_cpu_s": reference,
        "one_building_with_preparation_cpu_s": one,
        "ratio_one_building": reference / one,
        f"one_of_{VARIANTS}_variants_march_cpu_s": each,
        "ratio_variant": reference / each,
    }
