"""`twin bench`: CPU time and memory of the engine over numbers of zones, and EnergyPlus beside it.

Zones are those of the demo office (fifteen zones that share walls), each with its own parameters, so that
nothing is shared that a real district would not share; single zones are the room of a crosscheck box.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from buildings.thermal.batch import PackedBuilding, Place, initial_state, pack
from buildings.thermal.kernel import march
from buildings.thermal.lanes import LANES
from buildings.thermal.layout import N_SERIES, N_TOTALS, ThermalBatch, ThermalState, scratch
from twin.building_batch import N_OUTCOME, PER_BUILDING, PER_STEP_AND_BUILDING, BuildingBatch
from twin.commands.console import table_console
from twin.coupling import coupling_scratch, march_buildings
from twin.plant import Plant, prepare
from twin.plant_rows import repeated
from twin.project import load
from weather.errors import TwinError

YEAR_STEPS = 35040
_BUDGET_ZONE_STEPS = 60_000_000
"""Longer benchmarks march the first part of the year and are scaled to it; the table says how many steps."""
_CHUNK_BUILDINGS = 32
_THOUSAND_STEPS = 96
"""A thousand buildings with every system are marched for a day; a year takes what one takes, times 1,000."""
Told = Callable[[str, float], None]


def _silent(stage: str, share: float) -> None:
    del stage, share


@dataclass(frozen=True)
class Benchmark:
    """Rows of the table, EnergyPlus beside the fast engine where asked for, and the figures beside them."""

    rows: tuple[dict[str, Any], ...]
    engines: tuple[dict[str, Any], ...]
    facts: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"rows": list(self.rows), "engines": list(self.engines), "facts": self.facts}

    def show(self) -> None:
        """Tables on the terminal."""
        console = table_console()
        _show_rows(console, "twin bench (15 min steps; CPU of one process)", self.rows)
        if self.engines:
            _show_columns(console, "EnergyPlus : fast engine (same description and year; CPU)", self.engines)
        for key, value in self.facts.items():
            console.print(f"{key.replace('_', ' ')}: {_figure(value)}")


def _show_rows(console: Console, title: str, rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=title, title_justify="left")
    for column, value in rows[0].items():
        justify: Literal["left", "right"] = "left" if isinstance(value, str) else "right"
        table.add_column(column.replace("_", " "), justify=justify)
    for row in rows:
        table.add_row(*(_figure(v) for v in row.values()))
    console.print(table)


def _show_columns(console: Console, title: str, rows: Sequence[dict[str, Any]]) -> None:
    """One column a row, for rows of more figures than a line holds."""
    table = Table(title=title, title_justify="left")
    first, *names = rows[0]
    table.add_column(first, no_wrap=True)
    for row in rows:
        table.add_column(str(row[first]), justify="right", no_wrap=True)
    for name in names:
        table.add_row(name.replace("_", " "), *(_figure(row[name]) for row in rows))
    console.print(table)


def _figure(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1000.0 else _whole(value)


def _whole(value: Any) -> str:
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def bench_engine(counts: Sequence[int], *, energyplus: bool = False, told: Told = _silent) -> Benchmark:
    """Time the thermal kernel and the coupled march.

    Parameters
    ----------
    counts : sequence of int
        Numbers of zones.
    energyplus : bool
        Also EnergyPlus beside the fast engine; takes minutes.
    told : callable
        Called with each stage and its share done.
    """
    told("preparing, and compiling where no cache is", 0.0)
    begin = time.perf_counter()
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_office_pedf.yaml")
        single = load(folder / "crosscheck" / "box_heavy.yaml")
    plant = prepare(loaded.project, loaded.climate)
    prepared = time.perf_counter() - begin
    room = prepare(single.project, single.climate)
    told("single zones", 0.05)
    rows = [_thermal(room, count, "thermal, single zones") for count in counts]
    told("buildings of fifteen zones", 0.2)
    rows += [_thermal(plant, count, "thermal, buildings of fifteen zones") for count in counts]
    told("coupled buildings", 0.3)
    begin = time.perf_counter()
    _coupled(plant, 1, steps=4)
    first = time.perf_counter() - begin
    rows += [_coupled(plant, count) for count in counts]
    told("buildings with every system", 0.7)
    whole, year = _every_system(told)
    rows += whole
    facts: dict[str, Any] = {
        "prepare_one_building_s": prepared,
        "first_coupled_march_with_compilation_or_cache_s": first,
        "twin_help_s": _help_seconds(),
        "installed_mb": installed_mb(),
        **year,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }
    engines: tuple[dict[str, Any], ...] = ()
    if energyplus:
        from twin.commands.bench_engines import engine_ratios

        try:
            engines = tuple(engine_ratios(told=told))
        except TwinError as error:  # the engine is an extra, and the rest of the bench does without it
            facts["energyplus"] = f"not compared: {error}"
    return Benchmark(tuple(rows), engines, facts)


def _steps(zones: int) -> int:
    return int(min(YEAR_STEPS, max(_BUDGET_ZONE_STEPS // zones, 672)))


def _row(name: str, zones: int, steps: int, cpu: float, memory: float) -> dict[str, Any]:
    year = cpu * YEAR_STEPS / steps
    return {
        "march": name,
        "zones": zones,
        "steps": steps,
        "cpu_s": cpu,
        "cpu_ms_per_zone_year": 1e3 * year / zones,
        "ns_per_zone_step": 1e9 * cpu / steps / zones,
        "arrays_mb": memory,
    }


def varied(building: PackedBuilding, number: int) -> PackedBuilding:
    """The building with infiltration of its own; its walls are copied into its own lanes when packed."""
    factor = 1.0 + 0.001 * (number % 97)
    air = tuple(replace(a, infiltration=a.infiltration * factor) for a in building.air)
    return replace(building, air=air)


def laid(plant: Plant, count: int) -> tuple[ThermalBatch, ThermalState, list[tuple[Place, ...]]]:
    """That many variants of a plant's first building side by side, at rest."""
    building = plant.prepared[0].thermal.packed
    batch, places = pack([varied(building, i) for i in range(count)], plant.table)
    return batch, initial_state(batch, 20.0, 10.0, 0.008), places


def march_cpu(plant: Plant, count: int, steps: int) -> tuple[float, float]:
    """CPU time of a march with ideal plant of that many variants [s], and the size of their arrays [MB]."""
    batch, state, _ = laid(plant, count)
    groups, rows, _, lanes = batch.zone.shape
    work, totals = scratch(batch), np.zeros((groups, N_TOTALS, rows, lanes))
    none = np.zeros((0, N_SERIES, groups, rows, lanes))
    arguments = (plant.forcing, plant.weather_table)
    march(batch, state, *arguments, 0, 8, plant.dt_s, work, totals, none)
    begin = time.process_time()
    march(batch, state, *arguments, 0, steps, plant.dt_s, work, totals, none)
    return time.process_time() - begin, sum(part.nbytes for part in (*batch, *state)) / 1e6


def _thermal(plant: Plant, count: int, name: str) -> dict[str, Any]:
    """March variants of a building with ideal plant: heat, moisture, thermostats, limits."""
    each = len(plant.prepared[0].thermal.packed.rooms)
    wanted = max(count // each, 1)
    steps = _steps(wanted * each)
    return _row(name, wanted * each, steps, *march_cpu(plant, wanted, steps))


def _every_system(told: Told) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """A building with every kind of equipment over a year, and a thousand of it over a part of one."""
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_all_systems.yaml")
    plant = prepare(loaded.project, loaded.climate)
    each, name = len(plant.prepared[0].thermal.packed.rooms), "buildings with every system"
    _coupled(plant, each, 4)
    plant = prepare(loaded.project, loaded.climate)
    one = _coupled(plant, each, YEAR_STEPS, name)
    told("a thousand buildings with every system", 0.75)
    many = _coupled(plant, 1000 * each, _THOUSAND_STEPS, name)
    return [one, many], {
        "year_of_a_building_with_every_system_cpu_s": one["cpu_s"],
        "first_day_of_1000_such_buildings_cpu_s": many["cpu_s"],
        "results_of_1000_such_buildings_mb_per_day": 8.0 * _THOUSAND_STEPS * 1000 * N_OUTCOME / 1e6,
    }


def _coupled(
    plant: Plant, count: int, steps: int | None = None, name: str = "coupled buildings"
) -> dict[str, Any]:
    """March whole buildings (zones, plant, battery, vehicles, bus), a chunk of them at a time."""
    each = len(plant.prepared[0].thermal.packed.rooms)
    wanted = max(count // each, 1)
    steps = steps or _steps(wanted * each)
    cpu, memory, left = 0.0, 0.0, wanted
    while left > 0:
        chunk = min(left, _CHUNK_BUILDINGS)
        used, size = _march_chunk(plant, chunk, steps)
        cpu, memory, left = cpu + used, max(memory, size), left - chunk
    return _row(name, wanted * each, steps, cpu, memory)


def _march_chunk(plant: Plant, chunk: int, steps: int) -> tuple[float, float]:
    batch, state, places = laid(plant, chunk)
    groups, zone_rows, _, lanes = batch.zone.shape
    buildings, sessions = _buildings(plant, chunk, steps, places, (groups, zone_rows))
    work = coupling_scratch(batch, chunk)
    totals = np.zeros((groups, N_TOTALS, zone_rows, lanes))
    out = np.zeros((steps, chunk, N_OUTCOME))
    equipment = repeated(plant.equipment, chunk)
    none = np.zeros((0, N_SERIES, groups, zone_rows, lanes))
    soc = np.full((chunk, 1), 0.5)
    begin = time.process_time()
    march_buildings(
        batch, state, plant.forcing, plant.weather_table, buildings, equipment, soc, sessions,
        0, steps, plant.dt_s, work, totals, out, none,
    )  # fmt: skip
    cpu = time.process_time() - begin
    return cpu, (sum(part.nbytes for part in (*batch, *state)) + out.nbytes) / 1e6


def _buildings(
    plant: Plant, chunk: int, steps: int, places: Sequence[tuple[Place, ...]], shape: tuple[int, int]
) -> tuple[BuildingBatch, np.ndarray]:
    """The electrical side of a plant's first building, repeated, and the sessions of its vehicles."""
    one = plant.buildings
    owner = np.full((*shape, LANES), -1, dtype=np.int32)
    held = np.array([[chunk, 0]] * shape[0], dtype=np.int64)
    for b, place in enumerate(places):
        g, z, lane = np.array(place).T
        owner[g, z, lane] = b
        held[g[0]] = min(held[g[0], 0], b), max(held[g[0], 1], b + 1)
    n_sessions, n_chargers = len(plant.sessions), one.ev_rows.shape[1]
    shifts = np.repeat(np.arange(chunk) * n_sessions, n_chargers)
    rows = np.tile(one.ev_rows[:steps], (1, chunk))
    own = {name: np.repeat(getattr(one, name), chunk, axis=0) for name in PER_BUILDING}
    own |= {name: np.repeat(getattr(one, name)[:steps], chunk, axis=1) for name in PER_STEP_AND_BUILDING}
    many = one._replace(
        **own,
        held=held,
        owner=owner,
        chargers=np.array([[i * n_chargers, (i + 1) * n_chargers] for i in range(chunk)]),
        ev_rows=np.where(rows >= 0, rows + shifts, -1).astype(np.int32),
    )
    return many, np.tile(plant.sessions, chunk)


def _help_seconds() -> float:
    """Shortest of five calls of `twin --help`."""
    command = shutil.which("twin") or str(Path(sys.executable).parent / "twin")
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([command, "--help"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - begin)
    return best


def installed_mb() -> float:
    """Size of the files of every distribution in this environment [MB]."""
    total = 0
    for distribution in distributions():
        for file in distribution.files or ():
            path = Path(str(distribution.locate_file(file)))
            if path.is_file():
                total += path.stat().st_size
    return total / 1e6
