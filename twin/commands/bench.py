"""`twin bench`: CPU time and memory of the engine on this machine, over numbers of zones.

Zones are the demo office's floors (five zones that share walls), each with its own matrices, so that nothing
is shared that a real district would not share; single zones are such a floor's first perimeter zone alone.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import distributions
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from buildings.thermal.reduction import balanced_initial
from rich.table import Table

from buildings.thermal.batch import PackedBlock, initial_state, pack
from buildings.thermal.kernel import N_SERIES, N_TOTALS, march, scratch
from buildings.thermal.lanes import LANES
from twin.commands.console import table_console
from twin.coupling import N_OUTCOME, coupling_scratch, march_buildings
from twin.plant import Plant, prepare
from twin.project import load

YEAR_STEPS = 35040
_BUDGET_ZONE_STEPS = 60_000_000
"""Longer benchmarks march the first part of the year and are scaled to it; the table says how many steps."""
_CHUNK_BUILDINGS = 32


@dataclass(frozen=True)
class Benchmark:
    """Rows of the table and the figures beside it."""

    rows: tuple[dict[str, Any], ...]
    facts: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"rows": list(self.rows), "facts": self.facts}

    def show(self) -> None:
        """Table on the terminal."""
        console = table_console()
        table = Table(title="twin bench (15 min steps; CPU of one process)", title_justify="left")
        for column in self.rows[0]:
            table.add_column(column.replace("_", " "), justify="right" if column != "march" else "left")
        for row in self.rows:
            table.add_row(*(f"{v:.4g}" if isinstance(v, float) else str(v) for v in row.values()))
        console.print(table)
        for key, value in self.facts.items():
            console.print(
                f"{key.replace('_', ' ')}: {value:.4g}" if isinstance(value, float) else f"{key}: {value}"
            )


def bench_engine(counts: Sequence[int]) -> Benchmark:
    """Time the thermal kernel and the coupled march.

    Parameters
    ----------
    counts : sequence of int
        Numbers of zones.
    """
    begin = time.perf_counter()
    with as_file(files("twin") / "examples") as folder:
        loaded = load(folder / "shanghai_office_pedf.yaml")
    plant = prepare(loaded.project, loaded.climate)
    prepared = time.perf_counter() - begin
    rows = []
    for count in counts:
        rows.append(_thermal(plant, count, coupled_floor=False))
    for count in counts:
        rows.append(_thermal(plant, count, coupled_floor=True))
    begin = time.perf_counter()
    _coupled(plant, 1, steps=4)
    first = time.perf_counter() - begin
    for count in counts:
        rows.append(_coupled(plant, count))
    facts = {
        "prepare_one_building_s": prepared,
        "first_coupled_march_with_compilation_or_cache_s": first,
        "twin_help_s": _help_seconds(),
        "installed_mb": installed_mb(),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }
    return Benchmark(tuple(rows), facts)


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


def _varied(block: PackedBlock, number: int) -> PackedBlock:
    """The block with capacities of its own; its matrices are copied into its own lane when packed."""
    factor = 1.0 + 0.001 * (number % 97)
    return replace(block, air=tuple(replace(a, infiltration=a.infiltration * factor) for a in block.air))


def _thermal(plant: Plant, count: int, *, coupled_floor: bool) -> dict[str, Any]:
    """March blocks with ideal plant: heat, moisture, thermostats, limits."""
    floor = plant.prepared[0].thermal.packed[-1]
    block = floor if coupled_floor else plant_single_zone(plant)
    blocks_needed = max(count // len(block.air), 1)
    blocks = [[_varied(block, i)] for i in range(blocks_needed)]
    batch, place = pack(blocks, plant.table)
    states = [balanced_initial(b.model, 15.0) for one in blocks for b in one]
    state = initial_state(batch, blocks, place, states, 0.008)
    groups, rows, _, _ = batch.advance.shape
    nz = batch.multiplier.shape[1]
    work = scratch(rows - nz, nz, batch.channel.shape[1])
    totals = np.zeros((groups, N_TOTALS, nz, LANES))
    none = np.zeros((0, N_SERIES, groups, nz, LANES))
    zones = blocks_needed * len(block.air)
    steps = _steps(zones)
    arguments = (plant.forcing, plant.weather_table)
    march(batch, state, *arguments, 0, 8, plant.dt_s, work, totals, none)
    begin = time.process_time()
    march(batch, state, *arguments, 0, steps, plant.dt_s, work, totals, none)
    cpu = time.process_time() - begin
    memory = sum(part.nbytes for part in (*batch, *state)) / 1e6
    name = "thermal, floors of five zones" if coupled_floor else "thermal, single zones"
    return _row(name, zones, steps, cpu, memory)


def plant_single_zone(plant: Plant) -> PackedBlock:
    """The first perimeter zone of the top floor cut out: walls to neighbours become adiabatic."""
    from buildings.thermal.discretisation import discretise
    from buildings.thermal.network import Block, assemble
    from buildings.thermal.reduction import reduce

    from buildings.thermal.building import STATES_PER_ZONE

    thermal = plant.prepared[0].thermal
    block = thermal.blocks.blocks[-1]
    zone = next(i for i in range(len(block.zones)) if any(w.zone == i for w in block.windows))
    surfaces = tuple(
        replace(s, zone=0, boundary="adiabatic" if s.boundary == "zone" else s.boundary, adjacent_zone=-1)
        for s in block.surfaces
        if s.zone == zone
    )
    windows = tuple(replace(w, zone=0) for w in block.windows if w.zone == zone)
    gains = tuple(replace(g, zone=0) for g in block.gains if g.zone == zone)
    alone = Block((block.zones[zone],), surfaces, windows, gains)
    model = reduce(assemble(alone), STATES_PER_ZONE)
    return PackedBlock(model, discretise(model, plant.dt_s), (thermal.packed[-1].air[zone],))


def _coupled(plant: Plant, count: int, steps: int | None = None) -> dict[str, Any]:
    """March whole buildings (zones, plant, battery, vehicles, bus), a chunk of them at a time."""
    packed = list(plant.prepared[0].thermal.packed)
    per_building = sum(len(block.air) for block in packed)
    wanted = max(count // per_building, 1)
    steps = steps or _steps(wanted * per_building)
    cpu, memory, left = 0.0, 0.0, wanted
    while left > 0:
        chunk = min(left, _CHUNK_BUILDINGS)
        used, size = _march_chunk(plant, packed, chunk, steps)
        cpu, memory, left = cpu + used, max(memory, size), left - chunk
    return _row("coupled buildings", wanted * per_building, steps, cpu, memory)


def _march_chunk(plant: Plant, packed: list[PackedBlock], chunk: int, steps: int) -> tuple[float, float]:
    blocks = [[_varied(block, i) for block in packed] for i in range(chunk)]
    batch, place = pack(blocks, plant.table)
    states = [balanced_initial(b.model, 15.0) for one in blocks for b in one]
    state = initial_state(batch, blocks, place, states, 0.008)
    one = plant.buildings
    owner = np.full((batch.multiplier.shape[0], LANES), -1, dtype=np.int32)
    owner[place[:, 0], place[:, 1]] = np.repeat(np.arange(chunk), len(packed))
    unit = []
    for g in range(owner.shape[0]):
        inside = owner[g][owner[g] >= 0]
        unit.append([g, g + 1, int(inside.min()), int(inside.max()) + 1])
    n_sessions, n_chargers = len(plant.sessions), one.ev_rows.shape[1]
    shifts = np.repeat(np.arange(chunk) * n_sessions, n_chargers)
    rows = np.tile(one.ev_rows[:steps], (1, chunk))
    buildings = one._replace(
        unit=np.array(unit, dtype=np.int64),
        owner=owner,
        plant=np.repeat(one.plant, chunk),
        electrical=np.repeat(one.electrical, chunk),
        precool=np.repeat(one.precool, chunk),
        inputs=np.repeat(one.inputs[:steps], chunk, axis=1),
        event_target=np.repeat(one.event_target[:steps], chunk, axis=1),
        event_in=np.repeat(one.event_in[:steps], chunk, axis=1),
        chargers=np.array([[i * n_chargers, (i + 1) * n_chargers] for i in range(chunk)]),
        ev_rows=np.where(rows >= 0, rows + shifts, -1).astype(np.int32),
    )
    sessions = np.tile(plant.sessions, chunk)
    groups, size, _, _ = batch.advance.shape
    nz = batch.multiplier.shape[1]
    work = coupling_scratch(size - nz, nz, batch.channel.shape[1], 1, chunk)
    totals = np.zeros((groups, N_TOTALS, nz, LANES))
    out = np.zeros((steps, chunk, N_OUTCOME))
    none = np.zeros((0, N_SERIES, groups, nz, LANES))
    soc = np.full((chunk, 1), 0.5)
    begin = time.process_time()
    march_buildings(
        batch, state, plant.forcing, plant.weather_table, buildings, soc, sessions,
        0, steps, plant.dt_s, work, totals, out, none,
    )  # fmt: skip
    cpu = time.process_time() - begin
    return cpu, (sum(part.nbytes for part in (*batch, *state)) + out.nbytes) / 1e6


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
