"""EnergyPlus beside the fast engine: CPU time for the same description, year and step, in the same run."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from buildings.energyplus import simulate_zones
from twin.commands.bench import YEAR_STEPS, march_cpu
from twin.crosscheck.engines import zone_capacities
from twin.plant import prepare, prepare_zones
from twin.project import load
from twin.zone_loads import march_zones, zone_tables, zone_year

BUILDINGS = ("box_heavy", "office_2005", "institute_forty_zones")
"""Bundled crosscheck buildings of 1, 15 and 40 zones."""
VARIANTS = 100
_REPEATS = 3


def engine_ratios(
    names: Sequence[str] = BUILDINGS, told: Callable[[str, float], None] | None = None
) -> list[dict[str, Any]]:
    """One row a building; both engines with ideal plant, user and system time of the processor.

    EnergyPlus' time is that of its engine in a process that has it loaded: reading model and weather, sizing,
    warm-up, year, results; without the writing of its model and the reading of its results. Beside it stand
    the fast engine's parts in a process that has its programs and its weather at hand, means of three runs:
    `describe` reads the project file; `prepare` completes the description, sizes the zones on design days,
    brings the weather to step and faces and marches the four weeks before the year; `march` is the year with
    its tables. `fresh_process` is all of this in a process that begins with nothing: imports, machine code
    from its cache, the weather. For a variant the time is that of the march of a hundred at once.

    Parameters
    ----------
    names : sequence of str
        Of the bundled crosscheck buildings.
    told : callable, optional
        Called with each building and the share of the whole bench done.
    """
    rows = []
    with as_file(files("twin") / "examples" / "crosscheck") as folder:
        for i, name in enumerate(names):
            if told is not None:
                told(f"EnergyPlus beside the fast engine: {name}", 0.4 + 0.6 * i / len(names))
            rows.append(_ratio(name, folder / f"{name}.yaml"))
    return rows


def _ratio(name: str, path: Path) -> dict[str, Any]:
    loaded = load(path)
    plant = prepare(loaded.project, loaded.climate)
    building = plant.prepared[0].description
    zone_year(loaded.project, loaded.climate)  # compiles, or reads the cache
    describe, ready, march = one_building_cpu(path)
    one = describe + ready + march
    fresh = fresh_process_cpu(path)
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
        "describe_cpu_s": describe,
        "prepare_cpu_s": ready,
        "march_cpu_s": march,
        "ratio_one_building": reference / one,
        "ratio_its_march": reference / march,
        "fresh_process_cpu_s": fresh,
        "ratio_fresh_process": reference / fresh,
        f"one_of_{VARIANTS}_variants_march_cpu_s": each,
        "ratio_variant": reference / each,
    }


def one_building_cpu(path: Path) -> tuple[float, float, float]:
    """Mean CPU time of describing, preparing and marching the first building of a project file [s]."""
    parts = [0.0, 0.0, 0.0]
    for _ in range(_REPEATS):
        stamps = [time.process_time()]
        loaded = load(path)
        stamps.append(time.process_time())
        # A copy of the year remembers nothing of an earlier run.
        zones = prepare_zones(loaded.project, replace(loaded.climate))
        stamps.append(time.process_time())
        zone_tables(zones, march_zones(zones), 0.0)
        stamps.append(time.process_time())
        parts = [
            part + after - before for part, before, after in zip(parts, stamps, stamps[1:], strict=False)
        ]
    describe, ready, march = (part / _REPEATS for part in parts)
    return describe, ready, march


def fresh_process_cpu(path: Path) -> float:
    """CPU time of a new Python process that marches the zones of a project file [s]."""
    program = (
        "import sys; from twin.project import load; from twin.zone_loads import zone_year; "
        "loaded = load(sys.argv[1]); zone_year(loaded.project, loaded.climate)"
    )

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    before = used()
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    return used() - before
